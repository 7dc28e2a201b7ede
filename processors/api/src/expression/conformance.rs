//! Holds the expression language against the cases that were taken from NiFi, when they are beside the checkout.

use std::{collections::BTreeMap, fs, path::Path};

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{StaticScope, Template, TypedValue, Value};
use crate::{Parameters, Text};

/// Cases that do not hold, each with its reason.
const KNOWN: &[(&str, &str)] = &[];

#[derive(Deserialize)]
struct Case {
    id: Json,
    expression: String,
    #[serde(default)]
    attributes: Option<BTreeMap<String, Option<String>>>,
    tz: Option<String>,
    #[serde(default)]
    state: BTreeMap<String, String>,
    #[serde(default)]
    parameters: BTreeMap<String, Json>,
    check: String,
    surrounding: Option<bool>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    r#type: String,
    value: Option<Json>,
    text: Option<String>,
    numeric: Option<String>,
    stage: Option<String>,
}

/// What an evaluation ended with.
enum Outcome {
    Invalid(String),
    Failed(String),
    Gave(TypedValue),
}

impl Case {
    fn scope(&self) -> StaticScope {
        let parameters: Parameters = self
            .parameters
            .iter()
            .map(|(name, value)| {
                let text = value.as_str().or_else(|| value["value"].as_str()).unwrap_or_default();
                let sensitive = value["sensitive"].as_bool() == Some(true);
                (name.clone(), Text::new(text, sensitive))
            })
            .collect();
        let zone = TimeZone::get(self.tz.as_deref().unwrap_or("UTC")).unwrap();
        let now = "2026-08-04T10:15:30.123Z".parse().unwrap();
        let mut scope = StaticScope::new().with_parameters(parameters).in_zone(zone).at(now);
        for (name, value) in self.attributes.iter().flatten() {
            if let Some(value) = value {
                scope = scope.with_attribute(name, value.as_str());
            }
        }
        self.state.iter().fold(scope, |scope, (key, value)| scope.with_state(key, value.as_str()))
    }

    /// Whether the value must be exactly one expression.
    fn is_typed(&self) -> bool {
        self.check == "typed" || (self.check == "valid" && self.surrounding != Some(true))
    }

    fn outcome(&self) -> Outcome {
        let template = match Template::compile(&self.expression) {
            Ok(template) => template,
            Err(error) => return Outcome::Invalid(error.to_string()),
        };
        if self.is_typed() && template.value_type().is_none() {
            return Outcome::Invalid("not exactly one expression".to_owned());
        }
        match template.evaluate_value(&self.scope()) {
            Ok(value) => Outcome::Gave(value),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    /// What is wrong, as the conformance runner judges it.
    fn problem(&self) -> Result<(), String> {
        let outcome = self.outcome();
        let expected = &self.expected;
        let wants_error = expected.r#type == "error";
        let value = match outcome {
            Outcome::Invalid(error) if self.check == "valid" || wants_error => {
                let good = wants_error && expected.stage.as_deref() != Some("evaluate");
                return if good { Ok(()) } else { Err(format!("is invalid: {error}")) };
            }
            Outcome::Failed(_) | Outcome::Gave(_) if self.check == "valid" => {
                return if wants_error { Err("compiles".to_owned()) } else { Ok(()) };
            }
            Outcome::Failed(_) if wants_error && expected.stage.as_deref() != Some("validate") => {
                return Ok(());
            }
            Outcome::Invalid(error) | Outcome::Failed(error) => {
                return Err(format!("gave the error: {error}"));
            }
            Outcome::Gave(value) => value,
        };
        let (text, kind) = (value.text().reveal(), value.reveal().type_name());
        if wants_error {
            return Err(format!("gave `{text}` instead of an error"));
        }
        let seen = format!("gave {kind} `{text}`");
        if self.check == "text" {
            let wanted =
                expected.text.as_deref().or(expected.value.as_ref().and_then(Json::as_str));
            return if text == wanted.unwrap_or_default() { Ok(()) } else { Err(seen) };
        }
        let numeric = matches!(value.reveal(), Value::Whole(_) | Value::Decimal(_));
        let same_type = if numeric { expected.r#type == "number" } else { expected.r#type == kind };
        let same_kind = expected.numeric.as_ref().is_none_or(|wanted| wanted == kind);
        let same_text = expected.text.as_ref().is_none_or(|wanted| wanted == text);
        let same_value = match (value.reveal(), &expected.value) {
            (Value::String(text), Some(wanted)) => wanted.as_str() == Some(text),
            (Value::Boolean(boolean), Some(wanted)) => wanted.as_bool() == Some(*boolean),
            _ => true,
        };
        if same_type && same_kind && same_text && same_value { Ok(()) } else { Err(seen) }
    }
}

#[test]
fn cases_taken_from_nifi_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/conformance/expression-language.jsonl");
    let Ok(lines) = fs::read_to_string(&path) else {
        println!("no conformance cases beside the checkout: nothing was held against NiFi");
        return;
    };
    let (mut passed, mut failed) = (0, Vec::new());
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line).unwrap();
        let id = case.id.as_str().map_or_else(|| case.id.to_string(), str::to_owned);
        match case.problem() {
            Ok(()) => passed += 1,
            Err(problem) if KNOWN.iter().any(|(known, _)| *known == id) => {
                println!("known: {id}: {problem}")
            }
            Err(problem) => failed.push(format!(
                "{id} {} {:?} {problem}, wanted {} {:?} {:?}",
                case.expression,
                case.attributes,
                case.expected.r#type,
                case.expected.value,
                case.expected.text
            )),
        }
    }
    println!("{passed} passed, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
