//! The JSON Schema of flow files fits what the loader accepts: flows that are right fit it, flows that are wrong in their
//! form do not, and it knows the keys and words that the loader knows.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::{collections::BTreeSet, path::Path};

use headwater::{
    explain,
    flow::{LoadOptions, Registry, load_text},
    schema,
};
use processors_api::diagnostic::normalize;
use processors_standard::PROCESSORS;
use regex::Regex;
use serde_json::Value;

const SHIPPED: &str = include_str!("../flows/xero-invoices.yaml");

#[test]
fn the_shipped_flow_fits() {
    assert_eq!(misfits(SHIPPED), Vec::<String>::new());
    assert!(SHIPPED.starts_with("# yaml-language-server: $schema=../docs/flow.schema.json\n"));
}

#[test]
fn whatever_is_mistyped_does_not_fit() {
    for (right, mistyped) in [
        ("keep_source_file:", "keep_source_fil:"),
        ("keep_source_file: true", "keep_source_file: sure"),
        ("destination: flowfile-attribute", "destination: flowfile-atribute"),
        ("type: PutFile", "type: PutFiel"),
        ("    retry: 5", "    retries: 5"),
        ("    retry: 5", "    retry: five"),
        ("    retry: 5", "    retry: { time: 5 }"),
        ("on_nothing: fail", "on_nothing: explode"),
        ("if_changed: extract-tokens", "if_change: extract-tokens"),
        ("hold: {", "holds: {"),
        ("processor: refresh-body", "procesor: refresh-body"),
        ("{ env: XERO_TENANT_ID }", "{ environment: XERO_TENANT_ID }"),
        ("      directory: ", "      folder: "),
        ("  save-invoices:\n", "  done:\n"),
        ("timezone: UTC", "time_zone: UTC"),
    ] {
        let flow = SHIPPED.replace(right, mistyped);
        assert!(flow != SHIPPED, "{right}");
        assert!(!misfits(&flow).is_empty(), "{mistyped}");
    }
}

#[test]
fn the_examples_of_the_pages_fit_when_they_are_right() {
    for (code, page) in explain::PAGES {
        assert_eq!(misfits(example(page, "Right")), Vec::<String>::new(), "{code}");
    }
    for code in [101, 102, 103, 104, 106, 108, 110, 111, 113, 114, 116, 119] {
        let page = explain::find(&code.to_string()).unwrap();
        assert!(!misfits(example(page, "Wrong")).is_empty(), "HW{code}");
    }
}

#[test]
fn all_forms_fit() {
    let flow = |processor: &str| format!("flow: a\nprocessors:\n  a:\n    type: {processor}\n");
    for right in [
        "PutFile\n    properties: { directory: '#{x}', create_missing_directories: '#{x}' }",
        "PutFile\n    properties: { directory: 7, maximum_file_count: '#{x}', permissions: 0640 }",
        "PutFile\n    properties: { directory: a, conflict_resolution_strategy: '#{x}' }",
        "ReplaceText\n    properties: { evaluation_mode: entire_text, maximum_buffer_size: '#{n} MB' }",
        "UpdateAttribute\n    properties: { attributes: { count: 5, on: true, none: '' } }",
        "org.apache.nifi.processors.standard.PutFile\n    properties: { Directory: a }",
        "InvokeHTTP\n    properties: { http_url: a }",
        "LogAttribute\n    properties:",
        "LogAttribute\n    to: done",
        "LogAttribute\n    to: [a, { processor: b, back_pressure: { count: 0, size: 0 } }]",
        "LogAttribute\n    to: { success: [a, b], other: { processor: b, expire: 1 hour } }",
        "LogAttribute\n    to: { processor: b, prioritize: [priority-attribute, oldest_flowfile_first] }",
        "LogAttribute\n    retry: { times: 5, wait: 1s..5m, on: failure, policy: yield, max_wait: 5 min }",
        "LogAttribute\n    sensitive: [a, b]\n    enabled: 'False'\n    concurrency: '3'\n    yield: 1 sec",
        "LogAttribute\n    schedule: { at: 06:30, days: mon-fri, timezone: UTC, missed: run_all }",
    ] {
        assert_eq!(misfits(&flow(right)), Vec::<String>::new(), "{right}");
    }
}

/// A flow with one wrong key, or one wrong word, wherever the loader then lists the right ones.
const WRONG_EVERYWHERE: &str = "flow: a
zzzzzzzz: x
parameters:
  p: { zzzzzzzz: x }
processors:
  a:
    type: LogAttribute
    zzzzzzzz: x
    schedule: { every: 1 hour, missed: zzzzzzzz, overlap: zzzzzzzz, on_nothing: zzzzzzzz, zzzzzzzz: x }
    retry: { times: 1, policy: zzzzzzzz, zzzzzzzz: x }
    after_crash: zzzzzzzz
    to:
      - processor: a
        back_pressure: { zzzzzzzz: x }
        hold: { file: a, if_changed: done, zzzzzzzz: x }
        prioritize: zzzzzzzz
        zzzzzzzz: x
";

#[test]
fn the_schema_knows_the_keys_and_words_that_the_loader_knows() {
    let errors = load_text(
        Path::new("flows/a.yaml"),
        WRONG_EVERYWHERE,
        &Registry::new(&[PROCESSORS]).unwrap(),
        &LoadOptions::default(),
    );
    let errors = errors.err().unwrap();
    let told = |prefix: &str| -> BTreeSet<BTreeSet<String>> {
        let lines = errors.diagnostics.iter().flat_map(|one| one.label.iter().chain(&one.help));
        let lists = lines.filter_map(|line| line.strip_prefix(prefix));
        lists.map(|list| list.split(", ").map(normalize).collect()).collect()
    };
    let schema = schema::flow(PROCESSORS);
    let at = |pointer: &str| schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));

    let keys = [
        "/properties",
        "/$defs/parameter/anyOf/1/properties",
        "/$defs/processor/properties",
        "/$defs/schedule/properties",
        "/$defs/retry/anyOf/1/properties",
        "/$defs/place_with_settings/properties",
        "/$defs/place_with_settings/properties/back_pressure/properties",
        "/$defs/hold/properties",
    ];
    let keys = keys.map(|pointer| at(pointer).as_object().unwrap().keys().cloned().collect());
    assert_eq!(told("allowed here: "), keys.into());

    let words = [
        "/$defs/schedule/properties/missed/enum",
        "/$defs/schedule/properties/overlap/enum",
        "/$defs/schedule/properties/on_nothing/enum",
        "/$defs/retry/anyOf/1/properties/policy/enum",
        "/$defs/processor/properties/after_crash/enum",
        "/$defs/place_with_settings/properties/prioritize/anyOf/0/enum",
    ];
    let words = words.map(|pointer| {
        let words = at(pointer).as_array().unwrap().iter();
        words.map(|word| normalize(word.as_str().unwrap())).collect()
    });
    assert_eq!(told("allowed: "), words.into());
}

/// The block of code below a heading of a page.
fn example<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, below) = page.split_once(&format!("\n## {heading}\n\n```yaml\n")).unwrap();
    below.split_once("```\n").unwrap().0
}

/// Where a flow does not fit, read as an editor reads it.
fn misfits(flow: &str) -> Vec<String> {
    let schema = schema::flow(PROCESSORS);
    let value: Value = serde_yaml::from_str(flow).unwrap();
    let mut misfits = Vec::new();
    Check { root: &schema }.check(&schema, &value, "", &mut misfits);
    misfits
}

/// As much of JSON Schema as ours uses; any other word in it is a failed test.
struct Check<'s> {
    root: &'s Value,
}

impl Check<'_> {
    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut misfits = Vec::new();
        self.check(schema, value, "", &mut misfits);
        misfits.is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, misfits: &mut Vec<String>) {
        let Value::Object(words) = schema else {
            if schema == &Value::Bool(false) {
                misfits.push(format!("{at}: it cannot stand here"));
            }
            return;
        };
        for (word, argument) in words {
            if !self.word(word, argument, schema, value, at, misfits) {
                misfits.push(format!("{at}: {word} {argument}: {value}"));
            }
        }
    }

    /// False when one word of a schema does not hold; what is wrong further inside is told at its own place.
    fn word(
        &self,
        word: &str,
        argument: &Value,
        schema: &Value,
        value: &Value,
        at: &str,
        misfits: &mut Vec<String>,
    ) -> bool {
        let mut inside = |schema: &Value, value: &Value, step: &str| {
            self.check(schema, value, &format!("{at}{step}"), misfits);
            true
        };
        let all = || argument.as_array().unwrap().iter();
        let fitting = || all().filter(|one| self.fits(one, value)).count();
        let has = |key: &Value| value.get(key.as_str().unwrap()).is_some();
        let members = || value.as_object().into_iter().flatten();
        let number = || argument.as_f64().unwrap();
        match word {
            "$schema" | "$defs" | "title" | "description" | "default" | "examples" | "format"
            | "then" | "x-expression" | "x-sensitive" => true,
            "$ref" => {
                inside(self.root.pointer(&argument.as_str().unwrap()[1..]).unwrap(), value, "")
            }
            "type" => match argument {
                Value::Array(_) => all().any(|name| is_of_type(value, name.as_str().unwrap())),
                name => is_of_type(value, name.as_str().unwrap()),
            },
            "const" => argument == value,
            "enum" => all().any(|one| one == value),
            "anyOf" => fitting() > 0,
            "oneOf" => fitting() == 1,
            "allOf" => all().fold(true, |_, one| inside(one, value, "")),
            "not" => !self.fits(argument, value),
            "if" if self.fits(argument, value) => inside(&schema["then"], value, ""),
            "if" => true,
            "properties" => argument.as_object().unwrap().iter().fold(true, |_, (name, one)| {
                value.get(name).is_none_or(|value| inside(one, value, &format!("/{name}")))
            }),
            "additionalProperties" => members()
                .filter(|(name, _)| {
                    schema.get("properties").is_none_or(|of| of.get(name).is_none())
                })
                .fold(true, |_, (name, value)| inside(argument, value, &format!("/{name}"))),
            "propertyNames" => members().fold(true, |_, (name, _)| {
                inside(argument, &Value::from(name.as_str()), &format!("/{name}"))
            }),
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .fold(true, |_, item| inside(argument, item, "/-")),
            "required" => !value.is_object() || all().all(has),
            "dependentRequired" => argument.as_object().unwrap().iter().all(|(name, wanted)| {
                value.get(name).is_none() || wanted.as_array().unwrap().iter().all(has)
            }),
            "minProperties" => value.as_object().is_none_or(|map| map.len() as f64 >= number()),
            "minItems" => value.as_array().is_none_or(|list| list.len() as f64 >= number()),
            "maxLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as f64 <= number())
            }
            "minimum" => value.as_f64().is_none_or(|value| value >= number()),
            "maximum" => value.as_f64().is_none_or(|value| value <= number()),
            "pattern" => {
                let pattern = Regex::new(argument.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            other => panic!("`{other}` is new in the schema"),
        }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("`{other}` is no type"),
    }
}
