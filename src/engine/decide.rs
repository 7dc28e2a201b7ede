//! What becomes of a flowfile that a processor sent on or failed with: on, again, or to failed. Pure decisions.

use std::time::Duration;

use jiff::Timestamp;
use processors_api::{Destination, FlowFileRecord, Penalty, Text, Transfer};

use super::{
    shared::later,
    transaction::{Working, last_answer},
};
use crate::{
    flow::{AfterCrash, FlowProcessor, Retry},
    limits::ROLLBACK_PENALTY_MAX,
    repository::record::Name,
};

/// What becomes of a flowfile that was sent along a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes where the relationship leads.
    Go,
    /// It goes back into its queue, as it was.
    TryAgain { wait: Duration },
    /// The other side asks for a longer wait than a queue is for: failed, to be replayed then.
    Defer { wait: Duration },
}

pub(super) fn on_transfer(
    processor: &FlowProcessor,
    working: &Working,
    transfer: &Transfer,
) -> Verdict {
    let Destination::Relationship(relationship) = &transfer.destination else { return Verdict::Go };
    let retry = &processor.retry;
    if transfer.made_from.is_some() || !retry.on.contains(relationship) {
        return Verdict::Go;
    }
    let asked = match transfer.penalty {
        Some(Penalty::Asked(wait)) => Some(wait),
        _ => None,
    };
    match asked {
        Some(wait) if wait > retry.asked_wait_max => Verdict::Defer { wait },
        _ if working.retries >= retry.times => Verdict::Go,
        _ => Verdict::TryAgain { wait: asked.unwrap_or_else(|| backoff(retry, working.retries)) },
    }
}

fn backoff(retry: &Retry, retries: u32) -> Duration {
    doubled(retry.wait_min, retries, retry.wait_max)
}

/// How long a flowfile waits after its `rollbacks`th roll-back.
pub(super) fn rollback_wait(processor: &FlowProcessor, rollbacks: u32) -> Duration {
    doubled(
        processor.penalty,
        rollbacks.saturating_sub(1),
        ROLLBACK_PENALTY_MAX.max(processor.penalty),
    )
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(longest)
}

/// How long a penalized flowfile waits.
pub(super) fn penalty(processor: &FlowProcessor, penalty: Penalty) -> Duration {
    match penalty {
        Penalty::Default => processor.penalty,
        Penalty::Asked(wait) => wait,
    }
}

/// When a deferred flowfile may be tried again.
pub(super) fn retry_at(now: Timestamp, wait: Duration) -> Timestamp {
    later(now, wait)
}

/// What is told of a try that is repeated.
pub(super) fn tried_again(transfer: &Transfer, wait: Duration) -> Text {
    let reason = transfer.reason.as_ref().map_or("", |reason| reason.masked());
    format!("{reason}; tried again after {:.1} s", wait.as_secs_f64()).into()
}

/// Why a flowfile is in failed, when the processor did not say.
pub(super) fn reason(
    processor: &FlowProcessor,
    relationship: &Name,
    said: Option<Text>,
    record: &FlowFileRecord,
) -> Text {
    said.unwrap_or_else(|| {
        let sent = format!("sent to failed by {} ({relationship})", processor.id);
        last_answer(record)
            .map_or(sent.clone(), |answer| format!("{sent}; last answer {answer}"))
            .into()
    })
}

pub(super) fn fails_after_crash(processor: &FlowProcessor) -> bool {
    processor.after_crash == AfterCrash::Fail
}

/// The reason of a flowfile whose effect was under way when the engine died.
pub(super) fn may_have_happened() -> Text {
    "it was under way when the engine stopped and may have been done (after_crash: fail)".into()
}
