//! The messages of the design, to the letter.

use expect_test::expect;

use super::check_at;

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
