//! Functions on JSON.

use super::{Documentation, shows};

const BAD_JSON: &str =
    "A missing or empty value, or one that is not JSON; a path that is not a JSONPath.";

pub(super) const ENTRIES: &[Documentation] = &[
    Documentation::of(
        "jsonPath",
        &[
            shows("${a:jsonPath('$.name')}", &[("a", r#"{"name":"x"}"#)], "x"),
            shows("${a:jsonPath('$.list')}", &[("a", r#"{"list":[1, 2]}"#)], "[1,2]"),
            shows("[${a:jsonPath('$.other')}]", &[("a", r#"{"name":"x"}"#)], "[]"),
        ],
    )
    .notes(
        "What is not there, and a JSON null, give the empty text; of a list of one, its element.",
    )
    .null("Fails.")
    .errors(BAD_JSON),
    Documentation::of(
        "jsonPathDelete",
        &[
            shows("${a:jsonPathDelete('$.b')}", &[("a", r#"{"a":1,"b":2}"#)], r#"{"a":1}"#),
            shows("${a:jsonPathDelete('$.c')}", &[("a", r#"{"a":1}"#)], r#"{"a":1}"#),
        ],
    )
    .null("Fails.")
    .errors(BAD_JSON),
    Documentation::of(
        "jsonPathSet",
        &[
            shows("${a:jsonPathSet('$.a', 5)}", &[("a", r#"{"a":1}"#)], r#"{"a":5}"#),
            shows("${a:jsonPathSet('$.a', '5')}", &[("a", r#"{"a":1}"#)], r#"{"a":"5"}"#),
        ],
    )
    .notes("The value keeps its type: a number is a JSON number, a text a JSON string.")
    .null("Fails.")
    .errors(BAD_JSON),
    Documentation::of(
        "jsonPathAdd",
        &[
            shows(
                "${a:jsonPathAdd('$.list', 'c')}",
                &[("a", r#"{"list":["a","b"]}"#)],
                r#"{"list":["a","b","c"]}"#,
            ),
            shows("[${a:jsonPathAdd('$.name', 'c')}]", &[("a", r#"{"name":"x"}"#)], "[]"),
        ],
    )
    .notes("Where the path leads to something else than an array, the empty text comes out.")
    .null("Fails.")
    .errors(BAD_JSON),
    Documentation::of(
        "jsonPathPut",
        &[
            shows("${a:jsonPathPut('$', 'b', 'x')}", &[("a", r#"{"a":1}"#)], r#"{"a":1,"b":"x"}"#),
            shows("${a:jsonPathPut('$', 'b', 5)}", &[("a", r#"{"a":1}"#)], r#"{"a":1,"b":"5"}"#),
        ],
    )
    .notes("The value is always written as a JSON string, as in NiFi; keys keep their order.")
    .null("Fails.")
    .errors(BAD_JSON),
];
