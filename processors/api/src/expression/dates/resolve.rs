//! From fields to a day and a time, as Java's resolver does: what contradicts itself is refused.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};

use super::{Leniency, instant_of, parse::Fields, pattern::Field};

/// What a text said about a date.
#[derive(Debug)]
pub(in crate::expression) struct Resolved {
    pub(in crate::expression) date: Option<Date>,
    pub(in crate::expression) time: Option<Time>,
    /// The zone that stood in the text.
    pub(in crate::expression) zone: Option<TimeZone>,
}

impl Resolved {
    /// The instant; what the text left out is the start of 1970.
    pub(in crate::expression) fn instant_or_start(&self, zone: &TimeZone) -> Option<Timestamp> {
        let date = self.date.unwrap_or(Date::constant(1970, 1, 1));
        let local = DateTime::from_parts(date, self.time.unwrap_or(Time::midnight()));
        instant_of(local, self.zone.as_ref().unwrap_or(zone))
    }

    /// The instant, if the text had both a day and a time.
    pub(in crate::expression) fn instant(&self, zone: &TimeZone) -> Option<Timestamp> {
        self.time.and(self.date).and_then(|_| self.instant_or_start(zone))
    }

    /// Whether the local time falls into a gap of the zone.
    pub(in crate::expression) fn is_in_gap(&self, zone: &TimeZone) -> bool {
        let (Some(date), Some(time)) = (self.date, self.time) else { return false };
        let local = DateTime::from_parts(date, time);
        matches!(zone.to_ambiguous_timestamp(local).offset(), AmbiguousOffset::Gap { .. })
    }
}

pub(super) fn resolve(fields: &Fields, leniency: Leniency) -> Result<Resolved, &'static str> {
    let time = time(fields)?;
    let mut date = date(fields, leniency)?;
    if let (Some(day), Some((_, true))) = (date, time) {
        date = Some(day.tomorrow().map_err(|_| "the year is out of range")?);
    }
    Ok(Resolved { date, time: time.map(|(time, _)| time), zone: fields.zone.clone() })
}

/// The field, if it is within its bounds.
fn bounded(
    fields: &Fields,
    field: Field,
    least: i64,
    most: i64,
) -> Result<Option<i64>, &'static str> {
    match fields.get(field) {
        Some(value) if !(least..=most).contains(&value) => Err("a part of it is out of range"),
        value => Ok(value),
    }
}

fn date(fields: &Fields, leniency: Leniency) -> Result<Option<Date>, &'static str> {
    const OUT: &str = "the year is out of range";
    let year_of_era = fields.get(Field::YearOfEra);
    let year = match (fields.get(Field::Year), year_of_era, fields.get(Field::Era)) {
        (None, Some(year), Some(0)) => Some(1_i64.saturating_sub(year)),
        (year, year_of_era, _) => year.or(year_of_era),
    };
    let month = bounded(fields, Field::Month, 1, 12)?;
    let day = bounded(fields, Field::DayOfMonth, 1, 31)?;
    let weekday = bounded(fields, Field::DayOfWeek, 1, 7)?;
    let day_of_year = bounded(fields, Field::DayOfYear, 1, 366)?;
    if year.is_none() && month.is_none() && day.is_none() {
        return Ok(None);
    }
    // A day without a year could be the 29th of February.
    let assumed = if leniency == Leniency::Real { 2000 } else { 1970 };
    let year = i16::try_from(year.unwrap_or(assumed)).map_err(|_| OUT)?;
    if let Some(number) = day_of_year.filter(|_| month.is_none()) {
        let first = Date::new(year, 1, 1).map_err(|_| OUT)?;
        if number > i64::from(first.days_in_year()) {
            return Err("the year has no such day");
        }
        return first.checked_add(jiff::Span::new().days(number - 1)).map(Some).map_err(|_| OUT);
    }
    let first = Date::new(year, month.unwrap_or(1) as i8, 1).map_err(|_| OUT)?;
    let last = i64::from(first.days_in_month());
    let day = day.unwrap_or(1);
    if day > last && leniency == Leniency::Real {
        return Err("the month has no such day");
    }
    let date = Date::new(year, first.month(), day.min(last) as i8).map_err(|_| OUT)?;
    let is_other_weekday =
        |weekday: i64| i64::from(date.weekday().to_monday_one_offset()) != weekday;
    if weekday.is_some_and(is_other_weekday) {
        return Err("it is another day of the week");
    }
    Ok(Some(date))
}

/// The time, and whether it is the end of the day (`24:00`).
fn time(fields: &Fields) -> Result<Option<(Time, bool)>, &'static str> {
    const OUT: &str = "a part of it is out of range";
    if let Some(milli) = bounded(fields, Field::MilliOfDay, 0, 86_399_999)? {
        return from_nanos(milli * 1_000_000).map(|time| Some((time, false)));
    }
    if let Some(nano) = bounded(fields, Field::NanoOfDay, 0, 86_399_999_999_999)? {
        return from_nanos(nano).map(|time| Some((time, false)));
    }
    let half = bounded(fields, Field::AmPm, 0, 1)?;
    let clock = bounded(fields, Field::ClockHourOfAmPm, 1, 12)?.map(|hour| hour % 12);
    let of_half = bounded(fields, Field::HourOfAmPm, 0, 11)?.or(clock);
    let clock = bounded(fields, Field::ClockHour, 1, 24)?.map(|hour| hour % 24);
    let hour = bounded(fields, Field::Hour, 0, 24)?
        .or(clock)
        .or(of_half.zip(half).map(|(hour, half)| hour + 12 * half));
    let minute = bounded(fields, Field::Minute, 0, 59)?;
    let second = bounded(fields, Field::Second, 0, 59)?;
    let nano = bounded(fields, Field::Nano, 0, 999_999_999)?;
    let Some(hour) = hour else { return Ok(None) };
    if half.is_some_and(|half| half != hour / 12 && hour < 24) {
        return Err("the half of the day contradicts the hour");
    }
    let (minute, second, nano) = (minute.unwrap_or(0), second.unwrap_or(0), nano.unwrap_or(0));
    if hour == 24 && (minute, second, nano) != (0, 0, 0) {
        return Err(OUT);
    }
    let time =
        Time::new((hour % 24) as i8, minute as i8, second as i8, nano as i32).map_err(|_| OUT)?;
    Ok(Some((time, hour == 24)))
}

fn from_nanos(nanos: i64) -> Result<Time, &'static str> {
    let (seconds, nano) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    Time::new((seconds / 3600) as i8, (seconds / 60 % 60) as i8, (seconds % 60) as i8, nano as i32)
        .map_err(|_| "the time is out of range")
}
