//! Where the data directory is, and which flows have a folder in it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    Common, Exit,
    output::{told, typed},
};
use crate::{
    flow,
    repository::{FlowRepository, FlowState, OpenOptions},
    system,
};

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
        told(Exit::Usage, "no flow has run here: there is neither .headwater nor flows/.headwater; name the folder with --data-dir DIR")
    })
}

/// The end of a command line that finds the same flow again, in the same data directory.
pub(super) fn typed_again(flow: Option<&Path>, common: &Common) -> String {
    let flow = flow.map(|flow| format!(" {}", typed(flow))).unwrap_or_default();
    let dir = common.data_dir.as_deref();
    flow + &dir.map(|dir| format!(" --data-dir {}", typed(dir))).unwrap_or_default()
}

/// The flows that have a folder in a data directory, in order of name.
pub(super) fn flows(dir: &Path) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(dir).map_err(|error| {
        told(Exit::Data, format!("the data directory {} cannot be read: {error}", dir.display()))
    })?;
    let mut names: Vec<String> = Vec::new();
    for entry in entries {
        let entry = entry?;
        // A folder that may not be looked into counts: reading it then says so, and nothing is silently left out.
        if entry.path().join("journal").try_exists().unwrap_or(true) {
            names.extend(entry.file_name().into_string().ok());
        }
    }
    names.sort();
    Ok(names)
}

/// A flow of a data directory, as it is now.
pub(super) struct Looked {
    pub(super) name: String,
    pub(super) options: OpenOptions,
    pub(super) state: FlowState,
}

/// The flows that a command is about.
pub(super) fn look(flow: Option<PathBuf>, common: &Common) -> anyhow::Result<Vec<Looked>> {
    let (dir, names) = match flow {
        None => {
            let dir = here(common)?;
            let names = flows(&dir)?;
            (dir, names)
        }
        Some(file) if file.is_file() => {
            let name = flow::name_of(&file).map_err(|errors| told(Exit::Flow, errors))?;
            (of_flow(&file, common), vec![name])
        }
        Some(name) => (here(common)?, vec![name.display().to_string()]),
    };
    let look_at = |name: String| {
        if !dir.join(&name).is_dir() {
            return Err(told(
                Exit::Usage,
                format!("no flow `{name}` has run in {}", dir.display()),
            ));
        }
        let mut options = OpenOptions::new(&dir, &name, Arc::new(Timestamp::now));
        options.keys = system::key_lookup();
        let state = FlowRepository::read_only(&options)?;
        Ok(Looked { name, options, state })
    };
    names.into_iter().map(look_at).collect()
}
