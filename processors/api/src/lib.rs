//! What a processor author meets.
