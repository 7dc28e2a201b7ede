//! Where the bytes of a text stand inside its raw form: behind quotes, doubled quotes, escapes, folded lines and
//! indentation. Walks both side by side; they differ in blanks, line breaks and escapes only.

use std::ops::Range;

use crate::{Scalar, Style};

/// The raw stretch that makes the character at byte `at` of the text. At the end of the text: the place behind it.
pub(super) fn unit(raw: &str, scalar: &Scalar, at: usize) -> Range<usize> {
    let quote = match scalar.style {
        Style::Single | Style::Double => 1,
        Style::Plain | Style::Literal | Style::Folded => 0,
    };
    let mut cursor = quote.min(raw.len());
    for (offset, character) in scalar.text.char_indices() {
        let unit = match_one(raw, cursor, character, scalar.style);
        if at < offset + character.len_utf8() {
            return unit;
        }
        cursor = unit.end;
    }
    cursor..cursor
}

/// The raw stretch that makes `wanted`, from `cursor` on.
fn match_one(raw: &str, mut cursor: usize, wanted: char, style: Style) -> Range<usize> {
    loop {
        let rest = raw.get(cursor..).unwrap_or_default();
        let Some(next) = rest.chars().next() else { return cursor..cursor };
        let length = match (style, next) {
            (Style::Double, '\\') => match escape_length(rest) {
                Escape::Character(length) => return cursor..cursor + length,
                Escape::JoinsLines(length) => length,
            },
            (Style::Single, '\'') => return cursor..cursor + 2.min(rest.len()),
            (_, '\r' | '\n') if wanted == ' ' || wanted == '\n' => {
                return cursor..cursor + break_length(rest);
            }
            _ if next == wanted => return cursor..cursor + next.len_utf8(),
            (_, ' ' | '\t' | '\r' | '\n') => next.len_utf8(),
            _ => return cursor..cursor,
        };
        cursor += length;
    }
}

enum Escape {
    Character(usize),
    /// A backslash at the end of a line: the line break makes no character.
    JoinsLines(usize),
}

fn escape_length(rest: &str) -> Escape {
    match rest.chars().nth(1) {
        Some('x') => Escape::Character(4.min(rest.len())),
        Some('u') => Escape::Character(6.min(rest.len())),
        Some('U') => Escape::Character(10.min(rest.len())),
        Some('\r' | '\n') => Escape::JoinsLines(1 + break_length(&rest[1..])),
        Some(other) => Escape::Character(1 + other.len_utf8()),
        None => Escape::Character(1),
    }
}

fn break_length(rest: &str) -> usize {
    if rest.starts_with("\r\n") { 2 } else { 1 }
}
