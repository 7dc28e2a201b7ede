//! What the processors themselves say about their settings, put to its place in the file.

use processors_api::{Diagnostic, Span, diagnostic::normalize};

use super::{super::placed::Placed, Checked};

pub(super) fn check(checked: &Checked<'_>) {
    for placed in checked.placed {
        for advice in &placed.facts.advice {
            let span = place(placed, advice.property);
            let diagnostic = Diagnostic::warning(advice.code, span, &*advice.message);
            let help = advice.help.iter().cloned();
            checked.report.add(help.fold(diagnostic.label(&*advice.label), Diagnostic::help));
        }
    }
}

/// The value of a property; the type, when the property is left out.
pub(super) fn place(placed: &Placed<'_>, property: &str) -> Span {
    let properties = placed.model.properties.and_then(|node| node.as_map());
    let entries = properties.into_iter().flat_map(|map| &map.entries);
    let mut named = entries.filter(|entry| normalize(&entry.key.text) == property);
    let kind = placed.model.kind.map_or(placed.model.id.span, |kind| kind.span);
    named.next().map_or(kind, |entry| match entry.value.as_scalar() {
        Some(scalar) => scalar.span,
        None => entry.key.span,
    })
}
