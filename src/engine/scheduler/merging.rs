//! When a processor that merges is triggered: as soon as flowfiles come, at the time that it asked for, and once more
//! when nothing comes if it asked for that. In between it costs nothing.

use jiff::Timestamp;

use super::{Firings, Scheduler, may_go};
use crate::{
    engine::{
        chain::Work,
        loan::{Lent, Loan},
        merge::Merged,
        queue::Waiting,
    },
    flow::{ConnectionIndex, ProcessorIndex},
    limits::MERGE_FLOWFILES_MAX,
};

/// A processor that merges, between two triggers.
pub(super) struct Merging {
    /// None while a trigger is under way.
    loan: Option<Loan>,
    /// It wants to know whether more comes.
    again: bool,
    until: Option<Timestamp>,
    /// What it waits for, in words.
    what: String,
}

impl Default for Merging {
    fn default() -> Self {
        Self { loan: Some(Loan::default()), again: false, until: None, what: String::new() }
    }
}

impl Merging {
    /// Those on loan, unless a trigger is under way.
    pub(super) fn loan(&mut self) -> Option<&mut Loan> {
        self.loan.as_mut()
    }

    /// How many flowfiles of a connection are on loan.
    pub(super) fn lent_of(&self, connection: ConnectionIndex) -> usize {
        let loan = self.loan.iter().flat_map(Loan::iter);
        loan.filter(|lent| lent.connection == connection).count()
    }

    /// How many flowfiles are on loan.
    pub(super) fn lent(&self) -> usize {
        self.loan.as_ref().map_or(0, Loan::len)
    }

    /// Whether it wants to be triggered although nothing came.
    pub(super) fn is_wanting(&self) -> bool {
        self.lent() > 0 && (self.again || self.until.is_some())
    }

    /// What it waits for, in words.
    pub(super) fn what(&self) -> &str {
        &self.what
    }
}

impl Scheduler {
    /// The next trigger of a processor that merges: new flowfiles, or its time has come. One that holds a file goes alone.
    pub(super) fn next_merge(&mut self, index: ProcessorIndex) -> Option<Work> {
        let shared = self.shared.clone();
        let now = shared.now();
        let incoming = self.in_turn(index);
        let ledger = shared.ledger();
        let place = |connection| shared.flow.connection(connection).hold.is_some();
        let holds = |waiting: &Waiting| ledger.holds(waiting.queued.hold.as_ref());
        for &connection in incoming.iter().filter(|_| ledger.has_holds()) {
            let alone =
                |waiting: &Waiting| holds(waiting) && may_go(&ledger, place(connection), waiting);
            let flowfiles = self.queues[connection.0].take(1, alone, shared.gauge(connection));
            if !flowfiles.is_empty() {
                return Some(Work::Queue { connection, flowfiles });
            }
        }
        let merging = self.merging.entry(index).or_default();
        let mut loan = merging.loan.take()?;
        let mut new = Vec::new();
        for connection in incoming {
            let room = MERGE_FLOWFILES_MAX.saturating_sub(loan.len());
            let free =
                |waiting: &Waiting| !holds(waiting) && may_go(&ledger, place(connection), waiting);
            for (place, waiting) in self.queues[connection.0].lend(room, free) {
                new.push(waiting.record.id);
                loan.add(Lent { connection, place, waiting });
            }
        }
        let is_due = merging.until.is_some_and(|until| until <= now) && !loan.is_empty();
        if new.is_empty() && !is_due {
            merging.loan = Some(loan);
            return None;
        }
        merging.again = false;
        Some(Work::Merge { loan, new })
    }

    /// Triggers those once more to which nothing came, as they asked for. A call that somebody waits for brings in all it
    /// can before: what belongs together is then merged together.
    pub(super) fn dispatch_quiet(&mut self, firings: Firings) {
        let idle = self.chains.is_empty() && self.lock_waits.is_empty();
        if firings != Firings::Scheduled && !idle {
            return;
        }
        let wanting = self.merging.iter().filter(|(_, merging)| merging.again);
        let wanting: Vec<ProcessorIndex> = wanting.map(|(index, _)| *index).collect();
        for index in wanting {
            self.start(index, Self::quiet_merge);
        }
    }

    fn quiet_merge(&mut self, index: ProcessorIndex) -> Option<Work> {
        let merging = self.merging.get_mut(&index)?;
        let loan = merging.loan.take_if(|loan| !loan.is_empty())?;
        merging.again = false;
        Some(Work::Merge { loan, new: Vec::new() })
    }

    /// Takes over what a trigger left.
    pub(super) fn after_merge(&mut self, merged: Merged) {
        let Merged { processor, loan, returned, gone, again, wait } = merged;
        self.return_lent(returned);
        for lent in &gone {
            let gauge = self.shared.gauge(lent.connection);
            self.queues[lent.connection.0].lent_is_gone(&lent.waiting, gauge);
        }
        let (until, what) = wait.map(|wait| (wait.until, wait.what)).unwrap_or_default();
        self.merging.insert(processor, Merging { loan: Some(loan), again, until, what });
    }

    pub(super) fn return_lent(&mut self, returned: Vec<Lent>) {
        for Lent { connection, place, waiting } in returned {
            self.queues[connection.0].take_back(place, waiting);
        }
    }

    /// When the next processor that merges wants to be triggered although nothing came.
    pub(super) fn next_merge_due(&self) -> Option<Timestamp> {
        let now = self.shared.now();
        let due = self
            .merging
            .values()
            .filter(|merging| merging.lent() > 0)
            .filter_map(|merging| merging.until);
        // One whose time has come and that was not triggered cannot be: what hinders it wakes.
        due.filter(|until| *until > now).min()
    }
}
