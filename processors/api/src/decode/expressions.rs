//! Expressions as [`super::decode`] checks them: they parse, they can give what the property wants, and their
//! parameters exist.

use super::ScalarProblem;
use crate::{
    Expr, Parameters,
    diagnostic::{code, quote, suggest},
    expression,
};

/// Whether `text` can be the value of the property marked `marker`: for [`super::DecodeContext::expressions`].
pub fn check_expression(
    marker: &str,
    text: &str,
    parameters: &Parameters,
) -> Result<(), ScalarProblem> {
    expression::check(marker, text).map_err(|error| ScalarProblem {
        offset: error.offset,
        length: error.length,
        message: error.message,
        label: error.label,
        help: error.help,
        code: code::EXPRESSION,
    })?;
    check_parameters(text, parameters)
}

fn check_parameters(text: &str, parameters: &Parameters) -> Result<(), ScalarProblem> {
    let Ok(expression) = Expr::<String>::compile(text) else { return Ok(()) };
    let used = expression.template().parameters();
    let Some(unknown) = used.iter().find(|used| parameters.get(&used.name).is_none()) else {
        return Ok(());
    };
    let names: Vec<&str> = parameters.names().collect();
    let (label, help) = match suggest(&unknown.name, names.iter().copied()) {
        Some(name) => (format!("did you mean `{name}`?"), None),
        None if names.is_empty() => ("this flow has no `parameters:`".to_owned(), None),
        None => {
            let help = format!("the parameters of this flow: {}", names.join(", "));
            ("add it to `parameters:`".to_owned(), Some(help))
        }
    };
    Err(ScalarProblem {
        offset: unknown.offset,
        length: unknown.length,
        message: format!("there is no parameter called {}", quote(&unknown.name)),
        label: Some(label),
        help: help.into_iter().collect(),
        code: code::UNKNOWN_PARAMETER,
    })
}
