//! The bounds that keep a path and a document from outside harmless. Not settings: nobody should have to know them.

/// The longest path.
pub(super) const PATH_BYTES_MAX: usize = 16 * 1024;

/// How many steps a path may have: a lookup recurses once for each.
pub(super) const STEPS_MAX: usize = 256;

/// How deep parentheses, lists and paths may stand inside each other in a filter.
pub(super) const NESTING_MAX: usize = 32;

/// How many values one lookup may look at, those of its filters included.
pub(super) const VISITS_MAX: u64 = 20_000_000;

/// How many values one lookup may find.
pub(super) const FOUND_MAX: usize = 5_000_000;

/// How many bytes of text cost a regular expression as much as looking at one value.
pub(super) const BYTES_PER_VISIT: u64 = 16;
