//! The files beside a target: the one being written (`.NAME.RANDOM.headwater`) and the last one that a held file was
//! (`.NAME.previous`). One being written is locked by its writer, so that a leftover can be told from it.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile, TempPath};

const SUFFIX: &str = ".headwater";

/// How much of a file's name its temporary name repeats: names end at 255 bytes.
const NAME_BYTES_MAX: usize = 200;

/// How often another name is tried when a sweeper was faster.
const TRIES_MAX: usize = 10;

/// A file on its way; dropped, it is removed.
pub(super) struct TemporaryFile(NamedTempFile);

impl TemporaryFile {
    /// Makes one beside `target`, with the mode that the target has, or a new file gets.
    pub(super) fn new(target: &Path, secret: bool) -> io::Result<Self> {
        let folder = target.parent().unwrap_or(Path::new("/"));
        let mode = if secret { 0o600 } else { 0o666 };
        for _ in 0..TRIES_MAX {
            let file = Builder::new()
                .prefix(&prefix(target))
                .suffix(SUFFIX)
                .permissions(Permissions::from_mode(mode))
                .tempfile_in(folder)
                .map_err(|error| without_path(&error))?;
            // Where files cannot be locked, a sweeper cannot either, and leaves them all.
            let _ = file.as_file().lock();
            if file.as_file().metadata()?.nlink() > 0 {
                if let Ok(old) = fs::symlink_metadata(target)
                    && old.is_file()
                {
                    file.as_file().set_permissions(Permissions::from_mode(old.mode() & 0o7777))?;
                }
                return Ok(Self(file));
            }
        }
        Err(io::Error::other("its temporary file is removed again and again"))
    }

    pub(super) fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }

    /// Gives it its name, whatever had that before.
    pub(super) fn replace(self, target: &Path) -> io::Result<()> {
        self.0.persist(target).map(drop).map_err(|failed| failed.error)
    }

    /// Gives it its name unless something has that already.
    pub(super) fn place(self, target: &Path) -> io::Result<()> {
        self.0.persist_noclobber(target).map(drop).map_err(|failed| failed.error)
    }
}

/// The library's error names the file, whose folder or name may be secret; what is shown of it is the target's business.
fn without_path(error: &io::Error) -> io::Error {
    io::Error::from(error.kind())
}

/// `.NAME.`
fn prefix(target: &Path) -> OsString {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let end = (0..=NAME_BYTES_MAX.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    format!(".{}.", &name[..end.unwrap_or(0)]).into()
}

/// Whether a name is that of a file being written.
pub(super) fn is_ours(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(SUFFIX))
}

/// Whether a name belongs to a file beside another one. Who could replace a lock would make two holders of one file.
pub(super) fn is_reserved(name: &OsStr) -> bool {
    let beside = |name: &str| {
        name.starts_with('.') && [".lock", ".previous"].iter().any(|end| name.ends_with(end))
    };
    is_ours(name) || name.to_str().is_some_and(beside)
}

/// Removes the temporary files that nobody writes any more. One that cannot be removed is in nobody's way.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| is_ours(&entry.file_name())) {
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let removed = fs::remove_file(entry.path());
            tracing::info!(file = %entry.path().display(), removed = removed.is_ok(), "a leftover of a killed process");
        }
    }
}

/// Keeps the file that is about to be replaced as `.NAME.previous`.
pub(super) fn keep_previous(file: &Path) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let previous: PathBuf = folder.join(format!(".{name}.previous"));
    let linked = Builder::new()
        .prefix(&prefix(file))
        .suffix(SUFFIX)
        .make_in(folder, |link| fs::hard_link(file, link))
        .map(NamedTempFile::into_temp_path);
    // Some file systems have no links.
    let beside = linked.or_else(|_| copied(file))?;
    let temporary = beside.to_path_buf();
    beside.persist(&previous).map_err(|failed| failed.error)?;
    // Between two links of one file a rename does nothing at all.
    let _ = fs::remove_file(temporary);
    Ok(())
}

fn copied(file: &Path) -> io::Result<TempPath> {
    let mut copy = TemporaryFile::new(file, true)?;
    io::copy(&mut File::open(file)?, copy.file())?;
    copy.file().sync_all()?;
    Ok(copy.0.into_temp_path())
}
