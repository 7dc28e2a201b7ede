//! What a chain makes of a session's outcome: flowfiles sent on, copied, ended, tried again, failed.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    time::Duration,
};

use processors_api::{Destination, Event, EventKind, FlowFileId, SessionOutcome, Text, Transfer};

use super::{
    chain::{Chain, Leg, SessionFailure, Step},
    decide::{self, Verdict},
    shared::later,
    transaction::{Failure, Working},
};
use crate::{
    flow::{ConnectionIndex, FlowProcessor, RetryPolicy, Target},
    limits::ROOM_POLL,
    repository::record::Name,
};

/// The flowfiles that a session took.
type Taken = HashMap<FlowFileId, Working>;

/// A flowfile on its way out of a processor.
struct Sent {
    relationship: Name,
    reason: Option<Text>,
    attempts: u32,
    penalized_until: Option<jiff::Timestamp>,
}

impl Chain {
    /// Takes over what a session did with the flowfiles that it took.
    pub(super) async fn absorb(
        &mut self,
        step: &Step,
        mut working: Vec<Working>,
        outcome: SessionOutcome,
        legs: &mut Vec<Leg>,
    ) {
        let shared = self.shared.clone();
        let (processor, node) = shared.node(step.processor);
        if outcome.yielded {
            self.rest(step.processor, processor.yield_time);
        }
        for action in outcome.after_commit {
            self.transaction.due_after_commit(action);
        }
        if let Some(state) = outcome.state {
            node.set_state(state.clone());
            self.transaction.set_state(&processor.id, state);
        }
        for file in outcome.held_written {
            self.end_hold(&file, &mut working);
        }
        let hold = working.iter().find_map(|working| working.hold.clone());
        let mut taken: Taken =
            working.into_iter().map(|working| (working.record.id, working)).collect();
        let again = self.try_again(step, &mut taken, &outcome.transfers);
        for (id, events) in outcome.removed {
            if let Some(working) = taken.remove(&id) {
                self.finish(working, processor, None, events);
            }
        }
        for transfer in outcome.transfers {
            let made_from = transfer.made_from.clone();
            let parents = made_from.iter().flatten();
            if parents.chain([&transfer.record.id]).any(|id| again.contains(id)) {
                continue;
            }
            let working = match made_from {
                Some(parents) => {
                    Some(Working::born(transfer.record.clone(), parents, hold.clone()))
                }
                None => taken.remove(&transfer.record.id),
            };
            if let Some(working) = working {
                self.send(step, working, transfer, legs).await;
            }
        }
    }

    /// Puts those back that took a relationship which is tried again. Nothing of such a try leaves the processor.
    fn try_again(
        &mut self,
        step: &Step,
        taken: &mut Taken,
        transfers: &[Transfer],
    ) -> HashSet<FlowFileId> {
        let shared = self.shared.clone();
        let processor = shared.flow.processor(step.processor);
        let mut again = HashSet::new();
        for transfer in transfers {
            let Entry::Occupied(entry) = taken.entry(transfer.record.id) else { continue };
            let Verdict::TryAgain { wait } = decide::on_transfer(processor, entry.get(), transfer)
            else {
                continue;
            };
            let mut working = entry.remove();
            again.insert(working.record.id);
            working.retries += 1;
            working.begun = None;
            let details = decide::tried_again(transfer, wait);
            match processor.retry.policy {
                RetryPolicy::Penalize => self.put_back(step, working, details, Some(wait)),
                RetryPolicy::Yield => {
                    self.rest(step.processor, wait);
                    self.put_back(step, working, details, None);
                }
            }
        }
        again
    }

    /// Sends one flowfile where its relationship leads.
    async fn send(
        &mut self,
        step: &Step,
        mut working: Working,
        transfer: Transfer,
        legs: &mut Vec<Leg>,
    ) {
        let shared = self.shared.clone();
        let (processor, node) = shared.node(step.processor);
        let now = shared.now();
        let verdict = decide::on_transfer(processor, &working, &transfer);
        let Transfer { record, destination, events, penalty, reason, .. } = transfer;
        node.counters.send(1);
        self.sent_bytes += record.attributes.size();
        let attempts = working.retries + 1;
        (working.retries, working.rollbacks, working.begun) = (0, 0, None);
        let relationship = match destination {
            Destination::Relationship(relationship) => relationship,
            Destination::HoldChanged => {
                working.hop(&processor.id, Some("if_changed".into()), events, record, now);
                return self.divert(working, None).await;
            }
        };
        working.hop(&processor.id, Some(relationship.clone()), events, record, now);
        if let Verdict::Defer { wait } = verdict {
            let reason = decide::reason(processor, &relationship, reason, &working.record);
            let retry_at = Some(decide::retry_at(now, wait));
            return self.fail(
                working,
                Failure {
                    processor: processor.id.clone(),
                    relationship,
                    reason,
                    attempts,
                    retry_at,
                },
            );
        }
        tracing::debug!(
            processor = &*processor.id, relationship = &*relationship, flowfile = %working.record.id,
            run = %working.record.run, "flowfile sent"
        );
        let penalized_until =
            penalty.map(|penalty| later(now, decide::penalty(processor, penalty)));
        let sent = Sent { relationship, reason, attempts, penalized_until };
        let targets =
            processor.outgoing.get(&sent.relationship).map_or(&[Target::Failed][..], Vec::as_slice);
        let Some((last, others)) = targets.split_last() else {
            return self.transaction.end(working);
        };
        for target in others {
            let copy = self.copy(&working, &processor.id);
            self.place(*target, copy, processor, &sent, legs);
        }
        self.place(*last, working, processor, &sent, legs);
    }

    fn place(
        &mut self,
        target: Target,
        working: Working,
        processor: &FlowProcessor,
        sent: &Sent,
        legs: &mut Vec<Leg>,
    ) {
        match target {
            Target::Connection(connection) => {
                add_to_leg(legs, connection, working, sent.penalized_until)
            }
            Target::Done => {
                self.finish(working, processor, Some(sent.relationship.clone()), drop_event())
            }
            Target::Failed => {
                let reason = decide::reason(
                    processor,
                    &sent.relationship,
                    sent.reason.clone(),
                    &working.record,
                );
                let (relationship, attempts) = (sent.relationship.clone(), sent.attempts);
                let processor = processor.id.clone();
                self.fail(
                    working,
                    Failure { processor, relationship, reason, attempts, retry_at: None },
                );
            }
        }
    }

    /// A copy of a flowfile, for a relationship that leads to several places.
    fn copy(&self, working: &Working, processor: &Name) -> Working {
        let mut record = working.record.clone();
        record.id = FlowFileId::from(self.shared.new_id());
        record.entry_date = self.shared.now();
        let mut copy = Working::born(record, vec![working.record.id], working.hold.clone());
        copy.note(processor, Event { kind: EventKind::Clone, details: None }, self.shared.now());
        copy
    }

    fn finish(
        &mut self,
        mut working: Working,
        processor: &FlowProcessor,
        relationship: Option<Name>,
        events: Vec<Event>,
    ) {
        let record = working.record.clone();
        let events = if events.is_empty() { drop_event() } else { events };
        working.hop(&processor.id, relationship, events, record, self.shared.now());
        self.transaction.end(working);
    }

    /// Sends a flowfile to the failed queue.
    pub(super) fn fail(&mut self, working: Working, failure: Failure) {
        let shared = self.shared.clone();
        if let Some(processor) = shared.flow.processor_named(&failure.processor) {
            shared.nodes[processor.0].counters.fail();
        }
        tracing::warn!(
            processor = &*failure.processor, relationship = &*failure.relationship, flowfile = %working.record.id,
            run = %working.record.run, reason = failure.reason.masked(), "flowfile failed"
        );
        let hold = working.hold.as_ref();
        let place = hold
            .and_then(|hold| shared.ledger().hold(hold).map(|tally| tally.hold.connection.clone()));
        let number = shared.next_failed_number();
        self.transaction.fail(working, &failure, place, number, shared.now());
    }

    /// Puts the flowfiles of a failed session back, or into failed when they were put back often enough.
    pub(super) fn roll_back(&mut self, step: &Step, taken: Vec<Working>, failure: &SessionFailure) {
        let shared = self.shared.clone();
        let processor = shared.flow.processor(step.processor);
        let SessionFailure { reason: error, disk_full, is_final } = failure;
        // Of several it cannot be said which one is at fault.
        let no_try_helps = *is_final && taken.len() == 1;
        tracing::warn!(
            processor = &*processor.id,
            flowfiles = taken.len(),
            error,
            "session rolled back"
        );
        if *disk_full {
            self.rest(step.processor, ROOM_POLL);
            return taken
                .into_iter()
                .for_each(|working| self.put_back(step, working, error.as_str().into(), None));
        }
        for mut working in taken {
            working.rollbacks += 1;
            if working.rollbacks > shared.rollbacks_max || no_try_helps {
                let (processor, attempts) = (processor.id.clone(), working.rollbacks);
                let (relationship, reason) = ("(error)".into(), Text::from(error.as_str()));
                self.fail(
                    working,
                    Failure { processor, relationship, reason, attempts, retry_at: None },
                );
            } else {
                let wait = decide::rollback_wait(processor, working.rollbacks);
                self.put_back(step, working, error.as_str().into(), Some(wait));
            }
        }
    }

    /// Puts a flowfile back where it was taken from: others pass it while it waits, or it keeps its place.
    fn put_back(
        &mut self,
        step: &Step,
        mut working: Working,
        details: Text,
        wait: Option<Duration>,
    ) {
        let shared = self.shared.clone();
        let now = shared.now();
        let event = Event { kind: EventKind::RolledBack, details: Some(details) };
        working.note(&shared.flow.processor(step.processor).id, event, now);
        match (working.home.or(step.connection), wait) {
            (Some(connection), Some(wait)) => {
                self.stand_one(working, connection, Some(later(now, wait)), now)
            }
            (connection, _) => self.leave(connection, [working]),
        }
    }
}

fn drop_event() -> Vec<Event> {
    vec![Event { kind: EventKind::Drop, details: None }]
}

fn add_to_leg(
    legs: &mut Vec<Leg>,
    connection: ConnectionIndex,
    working: Working,
    penalized_until: Option<jiff::Timestamp>,
) {
    match legs.iter_mut().find(|leg| leg.connection == connection) {
        Some(leg) => leg.flowfiles.push((working, penalized_until)),
        None => legs.push(Leg { connection, flowfiles: vec![(working, penalized_until)] }),
    }
}
