//! The rules of this house that a compiler does not know, held by `cargo test`: who may know whom, sizes, words, documents.
//! Each breach says what to do. `docs/architecture.md` gives the reasons; every rule here is shown to fail on a bad example.
//!
//! It reads the text of the tree; it understands as much Rust as it needs (literals, comments, braces, paths), no more.

#![expect(clippy::unwrap_used, reason = "what cannot be read is a failed test")]

mod code;
mod documents;
mod imports;
mod shape;
mod tree;
mod words;

use tree::Tree;

#[track_caller]
fn hold(rule: &str, breaches: Vec<String>) {
    let count = breaches.len();
    assert!(breaches.is_empty(), "{rule}: {count} times\n  {}\n", breaches.join("\n  "));
}

#[test]
fn nobody_knows_whom_he_must_not() {
    hold("modules know only those below them", imports::modules(&Tree::read()));
    hold("bundles know only processors_api", imports::bundles(&Tree::read()));
    hold("a library has its rooms", imports::libraries(&Tree::read()));
}

#[test]
fn time_disk_and_printing_have_their_places() {
    hold("the world is passed in", words::places(&Tree::read()));
}

#[test]
fn files_and_functions_are_of_a_size_to_read() {
    hold("sizes", shape::sizes(&Tree::read()));
}

#[test]
fn every_file_says_what_it_is_and_belongs_somewhere() {
    hold("the first line", shape::first_lines(&Tree::read()));
    hold("no file is left out of its module", shape::unlisted_modules(&Tree::read()));
    hold("no processor is left out of its bundle", shape::unlisted_processors(&Tree::read()));
}

#[test]
fn nothing_is_left_unfinished() {
    hold("unfinished", words::unfinished(&Tree::read()));
}

#[test]
fn nothing_tells_of_a_machine_or_a_registry() {
    hold("machines and registries", words::machines(&Tree::read()));
    hold("blanks", words::blanks(&Tree::read()));
}

#[test]
fn the_documents_are_true() {
    hold("links", documents::links(&Tree::read()));
    hold("paths", documents::paths(&Tree::read()));
    hold("examples", documents::examples(&Tree::read()));
    hold("flows", documents::flows(&Tree::read(), documents::validate));
    hold("commands", documents::commands(&Tree::read(), documents::help));
    hold("the test command of the README is what CI runs", documents::test_command(&Tree::read()));
}
