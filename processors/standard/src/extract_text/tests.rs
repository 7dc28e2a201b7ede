use expect_test::{Expect, expect};
use processors_api::test_runner::TestRunner;

use super::*;

fn check(properties: &str, content: &[u8], expected: Expect) {
    let mut runner = TestRunner::<ExtractText>::new(properties);
    runner.enqueue(content);
    runner.run();
    expected.assert_eq(&runner.render());
}

#[test]
fn groups_become_attributes() {
    check(
        "attributes:\n  x: a(b)?(c)\n",
        b"xacabc",
        expect![[r#"
        matched: "xacabc" x.0=ac x.2=c
    "#]],
    );
    check(
        "attributes:\n  x: abc\n",
        b"abc",
        expect![[r#"
        matched: "abc" x.0=abc
    "#]],
    );
    check(
        "include_capture_group_0: false\nattributes:\n  x: (a)(b)\n",
        b"ab",
        expect![[r#"
        matched: "ab" x=a x.1=a x.2=b
    "#]],
    );
    check(
        "attributes:\n  x: (a)\n  y: (b)\n",
        b"b",
        expect![[r#"
        matched: "b" y=b y.0=b y.1=b
    "#]],
    );
    check(
        "attributes:\n  x: (z)\n",
        b"b",
        expect![[r#"
        unmatched: "b"
    "#]],
    );
    check(
        "",
        b"b",
        expect![[r#"
        unmatched: "b"
    "#]],
    );
}

#[test]
fn matches_are_counted_on() {
    check(
        "enable_repeating_capture_group: true\nattributes:\n  x: (\\w)(\\d)?\n",
        b"a1 b c3",
        expect![[r#"
            matched: "a1 b c3" x=a x.0=a1 x.1=a x.2=1 x.3=b x.5=c x.6=3
        "#]],
    );
}

#[test]
fn the_last_whole_match_stays_where_there_are_no_groups() {
    check(
        "enable_repeating_capture_group: true\nattributes:\n  x: \\w\n",
        b"a b",
        expect![[r#"
            matched: "a b" x.0=b
        "#]],
    );
}

#[test]
fn what_is_empty_sets_nothing() {
    check(
        "attributes:\n  x: (a*)b?\n  y: (a*)(b)\n",
        b"b",
        expect![[r#"
            matched: "b" x.0=b y.0=b y.2=b
        "#]],
    );
    check(
        "attributes:\n  x: (a*)\n",
        b"b",
        expect![[r#"
            unmatched: "b"
        "#]],
    );
}

#[test]
fn groups_have_names() {
    check(
        "enable_named_groups: true\nenable_repeating_capture_group: true\nattributes:\n  x: (?<n>\\w)(?<d>\\d)?(?:-)?\n",
        b"a1 b c3",
        expect![[r#"
            matched: "a1 b c3" x=a1 x.d=1 x.d.2=3 x.n=a x.n.1=b x.n.2=c
        "#]],
    );
    check(
        "enable_named_groups: true\ninclude_capture_group_0: false\nattributes:\n  x: (?<n>a)\n",
        b"a",
        expect![[r#"
            matched: "a" x.n=a
        "#]],
    );
}

#[test]
fn flags_are_those_of_java() {
    for (flag, pattern, content, found) in [
        ("enable_case_insensitive_matching: true", "(AB)", "ab", Some("ab")),
        ("enable_case_insensitive_matching: true", "(Ä)", "ä", None),
        (
            "enable_case_insensitive_matching: true\nenable_unicode_aware_case_folding: true",
            "(Ä)",
            "ä",
            Some("ä"),
        ),
        ("permit_whitespace_and_comments_in_pattern: true", "(a b)", "ab", Some("ab")),
        ("enable_dotall_mode: true", "(a.b)", "a\nb", Some("a\nb")),
        ("enable_multiline_mode: true", "^(b)$", "a\nb\nc", Some("b")),
        ("enable_unicode_predefined_character_classes: true", "(\\w)", "ä", Some("ä")),
        ("enable_unix_lines_mode: true", "(a.b)", "a\rb", Some("a\rb")),
    ] {
        let mut runner =
            TestRunner::<ExtractText>::new(&format!("{flag}\nattributes:\n  x: '{pattern}'\n"));
        runner.enqueue(content);
        runner.run();
        assert_eq!(runner.transfers[0].attribute("x").as_deref(), found, "{flag}");
    }
    check(
        "enable_literal_parsing_of_the_pattern: true\nattributes:\n  x: (a.\n",
        b"(a.(ab",
        expect![[r#"
            matched: "(a.(ab" x.0=(a.
        "#]],
    );
}

#[test]
fn values_and_content_are_cut() {
    check(
        "maximum_capture_group_length: 2\nattributes:\n  x: (.*)\n",
        "a\u{1f600}b".as_bytes(),
        expect![[r#"
            matched: "a😀b" x=a x.0=a x.1=a
        "#]],
    );
    check(
        "maximum_buffer_size: 2 B\nattributes:\n  x: (\\w+)\n",
        b"abc",
        expect![[r#"
        matched: "abc" x=ab x.0=ab x.1=ab
    "#]],
    );
    check(
        "character_set: ISO-8859-1\nattributes:\n  x: (.)\n",
        b"\xe4",
        expect![[r#"
        matched: "�" x=ä x.0=ä x.1=ä
    "#]],
    );
}

#[test]
fn what_cannot_be_searched_fails() {
    for (properties, content) in [
        ("attributes:\n  x: (a*)*\\1b\n", "a".repeat(2000)),
        ("enable_repeating_capture_group: true\nattributes:\n  x: (a)\n", "a".repeat(10_001)),
    ] {
        let mut runner = TestRunner::<ExtractText>::new(properties);
        runner.enqueue(content);
        runner.run();
        runner.assert_all_transferred(&FAILURE, 1);
    }
}

#[test]
fn what_is_taken_from_a_secret_is_secret() {
    let mut runner = TestRunner::<ExtractText>::new("attributes:\n  x: (.*)\n");
    runner.enqueue("s3cret").secret();
    runner.run();
    runner.assert_all_transferred(&MATCHED, 1);
    runner.assert_hidden("s3cret");
}

#[test]
fn what_a_match_sets_is_known_before() {
    let names = |properties: &str| {
        let sets = TestRunner::<ExtractText>::new(properties).processor().facts().sets;
        sets.iter().map(|set| format!("{:?}", set.name)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("attributes:\n  x: (a)\n"), r#"Exact("x") Exact("x.0") Exact("x.1")"#);
    assert_eq!(
        names(
            "enable_named_groups: true\nenable_repeating_capture_group: true\nattributes:\n  x: (?<n>a)\n"
        ),
        r#"Exact("x") Exact("x.n") Prefix("x.")"#
    );
}

#[test]
fn mistakes_are_found_at_load() {
    for (properties, message) in [
        ("attributes:\n  x: (\n", "the pattern of `x` is no regular expression: a `(` has no `)`"),
        ("include_capture_group_0: false\nattributes:\n  x: a\n", "`x` has no group"),
        ("enable_named_groups: true\nattributes:\n  x: (?<n>a)(b)\n", "groups without a name"),
        (&format!("attributes:\n  x: {}\n", "(a)".repeat(41)), "41 groups, more than 40"),
        ("enable_canonical_equivalence: true\n", "canonical equivalence is not supported"),
        ("maximum_capture_group_length: many\n", "many"),
        ("maximum_capture_group_length: 0\n", "0"),
    ] {
        let mistakes = TestRunner::<ExtractText>::mistakes(properties);
        assert!(mistakes.contains(message), "{properties}: {mistakes}");
    }
}
