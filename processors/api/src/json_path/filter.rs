//! The condition of a filter, compiled, and whether a value fulfils it. The operators compare as NiFi's library does:
//! see `compare`.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    Found, LookupError,
    compare::{self, Operator},
    step::{Route, Start},
    walk::Lookup,
};
use crate::JavaRegex;

#[derive(Debug)]
pub(super) enum Condition {
    /// `a && b`
    All(Vec<Condition>),
    /// `a || b`
    Any(Vec<Condition>),
    /// `!(a)`
    Not(Box<Condition>),
    /// A path alone: it finds something.
    Exists(Route),
    /// Two values and an operator between them.
    Compare { left: Operand, operator: Operator, right: Operand },
}

#[derive(Debug)]
pub(super) enum Operand {
    Path(Route),
    Literal(Value),
    Regex(Box<JavaRegex>),
}

/// What an operand stands for.
pub(super) enum Side<'a> {
    /// A path that found nothing.
    Nothing,
    Value(Cow<'a, Value>),
    Regex(&'a JavaRegex),
}

impl Condition {
    /// Whether `item` fulfils it.
    pub(super) fn holds<'v>(
        &self,
        item: &'v Value,
        lookup: &Lookup<'_, 'v>,
    ) -> Result<bool, LookupError> {
        match self {
            Self::All(parts) => {
                for part in parts {
                    if !part.holds(item, lookup)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(parts) => {
                for part in parts {
                    if part.holds(item, lookup)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Not(inner) => Ok(!inner.holds(item, lookup)?),
            Self::Exists(route) => {
                let found = lookup.find(route, start(route, item, lookup))?;
                Ok(found.is_some_and(|found| !found.is_empty()))
            }
            Self::Compare { left, operator, right } => {
                let left = left.side(item, lookup)?;
                let right = right.side(item, lookup)?;
                compare::holds(&left, *operator, &right, lookup)
            }
        }
    }
}

fn start<'v>(route: &Route, item: &'v Value, lookup: &Lookup<'_, 'v>) -> &'v Value {
    match route.start {
        Start::Item => item,
        Start::Document => lookup.document,
    }
}

impl Operand {
    fn side<'a, 'v: 'a>(
        &'a self,
        item: &'v Value,
        lookup: &Lookup<'_, 'v>,
    ) -> Result<Side<'a>, LookupError> {
        Ok(match self {
            Self::Literal(value) => Side::Value(Cow::Borrowed(value)),
            Self::Regex(regex) => Side::Regex(regex),
            Self::Path(route) => match lookup.find(route, start(route, item, lookup))? {
                Some(found) => {
                    // Of several values a list is made.
                    if let Found::Many(values) = &found {
                        values.iter().try_for_each(|value| lookup.spend(compare::weight(value)))?;
                    }
                    Side::Value(found.into_value())
                }
                None => Side::Nothing,
            },
        })
    }
}
