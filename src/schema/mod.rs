//! The JSON Schema of flow files, for editors: the forms of a flow file from `forms`, and for each type of processor its
//! settings, relationships and words from `types`, out of what its code says. Written nowhere else.
//!
//! Not what loads a flow: it does not know whether a place exists or an expression is right. And it knows one spelling of
//! each name, the one that we write: an editor marks what the loader accepts besides, such as NiFi's display names.

mod forms;
mod types;

use processors_api::ProcessorType;
use serde_json::{Map, Value, json};

/// The whole schema.
pub fn flow(kinds: &[ProcessorType]) -> Value {
    let mut definitions = forms::definitions();
    definitions.insert("type".to_owned(), types::names(kinds));
    definitions.insert("processor".to_owned(), processor(kinds));
    definitions.extend(kinds.iter().flat_map(types::definitions));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Headwater flow",
        "description": "A graph of processors that pass flowfiles along.",
        "type": "object",
        "properties": {
            "flow": described("id", "Its name: that of its folder in the data directory."),
            "description": described("text", "For people."),
            "timezone": described("text", "Of schedules and of dates in expressions: Area/City, or UTC."),
            "parameters": {
                "description": "Values that properties use as #{name}.",
                "type": "object",
                "propertyNames": { "pattern": "^[A-Za-z0-9_.-]+( +[A-Za-z0-9_.-]+)*$" },
                "additionalProperties": { "$ref": "#/$defs/parameter" },
            },
            "processors": {
                "description": "What the flow consists of, each below an id of its own.",
                "type": "object",
                "propertyNames": { "$ref": "#/$defs/id", "not": { "enum": ["done", "failed"] } },
                "additionalProperties": { "$ref": "#/$defs/processor" },
                "minProperties": 1,
            },
        },
        "required": ["flow", "processors"],
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// The schema as a file has it.
pub fn text(kinds: &[ProcessorType]) -> String {
    format!("{:#}\n", flow(kinds))
}

fn processor(kinds: &[ProcessorType]) -> Value {
    let mut keys = Map::new();
    keys.insert("type".to_owned(), described("type", "What it does."));
    keys.extend(forms::processor_keys());
    json!({
        "type": "object",
        "properties": keys,
        "required": ["type"],
        "additionalProperties": false,
        "allOf": kinds.iter().map(types::rule).collect::<Vec<_>>(),
    })
}

/// A definition by its name, and what it means here.
fn described(definition: &str, description: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}"), "description": description })
}
