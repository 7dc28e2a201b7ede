//! What a decoding is about, and how it says so.

use std::{cell::RefCell, sync::Arc};

use crate::{
    Diagnostic, Node, Parameters, PropertiesError, Scalar, Source, Span,
    diagnostic::{Code, code, normalize, suggest},
    expression::Template,
};

/// Whether a text can be the value of a property marked so: an expression that parses and whose parameters exist.
pub type ExpressionChecker =
    fn(marker: &str, text: &str, parameters: &Parameters) -> Result<Template, ScalarProblem>;

/// A text of a property that is an expression, with its place in the file.
#[derive(Clone, Debug)]
pub struct PropertyText {
    /// The property as it is typed.
    pub property: Arc<str>,
    /// What it stands under there: the name of a route, an attribute, a header; the property itself where there is none.
    pub key: Arc<str>,
    /// The text.
    pub scalar: Scalar,
    /// The text, compiled.
    pub template: Arc<Template>,
}

/// A mistake inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalarProblem {
    /// Its first byte in the text.
    pub offset: usize,
    /// How many bytes of the text are wrong.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// The nearest right thing.
    pub label: Option<String>,
    /// What can be typed.
    pub help: Vec<String>,
    /// The short name of the message.
    pub code: Code,
}

/// What stands around the value that is decoded: keys that belong there are told from unknown ones.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'c> {
    /// What it is called: `processor`.
    pub name: &'c str,
    /// Its own keys.
    pub keys: &'c [&'c str],
    /// The key under which they can be put: `type`, and its place.
    pub below: (&'c str, Span),
}

/// What is decoded, for its messages, and what it may refer to.
pub struct DecodeContext<'c> {
    pub(super) subject: String,
    pub(super) noun: &'c str,
    pub(super) source: &'c Source,
    pub(super) parameters: &'c Parameters,
    pub(super) place: Span,
    pub(super) home: Option<&'c str>,
    pub(super) owner: Option<Owner<'c>>,
    pub(super) listing: Option<String>,
    pub(super) check_expression: ExpressionChecker,
    secrets: RefCell<Vec<Span>>,
    texts: RefCell<Vec<PropertyText>>,
}

impl<'c> DecodeContext<'c> {
    /// For decoding `subject` (`GetFile`); what is missing is reported at `place`.
    pub fn new(
        subject: impl Into<String>,
        source: &'c Source,
        parameters: &'c Parameters,
        place: Span,
    ) -> Self {
        Self {
            subject: subject.into(),
            noun: "property",
            source,
            parameters,
            place,
            home: None,
            owner: None,
            listing: None,
            check_expression: super::check_expression,
            secrets: RefCell::default(),
            texts: RefCell::default(),
        }
    }

    /// What its entries are called: `property` if nothing else is said.
    pub fn noun(mut self, noun: &'c str) -> Self {
        self.noun = noun;
        self
    }

    /// The key its entries stand under: `properties`.
    pub fn home(mut self, home: &'c str) -> Self {
        self.home = Some(home);
        self
    }

    /// What stands around it.
    pub fn owner(mut self, owner: Owner<'c>) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Where all entries are listed: a line of help below the message about an unknown one.
    pub fn listing(mut self, listing: impl Into<String>) -> Self {
        self.listing = Some(listing.into());
        self
    }

    /// Checks expressions otherwise than by compiling them.
    pub fn expressions(mut self, check: ExpressionChecker) -> Self {
        self.check_expression = check;
        self
    }

    /// Where secrets stand in the file, as far as they were met: for the renderer to mask.
    pub fn secrets(&self) -> Vec<Span> {
        self.secrets.borrow().clone()
    }

    /// The expressions of what was decoded last.
    pub fn texts(&self) -> Vec<PropertyText> {
        self.texts.borrow().clone()
    }

    pub(super) fn forget_texts(&self) {
        self.texts.borrow_mut().clear();
    }

    pub(super) fn add_text(&self, text: PropertyText) {
        self.texts.borrow_mut().push(text);
    }

    /// A secret stands on this value's lines; of a broken value nobody knows where it ends.
    pub(super) fn add_secret(&self, node: &Node) {
        let mut span = node.span();
        if matches!(node, Node::Broken(_)) {
            span.end = self.source.position(self.source.line_range(span.end.line).end);
        }
        let mut secrets = self.secrets.borrow_mut();
        if !secrets.contains(&span) {
            secrets.push(span);
        }
    }

    /// Properties that each can be read but that the processor refuses.
    pub fn properties_error(&self, node: &Node, error: &PropertiesError) -> Diagnostic {
        let property = error.property.and_then(|name| {
            let entries = node.as_map()?.entries.iter();
            entries.into_iter().find(|entry| normalize(&entry.key.text) == normalize(name))
        });
        let span = property.map_or(self.place, |entry| match &entry.value {
            Node::Absent(_) => entry.key.span,
            value => value.span(),
        });
        let mut diagnostic = Diagnostic::error(code::PROPERTIES, span, error.message.clone());
        diagnostic.help.clone_from(&error.help);
        diagnostic
    }

    pub(super) fn missing(&self, name: &str) -> Diagnostic {
        let message = format!("{} needs the {} `{name}`", self.subject, self.noun);
        let label = match self.home {
            Some(home) => format!("add `{name}:` under `{home}:`"),
            None => format!("add `{name}:`"),
        };
        self.with_listing(
            Diagnostic::error(code::MISSING_PROPERTY, self.place, message).label(label),
        )
    }

    /// `parent` is the key of the map it stands in, when that is not the outermost one.
    pub(super) fn unknown(&self, key: &Scalar, names: &[&str], parent: Option<&str>) -> Diagnostic {
        if let Some(owner) =
            self.owner.filter(|owner| owner.keys.contains(&normalize(&key.text).as_str()))
        {
            return self.too_deep(key, owner);
        }
        let typed = crate::diagnostic::quote(&key.text);
        let message = match parent {
            None => format!("{} has no {} called {typed}", self.subject, self.noun),
            Some(parent) => format!("`{parent}` of {} has no entry called {typed}", self.subject),
        };
        let diagnostic = Diagnostic::error(code::UNKNOWN_PROPERTY, key.span, message);
        let diagnostic = match suggest(&key.text, names.iter().copied()) {
            Some(name) => diagnostic.label(format!("did you mean `{name}`?")).fix(key.span, name),
            None => diagnostic.help(format!("allowed here: {}", names.join(", "))),
        };
        if parent.is_none() { self.with_listing(diagnostic) } else { diagnostic }
    }

    fn too_deep(&self, key: &Scalar, owner: Owner<'_>) -> Diagnostic {
        let name = &key.text;
        let message = format!(
            "`{name}` is not a {} of {}, it belongs to the {}",
            self.noun, self.subject, owner.name
        );
        let (below, place) = owner.below;
        let distance = key.span.start.column.saturating_sub(place.start.column);
        let same_line = self.source.line(key.span.start.line).trim_start().len()
            == self
                .source
                .text()
                .get(key.span.start.offset..self.source.line_range(key.span.start.line).end)
                .map_or(0, str::len);
        let label = if distance > 0 && same_line {
            format!("move it {} to the left, under `{below}:`", crate::yaml::spaces(distance))
        } else {
            format!("move it out of the braces, to a line of its own under `{below}:`")
        };
        Diagnostic::error(code::TOO_DEEP, key.span, message).label(label)
    }

    fn with_listing(&self, diagnostic: Diagnostic) -> Diagnostic {
        match &self.listing {
            Some(listing) => diagnostic.help(listing.clone()),
            None => diagnostic,
        }
    }
}
