//! A message as a JSON object, for `--json` and editors. Holds no secret: the same masking as in the text.

use serde::Serialize;

use super::{Diagnostic, mask::Masked};
use crate::{Source, Span};

/// What `--json` prints, one object a message.
#[derive(Clone, Debug, Serialize)]
pub struct JsonMessage {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The character behind the last one.
    pub end_column: usize,
    /// `error` or `warning`.
    pub severity: String,
    /// Its short name.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The nearest right thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What can be typed or done.
    pub help: Vec<String>,
    /// A change that mends it and cannot change a meaning that was right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<JsonFix>,
    /// The command that shows what the code means.
    pub docs: String,
}

/// Text to put in the place of a stretch of one line.
#[derive(Clone, Debug, Serialize)]
pub struct JsonFix {
    /// The line, from 1.
    pub line: usize,
    /// The first character that is replaced, from 1.
    pub column: usize,
    /// The character behind the last one.
    pub end_column: usize,
    /// By what.
    pub text: String,
}

impl JsonMessage {
    /// The object of a message.
    pub fn new(source: &Source, diagnostic: &Diagnostic, secrets: &[Span]) -> Self {
        let masked = Masked::new(source, diagnostic, secrets);
        let Span { start, end } = diagnostic.span;
        Self {
            file: source.name().to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            severity: diagnostic.severity.to_string(),
            code: diagnostic.code.to_string(),
            message: masked.mask(&diagnostic.message),
            label: diagnostic.label.as_deref().map(|label| masked.mask(label)),
            help: masked.help(diagnostic),
            fix: json_fix(diagnostic, masked.spans()),
            docs: format!("headwater explain {}", diagnostic.code),
        }
    }
}

/// A change of one line only; what would have to show a secret is left out.
fn json_fix(diagnostic: &Diagnostic, secrets: &[Span]) -> Option<JsonFix> {
    let fix = diagnostic.fix.as_ref()?;
    let Span { start, end } = fix.span;
    let shows_secret = secrets.iter().any(|secret| secret.overlaps(&fix.span));
    (start.line == end.line && !shows_secret).then(|| JsonFix {
        line: start.line,
        column: start.column,
        end_column: end.column,
        text: fix.text.clone(),
    })
}
