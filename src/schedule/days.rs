//! Days of the week, as `mon-fri` or `mon,wed`.

use std::fmt;

use jiff::civil::Weekday;

use super::error::{Place, ScheduleError};

/// The names, in the order of cron: Sunday first.
pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const HELP: &str =
    "write mon-fri, or mon,wed,fri; the days are mon, tue, wed, thu, fri, sat and sun";

/// A set of days of the week that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// One bit for each day, Monday's the lowest.
    bits: u8,
}

impl Days {
    pub const ALL: Self = Self { bits: 0b111_1111 };

    /// Names of days or ranges of them, separated by commas; case does not matter, full names will do.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let mut days = Self { bits: 0 };
        for item in text.split(',') {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            let last = day(last, text)?;
            let mut next = day(first, text)?;
            days.insert(next);
            while next != last {
                next = next.wrapping_add(1);
                days.insert(next);
            }
        }
        Ok(days)
    }

    pub(super) fn from_sunday_offsets(offsets: impl Iterator<Item = u16>) -> Option<Self> {
        let mut days = Self { bits: 0 };
        for offset in offsets {
            days.insert(Weekday::from_sunday_zero_offset(i8::try_from(offset).ok()?).ok()?);
        }
        (days.bits != 0).then_some(days)
    }

    pub fn contains(self, day: Weekday) -> bool {
        self.bits & (1 << day.to_monday_zero_offset()) != 0
    }

    fn insert(&mut self, day: Weekday) {
        self.bits |= 1 << day.to_monday_zero_offset();
    }

    fn in_order(self) -> Vec<Weekday> {
        Weekday::Monday.cycle_forward().take(7).filter(|day| self.contains(*day)).collect()
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.in_order();
        let follow = days.windows(2).all(|pair| pair[0].wrapping_add(1) == pair[1]);
        match days.as_slice() {
            [_, _, _, _, _, _, _] => f.write_str("every day"),
            [first, _, .., last] if follow && days.len() > 2 => {
                write!(f, "{} to {}", name(*first), name(*last))
            }
            [rest @ .., last] if !rest.is_empty() => {
                let rest: Vec<_> = rest.iter().map(|day| name(*day)).collect();
                write!(f, "{} and {}", rest.join(", "), name(*last))
            }
            [] => f.write_str("no day"),
            [day, ..] => f.write_str(name(*day)),
        }
    }
}

/// The place of a name in a list of names: by its first three letters or in full, in any case.
pub(super) fn index_of_name(text: &str, names: &[&str]) -> Option<usize> {
    names.iter().position(|name| {
        text.eq_ignore_ascii_case(name)
            || name.get(..3).is_some_and(|short| text.eq_ignore_ascii_case(short))
    })
}

fn name(day: Weekday) -> &'static str {
    WEEKDAYS[usize::from(day.to_sunday_zero_offset().unsigned_abs()) % WEEKDAYS.len()]
}

fn day(piece: &str, text: &str) -> Result<Weekday, ScheduleError> {
    let piece = piece.trim();
    index_of_name(piece, &WEEKDAYS)
        .and_then(|index| Weekday::from_sunday_zero_offset(i8::try_from(index).ok()?).ok())
        .ok_or_else(|| {
            let message = match piece {
                "" => "a day of the week is missing here".to_owned(),
                _ => format!("`{piece}` is not a day of the week"),
            };
            ScheduleError::new(Place::of(piece, text), message, HELP)
        })
}
