//! Reads a path sign by sign, and makes errors that point at their place. Not its grammar.

use std::ops::Range;

use super::{JsonPathError, limits::NESTING_MAX};

pub(super) type Parsed<T> = Result<T, JsonPathError>;

/// A place in a path.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes the text if it stands here.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let is_here = self.rest().starts_with(text);
        self.at += if is_here { text.len() } else { 0 };
        is_here
    }

    /// Takes as long as the signs are `wanted`.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|sign| !wanted(sign)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    pub(super) fn peek_after_blanks(&mut self) -> Option<char> {
        self.skip_blanks();
        self.peek()
    }

    /// Takes the sign behind blanks, or says that it is missing.
    pub(super) fn expect(&mut self, sign: char, what: &str) -> Parsed<()> {
        if self.peek_after_blanks() == Some(sign) {
            self.next();
            return Ok(());
        }
        Err(self.error_here(match self.peek() {
            Some(found) => format!("a `{sign}` is wanted {what}, not `{found}`"),
            None => format!("a `{sign}` is missing {what}"),
        }))
    }

    pub(super) fn error_here(&self, message: impl Into<String>) -> JsonPathError {
        let length = self.peek().map_or(0, char::len_utf8);
        JsonPathError::new(self.at..self.at + length, message)
    }

    pub(super) fn error_from(&self, start: usize, message: impl Into<String>) -> JsonPathError {
        JsonPathError::new(start..self.at, message)
    }

    pub(super) fn error_at(&self, span: Range<usize>, message: impl Into<String>) -> JsonPathError {
        JsonPathError::new(span, message)
    }

    /// Reads something that may hold its like.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == NESTING_MAX {
            let message = format!("filters stand inside each other more than {NESTING_MAX} deep");
            return Err(self.error_here(message));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The text between two quotes; it stands at the first one.
    pub(super) fn quoted(&mut self) -> Parsed<String> {
        let start = self.at;
        let quote = self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => {
                    return Err(self.error_at(start..start + 1, "this quote is never closed"));
                }
                Some('\\') => text.push(self.escaped()?),
                sign if sign == quote => return Ok(text),
                Some(sign) => text.push(sign),
            }
        }
    }

    /// What stands for one sign behind a backslash.
    fn escaped(&mut self) -> Parsed<char> {
        let start = self.at - 1;
        let Some(sign) = self.next() else {
            return Err(self.error_from(start, "a backslash needs a sign behind it"));
        };
        Ok(match sign {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let high = self.code_unit(start)?;
                let is_pair = (0xd800..0xdc00).contains(&high) && self.take("\\u");
                let low = if is_pair { Some(self.code_unit(start)?) } else { None };
                let units = [high].into_iter().chain(low);
                match char::decode_utf16(units).next() {
                    Some(Ok(sign)) => sign,
                    _ => return Err(self.error_from(start, "this is half a character")),
                }
            }
            other => other,
        })
    }

    fn code_unit(&mut self, start: usize) -> Parsed<u16> {
        let digits = self.rest().get(..4).unwrap_or_default();
        let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u16::from_str_radix(digits, 16) {
            Ok(unit) if is_hexadecimal => {
                self.at += 4;
                Ok(unit)
            }
            _ => Err(self.error_from(start, r"`\u` is followed by four hexadecimal digits")),
        }
    }
}
