//! A loop that nothing ends. It is bounded by a route on it that tests what the loop sets, by a processor that counts, and
//! by a queue in which flowfiles expire.
//!
//! An error, so nothing is told that is not certain: a test of the time, of what nobody knows or of the content may end
//! the loop. Loops are never enumerated: for each way that closes one, the shortest is looked at, within [`STEPS_MAX`].

use std::collections::{HashSet, VecDeque};

use processors_api::{Condition, Position, RelationshipKind};

use super::{
    super::placed::Placed,
    Checked, drawing,
    network::{Edge, Network},
    writes,
};

/// How many ways are gone in the search for loops.
const STEPS_MAX: usize = 5_000_000;

/// How many loops are told.
const LOOPS_MAX: usize = 20;

/// The attributes that say something of the flowfile as it is now.
const CHANGING: [&str; 3] = ["fileSize", "entryDate", "flowFileId"];

/// A loop: its ways in order, the one that closes it last.
pub(super) struct Cycle {
    pub(super) edges: Vec<usize>,
}

pub(super) fn check(checked: &Checked<'_>, network: &Network<'_>) {
    let mut search = Search::new(checked, network);
    for cycle in search.cycles() {
        drawing::report(checked, network, &cycle);
    }
}

struct Search<'a> {
    checked: &'a Checked<'a>,
    network: &'a Network<'a>,
    /// By way: whether it bounds no loop by itself.
    is_open: Vec<bool>,
    /// By way: the attributes whose test could bound a loop in which they are set.
    tested: Vec<Vec<&'a str>>,
    depths: Vec<Option<usize>>,
    steps: usize,
}

impl<'a> Search<'a> {
    fn new(checked: &'a Checked<'a>, network: &'a Network<'a>) -> Self {
        let placed = |edge: &Edge<'_>| checked.placed.get(edge.from);
        let is_open = |edge: &Edge<'_>| placed(edge).is_some_and(|placed| is_open(placed, edge));
        let depths = network.depths(checked);
        let mut search = Self {
            checked,
            network,
            is_open: network.edges.iter().map(is_open).collect(),
            tested: Vec::new(),
            depths,
            steps: 0,
        };
        search.keep_circular();
        search.tested = network.edges.iter().map(|edge| search.tested_on(edge)).collect();
        search
    }

    /// Closes all ways that are on no loop at all.
    fn keep_circular(&mut self) {
        let components = components(self.network, &self.is_open);
        for (open, edge) in self.is_open.iter_mut().zip(&self.network.edges) {
            // What no source leads to goes round no loop.
            let is_reached = self.depths.get(edge.from).copied().flatten().is_some();
            *open &= is_reached && components[edge.from] == components[edge.to];
        }
    }

    fn tested_on(&self, edge: &Edge<'a>) -> Vec<&'a str> {
        let Some(placed) = self.checked.placed.get(edge.from) else { return Vec::new() };
        let references = conditions(placed, edge.relationship)
            .flat_map(|condition| condition.expression.template().attributes());
        references.map(|reference| reference.name.as_str()).collect()
    }

    /// The loops that nothing bounds, each with another way that closes it.
    fn cycles(&mut self) -> Vec<Cycle> {
        let mut found: Vec<Cycle> = Vec::new();
        let mut seen: HashSet<Vec<usize>> = HashSet::new();
        for closing in self.closing() {
            if found.len() == LOOPS_MAX || self.steps > STEPS_MAX {
                break;
            }
            let is_told = found.iter().any(|cycle| cycle.edges.contains(&closing));
            if is_told || !self.is_open[closing] {
                continue;
            }
            let Some(cycle) = self.unbounded(closing) else { continue };
            let mut processors: Vec<usize> =
                cycle.edges.iter().map(|edge| self.network.edges[*edge].from).collect();
            processors.sort_unstable();
            // Of several ways from a processor to itself each is a line to be mended.
            let is_to_itself = processors.len() == 1;
            if seen.insert(processors) || is_to_itself {
                found.push(cycle);
            }
        }
        found
    }

    /// The open ways of which every loop has one: those that do not lead away from the sources. Those whose test may be
    /// void come after them, and each part is in the order of the file.
    fn closing(&self) -> Vec<usize> {
        let depth = |at: usize| self.depths.get(at).copied().flatten();
        let leads_back = |edge: &Edge<'_>| depth(edge.to) <= depth(edge.from);
        let edges = self.network.edges.iter().enumerate();
        let closing = edges.filter(|(at, edge)| {
            self.is_open[*at] && (leads_back(edge) || !self.tested[*at].is_empty())
        });
        let mut closing: Vec<(bool, Position, usize)> =
            closing.map(|(at, edge)| (!leads_back(edge), edge.place.start, at)).collect();
        closing.sort_unstable();
        closing.into_iter().map(|(_, _, at)| at).collect()
    }

    /// The shortest loop through a way that nothing bounds; one that is longer than necessary, when a test bounds that.
    fn unbounded(&mut self, closing: usize) -> Option<Cycle> {
        let mut closed = HashSet::new();
        let cycle = self.shortest(closing, &closed)?;
        let Some(bounding) = self.bounding(&cycle) else { return Some(cycle) };
        closed.insert(bounding);
        if bounding != closing
            && let Some(other) = self.shortest(closing, &closed)
            && self.bounding(&other).is_none()
        {
            return Some(other);
        }
        // No other test at all, and nothing that sets what the way itself tests.
        self.steps += self.tested.len();
        let names = &self.tested[closing];
        let in_the_way = (0..self.tested.len()).filter(|at| {
            *at != closing && self.is_open[*at] && !self.tested[*at].is_empty()
                || names.iter().any(|name| self.sets_anew(*at, name))
        });
        let in_the_way: HashSet<usize> = in_the_way.collect();
        let cycle = self.shortest(closing, &in_the_way)?;
        self.bounding(&cycle).is_none().then_some(cycle)
    }

    /// The way of a loop whose test bounds it.
    fn bounding(&self, cycle: &Cycle) -> Option<usize> {
        let is_set = |name: &&str| cycle.edges.iter().any(|edge| self.sets_anew(*edge, name));
        cycle.edges.iter().copied().find(|edge| self.tested[*edge].iter().any(&is_set))
    }

    /// Whether a flowfile that takes the way carries another value of an attribute, and not one from outside.
    fn sets_anew(&self, edge: usize, name: &str) -> bool {
        let edge = &self.network.edges[edge];
        let Some(placed) = self.checked.placed.get(edge.from) else { return false };
        writes::on(placed, edge.relationship)
            .any(|written| !written.is_outcome && written.may_be(name))
    }

    /// The shortest loop that ends with a way and takes none of the closed ones.
    fn shortest(&mut self, closing: usize, closed: &HashSet<usize>) -> Option<Cycle> {
        let Edge { from: end, to: start, .. } = self.network.edges[closing];
        let mut came_by: Vec<Option<usize>> = vec![None; self.network.from.len()];
        let mut open = VecDeque::from([start]);
        self.steps += came_by.len() / 64;
        while let Some(at) = open.pop_front() {
            if at == end {
                let mut edges = vec![closing];
                let mut at = end;
                while at != start {
                    let by = came_by[at]?;
                    edges.push(by);
                    at = self.network.edges[by].from;
                }
                edges.reverse();
                return Some(Cycle { edges });
            }
            for (index, edge) in self.network.leading_from(at) {
                self.steps += 1;
                let is_new = edge.to != start && came_by[edge.to].is_none();
                if is_new && self.is_open[index] && !closed.contains(&index) {
                    came_by[edge.to] = Some(index);
                    open.push_back(edge.to);
                }
            }
            if self.steps > STEPS_MAX {
                return None;
            }
        }
        None
    }
}

/// By processor: whether flowfiles may come back to it, be it only a few times.
pub(super) fn on_loops(network: &Network<'_>) -> Vec<bool> {
    let is_way: Vec<bool> = network.edges.iter().map(|edge| !edge.is_way_out).collect();
    let components = components(network, &is_way);
    let mut on_loops = vec![false; components.len()];
    for edge in network.edges.iter().filter(|edge| !edge.is_way_out) {
        if components[edge.from] == components[edge.to] {
            on_loops[edge.from] = true;
            on_loops[edge.to] = true;
        }
    }
    on_loops
}

/// The conditions under which a flowfile takes a relationship.
pub(super) fn conditions<'p>(
    placed: &'p Placed<'_>,
    relationship: &'p str,
) -> impl Iterator<Item = &'p Condition> {
    placed.facts.conditions.iter().filter(move |one| one.relationship == relationship)
}

/// Whether a way ends no loop by itself, whatever else is on it.
fn is_open(placed: &Placed<'_>, edge: &Edge<'_>) -> bool {
    let relationships = placed.relationships.as_deref().unwrap_or_default();
    let kind = relationships.iter().find(|one| one.name() == edge.relationship);
    // A route without a condition that is known asks for the content, which the loop may change.
    let asks_elsewhere = kind.is_none_or(|one| one.kind() == RelationshipKind::Route)
        && conditions(placed, edge.relationship).next().is_none();
    let may_change = |condition: &Condition| {
        let template = condition.expression.template();
        let names = template.attributes().iter().map(|reference| reference.name.as_str());
        !template.is_pure() || names.into_iter().any(|name| CHANGING.contains(&name))
    };
    let is_limited = placed.facts.limited.contains(&edge.relationship);
    let ends = edge.expires || edge.is_way_out || is_limited || !placed.model.enabled;
    !ends && !asks_elsewhere && !conditions(placed, edge.relationship).any(may_change)
}

/// The strongly connected component of each processor, by Tarjan's algorithm without recursion.
fn components(network: &Network<'_>, is_open: &[bool]) -> Vec<usize> {
    let count = network.from.len();
    let mut walk = Walk {
        component: vec![None; count],
        index: vec![None; count],
        low: vec![0; count],
        stack: Vec::new(),
        next: 0,
    };
    for root in 0..count {
        if walk.index[root].is_none() {
            walk.from(root, network, is_open);
        }
    }
    walk.component.into_iter().enumerate().map(|(at, one)| one.unwrap_or(at)).collect()
}

struct Walk {
    component: Vec<Option<usize>>,
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    stack: Vec<usize>,
    next: usize,
}

impl Walk {
    fn enter(&mut self, at: usize) {
        self.index[at] = Some(self.next);
        self.low[at] = self.next;
        self.next += 1;
        self.stack.push(at);
    }

    fn from(&mut self, root: usize, network: &Network<'_>, is_open: &[bool]) {
        let mut path = vec![(root, 0)];
        self.enter(root);
        while let Some((at, way)) = path.last_mut() {
            let at = *at;
            let Some(&edge) = network.from[at].get(*way) else {
                path.pop();
                self.leave(at, path.last().map(|(before, _)| *before));
                continue;
            };
            *way += 1;
            if !is_open[edge] {
                continue;
            }
            let to = network.edges[edge].to;
            match self.index[to] {
                None => {
                    self.enter(to);
                    path.push((to, 0));
                }
                Some(index) if self.component[to].is_none() => {
                    self.low[at] = self.low[at].min(index);
                }
                Some(_) => {}
            }
        }
    }

    fn leave(&mut self, at: usize, before: Option<usize>) {
        if let Some(before) = before {
            self.low[before] = self.low[before].min(self.low[at]);
        }
        if self.index[at] != Some(self.low[at]) {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.component[member] = Some(at);
            if member == at {
                break;
            }
        }
    }
}
