//! The journal of one flow: commit records one after the other in segments. Not what they mean (`state`), not their
//! bytes (`codec`).
//!
//! Invariants: a record is acknowledged only when it, everything before it and the content it names are as durable as
//! the setting promises. Segments are numbered without gap; each says where the one before ends. Only the last one may
//! have a torn tail.

pub(crate) mod frame;
pub(crate) mod reader;
pub(crate) mod recovery;
pub(crate) mod segment;
pub(crate) mod spare;
pub(crate) mod writer;

use std::{fmt, str::FromStr, sync::Arc};

use super::{
    error::{CommitError, OpenError},
    record::CommitRecord,
};

/// A place in the log of a flow. A record's place is its name for ever: an event's id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The number of the segment.
    pub segment: u64,
    /// The offset in it.
    pub offset: u64,
}

/// The log of one flow: the seam beneath the group commit. This program's is a folder of segments; the same seam over a
/// replicated log is how a flow runs on many machines. Nothing above it knows which.
pub trait FlowLog: Send {
    /// Where the next record will lie.
    fn end(&self) -> Position;

    /// Appends records, all or (for the reason given in its place) each one not; those are durable on return, as far as
    /// the durability setting says. Refused as a whole when the log does not end at `expected`: the fence against a
    /// second owner.
    fn append(
        &mut self,
        expected: Position,
        records: &[CommitRecord],
    ) -> Result<Vec<Result<Position, CommitError>>, CommitError>;

    /// Reads beside the writer.
    fn reader(&self) -> Arc<dyn ReadLog>;

    /// Closes what was appended up to now, so that a snapshot can cover all of it. Snapshots are made off the writer.
    fn roll(&mut self) -> Result<Position, CommitError>;
}

/// The reading end of a log.
pub trait ReadLog: Send + Sync {
    /// The records from a position on, as long as they are kept.
    fn read(&self, from: Position) -> Result<Records, OpenError>;
}

/// Records and their places.
pub type Records = Box<dyn Iterator<Item = Result<(Position, CommitRecord), OpenError>> + Send>;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.segment, self.offset)
    }
}

/// A text that is not a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a position is two numbers with a colon between them")]
pub struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let (segment, offset) = text.split_once(':').ok_or(NoPosition)?;
        let number = |text: &str| text.parse().map_err(|_| NoPosition);
        Ok(Self { segment: number(segment)?, offset: number(offset)? })
    }
}
