//! The bounds that keep an expression from outside harmless. Not settings: nobody should have to know them.

/// How deep `${...}` may stand inside `${...}`, in arguments and in string literals together.
pub(super) const NESTING_MAX: usize = 40;

/// The largest text that an expression may make.
pub(super) const RESULT_BYTES_MAX: usize = 20 * 1024 * 1024;

/// How deep a text that `evaluateELString()` evaluates may do so again.
pub(super) const EVALUATION_DEPTH_MAX: usize = 8;

/// The work that one evaluation may do. Each call costs one and a share of the text it works on.
pub(super) const WORK_MAX: u64 = 10_000_000;

/// How many pieces a text may be split into.
pub(super) const VALUES_MAX: usize = 1_000_000;

/// How many bytes of text cost as much as one call.
pub(super) const BYTES_PER_WORK: u64 = 64;

/// How much of a value an error message quotes.
pub(super) const QUOTED_CHARS_MAX: usize = 60;

/// What it costs to make a regular expression, a pattern or a mapping of a computed text.
pub(super) const PREPARE_WORK: u64 = 1_000;

/// How many of those are kept during an evaluation.
pub(super) const REMEMBERED_MAX: usize = 16;
