//! Which flowfiles come into one bin, and when a bin is full: NiFi's rules, without any content. Deterministic: the same
//! flowfiles in the same order at the same times make the same bins.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    num::{NonZeroU32, NonZeroUsize},
};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use processors_api::{DataSize, FlowFileId};

use super::{InsertionStrategy, MergeStrategy, Properties};

/// So many flowfiles are put into bins before it is looked again how many bins there are.
const BATCH: usize = 1_000;

/// More flowfiles in a row than this that do not fit make a bin full that has reached its minimum.
const REFUSALS_MAX: u32 = 5;

/// What makes bins full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) entries_min: usize,
    pub(super) entries_max: usize,
    pub(super) bytes_min: u64,
    pub(super) bytes_max: u64,
    pub(super) bins_max: usize,
    pub(super) age_max: Option<SignedDuration>,
    pub(super) insertion: InsertionStrategy,
}

/// Why a bin was merged, as NiFi's attribute `merge.reason` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    MaxBytes,
    MaxEntries,
    MinThresholds,
    Timeout,
    TooManyBins,
    Terminated,
    Unset,
}

/// A flowfile that looks for its bin.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) id: FlowFileId,
    pub(super) bytes: u64,
    /// What it has in common with those it is merged with.
    pub(super) group: Option<String>,
    /// What it says of itself, when fragments are put together.
    pub(super) fragment: Option<Fragment>,
    /// It ends its bin.
    pub(super) terminates: bool,
    pub(super) since: Timestamp,
}

/// A part of something that was split.
#[derive(Debug)]
pub(super) struct Fragment {
    /// Its place, as it is written. No bin takes a fragment without one, or a place twice.
    pub(super) index: Option<String>,
    /// How many there are, if it says so.
    pub(super) count: Option<usize>,
}

/// Flowfiles to be merged into one.
#[derive(Debug)]
pub(super) struct Bin {
    pub(super) parts: Vec<FlowFileId>,
    pub(super) bytes: u64,
    /// Since when its first one waits.
    pub(super) since: Timestamp,
    number: u64,
    entries_min: usize,
    entries_max: usize,
    refusals: u32,
    /// The places of its fragments.
    places: HashSet<String>,
    is_terminated: bool,
}

/// All bins of a processor.
#[derive(Debug)]
pub(super) struct Bins {
    limits: Limits,
    groups: HashMap<Option<String>, Vec<Bin>>,
    count: usize,
    next: u64,
    /// Seen, but in no bin: there are too many.
    unbinned: VecDeque<Candidate>,
    ready: VecDeque<(Bin, Reason)>,
}

impl Limits {
    pub(super) fn of(properties: &Properties) -> Self {
        let number =
            |number: NonZeroU32| NonZeroUsize::try_from(number).map_or(usize::MAX, usize::from);
        // Fragments say themselves how many there are.
        let defragments = properties.merge_strategy == MergeStrategy::Defragment;
        let entries = |entries| if defragments { usize::MAX } else { number(entries) };
        let bytes_max = properties.maximum_group_size.filter(|_| !defragments);
        let age = properties.max_bin_age.map(|age| age.duration());
        Self {
            entries_min: entries(properties.minimum_number_of_entries),
            entries_max: entries(properties.maximum_number_of_entries),
            bytes_min: if defragments { 0 } else { properties.minimum_group_size.bytes() },
            bytes_max: bytes_max.map_or(u64::MAX, DataSize::bytes),
            bins_max: number(properties.maximum_number_of_bins),
            age_max: age.map(|age| SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX)),
            insertion: properties.flowfile_insertion_strategy,
        }
    }
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MaxBytes => "MAX_BYTES_THRESHOLD_REACHED",
            Self::MaxEntries => "MAX_ENTRIES_THRESHOLD_REACHED",
            Self::MinThresholds => "MIN_THRESHOLDS_REACHED",
            Self::Timeout => "TIMEOUT",
            Self::TooManyBins => "BIN_MANAGER_FULL",
            Self::Terminated => "BIN_TERMINATION_SIGNAL",
            Self::Unset => "UNSET",
        }
    }
}

impl Bin {
    /// Takes a flowfile, if there is room for it.
    fn takes(&mut self, candidate: &Candidate, limits: &Limits) -> bool {
        let fits = !self.is_terminated
            && self.bytes.saturating_add(candidate.bytes) <= limits.bytes_max
            && self.parts.len() < self.entries_max;
        let is_taken = fits && self.has_place(candidate.fragment.as_ref());
        if is_taken {
            self.bytes = self.bytes.saturating_add(candidate.bytes);
            self.parts.push(candidate.id);
            self.refusals = 0;
        } else {
            self.refusals = self.refusals.saturating_add(1);
        }
        is_taken
    }

    /// Whether a fragment's place is free; then it is taken.
    fn has_place(&mut self, fragment: Option<&Fragment>) -> bool {
        let Some(fragment) = fragment else { return true };
        let is_free = fragment
            .index
            .as_ref()
            .is_some_and(|index| !index.is_empty() && self.places.insert(index.clone()));
        if is_free && let Some(count) = fragment.count {
            (self.entries_min, self.entries_max) = (count, count);
        }
        is_free
    }

    /// How many it wants at least; none when that is not known.
    pub(super) fn wanted(&self) -> Option<usize> {
        (self.entries_min != usize::MAX).then_some(self.entries_min)
    }

    fn has_minimum(&self, limits: &Limits) -> bool {
        self.parts.len() >= self.entries_min && self.bytes >= limits.bytes_min
    }

    /// Why it is merged although it could wait for more: because it is full, or, when nothing came, because it has enough.
    fn ready(&self, limits: &Limits, nothing_came: bool) -> Option<Reason> {
        let has_minimum = self.has_minimum(limits);
        if self.is_terminated {
            Some(Reason::Terminated)
        } else if self.bytes >= limits.bytes_max {
            Some(Reason::MaxBytes)
        } else if self.parts.len() >= self.entries_max {
            Some(Reason::MaxEntries)
        } else {
            let is_enough = has_minimum && (nothing_came || self.refusals > REFUSALS_MAX);
            is_enough.then_some(Reason::MinThresholds)
        }
    }

    fn is_old(&self, limits: &Limits, now: Timestamp) -> bool {
        limits.age_max.is_some_and(|age| now.duration_since(self.since) >= age)
    }
}

impl Bins {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            groups: HashMap::new(),
            count: 0,
            next: 0,
            unbinned: VecDeque::new(),
            ready: VecDeque::new(),
        }
    }

    /// A flowfile that came.
    pub(super) fn offer(&mut self, candidate: Candidate) {
        self.unbinned.push_back(candidate);
    }

    /// Puts flowfiles into bins and takes out the bins that are ready, in the order in which they were begun.
    pub(super) fn work(&mut self, now: Timestamp) {
        let mut ready = Vec::new();
        let mut nothing_came = true;
        if self.count + self.ready.len() <= self.limits.bins_max {
            while self.count <= self.limits.bins_max && !self.unbinned.is_empty() {
                self.put_batch(&mut ready);
                nothing_came = false;
            }
        }
        let (limits, are_alone) = (self.limits, !ready.is_empty());
        let full = self.take(|bin| {
            let is_old = || bin.is_old(&limits, now).then_some(Reason::Timeout);
            bin.ready(&limits, nothing_came).or_else(is_old)
        });
        let too_many = self.count > limits.bins_max || (self.count == limits.bins_max && are_alone);
        if full.is_empty() && too_many {
            let oldest = self.open().map(|bin| bin.number).min();
            ready.extend(
                self.take(|bin| (Some(bin.number) == oldest).then_some(Reason::TooManyBins)),
            );
        }
        ready.extend(full);
        ready.sort_by_key(|(bin, _)| bin.number);
        self.ready.extend(ready);
    }

    /// Takes out all bins: nobody else will come.
    pub(super) fn end(&mut self) {
        let all = self.take(|_| Some(Reason::Unset));
        self.ready.extend(all);
    }

    pub(super) fn next_ready(&mut self) -> Option<(Bin, Reason)> {
        self.ready.pop_front()
    }

    /// Whether there is more to do although nothing comes.
    pub(super) fn wants_again(&self) -> bool {
        let is_ready = |bin: &Bin| bin.ready(&self.limits, true).is_some();
        !self.ready.is_empty()
            || !self.unbinned.is_empty()
            || self.count > self.limits.bins_max
            || self.open().any(is_ready)
    }

    /// When the oldest bin becomes too old.
    pub(super) fn next_timeout(&self) -> Option<Timestamp> {
        let since = self.open().map(|bin| bin.since).min()?;
        since.checked_add(self.limits.age_max?).ok()
    }

    /// The bins that wait for more.
    pub(super) fn open(&self) -> impl Iterator<Item = &Bin> {
        self.groups.values().flatten()
    }

    /// Puts the next flowfiles into bins, group by group; those that no bin can take are alone in one that is ready.
    fn put_batch(&mut self, ready: &mut Vec<(Bin, Reason)>) {
        let batch = self.unbinned.len().min(BATCH);
        let mut groups: IndexMap<Option<String>, Vec<Candidate>> = IndexMap::new();
        for candidate in self.unbinned.drain(..batch) {
            groups.entry(candidate.group.clone()).or_default().push(candidate);
        }
        for (group, candidates) in groups {
            let alone: Vec<_> = candidates
                .into_iter()
                .filter(|candidate| !self.put(group.as_ref(), candidate))
                .collect();
            ready.extend(alone.iter().map(|candidate| {
                let mut bin = self.new_bin(candidate.since);
                bin.bytes = candidate.bytes;
                bin.parts.push(candidate.id);
                (bin, Reason::Unset)
            }));
        }
    }

    /// Puts a flowfile into the first bin of its group that takes it, or into a new one.
    fn put(&mut self, group: Option<&String>, candidate: &Candidate) -> bool {
        if candidate.bytes > self.limits.bytes_max {
            return false;
        }
        let limits = self.limits;
        let joins = !candidate.terminates || limits.insertion == InsertionStrategy::LastInBin;
        let bins = self.groups.entry(group.cloned()).or_default();
        if joins {
            if let Some(bin) =
                bins.iter_mut().find_map(|bin| bin.takes(candidate, &limits).then_some(bin))
            {
                bin.is_terminated |= candidate.terminates;
                return true;
            }
        } else if let Some(bin) = bins.iter_mut().find(|bin| !bin.is_terminated) {
            bin.is_terminated = true;
        }
        let mut bin = self.new_bin(candidate.since);
        if !bin.takes(candidate, &limits) {
            return false;
        }
        bin.is_terminated =
            candidate.terminates && limits.insertion != InsertionStrategy::FirstInNewBin;
        self.groups.entry(group.cloned()).or_default().push(bin);
        self.count += 1;
        true
    }

    fn new_bin(&mut self, since: Timestamp) -> Bin {
        self.next += 1;
        Bin {
            parts: Vec::new(),
            bytes: 0,
            since,
            number: self.next,
            entries_min: self.limits.entries_min,
            entries_max: self.limits.entries_max,
            refusals: 0,
            places: HashSet::new(),
            is_terminated: false,
        }
    }

    /// Takes out the bins that there is a reason for, in the order in which they were begun.
    fn take(&mut self, reason: impl Fn(&Bin) -> Option<Reason>) -> Vec<(Bin, Reason)> {
        let mut taken = Vec::new();
        for bins in self.groups.values_mut() {
            for bin in std::mem::take(bins) {
                match reason(&bin) {
                    Some(why) => taken.push((bin, why)),
                    None => bins.push(bin),
                }
            }
        }
        self.groups.retain(|_, bins| !bins.is_empty());
        self.count -= taken.len();
        taken.sort_by_key(|(bin, _)| bin.number);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        entries_min: 2,
        entries_max: 3,
        bytes_min: 0,
        bytes_max: 100,
        bins_max: 2,
        age_max: None,
        insertion: InsertionStrategy::LastInBin,
    };

    /// One flowfile for each word: its group, a letter for `!` that it ends its bin, and its bytes.
    fn candidates(words: &str) -> Vec<Candidate> {
        let candidate = |(number, word): (u8, &str)| {
            let digits = word.trim_start_matches(|sign: char| !sign.is_ascii_digit());
            Candidate {
                id: FlowFileId::from_bytes([number; 16]),
                bytes: digits.parse().unwrap_or(1),
                group: Some(word[..1].to_owned()),
                fragment: None,
                terminates: word.contains('!'),
                since: Timestamp::from_second(i64::from(number)).unwrap(),
            }
        };
        (0..).zip(words.split_whitespace()).map(candidate).collect()
    }

    fn ready(bins: &mut Bins) -> String {
        let shown = std::iter::from_fn(|| bins.next_ready()).map(|(bin, reason)| {
            let parts: Vec<String> =
                bin.parts.iter().map(|id| id.as_bytes()[0].to_string()).collect();
            format!("{} {}", parts.join(","), reason.name())
        });
        shown.collect::<Vec<_>>().join("; ")
    }

    /// What is ready after each trigger.
    #[track_caller]
    fn check(limits: Limits, triggers: &[(&str, &str)]) {
        let mut bins = Bins::new(limits);
        for (words, expected) in triggers {
            candidates(words).into_iter().for_each(|candidate| bins.offer(candidate));
            bins.work(Timestamp::UNIX_EPOCH);
            assert_eq!(ready(&mut bins), *expected, "{words}");
        }
    }

    #[test]
    fn a_bin_is_ready_when_it_is_full_or_has_enough_and_nobody_came() {
        check(LIMITS, &[("a a a a", "0,1,2 MAX_ENTRIES_THRESHOLD_REACHED"), ("", "")]);
        check(LIMITS, &[("a a", ""), ("b", ""), ("", "0,1 MIN_THRESHOLDS_REACHED")]);
        check(LIMITS, &[("a50 a50", "0,1 MAX_BYTES_THRESHOLD_REACHED")]);
        check(LIMITS, &[("a101", "0 UNSET")]);
        let limits = Limits { bytes_min: 10, ..LIMITS };
        check(limits, &[("a a", ""), ("", ""), ("a9", "0,1,0 MAX_ENTRIES_THRESHOLD_REACHED")]);
        check(limits, &[("a", ""), ("a9", ""), ("", "0,0 MIN_THRESHOLDS_REACHED")]);
    }

    #[test]
    fn a_bin_that_is_refused_too_often_is_full() {
        let limits = Limits { bytes_max: 10, bins_max: 9, ..LIMITS };
        let words = "a4 a4 a9 a9 a9 a9 a9 a9";
        check(limits, &[(words, "0,1 MIN_THRESHOLDS_REACHED")]);
    }

    #[test]
    fn bins_are_merged_in_the_order_in_which_they_were_begun() {
        let limits = Limits { bins_max: 9, ..LIMITS };
        let both = "0,2,3 MAX_ENTRIES_THRESHOLD_REACHED; 1,4,5 MAX_ENTRIES_THRESHOLD_REACHED";
        check(limits, &[("a b a a b b", both)]);
        check(Limits { bins_max: 1, ..LIMITS }, &[("a b a a b b", both)]);
    }

    #[test]
    fn of_too_many_bins_the_oldest_go() {
        check(LIMITS, &[("a b c d", "0 BIN_MANAGER_FULL"), ("", "1 BIN_MANAGER_FULL"), ("", "")]);
        // One that no bin takes wants a bin, too.
        check(LIMITS, &[("a b a101", "0 BIN_MANAGER_FULL; 2 UNSET"), ("", "")]);
        check(
            LIMITS,
            &[
                ("a b", ""),
                ("a b", ""),
                ("", "0,0 MIN_THRESHOLDS_REACHED; 1,1 MIN_THRESHOLDS_REACHED"),
            ],
        );
    }

    #[test]
    fn a_flowfile_ends_its_bin_as_it_is_told() {
        for (insertion, expected) in [
            (InsertionStrategy::LastInBin, "0,1 BIN_TERMINATION_SIGNAL"),
            (InsertionStrategy::FirstInNewBin, "0 BIN_TERMINATION_SIGNAL"),
            (InsertionStrategy::Isolated, "0 BIN_TERMINATION_SIGNAL; 1 BIN_TERMINATION_SIGNAL"),
        ] {
            check(Limits { insertion, ..LIMITS }, &[("a a! b", expected)]);
        }
        check(LIMITS, &[("a a!101", "1 UNSET")]);
    }

    #[test]
    fn a_bin_that_is_old_goes_with_what_it_has() {
        let mut bins = Bins::new(Limits { age_max: Some(SignedDuration::from_secs(60)), ..LIMITS });
        candidates("a b").into_iter().for_each(|candidate| bins.offer(candidate));
        bins.work(Timestamp::UNIX_EPOCH);
        assert_eq!(bins.next_timeout(), Timestamp::from_second(60).ok());
        bins.work(Timestamp::from_second(60).unwrap());
        assert_eq!(ready(&mut bins), "0 TIMEOUT");
        assert_eq!(bins.next_timeout(), Timestamp::from_second(61).ok());
    }
}
