//! What people see, as `messages.md` shows it.

use expect_test::expect;

use super::{check, check_processors};

#[test]
fn m01_an_unknown_property() {
    check_processors(
        "  read:
    type: Read
    schedule: { every: 10 min }
    properties:
      input_dir: /in
",
        expect![[r#"
            flows/test.yaml:8:7: error[HW101]: Read has no property called `input_dir`
              |
            8 |       input_dir: /in
              |       ^^^^^^^^^ did you mean `input_directory`?
              = help: all properties of Read: headwater processors Read

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW101
        "#]],
    );
}

#[test]
fn m02_a_place_that_does_not_exist() {
    check_processors(
        "  read:
    type: Read
    schedule: { every: 10 min }
    properties: { input_directory: /in }
    to: cal
  call:
    type: Call
    properties:
      http_url: http://localhost
    to: { response: chek-status, no_retry: somewhere }
  check-status:
    type: Stamp
",
        expect![[r#"
            flows/test.yaml:8:9: error[HW301]: there is no processor called `cal` in this flow
              |
            8 |     to: cal
              |         ^^^ did you mean `call` (line 9)?

            flows/test.yaml:13:21: error[HW301]: there is no processor called `chek-status` in this flow
               |
            13 |     to: { response: chek-status, no_retry: somewhere }
               |                     ^^^^^^^^^^^ did you mean `check-status` (line 14)?

            flows/test.yaml:13:44: error[HW301]: there is no processor called `somewhere` in this flow
               |
            13 |     to: { response: chek-status, no_retry: somewhere }
               |                                            ^^^^^^^^^ no place has such a name
               = help: there are: read, call, check-status

            flows/test.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW301
        "#]],
    );
}

#[test]
fn m03_a_relationship_without_a_place() {
    check_processors(
        "  call:
    type: Call
    schedule: { every: 1 min }
    properties:
      http_url: http://localhost
    to: check-status
  check-status:
    type: Route
    properties:
      routes:
        authorized: ${invokehttp.status.code:equals('200')}
        expired: ${invokehttp.status.code:equals('401')}
    to: { authorized: done, expired: done }
",
        expect![[r#"
            flows/test.yaml:16:9: error[HW302]: `check-status` does not say where `unmatched` flowfiles go
               |
            16 |     to: { authorized: done, expired: done }
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ add `unmatched:`
               = help: `unmatched: failed` keeps them for a person to look at; `unmatched: done` ends them here

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW302
        "#]],
    );
}

#[test]
fn m07_a_value_that_is_not_allowed() {
    check_processors(
        "  write:
    type: Write
    properties:
      directory: /out
      conflict_resolution: replace all
",
        expect![[r#"
            flows/test.yaml:8:28: error[HW103]: `conflict_resolution` of Write cannot be `replace all`
              |
            8 |       conflict_resolution: replace all
              |                            ^^^^^^^^^^^ did you mean `Replace it`?
              = help: allowed: Keep the old, Replace it (also written keep_the_old, replace_it)

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW103
        "#]],
    );
}

#[test]
fn m08_a_mistake_inside_an_expression() {
    check_processors(
        "  check-status:
    type: Route
    properties:
      routes:
        authorized: ${invokehttp.status.code:equal('200')}
    to: { authorized: done, unmatched: done }
",
        expect![[r#"
            flows/test.yaml:8:46: error[HW401]: there is no function `equal`
              |
            8 |         authorized: ${invokehttp.status.code:equal('200')}
              |                                              ^^^^^ did you mean `equals`?
              = help: try it: headwater eval "\${invokehttp.status.code:equals('200')}" -a invokehttp.status.code=200 --type

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW401
        "#]],
    );
}

#[test]
fn m09_a_parameter_without_a_value() {
    check(
        "flow: test
parameters:
  tenant_id:     { env: XERO_TENANT_ID }
processors:
  call:
    type: Call
    schedule: { every: 1 min }
    properties:
      http_url: \"http://localhost/#{tenant_id}\"
      headers:
        xero-tenant-id: \"#{tenant_id}\"
",
        expect![[r#"
            flows/test.yaml:3:25: error[HW501]: the parameter `tenant_id` has no value
              |
            3 |   tenant_id:     { env: XERO_TENANT_ID }
              |                         ^^^^^^^^^^^^^^ the environment variable XERO_TENANT_ID is not set
              = help: looked at: --param tenant_id= (not given); --params FILE (not given); environment XERO_TENANT_ID (not set)
                      used at lines 9 and 11
                      to check the file without secrets: headwater validate --no-values flows/test.yaml

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW501
        "#]],
    );
}

#[test]
fn m12_a_schedule_that_never_fires() {
    check_processors(
        "  call:
    type: Call
    schedule: { cron: \"0 0 6 31 2 ?\" }
    properties:
      http_url: http://localhost
",
        expect![[r#"
            flows/test.yaml:6:24: error[HW801]: this schedule never fires: February has no 31st
              |
            6 |     schedule: { cron: "0 0 6 31 2 ?" }
              |                        ^^^^^^^^^^^^ day 31, month 2
              = help: the last day of every month at 06:00 is  "0 0 6 L * ?"

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW801
        "#]],
    );
}

#[test]
fn m13_one_level_too_deep() {
    check_processors(
        "  read:
    type: Read
    schedule: { every: 10 min }
    properties:
      input_directory: /in
      to: call
",
        expect![[r#"
            flows/test.yaml:9:7: error[HW104]: `to` is not a property of Read, it belongs to the processor
              |
            9 |       to: call
              |       ^^ move it two spaces to the left, under `type:`

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW104
        "#]],
    );
}

#[test]
fn m14_the_same_name_twice() {
    check_processors(
        "  save-invoices:
    type: Write
    properties: { directory: /out }
  save-invoices:
    type: Stamp
",
        expect![[r#"
            flows/test.yaml:7:3: error[HW105]: there are two processors called `save-invoices`
              |
            7 |   save-invoices:
              |   ^^^^^^^^^^^^^ the first is at line 4
              = help: YAML would keep only the second; give one of them another name

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW105
        "#]],
    );
}

#[test]
fn ten_mistakes_in_one_file() {
    check(
        "flow: My Flow
timezone: Europe/Amsterdm
parameters:
  secret: { secret: \"vault:a#b\" }
processors:
  Read It:
    type: Raed
    to: cal
  call:
    type: Call
    retry: many
    concurency: 3
    properties:
      http_url: ${filename:toUper()}
      read_timeout: 1 sec
    to: { respnse: done }
  write:
    type: Write
    schedule: { at: \"25:00\" }
    properties:
      directory: \"#{out}\"
    to: done, failed
",
        expect![[r##"
            flows/test.yaml:1:7: error[HW111]: the name of a flow cannot be `My Flow`
              |
            1 | flow: My Flow
              |       ^^^^^^^ did you mean `my-flow`?
              = help: small letters from a to z, digits and hyphens, and not a hyphen first

            flows/test.yaml:2:11: error[HW804]: there is no time zone `Europe/Amsterdm`
              |
            2 | timezone: Europe/Amsterdm
              |           ^^^^^^^^^^^^^^^ did you mean `Europe/Amsterdam`?

            flows/test.yaml:4:21: error[HW503]: this version cannot ask a secret store
              |
            4 |   secret: { secret: "vault:a#b" }
              |                     ^^^^^^^^^^^^ use `env` or `file`
              = help: write: secret: { env: NAME, sensitive: true }, or { file: PATH, sensitive: true }

            flows/test.yaml:6:3: error[HW111]: the id of a processor cannot be `Read It`
              |
            6 |   Read It:
              |   ^^^^^^^ did you mean `read-it`?
              = help: small letters from a to z, digits and hyphens, and not a hyphen first

            flows/test.yaml:7:11: error[HW119]: there is no processor type `Raed`
              |
            7 |     type: Raed
              |           ^^^^ did you mean `Read`?
              = help: all types: headwater processors

            flows/test.yaml:8:9: error[HW301]: there is no processor called `cal` in this flow
              |
            8 |     to: cal
              |         ^^^ did you mean `call` (line 9)?

            flows/test.yaml:11:12: error[HW108]: `retry` of `call` cannot be `many`
               |
            11 |     retry: many
               |            ^^^^ write a whole number from 0 to 1000000

            flows/test.yaml:12:5: error[HW110]: a processor has no key called `concurency`
               |
            12 |     concurency: 3
               |     ^^^^^^^^^^ did you mean `concurrency`?

            flows/test.yaml:14:28: error[HW401]: there is no function `toUper`
               |
            14 |       http_url: ${filename:toUper()}
               |                            ^^^^^^ did you mean `toUpper`?
               = help: try it: headwater eval '${filename:toUpper()}' -a filename=VALUE --type

            flows/test.yaml:19:22: error[HW801]: there is no hour 25
               |
            19 |     schedule: { at: "25:00" }
               |                      ^^
               = help: write it as "06:30" or "18:30:15", from 00:00 to 23:59:59

            flows/test.yaml:21:19: error[HW502]: there is no parameter called `out`
               |
            21 |       directory: "#{out}"
               |                   ^^^^^^ add it to `parameters:`
               = help: the parameters of this flow: secret

            flows/test.yaml:22:9: error[HW301]: there is no processor called `done, failed` in this flow
               |
            22 |     to: done, failed
               |         ^^^^^^^^^^^^ did you mean [done, failed]?

            flows/test.yaml: 12 errors. Nothing was run. Explain one: headwater explain HW111
        "##]],
    );
}
