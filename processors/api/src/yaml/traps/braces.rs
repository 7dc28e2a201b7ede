//! Values in `{ }` and `[ ]`: signs inside them that YAML takes for its own, and brackets that do not match.

use std::ops::Range;

use super::{Anchor, Place, Scanner, write::as_simple_as_can_be};
use crate::{diagnostic::code, yaml::DEPTH_MAX};

/// How far the other end of a bracket is looked for, inside a text.
const BRACKETS_BYTES_MAX: usize = 256;

/// A bracket that is open, and the entry being read in it.
struct Bracket {
    open: u8,
    at: usize,
    entry: Entry,
}

#[derive(Default)]
struct Entry {
    /// The comma before it.
    comma: Option<usize>,
    text: Option<Range<usize>>,
    has_colon: bool,
    /// Whether the entry before it ended with a text without quotes.
    after_plain: bool,
    last_is_plain: bool,
}

/// The first thing found inside a value; what it needs to be written differently is known only at its end.
struct Inside {
    range: Range<usize>,
    message: String,
    depth: usize,
}

struct Reader<'p> {
    place: &'p Place,
    first_line: usize,
    line_end: usize,
    at: usize,
    open: Vec<Bracket>,
    inside: Option<Inside>,
}

impl Scanner<'_> {
    /// A value that begins with a bracket. What comes behind it on the line shows that it was meant as text; then all that
    /// was found inside, since `mark`, is taken back.
    pub(super) fn braces_value(
        &mut self,
        at: usize,
        place: &Place,
        mark: (usize, usize, usize),
    ) -> bool {
        let first_line = self.line;
        let Some(end) = self.braces(at, place) else { return true };
        let line_end = self.source.line_range(self.line).end;
        let rest = self.skip_blanks(end, line_end);
        let behind = self.slice(rest..line_end);
        if self.line == first_line && !behind.is_empty() && !behind.starts_with('#') {
            self.take_back(mark);
            return self.sign(at, place);
        }
        true
    }

    /// Reads to behind the closing bracket; nothing when there is none: then it was reported and hidden.
    fn braces(&mut self, at: usize, place: &Place) -> Option<usize> {
        let mut reader = Reader {
            place,
            first_line: self.line,
            line_end: place.line_end,
            at,
            open: Vec::new(),
            inside: None,
        };
        loop {
            reader.at = self.skip_blanks(reader.at, reader.line_end);
            if reader.at >= reader.line_end {
                let Some(range) = self.next_line_of(place) else {
                    return self.open_bracket(&reader);
                };
                (reader.at, reader.line_end) = (range.start, range.end);
                continue;
            }
            let byte = self.byte(reader.at)?;
            match byte {
                b'{' | b'[' if reader.open.len() == DEPTH_MAX => return None,
                b'{' | b'[' => {
                    reader.saw_value(reader.at..reader.at + 1, false);
                    reader.open.push(Bracket {
                        open: byte,
                        at: reader.at,
                        entry: Entry::default(),
                    });
                    reader.at += 1;
                }
                b'}' | b']'
                    if reader.open.last().is_some_and(|bracket| bracket.open == opposite(byte)) =>
                {
                    self.end_entry(&mut reader);
                    reader.open.pop();
                    reader.at += 1;
                    if reader.open.is_empty() {
                        return Some(self.end_braces(reader, at));
                    }
                }
                b',' => {
                    self.end_entry(&mut reader);
                    reader.begin_entry();
                    reader.at += 1;
                }
                b':' if self.ends_entry_name(&reader) => {
                    reader.saw_colon();
                    reader.at += 1;
                }
                b'#' => self.comment_in_braces(&mut reader),
                b'"' | b'\'' => self.quoted_in_braces(&mut reader)?,
                _ => self.plain_in_braces(&mut reader),
            }
        }
    }

    fn ends_entry_name(&self, reader: &Reader<'_>) -> bool {
        let adjacent = reader.at > 0 && matches!(self.byte(reader.at - 1), Some(b'"' | b'\''));
        let next = self.byte(reader.at + 1);
        adjacent
            || self.is_blank_or_end(reader.at + 1, reader.line_end)
            || matches!(next, Some(b',' | b'}' | b']'))
    }

    fn quoted_in_braces(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let start = reader.at;
        let place = Place { key: None, line_end: reader.line_end, ..reader.place.clone() };
        let line = self.line;
        let end = self.quoted(start, &place)?;
        if self.line != line {
            reader.line_end = self.source.line_range(self.line).end;
        }
        reader.at = end;
        reader.saw_value(start..end, false);
        let next = self.skip_blanks(end, reader.line_end);
        let fits = next >= reader.line_end
            || matches!(self.byte(next), Some(b',' | b'}' | b']' | b':' | b'#'));
        if !fits && self.line == line {
            let rest = self.plain_end(end, reader.line_end);
            let entry = Place { line_end: rest, ..place };
            self.inner_quote(start, end, &entry);
            reader.at = rest;
        }
        Some(())
    }

    /// A `#` with a blank before it. With none behind it, it was meant as text; the bracket would never close.
    fn comment_in_braces(&mut self, reader: &mut Reader<'_>) {
        let rest = self.slice(reader.at..reader.line_end);
        let blank_behind =
            rest.get(1..).is_none_or(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '#']));
        if blank_behind {
            reader.at = reader.line_end;
            return;
        }
        let length = match rest.find('}') {
            Some(close) if rest.starts_with("#{") => close + 1,
            _ => rest.find([' ', ',', '}', ']']).unwrap_or(rest.len()),
        };
        let range = reader.at..reader.at + length;
        let diagnostic = self
            .error(
                code::COMMENT,
                range.clone(),
                "YAML takes everything after ` #` as a comment, so the bracket is never closed",
            )
            .label("put the whole value in quotes");
        self.report(diagnostic);
        self.break_value(range.clone());
        self.cover(range.clone(), 'x');
        reader.at = range.end;
        reader.saw_value(range, true);
    }

    fn plain_in_braces(&mut self, reader: &mut Reader<'_>) {
        let start = reader.at;
        let first = self.byte(start).unwrap_or_default();
        let end = self.plain_end(start, reader.line_end);
        let is_reference = first == b'*' && self.use_anchor(start + 1..end);
        let is_sign = b"*!%@`|>".contains(&first) && !is_reference;
        let stands_alone = self.is_blank_or_end(start + 1, reader.line_end)
            || matches!(self.byte(start + 1), Some(b',' | b'}' | b']'));
        if first == b'&' {
            return self.named_in_braces(reader, end);
        }
        if is_sign || b"]}".contains(&first) || (b"?-".contains(&first) && stands_alone) {
            let sign = char::from(first);
            reader.found(
                start..end.max(start + 1),
                format!("inside {} YAML reads `{sign}` as its own sign", reader.braces_shown()),
            );
            self.break_value(start..end.max(start + 1));
            self.cover(start..end.max(start + 1), 'x');
        } else if !self.typographic(start..end) {
            self.brackets_in_plain(reader, start, end);
        }
        reader.at = end.max(start + 1);
        reader.saw_value(start..reader.at, true);
    }

    fn named_in_braces(&mut self, reader: &mut Reader<'_>, end: usize) {
        let name = self.slice(reader.at + 1..end);
        let name = name.get(..name.find([' ', '\t']).unwrap_or(name.len())).unwrap_or_default();
        let range = reader.at..reader.at + 1 + name.len();
        self.anchors.insert(name, Anchor { range, is_used: true });
        reader.at += 1 + name.len();
    }

    /// The end of a text without quotes, brackets inside it included.
    fn plain_end(&self, start: usize, line_end: usize) -> usize {
        let text = self.slice(start..line_end);
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let next = bytes.get(at + 1);
            let ends = match byte {
                b',' | b'}' | b']' => true,
                b':' => matches!(next, None | Some(b' ' | b'\t' | b',' | b'}' | b']')),
                b'#' => at > 0 && matches!(bytes.get(at - 1), Some(b' ' | b'\t')),
                _ => false,
            };
            if ends {
                break;
            }
            at = if at > 0 && matches!(byte, b'{' | b'[') {
                at + matching(&text[at..])
            } else {
                at + 1
            };
        }
        start + text.get(..at).unwrap_or(text).trim_end_matches([' ', '\t']).len()
    }

    fn brackets_in_plain(&mut self, reader: &mut Reader<'_>, start: usize, end: usize) {
        let text = self.slice(start..end);
        let Some(first) = text.find(['{', '[', '}', ']']) else { return };
        let length = matching(text.get(first..).unwrap_or_default());
        let message = format!(
            "inside {} YAML reads `[`, `]`, `{{`, `}}` and `,` as its own signs",
            reader.braces_shown()
        );
        reader.found(start + first..start + first + length, message);
        self.break_value(start..end);
        self.cover(start..end, 'x');
    }

    /// An entry of `{ }` without a colon, behind a comma: the comma was a part of the value before.
    fn end_entry(&mut self, reader: &mut Reader<'_>) {
        let Some(bracket) = reader.open.last() else { return };
        let entry = &bracket.entry;
        let (Some(comma), Some(text)) = (entry.comma, entry.text.clone()) else { return };
        if bracket.open != b'{' || entry.has_colon || !entry.after_plain {
            return;
        }
        let message =
            "inside `{ }` YAML reads `[`, `]`, `{`, `}` and `,` as its own signs".to_owned();
        reader.found(comma..text.end, message);
        self.break_value(comma..text.end);
        self.cover(comma..text.start, 'x');
    }

    fn end_braces(&mut self, reader: Reader<'_>, start: usize) -> usize {
        let end = reader.at;
        if let Some(inside) = reader.inside {
            let mut diagnostic = self.error(code::BRACKET, inside.range, inside.message);
            let one_line = self.line == reader.first_line;
            match self
                .entries_below(start..end, reader.place)
                .filter(|_| one_line && inside.depth == 1)
            {
                Some(help) => {
                    diagnostic = diagnostic.label("give each entry its own line").help(help)
                }
                None => {
                    diagnostic =
                        diagnostic.label("give each entry its own line, or put the value in quotes")
                }
            }
            self.report(diagnostic);
        }
        end
    }

    /// The map as lines: what to type instead of the braces.
    fn entries_below(&self, braces: Range<usize>, place: &Place) -> Option<String> {
        let key = place.key.clone()?;
        let inner = self.slice(braces.start + 1..braces.end - 1);
        if self.byte(braces.start) != Some(b'{') {
            return None;
        }
        let indent = self.source.position(key.start).column - 1;
        let mut help = format!("write: {}{}:", " ".repeat(indent), self.slice(key));
        for entry in split_entries(inner) {
            let column = "write: ".len() + indent + 2;
            help.push_str(&format!("\n{}{}", " ".repeat(column), entry_line(entry.trim())));
        }
        Some(help)
    }

    fn open_bracket(&mut self, reader: &Reader<'_>) -> Option<usize> {
        let open = reader.open.last()?;
        let start = reader.open.first().map_or(open.at, |first| first.at);
        let value = start..self.value_end(start, reader.place.line_end);
        let close = char::from(opposite(open.open));
        let below = self.source.line_range(self.line + 1);
        let diagnostic = match self.slice(below.clone()).find(|c: char| c != ' ') {
            Some(column) if self.slice(below.clone()).trim_start().starts_with(close) => {
                self.line += 1;
                self.cover(below.clone(), ' ');
                let at = below.start + column;
                let message =
                    format!("this `{close}` stands too far to the left to close the bracket above");
                self.error(code::OPEN_BRACKET, at..at + 1, message)
                    .label("move it two spaces to the right")
            }
            _ => {
                let message = format!("this `{}` is never closed", char::from(open.open));
                let written = self.written(reader.place, self.slice(value.clone()));
                self.error(code::OPEN_BRACKET, open.at..open.at + 1, message)
                    .label(format!("close it with `{close}`"))
                    .help(format!("or, if it is a text, {written}"))
            }
        };
        self.report(diagnostic);
        self.break_value(value.clone());
        self.cover(start..reader.place.line_end, 'x');
        self.cover(reader.place.line_end..reader.line_end, ' ');
        None
    }
}

impl Reader<'_> {
    fn saw_colon(&mut self) {
        if let Some(bracket) = self.open.last_mut() {
            bracket.entry.has_colon = true;
        }
    }

    fn saw_value(&mut self, range: Range<usize>, plain: bool) {
        if let Some(bracket) = self.open.last_mut() {
            let text = bracket.entry.text.take().unwrap_or(range.clone());
            bracket.entry.text = Some(text.start..range.end);
            bracket.entry.last_is_plain = plain;
        }
    }

    fn begin_entry(&mut self) {
        if let Some(bracket) = self.open.last_mut() {
            let after_plain = bracket.entry.last_is_plain;
            bracket.entry = Entry { comma: Some(self.at), after_plain, ..Entry::default() };
        }
    }

    /// Only the first is told: the others follow from it, or go away with it.
    fn found(&mut self, range: Range<usize>, message: String) {
        let depth = self.open.len();
        self.inside.get_or_insert(Inside { range, message, depth });
    }

    fn braces_shown(&self) -> &'static str {
        if self.open.last().is_some_and(|bracket| bracket.open == b'[') { "`[ ]`" } else { "`{ }`" }
    }
}

fn opposite(bracket: u8) -> u8 {
    match bracket {
        b'{' => b'}',
        b'}' => b'{',
        b'[' => b']',
        _ => b'[',
    }
}

/// How long the bracketed piece at the beginning of `text` is; 1 when it is not closed.
fn matching(text: &str) -> usize {
    let mut open = 0_usize;
    for (at, byte) in text.bytes().take(BRACKETS_BYTES_MAX).enumerate() {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' if open <= 1 => return at + 1,
            b'}' | b']' => open -= 1,
            _ => {}
        }
    }
    1
}

/// One entry as a line of its own, its value in quotes where it needs them.
fn entry_line(entry: &str) -> String {
    match entry.split_once(": ") {
        Some((name, value)) if !value.trim_start().starts_with(['"', '\'', '{', '[', '&']) => {
            format!("{name}: {}", as_simple_as_can_be(value.trim()))
        }
        _ => entry.to_owned(),
    }
}

/// The entries of the inside of `{ }`, at the commas that are in no bracket and in no quotes.
fn split_entries(inner: &str) -> Vec<&str> {
    let mut entries: Vec<&str> = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'"' | b'\'' if quote == Some(byte) => quote = None,
            b'"' | b'\'' if quote.is_none() => quote = Some(byte),
            _ if quote.is_some() => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 && next_is_named(inner, at + 1) => {
                entries.push(inner.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    entries.push(inner.get(start..).unwrap_or_default());
    entries.retain(|entry| !entry.trim().is_empty());
    entries
}

/// Whether an entry begins there, and not the rest of a value that holds a comma.
fn next_is_named(inner: &str, at: usize) -> bool {
    let next = inner.get(at..).unwrap_or_default();
    let entry = next.split(',').next().unwrap_or_default();
    entry.trim().is_empty() || entry.contains(": ") || entry.trim_end().ends_with(':')
}
