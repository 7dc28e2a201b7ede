//! The queue of a connection: in the order that its prioritizers say, else first in, first out, except that penalized
//! flowfiles are passed. Only its order and its waiting times: whether a processor may take from it is the scheduler's
//! business.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use processors_api::{FlowFileId, FlowFileRecord};

use super::{
    priority::{Rank, rank},
    shared::later,
};
use crate::{
    flow::{BackPressure, FlowConnection, Prioritizer},
    repository::record::Queued,
};

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

/// Where a flowfile stands in its queue: by rank, and then by arrival.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    rank: Box<[Rank]>,
    number: i64,
}

/// Flowfiles waiting in order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    prioritize: Vec<Prioritizer>,
    /// How old a flowfile becomes here.
    expire: Option<Duration>,
    ready: BTreeMap<Place, Waiting>,
    /// Those that wait for a time, by that time and then by arrival.
    penalized: BTreeMap<(Timestamp, u64), Waiting>,
    /// When each came into being, those on loan included; only where flowfiles become too old.
    ages: BTreeSet<(Timestamp, FlowFileId)>,
    arrivals: u64,
    /// The numbers of the first and the last place that were given.
    first: i64,
    last: i64,
}

impl Queue {
    /// The queue of a connection.
    pub(super) fn of(connection: &FlowConnection) -> Self {
        Self {
            prioritize: connection.prioritize.clone(),
            expire: connection.expire,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, waiting: Waiting, gauge: &Gauge) {
        self.count_in(&waiting, gauge);
        match waiting.queued.penalized_until {
            None => self.append(waiting),
            Some(until) => {
                self.arrivals += 1;
                self.penalized.insert((until, self.arrivals), waiting);
            }
        }
    }

    /// Puts a flowfile back that was taken and has no penalty.
    pub(super) fn push_front(&mut self, waiting: Waiting, gauge: &Gauge) {
        self.count_in(&waiting, gauge);
        self.first -= 1;
        let rank = rank(&self.prioritize, &waiting);
        self.ready.insert(Place { rank, number: self.first }, waiting);
    }

    fn append(&mut self, waiting: Waiting) {
        self.last += 1;
        let rank = rank(&self.prioritize, &waiting);
        self.ready.insert(Place { rank, number: self.last }, waiting);
    }

    fn count_in(&mut self, waiting: &Waiting, gauge: &Gauge) {
        gauge.add(waiting);
        if self.expire.is_some() {
            self.ages.insert((waiting.record.entry_date, waiting.record.id));
        }
    }

    fn count_out(&mut self, waiting: &Waiting, gauge: &Gauge) {
        gauge.subtract(waiting);
        self.ages.remove(&(waiting.record.entry_date, waiting.record.id));
    }

    /// Lets those go whose penalty is over.
    pub(super) fn release(&mut self, now: Timestamp) {
        while let Some(first) = self.penalized.first_entry().filter(|first| first.key().0 <= now) {
            let waiting = first.remove();
            self.append(waiting);
        }
    }

    /// Takes up to `max` flowfiles, in order, that `may_go`. A flowfile that holds a file travels alone.
    pub(super) fn take(
        &mut self,
        max: usize,
        may_go: impl Fn(&Waiting) -> bool,
        gauge: &Gauge,
    ) -> Vec<Waiting> {
        let mut places: Vec<Place> = Vec::new();
        for (place, next) in self.ready.iter().filter(|(_, next)| may_go(next)) {
            let alone = next.queued.hold.is_some();
            if places.len() == max || (alone && !places.is_empty()) {
                break;
            }
            places.push(place.clone());
            if alone {
                break;
            }
        }
        let taken: Vec<Waiting> =
            places.iter().filter_map(|place| self.ready.remove(place)).collect();
        taken.iter().for_each(|waiting| self.count_out(waiting, gauge));
        taken
    }

    /// Takes up to `max` flowfiles that `may_go` without their leaving the queue: they count as there.
    pub(super) fn lend(
        &mut self,
        max: usize,
        may_go: impl Fn(&Waiting) -> bool,
    ) -> Vec<(Place, Waiting)> {
        let going = self.ready.iter().filter(|(_, next)| may_go(next)).take(max);
        let places: Vec<Place> = going.map(|(place, _)| place.clone()).collect();
        places.into_iter().filter_map(|place| self.ready.remove_entry(&place)).collect()
    }

    /// Takes a flowfile back that was lent, to its place.
    pub(super) fn take_back(&mut self, place: Place, waiting: Waiting) {
        self.ready.insert(place, waiting);
    }

    /// A flowfile that was lent has left the queue.
    pub(super) fn lent_is_gone(&mut self, waiting: &Waiting, gauge: &Gauge) {
        self.count_out(waiting, gauge);
    }

    /// The first flowfile without a penalty that fits.
    pub(super) fn first_ready(&self, fits: impl Fn(&Waiting) -> bool) -> Option<&Waiting> {
        self.ready.values().find(|waiting| fits(waiting))
    }

    /// Whether a flowfile may go now.
    pub(super) fn has_ready(&self, may_go: impl Fn(&Waiting) -> bool) -> bool {
        self.ready.values().any(may_go)
    }

    /// When the next penalty ends.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.penalized.first_key_value().map(|(key, _)| key.0)
    }

    /// When the oldest flowfile becomes too old.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        Some(later(self.ages.first()?.0, self.expire?))
    }

    /// The flowfiles that are too old, wherever they are.
    pub(super) fn too_old(&self, now: Timestamp) -> HashSet<FlowFileId> {
        let Some(expire) = self.expire else { return HashSet::new() };
        let too_old = self.ages.iter().take_while(|(since, _)| later(*since, expire) <= now);
        too_old.map(|(_, id)| *id).collect()
    }

    /// The flowfiles that wait, those with a penalty last.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.ready.values().chain(self.penalized.values())
    }

    /// Takes out those that `leaves` says.
    pub(super) fn extract(
        &mut self,
        leaves: impl Fn(&Waiting) -> bool,
        gauge: &Gauge,
    ) -> Vec<Waiting> {
        let ready = self.ready.extract_if(.., |_, waiting| leaves(waiting));
        let mut leaving: Vec<Waiting> = ready.map(|(_, waiting)| waiting).collect();
        let penalized = self.penalized.extract_if(.., |_, waiting| leaves(waiting));
        leaving.extend(penalized.map(|(_, waiting)| waiting));
        leaving.iter().for_each(|waiting| self.count_out(waiting, gauge));
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

    fn prioritized(prioritize: &[Prioritizer], priorities: &[Option<&str>]) -> Vec<u8> {
        let (mut queue, gauge) = (Queue::default(), Gauge::default());
        queue.prioritize = prioritize.to_vec();
        for (number, priority) in (1..).zip(priorities) {
            let mut waiting = waiting(number, None, None);
            // Born in pairs.
            waiting.record.lineage_start =
                Timestamp::from_second(i64::from(number.div_ceil(2))).unwrap();
            if let Some(priority) = priority {
                waiting.record.attributes.set("priority", (*priority).into());
            }
            queue.push(waiting, &gauge);
        }
        taken(&mut queue, &gauge)
    }

    #[test]
    fn who_goes_first_is_as_the_prioritizers_say() {
        use Prioritizer::{
            FirstInFirstOut, NewestFlowfileFirst, OldestFlowfileFirst, PriorityAttribute,
        };
        let priorities = [None, Some("A-99"), Some("10"), Some(" 9 "), Some("A-100"), Some("-1")];
        for (prioritize, expected) in [
            (&[][..], [1, 2, 3, 4, 5, 6]),
            (&[FirstInFirstOut], [1, 2, 3, 4, 5, 6]),
            (&[NewestFlowfileFirst], [5, 6, 3, 4, 1, 2]),
            (&[OldestFlowfileFirst], [1, 2, 3, 4, 5, 6]),
            (&[PriorityAttribute], [6, 4, 3, 5, 2, 1]),
            (&[NewestFlowfileFirst, PriorityAttribute], [6, 5, 4, 3, 2, 1]),
        ] {
            assert_eq!(prioritized(prioritize, &priorities), expected, "{prioritize:?}");
        }
    }

    #[test]
    fn what_is_lent_counts_and_keeps_its_place() {
        let (mut queue, gauge) = (Queue::default(), Gauge::default());
        for number in 1..=4 {
            queue.push(waiting(number, None, None), &gauge);
        }
        let lent = queue.lend(3, |waiting| waiting.record.id.as_bytes()[0] != 2);
        assert_eq!((lent.len(), gauge.count()), (3, 4));
        for (place, waiting) in lent.into_iter().rev() {
            if place.number == 1 {
                queue.lent_is_gone(&waiting, &gauge);
            } else {
                queue.take_back(place, waiting);
            }
        }
        assert_eq!(gauge.count(), 3);
        assert_eq!(taken(&mut queue, &gauge), [2, 3, 4]);
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
