//! [`Documentation`]: what the reference says of each function beside its row: what a missing value does, what can go
//! wrong, and examples, each of which a test executes. By name, so that a row stays a row.

mod boolean;
mod dates;
mod encode;
mod json;
mod numbers;
mod several;
mod standalone;
mod text;

use crate::expression::function::{Example, Function, OnNull};

/// The families of the reference, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Yes or no.
    Boolean,
    /// Texts and lists in texts.
    Text,
    /// Encoding, escaping, digests.
    Encode,
    /// Numbers.
    Numbers,
    /// Dates and instants.
    Dates,
    /// JSON.
    Json,
    /// What needs no value before it.
    Standalone,
    /// Several attributes at once.
    Several,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Boolean,
        Self::Text,
        Self::Encode,
        Self::Numbers,
        Self::Dates,
        Self::Json,
        Self::Standalone,
        Self::Several,
    ];

    /// The heading in the reference.
    pub fn title(self) -> &'static str {
        match self {
            Self::Boolean => "Yes or no",
            Self::Text => "Text",
            Self::Encode => "Encoding",
            Self::Numbers => "Numbers",
            Self::Dates => "Dates",
            Self::Json => "JSON",
            Self::Standalone => "Without a value before them",
            Self::Several => "Several attributes",
        }
    }

    fn entries(self) -> &'static [Documentation] {
        match self {
            Self::Boolean => boolean::ENTRIES,
            Self::Text => text::ENTRIES,
            Self::Encode => encode::ENTRIES,
            Self::Numbers => numbers::ENTRIES,
            Self::Dates => dates::ENTRIES,
            Self::Json => json::ENTRIES,
            Self::Standalone => standalone::ENTRIES,
            Self::Several => several::ENTRIES,
        }
    }
}

/// What the reference says of one function.
#[derive(Debug)]
pub struct Documentation {
    /// The function's name.
    pub name: &'static str,
    /// More than the summary: what is worth knowing.
    pub notes: &'static str,
    /// What a missing value does, where the row's own word does not say it.
    null: &'static str,
    /// What makes it fail; empty when nothing of its own does.
    pub errors: &'static str,
    /// What it does, shown.
    pub examples: &'static [Example],
}

impl Documentation {
    const fn of(name: &'static str, examples: &'static [Example]) -> Self {
        Self { name, notes: "", null: "", errors: "", examples }
    }

    const fn notes(mut self, notes: &'static str) -> Self {
        self.notes = notes;
        self
    }

    const fn null(mut self, null: &'static str) -> Self {
        self.null = null;
        self
    }

    const fn errors(mut self, errors: &'static str) -> Self {
        self.errors = errors;
        self
    }
}

type Attributes = &'static [(&'static str, &'static str)];

const fn shows(expression: &'static str, attributes: Attributes, result: &'static str) -> Example {
    Example { expression, attributes, result }
}

impl Function {
    /// What the reference says of it beside its row.
    pub fn documentation(&self) -> Option<&'static Documentation> {
        Family::ALL.into_iter().flat_map(Family::entries).find(|entry| entry.name == self.name)
    }

    /// Where it stands in the reference.
    pub fn family(&self) -> Option<Family> {
        let has = |family: &Family| family.entries().iter().any(|entry| entry.name == self.name);
        Family::ALL.into_iter().find(has)
    }

    /// What it gives for a missing value, in words.
    pub fn null_in_words(&self) -> String {
        let own = self.documentation().map_or("", |documentation| documentation.null);
        if !own.is_empty() {
            return own.to_owned();
        }
        match self.on_null {
            OnNull::Null => "Gives no value again.".to_owned(),
            OnNull::Empty => "Gives the empty text.".to_owned(),
            OnNull::False => "Gives `false`.".to_owned(),
            OnNull::Whole(number) => format!("Gives `{number}`."),
            OnNull::Handled => String::new(),
        }
    }

    /// All its examples: the one of its row, and the ones of the reference.
    pub fn examples(&self) -> impl Iterator<Item = &Example> {
        let more = self.documentation().map_or(&[][..], |documentation| documentation.examples);
        self.example.iter().chain(more)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::expression::{StaticScope, Template, functions};

    #[test]
    fn every_function_is_documented_once_and_nothing_else_is() {
        let entries = || Family::ALL.into_iter().flat_map(Family::entries).map(|entry| entry.name);
        let documented: BTreeSet<&str> = entries().collect();
        assert_eq!(entries().count(), documented.len(), "twice");
        let there: BTreeSet<&str> = functions().map(|function| function.name).collect();
        let lacking: Vec<&&str> = there.difference(&documented).collect();
        assert!(lacking.is_empty(), "no documentation: {lacking:?}");
        assert_eq!(documented.len(), 110);
    }

    #[test]
    fn a_missing_value_is_spoken_of() {
        for function in functions() {
            assert!(!function.null_in_words().is_empty(), "`{}`", function.name);
        }
    }

    #[test]
    fn every_example_of_the_reference_holds() {
        for function in functions() {
            assert!(function.examples().count() > 1, "`{}` has one example only", function.name);
            for example in function.examples() {
                let (expression, attributes) = (example.expression, example.attributes);
                assert!(expression.contains(function.name), "{expression}");
                let scope = attributes.iter().fold(StaticScope::new(), |scope, (name, value)| {
                    scope.with_attribute(*name, *value)
                });
                let template =
                    Template::compile(expression).unwrap_or_else(|e| panic!("{expression}: {e}"));
                let text =
                    template.evaluate(&scope).unwrap_or_else(|e| panic!("{expression}: {e}"));
                assert_eq!(text.reveal(), example.result, "{expression}");
            }
        }
    }
}
