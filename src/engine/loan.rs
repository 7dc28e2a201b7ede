//! [`Loan`]: the flowfiles that a processor which merges has in its hands from one trigger to the next. For everybody
//! else they are still in their queues: they count there, they keep their places, and the journal knows nothing of it.

use std::collections::{HashMap, HashSet};

use processors_api::{FlowFileId, GivenBack};

use super::queue::{Place, Waiting};
use crate::flow::ConnectionIndex;

/// A flowfile on loan, and where it stands.
pub(super) struct Lent {
    pub(super) connection: ConnectionIndex,
    pub(super) place: Place,
    pub(super) waiting: Waiting,
}

#[derive(Default)]
pub(super) struct Loan {
    flowfiles: HashMap<FlowFileId, Lent>,
    /// The same flowfiles, as the processor gets them again.
    pub(super) given_back: GivenBack,
}

impl Loan {
    pub(super) fn len(&self) -> usize {
        self.flowfiles.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.flowfiles.is_empty()
    }

    pub(super) fn add(&mut self, lent: Lent) {
        self.flowfiles.insert(lent.waiting.record.id, lent);
    }

    pub(super) fn get(&self, id: FlowFileId) -> Option<&Lent> {
        self.flowfiles.get(&id)
    }

    /// Any of them.
    pub(super) fn any(&self) -> Option<&Lent> {
        self.flowfiles.values().next()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Lent> {
        self.flowfiles.values()
    }

    /// Whether one of these is on loan.
    pub(super) fn has_any(&self, ids: &HashSet<FlowFileId>) -> bool {
        ids.iter().any(|id| self.flowfiles.contains_key(id))
    }

    /// Takes these out, in this order.
    pub(super) fn take(&mut self, ids: impl IntoIterator<Item = FlowFileId>) -> Vec<Lent> {
        ids.into_iter().filter_map(|id| self.flowfiles.remove(&id)).collect()
    }

    /// Ends the loan; the processor gets what is left anew.
    pub(super) fn end(&mut self) -> Vec<Lent> {
        std::mem::take(self).flowfiles.into_values().collect()
    }
}
