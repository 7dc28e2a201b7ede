//! The lines of a file, before the parser sees them: what people run into when they write YAML, each by its name.
//!
//! Not a parser: it knows just enough of the structure (keys, quotes, braces, blocks, how far a line is indented) to know
//! where a value begins. What it does not understand it lets pass; then the parser has the word. Each line is gone over
//! once or twice, however it is nested.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use super::DIAGNOSTICS_MAX;
use crate::{
    Diagnostic, Source, Span,
    diagnostic::{Code, Severity, code, quote},
};

mod braces;
mod indentation;
mod key;
mod plain;
mod quoted;
mod write;

use indentation::Level;
pub(crate) use indentation::spaces;

/// What was found.
#[derive(Default)]
pub(super) struct Traps {
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Values that cannot be trusted, in bytes; in order and apart.
    pub(super) broken: Vec<Range<usize>>,
    covers: Vec<Cover>,
}

/// A stretch that the parser must not see.
struct Cover {
    range: Range<usize>,
    filler: char,
}

/// Goes over all lines.
pub(super) fn find(source: &Source) -> Traps {
    let mut scanner = Scanner {
        source,
        text: source.text(),
        line: 1,
        levels: Vec::new(),
        structure_unknown: false,
        tab_lines: 0,
        anchors: HashMap::new(),
        traps: Traps::default(),
    };
    while scanner.line <= source.lines() && scanner.traps.diagnostics.len() < DIAGNOSTICS_MAX {
        scanner.read_line();
        scanner.line += 1;
    }
    scanner.count_tabs();
    scanner.unused_anchors();
    let mut traps = scanner.traps;
    traps.broken.sort_by_key(|range| range.start);
    traps.covers.sort_by_key(|cover| cover.range.start);
    traps
}

impl Traps {
    /// The text with everything covered that the parser could not read. Has the same characters at the same places.
    pub(super) fn covered<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.covers.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut covered = String::with_capacity(text.len());
        let mut done = 0;
        for Cover { range, filler } in &self.covers {
            let start = range.start.max(done);
            let end = range.end.max(start);
            covered.push_str(text.get(done..start).unwrap_or_default());
            let hidden = text.get(start..end).unwrap_or_default();
            covered
                .extend(hidden.chars().map(|c| if matches!(c, '\r' | '\n') { c } else { *filler }));
            done = end;
        }
        covered.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(covered)
    }

    /// Whether a failure of the parser is only what follows from a trap above it.
    pub(super) fn explain(&self, failure: &Diagnostic) -> bool {
        let mut errors =
            self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        errors.any(|trap| trap.span.start.line <= failure.span.start.line)
    }
}

/// Reads line after line. Offsets are bytes of the whole text.
struct Scanner<'s> {
    source: &'s Source,
    text: &'s str,
    /// The line being read, from 1; moved on by what goes over several lines.
    line: usize,
    /// The maps and lists that are open, from the outside in.
    levels: Vec<Level>,
    /// A construct was met that the levels do not describe; indentation is left to the parser from then on.
    structure_unknown: bool,
    /// How many lines are indented with tabs.
    tab_lines: usize,
    anchors: HashMap<&'s str, Anchor>,
    traps: Traps,
}

/// A `&name`.
struct Anchor {
    range: Range<usize>,
    is_used: bool,
}

/// Where a value stands.
#[derive(Clone)]
struct Place {
    /// The key before it, as written.
    key: Option<Range<usize>>,
    /// The column of what it belongs to, from 0; what goes on must be further right. Nothing at the top of the file.
    indent: Option<usize>,
    /// The end of its first line.
    line_end: usize,
}

impl<'s> Scanner<'s> {
    fn read_line(&mut self) {
        let range = self.source.line_range(self.line);
        self.control_characters(range.clone());
        let content = self.indentation(range.clone());
        let rest = self.slice(content..range.end);
        let is_marker = rest.starts_with("---") || rest.starts_with("...") || rest.starts_with('%');
        if content == range.start && is_marker {
            self.levels.clear();
            self.structure_unknown = true;
        } else if !rest.is_empty() && !rest.starts_with('#') {
            self.content(content, range);
        }
    }

    /// What stands on a line behind its indentation: dashes, a key, a value.
    fn content(&mut self, mut at: usize, line: Range<usize>) {
        let mut dash = None;
        while self.byte(at) == Some(b'-') && self.is_blank_or_end(at + 1, line.end) {
            let column = at - line.start;
            if !self.enter(column, None, line.clone()) {
                return;
            }
            dash = Some(column);
            at = self.skip_blanks(at + 1, line.end);
        }
        if self.byte(at) == Some(b'?') && self.is_blank_or_end(at + 1, line.end) {
            self.structure_unknown = true;
        } else if let Some(key) = self.find_key(at, line.end) {
            let column = at - line.start;
            if self.enter(column, Some(key.name.clone()), line.clone()) {
                self.check_key(&key);
                let place = Place { key: Some(key.name), indent: Some(column), line_end: line.end };
                self.value(key.value, &place);
            }
        } else if dash.is_some() {
            self.value(at, &Place { key: None, indent: dash, line_end: line.end });
        } else {
            self.text_line(at, line);
        }
    }

    /// A line without a key: the value of the line above, or more of it, or a line where the colon was forgotten.
    fn text_line(&mut self, at: usize, line: Range<usize>) {
        let column = at - line.start;
        self.pop_levels_right_of(column);
        let place = Place { key: None, indent: None, line_end: line.end };
        match self.levels.last() {
            None => self.value(at, &place),
            Some(level) if level.column == column => self.no_colon(at, line.end),
            Some(level) if level.filled => self.continued(at, line.end),
            Some(level) => {
                let place = Place { indent: Some(level.column), ..place };
                self.value(at, &place);
            }
        }
    }

    fn value(&mut self, at: usize, place: &Place) {
        let Some(first) = self.slice(at..place.line_end).bytes().next() else { return };
        if first == b'#' {
            return self.swallowed_whole(at, place);
        }
        let mark = self.mark();
        let filled = match first {
            b'|' | b'>' => self.block(at, place),
            b'"' | b'\'' => self.quoted_value(at, place),
            b'{' | b'[' => self.braces_value(at, place, mark),
            b'&' => return self.named(at, place),
            b'*' => self.reference(at, place),
            b'!' | b'%' | b'@' | b'`' | b',' | b']' | b'}' => self.sign(at, place),
            b'-' | b'?' | b':' if self.is_blank_or_end(at + 1, place.line_end) => {
                self.sign(at, place)
            }
            _ => self.plain(at, place),
        };
        if let Some(level) = self.levels.last_mut() {
            level.filled = filled;
        }
    }

    /// A text on the lines below `|` or `>`: nothing in there is looked at.
    fn block(&mut self, at: usize, place: &Place) -> bool {
        let header = self.slice(at + 1..place.line_end);
        let header =
            header.trim_start_matches(|c: char| c == '+' || c == '-' || c.is_ascii_digit());
        let is_header = header.trim_start().is_empty() || header.trim_start().starts_with('#');
        if !is_header || (header.starts_with('#')) {
            return self.sign(at, place);
        }
        let first_line = self.line;
        let mut has_text = false;
        while let Some(range) = self.next_line_of(place) {
            has_text |= !self.slice(range).trim().is_empty();
        }
        // Blank lines that are kept are a text too.
        if !has_text && !self.slice(at..place.line_end).contains('+') {
            self.line = first_line;
            return self.sign(at, place);
        }
        true
    }

    /// `&name`: the value behind it can be referred to.
    fn named(&mut self, at: usize, place: &Place) {
        let rest = self.slice(at..place.line_end);
        let end = rest.find([' ', '\t']).map_or(place.line_end, |length| at + length);
        let next = self.skip_blanks(end, place.line_end);
        let has_value = next < place.line_end;
        let names_nothing = !has_value && !self.goes_on_below(place);
        if end == at + 1 || names_nothing || has_value && self.byte(next) == Some(b'&') {
            self.sign(at, place);
            return;
        }
        self.anchors
            .insert(self.slice(at + 1..end), Anchor { range: at..end, is_used: !has_value });
        if self.find_key(next, place.line_end).is_some() {
            self.structure_unknown = true;
        } else {
            self.value(next, place);
        }
    }

    /// `*name`: what was called so; anything else that begins with `*` was meant as text.
    fn reference(&mut self, at: usize, place: &Place) -> bool {
        let end = self.value_end(at, place.line_end);
        if self.use_anchor(at + 1..end) { true } else { self.sign(at, place) }
    }

    fn use_anchor(&mut self, name: Range<usize>) -> bool {
        let anchor = self.anchors.get_mut(self.text.get(name).unwrap_or_default());
        anchor.map(|anchor| anchor.is_used = true).is_some()
    }

    /// `Q&A` would be a text, but `&A` at its beginning is dropped.
    fn unused_anchors(&mut self) {
        let unused = self
            .anchors
            .values()
            .filter(|anchor| !anchor.is_used)
            .map(|anchor| anchor.range.clone());
        for range in unused.collect::<Vec<_>>() {
            let name = self.slice(range.clone());
            let message = format!(
                "YAML drops {} from this value: it is a name for it, and nothing uses it",
                quote(name)
            );
            let span = self.span(range);
            let diagnostic = Diagnostic::warning(code::SIGN, span, message);
            self.report(
                diagnostic.label("if it belongs to the text: put the whole value in quotes"),
            );
        }
    }

    /// A value that begins with one of YAML's own signs.
    fn sign(&mut self, at: usize, place: &Place) -> bool {
        let range = at..self.value_end(at, place.line_end);
        let text = self.slice(range.clone());
        let sign = text.chars().next().unwrap_or_default();
        let shown = if sign == '`' { "a backtick".to_owned() } else { format!("`{sign}`") };
        let message =
            format!("a value cannot begin with {shown}, which is one of YAML's own signs");
        let diagnostic = if sign == '-' {
            self.error(code::SIGN, at..at + 1, "a list cannot begin on the line of its name")
                .label("write each `- ` on a line of its own below, indented")
        } else {
            let written = self.written(place, text);
            self.error(code::SIGN, range.clone(), message)
                .label("put the whole value in quotes")
                .help(written)
        };
        self.report(diagnostic);
        self.break_value(range.clone());
        self.cover(range, 'x');
        true
    }

    fn control_characters(&mut self, line: Range<usize>) {
        let text = self.slice(line.clone());
        let bad =
            text.char_indices().find(|(_, c)| c.is_control() && *c != '\t' || *c == '\u{feff}');
        let Some((at, character)) = bad else { return };
        let message =
            format!("there is an invisible sign (U+{:04X}) in this line", u32::from(character));
        let at = line.start + at;
        let diagnostic = self.error(code::CONTROL, at..at + character.len_utf8(), message);
        self.report(diagnostic.label("remove it, or type the line anew"));
        self.cover(at..line.end, 'x');
    }

    fn no_colon(&mut self, at: usize, line_end: usize) {
        let end = self.value_end(at, line_end);
        let text = self.slice(at..end);
        let diagnostic = match text.split_once(':') {
            Some((name, value)) => self
                .error(
                    code::NO_COLON,
                    at + name.len()..at + name.len() + 1,
                    "behind a colon YAML wants a blank",
                )
                .label("add a blank")
                .help(format!("write: {name}: {value}")),
            None => {
                let message = format!(
                    "there is no colon in this line, so {} is neither a name nor a value",
                    quote(text)
                );
                let diagnostic = self.error(code::NO_COLON, at..end, message);
                match text.split_once(' ') {
                    Some((name, value)) => diagnostic
                        .label("is a colon missing?")
                        .help(format!("write: {name}: {}", value.trim())),
                    None => diagnostic.label("is a colon missing?").help(format!("write: {text}:")),
                }
            }
        };
        self.report(diagnostic);
        self.cover(at..line_end, ' ');
    }

    fn error(&self, code: Code, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span(range), message)
    }

    /// Finding a column takes as long as the line is long: only for what will be shown.
    fn span(&self, range: Range<usize>) -> Span {
        if self.traps.diagnostics.len() < DIAGNOSTICS_MAX {
            self.source.span(range)
        } else {
            Span::default()
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.traps.diagnostics.len() < DIAGNOSTICS_MAX {
            self.traps.diagnostics.push(diagnostic);
        }
    }

    fn break_value(&mut self, range: Range<usize>) {
        self.traps.broken.push(range);
    }

    fn cover(&mut self, range: Range<usize>, filler: char) {
        self.traps.covers.push(Cover { range, filler });
    }

    /// For taking back what was found since.
    fn mark(&self) -> (usize, usize, usize) {
        (self.traps.diagnostics.len(), self.traps.broken.len(), self.traps.covers.len())
    }

    fn take_back(&mut self, (diagnostics, broken, covers): (usize, usize, usize)) {
        self.traps.diagnostics.truncate(diagnostics);
        self.traps.broken.truncate(broken);
        self.traps.covers.truncate(covers);
    }

    fn slice(&self, range: Range<usize>) -> &'s str {
        self.text.get(range).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn is_blank_or_end(&self, at: usize, end: usize) -> bool {
        at >= end || matches!(self.byte(at), Some(b' ' | b'\t'))
    }

    fn skip_blanks(&self, at: usize, end: usize) -> usize {
        let rest = self.slice(at..end);
        at + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
    }

    /// The end of a value of this line: before its comment, if that is one (`#` and a blank), and without blanks.
    fn value_end(&self, at: usize, line_end: usize) -> usize {
        let rest = self.slice(at..line_end);
        let comment = rest.match_indices('#').find(|(hash, _)| {
            let before = rest.as_bytes().get(hash.wrapping_sub(1));
            let behind = rest.as_bytes().get(hash + 1);
            matches!(before, Some(b' ' | b'\t'))
                && matches!(behind, None | Some(b' ' | b'\t' | b'#'))
        });
        let value = comment.map_or(rest, |(hash, _)| rest.get(..hash).unwrap_or(rest));
        at + value.trim_end_matches([' ', '\t']).len()
    }
}
