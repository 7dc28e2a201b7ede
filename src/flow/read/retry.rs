//! `retry:` as a number or in full.

use std::time::Duration;

use processors_api::{Node, Span, diagnostic::quote};

use super::{
    super::{code as flow_code, graph::RetryPolicy, model::RetryModel, report::Report},
    value::Value,
};
use crate::limits::{ASKED_WAIT_MAX, RETRIES_MAX, RETRY_WAIT_MAX, RETRY_WAIT_MIN};

const RETRY_KEYS: &[&str] = &["times", "wait", "on", "policy", "max_wait"];

/// What stands between the first wait and the longest.
const RANGE: &str = "..";

pub(super) fn retry<'n>(
    report: &Report<'_>,
    value: &Value<'n, '_>,
    key: Span,
) -> Option<RetryModel<'n>> {
    let mut retry = RetryModel {
        place: key,
        times: 0,
        wait_min: RETRY_WAIT_MIN,
        wait_max: RETRY_WAIT_MAX,
        on: None,
        policy: RetryPolicy::default(),
        asked_wait_max: ASKED_WAIT_MAX,
    };
    if matches!(value.node, Node::Sequence(_)) {
        let first = value.node.as_sequence().and_then(|list| list.items.first()?.as_scalar());
        let number = first.map(|text| &*text.text).filter(|text| text.parse::<u32>().is_ok());
        value.instead("a number", number.unwrap_or("5"));
        return None;
    }
    if !matches!(value.node, Node::Map(_)) {
        retry.times = times(value)?;
        return Some(retry);
    }
    let fields = value.map()?.only(RETRY_KEYS);
    let get = |key: &str| fields.get(key);
    if fields.key("times").is_none() {
        fields.missing("times", key, "add how many more tries there are, for example `times: 5`");
    }
    let waits = get("wait").and_then(|value| waits(report, &value));
    (retry.wait_min, retry.wait_max) = waits.unwrap_or((RETRY_WAIT_MIN, RETRY_WAIT_MAX));
    retry.on = get("on").map(|value| value.items().iter().filter_map(Value::text).collect());
    retry.policy = get("policy").and_then(|value| policy(&value)).unwrap_or_default();
    retry.asked_wait_max =
        get("max_wait").and_then(|value| value.period()).unwrap_or(ASKED_WAIT_MAX);
    retry.times = get("times").and_then(|value| times(&value)).unwrap_or_default();
    Some(retry)
}

fn times(value: &Value<'_, '_>) -> Option<u32> {
    u32::try_from(value.whole(0..=RETRIES_MAX)?).ok()
}

fn policy(value: &Value<'_, '_>) -> Option<RetryPolicy> {
    value.word(&[("penalize", RetryPolicy::Penalize), ("yield", RetryPolicy::Yield)])
}

/// `1s..5m`, or one wait that stays the same.
fn waits(report: &Report<'_>, value: &Value<'_, '_>) -> Option<(Duration, Duration)> {
    let text = value.text()?;
    let Some((first, longest)) = text.text.split_once(RANGE) else {
        let wait = value.period()?;
        return Some((wait, wait));
    };
    let first_wait = value.period_of(text, 0, first);
    let longest_wait = value.period_of(text, first.len() + RANGE.len(), longest);
    let (first_wait, longest_wait) = (first_wait?, longest_wait?);
    if first_wait > longest_wait {
        let message = format!("the first wait of {} is longer than the longest", quote(&text.text));
        let label = format!("did you mean `{}..{}`?", longest.trim(), first.trim());
        report.error(flow_code::CONFLICT, text.span, message, label);
    }
    Some((first_wait, longest_wait))
}
