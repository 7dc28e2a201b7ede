//! Cron expressions: Quartz with six or seven fields, Unix with five.
//!
//! The fields are read here, so that an error has its place and an analyst's words, and are handed to `croner` as
//! plain numbers; it searches the calendar. Where `croner` would decide by itself what happens when clocks are
//! changed, [`Cron::next_after`] does.
//!
//! Limits: `L-3` (days before the last) is refused; of days of the month and weekdays a Quartz expression names one.

mod describe;
mod field;

use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

use self::field::{Field, FieldSpec, Item};
use super::error::{Place, ScheduleError, ScheduleWarning};
use super::wall_clock;

/// Far longer than any expression that says something.
const EXPRESSION_BYTES_MAX: usize = 1000;

/// Ticks passed over that a clock put back repeats: as many as there are seconds in a day.
const REPEATED_TICKS_MAX: usize = 86_400;

/// From when on an expression must fire at some time: the first year that may be named.
const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

const ORDER: &str = "the order is: seconds minutes hours day-of-month month weekday, and a year if need be; \
                     every day at 06:30 is \"0 30 6 * * ?\"";

/// Fires by a cron expression.
#[derive(Debug, Clone)]
pub struct Cron {
    expression: String,
    fields: Fields,
    calendar: croner::Cron,
    warnings: Vec<ScheduleWarning>,
    zone: TimeZone,
}

/// The seven fields; seconds and year are filled in when they are not written.
#[derive(Debug, Clone)]
struct Fields {
    seconds: Field,
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
    years: Field,
}

impl Cron {
    pub(super) fn parse(expression: &str, zone: TimeZone) -> Result<Self, ScheduleError> {
        let (fields, warnings) = Fields::parse(expression)?;
        let calendar = fields.calendar(expression)?;
        if calendar.find_next_occurrence(&EPOCH, true).is_err() {
            return Err(fields.never(expression));
        }
        let expression = expression.trim().to_owned();
        Ok(Self { expression, fields, calendar, warnings, zone })
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub(super) fn warnings(&self) -> &[ScheduleWarning] {
        &self.warnings
    }

    pub(super) fn describe(&self) -> String {
        self.fields.describe().unwrap_or_else(|| self.expression.clone())
    }

    pub(super) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after_zoned = after.to_zoned(self.zone.clone());
        if !self.fields.name_times_of_day() {
            let tick = self.calendar.find_next_occurrence(&after_zoned, false).ok()?;
            return Some(tick.timestamp());
        }
        let mut due = after_zoned.datetime();
        for _ in 0..REPEATED_TICKS_MAX {
            due = self.calendar.find_next_occurrence(&due, false).ok()?;
            match wall_clock::instant(&self.zone, due) {
                Some(tick) if tick > after => return Some(tick),
                _ => {}
            }
        }
        None
    }
}

impl Fields {
    fn parse(expression: &str) -> Result<(Self, Vec<ScheduleWarning>), ScheduleError> {
        let whole = Place::whole(expression);
        if expression.len() > EXPRESSION_BYTES_MAX {
            let message = format!("this is longer than {EXPRESSION_BYTES_MAX} characters");
            return Err(ScheduleError::new(whole, message, ORDER));
        }
        let texts: Vec<&str> = expression.split_whitespace().collect();
        let unix = texts.len() == 5;
        let (seconds, rest, year) = match texts.as_slice() {
            [minutes, hours, days, months, weekdays] => {
                ("0", [*minutes, *hours, *days, *months, *weekdays], "*")
            }
            [seconds, minutes, hours, days, months, weekdays] => {
                (*seconds, [*minutes, *hours, *days, *months, *weekdays], "*")
            }
            [seconds, minutes, hours, days, months, weekdays, year] => {
                (*seconds, [*minutes, *hours, *days, *months, *weekdays], *year)
            }
            _ => return Err(wrong_count(texts.len(), whole)),
        };
        let weekday_spec = if unix { &field::UNIX_WEEKDAYS } else { &field::QUARTZ_WEEKDAYS };
        let read = |spec: &FieldSpec, text: &str| Field::parse(spec, text, expression);
        let fields = Self {
            seconds: read(&field::SECONDS, seconds)?,
            minutes: read(&field::MINUTES, rest[0])?,
            hours: read(&field::HOURS, rest[1])?,
            days: read(&field::DAYS, rest[2])?,
            months: read(&field::MONTHS, rest[3])?,
            weekdays: read(weekday_spec, rest[4])?,
            years: read(&field::YEARS, year)?,
        };
        if unix {
            return Ok((fields, Vec::new()));
        }
        fields.days_one_way(Place::of(rest[4], expression))?;
        Ok((fields, field::warn_of_numbers(rest[4], expression)))
    }

    /// Quartz knows days of the month or weekdays; cron on Unix takes either, and Spring wants both.
    fn days_one_way(&self, weekdays: Place) -> Result<(), ScheduleError> {
        if self.days.is_any() || self.weekdays.is_any() {
            return Ok(());
        }
        Err(ScheduleError::new(
            weekdays,
            "this names days of the month and weekdays, and it is not clear whether one or both must fit",
            "put ? in the place of one of them; the first Monday of a month is MON#1",
        ))
    }

    /// Whether it fires at named times of the day, and does not just go round.
    fn name_times_of_day(&self) -> bool {
        ![&self.seconds, &self.minutes, &self.hours].iter().any(|field| field.goes_round())
    }

    fn calendar(&self, expression: &str) -> Result<croner::Cron, ScheduleError> {
        let fields = [
            &self.seconds,
            &self.minutes,
            &self.hours,
            &self.days,
            &self.months,
            &self.weekdays,
            &self.years,
        ];
        let plain = fields.map(ToString::to_string).join(" ");
        CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Optional)
            .alternative_weekdays(true)
            .build()
            .parse(&plain)
            .map_err(|error| {
                let message = format!("this expression is not understood: {error}");
                ScheduleError::new(Place::whole(expression), message, ORDER)
            })
    }

    fn never(&self, expression: &str) -> ScheduleError {
        let why = self.missing_day().unwrap_or_else(|| "no day fits all of its fields".to_owned());
        let time = self.times().map(|times| format!(" at {times}")).unwrap_or_default();
        let last_day = match expression.split_whitespace().collect::<Vec<_>>().as_slice() {
            [minutes, hours, _, _, _] => format!("{minutes} {hours} L * *"),
            [seconds, minutes, hours, ..] => format!("{seconds} {minutes} {hours} L * ?"),
            _ => "0 0 6 L * ?".to_owned(),
        };
        let help = format!("the last day of every month{time} is  \"{last_day}\"");
        let message = format!("this schedule never fires: {why}");
        let mut error = ScheduleError::new(Place::whole(expression), message, help);
        if let (Some(day), Some(month)) = (self.days.single(), self.months.single()) {
            error.label = format!("day {day}, month {month}");
        }
        error
    }

    /// `February has no 31st`, when that is why.
    fn missing_day(&self) -> Option<String> {
        let (Item::Value(first), false) = (self.days.items().next()?, self.days.is_any()) else {
            return None;
        };
        let months = self.months.names(&field::MONTH_NAMES)?;
        let longest = self.months.values().map(days_in_month_max).max()?;
        let verb = if months.contains(' ') { "have" } else { "has" };
        (*first > longest).then(|| format!("{months} {verb} no {first}{}", ordinal_ending(*first)))
    }
}

fn days_in_month_max(month: u16) -> u16 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn ordinal_ending(number: u16) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

fn wrong_count(count: usize, whole: Place) -> ScheduleError {
    let message = match count {
        0 => "there is no cron expression here".to_owned(),
        1 => "a cron expression has five, six or seven fields, this has one".to_owned(),
        _ => format!("a cron expression has five, six or seven fields, this has {count}"),
    };
    ScheduleError::new(whole, message, ORDER)
}
