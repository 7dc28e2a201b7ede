use proptest::prelude::*;

use super::*;

fn replaced(pattern: &str, text: &str) -> String {
    JavaRegex::new(pattern).unwrap().replace_all(text, "<$0>").unwrap()
}

#[test]
fn matches_are_java_s() {
    for (pattern, text, result) in [
        ("(.*)", "abc", "<abc><>"),
        ("", "ab", "<>a<>b<>"),
        ("a|ab", "ab", "<a>b"),
        ("b*", "abc", "<>a<b><>c<>"),
        (".", "a\n\r\u{85}\u{2028}b", "<a>\n\r\u{85}\u{2028}<b>"),
        ("(?s).", "\n", "<\n>"),
        ("(?d).", "\r\n", "<\r>\n"),
        ("a$", "a\n", "<a>\n"),
        ("a$", "a\r\n", "<a>\r\n"),
        ("a$", "a\n\n", "a\n\n"),
        ("$", "a\r\n", "a<>\r\n<>"),
        (r"a\z", "a\n", "a\n"),
        ("(?m)^", "a\nb\n", "<>a\n<>b\n"),
        ("(?m)$", "a\r\nb", "a<>\r\nb<>"),
        ("(?m)^b", "a\rb", "a\r<b>"),
        (r"\d+", "1٢3", "<1>٢<3>"),
        (r"(?U)\d+", "1٢3", "<1٢3>"),
        (r"\w+", "aé", "<a>é"),
        (r"\bé", "é", "é"),
        (r"\W", "é", "<é>"),
        (r"\B.", "ab", "a<b>"),
        ("(?i)k", "kK\u{212A}", "<k><K>\u{212A}"),
        ("(?i)[a-c]x", "BX", "<BX>"),
        ("(?iu)é", "É", "<É>"),
        ("(?i:a)b", "AbAB", "<Ab>AB"),
        ("a(?i)b|c", "aBC", "<aB><C>"),
        (r"\Qa.b\E.", "a.bc axbc", "<a.bc> axbc"),
        (r"[\Q]^\E]", "]^", "<]><^>"),
        ("[a-z&&[^b]]+", "abc", "<a>b<c>"),
        ("[a-c[x-z]]+", "bym", "<by>m"),
        ("[a-]+", "a-b", "<a->b"),
        ("[]a]", "]", "<]>"),
        ("[[:alpha:]]", "b:", "b<:>"),
        (r"[\w-]+", "a-b c", "<a-b> <c>"),
        ("[a~~b]+", "~a", "<~a>"),
        ("[+--]+", "a+,-", "a<+,->"),
        (r"\p{Alpha}\P{Alpha}\p{IsLatin}\pL", "a1éz", "<a1éz>"),
        (r"\x41\u0042\0103\x{44}", "ABCD", "<ABCD>"),
        (r"(a)\1", "aa", "<aa>"),
        (r"(a)\11", "aa1", "<aa1>"),
        (r"(?<x>a)\k<x>", "aa", "<aa>"),
        ("a*+a", "aaa", "aaa"),
        ("a++b", "aab", "<aab>"),
        ("(?>a|ab)c", "abc", "abc"),
        ("(?<=a)b(?!c)", "ab abc", "a<b> abc"),
        (r"\b(a)\1\b", "aa", "<aa>"),
        (r"\Ba\b(?=!)", "ba! a!", "b<a>! a!"),
        (r"(?U)\bé", "aé é", "aé <é>"),
        (r"a\Rb", "a\r\nb", "<a\r\nb>"),
        ("(?x) a b # c\n c", "abc", "<abc>"),
        ("a{2}?b}", "aab}", "<aab}>"),
        (r"\$\{", "${", "<${>"),
        ("a ]", "a ]", "<a ]>"),
        ("a{1,2}+a", "aaaa", "<aaa>a"),
        ("(?:ab){2}+", "ababab", "<abab>ab"),
        (r"(a|b){1,3}+c", "abcabab", "<abc>abab"),
        (r"\X", "e\u{301}👩\u{200d}👧\r\n", "<e\u{301}><👩\u{200d}👧><\r\n>"),
        (r"\p{InGreek}\p{InGreek and Coptic}[\p{block=Cyrillic}]", "αβЯ", "<αβЯ>"),
        (r"\p{javaJavaIdentifierStart}\p{javaJavaIdentifierPart}+", "_a1 2", "<_a1> 2"),
        (r"(?U)\p{Alpha}+", "éa", "<éa>"),
        ("(?iu)[k]", "kK\u{212A}", "<k><K><\u{212A}>"),
        ("[a&&]", "a", "<a>"),
        ("(?m)^", "", ""),
    ] {
        assert_eq!(replaced(pattern, text), result, "{pattern} on {text:?}");
    }
}

#[test]
fn a_whole_match_tries_every_alternative() {
    let regex = JavaRegex::new("a|ab").unwrap();
    assert!(regex.is_full_match("ab").unwrap());
    assert!(!regex.is_full_match("abc").unwrap());
    assert!(JavaRegex::new("(?x)a # end").unwrap().is_full_match("a").unwrap());
    assert!(!JavaRegex::new("a$").unwrap().is_full_match("a\n").unwrap());
    assert!(JavaRegex::new("a$\n").unwrap().is_full_match("a\n").unwrap());
}

#[test]
fn what_java_refuses_is_refused() {
    for (pattern, reason) in [
        ("(", "a `(` has no `)`"),
        (")", "a `)` has no `(`"),
        ("[a", "a `[` has no `]`"),
        ("a{", r"`{` must be followed by a number of times; a plain one is `\{`"),
        ("a{,3}", r"`{` must be followed by a number of times; a plain one is `\{`"),
        (r"\y", r"`\y` is not known"),
        ("\\", r"the pattern ends with a single `\`"),
        ("*", "there is nothing that `*` could repeat"),
        ("a+*", "there is nothing that `*` could repeat"),
        ("(?i)+", "there is nothing that `+` could repeat"),
        ("[z-a]", "the range `z-a` runs backwards"),
        ("(?a)", "`(?a` is not known"),
        (
            r"\p{InNowhere}",
            r"the block `Nowhere` is not known here; write its range: [\x{E000}-\x{F8FF}]",
        ),
        (r"a\E", r"`\E` has no `\Q`"),
    ] {
        assert_eq!(JavaRegex::new(pattern).unwrap_err().to_string(), reason, "{pattern}");
    }
}

#[test]
fn replacements_are_java_s() {
    let regex = JavaRegex::new("(a)(b)?(?<rest>c)").unwrap();
    let replace = |replacement: &str| {
        regex.replace_all("xacx", replacement).map_err(|error| error.to_string())
    };
    assert_eq!(replace(r"[$1$2${rest}\$\\$10]"), Ok(r"x[ac$\a0]x".to_owned()));
    assert_eq!(replace("$4"), Err("the pattern has no group 4".to_owned()));
    assert_eq!(replace("${nix}"), Err("the pattern has no group called `nix`".to_owned()));
    assert_eq!(
        replace("$x"),
        Err(r"`$` in the replacement names no group; for a plain one write `\$`".to_owned())
    );
    assert_eq!(
        replace("\\"),
        Err(r"the replacement ends with a single `\`; write `\\`".to_owned())
    );
    assert_eq!(JavaRegex::new("b").unwrap().replace_first("abab", "x"), Ok("axab".to_owned()));
}

#[test]
fn splitting_drops_empty_pieces_at_the_end() {
    let split =
        |pattern: &str, text: &str| JavaRegex::new(pattern).unwrap().split(text).unwrap().join(";");
    assert_eq!(split(",", "a,,b,,"), "a;;b");
    assert_eq!(split("/", "/"), "");
    assert_eq!(split("/", ""), "");
    assert_eq!(JavaRegex::new("/").unwrap().split("").unwrap().len(), 1);
    assert_eq!(split("|", "abc"), "a;b;c");
    assert_eq!(split(",", ",a"), ";a");
}

#[test]
fn groups_deep_inside_each_other_are_refused() {
    for (open, close) in [("(", ")"), ("(?=", ")"), ("[", "]")] {
        let pattern = format!("{}a{}", open.repeat(9_000), close.repeat(9_000));
        assert!(JavaRegex::new(&pattern).is_err());
    }
    assert!(JavaRegex::new(&format!("{}a{}", "(?>".repeat(50), ")".repeat(50))).is_ok());
}

#[test]
fn a_pattern_that_explodes_is_stopped() {
    let regex = JavaRegex::new(r"(a*)*\1b").unwrap();
    assert_eq!(regex.is_match(&"a".repeat(2_000)), Err(JavaRegexError::TooManySteps));
}

proptest! {
    #[test]
    fn no_pattern_panics(
        pattern in r"([a-z\\\[\](){}^$.*+?|&:!<>=#QEpkdiwsmux0-9é \n-]|\\Q|\\E|\(\?|&&){0,20}",
        text in "[a-c\r\n1é ]{0,12}",
    ) {
        if let Ok(regex) = JavaRegex::new(&pattern) {
            let _ = regex.is_full_match(&text);
            let _ = regex.split(&text);
            let _ = regex.replace_all(&text, "[$0]");
        }
    }

    #[test]
    fn a_quoted_text_matches_itself(text in "[^\\\\]{0,20}", context in "[a-z]{0,3}") {
        let regex = JavaRegex::new(&format!(r"\Q{text}\E")).unwrap();
        prop_assert!(regex.is_full_match(&text).unwrap());
        let surrounded = format!("{context}{text}{context}");
        prop_assert!(regex.is_match(&surrounded).unwrap());
    }
}
