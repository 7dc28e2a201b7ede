use expect_test::{Expect, expect};
use processors_api::test_runner::TestRunner;

use super::*;

/// Feeds flowfiles with these attributes and shows what comes out.
fn check_all(properties: &str, flowfiles: &[&[(&str, &str)]], expected: Expect) {
    let mut runner = TestRunner::<UpdateAttribute>::new(properties);
    for attributes in flowfiles {
        let mut flowfile = runner.enqueue("");
        for (name, value) in *attributes {
            flowfile = flowfile.attribute(name, *value);
        }
    }
    runner.run();
    expected.assert_eq(&runner.render());
}

fn check(properties: &str, attributes: &[(&str, &str)], expected: Expect) {
    check_all(properties, &[attributes], expected);
}

const STATE: &str = "store_state: Store state locally\nstateful_variables_initial_value: 10\n";

const RULES: &str = "
attributes:
  all: yes
  size: ${size}!
rules:
  - name: large
    conditions:
      - ${size:gt(10)}
      - ${kind:equals('a')}
    attributes:
      size: large, ${size}
  - name: odd
    conditions:
      - ${size:mod(2):equals(1)}
    attributes:
      odd: ${size}
      size: odd
";

#[test]
fn values_are_computed_from_the_old_attributes() {
    check(
        "attributes:\n  a: ${b}\n  b: ${a}\n  c: ${missing}\n  d: $${a}\n",
        &[("a", "1"), ("b", "2")],
        expect![[r#"
            success: a=2 b=1 c= d=${a}
        "#]],
    );
}

#[test]
fn deleting_wins_over_setting_but_spares_what_is_new() {
    check(
        "attributes:\n  x.old: new\n  x.new: new\ndelete_attributes_expression: x\\..*\n",
        &[("x.old", "1"), ("xx", "2")],
        expect![[r#"
            success: x.new=new xx=2
        "#]],
    );
}

#[test]
fn an_expression_can_say_what_to_delete() {
    check(
        "delete_attributes_expression: ${which}\n",
        &[("which", "a|b"), ("a", "1"), ("b", "2"), ("ab", "3")],
        expect![[r#"
            success: ab=3 which=a|b
        "#]],
    );
    check(
        "delete_attributes_expression: ${which}\n",
        &[("which", "(")],
        expect![[r#"
            (rolled back): 1 flowfiles, `delete_attributes_expression` cannot be used: a `(` has no `)`
        "#]],
    );
}

#[test]
fn a_value_made_of_a_secret_is_one() {
    let mut runner = TestRunner::<UpdateAttribute>::new("attributes:\n  header: Bearer ${token}\n");
    runner.enqueue("").attribute("token", Text::sensitive("t0ken"));
    runner.run();
    runner.assert_hidden("t0ken");
    assert_eq!(runner.transfers[0].attribute("header").as_deref(), Some("Bearer t0ken"));
}

#[test]
fn every_rule_that_is_true_gets_a_flowfile() {
    check_all(
        RULES,
        &[&[("size", "15"), ("kind", "a")], &[("size", "5")], &[("size", "4")]],
        expect![[r#"
            success: UpdateAttribute.matchedRule=large all=yes kind=a size=large, 15
            success: UpdateAttribute.matchedRule=odd all=yes kind=a odd=15 size=odd
            success: UpdateAttribute.matchedRule=odd all=yes odd=5 size=odd
            success: all=yes size=4!
        "#]],
    );
}

#[test]
fn all_rules_that_are_true_can_share_the_flowfile() {
    check(
        &format!("{RULES}flowfile_policy: use original\n"),
        &[("size", "15"), ("kind", "a")],
        expect![[r#"
            success: UpdateAttribute.matchedRule=odd all=yes kind=a odd=15 size=odd
        "#]],
    );
}

#[test]
fn nifis_form_of_rules_is_read() {
    check(
        r#"{"delete_attributes_expression": "a", "rules": {"flowfile_policy": "USE_ORIGINAL", "rules": [
            {"id": "1", "name": "one", "conditions": [], "actions": [
                {"attribute": "Delete Attributes Expression", "value": "b"}, {"attribute": "c", "value": "${a}"}]}]}}"#,
        &[("a", "1"), ("b", "2")],
        expect![[r#"
            success: UpdateAttribute.matchedRule=one a=1 c=1
        "#]],
    );
}

#[test]
fn a_rule_can_delete_something_else() {
    check_all(
        "delete_attributes_expression: a\nrules:\n  - name: b\n    conditions:\n      - ${which:equals('b')}\n    delete_attributes_expression: b\n",
        &[&[("which", "b"), ("a", "1"), ("b", "2")], &[("which", "a"), ("a", "1"), ("b", "2")]],
        expect![[r#"
            success: UpdateAttribute.matchedRule=b a=1 which=b
            success: b=2 which=a
        "#]],
    );
}

#[test]
fn a_state_counts_on() {
    check_all(
        &format!(
            "{STATE}attributes:\n  count: ${{getStateValue('count'):plus(1)}}\n  sum: ${{getStateValue('sum'):plus(${{n}})}}\n"
        ),
        &[&[("n", "5")], &[("n", "7")]],
        expect![[r#"
            success: count=11 n=5 sum=15
            success: count=12 n=7 sum=22
        "#]],
    );
}

#[test]
fn a_state_is_read_as_it_was_before_the_flowfile_and_kept_of_what_is_deleted() {
    let rules = "rules:\n  - name: one\n    conditions: []\n    attributes:\n      a: ${getStateValue('a'):plus(1)}\n  - name: two\n    conditions: []\n    attributes:\n      a: ${getStateValue('a'):plus(2)}\n      old: ${getStateValue('old')}-\ndelete_attributes_expression: old\n";
    check_all(
        &format!("{STATE}attributes:\n  seen: ${{getStateValue('old')}}\n{rules}"),
        &[&[("old", "")], &[("old", "")]],
        expect![[r#"
            success: UpdateAttribute.matchedRule=one a=11 seen=10
            success: UpdateAttribute.matchedRule=two a=12 seen=10
            success: UpdateAttribute.matchedRule=one a=13 seen=10-
            success: UpdateAttribute.matchedRule=two a=14 seen=10-
        "#]],
    );
}

#[test]
fn values_that_cannot_be_remembered_fail() {
    let mut runner =
        TestRunner::<UpdateAttribute>::new(&format!("{STATE}attributes:\n  a: ${{b}}\n"));
    for value in ["1".to_owned(), "x".repeat(STATE_BYTES_MAX), "2".to_owned()] {
        runner.enqueue("").attribute("b", value);
    }
    runner.run();
    assert_eq!(
        (runner.transferred(&SUCCESS).len(), runner.transferred(&SET_STATE_FAIL).len()),
        (2, 1)
    );
    let failed = runner.transferred(&SET_STATE_FAIL)[0];
    assert!(failed.attribute("a").is_none() && failed.reason.is_some());
}

#[test]
fn only_a_state_makes_it_serial_and_gives_it_a_second_way_out() {
    for (properties, serial, ways) in [("", false, 1), (STATE, true, 2)] {
        let runner = TestRunner::<UpdateAttribute>::new(properties);
        let processor = runner.processor();
        assert_eq!((processor.is_serial(), processor.relationships().len()), (serial, ways));
    }
}

#[test]
fn an_alternate_identifier_that_is_a_uri_is_told() {
    for (value, expected) in [
        ("https://example.com/1", Some("https //example.com/1")),
        ("urn:x:1", Some("urn x:1")),
        ("no uri", None),
        ("1:2", None),
        ("a:b c", None),
    ] {
        let mut runner =
            TestRunner::<UpdateAttribute>::new("attributes:\n  alternate.identifier: ${v}\n");
        runner.enqueue("").attribute("v", value);
        runner.run();
        let events = &runner.transfers[0].events;
        let told = events.iter().find(|event| event.kind == EventKind::AddInfo);
        let told = told.and_then(|event| event.details.as_ref()).map(Text::reveal);
        assert_eq!(told, expected, "{value}");
    }
}

#[test]
fn the_attributes_that_it_sets_are_known() {
    let runner = TestRunner::<UpdateAttribute>::new(RULES);
    let names = ["all", "size", "size", "odd", "size"].map(SetAttribute::exact);
    assert_eq!(runner.processor().facts().sets, names);
}

#[test]
fn mistakes_are_found_at_load() {
    for (properties, message) in [
        ("delete_attributes_expression: (\n", "no regular expression"),
        ("attributes:\n  a: ${UUID(}\n", "UUID"),
        ("attribute:\n  a: b\n", "did you mean `attributes`?"),
        ("store_state: Store state locally\n", "needs `stateful_variables_initial_value`"),
        ("store_state: Store state localy\n", "did you mean `Store state locally`?"),
        ("cache_value_lookup_cache_size: -1\n", "can be from 0"),
        ("rules: one\n", "a list of rules is wanted"),
        ("rules:\n  name: x\n", "a list, each beginning with `- name:`"),
        ("rules:\n  - name: ' '\n    conditions: []\n    attributes: {}\n", "needs a name"),
        ("rules:\n  - name: x\n    conditions: []\n", "`x` does nothing"),
        ("rules:\n  - name: x\n    attributes: {}\n", "needs an entry `conditions`"),
        ("rules:\n  - name: x\n    conditions:\n      - yes\n    actions: []\n", "one expression"),
        (
            "rules:\n  - name: x\n    conditions: []\n    actions:\n      - attribute: a\n",
            "needs an entry `value`",
        ),
        (
            "rules:\n  - name: x\n    conditions: []\n    delete_attributes_expression: (\n",
            "rule `x` deletes",
        ),
        (
            "flowfile_policy: use_clone\nrules:\n  flowfile_policy: use_original\n  rules: []\n",
            "given twice",
        ),
    ] {
        let mistakes = TestRunner::<UpdateAttribute>::mistakes(properties);
        assert!(mistakes.contains(message), "{properties}: {mistakes}");
    }
}
