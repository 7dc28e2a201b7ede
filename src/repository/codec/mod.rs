//! The bytes of a commit record, version 1. Not how they are framed and checked (`journal`).
//!
//! A payload is CBOR: first, only if the record says names for the first time in its segment, an array of these names;
//! then the record. Structures are maps with the keys below, absent fields left out, so that a plain move of a flowfile
//! takes some forty bytes. A *name* is its number in the segment's dictionary. A *time* is the difference to the
//! record's time in nanoseconds (the record's own: to 1970), or, beyond 292 years, an array of seconds and nanoseconds.
//! A *text* is a text string, or a byte string when it is secret: sealed to its flow, owner and field.
//!
//! | structure | keys |
//! |---|---|
//! | record | 0 time, 1 flowfiles, 2 states, 3 runs, 4 ticks, 5 holds, 6 after commit; reserved for swap segments: 7 swapped out (connection, segment, count), 8 swapped in, 9 swap segments dropped |
//! | flowfile | 0 id, 1 birth, 2 trail, 3 queued (absent: gone) |
//! | birth | 0 parents, 1 entry date, 2 lineage start, 3 run, 4 attributes, 5 content |
//! | hop | 0 time, 1 processor, 2 relationship, 3 events, 4 attributes set, 5 attributes removed, 6 content |
//! | event | 0 kind, 1 details |
//! | queued | 0 connection, 1 since, 2 penalized until, 3 rollbacks, 4 retries, 5 begun by, 6 begun at, 7 hold, 8 failed number, 9 replayed as |
//! | content | one of 0 bytes, 1 sealed bytes, 2 stored, 3 stored and sealed; none when empty. Stored is an array: claim, length, digest |
//! | state | 0 processor, 1 values |
//! | run | 0 id, 1 trigger, 2 source, 3 due, 4 flow version, 5 outcome (an end; else a start) |
//! | tick | 0 processor, 1 due |
//! | hold | 0 file, 1 version, 2 since, 3 connection, 4 run (0 alone: ended) |
//! | after commit | 0 path, 1 inode, 2 size, 3 modified, 4 move to (0 alone: done) |
//!
//! Attributes and state values are maps from name to text. Within a version nothing is added: a key that is not in the
//! table is damage. A new version is a new number in the header of segments and snapshots.

mod decode;
mod dictionary;
mod encode;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, io, sync::Arc};

use processors_api::{ClaimId, ContentClaim, FlowFileId, StoredContent};
use thiserror::Error;

use super::{
    record::{CommitRecord, Name},
    seal::{Key, KeyError},
};

pub(crate) use decode::{Decoding, required};
pub(crate) use dictionary::Dictionary;
pub(crate) use encode::{Encoded, Encoding};

/// What a reader of records has to know about content.
pub(crate) trait Resolve: Send + Sync {
    /// Gives a claim that is read from a record its content, with its owner.
    fn resolve(&self, id: ClaimId, length: u64, digest: [u8; 32]) -> Arc<StoredContent>;

    /// Whether the content is there, every byte of it.
    fn is_whole(&self, claim: &ContentClaim) -> io::Result<bool>;
}

/// Claims without an owner: for whoever only looks.
pub(crate) struct Unowned;

impl Resolve for Unowned {
    fn resolve(&self, id: ClaimId, length: u64, digest: [u8; 32]) -> Arc<StoredContent> {
        Arc::new(StoredContent::new(id, length, digest, None))
    }

    fn is_whole(&self, _claim: &ContentClaim) -> io::Result<bool> {
        Ok(true)
    }
}

/// The key under which the values that follow were sealed.
#[derive(Clone, Default)]
pub(crate) enum Opener {
    /// Nothing sealed may follow: the journal has named no key yet.
    #[default]
    Unnamed,
    Key(Arc<Key>),
    /// The key is not there any more: sealed values are read as empty, and whom they belong to is told.
    Lost,
}

/// A record as it was read.
pub(crate) struct Decoded {
    pub(crate) record: CommitRecord,
    pub(crate) unreadable: Unreadable,
}

/// What could not be read because its key is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) flowfiles: Vec<FlowFileId>,
    /// Processors that lost something of their state.
    pub(crate) states: Vec<Name>,
}

/// Why a record cannot be written.
#[derive(Debug, Error)]
pub(crate) enum EncodeError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the record cannot be encoded")]
    Cbor(#[from] minicbor::encode::Error<Infallible>),
}

/// Why bytes are no record, although their checksum is right.
#[derive(Debug, Error)]
pub(crate) enum DecodeError {
    #[error("the record is not well formed: {0}")]
    Cbor(#[from] minicbor::decode::Error),
    #[error("a {structure} has the unknown key {key}")]
    UnknownKey { structure: &'static str, key: u64 },
    #[error("a {structure} lacks its {field}")]
    Missing { structure: &'static str, field: &'static str },
    #[error("a name has the number {number}, but only {known} are known")]
    UnknownName { number: u32, known: usize },
    #[error("a {structure} has a value that is out of range")]
    Range { structure: &'static str },
    #[error("a value is sealed, but no key is named before it")]
    Unnamed,
    #[error("a sealed value does not open with its key: it was changed or belongs elsewhere")]
    Broken,
    #[error("{count} bytes follow the record")]
    Trailing { count: usize },
}
