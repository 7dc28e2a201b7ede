//! What can be told of a hop: NiFi's provenance event types. Not the record of it: that is the engine's.

use std::sync::Arc;

use crate::Text;

/// Something worth telling about one processor's work on one flowfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// A URI, a status, a reason.
    pub details: Option<Text>,
}

/// NiFi's provenance event types, and two of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Made from nothing.
    Create,
    /// Came from outside.
    Receive,
    /// Its content was fetched from outside.
    Fetch,
    /// Was sent outside.
    Send,
    /// Made from another flowfile, with other content.
    Fork,
    /// Made from several.
    Join,
    /// A copy of another.
    Clone,
    /// Was sent along a relationship for a reason.
    Route,
    /// Has other attributes.
    AttributesModified,
    /// Has other content.
    ContentModified,
    /// Nothing more to do with it.
    Drop,
    /// Was too old for its queue.
    Expire,
    /// Was put back by a person.
    Replay,
    /// The processor failed its session or panicked; the details say why.
    RolledBack,
    /// A held file was changed by somebody else; the details say what was dropped.
    HoldLost,
    /// Got another identity, which the details tell.
    AddInfo,
}

impl EventKind {
    /// NiFi's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Receive => "RECEIVE",
            Self::Fetch => "FETCH",
            Self::Send => "SEND",
            Self::Fork => "FORK",
            Self::Join => "JOIN",
            Self::Clone => "CLONE",
            Self::Route => "ROUTE",
            Self::AttributesModified => "ATTRIBUTES_MODIFIED",
            Self::ContentModified => "CONTENT_MODIFIED",
            Self::Drop => "DROP",
            Self::Expire => "EXPIRE",
            Self::Replay => "REPLAY",
            Self::RolledBack => "ROLLED_BACK",
            Self::HoldLost => "HOLD_LOST",
            Self::AddInfo => "ADDINFO",
        }
    }
}

/// A file that a source has taken and must take away once its session is committed; only if it still is that file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AfterCommit {
    /// The file, in full.
    pub path: Arc<str>,
    /// Its inode number when it was read.
    pub inode: u64,
    /// Its length in bytes when it was read.
    pub size: u64,
    /// When it was last changed, in nanoseconds since 1970.
    pub modified_ns: i128,
    /// Where it moves to; deleted when there is none.
    pub move_to: Option<Arc<str>>,
}
