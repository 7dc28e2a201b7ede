//! Lines of a content in UTF-8, as NiFi sees them: one ends behind `\n`, `\r\n`, or an `\r` that no `\n` follows, and owns
//! its end.

use std::io::{self, BufRead, BufReader, Read};

/// The most bytes that one UTF-16 unit, which is what Java counts, can take in UTF-8.
const UNIT_BYTES_MAX: u64 = 3;

/// A line with its end.
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

/// Reads line by line; no more than one is held.
pub(crate) struct LineReader<R> {
    reader: BufReader<R>,
    units_max: u64,
}

impl<R: Read> LineReader<R> {
    /// For lines of at most so many UTF-16 units, their ends among them. One without an `\n` must be a unit shorter: as in
    /// NiFi there must be room to see what follows it.
    pub(crate) fn new(content: R, units_max: u64) -> Self {
        Self { reader: BufReader::new(content), units_max }
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
            if bytes.len() as u64 > self.units_max * UNIT_BYTES_MAX {
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
        let ahead = u64::from(bytes.last() != Some(&b'\n'));
        let fits = |units: u64| units + ahead <= self.units_max;
        let fits = fits(bytes.len() as u64) || fits(utf16_units(&bytes));
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
            let found: Vec<_> = lines(text, 100).into_iter().flatten().collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_has_a_length_in_utf_16_units() {
        for (text, fits) in [
            ("ää", true),
            ("ää\n", true),
            ("äää", false),
            ("ää\rä", false),
            ("ä\r", true),
            ("ä\r\n", true),
            ("\u{1f600}", true),
            ("a\u{1f600}", false),
        ] {
            assert_eq!(lines(text, 3)[0].is_some(), fits, "{text:?}");
        }
        assert_eq!(lines(&"a".repeat(100_000), 2), [None]);
    }
}
