//! [`Diagnostic`]: something that is wrong in a file, as a person is told it: what, where, the nearest right thing, and
//! what to type instead. Not an error type to match on, and not a printer: `render` and `to_json` give out text.

use std::fmt;

use crate::{Source, Span};

pub mod code;
mod fix;
mod json;
mod mask;
mod render;
mod suggest;

pub use fix::apply_fixes;
pub use json::{JsonFix, JsonMessage};
pub use render::{Look, render, render_all};
pub use suggest::{normalize, suggest};

/// The short name of a kind of message: `HW101`. All of them are in [`code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HW{}", self.0)
    }
}

/// Whether the flow can be used in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can; but somebody should look at it.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// A message about one place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its short name.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The place.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// The nearest right thing; stands behind the carets.
    pub label: Option<String>,
    /// What can be typed or done. The first may go on over several lines.
    pub help: Vec<String>,
    /// A change that mends it and cannot change a meaning that was right.
    pub fix: Option<Fix>,
}

/// Text to put in the place of a stretch of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

impl Diagnostic {
    /// Something that must be mended.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message.into())
    }

    /// Something that should be looked at.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message.into())
    }

    fn new(severity: Severity, code: Code, span: Span, message: String) -> Self {
        Self { code, severity, span, message, label: None, help: Vec::new(), fix: None }
    }

    /// With the nearest right thing behind the carets.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With one more line of help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// With a change that mends it.
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, text: text.into() });
        self
    }
}

/// A file that could not even be read as text, with what to say about it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {}", file.name(), diagnostic.message)]
pub struct SourceError {
    /// The file as far as it can be shown.
    pub file: Source,
    /// What is wrong with it.
    pub diagnostic: Diagnostic,
}

/// The longest piece of a file that a message quotes.
const QUOTED_CHARS_MAX: usize = 60;

/// A piece of a file in backticks, on one line and of a length that a person reads.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == QUOTED_CHARS_MAX {
            quoted.push('…');
            break;
        }
        quoted.push(if character.is_control() { ' ' } else { character });
    }
    quoted.push('`');
    quoted
}
