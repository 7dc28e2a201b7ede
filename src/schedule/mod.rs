//! When a source fires: `every`, `at` and `cron`.
//!
//! It is not a timer: nothing here reads a clock, sleeps, or knows what fires. Whether a missed tick is made up for
//! is the engine's to say.
//!
//! Invariants: [`Schedule::next_after`] is always later than what it was asked about, the same question has the same
//! answer, and a schedule that was built fires at some time. A schedule that names times of the day fires once for
//! each of them on a daylight-saving day: in the hour that is skipped at its end, in the hour that comes twice the
//! first time. One that goes round (`*`, `/`) fires in all the time there is.

mod at;
mod cron;
mod days;
mod error;
mod every;
#[cfg(test)]
mod tests;
mod wall_clock;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use at::{At, TimeOfDay};
pub use cron::Cron;
pub use days::Days;
pub use error::{ScheduleError, ScheduleWarning};
pub use every::Every;

/// When a source fires.
#[derive(Debug, Clone)]
pub enum Schedule {
    /// By a fixed distance in time, counted from an anchor.
    Every(Every),
    /// At a time of the day, on some days of the week.
    At(At),
    /// By a cron expression.
    Cron(Box<Cron>),
}

impl Schedule {
    pub fn every(period: Duration) -> Result<Self, ScheduleError> {
        Every::new(period).map(Self::Every)
    }

    pub fn at(time: TimeOfDay, days: Days, zone: TimeZone) -> Self {
        Self::At(At::new(time, days, zone))
    }

    pub fn cron(expression: &str, zone: TimeZone) -> Result<Self, ScheduleError> {
        Cron::parse(expression, zone).map(|cron| Self::Cron(Box::new(cron)))
    }

    /// The first tick later than `after`; `None` when there is no more.
    ///
    /// `every` counts from `anchor`, which is itself its first tick; the others do not look at it.
    pub fn next_after(&self, after: Timestamp, anchor: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(every) => every.next_after(after, anchor),
            Self::At(at) => at.next_after(after),
            Self::Cron(cron) => cron.next_after(after),
        }
    }

    /// What it does in words, or the expression where there are no simple ones.
    pub fn describe(&self) -> String {
        match self {
            Self::Every(every) => every.to_string(),
            Self::At(at) => at.to_string(),
            Self::Cron(cron) => cron.describe(),
        }
    }

    /// What is allowed but easily misread.
    pub fn warnings(&self) -> &[ScheduleWarning] {
        match self {
            Self::Every(_) | Self::At(_) => &[],
            Self::Cron(cron) => cron.warnings(),
        }
    }

    /// The zone whose clock it goes by, when it goes by one.
    pub fn zone(&self) -> Option<&TimeZone> {
        match self {
            Self::Every(_) => None,
            Self::At(at) => Some(at.zone()),
            Self::Cron(cron) => Some(cron.zone()),
        }
    }
}
