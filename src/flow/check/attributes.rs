//! An attribute that is read but that nothing before can have set.
//!
//! A forward analysis over the ways of the flow: what may be set on some way to a processor counts as set. So a warning
//! is certain as far as the facts of the processors are complete; what is set only sometimes is not found.

use std::collections::{HashMap, HashSet, VecDeque};

use processors_api::{
    Diagnostic,
    core_attributes::{FILE_VERSION, FILENAME, PATH, RUN_ID, UUID},
    decode::PropertyText,
    diagnostic::{quote, suggest},
    expression::Reference,
    yaml::DIAGNOSTICS_MAX,
};

use super::{
    super::{code, placed::Placed},
    Checked,
    bits::Bits,
    network::Network,
    writes::{self, Family},
};

/// What every flowfile has, or what the engine sets.
const ALWAYS: [&str; 10] = [
    UUID,
    FILENAME,
    PATH,
    RUN_ID,
    FILE_VERSION,
    "entryDate",
    "fileSize",
    "flowFileId",
    "lineageStartDate",
    "schedule.time",
];

/// Set on every flowfile that has been in `failed`.
const FAILURE: &str = "failure.";

/// The most that the analysis keeps, in words of memory: a flow of many thousand processors that each read another
/// attribute is not followed.
const WORDS_MAX: usize = 16 * 1024 * 1024;

/// Which attributes may be set where.
pub(super) struct Available<'a> {
    /// The names that are read somewhere.
    names: HashMap<&'a str, usize>,
    /// By processor: what may be set when a flowfile comes in.
    at: Vec<Bits>,
    environment: &'a dyn Fn(&str) -> bool,
}

impl<'a> Available<'a> {
    /// Follows every attribute that is read somewhere.
    pub(super) fn new(
        checked: &'a Checked<'_>,
        network: &Network<'_>,
        environment: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        let read = checked.placed.iter().flat_map(|placed| &placed.texts);
        let read = read.flat_map(|text| text.template.attributes());
        let mut names: HashMap<&str, usize> = HashMap::new();
        let advice = checked.placed.iter().flat_map(|placed| &placed.facts.advice);
        let wanted = advice.filter_map(|advice| advice.unless_set);
        for name in read.map(|reference| &*reference.name).chain(wanted) {
            let next = names.len();
            names.entry(name).or_insert(next);
        }
        if (network.edges.len() + checked.placed.len()).saturating_mul(names.len() / 64 + 1)
            > WORDS_MAX
        {
            names.clear();
        }
        let at = follow(checked.placed, network, &names);
        Self { names, at, environment }
    }

    /// Whether something may have set it before a flowfile comes to a processor.
    pub(super) fn may_be_set(&self, name: &str, at: usize) -> bool {
        let is_set = || {
            let number = self.names.get(name)?;
            Some(self.at.get(at)?.contains(*number))
        };
        ALWAYS.contains(&name)
            || name.starts_with(FAILURE)
            || (self.environment)(name)
            || is_set().unwrap_or(true)
    }
}

fn follow(placed: &[Placed<'_>], network: &Network<'_>, names: &HashMap<&str, usize>) -> Vec<Bits> {
    let mut at = vec![Bits::with_room_for(names.len()); placed.len()];
    let mut families = HashMap::new();
    let sets: Vec<Bits> = network
        .edges
        .iter()
        .map(|edge| Some(sets(placed.get(edge.from)?, edge.relationship, names, &mut families)))
        .map(Option::unwrap_or_default)
        .collect();
    let mut open: VecDeque<usize> = (0..placed.len()).collect();
    let mut waits = vec![true; placed.len()];
    while let Some(from) = open.pop_front() {
        waits[from] = false;
        for (index, edge) in network.leading_from(from) {
            let mut leaving = at[from].clone();
            leaving.join(&sets[index]);
            if at[edge.to].join(&leaving) && !std::mem::replace(&mut waits[edge.to], true) {
                open.push_back(edge.to);
            }
        }
    }
    at
}

/// Which of the names a processor sets on a relationship; of families of names, what they are is found once.
fn sets<'a>(
    placed: &'a Placed<'_>,
    relationship: &'a str,
    names: &HashMap<&str, usize>,
    families: &mut HashMap<Family<'a>, Bits>,
) -> Bits {
    let mut set = Bits::with_room_for(names.len());
    for written in writes::on(placed, relationship) {
        if let Some(exact) = written.exact() {
            names.get(exact).into_iter().for_each(|number| set.insert(*number));
            continue;
        }
        let members = families.entry(written.family()).or_insert_with(|| {
            let mut members = Bits::with_room_for(names.len());
            let numbers = names.iter().filter(|(name, _)| written.may_be(name));
            numbers.for_each(|(_, number)| members.insert(*number));
            members
        });
        set.join(members);
    }
    set
}

pub(super) fn check(checked: &Checked<'_>, network: &Network<'_>, available: &Available<'_>) {
    let depths = network.depths(checked);
    let missing = checked.placed.iter().enumerate().filter(|(at, _)| depths[*at].is_some());
    let missing = missing.flat_map(|(at, placed)| {
        missing_at(placed, at, available).into_iter().map(move |missing| (at, missing))
    });
    for (at, (text, reference)) in missing.take(DIAGNOSTICS_MAX) {
        report(checked, network, at, text, reference);
    }
}

/// What a processor reads and nothing can have set: each name once, where it stands first.
fn missing_at<'p>(
    placed: &'p Placed<'_>,
    at: usize,
    available: &Available<'_>,
) -> Vec<(&'p PropertyText, &'p Reference)> {
    let read = || {
        let texts = placed.texts.iter();
        texts.flat_map(|text| text.template.attributes().iter().map(move |read| (text, read)))
    };
    let mut told: HashSet<&str> = HashSet::new();
    for (_, reference) in read().filter(|(_, reference)| reference.may_be_absent) {
        told.insert(&reference.name);
    }
    let is_missing = |name: &str| !is_own(placed, name) && !available.may_be_set(name, at);
    read()
        .filter(|(_, reference)| is_missing(&reference.name) && told.insert(&reference.name))
        .collect()
}

/// Whether a processor itself gives a name a meaning: the group of a regular expression, or what it documents.
pub(super) fn is_own(placed: &Placed<'_>, name: &str) -> bool {
    let documented = |kind: &processors_api::ProcessorType| {
        kind.reads.iter().chain(kind.writes).any(|used| used.name == name)
    };
    name.starts_with('$')
        || placed.facts.variables.contains(&name)
        || placed.kind.is_some_and(documented)
}

fn report(
    checked: &Checked<'_>,
    network: &Network<'_>,
    at: usize,
    text: &PropertyText,
    reference: &Reference,
) {
    let Some(placed) = checked.placed.get(at) else { return };
    let place = reference.offset..reference.offset + reference.length;
    let span = checked.report.source.locate(&text.scalar, place);
    let (id, name) = (quote(&placed.model.id.text), quote(&reference.name));
    let message = if checked.is_source(at) {
        format!("{id} is a source: no flowfile comes to it, so the attribute {name} is empty here")
    } else {
        format!("nothing before {id} sets the attribute {name}, so it is empty here")
    };
    let diagnostic = Diagnostic::warning(code::NEVER_SET, span, message);
    checked.report.add(explained(diagnostic, checked, network, at, &reference.name));
}

/// With the name that was probably meant, or where the attribute is set instead.
fn explained(
    diagnostic: Diagnostic,
    checked: &Checked<'_>,
    network: &Network<'_>,
    at: usize,
    name: &str,
) -> Diagnostic {
    let before = network.before(at);
    let set = |at: &usize| {
        let placed = checked.placed.get(*at);
        placed.into_iter().flat_map(|placed| ways_of(placed).map(move |written| (placed, written)))
    };
    let names = before
        .iter()
        .flat_map(set)
        .filter_map(|(placed, written)| Some((written.exact()?, placed)));
    // A setter on this way that sets it on another way out has the very name; no better one is to be told.
    let names: Vec<(&str, &Placed<'_>)> = names.filter(|(set, _)| *set != name).collect();
    let known = names.iter().map(|(name, _)| *name).chain([FILENAME, PATH, UUID, RUN_ID]);
    if let Some(near) = suggest(name, known) {
        let setter = names.iter().find(|(name, _)| *name == near).map(|(_, placed)| *placed);
        let line = setter.map(|placed| writes::place(placed, near).start.line);
        let line = line.map(|line| format!(" (set at line {line})")).unwrap_or_default();
        return diagnostic.label(format!("did you mean `{near}`{line}?"));
    }
    let sets = |placed: &&Placed<'_>| ways_of(placed).any(|written| written.exact() == Some(name));
    let itself = checked.placed.get(at).filter(|placed| sets(placed));
    match (itself, checked.placed.iter().find(sets)) {
        (Some(itself), _) => diagnostic
            .label("it is set here, and not before")
            .help(format!(
                "every value is made from what a flowfile came with: set {} in an UpdateAttribute before `{}`",
                quote(name), itself.model.id.text
            )),
        (None, Some(other)) => {
            let line = writes::place(other, name).start.line;
            let is_before = before.iter().any(|at| {
                checked.placed.get(*at).is_some_and(|placed| std::ptr::eq(placed, other))
            });
            let where_else = if is_before {
                "but not on the way that leads here"
            } else {
                "and does not lead here"
            };
            diagnostic.label(format!(
                "`{}` sets it (line {line}), {where_else}", other.model.id.text
            ))
        }
        (None, None) => diagnostic
            .label("no processor of this flow sets it")
            .help(format!("if it may be missing, say so: ${{{}:replaceNull('')}}", shown(name))),
    }
}

/// A name as an expression writes it.
fn shown(name: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.');
    if name.chars().all(plain) { name.to_owned() } else { format!("'{name}'") }
}

/// What a processor sets on any way out.
fn ways_of<'a>(placed: &'a Placed<'_>) -> impl Iterator<Item = writes::Written<'a>> {
    let relationships = placed.relationships.as_deref().unwrap_or_default();
    relationships.iter().flat_map(|relationship| writes::on(placed, relationship.name()))
}
