//! A transaction: what one chain did to its flowfiles, from queue to queue, gathered into one commit record. It decides
//! nothing and writes nothing.

use jiff::Timestamp;
use processors_api::{
    AfterCommit, AttributeChanges, Event, EventKind, FlowFileId, FlowFileRecord, RunId, State,
    core_attributes,
};

use super::{
    ledger::{Ledger, Standing},
    queue::Waiting,
};
use crate::{
    flow::ConnectionIndex,
    hold::FileLock,
    repository::record::{
        AfterCommitChange, Begun, Birth, CommitRecord, End, FAILED, FlowFileChange, Hold,
        HoldChange, Hop, Name, Queued, RunChange, StateChange, Tick,
    },
};

/// The place where a failed flowfile had taken a hold. Put back, it goes through there again: what it wanted to write
/// may be older by then than the file.
pub(super) const FAILED_HOLDING: &str = "failure.hold";

/// A flowfile between two queues.
pub(super) struct Working {
    pub(super) record: FlowFileRecord,
    /// What the journal knows of it; none when this transaction made it.
    known: Option<Standing>,
    birth: Option<Birth>,
    trail: Vec<Hop>,
    /// The queue that it was taken from, when its step has several.
    pub(super) home: Option<ConnectionIndex>,
    /// Since when it is in the queue that it was taken from.
    pub(super) since: Option<Timestamp>,
    pub(super) rollbacks: u32,
    pub(super) retries: u32,
    pub(super) begun: Option<Begun>,
    pub(super) hold: Option<Name>,
}

/// A flowfile and the queue that it enters once the commit is durable.
pub(super) struct Placement {
    pub(super) connection: ConnectionIndex,
    /// It was taken from there, and comes back before those that came later.
    pub(super) at_head: bool,
    pub(super) waiting: Waiting,
}

/// Why a flowfile goes to the failed queue.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) processor: Name,
    pub(super) relationship: Name,
    pub(super) reason: processors_api::Text,
    pub(super) attempts: u32,
    /// When the other side said that it may be tried again.
    pub(super) retry_at: Option<Timestamp>,
}

/// What a chain did since its last commit.
#[derive(Default)]
pub(super) struct Transaction {
    record: CommitRecord,
    moves: Vec<(RunId, Standing, Standing)>,
    pub(super) placements: Vec<Placement>,
    pub(super) failed: Vec<Waiting>,
    /// Locks to give back once the commit is durable.
    pub(super) released: Vec<FileLock>,
    pub(super) after_commit: Vec<AfterCommit>,
}

impl Working {
    /// A flowfile out of its queue.
    pub(super) fn known(waiting: Waiting) -> Self {
        let Queued { rollbacks, retries, begun, hold, connection, since, .. } = waiting.queued;
        let known = Some(Standing { live: *connection != *FAILED, hold: hold.clone() });
        let (record, since) = (waiting.record, Some(since));
        Self {
            record,
            known,
            birth: None,
            trail: Vec::new(),
            home: None,
            since,
            rollbacks,
            retries,
            begun,
            hold,
        }
    }

    /// A flowfile out of its queue that has just taken a hold, for which the ledger counts it already.
    pub(super) fn holding(waiting: Waiting, file: Name) -> Self {
        let mut working = Self::known(waiting);
        working.hold = Some(file.clone());
        working.known = Some(Standing { live: true, hold: Some(file) });
        working
    }

    /// A flowfile that a session, or the engine, just made.
    pub(super) fn born(
        record: FlowFileRecord,
        parents: Vec<FlowFileId>,
        hold: Option<Name>,
    ) -> Self {
        let birth = Birth {
            parents,
            entry_date: record.entry_date,
            lineage_start: record.lineage_start,
            run: record.run,
            attributes: record.attributes.clone(),
            content: record.content.clone(),
        };
        let birth = Some(birth);
        let (known, since, begun) = (None, None, None);
        Self {
            record,
            known,
            birth,
            trail: Vec::new(),
            home: None,
            since,
            rollbacks: 0,
            retries: 0,
            begun,
            hold,
        }
    }

    /// Records what a processor did and makes it so.
    pub(super) fn hop(
        &mut self,
        processor: &Name,
        relationship: Option<Name>,
        mut events: Vec<Event>,
        now: FlowFileRecord,
        time: Timestamp,
    ) {
        let changes = now.attributes.changes_since(&self.record.attributes);
        let content = (!now.content.is_same(&self.record.content)).then(|| now.content.clone());
        if events.is_empty() {
            let kind = match (&content, changes.is_empty()) {
                (Some(_), _) => EventKind::ContentModified,
                (None, false) => EventKind::AttributesModified,
                (None, true) => EventKind::Route,
            };
            events.push(Event { kind, details: None });
        }
        self.trail.push(Hop {
            time,
            processor: processor.clone(),
            relationship,
            events,
            changes,
            content,
        });
        self.record = now;
    }

    /// Records its way to the failed queue: a part of the hop that led there, when this transaction has it.
    fn failed_hop(
        &mut self,
        failure: &Failure,
        event: Event,
        now: FlowFileRecord,
        time: Timestamp,
    ) {
        let relationship = Some(failure.relationship.clone());
        match self
            .trail
            .last_mut()
            .filter(|hop| hop.processor == failure.processor && hop.relationship == relationship)
        {
            Some(hop) => {
                hop.changes.set.extend(now.attributes.changes_since(&self.record.attributes).set);
                hop.events.push(event);
                self.record = now;
            }
            None => self.hop(&failure.processor, relationship, vec![event], now, time),
        }
    }

    /// Records something that happened to it without changing it.
    pub(super) fn note(&mut self, processor: &Name, event: Event, time: Timestamp) {
        let changes = AttributeChanges::default();
        let events = vec![event];
        self.trail.push(Hop {
            time,
            processor: processor.clone(),
            relationship: None,
            events,
            changes,
            content: None,
        });
    }

    /// The processor that worked on it last, as far as this transaction knows.
    pub(super) fn last_processor(&self) -> Option<Name> {
        self.trail.last().map(|hop| hop.processor.clone())
    }

    fn standing(&self, live: bool) -> Standing {
        Standing { live, hold: self.hold.clone().filter(|_| live) }
    }
}

impl Transaction {
    /// Leaves a flowfile in a queue.
    pub(super) fn stand(
        &mut self,
        working: Working,
        connection: (ConnectionIndex, &Name),
        penalized_until: Option<Timestamp>,
        now: Timestamp,
    ) {
        let waiting = self.queue(working, connection.1, penalized_until, None, now);
        self.placements.push(Placement { connection: connection.0, at_head: false, waiting });
    }

    /// Leaves a flowfile in the queue of a processor that begins an effect on it, and goes on with it.
    pub(super) fn begin(&mut self, working: Working, connection: &Name, now: Timestamp) -> Working {
        let since = working.since.unwrap_or(now);
        Working::known(self.queue(working, connection, None, None, since))
    }

    /// Leaves a flowfile where it was, as it was.
    pub(super) fn leave(
        &mut self,
        working: Working,
        connection: (ConnectionIndex, &Name),
        now: Timestamp,
    ) {
        let since = working.since.unwrap_or(now);
        let waiting = self.queue(working, connection.1, None, None, since);
        self.placements.push(Placement { connection: connection.0, at_head: true, waiting });
    }

    /// Leaves a flowfile in the failed queue; `place` is where it took the hold that it loses.
    pub(super) fn fail(
        &mut self,
        mut working: Working,
        failure: &Failure,
        place: Option<Name>,
        number: u64,
        now: Timestamp,
    ) {
        let mut record = working.record.clone();
        let mut set = |name: &str, value: processors_api::Text| record.attributes.set(name, value);
        set("failure.processor", failure.processor.to_string().into());
        set("failure.relationship", failure.relationship.to_string().into());
        set("failure.reason", failure.reason.clone());
        set("failure.run", working.record.run.to_string().into());
        set("failure.time", now.to_string().into());
        set("failure.attempts", failure.attempts.to_string().into());
        if let Some(place) = place {
            set(FAILED_HOLDING, place.to_string().into());
        }
        if let Some(retry_at) = failure.retry_at {
            set("failure.retry_at", retry_at.to_string().into());
        }
        let event = Event { kind: EventKind::Route, details: Some(failure.reason.clone()) };
        working.failed_hop(failure, event, record, now);
        working.hold = None;
        let waiting = self.queue(working, &FAILED.into(), None, Some(number), now);
        self.failed.push(waiting);
    }

    /// Ends a flowfile.
    pub(super) fn end(&mut self, working: Working) {
        let after = working.standing(false);
        self.book(&working, after);
        let Working { record, birth, trail, .. } = working;
        self.record.flowfiles.push(FlowFileChange { id: record.id, birth, trail, end: End::Gone });
    }

    fn queue(
        &mut self,
        working: Working,
        connection: &Name,
        penalized_until: Option<Timestamp>,
        failed_number: Option<u64>,
        now: Timestamp,
    ) -> Waiting {
        let after = working.standing(failed_number.is_none());
        self.book(&working, after);
        let Working { record, birth, trail, rollbacks, retries, begun, hold, .. } = working;
        let queued = Queued {
            connection: connection.clone(),
            since: now,
            penalized_until,
            rollbacks,
            retries,
            begun,
            hold,
            failed_number,
            replayed_as: None,
        };
        let end = End::Queued(queued.clone());
        self.record.flowfiles.push(FlowFileChange { id: record.id, birth, trail, end });
        Waiting { record, queued }
    }

    fn book(&mut self, working: &Working, after: Standing) {
        let before = working.known.clone().unwrap_or_default();
        self.moves.push((working.record.run, before, after));
    }

    /// Marks a failed flowfile as replayed; it stays where it is.
    pub(super) fn replayed(&mut self, mut waiting: Waiting, by: FlowFileId) -> Waiting {
        waiting.queued.replayed_as = Some(by);
        let end = End::Queued(waiting.queued.clone());
        self.record.flowfiles.push(FlowFileChange {
            id: waiting.record.id,
            birth: None,
            trail: Vec::new(),
            end,
        });
        waiting
    }

    pub(super) fn start_run(&mut self, change: RunChange, tick: Option<Tick>) {
        self.record.runs.push(change);
        self.record.ticks.extend(tick);
    }

    pub(super) fn set_state(&mut self, processor: &Name, values: State) {
        self.record.states.retain(|change| change.processor != *processor);
        self.record.states.push(StateChange { processor: processor.clone(), values });
    }

    pub(super) fn changes_state_of(&self, processor: &Name) -> bool {
        self.record.states.iter().any(|change| change.processor == *processor)
    }

    pub(super) fn take_hold(&mut self, hold: Hold) {
        self.record.holds.push(HoldChange::Taken(hold));
    }

    /// Ends a hold because its file was written.
    pub(super) fn end_hold(&mut self, file: &Name, ledger: &mut Ledger) {
        if let Some((change, tally)) = ledger.end_hold(file) {
            self.record.holds.push(change);
            self.released.extend(tally.lock);
        }
    }

    pub(super) fn due_after_commit(&mut self, action: AfterCommit) {
        self.record.after_commit.push(AfterCommitChange::Due(action.clone()));
        self.after_commit.push(action);
    }

    /// What was done is struck out before what is due now: it may be due at the same path again.
    pub(super) fn done_after_commit(&mut self, done: Vec<Name>) {
        let done = done.into_iter().map(|path| AfterCommitChange::Done { path });
        self.record.after_commit.splice(0..0, done);
    }

    /// Adds what follows for runs and holds, and gives the record. None when nothing changed.
    pub(super) fn seal(&mut self, ledger: &mut Ledger, now: Timestamp) -> Option<CommitRecord> {
        for (run, before, after) in self.moves.drain(..) {
            ledger.book(run, &before, &after);
        }
        self.count(ledger);
        for (change, tally) in ledger.end_idle_holds() {
            self.record.holds.push(change);
            self.released.extend(tally.lock);
        }
        self.record.runs.extend(ledger.end_idle_runs());
        self.record.time = now;
        let record = std::mem::take(&mut self.record);
        let CommitRecord { flowfiles, states, runs, ticks, holds, after_commit, .. } = &record;
        let empty =
            flowfiles.is_empty() && states.is_empty() && runs.is_empty() && ticks.is_empty();
        (!(empty && holds.is_empty() && after_commit.is_empty())).then_some(record)
    }
}

impl Transaction {
    /// Counts what was born in runs and what of them failed.
    fn count(&self, ledger: &mut Ledger) {
        for birth in self.record.flowfiles.iter().filter_map(|change| change.birth.as_ref()) {
            ledger.run(birth.run).into_iter().for_each(|tally| tally.born += 1);
        }
        for failed in &self.failed {
            let Some(tally) = ledger.run(failed.record.run) else { continue };
            tally.failed += 1;
            tally.deferred += u64::from(failed.record.attributes.get("failure.retry_at").is_some());
        }
    }
}

/// The last answer of an HTTP server that a flowfile carries, for the reason of a failure.
pub(super) fn last_answer(record: &FlowFileRecord) -> Option<String> {
    let code = record.attributes.get("invokehttp.status.code")?.masked().to_owned();
    let message =
        record.attributes.get("invokehttp.status.message").map_or("", |message| message.masked());
    Some(format!("{code} {message}").trim_end().to_owned())
}

/// The version of the file that a flowfile's content came from.
pub(super) fn file_version(record: &FlowFileRecord) -> Option<&str> {
    record.attributes.get(core_attributes::FILE_VERSION).map(|version| version.reveal())
}
