//! What goes wrong with a path: [`JsonPathError`] when it is compiled, [`LookupError`] and [`EditError`] when it is used.
//! The last two never quote the document.

use std::ops::Range;

use thiserror::Error;

/// A mistake in a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}{}", label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default())]
pub struct JsonPathError {
    /// Where it begins: a byte of the path.
    pub offset: usize,
    /// How many bytes are wrong.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What stands beside the marked place: the nearest right thing.
    pub label: Option<String>,
    /// What to do, each line as it can be typed.
    pub help: Vec<String>,
}

impl JsonPathError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        let length = span.end.saturating_sub(span.start);
        Self { offset: span.start, length, message: message.into(), label: None, help: Vec::new() }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// Why a lookup was given up. That nothing was found is no error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LookupError {
    /// It would go on for too long.
    #[error("the path looks at more than {} values of this document", super::limits::VISITS_MAX)]
    TooManyVisits,
    /// It finds more than anybody can use.
    #[error("the path finds more than {} values in this document", super::limits::FOUND_MAX)]
    TooManyFound,
    /// A regular expression of a filter was stopped.
    #[error("the filter's regular expression takes too many steps on a text of this document")]
    Regex,
    /// A function cannot work on what is there.
    #[error("`{function}()` {reason}")]
    Function {
        /// The function.
        function: &'static str,
        /// What it says.
        reason: &'static str,
    },
}

/// Why a document was not changed. That there is nothing to change is no error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EditError {
    /// The places could not be looked up.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The path leads to something that cannot be changed so.
    #[error("{0}")]
    Unfit(&'static str),
}
