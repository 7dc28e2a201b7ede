//! The commit record: everything that changes together, once and atomically. Not its bytes (`codec`), not where it
//! goes (`journal`). Whatever the engine knows durably is the fold of these records, and provenance is read out of them.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
pub use processors_api::{AfterCommit, Event, EventKind};
use processors_api::{AttributeChanges, Attributes, ContentClaim, FlowFileId, RunId, Text};

/// The name of a processor, a connection, a relationship: text that repeats, so it is shared in memory and
/// written once a segment.
pub type Name = Arc<str>;

/// The connection in which failed flowfiles wait for a person.
pub const FAILED: &str = "failed";

/// What changes together.
#[derive(Clone, Debug, Default)]
pub struct CommitRecord {
    pub time: Timestamp,
    pub flowfiles: Vec<FlowFileChange>,
    pub states: Vec<StateChange>,
    pub runs: Vec<RunChange>,
    pub ticks: Vec<Tick>,
    pub holds: Vec<HoldChange>,
    pub after_commit: Vec<AfterCommitChange>,
}

/// What happened to one flowfile between two commits, hop by hop, and where it stands now.
/// Its state after the record is its state before (or its birth) with the hops applied in order.
#[derive(Clone, Debug)]
pub struct FlowFileChange {
    pub id: FlowFileId,
    /// Present exactly when the flowfile did not exist before this record.
    pub birth: Option<Birth>,
    pub trail: Vec<Hop>,
    pub end: End,
}

/// How a flowfile began.
#[derive(Clone, Debug)]
pub struct Birth {
    /// What it was made from; none for one that a source brought in.
    pub parents: Vec<FlowFileId>,
    pub entry_date: Timestamp,
    pub lineage_start: Timestamp,
    pub run: RunId,
    pub attributes: Attributes,
    pub content: ContentClaim,
}

/// One processor's work on one flowfile: the provenance event.
#[derive(Clone, Debug)]
pub struct Hop {
    pub time: Timestamp,
    pub processor: Name,
    /// Where it went; none when the processor removed it or failed.
    pub relationship: Option<Name>,
    pub events: Vec<Event>,
    pub changes: AttributeChanges,
    /// The new content, if it has another one.
    pub content: Option<ContentClaim>,
}

/// Where a flowfile stands after a commit.
#[derive(Clone, Debug)]
pub enum End {
    Queued(Queued),
    /// Nothing more to do with it: done, removed, expired.
    Gone,
}

/// A flowfile's place in a queue. Whoever changes any of it writes it whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    pub connection: Name,
    pub since: Timestamp,
    pub penalized_until: Option<Timestamp>,
    /// How often the processor behind this queue rolled back with it.
    pub rollbacks: u32,
    /// How often it took a relationship that is tried again.
    pub retries: u32,
    /// An effect that cannot be repeated safely was begun on it and is not known to be done.
    pub begun: Option<Begun>,
    /// The real path of the file it holds.
    pub hold: Option<Name>,
    /// Its short number in the failed queue (`F17`), given once.
    pub failed_number: Option<u64>,
    /// The flowfile that a replay made of it.
    pub replayed_as: Option<FlowFileId>,
}

/// The mark of an effect under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub processor: Name,
    pub time: Timestamp,
}

/// A processor's memory after the commit, whole; empty when it forgot everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    pub processor: Name,
    pub values: BTreeMap<Name, Text>,
}

/// The begin or the end of a run. What happened in between is counted from the flowfiles' changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunChange {
    Started {
        id: RunId,
        trigger: Trigger,
        source: Option<Name>,
        due: Option<Timestamp>,
        flow_version: [u8; 32],
    },
    Ended {
        id: RunId,
        outcome: Outcome,
    },
}

/// Why a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    Schedule,
    Hand,
    Replay,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// At least one of its flowfiles is in the failed queue.
    Failed,
    /// One of its flowfiles waits in the failed queue for a time that the other side named.
    Deferred,
    /// The source found nothing.
    Empty,
}

/// A schedule's tick that was fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    pub processor: Name,
    pub due: Timestamp,
}

/// A file outside that is held, or no longer. One hold a file at a time: the real path is its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldChange {
    Taken(Hold),
    Ended { file: Name },
}

/// A file outside that flowfiles of one run hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The real path.
    pub file: Name,
    /// What the file was when it was taken: `blake3:` and the digest of its bytes.
    pub version: Name,
    pub since: Timestamp,
    /// The connection whose place says what to do when the file has changed.
    pub connection: Name,
    pub run: RunId,
}

/// What a source still has to do outside because of this commit, or has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterCommitChange {
    Due(AfterCommit),
    Done { path: Name },
}
