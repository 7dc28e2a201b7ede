//! [`Duration`]: a time span as `plusDuration` takes it, `3 days`. Not an exact one: days and longer go by the
//! calendar.

use jiff::{Span, Timestamp, ToSpan, tz::TimeZone};

#[derive(Debug, Clone, Copy)]
enum Unit {
    Nanosecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// A number of units.
#[derive(Debug, Clone, Copy)]
pub(in crate::expression) struct Duration {
    amount: i64,
    unit: Unit,
}

impl Duration {
    /// Reads `3 days`: a number, white space, a unit in any case with or without its `s`.
    pub(in crate::expression) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (amount, rest) = text.split_at(digits);
        if !rest.starts_with(char::is_whitespace) {
            return None;
        }
        let unit = rest.trim_start().to_ascii_lowercase();
        let unit = match unit.strip_suffix('s').unwrap_or(&unit) {
            "nanosecond" => Unit::Nanosecond,
            "second" => Unit::Second,
            "minute" => Unit::Minute,
            "hour" => Unit::Hour,
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            "year" => Unit::Year,
            _ => return None,
        };
        Some(Self { amount: amount.parse().ok()?, unit })
    }

    /// The instant so much later, or earlier; `None` outside the years that are known.
    pub(in crate::expression) fn from(
        self,
        start: Timestamp,
        zone: &TimeZone,
        later: bool,
    ) -> Option<Timestamp> {
        let span = self.span(if later { 1 } else { -1 })?;
        match self.unit {
            Unit::Nanosecond | Unit::Second | Unit::Minute | Unit::Hour => {
                start.checked_add(span).ok()
            }
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => {
                let zoned = start.to_zoned(zone.clone()).checked_add(span).ok()?;
                Some(zoned.timestamp())
            }
        }
    }

    fn span(self, sign: i64) -> Option<Span> {
        let amount = self.amount * sign;
        let zero = 0.seconds();
        match self.unit {
            Unit::Nanosecond => zero.try_nanoseconds(amount),
            Unit::Second => zero.try_seconds(amount),
            Unit::Minute => zero.try_minutes(amount),
            Unit::Hour => zero.try_hours(amount),
            Unit::Day => zero.try_days(amount),
            Unit::Week => zero.try_weeks(amount),
            Unit::Month => zero.try_months(amount),
            Unit::Year => zero.try_years(amount),
        }
        .ok()
    }
}
