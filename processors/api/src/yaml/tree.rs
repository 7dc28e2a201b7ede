//! Events of the parser into a [`Node`]. Bounded by [`NODES_MAX`] and [`DEPTH_MAX`]; works on a stack of its own.

use std::{collections::HashMap, ops::Range, sync::Arc};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as Marks};

use super::{DEPTH_MAX, NODES_MAX, chars::CharTable, syntax};
use crate::{
    Diagnostic, Entry, Map, Node, Position, Scalar, Sequence, Source, Span, Style,
    diagnostic::{code, quote},
};

/// Builds the tree of `text`, which has the same characters as the source but for those that were covered up;
/// `broken` says where, in order.
pub(super) fn build(
    source: &Source,
    text: &str,
    broken: &[Range<usize>],
) -> (Option<Node>, Vec<Diagnostic>) {
    let mut builder = Builder {
        source,
        table: CharTable::new(source.text()),
        broken,
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        root: None,
        diagnostics: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let outcome = match event {
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, marks)) => builder.event(event, marks),
            Err(error) => {
                Err(syntax::explain(source, builder.position(*error.marker()), error.info()))
            }
        };
        if let Err(diagnostic) = outcome {
            builder.diagnostics.push(*diagnostic);
            return (None, builder.diagnostics);
        }
    }
    builder.finish()
}

/// An error ends the building; boxed because it is large and rare.
type Built<T = ()> = Result<T, Box<Diagnostic>>;

struct Builder<'s> {
    source: &'s Source,
    table: CharTable<'s>,
    broken: &'s [Range<usize>],
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
}

/// A list or a map whose end has not come yet.
struct Open {
    start: Position,
    anchor: usize,
    /// The key it is the value of.
    name: Option<Arc<str>>,
    /// How many nodes there were before it.
    nodes_before: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Map { entries: Vec<Entry>, lines: HashMap<Arc<str>, usize>, key: Option<Key> },
}

enum Key {
    Fresh(Scalar),
    /// Its value is read and dropped.
    Refused,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, marks: Marks) -> Built {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(&text, style, anchor, tag.is_some(), marks);
                self.count(1, node.span())?;
                self.remember(anchor, &node, 1)?;
                self.place(node)
            }
            Event::SequenceStart(anchor, _) => {
                self.open(anchor, marks, Content::Sequence(Vec::new()))
            }
            Event::MappingStart(anchor, _) => self.open(
                anchor,
                marks,
                Content::Map { entries: Vec::new(), lines: HashMap::new(), key: None },
            ),
            Event::SequenceEnd | Event::MappingEnd => self.close(marks),
            Event::Alias(anchor) => self.alias(anchor, marks),
            Event::DocumentStart(_) if self.root.is_some() => Err(self.second_document(marks)),
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => Ok(()),
        }
    }

    fn position(&self, marker: Marker) -> Position {
        self.table.position(marker.index())
    }

    fn span(&self, marks: Marks) -> Span {
        Span { start: self.position(marks.start), end: self.position(marks.end) }
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tagged: bool,
        marks: Marks,
    ) -> Node {
        let mut span = self.span(marks);
        if anchor > 0 || tagged {
            span.start = self.behind_properties(span);
        }
        if text.is_empty() && style == ScalarStyle::Plain {
            return Node::Absent(Span { start: span.start, end: span.start });
        }
        if self.is_broken(span) {
            return Node::Broken(span);
        }
        Node::Scalar(Scalar { text: text.into(), style: style_of(style), span })
    }

    /// Where the text itself begins behind `&name` and `!tag`.
    fn behind_properties(&self, span: Span) -> Position {
        let raw = self.source.slice(span);
        let mut rest = raw.trim_start();
        while rest.starts_with(['&', '!']) {
            rest = rest.trim_start_matches(|c: char| !c.is_whitespace()).trim_start();
        }
        behind(span.start, &raw[..raw.len() - rest.len()])
    }

    fn is_broken(&self, span: Span) -> bool {
        let next = self.broken.partition_point(|broken| broken.end <= span.start.offset);
        self.broken.get(next).is_some_and(|broken| broken.start < span.end.offset)
    }

    fn count(&mut self, nodes: usize, place: Span) -> Built {
        self.nodes += nodes;
        if self.nodes <= NODES_MAX {
            return Ok(());
        }
        let message = format!("this file has more than {NODES_MAX} values");
        let help = "data does not belong into a flow file: put it into a file of its own and let a GetFile read it";
        Err(Box::new(
            Diagnostic::error(code::TOO_MUCH, place, message).label("it ends here").help(help),
        ))
    }

    /// The copy that is kept counts too: nested names would otherwise multiply.
    fn remember(&mut self, anchor: usize, node: &Node, nodes: usize) -> Built {
        if anchor > 0 {
            self.count(nodes, node.span())?;
            self.anchors.insert(anchor, (node.clone(), nodes));
        }
        Ok(())
    }

    fn open(&mut self, anchor: usize, marks: Marks, content: Content) -> Built {
        let start = self.position(marks.start);
        let place = Span { start, end: start };
        self.count(1, place)?;
        if self.open.len() == DEPTH_MAX {
            let message = format!("values are nested more than {DEPTH_MAX} levels deep here");
            return Err(Box::new(
                Diagnostic::error(code::TOO_MUCH, place, message).label("one level too many"),
            ));
        }
        let name = self.pending_key();
        self.open.push(Open { start, anchor, name, nodes_before: self.nodes - 1, content });
        Ok(())
    }

    fn pending_key(&self) -> Option<Arc<str>> {
        match &self.open.last()?.content {
            Content::Map { key: Some(Key::Fresh(key)), .. } => Some(Arc::clone(&key.text)),
            _ => None,
        }
    }

    fn close(&mut self, marks: Marks) -> Built {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let span = Span { start: open.start, end: self.end_of(&open, marks) };
        let node = match open.content {
            Content::Sequence(items) => Node::Sequence(Sequence { items, span }),
            Content::Map { entries, .. } => Node::Map(Map { entries, span }),
        };
        self.remember(open.anchor, &node, self.nodes - open.nodes_before)?;
        self.place(node)
    }

    /// Behind the bracket, or behind the last value of a block.
    fn end_of(&self, open: &Open, marks: Marks) -> Position {
        let end = self.position(marks.start);
        let bracket = match open.content {
            Content::Sequence(_) => "]",
            Content::Map { .. } => "}",
        };
        let brackets =
            self.source.text().get(end.offset..).is_some_and(|rest| rest.starts_with(bracket));
        let own = self
            .source
            .text()
            .get(open.start.offset..)
            .is_some_and(|rest| rest.starts_with(['[', '{', '&']));
        if brackets && own {
            return Position { offset: end.offset + 1, line: end.line, column: end.column + 1 };
        }
        let last = match &open.content {
            Content::Sequence(items) => items.last().map(|item| item.span().end),
            Content::Map { entries, .. } => {
                entries.last().map(|entry| entry.value.span().end.max(entry.key.span.end))
            }
        };
        // A reference at the end lies elsewhere in the file.
        last.unwrap_or(open.start).clamp(open.start, end.max(open.start))
    }

    fn alias(&mut self, anchor: usize, marks: Marks) -> Built {
        let span = self.span(marks);
        let Some((node, nodes)) = self.anchors.get(&anchor).cloned() else {
            let message = "this refers to a value that it is itself a part of";
            return Err(Box::new(
                Diagnostic::error(code::SIGN, span, message).label("write the value out"),
            ));
        };
        self.count(nodes, span)?;
        // The copy hangs deeper than the original may have.
        let place = Diagnostic::error(
            code::TOO_MUCH,
            span,
            format!("values are nested more than {DEPTH_MAX} levels deep"),
        );
        if self.open.len() + depth(&node) > DEPTH_MAX {
            return Err(Box::new(place.label("one level too many")));
        }
        self.place(node)
    }

    fn place(&mut self, node: Node) -> Built {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.content {
            Content::Sequence(items) => items.push(node),
            Content::Map { entries, lines, key } => match key.take() {
                Some(Key::Fresh(key)) => entries.push(Entry { key, value: node }),
                Some(Key::Refused) => {}
                None => {
                    let outcome = fresh_key(node, open.name.as_deref(), lines);
                    *key = Some(match outcome {
                        Ok(key) => Key::Fresh(key),
                        Err(diagnostic) => {
                            self.diagnostics.extend(diagnostic.map(|diagnostic| *diagnostic));
                            Key::Refused
                        }
                    });
                }
            },
        }
        Ok(())
    }

    fn second_document(&self, marks: Marks) -> Box<Diagnostic> {
        let message = "a second document begins here; a flow file holds one";
        let diagnostic = Diagnostic::error(code::DOCUMENTS, self.span(marks), message);
        Box::new(
            diagnostic
                .label("remove this line")
                .help("one flow a file: put the second one into a file of its own"),
        )
    }

    fn finish(mut self) -> (Option<Node>, Vec<Diagnostic>) {
        let nothing = match &self.root {
            None => Some(Span::default()),
            Some(Node::Absent(span)) => Some(*span),
            Some(_) => None,
        };
        if nothing.is_some() {
            let start = self.source.position(0);
            let message = "there is nothing in this file";
            let diagnostic = Diagnostic::error(code::EMPTY, Span { start, end: start }, message);
            self.diagnostics.push(diagnostic.label("a flow begins with `flow: NAME`"));
            self.root = None;
        }
        (self.root, self.diagnostics)
    }
}

/// The place behind `text`, which begins at `start`.
fn behind(start: Position, text: &str) -> Position {
    let last_line = text.rfind('\n').map(|line_break| &text[line_break + 1..]);
    Position {
        offset: start.offset + text.len(),
        line: start.line + text.matches('\n').count(),
        column: last_line.map_or(start.column, |_| 1) + last_line.unwrap_or(text).chars().count(),
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn depth(node: &Node) -> usize {
    match node {
        Node::Sequence(sequence) => 1 + sequence.items.iter().map(depth).max().unwrap_or(0),
        Node::Map(map) => {
            1 + map.entries.iter().map(|entry| depth(&entry.value)).max().unwrap_or(0)
        }
        Node::Scalar(_) | Node::Absent(_) | Node::Broken(_) => 0,
    }
}

/// A key that may be used; or what is wrong with it, if that has not been said yet.
fn fresh_key(
    node: Node,
    map: Option<&str>,
    lines: &mut HashMap<Arc<str>, usize>,
) -> Result<Scalar, Option<Box<Diagnostic>>> {
    let span = node.span();
    let Node::Scalar(key) = node else {
        let broken = matches!(node, Node::Broken(_));
        let message = format!("the name before a colon is a text; here it is {}", node.kind());
        let diagnostic =
            Diagnostic::error(code::KEY, span, message).label("write a name, or put it in quotes");
        return Err((!broken).then(|| Box::new(diagnostic)));
    };
    if &*key.text == "<<" && key.style == Style::Plain {
        let diagnostic = Diagnostic::error(
            code::MERGE,
            span,
            "`<<` is not supported: it hides where a value comes from",
        )
        .label("write the entries out");
        return Err(Some(Box::new(diagnostic)));
    }
    if let Some(first) = lines.get(&key.text) {
        let message = match map {
            Some(plural) if plural.ends_with('s') => {
                format!("there are two {plural} called {}", quote(&key.text))
            }
            _ => format!("{} is here twice", quote(&key.text)),
        };
        let diagnostic = Diagnostic::error(code::DUPLICATE, span, message)
            .label(format!("the first is at line {first}"))
            .help("YAML would keep only the second; give one of them another name");
        return Err(Some(Box::new(diagnostic)));
    }
    lines.insert(Arc::clone(&key.text), span.start.line);
    Ok(key)
}
