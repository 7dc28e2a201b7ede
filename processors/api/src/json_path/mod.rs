//! [`JsonPath`]: a path into JSON, compiled once, with the meaning it has in NiFi (the library Jayway JsonPath). Not the
//! reading and writing of JSON: that is [`crate::json`]; and not RFC 9535 where the two differ: `docs/json-path.md` says
//! where.
//!
//! Invariants: no path and no document makes it panic, recurse deeply or work without end (`limits`); whether a path
//! finds one value at most is known when it is compiled; no error quotes the document.
//!
//! The way of a path: `parser` and `filter_parser` read it into the steps of a route. Names and places alone are followed
//! without any memory; what means the same in RFC 9535 is a query of `jsonpath-rust` (`query`); everything else, and
//! every edit, is walked (`walk`).

mod compare;
mod edit;
mod error;
mod filter;
mod filter_parser;
mod function;
mod limits;
mod parser;
mod query;
mod scanner;
mod step;
mod walk;

#[cfg(test)]
mod tests;

use std::{borrow::Cow, cell::Cell, fmt, sync::Arc};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::json::{self, JsonTooLong};
use query::Query;
use step::{Route, Step};
use walk::{Lookup, from_begin};

pub use error::{EditError, JsonPathError, LookupError};

/// A compiled path. Cheap to clone.
#[derive(Clone)]
pub struct JsonPath {
    compiled: Arc<Compiled>,
}

struct Compiled {
    source: String,
    route: Route,
    query: Option<Query>,
}

/// What a path found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'v> {
    /// The value at the end of a path that can only find one.
    One(Cow<'v, Value>),
    /// What a path found that may find several, if only nothing.
    Many(Vec<Cow<'v, Value>>),
}

/// What to do at every place that a path finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Take the value away.
    Delete,
    /// Put this value in its place.
    Set(Value),
    /// Append this value to the list there.
    Add(Value),
    /// Put this value under this name into the object there.
    Put(String, Value),
}

impl JsonPath {
    /// Compiles a path.
    ///
    /// # Errors
    /// When it is none, with the place where it goes wrong.
    pub fn compile(text: &str) -> Result<Self, JsonPathError> {
        let route = parser::path(text)?;
        let query = Query::of(&route);
        Ok(Self { compiled: Arc::new(Compiled { source: text.to_owned(), route, query }) })
    }

    /// The path as it was given.
    pub fn source(&self) -> &str {
        &self.compiled.source
    }

    /// Whether it can only find one value: what it finds stands for itself, not in a list.
    pub fn is_definite(&self) -> bool {
        self.compiled.route.is_definite()
    }

    /// What it finds; none when it is not found. A path that may find several values is not found only where a name
    /// is missing before its first `*`, filter or `..`.
    ///
    /// # Errors
    /// When the lookup has to be given up.
    pub fn find<'v>(&self, document: &'v Value) -> Result<Option<Found<'v>>, LookupError> {
        self.find_within(document, &Cell::new(0))
    }

    /// The same, counting the values it looks at together with those that others looked at before.
    pub(crate) fn find_within<'v>(
        &self,
        document: &'v Value,
        visits: &Cell<u64>,
    ) -> Result<Option<Found<'v>>, LookupError> {
        let Compiled { route, query, .. } = &*self.compiled;
        match query {
            Some(query) => Ok(queried(route, query, document)),
            None => Lookup::new(document, visits).find(route, document),
        }
    }

    /// Changes the document at every place the path finds; where it finds nothing the document stays as it is, but nothing
    /// can be put nowhere.
    ///
    /// # Errors
    /// When what it finds cannot be changed so, or the lookup has to be given up. The document may then be half changed.
    pub fn edit(&self, document: &mut Value, edit: &Edit) -> Result<(), EditError> {
        self.edit_within(document, edit, &Cell::new(0))
    }

    /// The same, counting as [`JsonPath::find_within`] does.
    pub(crate) fn edit_within(
        &self,
        document: &mut Value,
        edit: &Edit,
        visits: &Cell<u64>,
    ) -> Result<(), EditError> {
        edit::apply(&self.compiled.route, document, edit, visits)
    }
}

/// Follows the steps before a query, which decide whether the path is found, and runs it.
fn queried<'v>(route: &Route, query: &Query, document: &'v Value) -> Option<Found<'v>> {
    let mut value = document;
    for step in route.steps.get(..query.behind)? {
        value = match (step, value) {
            (Step::Name(name), Value::Object(members)) => members.get(name)?,
            (Step::Index(place), Value::Array(items)) => {
                let place = from_begin(*place, items.len());
                match place.and_then(|place| items.get(place)) {
                    Some(item) => item,
                    None => return Some(Found::Many(Vec::new())),
                }
            }
            _ => return None,
        };
    }
    let is_of_lists = matches!(route.steps.get(query.behind), Some(Step::Slice(_)));
    if is_of_lists && !value.is_array() {
        return None;
    }
    Some(Found::Many(query.find(value).into_iter().map(Cow::Borrowed).collect()))
}

impl fmt::Debug for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonPath({})", self.compiled.source)
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.compiled.source)
    }
}

impl<'v> Found<'v> {
    /// Whether it is a list of nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Many(values) if values.is_empty())
    }

    /// Whether it is a single text, number, true, false or null.
    pub fn is_scalar(&self) -> bool {
        matches!(self, Self::One(value) if !value.is_array() && !value.is_object())
    }

    /// Whether it is a single null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::One(value) if value.is_null())
    }

    /// As one value: several are a list.
    pub fn into_value(self) -> Cow<'v, Value> {
        match self {
            Self::One(value) => value,
            Self::Many(values) => {
                Cow::Owned(values.into_iter().map(Cow::into_owned).collect::<Value>())
            }
        }
    }

    /// The values of what is a list: of several values, or of one that is a list.
    pub fn items(&self) -> Option<Box<dyn ExactSizeIterator<Item = &Value> + '_>> {
        match self {
            Self::Many(values) => Some(Box::new(values.iter().map(AsRef::as_ref))),
            Self::One(value) => Some(Box::new(value.as_array()?.iter())),
        }
    }

    /// A text as it is, anything else as compact JSON.
    ///
    /// # Errors
    /// When it is longer than `bytes_max`.
    pub fn text(&self, bytes_max: usize) -> Result<String, JsonTooLong> {
        match self {
            Self::One(value) => json::text(value, bytes_max),
            Self::Many(_) => json::compact(self, bytes_max),
        }
    }
}

impl Serialize for Found<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(value) => value.serialize(serializer),
            Self::Many(values) => serializer.collect_seq(values),
        }
    }
}
