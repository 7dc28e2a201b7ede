//! `EvaluateJsonPath`: takes values out of JSON content. The content is parsed once, however many paths there are;
//! the paths themselves are compiled at load (`path`), and values become text as Java would write them (`text`).

use indexmap::IndexMap;
use processors_api::{
    DataSize, Definition, EventKind, Facts, FlowFile, Input, Processor, ProcessorError,
    PropertiesError, Relationship, Session, SetAttribute, Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use path::Path;

mod path;
mod text;

/// The largest content that is parsed: the parsed form takes a multiple of it in memory.
const CONTENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The attribute that names the paths that found nothing.
const MISSING: &str = "evaluatejsonpath.missing";

/// Takes values out of JSON content by JSONPath, into attributes or into the content.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// The paths, each by the name of the attribute it fills, for example `$.access_token`. For the destination
    /// `flowfile-content` there is exactly one, whatever its name.
    #[serde(default)]
    attributes: IndexMap<String, String>,

    /// Where the values go.
    #[serde(default)]
    destination: Destination,

    /// Whether a path may give an object or a list.
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

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum NullValue {
    /// Nothing.
    #[default]
    #[serde(rename = "empty string")]
    Empty,
    /// The word null.
    #[serde(rename = "the string 'null'")]
    Null,
}

fn max_string_length() -> DataSize {
    DataSize::from_bytes(20 * 1024 * 1024)
}

const MATCHED: Relationship = Relationship::main("matched", "The paths were looked up.");
const UNMATCHED: Relationship =
    Relationship::failure("unmatched", "The path found nothing to put into the content.");
const FAILURE: Relationship =
    Relationship::failure("failure", "The content is not JSON, or a value cannot be used.");

pub(crate) struct EvaluateJsonPath {
    properties: Properties,
    paths: Vec<(String, Path)>,
    scalar: bool,
}

impl Definition for EvaluateJsonPath {
    const TYPE: &'static str = "EvaluateJsonPath";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[MATCHED, UNMATCHED, FAILURE];
    const NAMED_HOME: Option<&'static str> = Some("attributes");
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let wrong = |message: String| PropertiesError {
            property: Some("attributes"),
            message,
            help: Vec::new(),
        };
        let to_content = properties.destination == Destination::Content;
        if to_content && properties.attributes.len() != 1 {
            let there = properties.attributes.len();
            let mut error =
                wrong(format!("for the content exactly one path is needed, and there are {there}"));
            error.help.push("for attributes add: destination: flowfile-attribute".to_owned());
            return Err(error);
        }
        let compile = |(name, path): (&String, &String)| match Path::compile(path) {
            Ok(path) => Ok((name.clone(), path)),
            Err(error) => Err(wrong(format!("the path of `{name}`, `{path}`, is wrong: {error}"))),
        };
        let paths = properties.attributes.iter().map(compile).collect::<Result<_, _>>()?;
        let scalar = match properties.return_type {
            ReturnType::AutoDetect => !to_content,
            ReturnType::Json => false,
            ReturnType::Scalar => true,
        };
        Ok(Self { properties, paths, scalar })
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
        let document = match self.parse(session, &flowfile) {
            Ok(document) => document,
            Err(reason) => {
                session.transfer_failed(flowfile, &FAILURE, reason);
                return Ok(());
            }
        };
        match self.look_up(&document) {
            Err(reason) => session.transfer_failed(flowfile, &FAILURE, reason),
            Ok(found)
                if self.properties.path_not_found_behavior == PathNotFound::Fail
                    && found.is_incomplete() =>
            {
                let missing = found.missing();
                flowfile.put_attribute(MISSING, missing.as_str());
                session.transfer_failed(
                    flowfile,
                    &FAILURE,
                    format!("nothing was found for: {missing}"),
                );
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
    fn is_incomplete(&self) -> bool {
        self.0.iter().any(|(_, hit)| !matches!(hit, Hit::Value(_)))
    }

    fn missing(&self) -> String {
        let missing = self.0.iter().filter(|(_, hit)| !matches!(hit, Hit::Value(_)));
        missing.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

impl EvaluateJsonPath {
    /// The content as JSON, or why it is none; the reason never quotes the content.
    fn parse(&self, session: &Session, flowfile: &FlowFile) -> Result<Value, String> {
        let bytes =
            session.read_all(flowfile, CONTENT_BYTES_MAX).map_err(|error| error.to_string())?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let Some(first) = first else { return Err("the content is empty, not JSON".to_owned()) };
        let document: Value = serde_json::from_slice(bytes).map_err(|error| {
            let markup = if *first == b'<' { " (it begins like HTML or XML)" } else { "" };
            format!("the content is not JSON{markup}: {error}")
        })?;
        if document.is_null() {
            return Err("the content is only `null`".to_owned());
        }
        let longest = self.properties.max_string_length;
        if bytes.len() as u64 > longest.bytes() && text::has_longer_text(&document, longest.bytes())
        {
            return Err(format!("the JSON has a text longer than max_string_length ({longest})"));
        }
        Ok(document)
    }

    fn look_up(&self, document: &Value) -> Result<Found<'_>, String> {
        let mut found = Vec::with_capacity(self.paths.len());
        for (name, path) in &self.paths {
            let hit = match path.find(document).map_err(|error| format!("`{name}`: {error}"))? {
                None => Hit::Nothing,
                Some(value) if value.is_null() => Hit::Null(self.null().to_owned()),
                Some(value) if self.scalar && (value.is_object() || value.is_array()) => {
                    let kind = if value.is_object() { "an object" } else { "a list" };
                    return Err(format!(
                        "`{name}` is {kind}, no single value; with return_type: json it is taken as JSON"
                    ));
                }
                Some(value) => Hit::Value(text::of(&value)),
            };
            found.push((name.as_str(), hit));
        }
        Ok(Found(found))
    }

    fn null(&self) -> &'static str {
        match self.properties.null_value_representation {
            NullValue::Empty => "",
            NullValue::Null => "null",
        }
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
            ("attributes:\n  a: $..\n", "must not end"),
            ("attributes:\n  a: $.xyz.\n", "must not end"),
            ("attributes:\n  a: '$[0]. _id'\n", "blank"),
            ("attributes:\n  a: ''\n", "empty"),
            ("attributes:\n  a: $.a[?(@.x\n", "not closed"),
        ] {
            let mistakes = TestRunner::<EvaluateJsonPath>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
