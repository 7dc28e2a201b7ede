//! [`DayPeriod`]: the time of day in words, as `B` writes it in Locale.US.

use super::pattern::Style;

/// A part of the day, from one minute up to another; noon and midnight are one minute each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DayPeriod {
    from: i64,
    to: i64,
    name: &'static str,
    narrow: &'static str,
}

const fn period(from: i64, to: i64, name: &'static str, narrow: &'static str) -> DayPeriod {
    DayPeriod { from, to, name, narrow }
}

const MINUTES: i64 = 24 * 60;

/// The exact ones first: noon is noon, not the afternoon.
const PERIODS: [DayPeriod; 6] = [
    period(0, 0, "midnight", "mi"),
    period(12 * 60, 12 * 60, "noon", "n"),
    period(0, 12 * 60, "in the morning", "in the morning"),
    period(12 * 60, 18 * 60, "in the afternoon", "in the afternoon"),
    period(18 * 60, 21 * 60, "in the evening", "in the evening"),
    period(21 * 60, MINUTES, "at night", "at night"),
];

impl DayPeriod {
    /// The one that a minute of the day is in.
    pub(super) fn at(minute: i64) -> Self {
        PERIODS.into_iter().find(|period| period.includes(minute)).unwrap_or(PERIODS[5])
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        PERIODS.into_iter()
    }

    pub(super) fn name(self, style: Style) -> &'static str {
        if style == Style::Narrow { self.narrow } else { self.name }
    }

    pub(super) fn includes(self, minute: i64) -> bool {
        minute == self.from || (self.from..self.to).contains(&minute)
    }

    /// The minute in its middle: what it stands for when no hour is known.
    pub(super) fn middle(self) -> i64 {
        (self.from + self.to) / 2
    }
}
