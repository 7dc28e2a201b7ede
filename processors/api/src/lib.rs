//! What a processor author meets. Not the engine: nothing here knows a queue, a journal or a graph.

#![warn(missing_docs)]

mod parameters;
mod text;

pub use parameters::Parameters;
pub use text::{MASK, Text};
