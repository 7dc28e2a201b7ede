//! What must hold between processors, one file a check. Each looks at the connected flow and only reports.

mod holds;
mod reach;
mod sources;

use processors_api::Input;

use super::{
    connect::Connected,
    graph::{ConnectionIndex, FlowConnection, Target},
    placed::Placed,
    report::Report,
    zone::FlowZone,
};

/// What a check looks at.
pub(super) struct Checked<'a> {
    pub(super) placed: &'a [Placed<'a>],
    pub(super) connected: &'a Connected,
    pub(super) zone: &'a FlowZone,
    pub(super) report: &'a Report<'a>,
}

/// All checks.
pub(super) fn all(checked: &Checked<'_>) {
    sources::check(checked);
    // Where a place is wrong, these would only repeat it in other words.
    if !checked.report.has_errors() {
        reach::check(checked);
        holds::check(checked);
    }
}

impl Checked<'_> {
    /// Whether a processor fires by itself, as [`super::FlowProcessor::is_source`] says of a finished one.
    fn is_source(&self, at: usize) -> bool {
        match self.placed.get(at).and_then(|placed| placed.kind).map(|kind| kind.input) {
            Some(Input::Forbidden) => true,
            Some(Input::Allowed) => self.leading_to(at).next().is_none(),
            Some(Input::Required) | None => false,
        }
    }

    /// The processors from which connections lead to this one.
    fn leading_to(&self, at: usize) -> impl Iterator<Item = usize> {
        let incoming = self.connected.incoming.get(at).into_iter().flatten();
        let connections = incoming.filter_map(|index| self.connection(*index));
        connections.filter_map(|connection| connection.from).map(|from| from.0)
    }

    /// The connections of a processor's relationships; the ways out of their holds are not among them.
    fn leading_from(&self, at: usize) -> impl Iterator<Item = &FlowConnection> {
        let outgoing = self.connected.outgoing.get(at).into_iter();
        let targets = outgoing.flat_map(|outgoing| outgoing.values().flatten());
        targets.filter_map(|target| self.connection_of(*target))
    }

    fn connection(&self, index: ConnectionIndex) -> Option<&FlowConnection> {
        self.connected.connections.get(index.0)
    }

    fn connection_of(&self, target: Target) -> Option<&FlowConnection> {
        match target {
            Target::Connection(index) => self.connection(index),
            Target::Done | Target::Failed => None,
        }
    }
}
