//! Functions over several values.

use super::{Documentation, shows};

const NAMES: &str = "A name that is missing is a missing value.";
const MATCHING: &str = "The whole name must match one of the regular expressions. Variables of the environment are not looked at.";
const PIECES: &str = "The delimiter is a regular expression: `|` is written `\\\\|`. Empty pieces at the end are dropped.";
const NO_MATCH: &str = "Without any match, what follows is asked once of a missing value.";
const REGEX: &str = "A regular expression that is computed and wrong.";

pub(super) const ENTRIES: &[Documentation] = &[
    Documentation::of(
        "anyAttribute",
        &[shows("${anyAttribute('a', 'b'):isNull()}", &[("a", "1")], "true")],
    )
    .notes("What follows must end in yes or no.")
    .null(NAMES),
    Documentation::of(
        "allAttributes",
        &[
            shows("${allAttributes('a', 'b'):gt(0)}", &[("a", "1"), ("b", "2")], "true"),
            shows("${allAttributes('a', 'b', 'c'):join('|')}", &[("a", "1"), ("c", "3")], "1||3"),
        ],
    )
    .notes("What follows must end in yes or no, in `count()` or in `join(...)`.")
    .null(NAMES),
    Documentation::of(
        "anyMatchingAttribute",
        &[shows(
            "${anyMatchingAttribute('http\\..*', 'x'):contains('err')}",
            &[("http.body", "no error")],
            "true",
        )],
    )
    .notes(MATCHING)
    .null(NO_MATCH)
    .errors(REGEX),
    Documentation::of(
        "allMatchingAttributes",
        &[
            shows("${allMatchingAttributes('q.*'):isNull()}", &[("a", "1")], "true"),
            shows(
                "${allMatchingAttributes('a.*'):toUpper():join('+')}",
                &[("a1", "x"), ("a2", "y")],
                "X+Y",
            ),
        ],
    )
    .notes(MATCHING)
    .null(NO_MATCH)
    .errors(REGEX),
    Documentation::of(
        "anyDelineatedValue",
        &[shows(r"${anyDelineatedValue(${a}, '\\|'):equals('c')}", &[("a", "a|b|c")], "true")],
    )
    .notes(PIECES)
    .null(NO_MATCH)
    .errors(REGEX),
    Documentation::of(
        "allDelineatedValues",
        &[
            shows("${allDelineatedValues('7 8 9', ' '):gt(5)}", &[], "true"),
            shows(
                "${allDelineatedValues(${a}, ','):trim():join('/')}",
                &[("a", "a, b,c,,")],
                "a/b/c",
            ),
        ],
    )
    .notes(PIECES)
    .null(NO_MATCH)
    .errors(REGEX),
];
