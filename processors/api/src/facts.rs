//! [`Facts`]: what is known of a processor with its settings before it runs, for whoever checks a flow or writes a
//! reference page. Not what it does: nothing here changes a flowfile, and a processor without facts runs as well.

use std::{borrow::Cow, sync::Arc};

use crate::{Expr, diagnostic::Code};

/// An attribute that a type of processor reads or writes under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeUse {
    /// Its name.
    pub name: &'static str,
    /// What it tells, as a sentence for the reference page.
    pub description: &'static str,
    /// The relationships on which it is written; empty: on all.
    pub on: &'static [&'static str],
    /// Whether it tells how something outside went, so that it is another one each time round a cycle.
    pub outcome: bool,
}

impl AttributeUse {
    /// An attribute, written on all relationships.
    pub const fn new(name: &'static str, description: &'static str) -> Self {
        Self { name, description, on: &[], outcome: false }
    }

    /// Written on these relationships only.
    pub const fn on(mut self, relationships: &'static [&'static str]) -> Self {
        self.on = relationships;
        self
    }

    /// It tells how something outside went.
    pub const fn outcome(mut self) -> Self {
        self.outcome = true;
        self
    }
}

/// What is known of a processor with its settings.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The attributes that it sets because of its settings, besides those its type always writes.
    pub sets: Vec<SetAttribute>,
    /// The conditions under which a flowfile takes a relationship.
    pub conditions: Vec<Condition>,
    /// The files that it reads and writes.
    pub files: Vec<FileUse>,
    /// The relationships that a flowfile takes only so many times, whatever it is: a counter ends the cycle.
    pub limited: Vec<&'static str>,
    /// The relationships on which the content is not made from the one that came in, but new.
    pub new_content: Vec<Cow<'static, str>>,
    /// The names of the properties whose values become a part of the content.
    pub content_from: Vec<&'static str>,
    /// Names that its expressions see besides the flowfile's attributes.
    pub variables: Vec<&'static str>,
    /// The names of the properties whose values become visible to others than the flow, and where.
    pub shown: Vec<(&'static str, ShownIn)>,
    /// What its settings make likely to be a mistake.
    pub advice: Vec<Advice>,
}

/// An attribute that a processor sets because of its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAttribute {
    /// Which one.
    pub name: AttributeName,
    /// The relationships on which it is set; empty: on all.
    pub on: Vec<Cow<'static, str>>,
    /// Whether its value is a part of the content, and not what a property says.
    pub from_content: bool,
}

/// The name of an attribute, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeName {
    /// This one.
    Exact(Arc<str>),
    /// All that begin so.
    Prefix(Arc<str>),
    /// Any that a header of an HTTP response is called, after this prefix.
    HttpHeader(Arc<str>),
    /// Nobody knows.
    Any,
}

impl SetAttribute {
    /// This attribute, on all relationships.
    pub fn exact(name: impl Into<Arc<str>>) -> Self {
        Self::named(AttributeName::Exact(name.into()))
    }

    /// All whose names begin so, on all relationships.
    pub fn prefix(prefix: impl Into<Arc<str>>) -> Self {
        Self::named(AttributeName::Prefix(prefix.into()))
    }

    /// On all relationships.
    pub fn named(name: AttributeName) -> Self {
        Self { name, on: Vec::new(), from_content: false }
    }

    /// Its value is a part of the content.
    pub fn from_content(mut self) -> Self {
        self.from_content = true;
        self
    }

    /// On this relationship only.
    pub fn on(mut self, relationship: impl Into<Cow<'static, str>>) -> Self {
        self.on.push(relationship.into());
        self
    }
}

/// When a flowfile takes a relationship.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The relationship.
    pub relationship: Cow<'static, str>,
    /// What must be true of the flowfile.
    pub expression: Expr<bool>,
    /// Whether it must be false instead.
    pub negated: bool,
}

/// A file outside that a processor reads or writes.
#[derive(Clone, Debug)]
pub enum FileUse {
    /// It reads the files of a folder.
    Reads {
        /// The folder.
        directory: Expr<String>,
        /// The whole names of the files, as a Java regular expression.
        names: Arc<str>,
        /// Whether the files stay where they are.
        keeps: bool,
    },
    /// It writes a file.
    Writes {
        /// The folder.
        directory: Expr<String>,
        /// The file's name.
        name: Expr<String>,
        /// What happens when there is one of that name.
        conflict: FileConflict,
    },
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileConflict {
    /// The new one takes its place.
    Replaces,
    /// It stays, and the flowfile goes on as if it had been written.
    Ignores,
    /// It stays, and the flowfile fails.
    Fails,
}

/// Where others see a property's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownIn {
    /// In the log.
    Log,
    /// In the name of a file or folder.
    FileName,
    /// In a URL: seen by servers, proxies and their logs.
    Url,
}

/// Settings that are allowed and yet probably not what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The code under which it is explained.
    pub code: Code,
    /// The property to look at; one that is left out stands for the type's name.
    pub property: &'static str,
    /// The entry of that property to look at, where it is a map.
    pub entry: Option<String>,
    /// What will happen.
    pub message: String,
    /// The nearest right thing, said at the place.
    pub label: String,
    /// Lines that can be typed.
    pub help: Vec<String>,
    /// Nothing is said where every flowfile that comes in has this attribute.
    pub unless_set: Option<&'static str>,
}

impl Advice {
    /// Names the entry of the property that it is about.
    pub fn entry(mut self, name: impl Into<String>) -> Self {
        self.entry = Some(name.into());
        self
    }
}

/// A way to use a type of processor, for its reference page; a test runs it as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What it shows, as a heading.
    pub title: &'static str,
    /// What stands under `properties:` in a flow file.
    pub properties: &'static str,
    /// Files that lie in the flow's folder before: path and content.
    pub files: &'static [(&'static str, &'static str)],
    /// What the server at `#{api_url}` answers, in this order.
    pub answers: &'static [ExampleAnswer],
    /// The flowfiles that come in.
    pub inputs: &'static [ExampleFlowFile],
    /// What comes out, along which relationship. Only the attributes that are named are looked at.
    pub outputs: &'static [(&'static str, ExampleFlowFile)],
    /// Files that lie in the flow's folder afterwards: path and content.
    pub files_after: &'static [(&'static str, &'static str)],
}

/// A flowfile of an example.
#[derive(Clone, Copy, Debug)]
pub struct ExampleFlowFile {
    /// Its content.
    pub content: &'static str,
    /// Its attributes.
    pub attributes: &'static [(&'static str, &'static str)],
}

/// What a server answers in an example.
#[derive(Clone, Copy, Debug)]
pub struct ExampleAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: &'static str,
}

impl Example {
    /// An example without flowfiles and files yet.
    pub const fn new(title: &'static str, properties: &'static str) -> Self {
        Self {
            title,
            properties,
            files: &[],
            answers: &[],
            inputs: &[],
            outputs: &[],
            files_after: &[],
        }
    }

    /// With flowfiles that come in.
    pub const fn inputs(mut self, inputs: &'static [ExampleFlowFile]) -> Self {
        self.inputs = inputs;
        self
    }

    /// With what comes out.
    pub const fn outputs(mut self, outputs: &'static [(&'static str, ExampleFlowFile)]) -> Self {
        self.outputs = outputs;
        self
    }

    /// With files that are there before.
    pub const fn files(mut self, files: &'static [(&'static str, &'static str)]) -> Self {
        self.files = files;
        self
    }

    /// With files that are there afterwards.
    pub const fn files_after(mut self, files: &'static [(&'static str, &'static str)]) -> Self {
        self.files_after = files;
        self
    }

    /// With a server that answers.
    pub const fn answers(mut self, answers: &'static [ExampleAnswer]) -> Self {
        self.answers = answers;
        self
    }
}

impl ExampleFlowFile {
    /// A flowfile of an example.
    pub const fn new(
        content: &'static str,
        attributes: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { content, attributes }
    }
}
