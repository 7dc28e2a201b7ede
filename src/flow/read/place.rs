//! `to:` in all its forms: a place, some places, places by relationship, a place with settings, a place that holds a file.

use processors_api::{
    Diagnostic, Node, Span,
    diagnostic::{quote, suggest},
};

use super::{
    super::{
        code as flow_code,
        graph::{BackPressure, Prioritizer},
        model::{HoldModel, PlaceModel, Spanned, To},
    },
    value::{Fields, Value},
};
use crate::limits::{BACK_PRESSURE_BYTES, BACK_PRESSURE_COUNT, HOLD_WAIT};

const PLACE_KEYS: &[&str] = &["processor", "back_pressure", "expire", "prioritize", "hold"];
const SETTINGS: &[&str] = &["back_pressure", "expire", "prioritize", "hold"];
const BACK_PRESSURE_KEYS: &[&str] = &["count", "size"];
const HOLD_KEYS: &[&str] = &["file", "if_changed", "wait"];

/// A longer text is not repeated in a message.
const SHOWN_BYTES_MAX: usize = 60;

const PRIORITIZERS: &[(&str, Prioritizer)] = &[
    ("first-in-first-out", Prioritizer::FirstInFirstOut),
    ("newest-flowfile-first", Prioritizer::NewestFlowfileFirst),
    ("oldest-flowfile-first", Prioritizer::OldestFlowfileFirst),
    ("priority-attribute", Prioritizer::PriorityAttribute),
];

const DEFAULT_BACK_PRESSURE: BackPressure =
    BackPressure { count: BACK_PRESSURE_COUNT, bytes: BACK_PRESSURE_BYTES };

/// What `to:` says.
pub(super) fn to<'n>(value: &Value<'n, '_>) -> To<'n> {
    match value.node {
        Node::Map(_) if !is_place(value) => by_relationship(value),
        Node::Map(_) | Node::Scalar(_) | Node::Sequence(_) => {
            To::Main(Spanned { value: places(value), span: value.span() })
        }
        Node::Absent(_) | Node::Broken(_) => {
            value.wrong_kind("a place");
            To::Broken
        }
    }
}

/// A map is a place when it names a processor and everything else in it is, or nearly is, a setting of a place. Else its
/// keys are relationships, one of which may well be called `processor`.
fn is_place(value: &Value<'_, '_>) -> bool {
    let Node::Map(map) = value.node else { return false };
    let is_setting = |key: &str| suggest(key, PLACE_KEYS.iter().copied()).is_some();
    map.entry("processor").is_some() && map.entries.iter().all(|entry| is_setting(&entry.key.text))
}

fn by_relationship<'n>(value: &Value<'n, '_>) -> To<'n> {
    let Some(fields) = value.map() else { return To::Broken };
    let named = fields.entries().iter().map(|entry| {
        let name = quote(&entry.key.text);
        (&entry.key, places(&Value::new(value.report, &entry.value, name)))
    });
    To::Named(Spanned { value: named.collect(), span: value.span() })
}

fn places<'n>(value: &Value<'n, '_>) -> Vec<PlaceModel<'n>> {
    value.items().iter().filter_map(place).collect()
}

fn place<'n>(value: &Value<'n, '_>) -> Option<PlaceModel<'n>> {
    match value.node {
        Node::Scalar(target) => Some(PlaceModel {
            target,
            back_pressure: DEFAULT_BACK_PRESSURE,
            expire: None,
            prioritize: Vec::new(),
            hold: None,
            settings_place: None,
        }),
        Node::Map(_) => place_with_settings(value),
        _ => {
            value.wrong_kind("a place");
            None
        }
    }
}

fn place_with_settings<'n>(value: &Value<'n, '_>) -> Option<PlaceModel<'n>> {
    let fields = value.map()?.only(PLACE_KEYS);
    let hold = fields.get("hold").and_then(|hold| self::hold(&hold, fields.key("hold")?));
    let back_pressure = fields.get("back_pressure").map(|value| self::back_pressure(&value));
    let expire = fields.get("expire").and_then(|value| value.period());
    let prioritize = fields.get("prioritize").map(|value| prioritizers(&value));
    Some(PlaceModel {
        target: target(&fields, value.span())?,
        back_pressure: back_pressure.unwrap_or(DEFAULT_BACK_PRESSURE),
        expire,
        prioritize: prioritize.unwrap_or_default(),
        hold,
        settings_place: SETTINGS.iter().find_map(|key| fields.key(key)),
    })
}

fn target<'n>(fields: &Fields<'n, '_>, place: Span) -> Option<&'n processors_api::Scalar> {
    if fields.key("processor").is_none() {
        fields.missing("processor", place, "add `processor: ID`");
    }
    fields.text("processor")
}

fn back_pressure(value: &Value<'_, '_>) -> BackPressure {
    if let Some(typed) = value.node.as_scalar().map(|text| text.text.trim()) {
        let is_count = !typed.is_empty() && typed.chars().all(|sign| sign.is_ascii_digit());
        let key = if is_count { "count" } else { "size" };
        value.wrong_form(&format!("{{ {key}: {} }}", shown(typed)));
        return DEFAULT_BACK_PRESSURE;
    }
    let Some(fields) = value.map().map(|fields| fields.only(BACK_PRESSURE_KEYS)) else {
        return DEFAULT_BACK_PRESSURE;
    };
    let count = fields.get("count").and_then(|value| value.whole(0..=u64::MAX));
    let bytes = fields.get("size").and_then(|value| size(&value));
    BackPressure {
        count: count.unwrap_or(BACK_PRESSURE_COUNT),
        bytes: bytes.unwrap_or(BACK_PRESSURE_BYTES),
    }
}

/// What was typed, when it is short enough to be typed again.
fn shown(typed: &str) -> &str {
    if typed.len() <= SHOWN_BYTES_MAX && !typed.contains(['"', '\\', '\n']) { typed } else { "..." }
}

/// A size; no limit needs no unit.
fn size(value: &Value<'_, '_>) -> Option<u64> {
    match value.node {
        Node::Scalar(text) if text.text.trim() == "0" => Some(0),
        _ => value.size(),
    }
}

fn prioritizers(value: &Value<'_, '_>) -> Vec<Prioritizer> {
    value.items().iter().filter_map(|item| item.word(PRIORITIZERS)).collect()
}

fn hold<'n>(value: &Value<'n, '_>, key: Span) -> Option<HoldModel<'n>> {
    if let Some(typed) = value.node.as_scalar() {
        value.wrong_form(&format!("{{ file: \"{}\", if_changed: ID }}", shown(&typed.text)));
        return None;
    }
    let fields = value.map()?.only(HOLD_KEYS);
    for (key_name, label) in [
        ("file", "add the file that is held"),
        ("if_changed", "add where flowfiles go that came from an older version"),
    ] {
        if fields.key(key_name).is_none() {
            fields.missing(key_name, key, label);
        }
    }
    let wait = fields.get("wait").and_then(|value| value.period()).unwrap_or(HOLD_WAIT);
    let (file, if_changed) =
        (fields.text("file"), fields.get("if_changed").and_then(|value| place(&value)));
    let if_changed = if_changed?;
    if let Some(inner) = &if_changed.hold {
        let message =
            "a flowfile that goes to `if_changed` leaves the hold; it cannot take one there";
        value.report.add(
            Diagnostic::error(flow_code::SECOND_HOLD, inner.place, message)
                .label("remove this hold"),
        );
    }
    Some(HoldModel { place: key, file: file?, if_changed: Box::new(if_changed), wait })
}
