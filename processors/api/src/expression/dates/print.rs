//! Writes a date by a pattern.

use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime, Weekday},
    tz::{Offset, TimeZoneOffsetInfo},
};

use super::{
    DAYS, MONTHS,
    cycle::Cycles,
    day_period::DayPeriod,
    pattern::{Field, Item, NumberItem, Pattern, Sign, Style, ZoneStyle},
    zone_names,
};

/// The modified Julian day on which 1970 began.
pub(super) const MODIFIED_JULIAN_1970: i64 = 40_587;

impl Pattern {
    /// Writes a date.
    pub(in crate::expression) fn write(&self, date: &Written<'_>) -> Result<String, &'static str> {
        let mut text = String::new();
        for item in &self.items {
            write_item(&mut text, item, date)?;
        }
        Ok(text)
    }
}

/// A date that is written.
pub(in crate::expression) struct Written<'a> {
    pub(in crate::expression) zoned: &'a Zoned,
    /// By what its year was moved.
    pub(in crate::expression) cycles: Cycles,
    /// The name of its zone where the zone itself has none: `UTC+01:00`.
    pub(in crate::expression) zone_id: Option<&'a str>,
}

impl Written<'_> {
    fn value(&self, field: Field) -> i64 {
        value(field, self.zoned.datetime(), self.cycles)
    }
}

fn write_item(text: &mut String, item: &Item, date: &Written<'_>) -> Result<(), &'static str> {
    let (zoned, id) = (date.zoned, date.zone_id);
    match item {
        Item::Literal(literal) => text.push_str(literal),
        Item::Number(number) => write_number(text, number, date.value(number.field)),
        Item::Fraction(digits) => {
            text.push_str(&format!("{:09}", zoned.time().subsec_nanosecond())[..*digits]);
        }
        Item::Text(field, style) => text.push_str(&write_text(*field, *style, date)),
        Item::Offset(letter, count) => {
            text.push_str(&write_offset(*letter, *count, zoned.offset()))
        }
        Item::DayPeriod(style) => {
            text.push_str(DayPeriod::at(minute_of_day(zoned)).name(*style));
        }
        Item::ZoneId => text.push_str(&zone_id(zoned, id)),
        Item::ZoneName(style) => text.push_str(&match id {
            Some(id) => id.to_owned(),
            None => zone_name(zoned, *style),
        }),
        Item::OptionalStart(_) | Item::OptionalEnd => {}
        Item::Padded(width, item) => {
            let mut inside = String::new();
            write_item(&mut inside, item, date)?;
            let blanks = width.checked_sub(inside.chars().count());
            let blanks = blanks.ok_or("a part of it is wider than its padding")?;
            text.extend(std::iter::repeat_n(' ', blanks));
            text.push_str(&inside);
        }
    }
    Ok(())
}

fn minute_of_day(zoned: &Zoned) -> i64 {
    i64::from(zoned.time().hour()) * 60 + i64::from(zoned.time().minute())
}

fn write_number(text: &mut String, item: &NumberItem, value: i64) {
    let width = item.least;
    if item.reduced {
        return push_digits(text, value.unsigned_abs() % 100, 2);
    }
    if value < 0 {
        text.push('-');
    } else if item.sign == Sign::ExceedsPad && value >= 10_i64.saturating_pow(width as u32) {
        text.push('+');
    }
    push_digits(text, value.unsigned_abs(), width);
}

/// A number with zeros before it up to a width.
fn push_digits(text: &mut String, number: u64, width: usize) {
    const DIGITS_MAX: usize = 20;
    let mut digits = [b'0'; DIGITS_MAX];
    let (mut left, mut start) = (number, DIGITS_MAX);
    while left > 0 || DIGITS_MAX - start < width.clamp(1, DIGITS_MAX) {
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    text.extend(digits[start..].iter().map(|digit| char::from(*digit)));
}

/// The number of a field.
pub(super) fn value(field: Field, local: DateTime, cycles: Cycles) -> i64 {
    let (date, time) = (local.date(), local.time());
    let year = cycles.unfold(date.year().into());
    let hour = i64::from(time.hour());
    let nano = i64::from(time.subsec_nanosecond());
    let second_of_day = hour * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    match field {
        Field::Era => i64::from(year > 0),
        Field::YearOfEra => {
            if year > 0 {
                year
            } else {
                1 - year
            }
        }
        Field::Year => year,
        Field::WeekYear => cycles.unfold(week_year(date)),
        Field::Month => date.month().into(),
        Field::Quarter => (i64::from(date.month()) - 1) / 3 + 1,
        Field::DayOfMonth => date.day().into(),
        Field::DayOfYear => date.day_of_year().into(),
        Field::WeekOfYear => week_of_year(date),
        Field::WeekOfMonth => week_of(date, date.day().into()),
        Field::AlignedWeekOfMonth => (i64::from(date.day()) - 1) / 7 + 1,
        Field::DayOfWeek => date.weekday().to_monday_one_offset().into(),
        Field::LocalDayOfWeek => sunday_first(date.weekday()) + 1,
        Field::AmPm => hour / 12,
        Field::Hour => hour,
        Field::ClockHour => {
            if hour == 0 {
                24
            } else {
                hour
            }
        }
        Field::HourOfAmPm => hour % 12,
        Field::ClockHourOfAmPm => (hour + 11) % 12 + 1,
        Field::Minute => time.minute().into(),
        Field::Second => time.second().into(),
        Field::Nano => nano,
        Field::NanoOfDay => second_of_day * 1_000_000_000 + nano,
        Field::MilliOfDay => second_of_day * 1_000 + nano / 1_000_000,
        Field::ModifiedJulianDay => days_since_1970(date) + cycles.days() + MODIFIED_JULIAN_1970,
    }
}

fn sunday_first(weekday: Weekday) -> i64 {
    weekday.to_sunday_zero_offset().into()
}

fn days_since_1970(date: Date) -> i64 {
    (date - Date::constant(1970, 1, 1)).get_days().into()
}

/// The week that a day is in, when weeks begin on Sunday and the first one has the first day.
fn week_of(date: Date, day: i64) -> i64 {
    let first_weekday = (sunday_first(date.weekday()) - (day - 1)).rem_euclid(7);
    (day - 1 + first_weekday) / 7 + 1
}

/// Whether the day is in the week of the next new year's day.
fn is_in_first_week_of_next_year(date: Date) -> bool {
    let days_left = i64::from(date.days_in_year()) - i64::from(date.day_of_year());
    sunday_first(date.weekday()) + days_left < 6
}

fn week_of_year(date: Date) -> i64 {
    if is_in_first_week_of_next_year(date) { 1 } else { week_of(date, date.day_of_year().into()) }
}

fn week_year(date: Date) -> i64 {
    i64::from(date.year()) + i64::from(is_in_first_week_of_next_year(date))
}

fn write_text(field: Field, style: Style, date: &Written<'_>) -> String {
    let (zoned, number) = (date.zoned, date.value(field));
    let name = match field {
        Field::Month => MONTHS[zoned.month().unsigned_abs() as usize - 1],
        Field::DayOfWeek => DAYS[zoned.weekday().to_monday_zero_offset().unsigned_abs() as usize],
        Field::AmPm => return if number == 0 { "AM" } else { "PM" }.to_owned(),
        Field::Era => {
            let names =
                if number == 0 { ["BC", "Before Christ", "B"] } else { ["AD", "Anno Domini", "A"] };
            return names[style as usize].to_owned();
        }
        Field::Quarter => {
            return match style {
                Style::Short => format!("Q{number}"),
                Style::Full => format!(
                    "{} quarter",
                    ["1st", "2nd", "3rd", "4th"][number.clamp(1, 4) as usize - 1]
                ),
                Style::Narrow => number.to_string(),
            };
        }
        _ => return number.to_string(),
    };
    match style {
        Style::Short => name[..3].to_owned(),
        Style::Full => name.to_owned(),
        Style::Narrow => name[..1].to_owned(),
    }
}

/// The zone's short name: `EST`, or its offset where there is none. As in Java, a name is today's: what the zone was once
/// called does not count.
pub(super) fn short_zone(zoned: &Zoned) -> String {
    let info = today(zoned);
    match info.abbreviation() {
        name if name.starts_with(|c: char| c.is_ascii_alphabetic()) => name.to_owned(),
        _ => write_offset('O', 4, info.offset()),
    }
}

/// What holds in the zone today, in winter or in summer as it was then.
pub(super) fn today(zoned: &Zoned) -> TimeZoneOffsetInfo<'_> {
    /// The middle of January and of July 2026.
    const TODAY: [Timestamp; 2] =
        [Timestamp::constant(1_768_435_200, 0), Timestamp::constant(1_784_073_600, 0)];
    let zone = zoned.time_zone();
    let then = zone.to_offset_info(zoned.timestamp());
    let same =
        TODAY.map(|now| zone.to_offset_info(now)).into_iter().find(|now| now.dst() == then.dst());
    same.unwrap_or(then)
}

fn zone_name(zoned: &Zoned, style: ZoneStyle) -> String {
    zone_names::of(zoned, style).unwrap_or_else(|| short_zone(zoned))
}

fn zone_id(zoned: &Zoned, id: Option<&str>) -> String {
    match id.or(zoned.time_zone().iana_name()) {
        Some(name) => name.to_owned(),
        None => write_offset('X', 5, zoned.offset()),
    }
}

pub(super) fn write_offset(letter: char, count: usize, offset: Offset) -> String {
    let total = offset.seconds();
    let sign = if total < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (total.abs() / 3600, total.abs() / 60 % 60, total.abs() % 60);
    match (letter, count) {
        ('X', _) | ('Z', 5) if total == 0 => "Z".to_owned(),
        ('O', _) | ('Z', 4) if total == 0 => "GMT".to_owned(),
        ('O', 1) if seconds != 0 => format!("GMT{sign}{hours}:{minutes:02}:{seconds:02}"),
        ('O', _) | ('Z', 4) if seconds != 0 => {
            format!("GMT{sign}{hours:02}:{minutes:02}:{seconds:02}")
        }
        ('O', 1) if minutes == 0 => format!("GMT{sign}{hours}"),
        ('O', 1) => format!("GMT{sign}{hours}:{minutes:02}"),
        ('O', _) | ('Z', 4) => format!("GMT{sign}{hours:02}:{minutes:02}"),
        ('X' | 'x', 1) if minutes == 0 => format!("{sign}{hours:02}"),
        ('X' | 'x', 1 | 2) | ('Z', 1..=3) => format!("{sign}{hours:02}{minutes:02}"),
        ('X' | 'x', 3) => format!("{sign}{hours:02}:{minutes:02}"),
        (_, 4) if seconds == 0 => format!("{sign}{hours:02}{minutes:02}"),
        (_, 4) => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
        _ if seconds == 0 => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}
