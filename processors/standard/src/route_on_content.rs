//! `RouteOnContent`: sends each flowfile along the routes whose regular expressions match its content. Of the content at
//! most `content_buffer_size` is held.

use indexmap::IndexMap;
use processors_api::{
    AttributeUse, Charset, DataSize, Definition, EventKind, Example, ExampleFlowFile, Expr, Facts,
    FlowFile, Input, JavaRegexError, Processor, ProcessorError, PropertiesError, Relationship,
    Session,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    first_bytes,
    patterns::{Inserted, Pattern, PatternError},
};

/// The attribute that tells which way a flowfile went.
const ROUTE: &str = "RouteOnContent.Route";

/// Routes each flowfile by regular expressions over its content.
///
/// Attribute `RouteOnContent.Route` of every flowfile tells which relationship it took. A flowfile that matches several
/// routes is cloned: each route gets one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// One regular expression for each route, by the route's name. What `${...}` gives is taken literally.
    #[serde(default)]
    routes: IndexMap<String, Expr<String>>,

    /// Whether a regular expression must match all of the content.
    #[serde(default)]
    match_requirement: MatchRequirement,

    /// How the characters of the content are written.
    #[serde(default)]
    character_set: Charset,

    /// Only so much of the content, from its begin, is looked at.
    #[serde(default = "one_megabyte")]
    content_buffer_size: DataSize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum MatchRequirement {
    /// It must match all that is looked at.
    #[default]
    #[serde(rename = "content must match exactly")]
    Whole,
    /// It may match anywhere.
    #[serde(rename = "content must contain match")]
    Anywhere,
}

fn one_megabyte() -> DataSize {
    DataSize::from_bytes(1024 * 1024)
}

const UNMATCHED: Relationship =
    Relationship::unmatched("unmatched", "The content matches no route.");
const FAILURE: Relationship =
    Relationship::failure("failure", "A search was stopped, because it took too many steps.");

pub(crate) struct RouteOnContent {
    properties: Properties,
    patterns: Vec<Pattern>,
}

/// Why a content was not held against the routes.
#[derive(Debug, thiserror::Error)]
enum MatchError {
    #[error("{0}")]
    Content(#[from] std::io::Error),
    #[error("{0}")]
    Pattern(#[from] PatternError),
    #[error("the search stopped: {0}")]
    Search(#[from] JavaRegexError),
}

impl Definition for RouteOnContent {
    const TYPE: &'static str = "RouteOnContent";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[UNMATCHED, FAILURE];
    const NAMED_HOME: Option<&'static str> = Some("routes");
    const WRITES: &'static [AttributeUse] = &[AttributeUse::new(
        ROUTE,
        "The name of the relationship that the flowfile took; not on `failure`.",
    )];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let mut patterns = Vec::new();
        for (name, value) in &properties.routes {
            if name.is_empty() || [UNMATCHED.name(), FAILURE.name()].contains(&name.as_str()) {
                let message = format!("a route cannot be called `{name}`");
                return Err(PropertiesError::of("routes", message)
                    .entry(name)
                    .help("`unmatched` and `failure` are RouteOnContent's own"));
            }
            let pattern = Pattern::new(value, Inserted::Quoted, "").map_err(|error| {
                let message = format!("the route `{name}` is no regular expression: {error}");
                PropertiesError::of("routes", message).entry(name)
            })?;
            patterns.push(pattern);
        }
        Ok(Self { properties, patterns })
    }

    fn relationships(&self) -> Vec<Relationship> {
        let routes = self.properties.routes.keys().map(Relationship::route);
        routes.chain([UNMATCHED, FAILURE]).collect()
    }

    fn facts(&self) -> Facts {
        let stopped = "the flowfile goes to `failure`";
        let routes = self.properties.routes.keys().zip(&self.patterns);
        let advice =
            routes.filter_map(|(name, route)| Some(route.advice("routes", stopped)?.entry(name)));
        Facts { advice: advice.collect(), ..Facts::default() }
    }
}

impl Processor for RouteOnContent {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        let mut matches = match self.matches(session, &flowfile) {
            Ok(matches) => matches,
            Err(MatchError::Content(error)) => return Err(error.into()),
            Err(MatchError::Pattern(error)) => {
                return Err(ProcessorError::Final(error.to_string()));
            }
            Err(error) => {
                session.transfer_failed(flowfile, &FAILURE, error);
                return Ok(());
            }
        };
        let last = matches.pop().unwrap_or(UNMATCHED);
        for relationship in matches {
            let copy = session.clone_flowfile(&flowfile);
            route(session, copy, &relationship);
        }
        route(session, flowfile, &last);
        Ok(())
    }
}

impl RouteOnContent {
    fn matches(
        &self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Vec<Relationship>, MatchError> {
        let properties = &self.properties;
        let bytes = first_bytes(session, flowfile, properties.content_buffer_size.bytes())?;
        let text = properties.character_set.decode(&bytes);
        let mut matches = Vec::new();
        for (name, pattern) in properties.routes.keys().zip(&self.patterns) {
            let regex = pattern.of(session, flowfile)?;
            let is_match = match properties.match_requirement {
                MatchRequirement::Whole => regex.is_full_match(&text)?,
                MatchRequirement::Anywhere => regex.is_match(&text)?,
            };
            if is_match {
                matches.push(Relationship::route(name));
            }
        }
        Ok(matches)
    }
}

fn route(session: &mut Session, mut flowfile: FlowFile, relationship: &Relationship) {
    flowfile.put_attribute(ROUTE, relationship.name());
    session.report(&flowfile, EventKind::Route, Some(relationship.name().into()));
    session.transfer(flowfile, relationship);
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "What an answer is, from its content",
        "match_requirement: content must contain match\nroutes:\n  refused: '\"error\"\\s*:'\n  page: (?i)<html\n",
    )
    .inputs(&[
        ExampleFlowFile::new("{\"error\": \"invalid_grant\"}", &[]),
        ExampleFlowFile::new("<HTML>busy", &[]),
        ExampleFlowFile::new("{\"Invoices\": []}", &[]),
    ])
    .outputs(&[
        ("refused", ExampleFlowFile::new("{\"error\": \"invalid_grant\"}", &[(ROUTE, "refused")])),
        ("page", ExampleFlowFile::new("<HTML>busy", &[(ROUTE, "page")])),
        ("unmatched", ExampleFlowFile::new("{\"Invoices\": []}", &[(ROUTE, "unmatched")])),
    ]),
    Example::new(
        "An attribute in the pattern is taken literally",
        "routes:\n  known: Hello, ${name}!\n",
    )
    .inputs(&[
        ExampleFlowFile::new("Hello, A.a!", &[("name", "A.a")]),
        ExampleFlowFile::new("Hello, Ada!", &[("name", "A.a")]),
    ])
    .outputs(&[
        ("known", ExampleFlowFile::new("Hello, A.a!", &[])),
        ("unmatched", ExampleFlowFile::new("Hello, Ada!", &[])),
    ]),
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::test_runner::TestRunner;

    use super::*;

    fn check(properties: &str, contents: &[&[u8]], expected: Expect) {
        let mut runner = TestRunner::<RouteOnContent>::new(properties);
        for content in contents {
            runner.enqueue(content).attribute("a", "l.").attribute("wrong", "[");
        }
        runner.run();
        let shown = runner.render();
        expected.assert_eq(&shown.replace(" a=l. wrong=[", ""));
    }

    #[test]
    fn all_of_the_content_or_a_part_must_match() {
        let routes = "routes:\n  hello: Hel*o\n  any: (?s).*\n";
        check(
            routes,
            &[b"Hello", b"Hello\n"],
            expect![[r#"
            hello: "Hello" RouteOnContent.Route=hello
            any: "Hello" RouteOnContent.Route=any
            any: "Hello\n" RouteOnContent.Route=any
        "#]],
        );
        let somewhere = "match_requirement: content_must_contain_match\n";
        check(
            &format!("{somewhere}routes:\n  l: l\n  x: x$\n"),
            &[b"Hello", b"lx\n", b""],
            expect![[r#"
                l: "Hello" RouteOnContent.Route=l
                l: "lx\n" RouteOnContent.Route=l
                x: "lx\n" RouteOnContent.Route=x
                unmatched: RouteOnContent.Route=unmatched
            "#]],
        );
        check(
            "",
            &[b"a"],
            expect![[r#"
            unmatched: "a" RouteOnContent.Route=unmatched
        "#]],
        );
    }

    #[test]
    fn only_the_begin_is_looked_at() {
        check(
            "content_buffer_size: 3 B\nroutes:\n  x: Hel\n",
            &[b"Hello"],
            expect![[r#"
            x: "Hello" RouteOnContent.Route=x
        "#]],
        );
    }

    #[test]
    fn what_an_expression_gives_is_taken_literally() {
        check(
            "routes:\n  x: He${a}o\n",
            &[b"Hel.o", b"Hello"],
            expect![[r#"
            x: "Hel.o" RouteOnContent.Route=x
            unmatched: "Hello" RouteOnContent.Route=unmatched
        "#]],
        );
        check(
            "routes:\n  x: He${wrong}o\n",
            &[b"He[o"],
            expect![[r#"
            x: "He[o" RouteOnContent.Route=x
        "#]],
        );
    }

    #[test]
    fn other_character_sets_are_read() {
        check(
            "character_set: UTF-16\nroutes:\n  x: ä\n",
            &[b"\xff\xfe\xe4\0"],
            expect![[r#"
            x: "���\0" RouteOnContent.Route=x
        "#]],
        );
    }

    #[test]
    fn a_stopped_search_fails() {
        let mut runner = TestRunner::<RouteOnContent>::new("routes:\n  x: (a*)*\\1b\n");
        runner.enqueue("a".repeat(2000));
        runner.run();
        runner.assert_all_transferred(&FAILURE, 1);
        assert_eq!(runner.processor().facts().advice.len(), 1);
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (properties, message) in [
            ("routes:\n  x: (\n", "the route `x` is no regular expression: a `(` has no `)`"),
            ("routes:\n  unmatched: a\n", "a route cannot be called `unmatched`"),
            ("match_requirement: exactly\n", "content must match exactly"),
        ] {
            let mistakes = TestRunner::<RouteOnContent>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
