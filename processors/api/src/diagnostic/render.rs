//! Messages as text: the header, the line with its gutter, the carets, the help. Knows nothing of terminals: whether
//! to colour is the caller's decision.
//!
//! Secrets are masked by `mask`.

use std::fmt::Write as _;

use super::{Diagnostic, Severity, mask::Masked};
use crate::{MASK, Source, Span};

/// How many characters of a line are shown; of a longer one the part around the place.
const LINE_CHARS_MAX: usize = 240;

/// With colours or without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// Text only.
    #[default]
    Plain,
    /// With ANSI colours.
    Coloured,
}

/// All messages of a file by line, and the line that counts them. Empty when there are none.
pub fn render_all(
    source: &Source,
    diagnostics: &[Diagnostic],
    secrets: &[Span],
    look: Look,
) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
    let mut out = String::new();
    for diagnostic in &sorted {
        out.push_str(&render(source, diagnostic, secrets, look));
        out.push('\n');
    }
    let first_error = sorted.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    if let Some(explained) = first_error.or(sorted.first()) {
        let errors =
            sorted.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        let happened = if errors > 0 { " Nothing was run." } else { "" };
        let counts = counts(errors, sorted.len() - errors);
        let _ = writeln!(
            out,
            "{}: {counts}.{happened} Explain one: headwater explain {}",
            source.name(),
            explained.code
        );
    }
    out
}

fn counts(errors: usize, warnings: usize) -> String {
    let count = |number: usize, noun: &str| {
        (number > 0).then(|| format!("{number} {noun}{}", if number == 1 { "" } else { "s" }))
    };
    let counts: Vec<String> =
        [count(errors, "error"), count(warnings, "warning")].into_iter().flatten().collect();
    counts.join(", ")
}

/// One message, ending with a line break.
pub fn render(source: &Source, diagnostic: &Diagnostic, secrets: &[Span], look: Look) -> String {
    let paint = Paint { look, severity: diagnostic.severity };
    let masked = Masked::new(source, diagnostic, secrets);
    let secrets = masked.spans();
    let start = diagnostic.span.start;
    let gutter = start.line.to_string().len() + 1;
    let line = ShownLine::new(source, start.line, secrets, start.offset);
    let carets = line.carets(diagnostic.span);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}:{}:{}: {}: {}",
        source.name(),
        start.line,
        start.column,
        paint.strong(&format!("{}[{}]", diagnostic.severity, diagnostic.code)),
        clean(&masked.mask(&diagnostic.message))
    );
    let _ = writeln!(out, "{:gutter$}{}", "", paint.dim("|"));
    let _ = writeln!(
        out,
        "{}",
        format!("{} {} {}", paint.dim(&start.line.to_string()), paint.dim("|"), line.text)
            .trim_end()
    );
    let label = diagnostic
        .label
        .as_deref()
        .map(|label| format!(" {}", clean(&masked.mask(label))))
        .unwrap_or_default();
    let marks = paint.strong(&format!("{}{label}", "^".repeat(carets.width)));
    let _ = writeln!(
        out,
        "{:gutter$}{} {:indent$}{marks}",
        "",
        paint.dim("|"),
        "",
        indent = carets.indent
    );
    for (at, help) in masked.help(diagnostic).iter().flat_map(|help| help.split('\n')).enumerate() {
        let begin = if at == 0 { paint.dim("= help:") } else { " ".repeat("= help:".len()) };
        let _ = writeln!(out, "{:gutter$}{begin} {}", "", clean(help));
    }
    out
}

/// A line as it is printed, and where each of its bytes went.
struct ShownLine {
    text: String,
    /// The byte in the file and the column shown, for each character; ends with those behind the last.
    columns: Vec<(usize, usize)>,
}

struct Carets {
    indent: usize,
    width: usize,
}

impl ShownLine {
    fn new(source: &Source, number: usize, secrets: &[Span], place: usize) -> Self {
        let range = source.line_range(number);
        let line = source.line(number);
        let mut shown = Self { text: String::new(), columns: Vec::new() };
        let mut column = 0;
        let (from, to) = window(line, place.saturating_sub(range.start));
        if from > 0 {
            shown.text.push('…');
            column += 1;
        }
        let mut inside_secret = false;
        for (at, character) in line.char_indices().filter(|(at, _)| (from..to).contains(at)) {
            let offset = range.start + at;
            let secret =
                secrets.iter().any(|span| (span.start.offset..span.end.offset).contains(&offset));
            if secret && inside_secret {
                shown.columns.push((offset, column - 1));
                continue;
            }
            shown.columns.push((offset, column));
            if secret {
                shown.text.push_str(MASK);
                column += MASK.len();
            } else {
                shown.text.push(visible(character));
                column += 1;
            }
            inside_secret = secret;
        }
        shown.columns.push((range.start + to, column));
        if to < line.len() {
            shown.text.push('…');
        }
        shown
    }

    fn carets(&self, span: Span) -> Carets {
        let start = self.column_of(span.start.offset);
        let end = self.column_of(span.end.offset);
        Carets { indent: start, width: end.saturating_sub(start).max(1) }
    }

    fn column_of(&self, offset: usize) -> usize {
        let at = self.columns.partition_point(|(start, _)| *start < offset);
        self.columns.get(at).or(self.columns.last()).map_or(0, |(_, column)| *column)
    }
}

/// The part of a long line that is shown, in bytes.
fn window(line: &str, place: usize) -> (usize, usize) {
    if line.len() <= LINE_CHARS_MAX {
        return (0, line.len());
    }
    let place = place.min(line.len());
    let before = line.char_indices().rev().filter(|(at, _)| *at < place).map(|(at, _)| at);
    let from = if place <= LINE_CHARS_MAX / 2 {
        0
    } else {
        before.take(LINE_CHARS_MAX / 2).last().unwrap_or(0)
    };
    let to = line.char_indices().map(|(at, _)| at).filter(|at| *at >= from).nth(LINE_CHARS_MAX);
    (from, to.unwrap_or(line.len()))
}

/// A control character could move the cursor of a terminal; a tab would move the carets.
fn visible(character: char) -> char {
    match character {
        '\t' => '→',
        character if character.is_control() => '\u{fffd}',
        character => character,
    }
}

fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

struct Paint {
    look: Look,
    severity: Severity,
}

impl Paint {
    fn strong(&self, text: &str) -> String {
        let colour = match self.severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
        };
        self.paint(colour, text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.look {
            Look::Plain => text.to_owned(),
            Look::Coloured => format!("\x1b[{colour}m{text}\x1b[0m"),
        }
    }
}

#[cfg(test)]
mod tests;
