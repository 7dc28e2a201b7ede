//! Lines of content as NiFi sees them: one ends behind `\n`, `\r\n`, or an `\r` that no `\n` follows, and owns its end.

use std::io::{self, BufRead, BufReader, Read};

/// How long a line may be whatever the limit is.
const ALWAYS_CHARS: u64 = 8192;

/// How much the room for a line grows at most at once.
const GROWTH_CHARS_MAX: u64 = 1024 * 1024;

/// The most bytes that one UTF-16 unit, which is what Java counts, can take in UTF-8.
const UNIT_BYTES_MAX: u64 = 3;

pub(crate) struct Line {
    pub(crate) bytes: Vec<u8>,
}

impl Line {
    /// The line without its end, and its end: from the first `\r` or `\n` on.
    pub(crate) fn parts(&self) -> (&[u8], &[u8]) {
        let end = self.bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        self.bytes.split_at(end.unwrap_or(self.bytes.len()))
    }
}

pub(crate) struct LineReader<R> {
    reader: BufReader<R>,
    chars_max: u64,
}

impl<R: Read> LineReader<R> {
    /// For lines of at most so many characters. The room for a line doubles as it grows, and must not pass the limit.
    pub(crate) fn new(content: R, limit_chars: u64) -> Self {
        let mut chars_max = ALWAYS_CHARS;
        loop {
            let next = chars_max + chars_max.min(GROWTH_CHARS_MAX);
            if next > limit_chars {
                return Self { reader: BufReader::new(content), chars_max };
            }
            chars_max = next;
        }
    }

    /// The next line; the inner nothing stands for one that is too long.
    pub(crate) fn next(&mut self) -> io::Result<Option<Option<Line>>> {
        let mut bytes = Vec::new();
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = buffer.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let count = end.map_or(buffer.len(), |end| end + 1);
            bytes.extend_from_slice(&buffer[..count]);
            self.reader.consume(count);
            if end.is_some() {
                break;
            }
            if bytes.len() as u64 > self.chars_max * UNIT_BYTES_MAX {
                return Ok(Some(None));
            }
        }
        if bytes.last() == Some(&b'\r') && self.reader.fill_buf()?.first() == Some(&b'\n') {
            bytes.push(b'\n');
            self.reader.consume(1);
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let fits = bytes.len() as u64 <= self.chars_max || utf16_units(&bytes) <= self.chars_max;
        Ok(Some(fits.then_some(Line { bytes })))
    }
}

fn utf16_units(bytes: &[u8]) -> u64 {
    String::from_utf8_lossy(bytes).encode_utf16().count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, limit: u64) -> Vec<Option<String>> {
        let mut reader = LineReader::new(text.as_bytes(), limit);
        let mut lines = Vec::new();
        while let Some(line) = reader.next().unwrap() {
            let is_last = line.is_none();
            lines.push(line.map(|line| String::from_utf8(line.bytes).unwrap()));
            if is_last {
                break;
            }
        }
        lines
    }

    #[test]
    fn a_line_owns_its_end() {
        for (text, expected) in [
            ("", vec![]),
            ("a", vec!["a"]),
            ("a\nb\r\nc\rd", vec!["a\n", "b\r\n", "c\r", "d"]),
            ("\n\r", vec!["\n", "\r"]),
            ("a\n", vec!["a\n"]),
        ] {
            let found: Vec<_> = lines(text, 0).into_iter().flatten().collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn the_room_for_a_line_doubles_up_to_the_limit() {
        for (length, limit, fits) in [
            (8192, 1, true),
            (8193, 10 * 1024, false),
            (16384, 16384, true),
            (16385, 16384, false),
            (1024 * 1024, 1024 * 1024, true),
        ] {
            assert_eq!(lines(&"ä".repeat(length), limit)[0].is_some(), fits, "{length} {limit}");
        }
    }
}
