//! How an engine starts: the repository is opened, what it holds goes back into its queues, held files are locked again,
//! and what sources still have to take away is taken away, before anything moves.

use std::{
    collections::HashMap,
    net::{IpAddr, UdpSocket},
    sync::Arc,
};

use jiff::Timestamp;
use processors_api::{Host, ProcessorContext, State, Text};

use super::{
    Engine, EngineError, EngineOptions,
    ledger::Standing,
    queue::Waiting,
    scheduler::{Scheduler, is_failed},
    shared::{Node, Shared, World},
    transaction::{Failure, Placement, Transaction, Working},
};
use crate::{
    flow::{ConnectionIndex, Flow, FlowProcessor},
    hold::{FileVersion, HolderInfo},
    limits::HOLD_WAIT,
    repository::{
        Durability, FlowRepository, FlowState, OpenOptions, Opened,
        record::{Hold, Name},
    },
};

impl Engine {
    /// Opens the flow's repository and takes back everything that an earlier run left.
    pub async fn open(flow: Arc<Flow>, options: EngineOptions) -> Result<Self, EngineError> {
        let clock = options.clock.clone();
        let now: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(move || clock.now());
        let mut open = OpenOptions::new(&options.folder, &*flow.name, now);
        (open.durability, open.keys) = (options.durability, options.keys.clone());
        let Opened { repository, state, recovered } = FlowRepository::open(open)?;
        if let Some((file, offset)) = &recovered.cut {
            tracing::info!(flow = &*flow.name, file = %file.display(), offset, "a write was under way when the last engine died; it was cut");
        }
        let nodes = nodes(&flow, &repository, &options, &state);
        let EngineOptions { clock, entropy, rollbacks_max, .. } = options;
        let world = World { clock, entropy, rollbacks_max };
        let shared = Shared::new(flow, repository, nodes, world, &state);
        let mut scheduler = Scheduler::new(Arc::new(shared), HashMap::new());
        take_back(&mut scheduler, &state).await?;
        Ok(Self { scheduler })
    }
}

fn nodes(
    flow: &Flow,
    repository: &FlowRepository,
    options: &EngineOptions,
    state: &FlowState,
) -> Vec<Node> {
    let (counter, host) = (Arc::default(), Arc::new(host()));
    let node = |processor: &FlowProcessor| {
        let context = ProcessorContext {
            processor: processor.id.clone(),
            parameters: flow.parameters.clone(),
            folder: flow.folder().to_owned(),
            host: host.clone(),
            durable: options.durability == Durability::Fsync,
            clock: options.clock.clone(),
            zone: flow.zone.clone(),
            entropy: options.entropy.clone(),
            content: repository.content(),
            environment: options.environment.clone(),
            counter: Arc::clone(&counter),
            sensitivity: processor.sensitivity.clone(),
        };
        let remembered: State = state.state(&processor.id).cloned().unwrap_or_default();
        Node::new(context, processor.concurrency, remembered)
    };
    flow.processors.iter().map(node).collect()
}

/// The machine, as processors see it.
pub fn host() -> Host {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Host { name, address: address().unwrap_or(IpAddr::from([127, 0, 0, 1])).to_string() }
}

/// The address under which this machine would send. A datagram socket that is only connected sends nothing.
fn address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

async fn take_back(scheduler: &mut Scheduler, state: &FlowState) -> Result<(), EngineError> {
    let shared = scheduler.shared.clone();
    shared.take_away(state.after_commit().values().cloned().collect()).await;
    for (id, run) in state.runs() {
        let tally = &mut *shared.ledger();
        let tally = tally.open_run(*id);
        (tally.born, tally.failed) = (run.born, run.failed);
    }
    for hold in state.holds().values() {
        shared.ledger().remember_hold(hold.clone());
    }
    let mut lost = Transaction::default();
    for (record, queued) in state.in_order() {
        let mut waiting = Waiting { record: record.clone(), queued: queued.clone() };
        waiting.queued.hold = shared.ledger().hold_again(queued.hold.as_ref(), record.run);
        if is_failed(&queued.connection) {
            let deferred = u64::from(record.attributes.get("failure.retry_at").is_some());
            let mut ledger = shared.ledger();
            ledger.run(record.run).into_iter().for_each(|tally| tally.deferred += deferred);
            drop(ledger);
            scheduler.keep_failed(waiting);
            continue;
        }
        let standing = Standing { live: true, hold: waiting.queued.hold.clone() };
        shared.ledger().book(record.run, &Standing::default(), &standing);
        if state.unreadable().contains(&record.id) {
            give_up(
                &shared,
                &mut lost,
                waiting,
                "its secrets cannot be read: the key that sealed them is gone",
            );
            continue;
        }
        match place(&shared.flow, &queued.connection) {
            Some(connection) => {
                scheduler.enqueue(Placement { connection, at_head: false, waiting })
            }
            None => give_up(
                &shared,
                &mut lost,
                waiting,
                "its queue is no longer in the flow, nor the processor behind it",
            ),
        }
    }
    let (_, failed) = shared.commit(lost).await?;
    scheduler.add_failed(failed);
    let unlocked = shared.ledger().unlocked();
    for hold in unlocked {
        lock_again(scheduler, hold).await?;
    }
    Ok(())
}

/// The queue of a recovered flowfile: its own; after an edit of the flow, the entry of the processor it waited for.
fn place(flow: &Flow, connection: &str) -> Option<ConnectionIndex> {
    let processor = connection.rsplit('/').next().unwrap_or(connection);
    flow.connection_named(connection).or_else(|| flow.entry(processor))
}

fn give_up(shared: &Shared, transaction: &mut Transaction, waiting: Waiting, why: &str) {
    let reason = Text::plain(format!("{why} (it waited in {})", waiting.queued.connection));
    let processor: Name = waiting.queued.connection.rsplit('/').next().unwrap_or_default().into();
    let failure =
        Failure { processor, relationship: "(start)".into(), reason, attempts: 1, retry_at: None };
    let hold = waiting.queued.hold.clone();
    let place = hold
        .and_then(|hold| shared.ledger().hold(&hold).map(|tally| tally.hold.connection.clone()));
    let number = shared.next_failed_number();
    transaction.fail(Working::known(waiting), &failure, place, number, shared.now());
}

/// Takes the lock of a hold again that was under way when the engine stopped, and looks whether somebody else changed the
/// file meanwhile. When the lock is not to be had, what held the file fails.
async fn lock_again(scheduler: &mut Scheduler, hold: Hold) -> Result<(), EngineError> {
    let shared = scheduler.shared.clone();
    let holder = HolderInfo { flow: shared.flow.name.to_string(), run: hold.run.to_string() };
    let place = shared
        .flow
        .connection_named(&hold.connection)
        .and_then(|index| shared.flow.connection(index).hold.as_ref());
    let wait = place.map_or(HOLD_WAIT, |place| place.wait);
    let path = std::path::PathBuf::from(&*hold.file);
    match shared.locks.acquire(&path, wait, holder).await {
        Ok(lock) => {
            let now = lock
                .read()
                .ok()
                .flatten()
                .map(|(_, version): (_, FileVersion)| version.to_string());
            if let Some(tally) = shared.ledger().hold_mut(&hold.file) {
                tally.changed = now.as_deref() != Some(&*hold.version);
                tally.lock = Some(lock);
            }
        }
        Err(error) => {
            let mut transaction = Transaction::default();
            for waiting in scheduler.take_holding(&hold.file) {
                give_up(&shared, &mut transaction, waiting, &error.to_string());
            }
            transaction.end_hold(&hold.file, &mut shared.ledger());
            let (_, failed) = shared.commit(transaction).await?;
            scheduler.add_failed(failed);
        }
    }
    Ok(())
}
