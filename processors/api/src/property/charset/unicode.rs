//! UTF-8, UTF-16 and UTF-32, with the marks and the mistakes of each as Java reads and writes them.

use std::borrow::Cow;

const MARK: u32 = 0xfeff;

/// How many bytes are read at once.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unit {
    Two,
    Four,
}

/// Which byte of a unit comes first.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Order {
    Big,
    Little,
    /// A mark at the begin says it; without one, the highest. What is written begins with a mark or not.
    Marked {
        mark_written: bool,
    },
}

impl Unit {
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// The number at the begin of these bytes.
    fn number(self, bytes: &[u8], order: Order) -> Option<u32> {
        let bytes = bytes.get(..self.bytes())?;
        let push = |number: u32, byte: &u8| number << 8 | u32::from(*byte);
        Some(match order {
            Order::Little => bytes.iter().rev().fold(0, push),
            Order::Big | Order::Marked { .. } => bytes.iter().fold(0, push),
        })
    }

    fn write(self, number: u32, order: Order, bytes: &mut Vec<u8>) {
        let width = self.bytes();
        match order {
            Order::Little => bytes.extend(&number.to_le_bytes()[..width]),
            Order::Big | Order::Marked { .. } => bytes.extend(&number.to_be_bytes()[4 - width..]),
        }
    }

    /// The order of a text that begins with these bytes, and how many of them are its mark.
    pub(super) fn order(self, bytes: &[u8], order: Order) -> (Order, usize) {
        let marked = |order: Order| self.number(bytes, order) == Some(MARK);
        match order {
            Order::Marked { .. } if marked(Order::Little) => (Order::Little, self.bytes()),
            Order::Marked { .. } if marked(Order::Big) => (Order::Big, self.bytes()),
            Order::Marked { .. } => (Order::Big, 0),
            // Java takes away the mark of UTF-32BE and UTF-32LE; for UTF-16BE and UTF-16LE it is a character.
            order if self == Self::Four && marked(order) => (order, self.bytes()),
            order => (order, 0),
        }
    }

    /// Reads as many characters as are whole; gives the bytes that they took. At the end, what is left is a mistake.
    pub(super) fn decode(self, bytes: &[u8], order: Order, last: bool, text: &mut String) -> usize {
        let mut at = 0;
        while let Some(number) = self.number(&bytes[at..], order) {
            let length = match (self, number) {
                (Self::Two, 0xd800..=0xdbff) => {
                    let low = self.number(&bytes[at + 2..], order);
                    let Some(low) = low else { break };
                    text.push(joined(number, low));
                    4
                }
                (Self::Two, 0xfffe) => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    2
                }
                _ => {
                    text.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
                    self.bytes()
                }
            };
            at += length;
        }
        if last && at < bytes.len() {
            text.push(char::REPLACEMENT_CHARACTER);
            at = bytes.len();
        }
        at
    }

    /// `begins`: nothing was written before.
    pub(super) fn encode(self, text: &str, order: Order, begins: bool, bytes: &mut Vec<u8>) {
        if begins && !text.is_empty() && order == (Order::Marked { mark_written: true }) {
            self.write(MARK, order, bytes);
        }
        match self {
            Self::Two => {
                text.encode_utf16().for_each(|unit| self.write(unit.into(), order, bytes));
            }
            Self::Four => text.chars().for_each(|c| self.write(c.into(), order, bytes)),
        }
    }
}

/// The character of two surrogates.
fn joined(high: u32, low: u32) -> char {
    let low = Some(low).filter(|low| (0xdc00..=0xdfff).contains(low));
    low.and_then(|low| char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)))
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// UTF-8. A surrogate in three bytes is one mistake to Java, three to Rust.
pub(super) fn decode_utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    let mut of_surrogate = 0;
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            text.push_str(chunk.valid());
            of_surrogate = 0;
        }
        of_surrogate = match (of_surrogate, chunk.invalid()) {
            (_, []) => continue,
            (_, [0xed]) => 1,
            (1, [0xa0..=0xbf]) => 2,
            (2, [0x80..=0xbf]) => 3,
            _ => 0,
        };
        // Until its third byte is there, it is not known to be one.
        if of_surrogate == 3 {
            text.pop();
        } else {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Cow::Owned(text)
}
