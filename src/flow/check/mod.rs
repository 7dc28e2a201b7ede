//! What must hold between processors, one file a check. Each looks at the connected flow and only reports.

mod advice;
mod attributes;
mod bits;
mod cycles;
mod drawing;
mod files;
mod holds;
mod literals;
mod names;
mod network;
mod reach;
mod routes;
mod secrets;
mod sources;
mod writes;

use std::{collections::BTreeMap, path::Path};

use processors_api::{Diagnostic, Input, diagnostic::Severity};

use self::{attributes::Available, network::Network};
use super::{
    connect::Connected,
    graph::{ConnectionIndex, FlowConnection, Target},
    model::ParameterModel,
    parameters::Values,
    placed::Placed,
    report::Report,
    zone::FlowZone,
};

/// What a check looks at.
pub(super) struct Checked<'a> {
    pub(super) placed: &'a [Placed<'a>],
    pub(super) connected: &'a Connected,
    pub(super) parameters: &'a [ParameterModel<'a>],
    pub(super) values: &'a Values,
    pub(super) environment: &'a BTreeMap<String, String>,
    /// The flow file's.
    pub(super) folder: &'a Path,
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
    literals::check(checked);
    advice::check(checked);
    if !checked.report.any(is_about_the_shape) {
        follow(checked);
    }
}

/// What is known only of a flow whose ways are known.
fn follow(checked: &Checked<'_>) {
    let network = Network::new(checked.placed, checked.connected);
    let in_environment = |name: &str| checked.environment.contains_key(name);
    let available = Available::new(checked, &network, &in_environment);
    attributes::check(checked, &network, &available);
    advice::check_unset(checked, &available);
    routes::check(checked, &available);
    cycles::check(checked, &network);
    secrets::check(checked, &network);
    files::check(checked, &network);
}

/// Whether a mistake may hide a processor or a way. One inside the properties of a processor does not.
fn is_about_the_shape(diagnostic: &Diagnostic) -> bool {
    let is_inside = matches!(diagnostic.code.0, 101..=103 | 108 | 112 | 118 | 119 | 400..);
    diagnostic.severity == Severity::Error && !is_inside
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

    /// Where a parameter stands in the file.
    fn parameter_line(&self, name: &str) -> usize {
        let mut parameters = self.parameters.iter();
        let parameter = parameters.find(|parameter| &*parameter.name.text == name);
        parameter.map_or(0, |parameter| parameter.name.span.start.line)
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
