//! What a processor author meets. Not the engine: nothing here knows a queue, a journal or a graph.

#![warn(missing_docs)]

pub mod expression;
mod java_regex;
mod parameters;
mod text;

pub use expression::{Expr, Scope};
pub use java_regex::{JavaCaptures, JavaRegex, JavaRegexError};
pub use parameters::Parameters;
pub use text::{MASK, Text};
