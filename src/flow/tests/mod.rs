//! Flows of small test processors, and what is said about them.

mod checks;
mod forms;
mod hostile;
mod keys;
mod messages;
mod parameters;
mod processors;

use std::path::Path;

use expect_test::Expect;
use processors_api::diagnostic::Look;

use super::{Flow, LoadErrors, LoadOptions, Loaded, Registry, Target, load_text};

pub(super) const SHIPPED: &str = include_str!("../../../flows/xero-invoices.yaml");

/// The beginning of a flow without anything to warn of; processors follow, indented by two.
const HEAD: &str = "flow: test\ntimezone: UTC\nprocessors:\n";

fn registry() -> Registry {
    Registry::new(&[processors::PROCESSORS]).unwrap()
}

fn load_with(text: &str, options: &LoadOptions) -> Result<Loaded, LoadErrors> {
    load_text(Path::new("flows/test.yaml"), text, &registry(), options)
}

fn load(text: &str) -> Result<Loaded, LoadErrors> {
    load_with(text, &LoadOptions::default())
}

fn flow(processors: &str) -> Flow {
    load(&format!("{HEAD}{processors}"))
        .map(|loaded| loaded.flow)
        .unwrap_or_else(|errors| panic!("{errors}"))
}

/// Everything that is said about a flow: errors, or the warnings of one that loads.
fn said(text: &str, options: &LoadOptions) -> String {
    match load_with(text, options) {
        Ok(loaded) => loaded.render(Look::Plain),
        Err(errors) => errors.render(Look::Plain),
    }
}

fn check_with(text: &str, options: &LoadOptions, expected: Expect) {
    expected.assert_eq(&said(text, options));
}

fn check(text: &str, expected: Expect) {
    check_with(text, &LoadOptions::default(), expected);
}

/// Only the processors are written out.
fn check_processors(processors: &str, expected: Expect) {
    check(&format!("{HEAD}{processors}"), expected);
}

/// Every connection and every relationship that leads nowhere further, one a line.
fn ways(flow: &Flow) -> String {
    let mut lines: Vec<String> = Vec::new();
    for processor in &flow.processors {
        for (relationship, targets) in &processor.outgoing {
            let named = targets.iter().map(|target| match target {
                Target::Connection(index) => flow.connection(*index).name.to_string(),
                end => format!("{end:?}"),
            });
            lines.push(format!(
                "{} {relationship}: {}\n",
                processor.id,
                named.collect::<Vec<_>>().join(", ")
            ));
        }
    }
    lines.concat()
}
