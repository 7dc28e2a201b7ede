//! Where values of parameters come from, and what is said when they do not.

use std::{collections::BTreeMap, fs, sync::Arc};

use expect_test::expect;
use processors_api::{Source, diagnostic::Look};

use super::{super::*, check_with, load_with, registry, said};

const TEXT: &str = "flow: test
parameters:
  literal: 0640
  from_env: { env: TOKEN, sensitive: true }
  outside: { sensitive: true }
processors:
  call:
    type: Call
    schedule: { every: 1 min }
    properties:
      http_url: \"http://#{literal}/#{from_env}/#{outside}\"
";

fn options(environment: &[(&str, &str)], given: &[(&str, &str)]) -> LoadOptions {
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let mut overrides = ParameterOverrides::default();
    given.iter().for_each(|(name, value)| overrides.set(name, value));
    LoadOptions { overrides, environment: Arc::new(environment), ..LoadOptions::default() }
}

fn values(options: &LoadOptions) -> Vec<(String, String, bool)> {
    let flow = load_with(TEXT, options).unwrap_or_else(|errors| panic!("{errors}")).flow;
    let value = |name: &str| {
        let text = flow.parameters.get(name).unwrap();
        (name.to_owned(), text.reveal().to_owned(), text.is_sensitive())
    };
    flow.parameters.names().map(value).collect()
}

#[test]
fn the_nearest_value_wins() {
    let row = |name: &str, value: &str, sensitive| (name.to_owned(), value.to_owned(), sensitive);
    assert_eq!(
        values(&options(&[("TOKEN", "")], &[("outside", "o")])),
        [row("from_env", "", true), row("literal", "0640", false), row("outside", "o", true)]
    );
    let mut options = options(&[("TOKEN", "t")], &[("literal", "given")]);
    let file = Source::new("prod.yaml", "literal: from file\noutside: NO\n");
    options.overrides.read_source(&file).unwrap();
    assert_eq!(
        values(&options),
        [row("from_env", "t", true), row("literal", "given", false), row("outside", "NO", true)]
    );
    assert!(!format!("{options:?}").contains("from file"));
}

#[test]
fn a_file_is_read_beside_the_flow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flow.yaml");
    let text = "flow: test\nparameters:\n  key: { file: secrets/key, sensitive: true }\nprocessors:\n  s:\n    type: Stamp\n";
    fs::create_dir(folder.path().join("secrets")).unwrap();
    let key = folder.path().join("secrets/key");
    let load = || load_text(&path, text, &registry(), &LoadOptions::default());
    let plain = |errors: LoadErrors| {
        errors.render(Look::Plain).replace(&folder.path().display().to_string(), "FOLDER")
    };

    expect![[r#"
        FOLDER/flow.yaml:3:16: error[HW501]: the parameter `key` has no value
          |
        3 |   key: { file: secrets/key, sensitive: true }
          |                ^^^^^^^^^^^ there is no such file
          = help: looked at: --param key= (not given); --params FILE (not given); file FOLDER/secrets/key (not there)
                  to check the file without secrets: headwater validate --no-values FOLDER/flow.yaml

        FOLDER/flow.yaml: 1 error. Nothing was run. Explain one: headwater explain HW501
    "#]].assert_eq(&plain(load().err().unwrap()));
    for (bytes, value) in [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("", "")] {
        fs::write(&key, bytes).unwrap();
        let flow = load().unwrap_or_else(|errors| panic!("{errors}")).flow;
        assert_eq!(flow.parameters.get("key").unwrap().reveal(), value);
    }
    fs::write(&key, [0xff, 0xfe]).unwrap();
    expect![[r#"
        FOLDER/flow.yaml:3:16: error[HW503]: the file with the value of the parameter `key` cannot be used: it is not UTF-8 text
          |
        3 |   key: { file: secrets/key, sensitive: true }
          |                ^^^^^^^^^^^ this file

        FOLDER/flow.yaml: 1 error. Nothing was run. Explain one: headwater explain HW503
    "#]].assert_eq(&plain(load().err().unwrap()));
    fs::write(&key, vec![b'a'; 70_000]).unwrap();
    expect![[r#"
        FOLDER/flow.yaml:3:16: error[HW503]: the file with the value of the parameter `key` cannot be used: it has more than 64 KB
          |
        3 |   key: { file: secrets/key, sensitive: true }
          |                ^^^^^^^^^^^ this file

        FOLDER/flow.yaml: 1 error. Nothing was run. Explain one: headwater explain HW503
    "#]].assert_eq(&plain(load().err().unwrap()));
}

#[test]
fn every_place_that_was_looked_at_is_named() {
    let mut options = options(&[], &[]);
    options.overrides.read_source(&Source::new("prod.yaml", "literal: x\n")).unwrap();
    check_with(
        TEXT,
        &options,
        expect![[r#"
        flows/test.yaml:4:20: error[HW501]: the parameter `from_env` has no value
          |
        4 |   from_env: { env: TOKEN, sensitive: true }
          |                    ^^^^^ the environment variable TOKEN is not set
          = help: looked at: --param from_env= (not given); --params prod.yaml (not in it); environment TOKEN (not set)
                  used at line 11
                  to check the file without secrets: headwater validate --no-values flows/test.yaml

        flows/test.yaml:5:3: error[HW501]: the parameter `outside` has no value
          |
        5 |   outside: { sensitive: true }
          |   ^^^^^^^ it must be given with --param or --params
          = help: looked at: --param outside= (not given); --params prod.yaml (not in it); this line (no value)
                  used at line 11
                  to check the file without secrets: headwater validate --no-values flows/test.yaml

        flows/test.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW501
    "#]],
    );
}

#[test]
fn an_override_needs_a_parameter() {
    let mut options = options(&[("TOKEN", "t")], &[("outside", "o"), ("litteral", "s3cr3t")]);
    options.overrides.read_source(&Source::new("prod.yaml", "client: s3cr3t\n")).unwrap();
    check_with(
        TEXT,
        &options,
        expect![[r#"
            flows/test.yaml:2:1: error[HW504]: `--param` gives a value to `litteral`, and this flow has no such parameter
              |
            2 | parameters:
              | ^^^^^^^^^^ did you mean `literal`?

            flows/test.yaml:2:1: error[HW504]: `prod.yaml` gives a value to `client`, and this flow has no such parameter
              |
            2 | parameters:
              | ^^^^^^^^^^ it has: literal, from_env, outside

            flows/test.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW504
        "#]],
    );
}

#[test]
fn a_file_of_values_with_mistakes_does_not_tell_them() {
    let mut overrides = ParameterOverrides::default();
    let file = Source::new("prod.yaml", "a: [s3cr3t]\nb: { c: s3cr3t }\nd:\n");
    let errors = overrides.read_source(&file).unwrap_err();
    expect![[r#"
        prod.yaml:1:4: error[HW106]: the value of `a` is a list, and a text is wanted
          |
        1 | a: ***
          |    ^^^ write a text

        prod.yaml:2:4: error[HW106]: the value of `b` is a map, and a text is wanted
          |
        2 | b: ***
          |    ^^^ write a text

        prod.yaml:3:2: error[HW106]: the value of `d` is nothing, and a text is wanted
          |
        3 | d:
          |  ^ write a text

        prod.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW106
    "#]]
    .assert_eq(&errors.render(Look::Plain));
    let errors = overrides.read_source(&Source::new("prod.yaml", "s3cr3t\n")).unwrap_err();
    expect![[r#"
        prod.yaml:1:1: error[HW106]: a file of parameters has one on each line: `name: value`
          |
        1 | ***
          | ^^^ this is something else

        prod.yaml: 1 error. Nothing was run. Explain one: headwater explain HW106
    "#]]
    .assert_eq(&errors.render(Look::Plain));
}

#[test]
fn parameters_with_mistakes() {
    let text = "flow: test
parameters:
  list: [a]
  nothing:
  both: { env: A, file: b }
  strange: { environment: A }
  'a}b': x
  stored: { secret: 'vault:path#key' }
  truth: { env: A, sensitive: yes }
processors:
  s:
    type: Stamp
";
    check_with(
        text,
        &options(&[("A", "a")], &[]),
        expect![[r#"
        flows/test.yaml:3:9: error[HW106]: the parameter `list` is a list, and a text is wanted here
          |
        3 |   list: [a]
          |         ^^^ write a text

        flows/test.yaml:4:10: error[HW107]: the parameter `nothing` has no value
          |
        4 |   nothing:
          |          ^ write one, or remove the line

        flows/test.yaml:5:19: error[HW116]: the parameter `both` has both `env` and `file`
          |
        5 |   both: { env: A, file: b }
          |                   ^^^^ keep one of them

        flows/test.yaml:6:14: error[HW110]: the parameter `strange` has no key called `environment`
          |
        6 |   strange: { environment: A }
          |              ^^^^^^^^^^^ it cannot stand here
          = help: allowed here: env, file, secret, sensitive

        flows/test.yaml:7:3: error[HW111]: a parameter cannot be called `a}b`
          |
        7 |   'a}b': x
          |   ^^^^^ letters, digits, `_`, `-`, `.` and blanks inside

        flows/test.yaml:8:21: error[HW503]: this version cannot ask a secret store
          |
        8 |   stored: { secret: 'vault:path#key' }
          |                     ^^^^^^^^^^^^^^^^^ use `env` or `file`
          = help: write: stored: { env: NAME, sensitive: true }, or { file: PATH, sensitive: true }

        flows/test.yaml:9:31: error[HW108]: `sensitive` of the parameter `truth` cannot be `yes`
          |
        9 |   truth: { env: A, sensitive: yes }
          |                               ^^^ did you mean `true`?

        flows/test.yaml: 7 errors. Nothing was run. Explain one: headwater explain HW106
    "#]],
    );
}

#[test]
fn without_values_only_what_depends_on_them_is_unknown() {
    let text = "flow: test
parameters:
  timeout: { env: TIMEOUT }
  folder: { env: FOLDER }
processors:
  call:
    type: Call
    schedule: { every: 1 min }
    properties:
      http_url: http://localhost
      read_timeout: \"#{timeout}\"
    to:
      response:
        processor: write
        hold: { file: \"#{folder}/a.json\", if_changed: done }
  write:
    type: Write
    properties:
      directory: \"#{folder}\"
      conflict_resolution: \"#{folder}\"
";
    let no_values = LoadOptions { no_values: true, ..LoadOptions::default() };
    assert_eq!(said(text, &no_values), "");
    assert_eq!(load_with(text, &no_values).ok().unwrap().flow.processors.len(), 2);
    check_with(
        &text.replace("http_url: http://localhost", "http_url: \"#{tmeout}\"\n      http_ulr: x"),
        &no_values,
        expect![[r##"
            flows/test.yaml:10:18: error[HW502]: there is no parameter called `tmeout`
               |
            10 |       http_url: "#{tmeout}"
               |                  ^^^^^^^^^ did you mean `timeout`?

            flows/test.yaml:11:7: error[HW101]: Call has no property called `http_ulr`
               |
            11 |       http_ulr: x
               |       ^^^^^^^^ did you mean `http_url`?
               = help: all properties of Call: headwater processors Call

            flows/test.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW502
        "##]],
    );
}
