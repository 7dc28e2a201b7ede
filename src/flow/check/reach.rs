//! Whether flowfiles can come to every processor that needs them.

use std::collections::HashSet;

use processors_api::Diagnostic;

use super::{super::code, Checked};

pub(super) fn check(checked: &Checked<'_>) {
    let all = 0..checked.placed.len();
    let mut reached = HashSet::new();
    for source in all.clone().filter(|at| checked.is_source(*at)) {
        reach(checked, source, &mut reached);
    }
    // First what nothing leads to. What is left then is led to only by what is behind it: a circle.
    for head in all.clone().filter(|at| !is_led_to(checked, *at)).chain(all) {
        if !reached.contains(&head) {
            report(checked, head);
            reach(checked, head, &mut reached);
        }
    }
}

/// Adds a processor and everything behind it.
fn reach(checked: &Checked<'_>, from: usize, reached: &mut HashSet<usize>) {
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if reached.insert(at) {
            open.extend(behind(checked, at));
        }
    }
}

fn behind(checked: &Checked<'_>, at: usize) -> impl Iterator<Item = usize> {
    checked.leading_from(at).flat_map(|connection| {
        let if_changed = connection.hold.as_ref().map(|hold| hold.if_changed);
        let way_out = if_changed.and_then(|target| checked.connection_of(target));
        std::iter::once(connection.to.0).chain(way_out.map(|connection| connection.to.0))
    })
}

fn is_led_to(checked: &Checked<'_>, at: usize) -> bool {
    checked.leading_to(at).any(|from| from != at)
}

fn report(checked: &Checked<'_>, at: usize) {
    let Some(placed) = checked.placed.get(at) else { return };
    let id = placed.model.id;
    let (nobody, label) = if is_led_to(checked, at) {
        ("no source", "what leads here is only led to from here")
    } else {
        ("nothing", "name it in the `to:` of another processor")
    };
    let message = format!("{nobody} leads to `{}`, so it never has anything to do", id.text);
    let diagnostic = Diagnostic::warning(code::NOT_REACHED, id.span, message);
    checked.report.add(diagnostic.label(label));
}
