//! Files in memory, for `durability: none`: the same engine, and nothing stays.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{Lock, Space, Storage, StorageFile};

/// A disk that is gone with the process. Clones are the same disk.
#[derive(Clone, Default)]
pub struct MemoryStorage {
    files: Arc<Mutex<BTreeMap<PathBuf, MemoryFile>>>,
    locks: Arc<Mutex<BTreeSet<PathBuf>>>,
}

#[derive(Clone, Default)]
struct MemoryFile {
    bytes: Arc<Mutex<Vec<u8>>>,
    modified: Timestamp,
}

struct MemoryLock {
    locks: Arc<Mutex<BTreeSet<PathBuf>>>,
    path: PathBuf,
}

/// No code of this file panics while it holds a lock; if it did, the bytes would still be whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Storage for MemoryStorage {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        let mut files = held(&self.files);
        if files.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = MemoryFile::default();
        files.insert(path.to_owned(), file.clone());
        Ok(Arc::new(file))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        let files = held(&self.files);
        Ok(Arc::new(files.get(path).ok_or(io::ErrorKind::NotFound)?.clone()))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn StorageFile>> {
        self.open(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = held(&self.files);
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        held(&self.files).remove(path).map(|_| ()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let files = held(&self.files);
        let inside = files.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
    }

    fn create_dir(&self, _folder: &Path) -> io::Result<bool> {
        Ok(false)
    }

    fn sync_dir(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn space(&self, _folder: &Path) -> io::Result<Space> {
        Ok(Space { free: u64::MAX, total: u64::MAX })
    }

    fn modified(&self, path: &Path) -> io::Result<Timestamp> {
        let files = held(&self.files);
        Ok(files.get(path).ok_or(io::ErrorKind::NotFound)?.modified)
    }

    fn touch(&self, path: &Path, time: Timestamp) -> io::Result<()> {
        held(&self.files).get_mut(path).ok_or(io::ErrorKind::NotFound)?.modified = time;
        Ok(())
    }

    fn lock(&self, path: &Path, _holder: &str) -> io::Result<Lock> {
        if !held(&self.locks).insert(path.to_owned()) {
            return Ok(Lock::Held("this process".to_owned()));
        }
        Ok(Lock::Taken(Box::new(MemoryLock { locks: self.locks.clone(), path: path.to_owned() })))
    }

    fn syncs(&self) -> u64 {
        0
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        held(&self.locks).remove(&self.path);
    }
}

impl StorageFile for MemoryFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = held(&self.bytes);
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..));
        io::Read::read(&mut rest.unwrap_or_default(), buffer)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let mut file = held(&self.bytes);
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::StorageFull)?;
        let end = start.checked_add(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        if file.len() < end {
            file.resize(end, 0);
        }
        if let Some(place) = file.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(held(&self.bytes).len() as u64)
    }
}
