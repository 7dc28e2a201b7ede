//! A message as a JSON object, for `--json` and editors. Holds no secret: the same masking as in the text.

use serde::Serialize;

use super::{Diagnostic, mask::Masked};
use crate::{Source, Span};

/// What `--json` prints, one object a message.
#[derive(Clone, Debug, Serialize)]
pub struct JsonMessage {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    severity: String,
    code: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    help: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<JsonFix>,
}

#[derive(Clone, Debug, Serialize)]
struct JsonFix {
    line: usize,
    column: usize,
    end_column: usize,
    text: String,
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
