//! Flowfiles that are too old for their queue leave it: when the queue is looked at, and at the latest when their time has
//! come in a flow that keeps running. A call that somebody waits for does not wait for that.

use jiff::Timestamp;

use super::Scheduler;
use crate::{engine::chain, flow::ConnectionIndex};

impl Scheduler {
    /// Takes out what is too old.
    pub(super) fn expire(&mut self, now: Timestamp) {
        for index in (0..self.queues.len()).map(ConnectionIndex) {
            if self.queues[index.0].next_expiry().is_some_and(|expiry| expiry <= now) {
                self.expire_in(index, now);
            }
        }
    }

    fn expire_in(&mut self, index: ConnectionIndex, now: Timestamp) {
        let shared = self.shared.clone();
        let connection = shared.flow.connection(index);
        let too_old = self.queues[index.0].too_old(now);
        // Those in the hands of a trigger that is under way leave when it is over.
        let loan = self.merging.get_mut(&connection.to).and_then(|merging| merging.loan());
        if let Some(loan) = loan.filter(|loan| loan.has_any(&too_old)) {
            let returned = loan.end();
            self.return_lent(returned);
        }
        let is_too_old = |waiting: &super::Waiting| too_old.contains(&waiting.record.id);
        let expired = self.queues[index.0].extract(is_too_old, shared.gauge(index));
        if !expired.is_empty() {
            tracing::info!(
                connection = &*connection.name,
                flowfiles = expired.len(),
                "flowfiles expired: older than `expire` allows, they are dropped"
            );
            self.chains.spawn(chain::expire(shared.clone(), index, expired));
        }
    }

    /// When the next flowfile becomes too old.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        let now = self.shared.now();
        let expiries = self.queues.iter().filter_map(super::Queue::next_expiry);
        expiries.filter(|expiry| *expiry > now).min()
    }
}
