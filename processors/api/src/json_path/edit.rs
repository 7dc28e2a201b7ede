//! Changes a document at every place a path finds. The places are looked up first and marked in a tree; then the document
//! is gone through once, the inner before the outer, so that nothing that is taken away moves a place that is still to come.

use std::{cell::Cell, collections::HashMap};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{
    Edit, EditError,
    step::{Route, Step},
    walk::{Key, Lookup},
};

/// How many values could be looked at while one step to a place is remembered.
const VISITS_PER_MARK: u64 = 8;

/// Which values of a document are meant.
#[derive(Default)]
struct Marks {
    here: bool,
    names: IndexMap<String, Marks>,
    places: HashMap<usize, Marks>,
}

impl Marks {
    fn is_empty(&self) -> bool {
        !self.here && self.names.is_empty() && self.places.is_empty()
    }

    fn at(&mut self, trail: &[Key<'_>]) -> &mut Self {
        trail.iter().fold(self, |marks, key| match key {
            Key::Name(name) => marks.names.entry((*name).to_owned()).or_default(),
            Key::Place(place) => marks.places.entry(*place).or_default(),
        })
    }
}

/// Changes all that a route finds; nothing when it finds nothing.
pub(super) fn apply(
    route: &Route,
    document: &mut Value,
    edit: &Edit,
    visits: &Cell<u64>,
) -> Result<(), EditError> {
    if route.call.is_some() {
        return Err(EditError::Unfit("the result of a function cannot be changed"));
    }
    let names = match route.steps.last() {
        Some(Step::Names(names)) => names.as_slice(),
        _ => &[],
    };
    if !names.is_empty() && matches!(edit, Edit::Add(_) | Edit::Put(..)) {
        return Err(EditError::Unfit("nothing can be added to several members together"));
    }
    let mut marks = Marks::default();
    let lookup = Lookup::new(document, visits);
    lookup.walk(route, document, &mut |trail, _| {
        // To remember a place is more work than to look at one.
        lookup.spend(VISITS_PER_MARK * (1 + trail.len() as u64))?;
        let found = marks.at(trail);
        found.here |= names.is_empty();
        for name in names {
            found.at(&[Key::Name(name)]).here = true;
        }
        Ok(())
    })?;
    if matches!(edit, Edit::Put(..)) && marks.is_empty() {
        return Err(EditError::Unfit("there is nothing to put the member into"));
    }
    if marks.here && matches!(edit, Edit::Delete | Edit::Set(_)) {
        return Err(EditError::Unfit("the whole document can be neither deleted nor replaced"));
    }
    change(document, &marks, edit)
}

fn change(value: &mut Value, marks: &Marks, edit: &Edit) -> Result<(), EditError> {
    match value {
        Value::Object(members) => change_members(members, marks, edit)?,
        Value::Array(items) => change_items(items, marks, edit)?,
        _ => {}
    }
    if marks.here { grow(value, edit) } else { Ok(()) }
}

fn change_members(
    members: &mut Map<String, Value>,
    marks: &Marks,
    edit: &Edit,
) -> Result<(), EditError> {
    for (name, below) in &marks.names {
        if let Some(member) = members.get_mut(name) {
            change(member, below, edit)?;
        }
    }
    let here = |name: &str| marks.names.get(name).is_some_and(|below| below.here);
    match edit {
        Edit::Delete => members.retain(|name, _| !here(name)),
        Edit::Set(new) => {
            for name in marks.names.keys().filter(|name| here(name)) {
                members.insert(name.clone(), new.clone());
            }
        }
        Edit::Add(_) | Edit::Put(..) => {}
    }
    Ok(())
}

fn change_items(items: &mut Vec<Value>, marks: &Marks, edit: &Edit) -> Result<(), EditError> {
    for (place, below) in &marks.places {
        if let Some(item) = items.get_mut(*place) {
            change(item, below, edit)?;
            if let (Edit::Set(new), true) = (edit, below.here) {
                *item = new.clone();
            }
        }
    }
    if *edit == Edit::Delete {
        let mut places = 0..;
        items.retain(|_| {
            let below = places.next().and_then(|place: usize| marks.places.get(&place));
            !below.is_some_and(|below| below.here)
        });
    }
    Ok(())
}

/// Adds to a list or an object that is meant itself. A `null` is left alone.
fn grow(value: &mut Value, edit: &Edit) -> Result<(), EditError> {
    match (edit, value) {
        (Edit::Delete | Edit::Set(_), _) | (_, Value::Null) => {}
        (Edit::Add(new), Value::Array(items)) => items.push(new.clone()),
        (Edit::Put(name, new), Value::Object(members)) => {
            members.insert(name.clone(), new.clone());
        }
        (Edit::Add(_), _) => return Err(EditError::Unfit("a value is added to a list only")),
        (Edit::Put(..), _) => return Err(EditError::Unfit("a member is put into an object only")),
    }
    Ok(())
}
