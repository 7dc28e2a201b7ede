//! [`Storage`]: the disk as the repositories see it. Not a file system: only what a journal, snapshots and content
//! containers need, so that a test can put a disk beneath them that tears, fills and fails.
//!
//! What it promises is what POSIX promises: bytes are durable after [`StorageFile::sync_data`], names after
//! [`Storage::sync_dir`]; a rename within a folder is atomic; a write may be short.

mod disk;
#[cfg(test)]
pub(crate) mod faulty;
mod memory;

use std::{io, path::Path, sync::Arc};

use jiff::Timestamp;

pub use disk::Disk;
pub use memory::MemoryStorage;

/// A place for files.
pub trait Storage: Send + Sync {
    /// Makes a new file; an error when there is one of that name.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>>;
    /// Opens a file to read and write.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>>;
    /// Opens a file to read.
    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>>;
    /// Gives a file another name, in place of what had that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// The names in a folder, sorted; none when there is no such folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;
    /// Makes a folder and those above it; whether it was missing.
    fn create_dir(&self, folder: &Path) -> io::Result<bool>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;
    /// The room of the disk that a folder is on.
    fn space(&self, folder: &Path) -> io::Result<Space>;
    /// When a file was written last.
    fn modified(&self, path: &Path) -> io::Result<Timestamp>;
    /// Says that a file was written last at `time`.
    fn touch(&self, path: &Path, time: Timestamp) -> io::Result<()>;
    /// Takes the lock that `path` stands for and writes into it who has it.
    fn lock(&self, path: &Path, holder: &str) -> io::Result<Lock>;
    /// How many syncs of files and folders there were.
    fn syncs(&self) -> u64;
}

/// An open file.
pub trait StorageFile: Send + Sync {
    /// Reads at most as many bytes as the buffer has; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes at least one byte, and maybe not all.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Makes the bytes, and the length, durable.
    fn sync_data(&self) -> io::Result<()>;
    /// How many bytes it has.
    fn length(&self) -> io::Result<u64>;
}

/// The room of a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub free: u64,
    pub total: u64,
}

/// Whether a lock could be taken.
pub enum Lock {
    /// Until this is dropped.
    Taken(Box<dyn Send + Sync>),
    /// By somebody else, who wrote this about himself.
    Held(String),
}

/// Writes all bytes, over as many short writes as it takes.
pub(crate) fn write_all_at(
    file: &dyn StorageFile,
    mut bytes: &[u8],
    mut offset: u64,
) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                bytes = bytes.get(count..).unwrap_or_default();
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads until the buffer is full or the file ends; how many bytes that were.
pub(crate) fn read_full_at(
    file: &dyn StorageFile,
    buffer: &mut [u8],
    offset: u64,
) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Whether an error says that the disk is full, so that waiting may help.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
