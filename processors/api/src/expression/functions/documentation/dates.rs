//! Functions on dates and instants.

use super::{Documentation, shows};

const UNREADABLE: &str =
    "A text that is not such a date, a pattern or zone that is computed and wrong.";
const SPAN: &str = "A number, a space and a unit: nanosecond, second, minute, hour, day, week, month, year, with or \
     without `s`, in any case. From days on, the calendar counts, and the end of a month stays within it.";
const WRONG_SPAN: &str =
    "A computed time span that is none; a result outside the years -9999 to 9999.";

pub(super) const ENTRIES: &[Documentation] = &[
    Documentation::of("now", &[shows("${now():toNumber()}", &[], "0")])
        .notes("A date in milliseconds: go on with `format`, `plusDuration`, `toNumber`. In these examples it is the start of 1970.")
        .null("Takes no value."),
    Documentation::of(
        "format",
        &[
            shows("${t:toNumber():format('EEE, d MMM yyyy')}", &[("t", "1785838530123")], "Tue, 4 Aug 2026"),
            shows("${t:format(\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\", '+02:00')}", &[("t", "1785838530123")], "2026-08-04T12:15:30.123+02:00"),
        ],
    )
    .notes("The pattern is one of Java's `DateTimeFormatter` in English. Without a zone, the flow's counts. A text before it is \
            read as milliseconds, as `yyyy/MM/dd HH:mm:ss` with or without `.SSS`, or as `Tue Aug 04 10:15:30 UTC 2026`.")
    .errors("A text of another form: use `toDate` with its pattern first; a pattern or zone that is computed and wrong."),
    Documentation::of(
        "formatInstant",
        &[shows("${t:formatInstant('SSSSSSSSS', 'UTC')}", &[("t", "2022-12-03T10:15:30.123456789Z")], "123456789")],
    )
    .notes("As `format`, to the nanosecond; the zone must be given.")
    .errors(UNREADABLE),
    Documentation::of(
        "toDate",
        &[
            shows("${d:toDate('d MMM yyyy', 'UTC'):format('yyyy-MM-dd')}", &[("d", "4 August 2026")], "2026-08-04"),
            shows("${d:toDate('yyyy-MM-dd'):format('yyyy-MM-dd')}", &[("d", "2026-02-31")], "2026-02-28"),
            shows("${d:toDate('HH:mm'):format('yyyy-MM-dd HH:mm')}", &[("d", "9:05")], "1970-01-01 09:05"),
        ],
    )
    .notes("Reading is lenient: widths and case may differ, a day beyond its month is its last one, what is missing is the \
            start of 1970. A zone in the text wins. Whether a date is real asks `isValidDate`.")
    .null("Gives no value again, also for a missing pattern.")
    .errors(UNREADABLE),
    Documentation::of(
        "toInstant",
        &[
            shows("${t:toInstant('yyyy-MM-dd HH:mm', 'Europe/Amsterdam')}", &[("t", "2026-08-04 10:15")], "2026-08-04T08:15:00Z"),
            shows("${t:toInstant()}", &[("t", "2026-08-04T10:15:30Z")], ""),
        ],
    )
    .notes("With a pattern, reading is strict: widths and case count, and there must be a day and a time. On a number or a date the pattern is not used. Without \
            one, only a number of milliseconds is read: an ISO-8601 text is one already for `formatInstant` and `plusInstantDuration`.")
    .errors(UNREADABLE),
    Documentation::of("toMicros", &[shows("${t:plusInstantDuration('0 days'):toMicros()}", &[("t", "1970-01-01T00:00:00.0000019Z")], "1")])
        .errors("A result of more than 64 bits."),
    Documentation::of("toNanos", &[shows("${t:plusInstantDuration('0 days'):toNanos()}", &[("t", "1970-01-01T00:00:00.0000019Z")], "1900")])
        .errors("A result of more than 64 bits: beyond the year 2262."),
    Documentation::of(
        "plusDuration",
        &[shows(
            "${d:toDate('yyyy-MM-dd HH:mm', 'Europe/Amsterdam'):plusDuration('1 day', 'Europe/Amsterdam'):format('HH:mm', 'Europe/Amsterdam')}",
            &[("d", "2026-03-28 12:00")],
            "12:00",
        )],
    )
    .notes(SPAN)
    .errors(WRONG_SPAN),
    Documentation::of("minusDuration", &[shows("${d:toNumber():minusDuration('1 nanosecond'):toNumber()}", &[("d", "1")], "0")])
        .notes(SPAN)
        .errors(WRONG_SPAN),
    Documentation::of(
        "plusInstantDuration",
        &[shows("${t:plusInstantDuration('1 Month')}", &[("t", "2026-01-31T00:00:00Z")], "2026-02-28T00:00:00Z")],
    )
    .notes(SPAN)
    .errors(WRONG_SPAN),
    Documentation::of(
        "minusInstantDuration",
        &[shows("${t:minusInstantDuration('1 year')}", &[("t", "2024-02-29T00:00:00Z")], "2023-02-28T00:00:00Z")],
    )
    .notes(SPAN)
    .errors(WRONG_SPAN),
];
