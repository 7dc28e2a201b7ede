//! Random letters and identifiers from a seed: the same seed, the same letters, so that a failing test repeats.
//! Not for real secrets: what guards something real comes from the system's random source, not from here.

use std::fmt;
use std::io;

/// Where a sandbox's tokens come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The same tokens at every start.
    pub fn fixed(number: u64) -> Self {
        Self(*blake3::hash(&number.to_le_bytes()).as_bytes())
    }

    /// Tokens that nobody can guess.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self(bytes))
    }
}

/// A seed is as secret as what is made from it.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed({})", super::MASK)
    }
}

/// An endless row of letters.
pub(super) struct Letters(blake3::OutputReader);

impl Letters {
    /// Two purposes of one seed share nothing.
    pub(super) fn new(seed: Seed, purpose: &str) -> Self {
        Self(blake3::Hasher::new_keyed(&seed.0).update(purpose.as_bytes()).finalize_xof())
    }

    /// The prefix followed by random letters: recognisable for a search, and nothing else contains it.
    pub(super) fn token(&mut self, prefix: &str) -> String {
        const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRabcdefghijkmnopq";
        const LENGTH: usize = 48;
        let mut bytes = [0; LENGTH];
        self.0.fill(&mut bytes);
        let letters = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
        prefix.chars().chain(letters).collect()
    }

    pub(super) fn guid(&mut self) -> String {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_the_same_tokens_and_two_give_others() {
        let token = |seed| Letters::new(Seed::fixed(seed), "tokens").token("xat-");
        assert_eq!(token(1), token(1));
        assert_ne!(token(1), token(2));
        assert_eq!(token(1).len(), 52);
    }

    #[test]
    fn a_random_seed_differs_and_is_not_shown() {
        let seed = Seed::random().unwrap();
        assert_ne!(seed, Seed::random().unwrap());
        assert_eq!(format!("{seed:?}"), "Seed(***)");
    }
}
