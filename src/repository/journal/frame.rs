//! A frame: the smallest thing that is whole or not there. Not what it says (`codec`).
//!
//! ```text
//! crc32c  u32   over file kind, file number, offset, the rest of the head, payload, padding
//! kind    u8
//! length  u24   of the payload
//! synced  u32   everything before this offset of the file was durable when the frame was written
//! payload, and zeros up to a multiple of 4
//! ```
//!
//! Numbers are little-endian. A frame is valid in its file and at its offset only, so that nothing old or copied is ever
//! taken for one. `synced` is what tells damage from a torn tail: a bad frame before the `synced` of a later one was
//! durable once.

use std::{io, sync::Arc};

use super::super::{
    limits::{FRAME_PAYLOAD_BYTES_MAX, IO_BYTES, SCAN_FACTOR_MAX},
    storage::{StorageFile, read_full_at},
};

pub(crate) const HEAD_BYTES: usize = 12;
/// Frames begin at multiples of this.
pub(crate) const ALIGNMENT: usize = 4;

/// What kind of file a frame is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Segment,
    Snapshot,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A record.
    Whole,
    /// A part of a record; it does not exist before its last part does.
    Part,
    LastPart,
    /// The fingerprint of the key that seals what follows.
    Key,
    /// The writer stopped in order; nothing was under way.
    CleanStop,
}

/// Which file a frame is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileId {
    pub(crate) kind: FileKind,
    pub(crate) number: u64,
}

/// A frame as it was read.
pub(crate) struct Frame<'a> {
    pub(crate) kind: Kind,
    pub(crate) offset: u64,
    pub(crate) end: u64,
    pub(crate) synced: u64,
    pub(crate) payload: &'a [u8],
}

/// What lies after the last good frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Zeros or the remains of a write that was under way; the last byte that is not zero.
    Torn { last_byte: Option<u64> },
    /// A later frame proves that what is missing had been durable; or there is too much to tell.
    Damaged,
}

impl Kind {
    fn number(self) -> u8 {
        match self {
            Self::Whole => 1,
            Self::Part => 2,
            Self::LastPart => 3,
            Self::Key => 4,
            Self::CleanStop => 5,
        }
    }

    fn of(number: u8) -> Option<Self> {
        [Self::Whole, Self::Part, Self::LastPart, Self::Key, Self::CleanStop]
            .into_iter()
            .find(|kind| kind.number() == number)
    }
}

impl FileId {
    /// Where the checksum of each frame at `offset` of this file begins.
    fn seed(self, offset: u64) -> u32 {
        let kind: &[u8] = match self.kind {
            FileKind::Segment => b"segment",
            FileKind::Snapshot => b"snapshot",
        };
        let crc = crc32c::crc32c(kind);
        let crc = crc32c::crc32c_append(crc, &self.number.to_le_bytes());
        crc32c::crc32c_append(crc, &offset.to_le_bytes())
    }
}

/// How many bytes a frame with that payload takes.
pub(crate) fn framed(payload: usize) -> usize {
    HEAD_BYTES + payload.next_multiple_of(ALIGNMENT)
}

/// How many bytes a payload takes that may be written in parts.
pub(crate) fn framed_in_parts(payload: usize) -> usize {
    let parts = payload.div_ceil(FRAME_PAYLOAD_BYTES_MAX).max(1);
    payload + parts * (HEAD_BYTES + ALIGNMENT)
}

/// Appends a frame that will lie at `offset` of the file.
pub(crate) fn push(
    out: &mut Vec<u8>,
    file: FileId,
    offset: u64,
    kind: Kind,
    synced: u64,
    payload: &[u8],
) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let synced = u32::try_from(synced).unwrap_or(u32::MAX);
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&(u32::from(kind.number()) | length << 8).to_le_bytes());
    out.extend_from_slice(&synced.to_le_bytes());
    out.extend_from_slice(payload);
    out.resize(start + framed(payload.len()), 0);
    let (crc, checked) = out[start..].split_at_mut(4);
    crc.copy_from_slice(&crc32c::crc32c_append(file.seed(offset), checked).to_le_bytes());
}

/// Appends a payload, in parts if it is long.
pub(crate) fn push_in_parts(
    out: &mut Vec<u8>,
    file: FileId,
    start: u64,
    synced: u64,
    payload: &[u8],
) {
    let before = out.len();
    let offset = |out: &Vec<u8>| start + (out.len() - before) as u64;
    if payload.len() <= FRAME_PAYLOAD_BYTES_MAX {
        return push(out, file, start, Kind::Whole, synced, payload);
    }
    let mut parts = payload.chunks(FRAME_PAYLOAD_BYTES_MAX).peekable();
    while let Some(part) = parts.next() {
        let kind = if parts.peek().is_some() { Kind::Part } else { Kind::LastPart };
        let at = offset(out);
        push(out, file, at, kind, synced, part);
    }
}

/// Reads the frames of a file one after the other, with bounded memory.
pub(crate) struct FrameReader {
    id: FileId,
    window: Window,
    offset: u64,
}

impl FrameReader {
    /// Begins at `offset`.
    pub(crate) fn new(file: Arc<dyn StorageFile>, id: FileId, offset: u64) -> io::Result<Self> {
        Ok(Self { id, window: Window::new(file)?, offset })
    }

    /// The next frame, or none where there is no valid one.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
        let Some(head) = self.head(self.offset)? else { return Ok(None) };
        if !self.is_valid(self.offset, head)? {
            return Ok(None);
        }
        let offset = self.offset;
        self.offset = offset + framed(head.length) as u64;
        let payload = self.window.get(offset + HEAD_BYTES as u64, head.length)?.unwrap_or_default();
        Ok(Some(Frame { kind: head.kind, offset, end: self.offset, synced: head.synced, payload }))
    }

    /// Whether what lies between `from` and the end of the file is a torn tail. It is none when a frame after `from`
    /// says that more than `durable` bytes had been durable.
    pub(crate) fn tail(&mut self, from: u64) -> io::Result<Tail> {
        let mut budget = self.window.length.saturating_mul(SCAN_FACTOR_MAX);
        let mut last_byte = None;
        let mut offset = from;
        while let Some(bytes) = self.window.rest(offset)? {
            let Some(used) = bytes.iter().position(|byte| *byte != 0) else {
                offset += bytes.len() as u64;
                continue;
            };
            offset = (offset + used as u64) / ALIGNMENT as u64 * ALIGNMENT as u64;
            if let Some(word) = self.window.get(offset, ALIGNMENT.min(self.left(offset)))? {
                let used = word.iter().rposition(|byte| *byte != 0);
                last_byte = used.map(|used| offset + used as u64).or(last_byte);
            }
            if let Some(head) = self.head(offset)? {
                let checked = framed(head.length) as u64;
                if head.synced > from {
                    if budget < checked {
                        return Ok(Tail::Damaged);
                    }
                    budget -= checked;
                    if self.is_valid(offset, head)? {
                        return Ok(Tail::Damaged);
                    }
                }
            }
            offset += ALIGNMENT as u64;
        }
        Ok(Tail::Torn { last_byte })
    }

    fn left(&self, offset: u64) -> usize {
        usize::try_from(self.window.length.saturating_sub(offset)).unwrap_or(usize::MAX)
    }

    /// The head of a frame at `offset`, if one could be there.
    fn head(&mut self, offset: u64) -> io::Result<Option<Head>> {
        let Some(bytes) = self.window.get(offset, HEAD_BYTES)? else { return Ok(None) };
        let word = |at: usize| {
            let bytes = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u32::from_le_bytes)
        };
        let [number, length @ ..] = word(4).to_le_bytes();
        let [low, middle, high] = length;
        let length = u32::from_le_bytes([low, middle, high, 0]) as usize;
        let (crc, synced) = (word(0), u64::from(word(8)));
        let Some(kind) = Kind::of(number) else { return Ok(None) };
        if length > FRAME_PAYLOAD_BYTES_MAX || synced > offset {
            return Ok(None);
        }
        Ok(Some(Head { crc, kind, length, synced }))
    }

    fn is_valid(&mut self, offset: u64, head: Head) -> io::Result<bool> {
        let Some(frame) = self.window.get(offset, framed(head.length))? else { return Ok(false) };
        let checked = frame.get(4..).unwrap_or_default();
        Ok(crc32c::crc32c_append(self.id.seed(offset), checked) == head.crc)
    }
}

#[derive(Clone, Copy)]
struct Head {
    crc: u32,
    kind: Kind,
    length: usize,
    synced: u64,
}

/// The part of a file that is in memory.
struct Window {
    file: Arc<dyn StorageFile>,
    length: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn new(file: Arc<dyn StorageFile>) -> io::Result<Self> {
        let length = file.length()?;
        Ok(Self { file, length, start: 0, bytes: Vec::new() })
    }

    /// These bytes, if the file has them all.
    fn get(&mut self, offset: u64, length: usize) -> io::Result<Option<&[u8]>> {
        if self.loaded(offset, length).is_none() {
            self.load(offset)?;
        }
        Ok(self.loaded(offset, length).and_then(|range| self.bytes.get(range)))
    }

    /// Some bytes from `offset` on; none at the end of the file.
    fn rest(&mut self, offset: u64) -> io::Result<Option<&[u8]>> {
        if self.loaded(offset, 1).is_none() {
            self.load(offset)?;
        }
        let Some(range) = self.loaded(offset, 1) else { return Ok(None) };
        Ok(self.bytes.get(range.start..))
    }

    fn loaded(&self, offset: u64, length: usize) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(length)?;
        (end <= self.bytes.len()).then_some(start..end)
    }

    fn load(&mut self, offset: u64) -> io::Result<()> {
        let rest = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        self.bytes.resize(rest.min(IO_BYTES), 0);
        self.start = offset;
        let count = read_full_at(&*self.file, &mut self.bytes, offset)?;
        self.bytes.truncate(count);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{
        super::super::storage::{MemoryStorage, Storage, write_all_at},
        *,
    };

    const ID: FileId = FileId { kind: FileKind::Segment, number: 3 };

    fn reader(bytes: &[u8]) -> FrameReader {
        let file = MemoryStorage::default().create(Path::new("f")).unwrap();
        write_all_at(&*file, bytes, 0).unwrap();
        FrameReader::new(file, ID, 0).unwrap()
    }

    fn frames(payloads: &[(&[u8], u64)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (payload, synced) in payloads {
            let at = bytes.len() as u64;
            push(&mut bytes, ID, at, Kind::Whole, *synced, payload);
        }
        bytes
    }

    #[test]
    fn what_was_pushed_is_read() {
        let long = vec![9; FRAME_PAYLOAD_BYTES_MAX * 2 + 5];
        let mut bytes = frames(&[(b"one", 0), (b"", 4)]);
        let at = bytes.len() as u64;
        push_in_parts(&mut bytes, ID, at, 0, &long);
        bytes.extend_from_slice(&[0; 100]);
        let mut reader = reader(&bytes);
        assert_eq!(reader.next().unwrap().unwrap().payload, b"one");
        assert_eq!(reader.next().unwrap().unwrap().synced, 4);
        let mut whole = Vec::new();
        while let Some(frame) = reader.next().unwrap() {
            whole.extend_from_slice(frame.payload);
        }
        assert_eq!(whole, long);
    }

    #[test]
    fn a_frame_counts_at_its_offset_only() {
        let mut bytes = frames(&[(b"one", 0)]);
        bytes.splice(0..0, [0; 4]);
        assert!(reader(&bytes).next().unwrap().is_none());
    }

    #[test]
    fn a_later_frame_tells_damage_from_a_torn_tail() {
        let first = framed(3) as u64;
        for (synced, damaged) in [(0, false), (first, true)] {
            let mut bytes = frames(&[(b"one", 0), (b"two", synced)]);
            bytes[HEAD_BYTES] ^= 1;
            let mut reader = reader(&bytes);
            assert!(reader.next().unwrap().is_none());
            assert_eq!(reader.tail(0).unwrap() == Tail::Damaged, damaged);
        }
        assert_eq!(reader(&[0; 999]).tail(0).unwrap(), Tail::Torn { last_byte: None });
        let mut torn = [0; 99];
        torn[77] = 1;
        assert_eq!(reader(&torn).tail(0).unwrap(), Tail::Torn { last_byte: Some(77) });
    }

    #[test]
    fn a_hostile_tail_does_not_take_for_ever() {
        // Each word claims to be the head of a long frame.
        let mut bytes = frames(&[(b"one", 0)]);
        let from = bytes.len() as u64;
        let claim = (1 | (FRAME_PAYLOAD_BYTES_MAX as u32) << 8).to_le_bytes();
        while bytes.len() < 2 * FRAME_PAYLOAD_BYTES_MAX {
            bytes.extend_from_slice(&claim);
            bytes.extend_from_slice(&(from as u32 + 1).to_le_bytes());
        }
        assert_eq!(reader(&bytes).tail(from).unwrap(), Tail::Damaged);
    }
}
