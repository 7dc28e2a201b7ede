//! Where every relationship leads: places become connections, and what `to:` leaves out goes where its kind says. It
//! knows processors by their ids only, and says nothing about whether the whole makes sense: that is `check`.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use indexmap::IndexMap;
use processors_api::{
    Diagnostic, Input, Relationship, RelationshipKind, Scalar, Span,
    diagnostic::{code as api_code, normalize, quote, suggest},
};

use super::{
    code,
    graph::{BackPressure, ConnectionIndex, FlowConnection, HoldPlace, ProcessorIndex, Target},
    held_file,
    model::{HoldModel, PlaceModel, To},
    parameters::Values,
    placed::Placed,
    report::Report,
};
use crate::repository::record::{FAILED, Name};

/// Where nothing more is to be done.
const DONE: &str = "done";

/// How many names a message lists.
const LISTED_MAX: usize = 30;

/// Where the relationships of one processor lead.
pub(super) type Outgoing = IndexMap<Name, Vec<Target>>;

/// How the processors of a flow are connected; both lists of lists are by processor.
#[derive(Default)]
pub(super) struct Connected {
    pub(super) connections: Vec<FlowConnection>,
    /// Where the place of each connection stands in the file; for entries of replays, nowhere.
    pub(super) places: Vec<Option<Span>>,
    pub(super) outgoing: Vec<Outgoing>,
    pub(super) incoming: Vec<Vec<ConnectionIndex>>,
}

/// Connects the processors of a flow.
pub(super) fn connect(
    placed: &[Placed<'_>],
    folder: &Path,
    values: &Values,
    report: &Report<'_>,
) -> Connected {
    let ids =
        placed.iter().enumerate().map(|(at, placed)| (&*placed.model.id.text, ProcessorIndex(at)));
    let mut connecting = Connecting {
        placed,
        folder,
        values,
        report,
        ids: ids.collect(),
        names: HashMap::new(),
        connected: Connected { incoming: vec![Vec::new(); placed.len()], ..Connected::default() },
    };
    for (at, processor) in placed.iter().enumerate() {
        let outgoing = connecting.outgoing(ProcessorIndex(at), processor);
        connecting.connected.outgoing.push(outgoing);
    }
    connecting.add_replay_entries();
    connecting.connected
}

struct Connecting<'a> {
    placed: &'a [Placed<'a>],
    folder: &'a Path,
    values: &'a Values,
    report: &'a Report<'a>,
    ids: HashMap<&'a str, ProcessorIndex>,
    names: HashMap<Name, ConnectionIndex>,
    connected: Connected,
}

/// A relationship of a processor, while its places are gone through.
#[derive(Clone, Copy)]
struct Way<'w> {
    from: ProcessorIndex,
    id: &'w str,
    relationship: &'w str,
}

impl Connecting<'_> {
    fn outgoing(&mut self, from: ProcessorIndex, processor: &Placed<'_>) -> Outgoing {
        let mut outgoing = Outgoing::new();
        let id = &*processor.model.id.text;
        match &processor.model.to {
            To::Absent => {}
            To::Broken => return outgoing,
            To::Main(places) => {
                let Some(name) = self.main_relationship(processor, places.span) else {
                    // The places are checked all the same.
                    let way = Way { from, id, relationship: "" };
                    for place in &places.value {
                        let _ = self.known_target(way, place);
                    }
                    return outgoing;
                };
                let way = Way { from, id, relationship: &name };
                let targets = self.targets(way, &places.value);
                outgoing.insert(name, targets);
            }
            To::Named(named) => {
                let known = by_name(processor);
                for (key, places) in &named.value {
                    let name = self.relationship(processor, key, known.as_ref(), &outgoing);
                    let relationship = name.as_deref().unwrap_or_default();
                    let targets = self.targets(Way { from, id, relationship }, places);
                    name.map(|name| outgoing.insert(name, targets));
                }
            }
        }
        self.add_left_out(processor, &mut outgoing);
        outgoing
    }

    /// The one that `to: next` means.
    fn main_relationship(&self, processor: &Placed<'_>, place: Span) -> Option<Name> {
        let relationships = processor.relationships.as_deref()?;
        let of_kind =
            |kind| relationships.iter().filter(move |one: &&Relationship| one.kind() == kind);
        let mut mains = of_kind(RelationshipKind::Main);
        if let (Some(main), None) = (mains.next(), mains.next()) {
            return Some(main.shared_name());
        }
        let named = of_kind(RelationshipKind::Main).chain(of_kind(RelationshipKind::Route));
        let names: Vec<&str> = named.map(Relationship::name).collect();
        let id = quote(&processor.model.id.text);
        let message = match names.as_slice() {
            [] => format!("{id} has no main relationship that could lead there"),
            names => format!(
                "{id} has several ways out ({}), and this names none of them",
                names.join(", ")
            ),
        };
        let diagnostic = Diagnostic::error(code::WHICH_RELATIONSHIP, place, message);
        let shown: Vec<String> = names.iter().take(2).map(|name| format!("{name}: ...")).collect();
        let label = if shown.is_empty() {
            "name one".to_owned()
        } else {
            format!("write {{ {} }}", shown.join(", "))
        };
        self.report.add(diagnostic.label(label));
        None
    }

    /// The relationship that a key of `to:` names; the name itself where nobody knows which there are.
    fn relationship(
        &self,
        processor: &Placed<'_>,
        key: &Scalar,
        known: Option<&HashMap<&str, &Relationship>>,
        named: &Outgoing,
    ) -> Option<Name> {
        let Some(known) = known else { return Some(key.text.clone()) };
        let fixed = processor.kind.map(|kind| kind.relationships).unwrap_or_default();
        let spelled = normalize(&key.text);
        let is_fixed = fixed.iter().any(|one| one.name() == spelled);
        let otherwise = || known.get(spelled.as_str()).filter(|_| is_fixed);
        let Some(found) = known.get(&*key.text).or_else(otherwise) else {
            self.report.add_unless_full(|| unknown_relationship(processor, key));
            return None;
        };
        if named.contains_key(found.name()) {
            let message = format!("{} is here twice", quote(found.name()));
            self.report.error(api_code::DUPLICATE, key.span, message, "write a list: [a, b]");
            return None;
        }
        Some(found.shared_name())
    }

    /// What `to:` does not name.
    fn add_left_out(&self, processor: &Placed<'_>, outgoing: &mut Outgoing) {
        let relationships = processor.relationships.as_deref().unwrap_or_default();
        let left_out: Vec<&Relationship> =
            relationships.iter().filter(|one| !outgoing.contains_key(one.name())).collect();
        let routes: Vec<&str> = left_out
            .iter()
            .filter(|one| one.kind() == RelationshipKind::Route)
            .map(|route| route.name())
            .collect();
        if !routes.is_empty() {
            self.report.add(without_place(processor, &routes));
        }
        for relationship in left_out {
            let target = match relationship.kind() {
                RelationshipKind::Main | RelationshipKind::Side => Target::Done,
                RelationshipKind::Failure | RelationshipKind::Route => Target::Failed,
            };
            outgoing.insert(relationship.shared_name(), vec![target]);
        }
    }

    fn targets(&mut self, way: Way<'_>, places: &[PlaceModel<'_>]) -> Vec<Target> {
        let mut targets = Vec::new();
        let mut seen = HashSet::new();
        for place in places {
            let Some(target) = self.target(way, place) else { continue };
            if !seen.insert(target) {
                let place = place.target;
                let message = format!(
                    "{} is named twice for {}",
                    quote(&place.text),
                    quote(way.relationship)
                );
                self.report.error(api_code::DUPLICATE, place.span, message, "once is enough");
                continue;
            }
            targets.push(target);
        }
        targets
    }

    fn target(&mut self, way: Way<'_>, place: &PlaceModel<'_>) -> Option<Target> {
        let known = self.known_target(way, place)?;
        let hold = place.hold.as_ref().map(|hold| self.hold(way, hold));
        let Place::Processor(to) = known else { return known.end() };
        let name = format!("{}/{}/{}", way.id, way.relationship, place.target.text);
        let hold = match hold {
            Some(hold) => Some(hold?),
            None => None,
        };
        Some(self.connection(name.into(), way.from, to, place, hold))
    }

    /// What a place names, checked.
    fn known_target(&self, way: Way<'_>, place: &PlaceModel<'_>) -> Option<Place> {
        let name = &*place.target.text;
        let end = match name {
            DONE => Some(Place::Done),
            FAILED => Some(Place::Failed),
            _ => None,
        };
        if let Some(end) = end {
            if let Some(settings) = place.settings_place {
                let message = format!("`{name}` has no queue that could be set");
                self.report.error(code::CONFLICT, settings, message, "remove it");
            }
            return Some(end);
        }
        let Some(&to) = self.ids.get(name) else {
            self.report.add_unless_full(|| self.unknown_place(place.target));
            return None;
        };
        let target = self.placed.get(to.0)?;
        if !target.takes_flowfiles() {
            let kind = target.kind.map(|kind| kind.name).unwrap_or_default();
            let message = format!("{} takes no flowfiles: {kind} is a source", quote(name));
            let from = quote(way.id);
            let label = format!("{from} cannot lead there");
            self.report.error(code::TAKES_NOTHING, place.target.span, message, label);
            return None;
        }
        Some(Place::Processor(to))
    }

    fn unknown_place(&self, name: &Scalar) -> Diagnostic {
        let message = format!("there is no processor called {} in this flow", quote(&name.text));
        let diagnostic = Diagnostic::error(code::UNKNOWN_PLACE, name.span, message);
        if name.text.contains(',') {
            return diagnostic.label(format!("did you mean [{}]?", name.text));
        }
        let ids: Vec<&str> = self.placed.iter().map(|placed| &*placed.model.id.text).collect();
        match suggest(&name.text, ids.iter().copied().chain([DONE, FAILED])) {
            Some(near) => {
                let line = self.ids.get(near).and_then(|at| self.placed.get(at.0));
                let line =
                    line.map(|placed| format!(" (line {})", placed.model.id.span.start.line));
                let label = format!("did you mean `{near}`{}?", line.unwrap_or_default());
                diagnostic.label(label).fix(name.span, near)
            }
            None => diagnostic.label("no place has such a name").help(listed(&ids)),
        }
    }

    fn hold(&mut self, way: Way<'_>, hold: &HoldModel<'_>) -> Option<HoldPlace> {
        let file = held_file::path(hold.file, self.folder, self.values, self.report);
        let place = &*hold.if_changed;
        let if_changed = match self.known_target(way, place)? {
            Place::Processor(to) => {
                let name =
                    format!("{}/{}/if_changed/{}", way.id, way.relationship, place.target.text);
                self.connection(name.into(), way.from, to, place, None)
            }
            end => end.end()?,
        };
        Some(HoldPlace { file: file?, if_changed, wait: hold.wait })
    }

    /// The connection of that name, made when it is not there yet: two holds may share the way out.
    fn connection(
        &mut self,
        name: Name,
        from: ProcessorIndex,
        to: ProcessorIndex,
        place: &PlaceModel<'_>,
        hold: Option<HoldPlace>,
    ) -> Target {
        if let Some(&known) = self.names.get(&name) {
            self.refuse_other_settings(known, place);
            return Target::Connection(known);
        }
        let connection = FlowConnection {
            name,
            from: Some(from),
            to,
            back_pressure: place.back_pressure,
            expire: place.expire,
            prioritize: place.prioritize.clone(),
            hold,
        };
        Target::Connection(self.add(connection, Some(place.target.span)))
    }

    fn refuse_other_settings(&self, known: ConnectionIndex, place: &PlaceModel<'_>) {
        let known = self.connected.connections.get(known.0);
        let differ = |known: &FlowConnection| {
            known.back_pressure != place.back_pressure
                || known.expire != place.expire
                || known.prioritize != place.prioritize
        };
        if known.is_some_and(differ) {
            let message =
                "another place leads here by the same way, with other settings of its queue";
            self.report.error(
                code::CONFLICT,
                place.target.span,
                message,
                "write the same settings",
            );
        }
    }

    fn add(&mut self, connection: FlowConnection, place: Option<Span>) -> ConnectionIndex {
        let index = ConnectionIndex(self.connected.connections.len());
        if let Some(incoming) = self.connected.incoming.get_mut(connection.to.0) {
            incoming.push(index);
        }
        self.names.insert(connection.name.clone(), index);
        self.connected.connections.push(connection);
        self.connected.places.push(place);
        index
    }

    fn add_replay_entries(&mut self) {
        let takes =
            |placed: &Placed<'_>| placed.kind.is_some_and(|kind| kind.input != Input::Forbidden);
        for (at, placed) in self.placed.iter().enumerate().filter(|(_, placed)| takes(placed)) {
            let connection = FlowConnection {
                name: format!("replay/{}", placed.model.id.text).into(),
                from: None,
                to: ProcessorIndex(at),
                // Who replays by hand waits for nobody.
                back_pressure: BackPressure { count: 0, bytes: 0 },
                expire: None,
                prioritize: Vec::new(),
                hold: None,
            };
            self.add(connection, None);
        }
    }
}

/// What a place names.
#[derive(Clone, Copy)]
enum Place {
    Processor(ProcessorIndex),
    Done,
    Failed,
}

impl Place {
    fn end(self) -> Option<Target> {
        match self {
            Place::Processor(_) => None,
            Place::Done => Some(Target::Done),
            Place::Failed => Some(Target::Failed),
        }
    }
}

fn by_name<'p>(processor: &'p Placed<'_>) -> Option<HashMap<&'p str, &'p Relationship>> {
    let relationships = processor.relationships.as_deref()?;
    Some(relationships.iter().map(|one| (one.name(), one)).collect())
}

fn unknown_relationship(processor: &Placed<'_>, key: &Scalar) -> Diagnostic {
    let relationships = processor.relationships.as_deref().unwrap_or_default();
    let id = quote(&processor.model.id.text);
    let message = format!("{id} has no relationship called {}", quote(&key.text));
    let diagnostic = Diagnostic::error(code::UNKNOWN_RELATIONSHIP, key.span, message);
    let names: Vec<&str> = relationships.iter().map(Relationship::name).collect();
    match suggest(&key.text, names.iter().copied()) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(key.span, near),
        None => diagnostic.label("it cannot stand here").help(listed(&names)),
    }
}

fn without_place(processor: &Placed<'_>, routes: &[&str]) -> Diagnostic {
    let model = processor.model;
    let span = match &model.to {
        To::Main(places) => places.span,
        To::Named(named) => named.span,
        To::Absent | To::Broken => model.id.span,
    };
    let join = |names: Vec<String>| match names.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        names => names.concat(),
    };
    let quoted = join(routes.iter().map(|route| quote(route)).collect());
    let keys = join(routes.iter().map(|route| format!("`{route}:`")).collect());
    let example = routes.first().copied().unwrap_or_default();
    let message = format!("{} does not say where {quoted} flowfiles go", quote(&model.id.text));
    Diagnostic::error(code::WITHOUT_PLACE, span, message).label(format!("add {keys}")).help(format!(
        "`{example}: failed` keeps them for a person to look at; `{example}: done` ends them here"
    ))
}

fn listed(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().copied().take(LISTED_MAX).collect();
    let more = if names.len() > LISTED_MAX { ", ..." } else { "" };
    format!("there are: {}{more}", shown.join(", "))
}
