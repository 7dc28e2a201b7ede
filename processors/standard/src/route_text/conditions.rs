//! What a line is held against, with the values of one flowfile.

use std::sync::Arc;

use processors_api::{
    ExpressionType as _, FlowFile, JavaRegex, Session, Text, expression::Template,
};

use super::{MatchingStrategy, RouteError, RouteText};

/// What expressions know besides the flowfile's attributes: the line and its number.
pub(super) const VARIABLES: [&str; 2] = ["line", "lineNo"];

pub(super) struct Conditions<'a> {
    strategy: MatchingStrategy,
    ignore_case: bool,
    conditions: Vec<Condition<'a>>,
    session: &'a Session,
    flowfile: &'a FlowFile,
    /// The values of [`VARIABLES`].
    variables: [(Arc<str>, Text); 2],
    line_number: u64,
}

enum Condition<'a> {
    Text(String),
    Regex(Arc<JavaRegex>),
    Expression(&'a Template),
}

impl<'a> Conditions<'a> {
    pub(super) fn of(
        route: &'a RouteText,
        session: &'a Session,
        flowfile: &'a FlowFile,
    ) -> Result<Self, RouteError> {
        let properties = &route.properties;
        let strategy = properties.matching_strategy;
        let mut conditions = Vec::new();
        for (index, value) in properties.routes.values().enumerate() {
            conditions.push(match (strategy, route.patterns.get(index)) {
                (MatchingStrategy::Satisfies, _) => Condition::Expression(value.template()),
                (_, Some(pattern)) => Condition::Regex(pattern.of(session, flowfile)?),
                (_, None) => {
                    let text = session.evaluate(value, flowfile)?;
                    Condition::Text(folded(text.reveal(), properties.ignore_case))
                }
            });
        }
        let variables = VARIABLES.map(|name| (Arc::from(name), Text::from("")));
        let ignore_case = properties.ignore_case;
        Ok(Self { strategy, ignore_case, conditions, session, flowfile, variables, line_number: 0 })
    }

    /// The line that is looked at from now on.
    pub(super) fn next_line(&mut self, line: &str) {
        self.line_number += 1;
        if self.strategy == MatchingStrategy::Satisfies {
            let [text, number] = &mut self.variables;
            text.1 = Text::new(line, self.flowfile.content().is_sensitive());
            number.1 = self.line_number.to_string().into();
        }
    }

    /// Whether the line meets the route of this index.
    pub(super) fn is_met(&self, index: usize, line: &str) -> Result<bool, RouteError> {
        Ok(match self.conditions.get(index) {
            None => false,
            Some(Condition::Expression(template)) => bool::evaluate(
                template,
                &self.session.scope(self.flowfile).variables(&self.variables),
            )?,
            Some(Condition::Regex(regex)) if self.strategy == MatchingStrategy::Matches => {
                regex.is_full_match(line)?
            }
            Some(Condition::Regex(regex)) => regex.is_match(line)?,
            Some(Condition::Text(wanted)) => {
                let line = folded(line, self.ignore_case);
                match self.strategy {
                    MatchingStrategy::StartsWith => line.starts_with(wanted),
                    MatchingStrategy::EndsWith => line.ends_with(wanted),
                    MatchingStrategy::Contains => line.contains(wanted),
                    _ => line == *wanted,
                }
            }
        })
    }
}

fn folded(text: &str, ignore_case: bool) -> String {
    if ignore_case { text.to_lowercase() } else { text.to_owned() }
}
