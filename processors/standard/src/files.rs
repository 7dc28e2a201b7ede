//! What the processors that read and write files share: how a path, a mode and a moment are shown. Not the processors.

use std::{
    fs::Metadata,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::{Timestamp, tz::TimeZone};
use processors_api::{MASK, ProcessorContext, Text};

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
    use super::*;

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
