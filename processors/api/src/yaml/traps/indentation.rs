//! How far lines are indented: tabs, and lines that stand too far to the right or to the left.

use std::ops::Range;

use super::Scanner;
use crate::{
    Diagnostic,
    diagnostic::{code, quote},
};

/// A map or a list that is open.
pub(super) struct Level {
    /// From 0.
    pub(super) column: usize,
    /// Its last key; nothing for a list.
    name: Option<Range<usize>>,
    /// Whether its last entry has a value already.
    pub(super) filled: bool,
}

impl Level {
    fn is_list(&self) -> bool {
        self.name.is_none()
    }
}

impl Scanner<'_> {
    /// Where the content of a line begins; its end when there is none.
    pub(super) fn indentation(&mut self, line: Range<usize>) -> usize {
        let text = self.slice(line.clone());
        let content = text.trim_start_matches([' ', '\t', '\u{a0}']);
        let blanks = line.start..line.end - content.len();
        if content.is_empty() || content.starts_with('#') {
            return blanks.end;
        }
        self.tabs(blanks.clone());
        self.no_break_space(blanks.clone());
        blanks.end
    }

    fn tabs(&mut self, blanks: Range<usize>) {
        let text = self.slice(blanks.clone());
        let Some(first) = text.find('\t') else { return };
        let run = text.get(first..).unwrap_or_default();
        let count = run.len() - run.trim_start_matches('\t').len();
        let tabs = blanks.start + first..blanks.start + first + count;
        self.cover(blanks, ' ');
        // Whoever uses one tab uses many: the first message stands for all.
        if self.tab_lines == 0 {
            let them = if count == 1 { "it" } else { "them" };
            let spaces = number(4 * count);
            let message = "this line is indented with a tab; YAML allows only spaces";
            let diagnostic = self
                .error(code::TAB, tabs.clone(), message)
                .label(format!("replace {them} by {spaces} spaces"))
                .help("VS Code: \"Convert Indentation to Spaces\" in the command palette")
                .fix(self.span(tabs), " ".repeat(4 * count));
            self.report(diagnostic);
        }
        self.tab_lines += 1;
        self.structure_unknown = true;
    }

    /// Adds to the message about a tab how many more there are.
    pub(super) fn count_tabs(&mut self) {
        let more = self.tab_lines.saturating_sub(1);
        let message =
            self.traps.diagnostics.iter_mut().find(|diagnostic| diagnostic.code == code::TAB);
        if let (Some(diagnostic), 1..) = (message, more) {
            let lines = if more == 1 { "line is" } else { "lines are" };
            diagnostic.help.push(format!("{more} more {lines} indented with tabs"));
        }
    }

    pub(super) fn pop_levels_right_of(&mut self, column: usize) {
        while self.levels.pop_if(|level| level.column > column).is_some() {}
    }

    /// A key or a dash at `column`: finds the map or the list it belongs to. Says so, hides the lines and returns false
    /// when there is none.
    pub(super) fn enter(
        &mut self,
        column: usize,
        name: Option<Range<usize>>,
        line: Range<usize>,
    ) -> bool {
        let level = Level { column, name, filled: false };
        let mut left = None;
        while let Some(inner) = self.levels.pop_if(|inner| {
            inner.column > column || inner.column == column && inner.is_list() && !level.is_list()
        }) {
            left = Some(inner).filter(|inner| inner.column > column);
        }
        let problem = match self.levels.last_mut() {
            _ if self.structure_unknown => None,
            Some(outer) if outer.column == column && outer.is_list() == level.is_list() => {
                *outer = level;
                return true;
            }
            Some(outer) if left.is_none() && !outer.filled => {
                outer.filled = true;
                None
            }
            None if left.is_none() => None,
            outer => Some((
                outer.and_then(|outer| outer.name.clone().map(|name| (name, outer.column))),
                left,
            )),
        };
        let Some((outer, left)) = problem else {
            self.levels.push(level);
            return true;
        };
        let diagnostic = self.misplaced(&level, line.clone(), outer, left);
        self.report(diagnostic);
        self.hide_lines_from(column);
        false
    }

    fn misplaced(
        &self,
        level: &Level,
        line: Range<usize>,
        outer: Option<(Range<usize>, usize)>,
        left: Option<Level>,
    ) -> Diagnostic {
        let start = line.start + level.column;
        let range = level.name.clone().unwrap_or(start..start + 1);
        let what =
            level.name.clone().map_or("this item".to_owned(), |name| quote(self.slice(name)));
        let inner = left.map(|left| {
            let name =
                left.name.map_or("the items above".to_owned(), |name| quote(self.slice(name)));
            (name, left.column - level.column)
        });
        match (inner, outer) {
            (Some((_, distance)), Some((name, column)))
                if level.column > column && self.opens_at(level.column + distance) =>
            {
                let message = format!("{what} is not in line with anything above it");
                let distance = spaces(level.column - column);
                let name = quote(self.slice(name));
                let label = format!("move it {distance} to the left, in line with {name}");
                self.error(code::INDENTATION, range, message).label(label)
            }
            (Some((name, distance)), _) => {
                let message = format!("{what} is not in line with anything above it");
                let label =
                    format!("move it {} to the right, in line with {}", spaces(distance), name);
                self.error(code::INDENTATION, range, message).label(label)
            }
            (None, Some((name, column))) => {
                let name = quote(self.slice(name));
                let message = format!(
                    "{what} is indented as if it belonged to {name}, but {name} has a value already"
                );
                let diagnostic = self.error(code::INDENTATION, range, message);
                match level.column - column {
                    0 => diagnostic.label(format!("remove the value of {name}, or this line")),
                    distance => {
                        diagnostic.label(format!("move it {} to the left", spaces(distance)))
                    }
                }
            }
            (None, None) => {
                let message = format!("{what} is not in line with anything above it");
                self.error(code::INDENTATION, range, message).label("look at its indentation")
            }
        }
    }

    /// Whether what stands below this line belongs to it, and would not if it began at `column`.
    fn opens_at(&self, column: usize) -> bool {
        let below = self.source.line(self.line + 1);
        let indent = below.len() - below.trim_start_matches(' ').len();
        let this = self.source.line(self.line);
        let own = this.len() - this.trim_start_matches(' ').len();
        (own + 1..=column).contains(&indent) && this.trim_end().ends_with(':')
    }

    /// Hides this line, and those that follow and are indented as far.
    fn hide_lines_from(&mut self, column: usize) {
        loop {
            let range = self.source.line_range(self.line);
            self.cover(range, ' ');
            let next = self.source.line(self.line + 1);
            let indent = next.len() - next.trim_start_matches([' ', '\t']).len();
            let inside = next.trim().is_empty() || indent >= column.max(1);
            if !inside || self.line >= self.source.lines() {
                return;
            }
            self.line += 1;
        }
    }
}

/// A distance in words.
pub(crate) fn spaces(count: usize) -> String {
    if count == 1 { "one space".to_owned() } else { format!("{} spaces", number(count)) }
}

/// Small numbers as words.
fn number(count: usize) -> String {
    const WORDS: [&str; 9] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}
