//! What a call of the engine did, for whoever called: counts come from [`super::Activity`], this is what needs words.

use processors_api::{RunId, Text};

use super::queue::Waiting;
use crate::repository::record::Name;

/// What happened while the engine worked.
#[derive(Clone, Debug, Default)]
pub struct RunReport {
    /// The runs that were started.
    pub runs: Vec<RunId>,
    /// Flowfiles that entered the failed queue, whichever run they belong to.
    pub failed: Vec<Failed>,
    /// Sources that found nothing.
    pub nothing: Vec<NothingFound>,
    /// Sources that failed.
    pub source_errors: Vec<SourceError>,
    /// Flowfiles that wait although nothing will move them.
    pub stuck: Vec<Stuck>,
}

/// A flowfile that entered the failed queue.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Its short number: `F17`.
    pub number: u64,
    pub processor: String,
    pub relationship: String,
    pub reason: Text,
}

/// A source that found nothing.
#[derive(Clone, Debug)]
pub struct NothingFound {
    pub processor: Name,
    /// What it looked for and where.
    pub what: String,
    /// The flow says that this is a failure.
    pub fails: bool,
}

/// A source that failed.
#[derive(Clone, Debug)]
pub struct SourceError {
    pub processor: Name,
    pub error: String,
}

/// A queue whose flowfiles wait although nothing will move them.
#[derive(Clone, Debug)]
pub struct Stuck {
    pub connection: Name,
    pub flowfiles: usize,
    pub why: String,
}

impl RunReport {
    /// Whether the call is to be counted as failed.
    pub fn has_failed(&self) -> bool {
        let nothing = self.nothing.iter().any(|nothing| nothing.fails);
        nothing
            || !self.failed.is_empty()
            || !self.source_errors.is_empty()
            || !self.stuck.is_empty()
    }

    /// Adds what another part of the same call did.
    pub fn add(&mut self, other: RunReport) {
        self.runs.extend(other.runs);
        self.failed.extend(other.failed);
        self.nothing.extend(other.nothing);
        self.source_errors.extend(other.source_errors);
        self.stuck = other.stuck;
    }
}

impl Failed {
    pub(super) fn of(waiting: &Waiting) -> Self {
        let attribute = |name: &str| waiting.record.attributes.get(name).cloned();
        let shown =
            |name: &str| attribute(name).map(|text| text.masked().to_owned()).unwrap_or_default();
        Self {
            number: waiting.queued.failed_number.unwrap_or_default(),
            processor: shown("failure.processor"),
            relationship: shown("failure.relationship"),
            reason: attribute("failure.reason").unwrap_or_else(|| "unknown".into()),
        }
    }
}
