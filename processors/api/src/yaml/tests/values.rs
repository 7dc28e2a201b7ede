//! Traps inside a value.

use expect_test::expect;

use super::check;

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

            flows/x.yaml:5:1: error[HW210]: this item is not in line with anything above it
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
            flows/x.yaml:1:12: error[HW207]: the single quote here ends the text, but more follows: `s'`
              |
            1 | a: { b: 'it's' }
              |            ^^^ use "double quotes" around the whole value
              = help: write: "it's"

            flows/x.yaml: 1 error. Nothing was run. Explain one: headwater explain HW207
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
        "a: *.json\nb: &amp; x\nc: %d\nd: @x\ne: !y\nf: |pipe\ng: >5\nh: [a-z]+\ni: `x`\nj: - k\nl: {x}y\nm: &n\n",
        expect![[r#"
            flows/x.yaml:1:4: error[HW209]: a value cannot begin with `*`, which is one of YAML's own signs
              |
            1 | a: *.json
              |    ^^^^^^ put the whole value in quotes
              = help: write: a: "*.json"

            flows/x.yaml:2:4: warning[HW209]: YAML drops `&amp;` from this value: it is a name for it, and nothing uses it
              |
            2 | b: &amp; x
              |    ^^^^^ if it belongs to the text: put the whole value in quotes

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

            flows/x.yaml:7:4: error[HW209]: a value cannot begin with `>`, which is one of YAML's own signs
              |
            7 | g: >5
              |    ^^ put the whole value in quotes
              = help: write: g: ">5"

            flows/x.yaml:8:4: error[HW209]: a value cannot begin with `[`, which is one of YAML's own signs
              |
            8 | h: [a-z]+
              |    ^^^^^^ put the whole value in quotes
              = help: write: h: "[a-z]+"

            flows/x.yaml:9:4: error[HW209]: a value cannot begin with a backtick, which is one of YAML's own signs
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

            flows/x.yaml:12:4: error[HW209]: a value cannot begin with `&`, which is one of YAML's own signs
               |
            12 | m: &n
               |    ^^ put the whole value in quotes
               = help: write: m: "&n"

            flows/x.yaml: 11 errors, 1 warning. Nothing was run. Explain one: headwater explain HW209
        "#]],
    );
    check("base: &base 5\nb: *base\n", expect![[""]]);
}

#[test]
fn signs_that_stand_below_nothing() {
    check(
        "g: >5\nh: |\ni: 1\n",
        expect![[r#"
        flows/x.yaml:1:4: error[HW209]: a value cannot begin with `>`, which is one of YAML's own signs
          |
        1 | g: >5
          |    ^^ put the whole value in quotes
          = help: write: g: ">5"

        flows/x.yaml:2:4: error[HW209]: a value cannot begin with `|`, which is one of YAML's own signs
          |
        2 | h: |
          |    ^ put the whole value in quotes
          = help: write: h: "|"

        flows/x.yaml: 2 errors. Nothing was run. Explain one: headwater explain HW209
    "#]],
    );
    check(
        "b: &amp; x\nc: &a &b x\n",
        expect![[r#"
        flows/x.yaml:1:4: warning[HW209]: YAML drops `&amp;` from this value: it is a name for it, and nothing uses it
          |
        1 | b: &amp; x
          |    ^^^^^ if it belongs to the text: put the whole value in quotes

        flows/x.yaml:2:4: error[HW209]: a value cannot begin with `&`, which is one of YAML's own signs
          |
        2 | c: &a &b x
          |    ^^^^^^^ put the whole value in quotes
          = help: write: c: "&a &b x"

        flows/x.yaml: 1 error, 1 warning. Nothing was run. Explain one: headwater explain HW209
    "#]],
    );
}
