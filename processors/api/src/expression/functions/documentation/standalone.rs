//! Functions that need no value before them.

use super::{Documentation, shows};

const NONE_TAKEN: &str = "Takes no value.";

pub(super) const ENTRIES: &[Documentation] = &[
    Documentation::of(
        "literal",
        &[
            shows("${literal(1e10)}", &[], "1.0E10"),
            shows("${literal(${missing})}", &[], "null"),
            shows("${literal('a,b'):contains(',')}", &[], "true"),
        ],
    )
    .null("Gives the text `null`."),
    Documentation::of("UUID", &[shows("${UUID():substring(14, 15)}", &[], "4")])
        .notes("Of version 4: another one each time, also on a second try of the same flowfile.")
        .null(NONE_TAKEN),
    Documentation::of("random", &[shows("${random():mod(6):plus(1):le(6)}", &[], "true")])
        .notes("From 0 up to 9223372036854775807.")
        .null(NONE_TAKEN),
    Documentation::of("nextInt", &[shows("${nextInt():plus(${nextInt()})}", &[], "1")])
        .notes("It begins with 0 when the program starts.")
        .null(NONE_TAKEN),
    Documentation::of("ip", &[shows("${ip():append(':8080')}", &[], "127.0.0.1:8080")])
        .notes("In these examples the machine is the local one.")
        .null(NONE_TAKEN),
    Documentation::of("hostname", &[shows("${hostname(true):toUpper()}", &[], "LOCALHOST")])
        .notes("`true` asks for the name with its domain, where the machine knows it.")
        .null(NONE_TAKEN),
    Documentation::of("thread", &[shows("${thread():notNull()}", &[], "true")]).null(NONE_TAKEN),
    Documentation::of("getStateValue", &[shows("${getStateValue('last'):replaceNull('0')}", &[], "0")])
        .notes("Only a processor that remembers something has state.")
        .null("A missing key gives no value."),
    Documentation::of(
        "getUri",
        &[
            shows("${getUri('http', 'me', 'example.com', -1, '/a/b', null, 'top')}", &[], "http://me@example.com/a/b#top"),
            shows("${getUri(null, null, null, -1, 'a b', null, null)}", &[], "a%20b"),
        ],
    )
    .notes("Signs that cannot stand in a part are percent-encoded; a `%` always is.")
    .null("Leaves the part out, but the port, which -1 leaves out.")
    .errors("A scheme, host or port that cannot be one; a scheme with a path that does not begin with `/`."),
];
