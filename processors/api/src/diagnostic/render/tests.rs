use expect_test::{Expect, expect};

use super::*;
use crate::diagnostic::code;

fn check(
    text: &str,
    range: std::ops::Range<usize>,
    secret: std::ops::Range<usize>,
    expected: Expect,
) {
    let source = Source::new("x.yaml", text);
    let secrets = [source.span(secret)];
    let diagnostic = Diagnostic::error(code::SYNTAX, source.span(range), "no").label("yes");
    expected.assert_eq(&render(&source, &diagnostic, &secrets, Look::Plain));
}

#[test]
fn carets_stand_below_their_place() {
    check(
        "a: \té你x",
        4..8,
        0..0,
        expect![[r#"
        x.yaml:1:5: error[HW222]: no
          |
        1 | a: →é你x
          |     ^ yes
    "#]],
    );
    check(
        "one\ntwo\nthree",
        1..9,
        0..0,
        expect![[r#"
        x.yaml:1:2: error[HW222]: no
          |
        1 | one
          |  ^^ yes
    "#]],
    );
    check(
        "",
        0..0,
        0..0,
        expect![[r#"
        x.yaml:1:1: error[HW222]: no
          |
        1 |
          | ^ yes
    "#]],
    );
    check(
        "abc",
        3..3,
        0..0,
        expect![[r#"
        x.yaml:1:4: error[HW222]: no
          |
        1 | abc
          |    ^ yes
    "#]],
    );
}

#[test]
fn secrets_on_the_line_are_masked() {
    check(
        "a: geheim b",
        10..11,
        3..9,
        expect![[r#"
        x.yaml:1:11: error[HW222]: no
          |
        1 | a: *** b
          |        ^ yes
    "#]],
    );
    check(
        "a: geheim b",
        5..7,
        3..9,
        expect![[r#"
        x.yaml:1:6: error[HW222]: no
          |
        1 | a: *** b
          |      ^ yes
    "#]],
    );
    check(
        "a: |\n  top\n  secret",
        3..4,
        7..20,
        expect![[r#"
        x.yaml:1:4: error[HW222]: no
          |
        1 | a: |
          |    ^ yes
    "#]],
    );
}

#[test]
fn of_a_long_line_a_part_is_shown() {
    let line = format!("a: {}X{}", "b".repeat(1_000), "c".repeat(1_000));
    let source = Source::new("x", line);
    let diagnostic = Diagnostic::error(code::SYNTAX, source.span(1_003..1_004), "no");
    let shown = render(&source, &diagnostic, &[], Look::Plain);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[2].chars().count() < 300, "{shown}");
    assert_eq!(lines[2].chars().position(|c| c == 'X'), lines[3].chars().position(|c| c == '^'));
}

#[test]
fn colours_are_asked_for() {
    let source = Source::new("x", "a");
    let diagnostic = Diagnostic::warning(code::SYNTAX, source.span(0..1), "no\u{1b}[2J");
    assert!(
        render(&source, &diagnostic, &[], Look::Coloured)
            .contains("\u{1b}[1;33mwarning[HW222]\u{1b}[0m")
    );
    assert!(!render(&source, &diagnostic, &[], Look::Plain).contains('\u{1b}'));
}

#[test]
fn warnings_alone_do_not_stop_anything() {
    let source = Source::new("x.yaml", "a\nb");
    let at = |range| Diagnostic::warning(code::SIGN, source.span(range), "hm");
    expect![[r#"
        x.yaml:1:1: warning[HW209]: hm
          |
        1 | a
          | ^

        x.yaml:2:1: warning[HW209]: hm
          |
        2 | b
          | ^

        x.yaml: 2 warnings. Explain one: headwater explain HW209
    "#]]
    .assert_eq(&render_all(&source, &[at(2..3), at(0..1)], &[], Look::Plain));
    assert_eq!(render_all(&source, &[], &[], Look::Plain), "");
}
