//! NiFi's Expression Language, and `#{parameters}`: a property's value is compiled once ([`Template`]), and evaluated
//! for each flowfile against a [`Scope`]. Not properties (that is [`Expr`]'s user) and not files: an error carries its
//! place inside the value, and the loader knows where the value stands.
//!
//! Invariants: what compiled cannot fail for its types; whatever was made from something secret is secret; no input
//! makes it panic, recurse deeply, or work without end (`limits`).
//!
//! On purpose not as in NiFi: a secret parameter is seen inside an expression, where NiFi gives null, since the result
//! is masked here; `'\d\\'` closes its quote (NiFi counts all backslashes of the text).
//!
//! The way of a value: `scan` finds the expressions, `lexer` cuts one into tokens, `compiler` types it with the table
//! in `functions` into the calls that `evaluation` runs.

mod attempt;
mod call;
mod compiler;
mod convert;
mod dates;
mod error;
mod evaluation;
mod expr;
mod function;
mod functions;
mod lexer;
mod limits;
mod literals;
mod number;
mod scan;
mod scope;
mod template;
mod truth;
mod value;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod every_function;
#[cfg(test)]
mod tests;

pub use error::{EvaluateError, ExpressionError};
pub use expr::{
    BOOLEAN_MARKER, DECIMAL_MARKER, Expr, ExpressionType, TEXT_MARKER, WHOLE_MARKER, check,
};
pub use function::{
    Argument, Example, Function, Kind, OnNull, Position, Presence, Several, ValuesFrom,
};
pub use functions::{Documentation, Family, all as functions, find as function, nearest};
pub(crate) use number::decimal_text;
pub use scan::{OpenSign, open_signs};
pub use scope::{Scope, StaticScope};
pub use template::{Reference, Template, TypedValue};
pub use value::{Type, Value};
