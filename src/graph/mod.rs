//! Draws a flow: [`Drawing`] says what is worth showing of it, and one file a form puts that to paper: text, mermaid, dot,
//! SVG. It changes and judges nothing; a flow that is wrong has no drawing.
//!
//! What goes without saying is left out: what fails goes to `failed` and the end of a way is `done`, unless the flow
//! leads elsewhere or a route leads there.

mod dot;
mod layout;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::path::Path;

use indexmap::IndexMap;
use processors_api::{Effect, Input, RelationshipKind};

use crate::flow::{Flow, FlowProcessor, HoldPlace, ProcessorIndex, Target};

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

/// The home of the names of processors that choose the way.
const ROUTES: &str = "routes";

/// The ways out of a processor that are drawn as one, by where they end.
type Ways<'f> = IndexMap<(Option<usize>, bool), (Target, Vec<(&'f str, RelationshipKind)>)>;

/// What of a flow is drawn.
#[derive(Debug)]
pub struct Drawing {
    title: String,
    description: Option<String>,
    boxes: Vec<Shape>,
    arrows: Vec<Arrow>,
}

/// A processor, or the end of a way.
#[derive(Debug)]
struct Shape {
    /// The id of the processor; `done` or `failed`.
    name: String,
    /// Its type, and when it fires.
    details: Vec<String>,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Fires by itself.
    Source,
    /// Does something outside the flow.
    Outside,
    /// Chooses the way.
    Route,
    /// Works on attributes and content.
    Pure,
    /// Is in the file and not in the flow.
    Disabled,
    /// Nothing more to do.
    Done,
    /// Waits for a person.
    Failed,
}

/// A way from one shape to another; the relationships that take it share it.
#[derive(Debug)]
struct Arrow {
    from: usize,
    to: usize,
    relationships: Vec<String>,
    /// What a flowfile on it waits for.
    hold: Option<String>,
    kind: ArrowKind,
    /// Its relationship is worth a word: it is not the only one.
    is_named: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ArrowKind {
    Ordinary,
    /// For what went wrong.
    Failure,
    /// For flowfiles whose held file was changed by somebody else.
    IfChanged,
}

impl Drawing {
    /// What is drawn of a flow.
    pub fn of(flow: &Flow) -> Self {
        let boxes = (0..flow.processors.len()).map(|at| Shape::of(flow, ProcessorIndex(at)));
        let mut drawing = Self {
            title: flow.name.to_string(),
            description: flow.description.clone(),
            boxes: boxes.collect(),
            arrows: Vec::new(),
        };
        for (at, processor) in flow.processors.iter().enumerate() {
            drawing.lead(flow, at, processor);
        }
        drawing
    }

    /// Adds the arrows of a processor, those of one target as one.
    fn lead(&mut self, flow: &Flow, from: usize, processor: &FlowProcessor) {
        let kinds: IndexMap<String, RelationshipKind> = processor
            .processor
            .relationships()
            .iter()
            .map(|relationship| (relationship.name().to_owned(), relationship.kind()))
            .collect();
        let mut ways = Ways::new();
        for (relationship, targets) in &processor.outgoing {
            let kind = kinds.get(&**relationship).copied().unwrap_or(RelationshipKind::Main);
            for &target in targets.iter().filter(|target| is_worth_drawing(kind, **target)) {
                let ways = ways.entry(shared_end(flow, target)).or_insert((target, Vec::new()));
                ways.1.push((relationship, kind));
            }
        }
        let is_route = processor.kind.named_home == Some(ROUTES);
        let mut all = ways.values().flat_map(|(_, ways)| ways);
        let is_named = is_route || ways.len() > 1 || all.any(|way| way.1 != RelationshipKind::Main);
        for (target, ways) in ways.into_values() {
            let fails = ways.iter().all(|way| way.1 == RelationshipKind::Failure);
            let arrow = Arrow {
                from,
                to: from,
                relationships: ways.iter().map(|way| way.0.to_owned()).collect(),
                hold: None,
                kind: if fails { ArrowKind::Failure } else { ArrowKind::Ordinary },
                is_named,
            };
            self.arrow(flow, arrow, target);
        }
    }

    /// Adds an arrow to `target`, and the way out of its hold.
    fn arrow(&mut self, flow: &Flow, mut arrow: Arrow, target: Target) {
        arrow.to = match target {
            Target::Connection(index) => flow.connection(index).to.0,
            Target::Done => self.end("done", Role::Done),
            Target::Failed => self.end("failed", Role::Failed),
        };
        let hold = match target {
            Target::Connection(index) => flow.connection(index).hold.as_ref(),
            Target::Done | Target::Failed => None,
        };
        arrow.hold = hold.map(|hold| file_name(&hold.file));
        let from = arrow.from;
        self.arrows.push(arrow);
        if let Some(HoldPlace { if_changed, .. }) = hold {
            let way_out = Arrow {
                from,
                to: from,
                relationships: vec!["if changed".to_owned()],
                hold: None,
                kind: ArrowKind::IfChanged,
                is_named: true,
            };
            self.arrow(flow, way_out, *if_changed);
        }
    }

    /// A new end of a way: each arrow has its own, so that they stay short.
    fn end(&mut self, name: &str, role: Role) -> usize {
        self.boxes.push(Shape { name: name.to_owned(), details: Vec::new(), role });
        self.boxes.len() - 1
    }

    /// The arrows that leave a shape.
    fn leaving(&self, at: usize) -> impl Iterator<Item = &Arrow> {
        self.arrows.iter().filter(move |arrow| arrow.from == at)
    }
}

/// What everybody expects is not drawn: a side way that ends, and a failure that waits for a person.
fn is_worth_drawing(kind: RelationshipKind, target: Target) -> bool {
    match (kind, target) {
        (_, Target::Connection(_)) | (RelationshipKind::Route, _) => true,
        (RelationshipKind::Main, target) => target == Target::Failed,
        (RelationshipKind::Side, target) => target == Target::Failed,
        (RelationshipKind::Failure, target) => target == Target::Done,
    }
}

/// What ways share that are drawn as one: where they lead, unless they wait for a file there.
fn shared_end(flow: &Flow, target: Target) -> (Option<usize>, bool) {
    match target {
        Target::Connection(index) => {
            let connection = flow.connection(index);
            (Some(connection.to.0), connection.hold.is_some())
        }
        Target::Done => (None, false),
        Target::Failed => (None, true),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

impl Shape {
    fn of(flow: &Flow, index: ProcessorIndex) -> Self {
        let processor = flow.processor(index);
        let schedule = processor.schedule.as_ref().map(|source| source.schedule.describe());
        let by_hand = || "only by `headwater run`".to_owned();
        let fires = processor.is_source().then(|| schedule.unwrap_or_else(by_hand));
        let sensitive = if processor.sensitivity.content { " · sensitive" } else { "" };
        let kind = format!("{}{sensitive}", processor.kind.name);
        Self {
            name: processor.id.to_string(),
            details: std::iter::once(kind).chain(fires).collect(),
            role: role(processor),
        }
    }
}

fn role(processor: &FlowProcessor) -> Role {
    if !processor.enabled {
        Role::Disabled
    } else if processor.is_source() {
        Role::Source
    } else if processor.kind.named_home == Some(ROUTES) {
        Role::Route
    } else if processor.effect != Effect::Pure || processor.kind.input == Input::Allowed {
        Role::Outside
    } else {
        Role::Pure
    }
}

impl Role {
    fn is_end(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

impl Arrow {
    /// What stands beside it.
    fn label(&self) -> String {
        let names = if self.is_named { self.relationships.join(", ") } else { String::new() };
        match &self.hold {
            None => names,
            Some(file) if names.is_empty() => format!("holds {file}"),
            Some(file) => format!("{names} · holds {file}"),
        }
    }
}
