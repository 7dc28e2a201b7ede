//! [`Flow`]: a validated flow. One that exists is right: every processor is built, every place exists, every relationship
//! leads somewhere. Not how it is written (`model`), not how it runs (`engine`).

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use indexmap::IndexMap;
use jiff::tz::TimeZone;
use processors_api::{AnyProcessor, Effect, Input, Parameters, ProcessorType, Sensitivity};

use crate::{repository::record::Name, schedule::Schedule};

/// The place of a processor in [`Flow::processors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessorIndex(pub usize);

/// The place of a connection in [`Flow::connections`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionIndex(pub usize);

/// A validated flow.
pub struct Flow {
    pub name: Name,
    pub description: Option<String>,
    /// The file it was read from.
    pub path: PathBuf,
    /// BLAKE3 of the file: which version of the flow this is.
    pub version: [u8; 32],
    pub zone: TimeZone,
    pub parameters: Parameters,
    pub processors: Vec<FlowProcessor>,
    pub connections: Vec<FlowConnection>,
}

/// A processor in its flow.
pub struct FlowProcessor {
    pub id: Name,
    /// The line of its id in the file.
    pub line: usize,
    pub description: Option<String>,
    pub kind: ProcessorType,
    pub processor: Arc<dyn AnyProcessor>,
    /// What its work does outside, with its settings.
    pub effect: Effect,
    pub schedule: Option<SourceSchedule>,
    pub concurrency: usize,
    pub retry: Retry,
    pub after_crash: AfterCrash,
    pub penalty: Duration,
    pub yield_time: Duration,
    pub sensitivity: Sensitivity,
    pub enabled: bool,
    /// Where each of its relationships leads; never empty for a relationship that it has.
    pub outgoing: IndexMap<Name, Vec<Target>>,
    /// The connections that lead to it, its entry for replays last.
    pub incoming: Vec<ConnectionIndex>,
}

/// Where a relationship leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Connection(ConnectionIndex),
    Done,
    Failed,
}

/// The queue between a relationship and a processor.
pub struct FlowConnection {
    /// `FROM/RELATIONSHIP/TO`; `HOLDER/RELATIONSHIP/if_changed/TO` for the way out of a hold; `replay/TO` for the entry of
    /// replays, which every processor that takes flowfiles has.
    pub name: Name,
    /// None for the entry of replays.
    pub from: Option<ProcessorIndex>,
    pub to: ProcessorIndex,
    pub back_pressure: BackPressure,
    /// How old a flowfile may be here; an older one is dropped.
    pub expire: Option<Duration>,
    /// Who goes first, each deciding where those before it do not; last, who came first.
    pub prioritize: Vec<Prioritizer>,
    pub hold: Option<HoldPlace>,
}

/// When a queue is full. 0 means no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackPressure {
    pub count: u64,
    pub bytes: u64,
}

/// Who goes first out of a queue, as NiFi's prioritizer of that name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prioritizer {
    FirstInFirstOut,
    NewestFlowfileFirst,
    OldestFlowfileFirst,
    PriorityAttribute,
}

/// A place that holds a file: a flowfile leaves the queue only with that file's lock.
pub struct HoldPlace {
    /// As the flow says, absolute.
    pub file: PathBuf,
    /// Where flowfiles go that came from another version of the file.
    pub if_changed: Target,
    pub wait: Duration,
}

/// When a source fires, or how often a processor with input may.
pub struct SourceSchedule {
    pub schedule: Schedule,
    pub on_nothing: OnNothing,
    /// Kept for the version that acts on it, like `overlap`.
    pub missed: Missed,
    pub overlap: Overlap,
}

/// What becomes of ticks that came while nothing ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missed {
    Skip,
    #[default]
    RunOnce,
    RunAll,
}

/// What becomes of a tick whose predecessor's run has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    #[default]
    Skip,
    Queue,
    Allow,
}

/// What a firing is that finds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnNothing {
    #[default]
    Done,
    Fail,
}

/// What is tried again by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    pub times: u32,
    /// The first wait; doubled each time.
    pub wait_min: Duration,
    pub wait_max: Duration,
    /// The failure relationships that are tried again.
    pub on: Vec<Name>,
    pub policy: RetryPolicy,
    /// A longer wait asked for by the other side goes to failed instead.
    pub asked_wait_max: Duration,
}

/// Who waits for the next try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RetryPolicy {
    /// The flowfile; others pass it.
    #[default]
    Penalize,
    /// The processor, which keeps the order.
    Yield,
}

/// What becomes of a flowfile whose not repeatable effect may have happened when the engine died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterCrash {
    #[default]
    Repeat,
    Fail,
}

impl Flow {
    /// The folder of the file: relative paths begin there.
    pub fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    pub fn processor(&self, index: ProcessorIndex) -> &FlowProcessor {
        &self.processors[index.0]
    }

    pub fn connection(&self, index: ConnectionIndex) -> &FlowConnection {
        &self.connections[index.0]
    }

    /// The processor of that id.
    pub fn processor_named(&self, id: &str) -> Option<ProcessorIndex> {
        self.processors.iter().position(|processor| &*processor.id == id).map(ProcessorIndex)
    }

    /// The connection of that name.
    pub fn connection_named(&self, name: &str) -> Option<ConnectionIndex> {
        self.connections
            .iter()
            .position(|connection| &*connection.name == name)
            .map(ConnectionIndex)
    }

    /// Where flowfiles come in that no processor sends: the place before the processor that holds a file, so that
    /// nobody gets round it, or the entry of replays.
    pub fn entry(&self, processor: &str) -> Option<ConnectionIndex> {
        let incoming = &self.processor(self.processor_named(processor)?).incoming;
        let holds = |index: &ConnectionIndex| self.connection(*index).hold.is_some();
        let place = incoming.iter().copied().find(holds);
        place.or_else(|| self.connection_named(&format!("replay/{processor}")))
    }

    /// The processors that fire by themselves.
    pub fn sources(&self) -> impl Iterator<Item = ProcessorIndex> {
        let is_source = |processor: &FlowProcessor| processor.is_source();
        (0..self.processors.len())
            .map(ProcessorIndex)
            .filter(move |&index| is_source(self.processor(index)))
    }
}

impl FlowConnection {
    /// Whether who comes first goes first.
    pub fn is_in_order(&self) -> bool {
        self.prioritize.first().is_none_or(|first| *first == Prioritizer::FirstInFirstOut)
    }
}

impl FlowProcessor {
    /// Whether it fires by itself: it takes no flowfiles, or may do without and nothing leads to it.
    pub fn is_source(&self) -> bool {
        match self.kind.input {
            Input::Forbidden => true,
            Input::Required => false,
            Input::Allowed => self.incoming.len() <= 1,
        }
    }
}
