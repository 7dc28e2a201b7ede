//! Every example of every processor does what its page says: its files, its answers and its flowfiles in, and out what
//! it promises. Contents, files and relationships are compared whole, of the attributes those that the example names.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod server;
mod told;

use std::{fs, path::Path};

use headwater::trial::{Given, Properties, Trial, Trialled, Triggers, take_away};
use jiff::Timestamp;
use processors_api::{
    AttributeUse, Example, ExampleAnswer, ExampleFlowFile, ProcessorContext, ProcessorType, Text,
};
use processors_standard::PROCESSORS;
use server::Server;

/// When every example happens: 20 November 2026, 06:30:00 in UTC, which is the zone too.
const NOW: &str = "2026-11-20T06:30:00Z";

/// The types that have no example yet. It can only become shorter.
const WITHOUT_EXAMPLES: &[&str] = &[];

#[test]
fn examples_do_what_they_say() {
    let examples =
        PROCESSORS.iter().flat_map(|kind| kind.examples.iter().map(move |one| (kind, one)));
    let wrong: Vec<String> = examples.filter_map(|(kind, example)| wrong(kind, example)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_type_has_an_example_but_those_that_are_known() {
    let lacking: Vec<&str> =
        PROCESSORS.iter().filter(|kind| kind.examples.is_empty()).map(|kind| kind.name).collect();
    assert_eq!(lacking, WITHOUT_EXAMPLES, "a type with examples is taken off the list");
}

#[test]
fn an_attribute_is_written_on_relationships_that_there_are() {
    for kind in PROCESSORS {
        for AttributeUse { name, on, .. } in kind.writes {
            let known = |name: &str| {
                kind.relationships.iter().any(|relationship| relationship.name() == name)
            };
            // Routes and what hangs on a setting are no part of what a type always has.
            let strays: Vec<&&str> = on.iter().filter(|name| !known(name)).collect();
            assert!(
                strays.is_empty() || kind.named_home == Some("routes"),
                "{}: `{name}` is written on {strays:?}, which it does not have",
                kind.name
            );
        }
    }
}

/// What is wrong with an example; nothing when it does what it says.
fn wrong(kind: &ProcessorType, example: &Example) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in example.files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let server = Server::start(example.answers);
    let outcome = ran(kind, example, folder.path(), &server);
    let told = match &outcome {
        Ok(trialled) => told::outcome(trialled, example, folder.path(), server.left()),
        Err(error) => error.clone(),
    };
    let wanted = told::wanted(example);
    (told != wanted).then(|| {
        format!("{}, \"{}\"\n{}", kind.name, example.title, told::difference(&wanted, &told))
    })
}

fn ran(
    kind: &ProcessorType,
    example: &Example,
    folder: &Path,
    server: &Server,
) -> Result<Trialled, String> {
    let now: Timestamp = NOW.parse().unwrap();
    let mut context = ProcessorContext::fixed("example", now);
    context.folder = folder.to_owned();
    context.parameters = [("api_url".to_owned(), Text::plain(server.url()))].into_iter().collect();
    let properties =
        Properties::of_yaml(example.properties).map_err(|errors| errors.to_string())?;
    let trial = Trial::new(kind, &properties, context).map_err(|errors| errors.to_string())?;
    let inputs = example.inputs.iter().map(given).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut trialled = runtime
        .block_on(trial.run(inputs, Triggers::of(kind)))
        .map_err(|error| error.to_string())?;
    take_away(std::mem::take(&mut trialled.after_commit));
    Ok(trialled)
}

fn given(flowfile: &ExampleFlowFile) -> Given {
    let attributes = flowfile.attributes.iter();
    Given {
        content: flowfile.content.into(),
        attributes: attributes.map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    }
}

fn named(name: &str) -> &'static ProcessorType {
    PROCESSORS.iter().find(|kind| kind.name == name).unwrap()
}

/// One flowfile that an example wants.
fn out(
    relationship: &'static str,
    content: &'static str,
    attributes: &'static [(&'static str, &'static str)],
) -> &'static [(&'static str, ExampleFlowFile)] {
    vec![(relationship, ExampleFlowFile::new(content, attributes))].leak()
}

#[track_caller]
fn fails(kind: &str, example: &Example, lines: &[&str]) {
    let said = wrong(named(kind), example).unwrap_or_default();
    for line in lines {
        assert!(said.lines().any(|told| told == *line), "`{line}` is missing in:\n{said}");
    }
}

#[test]
fn an_example_that_does_not_do_what_it_says_is_found() {
    const INPUTS: &[ExampleFlowFile] = &[ExampleFlowFile::new("banana", &[("x", "1")])];
    let example = Example::new("Letters", "search_value: a\nreplacement_value: b\n").inputs(INPUTS);
    let good = example.outputs(out("success", "bbnbnb", &[("x", "1")]));
    assert_eq!(wrong(named("ReplaceText"), &good), None);
    for (wanted, lines) in [
        (out("success", "banana", &[]), &["-   | banana", "+   | bbnbnb"][..]),
        (out("success", "bbnbnb", &[("x", "2")]), &["-   x=2", "+   x=1"]),
        (out("success", "bbnbnb", &[("y", "2")]), &["-   y=2"]),
        (out("failure", "bbnbnb", &[]), &["- failure", "+ success"]),
        (&[], &["+ success", "+   | bbnbnb"]),
    ] {
        fails("ReplaceText", &example.outputs(wanted), lines);
    }
    let unreadable = Example::new("Letters", "search_valu: a\n").inputs(INPUTS);
    let told = "+ properties:1:1: error[HW101]: ReplaceText has no property called `search_valu`";
    fails("ReplaceText", &unreadable, &[told]);
}

#[test]
fn files_that_are_not_as_an_example_says_are_found() {
    let example = Example::new("Take", "input_directory: in\nkeep_source_file: false\n")
        .files(&[("in/a.txt", "1")])
        .outputs(out("success", "1", &[("filename", "a.txt")]));
    assert_eq!(wrong(named("GetFile"), &example), None);
    let kept = example.files_after(&[("in/a.txt", "1")]);
    fails("GetFile", &kept, &["- file in/a.txt", "-   | 1"]);
}

#[test]
fn an_answer_that_nobody_fetches_is_found() {
    const ANSWER: ExampleAnswer =
        ExampleAnswer { status: 404, headers: &[("X-Y", "z")], body: "no" };
    const INPUTS: &[ExampleFlowFile] = &[ExampleFlowFile::new("", &[])];
    let example = Example::new("Ask", "http_url: \"#{api_url}/a\"\n").inputs(INPUTS).outputs(out(
        "no_retry",
        "",
        &[("invokehttp.status.code", "404")],
    ));
    assert_eq!(wrong(named("InvokeHttp"), &example.answers(&[ANSWER])), None);
    fails("InvokeHttp", &example.answers(&[ANSWER, ANSWER]), &["+ 1 answer nobody fetched"]);
    fails("InvokeHttp", &example, &["-   invokehttp.status.code=404"]);
}
