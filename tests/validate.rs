//! `headwater validate` on real files: what `--fix` changes and what it leaves, and the forms for machines.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use expect_test::expect;
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_headwater");

const MISTYPED: &str = r#"flow: copy-inbox
timezone: UTC
processors:
  take:
    type: GetFiles
    schedule: { every: 10 min }
    properties:
      input_dir: ./inbox
      file_filter: "invoice.*\.csv"   # only these
      keep_source_file: yes
    to: kep
  keep:
    type: PutFile
    properties:
      directory: “./kept”
"#;

fn validate(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(BINARY);
    let output = command.arg("validate").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn written(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("flow.yaml");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn fix_mends_what_has_one_meaning_and_tells_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, MISTYPED);
    let (exit, out, err) = validate(folder.path(), &["--fix", "flow.yaml"]);
    expect![[r#"
        flow.yaml:5:11: fixed[HW119]: `GetFiles` is now `GetFile`
        flow.yaml:9:30: fixed[HW202]: `"invoice.*\.csv"` is now `'invoice.*\.csv'`
        flow.yaml:11:9: fixed[HW301]: `kep` is now `keep`
        flow.yaml:15:18: fixed[HW205]: `“./kept”` is now `./kept`
        flow.yaml:8:7: fixed[HW101]: `input_dir` is now `input_directory`
        flow.yaml:10:25: fixed[HW108]: `yes` is now `true`
    "#]]
    .assert_eq(&err);
    assert!(out.starts_with("flow.yaml: fine. 2 processors"), "{out}");
    assert_eq!(exit, 0);
    let right = MISTYPED
        .replace("GetFiles", "GetFile")
        .replace("input_dir:", "input_directory:")
        .replace(r#""invoice.*\.csv""#, r"'invoice.*\.csv'")
        .replace("yes", "true")
        .replace("kep\n", "keep\n")
        .replace("“./kept”", "./kept");
    assert_eq!(fs::read_to_string(path).unwrap(), right, "comments and everything else stay");
}

#[test]
fn fix_leaves_what_a_person_must_decide() {
    let folder = tempfile::tempdir().unwrap();
    let text = "flow: a\nprocessors:\n  take:\n    type: Qwertz\n    to: take\n";
    let path = written(&folder, text);
    let (exit, _, err) = validate(folder.path(), &["--fix", "flow.yaml"]);
    assert_eq!(exit, 3);
    assert!(err.contains("HW119") && !err.contains("fixed"), "{err}");
    assert_eq!(fs::read_to_string(path).unwrap(), text);
}

#[test]
fn fix_keeps_the_mode_and_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, MISTYPED);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("flow.yaml", folder.path().join("link.yaml")).unwrap();
    assert_eq!(validate(folder.path(), &["--fix", "link.yaml"]).0, 0);
    assert!(folder.path().join("link.yaml").is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
}

#[test]
fn fix_tells_nothing_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let text = "flow: a\ntimezone: UTC\nprocessors:\n  call:\n    type: InvokeHttp\n    schedule: { every: 1 min }\n    \
                properties:\n      http_url: https://example.com\n      request_username: me\n      \
                request_password: “hunter2!”\n";
    let path = written(&folder, text);
    let (_, out, err) = validate(folder.path(), &["--fix", "flow.yaml"]);
    assert!(!out.contains("hunter2") && !err.contains("hunter2"), "{out}{err}");
    assert!(err.contains("fixed[HW205]"), "{err}");
    assert!(fs::read_to_string(path).unwrap().contains("request_password: hunter2!"));
}

#[test]
fn a_file_that_cannot_be_written_is_said_and_is_as_it_was() {
    let (exit, _, err) = validate(Path::new("/"), &["--fix", "missing.yaml"]);
    assert_eq!(exit, 3);
    assert!(err.contains("missing.yaml"), "{err}");
}

/// As much of the standard as forges read: rules, places, changes.
#[test]
fn sarif_has_each_message_with_its_rule_and_place() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder, MISTYPED);
    let (exit, out, _) = validate(folder.path(), &["--sarif", "flow.yaml"]);
    assert_eq!(exit, 3);
    let log: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for result in results {
        let rule = rules.iter().find(|rule| rule["id"] == result["ruleId"]).unwrap();
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Wrong"));
    }
    let first = &results[0];
    let place = &first["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "flow.yaml");
    assert_eq!(place["region"]["startLine"], 5);
    let change = &first["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(change["insertedContent"]["text"], "GetFile");
    assert_eq!(change["deletedRegion"]["endColumn"], 19);
}

#[test]
fn json_has_one_object_a_message_with_its_change() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder, MISTYPED);
    let (exit, out, _) = validate(folder.path(), &["--json", "flow.yaml"]);
    assert_eq!(exit, 3);
    let messages: Vec<Value> = serde_json::from_str(&out).unwrap();
    expect![[r#"
        {
          "file": "flow.yaml",
          "line": 5,
          "column": 11,
          "end_line": 5,
          "end_column": 19,
          "severity": "error",
          "code": "HW119",
          "message": "there is no processor type `GetFiles`",
          "label": "did you mean `GetFile`?",
          "help": [
            "all types: headwater processors"
          ],
          "fix": {
            "line": 5,
            "column": 11,
            "end_column": 19,
            "text": "GetFile"
          },
          "docs": "headwater explain HW119"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&messages[0]).unwrap());
}

/// Two warnings about an entry: where it stands, and where else the attribute is set.
const WARNED: &str = r"flow: warned
timezone: UTC
processors:
  ask:
    type: InvokeHttp
    schedule: { every: 1 hour }
    properties:
      http_url: https://example.com/
    to:
      response: sort
      no_retry: failed
  sort:
    type: RouteOnContent
    properties:
      routes:
        good: a+
        slow: (x+)+$
    to: { good: keep, slow: done, unmatched: done }
  keep:
    type: PutFile
    properties:
      directory: ./kept
      filename: ${invokehttp.response.body}
";

#[test]
fn a_warning_stands_at_the_entry_and_names_another_way_out() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder, WARNED);
    let (exit, out, err) = validate(folder.path(), &["flow.yaml"]);
    assert!(err.contains("flow.yaml:17:15: warning[HW705]"), "{err}");
    assert!(err.contains("`ask` sets it (line 5), but not on the way that leads here"), "{err}");
    assert!(out.starts_with("flow.yaml: it can run. 3 processors"), "{out}");
    assert_eq!(exit, 0);
}

#[test]
fn a_result_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder, WARNED);
    let mut command = Command::new(BINARY);
    command.args(["validate", "--json", "flow.yaml"]).current_dir(folder.path());
    let full = fs::File::create("/dev/full").unwrap();
    let output = command.stdout(full).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("the result cannot be written to standard output: "), "{err}");
    assert_eq!(output.status.code(), Some(4));
}
