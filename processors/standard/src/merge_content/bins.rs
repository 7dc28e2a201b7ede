//! Which flowfiles come into one bin, and when a bin is full: NiFi's rules, without any content. Deterministic: the same
//! flowfiles in the same order at the same times make the same bins.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use processors_api::FlowFileId;

use super::InsertionStrategy;

/// So many flowfiles are put into bins before it is looked again how many bins there are.
const BATCH: usize = 1_000;

/// So many flowfiles in a row that do not fit make a bin full that has reached its minimum.
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
    /// How many its bin has when it is complete, if it says so.
    pub(super) complete_at: Option<usize>,
    /// It ends its bin.
    pub(super) terminates: bool,
    pub(super) since: Timestamp,
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
    fn accepts(&self, candidate: &Candidate, limits: &Limits) -> bool {
        self.bytes.saturating_add(candidate.bytes) <= limits.bytes_max
            && self.parts.len() < self.entries_max
    }

    fn add(&mut self, candidate: &Candidate) {
        if let Some(count) = candidate.complete_at {
            (self.entries_min, self.entries_max) = (count, count);
        }
        self.bytes = self.bytes.saturating_add(candidate.bytes);
        self.parts.push(candidate.id);
        self.refusals = 0;
    }

    /// How many it wants at least; none when that is not known.
    pub(super) fn wanted(&self) -> Option<usize> {
        (self.entries_min != usize::MAX).then_some(self.entries_min)
    }

    fn has_enough(&self, limits: &Limits) -> bool {
        self.parts.len() >= self.entries_min && self.bytes >= limits.bytes_min
    }

    /// Why it is full, if it is.
    fn is_full(&self, limits: &Limits) -> Option<Reason> {
        if !self.has_enough(limits) {
            None
        } else if self.bytes >= limits.bytes_max {
            Some(Reason::MaxBytes)
        } else if self.parts.len() >= self.entries_max {
            Some(Reason::MaxEntries)
        } else {
            (self.refusals > REFUSALS_MAX).then_some(Reason::MinThresholds)
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

    /// Puts flowfiles into bins and takes out the bins that are ready.
    pub(super) fn work(&mut self, now: Timestamp) {
        let mut binned = 0;
        while self.count <= self.limits.bins_max && !self.unbinned.is_empty() {
            let batch = self.unbinned.len().min(BATCH);
            for candidate in self.unbinned.drain(..batch).collect::<Vec<_>>() {
                self.put(candidate);
            }
            binned += batch;
        }
        let before = self.ready.len();
        self.collect(|bin, limits| {
            let enough = binned == 0 && bin.has_enough(limits);
            enough
                .then_some(Reason::MinThresholds)
                .or_else(|| bin.is_old(limits, now).then_some(Reason::Timeout))
        });
        if self.ready.len() == before {
            while self.count > self.limits.bins_max {
                self.take_oldest();
            }
        }
    }

    /// Takes out all bins: nobody else will come.
    pub(super) fn end(&mut self) {
        self.collect(|_, _| Some(Reason::Unset));
    }

    pub(super) fn next_ready(&mut self) -> Option<(Bin, Reason)> {
        self.ready.pop_front()
    }

    /// Whether there is more to do although nothing comes.
    pub(super) fn wants_again(&self) -> bool {
        let has_enough = |bin: &Bin| bin.has_enough(&self.limits);
        !self.ready.is_empty() || !self.unbinned.is_empty() || self.open().any(has_enough)
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

    fn put(&mut self, candidate: Candidate) {
        if candidate.bytes > self.limits.bytes_max {
            let bin = self.new_bin(&candidate);
            self.ready.push_back((bin, Reason::Unset));
            return;
        }
        match (candidate.terminates, self.limits.insertion) {
            (false, _) => self.insert(&candidate),
            (true, InsertionStrategy::LastInBin) => {
                self.insert(&candidate);
                self.terminate(&candidate.group);
            }
            (true, InsertionStrategy::FirstInNewBin) => {
                self.terminate(&candidate.group);
                self.insert(&candidate);
            }
            (true, InsertionStrategy::Isolated) => {
                self.terminate(&candidate.group);
                let bin = self.new_bin(&candidate);
                self.ready.push_back((bin, Reason::Terminated));
            }
        }
    }

    /// Puts a flowfile into the first bin of its group that accepts it, or into a new one.
    fn insert(&mut self, candidate: &Candidate) {
        let limits = self.limits;
        let bins = self.groups.entry(candidate.group.clone()).or_default();
        let mut at = None;
        for (index, bin) in bins.iter_mut().enumerate() {
            if bin.accepts(candidate, &limits) {
                bin.add(candidate);
                at = Some(index);
                break;
            }
            bin.refusals += 1;
        }
        let at = match at {
            Some(at) => at,
            None => {
                let bin = self.new_bin(candidate);
                self.count += 1;
                let bins = self.groups.entry(candidate.group.clone()).or_default();
                bins.push(bin);
                bins.len() - 1
            }
        };
        let Some(bins) = self.groups.get_mut(&candidate.group) else { return };
        if let Some(reason) = bins[at].is_full(&limits) {
            self.ready.push_back((bins.remove(at), reason));
            self.count -= 1;
        }
    }

    fn new_bin(&mut self, candidate: &Candidate) -> Bin {
        self.next += 1;
        let mut bin = Bin {
            parts: Vec::new(),
            bytes: 0,
            since: candidate.since,
            number: self.next,
            entries_min: self.limits.entries_min,
            entries_max: self.limits.entries_max,
            refusals: 0,
        };
        bin.add(candidate);
        bin
    }

    /// Ends the bins of a group.
    fn terminate(&mut self, group: &Option<String>) {
        let bins = self.groups.remove(group).unwrap_or_default();
        self.count -= bins.len();
        self.ready.extend(bins.into_iter().map(|bin| (bin, Reason::Terminated)));
    }

    /// Takes out the bins that are full or that `is_ready` says, in the order in which they were begun.
    fn collect(&mut self, is_ready: impl Fn(&Bin, &Limits) -> Option<Reason>) {
        let limits = self.limits;
        let reason = |bin: &Bin| bin.is_full(&limits).or_else(|| is_ready(bin, &limits));
        let mut ready = Vec::new();
        for bins in self.groups.values_mut() {
            ready.extend(bins.extract_if(.., |bin| reason(bin).is_some()));
        }
        self.groups.retain(|_, bins| !bins.is_empty());
        self.count -= ready.len();
        ready.sort_unstable_by_key(|bin| bin.number);
        self.ready.extend(ready.into_iter().map(|bin| {
            let why = reason(&bin).unwrap_or(Reason::Unset);
            (bin, why)
        }));
    }

    fn take_oldest(&mut self) {
        let Some(oldest) = self.open().map(|bin| bin.number).min() else { return };
        for bins in self.groups.values_mut() {
            if let Some(at) = bins.iter().position(|bin| bin.number == oldest) {
                self.ready.push_back((bins.remove(at), Reason::TooManyBins));
                self.count -= 1;
                return;
            }
        }
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
                complete_at: None,
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
        check(limits, &[("a a a a9", ""), ("", ""), ("a10", "3,0 MIN_THRESHOLDS_REACHED")][..2]);
    }

    #[test]
    fn a_bin_that_is_refused_too_often_is_full() {
        let limits = Limits { bytes_max: 10, bins_max: 9, ..LIMITS };
        let words = "a4 a4 a9 a9 a9 a9 a9 a9";
        check(limits, &[(words, "0,1 MIN_THRESHOLDS_REACHED")]);
    }

    #[test]
    fn of_too_many_bins_the_oldest_go() {
        check(LIMITS, &[("a b c d", "0 BIN_MANAGER_FULL; 1 BIN_MANAGER_FULL"), ("", "")]);
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
        check(LIMITS, &[("a a!101 b", "1 UNSET")]);
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
