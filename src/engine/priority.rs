//! Who goes first out of a queue: NiFi's prioritizers as an order. Not the queue, which adds the arrival behind it.
//!
//! One thing is not as in NiFi, whose order is none there: of priorities that are partly numbers and partly not, the
//! numbers go first.

use std::{cmp::Reverse, sync::Arc};

use jiff::Timestamp;
use processors_api::core_attributes;

use super::queue::Waiting;
use crate::flow::Prioritizer;

/// What one prioritizer says of a flowfile; lower goes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Arrival(Timestamp),
    Newest(Reverse<Timestamp>),
    Oldest(Timestamp),
    Priority(Priority),
}

/// The attribute `priority`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priority {
    Number(i64),
    Text(Arc<str>),
    None,
}

/// What the prioritizers of a queue say of a flowfile.
pub(super) fn rank(prioritizers: &[Prioritizer], waiting: &Waiting) -> Box<[Rank]> {
    let rank = |prioritizer: &Prioritizer| match prioritizer {
        Prioritizer::FirstInFirstOut => Rank::Arrival(waiting.queued.since),
        Prioritizer::NewestFlowfileFirst => Rank::Newest(Reverse(waiting.record.lineage_start)),
        Prioritizer::OldestFlowfileFirst => Rank::Oldest(waiting.record.lineage_start),
        Prioritizer::PriorityAttribute => Rank::Priority(priority(waiting)),
    };
    prioritizers.iter().map(rank).collect()
}

fn priority(waiting: &Waiting) -> Priority {
    let Some(value) = waiting.record.attributes.get(core_attributes::PRIORITY) else {
        return Priority::None;
    };
    let value = value.reveal().trim();
    value.parse().map_or_else(|_| Priority::Text(value.into()), Priority::Number)
}
