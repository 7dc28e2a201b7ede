//! One lock a file: the queue inside this process first, then the operating system's lock.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::OFlags;
use tokio::sync::{Mutex as Turnstile, OwnedMutexGuard as Turn};

use super::holder::{Holder, HolderInfo};
use super::network::network_file_system;
use super::real_path::{RealPathError, folder_of, real_path};
use super::{FileVersion, HELD_FILE_BYTES_MAX};

/// How long to wait before asking again while another process has the lock: doubled from the first to the last.
const POLL_FIRST: Duration = Duration::from_millis(10);
const POLL_LAST: Duration = Duration::from_millis(250);

/// Why a file could not be held.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "`{}` was not free within {:#}; it is held by {}",
        file.display(), shown_wait(*waited), shown_holder(holder.as_deref())
    )]
    Timeout { file: PathBuf, waited: Duration, holder: Option<Box<Holder>> },
    #[error(
        "`{}` lies on a network file system ({kind}), where a lock does not keep other machines out; \
         keep the file on a local disk of the one machine that refreshes it",
        file.display()
    )]
    NetworkFileSystem { file: PathBuf, kind: &'static str },
    #[error(
        "`{}` cannot be held, because its lock file `{}` cannot be used; the folder and the lock file \
         must belong to the user who runs this, and be writable",
        file.display(), lock_file.display()
    )]
    LockFile { file: PathBuf, lock_file: PathBuf, source: io::Error },
    #[error(transparent)]
    RealPath(#[from] RealPathError),
}

/// All locks on files outside that this process holds or waits for. One a process; clones share it.
#[derive(Clone)]
pub struct Locks {
    shared: Arc<Shared>,
}

struct Shared {
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// One turnstile for each real path that somebody holds or waits for.
    turnstiles: Mutex<HashMap<PathBuf, Weak<Turnstile<()>>>>,
}

/// The lock of one file. Dropping it lets the next one in.
#[derive(Debug)]
pub struct FileLock {
    path: PathBuf,
    lock_file: File,
    /// Dropped after the lock file was given back, so the next in the queue finds it free.
    _turn: Turn<()>,
}

impl Locks {
    /// `now` is what the lock file says as the time since when it is held.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { shared: Arc::new(Shared { now: Box::new(now), turnstiles: Mutex::default() }) }
    }

    /// Waits for the lock of a file, at most `wait` long. The file may be missing, its folder may not.
    ///
    /// Whoever asked first in this process gets it first; dropping the future gives up the place in the queue.
    pub async fn acquire(
        &self,
        file: &Path,
        wait: Duration,
        holder: HolderInfo,
    ) -> Result<FileLock, LockError> {
        let path = real_path(file)?;
        refuse_network(&path)?;
        let waiting = self.wait_for(&path, holder);
        match tokio::time::timeout(wait, waiting).await {
            Ok(result) => result,
            Err(_) => {
                let holder = LockFile::of(&path).holder().map(Box::new);
                Err(LockError::Timeout { file: path, waited: wait, holder })
            }
        }
    }

    async fn wait_for(&self, path: &Path, holder: HolderInfo) -> Result<FileLock, LockError> {
        let turn = self.turnstile(path).lock_owned().await;
        let mut poll = POLL_FIRST;
        let lock_file = loop {
            if let Some(locked) = LockFile::of(path).try_lock()? {
                break locked;
            }
            tokio::time::sleep(poll).await;
            poll = (poll * 2).min(POLL_LAST);
        };
        // The lock is ours whether or not the line can be written; a full disk must not stop a refresh.
        if let Err(error) = Holder::new(holder, (self.shared.now)()).write(&lock_file) {
            tracing::warn!(file = %path.display(), %error, "lock file does not name its holder");
        }
        Ok(FileLock { path: path.to_owned(), lock_file, _turn: turn })
    }

    fn turnstile(&self, path: &Path) -> Arc<Turnstile<()>> {
        let mut turnstiles = self.shared.turnstiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turnstile) = turnstiles.get(path).and_then(Weak::upgrade) {
            return turnstile;
        }
        turnstiles.retain(|_, turnstile| turnstile.strong_count() > 0);
        let turnstile = Arc::new(Turnstile::new(()));
        turnstiles.insert(path.to_owned(), Arc::downgrade(&turnstile));
        turnstile
    }
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locks").finish_non_exhaustive()
    }
}

impl FileLock {
    /// The real path of the file that is held.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file as it is now; `None` when it is missing.
    pub fn read(&self) -> io::Result<Option<(Vec<u8>, FileVersion)>> {
        FileVersion::read(&self.path, HELD_FILE_BYTES_MAX)
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Before the unlock: after it the line may already be the next holder's.
        let emptied = self.lock_file.set_len(0);
        // Closing alone would not do: a child between fork and exec has the same open file.
        let unlocked = self.lock_file.unlock();
        if let Err(error) = emptied.and(unlocked) {
            tracing::warn!(file = %self.path.display(), %error, "lock file not given back cleanly");
        }
    }
}

/// `.NAME.lock` beside a file. It is never deleted, or two could hold the lock of two files of the same name.
struct LockFile<'a> {
    file: &'a Path,
    path: PathBuf,
}

impl<'a> LockFile<'a> {
    fn of(file: &'a Path) -> Self {
        let mut name = OsString::from(".");
        name.push(file.file_name().unwrap_or_default());
        name.push(".lock");
        Self { file, path: folder_of(file).join(name) }
    }

    fn holder(&self) -> Option<Holder> {
        let file = open_plain(OpenOptions::new().read(true), &self.path).ok()?;
        Holder::read(file)
    }

    /// `None` while somebody else has it.
    fn try_lock(&self) -> Result<Option<File>, LockError> {
        self.try_lock_raw().map_err(|source| LockError::LockFile {
            file: self.file.to_owned(),
            lock_file: self.path.clone(),
            source,
        })
    }

    fn try_lock_raw(&self) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = open_plain(&mut options, &self.path)?;
        match file.try_lock() {
            Ok(()) => Ok(self.is_still(&file)?.then_some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Somebody may have deleted the lock file by hand between our opening and locking it.
    fn is_still(&self, file: &File) -> io::Result<bool> {
        let ours = file.metadata()?;
        match fs::symlink_metadata(&self.path) {
            Ok(there) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Opens a plain file only: through a link planted here, another file would be emptied; a pipe would block.
fn open_plain(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = options.custom_flags(flags.bits().cast_signed()).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a plain file"))
    }
}

/// The file and its folder are asked both: a single file can be mounted from elsewhere.
fn refuse_network(file: &Path) -> Result<(), LockError> {
    for path in [folder_of(file), file] {
        match network_file_system(path) {
            Ok(None) => {}
            Ok(Some(kind)) => {
                return Err(LockError::NetworkFileSystem { file: file.to_owned(), kind });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(RealPathError::Io { path: path.to_owned(), source }.into()),
        }
    }
    Ok(())
}

fn shown_wait(wait: Duration) -> SignedDuration {
    SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX)
}

fn shown_holder(holder: Option<&Holder>) -> String {
    holder.map_or_else(
        || "somebody who left no name in the lock file".to_owned(),
        ToString::to_string,
    )
}
