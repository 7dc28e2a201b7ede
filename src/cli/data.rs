//! Where the data directory is, and which flows have a folder in it.

use std::path::{Path, PathBuf};

use super::{Common, Exit, output};

/// The name of the data directory when nobody names one: beside the flow.
pub(super) const DEFAULT: &str = ".headwater";

/// The data directory of a flow file.
pub(super) fn of_flow(flow: &Path, common: &Common) -> PathBuf {
    let beside =
        flow.parent().map_or_else(|| PathBuf::from(DEFAULT), |folder| folder.join(DEFAULT));
    common.data_dir.clone().unwrap_or(beside)
}

/// The data directory of a command that names no flow: here, or in the folder `flows`.
pub(super) fn here(common: &Common) -> anyhow::Result<PathBuf> {
    if let Some(dir) = &common.data_dir {
        return Ok(dir.clone());
    }
    let candidates = [PathBuf::from(DEFAULT), Path::new("flows").join(DEFAULT)];
    candidates.iter().find(|dir| dir.is_dir()).cloned().ok_or_else(|| {
        output::told(Exit::Usage, "no flow has run here: there is neither .headwater nor flows/.headwater; name the folder with --data-dir DIR")
    })
}

/// The flows that have a folder in a data directory, in order of name.
pub(super) fn flows(dir: &Path) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(dir).map_err(|error| {
        output::told(
            Exit::Data,
            format!("the data directory {} cannot be read: {error}", dir.display()),
        )
    })?;
    let mut names: Vec<String> = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().join("journal").is_dir() {
            names.extend(entry.file_name().into_string().ok());
        }
    }
    names.sort();
    Ok(names)
}
