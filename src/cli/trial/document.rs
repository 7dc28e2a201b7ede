//! The JSON document that `headwater try --json` reads: properties, inputs, triggers. What is wrong with its form is a
//! wrong command line; what is wrong with a property is told by the processor.

use processors_api::{ProcessorType, base64};
use serde_json::{Map, Value};

use super::{Asked, Exit, Given, Properties, Triggers, given, told};

/// The keys of the document.
const KEYS: &[&str] = &["properties", "inputs", "triggers"];

/// The keys of an input.
const INPUT_KEYS: &[&str] = &["content", "attributes"];

pub(super) fn read(kind: &ProcessorType, bytes: &[u8]) -> anyhow::Result<Asked> {
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|error| wrong(format!("standard input is not JSON: {error}")))?;
    let document = object("the document", &document, KEYS)?;
    let nothing = Map::new();
    let properties = match document.get("properties") {
        None | Some(Value::Null) => &nothing,
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err(wrong("`properties` is an object of names and values")),
    };
    let inputs = match document.get("inputs") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(inputs)) => inputs,
        Some(_) => return Err(wrong("`inputs` is an array of flowfiles")),
    };
    Ok(Asked {
        properties: Properties::of_object(kind.name, properties),
        inputs: inputs.iter().map(input).collect::<anyhow::Result<_>>()?,
        triggers: triggers(document.get("triggers"))?,
    })
}

fn triggers(value: Option<&Value>) -> anyhow::Result<Triggers> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Triggers::OnceEach) };
    let times = value.as_u64().and_then(|times| usize::try_from(times).ok());
    times.map(Triggers::Times).ok_or_else(|| wrong("`triggers` is a whole number"))
}

fn input(value: &Value) -> anyhow::Result<Given> {
    let input = object("an input", value, INPUT_KEYS)?;
    let attributes = match input.get("attributes") {
        None | Some(Value::Null) => Vec::new(),
        Some(attributes) => given::texts(attributes)
            .ok_or_else(|| wrong("the `attributes` of an input are an object of texts"))?,
    };
    Ok(Given {
        content: content(input.get("content"))?,
        attributes: attributes.into_iter().map(|(name, value)| (name, value.into())).collect(),
    })
}

fn content(value: Option<&Value>) -> anyhow::Result<Vec<u8>> {
    let form = || wrong("the `content` of an input is a text, or {\"base64\": \"...\"}");
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.as_bytes().to_vec()),
        Some(Value::Object(encoded)) if encoded.len() == 1 => {
            let encoded = encoded.get("base64").and_then(Value::as_str);
            encoded.and_then(base64::decode).ok_or_else(form)
        }
        Some(_) => Err(form()),
    }
}

fn object<'v>(
    what: &str,
    value: &'v Value,
    keys: &[&str],
) -> anyhow::Result<&'v Map<String, Value>> {
    let listed = format!("`{}`", keys.join("`, `"));
    let object =
        value.as_object().ok_or_else(|| wrong(format!("{what} is an object with {listed}")))?;
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(object),
        Some(_) => Err(wrong(format!("{what} has only {listed}"))),
    }
}

fn wrong(message: impl std::fmt::Display) -> anyhow::Error {
    told(Exit::Usage, message)
}
