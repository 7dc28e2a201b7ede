//! What schedules do and say.

use expect_test::{Expect, expect};
use jiff::civil::DateTime;

use super::*;

mod oracles;
mod wrong;

const AMSTERDAM: &str = "Europe/Amsterdam";
const AUCKLAND: &str = "Pacific/Auckland";

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(time: &str, days: &str, zone: TimeZone) -> Schedule {
    Schedule::at(TimeOfDay::parse(time).unwrap(), Days::parse(days).unwrap(), zone)
}

fn cron(expression: &str) -> Schedule {
    Schedule::cron(expression, TimeZone::UTC).unwrap()
}

/// The ticks of a schedule, on the clock of its zone.
fn ticks(schedule: &Schedule, from: &str, count: usize) -> String {
    let zone = schedule.zone().unwrap().clone();
    let mut now = from.parse::<DateTime>().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
    let mut text = String::new();
    for _ in 0..count {
        let Some(tick) = schedule.next_after(now, Timestamp::UNIX_EPOCH) else {
            text.push_str("never again\n");
            break;
        };
        assert!(tick > now);
        text.push_str(&tick.to_zoned(zone.clone()).strftime("%a %F %T %Z\n").to_string());
        now = tick;
    }
    text
}

fn check_ticks(schedule: &Schedule, from: &str, expected: Expect) {
    expected.assert_eq(&ticks(schedule, from, 4));
}

fn check_cron(expression: &str, expected: Expect) {
    check_ticks(&cron(expression), "2026-01-15T10:04:30", expected);
}

mod words {
    use super::*;

    fn check_words(expression: &str, expected: &str) {
        assert_eq!(cron(expression).describe(), expected, "{expression}");
    }

    #[test]
    fn every_is_said_in_the_largest_unit() {
        let said = |millis| Schedule::every(Duration::from_millis(millis)).unwrap().describe();
        assert_eq!(said(600_000), "every 10 min");
        assert_eq!(said(60_000), "every minute");
        assert_eq!(said(5_400_000), "every 90 min");
        assert_eq!(said(7_200_000), "every 2 hours");
        assert_eq!(said(172_800_000), "every 2 days");
        assert_eq!(said(1_500), "every 1500 ms");
    }

    #[test]
    fn at_is_said_with_its_days() {
        let said = |time, days| at(time, days, TimeZone::UTC).describe();
        assert_eq!(said("06:30", "mon-sun"), "every day at 06:30");
        assert_eq!(said("6:30:15", "mon-fri"), "Monday to Friday at 06:30:15");
        assert_eq!(said("00:00", "Wed, MON"), "Monday and Wednesday at 00:00");
        assert_eq!(said("00:00", "fri-mon"), "Monday, Friday, Saturday and Sunday at 00:00");
        assert_eq!(said("00:00", "tuesday"), "Tuesday at 00:00");
    }

    #[test]
    fn common_expressions_are_said_in_words() {
        check_words("0 0/10 * * * ?", "every 10 min");
        check_words("*/10 * * * *", "every 10 min");
        check_words("5,35 * * * *", "every 30 min");
        check_words("* * * * * ?", "every second");
        check_words("0/5 * * * * ?", "every 5 s");
        check_words("0 * * * *", "every hour");
        check_words("0 15 0/6 * * ?", "every 6 hours at minute 15");
        check_words("0 30 6 * * ?", "every day at 06:30");
        check_words("0 30 6,18 * * ?", "every day at 06:30 and 18:30");
        check_words("0 30 6 ? * MON-FRI", "Monday to Friday at 06:30");
        check_words("30 6 * * 7", "Sunday at 06:30");
        check_words("15 30 6 L * ?", "the last day of every month at 06:30:15");
        check_words("0 30 6 LW * ?", "the last working day of every month at 06:30");
        check_words("0 30 6 2 * ?", "the 2nd of every month at 06:30");
    }

    #[test]
    fn anything_else_is_said_as_it_stands() {
        check_words(" 0 0/7 * * * ? ", "0 0/7 * * * ?");
        check_words("0 30 6 ? * FRI#2", "0 30 6 ? * FRI#2");
        check_words("0 30 6 * JAN ?", "0 30 6 * JAN ?");
        check_words("0 0/10 8-18 * * ?", "0 0/10 8-18 * * ?");
        check_words("30 6 13 * 5", "30 6 13 * 5");
    }
}

mod calendar {
    use super::*;

    #[test]
    fn every_counts_from_its_anchor() {
        let every = Schedule::every(Duration::from_secs(600)).unwrap();
        let anchor = Timestamp::from_second(1_000).unwrap();
        let next = |second| {
            every.next_after(Timestamp::from_second(second).unwrap(), anchor).unwrap().as_second()
        };
        assert_eq!(
            (next(-5), next(999), next(1_000), next(1_599), next(1_600)),
            (1_000, 1_000, 1_600, 1_600, 2_200)
        );
        assert_eq!(every.next_after(Timestamp::MAX, anchor), None);
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        let every = Schedule::every(Duration::from_secs(600)).unwrap();
        for schedule in [every, at("06:30", "mon", zone(AMSTERDAM)), cron("0 30 6 * * ?")] {
            for time in [Timestamp::MIN, Timestamp::MAX] {
                let next = schedule.next_after(time, Timestamp::MIN);
                assert!(next.is_none_or(|next| next > time));
            }
        }
    }

    #[test]
    fn quartz_expressions() {
        check_cron(
            "0 0/10 * * * ?",
            expect![[r#"
            Thu 2026-01-15 10:10:00 UTC
            Thu 2026-01-15 10:20:00 UTC
            Thu 2026-01-15 10:30:00 UTC
            Thu 2026-01-15 10:40:00 UTC
        "#]],
        );
        check_cron(
            "0 0 22-2/2 * * ?",
            expect![[r#"
            Thu 2026-01-15 22:00:00 UTC
            Fri 2026-01-16 00:00:00 UTC
            Fri 2026-01-16 02:00:00 UTC
            Fri 2026-01-16 22:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 L * ?",
            expect![[r#"
            Sat 2026-01-31 06:00:00 UTC
            Sat 2026-02-28 06:00:00 UTC
            Tue 2026-03-31 06:00:00 UTC
            Thu 2026-04-30 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 LW * ?",
            expect![[r#"
            Fri 2026-01-30 06:00:00 UTC
            Fri 2026-02-27 06:00:00 UTC
            Tue 2026-03-31 06:00:00 UTC
            Thu 2026-04-30 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 15W * ?",
            expect![[r#"
            Mon 2026-02-16 06:00:00 UTC
            Mon 2026-03-16 06:00:00 UTC
            Wed 2026-04-15 06:00:00 UTC
            Fri 2026-05-15 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 ? * 6#3",
            expect![[r#"
            Fri 2026-01-16 06:00:00 UTC
            Fri 2026-02-20 06:00:00 UTC
            Fri 2026-03-20 06:00:00 UTC
            Fri 2026-04-17 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 ? * FRIL",
            expect![[r#"
            Fri 2026-01-30 06:00:00 UTC
            Fri 2026-02-27 06:00:00 UTC
            Fri 2026-03-27 06:00:00 UTC
            Fri 2026-04-24 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 ? * 2",
            expect![[r#"
            Mon 2026-01-19 06:00:00 UTC
            Mon 2026-01-26 06:00:00 UTC
            Mon 2026-02-02 06:00:00 UTC
            Mon 2026-02-09 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 ? * FRI-MON",
            expect![[r#"
            Fri 2026-01-16 06:00:00 UTC
            Sat 2026-01-17 06:00:00 UTC
            Sun 2026-01-18 06:00:00 UTC
            Mon 2026-01-19 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 ? * L",
            expect![[r#"
            Sat 2026-01-17 06:00:00 UTC
            Sat 2026-01-24 06:00:00 UTC
            Sat 2026-01-31 06:00:00 UTC
            Sat 2026-02-07 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 29 FEB ?",
            expect![[r#"
            Tue 2028-02-29 06:00:00 UTC
            Sun 2032-02-29 06:00:00 UTC
            Fri 2036-02-29 06:00:00 UTC
            Wed 2040-02-29 06:00:00 UTC
        "#]],
        );
        check_cron(
            "0 0 6 1 1/6 ? 2026-2027",
            expect![[r#"
            Wed 2026-07-01 06:00:00 UTC
            Fri 2027-01-01 06:00:00 UTC
            Thu 2027-07-01 06:00:00 UTC
            never again
        "#]],
        );
    }

    #[test]
    fn unix_expressions() {
        check_cron(
            "*/20 * * * *",
            expect![[r#"
            Thu 2026-01-15 10:20:00 UTC
            Thu 2026-01-15 10:40:00 UTC
            Thu 2026-01-15 11:00:00 UTC
            Thu 2026-01-15 11:20:00 UTC
        "#]],
        );
        check_cron(
            "30 6 * * 0",
            expect![[r#"
            Sun 2026-01-18 06:30:00 UTC
            Sun 2026-01-25 06:30:00 UTC
            Sun 2026-02-01 06:30:00 UTC
            Sun 2026-02-08 06:30:00 UTC
        "#]],
        );
        check_cron(
            "30 6 * * 7",
            expect![[r#"
            Sun 2026-01-18 06:30:00 UTC
            Sun 2026-01-25 06:30:00 UTC
            Sun 2026-02-01 06:30:00 UTC
            Sun 2026-02-08 06:30:00 UTC
        "#]],
        );
        check_cron(
            "30 6 * * 5-7",
            expect![[r#"
            Fri 2026-01-16 06:30:00 UTC
            Sat 2026-01-17 06:30:00 UTC
            Sun 2026-01-18 06:30:00 UTC
            Fri 2026-01-23 06:30:00 UTC
        "#]],
        );
        check_cron(
            "30 6 1 * mon",
            expect![[r#"
            Mon 2026-01-19 06:30:00 UTC
            Mon 2026-01-26 06:30:00 UTC
            Sun 2026-02-01 06:30:00 UTC
            Mon 2026-02-02 06:30:00 UTC
        "#]],
        );
    }
}

mod clocks_changed {
    use super::*;

    #[test]
    fn a_daily_tick_in_the_skipped_hour_fires_once() {
        check_ticks(
            &at("02:30", "mon-sun", zone(AMSTERDAM)),
            "2026-03-28T00:00",
            expect![[r#"
            Sat 2026-03-28 02:30:00 CET
            Sun 2026-03-29 03:00:00 CEST
            Mon 2026-03-30 02:30:00 CEST
            Tue 2026-03-31 02:30:00 CEST
        "#]],
        );
        let cron = Schedule::cron("0 30 2 * * ?", zone(AMSTERDAM)).unwrap();
        check_ticks(
            &cron,
            "2026-03-28T00:00",
            expect![[r#"
            Sat 2026-03-28 02:30:00 CET
            Sun 2026-03-29 03:00:00 CEST
            Mon 2026-03-30 02:30:00 CEST
            Tue 2026-03-31 02:30:00 CEST
        "#]],
        );
        check_ticks(
            &at("02:30", "mon-sun", zone(AUCKLAND)),
            "2026-09-26T00:00",
            expect![[r#"
            Sat 2026-09-26 02:30:00 NZST
            Sun 2026-09-27 03:00:00 NZDT
            Mon 2026-09-28 02:30:00 NZDT
            Tue 2026-09-29 02:30:00 NZDT
        "#]],
        );
    }

    #[test]
    fn a_daily_tick_in_the_hour_that_comes_twice_fires_once() {
        check_ticks(
            &at("02:30", "mon-sun", zone(AMSTERDAM)),
            "2026-10-24T00:00",
            expect![[r#"
            Sat 2026-10-24 02:30:00 CEST
            Sun 2026-10-25 02:30:00 CEST
            Mon 2026-10-26 02:30:00 CET
            Tue 2026-10-27 02:30:00 CET
        "#]],
        );
        check_ticks(
            &at("01:30", "mon-sun", zone(AMSTERDAM)),
            "2026-10-24T00:00",
            expect![[r#"
            Sat 2026-10-24 01:30:00 CEST
            Sun 2026-10-25 01:30:00 CEST
            Mon 2026-10-26 01:30:00 CET
            Tue 2026-10-27 01:30:00 CET
        "#]],
        );
        check_ticks(
            &at("02:30", "mon-sun", zone(AUCKLAND)),
            "2026-04-04T00:00",
            expect![[r#"
            Sat 2026-04-04 02:30:00 NZDT
            Sun 2026-04-05 02:30:00 NZDT
            Mon 2026-04-06 02:30:00 NZST
            Tue 2026-04-07 02:30:00 NZST
        "#]],
        );
        let cron = Schedule::cron("30 2 * * *", zone(AUCKLAND)).unwrap();
        check_ticks(
            &cron,
            "2026-04-04T00:00",
            expect![[r#"
            Sat 2026-04-04 02:30:00 NZDT
            Sun 2026-04-05 02:30:00 NZDT
            Mon 2026-04-06 02:30:00 NZST
            Tue 2026-04-07 02:30:00 NZST
        "#]],
        );
    }

    #[test]
    fn several_times_of_the_day_fire_once_each() {
        let cron = Schedule::cron("0 0,30 2 * * ?", zone(AMSTERDAM)).unwrap();
        check_ticks(
            &cron,
            "2026-03-28T12:00",
            expect![[r#"
            Sun 2026-03-29 03:00:00 CEST
            Mon 2026-03-30 02:00:00 CEST
            Mon 2026-03-30 02:30:00 CEST
            Tue 2026-03-31 02:00:00 CEST
        "#]],
        );
        check_ticks(
            &cron,
            "2026-10-24T12:00",
            expect![[r#"
            Sun 2026-10-25 02:00:00 CEST
            Sun 2026-10-25 02:30:00 CEST
            Mon 2026-10-26 02:00:00 CET
            Mon 2026-10-26 02:30:00 CET
        "#]],
        );
    }

    #[test]
    fn what_goes_round_fires_all_the_time() {
        let cron = Schedule::cron("0 0/30 * * * ?", zone(AMSTERDAM)).unwrap();
        expect![[r#"
            Sun 2026-03-29 01:30:00 CET
            Sun 2026-03-29 03:00:00 CEST
            Sun 2026-03-29 03:30:00 CEST
        "#]]
        .assert_eq(&ticks(&cron, "2026-03-29T01:15", 3));
        expect![[r#"
            Sun 2026-10-25 02:00:00 CEST
            Sun 2026-10-25 02:30:00 CEST
            Sun 2026-10-25 02:00:00 CET
            Sun 2026-10-25 02:30:00 CET
            Sun 2026-10-25 03:00:00 CET
            Sun 2026-10-25 03:30:00 CET
        "#]]
        .assert_eq(&ticks(&cron, "2026-10-25T01:45", 6));
    }

    #[test]
    fn far_years_and_days_that_never_were() {
        check_ticks(
            &at("02:30", "sun", zone(AMSTERDAM)),
            "2050-03-21T00:00",
            expect![[r#"
            Sun 2050-03-27 03:00:00 CEST
            Sun 2050-04-03 02:30:00 CEST
            Sun 2050-04-10 02:30:00 CEST
            Sun 2050-04-17 02:30:00 CEST
        "#]],
        );
        check_ticks(
            &at("06:30", "mon-sun", zone("Pacific/Apia")),
            "2011-12-28T12:00",
            expect![[r#"
            Thu 2011-12-29 06:30:00 -10
            Sat 2011-12-31 06:30:00 +14
            Sun 2012-01-01 06:30:00 +14
            Mon 2012-01-02 06:30:00 +14
        "#]],
        );
    }
}
