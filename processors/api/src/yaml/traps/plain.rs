//! Values without quotes: what cuts them short or is not what it looks like.

use std::ops::Range;

use super::{
    Place, Scanner,
    write::{as_simple_as_can_be, in_quotes},
};
use crate::diagnostic::{code, quote};

const TYPOGRAPHIC: &[char] = &['“', '”', '„', '‟', '‘', '’', '‚'];
const NO_BREAK_SPACE: char = '\u{a0}';

impl Scanner<'_> {
    pub(super) fn plain(&mut self, at: usize, place: &Place) -> bool {
        let end = self.value_end(at, place.line_end);
        if self.typographic(at..end) {
            return true;
        }
        match self.find_colon(at..end) {
            Some(colon) => self.colon_inside(at..end, colon, place),
            None => self.comment_inside(at..end, place),
        }
        true
    }

    /// More lines of a value that began above.
    pub(super) fn continued(&mut self, at: usize, line_end: usize) {
        let end = self.value_end(at, line_end);
        let place = Place { key: None, indent: None, line_end };
        self.comment_inside(at..end, &place);
    }

    fn colon_inside(&mut self, value: Range<usize>, colon: usize, place: &Place) {
        let message =
            "a value without quotes cannot hold a colon and a blank: YAML reads a name before it";
        let written = self.written(place, self.slice(value.clone()));
        let diagnostic = self.error(code::COLON, colon..colon + 1, message);
        self.report(diagnostic.label("put the whole value in quotes").help(written));
        self.break_value(value.clone());
        self.cover(value, 'x');
    }

    /// ` #` and no blank behind it: meant as a part of the value, but YAML drops it.
    fn comment_inside(&mut self, value: Range<usize>, place: &Place) {
        let text = self.slice(value.clone());
        let Some(blank) = text.find(" #").or_else(|| text.find("\t#")) else {
            return self.no_break_space(value);
        };
        let left = text.get(..blank).unwrap_or_default().trim_end();
        let hash = value.start + blank + 1;
        let is_parameter = self.slice(hash..value.end).starts_with("#{");
        let message = format!(
            "YAML takes everything after ` #` as a comment, so this value is only {}",
            quote(left)
        );
        let mut diagnostic = self
            .error(code::COMMENT, hash..value.end, message)
            .label("put the whole value in quotes")
            .help(self.written(place, text));
        if is_parameter {
            diagnostic = diagnostic.fix(self.span(value.clone()), in_quotes(text));
        } else {
            diagnostic = diagnostic.help("if it is meant as a comment: put a blank behind the #");
        }
        self.report(diagnostic);
        self.break_value(value);
    }

    /// `key: #{x}`: there is no value at all.
    pub(super) fn swallowed_whole(&mut self, at: usize, place: &Place) {
        let value = at..self.value_end(at, place.line_end);
        let text = self.slice(value.clone());
        if !text.starts_with("#{") || self.goes_on_below(place) {
            return;
        }
        let written = self.written(place, text);
        let diagnostic = self
            .error(
                code::COMMENT,
                value.clone(),
                "YAML takes everything after ` #` as a comment, so there is no value here",
            )
            .label("put the whole value in quotes")
            .help(written)
            .fix(self.span(value.clone()), in_quotes(text));
        self.report(diagnostic);
        self.break_value(value.clone());
        self.cover(value, 'x');
    }

    pub(super) fn goes_on_below(&self, place: &Place) -> bool {
        let lines = (self.line + 1..=self.source.lines()).map(|line| self.source.line(line));
        let next = lines
            .map(|line| (line.len() - line.trim_start().len(), line))
            .find(|(_, line)| !line.trim().is_empty());
        next.is_some_and(|(indent, _)| place.indent.is_none_or(|parent| indent > parent))
    }

    /// Quotes that a word processor made; true when there are some.
    pub(super) fn typographic(&mut self, range: Range<usize>) -> bool {
        let text = self.slice(range.clone());
        let mut characters = text.chars();
        let (Some(first), Some(last)) = (characters.next(), characters.next_back()) else {
            return false;
        };
        let closes = TYPOGRAPHIC.contains(&last) || last == '"' || last == '\'';
        if !TYPOGRAPHIC.contains(&first) || !closes {
            return false;
        }
        let message = format!(
            "these are typographic quotes ({first} {last}), as Word and Outlook make them; YAML sees them as letters of the text"
        );
        let span = self.span(range.clone());
        let diagnostic = self
            .error(code::TYPOGRAPHIC, range.clone(), message)
            .label("type plain quotes \" or none");
        self.report(diagnostic.fix(span, as_simple_as_can_be(characters.as_str())));
        self.break_value(range.clone());
        self.cover(range, 'x');
        true
    }

    /// Looks like a blank and is none.
    pub(super) fn no_break_space(&mut self, range: Range<usize>) {
        let Some(found) = self.slice(range.clone()).find(NO_BREAK_SPACE) else { return };
        let at = range.start + found;
        let diagnostic = self
            .error(
                code::NO_BREAK_SPACE,
                at..at + NO_BREAK_SPACE.len_utf8(),
                "this is a no-break space, as web pages and Word have them; YAML does not see a blank in it",
            )
            .label("replace it by a plain blank")
            .help("if it is meant: put the whole value in quotes");
        self.report(diagnostic.fix(self.span(at..at + NO_BREAK_SPACE.len_utf8()), " "));
        let all: Vec<usize> = self
            .slice(range.clone())
            .match_indices(NO_BREAK_SPACE)
            .map(|(found, _)| found)
            .collect();
        for found in all {
            let at = range.start + found;
            self.cover(at..at + NO_BREAK_SPACE.len_utf8(), ' ');
        }
    }
}
