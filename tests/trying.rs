//! `headwater eval` and `headwater try` as a person and a program meet them: real processes, what they print, how they
//! end, and that no secret shows.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use expect_test::{Expect, expect};
use serde_json::{Value, json};

struct Said {
    exit: i32,
    out: String,
    err: String,
}

fn headwater(arguments: &[&str], stdin: &str) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_headwater"))
        .args(arguments)
        .env("TZ", "Europe/Amsterdam")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { exit: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

#[track_caller]
fn check(arguments: &[&str], stdin: &str, exit: i32, expected: Expect) {
    let said = headwater(arguments, stdin);
    assert_eq!(said.exit, exit, "{}{}", said.out, said.err);
    expected.assert_eq(&format!("{}{}", said.out, said.err));
}

#[track_caller]
fn object(arguments: &[&str], stdin: &str, exit: i32) -> Value {
    let said = headwater(arguments, stdin);
    assert_eq!((said.exit, said.err.as_str()), (exit, ""), "{}", said.out);
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn an_expression_gives_its_text() {
    check(&["eval", "${filename:toUpper()}", "-a", "filename=a.txt"], "", 0, expect!["A.TXT\n"]);
    check(
        &["eval", "a ${b} #{c}", "--attributes", r#"{"b": 1}"#, "--param", "c=x"],
        "",
        0,
        expect!["a 1 x\n"],
    );
    check(&["eval", "${b}", "--attributes", r#"{"b": "1"}"#, "-a", "b=2"], "", 0, expect!["2\n"]);
    check(
        &["eval", "${getStateValue('n'):plus(1)}", "--state", r#"{"n": "6"}"#, "--type"],
        "",
        0,
        expect!["whole 7\n"],
    );
    check(&["eval", "${missing}", "--type"], "", 0, expect!["null\n"]);
    check(&["eval", "${literal(0):format('HH:mm')}"], "", 0, expect!["01:00\n"]);
}

#[test]
fn an_expression_gives_its_value_to_a_program() {
    for (expression, kind, text, value) in [
        ("${a}", "string", "7", json!("7")),
        ("${a:length()}", "whole", "1", json!(1)),
        ("${a:toDecimal():divide(2)}", "decimal", "3.5", json!(3.5)),
        ("${a:equals('7')}", "boolean", "true", json!(true)),
        ("${a:toDate('H')}", "date", "Thu Jan 01 07:00:00 CET 1970", json!(21_600_000)),
        ("${missing}", "null", "", Value::Null),
        ("${literal('1'):toDecimal():divide(0)}", "decimal", "Infinity", json!("Infinity")),
    ] {
        assert_eq!(
            object(&["eval", expression, "--json", "--type", "-a", "a=7"], "", 0),
            json!({ "ok": true, "text": text, "type": kind, "value": value }),
            "{expression}"
        );
    }
}

#[test]
fn a_mistake_in_an_expression_is_shown_at_its_place() {
    check(
        &["eval", "é ${a:equal('1')} x"],
        "",
        1,
        expect![[r#"
            expression:1:7: error[HW401]: there is no function `equal`
              |
            1 | é ${a:equal('1')} x
              |       ^^^^^ did you mean `equals`?
              = help: try it: headwater eval "\${a:equals('1')}" -a a=1 --type
        "#]],
    );
    check(
        &["eval", "${a:toDate('yyyy')}", "-a", "a=x"],
        "",
        1,
        expect![[r#"
            headwater: `toDate`: `x` cannot be read: the text does not fit the pattern
        "#]],
    );
    let open = headwater(&["eval", "x${a", "--type"], "");
    assert!(
        open.err.contains("expression:1:2:") && open.err.contains("never closed"),
        "{}",
        open.err
    );
    let wrong = object(&["eval", "${a", "--type", "--json"], "", 1);
    assert_eq!((&wrong["ok"], &wrong["stage"]), (&json!(false), &json!("validate")));
    assert_eq!(object(&["eval", "x ${a:equal()}", "--json"], "", 1)["stage"], "validate");
    let failed = object(&["eval", "${a:toDate('yyyy')}", "-a", "a=x", "--json"], "", 1);
    assert_eq!((&failed["ok"], &failed["stage"]), (&json!(false), &json!("evaluate")));
}

#[test]
fn a_wrong_command_line_is_told_without_what_was_typed() {
    for arguments in [
        &["eval"][..],
        &["eval", "${a}", "-a", "s3cret"],
        &["eval", "${a}", "-a", "=s3cret"],
        &["eval", "${a}", "--attributes", r#"{"a": ["s3cret"]}"#],
        &["eval", "${a}", "--attributes", "s3cret"],
        &["eval", "${a}", "--state", "[\"s3cret\"]"],
        &["eval", "#{a}", "--param", "s3cret"],
        &["try", "ReplaceText", "-p", "s3cret"],
        &["try", "NoSuchType"],
        &["try", "ReplaceText", "--json", "-p", "search_value=s3cret"],
        &["try", "ReplaceText", "/no/such/file"],
    ] {
        let said = headwater(arguments, "");
        assert_eq!((said.exit, said.out.as_str()), (2, ""), "{arguments:?} {}", said.err);
        assert!(!said.err.contains("s3cret"), "{}", said.err);
    }
}

#[test]
fn what_a_file_of_parameters_holds_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets.yaml");
    fs::write(&file, "key: s3cret\n").unwrap();
    let file = file.to_str().unwrap();
    let document =
        json!({ "properties": { "attributes": { "a": "#{key}" } }, "inputs": [{}] }).to_string();
    for (arguments, stdin) in [
        (&["eval", "Bearer #{key}", "--params", file][..], ""),
        (&["eval", "${#{key}:toUpper():toLower()}", "--params", file, "--type", "--json"], ""),
        (&["try", "UpdateAttribute", "-p", "attributes.a=#{key}", "--params", file], ""),
        (&["try", "UpdateAttribute", "--json", "--params", file], &document),
    ] {
        let said = headwater(arguments, stdin);
        assert_eq!(said.exit, 0, "{}", said.err);
        assert!(said.out.contains("***"), "{}", said.out);
        assert!(!format!("{}{}", said.out, said.err).contains("s3cret"), "{}", said.out);
    }
}

#[test]
fn a_processor_shows_what_comes_out_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    fs::write(&file, "banana\n\nx\n").unwrap();
    check(
        &[
            "try",
            "ReplaceText",
            "-p",
            "search_value=a",
            "-p",
            "Replacement Value=b",
            file.to_str().unwrap(),
        ],
        "",
        0,
        expect![[r#"
            success
              filename  letter.txt
              | bbnbnb
              |
              | x
        "#]],
    );
    check(
        &[
            "try",
            "EvaluateJsonPath",
            "-p",
            "destination=flowfile-attribute",
            "-p",
            "attributes.my.total=$.total",
            "-a",
            "who=me",
        ],
        r#"{"total": 7}"#,
        0,
        expect![[r#"
            matched
              my.total  7
              who       me
              | {"total": 7}
        "#]],
    );
    check(
        &["try", "RouteOnAttribute", "-p", "routes.mine=${who:equals('me')}", "-a", "who=you"],
        "",
        0,
        expect![[r#"
            unmatched
              RouteOnAttribute.Route  unmatched
              who                     you
              (no content)
        "#]],
    );
}

#[test]
fn a_source_fires_once_and_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "1").unwrap();
    let directory = format!("input_directory={}", folder.path().display());
    let said = headwater(&["try", "GetFile", "-p", &directory, "-p", "keep_source_file=false"], "");
    assert_eq!(said.exit, 0, "{}", said.err);
    assert!(said.out.contains("filename") && said.out.contains("left in place: "), "{}", said.out);
    assert!(folder.path().join("a.txt").exists());
    let said = headwater(&["try", "GetFile", "-p", &directory, "tests/trying.rs"], "");
    assert!(said.exit == 1 && said.err.contains("takes no flowfiles"), "{}", said.err);
}

#[test]
fn a_program_asks_and_is_answered_in_json() {
    let document = json!({
        "properties": { "Replacement Strategy": "Literal Replace", "Search Value": "a", "Replacement Value": null },
        "inputs": [
            { "content": "ba", "attributes": { "uuid": "01890a5d-ac96-774b-bcce-b302099a8057", "n": 1 } },
            { "content": { "base64": "YWH/" } },
        ],
    });
    let answer = object(&["try", "ReplaceText", "--json"], &document.to_string(), 0);
    let success = &answer["outputs"]["success"];
    assert_eq!(success[0]["content"], "b$1");
    assert_eq!(success[0]["attributes"]["n"], "1");
    assert_eq!(success[0]["attributes"]["uuid"], "01890a5d-ac96-774b-bcce-b302099a8057");
    let names: Vec<&String> = success[1]["attributes"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["filename", "path", "uuid"], "nothing of the engine's own");
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
}

#[test]
fn content_that_is_not_text_comes_as_base64() {
    let document = json!({
        "properties": { "attributes": { "a": "b" } },
        "inputs": [{ "content": { "base64": "//4=" } }],
    });
    let answer = object(&["try", "UpdateAttribute", "--json"], &document.to_string(), 0);
    assert_eq!(answer["outputs"]["success"][0]["content"], json!({ "base64": "//4=" }));
}

#[test]
fn properties_that_are_wrong_are_all_told() {
    let document = json!({ "properties": { "serch_value": "a", "Evaluation Mode": "both", "replacement_value": "${x:y(}" } });
    let answer = object(&["try", "ReplaceText", "--json"], &document.to_string(), 3);
    assert_eq!((&answer["ok"], &answer["stage"]), (&json!(false), &json!("validate")));
    let codes: Vec<&str> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["HW101", "HW103", "HW401"]);
    check(
        &[
            "try",
            "InvokeHttp",
            "-p",
            "request_password=s3cret",
            "-p",
            "request_pasword=s3cret",
            "-p",
            "http_url=${x:toUper()}",
        ],
        "",
        3,
        expect![[r#"
            properties:3:3: error[HW101]: InvokeHttp has no property called `request_pasword`
              |
            3 |   request_pasword: ***
              |   ^^^^^^^^^^^^^^^ did you mean `request_password`?
              = help: all properties of InvokeHttp: headwater processors InvokeHttp

            properties:4:17: error[HW401]: there is no function `toUper`
              |
            4 |   http_url: ${x:toUper()}
              |                 ^^^^^^ did you mean `toUpper`?
              = help: try it: headwater eval '${x:toUpper()}' -a x=VALUE --type

            properties: 2 errors. Nothing was run. Explain one: headwater explain HW101
        "#]],
    );
}

#[test]
fn a_session_that_fails_is_rolled_back_and_the_others_go_on() {
    let properties = json!({
        "Search Value": "(?s:^b.*$)",
        "Replacement Value": "$1",
        "Evaluation Mode": "Entire text",
    });
    let inputs = json!([{ "content": "x" }, { "content": "b" }, { "content": "y" }]);
    let document = json!({ "properties": properties, "inputs": inputs });
    let answer = object(&["try", "ReplaceText", "--json"], &document.to_string(), 1);
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["rolled_back"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(answer["rolled_back"][0]["input"], 1, "{answer}");
    assert!(answer["rolled_back"][0]["error"].is_string(), "{answer}");
    assert_eq!(answer["outputs"]["success"].as_array().unwrap().len(), 2, "{answer}");
}

#[test]
fn triggers_are_counted() {
    let document = json!({
        "properties": { "attributes": { "a": "b" } },
        "inputs": [{ "content": "1" }, { "content": "2" }, { "content": "3" }],
        "triggers": 2,
    });
    let answer = object(&["try", "UpdateAttribute", "--json"], &document.to_string(), 0);
    let handled = answer["outputs"]["success"].as_array().unwrap().len();
    assert_eq!(handled as u64 + answer["waiting"].as_u64().unwrap_or(0), 3, "{answer}");
}

#[test]
fn a_document_of_another_form_is_a_wrong_command_line() {
    for document in [
        "s3cret",
        "[]",
        r#"{"inputs": 1}"#,
        r#"{"inputs": ["s3cret"]}"#,
        r#"{"properties": []}"#,
        r#"{"trigger": 1}"#,
        r#"{"triggers": -1}"#,
        r#"{"inputs": [{"content": 1}]}"#,
        r#"{"inputs": [{"content": {"base64": "s3cret!"}}]}"#,
        r#"{"inputs": [{"attributes": {"a": {}}}]}"#,
    ] {
        let said = headwater(&["try", "ReplaceText", "--json"], document);
        assert_eq!((said.exit, said.out.as_str()), (2, ""), "{document} {}", said.err);
        assert!(!said.err.contains("s3cret"), "{}", said.err);
    }
}
