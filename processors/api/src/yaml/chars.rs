//! The parser counts characters, we count bytes: a table of every 64th character makes one of the other.

use crate::Position;

const STEP: usize = 64;

/// Where the characters of a text are.
pub(super) struct CharTable<'t> {
    text: &'t str,
    /// The byte of every [`STEP`]th character.
    steps: Vec<usize>,
    /// The first byte and the first character of each line.
    lines: Vec<(usize, usize)>,
}

impl<'t> CharTable<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut table = Self { text, steps: Vec::new(), lines: vec![(0, 0)] };
        let mut characters = text.char_indices().enumerate().peekable();
        while let Some((count, (byte, character))) = characters.next() {
            if count % STEP == 0 {
                table.steps.push(byte);
            }
            let crlf = character == '\r' && matches!(characters.peek(), Some((_, (_, '\n'))));
            if matches!(character, '\n' | '\r') && !crlf {
                table.lines.push((byte + 1, count + 1));
            }
        }
        table
    }

    /// The place of a character; behind the last one: the end of the text.
    pub(super) fn position(&self, index: usize) -> Position {
        let offset = self.byte(index);
        let line = self.lines.partition_point(|(byte, _)| *byte <= offset);
        let (_, first) =
            line.checked_sub(1).and_then(|at| self.lines.get(at)).copied().unwrap_or_default();
        Position { offset, line, column: index.saturating_sub(first) + 1 }
    }

    fn byte(&self, index: usize) -> usize {
        let Some(start) = self.steps.get(index / STEP) else { return self.text.len() };
        let rest = self.text.get(*start..).unwrap_or_default();
        rest.char_indices().nth(index % STEP).map_or(self.text.len(), |(byte, _)| start + byte)
    }
}
