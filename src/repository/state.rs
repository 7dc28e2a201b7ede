//! What is true of a flow: the fold of its commit records. Used by recovery, by snapshots and by whoever only looks;
//! the running engine keeps its own queues.
//!
//! A flowfile's place in its queue: it goes to the end when it comes into the queue; it keeps its place when a record
//! leaves it in the same queue with the same `since`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    fmt,
};

use jiff::Timestamp;
use processors_api::{ClaimId, ContentBody, ContentClaim, FlowFileId, FlowFileRecord, RunId, Text};
use thiserror::Error;

use super::{codec::Unreadable, limits::ENDED_RUNS_MAX, record::*};

/// What is true of a flow after some record.
#[derive(Clone, Debug, Default)]
pub struct FlowState {
    flowfiles: HashMap<FlowFileId, Live>,
    arrivals: u64,
    pub(super) states: BTreeMap<Name, BTreeMap<Name, Text>>,
    pub(super) runs: BTreeMap<RunId, Run>,
    pub(super) ended: VecDeque<Run>,
    pub(super) ticks: BTreeMap<Name, Timestamp>,
    pub(super) holds: BTreeMap<Name, Hold>,
    pub(super) after_commit: BTreeMap<Name, AfterCommit>,
    pub(super) failed_number_max: u64,
    pub(super) newest_claim: Option<ClaimId>,
    pub(super) unreadable: BTreeSet<FlowFileId>,
    /// Something sealed was met that no key opens, wherever it stands.
    pub(super) key_lost: bool,
    pub(super) unreadable_states: BTreeSet<Name>,
}

/// A flowfile in a queue.
#[derive(Clone, Debug)]
struct Live {
    flowfile: FlowFileRecord,
    queued: Queued,
    arrival: u64,
}

/// A run, as far as its flowfiles tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub id: RunId,
    pub trigger: Trigger,
    pub source: Option<Name>,
    pub due: Option<Timestamp>,
    pub flow_version: [u8; 32],
    pub started: Timestamp,
    pub ended: Option<(Timestamp, Outcome)>,
    /// Flowfiles that came into being.
    pub born: u64,
    /// Flowfiles with which nothing is left to do.
    pub gone: u64,
    /// Flowfiles in the failed queue.
    pub failed: u64,
}

impl Run {
    /// Flowfiles in queues other than the failed one.
    pub fn waiting(&self) -> u64 {
        self.born.saturating_sub(self.gone).saturating_sub(self.failed)
    }
}

/// A record that does not follow from what was before: damage that no checksum shows.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Contradiction {
    #[error("flowfile {0} is changed but does not exist")]
    Missing(FlowFileId),
    #[error("flowfile {0} is born a second time")]
    BornTwice(FlowFileId),
    #[error("run {0} starts a second time")]
    StartedTwice(RunId),
    #[error("run {0} ends but is not under way")]
    NotUnderWay(RunId),
}

impl FlowState {
    /// What is true after a record.
    pub fn apply(&mut self, record: &CommitRecord) -> Result<(), Contradiction> {
        for run in &record.runs {
            if let RunChange::Started { id, .. } = run {
                self.start_run(*id, run, record.time)?;
            }
        }
        for change in &record.flowfiles {
            self.change(change)?;
        }
        for run in &record.runs {
            if let RunChange::Ended { id, outcome } = run {
                self.end_run(*id, record.time, *outcome)?;
            }
        }
        for state in &record.states {
            self.unreadable_states.remove(&state.processor);
            if state.values.is_empty() {
                self.states.remove(&state.processor);
            } else {
                self.states.insert(state.processor.clone(), state.values.clone());
            }
        }
        for tick in &record.ticks {
            self.ticks.insert(tick.processor.clone(), tick.due);
        }
        self.apply_outside(record);
        Ok(())
    }

    /// What could not be read of the record that was applied last.
    pub(crate) fn mark_unreadable(&mut self, unreadable: Unreadable) {
        self.key_lost |= !unreadable.flowfiles.is_empty() || !unreadable.states.is_empty();
        let live = unreadable.flowfiles.into_iter().filter(|id| {
            self.flowfiles.get(id).is_some_and(|live| &*live.queued.connection != FAILED)
        });
        self.unreadable.extend(live);
        self.unreadable_states.extend(unreadable.states);
    }

    fn apply_outside(&mut self, record: &CommitRecord) {
        for hold in &record.holds {
            match hold {
                HoldChange::Taken(hold) => drop(self.holds.insert(hold.file.clone(), hold.clone())),
                HoldChange::Ended { file } => drop(self.holds.remove(file)),
            }
        }
        for change in &record.after_commit {
            match change {
                AfterCommitChange::Due(due) => {
                    self.after_commit.insert(due.path.clone(), due.clone());
                }
                AfterCommitChange::Done { path } => drop(self.after_commit.remove(path)),
            }
        }
    }

    fn change(&mut self, change: &FlowFileChange) -> Result<(), Contradiction> {
        let before = self.flowfiles.remove(&change.id);
        let mut flowfile = match (&before, &change.birth) {
            (None, Some(birth)) => self.bear(change.id, birth),
            (Some(live), None) => live.flowfile.clone(),
            (None, None) => return Err(Contradiction::Missing(change.id)),
            (Some(_), Some(_)) => return Err(Contradiction::BornTwice(change.id)),
        };
        for hop in &change.trail {
            flowfile.attributes.apply(&hop.changes);
            if let Some(content) = &hop.content {
                self.note_claim(content);
                flowfile.content = content.clone();
            }
        }
        self.count(flowfile.run, before.as_ref().map(|live| &live.queued), &change.end);
        match &change.end {
            End::Gone => drop(self.unreadable.remove(&change.id)),
            End::Queued(queued) => self.queue(flowfile, queued, before),
        }
        Ok(())
    }

    fn bear(&mut self, id: FlowFileId, birth: &Birth) -> FlowFileRecord {
        self.note_claim(&birth.content);
        if let Some(run) = self.run_mut(birth.run) {
            run.born += 1;
        }
        FlowFileRecord {
            id,
            attributes: birth.attributes.clone(),
            content: birth.content.clone(),
            entry_date: birth.entry_date,
            lineage_start: birth.lineage_start,
            run: birth.run,
        }
    }

    fn queue(&mut self, flowfile: FlowFileRecord, queued: &Queued, before: Option<Live>) {
        if &*queued.connection == FAILED {
            self.unreadable.remove(&flowfile.id);
        }
        if let Some(number) = queued.failed_number {
            self.failed_number_max = self.failed_number_max.max(number);
        }
        let keeps_place = before.filter(|live| {
            live.queued.connection == queued.connection && live.queued.since == queued.since
        });
        let arrival = keeps_place.map_or_else(
            || {
                self.arrivals += 1;
                self.arrivals
            },
            |live| live.arrival,
        );
        let queued = queued.clone();
        self.flowfiles.insert(flowfile.id, Live { flowfile, queued, arrival });
    }

    fn count(&mut self, run: RunId, before: Option<&Queued>, end: &End) {
        let Some(run) = self.run_mut(run) else { return };
        let failed = |queued: &Queued| u64::from(&*queued.connection == FAILED);
        let was = before.map_or(0, failed);
        match end {
            End::Gone => run.gone += 1,
            End::Queued(queued) => run.failed += failed(queued),
        }
        run.failed = run.failed.saturating_sub(was);
    }

    /// A run under way, or one that ended not long ago.
    fn run_mut(&mut self, id: RunId) -> Option<&mut Run> {
        let ended = &mut self.ended;
        self.runs.get_mut(&id).or_else(|| ended.iter_mut().rev().find(|run| run.id == id))
    }

    fn note_claim(&mut self, content: &ContentClaim) {
        if let ContentBody::Stored(stored) = content.body() {
            self.newest_claim = self.newest_claim.take().max(Some(stored.id.clone()));
        }
    }

    fn start_run(
        &mut self,
        id: RunId,
        change: &RunChange,
        time: Timestamp,
    ) -> Result<(), Contradiction> {
        let RunChange::Started { trigger, source, due, flow_version, .. } = change else {
            return Ok(());
        };
        let run = Run {
            id,
            trigger: *trigger,
            source: source.clone(),
            due: *due,
            flow_version: *flow_version,
            started: time,
            ended: None,
            born: 0,
            gone: 0,
            failed: 0,
        };
        match self.runs.insert(id, run) {
            None => Ok(()),
            Some(_) => Err(Contradiction::StartedTwice(id)),
        }
    }

    fn end_run(
        &mut self,
        id: RunId,
        time: Timestamp,
        outcome: Outcome,
    ) -> Result<(), Contradiction> {
        let mut run = self.runs.remove(&id).ok_or(Contradiction::NotUnderWay(id))?;
        run.ended = Some((time, outcome));
        self.ended.push_back(run);
        if self.ended.len() > ENDED_RUNS_MAX {
            self.ended.pop_front();
        }
        Ok(())
    }
}

/// Looking.
impl FlowState {
    /// How many flowfiles are in queues.
    pub fn len(&self) -> usize {
        self.flowfiles.len()
    }

    /// Whether no flowfile is in a queue.
    pub fn is_empty(&self) -> bool {
        self.flowfiles.is_empty()
    }

    /// A flowfile and where it stands.
    pub fn flowfile(&self, id: FlowFileId) -> Option<(&FlowFileRecord, &Queued)> {
        self.flowfiles.get(&id).map(|live| (&live.flowfile, &live.queued))
    }

    /// All flowfiles in order of their arrival in their queues.
    pub fn in_order(&self) -> Vec<(&FlowFileRecord, &Queued)> {
        let mut live: Vec<&Live> = self.flowfiles.values().collect();
        live.sort_unstable_by_key(|live| live.arrival);
        live.into_iter().map(|live| (&live.flowfile, &live.queued)).collect()
    }

    /// The queues, each in order of arrival. Cloning a flowfile is cheap.
    pub fn queues(&self) -> BTreeMap<Name, Vec<(FlowFileRecord, Queued)>> {
        let mut queues: BTreeMap<Name, Vec<_>> = BTreeMap::new();
        for (flowfile, queued) in self.in_order() {
            let queue = queues.entry(queued.connection.clone()).or_default();
            queue.push((flowfile.clone(), queued.clone()));
        }
        queues
    }

    /// What a processor remembers.
    pub fn state(&self, processor: &str) -> Option<&BTreeMap<Name, Text>> {
        self.states.get(processor)
    }

    /// The processors that remember something, and what.
    pub fn states(&self) -> &BTreeMap<Name, BTreeMap<Name, Text>> {
        &self.states
    }

    /// The runs under way.
    pub fn runs(&self) -> &BTreeMap<RunId, Run> {
        &self.runs
    }

    /// The runs that ended last, the newest at the end.
    pub fn ended_runs(&self) -> &VecDeque<Run> {
        &self.ended
    }

    /// The last tick fired of each schedule.
    pub fn ticks(&self) -> &BTreeMap<Name, Timestamp> {
        &self.ticks
    }

    /// The holds, by file.
    pub fn holds(&self) -> &BTreeMap<Name, Hold> {
        &self.holds
    }

    /// What sources still have to do, by path.
    pub fn after_commit(&self) -> &BTreeMap<Name, AfterCommit> {
        &self.after_commit
    }

    /// The number that the next failed flowfile gets.
    pub fn next_failed_number(&self) -> u64 {
        self.failed_number_max + 1
    }

    /// Flowfiles with a sealed value whose key is lost, and that are not in the failed queue yet. Their sealed values
    /// read as empty.
    pub fn unreadable(&self) -> &BTreeSet<FlowFileId> {
        &self.unreadable
    }

    /// Processors that lost some of their state with the key, until they write it again.
    pub fn unreadable_states(&self) -> &BTreeSet<Name> {
        &self.unreadable_states
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} born, {} gone, {} failed, {} waiting",
            self.id,
            self.born,
            self.gone,
            self.failed,
            self.waiting()
        )
    }
}
