//! The log of every request: what came, and what became of it. Never a secret: whoever describes a request masks it,
//! and a token shows only as the number of its generation.
//!
//! Limit: the newest [`REQUESTS_KEPT_MAX`] requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::Target;
use super::server::NoAnswer;

const REQUESTS_KEPT_MAX: usize = 100_000;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is not answered yet.
    Pending,
    /// Answered with this status.
    Answered(u16),
    /// An answer with this status that broke off in the middle.
    Cut(u16),
    /// The sandbox closed the connection without a byte of answer.
    Dropped,
    /// The client went away before it was answered.
    ClientGone,
}

/// One request as the sandbox saw it.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// By the sandbox's own clock.
    pub at: Timestamp,
    pub target: Target,
    pub method: String,
    pub path_and_query: String,
    /// In the order they came, with names in lower case, secrets masked.
    pub headers: Vec<(String, String)>,
    pub body_bytes: u64,
    /// Which generation of tokens the request showed: 0 for the first pair, one more with each rotation.
    /// `None` for a token that the sandbox never gave out.
    pub token_generation: Option<u32>,
    pub outcome: Outcome,
}

impl LoggedRequest {
    /// The status it was answered with, unless it got none.
    pub fn status(&self) -> Option<u16> {
        match self.outcome {
            Outcome::Answered(status) | Outcome::Cut(status) => Some(status),
            Outcome::Pending | Outcome::Dropped | Outcome::ClientGone => None,
        }
    }

    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<LoggedRequest>,
    /// How many older ones are gone: the number of the first one kept.
    forgotten: u64,
}

impl Log {
    pub(super) fn requests(&self) -> Vec<LoggedRequest> {
        self.kept().requests.iter().cloned().collect()
    }

    pub(super) fn count(&self, target: Target) -> usize {
        self.kept().requests.iter().filter(|request| request.target == target).count()
    }

    pub(super) fn clear(&self) {
        let mut kept = self.kept();
        kept.forgotten += kept.requests.len() as u64;
        kept.requests.clear();
    }

    /// Notes a request; its outcome follows through the entry.
    pub(super) fn arrived(self: &Arc<Self>, request: LoggedRequest) -> Entry {
        let mut kept = self.kept();
        if kept.requests.len() >= REQUESTS_KEPT_MAX {
            kept.requests.pop_front();
            kept.forgotten += 1;
        }
        kept.requests.push_back(request);
        let number = kept.forgotten + kept.requests.len() as u64 - 1;
        drop(kept);
        Entry { log: Arc::clone(self), number }
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut LoggedRequest)) {
        let mut kept = self.kept();
        let place =
            number.checked_sub(kept.forgotten).and_then(|place| usize::try_from(place).ok());
        if let Some(request) = place.and_then(|place| kept.requests.get_mut(place)) {
            change(request);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is not answered yet. Dropping it says that the client went away, which is how a server learns of it:
/// what serves a closed connection is dropped wherever it waits.
pub(super) struct Entry {
    log: Arc<Log>,
    number: u64,
}

impl Entry {
    pub(super) fn body(&self, bytes: usize, token_generation: Option<u32>) {
        self.log.change(self.number, |request| {
            request.body_bytes = bytes as u64;
            request.token_generation = request.token_generation.or(token_generation);
        });
    }

    pub(super) fn finished(self, outcome: Outcome) {
        self.log.change(self.number, |request| request.outcome = outcome);
    }

    pub(super) fn dropped(self) -> NoAnswer {
        self.finished(Outcome::Dropped);
        NoAnswer
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.log.change(self.number, |request| {
            if request.outcome == Outcome::Pending {
                request.outcome = Outcome::ClientGone;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str) -> LoggedRequest {
        LoggedRequest {
            at: Timestamp::UNIX_EPOCH,
            target: Target::Api,
            method: "GET".to_owned(),
            path_and_query: path.to_owned(),
            headers: vec![("accept".to_owned(), "*/*".to_owned())],
            body_bytes: 0,
            token_generation: None,
            outcome: Outcome::Pending,
        }
    }

    #[test]
    fn an_entry_changes_its_own_request_only() {
        let log = Arc::new(Log::default());
        let first = log.arrived(request("/1"));
        let second = log.arrived(request("/2"));
        second.body(7, Some(3));
        second.finished(Outcome::Answered(200));
        drop(first);
        let outcomes: Vec<_> = log.requests().iter().map(|request| request.outcome).collect();
        assert_eq!(outcomes, [Outcome::ClientGone, Outcome::Answered(200)]);
        assert_eq!(log.requests()[1].body_bytes, 7);
        assert_eq!(log.requests()[1].status(), Some(200));
        assert_eq!(log.requests()[1].header("accept"), Some("*/*"));
    }

    #[test]
    fn an_entry_of_a_cleared_log_changes_nothing() {
        let log = Arc::new(Log::default());
        let old = log.arrived(request("/old"));
        log.clear();
        let new = log.arrived(request("/new"));
        old.finished(Outcome::Answered(500));
        assert_eq!(log.requests()[0].outcome, Outcome::Pending);
        new.finished(Outcome::Answered(200));
        assert_eq!(log.requests()[0].outcome, Outcome::Answered(200));
        assert_eq!(log.count(Target::Api), 1);
    }
}
