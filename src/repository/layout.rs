//! Where things are in a flow's folder.

use std::path::{Path, PathBuf};

use super::{
    error::OpenError,
    journal::segment::{FLOW_NAME_BYTES_MAX, file_name},
};

pub(crate) const SEGMENT: &str = "seg";
pub(crate) const SNAPSHOT: &str = "snap";
pub(crate) const CONTAINER: &str = "box";

/// The folders and files of one flow.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// `DIR/FLOW`.
    pub(crate) root: PathBuf,
    /// The segments that a start reads.
    pub(crate) journal: PathBuf,
    pub(crate) snapshots: PathBuf,
    /// The segments that a snapshot covers, kept for what they tell.
    pub(crate) provenance: PathBuf,
    pub(crate) content: PathBuf,
    pub(crate) lock: PathBuf,
}

impl Layout {
    /// A flow's name names a folder, and cannot lead out of the data directory.
    pub(crate) fn of(dir: &Path, flow: &str) -> Result<Self, OpenError> {
        let bad = flow.is_empty()
            || flow.len() > FLOW_NAME_BYTES_MAX
            || flow.contains(['/', '\0'])
            || matches!(flow, "." | "..");
        if bad {
            return Err(OpenError::BadName { flow: flow.to_owned() });
        }
        let root = dir.join(flow);
        Ok(Self {
            journal: root.join("journal"),
            snapshots: root.join("snapshots"),
            provenance: root.join("provenance"),
            content: root.join("content"),
            lock: root.join("lock"),
            root,
        })
    }

    pub(crate) fn segment(&self, number: u64) -> PathBuf {
        self.journal.join(file_name(number, SEGMENT))
    }

    pub(crate) fn old_segment(&self, number: u64) -> PathBuf {
        self.provenance.join(file_name(number, SEGMENT))
    }

    pub(crate) fn snapshot(&self, number: u64) -> PathBuf {
        self.snapshots.join(file_name(number, SNAPSHOT))
    }

    pub(crate) fn container(&self, number: u64) -> PathBuf {
        self.content.join(file_name(number, CONTAINER))
    }
}
