//! Files outside that a flow may hold: the lock, the wait for it in order, and the version of the bytes.
//!
//! It is not the record of who holds what: it knows no flowfile, no queue and no journal, and nothing here survives
//! the process. The engine journals holds and takes them again with [`Locks::acquire`].
//!
//! Invariants: a real path has at most one [`FileLock`] on this machine, whatever links lead to it; waiters of one
//! process get it in the order in which they came; a killed holder frees it at once, because the lock is the
//! operating system's.
//!
//! Limits: only processes of one machine exclude each other, so network file systems are refused. A file system in
//! user space (FUSE) does not say whether another machine is behind it, and is trusted. The lock is advisory: it stops
//! this program and `headwater auth`, not an editor.

mod holder;
mod lock;
mod network;
mod real_path;
#[cfg(test)]
mod tests;
mod version;

pub use holder::{Holder, HolderInfo};
pub use lock::{FileLock, LockError, Locks};
pub use real_path::{RealPathError, real_path};
pub use version::{FileVersion, FileVersionError};

/// The largest file that can be held; a credential has a few kilobytes.
pub const HELD_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
