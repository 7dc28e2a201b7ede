//! A time of the day, on some days of the week.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::days::Days;
use super::error::{Place, ScheduleError};
use super::wall_clock;

/// From yesterday, for what a clock that goes back over midnight repeats, past a week with a day that is missing.
const DAYS_LOOKED_AT: usize = 16;

const HELP: &str = "write it as \"06:30\" or \"18:30:15\", from 00:00 to 23:59:59";

/// A time of the day to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay(Time);

/// Fires at a time of the day, on some days of the week.
#[derive(Debug, Clone)]
pub struct At {
    time: TimeOfDay,
    days: Days,
    zone: TimeZone,
}

impl TimeOfDay {
    /// `06:30` or `06:30:15`.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let pieces: Vec<&str> = text.trim().split(':').collect();
        let (hour, minute, second) = match pieces.as_slice() {
            [hour, minute] => (*hour, *minute, "00"),
            [hour, minute, second] => (*hour, *minute, *second),
            _ => return Err(not_a_time(text)),
        };
        if minute.len() != 2 || second.len() != 2 {
            return Err(not_a_time(text));
        }
        let hour = part(hour, text, "hour", 23)?;
        let minute = part(minute, text, "minute", 59)?;
        let second = part(second, text, "second", 59)?;
        Time::new(hour, minute, second, 0).map(Self).map_err(|_| not_a_time(text))
    }
}

impl At {
    pub(super) fn new(time: TimeOfDay, days: Days, zone: TimeZone) -> Self {
        Self { time, days, zone }
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub(super) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let yesterday = after.to_zoned(self.zone.clone()).date().yesterday().ok()?;
        yesterday
            .series(jiff::Span::new().days(1))
            .take(DAYS_LOOKED_AT)
            .filter(|date| self.days.contains(date.weekday()))
            .filter_map(|date| wall_clock::instant(&self.zone, date.to_datetime(self.time.0)))
            .find(|tick| *tick > after)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.days, self.time)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())?;
        if self.0.second() == 0 { Ok(()) } else { write!(f, ":{:02}", self.0.second()) }
    }
}

fn part(piece: &str, text: &str, name: &str, last: i8) -> Result<i8, ScheduleError> {
    if piece.is_empty() || piece.len() > 2 || !piece.bytes().all(|b| b.is_ascii_digit()) {
        return Err(not_a_time(text));
    }
    match piece.parse::<i8>() {
        Ok(value) if value <= last => Ok(value),
        _ => Err(ScheduleError::new(
            Place::of(piece, text),
            format!("there is no {name} {piece}"),
            HELP,
        )),
    }
}

fn not_a_time(text: &str) -> ScheduleError {
    ScheduleError::new(Place::whole(text), format!("`{text}` is not a time of the day"), HELP)
}
