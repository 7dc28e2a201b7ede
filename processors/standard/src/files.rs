//! What the processors that read and write files share: how a path, a mode and a moment are shown. Not the processors.

use std::{
    fs::{File, Metadata},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::{Timestamp, tz::TimeZone};
use processors_api::{MASK, ProcessorContext, Text};
use rustix::fs::OFlags;

const COPY_BYTES: usize = 64 * 1024;

/// A folder or file that a property names, and how it may be shown.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) shown: String,
    pub(crate) is_secret: bool,
}

impl Place {
    /// A relative path begins at the flow file's folder.
    pub(crate) fn new(context: &ProcessorContext, typed: &Text) -> Self {
        let path: PathBuf = context.path(typed.reveal()).components().collect();
        let is_secret = typed.is_sensitive();
        let shown = if is_secret { MASK.to_owned() } else { path.display().to_string() };
        Self { path: std::path::absolute(&path).unwrap_or(path), shown, is_secret }
    }
}

/// Opens a file to read it. What is no regular file, perhaps since somebody put a pipe into its place, is an error: nobody
/// waits for who may write into it.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let file = File::options()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
    }
}

/// Which side of a copy failed.
#[derive(Debug)]
pub(crate) enum CopyError {
    Read(io::Error),
    Write(io::Error),
}

/// Copies to the end.
pub(crate) fn copy(from: &mut impl Read, to: &mut impl Write) -> Result<(), CopyError> {
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => to.write_all(&buffer[..count]).map_err(CopyError::Write)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CopyError::Read(error)),
        }
    }
}

/// `rwxr-xr--`
pub(crate) fn permissions(metadata: &Metadata) -> String {
    let mode = metadata.permissions().mode();
    let sign =
        |bit: u32| if mode & (1 << bit) == 0 { '-' } else { ['x', 'w', 'r'][bit as usize % 3] };
    (0..9).rev().map(sign).collect()
}

/// `2026-01-31T08:00:00+0000`
pub(crate) fn moment(time: SystemTime, zone: &TimeZone) -> Option<String> {
    let time = Timestamp::try_from(time).ok()?.to_zoned(zone.clone());
    Some(time.strftime("%Y-%m-%dT%H:%M:%S%z").to_string())
}

/// When a file was last changed, in nanoseconds since 1970.
pub(crate) fn modified_ns(metadata: &Metadata) -> i128 {
    i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
}

/// What is told of a path below a place that may be secret.
pub(crate) fn shown(path: &Path, is_secret: bool) -> String {
    if is_secret { MASK.to_owned() } else { path.display().to_string() }
}

/// A file's address for provenance.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Whether this process may add and delete files in a folder, as far as its mode tells.
pub(crate) fn may_change(folder: &Metadata) -> bool {
    let groups = uzers::group_access_list().unwrap_or_default();
    let in_group = uzers::get_effective_gid() == folder.gid()
        || groups.iter().any(|group| group.gid() == folder.gid());
    let owns = uzers::get_effective_uid() == folder.uid();
    uzers::get_effective_uid() == 0 || mode_allows_writing(folder.mode(), owns, in_group)
}

/// Of the three classes only the first that fits counts.
fn mode_allows_writing(mode: u32, owns: bool, in_group: bool) -> bool {
    let bit = match (owns, in_group) {
        (true, _) => 0o200,
        (false, true) => 0o020,
        (false, false) => 0o002,
    };
    mode & bit != 0
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn only_a_regular_file_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, file) = (folder.path().join("pipe"), folder.path().join("file"));
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        std::fs::write(&file, "x").unwrap();
        assert!(open_regular(&file).is_ok());
        for other in [pipe.as_path(), folder.path()] {
            assert!(open_regular(other).is_err(), "{}", other.display());
        }
    }

    /// A reader or a writer that fails.
    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("no"))
        }
    }

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("no"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_two_sides_of_a_copy_are_told_apart() {
        let mut copied = Vec::new();
        assert!(copy(&mut &b"abc"[..], &mut copied).is_ok() && copied == b"abc");
        assert!(matches!(copy(&mut Broken, &mut copied), Err(CopyError::Read(_))));
        assert!(matches!(copy(&mut &b"abc"[..], &mut Broken), Err(CopyError::Write(_))));
    }

    #[test]
    fn the_first_class_that_fits_decides() {
        for (mode, owns, in_group, expected) in [
            (0o755, true, true, true),
            (0o577, true, true, false),
            (0o755, false, true, false),
            (0o775, false, true, true),
            (0o775, false, false, false),
            (0o757, false, false, true),
        ] {
            assert_eq!(mode_allows_writing(mode, owns, in_group), expected, "{mode:o}");
        }
    }
}
