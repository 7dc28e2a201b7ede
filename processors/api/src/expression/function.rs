//! [`Function`]: one row of the table of functions. Not the functions themselves: they stand by family in
//! `functions/`. The compiler, the evaluation, and the reference pages all read the same row.

use super::{EvaluateError, Type, Value, evaluation::Call};

/// What a function does with a value or an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Takes every type as it is.
    Any,
    /// A text.
    Text,
    /// A whole number.
    Whole,
    /// A decimal number.
    Decimal,
    /// A number of either kind.
    Number,
    /// True or false.
    Boolean,
    /// `true` or `false`, written so.
    Switch,
    /// A date.
    Date,
    /// An instant, or what can be read as one.
    Instant,
    /// The result of a function that gives an instant.
    OnlyInstant,
    /// A Java regular expression; a wrong one is found when the flow is loaded.
    Regex,
    /// A Java regular expression; as in NiFi, a wrong one is found when it is used.
    LateRegex,
    /// A date pattern.
    Pattern,
    /// A time zone.
    Zone,
    /// A time span such as `3 days`.
    Duration,
    /// Pairs of a regular expression and a text.
    Mapping,
    /// A JSONPath; a wrong one is found when the flow is loaded.
    JsonPath,
}

impl Kind {
    /// The type that a value is made into; `None` leaves it as it is.
    pub fn wanted(self) -> Option<Type> {
        match self {
            Self::Any => None,
            Self::Whole => Some(Type::Whole),
            Self::Decimal => Some(Type::Decimal),
            Self::Number => Some(Type::Number),
            Self::Boolean | Self::Switch => Some(Type::Boolean),
            Self::Date => Some(Type::Date),
            Self::Instant | Self::OnlyInstant => Some(Type::Instant),
            Self::Text
            | Self::Regex
            | Self::LateRegex
            | Self::Pattern
            | Self::Zone
            | Self::Duration
            | Self::Mapping
            | Self::JsonPath => Some(Type::String),
        }
    }
}

/// Whether an argument may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It may not.
    Required,
    /// It may.
    Optional,
    /// It is there exactly when the one before it is.
    WithPrevious,
    /// It is there once or more often.
    Repeated,
}

/// An argument of a function.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// Its name in the reference.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Whether it may be left out.
    pub presence: Presence,
}

impl Argument {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, presence: Presence::Required }
    }

    pub(super) const fn optional(mut self) -> Self {
        self.presence = Presence::Optional;
        self
    }

    pub(super) const fn with_previous(mut self) -> Self {
        self.presence = Presence::WithPrevious;
        self
    }

    pub(super) const fn repeated(mut self) -> Self {
        self.presence = Presence::Repeated;
        self
    }
}

/// Where a function stands in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Behind a value: `${filename:toUpper()}`.
    Behind(Kind),
    /// At the end, over all values: `${allAttributes('a', 'b'):count()}`.
    Last(Kind),
    /// Behind a value or, with its first argument alone, first: `${math('random')}`.
    BehindOrFirst(Kind),
    /// First: `${now()}`.
    First,
    /// First, and what follows is done for each of several values: `${anyAttribute('a', 'b'):isNull()}`.
    Several(Several),
}

/// Which values a multi-attribute function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Several {
    /// Whether what follows must hold for all of them, not for one.
    pub all: bool,
    /// Where they come from.
    pub from: ValuesFrom,
}

/// Where the values of a multi-attribute function come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValuesFrom {
    /// Attributes by name.
    Names,
    /// Attributes whose name matches.
    MatchingNames,
    /// A text that is split.
    Pieces,
}

/// What a function gives for a missing value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OnNull {
    /// Nothing again.
    Null,
    /// The empty text.
    Empty,
    /// `false`.
    False,
    /// This number.
    Whole(i64),
    /// The function looks itself.
    Handled,
}

impl OnNull {
    pub(super) fn answer(self) -> Option<Value> {
        match self {
            Self::Null => Some(Value::Null),
            Self::Empty => Some("".into()),
            Self::False => Some(false.into()),
            Self::Whole(whole) => Some(whole.into()),
            Self::Handled => None,
        }
    }
}

/// An expression that shows what a function does. A test holds every one.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The expression.
    pub expression: &'static str,
    /// The attributes it reads.
    pub attributes: &'static [(&'static str, &'static str)],
    /// Its text.
    pub result: &'static str,
}

/// One function of the expression language.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub position: Position,
    /// Its arguments.
    pub arguments: &'static [Argument],
    /// What it gives.
    pub result: Type,
    /// What it gives for a missing value.
    pub on_null: OnNull,
    /// What it does, for people.
    pub doc: &'static str,
    /// What it does, shown.
    pub example: Option<Example>,
    pub(super) run: fn(&Call<'_>) -> Answer,
}

pub(super) type Answer = Result<Value, EvaluateError>;

impl Function {
    const fn new(
        name: &'static str,
        position: Position,
        result: Type,
        run: fn(&Call<'_>) -> Answer,
    ) -> Self {
        let on_null = OnNull::Null;
        Self { name, position, arguments: &[], result, on_null, doc: "", example: None, run }
    }

    /// A function behind a value of `kind`. It leaves a missing value missing.
    pub(super) const fn behind(
        kind: Kind,
        name: &'static str,
        result: Type,
        run: fn(&Call<'_>) -> Answer,
    ) -> Self {
        Self::new(name, Position::Behind(kind), result, run)
    }

    /// A function that stands first.
    pub(super) const fn first(
        name: &'static str,
        result: Type,
        run: fn(&Call<'_>) -> Answer,
    ) -> Self {
        Self::new(name, Position::First, result, run)
    }

    pub(super) const fn at(mut self, position: Position) -> Self {
        self.position = position;
        self
    }

    pub(super) const fn takes(mut self, arguments: &'static [Argument]) -> Self {
        self.arguments = arguments;
        self
    }

    pub(super) const fn on_null(mut self, on_null: OnNull) -> Self {
        self.on_null = on_null;
        self
    }

    pub(super) const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    pub(super) const fn example(
        mut self,
        expression: &'static str,
        attributes: &'static [(&'static str, &'static str)],
        result: &'static str,
    ) -> Self {
        self.example = Some(Example { expression, attributes, result });
        self
    }

    /// The declared argument that the argument at `index` is.
    pub(super) fn argument(&self, index: usize) -> Option<&'static Argument> {
        let last = self.arguments.last().filter(|last| last.presence == Presence::Repeated);
        self.arguments.get(index).or(last)
    }

    /// Whether it can be called with so many arguments.
    pub(super) fn accepts(&self, count: usize) -> bool {
        let missing_fits = self.arguments.iter().skip(count).all(|argument| {
            matches!(argument.presence, Presence::Optional | Presence::WithPrevious)
        });
        let pair_is_split = count > 0
            && self
                .arguments
                .get(count)
                .is_some_and(|next| next.presence == Presence::WithPrevious);
        missing_fits && !pair_is_split && (count == 0 || self.argument(count - 1).is_some())
    }

    /// How it is called, with its optional arguments in brackets: `substring(start[, end])`.
    pub fn signature(&self) -> String {
        let mut text = format!("{}(", self.name);
        for (index, argument) in self.arguments.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            text += &match argument.presence {
                Presence::Required | Presence::WithPrevious => format!("{comma}{}", argument.name),
                Presence::Optional => format!("[{comma}{}]", argument.name),
                Presence::Repeated => format!("{comma}{}, ...", argument.name),
            };
        }
        text + ")"
    }
}
