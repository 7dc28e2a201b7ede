//! Writes a date by a pattern.

use jiff::{Zoned, civil::Weekday, tz::Offset};

use super::{
    DAYS, MONTHS,
    pattern::{Field, Item, NumberItem, Pattern, Sign, Style},
};

impl Pattern {
    pub(in crate::expression) fn write(&self, zoned: &Zoned) -> String {
        let mut text = String::new();
        for item in &self.items {
            match item {
                Item::Literal(literal) => text += literal,
                Item::Number(number) => text += &write_number(number, value(number.field, zoned)),
                Item::Fraction(digits) => {
                    text += &format!("{:09}", zoned.time().subsec_nanosecond())[..*digits];
                }
                Item::Text(field, style) => text += &write_text(*field, *style, zoned),
                Item::Offset(letter, count) => {
                    text += &write_offset(*letter, *count, zoned.offset())
                }
                Item::ZoneId => text += &zone_id(zoned),
                Item::ZoneName => text += &short_zone(zoned),
                Item::OptionalStart(_) | Item::OptionalEnd => {}
            }
        }
        text
    }
}

fn write_number(item: &NumberItem, value: i64) -> String {
    if item.reduced {
        return format!("{:02}", value.rem_euclid(100));
    }
    let digits = format!("{:0width$}", value.abs(), width = item.least);
    match value {
        _ if value < 0 => format!("-{digits}"),
        _ if item.sign == Sign::ExceedsPad && digits.len() > item.least => format!("+{digits}"),
        _ => digits,
    }
}

/// The number of a field.
fn value(field: Field, zoned: &Zoned) -> i64 {
    let (date, time) = (zoned.date(), zoned.time());
    let year = i64::from(date.year());
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
        Field::WeekYear => week_year(zoned),
        Field::Month => date.month().into(),
        Field::Quarter => (i64::from(date.month()) - 1) / 3 + 1,
        Field::DayOfMonth => date.day().into(),
        Field::DayOfYear => date.day_of_year().into(),
        Field::WeekOfYear => week_of_year(zoned),
        Field::WeekOfMonth => week_of(zoned, date.day().into()),
        Field::AlignedWeekOfMonth => (i64::from(date.day()) - 1) / 7 + 1,
        Field::DayOfWeek | Field::LocalDayOfWeek => sunday_first(zoned.weekday()) + 1,
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
    }
}

fn sunday_first(weekday: Weekday) -> i64 {
    weekday.to_sunday_zero_offset().into()
}

/// The week that a day is in, when weeks begin on Sunday and the first one has the first day.
fn week_of(zoned: &Zoned, day: i64) -> i64 {
    let first_weekday = (sunday_first(zoned.weekday()) - (day - 1)).rem_euclid(7);
    (day - 1 + first_weekday) / 7 + 1
}

/// Whether the day is in the week of the next new year's day.
fn is_in_first_week_of_next_year(zoned: &Zoned) -> bool {
    let days = i64::from(zoned.date().days_in_year());
    let days_left = days - i64::from(zoned.date().day_of_year());
    sunday_first(zoned.weekday()) + days_left < 6
}

fn week_of_year(zoned: &Zoned) -> i64 {
    if is_in_first_week_of_next_year(zoned) {
        1
    } else {
        week_of(zoned, zoned.date().day_of_year().into())
    }
}

fn week_year(zoned: &Zoned) -> i64 {
    i64::from(zoned.date().year()) + i64::from(is_in_first_week_of_next_year(zoned))
}

fn write_text(field: Field, style: Style, zoned: &Zoned) -> String {
    let number = value(field, zoned);
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

/// The zone's short name: `EST`, or its offset where there is none.
pub(super) fn short_zone(zoned: &Zoned) -> String {
    let info = zoned.time_zone().to_offset_info(zoned.timestamp());
    match info.abbreviation() {
        name if name.starts_with(|c: char| c.is_ascii_alphabetic()) => name.to_owned(),
        _ => write_offset('O', 4, zoned.offset()),
    }
}

fn zone_id(zoned: &Zoned) -> String {
    match zoned.time_zone().iana_name() {
        Some(name) => name.to_owned(),
        None => write_offset('X', 5, zoned.offset()),
    }
}

fn write_offset(letter: char, count: usize, offset: Offset) -> String {
    let total = offset.seconds();
    let sign = if total < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (total.abs() / 3600, total.abs() / 60 % 60, total.abs() % 60);
    match (letter, count) {
        ('X', _) | ('Z', 5) if total == 0 => "Z".to_owned(),
        ('O', _) | ('Z', 4) if total == 0 => "GMT".to_owned(),
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
