//! [`JavaRegex`]: regular expressions that mean what they mean to Java, and so to NiFi. Not a matcher: a pattern is
//! translated for the `regex` crate, which is linear, and where that cannot do it (look-around, possessive quantifiers,
//! atomic groups, back references) for `fancy-regex`, which stops after a number of steps.
//!
//! As in Java: `\w \d \s \b` and `(?i)` know only ASCII unless `(?U)` or `(?u)`; `.` stops at every line terminator;
//! `$` also matches before a last line terminator; `\Q..\E`; the order of alternatives decides; after a match that is
//! not empty an empty one at its end counts. Not reached: `\N{...}`, `\b{g}`, the rarer block names (`\p{In...}`), a
//! back reference inside `(?i)` that ignores case, look-behind of a length without bound, and the two halves of a
//! character beyond 16 bits, which Java's empty matches come between.

mod replacement;
mod risk;
mod translate;

use std::{fmt, ops::Range, sync::OnceLock};

use thiserror::Error;

use crate::Advice;

pub use risk::RegexRisk;

use translate::{Dollar, Translated, translate};

/// How many steps a pattern that needs backtracking may take at one place.
const BACKTRACK_LIMIT: usize = 1_000_000;

/// How large a compiled pattern may become.
const COMPILED_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The longest pattern.
const PATTERN_BYTES_MAX: usize = 64 * 1024;

/// Why a pattern, a replacement or a search is wrong. It never quotes the text that is searched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JavaRegexError {
    /// The pattern is not one.
    #[error("{0}")]
    Pattern(String),
    /// The replacement is not one.
    #[error("{0}")]
    Replacement(String),
    /// The search was stopped.
    #[error("the pattern takes too many steps on this text")]
    TooManySteps,
    /// The result of a replacement is too large.
    #[error("the result is too large")]
    TooLarge,
}

/// A compiled Java regular expression.
pub struct JavaRegex {
    source: String,
    translated: Translated,
    groups: usize,
    names: Vec<(String, usize)>,
    /// By [`Want`]: each is compiled when it is first needed.
    engines: [OnceLock<Result<Engine, JavaRegexError>>; 4],
}

/// What a search wants of the pattern.
#[derive(Clone, Copy)]
struct Want {
    /// The whole text must match.
    whole: bool,
    /// Whether `$` and `(?m)^` must look at every kind of line terminator.
    terminators: bool,
}

enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// A match and its groups, as ranges of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JavaCaptures {
    groups: Vec<Option<Range<usize>>>,
}

impl JavaCaptures {
    /// The whole match.
    pub fn range(&self) -> Range<usize> {
        self.groups.first().cloned().flatten().unwrap_or(0..0)
    }

    /// What the group at `index` matched; group 0 is the whole match.
    pub fn group(&self, index: usize) -> Option<Range<usize>> {
        self.groups.get(index).cloned().flatten()
    }

    /// How many groups there are, the whole match included.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }
}

impl JavaRegex {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// When Java would refuse it, or it needs something that is not reached here.
    pub fn new(pattern: &str) -> Result<Self, JavaRegexError> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(JavaRegexError::Pattern(format!(
                "it is longer than {PATTERN_BYTES_MAX} bytes"
            )));
        }
        let translated = translate(pattern, Dollar::AtEnd)?;
        let engine = Engine::new(&translated, false)?;
        let names = engine.names();
        let regex = Self {
            source: pattern.to_owned(),
            groups: engine.group_count(),
            names,
            translated,
            engines: [const { OnceLock::new() }; 4],
        };
        let _ = regex.engines[0].set(Ok(engine));
        Ok(regex)
    }

    /// A pattern that matches just this text.
    pub fn quote(text: &str) -> String {
        format!("\\Q{}\\E", text.replace("\\E", "\\E\\\\E\\Q"))
    }

    /// The pattern as it was given.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How many groups it has, the whole match included.
    pub fn group_count(&self) -> usize {
        self.groups
    }

    /// The named groups and their numbers.
    pub fn group_names(&self) -> impl Iterator<Item = (&str, usize)> {
        self.names.iter().map(|(name, index)| (name.as_str(), *index))
    }

    /// Whether the whole text matches.
    ///
    /// # Errors
    /// When the search is stopped.
    pub fn is_full_match(&self, text: &str) -> Result<bool, JavaRegexError> {
        Ok(self.full_match(text)?.is_some())
    }

    /// The groups of a match of the whole text.
    ///
    /// # Errors
    /// When the search is stopped.
    pub fn full_match(&self, text: &str) -> Result<Option<JavaCaptures>, JavaRegexError> {
        self.engine(text, true)?.captures_at(text, 0)
    }

    /// Whether it matches anywhere in the text.
    ///
    /// # Errors
    /// When the search is stopped.
    pub fn is_match(&self, text: &str) -> Result<bool, JavaRegexError> {
        self.engine(text, false)?.is_match(text)
    }

    /// The first match at or behind a byte of the text.
    ///
    /// # Errors
    /// When the search is stopped.
    pub fn find_at(
        &self,
        text: &str,
        start: usize,
    ) -> Result<Option<JavaCaptures>, JavaRegexError> {
        if !text.is_char_boundary(start) {
            return Ok(None);
        }
        self.engine(text, false)?.captures_at(text, start)
    }

    /// All matches, one after the other, as Java's `Matcher.find` gives them.
    pub fn find_all<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = Result<JavaCaptures, JavaRegexError>> + 'a {
        let mut start = Some(0);
        std::iter::from_fn(move || {
            let found = self.find_at(text, start.take()?).transpose()?;
            if let Ok(captures) = &found {
                let range = captures.range();
                let skipped = if range.is_empty() {
                    text[range.end..].chars().next().map(char::len_utf8)
                } else {
                    Some(0)
                };
                start = skipped.map(|skip| range.end + skip);
            }
            Some(found)
        })
    }

    /// Splits the text at each match as Java's `String.split` does: without empty pieces at the end.
    ///
    /// # Errors
    /// When the search is stopped.
    pub fn split<'a>(&self, text: &'a str) -> Result<Vec<&'a str>, JavaRegexError> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for found in self.find_all(text) {
            let range = found?.range();
            if range.end == 0 || (range.is_empty() && range.start == text.len()) {
                continue;
            }
            pieces.push(&text[at..range.start]);
            at = range.end;
        }
        if at == 0 && pieces.is_empty() {
            return Ok(vec![text]);
        }
        pieces.push(&text[at..]);
        while pieces.last().is_some_and(|piece| piece.is_empty()) {
            pieces.pop();
        }
        Ok(pieces)
    }

    fn engine(&self, text: &str, whole: bool) -> Result<&Engine, JavaRegexError> {
        let unusual = |byte: u8| matches!(byte, b'\r' | 0xc2 | 0xe2);
        let terminators = self.translated.has_line_anchor
            && (text.is_empty() || text.ends_with('\n') || text.bytes().any(unusual));
        let want = Want { whole, terminators };
        let cell = &self.engines[usize::from(want.whole) + 2 * usize::from(want.terminators)];
        cell.get_or_init(|| self.compile(want)).as_ref().map_err(Clone::clone)
    }

    fn compile(&self, want: Want) -> Result<Engine, JavaRegexError> {
        if want.terminators {
            return Engine::new(&translate(&self.source, Dollar::AtTerminators)?, want.whole);
        }
        Engine::new(&self.translated, want.whole)
    }
}

impl fmt::Debug for JavaRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.source)
    }
}

impl Engine {
    fn new(translated: &Translated, whole: bool) -> Result<Self, JavaRegexError> {
        let pattern = if whole {
            format!(r"\A(?:{})\z", translated.pattern)
        } else {
            translated.pattern.clone()
        };
        if !translated.needs_backtracking {
            let built = regex::RegexBuilder::new(&pattern).size_limit(COMPILED_BYTES_MAX).build();
            return built
                .map(Self::Linear)
                .map_err(|error| JavaRegexError::Pattern(reason(&error.to_string())));
        }
        let built = fancy_regex::RegexBuilder::new(&pattern)
            .backtrack_limit(BACKTRACK_LIMIT)
            .delegate_size_limit(COMPILED_BYTES_MAX)
            .build();
        built
            .map(|regex| Self::Backtracking(Box::new(regex)))
            .map_err(|error| JavaRegexError::Pattern(reason(&error.to_string())))
    }

    fn group_count(&self) -> usize {
        match self {
            Self::Linear(regex) => regex.captures_len(),
            Self::Backtracking(regex) => regex.captures_len(),
        }
    }

    fn names(&self) -> Vec<(String, usize)> {
        let numbered = |names: &mut dyn Iterator<Item = Option<&str>>| {
            names.enumerate().filter_map(|(index, name)| Some((name?.to_owned(), index))).collect()
        };
        match self {
            Self::Linear(regex) => numbered(&mut regex.capture_names()),
            Self::Backtracking(regex) => numbered(&mut regex.capture_names()),
        }
    }

    fn is_match(&self, text: &str) -> Result<bool, JavaRegexError> {
        match self {
            Self::Linear(regex) => Ok(regex.is_match(text)),
            Self::Backtracking(regex) => {
                regex.is_match(text).map_err(|_| JavaRegexError::TooManySteps)
            }
        }
    }

    fn captures_at(
        &self,
        text: &str,
        start: usize,
    ) -> Result<Option<JavaCaptures>, JavaRegexError> {
        let groups: Option<Vec<_>> = match self {
            Self::Linear(regex) => regex.captures_at(text, start).map(|captures| {
                captures.iter().map(|group| group.map(|group| group.range())).collect()
            }),
            Self::Backtracking(regex) => regex
                .captures_from_pos(text, start)
                .map_err(|_| JavaRegexError::TooManySteps)?
                .map(|captures| {
                    captures
                        .iter()
                        .map(|group| group.map(|group| group.start()..group.end()))
                        .collect()
                }),
        };
        Ok(groups.map(|groups| JavaCaptures { groups }))
    }
}

/// The last line of an engine's message says what is wrong; the ones before it draw the pattern.
fn reason(message: &str) -> String {
    let last = message.lines().last().unwrap_or(message);
    last.rsplit("error: ").next().unwrap_or(last).trim().to_owned()
}

#[cfg(test)]
mod tests;
