//! The ledger: how many flowfiles of each run and of each hold are still on their way. It says when a run or a hold
//! ends, so that the end is part of the commit that brings it. Rebuilt at start from what is queued; never stored.

use std::{collections::HashMap, sync::Arc};

use processors_api::RunId;

use crate::{
    hold::FileLock,
    repository::record::{Hold, HoldChange, Name, Outcome, RunChange},
};

/// What one flowfile counts for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether it is in a queue other than `failed`.
    pub(super) live: bool,
    pub(super) hold: Option<Name>,
}

/// A run under way.
#[derive(Debug, Default)]
pub(super) struct RunTally {
    pub(super) live: usize,
    /// Its source may still bring in more.
    pub(super) firing: bool,
    pub(super) born: u64,
    pub(super) failed: u64,
    pub(super) deferred: u64,
    /// Its source failed, or found nothing where that is a failure.
    pub(super) source_failed: bool,
}

/// A file that is held.
pub(super) struct HoldTally {
    pub(super) hold: Hold,
    pub(super) live: usize,
    /// None until the lock was taken again after a restart.
    pub(super) lock: Option<FileLock>,
    /// After a restart: somebody else changed the file meanwhile.
    pub(super) changed: bool,
}

#[derive(Default)]
pub(super) struct Ledger {
    runs: HashMap<RunId, RunTally>,
    holds: HashMap<Name, HoldTally>,
}

impl Ledger {
    /// A run that begins, or that is under way after a restart.
    pub(super) fn open_run(&mut self, id: RunId) -> &mut RunTally {
        self.runs.entry(id).or_default()
    }

    /// A run under way; none when it has ended, though flowfiles of it may still be in failed.
    pub(super) fn run(&mut self, id: RunId) -> Option<&mut RunTally> {
        self.runs.get_mut(&id)
    }

    /// A hold that one flowfile, which is on its way, has just taken.
    pub(super) fn take_hold(&mut self, hold: Hold, lock: FileLock) {
        let file = hold.file.clone();
        self.holds.insert(file, HoldTally { hold, live: 1, lock: Some(lock), changed: false });
    }

    /// A hold from before a restart, whose lock is still to be taken again.
    pub(super) fn remember_hold(&mut self, hold: Hold) {
        self.holds
            .insert(hold.file.clone(), HoldTally { hold, live: 0, lock: None, changed: false });
    }

    /// The hold that a flowfile has, unless it ended. A later hold of the same file is another one: the flowfiles of a
    /// hold share its very name.
    pub(super) fn hold(&self, hold: &Name) -> Option<&HoldTally> {
        self.holds.get(hold).filter(|tally| Arc::ptr_eq(&tally.hold.file, hold))
    }

    pub(super) fn hold_mut(&mut self, hold: &Name) -> Option<&mut HoldTally> {
        self.holds.get_mut(hold).filter(|tally| Arc::ptr_eq(&tally.hold.file, hold))
    }

    /// The hold that a flowfile of a run had before a restart, if it has not ended. All that is made from a flowfile
    /// with a hold is of its run.
    pub(super) fn hold_again(&self, hold: Option<&Name>, run: RunId) -> Option<Name> {
        let tally = self.holds.get(hold?).filter(|tally| tally.hold.run == run)?;
        Some(tally.hold.file.clone())
    }

    /// Whether any file is held.
    pub(super) fn has_holds(&self) -> bool {
        !self.holds.is_empty()
    }

    /// Whether a flowfile has a hold that has not ended.
    pub(super) fn holds(&self, hold: Option<&Name>) -> bool {
        hold.and_then(|hold| self.hold(hold)).is_some()
    }

    /// Whether a flowfile with this hold may move: it has none, it ended, or its lock is in our hands.
    pub(super) fn may_move(&self, hold: Option<&Name>) -> bool {
        hold.and_then(|hold| self.hold(hold)).is_none_or(|tally| tally.lock.is_some())
    }

    /// The holds whose locks are still to be taken again.
    pub(super) fn unlocked(&self) -> Vec<Hold> {
        self.holds
            .values()
            .filter(|tally| tally.lock.is_none())
            .map(|tally| tally.hold.clone())
            .collect()
    }

    /// Books the move of one flowfile of a run.
    pub(super) fn book(&mut self, run: RunId, before: &Standing, after: &Standing) {
        if let Some(tally) = self.run(run) {
            tally.live =
                (tally.live + usize::from(after.live)).saturating_sub(usize::from(before.live));
        }
        let holding = |standing: &Standing| standing.hold.clone().filter(|_| standing.live);
        if let Some(tally) = holding(before).and_then(|hold| self.hold_mut(&hold)) {
            tally.live = tally.live.saturating_sub(1);
        }
        if let Some(tally) = holding(after).and_then(|hold| self.hold_mut(&hold)) {
            tally.live += 1;
        }
    }

    /// Ends a hold because its file was written. Its lock is given back once the commit is durable.
    pub(super) fn end_hold(&mut self, hold: &Name) -> Option<(HoldChange, HoldTally)> {
        self.hold(hold)?;
        let tally = self.holds.remove(hold)?;
        Some((HoldChange::Ended { file: hold.clone() }, tally))
    }

    /// Ends the holds that no flowfile has any more.
    pub(super) fn end_idle_holds(&mut self) -> Vec<(HoldChange, HoldTally)> {
        let idle =
            self.holds.iter().filter(|(_, tally)| tally.live == 0).map(|(file, _)| file.clone());
        let idle: Vec<Name> = idle.collect();
        idle.iter().filter_map(|file| self.end_hold(file)).collect()
    }

    /// Ends the runs of which nothing is on its way any more.
    pub(super) fn end_idle_runs(&mut self) -> Vec<RunChange> {
        let idle = self
            .runs
            .iter()
            .filter(|(_, tally)| tally.live == 0 && !tally.firing)
            .map(|(id, _)| *id);
        let idle: Vec<RunId> = idle.collect();
        let ended = idle.into_iter().filter_map(|id| Some((id, self.runs.remove(&id)?)));
        ended.map(|(id, tally)| RunChange::Ended { id, outcome: tally.outcome() }).collect()
    }
}

impl RunTally {
    fn outcome(&self) -> Outcome {
        match self {
            Self { source_failed: true, .. } => Outcome::Failed,
            Self { failed, deferred, .. } if failed > deferred => Outcome::Failed,
            Self { deferred: 1.., .. } => Outcome::Deferred,
            Self { born: 0, .. } => Outcome::Empty,
            _ => Outcome::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: RunId = RunId::from_bytes([1; 16]);
    const OTHER: RunId = RunId::from_bytes([2; 16]);

    fn standing(live: bool) -> Standing {
        Standing { live, hold: None }
    }

    #[test]
    fn a_run_ends_when_its_source_is_done_and_nothing_is_on_its_way() {
        let mut ledger = Ledger::default();
        ledger.open_run(RUN).firing = true;
        ledger.book(RUN, &standing(false), &standing(true));
        assert!(ledger.end_idle_runs().is_empty(), "one is on its way");
        ledger.book(RUN, &standing(true), &standing(false));
        assert!(ledger.end_idle_runs().is_empty(), "the source may bring in more");
        let tally = ledger.run(RUN).unwrap();
        (tally.firing, tally.born) = (false, 1);
        assert_eq!(ledger.end_idle_runs(), [RunChange::Ended { id: RUN, outcome: Outcome::Done }]);
    }

    #[test]
    fn a_run_ends_once_although_its_failed_flowfiles_move_later() {
        let mut ledger = Ledger::default();
        ledger.open_run(RUN);
        assert_eq!(ledger.end_idle_runs().len(), 1);
        ledger.book(RUN, &standing(false), &standing(false));
        assert!(ledger.end_idle_runs().is_empty());
    }

    #[test]
    fn the_outcome_tells_the_worst() {
        let outcome = |born, failed, deferred| {
            RunTally { born, failed, deferred, ..RunTally::default() }.outcome()
        };
        assert_eq!(outcome(0, 0, 0), Outcome::Empty);
        assert_eq!(outcome(2, 0, 0), Outcome::Done);
        assert_eq!(outcome(2, 1, 1), Outcome::Deferred);
        assert_eq!(outcome(2, 2, 1), Outcome::Failed);
    }

    #[test]
    fn a_hold_ends_with_the_last_that_has_it() {
        let file: Name = "/f".into();
        let hold = Hold {
            file: file.clone(),
            version: "blake3:0".into(),
            since: jiff::Timestamp::UNIX_EPOCH,
            connection: "a/b/c".into(),
            run: RUN,
        };
        let mut ledger = Ledger::default();
        ledger.remember_hold(hold.clone());
        let holding = Standing { live: true, hold: Some(file.clone()) };
        ledger.book(RUN, &standing(false), &holding);
        ledger.book(RUN, &standing(false), &holding);
        assert!(!ledger.may_move(Some(&file)), "its lock is not in our hands");
        ledger.book(RUN, &holding, &standing(false));
        assert!(ledger.end_idle_holds().is_empty());
        ledger.book(RUN, &holding, &standing(true));
        let ended = ledger.end_idle_holds();
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].0, HoldChange::Ended { file: file.clone() });
        assert!(ledger.may_move(Some(&file)), "a hold that ended hinders nobody");

        ledger.remember_hold(Hold { file: (*file).into(), ..hold });
        ledger.book(RUN, &holding, &standing(false));
        assert!(!ledger.holds(Some(&file)), "a later hold of the same file is another one");
        let later = ledger.hold_again(Some(&file), RUN);
        assert!(ledger.holds(later.as_ref()) && ledger.hold_again(Some(&file), OTHER).is_none());
    }
}
