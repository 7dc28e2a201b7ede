//! The pages of `headwater explain` are true: each Wrong example gives its code and nothing else, each Right one loads
//! without a word, and no code is without a page.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::{collections::BTreeSet, fs, path::Path};

use headwater::{
    explain::PAGES,
    flow::{LoadOptions, Registry, code as of_flows, load_text},
};
use processors_api::diagnostic::{Code, code as of_the_api};

/// Codes that no text of a flow gives, with the reason. Their Wrong examples only show what is meant.
const NOT_BY_A_TEXT: &[(Code, &str)] = &[
    (of_flows::TOO_MANY, "it takes 10,001 processors"),
    (of_flows::UNKNOWN_OVERRIDE, "it comes with what is typed behind the flow"),
    (of_flows::UNREADABLE, "the file is not there"),
    (of_the_api::NOT_UTF8, "a page is UTF-8"),
    (of_the_api::TOO_LARGE, "it takes 10 MB"),
    (of_the_api::TOO_MUCH, "it takes 500,000 values"),
];

/// What the pages show in the place of characters that nobody could see there.
const SHOWN: [(char, char); 3] = [('→', '\t'), ('⍽', '\u{a0}'), ('␛', '\u{1b}')];

#[test]
fn a_wrong_example_gives_its_code_and_nothing_else() {
    for (code, page) in PAGES.iter().filter(|(code, _)| !is_left_out(*code)) {
        let (codes, told) = told(&example(page, "Wrong"));
        assert_eq!(codes, BTreeSet::from([*code]), "{code}: {told}");
    }
}

#[test]
fn a_right_example_loads_without_a_word() {
    for (code, page) in PAGES {
        let (codes, told) = told(&example(page, "Right"));
        assert_eq!(codes, BTreeSet::new(), "{code}: {told}");
    }
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let given_out: Vec<Code> = [of_the_api::ALL, of_flows::ALL].concat();
    let codes: BTreeSet<Code> = given_out.iter().copied().collect();
    assert_eq!(codes.len(), given_out.len(), "a number is given out twice");
    assert_eq!(codes, PAGES.iter().map(|(code, _)| *code).collect());

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, codes.iter().map(|code| format!("{code}.md")).collect());
    assert!(PAGES.is_sorted_by_key(|(code, _)| *code));
}

#[test]
fn no_code_is_left_out_of_its_table() {
    for (table, text) in [
        (of_the_api::ALL, include_str!("../processors/api/src/diagnostic/code.rs")),
        (of_flows::ALL, include_str!("../src/flow/code.rs")),
    ] {
        let declared: Vec<u16> = text
            .split(": Code = Code(")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(table.iter().map(|code| code.0).collect::<Vec<_>>(), declared);
    }
}

#[test]
fn a_page_has_its_parts() {
    for (code, page) in PAGES {
        let title = page.strip_prefix(&format!("# {code}: ")).and_then(|rest| rest.lines().next());
        assert!(title.is_some_and(|title| !title.is_empty()), "{code}");
        let headings: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert!(matches!(headings[..], ["Wrong", "Right"] | ["Wrong", "Right", "Why"]), "{code}");
    }
}

fn is_left_out(code: Code) -> bool {
    NOT_BY_A_TEXT.iter().any(|(left_out, _)| *left_out == code)
}

/// The block of code below a heading.
fn example(page: &str, heading: &str) -> String {
    let (_, below) = page.split_once(&format!("\n## {heading}\n\n```yaml\n")).unwrap();
    let (block, _) = below.split_once("```\n").unwrap();
    block.chars().map(meant).collect()
}

fn meant(shown: char) -> char {
    SHOWN.iter().find(|(symbol, _)| *symbol == shown).map_or(shown, |(_, meant)| *meant)
}

/// The codes of everything that is said about a flow, and all of it in words.
fn told(flow: &str) -> (BTreeSet<Code>, String) {
    let registry = Registry::new(&[processors_standard::PROCESSORS]).unwrap();
    let path = Path::new("flows/example.yaml");
    let (diagnostics, told) = match load_text(path, flow, &registry, &LoadOptions::default()) {
        Ok(loaded) => (loaded.warnings.clone(), loaded.render(Default::default())),
        Err(errors) => (errors.diagnostics.clone(), errors.to_string()),
    };
    (diagnostics.iter().map(|diagnostic| diagnostic.code).collect(), told)
}
