//! Functions on dates and instants. Patterns are those of Java's `DateTimeFormatter`; without a zone, the flow's
//! counts.

use jiff::{Timestamp, tz::TimeZone};

use crate::expression::{
    EvaluateError, Type, Value, convert,
    dates::{self, Cycles, Leniency, Written},
    evaluation::Call,
    function::{Answer, Argument, Function, Kind},
};

const FORMAT: &[Argument] =
    &[Argument::new("pattern", Kind::Pattern), Argument::new("zone", Kind::Zone).optional()];
// As in NiFi, the literals of the instant functions are read when they are used.
const FORMAT_INSTANT: &[Argument] =
    &[Argument::new("pattern", Kind::Text), Argument::new("zone", Kind::Text)];
const TO_DATE: &[Argument] = &[
    Argument::new("pattern", Kind::Pattern).optional(),
    Argument::new("zone", Kind::Zone).optional(),
];
const TO_INSTANT: &[Argument] = &[
    Argument::new("pattern", Kind::Text).optional(),
    Argument::new("zone", Kind::Text).with_previous(),
];
const SPAN_IN_ZONE: &[Argument] =
    &[Argument::new("duration", Kind::Duration), Argument::new("zone", Kind::Zone).optional()];
const SPAN: &[Argument] = &[Argument::new("duration", Kind::Duration)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::first("now", Type::Date, |call| Ok(Value::Date(call.evaluation.scope.now().as_millisecond())))
        .doc("The present date and time.")
        .example("${now():format('yyyy-MM-dd')}", &[], "1970-01-01"),
    Function::behind(Kind::Date, "format", Type::String, format)
        .takes(FORMAT)
        .doc("The date written by a pattern.")
        .example("${t:format('yyyy-MM-dd HH:mm', 'Asia/Tokyo')}", &[("t", "0")], "1970-01-01 09:00"),
    Function::behind(Kind::Instant, "formatInstant", Type::String, format)
        .takes(FORMAT_INSTANT)
        .doc("The instant written by a pattern, to the nanosecond.")
        .example("${t:formatInstant('HH:mm', 'UTC')}", &[("t", "2022-12-03T10:15:30+01:00")], "09:15"),
    Function::behind(Kind::Any, "toDate", Type::Date, to_date)
        .takes(TO_DATE)
        .doc("The date that a text stands for; without a pattern, that a number of milliseconds stands for.")
        .example("${d:toDate('yyyy-MM-dd'):toNumber()}", &[("d", "1970-01-02")], "86400000"),
    Function::behind(Kind::Any, "toInstant", Type::Instant, to_instant)
        .takes(TO_INSTANT)
        .doc("The instant that a text stands for; without a pattern, that a number of milliseconds stands for.")
        .example("${t:toInstant()}", &[("t", "1500")], "1970-01-01T00:00:01.500Z"),
    Function::behind(Kind::OnlyInstant, "toMicros", Type::Number, |call| since_1970(call, 1_000))
        .doc("The microseconds since 1970 began.")
        .example("${t:toInstant():toMicros()}", &[("t", "1")], "1000"),
    Function::behind(Kind::OnlyInstant, "toNanos", Type::Number, |call| since_1970(call, 1))
        .doc("The nanoseconds since 1970 began.")
        .example("${t:toInstant():toNanos()}", &[("t", "1")], "1000000"),
    Function::behind(Kind::Date, "plusDuration", Type::Date, |call| move_date(call, true))
        .takes(SPAN_IN_ZONE)
        .doc("The date so much later; days and longer by the calendar of the zone.")
        .example("${d:toDate('d.M.y'):plusDuration('1 month'):format('d.M.y')}", &[("d", "31.1.2026")], "28.2.2026"),
    Function::behind(Kind::Date, "minusDuration", Type::Date, |call| move_date(call, false))
        .takes(SPAN_IN_ZONE)
        .doc("The date so much earlier; days and longer by the calendar of the zone.")
        .example("${d:toDate('d.M.y'):minusDuration('2 weeks'):format('d.M.y')}", &[("d", "31.1.2026")], "17.1.2026"),
    Function::behind(Kind::Instant, "plusInstantDuration", Type::Instant, |call| move_instant(call, true))
        .takes(SPAN)
        .doc("The instant so much later; days and longer by the calendar in UTC.")
        .example("${t:plusInstantDuration('1 nanosecond')}", &[("t", "0")], "1970-01-01T00:00:00.000000001Z"),
    Function::behind(Kind::Instant, "minusInstantDuration", Type::Instant, |call| move_instant(call, false))
        .takes(SPAN)
        .doc("The instant so much earlier; days and longer by the calendar in UTC.")
        .example("${t:minusInstantDuration('1 day')}", &[("t", "0")], "1969-12-31T00:00:00Z"),
];

const OUT_OF_RANGE: &str = "the year is out of range";

/// The zone at `index`; the flow's when it is left out or null.
fn zone(call: &Call<'_>, index: usize) -> Result<TimeZone, EvaluateError> {
    let Some(name) = call.text(index)? else {
        return Ok(call.evaluation.scope.time_zone().clone());
    };
    let unknown = || call.error(format!("there is no time zone {}", call.evaluation.quote(&name)));
    dates::zone(&name).ok_or_else(unknown)
}

/// The subject, which is a date or an instant, as an instant that is known.
fn folded(call: &Call<'_>) -> Result<(Timestamp, Cycles), EvaluateError> {
    match call.subject {
        Value::Instant(instant) => Ok((instant, Cycles::default())),
        Value::Date(milliseconds) => {
            Cycles::fold_milliseconds(milliseconds).ok_or_else(|| call.error(OUT_OF_RANGE))
        }
        _ => Err(call.error("there is no date")),
    }
}

fn format(call: &Call<'_>) -> Answer {
    let pattern = call.pattern(0)?.ok_or_else(|| call.missing(0))?;
    let (instant, cycles) = folded(call)?;
    let zoned = instant.to_zoned(zone(call, 1)?);
    let zone_id = call.text(1)?.and_then(|name| dates::zone_id(&name));
    let written = Written { zoned: &zoned, cycles, zone_id: zone_id.as_deref() };
    Ok(pattern.write(&written).map_err(|reason| call.error(reason))?.into())
}

fn to_date(call: &Call<'_>) -> Answer {
    let Some(text) =
        convert::text(&call.subject, call.evaluation).filter(|_| call.argument_count() > 0)
    else {
        return Ok(match convert::to(call.subject.clone(), Type::Whole, call.evaluation)? {
            Value::Whole(milliseconds) => Value::Date(milliseconds),
            _ => Value::Null,
        });
    };
    let Some(pattern) = call.pattern(0)? else { return Ok(Value::Null) };
    let zone = zone(call, 1)?;
    let resolved =
        pattern.read(&text, Leniency::Lenient).map_err(|reason| unreadable(call, &text, reason))?;
    let milliseconds = resolved.milliseconds_or_start(&zone);
    Ok(Value::Date(milliseconds.ok_or_else(|| call.error(OUT_OF_RANGE))?))
}

fn to_instant(call: &Call<'_>) -> Answer {
    match &call.subject {
        Value::String(text) if call.argument_count() == 2 => {
            let pattern = call.pattern(0)?.ok_or_else(|| call.missing(0))?;
            let zone = zone(call, 1)?;
            let resolved = pattern
                .read(text, Leniency::Strict)
                .map_err(|reason| unreadable(call, text, reason))?;
            let incomplete = || call.error("the pattern must give both a day and a time");
            resolved.instant(&zone).map(Value::Instant).ok_or_else(incomplete)
        }
        // As in NiFi, everything else is a number of milliseconds, or nothing.
        other => match convert::to(other.clone(), Type::Whole, call.evaluation)? {
            Value::Whole(milliseconds) => convert::from_milliseconds(milliseconds, call.evaluation),
            _ => Ok(Value::Null),
        },
    }
}

fn unreadable(call: &Call<'_>, text: &str, reason: &str) -> EvaluateError {
    call.error(format!("{} cannot be read: {reason}", call.evaluation.quote(text)))
}

fn since_1970(call: &Call<'_>, nanos_per_unit: i128) -> Answer {
    let (instant, _) = folded(call)?;
    let units = instant.as_nanosecond().div_euclid(nanos_per_unit);
    Ok(i64::try_from(units).map_err(|_| call.error(OUT_OF_RANGE))?.into())
}

fn moved(
    call: &Call<'_>,
    zone: &TimeZone,
    later: bool,
) -> Result<(Timestamp, Cycles), EvaluateError> {
    let duration = call.duration(0)?.ok_or_else(|| call.missing(0))?;
    let (instant, cycles) = folded(call)?;
    let moved = duration.from(instant, zone, later).ok_or_else(|| call.error(OUT_OF_RANGE))?;
    Ok((moved, cycles))
}

fn move_date(call: &Call<'_>, later: bool) -> Answer {
    let (moved, cycles) = moved(call, &zone(call, 1)?, later)?;
    let milliseconds = cycles.unfold_milliseconds(moved);
    Ok(Value::Date(milliseconds.ok_or_else(|| call.error(OUT_OF_RANGE))?))
}

fn move_instant(call: &Call<'_>, later: bool) -> Answer {
    moved(call, &TimeZone::UTC, later).map(|(moved, _)| Value::Instant(moved))
}
