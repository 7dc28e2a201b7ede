//! [`Node`]: a YAML file as a tree in which everything knows its place. Not typed: a scalar is the text as it was
//! written, whatever YAML would make of it (`NO`, `0640`, `1.10`), and only a property that wants a number reads one.
//!
//! Keys are always text; the parser refuses others. The depth of a tree is bounded by the parser, so recursion over it is safe.

use std::sync::Arc;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Bytes from the beginning of the file.
    pub offset: usize,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// A stretch of a file: from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Its first character.
    pub start: Position,
    /// Behind its last character.
    pub end: Position,
}

impl Span {
    /// Whether both have a byte in common.
    pub fn overlaps(&self, other: &Span) -> bool {
        self.start.offset < other.end.offset && other.start.offset < self.end.offset
    }

    /// From the beginning of this one to the end of `other`.
    pub fn to(&self, other: Span) -> Span {
        Span { start: self.start, end: other.end }
    }
}

/// One thing of a YAML file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A text, as typed.
    Scalar(Scalar),
    /// A list.
    Sequence(Sequence),
    /// A map.
    Map(Map),
    /// Nothing where a value could stand: `key:` and no more.
    Absent(Span),
    /// A value that cannot be read; what is wrong with it has been reported.
    Broken(Span),
}

/// A text, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text without quotes, escapes and indentation.
    pub text: Arc<str>,
    /// How it was written.
    pub style: Style,
    /// Where, with its quotes; of a block only the lines of the text.
    pub span: Span,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'single quotes'`.
    Single,
    /// In `"double quotes"`.
    Double,
    /// As a block behind `|`.
    Literal,
    /// As a block behind `>`.
    Folded,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Its items, in order.
    pub items: Vec<Node>,
    /// Where it stands.
    pub span: Span,
}

/// A map. No key stands in it twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// Its entries, in order.
    pub entries: Vec<Entry>,
    /// Where it stands.
    pub span: Span,
}

/// One entry of a [`Map`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub key: Scalar,
    /// What it is.
    pub value: Node,
}

impl Node {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Node::Scalar(scalar) => scalar.span,
            Node::Sequence(sequence) => sequence.span,
            Node::Map(map) => map.span,
            Node::Absent(span) | Node::Broken(span) => *span,
        }
    }

    /// The text, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match self {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Node::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_sequence(&self) -> Option<&Sequence> {
        match self {
            Node::Sequence(sequence) => Some(sequence),
            _ => None,
        }
    }

    /// What it is, in the words of our messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Scalar(_) => "a text",
            Node::Sequence(_) => "a list",
            Node::Map(_) => "a map",
            Node::Absent(_) | Node::Broken(_) => "nothing",
        }
    }
}

impl Map {
    /// The entry of that name, written exactly so.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key.text == key)
    }

    /// The value of that name, written exactly so.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }
}
