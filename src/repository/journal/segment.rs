//! The header of a segment or snapshot, and what files are called.
//!
//! ```text
//! magic         8   "HWsegmnt" or "HWsnapsh"
//! version       u32
//! length        u32 of the header
//! number        u64
//! previous end  u64 where the frames of the segment before end (in a snapshot: of the last segment it covers)
//! flow name     u32 length, bytes, zeros up to a multiple of 4
//! crc32c        u32 over all this
//! ```

use std::io;

use super::{
    super::storage::{StorageFile, read_full_at},
    frame::{ALIGNMENT, FileId, FileKind},
};

/// The version that this program writes. It reads this and every older one.
pub(crate) const VERSION: u32 = 1;

const FIXED_BYTES: usize = 8 + 4 + 4 + 8 + 8 + 4;
/// A flow's name is the name of its folder.
pub(crate) const FLOW_NAME_BYTES_MAX: usize = 255;
const HEADER_BYTES_MAX: usize = FIXED_BYTES + FLOW_NAME_BYTES_MAX + ALIGNMENT + 4;

/// The begin of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) number: u64,
    pub(crate) previous_end: u64,
    pub(crate) flow: String,
}

/// What the begin of a file turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeaderRead {
    Valid {
        header: Header,
        length: u64,
    },
    /// Written by a program of the future.
    Newer {
        version: u32,
    },
    /// No header: an empty spare, or damage.
    Invalid,
}

impl Header {
    pub(crate) fn bytes(&self, kind: FileKind) -> Vec<u8> {
        let name = self.flow.as_bytes();
        let length = FIXED_BYTES + name.len().next_multiple_of(ALIGNMENT) + 4;
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(magic(kind));
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.previous_end.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(name.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(name);
        bytes.resize(length - 4, 0);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the header of a file that is called by `number`.
    pub(crate) fn read(file: &dyn StorageFile, id: FileId) -> io::Result<HeaderRead> {
        let mut bytes = vec![0; HEADER_BYTES_MAX];
        let count = read_full_at(file, &mut bytes, 0)?;
        bytes.truncate(count);
        Ok(parse(&bytes, id).unwrap_or(HeaderRead::Invalid))
    }
}

fn parse(bytes: &[u8], id: FileId) -> Option<HeaderRead> {
    let rest = bytes.strip_prefix(magic(id.kind))?;
    let (version, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (checked, crc) = bytes.get(..length)?.split_last_chunk::<4>()?;
    if crc32c::crc32c(checked) != u32::from_le_bytes(*crc) {
        return None;
    }
    // What follows the version may be different in another one; magic, version, length and checksum never are.
    let version = u32::from_le_bytes(*version);
    if version > VERSION {
        return Some(HeaderRead::Newer { version });
    }
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let (previous_end, rest) = rest.split_first_chunk::<8>()?;
    let (name_length, rest) = rest.split_first_chunk::<4>()?;
    let name = rest.get(..usize::try_from(u32::from_le_bytes(*name_length)).ok()?)?;
    let header = Header {
        number: u64::from_le_bytes(*number),
        previous_end: u64::from_le_bytes(*previous_end),
        flow: std::str::from_utf8(name).ok()?.to_owned(),
    };
    (header.number == id.number).then_some(HeaderRead::Valid { header, length: length as u64 })
}

fn magic(kind: FileKind) -> &'static [u8] {
    match kind {
        FileKind::Segment => b"HWsegmnt",
        FileKind::Snapshot => b"HWsnapsh",
    }
}

/// The name of a file: its number in ten digits, so that names sort as numbers do, and what it is.
pub(crate) fn file_name(number: u64, extension: &str) -> String {
    format!("{number:010}.{extension}")
}

/// The number in a file's name, if it is such a name.
pub(crate) fn number_of(name: &str, extension: &str) -> Option<u64> {
    let digits = name.strip_suffix(extension)?.strip_suffix('.')?;
    let number = digits.parse().ok()?;
    (file_name(number, extension) == name).then_some(number)
}

/// The numbers of the files in a folder, ascending.
pub(crate) fn numbers(names: &[String], extension: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> =
        names.iter().filter_map(|name| number_of(name, extension)).collect();
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{
        super::super::storage::{MemoryStorage, Storage, write_all_at},
        *,
    };

    const ID: FileId = FileId { kind: FileKind::Segment, number: 7 };

    fn read(bytes: &[u8], id: FileId) -> HeaderRead {
        let file = MemoryStorage::default().create(Path::new("f")).unwrap();
        write_all_at(&*file, bytes, 0).unwrap();
        Header::read(&*file, id).unwrap()
    }

    fn header() -> Header {
        Header { number: 7, previous_end: 4711, flow: "xero".to_owned() }
    }

    #[test]
    fn a_header_is_read_back_and_counts_in_its_file_only() {
        let mut bytes = header().bytes(FileKind::Segment);
        let length = bytes.len() as u64;
        bytes.extend_from_slice(&[1; 500]);
        assert_eq!(read(&bytes, ID), HeaderRead::Valid { header: header(), length });
        assert_eq!(read(&bytes, FileId { number: 8, ..ID }), HeaderRead::Invalid);
        assert_eq!(read(&bytes, FileId { kind: FileKind::Snapshot, ..ID }), HeaderRead::Invalid);
    }

    #[test]
    fn every_flipped_and_missing_byte_is_noticed() {
        let bytes = header().bytes(FileKind::Segment);
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 0x10;
            assert_eq!(read(&changed, ID), HeaderRead::Invalid, "byte {index}");
            assert_eq!(read(&bytes[..index], ID), HeaderRead::Invalid, "cut at {index}");
        }
    }

    #[test]
    fn a_newer_version_is_named() {
        let mut bytes = header().bytes(FileKind::Segment);
        let end = bytes.len() - 4;
        bytes[8..12].copy_from_slice(&9_u32.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..end]);
        bytes[end..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(read(&bytes, ID), HeaderRead::Newer { version: 9 });
    }

    #[test]
    fn only_the_names_we_give_are_ours() {
        assert_eq!(number_of("0000000012.seg", "seg"), Some(12));
        for name in ["12.seg", "0000000012.snap", "+000000012.seg", "0000000012.seg.tmp"] {
            assert_eq!(number_of(name, "seg"), None, "{name}");
        }
    }
}
