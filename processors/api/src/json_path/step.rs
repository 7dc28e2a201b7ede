//! What a path is once it is compiled: a [`Route`] of [`Step`]s. Not its text, and not how it is walked.

use super::{filter::Condition, function::Call};

/// The steps from a value to other values, and what is made of those.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
    pub(super) call: Option<Call>,
}

/// Where a route begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// `$`
    Document,
    /// `@`, in a filter.
    Item,
}

#[derive(Debug)]
pub(super) enum Step {
    /// `.name`
    Name(String),
    /// `['a','b']`: at the end of a path one object with these members, before that each of them.
    Names(Vec<String>),
    /// `[1]`, `[-1]`
    Index(i64),
    /// `[0,2]`
    Indexes(Vec<i64>),
    /// `[1:3]`
    Slice(Slice),
    /// `*`
    All,
    /// `[?(...)]`
    Filter(Condition),
    /// `..`: the next step at the value and anywhere below it.
    Deep,
}

/// A part of a list. A place below zero counts from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
}

impl Route {
    /// Whether it can only find one value: what it finds stands for itself, not in a list.
    pub(super) fn is_definite(&self) -> bool {
        self.gathers() || (0..self.steps.len()).all(|at| self.is_definite_at(at))
    }

    /// Whether the step at a place finds at most one value in each.
    pub(super) fn is_definite_at(&self, at: usize) -> bool {
        match self.steps.get(at) {
            Some(Step::Name(_) | Step::Index(_)) | None => true,
            Some(Step::Names(_)) => self.is_last(at),
            Some(Step::Indexes(_) | Step::Slice(_) | Step::All | Step::Filter(_) | Step::Deep) => {
                false
            }
        }
    }

    /// Whether what the step at a place finds is what the route finds.
    pub(super) fn is_last(&self, at: usize) -> bool {
        at + 1 == self.steps.len() && self.call.is_none()
    }

    /// Whether its function works on all that is found together: `$..price.sum()`.
    pub(super) fn gathers(&self) -> bool {
        self.call.is_some() && matches!(self.steps.first(), Some(Step::Deep))
    }

    /// Whether it is nothing but names and places.
    pub(super) fn is_plain(&self) -> bool {
        self.call.is_none()
            && self.steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(_)))
    }
}

impl Slice {
    /// The places that NiFi's library takes of a list of this length. Where both ends are given it does not count the
    /// end from the end of the list: `[1:-1]` is empty, and `[-2:1]` begins two before the end and goes on at the begin.
    pub(super) fn places(self, length: usize) -> impl Iterator<Item = usize> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let from_end =
            move |place: i64| if place < 0 { place.saturating_add(length) } else { place };
        let range = match (self.from, self.to) {
            (Some(from), Some(to)) => from.max(-length)..to.min(length),
            (from, to) => {
                from_end(from.unwrap_or(0)).max(0)..from_end(to.unwrap_or(length)).min(length)
            }
        };
        range.filter_map(move |place| usize::try_from(from_end(place)).ok())
    }

    /// Whether it means the same in RFC 9535.
    pub(super) fn is_standard(self) -> bool {
        match (self.from, self.to) {
            (Some(from), Some(to)) => (from < 0) == (to < 0),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_takes_what_the_library_takes() {
        for (from, to, expected) in [
            (Some(1), None, vec![1, 2, 3, 4]),
            (Some(-2), None, vec![3, 4]),
            (Some(-9), None, vec![0, 1, 2, 3, 4]),
            (Some(7), None, vec![]),
            (None, Some(2), vec![0, 1]),
            (None, Some(-2), vec![0, 1, 2]),
            (None, Some(-9), vec![]),
            (Some(1), Some(3), vec![1, 2]),
            (Some(3), Some(99), vec![3, 4]),
            (Some(-3), Some(-1), vec![2, 3]),
            (Some(-99), Some(-4), vec![0]),
            (Some(1), Some(-1), vec![]),
            (Some(-2), Some(1), vec![3, 4, 0]),
            (Some(i64::MIN), Some(i64::MAX), vec![0, 1, 2, 3, 4, 0, 1, 2, 3, 4]),
        ] {
            let slice = Slice { from, to };
            assert_eq!(slice.places(5).collect::<Vec<_>>(), expected, "{slice:?}");
        }
    }
}
