//! `RouteText`: sends each line of content along the routes whose values it meets. `conditions` says what a line meets,
//! `outputs` keeps the flowfiles that grow. The content is streamed; of a line at most [`LINE_UNITS_MAX`] is held.

use indexmap::IndexMap;
use processors_api::{
    AttributeUse, Charset, Definition, EvaluateError, EventKind, Example, ExampleFlowFile, Expr,
    ExpressionType as _, Facts, FlowFile, Input, JavaRegex, JavaRegexError, Processor,
    ProcessorError, PropertiesError, Relationship, Session, SetAttribute,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod conditions;
mod outputs;
#[cfg(test)]
mod tests;

use conditions::Conditions;
use outputs::Outputs;

use crate::{
    lines::LineReader,
    patterns::{Inserted, Pattern, PatternError},
    yes,
};

/// The longest line, in UTF-16 units, as Java counts characters.
const LINE_UNITS_MAX: u64 = 16 * 1024 * 1024;

/// What the validator says of a pattern that may take very long.
const STOPPED: &str = "the flowfile goes to `failure`";

const ROUTE: &str = "RouteText.Route";
const GROUP: &str = "RouteText.Group";

/// Routes each line of the content.
///
/// The lines that take the same way make one flowfile, with their line ends and in their order. A line ends behind
/// `\n`, `\r\n`, or `\r` alone; it is compared without its end. A line that meets several routes goes to each. The
/// flowfile that came in goes on to `original`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// What a line is held against, by the route's name: a text, a regular expression or an expression, as
    /// `matching_strategy` says. `Satisfies Expression` knows the attributes `line` (as it stands, with its end) and `lineNo`
    /// (from 1) besides those of the flowfile. What an expression puts into a regular expression is a part of it.
    #[serde(default)]
    routes: IndexMap<String, Expr<String>>,

    /// How the routes decide where a line goes.
    #[serde(default)]
    routing_strategy: RoutingStrategy,

    /// How a line is held against a route's value.
    matching_strategy: MatchingStrategy,

    /// How the characters of the content are written.
    #[serde(default)]
    character_set: Charset,

    /// Whether blanks before and behind the text of a line are left out when it is compared.
    #[serde(default = "yes")]
    ignore_leading_trailing_whitespace: bool,

    /// Whether letters are compared without their case.
    #[serde(default)]
    ignore_case: bool,

    /// Lines in which the groups of this regular expression match the same make a flowfile of their own. It must match
    /// the whole line; lines that it does not match are one group.
    #[serde(default)]
    grouping_regular_expression: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum RoutingStrategy {
    /// To each route that the line meets.
    #[default]
    #[serde(rename = "Route to each matching Property Name", alias = "route_to_each_match")]
    EachMatch,
    /// To `matched` when the line meets all routes.
    #[serde(rename = "Route to 'matched' if line matches all conditions", alias = "all")]
    All,
    /// To `matched` when the line meets at least one route.
    #[serde(
        rename = "Route to 'matched' if lines matches any condition",
        alias = "Route to 'matched' if line matches any condition",
        alias = "any"
    )]
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum MatchingStrategy {
    /// The expression is true.
    #[serde(rename = "Satisfies Expression")]
    Satisfies,
    /// The line begins with the text.
    #[serde(rename = "Starts With")]
    StartsWith,
    /// The line ends with the text.
    #[serde(rename = "Ends With")]
    EndsWith,
    /// The text stands in the line.
    Contains,
    /// The line is the text.
    Equals,
    /// The regular expression matches the whole line.
    #[serde(rename = "Matches Regular Expression")]
    Matches,
    /// The regular expression matches somewhere in the line.
    #[serde(rename = "Contains Regular Expression")]
    ContainsMatch,
}

const ORIGINAL: Relationship =
    Relationship::side("original", "The flowfile whose lines were routed, as it was.");
const MATCHED: Relationship = Relationship::main("matched", "The lines that meet the routes.");
const UNMATCHED: Relationship =
    Relationship::unmatched("unmatched", "The lines that do not meet the routes.");
const FAILURE: Relationship = Relationship::failure(
    "failure",
    "The lines could not be routed: one is too long, there are too many groups, or a search was stopped.",
);

pub(crate) struct RouteText {
    properties: Properties,
    /// The regular expressions, one for each route, when the routes are some.
    patterns: Vec<Pattern>,
    grouping: Option<JavaRegex>,
}

/// Why the lines of a flowfile were not routed.
#[derive(Debug, thiserror::Error)]
enum RouteError {
    #[error("{0}")]
    Content(#[from] std::io::Error),
    #[error("{0}")]
    Expression(#[from] EvaluateError),
    #[error("{0}")]
    Pattern(#[from] PatternError),
    #[error("a line has more than {LINE_UNITS_MAX} characters")]
    LineTooLong,
    #[error("the search stopped: {0}")]
    Search(#[from] JavaRegexError),
    #[error(
        "the lines would make more than {max} flowfiles{kind}; use a coarser grouping_regular_expression"
    )]
    TooManyGroups { max: usize, kind: &'static str },
}

impl Definition for RouteText {
    const TYPE: &'static str = "RouteText";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[ORIGINAL, UNMATCHED, FAILURE];
    const NAMED_HOME: Option<&'static str> = Some("routes");
    const WRITES: &'static [AttributeUse] = &[
        AttributeUse::new(
            ROUTE,
            "The name of the relationship that the flowfile took; not on `failure`.",
        ),
        AttributeUse::new(
            GROUP,
            "What the groups of `grouping_regular_expression` match in these lines, joined with `, `; empty without one. Not on `original`.",
        ),
    ];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        properties.check_names()?;
        let patterns = properties.patterns()?;
        let grouping = properties.grouping()?;
        Ok(Self { properties, patterns, grouping })
    }

    fn relationships(&self) -> Vec<Relationship> {
        match self.properties.routing_strategy {
            RoutingStrategy::EachMatch => {
                let own = [UNMATCHED, ORIGINAL, FAILURE];
                self.properties.routes.keys().map(Relationship::route).chain(own).collect()
            }
            RoutingStrategy::All | RoutingStrategy::Any => {
                vec![MATCHED, UNMATCHED, ORIGINAL, FAILURE]
            }
        }
    }

    fn facts(&self) -> Facts {
        let routes = self.properties.routes.keys().zip(&self.patterns);
        let routes =
            routes.filter_map(|(name, route)| Some(route.advice("routes", STOPPED)?.entry(name)));
        let grouping = self.grouping.as_ref();
        let grouping =
            grouping.and_then(|regex| regex.advice("grouping_regular_expression", STOPPED));
        let variables = match self.properties.matching_strategy {
            MatchingStrategy::Satisfies => conditions::VARIABLES.to_vec(),
            _ => Vec::new(),
        };
        let advice = routes.chain(grouping).collect();
        Facts { sets: self.group_attribute(), variables, advice, ..Facts::default() }
    }
}

impl Properties {
    fn check_names(&self) -> Result<(), PropertiesError> {
        if self.routes.is_empty() {
            return Err(PropertiesError::of("routes", "RouteText needs a route")
                .help("for example: routes: { errors: ERROR }"));
        }
        let own = [UNMATCHED, ORIGINAL, FAILURE];
        let is_relationship = self.routing_strategy == RoutingStrategy::EachMatch;
        let reserved = |name: &&String| {
            let is_own = own.iter().any(|relationship| relationship.name() == name.as_str());
            name.is_empty() || (is_relationship && is_own)
        };
        match self.routes.keys().find(reserved) {
            None => Ok(()),
            Some(name) => {
                let message = format!("a route cannot be called `{name}`");
                Err(PropertiesError::of("routes", message)
                    .entry(name)
                    .help("`unmatched`, `original` and `failure` are RouteText's own"))
            }
        }
    }

    /// The regular expressions that the routes are; also whether the routes are what `matching_strategy` wants.
    fn patterns(&self) -> Result<Vec<Pattern>, PropertiesError> {
        let wrong = |name: &str, why: String| {
            PropertiesError::of("routes", format!("the route `{name}` {why}")).entry(name)
        };
        let flags = if self.ignore_case { "(?i)" } else { "" };
        let mut patterns = Vec::new();
        for (name, value) in &self.routes {
            if value.template().constant() == Some("") {
                return Err(wrong(name, "is empty".to_owned()));
            }
            match self.matching_strategy {
                MatchingStrategy::Satisfies => {
                    bool::check(value.template()).map_err(|error| {
                        wrong(name, format!("is no condition: {}", error.message))
                    })?;
                }
                MatchingStrategy::Matches | MatchingStrategy::ContainsMatch => {
                    let pattern = Pattern::new(value, Inserted::AsItIs, flags);
                    patterns.push(pattern.map_err(|error| {
                        wrong(name, format!("is no regular expression: {error}"))
                    })?);
                }
                _ => {}
            }
        }
        Ok(patterns)
    }

    fn grouping(&self) -> Result<Option<JavaRegex>, PropertiesError> {
        const NAME: &str = "grouping_regular_expression";
        let Some(pattern) = &self.grouping_regular_expression else { return Ok(None) };
        let regex = JavaRegex::new(pattern).map_err(|error| {
            PropertiesError::of(NAME, format!("`{NAME}` is no regular expression: {error}"))
        })?;
        if regex.group_count() < 2 {
            let message = format!("`{NAME}` has no group to group by");
            return Err(PropertiesError::of(NAME, message)
                .help("put brackets around it, for example: (.*?),.*"));
        }
        Ok(Some(regex))
    }
}

impl Processor for RouteText {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        match self.route_lines(session, &flowfile) {
            Ok(outputs) => {
                outputs.transfer(session, &flowfile)?;
                transfer(session, flowfile, &ORIGINAL);
            }
            Err(RouteError::Content(error)) => return Err(error.into()),
            Err(RouteError::Expression(error)) => return Err(error.into()),
            Err(RouteError::Pattern(error)) => {
                return Err(ProcessorError::Final(error.to_string()));
            }
            Err(error) => session.transfer_failed(flowfile, &FAILURE, error),
        }
        Ok(())
    }
}

/// The line without its end. As in NiFi a sign of the end with which the line begins stays: an empty line is its `\n`.
fn without_end(line: &str) -> &str {
    let end = line.char_indices().find(|(at, sign)| *at > 0 && matches!(sign, '\r' | '\n'));
    end.map_or(line, |(at, _)| &line[..at])
}

fn transfer(session: &mut Session, mut flowfile: FlowFile, relationship: &Relationship) {
    flowfile.put_attribute(ROUTE, relationship.name());
    session.report(&flowfile, EventKind::Route, Some(relationship.name().into()));
    session.transfer(flowfile, relationship);
}

impl RouteText {
    /// A group is a part of the content.
    fn group_attribute(&self) -> Vec<SetAttribute> {
        let lines = |relationship: &Relationship| {
            ![ORIGINAL, FAILURE].iter().any(|own| own.name() == relationship.name())
        };
        let group = SetAttribute::exact(GROUP).from_content();
        let routes = self.relationships().into_iter().filter(lines);
        let set = routes.fold(group, |set, route| set.on(route.name().to_owned()));
        self.grouping.iter().map(|_| set.clone()).collect()
    }

    fn route_lines(&self, session: &Session, flowfile: &FlowFile) -> Result<Outputs, RouteError> {
        let charset = self.properties.character_set;
        let mut conditions = Conditions::of(self, session, flowfile)?;
        let mut outputs = Outputs::new(charset, flowfile.content().is_sensitive());
        let mut lines = LineReader::new(charset.reader(session.read(flowfile)?), LINE_UNITS_MAX);
        while let Some(line) = lines.next()? {
            let line = line.ok_or(RouteError::LineTooLong)?;
            let whole = String::from_utf8_lossy(&line.bytes);
            let text = if self.properties.ignore_leading_trailing_whitespace {
                whole.trim_matches(|c| c <= ' ')
            } else {
                without_end(&whole)
            };
            let group = self.group(text)?;
            conditions.next_line(&whole);
            for relationship in self.destinations(&conditions, text)? {
                outputs.append(session, relationship, &group, &line.bytes)?;
            }
        }
        Ok(outputs)
    }

    /// Where a line goes that looks like this to the routes.
    fn destinations(
        &self,
        conditions: &Conditions<'_>,
        line: &str,
    ) -> Result<Vec<Relationship>, RouteError> {
        let routes = &self.properties.routes;
        let each = self.properties.routing_strategy == RoutingStrategy::EachMatch;
        let stops_at = self.properties.routing_strategy == RoutingStrategy::Any;
        let mut met = Vec::new();
        for (index, route) in routes.keys().enumerate() {
            let is_met = conditions.is_met(index, line)?;
            if is_met && each {
                met.push(Relationship::route(route));
            } else if !each && is_met == stops_at {
                return Ok(vec![if is_met { MATCHED } else { UNMATCHED }]);
            }
        }
        Ok(match self.properties.routing_strategy {
            RoutingStrategy::EachMatch if !met.is_empty() => met,
            RoutingStrategy::All => vec![MATCHED],
            RoutingStrategy::EachMatch | RoutingStrategy::Any => vec![UNMATCHED],
        })
    }

    /// What the grouping expression makes of a line.
    fn group(&self, line: &str) -> Result<Vec<String>, RouteError> {
        let Some(grouping) = &self.grouping else { return Ok(Vec::new()) };
        let Some(captures) = grouping.full_match(line)? else { return Ok(Vec::new()) };
        let group = |index| captures.group(index).and_then(|range| line.get(range));
        Ok((1..captures.group_count())
            .map(|index| group(index).unwrap_or_default().to_owned())
            .collect())
    }
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "Errors and warnings of a log",
        "matching_strategy: Contains\nroutes:\n  errors: ERROR\n  warnings: WARN\n",
    )
    .inputs(&[ExampleFlowFile::new("INFO begin\nERROR disk full\nWARN slow\nINFO end\n", &[])])
    .outputs(&[
        ("errors", ExampleFlowFile::new("ERROR disk full\n", &[(ROUTE, "errors")])),
        ("warnings", ExampleFlowFile::new("WARN slow\n", &[(ROUTE, "warnings")])),
        ("unmatched", ExampleFlowFile::new("INFO begin\nINFO end\n", &[(ROUTE, "unmatched")])),
        (
            "original",
            ExampleFlowFile::new("INFO begin\nERROR disk full\nWARN slow\nINFO end\n", &[]),
        ),
    ]),
    Example::new(
        "A flowfile for each customer, without the first line",
        "matching_strategy: Satisfies Expression\ngrouping_regular_expression: (.*?),.*\nroutes:\n  rows: ${lineNo:gt(1)}\n",
    )
    .inputs(&[ExampleFlowFile::new("customer,amount\nada,1\nbob,2\nada,3\n", &[])])
    .outputs(&[
        ("unmatched", ExampleFlowFile::new("customer,amount\n", &[(GROUP, "customer")])),
        ("rows", ExampleFlowFile::new("ada,1\nada,3\n", &[(GROUP, "ada")])),
        ("rows", ExampleFlowFile::new("bob,2\n", &[(GROUP, "bob")])),
        ("original", ExampleFlowFile::new("customer,amount\nada,1\nbob,2\nada,3\n", &[])),
    ]),
];
