//! [`Source`]: the text of one file and where its lines are. Not a reader of files: whoever has the bytes hands them over.
//!
//! A line ends at `\n`, `\r\n` or a lone `\r`, as YAML counts. Offsets count from the first byte behind a byte order mark.

use std::ops::Range;

use crate::{
    Diagnostic, Position, Scalar, Span,
    diagnostic::{SourceError, code},
};

mod locate;

/// The largest file that is read.
pub const SOURCE_BYTES_MAX: usize = 10 * 1024 * 1024;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file, with its name for messages.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// A file that has been read already. A byte order mark at its beginning is taken off.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len_utf8());
        }
        Self { name: name.into(), line_starts: line_starts(&text), text }
    }

    /// A file as the disk has it. Refuses what is too large or not text; the error can be shown like any other.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Box<SourceError>> {
        let name = name.into();
        if bytes.len() > SOURCE_BYTES_MAX {
            return Err(Box::new(too_large(name, bytes.len())));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(name, text)),
            Err(error) => {
                Err(Box::new(not_utf8(name, error.utf8_error().valid_up_to(), error.as_bytes())))
            }
        }
    }

    /// The name of the file, as messages show it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A line without its line break, counted from 1; empty where there is no such line.
    pub fn line(&self, line: usize) -> &str {
        let range = self.line_range(line);
        self.text.get(range).unwrap_or_default()
    }

    /// Where a line is, without its line break.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let length = self.text.len();
        let start =
            line.checked_sub(1).and_then(|at| self.line_starts.get(at)).copied().unwrap_or(length);
        let end = self.line_starts.get(line).copied().unwrap_or(length);
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end_matches(['\r', '\n']).len()
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.line_starts.len()
    }

    /// The place of a byte. Takes as long as its line is long.
    pub fn position(&self, offset: usize) -> Position {
        let offset = floor_boundary(&self.text, offset);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start =
            line.checked_sub(1).and_then(|at| self.line_starts.get(at)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).unwrap_or_default().chars().count() + 1;
        Position { offset, line, column }
    }

    /// The place of a stretch of bytes.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span { start: self.position(range.start), end: self.position(range.end.max(range.start)) }
    }

    /// What stands there.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start.offset..span.end.offset).unwrap_or_default()
    }

    /// Where in the file a piece of a text stands: bytes of `scalar.text`, not of the file. Exact in every style
    /// but for blanks at a line's beginning or end, which YAML folds away.
    pub fn locate(&self, scalar: &Scalar, piece: Range<usize>) -> Span {
        let raw = self.slice(scalar.span);
        let unit = |at: usize| locate::unit(raw, scalar, at);
        let start = unit(piece.start).start;
        let end = if piece.is_empty() { start } else { unit(piece.end - 1).end };
        let base = scalar.span.start.offset;
        self.span(base + start..base + end.max(start))
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for (at, byte) in bytes.iter().enumerate() {
        let crlf = *byte == b'\r' && bytes.get(at + 1) == Some(&b'\n');
        if matches!(byte, b'\n' | b'\r') && !crlf {
            starts.push(at + 1);
        }
    }
    starts
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn too_large(name: String, bytes: usize) -> SourceError {
    let file = Source::new(name, "");
    let mega = bytes.div_ceil(1024 * 1024);
    let message = format!(
        "this file has {mega} MB; a flow file has at most {} MB",
        SOURCE_BYTES_MAX / (1024 * 1024)
    );
    let diagnostic = Diagnostic::error(code::TOO_LARGE, file.span(0..0), message)
        .label("is this the right file?")
        .help("data does not belong into a flow file: put it into a file of its own and let a GetFile read it");
    SourceError { file, diagnostic }
}

fn not_utf8(name: String, at: usize, bytes: &[u8]) -> SourceError {
    let file = Source::new(name, String::from_utf8_lossy(bytes));
    // Up to here nothing was replaced, so the offset holds in the mended text too.
    let at = if bytes.starts_with("\u{feff}".as_bytes()) { at.saturating_sub(3) } else { at };
    let end = at + BYTE_ORDER_MARK.len_utf8();
    let (message, help) = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        (
            "this file is saved as UTF-16; YAML needs UTF-8",
            "Windows Notepad: Save as, encoding UTF-8",
        )
    } else {
        (
            "this is not UTF-8 text; the file is saved in another encoding",
            "VS Code: \"Save with Encoding\", UTF-8",
        )
    };
    let diagnostic = Diagnostic::error(code::NOT_UTF8, file.span(at..end), message)
        .label("save it as UTF-8")
        .help(help);
    SourceError { file, diagnostic }
}

#[cfg(test)]
mod tests;
