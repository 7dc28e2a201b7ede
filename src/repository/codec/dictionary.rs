//! The dictionary of a segment: each name once, then its number. A new segment starts an empty one, so that it can be
//! read alone.

use std::{collections::HashMap, sync::Arc};

use super::super::record::Name;

/// Names by number and numbers by name.
#[derive(Clone, Default)]
pub(crate) struct Dictionary {
    names: Vec<Name>,
    numbers: HashMap<Name, u32>,
}

impl Dictionary {
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The number of a name, which is defined if it is new.
    pub(crate) fn intern(&mut self, name: &str) -> u32 {
        match self.numbers.get(name) {
            Some(number) => *number,
            None => self.define(name),
        }
    }

    /// Gives a name the next number.
    pub(crate) fn define(&mut self, name: &str) -> u32 {
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Name = Arc::from(name);
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    pub(crate) fn name(&self, number: u32) -> Option<&Name> {
        self.names.get(usize::try_from(number).ok()?)
    }

    /// The names defined since there were `count`.
    pub(crate) fn since(&self, count: usize) -> &[Name] {
        self.names.get(count..).unwrap_or_default()
    }

    /// Forgets the names defined since there were `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        for name in self.names.drain(count.min(self.names.len())..) {
            self.numbers.remove(&name);
        }
    }
}
