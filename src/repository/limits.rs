//! Every maximum and default of the repositories, each with its unit and its reason.

use std::time::Duration;

/// The first segment of a journal: a first start writes no more than this before its first commit.
pub(crate) const SEGMENT_BYTES_FIRST: u64 = 256 * 1024;
/// Segments double up to this: beyond it, zeroing the next one disturbs its neighbours more than it saves.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A record larger than this is written in parts, so that a reader never needs a larger frame in memory.
pub(crate) const FRAME_PAYLOAD_BYTES_MAX: usize = 512 * 1024;
/// The largest record: with its frames it must fit into one segment, because a segment is read alone.
pub(crate) const RECORD_BYTES_MAX: usize = 48 * 1024 * 1024;
/// A group of commits is written when it has this many bytes: bounds the writer's buffer and a commit's wait.
pub(crate) const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A group of commits is written when it has this many records.
pub(crate) const GROUP_RECORDS_MAX: usize = 4096;
/// Names (processors, attributes, paths) one segment may define; a segment that needs more ends early.
pub(crate) const NAMES_PER_SEGMENT_MAX: usize = 1 << 20;
/// Zeros written at once while a segment is prepared, and bytes read at once while one is read.
pub(crate) const IO_BYTES: usize = 1024 * 1024;
/// How many bytes the search for later frames may check for each byte searched, before it gives up and refuses.
pub(crate) const SCAN_FACTOR_MAX: u64 = 16;

/// A snapshot is made when the closed segments hold this much, or as much as the last snapshot if that is more:
/// bounds what a start has to read, and how often the same flowfiles are written again.
pub(crate) const SNAPSHOT_CLOSED_BYTES: u64 = 16 * 1024 * 1024;
/// Flowfiles in one frame of a snapshot.
pub(crate) const SNAPSHOT_CHUNK_FLOWFILES: usize = 256;
/// Bytes of contents and attributes in one frame of a snapshot.
pub(crate) const SNAPSHOT_CHUNK_BYTES: usize = 256 * 1024;
/// Snapshots kept: the newest, and the one before in case the newest turns out damaged.
pub(crate) const SNAPSHOTS_KEPT: usize = 2;

/// How long a snapshot that could not be made waits before the next attempt.
pub(crate) const SNAPSHOT_RETRY: Duration = Duration::from_secs(60);

/// Ended runs that are listed.
pub(crate) const ENDED_RUNS_MAX: usize = 200;

/// How long a commit without room, or a spare segment that could not be made, waits before the next attempt.
pub(crate) const ROOM_RETRY: Duration = Duration::from_secs(1);

/// Bytes of provenance kept, unless the options say otherwise.
pub const PROVENANCE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How long provenance is kept, unless the options say otherwise.
pub const PROVENANCE_AGE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

/// A content container takes no further content beyond this size: small enough that one flowfile does not keep
/// much foreign content alive, large enough that a sync serves many contents.
pub(crate) const CONTAINER_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Containers open for writing and not in use by a writer.
pub(crate) const CONTAINERS_IDLE_MAX: usize = 8;
/// Bytes of a chunk of sealed content: one authentication tag each, and one buffer for a reader.
pub(crate) const SEALED_CHUNK_BYTES: usize = 64 * 1024;
/// Bytes a content writer gathers before it writes.
pub(crate) const CONTENT_BUFFER_BYTES: usize = 64 * 1024;
/// How long content outlives its last reference, unless the options say otherwise.
pub const CONTENT_AGE_MAX: Duration = Duration::from_secs(12 * 3600);
/// Bytes of content without reference kept together.
pub const CONTENT_UNREFERENCED_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// The part of the disk that content without reference may take together: one tenth.
pub(crate) const CONTENT_DISK_PART: u64 = 10;
