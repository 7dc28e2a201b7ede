//! What the name of a file may be: looked for backwards, where the attribute that gives it was set last.

use std::collections::HashSet;

use processors_api::{
    FileUse, Text,
    core_attributes::FILENAME,
    expression::{StaticScope, Template},
};

use super::{Checked, network::Network, writes};

/// How often one attribute is made of another.
const COPIES_MAX: usize = 8;

/// What a file may be called.
#[derive(Clone, Debug)]
pub(super) enum Name {
    /// This.
    Always(Text),
    /// As the file that this processor read.
    OfFileFrom(usize),
    Unknown,
}

/// What an expression may give at a processor.
pub(super) fn of(
    checked: &Checked<'_>,
    network: &Network<'_>,
    at: usize,
    template: &Template,
) -> Vec<Name> {
    resolved(checked, network, at, template, COPIES_MAX)
}

fn resolved(
    checked: &Checked<'_>,
    network: &Network<'_>,
    at: usize,
    template: &Template,
    copies: usize,
) -> Vec<Name> {
    if !template.is_pure() || checked.values.is_unknown(template.source()) {
        return vec![Name::Unknown];
    }
    if template.attributes().is_empty() {
        let scope = StaticScope::new().with_parameters(checked.values.parameters.clone());
        return vec![template.evaluate(&scope).map_or(Name::Unknown, Name::Always)];
    }
    match template.only_attribute() {
        Some(name) if copies > 0 => last_set(checked, network, at, name, copies - 1),
        _ => vec![Name::Unknown],
    }
}

/// What an attribute may be when a flowfile comes to a processor.
fn last_set(
    checked: &Checked<'_>,
    network: &Network<'_>,
    at: usize,
    attribute: &str,
    copies: usize,
) -> Vec<Name> {
    let mut names = Vec::new();
    let mut seen = HashSet::from([at]);
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        if network.leading_to(at).next().is_none() {
            names.push(Name::Unknown);
        }
        for (_, edge) in network.leading_to(at) {
            let Some(placed) = checked.placed.get(edge.from) else { continue };
            let mut written = writes::on(placed, edge.relationship);
            if !written.any(|written| written.may_be(attribute)) {
                if seen.insert(edge.from) {
                    open.push(edge.from);
                }
                continue;
            }
            let reads = placed.facts.files.iter().any(|used| matches!(used, FileUse::Reads { .. }));
            let before = names.len();
            for text in writes::values(placed, attribute) {
                names.extend(resolved(checked, network, edge.from, &text.template, copies));
            }
            match names.len() == before {
                true if reads && attribute == FILENAME => names.push(Name::OfFileFrom(edge.from)),
                true => names.push(Name::Unknown),
                false => {}
            }
        }
    }
    names
}
