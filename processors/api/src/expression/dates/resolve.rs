//! From fields to a day and a time, as Java's resolver does: what contradicts itself is refused.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use super::{
    cycle::Cycles,
    instant_of,
    parse::{CONFLICT, Fields},
    pattern::Field,
    print,
};

const OUT: &str = "a part of it is out of range";
const OUT_OF_YEARS: &str = "the year is out of range";

/// What a text said about a date.
#[derive(Debug)]
pub(in crate::expression) struct Resolved {
    /// The day, if the text said all of it.
    date: Option<Date>,
    /// What the text said of a year, a month and a day of the month, filled up from the start of 1970.
    filled: Date,
    time: Option<Time>,
    /// The zone that stood in the text.
    zone: Option<TimeZone>,
    /// By what the year was moved.
    cycles: Cycles,
}

impl Resolved {
    /// The milliseconds since 1970; what the text left out is the start of 1970.
    pub(in crate::expression) fn milliseconds_or_start(&self, zone: &TimeZone) -> Option<i64> {
        self.cycles.unfold_milliseconds(self.folded(zone)?)
    }

    fn folded(&self, zone: &TimeZone) -> Option<Timestamp> {
        let date = self.date.unwrap_or(self.filled);
        let local = DateTime::from_parts(date, self.time.unwrap_or(Time::midnight()));
        instant_of(local, self.zone.as_ref().unwrap_or(zone))
    }

    /// The instant, if the text had both a day and a time.
    pub(in crate::expression) fn instant(&self, zone: &TimeZone) -> Option<Timestamp> {
        self.time.and(self.date)?;
        self.cycles.unfold_instant(self.folded(zone)?)
    }
}

pub(super) fn resolve(mut fields: Fields) -> Result<Resolved, &'static str> {
    let time = time(&mut fields)?;
    check_bounds(&fields)?;
    join_years(&mut fields)?;
    let cycles = fold_years(&mut fields);
    let mut date = date(&fields)?;
    let filled = filled(&fields)?;
    if let Some(date) = date {
        cross_check(
            &fields,
            DateTime::from_parts(date, time.map_or(Time::midnight(), |(time, _)| time)),
        )?;
    }
    if let (Some(day), Some((_, true))) = (date, time) {
        date = Some(day.tomorrow().map_err(|_| OUT_OF_YEARS)?);
    }
    Ok(Resolved { date, filled, time: time.map(|(time, _)| time), zone: fields.zone, cycles })
}

fn check_bounds(fields: &Fields) -> Result<(), &'static str> {
    const BOUNDS: [(Field, i64, i64); 12] = [
        (Field::Era, 0, 1),
        (Field::YearOfEra, 1, 999_999_999),
        (Field::Quarter, 1, 4),
        (Field::Month, 1, 12),
        (Field::DayOfMonth, 1, 31),
        (Field::DayOfYear, 1, 366),
        (Field::DayOfWeek, 1, 7),
        (Field::LocalDayOfWeek, 1, 7),
        (Field::WeekOfYear, 1, 53),
        (Field::WeekOfMonth, 0, 6),
        (Field::AlignedWeekOfMonth, 1, 5),
        (Field::WeekYear, -999_999_999, 999_999_999),
    ];
    let fits = |(field, least, most)| {
        fields.get(field).is_none_or(|value| (least..=most).contains(&value))
    };
    if BOUNDS.into_iter().all(fits) { Ok(()) } else { Err(OUT) }
}

/// A year of an era becomes a year, a day of the week counted from Sunday one counted from Monday.
fn join_years(fields: &mut Fields) -> Result<(), &'static str> {
    if let Some(year) = fields.take(Field::YearOfEra) {
        let before_christ = match fields.take(Field::Era) {
            Some(era) => era == 0,
            None => fields.get(Field::Year).is_some_and(|year| year <= 0),
        };
        fields.put(Field::Year, if before_christ { 1 - year } else { year })?;
    }
    if let Some(day) = fields.take(Field::LocalDayOfWeek) {
        fields.put(Field::DayOfWeek, (day + 5) % 7 + 1)?;
    }
    Ok(())
}

/// Brings the years among those that are known.
fn fold_years(fields: &mut Fields) -> Cycles {
    let Some(year) = fields.get(Field::Year).or(fields.get(Field::WeekYear)) else {
        return Cycles::default();
    };
    let (folded, cycles) = Cycles::fold(year);
    for field in [Field::Year, Field::WeekYear] {
        if let Some(known) = fields.take(field) {
            fields.numbers.push((field, known.saturating_sub(year - folded)));
        }
    }
    cycles
}

/// The day, if there are enough fields for one.
fn date(fields: &Fields) -> Result<Option<Date>, &'static str> {
    let get = |field| fields.get(field);
    if let Some(day) = get(Field::ModifiedJulianDay) {
        let since_1970 = day.checked_sub(print::MODIFIED_JULIAN_1970).ok_or(OUT_OF_YEARS)?;
        return later(Date::constant(1970, 1, 1), since_1970).map(Some);
    }
    let weekday = get(Field::DayOfWeek);
    if let Some(((year, week), weekday)) =
        get(Field::WeekYear).zip(get(Field::WeekOfYear)).zip(weekday)
    {
        return of_week_year(year, week, weekday).map(Some);
    }
    let Some(year) = get(Field::Year) else { return Ok(None) };
    let Some(month) = get(Field::Month) else {
        let day = get(Field::DayOfYear);
        return day.map(|day| of_day_of_year(year, day)).transpose();
    };
    if let Some(day) = get(Field::DayOfMonth) {
        return of_month(year, month, day).map(Some);
    }
    let first = of_month(year, month, 1)?;
    let first_weekday = i64::from(first.weekday().to_monday_one_offset());
    let weekday_and = |field| get(field).zip(weekday);
    if let Some((week, weekday)) = weekday_and(Field::AlignedWeekOfMonth) {
        return later(first, (week - 1) * 7 + (weekday - first_weekday).rem_euclid(7)).map(Some);
    }
    if let Some((week, weekday)) = weekday_and(Field::WeekOfMonth) {
        return later(first, (week - 1) * 7 + weekday % 7 - first_weekday % 7).map(Some);
    }
    Ok(None)
}

/// What a text said of a day, with the start of 1970 where it said nothing.
fn filled(fields: &Fields) -> Result<Date, &'static str> {
    let year = fields.get(Field::Year).unwrap_or(1970);
    let (month, day) = (fields.get(Field::Month), fields.get(Field::DayOfMonth));
    of_month(year, month.unwrap_or(1), day.unwrap_or(1))
}

fn first_of(year: i64, month: i64) -> Result<Date, &'static str> {
    let year = i16::try_from(year).map_err(|_| OUT_OF_YEARS)?;
    Date::new(year, i8::try_from(month).map_err(|_| OUT)?, 1).map_err(|_| OUT_OF_YEARS)
}

fn later(date: Date, days: i64) -> Result<Date, &'static str> {
    let span = 0.days().try_days(days).map_err(|_| OUT_OF_YEARS)?;
    date.checked_add(span).map_err(|_| OUT_OF_YEARS)
}

/// The day of a month; one beyond it is its last one.
fn of_month(year: i64, month: i64, day: i64) -> Result<Date, &'static str> {
    let first = first_of(year, month)?;
    later(first, day.min(first.days_in_month().into()) - 1)
}

fn of_day_of_year(year: i64, day: i64) -> Result<Date, &'static str> {
    let first = first_of(year, 1)?;
    if day > i64::from(first.days_in_year()) {
        return Err("the year has no such day");
    }
    later(first, day - 1)
}

/// The day of a week, when weeks begin on Sunday and the first one has the first of January.
fn of_week_year(year: i64, week: i64, weekday: i64) -> Result<Date, &'static str> {
    let first = first_of(year, 1)?;
    let sunday_offset = i64::from(first.weekday().to_sunday_zero_offset());
    let weeks = (sunday_offset + i64::from(first.days_in_year())) / 7;
    later(first, (week.min(weeks.max(52)) - 1) * 7 + weekday % 7 - sunday_offset)
}

/// All that a text said of a day must be true of it.
fn cross_check(fields: &Fields, local: DateTime) -> Result<(), &'static str> {
    const OF_A_DATE: [Field; 10] = [
        Field::Year,
        Field::WeekYear,
        Field::Month,
        Field::Quarter,
        Field::DayOfYear,
        Field::WeekOfYear,
        Field::WeekOfMonth,
        Field::AlignedWeekOfMonth,
        Field::DayOfWeek,
        Field::ModifiedJulianDay,
    ];
    let holds = |field: &Field| {
        fields
            .get(*field)
            .is_none_or(|value| value == print::value(*field, local, Cycles::default()))
    };
    if OF_A_DATE.iter().all(holds) { Ok(()) } else { Err(CONFLICT) }
}

/// The time, and whether it is the end of the day (`24:00`).
fn time(fields: &mut Fields) -> Result<Option<(Time, bool)>, &'static str> {
    join_hours(fields)?;
    split_parts(fields)?;
    let minute = bounded(fields, Field::Minute, 59)?;
    let second = bounded(fields, Field::Second, 59)?;
    let nano = bounded(fields, Field::Nano, 999_999_999)?;
    let half = bounded(fields, Field::AmPm, 1)?;
    let hour = match bounded(fields, Field::Hour, 24)? {
        Some(hour) => hour,
        None if minute.or(second).or(nano).is_some() => return Ok(None),
        None => {
            // Only a part of the day is known: its middle.
            let middle = fields.day_period.map(super::day_period::DayPeriod::middle);
            let Some(middle) = middle.or(half.map(|half| half * 720 + 360)) else {
                return Ok(None);
            };
            return from_nanos(middle * 60_000_000_000).map(|time| Some((time, false)));
        }
    };
    // What is finer than a gap cannot be placed.
    if (minute.is_none() && second.or(nano).is_some()) || (second.is_none() && nano.is_some()) {
        return Ok(None);
    }
    if half.is_some_and(|half| half != hour / 12 && hour < 24) {
        return Err(CONFLICT);
    }
    let (minute, second, nano) = (minute.unwrap_or(0), second.unwrap_or(0), nano.unwrap_or(0));
    if fields.day_period.is_some_and(|period| !period.includes(hour % 24 * 60 + minute)) {
        return Err(CONFLICT);
    }
    if hour == 24 && (minute, second, nano) != (0, 0, 0) {
        return Err(OUT);
    }
    let nanos = ((hour % 24 * 60 + minute) * 60 + second) * 1_000_000_000 + nano;
    from_nanos(nanos).map(|time| Some((time, hour == 24)))
}

/// A field that is 0 or more, if it is within its bounds.
fn bounded(fields: &Fields, field: Field, most: i64) -> Result<Option<i64>, &'static str> {
    match fields.get(field) {
        Some(value) if !(0..=most).contains(&value) => Err(OUT),
        value => Ok(value),
    }
}

/// Every way to write an hour becomes an hour of the day. As in Java, a clock that shows 0 is no mistake.
fn join_hours(fields: &mut Fields) -> Result<(), &'static str> {
    for (clock, most, hour) in
        [(Field::ClockHour, 24, Field::Hour), (Field::ClockHourOfAmPm, 12, Field::HourOfAmPm)]
    {
        if let Some(value) = bounded(fields, clock, most)? {
            fields.put(hour, value % most)?;
        }
    }
    let Some(of_half) = bounded(fields, Field::HourOfAmPm, 11)? else { return Ok(()) };
    if let Some(half) = bounded(fields, Field::AmPm, 1)? {
        return fields.put(Field::Hour, half * 12 + of_half);
    }
    if let Some(period) = fields.day_period {
        let minute = bounded(fields, Field::Minute, 59)?.unwrap_or(0);
        let is_first_half = period.includes(of_half * 60 + minute);
        return fields.put(Field::Hour, if is_first_half { of_half } else { of_half + 12 });
    }
    Ok(())
}

/// A count since midnight becomes hours, minutes, seconds and nanoseconds.
fn split_parts(fields: &mut Fields) -> Result<(), &'static str> {
    let milli = bounded(fields, Field::MilliOfDay, 86_399_999)?.map(|milli| milli * 1_000_000);
    let nano = bounded(fields, Field::NanoOfDay, 86_399_999_999_999)?;
    for nanos in [milli, nano].into_iter().flatten() {
        let seconds = nanos / 1_000_000_000;
        fields.put(Field::Hour, seconds / 3600)?;
        fields.put(Field::Minute, seconds / 60 % 60)?;
        fields.put(Field::Second, seconds % 60)?;
        fields.put(Field::Nano, nanos % 1_000_000_000)?;
    }
    Ok(())
}

fn from_nanos(nanos: i64) -> Result<Time, &'static str> {
    let (seconds, nano) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    Time::new((seconds / 3600) as i8, (seconds / 60 % 60) as i8, (seconds % 60) as i8, nano as i32)
        .map_err(|_| OUT)
}
