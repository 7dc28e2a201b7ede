//! Checks the literals that a function will read in its own way: a regular expression, a date pattern, a zone, a time
//! span, a mapping, a JSONPath. Not their use: what is computed is read the same way, but only when it is there.

use std::ops::Range;

use super::{
    ExpressionError,
    dates::{self, Duration, Pattern},
    evaluation::Node,
    function::Kind,
    functions::Mapping,
};
use crate::{JavaRegex, JsonPath};

/// Whether a literal argument can be read as what it should be.
pub(super) fn check(kind: Kind, node: &Node, span: &Range<usize>) -> Result<(), ExpressionError> {
    let Some(text) = node.literal() else { return Ok(()) };
    let error = |message: String| Err(ExpressionError::new(span.clone(), message));
    match kind {
        Kind::Regex => match JavaRegex::new(text) {
            Ok(_) => Ok(()),
            Err(problem) => error(format!("this is not a regular expression: {problem}")),
        },
        Kind::Pattern => match Pattern::new(text) {
            Ok(_) => Ok(()),
            Err(problem) => error(format!("this is not a date pattern: {problem}")),
        },
        Kind::Zone if dates::zone(text).is_none() => Err(ExpressionError::new(
            span.clone(),
            format!("there is no time zone `{text}`"),
        )
        .help("zones are written `Europe/Amsterdam`, `UTC` or `+02:00`; short names such as `EST` are not one zone")),
        Kind::Duration if Duration::parse(text).is_none() => Err(ExpressionError::new(
            span.clone(),
            format!("`{text}` is not a time span"),
        )
        .help("a number, a space and a unit: 3 days; units: nanosecond, second, minute, hour, day, week, month, year")),
        Kind::Mapping => match Mapping::parse(text) {
            Ok(_) => Ok(()),
            Err(problem) => error(format!("this is not a mapping: {problem}")),
        },
        Kind::JsonPath => match JsonPath::compile(text) {
            Ok(_) => Ok(()),
            Err(problem) => {
                let message = format!("this is not a JSONPath: {problem}");
                let error = ExpressionError::new(span.clone(), message);
                Err(problem.help.iter().fold(error, |error, line| error.help(line)))
            }
        },
        _ => Ok(()),
    }
}
