//! [`Attributes`]: the names and values that travel with a flowfile. Copied only when changed.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::Text;

/// The attributes of a flowfile, in order of name. Cloning shares; the first change of a clone copies.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    values: Arc<BTreeMap<Arc<str>, Text>>,
}

/// What turns one set of attributes into another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeChanges {
    /// Attributes that are new or have another value.
    pub set: Vec<(Arc<str>, Text)>,
    /// Names that are gone.
    pub removed: Vec<Arc<str>>,
}

impl Attributes {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&Text> {
        self.values.get(name)
    }

    /// Names and values, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Text)> {
        self.values.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Bytes of all names and values together, for limits.
    pub fn size(&self) -> usize {
        self.iter().map(|(name, value)| name.len() + value.reveal().len()).sum()
    }

    /// Sets one attribute.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Text) {
        Arc::make_mut(&mut self.values).insert(name.into(), value);
    }

    /// Removes one attribute; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.values.contains_key(name) && Arc::make_mut(&mut self.values).remove(name).is_some()
    }

    /// What has to be done to `before` to get `self`.
    pub fn changes_since(&self, before: &Attributes) -> AttributeChanges {
        if Arc::ptr_eq(&self.values, &before.values) {
            return AttributeChanges::default();
        }
        let set = self.iter().filter(|(name, value)| before.get(name) != Some(value));
        let removed = before.iter().filter(|(name, _)| self.get(name).is_none());
        AttributeChanges {
            set: set.map(|(name, value)| (name.clone(), value.clone())).collect(),
            removed: removed.map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Applies changes; the inverse of [`Attributes::changes_since`].
    pub fn apply(&mut self, changes: &AttributeChanges) {
        if changes.is_empty() {
            return;
        }
        let values = Arc::make_mut(&mut self.values);
        for name in &changes.removed {
            values.remove(name);
        }
        values.extend(changes.set.iter().cloned());
    }
}

impl AttributeChanges {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }
}

impl FromIterator<(Arc<str>, Text)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Text)>>(values: I) -> Self {
        Self { values: Arc::new(values.into_iter().collect()) }
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.values.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(name, value)| (Arc::from(*name), Text::from(*value))).collect()
    }

    #[test]
    fn changes_turn_the_one_into_the_other() {
        let before = attributes(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let after = attributes(&[("a", "1"), ("b", "x"), ("d", "4")]);
        let changes = after.changes_since(&before);
        assert_eq!(changes.removed, [Arc::from("c")]);
        let mut copy = before.clone();
        copy.apply(&changes);
        assert_eq!(copy, after);
        assert_eq!(
            before.get("b"),
            Some(&Text::from("2")),
            "a change of a copy leaves the original"
        );
    }

    #[test]
    fn a_value_that_became_secret_is_a_change() {
        let before = attributes(&[("a", "1")]);
        let mut after = before.clone();
        after.set("a", Text::sensitive("1"));
        assert_eq!(after.changes_since(&before).set.len(), 1);
    }
}
