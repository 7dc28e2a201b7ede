//! The check of a property that is an expression: it must compile, and its parameters must exist.

use super::ScalarProblem;
use crate::{
    Parameters,
    diagnostic::{code, quote, suggest},
    expression::{self, Template},
};

/// Whether `text` can be the value of a property marked `marker` in a flow with these parameters.
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
    let Ok(template) = Template::compile(text) else { return Ok(()) };
    match template.parameters().iter().find(|reference| parameters.get(&reference.name).is_none()) {
        None => Ok(()),
        Some(unknown) => {
            let names: Vec<&str> = parameters.names().collect();
            let near = suggest(&unknown.name, names.iter().copied());
            let help = format!("the parameters of this flow: {}", names.join(", "));
            Err(ScalarProblem {
                offset: unknown.offset,
                length: unknown.length,
                message: format!("there is no parameter called {}", quote(&unknown.name)),
                label: near.map(|near| format!("did you mean `{near}`?")),
                help: near.is_none().then_some(help).into_iter().collect(),
                code: code::UNKNOWN_PARAMETER,
            })
        }
    }
}
