//! Values in quotes: quotes inside them, backslashes, and quotes that never close.

use std::ops::Range;

use super::{Place, Scanner};
use crate::diagnostic::{code, quote};

/// What a backslash may stand before, and nothing is lost.
const HARMLESS: &str = "\"\\/\r\n";
/// What it turns into a sign that people mean: line breaks, tabs, characters by number.
const MEANT: &str = "nrtxuU";

impl Scanner<'_> {
    pub(super) fn quoted_value(&mut self, at: usize, place: &Place) -> bool {
        let first_line = self.line;
        let Some(end) = self.quoted(at, place) else { return true };
        let line_end = self.source.line_range(self.line).end;
        let rest = self.skip_blanks(end, line_end);
        let behind = self.slice(rest..line_end);
        let is_comment = behind.starts_with('#') && rest > end && !behind.starts_with("#{");
        if !behind.is_empty() && !is_comment && self.line == first_line {
            self.inner_quote(at, end, place);
        }
        true
    }

    /// A text in quotes, from the quote at `at`; moves on to the line where it ends. Gives the place behind the closing
    /// quote, or nothing when there is none: then it was reported and hidden.
    pub(super) fn quoted(&mut self, at: usize, place: &Place) -> Option<usize> {
        let first_line = self.line;
        let bytes = self.text.as_bytes();
        let quote = self.byte(at)?;
        let mut line_end = place.line_end;
        let mut backslash = None;
        let mut next = at + 1;
        loop {
            while next >= line_end {
                let Some(range) = self.next_line_of(place) else {
                    self.line = first_line;
                    self.open_quote(at, place);
                    return None;
                };
                (next, line_end) = (range.start, range.end);
            }
            match bytes.get(next).copied()? {
                b'\\' if quote == b'"' => {
                    backslash = backslash.or(self.suspicious(at, next).then_some(next));
                    next +=
                        1 + self.slice(next + 1..line_end).chars().next().map_or(0, char::len_utf8);
                }
                byte if byte != quote => next += 1,
                _ if quote == b'\'' && bytes.get(next + 1) == Some(&quote) => next += 2,
                _ => break,
            }
        }
        if let Some(backslash) = backslash {
            self.backslash(at..next + 1, backslash, place);
        }
        Some(next + 1)
    }

    /// The next line, if a value that began at `place` can go on there.
    pub(super) fn next_line_of(&mut self, place: &Place) -> Option<Range<usize>> {
        if self.line >= self.source.lines() {
            return None;
        }
        let text = self.source.line(self.line + 1);
        let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
        let inside = text.trim().is_empty() || place.indent.is_none_or(|parent| indent > parent);
        if inside {
            self.line += 1;
        }
        inside.then(|| self.source.line_range(self.line))
    }

    /// Whether this backslash was probably meant as one.
    fn suspicious(&self, quote: usize, at: usize) -> bool {
        let line_end = self.source.line_range(self.line).end;
        let Some(escaped) = self.slice(at + 1..line_end).chars().next() else { return false };
        if HARMLESS.contains(escaped) {
            return false;
        }
        let digits = match escaped {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let number = self.slice(at + 2..(at + 2 + digits).min(line_end));
        let is_number =
            number.len() == digits && number.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_character = is_number
            && (digits == 0
                || u32::from_str_radix(number, 16).ok().and_then(char::from_u32).is_some());
        !MEANT.contains(escaped) || !is_character || self.is_windows_path(quote + 1)
    }

    /// `C:\...`
    fn is_windows_path(&self, at: usize) -> bool {
        let mut bytes = self.text.as_bytes().get(at..).unwrap_or_default().iter();
        bytes.next().is_some_and(u8::is_ascii_alphabetic)
            && bytes.next() == Some(&b':')
            && bytes.next() == Some(&b'\\')
            && bytes.next().is_some_and(u8::is_ascii_alphanumeric)
    }

    fn backslash(&mut self, value: Range<usize>, at: usize, place: &Place) {
        let escaped = self.slice(at + 1..value.end).chars().next().unwrap_or_default();
        let known = MEANT.contains(escaped) || "0abevfN_LP \t".contains(escaped);
        let consequence = match escaped {
            'n' if known => "makes a line break of",
            't' if known => "makes a tab of",
            _ if known => "makes another character of",
            _ => "",
        };
        let message = if known {
            format!(
                "inside \"double quotes\" YAML treats a backslash as its own sign, and {consequence} `\\{escaped}`"
            )
        } else {
            format!(
                "inside \"double quotes\" YAML treats a backslash as its own sign, and `\\{escaped}` is not one it knows"
            )
        };
        let text = self.slice(value.start + 1..value.end - 1);
        let meant = text.replace("\\\"", "\"").replace("\\\\", "\\");
        let mut diagnostic = self
            .error(code::BACKSLASH, at..at + 1 + escaped.len_utf8(), message)
            .label("use single quotes, or none")
            .help(self.written_simply(place, &meant));
        // What YAML knows may have been meant as it stands.
        if !known && !text.contains('\n') {
            let single = format!("'{}'", meant.replace('\'', "''"));
            diagnostic = diagnostic.fix(self.span(value.clone()), single);
        }
        self.report(diagnostic);
        self.break_value(value.clone());
        self.cover(value.start + 1..value.end - 1, 'x');
    }

    /// Text behind the quote that closes the value.
    pub(super) fn inner_quote(&mut self, at: usize, end: usize, place: &Place) {
        let value = at..self.value_end(at, place.line_end);
        let text = self.slice(value.clone());
        let sign = text.chars().next().unwrap_or_default();
        let (name, others) = if sign == '"' {
            ("double", "'single quotes'")
        } else {
            ("single", "\"double quotes\"")
        };
        let closed_at_end = text.ends_with(sign);
        let inner = if closed_at_end { text.get(1..text.len() - 1) } else { text.get(1..) }
            .unwrap_or_default();
        let whole = if closed_at_end { inner.to_owned() } else { text.to_owned() };
        let message = format!(
            "the {name} quote here ends the text, but more follows: {}",
            quote(self.slice(end..value.end))
        );
        let diagnostic = self
            .error(code::INNER_QUOTE, end - 1..value.end, message)
            .label(format!("use {others} around the whole value"))
            .help(self.written_in_other_quotes(place, &whole));
        self.report(diagnostic);
        self.break_value(value.clone());
        self.cover(value, 'x');
    }

    fn open_quote(&mut self, at: usize, place: &Place) {
        let value = at..self.value_end(at, place.line_end);
        let sign = self.slice(at..at + 1);
        let message = format!("this quote {sign} is never closed");
        let diagnostic = self
            .error(code::OPEN_QUOTE, at..at + 1, message)
            .label("close it at the end of the line")
            .help(self.written_simply(place, self.slice(at + 1..value.end)));
        self.report(diagnostic);
        self.break_value(value.clone());
        self.cover(at..place.line_end, 'x');
    }
}
