//! How a route is walked through a document, with the meaning of NiFi's library: a name or a place that is missing where
//! the path up to there finds one value at most is a path that was not found; behind `*`, a filter or `..` it is only
//! passed by. Bounded by the values that are looked at; recursion only goes as deep as the document and the path do.

use std::{borrow::Cow, cell::Cell};

use serde_json::{Map, Value};

use super::{
    Found, LookupError,
    compare::weight,
    function::{Argument, Call, Input},
    limits::{BYTES_PER_VISIT, FOUND_MAX, VISITS_MAX},
    step::{Route, Step},
};

/// One lookup in one document: what it has used up.
pub(super) struct Lookup<'b, 'v> {
    pub(super) document: &'v Value,
    visits: &'b Cell<u64>,
}

/// One step of the way from the document to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'v> {
    Name(&'v str),
    Place(usize),
}

/// What is done with each value that is found, and the way to it.
type Hit<'h, 'v> = dyn FnMut(&[Key<'v>], Cow<'v, Value>) -> Result<(), LookupError> + 'h;

/// Why a walk ends early.
enum Stop {
    NotFound,
    Failed(LookupError),
}

impl From<LookupError> for Stop {
    fn from(error: LookupError) -> Self {
        Self::Failed(error)
    }
}

impl<'b, 'v> Lookup<'b, 'v> {
    /// A lookup that adds what it looks at to `visits`.
    pub(super) fn new(document: &'v Value, visits: &'b Cell<u64>) -> Self {
        Self { document, visits }
    }

    /// Counts so many values more.
    pub(super) fn spend(&self, visits: u64) -> Result<(), LookupError> {
        self.visits.set(self.visits.get().saturating_add(visits));
        if self.visits.get() > VISITS_MAX { Err(LookupError::TooManyVisits) } else { Ok(()) }
    }

    pub(super) fn spend_text(&self, bytes: usize) -> Result<(), LookupError> {
        self.spend(1 + bytes as u64 / BYTES_PER_VISIT)
    }

    /// What a route finds from a value on; none when it is not found.
    pub(super) fn find(
        &self,
        route: &Route,
        from: &'v Value,
    ) -> Result<Option<Found<'v>>, LookupError> {
        if route.is_plain() {
            self.spend(1)?;
            return Ok(plain(&route.steps, from).map(|value| Found::One(Cow::Borrowed(value))));
        }
        let mut values = Vec::new();
        let mut keep = |_: &[Key<'v>], value| {
            values.push(value);
            if values.len() > FOUND_MAX { Err(LookupError::TooManyFound) } else { Ok(()) }
        };
        if !self.walk(route, from, &mut keep)? {
            return Ok(None);
        }
        if let Some(call) = &route.call {
            let Some(called) = self.called(route, call, &values)? else { return Ok(None) };
            values = called;
        }
        Ok(match route.is_definite() {
            true => values.pop().map(Found::One),
            false => Some(Found::Many(values)),
        })
    }

    /// What a function makes of each value, or of all together; none when an argument is not found.
    fn called(
        &self,
        route: &Route,
        call: &Call,
        values: &[Cow<'v, Value>],
    ) -> Result<Option<Vec<Cow<'v, Value>>>, LookupError> {
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push(match argument {
                Argument::Literal(value) => value.clone(),
                Argument::Path(route) => match self.find(route, self.document)? {
                    Some(found) => found.into_value().into_owned(),
                    None => return Ok(None),
                },
            });
        }
        let apply = |input| call.apply(&input, &arguments).map(Cow::Owned);
        if route.gathers() {
            let all = values.iter().map(AsRef::as_ref).collect();
            return Ok(Some(vec![apply(Input::Gathered(all))?]));
        }
        values.iter().map(|value| apply(Input::One(value))).collect::<Result<_, _>>().map(Some)
    }

    /// Hands over each value that the steps of a route find; false when the path is not found.
    pub(super) fn walk(
        &self,
        route: &Route,
        from: &'v Value,
        hit: &mut Hit<'_, 'v>,
    ) -> Result<bool, LookupError> {
        let mut walk = Walk { lookup: self, route, trail: Vec::new(), hit };
        match walk.step(0, from, true) {
            Ok(()) => Ok(true),
            Err(Stop::NotFound) => Ok(false),
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}

/// The value at the end of names and places.
fn plain<'v>(steps: &[Step], from: &'v Value) -> Option<&'v Value> {
    steps.iter().try_fold(from, |value, step| match (step, value) {
        (Step::Name(name), Value::Object(members)) => members.get(name),
        (Step::Index(place), Value::Array(items)) => items.get(from_begin(*place, items.len())?),
        _ => None,
    })
}

/// A place counted from the begin.
pub(super) fn from_begin(place: i64, length: usize) -> Option<usize> {
    match usize::try_from(place) {
        Ok(place) => Some(place),
        Err(_) => length.checked_sub(usize::try_from(place.unsigned_abs()).ok()?),
    }
}

struct Walk<'a, 'h, 'v> {
    lookup: &'a Lookup<'a, 'v>,
    route: &'a Route,
    /// The way to the value that is looked at.
    trail: Vec<Key<'v>>,
    hit: &'a mut Hit<'h, 'v>,
}

impl<'v> Walk<'_, '_, 'v> {
    /// Goes on at a value; `definite` while the steps before can find one value at most.
    fn step(&mut self, at: usize, value: &'v Value, definite: bool) -> Result<(), Stop> {
        self.lookup.spend(1)?;
        let Some(step) = self.route.steps.get(at) else {
            return Ok((self.hit)(&self.trail, Cow::Borrowed(value))?);
        };
        let unfit = if definite { Err(Stop::NotFound) } else { Ok(()) };
        let definite = definite && self.route.is_definite_at(at);
        match (step, value) {
            (Step::Name(name), Value::Object(members)) => self.member(at, members, name, definite),
            (Step::Names(names), Value::Object(members)) => self.members(at, members, names),
            (Step::Index(place), Value::Array(items)) => {
                let place = from_begin(*place, items.len());
                self.places(at, items, place, definite)
            }
            (Step::Indexes(places), Value::Array(items)) => {
                let length = items.len();
                let places = places.iter().filter_map(|place| from_begin(*place, length));
                self.places(at, items, places, false)
            }
            (Step::Slice(slice), Value::Array(items)) => {
                self.places(at, items, slice.places(items.len()), false)
            }
            (Step::All, _) => {
                self.children(value, &mut |walk, child| walk.step(at + 1, child, false))
            }
            (Step::Filter(condition), Value::Array(items)) => {
                for (place, item) in items.iter().enumerate() {
                    if condition.holds(item, self.lookup)? {
                        self.below(Key::Place(place), |walk| walk.step(at + 1, item, false))?;
                    }
                }
                Ok(())
            }
            (Step::Filter(condition), Value::Object(_)) => {
                if condition.holds(value, self.lookup)? {
                    self.step(at + 1, value, false)?;
                }
                Ok(())
            }
            (Step::Deep, _) => self.anywhere(at, value),
            _ => unfit,
        }
    }

    fn below(
        &mut self,
        key: Key<'v>,
        go: impl FnOnce(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.trail.push(key);
        let result = go(self);
        self.trail.pop();
        result
    }

    fn member(
        &mut self,
        at: usize,
        members: &'v Map<String, Value>,
        name: &str,
        definite: bool,
    ) -> Result<(), Stop> {
        match members.get_key_value(name) {
            Some((name, value)) => {
                self.below(Key::Name(name), |walk| walk.step(at + 1, value, definite))
            }
            // At the end of a path nothing was found; that is said there.
            None if definite && !self.route.is_last(at) => Err(Stop::NotFound),
            None => Ok(()),
        }
    }

    /// Several names: at the end one object, before it each of them.
    fn members(
        &mut self,
        at: usize,
        members: &'v Map<String, Value>,
        names: &[String],
    ) -> Result<(), Stop> {
        if !self.route.is_last(at) {
            return names.iter().try_for_each(|name| self.member(at, members, name, false));
        }
        for value in names.iter().filter_map(|name| members.get(name)) {
            self.lookup.spend(weight(value))?;
        }
        let present = names.iter().filter_map(|name| members.get_key_value(name));
        let merged: Map<String, Value> =
            present.map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok((self.hit)(&self.trail, Cow::Owned(Value::Object(merged)))?)
    }

    fn places(
        &mut self,
        at: usize,
        items: &'v [Value],
        places: impl IntoIterator<Item = usize>,
        definite: bool,
    ) -> Result<(), Stop> {
        for place in places {
            if let Some(item) = items.get(place) {
                self.below(Key::Place(place), |walk| walk.step(at + 1, item, definite))?;
            }
        }
        Ok(())
    }

    fn children(
        &mut self,
        value: &'v Value,
        go: &mut dyn FnMut(&mut Self, &'v Value) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        match value {
            Value::Object(members) => members
                .iter()
                .try_for_each(|(name, child)| self.below(Key::Name(name), |walk| go(walk, child))),
            Value::Array(items) => items.iter().enumerate().try_for_each(|(place, child)| {
                self.below(Key::Place(place), |walk| go(walk, child))
            }),
            _ => Ok(()),
        }
    }

    /// The next step at the value and at everything below it, the outer before the inner.
    fn anywhere(&mut self, at: usize, value: &'v Value) -> Result<(), Stop> {
        self.lookup.spend(1)?;
        if self.suits(at + 1, value)? {
            self.step(at + 1, value, false)?;
        }
        self.children(value, &mut |walk, child| walk.anywhere(at, child))
    }

    /// Whether the step behind `..` is tried at a value.
    fn suits(&self, at: usize, value: &'v Value) -> Result<bool, Stop> {
        Ok(match (self.route.steps.get(at), value) {
            (Some(Step::Names(names)), Value::Object(members)) if self.route.is_last(at) => {
                names.iter().all(|name| members.contains_key(name))
            }
            // The library asks of each list and object as a whole whether it fulfils the filter, before it looks into it.
            (Some(Step::Filter(condition)), Value::Object(_) | Value::Array(_)) => {
                condition.holds(value, self.lookup)?
            }
            (_, Value::Object(_) | Value::Array(_)) => true,
            _ => false,
        })
    }
}
