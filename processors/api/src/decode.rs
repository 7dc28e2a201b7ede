//! [`decode`]: a [`Node`] into a typed struct, and everything that is wrong with it at once.
//!
//! Not a general deserializer: a scalar is read as what the field wants (`NO` stays a text, `5` is a number only where
//! one is wanted), names are matched in all their spellings, and `#{name}` stands for a parameter.
//!
//! serde stops at the first mistake. So a mistake is noted with the value it is in, that value is left out, and decoding
//! begins again, until nothing new is found or [`FAILURES_MAX`] is reached: linear for a file without mistakes.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashSet,
};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use crate::{
    Diagnostic, Entry, Node,
    diagnostic::{code, normalize, suggest},
};

mod access;
mod context;
mod decoder;
mod expression;
mod failure;
mod names;
mod scalar;

pub use context::{DecodeContext, ExpressionChecker, Owner, PropertyText, ScalarProblem};
pub use expression::check_expression;
pub use scalar::{ParameterUse, fill_in};

use decoder::Decoder;
use failure::Failure;
use names::SchemaNames;

/// How many mistakes of one value are told.
pub const FAILURES_MAX: usize = 100;

/// Begins the names of the newtypes whose text is an expression: it is checked, but parameters stay in it.
pub(crate) const EXPRESSION: &str = "$headwater::expression::";
/// The newtype of a secret.
pub(crate) const SENSITIVE: &str = "$headwater::sensitive";

/// The name under which [`crate::Text`] asks to be decoded.
pub(crate) const TEXT: &str = "$headwater::text";
/// Begins the names of the newtypes that [`crate::property`] can check.
pub(crate) const PROPERTY: &str = "$headwater::property::";

/// Reads `node` as a `T`. The list is empty only when all that is wrong was reported before, by the parser.
pub fn decode<T>(node: &Node, context: &DecodeContext<'_>) -> Result<T, Vec<Diagnostic>>
where
    T: DeserializeOwned + JsonSchema,
{
    let state = State {
        context,
        schema: || SchemaGenerator::default().into_root_schema_for::<T>(),
        names: OnceCell::new(),
        left_out: RefCell::default(),
        diagnostics: RefCell::default(),
        fields_used: RefCell::default(),
    };
    let mut value = None;
    for _ in 0..FAILURES_MAX {
        context.forget_texts();
        match T::deserialize(Decoder::root(node, &state)) {
            Ok(decoded) => value = Some(decoded),
            Err(failure) => {
                if state.settle(failure, node) {
                    continue;
                }
            }
        }
        break;
    }
    let mut diagnostics = state.diagnostics.into_inner();
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    diagnostics.truncate(FAILURES_MAX);
    match value {
        Some(value) if diagnostics.is_empty() && state.left_out.borrow().is_empty() => Ok(value),
        _ => Err(diagnostics),
    }
}

/// What all parts of one decoding share.
struct State<'c> {
    context: &'c DecodeContext<'c>,
    /// Takes longer than all the rest: only a mistake needs it.
    schema: fn() -> Schema,
    names: OnceCell<SchemaNames>,
    /// The values in which a mistake was found, by their address.
    left_out: RefCell<HashSet<usize>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// The names by which the properties of the outermost struct are called.
    fields_used: RefCell<HashSet<&'static str>>,
}

impl State<'_> {
    fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    fn names(&self) -> &SchemaNames {
        self.names.get_or_init(|| SchemaNames::new((self.schema)()))
    }

    /// Whether a property of the outermost struct goes by a name that is not its present one.
    fn is_older_name_used(&self) -> bool {
        self.fields_used.borrow().iter().any(|field| !self.names().is_property(field))
    }

    fn is_left_out(&self, node: &Node) -> bool {
        self.left_out.borrow().contains(&address(node))
    }

    fn leave_out(&self, node: usize) -> bool {
        self.left_out.borrow_mut().insert(node)
    }

    /// Notes a failure; whether another try can find more.
    fn settle(&self, failure: Failure, root: &Node) -> bool {
        match failure {
            Failure::Located { node, diagnostic } => {
                self.diagnostics.borrow_mut().extend(diagnostic.map(|diagnostic| *diagnostic));
                self.leave_out(node) && node != address(root)
            }
            Failure::Missing(field) => {
                self.missing(field, root);
                false
            }
            Failure::Plain(message) => {
                self.report(Diagnostic::error(code::NOT_READABLE, self.context.place, message));
                false
            }
        }
    }

    /// serde names the first property that is missing; the schema knows the others. It does not know the older names, so
    /// when one of these was used, the others wait.
    fn missing(&self, first: &'static str, root: &Node) {
        let entries = root.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
        let others =
            self.names().required().filter(|name| *name != first && !self.is_older_name_used());
        for name in std::iter::once(first).chain(others) {
            if !self.is_told(name, entries)
                && !entries.iter().any(|entry| is_name(&entry.key.text, name))
            {
                self.report(self.context.missing(name));
            }
        }
    }

    /// Whether a missing name follows from another mistake: its value is wrong, or its name is mistyped.
    fn is_told(&self, name: &str, entries: &[Entry]) -> bool {
        let mut left_out = entries.iter().filter(|entry| self.is_left_out(&entry.value)).peekable();
        if left_out.peek().is_some() && self.is_older_name_used() {
            return true;
        }
        left_out.any(|entry| {
            is_name(&entry.key.text, name) || suggest(&entry.key.text, [name]).is_some()
        })
    }
}

fn is_name(typed: &str, name: &str) -> bool {
    normalize(typed) == normalize(name)
}

/// Tells nodes apart, as long as the tree lives.
fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

#[cfg(test)]
mod tests;
