//! Years beyond those that `jiff` knows: 9999-12-31, which stands for "never" in many systems, is one. The calendar repeats
//! itself, weekdays too, every 400 years, so that such a date is counted in a cycle that is known.

use jiff::Timestamp;

/// The years after which the calendar begins again.
const YEARS: i64 = 400;
pub(super) const DAYS: i64 = 146_097;
const MILLISECONDS: i64 = DAYS * 86_400_000;

/// The years that are counted as they are; the ends of what is known are near.
const KNOWN: std::ops::RangeInclusive<i64> = -9_900..=9_900;
/// Where later years are counted: behind every change of a zone's rules.
const LATER: i64 = 2_400;
/// Where earlier years are counted: before every zone.
const EARLIER: i64 = -8_000;

/// By how many cycles something was moved to where it is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::expression) struct Cycles(i64);

impl Cycles {
    /// A year of the calendar as a year that is known.
    pub(super) fn fold(year: i64) -> (i64, Self) {
        let start = if year > 0 { LATER } else { EARLIER };
        let cycles = if KNOWN.contains(&year) { 0 } else { (year - start).div_euclid(YEARS) };
        (year - cycles * YEARS, Self(cycles))
    }

    /// Milliseconds since 1970 as an instant that is known.
    pub(in crate::expression) fn fold_milliseconds(milliseconds: i64) -> Option<(Timestamp, Self)> {
        let (_, cycles) = Self::fold(1970 + milliseconds.div_euclid(MILLISECONDS / YEARS));
        let folded = i128::from(milliseconds) - i128::from(cycles.0) * i128::from(MILLISECONDS);
        let instant = Timestamp::from_millisecond(i64::try_from(folded).ok()?).ok()?;
        Some((instant, cycles))
    }

    /// A folded year as it is.
    pub(super) fn unfold(self, year: i64) -> i64 {
        year + self.0 * YEARS
    }

    /// The days that were taken away.
    pub(super) fn days(self) -> i64 {
        self.0 * DAYS
    }

    /// The milliseconds since 1970 that a folded instant stands for.
    pub(in crate::expression) fn unfold_milliseconds(self, folded: Timestamp) -> Option<i64> {
        // A nanosecond before a millisecond belongs to the one before it.
        let milliseconds = folded.as_nanosecond().div_euclid(1_000_000);
        i64::try_from(milliseconds + i128::from(self.0) * i128::from(MILLISECONDS)).ok()
    }

    /// The instant that a folded one stands for, if it is known.
    pub(super) fn unfold_instant(self, folded: Timestamp) -> Option<Timestamp> {
        folded.checked_add(jiff::SignedDuration::from_hours(self.days() * 24)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_far_away_is_counted_in_a_known_one_and_comes_back() {
        for year in [2026, 9_900, 9_999, 10_000, 292_278_994, 0, -9_900, -9_999, -292_275_055] {
            let (folded, cycles) = Cycles::fold(year);
            assert!(KNOWN.contains(&folded) && cycles.unfold(folded) == year, "{year}: {folded}");
        }
    }

    #[test]
    fn milliseconds_come_back_however_many_they_are() {
        for milliseconds in [0, -1, 253_402_300_799_999, i64::MAX, i64::MIN] {
            let (folded, cycles) = Cycles::fold_milliseconds(milliseconds).unwrap();
            assert_eq!(cycles.unfold_milliseconds(folded), Some(milliseconds));
        }
    }
}
