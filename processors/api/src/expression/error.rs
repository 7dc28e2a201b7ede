//! What goes wrong with an expression: [`ExpressionError`] when a property is loaded, [`EvaluateError`] when it is
//! evaluated. Not a diagnostic with file and line: the loader adds those. Neither ever holds a secret value.

use std::ops::Range;

use thiserror::Error;

use super::Type;

/// A mistake in a property's value, found when it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}{}", label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default())]
pub struct ExpressionError {
    /// Where it begins: a byte of the property's value.
    pub offset: usize,
    /// How many bytes are wrong.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What stands beside the marked place: the nearest right thing.
    pub label: Option<String>,
    /// What to do, each line as it can be typed.
    pub help: Vec<String>,
    /// What is meant, to stand in the place of what is wrong.
    pub fix: Option<String>,
}

impl ExpressionError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        let length = span.end.saturating_sub(span.start);
        Self {
            offset: span.start,
            length,
            message: message.into(),
            label: None,
            help: Vec::new(),
            fix: None,
        }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// Why an expression gave no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluateError {
    /// A function cannot work on what it was given.
    #[error("`{function}`: {reason}")]
    Function {
        /// The function's name.
        function: &'static str,
        /// What it says.
        reason: String,
    },
    /// A value cannot be read as the type that is wanted.
    #[error("{value} cannot be read as {}", wanted.described())]
    Conversion {
        /// The value in backticks, masked when it is secret.
        value: String,
        /// What it should have been.
        wanted: Type,
    },
    /// The result grows beyond every use.
    #[error("the result is larger than {} MB", super::limits::RESULT_BYTES_MAX / (1024 * 1024))]
    TooLarge,
    /// The expression does too much work, for example over a very long list.
    #[error("the expression takes too many steps; it was stopped")]
    TooMuchWork,
    /// `evaluateELString()` evaluates texts that evaluate texts, and so on.
    #[error(
        "`evaluateELString`: a text evaluates a text, more than {} deep",
        super::limits::EVALUATION_DEPTH_MAX
    )]
    TooDeep,
}
