use expect_test::{Expect, expect};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::*;
use crate::{
    DataSize, Parameters, Sensitive, Source, Span, Text, TimePeriod,
    diagnostic::{JsonMessage, Look, render_all},
    expression::Template,
    yaml,
};

/// As a processor would declare it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only shown by Debug")]
struct GetFile {
    input_directory: String,
    file_filter: String,
    #[serde(default)]
    keep_source_file: bool,
    #[serde(default)]
    evaluation_mode: Mode,
    #[serde(default, alias = "batch_count")]
    batch_size: Option<u8>,
    #[serde(default)]
    minimum_file_age: TimePeriod,
    #[serde(default)]
    maximum_size: DataSize,
    #[serde(default)]
    password: Option<Sensitive<String>>,
    #[serde(default)]
    routes: IndexMap<String, Expression>,
    #[serde(default)]
    attributes: IndexMap<String, String>,
    #[serde(default)]
    limits: Vec<Limit>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
enum Mode {
    #[default]
    #[serde(rename = "Line-by-Line")]
    LineByLine,
    #[serde(rename = "Entire text", alias = "whole")]
    EntireText,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only shown by Debug")]
struct Limit {
    count: u32,
    #[serde(default)]
    share: f64,
}

#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "only shown by Debug")]
struct Expression(String);

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Raw;
        impl<'de> serde::de::Visitor<'de> for Raw {
            type Value = Expression;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }

            fn visit_newtype_struct<D: serde::Deserializer<'de>>(
                self,
                inner: D,
            ) -> Result<Expression, D::Error> {
                String::deserialize(inner).map(Expression)
            }
        }
        deserializer.deserialize_newtype_struct("$headwater::expression::text", Raw)
    }
}

/// Stands for the expression language: knows no function `equal`.
fn no_equal(_: &str, text: &str, _: &Parameters) -> Result<Template, ScalarProblem> {
    let Some(at) = text.find(":equal(") else { return Ok(Template::compile(text)?) };
    let right = text.replace(":equal(", ":equals(").replace('$', "\\$");
    Err(ScalarProblem {
        offset: at + 1,
        length: "equal".len(),
        message: "there is no function `equal`".into(),
        label: Some("did you mean `equals`?".into()),
        help: vec![format!(
            "try it: headwater eval \"{right}\" -a invokehttp.status.code=200 --type"
        )],
        code: code::EXPRESSION,
    })
}

const OWNER_KEYS: &[&str] = &["type", "description", "to", "schedule", "retry", "sensitive"];

/// Decodes the properties of one processor whose file is `before`, then `properties`, indented by six.
fn decode_text(
    subject: &str,
    before: &str,
    properties: &str,
) -> (Result<GetFile, String>, Vec<String>) {
    let indented: String = properties.lines().map(|line| format!("      {line}\n")).collect();
    let text =
        format!("{before}processors:\n  one:\n    type: GetFile\n    properties:\n{indented}");
    let source = Source::new("flows/xero-invoices.yaml", text);
    let (node, mut diagnostics) = yaml::parse(&source);
    let node = node.unwrap();
    let one =
        node.as_map().unwrap().get("processors").unwrap().as_map().unwrap().get("one").unwrap();
    let one = one.as_map().unwrap();
    let place = one.get("type").unwrap().span();
    let parameters = Parameters::from_iter([
        ("dir".to_owned(), Text::from("/in")),
        ("output_dir".to_owned(), Text::from("/out")),
        ("secret".to_owned(), Text::sensitive("s3cr3t")),
    ]);
    let owner = Owner {
        name: "processor",
        keys: OWNER_KEYS,
        below: ("type", one.entry("type").unwrap().key.span),
    };
    let context = DecodeContext::new(subject, &source, &parameters, place)
        .home("properties")
        .owner(owner)
        .listing(format!("all properties of {subject}: headwater processors {subject}"))
        .expressions(no_equal);
    let decoded = decode::<GetFile>(one.get("properties").unwrap(), &context);
    let secrets = context.secrets();
    let value = decoded.map_err(|found| {
        diagnostics.extend(found);
        render_all(&source, &diagnostics, &secrets, Look::Plain)
    });
    let json = diagnostics
        .iter()
        .map(|found| serde_json::to_string(&JsonMessage::new(&source, found, &secrets)).unwrap());
    (value, json.collect())
}

fn check(properties: &str, expected: Expect) {
    expected.assert_eq(&match decode_text("GetFile", "", properties).0 {
        Ok(value) => format!("{value:#?}\n"),
        Err(messages) => messages,
    });
}

/// The first message only, as in the design's list.
fn check_message(line: usize, subject: &str, properties: &str, expected: Expect) {
    let all = "input_directory: x\nfile_filter: y\n";
    let before = "# filler\n".repeat(line - 7);
    let messages = decode_text(subject, &before, &format!("{all}{properties}")).0.unwrap_err();
    expected.assert_eq(&format!("{}\n", messages.split("\n\n").next().unwrap()));
}

#[test]
fn message_1_an_unknown_property() {
    check_message(
        18,
        "GetFile",
        "input_dir: \"#{credentials_dir}\"",
        expect![[r##"
        flows/xero-invoices.yaml:18:7: error[HW101]: GetFile has no property called `input_dir`
           |
        18 |       input_dir: "#{credentials_dir}"
           |       ^^^^^^^^^ did you mean `input_directory`?
           = help: all properties of GetFile: headwater processors GetFile
    "##]],
    );
}

#[test]
fn message_7_a_value_that_is_not_allowed() {
    check_message(
        66,
        "ReplaceText",
        "evaluation_mode: entire file",
        expect![[r#"
        flows/xero-invoices.yaml:66:24: error[HW103]: `evaluation_mode` of ReplaceText cannot be `entire file`
           |
        66 |       evaluation_mode: entire file
           |                        ^^^^^^^^^^^ did you mean `Entire text`?
           = help: allowed: Line-by-Line, Entire text (also written line_by_line, entire_text)
    "#]],
    );
}

#[test]
fn message_8_a_mistake_inside_an_expression() {
    let route = "routes: \n  authorized: ${invokehttp.status.code:equal('200')}";
    check_message(
        50,
        "RouteOnAttribute",
        route,
        expect![[r#"
        flows/xero-invoices.yaml:51:46: error[HW401]: there is no function `equal`
           |
        51 |         authorized: ${invokehttp.status.code:equal('200')}
           |                                              ^^^^^ did you mean `equals`?
           = help: try it: headwater eval "\${invokehttp.status.code:equals('200')}" -a invokehttp.status.code=200 --type
    "#]],
    );
}

#[test]
fn message_13_one_level_too_deep() {
    check_message(
        21,
        "GetFile",
        "to: extract-tokens",
        expect![[r#"
        flows/xero-invoices.yaml:21:7: error[HW104]: `to` is not a property of GetFile, it belongs to the processor
           |
        21 |       to: extract-tokens
           |       ^^ move it two spaces to the left, under `type:`
    "#]],
    );
}

#[test]
fn a_message_as_json() {
    let json = decode_text("GetFile", "", "input_directory: x\nfile_filter: y\nfile_fitler: x").1;
    expect![[r#"{"file":"flows/xero-invoices.yaml","line":7,"column":7,"end_line":7,"end_column":18,"severity":"error","code":"HW101","message":"GetFile has no property called `file_fitler`","label":"did you mean `file_filter`?","help":["all properties of GetFile: headwater processors GetFile"],"fix":{"line":7,"column":7,"end_column":18,"text":"file_filter"},"docs":"headwater explain HW101"}"#]].assert_eq(&json.join("\n"));
}

#[test]
fn everything_is_read_as_what_the_field_wants() {
    check(
        "Input Directory: \"#{dir}/##{x}\"\nfile-filter: 0640\nkeep_source_file: TRUE\nevaluation_mode: entire_text\n\
         batch_count: 0x\n",
        expect![[r#"
            flows/xero-invoices.yaml:9:20: error[HW108]: `batch_count` of GetFile cannot be `0x`: a whole number is wanted
              |
            9 |       batch_count: 0x
              |                    ^^ write digits only, without a unit

            flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW108
        "#]],
    );
    check(
        "input_directory: NO\nfile_filter: 1.10\nkeep_source_file: True\nevaluation_mode: whole\nbatch_count: 7\n\
         minimum_file_age: 5m\nmaximum_size: 1.5 kb\npassword: \"#{secret}\"\nroutes: { no: \"#{dir}\" }\n\
         attributes:\n  no: 2026-01-31\nlimits:\n  - count: 1\n    share: 0.5\n",
        expect![[r##"
            GetFile {
                input_directory: "NO",
                file_filter: "1.10",
                keep_source_file: true,
                evaluation_mode: EntireText,
                batch_size: Some(
                    7,
                ),
                minimum_file_age: TimePeriod(
                    300s,
                ),
                maximum_size: DataSize {
                    bytes: 1536,
                },
                password: Some(
                    ***,
                ),
                routes: {
                    "no": Expression(
                        "#{dir}",
                    ),
                },
                attributes: {
                    "no": "2026-01-31",
                },
                limits: [
                    Limit {
                        count: 1,
                        share: 0.5,
                    },
                ],
            }
        "##]],
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    check(
        "keep_source_file: yes\nbatch_size: 300\nminimum_file_age: 5 minuts\nmaximum_size: 1 GiB\n\
         routes:\n  a: ${x:equal('1')}\n  b: \"é${x:equal('2')}\"\n  c: '${x:equal(''3'')}'\n\
         attributes:\n  a: {\"text\": 1}\n  b:\n    - x\n  c:\nlimits:\n  - cuont: 1\n  - count: -1\n    share: many\n\
         batch size: 1\nfile_filtre: x\n",
        expect![[r#"
            flows/xero-invoices.yaml:3:11: error[HW102]: GetFile needs the property `input_directory`
              |
            3 |     type: GetFile
              |           ^^^^^^^ add `input_directory:` under `properties:`
              = help: all properties of GetFile: headwater processors GetFile

            flows/xero-invoices.yaml:5:25: error[HW108]: `keep_source_file` of GetFile cannot be `yes`: true or false is wanted
              |
            5 |       keep_source_file: yes
              |                         ^^^ did you mean `true`?

            flows/xero-invoices.yaml:6:19: error[HW108]: `batch_size` of GetFile cannot be `300`: it can be from 0 to 255
              |
            6 |       batch_size: 300
              |                   ^^^ too large

            flows/xero-invoices.yaml:7:25: error[HW108]: `5 minuts` is not a duration
              |
            7 |       minimum_file_age: 5 minuts
              |                         ^^^^^^^^ did you mean `5 minutes`?
              = help: for example: 30 sec, 5 mins, 1 hour, 2 days, 100 ms

            flows/xero-invoices.yaml:8:21: error[HW108]: `1 GiB` is not a size
              |
            8 |       maximum_size: 1 GiB
              |                     ^^^^^ did you mean `1 GB`?
              = help: for example: 0 B, 64 KB, 1 MB, 1 GB

            flows/xero-invoices.yaml:10:16: error[HW401]: there is no function `equal`
               |
            10 |         a: ${x:equal('1')}
               |                ^^^^^ did you mean `equals`?
               = help: try it: headwater eval "\${x:equals('1')}" -a invokehttp.status.code=200 --type

            flows/xero-invoices.yaml:11:18: error[HW401]: there is no function `equal`
               |
            11 |         b: "é${x:equal('2')}"
               |                  ^^^^^ did you mean `equals`?
               = help: try it: headwater eval "é\${x:equals('2')}" -a invokehttp.status.code=200 --type

            flows/xero-invoices.yaml:12:17: error[HW401]: there is no function `equal`
               |
            12 |         c: '${x:equal(''3'')}'
               |                 ^^^^^ did you mean `equals`?
               = help: try it: headwater eval "\${x:equals('3')}" -a invokehttp.status.code=200 --type

            flows/xero-invoices.yaml:14:12: error[HW106]: `a` of GetFile wants a text, but this is a map
               |
            14 |         a: {"text": 1}
               |            ^^^^^^^^^^^ put it in quotes
               = help: write: a: '{"text": 1}'

            flows/xero-invoices.yaml:16:11: error[HW106]: `b` of GetFile wants a text, but this is a list
               |
            16 |           - x
               |           ^^^ a text is wanted here

            flows/xero-invoices.yaml:17:10: error[HW107]: `c` of GetFile has no value
               |
            17 |         c:
               |          ^ write one; an empty text is ""

            flows/xero-invoices.yaml:19:11: error[HW101]: `limits` of GetFile has no entry called `cuont`
               |
            19 |         - cuont: 1
               |           ^^^^^ did you mean `count`?

            flows/xero-invoices.yaml:20:18: error[HW108]: `count` of GetFile cannot be `-1`: it can be from 0 to 4294967295
               |
            20 |         - count: -1
               |                  ^^ it cannot be below zero

            flows/xero-invoices.yaml:21:18: error[HW108]: `share` of GetFile cannot be `many`: a number is wanted
               |
            21 |           share: many
               |                  ^^^^ write digits, with a point for decimals: 1.5

            flows/xero-invoices.yaml:22:7: error[HW105]: `batch_size` and `batch size` are the same property
               |
            22 |       batch size: 1
               |       ^^^^^^^^^^ the first is at line 6
               = help: remove one of them

            flows/xero-invoices.yaml:23:7: error[HW101]: GetFile has no property called `file_filtre`
               |
            23 |       file_filtre: x
               |       ^^^^^^^^^^^ did you mean `file_filter`?
               = help: all properties of GetFile: headwater processors GetFile

            flows/xero-invoices.yaml: 16 errors. Nothing was run. Explain one: headwater explain HW102
        "#]],
    );
}

#[test]
fn kinds_of_values_that_do_not_fit() {
    check(
        "input_directory: [a]\nfile_filter: {a: b}\nattributes: a:b\nroutes: text\nlimits: 5\n",
        expect![[r#"
            flows/xero-invoices.yaml:5:24: error[HW106]: `input_directory` of GetFile wants a text, but this is a list
              |
            5 |       input_directory: [a]
              |                        ^^^ put it in quotes
              = help: write: input_directory: '[a]'

            flows/xero-invoices.yaml:6:20: error[HW106]: `file_filter` of GetFile wants a text, but this is a map
              |
            6 |       file_filter: {a: b}
              |                    ^^^^^^ put it in quotes
              = help: write: file_filter: '{a: b}'

            flows/xero-invoices.yaml:7:19: error[HW106]: `attributes` of GetFile wants a map, but this is a text
              |
            7 |       attributes: a:b
              |                   ^^^ behind a colon YAML wants a blank
              = help: write: a: b

            flows/xero-invoices.yaml:8:15: error[HW106]: `routes` of GetFile wants a map, but this is a text
              |
            8 |       routes: text
              |               ^^^^ give each entry a line of its own: `name: value`

            flows/xero-invoices.yaml:9:15: error[HW106]: `limits` of GetFile wants a list, but this is a text
              |
            9 |       limits: 5
              |               ^ write: [5]

            flows/xero-invoices.yaml: 5 errors. Nothing was run. Explain one: headwater explain HW106
        "#]],
    );
}

#[test]
fn parameters_must_exist() {
    check(
        "input_directory: a/#{dri}\nfile_filter: \"#{nothing like it}\"\nbatch_size: \"#{secret}\"\n",
        expect![[r##"
            flows/xero-invoices.yaml:5:28: error[HW502]: there is no parameter called `dri`
              |
            5 |       input_directory: a/#{dri}
              |                            ^^^ did you mean `dir`?

            flows/xero-invoices.yaml:6:23: error[HW502]: there is no parameter called `nothing like it`
              |
            6 |       file_filter: "#{nothing like it}"
              |                       ^^^^^^^^^^^^^^^ add it to `parameters:`
              = help: the parameters of this flow: dir, output_dir, secret

            flows/xero-invoices.yaml:7:19: error[HW108]: `batch_size` of GetFile cannot be `***`: a whole number is wanted
              |
            7 |       batch_size: "#{secret}"
              |                   ^^^^^^^^^^^ write digits only, without a unit

            flows/xero-invoices.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW502
        "##]],
    );
}

#[test]
fn a_secret_is_never_shown() {
    check(
        "input_directory: x\nfile_filter: y\npassword: [hunter22]\n",
        expect![[r#"
            flows/xero-invoices.yaml:7:17: error[HW106]: `password` of GetFile wants a text, but this is a list
              |
            7 |       password: ***
              |                 ^^^ put it in quotes

            flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW106
        "#]],
    );
    check(
        "input_directory: x\nfile_filter: y\npassword: hunter22 #x\n",
        expect![[r#"
            flows/xero-invoices.yaml:7:26: error[HW201]: YAML takes everything after ` #` as a comment, so this value is only `***`
              |
            7 |       password: ***
              |                   ^ put the whole value in quotes
              = help: if it is meant as a comment: put a blank behind the #

            flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW201
        "#]],
    );
    check(
        "input_directory: x\nfile_filter: y\nbatch_size: \"#{secret}\"\npassword: hunter22\nto: x\n",
        expect![[r##"
            flows/xero-invoices.yaml:7:19: error[HW108]: `batch_size` of GetFile cannot be `***`: a whole number is wanted
              |
            7 |       batch_size: "#{secret}"
              |                   ^^^^^^^^^^^ write digits only, without a unit

            flows/xero-invoices.yaml:9:7: error[HW104]: `to` is not a property of GetFile, it belongs to the processor
              |
            9 |       to: x
              |       ^^ move it two spaces to the left, under `type:`

            flows/xero-invoices.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW108
        "##]],
    );
}

#[test]
fn a_literal_secret_is_known_as_one() {
    for (written, is_literal) in [
        ("\"#{secret}\"", false),
        ("s3cr3t", true),
        ("\"#{secret}x\"", true),
        ("\"${a}${b}\"", true),
        ("\"${a}\"", false),
    ] {
        let properties = format!("input_directory: x\nfile_filter: y\npassword: {written}\n");
        let password = decode_text("GetFile", "", &properties).0.unwrap().password.unwrap();
        assert_eq!(
            (password.is_literal(), format!("{password:?}")),
            (is_literal, "***".into()),
            "{written}"
        );
    }
}

#[test]
fn what_is_missing_is_told_unless_it_follows_from_another_mistake() {
    check(
        "keep_source_file: true\n",
        expect![[r#"
        flows/xero-invoices.yaml:3:11: error[HW102]: GetFile needs the property `input_directory`
          |
        3 |     type: GetFile
          |           ^^^^^^^ add `input_directory:` under `properties:`
          = help: all properties of GetFile: headwater processors GetFile

        flows/xero-invoices.yaml:3:11: error[HW102]: GetFile needs the property `file_filter`
          |
        3 |     type: GetFile
          |           ^^^^^^^ add `file_filter:` under `properties:`
          = help: all properties of GetFile: headwater processors GetFile

        flows/xero-invoices.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW102
    "#]],
    );
    check(
        "input_directry: x\nfile_filter: [x]\n",
        expect![[r#"
        flows/xero-invoices.yaml:5:7: error[HW101]: GetFile has no property called `input_directry`
          |
        5 |       input_directry: x
          |       ^^^^^^^^^^^^^^ did you mean `input_directory`?
          = help: all properties of GetFile: headwater processors GetFile

        flows/xero-invoices.yaml:6:20: error[HW106]: `file_filter` of GetFile wants a text, but this is a list
          |
        6 |       file_filter: [x]
          |                    ^^^ put it in quotes
          = help: write: file_filter: '[x]'

        flows/xero-invoices.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW101
    "#]],
    );
    check(
        "input_directory: x\nfile_filter: y\nlimits:\n  - share: 1\n",
        expect![[r#"
        flows/xero-invoices.yaml:8:11: error[HW102]: `limits` of GetFile needs an entry `count`
          |
        8 |         - share: 1
          |           ^^^^^^^^ add `count:`

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW102
    "#]],
    );
}

#[test]
fn a_name_that_sounds_like_a_secret_is_masked() {
    check(
        "input_directory: x\nfile_filter: y\npasword: hunter22\nclient_secret: '#{secret}'\n",
        expect![[r#"
            flows/xero-invoices.yaml:7:7: error[HW101]: GetFile has no property called `pasword`
              |
            7 |       pasword: ***
              |       ^^^^^^^ did you mean `password`?
              = help: all properties of GetFile: headwater processors GetFile

            flows/xero-invoices.yaml:8:7: error[HW101]: GetFile has no property called `client_secret`
              |
            8 |       client_secret: '#{secret}'
              |       ^^^^^^^^^^^^^
              = help: allowed here: input_directory, file_filter, keep_source_file, evaluation_mode, batch_size, minimum_file_age, maximum_size, password, routes, attributes, limits
                      all properties of GetFile: headwater processors GetFile

            flows/xero-invoices.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW101
        "#]],
    );
    check(
        "input_directory: x\nfile_filter: y\npassword: \"hun\\.ter22\"\n",
        expect![[r#"
        flows/xero-invoices.yaml:7:21: error[HW202]: inside "double quotes" YAML treats a backslash as its own sign, and `\.` is not one it knows
          |
        7 |       password: ***
          |                   ^ use single quotes, or none

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW202
    "#]],
    );
}

#[test]
fn an_error_of_a_foreign_type_does_not_tell_a_secret() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its failure matters")]
    struct Login {
        port: Sensitive<std::net::IpAddr>,
        host: std::net::IpAddr,
    }
    let source = Source::new("x.yaml", "port: hunter22\nhost: \"#{secret}\"\n");
    let parameters = Parameters::from_iter([("secret".to_owned(), Text::sensitive("s3cr3t"))]);
    let context = DecodeContext::new("Login", &source, &parameters, Span::default());
    let diagnostics = decode::<Login>(&yaml::parse(&source).0.unwrap(), &context).unwrap_err();
    expect![[r##"
        x.yaml:1:7: error[HW108]: `port` of Login cannot be `***`
          |
        1 | port: ***
          |       ^^^

        x.yaml:2:7: error[HW108]: `host` of Login cannot be `***`
          |
        2 | host: "#{secret}"
          |       ^^^^^^^^^^^

        x.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW108
    "##]]
    .assert_eq(&render_all(&source, &diagnostics, &context.secrets(), Look::Plain));
}
