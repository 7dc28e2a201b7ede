//! Every maximum and default of the engine, named, with its unit. A processor's own defaults are in its file.

use std::time::Duration;

/// Flowfiles that one chain carries from queue to queue in one transaction.
pub const CHAIN_FLOWFILES_MAX: usize = 1_000;

/// Bytes of attributes, names and values, that one chain carries.
pub const CHAIN_ATTRIBUTE_BYTES_MAX: usize = 256 * 1024;

/// Flowfiles that a processor which merges looks at together; more wait.
pub const MERGE_FLOWFILES_MAX: usize = 100_000;

/// Flowfiles in a connection above which its source waits, as in NiFi.
pub const BACK_PRESSURE_COUNT: u64 = 10_000;

/// Bytes of content in a connection above which its source waits, as in NiFi.
pub const BACK_PRESSURE_BYTES: u64 = 1 << 30;

/// How long a penalized flowfile waits, as in NiFi.
pub const PENALTY: Duration = Duration::from_secs(30);

/// How long a processor that could do nothing is left alone, as in NiFi.
pub const YIELD: Duration = Duration::from_secs(1);

/// The longest wait after a roll-back; the penalty doubles up to it.
pub const ROLLBACK_PENALTY_MAX: Duration = Duration::from_secs(600);

/// Roll-backs of a flowfile at one processor before it goes to failed.
pub const ROLLBACKS_MAX: u32 = 10;

/// The same in `headwater run`, where somebody waits for the end.
pub const ROLLBACKS_MAX_IN_RUN: u32 = 3;

/// How long the first repeated try waits.
pub const RETRY_WAIT_MIN: Duration = Duration::from_secs(1);

/// The longest that a repeated try waits.
pub const RETRY_WAIT_MAX: Duration = Duration::from_secs(300);

/// A longer wait asked for by the other side sends the flowfile to failed.
pub const ASKED_WAIT_MAX: Duration = Duration::from_secs(300);

/// Tries of a repeatable request when the flow does not say.
pub const RETRIES_OF_REPEATABLE: u32 = 3;

/// How long a flowfile waits for a held file.
pub const HOLD_WAIT: Duration = Duration::from_secs(120);

/// How long a source waits before it looks again whether a full disk has room.
pub const ROOM_POLL: Duration = Duration::from_secs(5);

/// How often a flow that keeps running lets go of contents and provenance that are kept no longer.
pub const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Tries of a source that fails before its firing counts as failed.
pub const SOURCE_TRIES_MAX: u32 = 3;

/// The longest duration that a flow may name; a schedule has the same bound.
pub const PERIOD_MAX: Duration = Duration::from_secs(3_660 * 86_400);

/// Processors in a flow.
pub const PROCESSORS_MAX: usize = 10_000;

/// Flowfiles that one processor works on at once.
pub const CONCURRENCY_MAX: u64 = 1_000;

/// Tries of a flowfile at one processor that a flow may ask for.
pub const RETRIES_MAX: u64 = 1_000_000;

/// Characters of an id and of a flow's name, which is a folder's too.
pub const ID_CHARS_MAX: usize = 100;

/// Bytes of a file that is a parameter's value.
pub const PARAMETER_FILE_BYTES_MAX: u64 = 64 * 1024;

/// How long a trial of one processor takes.
pub const TRIAL_TIME_MAX: Duration = Duration::from_secs(600);

/// How often one trial triggers its processor.
pub const TRIAL_TRIGGERS_MAX: usize = 10_000;

/// Bytes of content that one trial keeps in memory; what rides with its flowfile does not count.
pub const TRIAL_CONTENT_BYTES_MAX: u64 = 1 << 30;

/// Bytes of what is given to one trial, by file or on standard input.
pub const TRIAL_INPUT_BYTES_MAX: u64 = 256 * 1024 * 1024;
