//! The forms of a flow file that no processor has a say in: places, schedules, retries, parameters. What `flow` reads,
//! said once more for editors; `tests/schema.rs` holds both together.
//!
//! A value is the text as typed, but an editor takes `5` for a number and `true` for a truth value. So where a text is
//! wanted these fit too, and where a number is wanted, a text of digits does.

use processors_api::diagnostic::normalize;
use serde_json::{Map, Value, json};

use super::described;
use crate::limits::{CONCURRENCY_MAX, ID_CHARS_MAX, RETRIES_MAX};

const DIGITS: &str = r"^\s*[0-9]+\s*$";
pub(super) const TRUTH: &str = r"^\s*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\s*$";
const PERIOD: &str = r"^\s*[0-9.]+\s*[^\s0-9.]+\s*$";
const PERIODS: &str = r"^\s*[0-9.]+\s*[^\s0-9.]+\s*(\.\.\s*[0-9.]+\s*[^\s0-9.]+\s*)?$";
const SIZE: &str = r"^\s*(0|[0-9.]+\s*[A-Za-z]+)\s*$";

/// Everything that the schema refers to by a name.
pub(super) fn definitions() -> Map<String, Value> {
    let definitions = [
        ("text", json!({ "type": ["string", "number", "boolean"] })),
        ("texts", one_or_more("text")),
        ("truth", json!({ "type": ["boolean", "string"], "pattern": TRUTH })),
        (
            "period",
            json!({ "type": "string", "pattern": PERIOD, "examples": ["30 sec", "5 mins"] }),
        ),
        (
            "size",
            json!({ "type": ["string", "integer"], "pattern": SIZE, "maximum": 0, "examples": ["1 GB"] }),
        ),
        ("id", id()),
        ("parameter", parameter()),
        (
            "place",
            json!({ "anyOf": [{ "$ref": "#/$defs/id" }, { "$ref": "#/$defs/place_with_settings" }] }),
        ),
        ("places", one_or_more("place")),
        ("place_with_settings", place_with_settings()),
        (
            "relationships",
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/places" } }),
        ),
        ("hold", hold()),
        ("schedule", schedule()),
        ("retry", retry()),
    ];
    definitions.map(|(name, definition)| (name.to_owned(), definition)).into_iter().collect()
}

/// The keys of a processor, without its type.
pub(super) fn processor_keys() -> Map<String, Value> {
    let keys = [
        ("description", described("text", "For people.")),
        ("schedule", described("schedule", "When a source fires.")),
        // What is in it, each type says.
        ("properties", json!({ "description": "Its settings.", "type": ["object", "null"] })),
        ("to", to()),
        ("concurrency", whole("How many at once; 1 keeps the order.", 1, Some(CONCURRENCY_MAX))),
        (
            "retry",
            described("retry", "How often a failure that can pass by itself is tried again."),
        ),
        (
            "after_crash",
            words("What becomes of an effect that may have happened already.", &["repeat", "fail"]),
        ),
        ("penalty", described("period", "How long a penalized flowfile waits.")),
        ("yield", described("period", "How long a processor that could do nothing waits.")),
        ("sensitive", sensitive()),
        ("enabled", described("truth", "false: what comes to it waits.")),
    ];
    keys.map(|(name, key)| (name.to_owned(), key)).into_iter().collect()
}

fn id() -> Value {
    json!({
        "type": ["string", "integer"],
        "pattern": "^[a-z0-9][a-z0-9-]*$",
        "maxLength": ID_CHARS_MAX,
    })
}

fn parameter() -> Value {
    let both = |one: &str, other: &str| json!({ "required": [one, other] });
    let sourced = json!({
        "type": "object",
        "properties": {
            "env": described("text", "The environment variable with its value."),
            "file": described("text", "The file with its value."),
            "secret": described("text", "Where a secret store has its value: provider:path#key."),
            "sensitive": described("truth", "true: it shows as *** and is encrypted on the disk."),
        },
        "additionalProperties": false,
        "not": { "anyOf": [both("env", "file"), both("env", "secret"), both("file", "secret")] },
    });
    json!({ "anyOf": [{ "$ref": "#/$defs/text" }, sourced] })
}

fn to() -> Value {
    json!({
        "description": "Where its flowfiles go: a processor's id, done or failed; a list of them; or each by its relationship.",
        "anyOf": [{ "$ref": "#/$defs/places" }, { "$ref": "#/$defs/relationships" }],
    })
}

fn place_with_settings() -> Value {
    let orders = [
        "first-in-first-out",
        "newest-flowfile-first",
        "oldest-flowfile-first",
        "priority-attribute",
    ];
    let order = words("In which order they leave it.", &orders);
    json!({
        "type": "object",
        "properties": {
            "processor": described("id", "A processor's id, done or failed."),
            "back_pressure": {
                "description": "How full the queue may be before what fills it waits; 0 means no limit.",
                "type": "object",
                "properties": {
                    "count": whole("Flowfiles in the queue.", 0, None),
                    "size": described("size", "Their content."),
                },
                "additionalProperties": false,
            },
            "expire": described("period", "How long a flowfile may wait in the queue."),
            "prioritize": { "anyOf": [order, { "type": "array", "items": order, "minItems": 1 }] },
            "hold": described("hold", "A file that is held while its content is replaced."),
        },
        "required": ["processor"],
        "additionalProperties": false,
    })
}

fn hold() -> Value {
    json!({
        "type": "object",
        "properties": {
            "file": described("text", "The file; a relative path begins at the flow file's folder."),
            "if_changed": described("place", "Where a flowfile goes that came from an older version."),
            "wait": described("period", "How long a flowfile waits for the file."),
        },
        "required": ["file", "if_changed"],
        "additionalProperties": false,
    })
}

fn schedule() -> Value {
    json!({
        "type": "object",
        "properties": {
            "every": described("period", "Again and again, so long apart."),
            "at": described("text", "At a time of the day: \"06:30\"."),
            "days": described("text", "On which days: mon-fri, or mon,wed."),
            "cron": described("text", "A cron expression: Quartz's with six or seven fields, Unix's with five."),
            "timezone": described("text", "Another zone than the flow's: Area/City."),
            "missed": words("Firings missed while the program was down.", &["skip", "run_once", "run_all"]),
            "overlap": words("A firing while the last run goes on.", &["skip", "queue", "allow"]),
            "on_nothing": words("Whether a firing that finds nothing is a failure.", &["done", "fail"]),
        },
        "additionalProperties": false,
        "oneOf": [{ "required": ["every"] }, { "required": ["at"] }, { "required": ["cron"] }],
        "dependentRequired": { "days": ["at"] },
    })
}

fn retry() -> Value {
    let times = whole("How many more tries.", 0, Some(RETRIES_MAX));
    let in_full = json!({
        "type": "object",
        "properties": {
            "times": times,
            "wait": {
                "description": "The first wait and the longest: 1s..5m; or one that stays the same.",
                "type": "string",
                "pattern": PERIODS,
            },
            "on": described("texts", "The failure relationships that are tried again."),
            "policy": words("Whether the flowfile waits, or the processor.", &["penalize", "yield"]),
            "max_wait": described("period", "The longest wait that the other side may ask for."),
        },
        "required": ["times"],
        "additionalProperties": false,
    });
    json!({ "anyOf": [times, in_full] })
}

fn sensitive() -> Value {
    json!({
        "description": "true: its content, and everything made from it, is secret; or a list of attributes that are.",
        "anyOf": [
            { "$ref": "#/$defs/truth" },
            { "type": "array", "items": { "$ref": "#/$defs/text" }, "minItems": 1 },
        ],
    })
}

fn one_or_more(definition: &str) -> Value {
    let one = json!({ "$ref": format!("#/$defs/{definition}") });
    json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
}

fn whole(description: &str, min: u64, max: Option<u64>) -> Value {
    let mut number = json!({
        "description": description,
        "type": ["integer", "string"],
        "pattern": DIGITS,
        "minimum": min,
    });
    if let Some(max) = max {
        number["maximum"] = max.into();
    }
    number
}

fn words(description: &str, words: &[&str]) -> Value {
    json!({ "description": description, "enum": in_every_form(words) })
}

/// Words as we write them, and then, where that differs, in small letters with underscores.
pub(super) fn in_every_form(words: &[&str]) -> Vec<String> {
    let shown = words.iter().map(|word| (*word).to_owned());
    let normal = words.iter().map(|word| normalize(word)).filter(|word| !words.contains(&&**word));
    shown.chain(normal).collect()
}
