//! Whether a text is a date that exists. Not its instant. As in NiFi, only a day with its month is checked, and a time only in
//! the zone of a place.

use jiff::{
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};

use super::{
    Leniency,
    cycle::Cycles,
    parse::Fields,
    pattern::{Field, Pattern},
};

/// The year of a text that gives none: it has a 29th of February.
const LEAP_YEAR: i64 = 2000;

impl Pattern {
    /// Whether a whole text fits, and what it says of a day, and in `zone` of a time, exists.
    pub(in crate::expression) fn is_real(&self, text: &str, zone: Option<&TimeZone>) -> bool {
        let Ok(fields) = self.fields(text, Leniency::Lenient) else { return false };
        let get = |field| fields.get(field);
        let Some((month, day)) = get(Field::Month).zip(get(Field::DayOfMonth)) else { return true };
        if get(Field::YearOfEra).is_some_and(|year| year < 1) {
            return false;
        }
        let year = get(Field::Year).or(get(Field::YearOfEra)).unwrap_or(LEAP_YEAR);
        let (year, _) = Cycles::fold(year);
        let Some(date) = date(year, month, day) else { return false };
        let Some((zone, hour)) = zone.zip(hour(&fields)) else { return true };
        let part = |field| i8::try_from(get(field).unwrap_or(0)).ok();
        let time = i8::try_from(hour).ok().zip(part(Field::Minute)).zip(part(Field::Second));
        let time =
            time.and_then(|((hour, minute), second)| Time::new(hour, minute, second, 0).ok());
        time.is_some_and(|time| {
            let ambiguous = zone.to_ambiguous_timestamp(DateTime::from_parts(date, time));
            !matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. })
        })
    }
}

fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// The hour of the day. As in NiFi, a clock that goes to 24 says nothing.
fn hour(fields: &Fields) -> Option<i64> {
    let get = |field| fields.get(field);
    let of_half = || {
        let hour = get(Field::HourOfAmPm).or(get(Field::ClockHourOfAmPm).map(|hour| hour % 12))?;
        Some(get(Field::AmPm).unwrap_or(0) * 12 + hour)
    };
    get(Field::Hour).or_else(of_half)
}
