//! Where a content is cut, from a look at its lines alone: lengths and ends are counted, no line is held.

use std::io::{self, BufRead, BufReader, Read};

use super::SplitError;

/// More flowfiles than this are not made of one.
const SPLITS_MAX: usize = 100_000;

/// How a content is cut.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    /// Zero: any number.
    pub(super) lines_max: u64,
    pub(super) bytes_max: u64,
    pub(super) header: HeaderRule<'a>,
}

/// What the header is.
#[derive(Clone, Copy)]
pub(super) enum HeaderRule<'a> {
    None,
    Lines(u64),
    /// The first lines that begin so.
    Marked(&'a [u8]),
}

/// Where a content is cut.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) header: Option<Header>,
    pub(super) splits: Vec<Split>,
}

/// The lines before every split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub(super) bytes: u64,
    /// How many of them are the end of its last line.
    pub(super) end_bytes: u64,
}

/// A stretch of the content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    pub(super) start: u64,
    pub(super) bytes: u64,
    /// How many there are without the line ends behind its text.
    pub(super) trimmed_bytes: u64,
    /// Lines that are not empty.
    pub(super) lines: u64,
}

/// A line: its bytes, its end among them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    bytes: u64,
    end_bytes: u64,
    is_marked: bool,
}

impl Line {
    fn is_empty(self) -> bool {
        self.bytes == self.end_bytes
    }
}

impl Plan {
    pub(super) fn of(content: impl Read, rules: Rules<'_>) -> Result<Self, SplitError> {
        let mut scan =
            Scan { reader: BufReader::new(content), rules, header_bytes: 0, carried: None };
        let header = scan.header()?;
        scan.header_bytes = header.map_or(0, |header| header.bytes);
        let mut splits = Vec::new();
        let mut start = scan.header_bytes;
        while let Some(split) = scan.split(start)? {
            if splits.len() == SPLITS_MAX {
                return Err(SplitError::TooMany { max: SPLITS_MAX });
            }
            start += split.bytes;
            splits.push(split);
        }
        Ok(Self { header, splits })
    }
}

struct Scan<'a, R> {
    reader: BufReader<R>,
    rules: Rules<'a>,
    header_bytes: u64,
    /// A line that was read and belongs to the next split.
    carried: Option<Line>,
}

impl<R: Read> Scan<'_, R> {
    fn header(&mut self) -> Result<Option<Header>, SplitError> {
        let (wanted, marker) = match self.rules.header {
            HeaderRule::None => return Ok(None),
            HeaderRule::Lines(count) => (count, &[][..]),
            HeaderRule::Marked(marker) => (u64::MAX, marker),
        };
        let mut header = Header { bytes: 0, end_bytes: 0 };
        let mut lines = 0;
        while lines < wanted {
            let Some(line) = self.line(marker)? else { break };
            if !line.is_marked {
                self.carried = Some(line);
                break;
            }
            if header.bytes + line.bytes > self.rules.bytes_max {
                return Err(SplitError::HeaderTooLarge { max: self.rules.bytes_max });
            }
            header = Header { bytes: header.bytes + line.bytes, end_bytes: line.end_bytes };
            lines += 1;
        }
        match self.rules.header {
            HeaderRule::Lines(wanted) if (1..wanted).contains(&lines) => {
                Err(SplitError::HeaderIncomplete { wanted, lines })
            }
            _ => Ok(Some(header).filter(|_| lines > 0)),
        }
    }

    /// The next split, which begins at `start`.
    fn split(&mut self, start: u64) -> io::Result<Option<Split>> {
        let carried = self.carried.take();
        // A carried line counts as text, also an empty one: so NiFi has it.
        let mut split = Growing::default();
        let mut is_last = false;
        carried.into_iter().for_each(|line| split.add_text(line));
        loop {
            let Some(line) = self.line(&[])? else {
                is_last = carried.is_some() && split.lines == 1;
                break;
            };
            if self.header_bytes + split.bytes + line.bytes <= self.rules.bytes_max {
                split.add(line);
            } else if split.bytes == 0 {
                split.add_text(line);
                break;
            } else {
                self.carried = Some(line);
                break;
            }
            // Asked behind a line and not before it, as in NiFi: a carried line gets company even if one line is enough.
            if self.is_full(split.lines) {
                break;
            }
        }
        // So NiFi has it: before a last line without an end, the one before it keeps its own, and so does a carried line
        // that is the last.
        let keeps_end = is_last || self.carried.is_some_and(|line| line.end_bytes == 0);
        Ok((split.lines > 0).then(|| split.ended(start, keeps_end)))
    }

    fn is_full(&self, lines: u64) -> bool {
        self.rules.lines_max > 0 && lines >= self.rules.lines_max
    }

    fn line(&mut self, marker: &[u8]) -> io::Result<Option<Line>> {
        let mut line = Line { bytes: 0, end_bytes: 0, is_marked: true };
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = buffer.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let count = end.map_or(buffer.len(), |end| end + 1);
            line.is_marked &= goes_on(marker, line.bytes, &buffer[..count]);
            line.bytes += count as u64;
            let is_return = end.is_some_and(|end| buffer[end] == b'\r');
            self.reader.consume(count);
            if end.is_some() {
                line.end_bytes = 1;
                if is_return && self.reader.fill_buf()?.first() == Some(&b'\n') {
                    self.reader.consume(1);
                    line.bytes += 1;
                    line.end_bytes = 2;
                }
                break;
            }
        }
        line.is_marked &= line.bytes >= marker.len() as u64;
        Ok((line.bytes > 0).then_some(line))
    }
}

/// Whether what follows `seen` bytes of a line is the rest of the marker, as far as both go.
fn goes_on(marker: &[u8], seen: u64, bytes: &[u8]) -> bool {
    let rest = usize::try_from(seen).ok().and_then(|seen| marker.get(seen..)).unwrap_or_default();
    rest.iter().zip(bytes).all(|(wanted, byte)| wanted == byte)
}

/// A split to which lines are added.
#[derive(Default)]
struct Growing {
    bytes: u64,
    lines: u64,
    empty_lines: u64,
    /// The bytes of the empty lines behind its text.
    empty_bytes: u64,
    /// The end of its last line of text.
    end_bytes: u64,
}

impl Growing {
    fn add(&mut self, line: Line) {
        if !line.is_empty() {
            return self.add_text(line);
        }
        self.bytes += line.bytes;
        self.lines += 1;
        self.empty_lines += 1;
        self.empty_bytes += line.bytes;
    }

    fn add_text(&mut self, line: Line) {
        self.bytes += line.bytes;
        self.lines += 1;
        self.empty_bytes = 0;
        self.end_bytes = line.end_bytes;
    }

    fn ended(self, start: u64, keeps_end: bool) -> Split {
        let end_bytes = if keeps_end { 0 } else { self.end_bytes };
        Split {
            start,
            bytes: self.bytes,
            trimmed_bytes: self.bytes - self.empty_bytes - end_bytes,
            lines: self.lines - self.empty_lines,
        }
    }
}
