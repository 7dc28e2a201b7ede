//! What the processors themselves say about their settings, put to its place in the file.

use processors_api::{Advice, Diagnostic, Span, diagnostic::normalize};

use super::{super::placed::Placed, Checked, attributes::Available};

pub(super) fn check(checked: &Checked<'_>) {
    for placed in checked.placed {
        let advice = placed.facts.advice.iter().filter(|advice| advice.unless_set.is_none());
        advice.for_each(|advice| report(checked, placed, advice));
    }
}

/// What is said only where an attribute can be missing.
pub(super) fn check_unset(checked: &Checked<'_>, available: &Available<'_>) {
    for (at, placed) in checked.placed.iter().enumerate() {
        let is_missing = |advice: &&Advice| {
            advice.unless_set.is_some_and(|name| !available.may_be_set(name, at))
        };
        let advice = placed.facts.advice.iter().filter(is_missing);
        advice.for_each(|advice| report(checked, placed, advice));
    }
}

fn report(checked: &Checked<'_>, placed: &Placed<'_>, advice: &Advice) {
    let span = place(placed, advice.property, advice.entry.as_deref());
    let diagnostic = Diagnostic::warning(advice.code, span, &*advice.message);
    let help = advice.help.iter().cloned();
    checked.report.add(help.fold(diagnostic.label(&*advice.label), Diagnostic::help));
}

/// The value of a property, or of an entry of it; the type, when the property is left out.
pub(super) fn place(placed: &Placed<'_>, property: &str, entry: Option<&str>) -> Span {
    let properties = placed.model.properties.and_then(|node| node.as_map());
    let entries = properties.into_iter().flat_map(|map| &map.entries);
    let mut named = entries.filter(|entry| normalize(&entry.key.text) == property);
    let kind = placed.model.kind.map_or(placed.model.id.span, |kind| kind.span);
    let Some(found) = named.next() else { return kind };
    let entries = found.value.as_map().into_iter().flat_map(|map| &map.entries);
    let mut inner = entries.filter(|inner| Some(&*inner.key.text) == entry);
    let found = inner.next().unwrap_or(found);
    found.value.as_scalar().map_or(found.key.span, |scalar| scalar.span)
}
