//! The text of a date: Java's `Date.toString`. Not a pattern's. Before 15 October 1582 it counts by the calendar of that time,
//! and a place's own time before there were zones is the one of its zone.

use jiff::tz::TimeZone;

use super::{Cycles, DAYS, MONTHS, print};

/// The days from 1970 back to 15 October 1582.
const GREGORIAN_START: i64 = -141_427;
/// The milliseconds from 1970 back to 1900; before that, Java knows no rules of a zone.
const FIRST_RULES_MS: i64 = -2_208_988_800_000;

pub(in crate::expression) fn date_text(milliseconds: i64, zone: &TimeZone) -> String {
    let Some((instant, _)) = Cycles::fold_milliseconds(milliseconds) else {
        return milliseconds.to_string();
    };
    let zoned = instant.to_zoned(zone.clone());
    let has_rules = milliseconds >= FIRST_RULES_MS;
    let offset = if has_rules { zoned.offset() } else { print::today(&zoned).offset() };
    let seconds = milliseconds.div_euclid(1000) + i64::from(offset.seconds());
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = year_month_day(days);
    format!(
        "{} {} {day:02} {:02}:{:02}:{:02} {} {year}",
        &DAYS[(days + 3).rem_euclid(7) as usize][..3],
        &MONTHS[month as usize - 1][..3],
        second / 3600,
        second / 60 % 60,
        second % 60,
        print::short_zone(&zoned),
    )
}

/// The year of its era, the month and the day, from the days since 1970.
fn year_month_day(days: i64) -> (i64, i64, i64) {
    // Years begin in March, so that the day that a leap year has more is the last one.
    let (years, day_of_year) = if days >= GREGORIAN_START {
        let since_year_0 = days + 719_468;
        let (cycle, day) = (since_year_0.div_euclid(146_097), since_year_0.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        (cycle * 400 + year, day - (365 * year + year / 4 - year / 100))
    } else {
        let since_year_0 = days + 719_470;
        let (cycle, day) = (since_year_0.div_euclid(1_461), since_year_0.rem_euclid(1_461));
        let year = (day - day / 1_460) / 365;
        (cycle * 4 + year, day - 365 * year)
    };
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = years + i64::from(month <= 2);
    (if year > 0 { year } else { 1 - year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_shows_by_the_calendar_of_its_time() {
        for (milliseconds, expected) in [
            (0, "Thu Jan 01 00:00:00 UTC 1970"),
            (1_709_164_799_999, "Wed Feb 28 23:59:59 UTC 2024"),
            (-12_219_292_800_000, "Fri Oct 15 00:00:00 UTC 1582"),
            (-12_219_292_800_001, "Thu Oct 04 23:59:59 UTC 1582"),
            (-62_135_596_800_000, "Mon Jan 03 00:00:00 UTC 1"),
            (253_402_300_799_999, "Fri Dec 31 23:59:59 UTC 9999"),
            (i64::MAX, "Sun Aug 17 07:12:55 UTC 292278994"),
            (i64::MIN, "Sun Dec 02 16:47:04 UTC 292269055"),
        ] {
            assert_eq!(date_text(milliseconds, &TimeZone::UTC), expected);
        }
    }

    #[test]
    fn a_zone_has_the_name_of_today() {
        for (milliseconds, zone, expected) in [
            (0, "Europe/London", "Thu Jan 01 01:00:00 GMT 1970"),
            (0, "Asia/Singapore", "Thu Jan 01 07:30:00 GMT+08:00 1970"),
            (-3_000_000_000_000, "America/New_York", "Mon Dec 07 13:40:00 EST 1874"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(date_text(milliseconds, &zone), expected);
        }
    }
}
