//! `RouteOnAttribute`: sends each flowfile along the routes whose expressions are true for it.

use indexmap::IndexMap;
use processors_api::{
    AttributeUse, Condition, Definition, EventKind, Example, ExampleFlowFile, Expr, Facts,
    FlowFile, Input, Processor, ProcessorError, PropertiesError, Relationship, Session,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The attribute that tells which way a flowfile went.
const ROUTE: &str = "RouteOnAttribute.Route";

/// Routes each flowfile by expressions over its attributes.
///
/// Attribute `RouteOnAttribute.Route` of every flowfile tells which relationship it took. A flowfile that matches
/// several routes is cloned: each route gets one.
///
/// An attribute that a flowfile does not have is equal to nothing; `isEmpty`, `isNull` and `not` ask for that. An
/// expression that fails (a date that is none) rolls the session back: the flowfile waits and is tried again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteOnAttribute {
    /// One condition for each route, by the route's name, for example `${filename:endsWith('.json')}`. It is one
    /// expression that gives true or false, without text around it.
    #[serde(default)]
    routes: IndexMap<String, Expr<bool>>,

    /// How the conditions decide where a flowfile goes.
    #[serde(default)]
    routing_strategy: RoutingStrategy,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum RoutingStrategy {
    /// To each route whose condition is true.
    #[default]
    #[serde(rename = "Route to Property name", alias = "route_to_each_match")]
    EachMatch,
    /// To `matched` when all conditions are true.
    #[serde(
        rename = "Route to 'matched' if all match",
        alias = "Route to 'match' if all match",
        alias = "all"
    )]
    All,
    /// To `matched` when at least one condition is true.
    #[serde(
        rename = "Route to 'matched' if any matches",
        alias = "Route to 'match' if any matches",
        alias = "any"
    )]
    Any,
}

const MATCHED: Relationship = Relationship::main("matched", "The conditions are true.");
const UNMATCHED: Relationship =
    Relationship::unmatched("unmatched", "The conditions are not true.");

impl Definition for RouteOnAttribute {
    const TYPE: &'static str = "RouteOnAttribute";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[UNMATCHED];
    const NAMED_HOME: Option<&'static str> = Some("routes");
    const WRITES: &'static [AttributeUse] =
        &[AttributeUse::new(ROUTE, "The name of the relationship that the flowfile took.")];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        let is_relationship = properties.routing_strategy == RoutingStrategy::EachMatch;
        let reserved =
            |name: &&String| name.is_empty() || (is_relationship && *name == UNMATCHED.name());
        match properties.routes.keys().find(reserved) {
            None => Ok(properties),
            Some(name) => {
                Err(PropertiesError::of("routes", format!("a route cannot be called `{name}`"))
                    .entry(name)
                    .help("`unmatched` is where flowfiles go for which no route is true"))
            }
        }
    }

    fn relationships(&self) -> Vec<Relationship> {
        match self.routing_strategy {
            RoutingStrategy::EachMatch => {
                self.routes.keys().map(Relationship::route).chain([UNMATCHED]).collect()
            }
            RoutingStrategy::All | RoutingStrategy::Any => vec![MATCHED, UNMATCHED],
        }
    }

    fn facts(&self) -> Facts {
        let conditions = match self.routing_strategy {
            RoutingStrategy::EachMatch => {
                let each = self.routes.iter().map(|(route, expression)| Condition {
                    relationship: route.clone().into(),
                    expression: expression.clone(),
                    negated: false,
                });
                each.chain(self.routes.values().map(|expression| unmatched(expression.clone())))
                    .collect()
            }
            RoutingStrategy::All => self.together("and"),
            RoutingStrategy::Any => self.together("or"),
        };
        Facts { conditions, ..Facts::default() }
    }
}

fn unmatched(expression: Expr<bool>) -> Condition {
    Condition { relationship: UNMATCHED.name().to_owned().into(), expression, negated: true }
}

impl RouteOnAttribute {
    /// All conditions as one, and what it says of both ways out; nothing when they cannot be written as one.
    fn together(&self, connective: &str) -> Vec<Condition> {
        let mut sources = self.routes.values().map(|route| route.template().source());
        let Some(first) = sources.next() else { return Vec::new() };
        let one = sources.fold(first.to_owned(), |all, next| {
            format!("{}:{connective}({next})}}", all.strip_suffix('}').unwrap_or(&all))
        });
        let Ok(expression) = Expr::<bool>::compile(&one) else { return Vec::new() };
        let matched = Condition {
            relationship: MATCHED.name().to_owned().into(),
            expression: expression.clone(),
            negated: false,
        };
        vec![matched, unmatched(expression)]
    }
}

impl Processor for RouteOnAttribute {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        let mut matches = Vec::new();
        for (route, condition) in &self.routes {
            if session.evaluate(condition, &flowfile)? {
                matches.push(Relationship::route(route));
            }
        }
        let all = matches.len() == self.routes.len();
        let mut destinations = match self.routing_strategy {
            RoutingStrategy::EachMatch => matches,
            RoutingStrategy::All if all => vec![MATCHED],
            RoutingStrategy::Any if !matches.is_empty() => vec![MATCHED],
            RoutingStrategy::All | RoutingStrategy::Any => Vec::new(),
        };
        let last = destinations.pop().unwrap_or(UNMATCHED);
        for destination in destinations {
            let copy = session.clone_flowfile(&flowfile);
            route(session, copy, &destination);
        }
        route(session, flowfile, &last);
        Ok(())
    }
}

fn route(session: &mut Session, mut flowfile: FlowFile, destination: &Relationship) {
    flowfile.put_attribute(ROUTE, destination.name());
    session.report(&flowfile, EventKind::Route, Some(destination.name().into()));
    session.transfer(flowfile, destination);
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "A way for each status",
        "routes:\n  ok: ${invokehttp.status.code:equals('200')}\n  again: ${invokehttp.status.code:ge(500)}\n",
    )
    .inputs(&[
        ExampleFlowFile::new("1", &[("invokehttp.status.code", "200")]),
        ExampleFlowFile::new("2", &[("invokehttp.status.code", "503")]),
        ExampleFlowFile::new("3", &[("invokehttp.status.code", "404")]),
    ])
    .outputs(&[
        ("ok", ExampleFlowFile::new("1", &[(ROUTE, "ok")])),
        ("again", ExampleFlowFile::new("2", &[(ROUTE, "again")])),
        ("unmatched", ExampleFlowFile::new("3", &[(ROUTE, "unmatched")])),
    ]),
    Example::new(
        "Only what meets all conditions",
        "routing_strategy: Route to 'matched' if all match\nroutes:\n  is_json: ${filename:endsWith('.json')}\n  is_small: ${fileSize:lt(5)}\n",
    )
    .inputs(&[
        ExampleFlowFile::new("{}", &[("filename", "a.json")]),
        ExampleFlowFile::new("{\"a\":1}", &[("filename", "b.json")]),
    ])
    .outputs(&[
        ("matched", ExampleFlowFile::new("{}", &[("filename", "a.json")])),
        ("unmatched", ExampleFlowFile::new("{\"a\":1}", &[("filename", "b.json")])),
    ]),
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::test_runner::TestRunner;

    use super::*;

    const TWO: &str =
        "routes:\n  jpg: ${filename:endsWith('.jpg')}\n  a: ${filename:startsWith('a')}\n";

    /// Feeds one flowfile for each file name and shows where each went.
    fn check(properties: &str, file_names: &[&str], expected: Expect) {
        let mut runner = TestRunner::<RouteOnAttribute>::new(properties);
        for name in file_names {
            runner.enqueue("").attribute("filename", *name);
        }
        runner.run();
        expected.assert_eq(&runner.render());
    }

    #[test]
    fn each_match_gets_the_flowfile_or_a_clone() {
        check(
            TWO,
            &["a.jpg", "b.jpg", "c.png"],
            expect![[r#"
                jpg: RouteOnAttribute.Route=jpg filename=a.jpg
                a: RouteOnAttribute.Route=a filename=a.jpg
                jpg: RouteOnAttribute.Route=jpg filename=b.jpg
                unmatched: RouteOnAttribute.Route=unmatched filename=c.png
            "#]],
        );
    }

    #[test]
    fn all_needs_every_condition() {
        check(
            &format!("{TWO}routing_strategy: all"),
            &["a.jpg", "b.jpg"],
            expect![[r#"
                matched: RouteOnAttribute.Route=matched filename=a.jpg
                unmatched: RouteOnAttribute.Route=unmatched filename=b.jpg
            "#]],
        );
    }

    #[test]
    fn any_needs_one_condition() {
        check(
            &format!("{TWO}routing_strategy: Route to 'match' if any matches"),
            &["b.jpg", "c.png"],
            expect![[r#"
                matched: RouteOnAttribute.Route=matched filename=b.jpg
                unmatched: RouteOnAttribute.Route=unmatched filename=c.png
            "#]],
        );
    }

    /// What is known of each way out, one a line.
    fn conditions(properties: &str) -> String {
        let facts = TestRunner::<RouteOnAttribute>::new(properties).processor().facts();
        let line = |condition: &Condition| {
            let source = condition.expression.template().source();
            let not = if condition.negated { "not " } else { "" };
            format!("{}: {not}{source}\n", condition.relationship)
        };
        facts.conditions.iter().map(line).collect()
    }

    #[test]
    fn the_conditions_of_each_way_out_are_known() {
        let all = "${filename:endsWith('.jpg'):and(${filename:startsWith('a')})}";
        assert_eq!(
            conditions(&format!("{TWO}routing_strategy: all")),
            format!("matched: {all}\nunmatched: not {all}\n")
        );
        assert!(conditions(&format!("{TWO}routing_strategy: any")).contains(":or(${"));
        expect![[r#"
            jpg: ${filename:endsWith('.jpg')}
            a: ${filename:startsWith('a')}
            unmatched: not ${filename:endsWith('.jpg')}
            unmatched: not ${filename:startsWith('a')}
        "#]]
        .assert_eq(&conditions(TWO));
        assert_eq!(conditions("routing_strategy: all"), "");
    }

    #[test]
    fn a_route_can_be_called_matched() {
        check(
            "routes:\n  matched: ${filename:equals('a')}\n",
            &["a"],
            expect![[r#"
                matched: RouteOnAttribute.Route=matched filename=a
            "#]],
        );
    }

    #[test]
    fn without_routes_all_of_none_are_true() {
        for (strategy, destination) in [("all", "matched"), ("any", "unmatched")] {
            let mut runner =
                TestRunner::<RouteOnAttribute>::new(&format!("routing_strategy: {strategy}"));
            runner.enqueue("");
            runner.run();
            assert_eq!(runner.transfers[0].relationship, destination);
        }
    }

    #[test]
    fn a_failing_condition_rolls_back() {
        let mut runner =
            TestRunner::<RouteOnAttribute>::new("routes:\n  x: ${a:toDate('yyyy'):gt(1)}\n");
        runner.enqueue("").attribute("a", "no year");
        runner.run();
        assert!(runner.assert_rolled_back().contains("toDate"), "{}", runner.render());
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (properties, message) in [
            ("routes:\n  x: 'true'\n", "one expression"),
            ("routes:\n  x: ${x}\n", "true or false"),
            ("routes:\n  jpg: ${filename:endsWith('.jpg')\n", "never closed"),
            ("routes:\n  unmatched: ${x:isEmpty()}\n", "cannot be called"),
        ] {
            let mistakes = TestRunner::<RouteOnAttribute>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
