//! The keys of a processor.

use std::{sync::Arc, time::Duration};

use processors_api::{
    Diagnostic, Entry, Node, Scalar, Sensitivity, Span,
    diagnostic::{code, quote, suggest},
};

use super::{
    super::{
        code as flow_code,
        graph::AfterCrash,
        model::{ProcessorModel, To},
        report::Report,
    },
    check_id, place, retry, schedule,
    value::{Fields, Value},
};
use crate::limits::{CONCURRENCY_MAX, PENALTY, PROCESSORS_MAX, YIELD};

/// All keys, in the order in which they are written.
pub(in crate::flow) const PROCESSOR_KEYS: &[&str] = &[
    "type",
    "description",
    "schedule",
    "properties",
    "to",
    "concurrency",
    "retry",
    "after_crash",
    "penalty",
    "yield",
    "sensitive",
    "enabled",
];

/// The ids that mean a place of their own.
const RESERVED: &[(&str, &str)] = &[
    ("done", "`done` is where flowfiles end with which nothing more is to be done"),
    ("failed", "`failed` is the queue in which failed flowfiles wait for a person"),
];

pub(super) fn processors<'n>(
    report: &Report<'_>,
    fields: &Fields<'n, '_>,
    start: Span,
) -> Vec<ProcessorModel<'n>> {
    let Some(value) = fields.get("processors") else {
        fields.missing("processors", start, "add at least one");
        return Vec::new();
    };
    if matches!(value.node, Node::Sequence(_)) {
        let message =
            "`processors` is a list, and here a map is wanted: each processor below its id";
        report.error(code::WRONG_KIND, value.span(), message, "write `ID:` instead of `-`");
        return Vec::new();
    }
    let Some(fields) = value.map() else { return Vec::new() };
    let entries = fields.entries();
    if entries.is_empty() {
        let message = "a flow has at least one processor";
        report.error(code::NO_VALUE, value.span(), message, "write one");
    }
    if let Some(first_beyond) = entries.get(PROCESSORS_MAX) {
        let message = format!("a flow has at most {PROCESSORS_MAX} processors");
        report.error(flow_code::TOO_MANY, first_beyond.key.span, message, "this is one too many");
    }
    let shallow = has_keys_of_a_processor(entries);
    entries
        .iter()
        .take(PROCESSORS_MAX)
        .filter_map(|entry| processor(report, entry, shallow))
        .collect()
}

/// Whether keys of a processor stand where ids are wanted: they are indented too little.
fn has_keys_of_a_processor(entries: &[Entry]) -> bool {
    entries.iter().any(is_key_of_a_processor)
}

fn is_key_of_a_processor(entry: &Entry) -> bool {
    let describes_one = entry.value.as_map().is_some_and(|map| map.entry("type").is_some());
    PROCESSOR_KEYS.contains(&&*entry.key.text) && !describes_one
}

fn processor<'n>(
    report: &Report<'_>,
    entry: &'n Entry,
    shallow: bool,
) -> Option<ProcessorModel<'n>> {
    let id = &entry.key;
    if is_key_of_a_processor(entry) {
        let message = format!("{} stands where the id of a processor is wanted", quote(&id.text));
        report.error(flow_code::TOO_SHALLOW, id.span, message, "move it two spaces to the right");
        return None;
    }
    if shallow && matches!(entry.value, Node::Absent(_)) {
        return None;
    }
    check_id(report, id, "the id of a processor");
    if let Some((name, meaning)) = RESERVED.iter().find(|(name, _)| *name == &*id.text) {
        let message = format!("no processor can be called `{name}`");
        report.add(
            Diagnostic::error(flow_code::NAME, id.span, message)
                .label("give it another name")
                .help(*meaning),
        );
    }
    let fields = Value::new(report, &entry.value, quote(&id.text)).map()?;
    Some(from_fields(report, id, &fields))
}

fn from_fields<'n>(
    report: &Report<'_>,
    id: &'n Scalar,
    fields: &Fields<'n, '_>,
) -> ProcessorModel<'n> {
    let get = |key: &str| fields.get(key);
    let kind = fields.text("type");
    if fields.key("type").is_none() {
        fields.missing("type", id.span, "add it: it says what the processor does");
    }
    let concurrency = get("concurrency").and_then(|value| value.whole(1..=CONCURRENCY_MAX));
    let period =
        |key: &str, default: Duration| get(key).and_then(|value| value.period()).unwrap_or(default);
    ProcessorModel {
        id,
        kind,
        keys_place: fields.entries().first().map(|entry| entry.key.span),
        strange: fields.strange(PROCESSOR_KEYS).collect(),
        description: fields.text("description"),
        properties: get("properties").map(|value| value.node),
        to: get("to").map_or(To::Absent, |value| place::to(&value)),
        schedule: get("schedule").and_then(|value| schedule::schedule(report, &value)),
        schedule_key: fields.key("schedule"),
        concurrency: concurrency.and_then(|count| usize::try_from(count).ok()),
        concurrency_key: fields.key("concurrency"),
        retry: get("retry").and_then(|value| retry::retry(report, &value, fields.key("retry")?)),
        after_crash: get("after_crash").and_then(|value| after_crash(&value)).unwrap_or_default(),
        penalty: period("penalty", PENALTY),
        yield_time: period("yield", YIELD),
        sensitivity: get("sensitive").and_then(|value| sensitivity(&value)).unwrap_or_default(),
        sensitive_key: fields.key("sensitive"),
        enabled: get("enabled").and_then(|value| value.truth()).unwrap_or(true),
    }
}

fn after_crash(value: &Value<'_, '_>) -> Option<AfterCrash> {
    value.word(&[("repeat", AfterCrash::Repeat), ("fail", AfterCrash::Fail)])
}

fn sensitivity(value: &Value<'_, '_>) -> Option<Sensitivity> {
    if let Some(name) = value.node.as_scalar().filter(|text| is_name(&text.text)) {
        let right = format!("[{}]", name.text);
        value.instead("true, or a list of attributes,", &right);
        // Who names a secret has one, whatever else is wrong.
        return Some(Sensitivity { content: true, ..Sensitivity::default() });
    }
    if !matches!(value.node, Node::Sequence(_)) {
        return Some(Sensitivity { content: value.truth()?, ..Sensitivity::default() });
    }
    let items = value.items();
    let names = items.iter().filter_map(|item| item.text()).map(|name| Arc::clone(&name.text));
    Some(Sensitivity { content: false, attributes: names.collect() })
}

/// Whether a text is more like the name of an attribute than like yes or no.
fn is_name(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let truths = ["true", "false", "yes", "no", "on", "off", "y", "n", "1", "0", ""];
    !truths.contains(&&*text) && suggest(&text, ["true", "false"]).is_none()
}
