//! The scheduler: it owns the queues, starts chains where there is work and room, and sleeps until something happens. One
//! task, no lock on a queue; chains get their flowfiles by value and give back where they stand.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use processors_api::{Effect, RunId};
use tokio::task::{JoinError, JoinSet};

use super::{
    EngineError,
    chain::{self, ChainEnd, ChainStart, Fired, Firing, SessionFailure, Work},
    hold::wait_of,
    ledger::Ledger,
    queue::{Queue, Waiting},
    report::{Failed, NothingFound, RunReport, SourceError, Stuck},
    shared::{Shared, later},
    stuck,
    transaction::{Placement, Transaction},
};
use crate::{
    flow::{ConnectionIndex, OnNothing, ProcessorIndex},
    hold::{FileLock, HolderInfo, LockError},
    limits::{CHAIN_FLOWFILES_MAX, ROOM_POLL, SOURCE_TRIES_MAX, SWEEP_EVERY},
    repository::{
        CommitError, NoRoom,
        record::{FAILED, RunChange, Tick, Trigger},
    },
};

mod expiry;
mod merging;

use merging::Merging;

/// The queues of a running flow and what is under way in it.
pub(super) struct Scheduler {
    pub(super) shared: Arc<Shared>,
    queues: Vec<Queue>,
    /// The failed queue, by short number.
    pub(super) failed: BTreeMap<u64, Waiting>,
    chains: JoinSet<Result<ChainEnd, CommitError>>,
    lock_waits: JoinSet<Option<LockWait>>,
    /// Connections whose first flowfile waits for a lock.
    at_lock: HashSet<ConnectionIndex>,
    /// Processors that merge and were triggered before.
    merging: HashMap<ProcessorIndex, Merging>,
    firings: HashMap<ProcessorIndex, SourceFiring>,
    resting: HashMap<ProcessorIndex, Timestamp>,
    ticks: HashMap<ProcessorIndex, Timestamp>,
    /// For each processor, how often it was its turn.
    turns: Vec<usize>,
    next_sweep: Timestamp,
    report: RunReport,
}

/// The end of a wait for a lock, and the permit of the processor behind it.
type LockWait = (ConnectionIndex, tokio::sync::OwnedSemaphorePermit, Result<FileLock, LockError>);

/// A firing that is not over.
struct SourceFiring {
    firing: Firing,
    brought_in: usize,
    tries: u32,
    /// A chain of it is under way.
    running: bool,
}

/// What makes sources fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Firings {
    /// Nobody: what is left of an earlier run is worked off, as far as that needs no more to come.
    Later,
    /// Nobody: what is queued is worked off.
    None,
    /// Their schedules.
    Scheduled,
}

impl Scheduler {
    pub(super) fn new(shared: Arc<Shared>, ticks: HashMap<ProcessorIndex, Timestamp>) -> Self {
        let queues = shared.flow.connections.iter().map(Queue::of).collect();
        let turns = vec![0; shared.flow.processors.len()];
        Self {
            turns,
            next_sweep: Timestamp::MIN,
            shared,
            queues,
            failed: BTreeMap::new(),
            chains: JoinSet::new(),
            lock_waits: JoinSet::new(),
            at_lock: HashSet::new(),
            merging: HashMap::new(),
            firings: HashMap::new(),
            resting: HashMap::new(),
            ticks,
            report: RunReport::default(),
        }
    }

    /// Puts a flowfile into a queue; what it holds and belongs to is booked already.
    pub(super) fn enqueue(&mut self, Placement { connection, at_head, waiting }: Placement) {
        let (queue, gauge) = (&mut self.queues[connection.0], self.shared.gauge(connection));
        if at_head { queue.push_front(waiting, gauge) } else { queue.push(waiting, gauge) }
    }

    /// Puts flowfiles into their queues, in their order.
    fn enqueue_all(&mut self, placements: Vec<Placement>) {
        let (back, on): (Vec<_>, Vec<_>) =
            placements.into_iter().partition(|placement| placement.at_head);
        on.into_iter().chain(back.into_iter().rev()).for_each(|placement| self.enqueue(placement));
    }

    /// Puts flowfiles into the failed queue that came there just now.
    pub(super) fn add_failed(&mut self, failed: Vec<Waiting>) {
        for waiting in failed {
            self.report.failed.push(Failed::of(&waiting));
            self.keep_failed(waiting);
        }
    }

    /// Puts a flowfile into the failed queue that was there before.
    pub(super) fn keep_failed(&mut self, waiting: Waiting) {
        self.failed.insert(waiting.queued.failed_number.unwrap_or_default(), waiting);
    }

    pub(super) fn take_report(&mut self) -> RunReport {
        std::mem::take(&mut self.report)
    }

    /// Works until nothing is left to do, or until it is told to stop.
    pub(super) async fn work(&mut self, firings: Firings) -> Result<(), EngineError> {
        loop {
            let stopping = self.shared.is_stopping();
            if !stopping {
                if firings == Firings::Scheduled {
                    self.fire_due();
                    self.sweep_if_due();
                }
                self.dispatch(firings);
            }
            let wake = (!stopping).then(|| self.next_wake(firings)).flatten();
            let under_way = !self.chains.is_empty() || (!stopping && !self.lock_waits.is_empty());
            if !under_way && wake.is_none() && (stopping || firings != Firings::Scheduled) {
                self.report.stuck = if stopping { Vec::new() } else { self.stuck() };
                self.lock_waits.abort_all();
                return Ok(());
            }
            self.wait(wake, stopping).await?;
        }
    }

    /// Lets go of what is kept no longer, beside everything else.
    fn sweep_if_due(&mut self) {
        let now = self.shared.now();
        if now >= self.next_sweep {
            self.next_sweep = later(now, SWEEP_EVERY);
            self.sweep();
        }
    }

    fn sweep(&self) {
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || shared.sweep());
    }

    /// Waits for the next thing to happen, and for a stop that was not seen yet.
    async fn wait(&mut self, wake: Option<Timestamp>, stopping: bool) -> Result<(), EngineError> {
        let shared = self.shared.clone();
        let sleep = wake.map(|wake| until(shared.now(), wake));
        tokio::select! {
            Some(end) = self.chains.join_next(), if !self.chains.is_empty() => self.take_over(end)?,
            Some(wait) = self.lock_waits.join_next(), if !self.lock_waits.is_empty() => self.enter_hold(wait),
            () = tokio::time::sleep(sleep.unwrap_or_default()), if sleep.is_some() => {}
            () = shared.stop_requested(), if !stopping => {}
        }
        Ok(())
    }

    /// When something is due next although nothing happens until then.
    fn next_wake(&self, firings: Firings) -> Option<Timestamp> {
        let penalties = self.queues.iter().filter_map(Queue::next_due);
        let with_input = |index: &ProcessorIndex| {
            let merges = || self.merging.get(index).is_some_and(Merging::is_wanting);
            self.has_input(*index) || self.firings.contains_key(index) || merges()
        };
        let resting =
            self.resting.iter().filter(|(index, _)| with_input(index)).map(|(_, until)| *until);
        let ticks = self.ticks.values().copied().chain([self.next_sweep]).chain(self.next_expiry());
        let ticks = ticks.filter(|_| firings == Firings::Scheduled);
        let merges = self.next_merge_due().filter(|_| firings != Firings::Later);
        penalties.chain(resting).chain(ticks).chain(merges).min()
    }

    /// Starts whatever can start.
    fn dispatch(&mut self, firings: Firings) {
        let now = self.shared.now();
        self.expire(now);
        self.queues.iter_mut().for_each(|queue| queue.release(now));
        self.resting.retain(|_, until| *until > now);
        for (index, node) in self.shared.nodes.iter().enumerate() {
            node.rest(self.resting.contains_key(&ProcessorIndex(index)));
        }
        for index in (0..self.shared.nodes.len()).map(ProcessorIndex) {
            while self.start(index, Self::next_work) {}
        }
        self.dispatch_quiet(firings);
    }

    /// Starts one chain at a processor, if it has something to do and may.
    fn start(
        &mut self,
        index: ProcessorIndex,
        next_work: impl Fn(&mut Self, ProcessorIndex) -> Option<Work>,
    ) -> bool {
        let shared = self.shared.clone();
        let (processor, node) = shared.node(index);
        if !processor.enabled || self.resting.contains_key(&index) || shared.is_backed_up(processor)
        {
            return false;
        }
        self.wait_for_locks(index);
        let Ok(permit) = node.permits.clone().try_acquire_owned() else { return false };
        let Some(work) = next_work(self, index) else { return false };
        self.chains
            .spawn(chain::run(shared.clone(), ChainStart { processor: index, permit, work }));
        true
    }

    fn next_work(&mut self, index: ProcessorIndex) -> Option<Work> {
        let shared = self.shared.clone();
        let processor = shared.flow.processor(index);
        if let Some(source) = self.firings.get_mut(&index).filter(|source| !source.running) {
            let room = shared.repository.room();
            source.running = room.is_ok();
            let work = Work::Firing(source.firing.clone());
            return match room {
                Ok(()) => Some(work),
                Err(full) => {
                    self.wait_for_room(index, &full);
                    None
                }
            };
        }
        if processor.kind.merges {
            return self.next_merge(index);
        }
        let single = processor.kind.waits || processor.effect == Effect::NotRepeatable;
        let max = if single { 1 } else { CHAIN_FLOWFILES_MAX };
        let ledger = shared.ledger();
        for connection in self.in_turn(index) {
            let place = shared.flow.connection(connection).hold.is_some();
            let may_go = |waiting: &Waiting| may_go(&ledger, place, waiting);
            let flowfiles = self.queues[connection.0].take(max, may_go, shared.gauge(connection));
            if !flowfiles.is_empty() {
                return Some(Work::Queue { connection, flowfiles });
            }
        }
        None
    }

    /// Keeps a source from bringing in more until the disk has room again.
    fn wait_for_room(&mut self, index: ProcessorIndex, full: &NoRoom) {
        let processor = &self.shared.flow.processor(index).id;
        tracing::warn!(processor = &**processor, %full, "source waits; nothing is lost, and it goes on when there is room");
        self.resting.insert(index, later(self.shared.now(), ROOM_POLL));
        self.sweep();
    }

    /// The connections that lead to a processor, each call beginning with another one, so that none starves.
    fn in_turn(&mut self, index: ProcessorIndex) -> Vec<ConnectionIndex> {
        let mut incoming = self.shared.flow.processor(index).incoming.clone();
        let turn = &mut self.turns[index.0];
        *turn = turn.wrapping_add(1);
        if let Some(first) = turn.checked_rem(incoming.len()) {
            incoming.rotate_left(first);
        }
        incoming
    }

    fn has_input(&self, index: ProcessorIndex) -> bool {
        let ledger = self.shared.ledger();
        let flow = &self.shared.flow;
        flow.processor(index).incoming.iter().any(|connection| {
            // At a place whose lock is asked for already, that answer wakes.
            let place = self.at_lock.contains(connection);
            self.queues[connection.0].has_ready(|waiting| may_go(&ledger, place, waiting))
        })
    }

    /// Asks for the lock of every place before a processor at which a flowfile waits for one.
    fn wait_for_locks(&mut self, index: ProcessorIndex) {
        let shared = self.shared.clone();
        for &connection in &shared.flow.processor(index).incoming {
            let Some(place) = &shared.flow.connection(connection).hold else { continue };
            let ledger = shared.ledger();
            let waiting =
                self.queues[connection.0].first_ready(|waiting| waits_for_lock(&ledger, waiting));
            let Some(run) = waiting.map(|waiting| waiting.record.run) else { continue };
            drop(ledger);
            if !self.at_lock.insert(connection) {
                continue;
            }
            let holder = HolderInfo { flow: shared.flow.name.to_string(), run: run.to_string() };
            let (file, wait) = (place.file.clone(), wait_of(Some(place)));
            let (permits, shared) = (shared.nodes[index.0].permits.clone(), shared.clone());
            self.lock_waits.spawn(async move {
                let lock = shared.locks.acquire(&file, wait, holder).await;
                // The semaphore of a processor is never closed; without its permit the chain just could not start.
                let permit = permits.acquire_owned().await;
                permit.ok().map(|permit| (connection, permit, lock))
            });
        }
    }

    /// Starts the chain of a flowfile whose wait for a lock is over.
    fn enter_hold(&mut self, wait: Result<Option<LockWait>, JoinError>) {
        let Ok(Some((connection, permit, lock))) = wait else { return };
        self.at_lock.remove(&connection);
        let shared = self.shared.clone();
        if shared.is_stopping() {
            return;
        }
        let ledger = shared.ledger();
        let first = |waiting: &Waiting| waits_for_lock(&ledger, waiting);
        let mut taken = self.queues[connection.0].take(1, first, shared.gauge(connection));
        drop(ledger);
        let Some(flowfile) = taken.pop() else { return };
        let processor = shared.flow.connection(connection).to;
        let work = Work::Held { connection, flowfile: Box::new(flowfile), lock };
        self.chains.spawn(chain::run(shared, ChainStart { processor, permit, work }));
    }

    /// Takes over what a chain left behind.
    fn take_over(
        &mut self,
        end: Result<Result<ChainEnd, CommitError>, JoinError>,
    ) -> Result<(), EngineError> {
        let end = end.map_err(|error| EngineError::Bug(error.to_string()))??;
        if let Some(merged) = end.merged {
            self.after_merge(merged);
        }
        self.enqueue_all(end.placements);
        self.add_failed(end.failed);
        let now = self.shared.now();
        for (index, wait) in end.resting {
            self.resting.insert(index, later(now, wait));
        }
        if let Some(fired) = end.fired {
            self.after_trigger(fired, now);
        }
        drop(end.permits);
        Ok(())
    }

    /// Lets a source fire now.
    pub(super) fn fire(&mut self, index: ProcessorIndex, due: Option<Timestamp>) -> RunId {
        let shared = self.shared.clone();
        let (processor, node) = shared.node(index);
        let id = RunId::from(node.context.new_id());
        shared.ledger().open_run(id).firing = true;
        let trigger = if due.is_some() { Trigger::Schedule } else { Trigger::Hand };
        let source = Some(processor.id.clone());
        let run =
            RunChange::Started { id, trigger, source, due, flow_version: shared.flow.version };
        let tick = due.map(|due| Tick { processor: processor.id.clone(), due });
        let firing = Firing { run: id, due, first: true, start: Some((run, tick)) };
        self.firings
            .insert(index, SourceFiring { firing, brought_in: 0, tries: 0, running: false });
        id
    }

    /// Fires the sources whose tick has come; a source whose last firing is not over is not fired again.
    fn fire_due(&mut self) {
        let now = self.shared.now();
        let due: Vec<_> = self
            .ticks
            .iter()
            .filter(|(_, tick)| **tick <= now)
            .map(|(index, tick)| (*index, *tick))
            .collect();
        for (index, tick) in due {
            if !self.firings.contains_key(&index) {
                self.fire(index, Some(tick));
            }
            let schedule = &self.shared.flow.processor(index).schedule;
            match schedule.as_ref().and_then(|source| source.schedule.next_after(now, tick)) {
                Some(next) => self.ticks.insert(index, next),
                None => self.ticks.remove(&index),
            };
        }
    }

    /// Goes on with a firing, or ends it.
    fn after_trigger(&mut self, fired: Fired, now: Timestamp) {
        let shared = self.shared.clone();
        let processor = shared.flow.processor(fired.processor);
        let Some(source) = self.firings.get_mut(&fired.processor) else { return };
        source.running = false;
        source.firing.start = None;
        source.brought_in += fired.brought_in;
        let failed = fired.error.is_some();
        if let Some(SessionFailure { reason, disk_full, is_final }) = fired.error {
            source.tries += u32::from(!disk_full);
            if source.tries < SOURCE_TRIES_MAX && !is_final {
                let wait = if disk_full { ROOM_POLL } else { processor.yield_time };
                tracing::warn!(processor = &*processor.id, error = reason, "source tries again");
                self.resting.insert(fired.processor, later(now, wait));
                return;
            }
            let processor = processor.id.clone();
            self.report.source_errors.push(SourceError { processor, error: reason });
        } else {
            source.firing.first = false;
            source.tries = 0;
            if fired.more {
                return;
            }
        }
        let (run, brought_in) = (source.firing.run, source.brought_in);
        self.firings.remove(&fired.processor);
        self.report.runs.push(run);
        let nothing = fired.nothing.filter(|_| brought_in == 0).map(|what| {
            let schedule = processor.schedule.as_ref();
            let fails = schedule.is_some_and(|source| source.on_nothing == OnNothing::Fail);
            NothingFound { processor: processor.id.clone(), what, fails }
        });
        let source_failed = failed || nothing.as_ref().is_some_and(|nothing| nothing.fails);
        if let Some(tally) = shared.ledger().run(run) {
            (tally.firing, tally.source_failed) = (false, source_failed);
        }
        self.report.nothing.extend(nothing);
    }

    /// Flowfiles that wait although nothing will move them.
    fn stuck(&self) -> Vec<Stuck> {
        let waiting = |index: ConnectionIndex| {
            let merging = self.merging.get(&self.shared.flow.connection(index).to);
            self.queues[index.0].iter().count()
                + merging.map_or(0, |merging| merging.lent_of(index))
        };
        let indices = (0..self.queues.len()).map(ConnectionIndex);
        let waiting: Vec<_> = indices.map(|index| (index, waiting(index))).collect();
        let what = |index| self.merging.get(&index).map(Merging::what);
        stuck::find(&self.shared, &waiting, what)
    }

    /// Commits what is due without any flowfile: ended runs, after-commit actions that were done.
    pub(super) async fn settle(&mut self) -> Result<(), EngineError> {
        let (placements, failed) = self.shared.commit(Transaction::default()).await?;
        placements.into_iter().for_each(|placement| self.enqueue(placement));
        self.add_failed(failed);
        Ok(())
    }

    /// How many flowfiles wait in queues other than failed.
    pub(super) fn queued(&self) -> usize {
        let lent = self.merging.values().map(Merging::lent);
        self.queues.iter().map(|queue| queue.iter().count()).chain(lent).sum()
    }

    /// Takes the flowfiles out that hold a file whose lock could not be taken again.
    pub(super) fn take_holding(&mut self, file: &str) -> Vec<Waiting> {
        let holds = |waiting: &Waiting| waiting.queued.hold.as_deref() == Some(file);
        let indices = (0..self.queues.len()).map(ConnectionIndex);
        indices
            .flat_map(|index| self.queues[index.0].extract(holds, self.shared.gauge(index)))
            .collect()
    }

    /// When each source is due next.
    pub(super) fn set_ticks(&mut self, ticks: HashMap<ProcessorIndex, Timestamp>) {
        self.ticks = ticks;
    }
}

fn waits_for_lock(ledger: &Ledger, waiting: &Waiting) -> bool {
    !ledger.holds(waiting.queued.hold.as_ref())
}

/// Whether a flowfile may be taken as it is: before a place that holds a file only one that holds it already, and one
/// that holds a file only with its lock in our hands.
fn may_go(ledger: &Ledger, place: bool, waiting: &Waiting) -> bool {
    (!place || !waits_for_lock(ledger, waiting)) && ledger.may_move(waiting.queued.hold.as_ref())
}

/// Whether a connection of that name is the failed queue.
pub(super) fn is_failed(connection: &str) -> bool {
    connection == FAILED
}

fn until(now: Timestamp, wake: Timestamp) -> Duration {
    Duration::try_from(wake.duration_since(now)).unwrap_or_default()
}
