//! A chain: one transaction from queue to queue. It runs a processor on flowfiles out of a queue and goes on with what
//! comes out for as long as nothing stands in the way, so that many hops cost one commit. Each step has its own session;
//! a chain can be cut before any step, because a commit records every flowfile where it stands.
//!
//! What cuts it: an effect after another one, an effect that cannot be repeated (a commit before it and right after), a
//! queue that holds a file, has an order of its own or is not empty, a processor that merges, is busy, resting or disabled,
//! legs of different classes, and the limits of a transaction.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use processors_api::{
    Effect, Event, EventKind, FlowFileId, HeldFile, RunId, Session, SessionInput, SessionOutcome,
};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    decide,
    loan::Loan,
    merge::Merged,
    queue::Waiting,
    shared::{Shared, later},
    transaction::{Failure, Placement, Transaction, Working},
    trigger::{Ended, trigger},
};
use crate::{
    flow::{ConnectionIndex, ProcessorIndex},
    hold::{FileLock, LockError},
    limits::{CHAIN_ATTRIBUTE_BYTES_MAX, CHAIN_FLOWFILES_MAX},
    repository::{
        CommitError,
        record::{Begun, RunChange, Tick},
    },
};

/// What a chain begins with.
pub(super) struct ChainStart {
    pub(super) processor: ProcessorIndex,
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) work: Work,
}

pub(super) enum Work {
    /// Flowfiles out of a queue.
    Queue { connection: ConnectionIndex, flowfiles: Vec<Waiting> },
    /// A flowfile whose wait for the lock of a file is over.
    Held { connection: ConnectionIndex, flowfile: Box<Waiting>, lock: Result<FileLock, LockError> },
    /// A source that fires.
    Firing(Firing),
    /// What lies before a processor that merges, and which of them are new.
    Merge { loan: Loan, new: Vec<FlowFileId> },
}

/// One firing of a source.
#[derive(Clone, Debug)]
pub(super) struct Firing {
    pub(super) run: RunId,
    /// When it was due; none when a person asked for it.
    pub(super) due: Option<Timestamp>,
    /// The first trigger of the firing.
    pub(super) first: bool,
    /// Said once, by the first commit of the firing.
    pub(super) start: Option<(RunChange, Option<Tick>)>,
}

/// What a chain left behind.
#[derive(Default)]
pub(super) struct ChainEnd {
    pub(super) placements: Vec<Placement>,
    pub(super) failed: Vec<Waiting>,
    /// Processors that asked to be left alone.
    pub(super) resting: Vec<(ProcessorIndex, Duration)>,
    pub(super) fired: Option<Fired>,
    pub(super) merged: Option<Merged>,
    /// Held until the placements are in their queues, so that none overtakes them.
    pub(super) permits: Vec<OwnedSemaphorePermit>,
}

/// What one trigger of a source did.
#[derive(Debug)]
pub(super) struct Fired {
    pub(super) processor: ProcessorIndex,
    pub(super) brought_in: usize,
    /// It has more to hand out of what it found.
    pub(super) more: bool,
    /// What it looked for in vain.
    pub(super) nothing: Option<String>,
    /// Its session failed.
    pub(super) error: Option<SessionFailure>,
}

/// Why a session failed.
#[derive(Debug)]
pub(super) struct SessionFailure {
    pub(super) reason: String,
    /// A disk had no room: nobody's fault, so that no try is counted.
    pub(super) disk_full: bool,
    /// No other try can help.
    pub(super) is_final: bool,
}

/// Flowfiles before one processor.
pub(super) struct Step {
    pub(super) processor: ProcessorIndex,
    /// None for a source.
    pub(super) connection: Option<ConnectionIndex>,
    flowfiles: VecDeque<Working>,
    permit: OwnedSemaphorePermit,
}

/// Flowfiles on their way along one connection.
pub(super) struct Leg {
    pub(super) connection: ConnectionIndex,
    /// Each with the end of its penalty.
    pub(super) flowfiles: Vec<(Working, Option<Timestamp>)>,
}

pub(super) struct Chain {
    pub(super) shared: Arc<Shared>,
    pub(super) transaction: Transaction,
    pub(super) end: ChainEnd,
    /// An effect happened since the last commit.
    effect_done: bool,
    carried: usize,
    /// Bytes of attributes that the step under way sent on.
    pub(super) sent_bytes: usize,
}

/// Runs a chain to its end. When it returns, all it did is durable.
pub(super) async fn run(shared: Arc<Shared>, start: ChainStart) -> Result<ChainEnd, CommitError> {
    let (transaction, end) = Default::default();
    let mut chain =
        Chain { shared, transaction, end, effect_done: false, carried: 0, sent_bytes: 0 };
    let mut steps = VecDeque::new();
    match start.work {
        Work::Firing(firing) => {
            let step = Step {
                processor: start.processor,
                connection: None,
                flowfiles: VecDeque::new(),
                permit: start.permit,
            };
            let legs = chain.fire(&step, firing).await;
            chain.go_on(step, legs, &mut steps);
        }
        Work::Merge { loan, new } => {
            let step = Step {
                processor: start.processor,
                connection: None,
                flowfiles: VecDeque::new(),
                permit: start.permit,
            };
            let legs = chain.merge(&step, loan, new).await;
            legs.into_iter().for_each(|leg| chain.stand(leg));
            chain.end.permits.push(step.permit);
        }
        Work::Queue { connection, flowfiles } => {
            let flowfiles = flowfiles.into_iter().map(Working::known).collect();
            steps.push_back(Step {
                processor: start.processor,
                connection: Some(connection),
                flowfiles,
                permit: start.permit,
            });
        }
        Work::Held { connection, flowfile, lock } => {
            let flowfiles =
                VecDeque::from_iter(chain.enter_hold(connection, *flowfile, lock).await);
            steps.push_back(Step {
                processor: start.processor,
                connection: Some(connection),
                flowfiles,
                permit: start.permit,
            });
        }
    }
    while let Some(step) = steps.pop_front() {
        chain.step(step, &mut steps).await?;
    }
    chain.commit().await?;
    Ok(chain.end)
}

/// Ends flowfiles that were too old for their queue.
pub(super) async fn expire(
    shared: Arc<Shared>,
    connection: ConnectionIndex,
    flowfiles: Vec<Waiting>,
) -> Result<ChainEnd, CommitError> {
    let mut transaction = Transaction::default();
    let (_, name) = shared.connection(connection);
    let processor = &shared.flow.processor(shared.flow.connection(connection).to).id;
    for waiting in flowfiles {
        let mut working = Working::known(waiting);
        let details = Some(format!("too old for {name}").into());
        working.note(processor, Event { kind: EventKind::Expire, details }, shared.now());
        transaction.end(working);
    }
    let (placements, failed) = shared.commit(transaction).await?;
    Ok(ChainEnd { placements, failed, ..ChainEnd::default() })
}

impl Chain {
    async fn step(
        &mut self,
        mut step: Step,
        steps: &mut VecDeque<Step>,
    ) -> Result<(), CommitError> {
        let (processor, node) = self.shared.node(step.processor);
        let effect = processor.effect;
        // A commit tells where every flowfile of the transaction stands: those of other steps are between two queues.
        let is_due_first = match effect {
            Effect::Pure => false,
            Effect::Repeatable => self.effect_done,
            Effect::NotRepeatable => self.effect_done || !steps.is_empty(),
        };
        if is_due_first {
            self.leave(step.connection, step.flowfiles);
            self.end.permits.push(step.permit);
            return Ok(());
        }
        node.counters.take(step.flowfiles.len());
        if effect == Effect::NotRepeatable {
            self.begin_effect(&mut step).await?;
        }
        let legs = self.work(&mut step).await;
        self.effect_done |= effect != Effect::Pure;
        if effect == Effect::NotRepeatable {
            // What cannot be fetched again is durable before anything else happens.
            legs.into_iter().for_each(|leg| self.stand(leg));
            self.end.permits.push(step.permit);
            return self.commit().await;
        }
        self.go_on(step, legs, steps);
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        let (placements, failed) =
            self.shared.commit(std::mem::take(&mut self.transaction)).await?;
        self.end.placements.extend(placements);
        self.end.failed.extend(failed);
        self.effect_done = false;
        Ok(())
    }

    /// Marks the flowfiles of a step as *begun*, durably, before an effect that cannot be repeated safely.
    async fn begin_effect(&mut self, step: &mut Step) -> Result<(), CommitError> {
        let Some(connection) = step.connection else { return Ok(()) };
        let shared = self.shared.clone();
        let processor = shared.flow.processor(step.processor);
        let now = shared.now();
        let mut begun = VecDeque::new();
        for mut working in std::mem::take(&mut step.flowfiles) {
            if self.has_lost_hold(&working) {
                self.divert(working, Some("nothing was sent: somebody else changed the held file"))
                    .await;
                continue;
            }
            if working.begun.is_some() && decide::fails_after_crash(processor) {
                let (processor, attempts) = (processor.id.clone(), working.retries + 1);
                let (relationship, reason) = ("(after crash)".into(), decide::may_have_happened());
                self.fail(
                    working,
                    Failure { processor, relationship, reason, attempts, retry_at: None },
                );
                continue;
            }
            working.begun = Some(Begun { processor: processor.id.clone(), time: now });
            begun.push_back(self.transaction.begin(working, shared.connection(connection).1, now));
        }
        step.flowfiles = begun;
        self.commit().await
    }

    /// Runs the sessions of a step until all its flowfiles went through, as far as a transaction goes.
    async fn work(&mut self, step: &mut Step) -> Vec<Leg> {
        let (mut legs, mut batch) = (Vec::new(), Vec::new());
        self.sent_bytes = 0;
        while !(batch.is_empty() && step.flowfiles.is_empty()) {
            if self.is_to_end(step.processor) {
                let rest = batch.into_iter().chain(step.flowfiles.drain(..));
                self.leave(step.connection, rest);
                break;
            }
            if batch.is_empty() {
                batch = next_batch(&mut step.flowfiles);
            }
            let before = batch.len();
            batch = self.session(step, batch, &mut legs).await;
            if batch.len() == before {
                self.rest(step.processor, self.shared.flow.processor(step.processor).yield_time);
            }
        }
        legs
    }

    /// Runs one session; gives the flowfiles that it did not take.
    async fn session(
        &mut self,
        step: &Step,
        batch: Vec<Working>,
        legs: &mut Vec<Leg>,
    ) -> Vec<Working> {
        let shared = self.shared.clone();
        let (processor, node) = shared.node(step.processor);
        let Some(run) = batch.first().map(|working| working.record.run) else { return batch };
        let input = batch.iter().map(|working| self.input(working)).collect();
        let session = Session::new(node.context.clone(), run, input, node.state());
        node.counters.start();
        let (mut session, ended) =
            trigger(&processor.processor, processor.kind.blocking, session).await;
        node.counters.stop();
        let left = session.as_mut().map(Session::take_untaken).unwrap_or_default();
        let (taken, untaken) = divide(batch, &left);
        match outcome_of(session, ended) {
            Ok(outcome) => self.absorb(step, taken, outcome, legs).await,
            // Before it took one: it cannot be said at which it failed, and none may come back for ever.
            Err((error, _)) if taken.is_empty() => {
                self.roll_back(step, untaken, &error);
                return Vec::new();
            }
            Err((error, _)) => self.roll_back(step, taken, &error),
        }
        untaken
    }

    fn input(&self, working: &Working) -> SessionInput {
        let ledger = self.shared.ledger();
        let tally = working.hold.as_ref().and_then(|file| ledger.hold(file));
        let held = tally.map(|tally| HeldFile {
            path: (*tally.hold.file).into(),
            version: tally.hold.version.clone(),
        });
        let since = working.since.unwrap_or_else(|| self.shared.now());
        SessionInput { record: working.record.clone(), held, since }
    }

    /// One trigger of a source.
    async fn fire(&mut self, step: &Step, firing: Firing) -> Vec<Leg> {
        let shared = self.shared.clone();
        let (processor, node) = shared.node(step.processor);
        let about = processors_api::Firing { due: firing.due, first: firing.first };
        let session = Session::new(node.context.clone(), firing.run, VecDeque::new(), node.state())
            .firing(about);
        if let Some((run, tick)) = firing.start {
            self.transaction.start_run(run, tick);
        }
        node.counters.start();
        let (session, ended) =
            trigger(&processor.processor, processor.kind.blocking, session).await;
        node.counters.stop();
        let mut fired = Fired {
            processor: step.processor,
            brought_in: 0,
            more: false,
            nothing: None,
            error: None,
        };
        let mut legs = Vec::new();
        match outcome_of(session, ended) {
            Ok(mut outcome) => {
                fired.brought_in = outcome.transfers.len();
                fired.more = outcome.has_more;
                fired.nothing = outcome.nothing.take();
                node.counters.take(fired.brought_in);
                self.absorb(step, Vec::new(), outcome, &mut legs).await;
            }
            Err((error, _)) => fired.error = Some(error),
        }
        self.end.fired = Some(fired);
        legs
    }

    /// Goes on with what came out of a step, or leaves it in its queues.
    fn go_on(&mut self, step: Step, legs: Vec<Leg>, steps: &mut VecDeque<Step>) {
        let class = |leg: &Leg| self.shared.flow.processor(self.target(leg)).effect;
        let one_class = legs.len() <= 1 || legs.iter().all(|leg| class(leg) == Effect::Pure);
        let mut all_moved = true;
        for leg in legs {
            match self.enter(&leg).filter(|_| one_class) {
                Some(permit) => {
                    self.carried += leg.flowfiles.len();
                    let flowfiles = leg.flowfiles.into_iter().map(|(working, _)| working).collect();
                    let (processor, connection) =
                        (self.shared.flow.connection(leg.connection).to, Some(leg.connection));
                    steps.push_back(Step { processor, connection, flowfiles, permit });
                }
                None => {
                    all_moved = false;
                    self.stand(leg);
                }
            }
        }
        // A state that is not committed is seen by nobody: a later one could be committed before it.
        let processor = &self.shared.flow.processor(step.processor).id;
        if !all_moved || self.transaction.changes_state_of(processor) {
            self.end.permits.push(step.permit);
        }
    }

    fn target(&self, leg: &Leg) -> ProcessorIndex {
        self.shared.flow.connection(leg.connection).to
    }

    /// The permit to go on into the processor behind a connection, if nothing cuts the chain there.
    fn enter(&self, leg: &Leg) -> Option<OwnedSemaphorePermit> {
        let shared = &self.shared;
        let connection = shared.flow.connection(leg.connection);
        let (processor, node) = shared.node(connection.to);
        let single = processor.kind.waits || processor.effect == Effect::NotRepeatable;
        let open = connection.hold.is_none()
            && !processor.kind.merges
            && connection.is_in_order()
            && !self.has_too_old(leg)
            && shared.gauge(leg.connection).count() == 0
            && processor.enabled
            && processor.schedule.is_none()
            && !node.is_resting()
            && !shared.is_stopping()
            && !shared.is_backed_up(processor)
            && (processor.effect == Effect::Pure || !self.effect_done)
            && (!single || leg.flowfiles.len() == 1)
            && leg.flowfiles.iter().all(|(_, penalized_until)| penalized_until.is_none())
            && self.has_room_for(leg);
        if open { node.permits.clone().try_acquire_owned().ok() } else { None }
    }

    /// Whether one of them is too old for the queue that they would pass.
    fn has_too_old(&self, leg: &Leg) -> bool {
        let Some(expire) = self.shared.flow.connection(leg.connection).expire else { return false };
        let now = self.shared.now();
        let is_too_old =
            |(working, _): &(Working, _)| later(working.record.entry_date, expire) <= now;
        leg.flowfiles.iter().any(is_too_old)
    }

    fn has_room_for(&self, leg: &Leg) -> bool {
        let attributes: usize =
            leg.flowfiles.iter().map(|(working, _)| working.record.attributes.size()).sum();
        self.carried + leg.flowfiles.len() <= CHAIN_FLOWFILES_MAX
            && attributes <= CHAIN_ATTRIBUTE_BYTES_MAX
    }

    /// Leaves the flowfiles of a leg in its queue.
    fn stand(&mut self, leg: Leg) {
        let now = self.shared.now();
        for (working, penalized_until) in leg.flowfiles {
            self.stand_one(working, leg.connection, penalized_until, now);
        }
    }

    pub(super) fn stand_one(
        &mut self,
        mut working: Working,
        connection: ConnectionIndex,
        until: Option<Timestamp>,
        now: Timestamp,
    ) {
        let shared = self.shared.clone();
        working.hold = working.hold.filter(|hold| self.keeps_hold(hold, connection));
        self.transaction.stand(working, shared.connection(connection), until, now);
    }

    /// Says that a processor is to be left alone for a while.
    pub(super) fn rest(&mut self, processor: ProcessorIndex, wait: Duration) {
        self.end.resting.push((processor, wait));
    }

    /// Whether a processor gets no more flowfiles in this transaction.
    fn is_to_end(&self, processor: ProcessorIndex) -> bool {
        self.shared.is_stopping()
            || self.sent_bytes > CHAIN_ATTRIBUTE_BYTES_MAX
            || self.end.resting.iter().any(|(resting, _)| *resting == processor)
    }

    /// Leaves flowfiles that a processor did not take at the head of the queue they came from.
    pub(super) fn leave(
        &mut self,
        connection: Option<ConnectionIndex>,
        flowfiles: impl IntoIterator<Item = Working>,
    ) {
        let Some(connection) = connection else { return };
        let now = self.shared.now();
        for mut working in flowfiles {
            working.begun = None;
            self.transaction.leave(working, self.shared.connection(connection), now);
        }
    }
}

/// The flowfiles of the next session: one that holds a file goes alone.
fn next_batch(flowfiles: &mut VecDeque<Working>) -> Vec<Working> {
    if flowfiles.front().is_some_and(|first| first.hold.is_some()) {
        return flowfiles.pop_front().into_iter().collect();
    }
    let free =
        flowfiles.iter().position(|working| working.hold.is_some()).unwrap_or(flowfiles.len());
    flowfiles.drain(..free).collect()
}

/// Those that a session took, and those that it left.
fn divide(batch: Vec<Working>, left: &VecDeque<SessionInput>) -> (Vec<Working>, Vec<Working>) {
    let taken = batch.len() - left.len();
    let id = |working: Option<&Working>| working.map(|working| working.record.id);
    if id(batch.get(taken)) == left.front().map(|input| input.record.id) {
        let mut batch = batch;
        let untaken = batch.split_off(taken);
        return (batch, untaken);
    }
    // It gave one back and went on behind it.
    let left: HashSet<FlowFileId> = left.iter().map(|input| input.record.id).collect();
    batch.into_iter().partition(|working| !left.contains(&working.record.id))
}

/// What a session did; or why it failed, and what it had taken.
pub(super) fn outcome_of(
    session: Option<Session>,
    ended: Ended,
) -> Result<SessionOutcome, (SessionFailure, Vec<SessionInput>)> {
    let broken = |reason: String| SessionFailure { reason, disk_full: false, is_final: false };
    let Some(session) = session else {
        return Err((broken("the processor's thread was lost".to_owned()), Vec::new()));
    };
    match ended {
        Ok(()) => session.finish().map_err(|(error, taken)| (broken(error.to_string()), taken)),
        Err(error) => {
            let (disk_full, is_final) = (error.is_disk_full(), error.is_final());
            let failure = SessionFailure { reason: error.to_string(), disk_full, is_final };
            Err((failure, session.roll_back()))
        }
    }
}
