use expect_test::{Expect, expect};
use processors_api::test_runner::TestRunner;

use super::*;

/// The content that comes out, or what went wrong.
fn replaced(properties: &str, content: &str, attributes: &[(&str, &str)]) -> String {
    let mut runner = TestRunner::<ReplaceText>::new(properties);
    let mut flowfile = runner.enqueue(content);
    for (name, value) in attributes {
        flowfile = flowfile.attribute(name, *value);
    }
    runner.run();
    match runner.transfers.first() {
        Some(output) if output.relationship == "success" => output.text(),
        _ => runner.render(),
    }
}

fn check(properties: &str, content: &str, expected: &str) {
    assert_eq!(replaced(properties, content, &[]), expected, "{properties}\n{content:?}");
}

fn regex(search: &str, replacement: &str, content: &str, expected: &str) {
    let properties = format!(
        "evaluation_mode: Entire text\nsearch_value: '{search}'\nreplacement_value: '{replacement}'\n"
    );
    check(&properties, content, expected);
}

#[test]
fn text_goes_before_behind_and_around() {
    for (strategy, mode, content, expected) in [
        ("Prepend", "Entire text", "a\nb\n", "<a\nb\n"),
        ("Append", "Entire text", "a\nb\n", "a\nb\n<"),
        ("Surround", "Entire text", "a\nb", "[a\nb]"),
        ("Always Replace", "Entire text", "a\nb", "<"),
        ("Prepend", "Line-by-Line", "a\r\nb", "<a\r\n<b"),
        ("Append", "Line-by-Line", "a\r\nb\rc", "a<\r\nb<\rc<"),
        ("Surround", "line_by_line", "a\n\nb", "[a]\n[]\n[b]"),
        ("Always Replace", "Line-by-Line", "a\nb", "<\n<"),
        ("Prepend", "Entire text", "", "<"),
        ("Always Replace", "Entire text", "", "<"),
        ("Prepend", "Line-by-Line", "", ""),
        ("Always Replace", "Line-by-Line", "", ""),
    ] {
        let texts = "replacement_value: <\ntext_to_prepend: '['\ntext_to_append: ']'\n";
        check(
            &format!("replacement_strategy: {strategy}\nevaluation_mode: {mode}\n{texts}"),
            content,
            expected,
        );
    }
}

#[test]
fn some_lines_only() {
    for (which, content, expected) in [
        ("First-Line", "a\nb\nc", "<a\nb\nc"),
        ("Last-Line", "a\nb\nc", "a\nb\n<c"),
        ("Except-First-Line", "a\nb\nc", "a\n<b\n<c"),
        ("Except-Last-Line", "a\nb\nc", "<a\n<b\nc"),
        ("First-Line", "a", "<a"),
        ("Last-Line", "a", "<a"),
        ("Except-First-Line", "a", "a"),
        ("Except-Last-Line", "a", "a"),
    ] {
        check(
            &format!(
                "replacement_strategy: Prepend\nreplacement_value: <\nline_by_line_evaluation_mode: {which}\n"
            ),
            content,
            expected,
        );
    }
}

#[test]
fn literal_text_has_no_signs() {
    for (search, replacement, content, expected) in [
        ("a.b", "$1\\", "a.b axb a.b", "$1\\ axb $1\\"),
        ("none", "x", "abc", "abc"),
        ("aa", "b", "aaaaa", "bba"),
        ("\"a\\nb\"", "x", "a\nb", "a\nb"),
        ("\"\\n\"", "|", "a\nb\n", "a|b|"),
    ] {
        check(
            &format!(
                "replacement_strategy: Literal Replace\nsearch_value: {search}\nreplacement_value: '{replacement}'\n"
            ),
            content,
            expected,
        );
    }
}

#[test]
fn matches_are_replaced_as_java_does() {
    regex("(.*)", "<$1>", "abc", "<abc><>");
    regex("b(c)?", "[$1]", "abxabc", "a[]xa[c]");
    regex("x", "y", "abc", "abc");
    regex("(?s)(^.*$)", "", "abc", "");
    regex(".*", "$1", "a\nb", "$1");
    regex("a", "\\n\\\\", "a", "n\\");
    check("search_value: \\n\nreplacement_value: '|'\n", "a\nb\n", "a|b|");
}

#[test]
fn references_to_no_group_are_text() {
    regex("(a)", "x$2", "a", "x$2");
    regex("(a)", "$1$2", "a", "a$2");
    regex("(a)", "x$123", "a", "xa23");
    regex("(a)", "$1$b", "a", "$1$b");
    regex("(a)", "a\\$b", "a", "a\\$b");
    regex("a", "$0$0", "a", "aa");
    for (search, replacement) in [("(a)", "$2"), ("a", "$1"), ("a", "x$")] {
        let properties = format!(
            "evaluation_mode: Entire text\nsearch_value: {search}\nreplacement_value: {replacement}\n"
        );
        let shown = replaced(&properties, "a", &[]);
        assert!(shown.starts_with("(rolled back)"), "{replacement}: {shown}");
    }
}

#[test]
fn expressions_see_the_groups_and_are_never_references() {
    let attributes = [("dollar", "$1"), ("slash", "x\\y"), ("pattern", "H.*o"), ("key", "Key")];
    for (search, replacement, content, expected) in [
        ("(?s)(.)(.+)", "${'$2':toUpper()}${'$1'}${'$3'}", "abc", "BCa"),
        ("(a)", "${dollar}", "a", "$1"),
        ("(a)", "${slash}", "a", "xy"),
        ("${pattern}", "!", "Hello H.*o", "Hello !"),
        ("${pattern}${missing}", "!", "H.*o", "!"),
        ("(${key})", "[$1]", "a Key", "a [Key]"),
    ] {
        let properties =
            format!("search_value: \"{search}\"\nreplacement_value: \"{replacement}\"\n");
        assert_eq!(replaced(&properties, content, &attributes), expected, "{search} {replacement}");
    }
}

#[test]
fn variables_are_substituted() {
    let attributes = [("a", "1"), ("b", "${a}2"), ("round", "${round}")];
    for (content, expected) in [
        ("${a} ${b}", "1 12"),
        ("${none} ${none:-other} ${}", "${none} other ${}"),
        ("$${a}", "${a}"),
        ("${a${b}}", "${a${b}}"),
        ("${a", "${a"),
    ] {
        let shown = replaced("replacement_strategy: Substitute Variables", content, &attributes);
        assert_eq!(shown, expected);
    }
    let shown = replaced("replacement_strategy: Substitute Variables", "${round}", &attributes);
    assert!(shown.starts_with("failure:") && shown.contains("refers to itself"), "{shown}");
}

#[test]
fn what_is_too_large_fails() {
    for (properties, content, fits) in [
        (
            "search_value: a\nevaluation_mode: Entire text\nmaximum_buffer_size: 5 B",
            "aaaaaa",
            false,
        ),
        (
            "search_value: a\nreplacement_value: a\nevaluation_mode: Entire text\nmaximum_buffer_size: 6 B",
            "aaaaaa",
            true,
        ),
        (
            "replacement_strategy: Prepend\nreplacement_value: ''\nevaluation_mode: Entire text\nmaximum_buffer_size: 5 B",
            "aaaaaa",
            true,
        ),
        (
            "replacement_strategy: Prepend\nreplacement_value: ''\nmaximum_buffer_size: 5 B",
            "aaaaaa",
            true,
        ),
    ] {
        let shown = replaced(properties, content, &[]);
        assert_eq!(shown == content, fits, "{properties}: {shown}");
    }
    let long = "a".repeat(8193);
    let shown = replaced("replacement_strategy: Prepend\nmaximum_buffer_size: 10 KB", &long, &[]);
    assert!(shown.ends_with("because: a line is larger than maximum_buffer_size (10 KB)\n"));
}

#[test]
fn an_expression_that_fails_fails_the_flowfile() {
    let shown = replaced(
        "replacement_strategy: Prepend\nreplacement_value: ${a:toDate('yyyy')}",
        "x",
        &[("a", "no")],
    );
    assert!(shown.starts_with("failure:"), "{shown}");
}

#[test]
fn what_secrets_come_into_is_secret() {
    for (properties, content, secret) in [
        (
            "replacement_strategy: Always Replace\nevaluation_mode: Entire text\nreplacement_value: token=${token:urlEncode()}\n",
            "x",
            true,
        ),
        ("replacement_strategy: Always Replace\nreplacement_value: ${open}\n", "x", false),
        ("search_value: x\nreplacement_value: ${token}\n", "a\nb\nx\n", true),
        ("search_value: none\nreplacement_value: ${token}\n", "a\nb\nx\n", false),
        ("replacement_strategy: Substitute Variables", "a\n${token}", true),
        (
            "replacement_strategy: Surround\ntext_to_prepend: ''\ntext_to_append: ${token}",
            "a",
            true,
        ),
        (
            "replacement_strategy: Literal Replace\nsearch_value: x\nreplacement_value: ${token}",
            "x",
            true,
        ),
    ] {
        let mut runner = TestRunner::<ReplaceText>::new(properties);
        runner
            .enqueue(content)
            .attribute("token", Text::sensitive("s3cret"))
            .attribute("open", "o");
        runner.run();
        runner.assert_all_transferred(&SUCCESS, 1);
        runner.assert_hidden("s3cret");
        assert_eq!(runner.transfers[0].record.content.is_sensitive(), secret, "{properties}");
        assert_eq!(runner.transfers[0].text().contains("s3cret"), secret, "{properties}");
    }
}

#[test]
fn the_body_of_a_refresh_is_made() {
    let properties = "replacement_strategy: Always Replace\nevaluation_mode: Entire text\nreplacement_value: grant_type=refresh_token&refresh_token=${refresh_token:urlEncode()}\n";
    let body = replaced(properties, "{\"old\": 1}", &[("refresh_token", "a+b/c=")]);
    assert_eq!(body, "grant_type=refresh_token&refresh_token=a%2Bb%2Fc%3D");
}

fn mistakes(properties: &str, expected: Expect) {
    expected.assert_eq(&TestRunner::<ReplaceText>::mistakes(properties));
}

#[test]
fn mistakes_are_found_at_load() {
    mistakes(
        "evaluation_mode: entire file",
        expect![[r#"
        test.yaml:1:18: error[HW103]: `evaluation_mode` of ReplaceText cannot be `entire file`
          |
        1 | evaluation_mode: entire file
          |                  ^^^^^^^^^^^ did you mean `Entire text`?
          = help: allowed: Line-by-Line, Entire text (also written line_by_line, entire_text)

        test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW103
    "#]],
    );
    mistakes(
        "search_value: (",
        expect![[r#"
            test.yaml:1:15: error[HW118]: `search_value` is no regular expression: a `(` has no `)`
              |
            1 | search_value: (
              |               ^

            test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW118
        "#]],
    );
    mistakes(
        "replacement_strategy: Literal Replace\nsearch_value: ''",
        expect![[r#"
            test.yaml:2:15: error[HW118]: Literal Replace needs a search_value
              |
            2 | search_value: ''
              |               ^^

            test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW118
        "#]],
    );
    mistakes(
        "replacement_strategy: Surround\ntext_to_append: x",
        expect![[r#"
            test.yaml:1:23: error[HW118]: Surround needs text_to_prepend and text_to_append
              |
            1 | replacement_strategy: Surround
              |                       ^^^^^^^^

            test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW118
        "#]],
    );
    mistakes("replacement_strategy: Prepend\nsearch_value: (", expect![[r#""#]]);
}

#[test]
fn the_room_for_a_line_doubles_up_to_the_limit() {
    for (limit, units) in [
        (1, 8192),
        (10 * 1024, 8192),
        (16384, 16384),
        (1024 * 1024, 1024 * 1024),
        (5 * 1024 * 1024, 5 * 1024 * 1024),
        (5 * 1024 * 1024 + 8192, 5 * 1024 * 1024),
    ] {
        assert_eq!(line_units_max(limit), units, "{limit}");
    }
}

/// The content that comes out, as bytes.
fn bytes(properties: &str, content: &[u8]) -> Vec<u8> {
    let mut runner = TestRunner::<ReplaceText>::new(properties);
    runner.enqueue(content).attribute("a", "ä");
    runner.run();
    runner.assert_all_transferred(&SUCCESS, 1);
    std::mem::take(&mut runner.transfers[0].content)
}

#[test]
fn other_character_sets_are_read_and_written() {
    let all = "evaluation_mode: Entire text\n";
    let always = "replacement_strategy: Always Replace\nreplacement_value: ${a}€\n";
    let append = "replacement_strategy: Append\nreplacement_value: ä\n";
    let regex = "search_value: ä\nreplacement_value: $0b\n";
    for (charset, properties, content, expected) in [
        ("ISO-8859-1", format!("{always}{all}"), &b"x"[..], &b"\xe4?"[..]),
        ("ISO-8859-1", regex.to_owned(), b"\xe4\n\xff", b"\xe4b\n\xff"),
        ("windows-1252", append.to_owned(), b"\x80\r\n\x80", b"\x80\xe4\r\n\x80\xe4"),
        ("UTF-16LE", append.to_owned(), b"a\0\n\0\x0a\x0d", b"a\0\xe4\0\n\0\x0a\x0d\xe4\0"),
        ("UTF-16", regex.to_owned(), b"\xff\xfe\xe4\0", b"\xfe\xff\0\xe4\0b"),
        ("UTF-16", format!("{regex}{all}"), b"\0\xe4", b"\xfe\xff\0\xe4\0b"),
        // Around the whole content goes what Java makes of the text, mark and all.
        ("UTF-16", format!("{append}{all}"), b"\0a", b"\0a\xfe\xff\0\xe4"),
        // What does not match stays as it is.
        ("UTF-8", regex.to_owned(), b"\xff\n\xc3\xa4\n", b"\xff\n\xc3\xa4b\n"),
        ("UTF-16", format!("search_value: z\n{all}"), b"\xff\xfea\0", b"\xff\xfea\0"),
    ] {
        let properties = format!("character_set: {charset}\n{properties}");
        assert_eq!(bytes(&properties, content), expected, "{properties}");
    }
}

#[test]
fn what_is_likely_a_mistake_is_advised_against() {
    for (properties, codes) in [
        ("replacement_strategy: Always Replace\nreplacement_value: x", &["HW704"][..]),
        ("replacement_strategy: Always Replace\nevaluation_mode: Entire text", &[]),
        ("replacement_strategy: Always Replace\nevaluation_mode: line_by_line", &[]),
        ("replacement_strategy: Always Replace\nline_by_line_evaluation_mode: First-Line", &[]),
        ("search_value: (\\w+\\s?)+$", &["HW705"]),
        ("search_value: (\\w+\\s?)+", &[]),
        ("search_value: ${x}(a+)+$", &["HW705"]),
        ("replacement_strategy: Prepend\nsearch_value: (a+)+$", &[]),
        ("", &[]),
    ] {
        let runner = TestRunner::<ReplaceText>::new(properties);
        let advice = runner.processor().facts().advice;
        let found: Vec<_> = advice.iter().map(|advice| advice.code.to_string()).collect();
        assert_eq!(found, codes, "{properties}");
    }
}

#[test]
fn a_pattern_must_be_one_without_attributes_too() {
    mistakes(
        "search_value: ${x}(",
        expect![[r#"
        test.yaml:1:15: error[HW118]: `search_value` is no regular expression: a `(` has no `)`
          |
        1 | search_value: ${x}(
          |               ^^^^^

        test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW118
    "#]],
    );
    assert_eq!(TestRunner::<ReplaceText>::mistakes("search_value: ${x}.*"), "");
}
