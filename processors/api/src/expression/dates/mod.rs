//! Dates as Java's `java.time` reads, writes and counts them. Not the functions: they are in `functions/dates.rs`.
//! Limits: instants lie in the years -9999 to 9999, which is what `jiff` knows, dates in any; only the larger zones have
//! names in full.

mod cycle;
mod date_text;
mod day_period;
mod duration;
mod parse;
mod pattern;
mod print;
mod resolve;
mod valid;
mod zone_names;

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

pub(super) use cycle::Cycles;
pub(super) use date_text::date_text;
pub(super) use duration::Duration;
pub(super) use parse::Leniency;
pub(super) use pattern::Pattern;
pub(super) use print::Written;
pub(super) use resolve::Resolved;

/// The names of the months.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of the days, Monday first.
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// An instant's text: ISO-8601 in UTC, the fraction in groups of three digits.
pub(super) fn instant_text(instant: Timestamp) -> String {
    let zoned = instant.to_zoned(TimeZone::UTC);
    let (date, time) = (zoned.date(), zoned.time());
    let nanos = time.subsec_nanosecond();
    let fraction = match (nanos, nanos % 1_000_000, nanos % 1_000) {
        (0, _, _) => String::new(),
        (_, 0, _) => format!(".{:03}", nanos / 1_000_000),
        (_, _, 0) => format!(".{:06}", nanos / 1_000),
        _ => format!(".{nanos:09}"),
    };
    let year =
        if date.year() < 0 { format!("{:05}", date.year()) } else { format!("{:04}", date.year()) };
    format!(
        "{year}-{:02}-{:02}T{:02}:{:02}:{:02}{fraction}Z",
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The instant of a local time: in a gap by the offset before it, in an overlap by the earlier one.
pub(super) fn instant_of(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(local).compatible().ok()
}

/// Reads the text of a date: milliseconds, `yyyy/MM/dd HH:mm:ss` with or without `.SSS`, or `Date.toString`.
pub(super) fn read_date(text: &str, zone: &TimeZone) -> Option<i64> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    if !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return trimmed.parse().ok();
    }
    let pattern = if has_shape(trimmed, "9999/99/99 99:99:99")
        || has_shape(trimmed, "9999/99/99 99:99:99.999")
    {
        "yyyy/MM/dd HH:mm:ss[.SSS]"
    } else if has_shape(trimmed, "AAA AAA 99 99:99:99 * 9999") {
        "EEE MMM dd HH:mm:ss zzz yyyy"
    } else {
        return None;
    };
    let resolved = Pattern::new(pattern).ok()?.read(trimmed, Leniency::Lenient).ok()?;
    resolved.milliseconds_or_start(zone)
}

/// Whether a text has the signs of a shape, in which `9` is a digit, `A` a letter and `*` anything of any length.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(byte, wanted): (&u8, &u8)| match wanted {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        other => byte == other,
    };
    let (text, before, after) = match shape.split_once('*') {
        Some((before, after)) => (text.as_bytes(), before.as_bytes(), after.as_bytes()),
        None if text.len() != shape.len() => return false,
        None => (text.as_bytes(), shape.as_bytes(), &[][..]),
    };
    text.len() >= before.len() + after.len()
        && text.iter().zip(before).all(fits)
        && text.iter().rev().zip(after.iter().rev()).all(fits)
}

/// Reads the text of an instant: milliseconds, an ISO instant or offset time, or RFC 1123.
pub(super) fn read_instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text
            .parse()
            .ok()
            .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
    }
    read_standard_instant(text)
}

/// Reads an ISO instant or offset time, or RFC 1123.
pub(super) fn read_standard_instant(text: &str) -> Option<Timestamp> {
    read_iso_instant(text).or_else(|| {
        // Its names are all short.
        if text.split(|c: char| !c.is_alphabetic()).any(|word| word.len() > 3) {
            return None;
        }
        ["[EEE, ]d MMM yyyy HH:mm[:ss] Z", "[EEE, ]d MMM yyyy HH:mm[:ss] 'GMT'"]
            .iter()
            .find_map(|pattern| read_by(pattern, text, Leniency::Lenient))
    })
}

fn read_by(pattern: &str, text: &str, leniency: Leniency) -> Option<Timestamp> {
    Pattern::new(pattern).ok()?.read(text, leniency).ok()?.instant(&TimeZone::UTC)
}

/// `2026-08-04T10:15:30.5Z`: seconds may be left out with an offset, a leap second is the one before it.
fn read_iso_instant(text: &str) -> Option<Timestamp> {
    let (mut whole, nanos) = without_fraction(text)?;
    if let Some(at) = whole.find(":60").filter(|at| whole[..*at].ends_with("23:59")) {
        whole.replace_range(at..at + 3, ":59");
    }
    let has_only_hours = whole.len().checked_sub(3).is_some_and(|at| {
        whole.as_bytes()[at..].iter().all(|byte| byte.is_ascii_digit() || b"+-".contains(byte))
    });
    // Between hours and minutes of an offset there is a colon.
    if whole.len().checked_sub(5).is_some_and(|at| {
        whole.as_bytes()[at + 1..].iter().all(u8::is_ascii_digit)
            && b"+-".contains(&whole.as_bytes()[at])
    }) {
        return None;
    }
    let offset = if has_only_hours { "x" } else { "XXXXX" };
    let pattern = format!("uuuu-MM-dd'T'HH:mm[:ss]{offset}");
    let instant = read_by(&pattern, &whole, Leniency::AnyCase)?;
    instant.checked_add(jiff::SignedDuration::from_nanos(nanos)).ok()
}

/// Takes a fraction of a second out of an ISO text: it may have any number of digits up to nine.
fn without_fraction(text: &str) -> Option<(String, i64)> {
    const DIGITS_MAX: usize = 9;
    let Some((before, rest)) = text.split_once('.') else { return Some((text.to_owned(), 0)) };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > DIGITS_MAX || before.matches(':').count() != 2 {
        return None;
    }
    let nanos: i64 = format!("{:0<9}", &rest[..digits]).parse().ok()?;
    Some((format!("{before}{}", &rest[digits..]), nanos))
}

/// What `z` and `VV` write for a zone that is no place: `UTC+01:00`, `Z`. `None` for one that has a name of its own.
pub(super) fn zone_id(name: &str) -> Option<String> {
    if matches!(name, "Z" | "GMT") {
        return Some(name.to_owned());
    }
    let prefix = ["UTC", "GMT", "UT"].into_iter().find(|prefix| name.starts_with(prefix));
    let prefix = prefix.unwrap_or_default();
    let offset = name[prefix.len()..].starts_with(['+', '-']).then(|| zone(name))??;
    let offset = offset.to_fixed_offset().ok()?;
    let shown = print::write_offset('X', 5, offset);
    Some(if prefix.is_empty() || offset.seconds() != 0 {
        format!("{prefix}{shown}")
    } else {
        prefix.to_owned()
    })
}

/// A zone by the name that Java knows it by: `Europe/Amsterdam`, `UTC`, `GMT+02:00`, `+05:30`, `Z`. Short names such as
/// `EST` stand for more than one zone and are refused, as in Java.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    const REFUSED: [&str; 5] = ["EST", "MST", "HST", "ROC", "Factory"];
    if matches!(name, "Z" | "UTC" | "GMT" | "UT") {
        return Some(TimeZone::UTC);
    }
    let prefixed = ["UTC", "GMT", "UT"].iter().find_map(|prefix| name.strip_prefix(prefix));
    if let Some(offset) = prefixed.or(Some(name)).filter(|text| text.starts_with(['+', '-'])) {
        return offset_zone(offset);
    }
    if REFUSED.contains(&name) || name.starts_with(|c: char| !c.is_ascii_alphabetic()) {
        return None;
    }
    let zone = TimeZone::get(name).ok()?;
    // The database forgives the case, Java does not.
    (zone.iana_name() == Some(name)).then_some(zone)
}

/// `+h`, `+hh`, `+hh:mm`, `+hhmm`, `+hh:mm:ss`, `+hhmmss`, at most 18 hours.
fn offset_zone(text: &str) -> Option<TimeZone> {
    let unsigned = &text[1..];
    let digits: String = match unsigned.split(':').collect::<Vec<_>>().as_slice() {
        [hour] if hour.len() == 1 => format!("0{hour}"),
        parts if parts.iter().all(|part| part.len() == 2) || parts.len() == 1 => parts.concat(),
        _ => return None,
    };
    if !matches!(digits.len(), 2 | 4 | 6) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), |part| part.parse::<i32>().ok());
    let (hours, minutes, seconds) = (part(0)?, part(2)?, part(4)?);
    let total = hours * 3600 + minutes * 60 + seconds;
    if minutes > 59 || seconds > 59 || total > 18 * 3600 {
        return None;
    }
    let offset = Offset::from_seconds(if text.starts_with('-') { -total } else { total }).ok()?;
    Some(TimeZone::fixed(offset))
}
