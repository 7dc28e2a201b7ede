//! The flowfile: as the engine keeps it ([`FlowFileRecord`]) and as a processor holds it ([`FlowFile`]).

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{Attributes, ContentClaim, FlowFileId, RunId, Text};

/// Attribute names that every flowfile has or that NiFi gives a meaning.
pub mod core_attributes {
    /// The id; cannot be set or removed.
    pub const UUID: &str = "uuid";
    /// The name under which a file is read or written.
    pub const FILENAME: &str = "filename";
    /// The folder relative to where it was found.
    pub const PATH: &str = "path";
    /// The folder in full.
    pub const ABSOLUTE_PATH: &str = "absolute.path";
    /// For the priority prioritizer.
    pub const PRIORITY: &str = "priority";
    /// The content's media type.
    pub const MIME_TYPE: &str = "mime.type";
    /// Why it was thrown away.
    pub const DISCARD_REASON: &str = "discard.reason";
    /// Another name of it, a URI.
    pub const ALTERNATE_IDENTIFIER: &str = "alternate.identifier";
    /// Which version of a file the content came from: `blake3:` and the digest of the file's bytes.
    pub const FILE_VERSION: &str = "file.version";
    /// The run; the engine's, read-only.
    pub const RUN_ID: &str = "run.id";
}

/// A flowfile as it lies in a queue and in the journal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FlowFileRecord {
    /// Which one it is.
    pub id: FlowFileId,
    /// Its attributes, without `uuid` and `run.id`, which follow from the ids.
    pub attributes: Attributes,
    /// Its content.
    pub content: ContentClaim,
    /// When this flowfile came into being.
    pub entry_date: Timestamp,
    /// When its oldest ancestor did.
    pub lineage_start: Timestamp,
    /// The run it belongs to.
    pub run: RunId,
}

impl FlowFileRecord {
    /// The value of an attribute, `uuid` and `run.id` included.
    pub fn attribute(&self, name: &str) -> Option<Text> {
        match name {
            core_attributes::UUID => Some(Text::plain(self.id.to_string())),
            core_attributes::RUN_ID => Some(Text::plain(self.run.to_string())),
            _ => self.attributes.get(name).cloned(),
        }
    }
}

/// A flowfile in a processor's hands. It is not `Clone`: a session's `transfer` or `remove` takes it, once.
#[derive(Debug)]
pub struct FlowFile {
    pub(crate) record: FlowFileRecord,
    pub(crate) penalty: Option<Penalty>,
}

/// How long a flowfile waits in its next queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// As the processor's `penalty` says.
    Default,
    /// As the other side asked for (`Retry-After`).
    Asked(Duration),
}

impl FlowFile {
    /// Which one it is.
    pub fn id(&self) -> FlowFileId {
        self.record.id
    }

    /// The run it belongs to.
    pub fn run(&self) -> RunId {
        self.record.run
    }

    /// The value of an attribute, `uuid` and `run.id` included.
    pub fn attribute(&self, name: &str) -> Option<Text> {
        self.record.attribute(name)
    }

    /// All attributes but `uuid` and `run.id`.
    pub fn attributes(&self) -> &Attributes {
        &self.record.attributes
    }

    /// Sets an attribute. `uuid` and `run.id` stay what they are.
    pub fn put_attribute(&mut self, name: impl Into<Arc<str>>, value: impl Into<Text>) {
        let name = name.into();
        if !is_read_only(&name) {
            self.record.attributes.set(name, value.into());
        }
    }

    /// Removes an attribute; whether it was there.
    pub fn remove_attribute(&mut self, name: &str) -> bool {
        self.record.attributes.remove(name)
    }

    /// The content's claim.
    pub fn content(&self) -> &ContentClaim {
        &self.record.content
    }

    /// Gives it another content, made by [`crate::Session::write`].
    pub fn set_content(&mut self, content: ContentClaim) {
        self.record.content = content;
    }

    /// How many bytes the content has.
    pub fn size(&self) -> u64 {
        self.record.content.length()
    }

    /// When this flowfile came into being.
    pub fn entry_date(&self) -> Timestamp {
        self.record.entry_date
    }

    /// When its oldest ancestor did.
    pub fn lineage_start(&self) -> Timestamp {
        self.record.lineage_start
    }

    /// Makes it wait in its next queue.
    pub fn penalize(&mut self, penalty: Penalty) {
        self.penalty = Some(penalty);
    }
}

/// Whether processors cannot set the attribute of that name.
pub fn is_read_only(name: &str) -> bool {
    matches!(name, core_attributes::UUID | core_attributes::RUN_ID)
}
