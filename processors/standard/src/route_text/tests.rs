use expect_test::{Expect, expect};
use processors_api::{Text, test_runner::TestRunner};

use super::*;

/// Where the lines went, without the flowfile that came in.
fn routed(properties: &str, content: &[u8]) -> Vec<(String, Vec<u8>, String)> {
    let mut runner = TestRunner::<RouteText>::new(properties);
    runner.enqueue(content).attribute("wanted", "b.").attribute("level", "ERROR");
    runner.run();
    assert_eq!(runner.transferred(&ORIGINAL).len(), 1, "{}", runner.render());
    let lines = runner.transfers.iter().filter(|output| output.relationship != "original");
    lines
        .map(|output| {
            assert_eq!(output.attribute(ROUTE).unwrap(), output.relationship);
            (output.relationship.clone(), output.content.clone(), output.attribute(GROUP).unwrap())
        })
        .collect()
}

fn check(properties: &str, content: &str, expected: &[(&str, &str)]) {
    let found = routed(properties, content.as_bytes());
    let found: Vec<_> =
        found.iter().map(|(route, text, _)| (&**route, str::from_utf8(text).unwrap())).collect();
    assert_eq!(found, expected, "{properties}");
}

#[test]
fn lines_are_compared_as_the_strategy_says() {
    for (strategy, value, lines) in [
        ("Starts With", "ab", "ab c\nab\n"),
        ("Ends With", "ab", "c ab\nab\n"),
        ("Contains", "ab", "ab c\nc ab\nab\n"),
        ("Equals", "ab", "ab\n"),
        ("Matches Regular Expression", "a.", "ab\n"),
        ("Contains Regular Expression", "a.$", "c ab\nab\n"),
        ("satisfies_expression", "${line:startsWith('ab')}", "ab c\nab\n"),
        ("Satisfies Expression", "${lineNo:equals(2)}", "c ab\n"),
        ("Satisfies Expression", "${line:length():equals(3)}", "ab\nCD\n"),
    ] {
        let properties = format!("matching_strategy: {strategy}\nroutes:\n  x: {value}\n");
        let found = routed(&properties, b"ab c\nc ab\nab\nCD\n");
        let met = found.iter().find(|(route, ..)| route == "x");
        assert_eq!(met.map(|(_, text, _)| &**text), Some(lines.as_bytes()), "{strategy}");
    }
}

#[test]
fn case_and_blanks_can_be_left_out() {
    let ignoring = "matching_strategy: Equals\nignore_case: true\nroutes:\n  x: Ab\n";
    check(ignoring, " AB \r\nab\nÄb", &[("x", " AB \r\nab\n"), ("unmatched", "Äb")]);
    let exact =
        "matching_strategy: Equals\nignore_leading_trailing_whitespace: false\nroutes:\n  x: ab\n";
    check(exact, "ab\r\n ab\rab", &[("x", "ab\r\nab"), ("unmatched", " ab\r")]);
    let empty = exact.replace("x: ab", "x: \"\\n\"");
    check(&empty, "ab\n\n", &[("unmatched", "ab\n"), ("x", "\n")]);
    let regex =
        "matching_strategy: Matches Regular Expression\nignore_case: true\nroutes:\n  x: a[b]\n";
    check(regex, "AB\nac\n", &[("x", "AB\n"), ("unmatched", "ac\n")]);
}

#[test]
fn several_routes_are_met_each_or_together() {
    let routes = "matching_strategy: Contains\nroutes:\n  a: a\n  b: b\n";
    let content = "a\nab\nc\n";
    check(routes, content, &[("a", "a\nab\n"), ("b", "ab\n"), ("unmatched", "c\n")]);
    check(
        &format!("{routes}routing_strategy: all\n"),
        content,
        &[("unmatched", "a\nc\n"), ("matched", "ab\n")],
    );
    check(
        &format!("{routes}routing_strategy: Route to 'matched' if lines matches any condition\n"),
        content,
        &[("matched", "a\nab\n"), ("unmatched", "c\n")],
    );
    check(routes, "", &[]);
}

#[test]
fn lines_of_a_group_stay_together() {
    let properties = "matching_strategy: Contains\ngrouping_regular_expression: '(\\w+),(x)?.*'\nroutes:\n  all: ','\n";
    let found = routed(properties, b"1,x\n2,y\n1,x\n1,y\n;\n");
    let found: Vec<_> = found
        .iter()
        .map(|(route, text, group)| (&**route, str::from_utf8(text).unwrap(), &**group))
        .collect();
    assert_eq!(
        found,
        [
            ("all", "1,x\n1,x\n", "1, x"),
            ("all", "2,y\n", "2, "),
            ("all", "1,y\n", "1, "),
            ("unmatched", ";\n", "")
        ]
    );
}

#[test]
fn what_an_expression_gives_is_a_part_of_the_pattern() {
    let properties = "matching_strategy: Matches Regular Expression\nroutes:\n  x: ${wanted}\n";
    check(properties, "b.\nbc\nc", &[("x", "b.\nbc\n"), ("unmatched", "c")]);
    let text = "matching_strategy: Starts With\nroutes:\n  x: ${level}\n";
    check(text, "ERROR x\nINFO", &[("x", "ERROR x\n"), ("unmatched", "INFO")]);
}

#[test]
fn other_character_sets_are_read_and_written() {
    let properties = "matching_strategy: Contains\ncharacter_set: UTF-16LE\nroutes:\n  x: ä\n";
    let found = routed(properties, b"\xe4\0\n\0a\0\r\0\n\0\xe4\0");
    assert_eq!(found[0].1, b"\xe4\0\n\0\xe4\0");
    assert_eq!(found[1].1, b"a\0\r\0\n\0");
    let latin = "matching_strategy: Contains\ncharacter_set: latin1\nroutes:\n  x: ä\n";
    assert_eq!(routed(latin, b"\xe4\n\xe5")[0].1, b"\xe4\n");
}

#[test]
fn what_cannot_be_routed_fails_or_is_tried_again() {
    let shown = |properties: &str, content: String| {
        let mut runner = TestRunner::<RouteText>::new(properties);
        runner.enqueue(content).attribute("pattern", "(");
        runner.run();
        runner.render()
    };
    let regex = "matching_strategy: Matches Regular Expression\nroutes:\n  x: ";
    let stopped = shown(&format!("{regex}(a*)*\\1b"), "a".repeat(2000));
    assert!(
        stopped.ends_with(
            "because: the search stopped: the pattern takes too many steps on this text\n"
        ),
        "{stopped}"
    );
    let wrong = shown(&format!("{regex}${{pattern}}"), "a".to_owned());
    assert!(wrong.starts_with("(rolled back)"), "{wrong}");
    let groups =
        "matching_strategy: Contains\nroutes:\n  x: a\ngrouping_regular_expression: (.*)\n";
    let many: String = (0..10_001).map(|number| format!("{number}\n")).collect();
    assert!(shown(groups, many).contains("more than 10000 flowfiles; use a coarser"));
}

#[test]
fn lines_of_a_secret_are_secret() {
    let mut runner = TestRunner::<RouteText>::new(
        "matching_strategy: Satisfies Expression\ngrouping_regular_expression: (.*)\nroutes:\n  x: ${line:isEmpty():not()}\n",
    );
    runner.enqueue("s3cret\n").secret();
    runner.run();
    runner.assert_hidden("s3cret");
    assert_eq!(runner.transferred(&Relationship::route("x")).len(), 1);
    assert_eq!(runner.transfers[0].record.attribute(GROUP), Some(Text::sensitive("s3cret")));
}

fn mistakes(properties: &str, expected: Expect) {
    let shown = TestRunner::<RouteText>::mistakes(properties);
    expected.assert_eq(shown.lines().next().unwrap_or_default());
}

#[test]
fn mistakes_are_found_at_load() {
    mistakes(
        "matching_strategy: Equals",
        expect!["test.yaml:1:1: error[HW118]: RouteText needs a route"],
    );
    mistakes(
        "routes:\n  x: a",
        expect!["test.yaml:1:1: error[HW102]: RouteText needs the property `matching_strategy`"],
    );
    mistakes(
        "matching_strategy: Equals\nroutes:\n  original: a",
        expect!["test.yaml:3:13: error[HW118]: a route cannot be called `original`"],
    );
    mistakes(
        "matching_strategy: Contains\nroutes:\n  x: ''",
        expect!["test.yaml:3:6: error[HW118]: the route `x` is empty"],
    );
    mistakes(
        "matching_strategy: Satisfies Expression\nroutes:\n  x: a",
        expect![
            "test.yaml:3:6: error[HW118]: the route `x` is no condition: this must be one expression, with no text around it"
        ],
    );
    mistakes(
        "matching_strategy: Satisfies Expression\nroutes:\n  x: ${line}",
        expect![
            "test.yaml:3:6: error[HW118]: the route `x` is no condition: this gives a text, and it must give true or false"
        ],
    );
    mistakes(
        "matching_strategy: Matches Regular Expression\nroutes:\n  x: (",
        expect![
            "test.yaml:3:6: error[HW118]: the route `x` is no regular expression: a `(` has no `)`"
        ],
    );
    mistakes(
        "matching_strategy: Equals\nroutes:\n  x: a\ngrouping_regular_expression: .*",
        expect![
            "test.yaml:4:30: error[HW118]: `grouping_regular_expression` has no group to group by"
        ],
    );
    mistakes(
        "matching_strategy: Equals\nroutes:\n  x: a\ncharacter_set: UTF-9",
        expect!["test.yaml:4:16: error[HW108]: `UTF-9` is no character set"],
    );
    mistakes(
        "matching_strategy: Equals\nrouting_strategy: all\nroutes:\n  original: a",
        expect![[r#""#]],
    );
}

#[test]
fn a_slow_pattern_is_advised_against() {
    let runner = TestRunner::<RouteText>::new(
        "matching_strategy: Contains Regular Expression\nroutes:\n  x: (a+)+$\n",
    );
    let advice = runner.processor().facts().advice;
    assert_eq!(advice.iter().map(|advice| advice.property).collect::<Vec<_>>(), ["routes"]);
}

#[test]
fn an_expression_knows_the_line() {
    let variables = |strategy: &str| {
        let properties =
            format!("matching_strategy: {strategy}\nroutes:\n  x: ${{line:isEmpty()}}\n");
        TestRunner::<RouteText>::new(&properties).processor().facts().variables
    };
    assert_eq!(variables("Satisfies Expression"), ["line", "lineNo"]);
    assert_eq!(variables("Equals"), [""; 0]);
}
