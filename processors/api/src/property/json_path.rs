//! A [`JsonPath`] as a property: compiled when the flow is loaded, a mistake shown under its sign.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::deserialize_from_text;
use crate::{JsonPath, decode::ScalarProblem, diagnostic::code};

pub(super) const NAME: &str = "json_path";

impl JsonPath {
    /// Reads a path as a property.
    pub(super) fn parse(text: &str) -> Result<Self, ScalarProblem> {
        Self::compile(text).map_err(|error| ScalarProblem {
            offset: error.offset,
            length: error.length,
            message: format!("this is not a JSONPath: {}", error.message),
            label: error.label,
            help: error.help,
            code: code::JSON_PATH,
        })
    }
}

deserialize_from_text!(JsonPath, "json_path", "a JSONPath");

impl JsonSchema for JsonPath {
    fn schema_name() -> Cow<'static, str> {
        "JsonPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["$.access_token", "$.items[*].id"] })
    }
}
