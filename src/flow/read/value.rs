//! [`Value`]: a node that is read as what is wanted: a text, a number, one of some words. What it is not is reported,
//! with its name and what to type instead. It knows nothing of flows.

use std::{ops::RangeInclusive, time::Duration};

use processors_api::{
    DataSize, Diagnostic, Entry, Map, Node, Scalar, Span, TimePeriod,
    decode::ScalarProblem,
    diagnostic::{Code, code, normalize, quote, suggest},
};

use super::super::{code as flow_code, report::Report};
use crate::limits::PERIOD_MAX;

/// A node, and what it is called.
pub(super) struct Value<'n, 'r> {
    pub(super) report: &'r Report<'r>,
    pub(super) node: &'n Node,
    name: String,
}

impl<'n, 'r> Value<'n, 'r> {
    pub(super) fn new(report: &'r Report<'r>, node: &'n Node, name: impl Into<String>) -> Self {
        Self { report, node, name: name.into() }
    }

    pub(super) fn span(&self) -> Span {
        self.node.span()
    }

    pub(super) fn text(&self) -> Option<&'n Scalar> {
        let text = self.node.as_scalar();
        if text.is_none() {
            self.wrong_kind("a text");
        }
        text
    }

    pub(super) fn map(&self) -> Option<Fields<'n, 'r>> {
        let Some(map) = self.node.as_map() else {
            self.wrong_kind("a map");
            return None;
        };
        Some(Fields { report: self.report, map, owner: self.name.clone() })
    }

    /// The items of a list; a value alone stands for a list of one.
    pub(super) fn items(&self) -> Vec<Value<'n, 'r>> {
        let nodes = match self.node {
            Node::Sequence(sequence) => sequence.items.as_slice(),
            node => std::slice::from_ref(node),
        };
        if nodes.is_empty() {
            self.report.error(
                code::NO_VALUE,
                self.span(),
                format!("{} is an empty list", self.name),
                "name at least one",
            );
        }
        nodes.iter().map(|node| Value::new(self.report, node, self.name.clone())).collect()
    }

    pub(super) fn whole(&self, allowed: RangeInclusive<u64>) -> Option<u64> {
        let text = self.text()?;
        let number = text.text.trim().parse().ok().filter(|number| allowed.contains(number));
        if number.is_none() {
            let wanted = match (allowed.start(), allowed.end()) {
                (0, &u64::MAX) => "write a whole number; 0 means no limit".to_owned(),
                (least, most) => format!("write a whole number from {least} to {most}"),
            };
            self.cannot_be(code::NOT_READABLE, text, wanted);
        }
        number
    }

    pub(super) fn truth(&self) -> Option<bool> {
        let text = self.text()?;
        match text.text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            typed => {
                let label = match typed {
                    "yes" | "on" | "y" => "did you mean `true`?",
                    "no" | "off" | "n" => "did you mean `false`?",
                    _ => "write `true` or `false`",
                };
                self.cannot_be(code::NOT_READABLE, text, label);
                None
            }
        }
    }

    pub(super) fn period(&self) -> Option<Duration> {
        let text = self.text()?;
        self.period_of(text, 0, &text.text)
    }

    /// A duration that is a piece of a text, from a byte of it on.
    pub(super) fn period_of(
        &self,
        text: &'n Scalar,
        offset: usize,
        piece: &str,
    ) -> Option<Duration> {
        let period = self.quantity(text, offset, TimePeriod::parse(piece))?.duration();
        if period <= PERIOD_MAX {
            return Some(period);
        }
        self.cannot_be(
            code::NOT_READABLE,
            text,
            format!("at most {} days", PERIOD_MAX.as_secs() / 86_400),
        );
        None
    }

    pub(super) fn size(&self) -> Option<u64> {
        let text = self.text()?;
        Some(self.quantity(text, 0, DataSize::parse(&text.text))?.bytes())
    }

    fn quantity<T>(
        &self,
        text: &Scalar,
        offset: usize,
        outcome: Result<T, ScalarProblem>,
    ) -> Option<T> {
        let problem = match outcome {
            Ok(quantity) => return Some(quantity),
            Err(problem) => problem,
        };
        let start = offset + problem.offset;
        let span = self.report.source.locate(text, start..start + problem.length);
        let message = format!("{}: {}", self.name, problem.message);
        let mut diagnostic = Diagnostic::error(problem.code, span, message);
        diagnostic.label = problem.label;
        diagnostic.help = problem.help;
        self.report.add(diagnostic);
        None
    }

    /// One of some words, in any spelling.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let typed = normalize(&text.text);
        if let Some((_, meaning)) = words.iter().find(|(word, _)| normalize(word) == typed) {
            return Some(*meaning);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let allowed = format!("allowed: {}", names.join(", "));
        let message = format!("{} cannot be {}", self.name, quote(&text.text));
        let diagnostic = Diagnostic::error(code::NOT_ALLOWED, text.span, message);
        self.report.add(match suggest(&text.text, names) {
            Some(near) => diagnostic.label(format!("did you mean `{near}`?")).help(allowed),
            None => diagnostic.label(allowed),
        });
        None
    }

    fn cannot_be(&self, code: Code, text: &Scalar, label: impl Into<String>) {
        self.report.error(
            code,
            text.span,
            format!("{} cannot be {}", self.name, quote(&text.text)),
            label,
        );
    }

    /// Says that a value of one kind is wanted, and how it is written.
    pub(super) fn instead(&self, wanted: &str, right: &str) {
        let message = format!("{} is {}, and {wanted} is wanted here", self.name, self.node.kind());
        self.report.error(code::WRONG_KIND, self.span(), message, format!("write `{right}`"));
    }

    /// Says how a map is written whose most important entry was typed alone.
    pub(super) fn wrong_form(&self, right: &str) {
        self.instead("a map", right);
    }

    /// Says that it is something else than what is wanted.
    pub(super) fn wrong_kind(&self, wanted: &str) {
        let (name, span) = (&self.name, self.span());
        match self.node {
            Node::Broken(_) => {}
            Node::Absent(_) => {
                let message = format!("{name} has no value");
                self.report.error(code::NO_VALUE, span, message, "write one, or remove the line");
            }
            found => {
                let message = format!("{name} is {}, and {wanted} is wanted here", found.kind());
                let label = match wanted {
                    "a map" => "give each entry a line of its own: `name: value`".to_owned(),
                    wanted => format!("write {wanted}"),
                };
                self.report.error(code::WRONG_KIND, span, message, label);
            }
        }
    }
}

/// A map whose keys are known.
pub(super) struct Fields<'n, 'r> {
    report: &'r Report<'r>,
    map: &'n Map,
    owner: String,
}

impl<'n, 'r> Fields<'n, 'r> {
    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<Value<'n, 'r>> {
        let node = self.map.get(key)?;
        Some(Value::new(self.report, node, format!("`{key}` of {}", self.owner)))
    }

    /// The text of a key, if it is there and one.
    pub(super) fn text(&self, key: &str) -> Option<&'n Scalar> {
        self.get(key)?.text()
    }

    /// Where a key stands, if it does.
    pub(super) fn key(&self, key: &str) -> Option<Span> {
        Some(self.map.entry(key)?.key.span)
    }

    pub(super) fn entries(&self) -> &'n [Entry] {
        &self.map.entries
    }

    /// The keys that are none of these.
    pub(super) fn strange(&self, known: &[&str]) -> impl Iterator<Item = &'n Scalar> {
        self.map.entries.iter().map(|entry| &entry.key).filter(|key| !known.contains(&&*key.text))
    }

    /// Reports every key that is none of these.
    pub(super) fn only(self, known: &[&str]) -> Self {
        for key in self.strange(known) {
            self.report.add(unknown_key(key, &self.owner, known));
        }
        self
    }

    /// Reports that a key is missing, at a place.
    pub(super) fn missing(&self, key: &str, place: Span, label: impl Into<String>) {
        self.report.error(
            flow_code::MISSING_KEY,
            place,
            format!("{} needs `{key}:`", self.owner),
            label,
        );
    }
}

/// What is said about a key that is not known.
pub(in crate::flow) fn unknown_key(key: &Scalar, owner: &str, known: &[&str]) -> Diagnostic {
    let message = format!("{owner} has no key called {}", quote(&key.text));
    let diagnostic = Diagnostic::error(flow_code::UNKNOWN_KEY, key.span, message);
    match suggest(&key.text, known.iter().copied()) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(key.span, near),
        None => diagnostic
            .label("it cannot stand here")
            .help(format!("allowed here: {}", known.join(", "))),
    }
}
