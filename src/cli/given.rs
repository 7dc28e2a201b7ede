//! What `eval` and `try` are given by hand: attributes, memory and parameters. Any of them may be a secret that somebody
//! typed in the wrong place, so a mistake in one is told without repeating it.

use std::{fmt::Display, path::Path};

use clap::Args;
use processors_api::{Parameters, Text};
use serde_json::Value;

use super::{Common, Exit, output::told};
use crate::flow::ParameterOverrides;

/// Names and values, in the order in which they were given.
pub(super) type Pairs = Vec<(String, String)>;

#[derive(Args)]
pub(super) struct Attributes {
    /// Give the flowfile an attribute
    #[arg(short, long = "attribute", value_name = "NAME=VALUE")]
    attribute: Vec<String>,
    /// Give it several at once, as a JSON object
    #[arg(long, value_name = "JSON")]
    attributes: Option<String>,
}

impl Attributes {
    /// All of them; one that was given alone goes before one of the object.
    pub(super) fn read(&self) -> anyhow::Result<Pairs> {
        let object = self.attributes.as_deref().map(|json| object("--attributes", json));
        let mut pairs = object.transpose()?.unwrap_or_default();
        for one in &self.attribute {
            pairs.push(pair("-a", one)?);
        }
        Ok(pairs)
    }
}

/// `NAME=VALUE`, as the value of an option.
pub(super) fn pair(option: &str, typed: &str) -> anyhow::Result<(String, String)> {
    let (name, value) =
        typed.split_once('=').ok_or_else(|| form(option, "NAME=VALUE, and one has no `=`"))?;
    if name.is_empty() {
        return Err(form(option, "NAME=VALUE, and one has no name"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// A JSON object of texts, as the value of an option.
pub(super) fn object(option: &str, json: &str) -> anyhow::Result<Pairs> {
    let parsed = serde_json::from_str(json);
    let parsed: Value = parsed.map_err(|error| form(option, format_args!("JSON: {error}")))?;
    texts(&parsed).ok_or_else(|| form(option, "a JSON object of texts: {\"name\": \"value\"}"))
}

/// The texts of a JSON object. A number or a truth value is the text it is written as; null is not there.
pub(super) fn texts(object: &Value) -> Option<Pairs> {
    let values = object.as_object()?.iter().filter(|(_, value)| !value.is_null());
    values.map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

/// The text that a JSON value is.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The parameters. What `--param` says was typed to be seen; a file of parameters may hold secrets, and is masked.
pub(super) fn parameters(common: &Common) -> anyhow::Result<Parameters> {
    let mut overrides = ParameterOverrides::default();
    if let Some(file) = &common.params_file {
        read_file(&mut overrides, file)?;
    }
    let mut values: Vec<(String, Text)> =
        overrides.values().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    for param in &common.params {
        let (name, value) = pair("--param", param)?;
        values.push((name, value.into()));
    }
    Ok(values.into_iter().collect())
}

/// Reads a file of parameters.
pub(super) fn read_file(overrides: &mut ParameterOverrides, file: &Path) -> anyhow::Result<()> {
    overrides.read_file(file).map_err(|errors| told(Exit::Usage, errors))
}

fn form(option: &str, wanted: impl Display) -> anyhow::Error {
    told(Exit::Usage, format_args!("{option} takes {wanted}"))
}
