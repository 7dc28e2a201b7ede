//! Whether a search may take a number of steps that doubles with each character: what is repeated can be cut in many
//! ways, and on a text that nearly matches all of them are tried. A look at the pattern, not a proof: characters are
//! held against each other by samples, and a repetition of a repetition counts when what stands between the two can be
//! read as part of the inner one. Patterns that the linear engine runs are never at risk.

use std::collections::BTreeMap;

use fancy_regex::Expr;

use super::{
    Advice, JavaRegex,
    translate::{Dollar, translate},
};
use crate::diagnostic::code;

/// Patterns with more different character classes than this are not looked at.
const CLASSES_MAX: usize = 200;

/// Patterns with more parts than this are not looked at.
const PARTS_MAX: usize = 500;

/// How many characters of the pattern stand for their like.
const OWN_SAMPLES_MAX: usize = 200;

/// A bounded repetition of at least so many times counts as one without bound.
const MANY_TIMES: usize = 16;

/// Characters that stand for their like, besides those of the pattern.
const SAMPLES: &str =
    "\t\n\r !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\u{85}\u{a0}äßÄλж\u{2028}あ漢\u{1f600}";

/// Why a search may take very many steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegexRisk {
    /// A repetition inside a repetition, as in `(a+)+`.
    NestedRepetition,
    /// Alternatives inside a repetition that match the same, as in `(a|a)*`.
    OverlappingAlternatives,
}

impl RegexRisk {
    /// What the pattern does, as the end of a sentence.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NestedRepetition => "a repetition inside a repetition can be cut in many ways",
            Self::OverlappingAlternatives => {
                "alternatives inside a repetition match the same characters"
            }
        }
    }
}

impl JavaRegex {
    /// Why a search may take very many steps, if it may. A search that takes too many is stopped.
    pub fn risk(&self) -> Option<RegexRisk> {
        let translated = translate(&self.source, Dollar::AtTerminators).ok()?;
        if !translated.needs_backtracking {
            return None;
        }
        let tree = Expr::parse_tree(&translated.pattern).ok()?;
        let mut reader = Reader::new(&self.source);
        let part = reader.part(&tree.expr)?;
        part.risk()
    }

    /// What to say of the property that holds this pattern, if a search may take very many steps. `stopped` says what
    /// happens when one is stopped: `the flowfile goes to failure`.
    pub fn advice(&self, property: &'static str, stopped: &str) -> Option<Advice> {
        let risk = self.risk()?;
        Some(Advice {
            entry: None,
            code: code::SLOW_REGEX,
            property,
            message: format!(
                "this regular expression can take very long on a text that nearly matches: {}",
                risk.reason()
            ),
            label: format!("a search is stopped after {} steps: {stopped}", super::BACKTRACK_LIMIT),
            help: vec![
                "make it clear where each repetition ends: (\\w+,)+ instead of (\\w+,?)+"
                    .to_owned(),
            ],
            unless_set: None,
        })
    }
}

/// The samples that a character class matches.
type Class = Vec<bool>;

/// A pattern as far as it matters here.
enum Part {
    /// One character.
    Class(Class),
    Sequence(Vec<Part>),
    Alternatives(Vec<Part>),
    Repetition {
        child: Box<Part>,
        optional: bool,
        endless: bool,
    },
    /// Once matched, never cut otherwise.
    Atomic(Box<Part>),
    /// A look around: takes no character, and has a pattern of its own.
    Look(Box<Part>),
    /// A place, not a character.
    Nothing,
    /// A back reference: anything.
    Anything,
}

/// Reads the engine's tree.
struct Reader {
    samples: Vec<String>,
    known: BTreeMap<String, Class>,
    parts: usize,
}

impl Reader {
    fn new(source: &str) -> Self {
        let mut samples: Vec<char> =
            SAMPLES.chars().chain(source.chars().take(OWN_SAMPLES_MAX)).collect();
        samples.sort_unstable();
        samples.dedup();
        Self {
            samples: samples.iter().map(char::to_string).collect(),
            known: BTreeMap::new(),
            parts: 0,
        }
    }

    /// None: the pattern is too much to look at, or not understood.
    fn part(&mut self, expr: &Expr) -> Option<Part> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return None;
        }
        Some(match expr {
            Expr::Empty | Expr::Assertion(_) | Expr::KeepOut => Part::Nothing,
            Expr::ContinueFromPreviousMatchEnd => Part::Nothing,
            Expr::Any { newline: true, .. } => Part::Class(vec![true; self.samples.len()]),
            Expr::Any { .. } => self.class(r"[^\n]", false)?,
            Expr::GeneralNewline { .. } => self.class(r"[\n\r\x{85}\x{2028}\x{2029}]", false)?,
            Expr::Literal { val, casei } => {
                let class = |c: char| self.class(&regex::escape(&c.to_string()), *casei);
                Part::Sequence(val.chars().map(class).collect::<Option<_>>()?)
            }
            Expr::Delegate { inner, casei } => self.class(inner, *casei)?,
            Expr::Concat(parts) => Part::Sequence(self.parts(parts)?),
            Expr::Alt(parts) => Part::Alternatives(self.parts(parts)?),
            Expr::Group(child) => self.part(child)?,
            Expr::LookAround(child, _) => Part::Look(Box::new(self.part(child)?)),
            Expr::Repeat { child, lo, hi, .. } => Part::Repetition {
                child: Box::new(self.part(child)?),
                optional: *lo == 0,
                endless: *hi >= MANY_TIMES,
            },
            Expr::AtomicGroup(child) => Part::Atomic(Box::new(self.part(child)?)),
            Expr::Backref { .. } | Expr::AstNode(..) => Part::Anything,
            _ => return None,
        })
    }

    fn parts(&mut self, parts: &[Expr]) -> Option<Vec<Part>> {
        parts.iter().map(|part| self.part(part)).collect()
    }

    fn class(&mut self, pattern: &str, ignore_case: bool) -> Option<Part> {
        let flags = if ignore_case { "(?i)" } else { "" };
        let pattern = format!(r"{flags}\A(?:{pattern})\z");
        if !self.known.contains_key(&pattern) {
            if self.known.len() >= CLASSES_MAX {
                return None;
            }
            let regex = regex::Regex::new(&pattern).ok()?;
            let class = self.samples.iter().map(|sample| regex.is_match(sample)).collect();
            self.known.insert(pattern.clone(), class);
        }
        self.known.get(&pattern).cloned().map(Part::Class)
    }
}

impl Part {
    fn children(&self) -> &[Part] {
        match self {
            Self::Sequence(parts) | Self::Alternatives(parts) => parts,
            Self::Repetition { child, .. } | Self::Atomic(child) | Self::Look(child) => {
                std::slice::from_ref(child)
            }
            Self::Class(_) | Self::Nothing | Self::Anything => &[],
        }
    }

    fn risk(&self) -> Option<RegexRisk> {
        let own = match self {
            Self::Repetition { child, endless: true, .. } => child.risk_repeated(),
            // A possessive repetition is never cut otherwise.
            Self::Atomic(child) if matches!(**child, Self::Repetition { .. }) => {
                return child.children().iter().find_map(Self::risk);
            }
            _ => None,
        };
        own.or_else(|| self.children().iter().find_map(Self::risk))
    }

    /// When this part is repeated without bound.
    fn risk_repeated(&self) -> Option<RegexRisk> {
        if self.has_loose_repetition(&mut Vec::new()) {
            return Some(RegexRisk::NestedRepetition);
        }
        self.has_overlap(self).then_some(RegexRisk::OverlappingAlternatives)
    }

    /// Whether a repetition stands in it whose end can be moved: all that is `around` it can be read as part of it.
    fn has_loose_repetition<'p>(&'p self, around: &mut Vec<&'p Part>) -> bool {
        match self {
            Self::Repetition { child, endless, .. } => {
                let class = child.any_character();
                let loose = *endless && around.iter().all(|part| part.fits(&class));
                loose || child.has_loose_repetition(around)
            }
            Self::Sequence(parts) => parts.iter().enumerate().any(|(index, part)| {
                let before = around.len();
                let others = parts.iter().enumerate().filter(|(other, _)| *other != index);
                around.extend(others.map(|(_, part)| part));
                let found = part.has_loose_repetition(around);
                around.truncate(before);
                found
            }),
            Self::Alternatives(parts) => parts.iter().any(|part| part.has_loose_repetition(around)),
            _ => false,
        }
    }

    /// Whether alternatives stand in it that match the same. `repeated` is the whole of what is repeated.
    fn has_overlap(&self, repeated: &Part) -> bool {
        match self {
            Self::Alternatives(parts) => {
                let pairs = parts.iter().enumerate().flat_map(|(index, one)| {
                    parts[index + 1..].iter().map(move |other| (one, other))
                });
                let begin = std::ptr::eq(self, repeated).then(|| repeated.first());
                let overlap = |(one, other): (&Part, &Part)| same(one, other, begin.as_ref());
                pairs.into_iter().any(overlap)
                    || parts.iter().any(|part| part.has_overlap(repeated))
            }
            Self::Sequence(parts) => parts.iter().any(|part| part.has_overlap(repeated)),
            Self::Repetition { child, .. } => child.has_overlap(repeated),
            _ => false,
        }
    }

    /// Every character that it can take.
    fn any_character(&self) -> Class {
        match self {
            Self::Class(class) => class.clone(),
            Self::Look(_) | Self::Nothing => Class::new(),
            Self::Anything => Class::from([true]),
            _ => self.children().iter().map(Self::any_character).fold(Class::new(), united),
        }
    }

    /// The characters that it can begin with.
    fn first(&self) -> Class {
        match self {
            Self::Sequence(parts) => {
                let mut class = Class::new();
                for part in parts {
                    class = united(class, part.first());
                    if !part.may_be_empty() {
                        break;
                    }
                }
                class
            }
            Self::Alternatives(parts) => parts.iter().map(Self::first).fold(Class::new(), united),
            Self::Repetition { child, .. } | Self::Atomic(child) => child.first(),
            _ => self.any_character(),
        }
    }

    fn may_be_empty(&self) -> bool {
        match self {
            Self::Class(_) => false,
            Self::Sequence(parts) => parts.iter().all(Self::may_be_empty),
            Self::Alternatives(parts) => parts.iter().any(Self::may_be_empty),
            Self::Repetition { child, optional, .. } => *optional || child.may_be_empty(),
            Self::Atomic(child) => child.may_be_empty(),
            Self::Look(_) | Self::Nothing | Self::Anything => true,
        }
    }

    /// Whether it can match with characters of this class alone, or with none.
    fn fits(&self, class: &Class) -> bool {
        match self {
            Self::Class(own) => meet(own, class),
            Self::Sequence(parts) => parts.iter().all(|part| part.fits(class)),
            Self::Alternatives(parts) => parts.iter().any(|part| part.fits(class)),
            Self::Repetition { child, optional, .. } => *optional || child.fits(class),
            Self::Atomic(child) => child.fits(class),
            Self::Look(_) | Self::Nothing | Self::Anything => true,
        }
    }

    /// Its parts in order, sequences inside sequences opened.
    fn flat(&self) -> Vec<&Part> {
        match self {
            Self::Sequence(parts) => parts.iter().flat_map(Self::flat).collect(),
            Self::Nothing => Vec::new(),
            part => vec![part],
        }
    }
}

/// Whether both can match the same text. When one goes on behind the other, that must look like `begin`: a repetition
/// that begins anew.
fn same(one: &Part, other: &Part, begin: Option<&Class>) -> bool {
    let (one, other) = (one.flat(), other.flat());
    for (a, b) in one.iter().zip(&other) {
        match (a, b) {
            (Part::Class(a), Part::Class(b)) if meet(a, b) => {}
            (Part::Class(_), Part::Class(_)) => return false,
            _ => return meet(&a.first(), &b.first()) || (a.may_be_empty() && b.may_be_empty()),
        }
    }
    let longer = if one.len() > other.len() { &one } else { &other };
    match longer.get(one.len().min(other.len())) {
        None => true,
        Some(more) => begin.is_some_and(|begin| more.may_be_empty() || meet(&more.first(), begin)),
    }
}

fn meet(a: &Class, b: &Class) -> bool {
    a.iter().zip(b).any(|(a, b)| *a && *b)
}

fn united(a: Class, b: Class) -> Class {
    let (mut all, more) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    all.iter_mut().zip(more).for_each(|(all, more)| *all |= more);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn risk(pattern: &str) -> Option<RegexRisk> {
        JavaRegex::new(pattern).unwrap().risk()
    }

    #[test]
    fn what_can_be_cut_in_many_ways_is_a_risk() {
        use RegexRisk::{NestedRepetition as Nested, OverlappingAlternatives as Overlap};
        for (pattern, expected) in [
            (r"^(a+)+$", Nested),
            (r"(?=x)(a*)*b", Nested),
            (r"(\w+\s?)*(?!x)", Nested),
            (r"^(\d+\.?)+$", Nested),
            (r"(?<!x)(.*,)*y", Nested),
            (r"(?=((ab)+)+c)", Nested),
            (r"(?!y)(x+x+)+y", Nested),
            (r"(?=a)(a{1,50})+b", Nested),
            (r"^([^,]+)*$", Nested),
            (r"(?:a|a)*(?=b)", Overlap),
            (r"(\w|\d)*(?=-)", Overlap),
            (r#""(?:\\.|[^"])*"(?=,)"#, Overlap),
            (r"(a|aa)+(?!b)", Overlap),
            (r"(?i)(a|A)+(?!b)", Overlap),
            (r"(x(?:ab|a.)y)*(?!b)", Overlap),
        ] {
            assert_eq!(risk(pattern), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn what_is_cut_in_one_way_is_none() {
        for pattern in [
            // The linear engine runs these, whatever they look like.
            r"(a+)+b",
            r"(a|a)*",
            // The engine that goes back runs these.
            r"(?s)(^.*$)",
            r"(?s)(^(A|B)*$)",
            r"^(\w+,)*$",
            r#"(?=")"(?:\\.|[^"\\])*""#,
            r"((?>a+))+$",
            r"(a++)+$",
            r"(a+)++$",
            r"^(foo\d+|foobar|bar)*$",
            r"^(?:[a-z]+-)+[0-9]+$",
            r"(?<=x)\s*(.*?)\s*(?=y)",
            r"(?=a)(?:ab?){2,5}c",
            r"(\w+)=\1$",
        ] {
            assert_eq!(risk(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_risk_is_told_with_what_happens() {
        let regex = JavaRegex::new("^(a+)+$").unwrap();
        let advice = regex.advice("search_value", "the flowfile goes to failure").unwrap();
        assert_eq!(advice.property, "search_value");
        assert!(advice.label.contains("1000000 steps: the flowfile goes to failure"), "{advice:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_is_too_strange_to_be_looked_at(pattern in r"[ab.\[\]()|*+?{}0-9\\^$=!<>:,-]{0,24}") {
            if let Ok(regex) = JavaRegex::new(&pattern) {
                let _ = regex.risk();
            }
        }
    }
}
