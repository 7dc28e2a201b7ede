//! What can go wrong with a repository, by what the caller has to do.

use std::{io, path::PathBuf, sync::Arc};

use thiserror::Error;

use super::{health::NoRoom, journal::Position, seal::KeyError};

/// Why a repository does not open. All of them are exit 4.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("flow {flow} is in use by {holder} (lock {path})", path = .path.display())]
    InUse { flow: String, path: PathBuf, holder: String },
    #[error(transparent)]
    Damaged(#[from] Damage),
    #[error(
        "{file} has format version {version}, this program knows up to {known}: use the version that wrote it, or a newer one",
        file = .file.display()
    )]
    Newer { file: PathBuf, version: u32, known: u32 },
    #[error("{file} belongs to flow {found}, not to {flow}: the folder was renamed or mixed up", file = .file.display())]
    OtherFlow { file: PathBuf, flow: String, found: String },
    #[error(
        "{flow:?} cannot be the name of a flow: it is a folder's name, up to 255 bytes, without slash"
    )]
    BadName { flow: String },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("{path} cannot be {done}: {source}{advice}", path = .path.display(), advice = advice(.source))]
    Io { path: PathBuf, done: &'static str, source: io::Error },
}

/// Something that had been durable is not there any more, or is not what it was.
#[derive(Debug, Error)]
#[error(
    "{file} is damaged at offset {offset}: {what}; nothing was changed. Restore the folder {folder} from a backup; or \
     move it away to begin anew, and what waits in the flow's queues is lost",
    file = .file.display(),
    folder = .folder.display()
)]
pub struct Damage {
    pub file: PathBuf,
    pub offset: u64,
    pub what: String,
    /// The flow's folder.
    pub folder: PathBuf,
}

/// Why a commit is not acknowledged.
#[derive(Clone, Debug, Error)]
pub enum CommitError {
    /// The disk failed; what is on it is not known any more. Exit 4; a start reads what is there.
    #[error("the journal stopped: {0}")]
    Poisoned(Arc<str>),
    /// This record only: there is no key to seal it with.
    #[error("{0}")]
    Key(Arc<KeyError>),
    /// This record only.
    #[error(
        "a commit of {bytes} bytes is larger than the {max} bytes that one may have: let the session take fewer flowfiles"
    )]
    TooLarge { bytes: usize, max: usize },
    /// This record only, and a bug.
    #[error("the record cannot be encoded: {0}")]
    Unencodable(Arc<str>),
    /// The log is not where its writer thought: somebody else writes it.
    #[error("the log ends at {actual}, not at {expected}: another process writes it")]
    Moved { expected: Position, actual: Position },
    /// Only what need not be done now is answered so; a commit waits for room.
    #[error(transparent)]
    NoRoom(NoRoom),
    #[error("the repository is closed")]
    Closed,
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; give the user that runs this read and write access, or choose another data directory"
        }
        _ => "",
    }
}

/// An operation on a path that failed.
pub(crate) fn io_error(
    path: &std::path::Path,
    done: &'static str,
) -> impl FnOnce(io::Error) -> OpenError {
    move |source| OpenError::Io { path: path.to_owned(), done, source }
}
