//! A loop in words: the way round, why its routes do not end it, and what to type.

use processors_api::{
    Diagnostic, RelationshipKind,
    diagnostic::{normalize, quote},
};

use super::{
    super::{code, placed::Placed},
    Checked,
    cycles::{Cycle, conditions},
    network::{Edge, Network, is_plain},
    writes,
};

/// How many processors of a loop are drawn.
const DRAWN_MAX: usize = 30;

/// Where a line of the drawing ends.
const LINE_CHARS: usize = 90;

const LOOP: &str = "the loop:  ";

pub(super) fn report(checked: &Checked<'_>, network: &Network<'_>, cycle: &Cycle) {
    let edges = turned(checked, network, cycle);
    let drawn = Drawn { checked, edges };
    checked.report.add(drawn.diagnostic());
}

/// The ways of a loop, beginning at the processor that is nearest to a source.
fn turned<'n>(checked: &Checked<'_>, network: &'n Network<'n>, cycle: &Cycle) -> Vec<Edge<'n>> {
    let depths = network.depths(checked);
    let edges: Vec<Edge<'n>> =
        cycle.edges.iter().filter_map(|edge| network.edges.get(*edge)).copied().collect();
    let depth = |edge: &Edge<'_>| depths.get(edge.from).copied().flatten().unwrap_or(usize::MAX);
    let first = (0..edges.len()).min_by_key(|at| (depth(&edges[*at]), edges[*at].from));
    let (before, behind) = edges.split_at(first.unwrap_or_default());
    [behind, before].concat()
}

struct Drawn<'a> {
    checked: &'a Checked<'a>,
    edges: Vec<Edge<'a>>,
}

impl Drawn<'_> {
    fn diagnostic(&self) -> Diagnostic {
        let Some(closing) = self.edges.last() else {
            return Diagnostic::error(code::ENDLESS, Default::default(), "");
        };
        if let ([edge], Some(placed)) = (self.edges.as_slice(), self.placed(closing.from)) {
            return to_itself(placed, edge);
        }
        let message = "this closes a loop that a flowfile may never leave";
        let line = self.placed(closing.to).map_or(0, |placed| placed.model.id.span.start.line);
        let diagnostic = Diagnostic::error(code::ENDLESS, closing.place, message)
            .label(format!("back to line {line}"))
            .help(self.drawing());
        let diagnostic =
            self.reasons().into_iter().fold(diagnostic, |diagnostic, why| diagnostic.help(why));
        diagnostic.help(self.advice())
    }

    fn placed(&self, at: usize) -> Option<&Placed<'_>> {
        self.checked.placed.get(at)
    }

    fn id(&self, at: usize) -> &str {
        self.placed(at).map_or("", |placed| &placed.model.id.text)
    }

    /// The way round, on as many lines as it takes.
    fn drawing(&self) -> String {
        let mut lines =
            vec![format!("{LOOP}{}", self.edges.first().map_or("", |edge| self.id(edge.from)))];
        for (at, edge) in self.edges.iter().enumerate() {
            let left = self.edges.len() - at;
            let step = match at {
                DRAWN_MAX.. if left > 1 => continue,
                DRAWN_MAX.. => format!(" -> ... -> {}", self.id(edge.to)),
                _ => self.step(edge),
            };
            match lines.last_mut() {
                Some(line) if line.chars().count() + step.chars().count() <= LINE_CHARS => {
                    line.push_str(&step);
                }
                _ => {
                    lines.push(format!("{:indent$}{}", "", step.trim_start(), indent = LOOP.len()))
                }
            }
        }
        lines.join("\n")
    }

    fn step(&self, edge: &Edge<'_>) -> String {
        let plain = self.placed(edge.from).is_none_or(|placed| is_plain(placed, edge.relationship));
        let to = self.id(edge.to);
        if plain { format!(" -> {to}") } else { format!(" -({})-> {to}", edge.relationship) }
    }

    /// The ways that are taken under a condition.
    fn tested(&self) -> impl Iterator<Item = (&Edge<'_>, &Placed<'_>)> {
        let placed = self.edges.iter().filter_map(|edge| Some((edge, self.placed(edge.from)?)));
        placed.filter(|(edge, placed)| conditions(placed, edge.relationship).next().is_some())
    }

    /// Why the routes on it do not end it.
    fn reasons(&self) -> Vec<String> {
        let reasons: Vec<String> =
            self.tested().map(|(edge, placed)| self.reason(edge, placed)).collect();
        if reasons.is_empty() {
            return vec![
                "no route on it tests an attribute, so what goes round once goes round for ever"
                    .to_owned(),
            ];
        }
        reasons
    }

    fn reason(&self, edge: &Edge<'_>, placed: &Placed<'_>) -> String {
        let mut names: Vec<&str> = Vec::new();
        for condition in conditions(placed, edge.relationship) {
            for reference in condition.expression.template().attributes() {
                if !names.contains(&reference.name.as_str()) {
                    names.push(&reference.name);
                }
            }
        }
        let text = placed.texts.iter().find(|text| *text.key == *edge.relationship);
        let line = text.map_or(placed.model.id.span, |text| text.scalar.span).start.line;
        let route = format!("the route {} (line {line})", quote(edge.relationship));
        if names.is_empty() {
            return format!("{route} tests nothing that the loop could set");
        }
        let quoted: Vec<String> = names.iter().map(|name| quote(name)).collect();
        let quoted = quoted.join(", ");
        let setters = self.edges.iter().filter(|edge| self.sets(edge, &names));
        match setters.map(|edge| self.id(edge.from)).next() {
            Some(setter) => {
                format!("{route} tests only {quoted}, which {setter} sets anew each time round")
            }
            None => format!("{route} tests only {quoted}, which nothing in the loop sets"),
        }
    }

    fn sets(&self, edge: &Edge<'_>, names: &[&str]) -> bool {
        let Some(placed) = self.placed(edge.from) else { return false };
        writes::on(placed, edge.relationship)
            .any(|written| names.iter().any(|name| written.may_be(name)))
    }

    /// What to type.
    fn advice(&self) -> String {
        if let Some((edge, _)) = self.tested().next() {
            let route = edge.relationship;
            let word = self.id(edge.to).split('-').next().unwrap_or("round").to_owned();
            return format!(
                "let it round once a run: set an attribute in the loop ({word}.run: ${{run.id}}) and add \
                 :and(${{{word}.run:equals(${{run.id}}):not()}}) to `{route}`"
            );
        }
        let failing = self.edges.iter().filter_map(|edge| Some((edge, self.placed(edge.from)?)));
        let mut failing = failing.filter(|(edge, placed)| is_failure(placed, edge));
        if let Some((edge, placed)) = failing.next() {
            let id = &placed.model.id.text;
            let retry = retry(placed, edge);
            return format!("to try again, write below `type:` of `{id}`:  {retry}");
        }
        "let it round a few times only: put a RetryFlowFile into the loop, and lead its `retries_exceeded` out"
            .to_owned()
    }
}

fn is_failure(placed: &Placed<'_>, edge: &Edge<'_>) -> bool {
    let mut relationships = placed.relationships.iter().flatten();
    relationships
        .any(|one| one.name() == edge.relationship && one.kind() == RelationshipKind::Failure)
}

/// The key that tries again what a relationship gives back.
fn retry(placed: &Placed<'_>, edge: &Edge<'_>) -> String {
    let retried = placed.kind.map(|kind| kind.retried).unwrap_or_default();
    if retried.iter().any(|name| *name == normalize(edge.relationship)) {
        return "retry: 5".to_owned();
    }
    format!("retry: {{ times: 5, on: [{}] }}", edge.relationship)
}

fn to_itself(placed: &Placed<'_>, edge: &Edge<'_>) -> Diagnostic {
    let (id, relationship) = (quote(&placed.model.id.text), quote(edge.relationship));
    if is_failure(placed, edge) {
        let retry = retry(placed, edge);
        let message = format!("{id} gets its own {relationship} flowfiles back, for ever");
        if let Some(there) = placed.model.retry.as_ref().filter(|retry| retry.times > 0) {
            let line = there.place.start.line;
            return Diagnostic::error(code::ENDLESS, edge.place, message)
                .label(format!("remove it: `retry:` at line {line} tries again already"))
                .help("what still fails then goes to `failed`, where it waits for a person");
        }
        return Diagnostic::error(code::ENDLESS, edge.place, message)
            .label(format!("use `{retry}`"))
            .help(format!("write below `type:` of {id}:  {retry}"))
            .help("what still fails then goes to `failed`, where it waits for a person");
    }
    let message = format!("{id} leads to itself, and a flowfile may never leave it");
    Diagnostic::error(code::ENDLESS, edge.place, message)
        .label("lead it elsewhere")
        .help("let it round a few times only: put a RetryFlowFile between, and lead its `retries_exceeded` out")
}
