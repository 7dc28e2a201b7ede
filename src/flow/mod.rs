//! Flow files: read, checked, and turned into a validated [`Flow`]. It starts nothing and runs nothing.

mod graph;

pub use graph::*;
