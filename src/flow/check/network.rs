//! [`Network`]: the ways that flowfiles can take, as the checks that follow them see it. Unlike the connections of the
//! finished flow it also has the ways of processors that could not be built: nobody knows their relationships, but the
//! file says where they lead.

use std::collections::{HashMap, HashSet, VecDeque};

use processors_api::{RelationshipKind, Span};

use super::{
    super::{
        connect::Connected,
        graph::{FlowConnection, Target},
        model::To,
        placed::Placed,
    },
    Checked,
};

/// The ways between processors.
#[derive(Default)]
pub(super) struct Network<'a> {
    pub(super) edges: Vec<Edge<'a>>,
    /// The ways that lead from each processor.
    pub(super) from: Vec<Vec<usize>>,
    /// The ways that lead to each processor.
    pub(super) to: Vec<Vec<usize>>,
}

/// One way that flowfiles can take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge<'a> {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Empty where nobody knows which one.
    pub(super) relationship: &'a str,
    /// Where the file names the processor it leads to.
    pub(super) place: Span,
    /// A flowfile does not wait there for ever.
    pub(super) expires: bool,
    /// The way out of a hold: a flowfile takes it only when a file was changed.
    pub(super) is_way_out: bool,
}

impl<'a> Network<'a> {
    pub(super) fn new(placed: &'a [Placed<'a>], connected: &'a Connected) -> Self {
        let mut network = Self {
            edges: Vec::new(),
            from: vec![Vec::new(); placed.len()],
            to: vec![Vec::new(); placed.len()],
        };
        for (at, outgoing) in connected.outgoing.iter().enumerate() {
            for (relationship, targets) in outgoing {
                for target in targets {
                    network.add_target(connected, at, relationship, *target);
                }
            }
        }
        network.add_unknown(placed);
        network
    }

    fn add_target(
        &mut self,
        connected: &Connected,
        from: usize,
        relationship: &'a str,
        target: Target,
    ) {
        let Some((connection, place)) = connection(connected, target) else { return };
        let edge = Edge {
            from,
            to: connection.to.0,
            relationship,
            place,
            expires: connection.expire.is_some_and(|after| !after.is_zero()),
            is_way_out: false,
        };
        self.add(edge);
        let way_out = connection.hold.as_ref().map(|hold| hold.if_changed);
        if let Some((way_out, place)) =
            way_out.and_then(|target| self::connection(connected, target))
        {
            self.add(Edge { to: way_out.to.0, place, expires: false, is_way_out: true, ..edge });
        }
    }

    /// The ways of processors whose relationships nobody knows.
    fn add_unknown(&mut self, placed: &[Placed<'_>]) {
        let unknown = |placed: &&Placed<'_>| placed.relationships.is_none();
        if !placed.iter().any(|placed| unknown(&placed)) {
            return;
        }
        let ids = placed.iter().enumerate().map(|(at, placed)| (&*placed.model.id.text, at));
        let ids: HashMap<&str, usize> = ids.collect();
        for (from, processor) in placed.iter().enumerate().filter(|(_, placed)| unknown(placed)) {
            let To::Main(places) = &processor.model.to else { continue };
            for place in &places.value {
                let ways = [Some(place), place.hold.as_ref().map(|hold| &*hold.if_changed)];
                for place in ways.into_iter().flatten() {
                    let Some(&to) = ids.get(&*place.target.text) else { continue };
                    let (expires, is_way_out) = (place.expire.is_some(), false);
                    let place = place.target.span;
                    self.add(Edge { from, to, relationship: "", place, expires, is_way_out });
                }
            }
        }
    }

    fn add(&mut self, edge: Edge<'a>) {
        let index = self.edges.len();
        let (Some(from), Some(to)) = (self.from.get_mut(edge.from), self.to.get_mut(edge.to))
        else {
            return;
        };
        from.push(index);
        to.push(index);
        self.edges.push(edge);
    }

    /// The ways that lead from a processor.
    pub(super) fn leading_from(&self, at: usize) -> impl Iterator<Item = (usize, &Edge<'a>)> {
        self.numbered(self.from.get(at))
    }

    /// The ways that lead to a processor.
    pub(super) fn leading_to(&self, at: usize) -> impl Iterator<Item = (usize, &Edge<'a>)> {
        self.numbered(self.to.get(at))
    }

    fn numbered<'n>(
        &'n self,
        indices: Option<&'n Vec<usize>>,
    ) -> impl Iterator<Item = (usize, &'n Edge<'a>)> {
        let indices = indices.into_iter().flatten();
        indices.filter_map(|&index| Some((index, self.edges.get(index)?)))
    }

    /// How far each processor is from a source; none where no source leads.
    pub(super) fn depths(&self, checked: &Checked<'_>) -> Vec<Option<usize>> {
        let mut depths = vec![None; self.from.len()];
        let mut open: VecDeque<(usize, usize)> =
            (0..self.from.len()).filter(|at| checked.is_source(*at)).map(|at| (at, 0)).collect();
        while let Some((at, depth)) = open.pop_front() {
            let Some(known @ None) = depths.get_mut(at) else { continue };
            *known = Some(depth);
            open.extend(self.leading_from(at).map(|(_, edge)| (edge.to, depth + 1)));
        }
        depths
    }

    /// All processors from which flowfiles come here, the nearest first; this one too, when a way leads back.
    pub(super) fn before(&self, at: usize) -> Vec<usize> {
        let mut seen = HashSet::new();
        let mut order = Vec::new();
        let mut open = VecDeque::from([at]);
        while let Some(at) = open.pop_front() {
            for (_, edge) in self.leading_to(at) {
                if seen.insert(edge.from) {
                    order.push(edge.from);
                    open.push_back(edge.from);
                }
            }
        }
        order
    }
}

fn connection(connected: &Connected, target: Target) -> Option<(&FlowConnection, Span)> {
    let Target::Connection(index) = target else { return None };
    let place = connected.places.get(index.0).copied().flatten().unwrap_or_default();
    Some((connected.connections.get(index.0)?, place))
}

/// Whether a way is the only ordinary one of its processor, so that nobody asks which one is meant.
pub(super) fn is_plain(placed: &Placed<'_>, relationship: &str) -> bool {
    let relationships = placed.relationships.as_deref().unwrap_or_default();
    let mains = relationships.iter().filter(|one| one.kind() == RelationshipKind::Main);
    let names: Vec<&str> = mains.map(|one| one.name()).collect();
    relationship.is_empty() || names == [relationship]
}
