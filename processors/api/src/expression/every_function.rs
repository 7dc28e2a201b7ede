//! Properties that hold for every function in the table, also for those that are added later: nothing panics or hangs,
//! and what a secret can change is a secret.

use proptest::prelude::*;

use super::{
    Argument, EvaluateError, Function, Kind, Position, StaticScope, Template, Type, functions,
};
use crate::Text;

/// Texts that something has stumbled over somewhere.
const EXTREMES: [&str; 26] = [
    "",
    " ",
    "0",
    "-1",
    "true",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1.7976931348623157E308",
    "-.5e-400",
    "NaN",
    "0x7fffffffffffffffff",
    "2026-08-04T10:15:30.123456789Z",
    "2026/02/30 24:00:00",
    "Tue Aug 04 10:15:30 UTC 2026",
    "-999999999-01-01T00:00:00Z",
    "${a:evaluateELString()}${a}",
    "{\"a\":[1,{\"b\":null}],\"c\":\"\\ud83d\"}",
    "[[[[[[[[",
    "a,b,\"c,d\",,\\\"e,",
    "%zz%E2%82+",
    "&#xD800;&#99999999999;&amp;&;",
    "\u{0}\u{1f}\u{7f}\u{85}\u{a0}\u{2028}\u{feff}\u{fffe}",
    "e\u{301}\u{1f469}\u{200d}\u{1f467}İıßſ\u{212a}Ǆﬁ",
    "((((((((a*)*)*)*)*)*)*)*b",
    "3 months",
];

/// Arguments of a kind, as they are typed; `${x}` is an attribute.
fn arguments_of(function: &Function, kind: Kind) -> Vec<&'static str> {
    if matches!(function.position, Position::Several(_)) {
        return vec!["'a'", "'.*'", "${x}", "'a${x}'"];
    }
    match kind {
        Kind::Any => vec!["'x'", "5", "2.5", "true", "null", "${x}", "${now()}"],
        Kind::AnyButBoolean => vec!["'x'", "5", "2.5", "null", "${x}", "${now()}"],
        Kind::Text => vec!["'x'", "'yyyy-MM-dd HH:mm:ss'", "''", "'é😀'", "null", "7", "${x}"],
        Kind::Whole => vec!["3", "0", "-1", "9223372036854775807", "1e300", "null", "${x}"],
        Kind::Decimal | Kind::Number => {
            vec!["2", "0", "-1.5", "9223372036854775807", "null", "${x}"]
        }
        Kind::Boolean => vec!["true", "false", "${x}", "${x:isNull()}"],
        Kind::Switch => vec!["true", "false"],
        Kind::Date | Kind::Instant | Kind::OnlyInstant => vec!["${now()}", "${x}"],
        Kind::Regex | Kind::LateRegex => {
            vec!["'[a-z]+'", "'(a*)*b'", r"'(.)\\1+$'", "'(?=(.*))'", "''", "${x}"]
        }
        Kind::Pattern => {
            vec!["'yyyy-MM-dd HH:mm:ss'", "'g zzzz B ppppppd [YYYY-ww-e] GGGGG'", "${x}"]
        }
        Kind::Zone => vec!["'Europe/Amsterdam'", "'+18:00'", "${x}"],
        Kind::Duration => vec!["'3 days'", "'9223372036854775807 years'", "'1 nanosecond'", "${x}"],
        Kind::JsonPath => vec!["'$.a'", "'$'", "'$..[?(@.b)]'", "'$.a[*]'", "${x}"],
        Kind::Mapping => vec!["'a:b,.*:c'", "''", "${x}"],
    }
}

fn counts(function: &Function) -> Vec<usize> {
    (0..=function.arguments.len() + 1).filter(|count| function.accepts(*count)).collect()
}

/// A call with arguments that are picked by `pick`.
fn call(function: &Function, count: usize, pick: &mut dyn FnMut(usize) -> usize) -> String {
    let arguments: Vec<&str> = (0..count)
        .filter_map(|index| {
            let choices = arguments_of(function, function.argument(index)?.kind);
            Some(choices[pick(choices.len()) % choices.len()])
        })
        .collect();
    format!("{}({})", function.name, arguments.join(", "))
}

/// The call where the table says that it stands; a value that fits is made of the attribute `a`.
fn whole(function: &Function, call: &str) -> String {
    match function.position {
        Position::Behind(Kind::OnlyInstant) => format!("${{a:toInstant():{call}}}"),
        Position::Behind(Kind::Decimal | Kind::Number) | Position::BehindOrFirst(_) => {
            format!("${{a:toDecimal():{call}}}")
        }
        Position::Behind(_) | Position::Last(_) => format!("${{a:{call}}}"),
        Position::First => format!("${{{call}}}"),
        Position::Several(_) => format!("${{{call}:isNull()}}"),
    }
}

fn run(expression: &str, scope: &StaticScope) -> Option<Result<Text, EvaluateError>> {
    Template::compile(expression).ok().map(|template| template.evaluate(scope))
}

#[test]
fn every_function_survives_what_is_missing_empty_and_huge() {
    // A look-ahead to the end at each place takes the square of the length, in Java too.
    let is_regex = |argument: &Argument| matches!(argument.kind, Kind::Regex | Kind::LateRegex);
    let huge = |unit: &str, bytes: usize| unit.repeat(bytes / unit.len());
    for function in functions() {
        let bytes = if function.arguments.iter().any(is_regex) { 2_000 } else { 100_000 };
        let huge = ["a", "9,", "é😀${a}"].map(|unit| huge(unit, bytes));
        let texts = EXTREMES.iter().copied().chain(huge.iter().map(String::as_str));
        let subjects: Vec<Option<&str>> = texts.map(Some).chain([None]).collect();
        let mut compiled = 0;
        for count in counts(function) {
            for choice in 0..7 {
                let expression = whole(function, &call(function, count, &mut |_| choice));
                for (index, subject) in subjects.iter().enumerate() {
                    let mut scope =
                        StaticScope::new().with_attribute("x", EXTREMES[(index * 7 + choice) % 26]);
                    if let Some(subject) = subject {
                        scope = scope.with_attribute("a", *subject);
                    }
                    compiled += usize::from(run(&expression, &scope).is_some());
                }
            }
        }
        assert!(compiled > 0, "no call of `{}` compiles", function.name);
    }
}

/// A chain of calls in which each fits what the one before it gives, so that nearly all of them compile.
fn chains() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u32>(), 4..24).prop_map(|numbers| {
        let mut numbers = numbers.into_iter();
        let mut pick = move |count: usize| numbers.next().unwrap_or(0) as usize % count.max(1);
        let (mut text, mut result) = ("${a".to_owned(), Type::String);
        for _ in 0..1 + pick(4) {
            let fits = |function: &&Function| match function.position {
                Position::Behind(Kind::OnlyInstant) => result == Type::Instant,
                Position::Behind(kind) | Position::BehindOrFirst(kind) => {
                    kind.wanted().is_none_or(|wanted| result.becomes(wanted))
                }
                _ => false,
            };
            let fitting: Vec<&Function> = functions().filter(fits).collect();
            let function = fitting[pick(fitting.len())];
            let counts = counts(function);
            let count = counts[pick(counts.len())];
            text += &format!(":{}", call(function, count, &mut pick));
            result = function.result;
        }
        text + "}"
    })
}

/// More for a longer look: `FUZZ_CASES=100000 cargo test -p processors-api every_function`.
fn cases() -> ProptestConfig {
    let cases = std::env::var("FUZZ_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(cases.unwrap_or(1_500))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_chain_of_functions_panics(
        chain in chains(),
        a in prop_oneof![prop::sample::select(&EXTREMES[..]).prop_map(str::to_owned), any::<String>()],
        x in prop_oneof![prop::sample::select(&EXTREMES[..]).prop_map(str::to_owned), any::<String>()],
    ) {
        let scope = StaticScope::new().with_attribute("a", a).with_attribute("x", x);
        let _ = run(&chain, &scope);
    }
}

/// Secrets that make functions answer differently.
const SECRETS: [&str; 15] = [
    "s3cr3t",
    "true",
    "false",
    "12",
    "4711.5",
    "",
    "a",
    "UTC",
    "3 days",
    "MD5",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "a:b",
    "yyyy",
    "$.a",
    "2026-08-04T10:15:30Z",
];

/// What the secret is asked beside: every one may be what lets a function look at its argument.
const BESIDE: [Option<&str>; 8] = [
    None,
    Some(""),
    Some("true"),
    Some("false"),
    Some("12"),
    Some("{\"a\":1}"),
    Some("2026-08-04 10:15:30"),
    Some("2026-08-04T10:15:30Z"),
];

#[test]
fn a_secret_subject_gives_a_secret() {
    for function in functions() {
        if matches!(function.position, Position::First | Position::Several(_)) {
            continue;
        }
        for count in counts(function) {
            for choice in 0..6 {
                let expression = whole(function, &call(function, count, &mut |_| choice));
                for secret in SECRETS {
                    let scope = StaticScope::new()
                        .with_attribute("a", Text::sensitive(secret))
                        .with_attribute("x", "3");
                    let Some(Ok(text)) = run(&expression, &scope) else { continue };
                    assert!(text.is_sensitive(), "{expression} of {secret}");
                }
            }
        }
    }
}

/// Calls in which one argument is the secret and the others are harmless.
fn calls_with_secret(function: &Function) -> Vec<String> {
    let mut calls = Vec::new();
    for count in counts(function) {
        for secret_at in 0..count {
            for choice in 0..6 {
                let arguments: Option<Vec<&str>> = (0..count)
                    .map(|index| {
                        let kind = function.argument(index)?.kind;
                        let choices = arguments_of(function, kind);
                        let plain = choices[choice % choices.len()];
                        Some(if index == secret_at { "${secret}" } else { plain })
                    })
                    .collect();
                let arguments = arguments.unwrap_or_default().join(", ");
                calls.push(whole(function, &format!("{}({arguments})", function.name)));
            }
        }
    }
    calls
}

#[test]
fn what_a_secret_argument_can_change_is_a_secret() {
    for function in functions() {
        let mut seen = false;
        let is_only_literal = function.arguments.iter().all(|a| a.kind == Kind::Switch);
        for expression in calls_with_secret(function) {
            for beside in BESIDE {
                let outcome = |secret: &str| {
                    let scope = StaticScope::new()
                        .with_attribute("secret", Text::sensitive(secret))
                        .with_attribute("x", "3");
                    let scope =
                        beside.into_iter().fold(scope, |scope, a| scope.with_attribute("a", a));
                    run(&expression, &scope)
                };
                let texts: Vec<Text> =
                    SECRETS.into_iter().filter_map(outcome).filter_map(Result::ok).collect();
                seen |= texts.iter().any(Text::is_sensitive);
                let plain: Vec<&Text> = texts.iter().filter(|text| !text.is_sensitive()).collect();
                let same = plain.windows(2).all(|pair| pair[0] == pair[1]);
                assert!(same, "{expression} beside {beside:?} tells the secret: {plain:?}");
            }
        }
        assert!(seen || is_only_literal, "`{}` never looked at the secret", function.name);
    }
}

#[test]
fn no_error_of_any_function_quotes_a_secret() {
    let secret = "s3cr3t(([{\\";
    for function in functions() {
        let calls = calls_with_secret(function).into_iter();
        let subjects = counts(function)
            .into_iter()
            .map(|count| whole(function, &call(function, count, &mut |_| 0)));
        for expression in calls.chain(subjects) {
            let scope = StaticScope::new()
                .with_attribute("secret", Text::sensitive(secret))
                .with_attribute("a", Text::sensitive(secret))
                .with_attribute("x", "3");
            if let Some(Err(error)) = run(&expression, &scope) {
                assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{expression}: {error}");
            }
        }
    }
}
