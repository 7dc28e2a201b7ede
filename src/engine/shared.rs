//! What chains and the scheduler share: the flow, its processors ready to run, the repository, the ledger. It moves
//! nothing by itself.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use processors_api::{AfterCommit, Clock, Entropy, ProcessorContext, State, new_id};
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use super::{
    after_commit,
    ledger::Ledger,
    queue::{Gauge, Waiting},
    transaction::{Placement, Transaction},
};
use crate::{
    flow::{ConnectionIndex, Flow, FlowProcessor, ProcessorIndex, Target},
    hold::Locks,
    repository::{CommitError, FlowRepository, FlowState, record::Name},
};

#[cfg(debug_assertions)]
use crate::repository::record::CommitRecord;

pub(super) struct Shared {
    pub(super) flow: Arc<Flow>,
    pub(super) repository: FlowRepository,
    pub(super) clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    pub(super) locks: Locks,
    pub(super) nodes: Vec<Node>,
    /// One for each connection of the flow.
    pub(super) gauges: Vec<Gauge>,
    pub(super) rollbacks_max: u32,
    ledger: Mutex<Ledger>,
    failed_number: AtomicU64,
    stopping: AtomicBool,
    stop: Notify,
    /// What the journal says.
    #[cfg(debug_assertions)]
    told: Mutex<FlowState>,
    /// After-commit actions that were done but are not yet struck out: the next commit does.
    done: Mutex<Vec<Name>>,
}

/// What an engine knows of the world.
pub(super) struct World {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) rollbacks_max: u32,
}

/// A processor, ready to run.
pub(super) struct Node {
    pub(super) context: Arc<ProcessorContext>,
    /// As many permits as it may run at once.
    pub(super) permits: Arc<Semaphore>,
    pub(super) counters: Counters,
    state: Mutex<Arc<State>>,
    resting: AtomicBool,
}

/// What a processor did since the engine started.
#[derive(Debug, Default)]
pub(super) struct Counters {
    taken: AtomicU64,
    sent: AtomicU64,
    failed: AtomicU64,
    running: AtomicU64,
}

/// [`Counters`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Flowfiles that it took or brought in.
    pub taken: u64,
    /// Flowfiles that it sent on.
    pub sent: u64,
    /// Flowfiles of it that went to the failed queue.
    pub failed: u64,
    /// Sessions under way.
    pub running: u64,
}

impl Shared {
    pub(super) fn new(
        flow: Arc<Flow>,
        repository: FlowRepository,
        nodes: Vec<Node>,
        about: World,
        state: &FlowState,
    ) -> Self {
        let gauges = flow.connections.iter().map(|_| Gauge::default()).collect();
        let World { clock, entropy, rollbacks_max } = about;
        let now = clock.clone();
        let locks = Locks::new(move || now.now());
        let failed_number = AtomicU64::new(state.next_failed_number());
        let (ledger, done, stopping, stop) = Default::default();
        Self {
            flow,
            repository,
            clock,
            entropy,
            locks,
            nodes,
            gauges,
            rollbacks_max,
            ledger,
            failed_number,
            stopping,
            stop,
            done,
            #[cfg(debug_assertions)]
            told: Mutex::new(state.clone()),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new time-ordered id.
    pub(super) fn new_id(&self) -> Uuid {
        new_id(&*self.clock, &*self.entropy)
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn node(&self, index: ProcessorIndex) -> (&FlowProcessor, &Node) {
        (self.flow.processor(index), &self.nodes[index.0])
    }

    pub(super) fn gauge(&self, index: ConnectionIndex) -> &Gauge {
        &self.gauges[index.0]
    }

    pub(super) fn connection(&self, index: ConnectionIndex) -> (ConnectionIndex, &Name) {
        (index, &self.flow.connection(index).name)
    }

    /// The next short number of the failed queue.
    pub(super) fn next_failed_number(&self) -> u64 {
        self.failed_number.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes a transaction durable, gives back the locks that it released, and does what is due after the commit.
    pub(super) async fn commit(
        &self,
        mut transaction: Transaction,
    ) -> Result<(Vec<Placement>, Vec<Waiting>), CommitError> {
        let acknowledged = {
            // The journal has the records in the order in which the ledger was booked, or a run could end before it is empty.
            let mut ledger = self.ledger();
            transaction.done_after_commit(std::mem::take(&mut *self.done()));
            let record = transaction.seal(&mut ledger, self.now());
            #[cfg(debug_assertions)]
            record.iter().for_each(|record| self.check(record));
            record.map(|record| self.repository.commit(record))
        };
        if let Some(acknowledged) = acknowledged {
            acknowledged.await?;
        }
        drop(std::mem::take(&mut transaction.released));
        self.take_away(std::mem::take(&mut transaction.after_commit)).await;
        Ok((transaction.placements, transaction.failed))
    }

    /// A record that contradicts what was told before would be refused as damage at the next start: in debug builds it is
    /// refused at once.
    #[cfg(debug_assertions)]
    fn check(&self, record: &CommitRecord) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let applied = told.apply(record);
        assert!(applied.is_ok(), "a bug of the engine: {applied:?}");
    }

    /// Does what sources have to do outside, now that their commit is durable.
    pub(super) async fn take_away(&self, actions: Vec<AfterCommit>) {
        if actions.is_empty() {
            return;
        }
        let done = tokio::task::spawn_blocking(move || after_commit::perform(actions))
            .await
            .unwrap_or_default();
        self.done().extend(done);
    }

    fn done(&self) -> MutexGuard<'_, Vec<Name>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes contents and provenance that are kept no longer.
    pub(super) fn sweep(&self) {
        match self.repository.sweep() {
            Ok(swept) => {
                tracing::debug!(containers = swept.containers, bytes = swept.bytes, "swept")
            }
            Err(error) => {
                tracing::warn!(%error, "what is kept no longer could not be removed; it is tried again")
            }
        }
    }

    /// Ends what is under way and starts nothing more.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.stop.notify_waiters();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Waits until somebody asks to stop.
    pub(super) async fn stop_requested(&self) {
        let requested = self.stop.notified();
        if !self.is_stopping() {
            requested.await;
        }
    }

    /// Whether a connection out of a processor is full: it then waits.
    pub(super) fn is_backed_up(&self, processor: &FlowProcessor) -> bool {
        self.full_connection(processor).is_some()
    }

    fn full_connection(&self, processor: &FlowProcessor) -> Option<ConnectionIndex> {
        let targets = processor.outgoing.values().flatten();
        let mut connections = targets.filter_map(|target| match target {
            Target::Connection(connection) => Some(*connection),
            Target::Done | Target::Failed => None,
        });
        connections
            .find(|&index| self.gauge(index).is_full(self.flow.connection(index).back_pressure))
    }

    /// The processor behind a full connection out of this one.
    pub(super) fn full_target(&self, index: ProcessorIndex) -> Option<ProcessorIndex> {
        let full = self.full_connection(self.flow.processor(index))?;
        Some(self.flow.connection(full).to)
    }

    /// The file as it is in the flow's world, for messages: relative to the working directory when it lies below.
    pub(super) fn shown(path: &Path) -> String {
        let below = std::env::current_dir()
            .ok()
            .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
        below.as_deref().unwrap_or(path).display().to_string()
    }
}

impl Node {
    pub(super) fn new(context: ProcessorContext, concurrency: usize, state: State) -> Self {
        Self {
            context: Arc::new(context),
            permits: Arc::new(Semaphore::new(concurrency)),
            counters: Counters::default(),
            state: Mutex::new(Arc::new(state)),
            resting: AtomicBool::new(false),
        }
    }

    pub(super) fn state(&self) -> Arc<State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_state(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }

    /// Whether it asked to be left alone, so that no chain goes through it.
    pub(super) fn is_resting(&self) -> bool {
        self.resting.load(Ordering::Relaxed)
    }

    pub(super) fn rest(&self, resting: bool) {
        self.resting.store(resting, Ordering::Relaxed);
    }
}

impl Counters {
    pub(super) fn take(&self, flowfiles: usize) {
        self.taken.fetch_add(flowfiles as u64, Ordering::Relaxed);
    }

    pub(super) fn send(&self, flowfiles: usize) {
        self.sent.fetch_add(flowfiles as u64, Ordering::Relaxed);
    }

    pub(super) fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn start(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stop(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn activity(&self) -> Activity {
        let read = |value: &AtomicU64| value.load(Ordering::Relaxed);
        Activity {
            taken: read(&self.taken),
            sent: read(&self.sent),
            failed: read(&self.failed),
            running: read(&self.running),
        }
    }
}

/// `now` and a while.
pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
