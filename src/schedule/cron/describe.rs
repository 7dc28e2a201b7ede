//! The common forms of a cron expression in words.

use std::time::Duration;

use super::super::days::Days;
use super::super::every::Every;
use super::field::{Field, Item};
use super::{Fields, ordinal_ending};

/// More times of the day than this are easier to read in the expression.
const TIMES_SHOWN_MAX: usize = 4;

impl Fields {
    /// `None` when there are no simple words for it.
    pub(super) fn describe(&self) -> Option<String> {
        if !self.months.is_any() || !self.years.is_any() {
            return None;
        }
        if self.days.is_any() && self.weekdays.is_any() {
            let daily = self.times().map(|times| format!("every day at {times}"));
            return daily.or_else(|| self.interval());
        }
        Some(format!("{} at {}", self.day_words()?, self.times()?))
    }

    /// `every 10 min`, when all ticks are equally far apart.
    fn interval(&self) -> Option<String> {
        let second = self.seconds.single();
        let minute = self.minutes.single();
        let every_hour = self.hours.is_any();
        match (second, minute) {
            (None, None) if every_hour && self.minutes.is_any() => every(&self.seconds, 60, 1),
            (Some(0), None) if every_hour => every(&self.minutes, 60, 60),
            (Some(0), Some(0)) => every(&self.hours, 24, 3600),
            (Some(0), Some(minute)) => {
                Some(format!("{} at minute {minute}", every(&self.hours, 24, 3600)?))
            }
            _ => None,
        }
    }

    /// `06:30 and 18:30`.
    pub(super) fn times(&self) -> Option<String> {
        if !self.name_times_of_day() {
            return None;
        }
        let second = self.seconds.single()?;
        let mut times = Vec::new();
        for hour in self.hours.values() {
            for minute in self.minutes.values() {
                times.push(time(hour, minute, second));
            }
        }
        match times.as_slice() {
            [one] => Some(one.clone()),
            [rest @ .., last] if rest.len() < TIMES_SHOWN_MAX => {
                Some(format!("{} and {last}", rest.join(", ")))
            }
            _ => None,
        }
    }

    fn day_words(&self) -> Option<String> {
        if self.days.is_any() {
            let plain = self.weekdays.values().count() == self.weekdays.items().count();
            let offsets = self.weekdays.values().map(|quartz| quartz - 1);
            return plain.then(|| Days::from_sunday_offsets(offsets))?.map(|days| days.to_string());
        }
        if !self.weekdays.is_any() {
            return None;
        }
        match self.days.only_item()? {
            Item::LastDay => Some("the last day of every month".to_owned()),
            Item::LastWorkingDay => Some("the last working day of every month".to_owned()),
            Item::Value(day) => Some(format!("the {day}{} of every month", ordinal_ending(*day))),
            _ => None,
        }
    }
}

fn time(hour: u16, minute: u16, second: u16) -> String {
    match second {
        0 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    }
}

/// A field whose values are equally far apart, also over the end of its round.
fn every(field: &Field, round: u16, unit_seconds: u64) -> Option<String> {
    let step = if field.is_any() { 1 } else { even_step(field, round)? };
    let period = Duration::from_secs(u64::from(step) * unit_seconds);
    Every::new(period).ok().map(|every| every.to_string())
}

fn even_step(field: &Field, round: u16) -> Option<u16> {
    let values: Vec<u16> = field.values().collect();
    let count = u16::try_from(values.len())
        .ok()
        .filter(|count| *count > 1 && round.is_multiple_of(*count))?;
    let step = round / count;
    values.windows(2).all(|pair| pair[1] - pair[0] == step).then_some(step)
}
