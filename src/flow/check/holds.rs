//! One hold at a time, and somebody behind it who can write the file.
//!
//! A hold ends where the held file is replaced, and which processor does that is known only when it runs: here it may be
//! any that has input, waits for a disk and does something outside. So an error is one for certain; a path on which a
//! first hold may have ended before the second one is let through, and the engine looks again.

use std::collections::{HashMap, HashSet};

use processors_api::{Diagnostic, Effect, Span};

use super::{
    super::{code, graph::ConnectionIndex, placed::Placed},
    Checked,
};

/// Two are enough: whichever hold is taken next, one of them is another.
const HOLDS_KEPT_MAX: usize = 2;

pub(super) fn check(checked: &Checked<'_>) {
    let held = held(checked);
    let written = written(checked);
    for (index, from, to) in holding_connections(checked) {
        let others = held.get(&from).into_iter().flatten();
        if let Some(first) = others.copied().find(|hold| *hold != index) {
            report_second(checked, index, first);
        }
        if !written.contains(&to) {
            report_without_writer(checked, index);
        }
    }
}

/// The connections that hold a file, with the processors at their ends.
fn holding_connections(
    checked: &Checked<'_>,
) -> impl Iterator<Item = (ConnectionIndex, usize, usize)> {
    let connections = checked.connected.connections.iter().enumerate();
    let holding = connections.filter(|(_, connection)| connection.hold.is_some());
    holding.filter_map(|(at, connection)| {
        Some((ConnectionIndex(at), connection.from?.0, connection.to.0))
    })
}

/// Under which holds flowfiles leave each processor for certain; two of them are kept.
fn held(checked: &Checked<'_>) -> HashMap<usize, Vec<ConnectionIndex>> {
    let mut held: HashMap<usize, Vec<ConnectionIndex>> = HashMap::new();
    let mut open: Vec<(usize, ConnectionIndex)> =
        holding_connections(checked).map(|(index, _, to)| (to, index)).collect();
    while let Some((at, hold)) = open.pop() {
        let holds = held.entry(at).or_default();
        let may_end = checked.placed.get(at).is_none_or(may_write);
        if may_end || holds.len() == HOLDS_KEPT_MAX || holds.contains(&hold) {
            continue;
        }
        holds.push(hold);
        // A place that holds: either the one that took it, where it ends, or a second one, which is told.
        let goes_on = checked.leading_from(at).filter(|connection| connection.hold.is_none());
        open.extend(goes_on.map(|connection| (connection.to.0, hold)));
    }
    held
}

/// The processors that may write, and those that lead to one.
fn written(checked: &Checked<'_>) -> HashSet<usize> {
    let mut written = HashSet::new();
    let writers = checked.placed.iter().enumerate().filter(|(_, placed)| may_write(placed));
    let mut open: Vec<usize> = writers.map(|(at, _)| at).collect();
    while let Some(at) = open.pop() {
        if written.insert(at) {
            open.extend(checked.leading_to(at));
        }
    }
    written
}

fn may_write(placed: &Placed<'_>) -> bool {
    let blocks = placed.kind.is_some_and(|kind| kind.blocking);
    let is_known = placed.relationships.is_some();
    blocks && placed.takes_flowfiles() && (placed.effect() != Effect::Pure || !is_known)
}

fn place_of(checked: &Checked<'_>, index: ConnectionIndex) -> Span {
    checked.connected.places.get(index.0).copied().flatten().unwrap_or_default()
}

fn report_second(checked: &Checked<'_>, second: ConnectionIndex, first: ConnectionIndex) {
    let message = "this place takes a hold, and flowfiles can come here that have one already";
    let diagnostic = Diagnostic::error(code::SECOND_HOLD, place_of(checked, second), message);
    let label = format!("the first is at line {}", place_of(checked, first).start.line);
    let help =
        "one hold at a time: end the first one before, with the PutFile that writes its file";
    checked.report.add(diagnostic.label(label).help(help));
}

fn report_without_writer(checked: &Checked<'_>, hold: ConnectionIndex) {
    let message = "nothing behind this hold writes a file, so it only makes others wait";
    let diagnostic =
        Diagnostic::warning(code::HOLD_WITHOUT_WRITER, place_of(checked, hold), message);
    checked.report.add(diagnostic.label("a hold is for a file that is replaced"));
}
