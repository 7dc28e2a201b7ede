//! Where the secrets go: which attributes are secret and whether the content is, before each processor.

use std::{
    collections::{HashMap, VecDeque},
    rc::Rc,
};

use processors_api::{AttributeName, RelationshipKind, diagnostic::normalize};

use super::{
    super::{super::placed::Placed, Checked, network::Network, writes},
    Step, used_in,
};

/// How many secrets at how many places are followed.
const FOLLOWED_MAX: usize = 500_000;

/// What can be secret of a flowfile.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Secret<'a> {
    Content,
    Attribute(&'a str),
}

/// What is secret of the flowfiles that come to each processor.
pub(in super::super) struct Secrets<'a> {
    at: Vec<HashMap<Secret<'a>, Rc<Step>>>,
}

impl<'a> Secrets<'a> {
    pub(super) fn new(checked: &'a Checked<'_>, network: &'a Network<'_>) -> Self {
        let count = checked.placed.len();
        let mut secrets = Self { at: vec![HashMap::new(); count] };
        let mut open: VecDeque<usize> = (0..count).collect();
        let mut waits = vec![true; count];
        let mut followed = 0;
        while let Some(from) = open.pop_front() {
            waits[from] = false;
            for (_, edge) in network.leading_from(from) {
                let leaving = secrets.leaving(checked, from, edge.relationship);
                let known = &mut secrets.at[edge.to];
                let before = known.len();
                for (secret, step) in leaving {
                    known.entry(secret).or_insert(step);
                }
                followed += known.len() - before;
                if known.len() > before && !std::mem::replace(&mut waits[edge.to], true) {
                    open.push_back(edge.to);
                }
            }
            if followed > FOLLOWED_MAX {
                break;
            }
        }
        secrets
    }

    /// How an attribute that comes to a processor became secret, when it did.
    pub(super) fn attribute(&self, at: usize, name: &str) -> Option<Rc<Step>> {
        self.at.get(at)?.get(&Secret::Attribute(name)).cloned()
    }

    /// How the content that comes to a processor became secret, when it did.
    pub(super) fn content(&self, at: usize) -> Option<Rc<Step>> {
        self.at.get(at)?.get(&Secret::Content).cloned()
    }

    /// What is secret of a flowfile that takes a relationship.
    fn leaving(
        &self,
        checked: &'a Checked<'_>,
        at: usize,
        relationship: &'a str,
    ) -> Vec<(Secret<'a>, Rc<Step>)> {
        let Some(placed) = checked.placed.get(at) else { return Vec::new() };
        let content = self.content_leaving(checked, at, placed, relationship);
        let mut leaving: Vec<(Secret<'a>, Rc<Step>)> =
            content.clone().map(|step| (Secret::Content, step)).into_iter().collect();
        for set in writes::set_by(placed, relationship) {
            let AttributeName::Exact(name) = &set.name else { continue };
            let made = match set.from_content {
                true => self
                    .taken_from(at, placed, relationship, content.as_ref())
                    .map(|before| taken(placed, name, &before)),
                false => self.made(checked, at, placed, name),
            };
            leaving.extend(made.map(|step| (Secret::Attribute(name), step)));
        }
        let marked = placed.model.sensitivity.attributes.iter();
        leaving
            .extend(marked.map(|name| (Secret::Attribute(name), marked_attribute(placed, name))));
        let is_set_anew = |name: &str| {
            writes::on(placed, relationship).any(|written| written.exact() == Some(name))
        };
        let known = self.at.get(at).into_iter().flatten();
        leaving.extend(known.filter_map(|(secret, step)| match secret {
            Secret::Attribute(name) if !is_set_anew(name) => Some((*secret, Rc::clone(step))),
            _ => None,
        }));
        leaving
    }

    /// The secret content that an attribute is a part of: what the processor brings in, or what goes out.
    fn taken_from(
        &self,
        at: usize,
        placed: &Placed<'_>,
        relationship: &str,
        leaving: Option<&Rc<Step>>,
    ) -> Option<Rc<Step>> {
        if placed.model.sensitivity.content {
            return Some(marked_content(at, placed));
        }
        leaving.filter(|_| !is_side(placed, relationship)).cloned()
    }

    fn content_leaving(
        &self,
        checked: &Checked<'_>,
        at: usize,
        placed: &Placed<'_>,
        relationship: &str,
    ) -> Option<Rc<Step>> {
        if placed.model.sensitivity.content && !is_side(placed, relationship) {
            return Some(marked_content(at, placed));
        }
        let goes_in = placed
            .texts
            .iter()
            .filter(|text| placed.facts.content_from.contains(&&*normalize(&text.property)));
        for text in goes_in {
            if let Some(used) = used_in(checked, self, at, text) {
                let what = format!("`{}` puts it into the content", placed.model.id.text);
                return Some(step(text.scalar.span.start.line, what, Some(used.step)));
            }
        }
        let is_new = placed.facts.new_content.iter().any(|new| new == relationship);
        self.content(at).filter(|_| !is_new)
    }

    /// How an attribute becomes secret by its value.
    fn made(
        &self,
        checked: &Checked<'_>,
        at: usize,
        placed: &Placed<'_>,
        name: &str,
    ) -> Option<Rc<Step>> {
        let mut used = writes::values(placed, name)
            .filter_map(|text| Some((text, used_in(checked, self, at, text)?)));
        let (text, used) = used.next()?;
        if used.name == name {
            return Some(used.step);
        }
        let what = format!("`{}` makes `{name}` of it", placed.model.id.text);
        Some(step(text.scalar.span.start.line, what, Some(used.step)))
    }
}

fn is_side(placed: &Placed<'_>, relationship: &str) -> bool {
    let mut relationships = placed.relationships.iter().flatten();
    relationships.any(|one| one.name() == relationship && one.kind() == RelationshipKind::Side)
}

fn step(line: usize, what: String, before: Option<Rc<Step>>) -> Rc<Step> {
    let marked_by = before.as_ref().and_then(|before| before.marked_by);
    Rc::new(Step { line, what, before, marked_by })
}

fn taken(placed: &Placed<'_>, name: &str, before: &Rc<Step>) -> Rc<Step> {
    let what = format!("`{}` takes `{name}` from the content", placed.model.id.text);
    step(writes::place(placed, name).start.line, what, Some(Rc::clone(before)))
}

fn marked_content(at: usize, placed: &Placed<'_>) -> Rc<Step> {
    let what = format!("`{}` is `sensitive: true`", placed.model.id.text);
    Rc::new(Step { line: marked_line(placed), what, before: None, marked_by: Some(at) })
}

fn marked_attribute(placed: &Placed<'_>, name: &str) -> Rc<Step> {
    let what = format!("`{}` names `{name}` in `sensitive:`", placed.model.id.text);
    step(marked_line(placed), what, None)
}

fn marked_line(placed: &Placed<'_>) -> usize {
    placed.model.sensitive_key.unwrap_or(placed.model.id.span).start.line
}
