//! Functions that answer yes or no.

use super::{Documentation, shows};

const NOT_A_TEXT: &str = "A missing value, and a missing argument, give `false`.";
const LATE_REGEX: &str = "A regular expression that is computed and wrong fails; a literal one that is wrong is found \
     when the flow is loaded.";

pub(super) const ENTRIES: &[Documentation] = &[
    Documentation::of("isNull", &[shows("${a:isNull()}", &[("a", "")], "false")])
        .null("Gives `true`."),
    Documentation::of("notNull", &[shows("${missing:notNull()}", &[], "false")])
        .null("Gives `false`."),
    Documentation::of(
        "isEmpty",
        &[shows("${missing:isEmpty()}", &[], "true"), shows("${a:isEmpty()}", &[("a", "x")], "false")],
    )
    .notes("White space is what Java calls so: a no-break space is not.")
    .null("Gives `true`."),
    Documentation::of(
        "equals",
        &[
            shows("${n:equals(5)}", &[("n", "5")], "true"),
            shows("${n:toNumber():equals(5.0)}", &[("n", "5")], "false"),
            shows("${missing:equals('')}", &[], "false"),
        ],
    )
    .notes("Upper and lower case count. A whole 5 and a decimal 5.0 differ, since their texts do; use `ge` and `le`, or convert one.")
    .null(NOT_A_TEXT),
    Documentation::of(
        "equalsIgnoreCase",
        &[shows("${a:equalsIgnoreCase('strasse')}", &[("a", "Straße")], "false")],
    )
    .notes("Letter by letter: `ß` is not `ss`.")
    .null(NOT_A_TEXT),
    Documentation::of(
        "gt",
        &[shows("${size:gt(999.5)}", &[("size", "1000")], "true"), shows("${size:gt(1)}", &[("size", "big")], "false")],
    )
    .notes("Texts are read as numbers and never compared as texts; when one number is decimal, both are.")
    .null(NOT_A_TEXT),
    Documentation::of("ge", &[shows("${size:ge(1000)}", &[("size", "1e3")], "false")])
        .notes("`1e3` in an attribute is no number: a decimal number has a point.")
        .null(NOT_A_TEXT),
    Documentation::of("lt", &[shows("${size:lt(1024)}", &[("size", "12")], "true")]).null(NOT_A_TEXT),
    Documentation::of("le", &[shows("${size:le(1024)}", &[("size", "1024")], "true")]).null(NOT_A_TEXT),
    Documentation::of(
        "and",
        &[
            shows("${status:equals('200'):and(${size:gt(0)})}", &[("status", "200"), ("size", "12")], "true"),
            shows("${a:isEmpty():and(${literal('9999999999999999999'):gt(1)})}", &[("a", "x")], "false"),
        ],
    )
    .notes("When the value before it is false, the condition is not evaluated at all.")
    .null("The condition alone decides."),
    Documentation::of(
        "or",
        &[shows("${status:equals('200'):or(${status:equals('204')})}", &[("status", "204")], "true")],
    )
    .notes("When the value before it is true, the condition is not evaluated at all.")
    .null("The condition alone decides."),
    Documentation::of("not", &[shows("${a:not()}", &[("a", "yes")], "true")])
        .null("Fails.")
        .errors("A missing value."),
    Documentation::of(
        "ifElse",
        &[
            shows("${size:gt(100):ifElse('large', 'small')}", &[("size", "7")], "small"),
            shows("${missing:ifElse('yes', 'no')}", &[], "no"),
        ],
    )
    .notes("Only the text that is chosen is evaluated.")
    .null("Gives the second text."),
    Documentation::of(
        "isJson",
        &[
            shows("${a:isJson()}", &[("a", "\"text\"")], "false"),
            shows("${a:isJson()}", &[("a", "[1, 2")], "false"),
        ],
    )
    .notes("The text must begin and end with the brackets of an object or an array; a number or a text alone is not enough."),
    Documentation::of(
        "isValidDate",
        &[
            shows("${day:isValidDate('yyyy-MM-dd')}", &[("day", "2024-02-29")], "true"),
            shows("${t:isValidDate('yyyy-MM-dd HH:mm', 'Europe/Amsterdam')}", &[("t", "2026-03-29 02:30")], "false"),
        ],
    )
    .notes("With a zone, a time that its clocks skip is no time. A computed pattern or zone that is wrong makes no date valid.")
    .errors("None; a literal pattern or zone that is wrong is found when the flow is loaded."),
    Documentation::of(
        "isValidInstant",
        &[
            shows("${t:isValidInstant()}", &[("t", "Tue, 4 Aug 2026 10:15:30 GMT")], "true"),
            shows("${t:isValidInstant()}", &[("t", "1785838530123")], "false"),
        ],
    )
    .notes("Milliseconds alone are not an instant here, though `toInstant()` reads them."),
    Documentation::of("in", &[shows("${name:in('PAUL', ${boss})}", &[("name", "JOHN"), ("boss", "JOHN")], "true")])
        .null(NOT_A_TEXT),
    Documentation::of("startsWith", &[shows("${filename:startsWith('INV')}", &[("filename", "invoice")], "false")])
        .notes("Upper and lower case count.")
        .null(NOT_A_TEXT),
    Documentation::of("endsWith", &[shows("${filename:endsWith('.JSON')}", &[("filename", "a.json")], "false")])
        .notes("Upper and lower case count.")
        .null(NOT_A_TEXT),
    Documentation::of("contains", &[shows("${filename:contains('')}", &[("filename", "a")], "true")])
        .notes("Upper and lower case count. Every text contains the empty one.")
        .null(NOT_A_TEXT),
    Documentation::of("find", &[shows(r"${filename:find('^[0-9]+$')}", &[("filename", "a17")], "false")])
        .notes("A regular expression of Java, which must match a part.")
        .null(NOT_A_TEXT)
        .errors(LATE_REGEX),
    Documentation::of("matches", &[shows(r"${a:matches('\d+')}", &[("a", "17b")], "false")])
        .notes(r"A regular expression of Java, which must match the whole. In quotes `\d` and `\\d` are the same.")
        .null(NOT_A_TEXT)
        .errors(LATE_REGEX),
];
