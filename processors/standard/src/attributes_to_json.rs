//! `AttributesToJSON`: writes attributes as one JSON object. Which attributes is `Choice`'s. What is made of a secret is
//! one. Values nest only as deep as the JSON parser goes (128 levels).

use processors_api::{
    AttributeUse, Definition, EventKind, Example, ExampleFlowFile, Expr, FlowFile, Input,
    JavaRegex, JavaRegexError, MASK, Processor, ProcessorError, PropertiesError, Relationship,
    Session, Text, core_attributes as core,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{empty, yes};

/// The attribute that gets the object.
const JSON_ATTRIBUTES: &str = "JSONAttributes";

/// What NiFi counts as a flowfile's own.
const CORE: [&str; 8] = [
    core::FILENAME,
    core::PATH,
    core::ABSOLUTE_PATH,
    core::UUID,
    core::PRIORITY,
    core::MIME_TYPE,
    core::DISCARD_REASON,
    core::ALTERNATE_IDENTIFIER,
];

/// Writes attributes as a JSON object, into an attribute or as the content.
///
/// Without a list and without a regular expression all attributes are written. Every value is a JSON text, unless
/// `json_handling_strategy` is `NESTED`. What is made of a sensitive attribute is sensitive.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// The names of the attributes to write, with commas between. One that the flowfile does not have is written too,
    /// with the empty text.
    #[serde(default)]
    attributes_list: Option<Text>,

    /// A regular expression: attributes whose whole name matches are written, besides those of the list.
    #[serde(default, alias = "attributes_to_json_regex")]
    attributes_regular_expression: Option<Expr<String>>,

    /// Where the object goes.
    #[serde(default)]
    destination: Destination,

    /// Whether `filename`, `path`, `absolute.path`, `uuid`, `priority`, `mime.type`, `discard.reason` and
    /// `alternate.identifier` are written too. One that the list names or the regular expression matches always is.
    #[serde(default = "yes")]
    include_core_attributes: bool,

    /// Whether a listed attribute that the flowfile does not have is written as JSON's null and not as the empty text.
    #[serde(default)]
    null_value: bool,

    /// What becomes of a value that is JSON itself.
    #[serde(default, alias = "jsonhandlingstrategy")]
    json_handling_strategy: JsonHandling,

    /// Whether the content is set out on several lines. An attribute never is.
    #[serde(default)]
    pretty_print: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Destination {
    /// Attribute `JSONAttributes`.
    #[default]
    FlowfileAttribute,
    /// The content; what it was before is gone.
    FlowfileContent,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum JsonHandling {
    /// It is written as text.
    #[default]
    Escaped,
    /// An object or a list is written as such. What only looks like one is a failure.
    Nested,
}

const SUCCESS: Relationship = Relationship::main("success", "The object was written.");
const FAILURE: Relationship = Relationship::failure(
    "failure",
    "A value looks like an object or a list and is none. Only with `NESTED`.",
);

pub(crate) struct AttributesToJson {
    properties: Properties,
    /// None: all attributes, unless there is a pattern.
    listed: Option<Vec<String>>,
    pattern: Option<Pattern>,
}

/// The regular expression: always the same, or computed from the environment.
enum Pattern {
    Always(Box<JavaRegex>),
    Computed(Expr<String>),
}

impl Definition for AttributesToJson {
    const TYPE: &'static str = "AttributesToJSON";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS, FAILURE];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    const WRITES: &'static [AttributeUse] = &[
        AttributeUse::new(JSON_ATTRIBUTES, "The object, when `destination` is an attribute.")
            .on(&["success"]),
        AttributeUse::new(core::MIME_TYPE, "`application/json`, when the content is the object.")
            .on(&["success"]),
    ];
    type Properties = Properties;

    fn new(mut properties: Properties) -> Result<Self, PropertiesError> {
        let pattern = properties.attributes_regular_expression.as_ref();
        empty::refuse([
            ("attributes_list", properties.attributes_list.as_ref().map(Text::reveal)),
            ("attributes_regular_expression", empty::constant(pattern)),
        ])?;
        let listed = properties.attributes_list.as_ref().map(Text::reveal);
        let listed = listed.filter(|list| !java_trim(list).is_empty()).map(|list| {
            let names = list.split(',').map(java_trim).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        });
        let pattern = properties.attributes_regular_expression.take().map(Pattern::new);
        let pattern = pattern.transpose().map_err(|error| {
            let property = "attributes_regular_expression";
            PropertiesError::of(property, format!("`{property}` is no regular expression: {error}"))
        })?;
        Ok(Self { properties, listed, pattern })
    }
}

impl Pattern {
    fn new(expression: Expr<String>) -> Result<Self, JavaRegexError> {
        match expression.template().constant() {
            Some(pattern) => JavaRegex::new(pattern).map(Box::new).map(Self::Always),
            None => Ok(Self::Computed(expression)),
        }
    }
}

impl Processor for AttributesToJson {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(mut flowfile) = session.get() else { return Ok(()) };
        let chosen = self.chosen(session, &flowfile)?;
        let is_list_secret =
            self.properties.attributes_list.as_ref().is_some_and(Text::is_sensitive);
        let is_secret = is_list_secret
            || chosen.iter().any(|(_, value)| value.as_ref().is_some_and(Text::is_sensitive));
        let object = match self.object(chosen) {
            Ok(object) => object,
            Err(name) => {
                let name = if is_list_secret { MASK } else { &*name };
                let reason = format!(
                    "the attribute `{name}` looks like a JSON object or list and is none; json_handling_strategy: ESCAPED writes it as text"
                );
                session.transfer_failed(flowfile, &FAILURE, reason);
                return Ok(());
            }
        };
        match self.properties.destination {
            Destination::FlowfileAttribute => {
                let json = Text::new(object.to_string(), is_secret);
                flowfile.put_attribute(JSON_ATTRIBUTES, json);
            }
            Destination::FlowfileContent => {
                let json = if self.properties.pretty_print {
                    format!("{object:#}")
                } else {
                    object.to_string()
                };
                session.set_bytes(&mut flowfile, json.as_bytes(), is_secret)?;
                flowfile.put_attribute(core::MIME_TYPE, "application/json");
                session.report(&flowfile, EventKind::ContentModified, None);
            }
        }
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

impl AttributesToJson {
    /// The attributes to write: the listed ones in their order, then the others in order of name.
    fn chosen(
        &self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Vec<(String, Option<Text>)>, ProcessorError> {
        let of = |name: &String| (name.clone(), flowfile.attribute(name));
        let listed = self.listed.as_deref();
        let mut chosen: Vec<_> = listed.unwrap_or_default().iter().map(of).collect();
        if listed.is_some() && self.pattern.is_none() {
            return Ok(chosen);
        }
        let computed;
        let regex = match &self.pattern {
            None => None,
            Some(Pattern::Always(regex)) => Some(&**regex),
            Some(Pattern::Computed(expression)) => {
                let pattern = session.evaluate_alone(expression)?;
                computed = JavaRegex::new(pattern.reveal()).map_err(unusable)?;
                Some(&computed)
            }
        };
        let uuid = Text::from(flowfile.id().to_string());
        let own = (core::UUID, &uuid);
        let all = flowfile.attributes().iter().map(|(name, value)| (&**name, value)).chain([own]);
        for (name, value) in all {
            let is_new = chosen.iter().all(|(chosen, _)| chosen != name);
            let is_wanted = match regex {
                Some(regex) => regex.is_full_match(name).map_err(unusable)?,
                None => self.properties.include_core_attributes || !CORE.contains(&name),
            };
            if is_wanted && is_new {
                chosen.push((name.to_owned(), Some(value.clone())));
            }
        }
        Ok(chosen)
    }

    /// The object, or the name of an attribute that cannot be in it.
    fn object(&self, chosen: Vec<(String, Option<Text>)>) -> Result<Value, String> {
        let mut object = Map::new();
        for (name, value) in chosen {
            let json = match &value {
                None if self.properties.null_value => Value::Null,
                None => Value::String(String::new()),
                Some(text) => match self.nested(text.reveal()) {
                    Some(Ok(json)) => json,
                    Some(Err(_)) => return Err(name),
                    None => Value::String(text.reveal().to_owned()),
                },
            };
            object.insert(name, json);
        }
        Ok(Value::Object(object))
    }

    /// A value that is to be JSON itself. As in NiFi what follows the first value inside it is left out.
    fn nested(&self, text: &str) -> Option<serde_json::Result<Value>> {
        let text = java_trim(text);
        let looks_like = |open, close| text.starts_with(open) && text.ends_with(close);
        let is_nested = self.properties.json_handling_strategy == JsonHandling::Nested
            && (looks_like('{', '}') || looks_like('[', ']'));
        is_nested.then(|| serde_json::Deserializer::from_str(text).into_iter().next())?
    }
}

/// Without what Java's `trim` takes away: blanks and control characters of ASCII, and no others.
fn java_trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

fn unusable(error: JavaRegexError) -> ProcessorError {
    ProcessorError::Final(format!("`attributes_regular_expression` cannot be used: {error}"))
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "Some attributes as the content",
        "attributes_list: customer, vip\ndestination: flowfile-content\n",
    )
    .inputs(&[ExampleFlowFile::new("order", &[("customer", "ACME"), ("other", "x")])])
    .outputs(&[(
        "success",
        ExampleFlowFile::new(
            "{\"customer\":\"ACME\",\"vip\":\"\"}",
            &[("mime.type", "application/json")],
        ),
    )]),
    Example::new(
        "A value that is JSON itself",
        "attributes_regular_expression: order\\..*\njson_handling_strategy: NESTED\n",
    )
    .inputs(&[
        ExampleFlowFile::new("", &[("order.lines", "[1,2]"), ("order.no", "7")]),
        ExampleFlowFile::new("", &[("order.lines", "[1,"), ("order.no", "[8]")]),
        ExampleFlowFile::new("", &[("order.lines", "{none}")]),
    ])
    .outputs(&[
        (
            "success",
            ExampleFlowFile::new(
                "",
                &[("JSONAttributes", "{\"order.lines\":[1,2],\"order.no\":\"7\"}")],
            ),
        ),
        (
            "success",
            ExampleFlowFile::new(
                "",
                &[("JSONAttributes", "{\"order.lines\":\"[1,\",\"order.no\":[8]}")],
            ),
        ),
        ("failure", ExampleFlowFile::new("", &[("order.lines", "{none}")])),
    ]),
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::test_runner::TestRunner;

    use super::*;

    /// Shows what becomes of a flowfile with these attributes, but for its own.
    fn check(properties: &str, attributes: &[(&str, &str)], expected: Expect) {
        let mut runner = TestRunner::<AttributesToJson>::new(properties);
        let mut flowfile = runner.enqueue("x");
        for (name, value) in attributes {
            flowfile = flowfile.attribute(name, *value);
        }
        runner.run();
        let output = &runner.transfers[0];
        let json = output.attribute(JSON_ATTRIBUTES).unwrap_or_default();
        let mime_type = output.attribute(core::MIME_TYPE).unwrap_or_default();
        let shown = format!("{}: {json}{mime_type}\n{}\n", output.relationship, output.text());
        expected.assert_eq(&shown);
    }

    #[test]
    fn all_attributes_are_written_unless_some_are_named() {
        let attributes = [("b", "2"), ("a", "\"1\""), ("filename", "f")];
        check(
            "",
            &attributes,
            expect![[r#"
                success: {"a":"\"1\"","b":"2","filename":"f","uuid":"00000000-0000-0000-0000-000000000001"}
                x
            "#]],
        );
        check(
            "include_core_attributes: false",
            &attributes,
            expect![[r#"
                success: {"a":"\"1\"","b":"2"}
                x
            "#]],
        );
        check(
            "Attributes List: ' uuid , none,,filename'\nAttributes Regular Expression: ${literal('[bu].*')}\ninclude_core_attributes: false",
            &attributes,
            expect![[r#"
                success: {"uuid":"00000000-0000-0000-0000-000000000001","none":"","filename":"f","b":"2"}
                x
            "#]],
        );
        check(
            "attributes_list: ','",
            &attributes,
            expect![[r#"
                success: {}
                x
            "#]],
        );
        check(
            "attributes_regular_expression: file.*\ninclude_core_attributes: false",
            &attributes,
            expect![[r#"
                success: {"filename":"f"}
                x
            "#]],
        );
    }

    #[test]
    fn what_is_missing_can_be_null_and_what_is_empty_is_not() {
        check(
            "attributes_list: a, b\nnull_value: true",
            &[("b", "")],
            expect![[r#"
                success: {"a":null,"b":""}
                x
            "#]],
        );
    }

    #[test]
    fn the_object_can_be_the_content() {
        check(
            "attributes_list: a\ndestination: flowfile-content\npretty_print: true",
            &[("a", "1")],
            expect![[r#"
                success: application/json
                {
                  "a": "1"
                }
            "#]],
        );
    }

    #[test]
    fn json_is_nested_if_wanted() {
        let nested = "attributes_list: a, b, c\njson_handling_strategy: NESTED";
        check(
            nested,
            &[("a", "\n{\"x\":[1,null]}\t"), ("b", " []"), ("c", "\u{2003}[]")],
            expect![[r#"
                success: {"a":{"x":[1,null]},"b":[],"c":" []"}
                x
            "#]],
        );
        check(
            nested,
            &[("a", "{THIS IS NOT JSON}")],
            expect![[r#"
                failure: 
                x
            "#]],
        );
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        check(
            nested,
            &[("a", &deep)],
            expect![[r#"
                failure: 
                x
            "#]],
        );
    }

    #[test]
    fn what_is_made_of_a_secret_is_one() {
        for destination in ["flowfile-content", "flowfile-attribute"] {
            let properties = format!("attributes_list: token\ndestination: {destination}");
            let mut runner = TestRunner::<AttributesToJson>::new(&properties);
            runner.enqueue("").attribute("token", Text::sensitive("t0ken"));
            runner.run();
            runner.assert_hidden("t0ken");
            runner.assert_all_transferred(&SUCCESS, 1);
        }
    }

    #[test]
    fn mistakes_are_found_at_load() {
        let mistakes =
            TestRunner::<AttributesToJson>::mistakes("attributes_regular_expression: (\n");
        assert!(mistakes.contains("no regular expression"), "{mistakes}");
        for property in ["attributes_list", "attributes_regular_expression"] {
            let mistakes = TestRunner::<AttributesToJson>::mistakes(&format!("{property}: ''\n"));
            assert!(mistakes.contains("is empty"), "{mistakes}");
        }
    }
}
