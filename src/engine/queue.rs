//! The queue of a connection: first in, first out, except that penalized flowfiles are passed. Only its order and its
//! waiting times: whether a processor may take from it is the scheduler's business.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use processors_api::FlowFileRecord;

use crate::{flow::BackPressure, repository::record::Queued};

/// A flowfile in its queue.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) record: FlowFileRecord,
    pub(super) queued: Queued,
}

/// How much is in a queue, for everybody to see.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    count: AtomicU64,
    bytes: AtomicU64,
}

impl Gauge {
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn is_full(&self, limit: BackPressure) -> bool {
        let reached =
            |value: &AtomicU64, limit: u64| limit > 0 && value.load(Ordering::Relaxed) >= limit;
        reached(&self.count, limit.count) || reached(&self.bytes, limit.bytes)
    }

    fn add(&self, waiting: &Waiting) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(waiting.record.content.length(), Ordering::Relaxed);
    }

    fn subtract(&self, waiting: &Waiting) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(waiting.record.content.length(), Ordering::Relaxed);
    }
}

/// Flowfiles waiting in order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: VecDeque<Waiting>,
    /// Those that wait for a time, by that time and then by arrival.
    penalized: BTreeMap<(Timestamp, u64), Waiting>,
    arrivals: u64,
}

impl Queue {
    pub(super) fn push(&mut self, waiting: Waiting, gauge: &Gauge) {
        gauge.add(&waiting);
        match waiting.queued.penalized_until {
            None => self.ready.push_back(waiting),
            Some(until) => {
                self.arrivals += 1;
                self.penalized.insert((until, self.arrivals), waiting);
            }
        }
    }

    /// Puts a flowfile back that was taken and has no penalty.
    pub(super) fn push_front(&mut self, waiting: Waiting, gauge: &Gauge) {
        gauge.add(&waiting);
        self.ready.push_front(waiting);
    }

    /// Lets those go whose penalty is over.
    pub(super) fn release(&mut self, now: Timestamp) {
        while let Some(first) = self.penalized.first_entry().filter(|first| first.key().0 <= now) {
            self.ready.push_back(first.remove());
        }
    }

    /// Takes up to `max` flowfiles, in order, that `may_go`. A flowfile that holds a file travels alone.
    pub(super) fn take(
        &mut self,
        max: usize,
        may_go: impl Fn(&Waiting) -> bool,
        gauge: &Gauge,
    ) -> Vec<Waiting> {
        let mut taken: Vec<Waiting> = Vec::new();
        let mut passed = 0;
        while let Some(next) = self.ready.get(passed).filter(|_| taken.len() < max) {
            let alone = next.queued.hold.is_some();
            if !may_go(next) {
                passed += 1;
                continue;
            }
            if alone && !taken.is_empty() {
                break;
            }
            taken.extend(self.ready.remove(passed).inspect(|next| gauge.subtract(next)));
            if alone {
                break;
            }
        }
        taken
    }

    /// The first flowfile without a penalty that fits.
    pub(super) fn first_ready(&self, fits: impl Fn(&Waiting) -> bool) -> Option<&Waiting> {
        self.ready.iter().find(|waiting| fits(waiting))
    }

    /// Whether a flowfile may go now.
    pub(super) fn has_ready(&self, may_go: impl Fn(&Waiting) -> bool) -> bool {
        self.ready.iter().any(may_go)
    }

    /// When the next penalty ends.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.penalized.first_key_value().map(|(key, _)| key.0)
    }

    /// The flowfiles that wait, those with a penalty last.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.ready.iter().chain(self.penalized.values())
    }

    /// Takes out those that `leaves` says.
    pub(super) fn extract(
        &mut self,
        leaves: impl Fn(&Waiting) -> bool,
        gauge: &Gauge,
    ) -> Vec<Waiting> {
        let mut all: Vec<Waiting> = std::mem::take(&mut self.ready).into();
        all.extend(std::mem::take(&mut self.penalized).into_values());
        all.iter().for_each(|waiting| gauge.subtract(waiting));
        let (leaving, staying): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|waiting| leaves(waiting));
        staying.into_iter().for_each(|waiting| self.push(waiting, gauge));
        leaving
    }
}

#[cfg(test)]
mod tests {
    use processors_api::{Attributes, ContentClaim, FlowFileId, RunId};

    use super::*;

    fn waiting(number: u8, penalized_until: Option<i64>, hold: Option<&str>) -> Waiting {
        let now = Timestamp::UNIX_EPOCH;
        Waiting {
            record: FlowFileRecord {
                id: FlowFileId::from_bytes([number; 16]),
                attributes: Attributes::default(),
                content: ContentClaim::inline(&[0; 10], false),
                entry_date: now,
                lineage_start: now,
                run: RunId::from_bytes([0; 16]),
            },
            queued: Queued {
                connection: "a/success/b".into(),
                since: now,
                penalized_until: penalized_until
                    .map(|seconds| Timestamp::from_second(seconds).unwrap()),
                rollbacks: 0,
                retries: 0,
                begun: None,
                hold: hold.map(Into::into),
                failed_number: None,
                replayed_as: None,
            },
        }
    }

    fn taken(queue: &mut Queue, gauge: &Gauge) -> Vec<u8> {
        queue
            .take(10, |_| true, gauge)
            .iter()
            .map(|waiting| waiting.record.id.as_bytes()[0])
            .collect()
    }

    #[test]
    fn first_in_first_out_but_the_penalized_are_passed() {
        let (mut queue, gauge) = (Queue::default(), Gauge::default());
        queue.push(waiting(1, Some(50), None), &gauge);
        queue.push(waiting(2, None, None), &gauge);
        queue.push(waiting(3, Some(20), None), &gauge);
        queue.push(waiting(4, None, None), &gauge);
        assert_eq!(gauge.count(), 4);
        assert_eq!(taken(&mut queue, &gauge), [2, 4]);
        assert_eq!(queue.next_due(), Timestamp::from_second(20).ok());
        queue.release(Timestamp::from_second(60).unwrap());
        assert_eq!(taken(&mut queue, &gauge), [3, 1]);
        assert_eq!(gauge.count(), 0);
        assert!(!gauge.is_full(BackPressure { count: 1, bytes: 1 }));
    }

    #[test]
    fn a_flowfile_that_holds_a_file_travels_alone() {
        let (mut queue, gauge) = (Queue::default(), Gauge::default());
        for (number, hold) in [(1, None), (2, Some("f")), (3, None)] {
            queue.push(waiting(number, None, hold), &gauge);
        }
        assert_eq!(taken(&mut queue, &gauge), [1]);
        assert_eq!(taken(&mut queue, &gauge), [2]);
        assert_eq!(taken(&mut queue, &gauge), [3]);
    }

    #[test]
    fn a_queue_is_full_by_count_or_by_size_and_0_is_no_limit() {
        let (mut queue, gauge) = (Queue::default(), Gauge::default());
        queue.push(waiting(1, None, None), &gauge);
        assert!(gauge.is_full(BackPressure { count: 1, bytes: 0 }));
        assert!(gauge.is_full(BackPressure { count: 0, bytes: 10 }));
        assert!(!gauge.is_full(BackPressure { count: 0, bytes: 0 }));
        assert!(!gauge.is_full(BackPressure { count: 2, bytes: 11 }));
    }
}
