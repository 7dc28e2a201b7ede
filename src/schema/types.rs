//! The types of processors in the schema: their names, their settings, their relationships.
//!
//! The settings are schemars' schemas of their structs, made wider: a value is the text as typed, and a parameter can
//! stand in the place of any value.

use processors_api::ProcessorType;
use serde_json::{Map, Value, json};

use super::forms::{TRUTH, in_every_form};
use crate::reference;

/// A parameter somewhere in the text.
const PARAMETER: &str = r"#\{";
const WHOLE: &str = r"^\s*-?[0-9]+\s*$";
const DECIMAL: &str = r"^\s*[-+.0-9eE]+\s*$";

/// What `type:` may say.
pub(super) fn names(kinds: &[ProcessorType]) -> Value {
    let mut choices: Vec<Value> = kinds
        .iter()
        .map(|kind| json!({ "const": kind.name, "description": reference::summary(kind) }))
        .collect();
    let aliases: Vec<&str> = kinds.iter().flat_map(|kind| kind.aliases).copied().collect();
    choices.push(json!({ "enum": aliases, "description": "NiFi's spelling." }));
    choices.push(json!({ "pattern": r"^org\.apache\.nifi\.", "description": "NiFi's class." }));
    json!({ "type": "string", "anyOf": choices })
}

/// What holds for the processors of one type.
pub(super) fn rule(kind: &ProcessorType) -> Value {
    let names: Vec<&str> = std::iter::once(&kind.name).chain(kind.aliases).copied().collect();
    let mut then = json!({
        "properties": {
            "properties": { "$ref": format!("#/$defs/{}", kind.name) },
            "to": { "properties": relationships(kind) },
        },
    });
    if (kind.schema)().get("required").is_some() {
        then["required"] = json!(["properties"]);
    }
    json!({
        "if": { "properties": { "type": { "enum": names } }, "required": ["type"] },
        "then": then,
    })
}

/// They forbid nothing: that a place is wanted is said elsewhere, and routes have names of their own.
fn relationships(kind: &ProcessorType) -> Map<String, Value> {
    let described = kind.relationships.iter().map(|relationship| {
        let description = json!({ "description": relationship.description() });
        (relationship.name().to_owned(), description)
    });
    described.collect()
}

/// The settings of a type under its name, and what they refer to under `TYPE.NAME`.
pub(super) fn definitions(kind: &ProcessorType) -> Vec<(String, Value)> {
    let mut settings = (kind.schema)().to_value();
    widen(&mut settings, kind.name);
    let Some(members) = settings.as_object_mut() else { return Vec::new() };
    let referred = members.remove("$defs");
    members.remove("$schema");
    members.remove("title");
    if !members.contains_key("required") {
        members.insert("type".to_owned(), json!(["object", "null"]));
    }
    let referred = match referred {
        Some(Value::Object(referred)) => referred,
        _ => Map::new(),
    };
    let mut definitions = vec![(kind.name.to_owned(), settings)];
    definitions.extend(referred.into_iter().map(|(name, one)| (own_name(kind.name, &name), one)));
    definitions
}

/// Two types may call something by one name.
fn own_name(kind: &str, name: &str) -> String {
    format!("{kind}.{name}")
}

/// Makes a schema of typed values, and all those in it, one of texts. Its depth is that of our own structs.
fn widen(schema: &mut Value, kind: &str) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(|schema| widen(schema, kind)),
        Value::Object(members) => {
            let has_words = widen_choices(members);
            if !has_words {
                widen_scalar(members);
            }
            if let Some(Value::String(reference)) = members.get_mut("$ref") {
                *reference = reference.replace("#/$defs/", &format!("#/$defs/{kind}."));
            }
            // An editor would write out `null`, which is a text of four letters.
            if members.get("default").is_some_and(Value::is_null) {
                members.remove("default");
            }
            for (key, member) in members {
                match (key.as_str(), member) {
                    ("properties" | "$defs", Value::Object(named)) => {
                        named.values_mut().for_each(|schema| widen(schema, kind));
                    }
                    ("additionalProperties" | "items", inner) => widen(inner, kind),
                    ("anyOf", inner) if !has_words => widen(inner, kind),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Fixed words fit in both spellings, and so does a parameter. False where there are none.
fn widen_choices(members: &mut Map<String, Value>) -> bool {
    let mut choices = match (members.remove("oneOf"), members.remove("enum")) {
        (Some(Value::Array(choices)), _) => choices,
        (_, Some(words)) => vec![json!({ "enum": words })],
        _ => return false,
    };
    let words: Vec<String> = choices.iter().flat_map(words_of).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let normal = in_every_form(&words).split_off(words.len());
    if !normal.is_empty() {
        choices.push(json!({ "enum": normal, "description": "The same in small letters." }));
    }
    choices.push(json!({ "type": "string", "pattern": PARAMETER, "description": "A parameter." }));
    members.remove("type");
    members.insert("anyOf".to_owned(), Value::Array(choices));
    true
}

/// One word with a description, or several without.
fn words_of(choice: &Value) -> Vec<String> {
    let some = choice.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let words = choice.get("const").into_iter().chain(some);
    words.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn widen_scalar(members: &mut Map<String, Value>) {
    let mut types: Vec<String> = match members.get("type") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(some)) => {
            some.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => return,
    };
    let pattern = members.get("pattern").and_then(Value::as_str).map(str::to_owned);
    let has = |name: &str| types.iter().any(|one| one == name);
    let (more, pattern): (&[&str], _) = match pattern {
        Some(pattern) => (&[], Some(pattern)),
        None if has("string") => (&["number", "boolean"], None),
        None if has("integer") => (&["string"], Some(WHOLE.to_owned())),
        None if has("number") => (&["string"], Some(DECIMAL.to_owned())),
        None if has("boolean") => (&["string"], Some(TRUTH.to_owned())),
        None => return,
    };
    types.extend(more.iter().map(|one| (*one).to_owned()));
    members.insert("type".to_owned(), json!(types));
    if let Some(pattern) = pattern {
        members.insert("pattern".to_owned(), format!("{pattern}|{PARAMETER}").into());
    }
}
