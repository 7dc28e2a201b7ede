//! A flow file as a tree: [`parse`] turns its text into a [`Node`], or says in plain words why it cannot.
//!
//! Not a general reader of YAML: one document, keys are text, values are the text as typed, references (`&x`, `*x`) are
//! followed, `<<` and tags are refused. Knows nothing of what the file means.
//!
//! Two passes, each linear in the file. `traps` goes over the lines and finds what people run into: a `#` that cuts
//! a value short, a bracket inside braces, a tab. What YAML could not read it covers up with harmless characters, so that
//! one mistake does not hide the next one. `tree` then takes the events of the parser; a value that was covered up
//! becomes [`Node::Broken`].

use crate::{
    Diagnostic, Node, Source,
    diagnostic::{Severity, code},
};

mod chars;
mod syntax;
mod traps;
mod tree;

pub(crate) use traps::spaces;

/// The most values a file may have, those of references counted each time.
pub const NODES_MAX: usize = 500_000;

/// How deep values may be nested.
pub const DEPTH_MAX: usize = 64;

/// The most messages about one file; who has more mends these first.
pub const DIAGNOSTICS_MAX: usize = 100;

/// Reads a file. The tree is there also when some of its values are broken; it is missing when nothing could be
/// made of the file, and then there is at least one error.
pub fn parse(source: &Source) -> (Option<Node>, Vec<Diagnostic>) {
    let traps = traps::find(source);
    let text = traps.covered(source.text());
    let (node, mut found) = tree::build(source, &text, &traps.broken);
    found.retain(|found| found.code != code::SYNTAX || !traps.explain(found));
    let mut diagnostics = traps.diagnostics;
    diagnostics.append(&mut found);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    diagnostics.truncate(DIAGNOSTICS_MAX);
    debug_assert!(
        node.is_some()
            || diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    );
    (node, diagnostics)
}

#[cfg(test)]
mod tests;
