//! What `validate` finds by following flowfiles, attributes and secrets through a flow, and that it says nothing of flows
//! that are fine.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::{fs, path::Path, sync::Arc};

use expect_test::{Expect, expect};
use headwater::flow::{LoadOptions, Registry, load_text};

#[path = "common/large_flow.rs"]
mod large_flow;

const XERO: &str = include_str!("../flows/xero-invoices.yaml");

/// Everything that is said about a flow.
fn said(name: &str, text: &str) -> String {
    let registry = Registry::new(&[processors_standard::PROCESSORS]).unwrap();
    let environment = [("HOME".to_owned(), "/home/ada".to_owned())].into();
    let options = LoadOptions {
        no_values: true,
        environment: Arc::new(environment),
        ..LoadOptions::default()
    };
    match load_text(Path::new(name), text, &registry, &options) {
        Ok(loaded) => loaded.render(Default::default()),
        Err(errors) => errors.render(Default::default()),
    }
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&said("flow.yaml", text));
}

/// The shipped flow with one piece of it written otherwise.
fn check_xero(piece: &str, otherwise: &str, expected: Expect) {
    assert!(XERO.contains(piece), "{piece}");
    expected.assert_eq(&said("flows/xero-invoices.yaml", &XERO.replace(piece, otherwise)));
}

/// Some processors behind a source that makes flowfiles with the attribute `a`.
fn check_behind(processors: &str, expected: Expect) {
    let head = "flow: test
timezone: UTC
parameters:
  host: https://example.com
  key: { env: KEY, sensitive: true }
processors:
  begin:
    type: GenerateFlowFile
    schedule: { every: 1 min }
    properties: { attributes: { a: x } }
    to: next
";
    check(&format!("{head}{processors}"), expected);
}

#[test]
fn nothing_is_said_of_flows_that_are_fine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut looked_at = 0;
    for folder in ["flows", "tests/fixtures/fine"] {
        for file in fs::read_dir(root.join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                looked_at += 1;
                assert_eq!(said("flow.yaml", &fs::read_to_string(&path).unwrap()), "", "{path:?}");
            }
        }
    }
    assert!(looked_at > 10);
    assert_eq!(said("flow.yaml", &large_flow::large_flow(201)), "");
}

#[test]
fn an_attribute_that_nothing_sets() {
    check_xero(
        "Bearer ${access_token}",
        "Bearer ${acess_token}",
        expect![[r#"
        flows/xero-invoices.yaml:41:33: warning[HW602]: nothing before `call-xero` sets the attribute `acess_token`, so it is empty here
           |
        41 |         Authorization: Bearer ${acess_token}
           |                                 ^^^^^^^^^^^ did you mean `access_token` (set at line 32)?

        flows/xero-invoices.yaml: 1 warning. Explain one: headwater explain HW602
    "#]],
    );
    check_behind(
        "  next:
    type: UpdateAttribute
    properties:
      attributes:
        b: ${c}
        c: ${a}
        d: ${later}
        e: ${nowhere} ${other:isEmpty():ifElse('', ${other})}
        f: ${Content-Type} ${HOME} ${HOMES}
    to: last
  last:
    type: UpdateAttribute
    properties:
      attributes: { later: x }
",
        expect![[r#"
            flow.yaml:16:14: warning[HW602]: nothing before `next` sets the attribute `c`, so it is empty here
               |
            16 |         b: ${c}
               |              ^ it is set here, and not before
               = help: every value is made from what a flowfile came with: set `c` in an UpdateAttribute before `next`

            flow.yaml:18:14: warning[HW602]: nothing before `next` sets the attribute `later`, so it is empty here
               |
            18 |         d: ${later}
               |              ^^^^^ `last` sets it (line 25), and does not lead here

            flow.yaml:19:14: warning[HW602]: nothing before `next` sets the attribute `nowhere`, so it is empty here
               |
            19 |         e: ${nowhere} ${other:isEmpty():ifElse('', ${other})}
               |              ^^^^^^^ no processor of this flow sets it
               = help: if it may be missing, say so: ${nowhere:replaceNull('')}

            flow.yaml:20:14: warning[HW602]: nothing before `next` sets the attribute `Content-Type`, so it is empty here
               |
            20 |         f: ${Content-Type} ${HOME} ${HOMES}
               |              ^^^^^^^^^^^^ no processor of this flow sets it
               = help: if it may be missing, say so: ${'Content-Type':replaceNull('')}

            flow.yaml:20:38: warning[HW602]: nothing before `next` sets the attribute `HOMES`, so it is empty here
               |
            20 |         f: ${Content-Type} ${HOME} ${HOMES}
               |                                      ^^^^^ no processor of this flow sets it
               = help: if it may be missing, say so: ${HOMES:replaceNull('')}

            flow.yaml: 5 warnings. Explain one: headwater explain HW602
        "#]],
    );
}

#[test]
fn a_loop_that_nothing_ends() {
    check_xero(
        ":and(${refresh.run:equals(${run.id}):not()})",
        "",
        expect![[r#"
        flows/xero-invoices.yaml:108:9: error[HW601]: this closes a loop that a flowfile may never leave
            |
        108 |     to: call-xero                               # the hold ended with the write; check-status lets it round only once a run
            |         ^^^^^^^^^ back to line 36
            = help: the loop:  call-xero -> check-status -(expired)-> refresh-body -> refresh-tokens
                               -> take-tokens -> name-credentials -> save-credentials -> call-xero
                    the route `expired` (line 52) tests only `invokehttp.status.code`, which call-xero sets anew each time round
                    let it round once a run: set an attribute in the loop (refresh.run: ${run.id}) and add :and(${refresh.run:equals(${run.id}):not()}) to `expired`

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW601
    "#]],
    );
    check_xero(
        "to: { response: check-status, no_retry: check-status }",
        "to: { response: check-status, failure: call-xero, retry: call-xero }",
        expect![[r#"
            flows/xero-invoices.yaml:45:44: error[HW601]: `call-xero` gets its own `failure` flowfiles back, for ever
               |
            45 |     to: { response: check-status, failure: call-xero, retry: call-xero }
               |                                            ^^^^^^^^^ remove it: `retry:` at line 44 tries again already
               = help: what still fails then goes to `failed`, where it waits for a person

            flows/xero-invoices.yaml:45:62: error[HW601]: `call-xero` gets its own `retry` flowfiles back, for ever
               |
            45 |     to: { response: check-status, failure: call-xero, retry: call-xero }
               |                                                              ^^^^^^^^^ remove it: `retry:` at line 44 tries again already
               = help: what still fails then goes to `failed`, where it waits for a person

            flows/xero-invoices.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW601
        "#]],
    );
    check_behind(
        "  next:
    type: InvokeHttp
    properties:
      http_url: \"#{host}\"
    to: { failure: next, no_retry: wait }
  wait:
    type: UpdateAttribute
    properties:
      attributes: { b: y }
    to: next
",
        expect![[r#"
            flow.yaml:16:20: error[HW601]: `next` gets its own `failure` flowfiles back, for ever
               |
            16 |     to: { failure: next, no_retry: wait }
               |                    ^^^^ use `retry: 5`
               = help: write below `type:` of `next`:  retry: 5
                       what still fails then goes to `failed`, where it waits for a person

            flow.yaml:21:9: error[HW601]: this closes a loop that a flowfile may never leave
               |
            21 |     to: next
               |         ^^^^ back to line 12
               = help: the loop:  next -(no_retry)-> wait -> next
                       no route on it tests an attribute, so what goes round once goes round for ever
                       to try again, write below `type:` of `next`:  retry: { times: 5, on: [no_retry] }

            flow.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW601
        "#]],
    );
}

/// Two ways round, of which a test bounds only one.
#[test]
fn a_loop_beside_one_that_is_bounded() {
    check_behind(
        "  next:
    type: RouteOnAttribute
    properties:
      routes:
        again: ${tries:replaceNull(0):lt(5)}
    to: { again: [count, forget], unmatched: done }
  count:
    type: UpdateAttribute
    properties:
      attributes:
        tries: ${tries:replaceNull(0):plus(1)}
    to: next
  forget:
    type: LogAttribute
    to: next
",
        expect![[r#"
            flow.yaml:26:9: error[HW601]: this closes a loop that a flowfile may never leave
               |
            26 |     to: next
               |         ^^^^ back to line 12
               = help: the loop:  next -(again)-> forget -> next
                       the route `again` (line 16) tests only `tries`, which nothing in the loop sets
                       let it round once a run: set an attribute in the loop (forget.run: ${run.id}) and add :and(${forget.run:equals(${run.id}):not()}) to `again`

            flow.yaml: 1 error. Nothing was run. Explain one: headwater explain HW601
        "#]],
    );
}

#[test]
fn a_route_that_always_goes_the_same_way() {
    check_behind(
        "  next:
    type: RouteOnAttribute
    properties:
      routes:
        both: ${a:equals('x'):and(${a:equals('y')})}
        small: ${a:toUpper():equals('x')}
        any: ${a:equals('x'):not():or(${a:equals('y'):not()})}
        missing: ${c:isEmpty():not()}
        there: ${c:isNull()}
        constant: ${literal('a'):equals('b')}
        meant: ${literal(true):equals(true)}
        fine: ${a:equals('x'):or(${a:equals('y')})}
        switch: ${#{host}:equals('b')}
    to: { both: done, small: done, any: done, missing: done, there: done, constant: done, meant: done, fine: done, switch: done, unmatched: done }
",
        expect![[r#"
            flow.yaml:16:15: warning[HW603]: the route `both` can never match
               |
            16 |         both: ${a:equals('x'):and(${a:equals('y')})}
               |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no flowfile can make this true
               = help: try it: headwater eval "\${a:equals('x'):and(\${a:equals('y')})}" -a a=VALUE

            flow.yaml:17:16: warning[HW603]: the route `small` can never match
               |
            17 |         small: ${a:toUpper():equals('x')}
               |                ^^^^^^^^^^^^^^^^^^^^^^^^^^ no flowfile can make this true
               = help: try it: headwater eval "\${a:toUpper():equals('x')}" -a a=VALUE

            flow.yaml:18:14: warning[HW603]: the route `any` always matches
               |
            18 |         any: ${a:equals('x'):not():or(${a:equals('y'):not()})}
               |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no flowfile can make this false
               = help: try it: headwater eval "\${a:equals('x'):not():or(\${a:equals('y'):not()})}" -a a=VALUE

            flow.yaml:19:18: warning[HW603]: the route `missing` can never match
               |
            19 |         missing: ${c:isEmpty():not()}
               |                  ^^^^^^^^^^^^^^^^^^^^ nothing before `next` sets `c`
               = help: try it: headwater eval "\${c:isEmpty():not()}" -a c=VALUE

            flow.yaml:20:16: warning[HW603]: the route `there` always matches
               |
            20 |         there: ${c:isNull()}
               |                ^^^^^^^^^^^^^ nothing before `next` sets `c`
               = help: try it: headwater eval "\${c:isNull()}" -a c=VALUE

            flow.yaml:21:19: warning[HW603]: the route `constant` can never match
               |
            21 |         constant: ${literal('a'):equals('b')}
               |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^ no flowfile can make this true
               = help: try it: headwater eval "\${literal('a'):equals('b')}" -a name=VALUE

            flow.yaml: 6 warnings. Explain one: headwater explain HW603
        "#]],
    );
}

#[test]
fn a_secret_on_its_way_out() {
    check_xero(
        "\"#{api_url}/api.xro/2.0/Invoices\"",
        "\"#{api_url}/api.xro/2.0/Invoices?token=${access_token}\"",
        expect![[r##"
            flows/xero-invoices.yaml:39:58: error[HW701]: `access_token` is secret, and here it becomes a part of a URL, which servers and proxies write into their logs
               |
            39 |       http_url: "#{api_url}/api.xro/2.0/Invoices?token=${access_token}"
               |                                                          ^^^^^^^^^^^^ secret since line 23
               = help: how it came here: `read-credentials` is `sensitive: true` (line 23), `extract-tokens` takes `access_token` from the content (line 32)
                       send it as a header, or in the body of a POST; a sensitive parameter may be the whole URL
                       if only a part of what `read-credentials` brings in is secret, name it where it becomes an attribute:  sensitive: [NAME]

            flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW701
        "##]],
    );
    check_behind(
        "  next:
    type: UpdateAttribute
    properties:
      attributes:
        header: 'Bearer #{key}'
        short: ${a}#{key}
        filename: ${a}.txt
    to: name
  name:
    type: UpdateAttribute
    properties:
      attributes:
        filename: ${short:substring(0, 3):toUpper()}.txt
        short: nothing
    to: log
  log:
    type: LogAttribute
    properties:
      log_prefix: ${a} ${short} ${header}
      attributes_to_log: a, header
    to: put
  put:
    type: PutFile
    properties: { directory: /out }
",
        expect![[r#"
            flow.yaml:30:35: error[HW701]: `header` is secret, and here it would be written to the log
               |
            30 |       log_prefix: ${a} ${short} ${header}
               |                                   ^^^^^^ secret since line 5
               = help: how it came here: the parameter `key` is sensitive (line 5), `next` makes `header` of it (line 16)
                       log what tells flowfiles apart instead: uuid, filename

            flow.yaml:31:29: error[HW701]: `header` is secret, and here it would be written to the log
               |
            31 |       attributes_to_log: a, header
               |                             ^^^^^^ secret since line 5
               = help: how it came here: the parameter `key` is sensitive (line 5), `next` makes `header` of it (line 16)
                       log what tells flowfiles apart instead: uuid, filename

            flow.yaml:34:11: error[HW701]: `filename` is secret, and here it becomes a part of a file's name, which everybody can read
               |
            34 |     type: PutFile
               |           ^^^^^^^ secret since line 5
               = help: how it came here: the parameter `key` is sensitive (line 5), `next` makes `short` of it (line 17), `name` makes `filename` of it (line 24)
                       name the file by something else, for example ${uuid}.json

            flow.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW701
        "#]],
    );
}

#[test]
fn a_secret_that_may_be_shown() {
    check_behind(
        "  next:
    type: InvokeHttp
    properties:
      http_url: \"#{key}\"
      headers:
        X-Key: \"#{key}\"
    to: log
  log:
    type: LogAttribute
    to: put
  put:
    type: PutFile
    properties: { directory: \"#{key}\", filename: \"${uuid}\" }
",
        expect![[""]],
    );
}

#[test]
fn a_file_that_is_never_overwritten() {
    let replace = "\n      conflict_resolution_strategy: replace";
    check_xero(
        replace,
        "",
        expect![[r#"
        flows/xero-invoices.yaml:104:11: error[HW702]: `save-credentials` never overwrites, and the file it writes is the one `read-credentials` reads
            |
        104 |     type: PutFile
            |           ^^^^^^^ conflict_resolution_strategy is `fail` when left out
            = help: the new token would end in `failed`, and the old one is dead after its grace period
                    add:  conflict_resolution_strategy: replace

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW702
    "#]],
    );
    check_xero(
        replace,
        "\n      conflict_resolution_strategy: ignore",
        expect![[r#"
        flows/xero-invoices.yaml:107:37: error[HW702]: `save-credentials` never overwrites, and the file it writes is the one `read-credentials` reads
            |
        107 |       conflict_resolution_strategy: ignore
            |                                     ^^^^^^ the file stays as it is
            = help: the new token would be lost, and the old one is dead after its grace period
                    write:  conflict_resolution_strategy: replace

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW702
    "#]],
    );
    check_xero(
        "        filename: xero.json\n        refresh.run: ${run.id}\n",
        "        filename: other.json\n        refresh.run: ${run.id}\n",
        expect![[r#"
            flows/xero-invoices.yaml:104:11: warning[HW706]: `save-credentials` writes every flowfile to the same file `other.json`
                |
            104 |     type: PutFile
                |           ^^^^^^^ each time round it replaces what it wrote the time before
                = help: to keep them all, name each otherwise:  other-${uuid}.json

            flows/xero-invoices.yaml: 1 warning. Explain one: headwater explain HW706
        "#]],
    );
}

#[test]
fn a_name_that_is_always_the_same() {
    check_behind(
        "  next:
    type: PutFile
    properties: { directory: ./out, filename: all.txt }
    to: second
  second:
    type: UpdateAttribute
    properties: { attributes: { filename: all.txt } }
    to: third
  third:
    type: PutFile
    properties: { directory: ./out/../out, conflict_resolution_strategy: ignore }
",
        expect![[r#"
            flow.yaml:14:47: warning[HW706]: `next` writes every flowfile to the same file `all.txt`
               |
            14 |     properties: { directory: ./out, filename: all.txt }
               |                                               ^^^^^^^ from the second on they end in `failed`
               = help: to keep them all, name each otherwise:  all-${uuid}.txt
                       to keep the newest:  conflict_resolution_strategy: replace

            flow.yaml:21:11: warning[HW706]: `third` writes every flowfile to the same file `all.txt`
               |
            21 |     type: PutFile
               |           ^^^^^^^ only the first one is ever stored
               = help: to keep them all, name each otherwise:  all-${uuid}.txt
                       to keep the newest:  conflict_resolution_strategy: replace

            flow.yaml:21:11: warning[HW707]: `third` writes the same file as `next` (line 12)
               |
            21 |     type: PutFile
               |           ^^^^^^^ each undoes what the other did
               = help: give them different names, or lead both ways to one processor that writes

            flow.yaml: 3 warnings. Explain one: headwater explain HW706
        "#]],
    );
    check_behind(
        "  next:
    type: InvokeHttp
    properties:
      http_url: \"#{host}/${page:replaceNull(1)}\"
    to: page
  page:
    type: EvaluateJsonPath
    properties:
      destination: flowfile-attribute
      attributes: { page: $.next }
    to: [put, more]
  put:
    type: PutFile
    properties: { directory: ./out, filename: page.json, conflict_resolution_strategy: replace }
    to: more
  more:
    type: RouteOnAttribute
    properties:
      routes:
        more: ${page:isEmpty():not()}
    to: { more: next, unmatched: done }
",
        expect![[r#"
            flow.yaml:25:47: warning[HW706]: `put` writes every flowfile to the same file `page.json`
               |
            25 |     properties: { directory: ./out, filename: page.json, conflict_resolution_strategy: replace }
               |                                               ^^^^^^^^^ each time round it replaces what it wrote the time before
               = help: to keep them all, name each otherwise:  page-${uuid}.json

            flow.yaml: 1 warning. Explain one: headwater explain HW706
        "#]],
    );
}

#[test]
fn signs_that_are_only_text() {
    check_behind(
        "  next:
    type: UpdateAttribute
    properties:
      attributes:
        b: a ${a:toUpper() and on
        c: \"#{host and #{} and $${a and ##{b\"
",
        expect![[r##"
            flow.yaml:16:14: warning[HW406]: this `${` is never closed, so `b` is taken as it is typed
               |
            16 |         b: a ${a:toUpper() and on
               |              ^^ is a `}`, a quote or a bracket missing?
               = help: if it is meant as text, write $${

            flow.yaml:17:13: warning[HW406]: this `#{` is never closed, so `c` is taken as it is typed
               |
            17 |         c: "#{host and #{} and $${a and ##{b"
               |             ^^ is a `}` missing?
               = help: if it is meant as text, write ##{

            flow.yaml:17:24: warning[HW406]: there is no name in this `#{}`, so `c` is taken as it is typed
               |
            17 |         c: "#{host and #{} and $${a and ##{b"
               |                        ^^ write the name of a parameter: #{name}
               = help: if it is meant as text, write ##{}

            flow.yaml: 3 warnings. Explain one: headwater explain HW406
        "##]],
    );
}

/// What an analyst sees who made ten different mistakes in one file.
#[test]
fn ten_mistakes() {
    check(
        "flow: orders-to-crm
timezone: Europe/Amsterdm
parameters:
  crm_url: https://crm.example.com
  crm_key: { env: CRM_KEY, sensitive: true }
processors:
  take-orders:
    type: GetFile
    # schedule: { every: 5 min }
    properties:
      input_dir: ./inbox
      keep_source_file: yes
    to: read-order
  read-order:
    type: EvaluateJsonPath
    properties:
      destination: flowfile-attribute
      attributes:
        order_id: $.id
        total: $.total
    to: call-crm
  call-crm:
    type: InvokeHttp
    properties:
      http_method: POST
      http_url: \"#{crm_url}/orders/${oder_id}?key=#{crm_key}\"
      request_content_type: application/json
    to: { response: sort, failure: call-crm }
  sort:
    type: RouteOnAttribute
    properties:
      routes:
        big: ${total:toNumber():gt(1000)}
        created: ${invokehttp.status.code:equals('200'):and(${invokehttp.status.code:equals('201')})}
    to: { big: save, created: save, unmatched: failed }
  save:
    type: PutFile
    properties:
      directory: ./done
      filename: order-${order_id:toUper()}.json
      conflict_resolution_strategy: overwrite
",
        expect![[r##"
            flow.yaml:2:11: error[HW804]: there is no time zone `Europe/Amsterdm`
              |
            2 | timezone: Europe/Amsterdm
              |           ^^^^^^^^^^^^^^^ did you mean `Europe/Amsterdam`?

            flow.yaml:7:3: warning[HW803]: `take-orders` has no schedule: it fires only with `headwater run`
              |
            7 |   take-orders:
              |   ^^^^^^^^^^^ `schedule:` at line 9 is a comment
              = help: take the `#` away, and it fires again

            flow.yaml:11:7: error[HW101]: GetFile has no property called `input_dir`
               |
            11 |       input_dir: ./inbox
               |       ^^^^^^^^^ did you mean `input_directory`?
               = help: all properties of GetFile: headwater processors GetFile

            flow.yaml:12:25: error[HW108]: `keep_source_file` of GetFile cannot be `yes`: true or false is wanted
               |
            12 |       keep_source_file: yes
               |                         ^^^ did you mean `true`?

            flow.yaml:26:38: warning[HW602]: nothing before `call-crm` sets the attribute `oder_id`, so it is empty here
               |
            26 |       http_url: "#{crm_url}/orders/${oder_id}?key=#{crm_key}"
               |                                      ^^^^^^^ did you mean `order_id` (set at line 19)?

            flow.yaml:26:51: error[HW701]: `crm_key` is secret, and here it becomes a part of a URL, which servers and proxies write into their logs
               |
            26 |       http_url: "#{crm_url}/orders/${oder_id}?key=#{crm_key}"
               |                                                   ^^^^^^^^^^ secret since line 5
               = help: how it came here: the parameter `crm_key` is sensitive (line 5)
                       send it as a header, or in the body of a POST; a sensitive parameter may be the whole URL

            flow.yaml:28:36: error[HW601]: `call-crm` gets its own `failure` flowfiles back, for ever
               |
            28 |     to: { response: sort, failure: call-crm }
               |                                    ^^^^^^^^ use `retry: 5`
               = help: write below `type:` of `call-crm`:  retry: 5
                       what still fails then goes to `failed`, where it waits for a person

            flow.yaml:34:18: warning[HW603]: the route `created` can never match
               |
            34 |         created: ${invokehttp.status.code:equals('200'):and(${invokehttp.status.code:equals('201')})}
               |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no flowfile can make this true
               = help: try it: headwater eval "\${invokehttp.status.code:equals('200'):and(\${invokehttp.status.code:equals('201')})}" -a invokehttp.status.code=VALUE

            flow.yaml:40:34: error[HW401]: there is no function `toUper`
               |
            40 |       filename: order-${order_id:toUper()}.json
               |                                  ^^^^^^ did you mean `toUpper`?
               = help: try it: headwater eval '${order_id:toUpper()}' -a order_id=VALUE --type

            flow.yaml:41:37: error[HW103]: `conflict_resolution_strategy` of PutFile cannot be `overwrite`
               |
            41 |       conflict_resolution_strategy: overwrite
               |                                     ^^^^^^^^^ not one of the allowed values
               = help: allowed: fail, replace, ignore

            flow.yaml: 7 errors, 3 warnings. Nothing was run. Explain one: headwater explain HW804
        "##]],
    );
}
