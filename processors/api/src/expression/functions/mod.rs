//! The table of all functions, by family. Adding one is a row and a small function beside it.

mod boolean;
mod dates;
mod digest;
mod documentation;
mod encode;
mod json;
mod lists;
mod math;
mod multi;
mod numbers;
mod standalone;
mod strings;
mod uri;

use std::ops::Range;

use super::{ExpressionError, function::Function};

pub use documentation::{Documentation, Family};
pub(super) use strings::Mapping;

/// The families, in the order of the reference.
const FAMILIES: [&[Function]; 12] = [
    boolean::FUNCTIONS,
    strings::FUNCTIONS,
    lists::FUNCTIONS,
    encode::FUNCTIONS,
    digest::FUNCTIONS,
    json::FUNCTIONS,
    numbers::FUNCTIONS,
    math::FUNCTIONS,
    dates::FUNCTIONS,
    standalone::FUNCTIONS,
    uri::FUNCTIONS,
    multi::FUNCTIONS,
];

/// The furthest that a name may be from the one that is suggested for it.
const NEAR: usize = 2;

/// Every function, in the order of the reference.
pub fn all() -> impl Iterator<Item = &'static Function> {
    static TABLE: [&[Function]; 12] = FAMILIES;
    TABLE.iter().flat_map(|family| family.iter())
}

/// The function of this name.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// Whether a name is a word of the language, and so no bare attribute.
pub(super) fn is_reserved(name: &str) -> bool {
    matches!(name, "true" | "false" | "null") || find(name).is_some()
}

/// The error for a name that is not in the table.
pub(super) fn unknown(name: &str, span: Range<usize>) -> ExpressionError {
    let error = ExpressionError::new(span, format!("there is no function `{name}`"));
    match nearest(name) {
        Some(near) => error.label(format!("did you mean `{near}`?")).fix(near),
        None => error.help("upper and lower case count; list them: headwater functions"),
    }
}

/// The function whose name is nearest to one that is not there.
pub fn nearest(name: &str) -> Option<&'static str> {
    let names = || all().map(|function| function.name);
    let same_letters = names().find(|known| known.eq_ignore_ascii_case(name));
    // Of a name of two letters, every other one would be near.
    let near = NEAR.min(name.chars().count().saturating_sub(1) / 2 + 1);
    same_letters.or_else(|| {
        let distances = names().map(|known| (strsim::levenshtein(known, name), known));
        distances
            .filter(|(distance, _)| *distance <= near)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{StaticScope, Template, function::Presence};

    #[test]
    fn every_example_holds() {
        for function in all() {
            let Some(example) = function.example else {
                panic!("`{}` has no example", function.name)
            };
            assert!(!function.doc.is_empty(), "`{}` has no doc", function.name);
            assert!(
                example.expression.contains(function.name),
                "the example of `{}`",
                function.name
            );
            let scope =
                example.attributes.iter().fold(StaticScope::new(), |scope, (name, value)| {
                    scope.with_attribute(*name, *value)
                });
            let text = Template::compile(example.expression).unwrap().evaluate(&scope).unwrap();
            assert_eq!(text.reveal(), example.result, "{}", example.expression);
        }
    }

    #[test]
    fn the_language_has_110_functions() {
        let mut names: Vec<&str> = all().map(|function| function.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 110);
    }

    #[test]
    fn what_is_not_pure_is_there() {
        for name in crate::expression::compiler::NOT_PURE {
            assert!(find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn only_the_last_argument_is_repeated() {
        for function in all() {
            let earlier = function.arguments.iter().rev().skip(1);
            assert!(
                earlier.into_iter().all(|argument| argument.presence != Presence::Repeated),
                "{}",
                function.name
            );
        }
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(nearest("equal"), Some("equals"));
        assert_eq!(nearest("TOUPPER"), Some("toUpper"));
        assert_eq!(nearest("toUper"), Some("toUpper"));
        assert_eq!(nearest("bogus"), None);
        assert_eq!(nearest("zz"), None);
    }
}
