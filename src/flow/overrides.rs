//! [`ParameterOverrides`]: values of parameters that are given beside the flow file, by `--param` and `--params`. Any of
//! them may be a secret: none is ever shown.

use std::{collections::BTreeMap, path::Path};

use processors_api::{
    Diagnostic, Node, Source, Span, Text,
    diagnostic::{code, quote},
    yaml,
};

use super::{file, report::LoadErrors};

/// Values that go before those of the flow file.
#[derive(Clone, Debug, Default)]
pub struct ParameterOverrides {
    given: BTreeMap<String, Text>,
    files: Vec<ValuesFile>,
}

#[derive(Clone, Debug)]
struct ValuesFile {
    name: String,
    values: BTreeMap<String, Text>,
}

impl ParameterOverrides {
    /// A value from the command line; it goes before those of files.
    pub fn set(&mut self, name: &str, value: &str) {
        self.given.insert(name.to_owned(), Text::sensitive(value));
    }

    /// The values of a file, `name: value` line by line. Of two files the later one goes first.
    pub fn read_file(&mut self, path: &Path) -> Result<(), LoadErrors> {
        self.read_source(&file::read_source(path)?.0)
    }

    /// The values of a file that has been read.
    pub fn read_source(&mut self, source: &Source) -> Result<(), LoadErrors> {
        let (node, mut diagnostics) = yaml::parse(source);
        let mut values = BTreeMap::new();
        match &node {
            Some(Node::Map(map)) => {
                for entry in &map.entries {
                    match &entry.value {
                        Node::Scalar(text) => drop(
                            values.insert(entry.key.text.to_string(), Text::sensitive(&*text.text)),
                        ),
                        Node::Broken(_) => {}
                        value => diagnostics.push(not_a_text(&entry.key.text, value)),
                    }
                }
            }
            Some(node) => diagnostics.push(not_a_map(node.span())),
            None => {}
        }
        if diagnostics.is_empty() {
            self.files.push(ValuesFile { name: source.name().to_owned(), values });
            return Ok(());
        }
        // Whatever is wrong with the file, its values may be secrets.
        let secrets = vec![source.span(0..source.text().len())];
        let secrets = node.as_ref().map_or(secrets, values_of);
        Err(LoadErrors { diagnostics, source: source.clone(), secrets })
    }

    /// Every name that has a value here, with its value.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.names().filter_map(|(name, _)| Some((name, self.get(name)?)))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Text> {
        let in_files = || self.files.iter().rev().find_map(|file| file.values.get(name));
        self.given.get(name).or_else(in_files)
    }

    /// Every name that has a value here, and where it was given.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let given = self.given.keys().map(|name| (name.as_str(), "--param"));
        let in_files = self
            .files
            .iter()
            .flat_map(|file| file.values.keys().map(|name| (name.as_str(), file.name.as_str())));
        given.chain(in_files)
    }

    /// Where a parameter that has no value here was looked for.
    pub(super) fn looked_at(&self, name: &str) -> String {
        let files: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        match files.as_slice() {
            [] => format!("--param {name}= (not given); --params FILE (not given)"),
            files => {
                format!("--param {name}= (not given); --params {} (not in it)", files.join(", "))
            }
        }
    }
}

fn not_a_text(name: &str, value: &Node) -> Diagnostic {
    let message = format!("the value of {} is {}, and a text is wanted", quote(name), value.kind());
    Diagnostic::error(code::WRONG_KIND, value.span(), message).label("write a text")
}

fn not_a_map(span: Span) -> Diagnostic {
    let message = "a file of parameters has one on each line: `name: value`";
    Diagnostic::error(code::WRONG_KIND, span, message).label("this is something else")
}

fn values_of(node: &Node) -> Vec<Span> {
    match node {
        Node::Map(map) => map.entries.iter().map(|entry| entry.value.span()).collect(),
        node => vec![node.span()],
    }
}
