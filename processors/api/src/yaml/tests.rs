use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::{
    Scalar, Style,
    diagnostic::{Look, render_all},
};

/// What a person sees when this file is read.
fn check(text: &str, expected: Expect) {
    let source = Source::new("flows/x.yaml", text);
    let (_, diagnostics) = parse(&source);
    expected.assert_eq(&render_all(&source, &diagnostics, &[], Look::Plain));
}

/// A file of that name in which the text stands at a line, as in the design's messages.
fn check_at(line: usize, before: &str, text: &str, expected: Expect) {
    let filler = line - 1 - before.lines().count();
    let text = format!("{}{before}{text}", "# filler\n".repeat(filler));
    let source = Source::new("flows/xero-invoices.yaml", text);
    let (_, diagnostics) = parse(&source);
    expected.assert_eq(&render_all(&source, &diagnostics, &[], Look::Plain));
}

#[test]
fn message_4_an_unquoted_parameter() {
    let before = "processors:\n  call:\n    properties:\n      headers:\n";
    check_at(
        42,
        before,
        "        Authorization: Bearer #{token}\n",
        expect![[r#"
        flows/xero-invoices.yaml:42:31: error[HW201]: YAML takes everything after ` #` as a comment, so this value is only `Bearer`
           |
        42 |         Authorization: Bearer #{token}
           |                               ^^^^^^^^ put the whole value in quotes
           = help: write: Authorization: "Bearer #{token}"

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW201
    "#]],
    );
}

#[test]
fn message_5_a_backslash() {
    check_at(
        19,
        "a:\n  b:\n    c:\n",
        "      file_filter: \"xero\\.json\"\n",
        expect![[r#"
        flows/xero-invoices.yaml:19:25: error[HW202]: inside "double quotes" YAML treats a backslash as its own sign, and `\.` is not one it knows
           |
        19 |       file_filter: "xero\.json"
           |                         ^^ use single quotes, or none
           = help: write: file_filter: xero\.json

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW202
    "#]],
    );
}

#[test]
fn message_6_brackets_inside_braces() {
    check_at(
        28,
        "a:\n  b:\n    c:\n",
        "      attributes: { total: $.Invoices[0].Total }\n",
        expect![[r#"
            flows/xero-invoices.yaml:28:38: error[HW203]: inside `{ }` YAML reads `[`, `]`, `{`, `}` and `,` as its own signs
               |
            28 |       attributes: { total: $.Invoices[0].Total }
               |                                      ^^^ give each entry its own line
               = help: write:       attributes:
                                      total: $.Invoices[0].Total

            flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW203
        "#]],
    );
}

#[test]
fn message_14_the_same_name_twice() {
    let before = "processors:\n  save-invoices:\n    type: A\n    b: 1\n    c: 2\n    d: 3\n";
    check_at(
        60,
        before,
        "  save-invoices:\n    type: B\n",
        expect![[r#"
        flows/xero-invoices.yaml:60:3: error[HW105]: there are two processors called `save-invoices`
           |
        60 |   save-invoices:
           |   ^^^^^^^^^^^^^ the first is at line 55
           = help: YAML would keep only the second; give one of them another name

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW105
    "#]],
    );
}

#[test]
fn message_16_a_tab() {
    check_at(
        16,
        "type: x\n",
        "\tproperties:\n",
        expect![[r#"
        flows/xero-invoices.yaml:16:1: error[HW204]: this line is indented with a tab; YAML allows only spaces
           |
        16 | →properties:
           | ^ replace it by four spaces
           = help: VS Code: "Convert Indentation to Spaces" in the command palette

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW204
    "#]],
    );
}

#[test]
fn message_17_typographic_quotes() {
    let before = "a:\n  b:\n    c:\n";
    check_at(
        65,
        before,
        "      replacement_strategy: “Always Replace”\n",
        expect![[r#"
        flows/xero-invoices.yaml:65:29: error[HW205]: these are typographic quotes (“ ”), as Word and Outlook make them; YAML sees them as letters of the text
           |
        65 |       replacement_strategy: “Always Replace”
           |                             ^^^^^^^^^^^^^^^^ type plain quotes " or none

        flows/xero-invoices.yaml: 1 error. Nothing was run. Explain one: headwater explain HW205
    "#]],
    );
}

#[test]
fn a_comment_without_a_blank() {
    check(
        "a: one #two\nb: three # fine\nc: x#y\n",
        expect![[r#"
        flows/x.yaml:1:8: error[HW201]: YAML takes everything after ` #` as a comment, so this value is only `one`
          |
        1 | a: one #two
          |        ^^^^ put the whole value in quotes
          = help: write: a: "one #two"
                  if it is meant as a comment: put a blank behind the #

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW201
    "#]],
    );
    check(
        "a: #{x}\nb: 1\nc: #{d}\n  d: 2\n- #{x}\n",
        expect![[r##"
        flows/x.yaml:1:4: error[HW201]: YAML takes everything after ` #` as a comment, so there is no value here
          |
        1 | a: #{x}
          |    ^^^^ put the whole value in quotes
          = help: write: a: "#{x}"

        flows/x.yaml:5:1: error[HW210]: this item is not in line with any name above it
          |
        5 | - #{x}
          | ^ move it two spaces to the right, in line with `d`

        flows/x.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW201
    "##]],
    );
    check(
        "a: { b: #{x}, c: 1 }\n",
        expect![[r#"
        flows/x.yaml:1:9: error[HW201]: YAML takes everything after ` #` as a comment, so the bracket is never closed
          |
        1 | a: { b: #{x}, c: 1 }
          |         ^^^^ put the whole value in quotes

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW201
    "#]],
    );
}

#[test]
fn backslashes_in_double_quotes() {
    check(
        "a: \"C:\\new\"\n",
        expect![[r#"
        flows/x.yaml:1:7: error[HW202]: inside "double quotes" YAML treats a backslash as its own sign, and makes a line break of `\n`
          |
        1 | a: "C:\new"
          |       ^^ use single quotes, or none
          = help: write: a: C:\new

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW202
    "#]],
    );
    check(
        "a: \"\\bword\\b\"\nb: \"one\\ntwo \\\"x\\\" \\u00e9 \\\\d\"\nc: '\\d'\n",
        expect![[r#"
        flows/x.yaml:1:5: error[HW202]: inside "double quotes" YAML treats a backslash as its own sign, and makes another character of `\b`
          |
        1 | a: "\bword\b"
          |     ^^ use single quotes, or none
          = help: write: a: \bword\b

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW202
    "#]],
    );
}

#[test]
fn signs_inside_braces() {
    check(
        "a: { b: $.x[0], c: ${y}, d: 1 }\n",
        expect![[r#"
        flows/x.yaml:1:12: error[HW203]: inside `{ }` YAML reads `[`, `]`, `{`, `}` and `,` as its own signs
          |
        1 | a: { b: $.x[0], c: ${y}, d: 1 }
          |            ^^^ give each entry its own line
          = help: write: a:
                           b: $.x[0]
                           c: ${y}
                           d: 1

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW203
    "#]],
    );
    check(
        "a: { b: one,two }\n",
        expect![[r#"
        flows/x.yaml:1:12: error[HW203]: inside `{ }` YAML reads `[`, `]`, `{`, `}` and `,` as its own signs
          |
        1 | a: { b: one,two }
          |            ^^^^ give each entry its own line
          = help: write: a:
                           b: one
                           two

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW203
    "#]],
    );
    check(
        "a: { b: ?, c: *x }\n",
        expect![[r#"
        flows/x.yaml:1:9: error[HW203]: inside `{ }` YAML reads `?` as its own sign
          |
        1 | a: { b: ?, c: *x }
          |         ^ give each entry its own line
          = help: write: a:
                           b: ?
                           c: *x

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW203
    "#]],
    );
    check(
        "a: [ x[0], y ]\n",
        expect![[r#"
        flows/x.yaml:1:7: error[HW203]: inside `[ ]` YAML reads `[`, `]`, `{`, `}` and `,` as its own signs
          |
        1 | a: [ x[0], y ]
          |       ^^^ give each entry its own line, or put the value in quotes

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW203
    "#]],
    );
    check(
        "a: { b: x] }\n",
        expect![[r#"
        flows/x.yaml:1:10: error[HW203]: inside `{ }` YAML reads `]` as its own sign
          |
        1 | a: { b: x] }
          |          ^ give each entry its own line
          = help: write: a:
                           b: x]

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW203
    "#]],
    );
    check("to: { response: check, no_retry: [a, b] }\nenv: { X: \"a, b\" }\n", expect![[""]]);
}

#[test]
fn quotes_inside_quotes() {
    check(
        "a: 'it's here'\nb: \"say \"hi\" now\"\nc: \"${x}\"/y\nd: 'it''s'\n",
        expect![[r#"
        flows/x.yaml:1:7: error[HW207]: the single quote here ends the text, but more follows: `s here'`
          |
        1 | a: 'it's here'
          |       ^^^^^^^^ use "double quotes" around the whole value
          = help: write: a: "it's here"

        flows/x.yaml:2:9: error[HW207]: the double quote here ends the text, but more follows: `hi" now"`
          |
        2 | b: "say "hi" now"
          |         ^^^^^^^^^ use 'single quotes' around the whole value
          = help: write: b: 'say "hi" now'

        flows/x.yaml:3:9: error[HW207]: the double quote here ends the text, but more follows: `/y`
          |
        3 | c: "${x}"/y
          |         ^^^ use 'single quotes' around the whole value
          = help: write: c: '"${x}"/y'

        flows/x.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW207
    "#]],
    );
    check(
        "a: { b: 'it's' }\n",
        expect![[r#"
        flows/x.yaml:1:12: error[HW203]: the quote here ends the text, but more follows
          |
        1 | a: { b: 'it's' }
          |            ^^^ give each entry its own line
          = help: write: a:
                           b: 'it's'

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW203
    "#]],
    );
    check(
        "a: \"open\nb: 1\n",
        expect![[r#"
        flows/x.yaml:1:4: error[HW212]: this quote " is never closed
          |
        1 | a: "open
          |    ^ close it at the end of the line
          = help: write: a: open

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW212
    "#]],
    );
}

#[test]
fn a_colon_inside_a_value() {
    check(
        "a: Error: no\nb: http://x:1/\nc: 12:30\nd: ends:\n",
        expect![[r#"
        flows/x.yaml:1:9: error[HW208]: a value without quotes cannot hold a colon and a blank: YAML reads a name before it
          |
        1 | a: Error: no
          |         ^ put the whole value in quotes
          = help: write: a: "Error: no"

        flows/x.yaml:4:8: error[HW208]: a value without quotes cannot hold a colon and a blank: YAML reads a name before it
          |
        4 | d: ends:
          |        ^ put the whole value in quotes
          = help: write: d: "ends:"

        flows/x.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW208
    "#]],
    );
}

#[test]
fn values_that_begin_with_a_sign() {
    check(
        "a: *.json\nb: &amp; x\nc: %d\nd: @x\ne: !y\nf: |pipe\ng: >5\nh: [a-z]+\ni: `x`\nj: - k\nl: {x}y\n",
        expect![[r#"
            flows/x.yaml:1:4: error[HW209]: a value cannot begin with `*`, which is one of YAML's own signs
              |
            1 | a: *.json
              |    ^^^^^^ put the whole value in quotes
              = help: write: a: "*.json"

            flows/x.yaml:3:4: error[HW209]: a value cannot begin with `%`, which is one of YAML's own signs
              |
            3 | c: %d
              |    ^^ put the whole value in quotes
              = help: write: c: "%d"

            flows/x.yaml:4:4: error[HW209]: a value cannot begin with `@`, which is one of YAML's own signs
              |
            4 | d: @x
              |    ^^ put the whole value in quotes
              = help: write: d: "@x"

            flows/x.yaml:5:4: error[HW209]: a value cannot begin with `!`, which is one of YAML's own signs
              |
            5 | e: !y
              |    ^^ put the whole value in quotes
              = help: write: e: "!y"

            flows/x.yaml:6:4: error[HW209]: a value cannot begin with `|`, which is one of YAML's own signs
              |
            6 | f: |pipe
              |    ^^^^^ put the whole value in quotes
              = help: write: f: "|pipe"

            flows/x.yaml:8:4: error[HW209]: a value cannot begin with `[`, which is one of YAML's own signs
              |
            8 | h: [a-z]+
              |    ^^^^^^ put the whole value in quotes
              = help: write: h: "[a-z]+"

            flows/x.yaml:9:4: error[HW209]: a value cannot begin with ```, which is one of YAML's own signs
              |
            9 | i: `x`
              |    ^^^ put the whole value in quotes
              = help: write: i: "`x`"

            flows/x.yaml:10:4: error[HW209]: a list cannot begin on the line of its name
               |
            10 | j: - k
               |    ^ write each `- ` on a line of its own below, indented

            flows/x.yaml:11:4: error[HW209]: a value cannot begin with `{`, which is one of YAML's own signs
               |
            11 | l: {x}y
               |    ^^^^ put the whole value in quotes
               = help: write: l: "{x}y"

            flows/x.yaml: 9 errors. Nothing was run. Explain one: headwater explain HW209
        "#]],
    );
    check("base: &base 5\nb: *base\n", expect![[""]]);
}

#[test]
fn a_wrong_indentation() {
    check(
        "a: b\n  c: d\n  e: f\ng: h\n",
        expect![[r#"
        flows/x.yaml:2:3: error[HW210]: `c` is indented as if it belonged to `a`, but `a` has a value already
          |
        2 |   c: d
          |   ^ move it two spaces to the left

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW210
    "#]],
    );
    check(
        "a:\n    b: 1\n  c: 2\n  d: 3\ne: 4\n",
        expect![[r#"
        flows/x.yaml:3:3: error[HW210]: `c` is not in line with any name above it
          |
        3 |   c: 2
          |   ^ move it two spaces to the right, in line with `b`

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW210
    "#]],
    );
    check(
        "a:\n  b:\n      - 1\n    - 2\n",
        expect![[r#"
        flows/x.yaml:4:5: error[HW210]: this item is indented as if it belonged to `b`, but `b` has a value already
          |
        4 |     - 2
          |     ^ move it two spaces to the left

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW210
    "#]],
    );
}

#[test]
fn a_missing_colon() {
    check(
        "a: 1\nb 2\nc:3\nd\n",
        expect![[r#"
        flows/x.yaml:2:1: error[HW211]: there is no colon in this line, so `b 2` is neither a name nor a value
          |
        2 | b 2
          | ^^^ is a colon missing?
          = help: write: b: 2

        flows/x.yaml:3:2: error[HW211]: behind a colon YAML wants a blank
          |
        3 | c:3
          |  ^ add a blank
          = help: write: c: 3

        flows/x.yaml:4:1: error[HW211]: there is no colon in this line, so `d` is neither a name nor a value
          |
        4 | d
          | ^ is a colon missing?
          = help: write: d:

        flows/x.yaml: 3 errors. Nothing was run. Explain one: headwater explain HW211
    "#]],
    );
}

#[test]
fn tabs_and_blanks() {
    check(
        "a:\n\tb: 1\n\tc: 2\n\t\td: 3\n",
        expect![[r#"
        flows/x.yaml:2:1: error[HW204]: this line is indented with a tab; YAML allows only spaces
          |
        2 | →b: 1
          | ^ replace it by four spaces
          = help: VS Code: "Convert Indentation to Spaces" in the command palette
                  2 more lines are indented with tabs

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW204
    "#]],
    );
    check(
        "a:\u{a0}1\nb: 1\u{a0}2\nc: '1\u{a0}2'\n\u{a0} d: 1\n",
        expect![[r#"
        flows/x.yaml:1:3: error[HW206]: this is a no-break space, as web pages and Word have them; YAML does not see a blank in it
          |
        1 | a: 1
          |   ^ replace it by a plain blank
          = help: if it is meant: put the whole value in quotes

        flows/x.yaml:2:5: error[HW206]: this is a no-break space, as web pages and Word have them; YAML does not see a blank in it
          |
        2 | b: 1 2
          |     ^ replace it by a plain blank
          = help: if it is meant: put the whole value in quotes

        flows/x.yaml:4:1: error[HW206]: this is a no-break space, as web pages and Word have them; YAML does not see a blank in it
          |
        4 |   d: 1
          | ^ replace it by a plain blank
          = help: if it is meant: put the whole value in quotes

        flows/x.yaml:4:3: error[HW210]: `d` is indented as if it belonged to `c`, but `c` has a value already
          |
        4 |   d: 1
          |   ^ move it three spaces to the left

        flows/x.yaml: 4 errors. Nothing was run. Explain one: headwater explain HW206
    "#]],
    );
    check(
        "a: x\u{1}y\n",
        expect![[r#"
        flows/x.yaml:1:5: error[HW220]: there is an invisible sign (U+0001) in this line
          |
        1 | a: x�y
          |     ^ remove it, or type the line anew

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW220
    "#]],
    );
}

#[test]
fn what_we_refuse_of_yaml() {
    check(
        "a: &x { b: 1 }\nc:\n  <<: *x\n",
        expect![[r#"
        flows/x.yaml:3:3: error[HW214]: `<<` is not supported: it hides where a value comes from
          |
        3 |   <<: *x
          |   ^^ write the entries out

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW214
    "#]],
    );
    check(
        "a: !!str 1\nb: !ENV x\n",
        expect![[r#"
        flows/x.yaml:1:4: error[HW209]: a value cannot begin with `!`, which is one of YAML's own signs
          |
        1 | a: !!str 1
          |    ^^^^^^^ put the whole value in quotes
          = help: write: a: "!!str 1"

        flows/x.yaml:2:4: error[HW209]: a value cannot begin with `!`, which is one of YAML's own signs
          |
        2 | b: !ENV x
          |    ^^^^^^ put the whole value in quotes
          = help: write: b: "!ENV x"

        flows/x.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW209
    "#]],
    );
    check(
        "a: 1\n---\nb: 2\n",
        expect![[r#"
        flows/x.yaml:2:1: error[HW215]: a second document begins here; a flow file holds one
          |
        2 | ---
          | ^^^ remove this line
          = help: one flow a file: put the second one into a file of its own

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW215
    "#]],
    );
    check(
        "? [a]\n: 1\n",
        expect![[r#"
        flows/x.yaml:1:3: error[HW221]: the name before a colon is a text; here it is a list
          |
        1 | ? [a]
          |   ^^^ write a name, or put it in quotes

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW221
    "#]],
    );
    check(
        "a: &x [*x]\n",
        expect![[r#"
        flows/x.yaml:1:8: error[HW209]: this refers to a value that it is itself a part of
          |
        1 | a: &x [*x]
          |        ^^ write the value out

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW209
    "#]],
    );
}

#[test]
fn files_with_nothing_in_them() {
    for text in ["", "\n\n", "# only this\n", "---\n", "\u{feff}"] {
        let (node, diagnostics) = parse(&Source::new("x", text));
        assert_eq!((node, diagnostics[0].code), (None, crate::diagnostic::code::EMPTY), "{text:?}");
    }
}

#[test]
fn open_brackets() {
    check(
        "a: { b: 1\nc: [1, 2\nd: x\n",
        expect![[r#"
        flows/x.yaml:1:4: error[HW213]: this `{` is never closed
          |
        1 | a: { b: 1
          |    ^ close it with `}`
          = help: or, if it is a text, write: a: "{ b: 1"

        flows/x.yaml:2:4: error[HW213]: this `[` is never closed
          |
        2 | c: [1, 2
          |    ^ close it with `]`
          = help: or, if it is a text, write: c: "[1, 2"

        flows/x.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW213
    "#]],
    );
    check(
        "a: b ]\nb: ]\n",
        expect![[r#"
        flows/x.yaml:2:4: error[HW209]: a value cannot begin with `]`, which is one of YAML's own signs
          |
        2 | b: ]
          |    ^ put the whole value in quotes
          = help: write: b: "]"

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW209
    "#]],
    );
}
