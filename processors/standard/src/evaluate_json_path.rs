//! `EvaluateJsonPath`: takes values out of JSON content. The content is parsed once, however many paths there are; the
//! paths themselves are compiled when the flow is loaded.

use indexmap::IndexMap;
use processors_api::{
    AttributeUse, DataSize, Definition, EventKind, Example, ExampleFlowFile, Facts, FlowFile,
    Found as FoundByPath, Input, JsonPath, Processor, ProcessorError, PropertiesError,
    Relationship, Session, SetAttribute, Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json_content::{self, FOUND_BYTES_MAX, NullValue, max_string_length};

/// The attribute that names the paths that found nothing.
const MISSING: &str = "evaluatejsonpath.missing";

/// Takes values out of JSON content by JSONPath, into attributes or into the content.
///
/// A text is taken without its quotes, a number as it is, an object or a list as compact JSON. The paths mean what they
/// mean in NiFi; [JSONPath](../json-path.md) says what they can do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// The paths, each by the name of the attribute it fills, for example `$.access_token`. For the destination
    /// `flowfile-content` there is exactly one, whatever its name.
    #[serde(default)]
    attributes: IndexMap<String, JsonPath>,

    /// Where the values go.
    #[serde(default)]
    destination: Destination,

    /// Whether a path may give an object or a list. One that may find several values always gives a list: with `*`, `..`,
    /// a filter, a part of a list.
    #[serde(default)]
    return_type: ReturnType,

    /// What happens when a path finds nothing.
    #[serde(default)]
    path_not_found_behavior: PathNotFound,

    /// What is written where the JSON has `null`.
    #[serde(default)]
    null_value_representation: NullValue,

    /// JSON with a longer text in it goes to `failure`.
    #[serde(default = "max_string_length")]
    max_string_length: DataSize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum Destination {
    /// The value becomes the content.
    #[default]
    #[serde(rename = "flowfile-content")]
    Content,
    /// The values become attributes.
    #[serde(rename = "flowfile-attribute")]
    Attribute,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum ReturnType {
    /// `json` for the content, `scalar` for attributes.
    #[default]
    #[serde(rename = "auto-detect")]
    AutoDetect,
    /// Anything; objects and lists are written as JSON.
    #[serde(rename = "json")]
    Json,
    /// A text, a number, true, false or null; anything else goes to `failure`.
    #[serde(rename = "scalar")]
    Scalar,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum PathNotFound {
    /// The attribute is set to the empty text.
    #[default]
    Ignore,
    /// The attribute is set to the empty text, and the log has a warning.
    Warn,
    /// The attribute is not set.
    Skip,
    /// The flowfile goes to `failure`; attribute `evaluatejsonpath.missing` names the paths that found nothing or null.
    Fail,
}

const MATCHED: Relationship = Relationship::main("matched", "The paths were looked up.");
const UNMATCHED: Relationship =
    Relationship::failure("unmatched", "The path found nothing to put into the content.");
const FAILURE: Relationship =
    Relationship::failure("failure", "The content is not JSON, or a value cannot be used.");

pub(crate) struct EvaluateJsonPath {
    properties: Properties,
    scalar: bool,
}

impl Definition for EvaluateJsonPath {
    const TYPE: &'static str = "EvaluateJsonPath";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[MATCHED, UNMATCHED, FAILURE];
    const NAMED_HOME: Option<&'static str> = Some("attributes");
    const WRITES: &'static [AttributeUse] = &[AttributeUse::new(
        MISSING,
        "With `path_not_found_behavior: fail`: the names of the paths that found nothing or null.",
    )
    .on(&["failure"])];
    const EXAMPLES: &'static [Example] = &[
        Example::new(
            "Takes a token and a number out of an answer",
            "destination: flowfile-attribute\npath_not_found_behavior: fail\nattributes:\n  \
             access_token: $.access_token\n  valid_for: $.expires_in\n",
        )
        .inputs(&[ExampleFlowFile::new(
            r#"{"access_token": "abc", "expires_in": 1800}"#,
            &[],
        )])
        .outputs(&[(
            "matched",
            ExampleFlowFile::new(
                r#"{"access_token": "abc", "expires_in": 1800}"#,
                &[("access_token", "abc"), ("valid_for", "1800")],
            ),
        )]),
        Example::new(
            "The numbers of all unpaid invoices become the content; a path with a filter always gives a list",
            "attributes:\n  unpaid: $.invoices[?(@.due > 0)].number\n",
        )
        .inputs(&[ExampleFlowFile::new(
            r#"{"invoices": [{"number": "A1", "due": 0}, {"number": "A2", "due": 12.50}]}"#,
            &[],
        )])
        .outputs(&[("matched", ExampleFlowFile::new(r#"["A2"]"#, &[]))]),
        Example::new(
            "An object is no single value: for an attribute it needs return_type: json",
            "destination: flowfile-attribute\nreturn_type: json\nattributes:\n  address: $.address\n",
        )
        .inputs(&[ExampleFlowFile::new(r#"{"address": {"city": "Utrecht", "no": 1.0}}"#, &[])])
        .outputs(&[(
            "matched",
            ExampleFlowFile::new(
                r#"{"address": {"city": "Utrecht", "no": 1.0}}"#,
                &[("address", r#"{"city":"Utrecht","no":1.0}"#)],
            ),
        )]),
    ];
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let to_content = properties.destination == Destination::Content;
        if to_content && properties.attributes.len() != 1 {
            let there = properties.attributes.len();
            let message =
                format!("for the content exactly one path is needed, and there are {there}");
            return Err(PropertiesError::of("attributes", message)
                .help("for attributes add: destination: flowfile-attribute"));
        }
        let scalar = match properties.return_type {
            ReturnType::AutoDetect => !to_content,
            ReturnType::Json => false,
            ReturnType::Scalar => true,
        };
        Ok(Self { properties, scalar })
    }

    fn facts(&self) -> Facts {
        if self.properties.destination == Destination::Content {
            return Facts::default();
        }
        let set = |name: &String| SetAttribute::exact(name.as_str()).on("matched").from_content();
        Facts { sets: self.properties.attributes.keys().map(set).collect(), ..Facts::default() }
    }
}

impl Processor for EvaluateJsonPath {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(mut flowfile) = session.get() else { return Ok(()) };
        let document = json_content::read(session, &flowfile, self.properties.max_string_length);
        match document.and_then(|document| self.look_up(&document)) {
            Err(reason) => session.transfer_failed(flowfile, &FAILURE, reason),
            Ok(found) if self.fails(&found) => {
                let missing = found.missing();
                flowfile.put_attribute(MISSING, missing.as_str());
                let reason = format!("nothing was found for: {missing}");
                session.transfer_failed(flowfile, &FAILURE, reason);
            }
            Ok(found) => match self.properties.destination {
                Destination::Attribute => self.set_attributes(session, flowfile, found),
                Destination::Content => set_content(session, flowfile, found)?,
            },
        }
        Ok(())
    }
}

/// What the paths found, by name.
struct Found<'p>(Vec<(&'p str, Hit)>);

enum Hit {
    Value(String),
    Null(String),
    Nothing,
}

impl Found<'_> {
    fn without_value(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, hit)| !matches!(hit, Hit::Value(_))).map(|(name, _)| *name)
    }

    fn missing(&self) -> String {
        self.without_value().collect::<Vec<_>>().join(", ")
    }
}

impl EvaluateJsonPath {
    fn fails(&self, found: &Found<'_>) -> bool {
        self.properties.path_not_found_behavior == PathNotFound::Fail
            && found.without_value().next().is_some()
    }

    fn look_up(&self, document: &Value) -> Result<Found<'_>, String> {
        let mut bytes_left = FOUND_BYTES_MAX;
        let mut found = Vec::with_capacity(self.properties.attributes.len());
        for (name, path) in &self.properties.attributes {
            let value = path.find(document).map_err(|error| format!("`{name}`: {error}"))?;
            let hit = match value {
                None => Hit::Nothing,
                Some(value) if value.is_null() => {
                    Hit::Null(self.properties.null_value_representation.text().to_owned())
                }
                Some(value) if self.scalar && !value.is_scalar() => {
                    return Err(no_single_value(name, path, &value));
                }
                Some(value) => {
                    let text = value.text(bytes_left).map_err(|_| {
                        format!("what is found has more than {FOUND_BYTES_MAX} bytes")
                    })?;
                    bytes_left -= text.len();
                    Hit::Value(text)
                }
            };
            found.push((name.as_str(), hit));
        }
        Ok(Found(found))
    }

    fn set_attributes(&self, session: &mut Session, mut flowfile: FlowFile, found: Found<'_>) {
        let sensitive = flowfile.content().is_sensitive();
        for (name, hit) in found.0 {
            let value = match hit {
                Hit::Value(value) | Hit::Null(value) => value,
                Hit::Nothing => match self.properties.path_not_found_behavior {
                    PathNotFound::Skip => continue,
                    PathNotFound::Warn => {
                        tracing::warn!(
                            processor = &*session.context().processor,
                            name,
                            "the path found nothing"
                        );
                        String::new()
                    }
                    PathNotFound::Ignore | PathNotFound::Fail => String::new(),
                },
            };
            flowfile.put_attribute(name, Text::new(value, sensitive));
        }
        session.report(&flowfile, EventKind::AttributesModified, None);
        session.transfer(flowfile, &MATCHED);
    }
}

fn no_single_value(name: &str, path: &JsonPath, value: &FoundByPath<'_>) -> String {
    let kind = match value {
        FoundByPath::One(value) if value.is_object() => "is an object, no single value",
        FoundByPath::One(_) => "is a list, no single value",
        FoundByPath::Many(_) => "may find several values, so it gives a list",
    };
    let subject =
        if path.is_definite() { format!("`{name}`") } else { format!("the path of `{name}`") };
    format!("{subject} {kind}; with return_type: json it is taken as JSON")
}

fn set_content(
    session: &mut Session,
    mut flowfile: FlowFile,
    found: Found<'_>,
) -> Result<(), ProcessorError> {
    match found.0.into_iter().next() {
        Some((_, Hit::Value(value) | Hit::Null(value))) => {
            let sensitive = flowfile.content().is_sensitive();
            session.set_bytes(&mut flowfile, value.as_bytes(), sensitive)?;
            session.report(&flowfile, EventKind::ContentModified, None);
            session.transfer(flowfile, &MATCHED);
        }
        Some((_, Hit::Nothing)) | None => {
            session.transfer_failed(flowfile, &UNMATCHED, "the path found nothing");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::test_runner::TestRunner;

    use super::*;

    const TOKENS: &str = "destination: flowfile-attribute\npath_not_found_behavior: fail\nattributes:\n  access_token: $.access_token\n  refresh_token: $.refresh_token\n";

    fn check(properties: &str, content: &str, expected: Expect) {
        let mut runner = TestRunner::<EvaluateJsonPath>::new(properties);
        runner.enqueue(content);
        runner.run();
        expected.assert_eq(&runner.render());
    }

    fn check_path(path: &str, content: &str, expected: Expect) {
        check(&format!("attributes:\n  x: {path}\n"), content, expected);
    }

    #[test]
    fn values_become_attributes() {
        check(
            "destination: flowfile-attribute\nattributes:\n  a: $.a\n  n: $.n\n  t: $.t\n  z: $.z\n  gone: $.gone\n",
            r#"{"a": "A \" é", "n": 1.50, "t": true, "z": null}"#,
            expect![[r#"
                matched: "{\"a\": \"A \\\" é\", \"n\": 1.50, \"t\": true, \"z\": null}" a=A " é gone= n=1.5 t=true z=
            "#]],
        );
    }

    #[test]
    fn a_value_becomes_the_content() {
        check_path(
            "$.a",
            r#"{"a": {"b": [1, "x", 1e10, null], "a": 2}}"#,
            expect![[r#"
            matched: "{\"b\":[1,\"x\",1.0E10,null],\"a\":2}"
        "#]],
        );
        check_path(
            "$.list[*].id",
            r#"{"list": [{"id": 1}, {}, {"id": "x"}]}"#,
            expect![[r#"
            matched: "[1,\"x\"]"
        "#]],
        );
        check_path(
            "$.list[?(@.n > 1)].id",
            r#"{"list": [{"id": 1, "n": 1}, {"id": 2, "n": 2}]}"#,
            expect![[r#"
            matched: "[2]"
        "#]],
        );
        check_path(
            "$..id",
            r#"{"id": 1, "x": {"id": 2}}"#,
            expect![[r#"
            matched: "[1,2]"
        "#]],
        );
        check_path(
            "$.a",
            "{}",
            expect![[r#"
            unmatched: "{}" because: the path found nothing
        "#]],
        );
    }

    #[test]
    fn what_is_missing_fails_when_asked_to() {
        check(
            TOKENS,
            r#"{"access_token": "a", "other": "b"}"#,
            expect![[r#"
            failure: "{\"access_token\": \"a\", \"other\": \"b\"}" evaluatejsonpath.missing=refresh_token because: nothing was found for: refresh_token
        "#]],
        );
        check(
            TOKENS,
            r#"{"access_token": null}"#,
            expect![[r#"
            failure: "{\"access_token\": null}" evaluatejsonpath.missing=access_token, refresh_token because: nothing was found for: access_token, refresh_token
        "#]],
        );
    }

    #[test]
    fn what_is_not_json_fails() {
        check(
            TOKENS,
            "",
            expect![[r#"
            failure: because: the content is empty, not JSON
        "#]],
        );
        check(
            TOKENS,
            "<html>",
            expect![[r#"
            failure: "<html>" because: the content is not JSON (it begins like HTML or XML): expected value at line 1 column 1
        "#]],
        );
        check(
            TOKENS,
            "{\"access_token\": \"x",
            expect![[r#"
            failure: "{\"access_token\": \"x" because: the content is not JSON: EOF while parsing a string at line 1 column 19
        "#]],
        );
        check(
            TOKENS,
            "null",
            expect![[r#"
            failure: "null" because: the content is only `null`
        "#]],
        );
    }

    #[test]
    fn json_that_is_nested_too_deep_fails() {
        let mut runner = TestRunner::<EvaluateJsonPath>::new(TOKENS);
        runner.enqueue("[".repeat(100_000));
        runner.run();
        let reason = runner.transfers[0].reason.as_ref().map(Text::reveal);
        assert!(reason.is_some_and(|reason| reason.contains("recursion limit")), "{reason:?}");
    }

    #[test]
    fn an_object_is_no_scalar() {
        check(
            "destination: flowfile-attribute\nattributes:\n  ok: $.s\n  a: $.a\n",
            r#"{"s": "x", "a": {}}"#,
            expect![[r#"
            failure: "{\"s\": \"x\", \"a\": {}}" because: `a` is an object, no single value; with return_type: json it is taken as JSON
        "#]],
        );
        check(
            "destination: flowfile-attribute\nreturn_type: json\nnull_value_representation: the string 'null'\nattributes:\n  a: $.a\n  z: $.z\n",
            r#"{"a": {}, "z": null}"#,
            expect![[r#"
            matched: "{\"a\": {}, \"z\": null}" a={} z=null
        "#]],
        );
    }

    #[test]
    fn a_long_text_fails() {
        check(
            "max_string_length: 3 B\nattributes:\n  a: $.a\n",
            r#"{"a": "abcd"}"#,
            expect![[r#"
            failure: "{\"a\": \"abcd\"}" because: the JSON has a text longer than max_string_length (3 B)
        "#]],
        );
    }

    #[test]
    fn what_comes_from_secret_content_is_secret() {
        for (properties, content) in [
            (TOKENS, r#"{"access_token": "s3cret", "refresh_token": "s3cret2"}"#),
            (TOKENS, r#"{"access_token": "s3cret"}"#),
            (TOKENS, r#"{"access_token": s3cret}"#),
            ("attributes:\n  x: $.access_token\n", r#"{"access_token": "s3cret"}"#),
        ] {
            let mut runner = TestRunner::<EvaluateJsonPath>::new(properties);
            runner.enqueue(content).secret();
            runner.run();
            runner.assert_hidden("s3cret");
            assert!(runner.transfers[0].record.content.is_sensitive());
        }
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (properties, message) in [
            ("attributes:\n  a: $.a\n  b: $.b\n", "exactly one path"),
            ("attributes:\n  a: $..\n", "must not end with a dot"),
            ("attributes:\n  a: $.xyz.\n", "must not end"),
            ("attributes:\n  a: '$[0]. _id'\n", "blank"),
            ("attributes:\n  a: ''\n", "empty"),
            ("attributes:\n  a: $.a[?(@.x\n", "a `)` is missing"),
        ] {
            let mistakes = TestRunner::<EvaluateJsonPath>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
