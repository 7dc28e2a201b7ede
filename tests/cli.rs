//! The command line as a person meets it: what is printed where, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod common;

use std::{fs, process::Command};

use common::{BINARY, Bench};
use serde_json::Value;

fn headwater(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(BINARY).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        "demo",
        "run",
        "validate",
        "explain",
        "failed",
        "graph",
        "eval",
        "functions",
        "processors",
        "schema",
        "completions",
    ] {
        let (exit, out, _) = headwater(&[command, "--help"]);
        assert_eq!(exit, 0, "{command}");
        assert!(out.contains("Example:\n  headwater "), "{command}: {out}");
    }
}

#[test]
fn a_wrong_command_line_is_exit_2_and_says_what_is_near() {
    let (exit, out, err) = headwater(&["validat", "x.yaml"]);
    assert_eq!((exit, out.as_str()), (2, ""));
    assert!(err.contains("validate"), "{err}");
    assert_eq!(headwater(&["run"]).0, 2);
    assert_eq!(headwater(&["run", "x.yaml", "--param", "novalue"]).0, 2);
}

#[test]
fn the_demo_shows_the_whole_job() {
    let (exit, out, err) = headwater(&["demo"]);
    assert_eq!(exit, 0, "{out}\n{err}");
    for told in [
        "401",
        "/connect/token",
        "rewritten with the new tokens",
        "data/invoices-",
        "one refresh, nothing lost",
    ] {
        assert!(out.contains(told), "`{told}` is missing in:\n{out}");
    }
}

#[test]
fn functions_are_listed_and_explained() {
    let (exit, out, _) = headwater(&["functions"]);
    assert_eq!(exit, 0);
    assert!(out.contains("padLeft(length[, padding])"), "{out}");
    let (_, out, _) = headwater(&["functions", ":padLeft(3)"]);
    assert!(out.starts_with("# padLeft\n\n`${value:padLeft(length[, padding])}`"), "{out}");
    let (_, out, _) = headwater(&["functions", "--json"]);
    let functions: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(functions.as_array().unwrap().len(), 110);
    let (exit, _, err) = headwater(&["functions", "padleft"]);
    assert_eq!(exit, 2);
    assert!(err.contains("did you mean `padLeft`?"), "{err}");
}

#[test]
fn processors_are_listed_and_explained() {
    let (exit, out, _) = headwater(&["processors"]);
    assert_eq!(exit, 0);
    for name in [
        "GetFile",
        "EvaluateJsonPath",
        "InvokeHttp",
        "RouteOnAttribute",
        "ReplaceText",
        "UpdateAttribute",
        "PutFile",
        "GenerateFlowFile",
        "LogAttribute",
    ] {
        assert!(out.lines().any(|line| line.starts_with(name)), "{name}");
    }
    assert!(headwater(&["processors", "InvokeHTTP"]).1.starts_with("# InvokeHttp"));
    let all: Vec<Value> = serde_json::from_str(&headwater(&["processors", "--json"]).1).unwrap();
    assert_eq!(all.len(), processors_standard::PROCESSORS.len());
    let one: Vec<Value> =
        serde_json::from_str(&headwater(&["processors", "PutFile", "--json"]).1).unwrap();
    assert!(
        one[0]["properties"]["properties"]["directory"].is_object()
            && one[0]["relationships"][0] == "success"
    );
    let (exit, _, err) = headwater(&["processors", "GetFiel"]);
    assert_eq!(exit, 2);
    assert!(err.contains("did you mean `GetFile`?"), "{err}");
}

#[test]
fn codes_are_listed_and_explained() {
    let (exit, out, _) = headwater(&["explain"]);
    assert_eq!(exit, 0);
    assert!(out.lines().any(|line| line.starts_with("HW201  ")), "{out}");
    for typed in ["HW201", "hw201", "201"] {
        let (exit, out, err) = headwater(&["explain", typed]);
        assert_eq!((exit, err.as_str()), (0, ""));
        assert!(out.starts_with("# HW201: ") && out.contains("\n## Wrong\n"), "{out}");
    }
    let (exit, out, err) = headwater(&["explain", "HW2O1"]);
    assert_eq!((exit, out.as_str()), (2, ""));
    assert!(err.contains("did you mean `HW201`?") && err.contains("headwater explain"), "{err}");
}

#[test]
fn the_schema_is_printed_as_it_is_in_the_documents() {
    let (exit, out, err) = headwater(&["schema"]);
    assert_eq!((exit, err.as_str()), (0, ""));
    assert_eq!(out, include_str!("../docs/flow.schema.json"));
}

#[test]
fn completions_come_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (exit, out, _) = headwater(&["completions", shell]);
        assert!(exit == 0 && out.contains("headwater"), "{shell}");
    }
}

#[test]
fn the_shipped_flow_is_fine_without_values() {
    let flow = concat!(env!("CARGO_MANIFEST_DIR"), "/flows/xero-invoices.yaml");
    let (exit, out, err) = headwater(&["validate", "--no-values", flow]);
    assert_eq!((exit, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("fine. 10 processors, fires every 10 min, next at "), "{out}");
}

#[test]
fn a_bad_flow_is_exit_3_with_everything_that_is_wrong() {
    let bench = Bench::new();
    let bad = common::FLOW
        .replace("input_directory:", "input_dir:")
        .replace("response: check-status", "response: chek-status")
        .replace("evaluation_mode: Entire text", "evaluation_mode: entire file");
    bench.write_flow(&bad);
    for arguments in [["validate", "xero-invoices.yaml"], ["run", "xero-invoices.yaml"]] {
        let said = bench.headwater(&arguments);
        said.assert_exit(3);
        for code in ["HW101", "HW301", "HW103"] {
            assert!(said.err.contains(code), "{code}: {}", said.err);
        }
        assert!(said.err.contains("xero-invoices.yaml: 3 errors"), "{}", said.err);
        assert_eq!(said.out, "");
    }
    let said = bench.headwater(&["validate", "--json", "xero-invoices.yaml"]);
    said.assert_exit(3);
    let messages: Vec<Value> = serde_json::from_str(&said.out).unwrap();
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|message| message["line"].is_u64() && message["code"].is_string()));
    assert_eq!(bench.xero.requests().len(), 0);
}

#[test]
fn a_parameter_without_value_names_every_place_that_was_looked_at() {
    let bench = Bench::new();
    let said = bench.said(
        bench.command(["run", "xero-invoices.yaml"]).env_remove("XERO_TENANT_ID").output().unwrap(),
    );
    said.assert_exit(3);
    assert!(
        said.err.contains("HW501")
            && said.err.contains("XERO_TENANT_ID")
            && said.err.contains("--param tenant_id="),
        "{}",
        said.err
    );
}

#[test]
fn failed_list_has_the_fixed_shape() {
    let bench = Bench::expired();
    bench.xero.revoke();
    bench.run().assert_exit(1);
    let failed = bench.failed();
    let mut keys: Vec<&str> = failed[0].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "attempts",
            "attributes",
            "flow",
            "id",
            "processor",
            "reason",
            "relationship",
            "replayed",
            "run",
            "time"
        ]
    );
    assert_eq!(
        (failed[0]["id"].as_str(), failed[0]["replayed"].as_bool()),
        (Some("F1"), Some(false))
    );
    let listed = bench.headwater(&["failed", "list", "xero-invoices.yaml"]);
    assert!(
        listed.out.contains("1 failed, 1 reason")
            && listed.out.contains("headwater failed show F1 xero-invoices.yaml\n"),
        "{}",
        listed.out
    );
    let by_name = bench.headwater(&["failed", "list", "xero-invoices"]).out;
    assert_eq!(
        by_name.replace("F1 xero-invoices\n", "F1 xero-invoices.yaml\n"),
        listed.out,
        "a flow of this folder goes by its name"
    );
    bench.headwater(&["failed", "show", "F9", "xero-invoices.yaml"]).assert_exit(2);
    bench.headwater(&["failed", "show", "nonsense", "xero-invoices.yaml"]).assert_exit(2);
}

#[test]
fn a_quiet_run_says_nothing_unless_something_went_wrong() {
    let bench = Bench::expired();
    let said = bench.run_with(&["--quiet"]);
    said.assert_exit(0);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""));
    fs::remove_file(bench.path("credentials/xero.json")).unwrap();
    let said = bench.run_with(&["--quiet"]);
    said.assert_exit(1);
    assert!(said.out.contains("nothing to do"), "{}", said.out);
}

#[test]
fn a_message_that_names_a_command_names_one_that_is_there() {
    let (exit, out, err) = headwater(&["validate", "--no-values", "tests/fixtures/commands.yaml"]);
    assert_eq!(exit, 3, "{out}");
    let commands = ["validate", "explain", "functions", "processors", "run", "eval"];
    for told in err.split("headwater ").skip(1) {
        assert!(commands.iter().any(|command| told.starts_with(command)), "{told}");
    }
}

#[test]
fn an_interrupted_run_commits_and_says_so() {
    let bench = Bench::expired();
    bench.xero.hold_token_answers();
    let mut child = bench.spawn(&[]);
    assert!(bench.xero.wait_for_token_request(std::time::Duration::from_secs(20)));
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    std::thread::sleep(std::time::Duration::from_millis(100));
    bench.xero.release();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    bench.run().assert_exit(0);
    assert_eq!(bench.xero.refreshes(), 1, "the answer was committed before it stopped");
    bench.assert_credentials_work();
}

#[test]
fn a_data_directory_that_cannot_be_is_exit_4() {
    let bench = Bench::new();
    fs::write(bench.path("file"), "").unwrap();
    let said = bench.run_with(&["--data-dir", "file/below"]);
    said.assert_exit(4);
    assert!(said.err.contains("file/below"), "{}", said.err);
}

#[test]
fn a_damaged_journal_is_refused_with_file_and_offset() {
    let bench = Bench::new();
    bench.run().assert_exit(0);
    let segment = common::files_below(&bench.path(".headwater"))
        .into_iter()
        .find(|file| file.extension().is_some_and(|end| end == "seg"))
        .unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[200] ^= 0x40;
    fs::write(&segment, &bytes).unwrap();
    let said = bench.run();
    said.assert_exit(4);
    assert!(said.err.contains(".seg") && said.err.contains("offset"), "{}", said.err);
    assert_eq!(fs::read(&segment).unwrap(), bytes, "nothing was changed");
}

#[test]
fn a_flow_is_drawn_without_the_values_of_its_parameters() {
    let flow = concat!(env!("CARGO_MANIFEST_DIR"), "/flows/xero-invoices.yaml");
    for (format, begin) in [
        ("text", "xero-invoices\n"),
        ("mermaid", "flowchart TD\n"),
        ("dot", "digraph \"xero-invoices\" {\n"),
        ("svg", "<svg xmlns=\"http://www.w3.org/2000/svg\""),
    ] {
        let (exit, out, err) = headwater(&["graph", flow, "--format", format]);
        assert_eq!((exit, err.as_str()), (0, ""), "{format}");
        assert!(out.starts_with(begin) && out.contains("read-credentials"), "{format}: {out}");
    }
    let (exit, out, err) = headwater(&["graph", "/nowhere.yaml"]);
    assert_eq!((exit, out.as_str()), (3, ""));
    assert!(err.contains("/nowhere.yaml") && err.contains("cannot be drawn"), "{err}");
}
