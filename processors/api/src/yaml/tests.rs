use expect_test::{Expect, expect};

use super::*;
use crate::diagnostic::{Look, render_all};

mod design;
mod oracle;
mod values;

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
                               b: one,two

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
                               b: '?'
                               c: '*x'

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
            flows/x.yaml:3:3: error[HW210]: `c` is not in line with anything above it
              |
            3 |   c: 2
              |   ^ move it two spaces to the right, in line with `b`

            flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW210
        "#]],
    );
    check(
        "a:\n  b:\n      - 1\n    - 2\n",
        expect![[r#"
            flows/x.yaml:4:5: error[HW210]: this item is not in line with anything above it
              |
            4 |     - 2
              |     ^ move it two spaces to the right, in line with the items above

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
        "a:\tx\\.b\n",
        expect![[r#"
        flows/x.yaml:1:4: error[HW222]: there is a tab here; YAML allows only spaces
          |
        1 | a:→x\.b
          |    ^^^^ replace it by spaces

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW222
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

#[test]
fn references_are_followed_but_not_without_end() {
    let (node, diagnostics) = parse(&Source::new("x", "a: &x { b: 1 }\nc: *x\n"));
    let map = node.unwrap();
    let map = map.as_map().unwrap();
    assert_eq!((map.get("a"), diagnostics.len()), (map.get("c"), 0));

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    let (node, diagnostics) = parse(&Source::new("x", bomb));
    assert_eq!((node, diagnostics[0].code), (None, code::TOO_MUCH));
}

#[test]
fn depth_is_limited() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        for depth in [DEPTH_MAX + 1, 100_000] {
            let text = format!("a: {}x{}", open.repeat(depth), close.repeat(depth));
            let (node, diagnostics) = parse(&Source::new("x", text));
            assert_eq!((node, diagnostics.len()), (None, 1), "{open} {depth}");
        }
    }
    let dashes = format!("a:\n  {}x\n", "- ".repeat(100_000));
    assert_eq!(parse(&Source::new("x", dashes)).0, None);
}

#[test]
fn a_large_flow_is_read() {
    let mut text = "flow: large\nprocessors:\n".to_owned();
    for at in 0..5_000 {
        text.push_str(&format!(
            "  step-{at}:\n    type: UpdateAttribute\n    properties:\n      attributes:\n        n: ${{n:plus(1)}}\n    to: step-{}\n",
            at + 1
        ));
    }
    let source = Source::new("x", text);
    let (node, diagnostics) = parse(&source);
    let node = node.unwrap();
    let processors = node.as_map().unwrap().get("processors").unwrap().as_map().unwrap();
    assert_eq!((processors.entries.len(), diagnostics.len()), (5_000, 0));
    let last = &processors.entries[4_999];
    assert_eq!(
        (source.slice(last.key.span), last.key.span.start.line),
        ("step-4999", 2 + 4_999 * 6 + 1)
    );
}

#[test]
fn messages_are_limited() {
    let (_, diagnostics) = parse(&Source::new("x", "a: \"\\d\"\n".repeat(1_000)));
    assert_eq!(diagnostics.len(), DIAGNOSTICS_MAX);
    let one_line = format!("a: [{}]\n", "x[0], ".repeat(20_000));
    assert!(!parse(&Source::new("x", one_line)).1.is_empty());
}

#[test]
fn brackets_over_several_lines() {
    check("a: {\n  b: 1,\n  c: [x,\n    y]\n  }\nd: 1\n", expect![[""]]);
    check(
        "a: {\n  b: 1\n}\nc: 1\n",
        expect![[r#"
        flows/x.yaml:3:1: error[HW213]: this `}` stands too far to the left to close the bracket above
          |
        3 | }
          | ^ move it two spaces to the right

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW213
    "#]],
    );
    check(
        "a: {\n  b: c[0],\n  d: 1 }\n",
        expect![[r#"
        flows/x.yaml:2:7: error[HW203]: inside `{ }` YAML reads `[`, `]`, `{`, `}` and `,` as its own signs
          |
        2 |   b: c[0],
          |       ^^^ give each entry its own line, or put the value in quotes

        flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW203
    "#]],
    );
}
