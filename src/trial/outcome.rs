//! [`Trialled`]: what a trial brought. Not how it is shown: `cli` does that.

use processors_api::{AfterCommit, Attributes, FlowFileId, Text};

/// What a trial brought.
#[derive(Debug, Default)]
pub struct Trialled {
    /// What left the processor, in order.
    pub outputs: Vec<Output>,
    /// The sessions that failed, by the flowfiles they had taken.
    pub rolled_back: Vec<RolledBack>,
    /// How many flowfiles still wait before the processor.
    pub waiting: usize,
    /// How many it ended.
    pub removed: usize,
    /// What a source looked for in vain.
    pub nothing: Option<String>,
    /// What a source would take away outside once its flowfiles are safe.
    pub after_commit: Vec<AfterCommit>,
}

/// A flowfile that left the processor.
pub struct Output {
    pub relationship: String,
    pub id: FlowFileId,
    /// Its attributes, without `uuid`, which is its id.
    pub attributes: Attributes,
    /// Its content, secret or not.
    pub content: Vec<u8>,
    pub is_sensitive: bool,
    pub is_penalized: bool,
    /// Why it took a failure relationship.
    pub reason: Option<Text>,
}

/// A flowfile that a failed session gave back.
#[derive(Debug)]
pub struct RolledBack {
    /// Which of the given ones; none when a source failed.
    pub input: Option<usize>,
    /// What the processor said.
    pub error: String,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("relationship", &self.relationship)
            .field("attributes", &self.attributes)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
