//! The text of a value: parameters filled in, and told in words when it is not what is wanted.

use std::ops::Range;

use super::{Failure, State, address, context::ScalarProblem};
use crate::{
    Diagnostic, MASK, Node, Parameters, Scalar, Text,
    diagnostic::{Code, code, quote, suggest},
};

/// A `#{name}` inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterUse<'t> {
    /// The name.
    pub name: &'t str,
    /// Where the name stands in the text.
    pub range: Range<usize>,
}

/// Puts the values of parameters in the place of `#{name}`; `##{` stands for `#{`. The result is a secret when one of the
/// values is. Gives the first name that is no parameter.
pub fn fill_in<'t>(text: &'t str, parameters: &Parameters) -> Result<Text, ParameterUse<'t>> {
    let mut filled = String::with_capacity(text.len());
    let mut sensitive = false;
    let mut done = 0;
    while let Some(found) = text.get(done..).and_then(|rest| rest.find("#{")) {
        let hash = done + found;
        let literal = text.get(done..hash).unwrap_or_default();
        if let Some(before) = literal.strip_suffix('#') {
            filled.push_str(before);
            filled.push_str("#{");
            done = hash + 2;
            continue;
        }
        filled.push_str(literal);
        let rest = text.get(hash + 2..).unwrap_or_default();
        let Some(length) = rest.find('}') else {
            filled.push_str("#{");
            done = hash + 2;
            continue;
        };
        let name = rest.get(..length).unwrap_or_default();
        let value = parameters.get(name.trim());
        let value =
            value.ok_or(ParameterUse { name: name.trim(), range: hash + 2..hash + 2 + length })?;
        filled.push_str(value.reveal());
        sensitive |= value.is_sensitive();
        done = hash + 2 + length + 1;
    }
    filled.push_str(text.get(done..).unwrap_or_default());
    Ok(Text::new(filled, sensitive))
}

/// Only `#{name}`, or only one expression: nothing secret is written in the file.
pub(super) fn is_reference(text: &str) -> bool {
    let inner = text
        .strip_prefix("#{")
        .or_else(|| text.strip_prefix("${"))
        .and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| !inner.contains(['{', '}', '\'', '"']))
}

/// A value as the messages about it see it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'n, 's> {
    pub(super) node: &'n Node,
    pub(super) key: Option<&'n str>,
    /// The property of the outermost struct that it belongs to.
    pub(super) property: Option<&'n str>,
    pub(super) state: &'s State<'s>,
    /// It stands in a sensitive property.
    pub(super) secret: bool,
}

impl<'n> Subject<'n, '_> {
    /// `evaluation_mode` of ReplaceText.
    pub(super) fn name(&self) -> String {
        let subject = &self.state.context.subject;
        self.key.map_or_else(|| subject.clone(), |key| format!("{} of {subject}", quote(key)))
    }

    /// The scalar, or what is there instead.
    pub(super) fn scalar(&self) -> Result<&'n Scalar, Failure> {
        match self.node {
            Node::Scalar(scalar) => Ok(scalar),
            node => Err(self.wrong_kind(node, "a text")),
        }
    }

    /// The text with its parameters filled in.
    pub(super) fn text(&self) -> Result<Text, Failure> {
        let scalar = self.scalar()?;
        let text = fill_in(&scalar.text, self.state.context.parameters);
        let text = text.map_err(|unknown| self.unknown_parameter(scalar, &unknown))?;
        Ok(if self.secret { Text::sensitive(text.reveal()) } else { text })
    }

    fn unknown_parameter(&self, scalar: &Scalar, unknown: &ParameterUse<'_>) -> Failure {
        let context = self.state.context;
        let span = context.source.locate(scalar, unknown.range.clone());
        let message = format!("there is no parameter called {}", quote(unknown.name));
        let diagnostic = Diagnostic::error(code::UNKNOWN_PARAMETER, span, message);
        let names: Vec<&str> = context.parameters.names().collect();
        self.failure(match suggest(unknown.name, names.iter().copied()) {
            Some(name) => diagnostic.label(format!("did you mean `{name}`?")).fix(span, name),
            None if names.is_empty() => diagnostic.label("this flow has no `parameters:`"),
            None => diagnostic
                .label("add it to `parameters:`")
                .help(format!("the parameters of this flow: {}", names.join(", "))),
        })
    }

    pub(super) fn failure(&self, diagnostic: Diagnostic) -> Failure {
        Failure::Located { node: address(self.node), diagnostic: Some(Box::new(diagnostic)) }
    }

    /// `x` of GetFile cannot be `y`: ...
    pub(super) fn cannot_be(&self, code: Code, text: &Text, why: &str) -> Diagnostic {
        let message = format!("{} cannot be {}{why}", self.name(), quote(text.masked()));
        Diagnostic::error(code, self.node.span(), message)
    }

    /// A mistake inside the text, shown at its place in the file.
    pub(super) fn problem(
        &self,
        scalar: &Scalar,
        problem: ScalarProblem,
        filled_in: bool,
    ) -> Failure {
        let at = problem.offset..problem.offset + problem.length;
        let span =
            if filled_in { scalar.span } else { self.state.context.source.locate(scalar, at) };
        // The words of the problem may quote the text.
        let hidden = filled_in || self.secret && !is_reference(&scalar.text);
        let message =
            if hidden { format!("{} cannot be `{MASK}`", self.name()) } else { problem.message };
        let mut diagnostic = Diagnostic::error(problem.code, span, message);
        if !hidden {
            diagnostic.label = problem.label;
            diagnostic.help = problem.help;
        }
        self.failure(diagnostic)
    }

    /// Something else than the `wanted` kind of value.
    pub(super) fn wrong_kind(&self, node: &Node, wanted: &str) -> Failure {
        let name = self.name();
        let span = node.span();
        match node {
            Node::Broken(_) => Failure::Located { node: address(self.node), diagnostic: None },
            Node::Absent(_) => {
                let diagnostic =
                    Diagnostic::error(code::NO_VALUE, span, format!("{name} has no value"));
                self.failure(match wanted {
                    "a text" => diagnostic.label("write one; an empty text is \"\""),
                    _ => diagnostic.label(format!("{wanted} is wanted here")),
                })
            }
            found => {
                let message = format!("{name} wants {wanted}, but this is {}", found.kind());
                self.failure(self.instead(
                    Diagnostic::error(code::WRONG_KIND, span, message),
                    found,
                    wanted,
                ))
            }
        }
    }

    /// What to type instead of a value of the wrong kind.
    fn instead(&self, diagnostic: Diagnostic, found: &Node, wanted: &str) -> Diagnostic {
        let raw = self.state.context.source.slice(found.span());
        let on_one_line = !raw.contains(['\n', '\r']);
        match found {
            Node::Map(_) | Node::Sequence(_)
                if wanted == "a text" && on_one_line && raw.starts_with(['{', '[']) =>
            {
                let key = self.key.map(|key| format!("{key}: ")).unwrap_or_default();
                let text = raw.replace('\'', "''");
                diagnostic.label("put it in quotes").help(format!("write: {key}'{text}'"))
            }
            Node::Scalar(scalar) if wanted == "a map" && !self.secret => {
                match scalar.text.split_once(':') {
                    Some((name, value)) if !name.contains(' ') && !scalar.text.contains('\n') => {
                        diagnostic
                            .label("behind a colon YAML wants a blank")
                            .help(format!("write: {name}: {}", value.trim()))
                    }
                    _ => diagnostic.label("give each entry a line of its own: `name: value`"),
                }
            }
            Node::Scalar(scalar) if wanted == "a list" && !self.secret && on_one_line => {
                diagnostic.label(format!("write: [{}]", scalar.text))
            }
            _ => diagnostic.label(format!("{wanted} is wanted here")),
        }
    }
}
