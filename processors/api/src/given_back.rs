//! [`GivenBack`]: what a processor that merges has seen and left in its queues, from one trigger to the next. It is kept
//! in memory only: the queues are the truth, and it can be forgotten at any moment.

use std::{any::Any, collections::HashMap};

use crate::{FlowFileId, SessionInput};

/// The flowfiles that a processor gave back, and its note about them.
#[derive(Default)]
pub struct GivenBack {
    flowfiles: HashMap<FlowFileId, (u64, SessionInput)>,
    next: u64,
    pub(crate) note: Option<Box<dyn Any + Send + Sync>>,
}

impl GivenBack {
    /// How many flowfiles there are.
    pub fn len(&self) -> usize {
        self.flowfiles.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.flowfiles.is_empty()
    }

    /// Forgets everything; gives the flowfiles in the order in which they were given back.
    pub fn forget(self) -> Vec<SessionInput> {
        let mut flowfiles: Vec<_> = self.flowfiles.into_values().collect();
        flowfiles.sort_unstable_by_key(|(number, _)| *number);
        flowfiles.into_iter().map(|(_, input)| input).collect()
    }

    pub(crate) fn put(&mut self, input: SessionInput) {
        self.next += 1;
        self.flowfiles.insert(input.record.id, (self.next, input));
    }

    pub(crate) fn take(&mut self, id: FlowFileId) -> Option<SessionInput> {
        self.flowfiles.remove(&id).map(|(_, input)| input)
    }
}
