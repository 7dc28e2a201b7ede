//! The expression language as a decoding sees it: what is wrong inside a text, and where.

use super::ScalarProblem;
use crate::{
    Parameters,
    diagnostic::{code, quote, suggest},
    expression::{self, ExpressionError, Reference, Template},
};

/// An [`super::ExpressionChecker`]: the expression is right, gives what the property wants, and all its parameters exist.
pub fn check_expression(
    marker: &str,
    text: &str,
    parameters: &Parameters,
) -> Result<Template, ScalarProblem> {
    let template = Template::compile(text)?;
    expression::check(marker, &template)?;
    let unknown = template.parameters().iter().find(|used| parameters.get(&used.name).is_none());
    match unknown {
        Some(used) => Err(unknown_parameter(used, parameters)),
        None => Ok(template),
    }
}

impl From<ExpressionError> for ScalarProblem {
    fn from(error: ExpressionError) -> Self {
        let ExpressionError { offset, length, message, label, help, .. } = error;
        Self { offset, length, message, label, help, code: code::EXPRESSION }
    }
}

fn unknown_parameter(used: &Reference, parameters: &Parameters) -> ScalarProblem {
    let names: Vec<&str> = parameters.names().collect();
    let near = suggest(&used.name, names.iter().copied());
    let label =
        near.map_or("add it to `parameters:`".into(), |near| format!("did you mean `{near}`?"));
    let listed = near.is_none() && !names.is_empty();
    ScalarProblem {
        offset: used.offset,
        length: used.length,
        message: format!("there is no parameter called {}", quote(&used.name)),
        label: Some(label),
        help: listed
            .then(|| format!("the parameters of this flow: {}", names.join(", ")))
            .into_iter()
            .collect(),
        code: code::UNKNOWN_PARAMETER,
    }
}
