//! [`Properties`]: what was given as settings, as a text in which everything has its place. Values stay the texts that
//! they are, whatever YAML would make of them.

use std::{ops::Range, sync::Arc};

use processors_api::{
    Entry, Map, Node, ProcessorType, Scalar, Sequence, Source, Span, Style,
    diagnostic::{Severity, normalize},
    yaml,
};
use serde_json::{Map as Object, Value};

use crate::{flow::LoadErrors, reference};

/// The name that messages give to what was typed.
const NAME: &str = "properties";

/// The settings of a processor that is tried.
pub struct Properties {
    pub(super) source: Source,
    pub(super) node: Node,
    /// Where a message points that is about something that is missing.
    pub(super) place: Span,
}

impl Properties {
    /// The settings in a JSON object: texts as NiFi stores them, and structures where the processor has some. A null is
    /// a setting that is left out, but inside a structure an entry without a value.
    pub fn of_object(kind: &str, object: &Object<String, Value>) -> Self {
        let mut writer = Writer { text: format!("{kind}:"), depth: 0 };
        let placed = writer.map(object);
        let source = Source::new(NAME, writer.text);
        let node = placed.node(&source);
        let place = source.span(0..kind.len());
        Self { source, node, place }
    }

    /// The settings as they are typed one by one: `attributes.NAME` is an entry of that home, and what is a structure is
    /// written as JSON.
    pub fn of_pairs(kind: &ProcessorType, pairs: Vec<(String, String)>) -> Self {
        let schema = (kind.schema)().to_value();
        let mut object = Object::new();
        for (name, value) in pairs {
            put(&mut object, kind, &schema, &name, value);
        }
        Self::of_object(kind.name, &object)
    }

    /// The settings as a flow file has them.
    ///
    /// # Errors
    /// Everything that YAML cannot read.
    pub fn of_yaml(text: &str) -> Result<Self, Box<LoadErrors>> {
        let source = Source::new(NAME, text);
        let (node, diagnostics) = yaml::parse(&source);
        let is_wrong = diagnostics.iter().any(|found| found.severity == Severity::Error);
        if is_wrong && !text.trim().is_empty() {
            let secrets = Vec::new();
            return Err(Box::new(LoadErrors { diagnostics, source, secrets }));
        }
        let start = source.span(0..0);
        let node = node.unwrap_or(Node::Absent(start));
        let place = node.span();
        Ok(Self { source, node, place })
    }
}

fn put(
    object: &mut Object<String, Value>,
    kind: &ProcessorType,
    schema: &Value,
    name: &str,
    value: String,
) {
    let homed = name.split_once('.').filter(|(home, entry)| {
        !entry.is_empty() && kind.named_home.is_some_and(|known| normalize(home) == known)
    });
    let Some((home, entry)) = homed else {
        let structure = is_structure(schema, name).then(|| structure(&value)).flatten();
        object.insert(name.to_owned(), structure.unwrap_or_else(|| value.into()));
        return;
    };
    let home = object.entry(normalize(home)).or_insert_with(|| Object::new().into());
    if let Some(home) = home.as_object_mut() {
        home.insert(entry.to_owned(), value.into());
    }
}

/// Whether a property is a map, a list or has parts of its own.
fn is_structure(schema: &Value, name: &str) -> bool {
    let name = normalize(name);
    let properties = schema.get("properties").and_then(Value::as_object);
    let property =
        properties.and_then(|all| all.iter().find(|(known, _)| normalize(known) == name));
    property.is_some_and(|(_, property)| {
        let is_word = |word: &str| matches!(word, "object" | "array");
        reference::find(schema, property, "type").is_some_and(|found| match found {
            Value::String(word) => is_word(word),
            Value::Array(words) => words.iter().filter_map(Value::as_str).any(is_word),
            _ => false,
        })
    })
}

fn structure(text: &str) -> Option<Value> {
    let parsed: Value = serde_json::from_str(text).ok()?;
    (parsed.is_object() || parsed.is_array()).then_some(parsed)
}

/// Writes values below each other and remembers where each stands.
struct Writer {
    text: String,
    depth: usize,
}

/// A value, by its bytes in the text.
enum Placed {
    Text(String, Range<usize>),
    List(Vec<Placed>, Range<usize>),
    Map(Vec<(String, Range<usize>, Placed)>, Range<usize>),
    Nothing(Range<usize>),
}

impl Writer {
    fn map(&mut self, object: &Object<String, Value>) -> Placed {
        self.depth += 1;
        let begin = self.text.len();
        let mut entries = Vec::new();
        let is_outermost = self.depth == 1;
        for (name, value) in object.iter().filter(|(_, value)| !(is_outermost && value.is_null())) {
            let key = self.line(name);
            self.text.push_str(": ");
            entries.push((name.clone(), key, self.value(value)));
        }
        self.depth -= 1;
        Placed::Map(entries, begin..self.text.len())
    }

    fn list(&mut self, items: &[Value]) -> Placed {
        self.depth += 1;
        let begin = self.text.len();
        let mut placed = Vec::new();
        for item in items.iter().filter(|item| !item.is_null()) {
            self.line("- ");
            placed.push(self.value(item));
        }
        self.depth -= 1;
        Placed::List(placed, begin..self.text.len())
    }

    fn value(&mut self, value: &Value) -> Placed {
        match value {
            Value::Object(object) => self.map(object),
            Value::Array(items) => self.list(items),
            Value::String(text) => self.text(text),
            Value::Null => Placed::Nothing(self.write("")),
            other => self.text(&other.to_string()),
        }
    }

    fn text(&mut self, text: &str) -> Placed {
        Placed::Text(text.to_owned(), self.write(text))
    }

    /// Writes at the beginning of a new line.
    fn line(&mut self, text: &str) -> Range<usize> {
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(self.depth));
        self.write(text)
    }

    fn write(&mut self, text: &str) -> Range<usize> {
        let begin = self.text.len();
        self.text.push_str(text);
        begin..self.text.len()
    }
}

impl Placed {
    fn node(&self, source: &Source) -> Node {
        match self {
            Self::Text(text, range) => Node::Scalar(scalar(text, range, source)),
            Self::Nothing(range) => Node::Absent(source.span(range.clone())),
            Self::List(items, range) => Node::Sequence(Sequence {
                items: items.iter().map(|item| item.node(source)).collect(),
                span: source.span(range.clone()),
            }),
            Self::Map(entries, range) => Node::Map(Map {
                entries: entries.iter().map(|entry| self::entry(entry, source)).collect(),
                span: source.span(range.clone()),
            }),
        }
    }
}

fn entry((name, range, value): &(String, Range<usize>, Placed), source: &Source) -> Entry {
    Entry { key: scalar(name, range, source), value: value.node(source) }
}

fn scalar(text: &str, range: &Range<usize>, source: &Source) -> Scalar {
    Scalar { text: Arc::from(text), style: Style::Plain, span: source.span(range.clone()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: &Value) -> Properties {
        Properties::of_object("X", value.as_object().unwrap())
    }

    /// As in NiFi: a setting that is null is not set, but an attribute or a route must have a value.
    #[test]
    fn null_is_nothing_where_the_author_names_the_entries() {
        let properties = of(&json!({ "home": { "a": null, "b": "" } }));
        let map = properties.node.as_map().unwrap();
        let home = map.entries[0].value.as_map().unwrap();
        assert!(matches!(home.entries[0].value, Node::Absent(_)));
        assert!(matches!(home.entries[1].value, Node::Scalar(_)));
    }

    #[test]
    fn every_value_stands_where_it_is_written() {
        let properties = of(&json!({
            "a": "1\n2", "b": { "c": true, "d: e": "" }, "gone": null, "f": [1.5, { "g": "#{x}" }],
        }));
        assert_eq!(
            properties.source.text(),
            "X:\n  a: 1\n2\n  b: \n    c: true\n    d: e: \n  f: \n    - 1.5\n    - \n      g: #{x}"
        );
        let map = properties.node.as_map().unwrap();
        assert_eq!(map.entries.len(), 3, "null is left out");
        for entry in &map.entries {
            assert_eq!(properties.source.slice(entry.key.span), &*entry.key.text);
            if let Some(text) = entry.value.as_scalar() {
                assert_eq!(properties.source.slice(text.span), &*text.text);
            }
        }
        let inner = map.get("b").and_then(Node::as_map).unwrap();
        assert_eq!(&*inner.get("d: e").and_then(Node::as_scalar).unwrap().text, "");
        let list = map.get("f").and_then(Node::as_sequence).unwrap();
        assert_eq!(&*list.items[0].as_scalar().unwrap().text, "1.5");
    }

    #[test]
    fn a_piece_of_a_value_is_found_on_its_line() {
        let properties = of(&json!({ "a": "1\r\n${x:y()}" }));
        let value = properties.node.as_map().unwrap().get("a").unwrap().as_scalar().unwrap();
        let place = properties.source.locate(value, 7..8);
        assert_eq!(properties.source.slice(place), "y");
        assert_eq!((place.start.line, place.start.column), (3, 5));
    }
}
