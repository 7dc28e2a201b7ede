//! What a processor author meets. Not the engine: nothing here knows a queue, a journal or a graph.

#![warn(missing_docs)]

pub mod decode;
pub mod diagnostic;
mod node;
mod parameters;
pub mod property;
mod source;
mod text;
pub mod yaml;

pub use diagnostic::Diagnostic;
pub use node::{Entry, Map, Node, Position, Scalar, Sequence, Span, Style};
pub use parameters::Parameters;
pub use property::{DataSize, Sensitive, TimePeriod};
pub use source::{SOURCE_BYTES_MAX, Source};
pub use text::{MASK, Text};
