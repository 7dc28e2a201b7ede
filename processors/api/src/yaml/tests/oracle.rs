//! Documents made at random: read as another parser reads them, with places that hold.

use proptest::{collection::vec, prelude::*};

use crate::{
    Node, Scalar, Source, Style,
    diagnostic::{JsonMessage, Look, Severity, render_all},
    yaml::parse,
};

/// A document before it is written.
#[derive(Clone, Debug)]
enum Tree {
    Text(String, Written),
    List(Vec<Tree>, bool),
    Map(Vec<(String, Tree)>, bool),
    Nothing,
}

#[derive(Clone, Copy, Debug)]
enum Written {
    Plain,
    Single,
    Double,
    Literal,
}

fn text() -> impl Strategy<Value = Tree> {
    let written = prop_oneof![
        Just(Written::Plain),
        Just(Written::Single),
        Just(Written::Double),
        Just(Written::Literal)
    ];
    // `"C:\n` is told as a path, whoever writes it.
    ("([ -~éß你→]{0,12}[ -9;-~éß])?(\n[ -~é]{1,9})?", written)
        .prop_map(|(text, written)| Tree::Text(text, written))
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![9 => text(), 1 => Just(Tree::Nothing)];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let entries = vec(("[a-z]{1,4}( [a-z0-9.é]{1,3})?", inner.clone()), 1..5);
        prop_oneof![
            (vec(inner, 1..5), any::<bool>()).prop_map(|(items, flow)| Tree::List(items, flow)),
            (entries, any::<bool>()).prop_map(|(entries, flow)| {
                let numbered = entries
                    .into_iter()
                    .enumerate()
                    .map(|(at, (key, value))| (format!("{key}{at}"), value));
                Tree::Map(numbered.collect(), flow)
            }),
        ]
    })
}

/// Behind a colon or a dash, with what is below it indented by `indent`.
fn write_value(tree: &Tree, indent: usize, out: &mut String) {
    match tree {
        Tree::Map(entries, false) => {
            for (key, value) in entries {
                out.push_str(&format!("\n{:indent$}{key}:", ""));
                write_value(value, indent + 2, out);
            }
        }
        Tree::List(items, false) => {
            for item in items {
                out.push_str(&format!("\n{:indent$}-", ""));
                write_value(item, indent + 3, out);
            }
        }
        Tree::Text(text, Written::Literal) if is_block(text) => {
            out.push_str(" |-");
            text.split('\n').for_each(|line| out.push_str(&format!("\n{:indent$}{line}", "")));
        }
        Tree::Nothing => {}
        tree => out.push_str(&format!(" {}", in_one_line(tree))),
    }
}

fn is_block(text: &str) -> bool {
    !text.is_empty()
        && text.split('\n').all(|line| !line.starts_with(' ') && !line.trim().is_empty())
}

fn in_one_line(tree: &Tree) -> String {
    match tree {
        Tree::Text(text, Written::Plain) if is_plain(text) => text.clone(),
        Tree::Text(text, Written::Single | Written::Plain) if !text.contains('\n') => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Tree::Text(text, _) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
        }
        Tree::List(items, _) => {
            format!("[{}]", items.iter().map(in_one_line).collect::<Vec<_>>().join(", "))
        }
        Tree::Map(entries, _) => {
            let entries =
                entries.iter().map(|(key, value)| format!("{key}: {}", in_one_line(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Tree::Nothing => "''".to_owned(),
    }
}

fn is_plain(text: &str) -> bool {
    let ends_well =
        text.starts_with(char::is_alphanumeric) && text.ends_with(char::is_alphanumeric);
    ends_well && text.chars().all(|c| c.is_alphanumeric() || " ._-/$+=()".contains(c))
}

fn document(entries: &[Tree], crlf: bool) -> String {
    let mut out = "# made at random".to_owned();
    for (at, tree) in entries.iter().enumerate() {
        out.push_str(&format!("\nkey {at}:"));
        write_value(tree, 2, &mut out);
        out.push_str(
            " # a comment".get(..if matches!(tree, Tree::Nothing) { 12 } else { 0 }).unwrap(),
        );
    }
    out.push('\n');
    if crlf { out.replace('\n', "\r\n") } else { out }
}

/// Texts are compared as texts; where the other parser makes a number of one, only the structure is.
fn assert_same(ours: &Node, theirs: &serde_yaml::Value) {
    use serde_yaml::Value;
    match (ours, theirs) {
        (Node::Map(map), Value::Mapping(mapping)) => {
            assert_eq!(map.entries.len(), mapping.len());
            for (entry, (key, value)) in map.entries.iter().zip(mapping) {
                if let Value::String(key) = key {
                    assert_eq!(&*entry.key.text, key);
                }
                assert_same(&entry.value, value);
            }
        }
        (Node::Sequence(sequence), Value::Sequence(values)) => {
            assert_eq!(sequence.items.len(), values.len());
            sequence.items.iter().zip(values).for_each(|(item, value)| assert_same(item, value));
        }
        (Node::Scalar(scalar), Value::String(text)) => assert_eq!(&*scalar.text, text),
        (Node::Scalar(scalar), Value::Null | Value::Bool(_) | Value::Number(_)) => {
            assert_eq!(scalar.style, Style::Plain);
        }
        (Node::Absent(_), Value::Null) => {}
        (ours, theirs) => panic!("{ours:?} is not {theirs:?}"),
    }
}

fn scalars<'n>(node: &'n Node, found: &mut Vec<&'n Scalar>) {
    match node {
        Node::Scalar(scalar) => found.push(scalar),
        Node::Sequence(sequence) => sequence.items.iter().for_each(|item| scalars(item, found)),
        Node::Map(map) => map.entries.iter().for_each(|entry| {
            found.push(&entry.key);
            scalars(&entry.value, found);
        }),
        Node::Absent(_) | Node::Broken(_) => {}
    }
}

/// Its span is its raw form, and every sign of it can be found there.
fn assert_placed(source: &Source, scalar: &Scalar) {
    let raw = source.slice(scalar.span);
    match scalar.style {
        Style::Plain => assert_eq!(raw, &*scalar.text),
        Style::Single | Style::Double => {
            assert_eq!(serde_yaml::from_str::<String>(raw).unwrap(), &*scalar.text);
        }
        Style::Literal | Style::Folded => {
            let lines = raw.lines().map(str::trim_start).collect::<Vec<_>>();
            assert_eq!(lines.join("\n").trim_end(), scalar.text.trim_end());
        }
    }
    assert_eq!(scalar.span, source.span(scalar.span.start.offset..scalar.span.end.offset));
    for (at, character) in scalar.text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        let found = source.slice(source.locate(scalar, at..at + character.len_utf8()));
        let escaped = found.strip_prefix('\\').filter(|escaped| !escaped.is_empty());
        assert_eq!(escaped.unwrap_or(found).chars().next(), Some(character));
    }
}

proptest! {
    #[test]
    fn documents_are_read_as_another_parser_reads_them(entries in vec(tree(), 1..5), crlf: bool) {
        let text = document(&entries, crlf);
        let source = Source::new("x", text.clone());
        let (node, diagnostics) = parse(&source);
        prop_assert!(diagnostics.is_empty(), "{}\n{text}", render_all(&source, &diagnostics, &[], Look::Plain));
        let node = node.unwrap();
        assert_same(&node, &serde_yaml::from_str(&text).unwrap());
        let mut found = Vec::new();
        scalars(&node, &mut found);
        found.into_iter().for_each(|scalar| assert_placed(&source, scalar));
    }

    #[test]
    fn documents_of_another_writer_are_read(texts in vec("[ -~é你]{0,90}(\n[ -~]{0,9}){0,2}", 1..6)) {
        let document: Vec<Vec<String>> = vec![texts.clone(), texts];
        let text = serde_yaml::to_string(&document).unwrap();
        let source = Source::new("x", text.clone());
        let (node, diagnostics) = parse(&source);
        prop_assert!(diagnostics.is_empty(), "{}\n{text}", render_all(&source, &diagnostics, &[], Look::Plain));
        assert_same(&node.unwrap(), &serde_yaml::from_str(&text).unwrap());
    }

    #[test]
    fn nothing_makes_it_panic(text in "\\PC*|[a-c:#{}\\[\\]\"'&*!|>%@,?`\\\\\\- \t\r\n“”\u{a0}\u{feff}é$x.0]{0,80}") {
        let source = Source::new("x", text);
        let (node, diagnostics) = parse(&source);
        prop_assert!(node.is_some() || diagnostics.iter().any(|found| found.severity == Severity::Error));
        render_all(&source, &diagnostics, &[], Look::Coloured);
        for found in &diagnostics {
            prop_assert!(found.span.end.offset <= source.text().len());
            JsonMessage::new(&source, found, &[found.span]);
        }
        let mut all = Vec::new();
        node.iter().for_each(|node| scalars(node, &mut all));
        for scalar in all {
            source.locate(scalar, 0..scalar.text.len());
        }
    }
}
