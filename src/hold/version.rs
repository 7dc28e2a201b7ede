//! Which version of a file something came from: the digest of its bytes.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;

use rustix::fs::OFlags;

const PREFIX: &str = "blake3:";

/// The digest of a file's bytes. Its text is the value of the attribute `file.version`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileVersion(blake3::Hash);

/// A text that is no version of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version of a file is `blake3:` and 64 hexadecimal digits")]
pub struct FileVersionError;

impl FileVersion {
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes))
    }

    /// The bytes of a file and their version; `None` when the file is missing. At most `limit` bytes are read.
    pub fn read(path: &Path, limit: u64) -> io::Result<Option<(Vec<u8>, Self)>> {
        // Not blocking: opening a pipe that nobody writes to would otherwise wait for ever.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a file"));
        }
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("the file is larger than the {limit} bytes that fit here"),
            ));
        }
        let version = Self::of_bytes(&bytes);
        Ok(Some((bytes, version)))
    }
}

impl fmt::Display for FileVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0.to_hex())
    }
}

impl fmt::Debug for FileVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileVersion({self})")
    }
}

impl FromStr for FileVersion {
    type Err = FileVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = text.strip_prefix(PREFIX).ok_or(FileVersionError)?;
        blake3::Hash::from_hex(hex).map(Self).map_err(|_| FileVersionError)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_of_a_version_is_the_digest_of_the_bytes() {
        let text = "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(FileVersion::of_bytes(b"").to_string(), text);
        assert_eq!(text.parse(), Ok(FileVersion::of_bytes(b"")));
    }

    #[test]
    fn a_missing_file_has_no_version_and_a_folder_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(FileVersion::read(&dir.path().join("x"), 10).unwrap().is_none());
        assert_eq!(
            FileVersion::read(dir.path(), 10).unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
    }

    #[test]
    fn the_limit_is_the_last_size_that_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, "12345").unwrap();
        let (bytes, version) = FileVersion::read(&path, 5).unwrap().unwrap();
        assert_eq!((bytes.as_slice(), version), (&b"12345"[..], FileVersion::of_bytes(b"12345")));
        assert_eq!(FileVersion::read(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    proptest! {
        #[test]
        fn every_version_reads_back(bytes: Vec<u8>) {
            let version = FileVersion::of_bytes(&bytes);
            prop_assert_eq!(version.to_string().parse(), Ok(version));
        }

        #[test]
        fn any_other_text_is_refused(text in "\\PC*|blake3:[0-9a-g]{60,66}") {
            if let Ok(version) = text.parse::<FileVersion>() {
                prop_assert_eq!(version.to_string(), text.to_lowercase());
            }
        }
    }
}
