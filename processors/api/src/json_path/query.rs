//! The part of a path that means the same in RFC 9535, as a compiled query of `jsonpath-rust`: names, places, `*` and
//! parts of lists. Not filters, which look into an object there and at it here; not `..`, which finds in another order
//! there; not what can find more values than the document has, since nothing bounds a query.

use jsonpath_rust::{
    parser::model::{JpQuery, Segment, Selector},
    query::js_path_process,
};
use serde_json::Value;

use super::step::{Route, Step};

/// The steps behind the ones that find one value at most.
#[derive(Debug)]
pub(super) struct Query {
    /// How many steps come before it.
    pub(super) behind: usize,
    query: JpQuery,
}

impl Query {
    /// The query that does the rest of a route; none when there is nothing to do for it, or it means something else.
    pub(super) fn of(route: &Route) -> Option<Self> {
        let behind = (0..route.steps.len()).find(|at| !route.is_definite_at(*at))?;
        if route.call.is_some() {
            return None;
        }
        let segments =
            route.steps.get(behind..)?.iter().map(segment).collect::<Option<Vec<_>>>()?;
        Some(Self { behind, query: JpQuery::new(segments) })
    }

    /// What it finds in a value, in its order.
    pub(super) fn find<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        // A query of these segments has nothing in it that can fail.
        let found = js_path_process(&self.query, value).unwrap_or_default();
        found.into_iter().map(|found| found.val()).collect()
    }
}

fn segment(step: &Step) -> Option<Segment> {
    Some(Segment::Selector(match step {
        Step::Name(name) => Selector::Name(name.clone()),
        Step::Index(place) => Selector::Index(*place),
        Step::All => Selector::Wildcard,
        Step::Slice(slice) if slice.is_standard() => Selector::Slice(slice.from, slice.to, None),
        _ => return None,
    }))
}
