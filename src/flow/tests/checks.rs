//! What must hold between processors.

use std::path::Path;

use expect_test::expect;

use super::{super::*, SHIPPED, check, check_processors};

#[test]
fn relationships() {
    check_processors(
        "  call:
    type: Call
    schedule: { every: 1 min }
    properties: { http_url: 'http://localhost' }
    to: { respons: done, whatever: done, failure: done, Failure: failed, retry: { processor: done, expire: 1 hour } }
  split:
    type: Split
    to: split
  route:
    type: Route
    properties: { routes: { a: '${b:isEmpty()}' } }
    to: nowhere
  bare:
    type: Route
    properties: { routes: { a: '${b:isEmpty()}' } }
  twice:
    type: Stamp
    to: [split, split, done]
",
        expect![[r#"
            flows/test.yaml:8:11: error[HW303]: `call` has no relationship called `respons`
              |
            8 |     to: { respons: done, whatever: done, failure: done, Failure: failed, retry: { processor: done, expire: 1 hour } }
              |           ^^^^^^^ did you mean `response`?

            flows/test.yaml:8:26: error[HW303]: `call` has no relationship called `whatever`
              |
            8 |     to: { respons: done, whatever: done, failure: done, Failure: failed, retry: { processor: done, expire: 1 hour } }
              |                          ^^^^^^^^ it cannot stand here
              = help: there are: response, original, retry, no_retry, failure

            flows/test.yaml:8:57: error[HW105]: `failure` is here twice
              |
            8 |     to: { respons: done, whatever: done, failure: done, Failure: failed, retry: { processor: done, expire: 1 hour } }
              |                                                         ^^^^^^^ write a list: [a, b]

            flows/test.yaml:8:100: error[HW116]: `done` has no queue that could be set
              |
            8 |     to: { respons: done, whatever: done, failure: done, Failure: failed, retry: { processor: done, expire: 1 hour } }
              |                                                                                                    ^^^^^^ remove it

            flows/test.yaml:11:9: error[HW304]: `split` has several ways out (split, splits), and this names none of them
               |
            11 |     to: split
               |         ^^^^^ write { split: ..., splits: ... }

            flows/test.yaml:15:9: error[HW301]: there is no processor called `nowhere` in this flow
               |
            15 |     to: nowhere
               |         ^^^^^^^ no place has such a name
               = help: there are: call, split, route, bare, twice

            flows/test.yaml:15:9: error[HW304]: `route` has several ways out (a, unmatched), and this names none of them
               |
            15 |     to: nowhere
               |         ^^^^^^^ write { a: ..., unmatched: ... }

            flows/test.yaml:16:3: error[HW302]: `bare` does not say where `a` and `unmatched` flowfiles go
               |
            16 |   bare:
               |   ^^^^ add `a:` and `unmatched:`
               = help: `a: failed` keeps them for a person to look at; `a: done` ends them here

            flows/test.yaml:21:17: error[HW105]: `split` is named twice for `success`
               |
            21 |     to: [split, split, done]
               |                 ^^^^^ once is enough

            flows/test.yaml: 9 errors. Nothing was run. Explain one: headwater explain HW303
        "#]],
    );
}

#[test]
fn places_with_mistakes() {
    check_processors(
        "  stamp:
    type: Stamp
    to: { processor: stamp, back_presure: { count: 1 } }
  write:
    type: Write
    properties: { directory: /out }
    to:
      success: { back_pressure: { count: many, size: 3 parsecs } }
      failure: { processor: stamp, hold: { if_changed: { processor: stamp, hold: { file: a, if_changed: done } } }, prioritize: [oldest] }
",
        expect![[r#"
            flows/test.yaml:6:29: error[HW110]: `to` of `stamp` has no key called `back_presure`
              |
            6 |     to: { processor: stamp, back_presure: { count: 1 } }
              |                             ^^^^^^^^^^^^ did you mean `back_pressure`?

            flows/test.yaml:11:16: error[HW113]: `success` needs `processor:`
               |
            11 |       success: { back_pressure: { count: many, size: 3 parsecs } }
               |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ add `processor: ID`

            flows/test.yaml:11:42: error[HW108]: `count` of `back_pressure` of `success` cannot be `many`
               |
            11 |       success: { back_pressure: { count: many, size: 3 parsecs } }
               |                                          ^^^^ write a whole number; 0 means no limit

            flows/test.yaml:11:54: error[HW108]: `size` of `back_pressure` of `success`: `3 parsecs` is not a size
               |
            11 |       success: { back_pressure: { count: many, size: 3 parsecs } }
               |                                                      ^^^^^^^^^ a size is wanted
               = help: for example: 0 B, 64 KB, 1 MB, 1 GB

            flows/test.yaml:12:36: error[HW113]: `hold` of `failure` needs `file:`
               |
            12 |       failure: { processor: stamp, hold: { if_changed: { processor: stamp, hold: { file: a, if_changed: done } } }, prioritize: [oldest] }
               |                                    ^^^^ add the file that is held

            flows/test.yaml:12:76: error[HW307]: a flowfile that goes to `if_changed` leaves the hold; it cannot take one there
               |
            12 |       failure: { processor: stamp, hold: { if_changed: { processor: stamp, hold: { file: a, if_changed: done } } }, prioritize: [oldest] }
               |                                                                            ^^^^ remove this hold

            flows/test.yaml:12:130: error[HW103]: `prioritize` of `failure` cannot be `oldest`
               |
            12 |       failure: { processor: stamp, hold: { if_changed: { processor: stamp, hold: { file: a, if_changed: done } } }, prioritize: [oldest] }
               |                                                                                                                                  ^^^^^^ did you mean `oldest-flowfile-first`?
               = help: allowed: first-in-first-out, newest-flowfile-first, oldest-flowfile-first, priority-attribute

            flows/test.yaml: 7 errors. Nothing was run. Explain one: headwater explain HW110
        "#]],
    );
}

#[test]
fn a_source_takes_no_flowfiles() {
    check_processors(
        "  read:
    type: Read
    schedule: { every: 1 min }
    properties: { input_directory: /in }
    to: read
",
        expect![[r#"
            flows/test.yaml:8:9: error[HW305]: `read` takes no flowfiles: Read is a source
              |
            8 |     to: read
              |         ^^^^ `read` cannot lead there

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW305
        "#]],
    );
}

#[test]
fn what_nothing_leads_to() {
    check_processors(
        "  read:
    type: Read
    properties: { input_directory: /in }
    to: a
  a:
    type: Stamp
  b:
    type: Stamp
    to: c
  c:
    type: Stamp
  d:
    type: Stamp
    to: e
  e:
    type: Stamp
    to: d
",
        expect![[r#"
            flows/test.yaml:4:3: warning[HW803]: `read` has no schedule: it fires only with `headwater run`
              |
            4 |   read:
              |   ^^^^ add `schedule: { every: 10 min }`, or how often it is

            flows/test.yaml:10:3: warning[HW306]: nothing leads to `b`, so it never has anything to do
               |
            10 |   b:
               |   ^ name it in the `to:` of another processor

            flows/test.yaml:15:3: warning[HW306]: no source leads to `d`, so it never has anything to do
               |
            15 |   d:
               |   ^ what leads here is only led to from here

            flows/test.yaml: 3 warnings. Explain one: headwater explain HW803
        "#]],
    );
}

#[test]
fn one_hold_at_a_time() {
    let flow = |second: &str| {
        format!(
            "  call:
    type: Call
    schedule: {{ every: 1 min }}
    properties: {{ http_url: 'http://localhost' }}
    to: {{ processor: a, hold: {{ file: first.json, if_changed: done }} }}
  a:
    type: Stamp
    to: b
  b:
    {second}
    to: {{ processor: c, hold: {{ file: second.json, if_changed: call }} }}
  c:
    type: Stamp
"
        )
    };
    check_processors(
        &flow("type: Stamp"),
        expect![[r#"
            flows/test.yaml:4:3: warning[HW306]: no source leads to `call`, so it never has anything to do
              |
            4 |   call:
              |   ^^^^ what leads here is only led to from here

            flows/test.yaml:6:5: warning[HW112]: `schedule` is read but has no effect yet in this version: `call` is no source
              |
            6 |     schedule: { every: 1 min }
              |     ^^^^^^^^ it runs as soon as there is something to do

            flows/test.yaml:8:22: warning[HW308]: nothing behind this hold writes a file, so it only makes others wait
              |
            8 |     to: { processor: a, hold: { file: first.json, if_changed: done } }
              |                      ^ a hold is for a file that is replaced

            flows/test.yaml:14:22: error[HW307]: this place takes a hold, and flowfiles can come here that have one already
               |
            14 |     to: { processor: c, hold: { file: second.json, if_changed: call } }
               |                      ^ the first is at line 8
               = help: one hold at a time: end the first one before, with the PutFile that writes its file

            flows/test.yaml:14:22: warning[HW308]: nothing behind this hold writes a file, so it only makes others wait
               |
            14 |     to: { processor: c, hold: { file: second.json, if_changed: call } }
               |                      ^ a hold is for a file that is replaced

            flows/test.yaml: 1 error, 4 warnings. Nothing was run. Explain one: headwater explain HW307
        "#]],
    );
    check_processors(
        &flow("type: Write\n    properties: { directory: /out }"),
        expect![[r#"
            flows/test.yaml:4:3: warning[HW306]: no source leads to `call`, so it never has anything to do
              |
            4 |   call:
              |   ^^^^ what leads here is only led to from here

            flows/test.yaml:6:5: warning[HW112]: `schedule` is read but has no effect yet in this version: `call` is no source
              |
            6 |     schedule: { every: 1 min }
              |     ^^^^^^^^ it runs as soon as there is something to do

            flows/test.yaml:15:22: warning[HW308]: nothing behind this hold writes a file, so it only makes others wait
               |
            15 |     to: { processor: c, hold: { file: second.json, if_changed: call } }
               |                      ^ a hold is for a file that is replaced

            flows/test.yaml: 3 warnings. Explain one: headwater explain HW306
        "#]],
    );
}

#[test]
fn a_hold_may_be_taken_again_at_its_own_place() {
    check_processors(
        "  call:
    type: Call
    schedule: { every: 1 min }
    properties: { http_url: 'http://localhost' }
    to: { response: a }
  a:
    type: Stamp
    to: { processor: b, hold: { file: first.json, if_changed: a } }
  b:
    type: Route
    properties: { routes: { again: \"${size:isEmpty()}\" } }
    to: { again: a, unmatched: write }
  write:
    type: Write
    properties: { directory: /out }
",
        expect![[""]],
    );
}

#[test]
fn the_file_of_a_hold() {
    check(
        "flow: test
parameters:
  key: { env: KEY, sensitive: true }
  none: x
processors:
  write:
    type: Write
    properties: { directory: /out }
    to:
      success:
        - { processor: a, hold: { file: \"#{nnoe}/a\", if_changed: done } }
        - { processor: b, hold: { file: \"#{key}/a\", if_changed: done } }
        - { processor: write, hold: { file: \"${filename}\", if_changed: done } }
  a:
    type: Stamp
  b:
    type: Stamp
",
        expect![[r##"
            flows/test.yaml:3:15: error[HW501]: the parameter `key` has no value
              |
            3 |   key: { env: KEY, sensitive: true }
              |               ^^^ the environment variable KEY is not set
              = help: looked at: --param key= (not given); --params FILE (not given); environment KEY (not set)
                      used at line 12
                      to check the file without secrets: headwater validate --no-values flows/test.yaml

            flows/test.yaml:11:44: error[HW502]: there is no parameter called `nnoe`
               |
            11 |         - { processor: a, hold: { file: "#{nnoe}/a", if_changed: done } }
               |                                            ^^^^ did you mean `none`?

            flows/test.yaml:12:41: error[HW116]: the file of a hold shows up in messages, so no sensitive parameter can be in its path
               |
            12 |         - { processor: b, hold: { file: "#{key}/a", if_changed: done } }
               |                                         ^^^^^^^^^^ use another parameter

            flows/test.yaml:13:46: error[HW116]: the file of a hold is known before any flowfile comes, so there are no expressions in it
               |
            13 |         - { processor: write, hold: { file: "${filename}", if_changed: done } }
               |                                              ^^ a parameter is allowed: #{name}

            flows/test.yaml: 4 errors. Nothing was run. Explain one: headwater explain HW501
        "##]],
    );
}

#[test]
fn holds_that_share_their_way_out() {
    let flow = |settings: &str| {
        format!(
            "  call:
    type: Call
    schedule: {{ every: 1 min }}
    properties: {{ http_url: 'http://localhost' }}
    to:
      - {{ processor: a, hold: {{ file: first.json, if_changed: b }} }}
      - {{ processor: b, hold: {{ file: first.json, if_changed: {settings} }} }}
  a:
    type: Write
    properties: {{ directory: /out }}
  b:
    type: Write
    properties: {{ directory: /out }}
"
        )
    };
    check_processors(&flow("b"), expect![[""]]);
    check_processors(
        &flow("{ processor: b, back_pressure: { count: 1 } }"),
        expect![[r#"
        flows/test.yaml:10:76: error[HW116]: another place leads here by the same way, with other settings of its queue
           |
        10 |       - { processor: b, hold: { file: first.json, if_changed: { processor: b, back_pressure: { count: 1 } } } }
           |                                                                            ^ write the same settings

        flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW116
    "#]],
    );
}

#[test]
fn a_processor_with_a_memory_works_on_one_flowfile_at_a_time() {
    let split = |concurrency: u8| {
        format!(
            "  a: {{ type: Read, schedule: {{ every: 1 min }}, properties: {{ input_directory: in }}, to: b }}\n  \
             b: {{ type: Split, concurrency: {concurrency}, to: {{ split: done, splits: done }} }}\n"
        )
    };
    check_processors(&split(1), expect![""]);
    check_processors(
        &split(2),
        expect![[r#"
        flows/test.yaml:5:21: error[HW116]: `b` keeps a state, so it works on one flowfile at a time
          |
        5 |   b: { type: Split, concurrency: 2, to: { split: done, splits: done } }
          |                     ^^^^^^^^^^^ remove it: 1 is the default

        flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW116
    "#]],
    );
}

/// Of the shipped flow only the types are unknown here, because no bundle is.
#[test]
fn the_shipped_flow_is_right_but_for_its_types() {
    let options = LoadOptions { no_values: true, ..LoadOptions::default() };
    let nothing = Registry::default();
    let errors = load_text(Path::new("flow.yaml"), SHIPPED, &nothing, &options).err().unwrap();
    let codes: Vec<_> = errors.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [code::UNKNOWN_TYPE; 10], "{errors}");
}
