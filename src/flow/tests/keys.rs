//! The keys of a flow and of one processor, and what is said about wrong ones.

use expect_test::expect;

use super::{super::LoadOptions, HEAD, check, check_processors, check_with};

#[test]
fn the_head_of_a_file() {
    check(
        "description: x\nprocesors: {}\n",
        expect![[r#"
        flows/test.yaml:1:1: error[HW113]: a flow file needs `flow:`
          |
        1 | description: x
          | ^ add it as the first line

        flows/test.yaml:1:1: error[HW113]: a flow file needs `processors:`
          |
        1 | description: x
          | ^ add at least one

        flows/test.yaml:2:1: error[HW110]: a flow has no key called `procesors`
          |
        2 | procesors: {}
          | ^^^^^^^^^ did you mean `processors`?

        flows/test.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW113
    "#]],
    );
    check(
        "flow: Übung 1\nto: x\nprocessors:\n",
        expect![[r#"
            flows/test.yaml:1:7: error[HW111]: the name of a flow cannot be `Übung 1`
              |
            1 | flow: Übung 1
              |       ^^^^^^^ write another name
              = help: small letters from a to z, digits and hyphens, and not a hyphen first

            flows/test.yaml:2:1: error[HW114]: `to` belongs to a processor, and here it belongs to the whole flow
              |
            2 | to: x
              | ^^ indent it by four spaces, under the id of its processor

            flows/test.yaml:3:11: error[HW107]: `processors` of a flow file has no value
              |
            3 | processors:
              |           ^ write one, or remove the line

            flows/test.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW111
        "#]],
    );
    check(
        "flow: [a]\nprocessors:\n  - id: a\n",
        expect![[r#"
        flows/test.yaml:1:7: error[HW106]: `flow` of a flow file is a list, and a text is wanted here
          |
        1 | flow: [a]
          |       ^^^ write a text

        flows/test.yaml:3:3: error[HW106]: `processors` is a list, and here a map is wanted: each processor below its id
          |
        3 |   - id: a
          |   ^^^^^^^ write `ID:` instead of `-`

        flows/test.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW106
    "#]],
    );
    check(
        "just text\n",
        expect![[r#"
            flows/test.yaml:1:1: error[HW106]: a flow file is a text, and a map is wanted here
              |
            1 | just text
              | ^^^^^^^^^ give each entry a line of its own: `name: value`

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW106
        "#]],
    );
    check(
        "flow: a\nprocessors: {}\n",
        expect![[r#"
        flows/test.yaml:2:13: error[HW107]: a flow has at least one processor
          |
        2 | processors: {}
          |             ^^ write one

        flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW107
    "#]],
    );
}

#[test]
fn ids() {
    check_processors(
        "  done:
    type: Stamp
  failed:
    type: Stamp
  Call_Xero (new):
    type: Stamp
  -a:
    type: Stamp
",
        expect![[r#"
            flows/test.yaml:4:3: error[HW111]: no processor can be called `done`
              |
            4 |   done:
              |   ^^^^ give it another name
              = help: `done` is where flowfiles end with which nothing more is to be done

            flows/test.yaml:6:3: error[HW111]: no processor can be called `failed`
              |
            6 |   failed:
              |   ^^^^^^ give it another name
              = help: `failed` is the queue in which failed flowfiles wait for a person

            flows/test.yaml:8:3: error[HW111]: the id of a processor cannot be `Call_Xero (new)`
              |
            8 |   Call_Xero (new):
              |   ^^^^^^^^^^^^^^^ did you mean `call-xero-new`?
              = help: small letters from a to z, digits and hyphens, and not a hyphen first

            flows/test.yaml:10:3: error[HW111]: the id of a processor cannot be `-a`
               |
            10 |   -a:
               |   ^^ did you mean `a`?
               = help: small letters from a to z, digits and hyphens, and not a hyphen first

            flows/test.yaml: 4 errors. Nothing was run. Explain one: headwater explain HW111
        "#]],
    );
}

#[test]
fn keys_at_the_wrong_depth() {
    check_processors(
        "  read:
  type: Read
  properties:
    input_directory: /in
  other:
    type: Read
    schedule: { every: 1 min }
    input_directory: /in
    properties: { input_directory: /in }
",
        expect![[r#"
            flows/test.yaml:5:3: error[HW114]: `type` stands where the id of a processor is wanted
              |
            5 |   type: Read
              |   ^^^^ move it two spaces to the right

            flows/test.yaml:6:3: error[HW114]: `properties` stands where the id of a processor is wanted
              |
            6 |   properties:
              |   ^^^^^^^^^^ move it two spaces to the right

            flows/test.yaml:11:5: error[HW114]: `input_directory` is a property of Read
               |
            11 |     input_directory: /in
               |     ^^^^^^^^^^^^^^^ move it two spaces to the right, under `properties:`

            flows/test.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW114
        "#]],
    );
}

#[test]
fn types() {
    check_processors(
        "  a:\n    type: Wirte\n  b:\n    type: Xyz\n  c:\n    to: done\n  d: Stamp\n",
        expect![[r#"
            flows/test.yaml:5:11: error[HW119]: there is no processor type `Wirte`
              |
            5 |     type: Wirte
              |           ^^^^^ did you mean `Write`?
              = help: all types: headwater processors

            flows/test.yaml:7:11: error[HW119]: there is no processor type `Xyz`
              |
            7 |     type: Xyz
              |           ^^^ no type has such a name
              = help: there are: Read, Call, Route, Write, Stamp, Split

            flows/test.yaml:8:3: error[HW113]: `c` needs `type:`
              |
            8 |   c:
              |   ^ add it: it says what the processor does

            flows/test.yaml:10:6: error[HW106]: `d` is a text, and a map is wanted here
               |
            10 |   d: Stamp
               |      ^^^^^ give each entry a line of its own: `name: value`

            flows/test.yaml: 4 errors. Nothing was run. Explain one: headwater explain HW119
        "#]],
    );
}

#[test]
fn schedules_with_mistakes() {
    check_processors(
        "  a:
    type: Call
    schedule: 10 min
    properties: &url { http_url: 'http://localhost' }
  b:
    type: Call
    schedule: { every: 10 min, cron: \"* * * * *\" }
    properties: *url
  c:
    type: Call
    schedule: { every: 10 parsecs, on_nothing: explode }
    properties: *url
  d:
    type: Call
    schedule: { at: '06:30', days: mon-fry, timezone: amsterdam }
    properties: *url
  e:
    type: Call
    schedule: { on_nothing: fail }
    properties: *url
  f:
    type: Call
    schedule: { every: 0 sec }
    properties: *url
  g:
    type: Call
    schedule: { cron: '0 0 6 ? * 1-5', days: mon }
    properties: *url
  h:
    type: Call
    schedule: every 10 min
    properties: *url
",
        expect![[r#"
            flows/test.yaml:6:15: error[HW106]: a schedule says how it is meant; `10 min` alone does not
              |
            6 |     schedule: 10 min
              |               ^^^^^^ write `{ every: 10 min }`

            flows/test.yaml:10:32: error[HW116]: a schedule has one of `every`, `at` and `cron`; here are `every` and `cron`
               |
            10 |     schedule: { every: 10 min, cron: "* * * * *" }
               |                                ^^^^ keep one of them

            flows/test.yaml:14:24: error[HW108]: `every` of `schedule` of `c`: `10 parsecs` is not a duration
               |
            14 |     schedule: { every: 10 parsecs, on_nothing: explode }
               |                        ^^^^^^^^^^ a duration is wanted
               = help: for example: 30 sec, 5 mins, 1 hour, 2 days, 100 ms

            flows/test.yaml:14:48: error[HW103]: `on_nothing` of `schedule` of `c` cannot be `explode`
               |
            14 |     schedule: { every: 10 parsecs, on_nothing: explode }
               |                                                ^^^^^^^ allowed: done, fail

            flows/test.yaml:18:40: error[HW801]: `fry` is not a day of the week
               |
            18 |     schedule: { at: '06:30', days: mon-fry, timezone: amsterdam }
               |                                        ^^^
               = help: write mon-fri, or mon,wed,fri; the days are mon, tue, wed, thu, fri, sat and sun

            flows/test.yaml:18:55: error[HW804]: there is no time zone `amsterdam`
               |
            18 |     schedule: { at: '06:30', days: mon-fry, timezone: amsterdam }
               |                                                       ^^^^^^^^^ did you mean `Europe/Amsterdam`?

            flows/test.yaml:22:15: error[HW113]: this schedule does not say when
               |
            22 |     schedule: { on_nothing: fail }
               |               ^^^^^^^^^^^^^^^^^^^^ add `every: 10 min`, `at: "06:30"` or `cron: "..."`

            flows/test.yaml:26:24: error[HW801]: this leaves no time between two firings
               |
            26 |     schedule: { every: 0 sec }
               |                        ^^^^^
               = help: the shortest is 1 ms, for example `every: 10 min`

            flows/test.yaml:30:34: warning[HW802]: `1-5` counts weekdays from Sunday = 1, so it means SUN-THU
               |
            30 |     schedule: { cron: '0 0 6 ? * 1-5', days: mon }
               |                                  ^^^ write the name of the day
               = help: write SUN-THU

            flows/test.yaml:30:40: error[HW116]: `days` goes with `at`, not with `cron`
               |
            30 |     schedule: { cron: '0 0 6 ? * 1-5', days: mon }
               |                                        ^^^^ remove it, or write `at:`

            flows/test.yaml:34:15: error[HW106]: a schedule says how it is meant; `every 10 min` alone does not
               |
            34 |     schedule: every 10 min
               |               ^^^^^^^^^^^^ write `{ every: 10 min }`

            flows/test.yaml: 10 errors, 1 warning. Nothing was run. Explain one: headwater explain HW106
        "#]],
    );
}

#[test]
fn schedules_to_look_at() {
    check(
        "flow: test
processors:
  a:
    type: Call
    schedule: { cron: '0 0 6 ? * 2' }
    properties: { http_url: 'http://localhost' }
    to: b
  b:
    type: Stamp
    schedule: { every: 1 min, timezone: UTC, on_nothing: fail, missed: skip, overlap: allow }
",
        expect![[r#"
            flows/test.yaml:5:23: warning[HW805]: this flow names no time zone, so this goes by the clock of the machine it runs on
              |
            5 |     schedule: { cron: '0 0 6 ? * 2' }
              |                       ^^^^^^^^^^^^^^ add `timezone: Area/City` at the top of the file

            flows/test.yaml:5:34: warning[HW802]: `2` counts weekdays from Sunday = 1, so it means MON
              |
            5 |     schedule: { cron: '0 0 6 ? * 2' }
              |                                  ^ write the name of the day
              = help: write MON

            flows/test.yaml:10:5: warning[HW112]: `schedule` is read but has no effect yet in this version: `b` is no source
               |
            10 |     schedule: { every: 1 min, timezone: UTC, on_nothing: fail, missed: skip, overlap: allow }
               |     ^^^^^^^^ it runs as soon as there is something to do

            flows/test.yaml:10:31: warning[HW112]: `timezone` does nothing for `every`, which goes by no clock
               |
            10 |     schedule: { every: 1 min, timezone: UTC, on_nothing: fail, missed: skip, overlap: allow }
               |                               ^^^^^^^^ it can be removed

            flows/test.yaml:10:46: warning[HW112]: `on_nothing` does nothing here: `b` is no source
               |
            10 |     schedule: { every: 1 min, timezone: UTC, on_nothing: fail, missed: skip, overlap: allow }
               |                                              ^^^^^^^^^^ it can be removed

            flows/test.yaml:10:64: warning[HW112]: `missed` is read but has no effect yet in this version
               |
            10 |     schedule: { every: 1 min, timezone: UTC, on_nothing: fail, missed: skip, overlap: allow }
               |                                                                ^^^^^^ the flow runs as if it were not there

            flows/test.yaml:10:78: warning[HW112]: `overlap` is read but has no effect yet in this version
               |
            10 |     schedule: { every: 1 min, timezone: UTC, on_nothing: fail, missed: skip, overlap: allow }
               |                                                                              ^^^^^^^ the flow runs as if it were not there

            flows/test.yaml: 7 warnings. Explain one: headwater explain HW805
        "#]],
    );
}

#[test]
fn retries_with_mistakes() {
    check_processors(
        "  a:
    type: Call
    schedule: { every: 1 min }
    properties: { http_url: 'http://localhost' }
    retry: { wait: 5m..1s, on: [retri, response], policy: hope, max_wait: long }
    to: [b, c]
  b:
    type: Write
    properties: { directory: /out }
    retry: 5
  c:
    type: Stamp
    retry: { times: -1, wait: 1s..x, on: failure }
    concurrency: 0
    sensitive: sometimes
    enabled: no
    after_crash: cry
    penalty: 100000 weeks
",
        expect![[r#"
            flows/test.yaml:8:5: error[HW113]: `retry` of `a` needs `times:`
              |
            8 |     retry: { wait: 5m..1s, on: [retri, response], policy: hope, max_wait: long }
              |     ^^^^^ add how many more tries there are, for example `times: 5`

            flows/test.yaml:8:20: error[HW116]: the first wait of `5m..1s` is longer than the longest
              |
            8 |     retry: { wait: 5m..1s, on: [retri, response], policy: hope, max_wait: long }
              |                    ^^^^^^ did you mean `1s..5m`?

            flows/test.yaml:8:33: error[HW303]: `retri` is not a failure relationship that could be tried again
              |
            8 |     retry: { wait: 5m..1s, on: [retri, response], policy: hope, max_wait: long }
              |                                 ^^^^^ did you mean `retry`?

            flows/test.yaml:8:40: error[HW303]: `response` is not a failure relationship that could be tried again
              |
            8 |     retry: { wait: 5m..1s, on: [retri, response], policy: hope, max_wait: long }
              |                                        ^^^^^^^^ it cannot stand here
              = help: there are: retry, no_retry, failure

            flows/test.yaml:8:59: error[HW103]: `policy` of `retry` of `a` cannot be `hope`
              |
            8 |     retry: { wait: 5m..1s, on: [retri, response], policy: hope, max_wait: long }
              |                                                           ^^^^ allowed: penalize, yield

            flows/test.yaml:8:75: error[HW108]: `max_wait` of `retry` of `a`: `long` is not a duration
              |
            8 |     retry: { wait: 5m..1s, on: [retri, response], policy: hope, max_wait: long }
              |                                                                           ^^^^ a duration is wanted
              = help: for example: 30 sec, 5 mins, 1 hour, 2 days, 100 ms

            flows/test.yaml:13:5: error[HW309]: Write has no relationship that passes by itself, so nothing is tried again
               |
            13 |     retry: 5
               |     ^^^^^ say which one with `on:`, or remove it
               = help: for example: retry: { times: 5, on: [failure] }

            flows/test.yaml:16:21: error[HW108]: `times` of `retry` of `c` cannot be `-1`
               |
            16 |     retry: { times: -1, wait: 1s..x, on: failure }
               |                     ^^ write a whole number from 0 to 1000000

            flows/test.yaml:16:35: error[HW108]: `wait` of `retry` of `c`: `x` is not a duration
               |
            16 |     retry: { times: -1, wait: 1s..x, on: failure }
               |                                   ^ a duration is wanted
               = help: for example: 30 sec, 5 mins, 1 hour, 2 days, 100 ms

            flows/test.yaml:16:42: error[HW303]: `failure` is not a failure relationship that could be tried again
               |
            16 |     retry: { times: -1, wait: 1s..x, on: failure }
               |                                          ^^^^^^^ this processor has none

            flows/test.yaml:17:18: error[HW108]: `concurrency` of `c` cannot be `0`
               |
            17 |     concurrency: 0
               |                  ^ write a whole number from 1 to 1000

            flows/test.yaml:18:16: error[HW106]: `sensitive` of `c` is a text, and true, or a list of attributes, is wanted here
               |
            18 |     sensitive: sometimes
               |                ^^^^^^^^^ write `[sometimes]`

            flows/test.yaml:19:14: error[HW108]: `enabled` of `c` cannot be `no`
               |
            19 |     enabled: no
               |              ^^ did you mean `false`?

            flows/test.yaml:20:18: error[HW103]: `after_crash` of `c` cannot be `cry`
               |
            20 |     after_crash: cry
               |                  ^^^ allowed: repeat, fail

            flows/test.yaml:21:14: error[HW108]: `penalty` of `c`: `100000 weeks` is too much: at most 18446744073709551615 of the smallest unit can be counted
               |
            21 |     penalty: 100000 weeks
               |              ^^^^^^^^^^^^ a duration is wanted
               = help: for example: 30 sec, 5 mins, 1 hour, 2 days, 100 ms

            flows/test.yaml: 15 errors. Nothing was run. Explain one: headwater explain HW113
        "#]],
    );
}

#[test]
fn what_is_read_only() {
    check_processors(
        "  a:
    type: Stamp
    properties:
      attributes:
        run.id: x
        uuid: y
        filename: z
",
        expect![[r#"
            flows/test.yaml:8:9: error[HW115]: the attribute `run.id` is set by the engine and by nobody else
              |
            8 |         run.id: x
              |         ^^^^^^ take another name

            flows/test.yaml:9:9: error[HW115]: the attribute `uuid` is set by the engine and by nobody else
              |
            9 |         uuid: y
              |         ^^^^ take another name

            flows/test.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW115
        "#]],
    );
}

#[test]
fn secrets_are_not_shown() {
    check_processors(
        "  a:
    type: Call
    schedule: { every: 1 min }
    properties: { http_url: 'http://localhost', request_password: hunter22, read_timeout: a while }
",
        expect![[r#"
            flows/test.yaml:7:91: error[HW108]: `a while` is not a duration
              |
            7 |     properties: { http_url: 'http://localhost', request_password: ***, read_timeout: a while }
              |                                                                                      ^^^^^^^ a duration is wanted
              = help: for example: 30 sec, 5 mins, 1 hour, 2 days, 100 ms

            flows/test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW108
        "#]],
    );
}

#[test]
fn a_schedule_whose_last_time_has_passed() {
    let flow = format!(
        "{HEAD}  read:
    type: Read
    schedule: {{ cron: \"0 0 6 1 1 ? 2026\" }}
    properties: {{ input_directory: /in }}
"
    );
    let at = |now: &str| LoadOptions { now: now.parse().unwrap(), ..LoadOptions::default() };
    check_with(&flow, &at("2025-12-31T00:00:00Z"), expect![[""]]);
    check_with(
        &flow,
        &at("2026-01-02T00:00:00Z"),
        expect![[r#"
        flows/test.yaml:6:23: warning[HW801]: this schedule never fires again: the last time it names has passed
          |
        6 |     schedule: { cron: "0 0 6 1 1 ? 2026" }
          |                       ^^^^^^^^^^^^^^^^^^^ leave the year out, or write a later one

        flows/test.yaml: 1 warning. Explain one: headwater explain HW801
    "#]],
    );
}

#[test]
fn a_schedule_that_is_a_comment() {
    check_processors(
        "  read:
    type: Read
    properties: { input_directory: /in }
    #  schedule: { every: 1 min }
  other:
    type: Read
    properties: { input_directory: /in }
",
        expect![[r#"
            flows/test.yaml:4:3: warning[HW803]: `read` has no schedule: it fires only with `headwater run`
              |
            4 |   read:
              |   ^^^^ `schedule:` at line 7 is a comment
              = help: take the `#` away, and it fires again

            flows/test.yaml:8:3: warning[HW803]: `other` has no schedule: it fires only with `headwater run`
              |
            8 |   other:
              |   ^^^^^ add `schedule: { every: 10 min }`, or how often it is

            flows/test.yaml: 2 warnings. Explain one: headwater explain HW803
        "#]],
    );
}

#[test]
fn a_form_that_is_nearly_right() {
    check_processors(
        "  read:
    type: Read
    schedule: { every: 1 min }
    properties: { input_directory: /in }
    sensitive: access_token
    to: { processor: a, back_pressure: 100 }
  a:
    type: Stamp
    retry: [5]
    to:
      success:
        - { processor: b, back_pressure: 1 GB }
        - { processor: c, hold: ./x.json }
        - { processor: d, back_pressure: { count: -5 } }
  b:
    type: Stamp
  c:
    type: Stamp
  d:
    type: Stamp
",
        expect![[r#"
            flows/test.yaml:8:16: error[HW106]: `sensitive` of `read` is a text, and true, or a list of attributes, is wanted here
              |
            8 |     sensitive: access_token
              |                ^^^^^^^^^^^^ write `[access_token]`

            flows/test.yaml:9:40: error[HW106]: `back_pressure` of `to` of `read` is a text, and a map is wanted here
              |
            9 |     to: { processor: a, back_pressure: 100 }
              |                                        ^^^ write `{ count: 100 }`

            flows/test.yaml:12:12: error[HW106]: `retry` of `a` is a list, and a number is wanted here
               |
            12 |     retry: [5]
               |            ^^^ write `5`

            flows/test.yaml:15:42: error[HW106]: `back_pressure` of `success` is a text, and a map is wanted here
               |
            15 |         - { processor: b, back_pressure: 1 GB }
               |                                          ^^^^ write `{ size: 1 GB }`

            flows/test.yaml:16:33: error[HW106]: `hold` of `success` is a text, and a map is wanted here
               |
            16 |         - { processor: c, hold: ./x.json }
               |                                 ^^^^^^^^ write `{ file: "./x.json", if_changed: ID }`

            flows/test.yaml:17:51: error[HW108]: `count` of `back_pressure` of `success` cannot be `-5`
               |
            17 |         - { processor: d, back_pressure: { count: -5 } }
               |                                                   ^^ write a whole number; 0 means no limit

            flows/test.yaml: 6 errors. Nothing was run. Explain one: headwater explain HW106
        "#]],
    );
}
