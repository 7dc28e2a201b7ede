//! A fixed distance in time, whatever the clock on the wall does.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::error::{Place, ScheduleError};

const PERIOD_MIN: Duration = Duration::from_millis(1);
const PERIOD_DAYS_MAX: u64 = 3660;
const PERIOD_MAX: Duration = Duration::from_secs(PERIOD_DAYS_MAX * 86_400);

/// Units with their length in nanoseconds and how one and several of them are said, largest first.
const UNITS: &[(u128, &str, &str)] = &[
    (86_400_000_000_000, "day", "days"),
    (3_600_000_000_000, "hour", "hours"),
    (60_000_000_000, "minute", "min"),
    (1_000_000_000, "second", "s"),
    (1_000_000, "millisecond", "ms"),
    (1_000, "microsecond", "µs"),
    (1, "nanosecond", "ns"),
];

/// Fires at an anchor and by a fixed distance ever after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Every {
    period: Duration,
}

impl Every {
    pub fn new(period: Duration) -> Result<Self, ScheduleError> {
        let place = Place { offset: 0, length: 0 };
        if period < PERIOD_MIN {
            return Err(ScheduleError::new(
                place,
                "this leaves no time between two firings",
                "the shortest is 1 ms, for example `every: 10 min`",
            ));
        }
        if period > PERIOD_MAX {
            return Err(ScheduleError::new(
                place,
                "this is longer than ten years",
                "a day of the year is named by a cron expression, for example \"0 30 6 1 JAN ?\"",
            ));
        }
        Ok(Self { period })
    }

    /// The ticks are `anchor`, `anchor` + one period, and so on.
    pub(super) fn next_after(&self, after: Timestamp, anchor: Timestamp) -> Option<Timestamp> {
        if after < anchor {
            return Some(anchor);
        }
        let period = i128::try_from(self.period.as_nanos()).ok()?;
        let passed = (after.as_nanosecond() - anchor.as_nanosecond()) / period;
        Timestamp::from_nanosecond(anchor.as_nanosecond() + (passed + 1) * period).ok()
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.period.as_nanos();
        let (unit, one, many) =
            UNITS.iter().find(|(unit, ..)| nanos.is_multiple_of(*unit)).unwrap_or(&(1, "ns", "ns"));
        match nanos / unit {
            1 => write!(f, "every {one}"),
            count => write!(f, "every {count} {many}"),
        }
    }
}
