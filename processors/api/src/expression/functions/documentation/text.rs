//! Functions on texts, and on lists in texts.

use super::{Documentation, shows};

const MISSING_ARGUMENT: &str = "An argument without a value.";
const FROM_ZERO: &str =
    "Places are counted from 0, in units of UTF-16: a character beyond 16 bits counts twice.";
const DELIMITER: &str = "The delimiter is taken as it stands, not as a regular expression; an empty one changes nothing.";

pub(super) const ENTRIES: &[Documentation] = &[
    Documentation::of("toUpper", &[shows("${a:toUpper()}", &[("a", "straße")], "STRASSE")]),
    Documentation::of("toLower", &[shows("${a:toLower()}", &[("a", "ÉTÉ")], "été")]),
    Documentation::of("trim", &[shows("[${missing:trim()}]", &[], "[]")])
        .notes("Only control characters and blanks up to U+0020 are taken away; a no-break space stays."),
    Documentation::of("toString", &[shows("${n:toDecimal():toString():length()}", &[("n", "1.50")], "3")]),
    Documentation::of("length", &[shows("${a:length()}", &[("a", "a😀")], "3"), shows("${missing:length()}", &[], "0")])
        .notes("In units of UTF-16, as in Java: a character beyond 16 bits counts twice."),
    Documentation::of(
        "substring",
        &[
            shows("${filename:substring(3)}", &[("filename", "invoice")], "oice"),
            shows("[${filename:substring(3, 99)}]", &[("filename", "invoice")], "[]"),
        ],
    )
    .notes(FROM_ZERO)
    .errors("A start or an end that is not a number."),
    Documentation::of("substringBefore", &[shows("${filename:substringBefore('-')}", &[("filename", "a.b")], "a.b")]),
    Documentation::of(
        "substringBeforeLast",
        &[shows("${filename:substringBeforeLast('-')}", &[("filename", "a.b")], "a.b")],
    )
    .errors(MISSING_ARGUMENT),
    Documentation::of("substringAfter", &[shows("${filename:substringAfter('-')}", &[("filename", "a.b")], "a.b")]),
    Documentation::of(
        "substringAfterLast",
        &[shows("${path:substringAfterLast('/')}", &[("path", "/in/2026/a.csv")], "a.csv")],
    )
    .errors(MISSING_ARGUMENT),
    Documentation::of("append", &[shows("${missing:append('.gz')}", &[], ".gz")])
        .null("Counts as the empty text, before it and as its argument."),
    Documentation::of("prepend", &[shows("${filename:prepend(${missing})}", &[("filename", "a")], "a")])
        .null("Counts as the empty text, before it and as its argument."),
    Documentation::of("replace", &[shows("${a:replace('a.', '')}", &[("a", "a.b axb")], "b axb")])
        .notes("The search text is taken as it stands; a dot is a dot.")
        .errors(MISSING_ARGUMENT),
    Documentation::of(
        "replaceFirst",
        &[shows(r"${a:replaceFirst('^(\\w+) (\\w+)', '$2 $1')}", &[("a", "one two three")], "two one three")],
    )
    .notes(r"In the replacement `$1` is a group and `\$` a dollar.")
    .errors("A regular expression that is wrong, a group that is not there, an argument without a value."),
    Documentation::of(
        "replaceAll",
        &[
            shows(r"${a:replaceAll('\\s+', ' ')}", &[("a", "a  b \t c")], "a b c"),
            shows("${a:replaceAll('(.*)', '<$1>')}", &[("a", "x")], "<x><>"),
        ],
    )
    .notes(r"In the replacement `$1` is a group and `\$` a dollar. `.*` also matches the empty end: use `^.*$`.")
    .errors("A regular expression that is wrong, a group that is not there, an argument without a value."),
    Documentation::of("replaceNull", &[shows("[${a:replaceNull('none')}]", &[("a", "")], "[]")])
        .notes("An empty attribute is a value; `replaceEmpty` replaces it too.")
        .null("Gives the text."),
    Documentation::of("replaceEmpty", &[shows("${missing:replaceEmpty(${a})}", &[("a", "1")], "1")])
        .null("Gives the text."),
    Documentation::of(
        "replaceByPattern",
        &[
            shows("${a:replaceByPattern('[0-9]+:number,[a-z]+:word')}", &[("a", "17")], "number"),
            shows("${a:replaceByPattern('[0-9]+:number')}", &[("a", "?")], "?"),
        ],
    )
    .notes("Pairs are split at commas and then at the colon, so that neither can stand in a pattern. Without a match the value stays.")
    .errors("A pair without a colon, a regular expression that is wrong."),
    Documentation::of(
        "padLeft",
        &[shows("${n:padLeft(6, 'ab')}", &[("n", "1")], "ababa1"), shows("${n:padLeft(1)}", &[("n", "42")], "42")],
    )
    .notes("Without padding, or with an empty one, `_` is used; a longer one is repeated and cut. What is long enough stays.")
    .errors("A result of more than 20 MB."),
    Documentation::of("padRight", &[shows("${n:padRight(6, 'ab')}", &[("n", "1")], "1ababa")])
        .notes("Without padding, or with an empty one, `_` is used; a longer one is repeated and cut. What is long enough stays.")
        .errors("A result of more than 20 MB."),
    Documentation::of("repeat", &[shows("${a:repeat(1, 1)}", &[("a", "ab")], "ab")])
        .errors("A number of times below 1, a second number that is less than the first, a result of more than 20 MB."),
    Documentation::of("indexOf", &[shows("${a:indexOf('x')}", &[("a", "abc")], "-1")])
        .notes(FROM_ZERO)
        .errors(MISSING_ARGUMENT),
    Documentation::of("lastIndexOf", &[shows("${a:lastIndexOf('b')}", &[("a", "abcb")], "3")])
        .notes(FROM_ZERO)
        .errors(MISSING_ARGUMENT),
    Documentation::of(
        "evaluateELString",
        &[shows("[${text:evaluateELString()}]", &[("text", "${missing:replaceNull('x')} #{p}")], "[x ]")],
    )
    .notes("Whoever may set the value may read every attribute: use it for texts that are trusted. Up to 8 deep.")
    .errors("A text that does not compile, or in which a function fails."),
    Documentation::of(
        "getDelimitedField",
        &[
            shows("${line:getDelimitedField(2, ',', '\"', '\\\\', true)}", &[("line", "a,\"b,c\",d")], "b,c"),
            shows("${line:getDelimitedField(2, ';')}", &[("line", "a; b;c")], " b"),
            shows("[${line:getDelimitedField(9)}]", &[("line", "a,b")], "[]"),
        ],
    )
    .notes("The delimiter is `,`, the quote `\"` and the escape `\\` unless others are given. A field that is not there is empty.")
    .errors("A delimiter, quote or escape that is not one character, or is the same as another."),
    Documentation::of("unique", &[shows("${a:unique(';')}", &[("a", "b;a;b;;a;")], "b;a;")]).notes(DELIMITER),
    Documentation::of("compactDelimitedList", &[shows("${a:compactDelimitedList(';')}", &[("a", "a;; ;b")], "a; ;b")])
        .notes(DELIMITER),
    Documentation::of("trimDelimitedList", &[shows("[${a:trimDelimitedList(',')}]", &[("a", ",,")], "[]")])
        .notes(DELIMITER),
];
