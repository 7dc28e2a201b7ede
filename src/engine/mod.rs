//! The engine: it runs one validated flow on its repository, so that nothing is lost and nothing is done twice inside.
//! Not what a processor does (`processors_api`), not what is on the disk (`repository`), not how it is shown (`cli`).
//!
//! The way of a flowfile: the [`scheduler`] takes it out of its queue and starts a [`chain`]; the chain runs sessions, and
//! gathers what they did in a [`transaction`]; one commit record makes that durable; only then is the flowfile in its next
//! queue. A crash before the record repeats the chain, a crash after it does not.

pub(crate) mod after_commit;
mod chain;
mod decide;
mod hold;
mod ledger;
mod loan;
mod merge;
mod outcome;
mod priority;
mod queue;
mod replay;
mod report;
mod scheduler;
mod shared;
mod start;
mod stuck;
#[cfg(test)]
mod tests;
mod transaction;
pub(crate) mod trigger;

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use processors_api::{Clock, Entropy};

pub use replay::ReplayError;
pub use report::{Failed, NothingFound, RunReport, SourceError, Stuck};
pub use shared::Activity;
pub use start::host;

use crate::{
    flow::Flow,
    repository::{CommitError, Durability, KeyLookup, OpenError},
};
use ledger::Ledger;
use scheduler::{Firings, Scheduler};
use shared::Shared;

/// A flow on its repository, ready to work.
pub struct Engine {
    scheduler: Scheduler,
}

/// What an engine is given besides its flow.
pub struct EngineOptions {
    /// The folder of the data directory that belongs to this flow.
    pub folder: PathBuf,
    pub durability: Durability,
    /// Where the key of sealed secrets may be.
    pub keys: KeyLookup,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Environment variables that expressions may read.
    pub environment: Arc<std::collections::BTreeMap<String, String>>,
    /// Roll-backs of a flowfile at one processor before it goes to failed.
    pub rollbacks_max: u32,
}

/// Why an engine does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing is acknowledged any more: what was committed before is safe.
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(
        "a bug of the engine: {0}; everything committed is safe, and the next start goes on from there"
    )]
    Bug(String),
}

/// Looks at a working engine and stops it, from another task or thread. Cheap to clone.
#[derive(Clone)]
pub struct Monitor {
    shared: Arc<Shared>,
}

impl Engine {
    /// Fires each source once, now, whatever its schedule, and works until nothing is queued outside `failed`. What an
    /// earlier run left is finished first, but for what waits to be merged with more.
    pub async fn run_once(&mut self) -> Result<RunReport, EngineError> {
        self.scheduler.work(Firings::Later).await?;
        let mut report = self.scheduler.take_report();
        let sources: Vec<_> = self.scheduler.shared.flow.sources().collect();
        if !self.monitor().is_stopping() {
            for source in sources {
                if self.is_enabled(source) {
                    self.scheduler.fire(source, None);
                }
            }
            self.scheduler.work(Firings::None).await?;
        }
        self.scheduler.settle().await?;
        report.add(self.scheduler.take_report());
        Ok(report)
    }

    /// Works off what is queued; fires nothing.
    pub async fn drain(&mut self) -> Result<RunReport, EngineError> {
        self.scheduler.work(Firings::None).await?;
        self.scheduler.settle().await?;
        Ok(self.scheduler.take_report())
    }

    /// Keeps the flow running on its schedules until it is told to stop.
    pub async fn run_scheduled(&mut self) -> Result<RunReport, EngineError> {
        self.plan_ticks();
        self.scheduler.work(Firings::Scheduled).await?;
        self.scheduler.settle().await?;
        Ok(self.scheduler.take_report())
    }

    fn plan_ticks(&mut self) {
        let shared = self.scheduler.shared.clone();
        let now = shared.now();
        let next =
            |index| shared.flow.processor(index).schedule.as_ref()?.schedule.next_after(now, now);
        let ticks = shared.flow.sources().filter(|index| self.is_enabled(*index));
        self.scheduler.set_ticks(ticks.filter_map(|index| Some((index, next(index)?))).collect());
    }

    fn is_enabled(&self, index: crate::flow::ProcessorIndex) -> bool {
        self.scheduler.shared.flow.processor(index).enabled
    }

    /// A view of it that can be sent elsewhere.
    pub fn monitor(&self) -> Monitor {
        Monitor { shared: self.scheduler.shared.clone() }
    }

    /// How many flowfiles wait in queues other than failed.
    pub fn queued(&self) -> usize {
        self.scheduler.queued()
    }

    /// Ends it cleanly: everything that was done is durable.
    pub async fn close(mut self) -> Result<(), EngineError> {
        self.scheduler.settle().await?;
        let shared = self.scheduler.shared.clone();
        let close = move || {
            shared.sweep();
            let closed = shared.repository.close();
            // Whoever still looks at the engine must not keep what it holds: the next one locks it again.
            *shared.ledger() = Ledger::default();
            closed
        };
        let closed = tokio::task::spawn_blocking(close).await;
        Ok(closed.map_err(|error| EngineError::Bug(error.to_string()))??)
    }
}

impl Monitor {
    /// Ends what is under way, commits it and starts nothing more.
    pub fn stop(&self) {
        self.shared.stop();
    }

    pub fn is_stopping(&self) -> bool {
        self.shared.is_stopping()
    }

    /// The flow.
    pub fn flow(&self) -> &Flow {
        &self.shared.flow
    }

    /// What each processor did, in the order of the flow.
    pub fn activity(&self) -> Vec<Activity> {
        self.shared.nodes.iter().map(|node| node.counters.activity()).collect()
    }

    /// How many flowfiles wait before each processor, in the order of the flow.
    pub fn waiting(&self) -> Vec<u64> {
        let waiting =
            |connection: &crate::flow::ConnectionIndex| self.shared.gauge(*connection).count();
        self.shared
            .flow
            .processors
            .iter()
            .map(|processor| processor.incoming.iter().map(waiting).sum())
            .collect()
    }

    /// How often the disk was asked to make something durable.
    pub fn syncs(&self) -> u64 {
        self.shared.repository.syncs()
    }

    /// What time it is for the engine.
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }
}
