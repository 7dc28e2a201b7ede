//! Decoding and encoding piece by piece. Inside, text is UTF-8: [`CharsetReader`] gives it, [`CharsetWriter`] takes it.

use std::io::{self, Read, Write};

use encoding_rs::{CoderResult, EncoderResult};

use super::{
    Charset, Coding,
    unicode::{Order, Unit},
};

/// How many bytes are read and decoded at once.
const PIECE_BYTES: usize = 8 * 1024;

/// Bytes become text.
pub(super) enum Decoder {
    Single(super::Single),
    Unicode {
        unit: Unit,
        /// Known when the first bytes were seen.
        order: Result<Order, Order>,
        /// The begin of a character, at most seven bytes.
        pending: Vec<u8>,
    },
    Library {
        decoder: Box<encoding_rs::Decoder>,
        controls_are_mistakes: bool,
    },
    /// UTF-8 and its unfinished last character.
    Utf8(Vec<u8>),
}

impl Decoder {
    pub(super) fn new(charset: Charset) -> Self {
        let library = |encoding: &'static encoding_rs::Encoding, controls_are_mistakes| {
            let decoder = Box::new(encoding.new_decoder_without_bom_handling());
            Self::Library { decoder, controls_are_mistakes }
        };
        match charset.coding {
            Coding::Utf8 => Self::Utf8(Vec::new()),
            Coding::Single(single) => Self::Single(single),
            Coding::Unicode(unit, order) => {
                Self::Unicode { unit, order: Err(order), pending: Vec::new() }
            }
            Coding::Library(encoding) => library(encoding, false),
            Coding::Windows(encoding) => library(encoding, true),
        }
    }

    /// Adds to `text` what these bytes are. `last`: no more follow.
    pub(super) fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String) {
        match self {
            Self::Single(single) => single.decode(bytes, text),
            Self::Unicode { unit, order, pending } => {
                pending.extend_from_slice(bytes);
                if let Err(declared) = *order {
                    if pending.len() < unit.bytes() && !last {
                        return;
                    }
                    let (found, mark_bytes) = unit.order(pending, declared);
                    pending.drain(..mark_bytes);
                    *order = Ok(found);
                }
                let found = order.unwrap_or_else(|declared| declared);
                let done = unit.decode(pending, found, last, text);
                pending.drain(..done);
            }
            Self::Library { decoder, controls_are_mistakes } => {
                let start = text.len();
                decode_by_library(decoder, bytes, last, text);
                if *controls_are_mistakes {
                    without_controls(text, start);
                }
            }
            Self::Utf8(pending) => {
                pending.extend_from_slice(bytes);
                let whole = if last { pending.len() } else { whole_characters(pending) };
                text.push_str(&super::unicode::decode_utf8(&pending[..whole]));
                pending.drain(..whole);
            }
        }
    }
}

fn decode_by_library(
    decoder: &mut encoding_rs::Decoder,
    mut bytes: &[u8],
    last: bool,
    text: &mut String,
) {
    loop {
        let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(PIECE_BYTES);
        text.reserve(room.max(PIECE_BYTES));
        let (result, read, _) = decoder.decode_to_string(bytes, text, last);
        bytes = &bytes[read..];
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

/// The control characters from U+0080 to U+009F behind `start` were bytes without a meaning.
fn without_controls(text: &mut String, start: usize) {
    let is_control = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    if text[start..].contains(is_control) {
        let mended = text[start..].replace(is_control, "\u{fffd}");
        text.truncate(start);
        text.push_str(&mended);
    }
}

/// How many bytes there are without a last character that has only begun.
fn whole_characters(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    let lead = bytes[tail..].iter().rposition(|byte| *byte >= 0xc0).map(|lead| tail + lead);
    lead.filter(|lead| {
        let wanted = match bytes[*lead] {
            0xf0.. => 4,
            0xe0.. => 3,
            _ => 2,
        };
        bytes.len() - lead < wanted
    })
    .unwrap_or(bytes.len())
}

/// Text becomes bytes.
pub(super) enum Encoder {
    Utf8,
    Single(super::Single),
    Unicode { unit: Unit, order: Order, begins: bool },
    Library { encoder: Box<encoding_rs::Encoder>, controls_are_mistakes: bool },
}

impl Encoder {
    pub(super) fn new(charset: Charset) -> Self {
        let library = |encoding: &'static encoding_rs::Encoding, controls_are_mistakes| {
            Self::Library { encoder: Box::new(encoding.new_encoder()), controls_are_mistakes }
        };
        match charset.coding {
            Coding::Utf8 => Self::Utf8,
            Coding::Single(single) => Self::Single(single),
            Coding::Unicode(unit, order) => Self::Unicode { unit, order, begins: true },
            Coding::Library(encoding) => library(encoding, false),
            Coding::Windows(encoding) => library(encoding, true),
        }
    }

    /// Adds to `bytes` what this text is. `last`: no more follows.
    pub(super) fn encode(&mut self, text: &str, last: bool, bytes: &mut Vec<u8>) {
        match self {
            Self::Utf8 => bytes.extend_from_slice(text.as_bytes()),
            Self::Single(single) => single.encode(text, bytes),
            Self::Unicode { unit, order, begins } => {
                unit.encode(text, *order, *begins, bytes);
                *begins &= text.is_empty();
            }
            Self::Library { encoder, controls_are_mistakes: false } => {
                encode_by_library(encoder, text, last, bytes);
            }
            Self::Library { encoder, controls_are_mistakes: true } => {
                let text = text.replace(|c| ('\u{80}'..='\u{9f}').contains(&c), "?");
                encode_by_library(encoder, &text, last, bytes);
            }
        }
    }
}

fn encode_by_library(
    encoder: &mut encoding_rs::Encoder,
    mut text: &str,
    last: bool,
    bytes: &mut Vec<u8>,
) {
    loop {
        let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
        bytes.reserve(room.unwrap_or(PIECE_BYTES).max(PIECE_BYTES));
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(text, bytes, last);
        text = &text[read..];
        match result {
            EncoderResult::InputEmpty => return,
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(_) => encode_by_library(encoder, "?", false, bytes),
        }
    }
}

/// A content of any character set, read as UTF-8. What is UTF-8 passes as it is, whole or not.
pub struct CharsetReader<R> {
    inner: R,
    /// None: the bytes pass.
    decoder: Option<Decoder>,
    text: String,
    given: usize,
    ended: bool,
}

impl Charset {
    /// Reads a content of this character set as UTF-8.
    pub fn reader<R: Read>(self, content: R) -> CharsetReader<R> {
        let decoder = (!self.is_utf8()).then(|| Decoder::new(self));
        CharsetReader { inner: content, decoder, text: String::new(), given: 0, ended: false }
    }

    /// Takes UTF-8 and writes it in this character set.
    pub fn writer<W: Write>(self, content: W) -> CharsetWriter<W> {
        let encoder = (!self.is_utf8()).then(|| (Encoder::new(self), Decoder::Utf8(Vec::new())));
        CharsetWriter { inner: content, encoder }
    }
}

impl<R: Read> Read for CharsetReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.decoder else { return self.inner.read(buffer) };
        while self.given == self.text.len() && !self.ended {
            let mut piece = [0; PIECE_BYTES];
            let read = self.inner.read(&mut piece)?;
            self.ended = read == 0;
            self.text.clear();
            self.given = 0;
            decoder.decode(&piece[..read], self.ended, &mut self.text);
        }
        let read = (&self.text.as_bytes()[self.given..]).read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

/// A content of any character set, written as UTF-8. What is UTF-8 passes as it is.
pub struct CharsetWriter<W> {
    inner: W,
    /// None: the bytes pass. The decoder puts characters together that were written in two pieces.
    encoder: Option<(Encoder, Decoder)>,
}

impl<W: Write> CharsetWriter<W> {
    /// Writes what is left; gives what was written to.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.encode(&[], true)?;
        Ok(self.inner)
    }

    fn encode(&mut self, bytes: &[u8], last: bool) -> io::Result<()> {
        let Some((encoder, decoder)) = &mut self.encoder else {
            return self.inner.write_all(bytes);
        };
        let mut text = String::with_capacity(bytes.len());
        decoder.decode(bytes, last, &mut text);
        let mut encoded = Vec::with_capacity(text.len());
        encoder.encode(&text, last, &mut encoded);
        self.inner.write_all(&encoded)
    }
}

impl<W: Write> Write for CharsetWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.encode(bytes, false).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
