//! The names that people should see. serde lists older names beside the present ones; only the schema tells them apart.

use std::collections::HashSet;

use schemars::Schema;
use serde_json::Value;

use crate::diagnostic::normalize;

pub(super) struct SchemaNames {
    root: Value,
    /// Every property and every allowed value of the whole schema.
    present: HashSet<String>,
}

impl SchemaNames {
    pub(super) fn new(schema: Schema) -> Self {
        let root = schema.to_value();
        let mut present = HashSet::new();
        collect(&root, &mut present);
        Self { root, present }
    }

    /// The required properties of the outermost struct.
    pub(super) fn required(&self) -> impl Iterator<Item = &str> {
        self.root
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// Whether the outermost struct has a property of this name, and not as an older one.
    pub(super) fn is_property(&self, name: &str) -> bool {
        let name = normalize(name);
        let properties = self.root.get("properties").and_then(Value::as_object);
        properties
            .is_some_and(|properties| properties.keys().any(|property| normalize(property) == name))
    }

    /// Those of `names` that are shown, each in one spelling.
    pub(super) fn shown<'n>(&self, names: &[&'n str]) -> Vec<&'n str> {
        let present: Vec<&str> =
            names.iter().copied().filter(|name| self.present.contains(*name)).collect();
        let mut seen = HashSet::new();
        let mut shown = if present.is_empty() { names.to_vec() } else { present };
        shown.retain(|name| seen.insert(normalize(name)));
        shown
    }
}

fn collect(schema: &Value, names: &mut HashSet<String>) {
    match schema {
        Value::Object(members) => {
            for (key, member) in members {
                match (key.as_str(), member) {
                    ("properties", Value::Object(properties)) => {
                        names.extend(properties.keys().cloned())
                    }
                    ("const", Value::String(text)) => drop(names.insert(text.clone())),
                    ("enum", Value::Array(texts)) => {
                        names.extend(texts.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => {}
                }
                collect(member, names);
            }
        }
        Value::Array(members) => members.iter().for_each(|member| collect(member, names)),
        _ => {}
    }
}
