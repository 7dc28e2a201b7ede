use expect_test::{Expect, expect};
use processors_api::{Text, test_runner::TestRunner};
use proptest::prelude::*;

use super::*;

/// The splits as they are, each with its number of lines; or all that came out when there are none.
fn splits(properties: &str, content: &str) -> Vec<(String, String)> {
    let mut runner = TestRunner::<SplitText>::new(properties);
    runner.enqueue(content);
    runner.run();
    let shown = |output: &&processors_api::test_runner::Output| {
        (output.text(), output.attribute(LINE_COUNT).unwrap())
    };
    runner.transferred(&SPLITS).iter().map(shown).collect()
}

fn check(properties: &str, content: &str, expected: &[(&str, &str)]) {
    let found = splits(properties, content);
    let found: Vec<_> = found.iter().map(|(text, lines)| (text.as_str(), lines.as_str())).collect();
    assert_eq!(found, expected, "{properties} {content:?}");
}

#[test]
fn lines_are_counted_and_line_ends_left_off() {
    check("line_split_count: 2", "a\nb\nc", &[("a\nb", "2"), ("c", "1")]);
    check("line_split_count: 2", "a\r\nb\r\nc\r\n", &[("a\r\nb", "2"), ("c", "1")]);
    check("line_split_count: 2", "a\rb\rc\r", &[("a\rb", "2"), ("c", "1")]);
    check("line_split_count: 2", "\n\na\n\n\n\nb", &[("a", "1"), ("b", "1")]);
    check("line_split_count: 3", "\n\na\n\n\n", &[("\n\na", "1")]);
    check("line_split_count: 1", " \n\t", &[(" ", "1"), ("\t", "1")]);
    check("line_split_count: 2", "a\n\r\nb", &[("a", "1"), ("b", "1")]);
    check(
        "line_split_count: 2\nremove_trailing_newlines: false",
        "a\n\n\n\nb\n",
        &[("a\n\n", "1"), ("\n\n", "0"), ("b\n", "1")],
    );
    check("line_split_count: 1", "", &[]);
    check("line_split_count: 1", "\n\n", &[]);
}

#[test]
fn a_split_ends_where_the_next_line_does_not_fit() {
    let limit = "line_split_count: 0\nmaximum_fragment_size: 6 B\n";
    check(limit, "ab\ncd\nef\ng\n", &[("ab\ncd", "2"), ("ef\ng", "2")]);
    check(limit, "a line\nab\n", &[("a line", "1"), ("ab", "1")]);
    // As NiFi has it: a line that was too many before and is the last keeps its end.
    check(limit, "ab\ncd\nef\n", &[("ab\ncd", "2"), ("ef\n", "1")]);
    // As NiFi has it: before a last line without an end, the one before it keeps its own.
    check(limit, "ab\ncd\nefgh", &[("ab\ncd\n", "2"), ("efgh", "1")]);
    check(
        "line_split_count: 1\nmaximum_fragment_size: 6 B\n",
        "ab\ncd\nef",
        &[("ab", "1"), ("cd", "1"), ("ef", "1")],
    );
    // Different line ends: nothing but line ends is left off.
    check(limit, "ab\ncd\nefgh\r\n", &[("ab\ncd", "2"), ("efgh\r\n", "1")]);
}

#[test]
fn a_header_stands_before_every_split() {
    let one = "line_split_count: 1\nheader_line_count: 1\n";
    check(one, "h\na\nb\n", &[("h\na", "1"), ("h\nb", "1")]);
    check(one, "h\na\n\n", &[("h\na", "1"), ("h", "0")]);
    check(one, "h\n", &[("h", "0")]);
    check(one, "", &[]);
    let marked = "line_split_count: 2\nheader_line_marker_characters: '#'\n";
    check(marked, "#1\n#2\na\nb\n#3\n", &[("#1\n#2\na\nb", "2"), ("#1\n#2\n#3", "1")]);
    check(marked, "a\nb\nc", &[("a\nb", "2"), ("c", "1")]);
    check(marked, "#1\n", &[("#1", "0")]);
    // As NiFi has it: the line that shows where the header ends is not counted at once.
    let one = marked.replace('2', "1");
    check(&one, "#\na\nb\nc\n", &[("#\na\nb", "2"), ("#\nc", "1")]);
    let long = "line_split_count: 1\nheader_line_marker_characters: abc\n";
    check(long, "ab\nabcd\nx\n", &[("ab\nabcd", "2"), ("x", "1")]);
    check(
        "line_split_count: 0\nheader_line_count: 1\nmaximum_fragment_size: 5 B\n",
        "h\na\nb\nc\n",
        &[("h\na", "1"), ("h\nb", "1"), ("h\nc\n", "1")],
    );
}

fn shown(properties: &str, content: &str, expected: Expect) {
    let mut runner = TestRunner::<SplitText>::new(properties);
    runner.enqueue(content).attribute("filename", "a.txt");
    runner.run();
    expected.assert_eq(&runner.render());
}

#[test]
fn fragments_can_be_put_together_again() {
    shown(
        "line_split_count: 1",
        "a\nb",
        expect![[r#"
            original: "a\nb" filename=a.txt fragment.count=2 fragment.identifier=00000000-0000-7000-8000-000000000000
            splits: "a" filename=a.txt fragment.count=2 fragment.identifier=00000000-0000-7000-8000-000000000000 fragment.index=1 fragment.size=1 segment.original.filename=a.txt text.line.count=1
            splits: "b" filename=a.txt fragment.count=2 fragment.identifier=00000000-0000-7000-8000-000000000000 fragment.index=2 fragment.size=1 segment.original.filename=a.txt text.line.count=1
        "#]],
    );
    shown(
        "line_split_count: 1\nheader_line_count: 1",
        "a",
        expect![[r#"
        original: "a" filename=a.txt fragment.count=1 fragment.identifier=00000000-0000-7000-8000-000000000000
        splits: "a" filename=a.txt fragment.identifier=00000000-0000-7000-8000-000000000000 fragment.index=1 fragment.size=1 segment.original.filename=a.txt text.line.count=0
    "#]],
    );
}

#[test]
fn what_cannot_be_cut_fails() {
    shown(
        "line_split_count: 1\nheader_line_count: 3",
        "a\nb\n",
        expect![[r#"
        failure: "a\nb\n" filename=a.txt because: the content has 2 lines, fewer than header_line_count (3)
    "#]],
    );
    shown(
        "line_split_count: 1\nheader_line_count: 1\nmaximum_fragment_size: 2 B",
        "abc\nb\n",
        expect![[r#"
            failure: "abc\nb\n" filename=a.txt because: the header has more than 2 bytes
        "#]],
    );
    let mut runner = TestRunner::<SplitText>::new("line_split_count: 1");
    runner.enqueue("a\n".repeat(100_001));
    runner.run();
    runner.assert_all_transferred(&FAILURE, 1);
}

#[test]
fn splits_of_a_secret_are_secret() {
    let mut runner = TestRunner::<SplitText>::new("line_split_count: 1");
    runner.enqueue("s3cret\ns3cret").secret().attribute("filename", Text::sensitive("s3cret"));
    runner.run();
    runner.assert_hidden("s3cret");
    assert_eq!(runner.transferred(&SPLITS).len(), 2);
    for split in runner.transferred(&SPLITS) {
        assert!(split.events.iter().any(|event| event.kind == EventKind::Fork));
    }
}

#[test]
fn a_split_must_end_somewhere() {
    let mistakes = TestRunner::<SplitText>::mistakes("line_split_count: 0");
    assert!(mistakes.contains("maximum_fragment_size: 1 MB"), "{mistakes}");
    let empty = "line_split_count: 1\nheader_line_marker_characters: ''";
    let mistakes = TestRunner::<SplitText>::mistakes(empty);
    assert!(mistakes.contains("is empty"), "{mistakes}");
    assert!(
        TestRunner::<SplitText>::mistakes("").contains("needs the property `line_split_count`")
    );
}

proptest! {
    /// Without a header, splits that keep their line ends are the content.
    #[test]
    fn nothing_is_lost(content in "[ab\r\n]{0,40}", lines in 0..4_u64, bytes in 1..9_u64) {
        let properties = format!(
            "line_split_count: {lines}\nmaximum_fragment_size: {bytes} B\nremove_trailing_newlines: false\n"
        );
        let all: String = splits(&properties, &content).into_iter().map(|(text, _)| text).collect();
        prop_assert_eq!(all, content);
    }

    /// Left off is nothing but line ends.
    #[test]
    fn no_text_is_left_off(content in "[ab\r\n]{0,40}", lines in 0..4_u64, bytes in 1..9_u64) {
        let properties =
            format!("line_split_count: {lines}\nmaximum_fragment_size: {bytes} B\n");
        let text = |text: &str| text.replace(['\r', '\n'], "");
        let all: String = splits(&properties, &content).into_iter().map(|(split, _)| text(&split)).collect();
        prop_assert_eq!(all, text(&content));
    }
}
