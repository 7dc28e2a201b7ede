//! The name before a colon.

use std::ops::Range;

use super::Scanner;

pub(super) struct Key {
    /// As written, with quotes.
    pub(super) name: Range<usize>,
    /// Where its value begins, or the end of the line.
    pub(super) value: usize,
}

const NO_BREAK_SPACE: &str = "\u{a0}";

impl Scanner<'_> {
    /// The key of a line, if it has one.
    pub(super) fn find_key(&self, at: usize, line_end: usize) -> Option<Key> {
        let colon = match self.byte(at)? {
            b'"' | b'\'' => self.colon_behind_quotes(at, line_end)?,
            b'[' | b'{' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'&' | b'*' | b'!' => {
                return None;
            }
            _ => self.find_colon(at..line_end)?,
        };
        let name_end = at + self.slice(at..colon).trim_end_matches([' ', '\t']).len();
        Some(Key { name: at..name_end, value: self.skip_blanks(colon + 1, line_end) })
    }

    /// A colon that ends a name: a blank comes behind it, or the end of the line.
    pub(super) fn find_colon(&self, range: Range<usize>) -> Option<usize> {
        let text = self.slice(range.clone());
        let comment = text.find(" #").unwrap_or(text.len());
        let text = text.get(..comment)?;
        let ends_name = |colon: &usize| {
            let rest = text.get(colon + 1..).unwrap_or_default();
            rest.is_empty() || rest.starts_with([' ', '\t']) || rest.starts_with(NO_BREAK_SPACE)
        };
        text.match_indices(':')
            .map(|(colon, _)| colon)
            .find(ends_name)
            .map(|colon| range.start + colon)
    }

    fn colon_behind_quotes(&self, at: usize, line_end: usize) -> Option<usize> {
        let close = self.closing_quote(at, line_end)?;
        let colon = self.skip_blanks(close + 1, line_end);
        (self.byte(colon) == Some(b':') && self.is_blank_or_end(colon + 1, line_end))
            .then_some(colon)
    }

    /// The quote that closes the one at `at`, on the same line.
    pub(super) fn closing_quote(&self, at: usize, line_end: usize) -> Option<usize> {
        let bytes = self.text.as_bytes().get(..line_end)?;
        let quote = *bytes.get(at)?;
        let mut next = at + 1;
        while let Some(byte) = bytes.get(next) {
            match byte {
                b'\\' if quote == b'"' => next += 2,
                byte if *byte != quote => next += 1,
                _ if quote == b'\'' && bytes.get(next + 1) == Some(&quote) => next += 2,
                _ => return Some(next),
            }
        }
        None
    }

    /// What can be wrong with a name itself.
    pub(super) fn check_key(&mut self, key: &Key) {
        if matches!(self.byte(key.name.start), Some(b'"' | b'\'')) {
            return;
        }
        let around = key.name.start..key.value.min(self.text.len());
        if !self.typographic(key.name.clone()) {
            self.no_break_space(around);
        }
    }
}
