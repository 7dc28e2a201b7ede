//! The token book: which tokens were given out, and which of them still count. It is pure: the time is passed in.
//! Not the token endpoint, which reads requests and writes answers.
//!
//! The rules, precisely:
//! - One grant (one user's consent) has one *current* pair. Refreshing with its refresh token gives a new pair, which
//!   becomes current. The access token of the old pair counts until it expires by itself.
//! - The refresh token so used may be used again for the grace period, counted from its *first* use, as long as no
//!   refresh token given since was used: that is the retry of a client that never saw the answer. It gives
//!   yet another pair; the pair that was lost is *dead*, with both its tokens.
//! - Any other refresh token is refused, and a refusal changes nothing.
//! - A current refresh token that is not used for its unused life expires; nothing revives it.
//! - Whatever lasts from a moment on lasts up to, and not at, the moment it ends.
//!
//! Limit: [`GENERATIONS_MAX`] pairs.

use std::fmt;
use std::time::Duration;

use super::super::MASK;
use super::super::clock::millis;
use super::super::letters::Letters;

const GENERATIONS_MAX: usize = 100_000;

pub(super) const ACCESS_PREFIX: &str = "xat-";
pub(super) const REFRESH_PREFIX: &str = "xrt-";
pub(super) const ID_PREFIX: &str = "xid-";

/// How long tokens count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lives {
    pub(super) access: Duration,
    pub(super) grace: Duration,
    pub(super) unused: Duration,
}

/// What a token is worth just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It was never given out.
    Unknown,
    /// It works.
    Live,
    /// A refresh token that was used, and may be tried again for a while.
    Grace,
    /// Its time is over.
    Expired,
    /// It was used, lost or revoked.
    Dead,
}

/// Why there is no new pair.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RefreshError {
    #[error("the refresh token is unknown, used, expired or revoked")]
    Refused,
    #[error("the sandbox has given out as many tokens as it keeps")]
    Full,
}

/// A pair of tokens, and the id token that came with it.
pub(super) struct Generation {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) id: String,
    issued_ms: u64,
    access_expires_ms: u64,
    /// Its answer was lost: a retry within the grace period took its place.
    lost: bool,
}

/// What an access token opens.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Access {
    Granted,
    Expired { at_ms: u64 },
    Unknown,
}

pub(super) struct TokenBook {
    letters: Letters,
    lives: Lives,
    /// Never empty: the first pair is the consent.
    generations: Vec<Generation>,
    /// The refresh token that was used last, and when it was used first.
    previous: Option<Used>,
    revoked: bool,
}

#[derive(Clone, Copy)]
struct Used {
    generation: usize,
    first_ms: u64,
}

impl TokenBook {
    pub(super) fn new(mut letters: Letters, lives: Lives, now_ms: u64) -> Self {
        let first = Generation::new(&mut letters, lives, now_ms);
        Self { letters, lives, generations: vec![first], previous: None, revoked: false }
    }

    pub(super) fn current(&self) -> &Generation {
        &self.generations[self.current_number()]
    }

    fn current_number(&self) -> usize {
        self.generations.len() - 1
    }

    /// How many rotations there were.
    pub(super) fn rotations(&self) -> usize {
        self.current_number()
    }

    pub(super) fn refresh(
        &mut self,
        token: &str,
        now_ms: u64,
    ) -> Result<&Generation, RefreshError> {
        match self.refresh_state(token, now_ms) {
            _ if self.generations.len() >= GENERATIONS_MAX => return Err(RefreshError::Full),
            TokenState::Live => {
                let generation = self.current_number();
                self.previous = Some(Used { generation, first_ms: now_ms });
            }
            TokenState::Grace => {
                let lost = self.current_number();
                self.generations[lost].lost = true;
            }
            TokenState::Unknown | TokenState::Expired | TokenState::Dead => {
                return Err(RefreshError::Refused);
            }
        }
        self.generations.push(Generation::new(&mut self.letters, self.lives, now_ms));
        Ok(self.current())
    }

    pub(super) fn access(&self, token: &str, now_ms: u64) -> Access {
        match self.generations.iter().find(|generation| generation.access == token) {
            None => Access::Unknown,
            Some(generation) if generation.lost => Access::Unknown,
            Some(generation) if now_ms < generation.access_expires_ms => Access::Granted,
            Some(generation) => Access::Expired { at_ms: generation.access_expires_ms },
        }
    }

    /// The state of an access or a refresh token.
    pub(super) fn state(&self, token: &str, now_ms: u64) -> TokenState {
        match self.generations.iter().find(|generation| generation.access == token) {
            None => self.refresh_state(token, now_ms),
            Some(generation) if generation.lost => TokenState::Dead,
            Some(generation) if now_ms < generation.access_expires_ms => TokenState::Live,
            Some(_) => TokenState::Expired,
        }
    }

    fn refresh_state(&self, token: &str, now_ms: u64) -> TokenState {
        let Some(number) = self.generations.iter().position(|known| known.refresh == token) else {
            return TokenState::Unknown;
        };
        let unused_ms = now_ms.saturating_sub(self.generations[number].issued_ms);
        if self.revoked {
            return TokenState::Dead;
        }
        match self.previous {
            _ if number == self.current_number() => match unused_ms < millis(self.lives.unused) {
                true => TokenState::Live,
                false => TokenState::Expired,
            },
            Some(used) if used.generation == number => {
                match now_ms.saturating_sub(used.first_ms) < millis(self.lives.grace) {
                    true => TokenState::Grace,
                    false => TokenState::Dead,
                }
            }
            _ => TokenState::Dead,
        }
    }

    /// Which generation a token of any kind belongs to.
    pub(super) fn generation_of(&self, token: &str) -> Option<u32> {
        let has = |generation: &Generation| generation.tokens().contains(&token);
        self.generations.iter().position(has).and_then(|number| u32::try_from(number).ok())
    }

    /// The user takes the consent back: no refresh token counts any more.
    pub(super) fn revoke(&mut self) {
        self.revoked = true;
    }

    /// Ends the life of the current access token.
    pub(super) fn expire_access(&mut self, now_ms: u64) {
        let current = self.current_number();
        let expires_ms = &mut self.generations[current].access_expires_ms;
        *expires_ms = now_ms.min(*expires_ms);
    }

    /// Everything secret that was ever given out.
    pub(super) fn issued(&self) -> impl Iterator<Item = &str> {
        self.generations.iter().flat_map(|generation| generation.tokens())
    }
}

impl Generation {
    fn new(letters: &mut Letters, lives: Lives, now_ms: u64) -> Self {
        Self {
            access: letters.token(ACCESS_PREFIX),
            refresh: letters.token(REFRESH_PREFIX),
            id: letters.token(ID_PREFIX),
            issued_ms: now_ms,
            access_expires_ms: now_ms.saturating_add(millis(lives.access)),
            lost: false,
        }
    }

    fn tokens(&self) -> [&str; 3] {
        [&self.access, &self.refresh, &self.id]
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generation")
            .field("tokens", &MASK)
            .field("issued_ms", &self.issued_ms)
            .field("access_expires_ms", &self.access_expires_ms)
            .field("lost", &self.lost)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::Seed;
    use super::*;

    const MINUTE_MS: u64 = 60_000;
    const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
    const LIVES: Lives = Lives {
        access: Duration::from_mins(30),
        grace: Duration::from_mins(30),
        unused: Duration::from_hours(60 * 24),
    };

    fn book() -> TokenBook {
        TokenBook::new(Letters::new(Seed::fixed(1), "tokens"), LIVES, 0)
    }

    fn refresh(book: &mut TokenBook, token: &str, now_ms: u64) -> String {
        book.refresh(token, now_ms).unwrap().refresh.clone()
    }

    #[test]
    fn every_refresh_gives_another_pair() {
        let mut book = book();
        let first = book.current().refresh.clone();
        let second = refresh(&mut book, &first, 5);
        let third = refresh(&mut book, &second, 6);
        assert_eq!(book.refresh(&first, 7).unwrap_err(), RefreshError::Refused);
        assert_eq!(book.state(&third, 7), TokenState::Live);
        assert_eq!(book.rotations(), 2);
        assert_eq!(book.generation_of(&third), Some(2));
        assert_eq!(book.generation_of("xrt-"), None);
        assert_eq!(book.issued().count(), 9);
    }

    #[test]
    fn a_lost_answer_may_be_asked_for_again_for_half_an_hour() {
        let mut book = book();
        let first = book.current().refresh.clone();
        let lost = refresh(&mut book, &first, 0);
        let lost_access = book.current().access.clone();
        assert_eq!(book.access(&lost_access, 1), Access::Granted);

        let again = refresh(&mut book, &first, 30 * MINUTE_MS - 1);
        assert_eq!(book.refresh(&lost, 30 * MINUTE_MS - 1).unwrap_err(), RefreshError::Refused);
        assert_eq!(book.access(&lost_access, 1), Access::Unknown);
        assert_eq!(book.state(&lost_access, 1), TokenState::Dead);
        // The grace period counts from the first use: the retry did not prolong it.
        assert_eq!(book.refresh(&first, 30 * MINUTE_MS).unwrap_err(), RefreshError::Refused);
        assert_eq!(book.state(&again, 30 * MINUTE_MS), TokenState::Live);
    }

    #[test]
    fn the_use_of_the_new_token_ends_the_grace_of_the_old_one() {
        let mut book = book();
        let first = book.current().refresh.clone();
        let second = refresh(&mut book, &first, 0);
        assert_eq!(book.state(&first, 1), TokenState::Grace);
        refresh(&mut book, &second, 1);
        assert_eq!(book.state(&first, 2), TokenState::Dead);
    }

    #[test]
    fn an_access_token_outlives_a_rotation_and_expires() {
        let mut book = book();
        let (access, first) = (book.current().access.clone(), book.current().refresh.clone());
        refresh(&mut book, &first, 0);
        assert_eq!(book.access(&access, 30 * MINUTE_MS - 1), Access::Granted);
        let at_ms = 30 * MINUTE_MS;
        assert_eq!(book.access(&access, at_ms), Access::Expired { at_ms });
        assert_eq!(book.state(&access, at_ms), TokenState::Expired);
        // A refresh token opens nothing.
        assert_eq!(book.access(&first, 0), Access::Unknown);
    }

    #[test]
    fn an_unused_token_expires_after_sixty_days() {
        let mut book = book();
        let first = book.current().refresh.clone();
        assert_eq!(book.state(&first, 60 * DAY_MS - 1), TokenState::Live);
        assert_eq!(book.state(&first, 60 * DAY_MS), TokenState::Expired);
        assert_eq!(book.refresh(&first, 60 * DAY_MS).unwrap_err(), RefreshError::Refused);
    }

    #[test]
    fn a_revoked_consent_refreshes_nothing() {
        let mut book = book();
        let first = book.current().refresh.clone();
        let second = refresh(&mut book, &first, 0);
        book.revoke();
        for token in [&first, &second] {
            assert_eq!(book.refresh(token, 1).unwrap_err(), RefreshError::Refused);
        }
        assert_eq!(book.access(&book.current().access, 1), Access::Granted);
    }

    #[test]
    fn an_access_token_can_be_ended_early_but_not_late() {
        let mut book = book();
        let access = book.current().access.clone();
        book.expire_access(7);
        book.expire_access(9);
        assert_eq!(book.access(&access, 9), Access::Expired { at_ms: 7 });
    }

    #[test]
    fn nothing_secret_shows() {
        let book = book();
        let shown = format!("{:?}", book.current());
        assert!(book.issued().all(|token| !shown.contains(token)), "{shown}");
    }

    #[derive(Clone, Debug)]
    enum Action {
        /// Refresh with the token of the generation that many back from the newest.
        Refresh(usize),
        Pass(u64),
        Revoke,
    }

    fn actions() -> impl Strategy<Value = Vec<Action>> {
        let action = prop_oneof![
            12 => (0_usize..4).prop_map(Action::Refresh),
            3 => (0..40 * MINUTE_MS).prop_map(Action::Pass),
            1 => prop_oneof![Just(30 * MINUTE_MS), 50 * DAY_MS..70 * DAY_MS].prop_map(Action::Pass),
            1 => Just(Action::Revoke),
        ];
        proptest::collection::vec(action, 0..40)
    }

    /// The rules as a history: when each pair was given, from which one, and when it was used.
    #[derive(Default)]
    struct Model {
        given: Vec<Given>,
        revoked: bool,
        now_ms: u64,
    }

    struct Given {
        at_ms: u64,
        from: Option<usize>,
        uses_ms: Vec<u64>,
    }

    impl Model {
        fn children(&self, token: usize) -> impl Iterator<Item = usize> {
            (0..self.given.len()).filter(move |child| self.given[*child].from == Some(token))
        }

        /// Lost means: the token that it came from was used again later.
        fn is_lost(&self, token: usize) -> bool {
            self.given[token]
                .from
                .is_some_and(|from| self.children(from).any(|child| child > token))
        }

        fn accepts(&self, token: usize) -> bool {
            let given = &self.given[token];
            let in_time = match given.uses_ms.first() {
                None => self.now_ms < given.at_ms + 60 * DAY_MS && !self.is_lost(token),
                Some(first) => {
                    let seen =
                        self.children(token).any(|child| !self.given[child].uses_ms.is_empty());
                    self.now_ms < first + 30 * MINUTE_MS && !seen
                }
            };
            in_time && !self.revoked
        }

        fn opens(&self, token: usize) -> bool {
            self.now_ms < self.given[token].at_ms + 30 * MINUTE_MS && !self.is_lost(token)
        }

        fn give(&mut self, from: Option<usize>) {
            self.given.push(Given { at_ms: self.now_ms, from, uses_ms: vec![] });
        }
    }

    proptest! {
        #[test]
        fn the_book_does_what_the_rules_say(actions in actions()) {
            let mut book = book();
            let mut model = Model::default();
            model.give(None);
            for action in actions {
                match action {
                    Action::Pass(ms) => model.now_ms += ms,
                    Action::Revoke => {
                        model.revoked = true;
                        book.revoke();
                    }
                    Action::Refresh(back) => {
                        let Some(token) = (model.given.len() - 1).checked_sub(back) else { continue };
                        let secret = book.generations[token].refresh.clone();
                        let accepted = book.refresh(&secret, model.now_ms).is_ok();
                        prop_assert_eq!(accepted, model.accepts(token));
                        if accepted {
                            let now_ms = model.now_ms;
                            model.given[token].uses_ms.push(now_ms);
                            model.give(Some(token));
                        }
                    }
                }
                prop_assert_eq!(book.generations.len(), model.given.len());
                for (number, generation) in book.generations.iter().enumerate() {
                    let granted = book.access(&generation.access, model.now_ms) == Access::Granted;
                    prop_assert_eq!(granted, model.opens(number));
                    let works = matches!(
                        book.state(&generation.refresh, model.now_ms),
                        TokenState::Live | TokenState::Grace
                    );
                    prop_assert_eq!(works, model.accepts(number));
                }
            }
        }
    }
}
