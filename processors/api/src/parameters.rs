//! [`Parameters`]: the values of a flow's `#{name}`. Not where they come from: the loader reads the environment,
//! files and the command line, and hands over the result.

use std::{collections::BTreeMap, sync::Arc};

use crate::Text;

/// The parameters of a flow, by name. Cheap to clone; never changes once a flow is loaded.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    values: Arc<BTreeMap<String, Text>>,
}

impl Parameters {
    /// The value of a parameter, if the flow has one of that name.
    pub fn get(&self, name: &str) -> Option<&Text> {
        self.values.get(name)
    }

    /// The names of all parameters, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

impl FromIterator<(String, Text)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (String, Text)>>(values: I) -> Self {
        Self { values: Arc::new(values.into_iter().collect()) }
    }
}
