//! Schedules against oracles that only count, or that read the expression otherwise.

use std::str::FromStr;

use ::cron::TimeUnitSpec;
use jiff::civil::Time;
use jiff::{SignedDuration, ToSpan, Zoned};
use proptest::prelude::*;

use super::*;

const ZONES: [&str; 7] = [
    "UTC",
    AMSTERDAM,
    AUCKLAND,
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Beirut",
];

/// A zone, and a time within two days of a change of its clocks.
fn near_a_change() -> impl Strategy<Value = (TimeZone, Timestamp)> {
    (0..ZONES.len(), 1990i16..2060, 0usize..2, -2_880i64..2_880, 0i64..60).prop_map(
        |(name, year, skipped, minutes, seconds)| {
            let zone = zone(ZONES[name]);
            let start = jiff::civil::date(year, 1, 1).to_zoned(zone.clone()).unwrap();
            let change = zone.following(start.timestamp()).nth(skipped);
            let change = change.map_or(start.timestamp(), |change| change.timestamp());
            (zone, change + SignedDuration::from_secs(minutes * 60 + seconds))
        },
    )
}

fn minutes_around(zone: &TimeZone, after: Timestamp) -> impl Iterator<Item = Zoned> {
    let first = after.as_second().div_euclid(60) * 60 - 2 * 86_400;
    let zone = zone.clone();
    (0..11 * 1_440).map(move |minute| {
        Timestamp::from_second(first + minute * 60).unwrap().to_zoned(zone.clone())
    })
}

/// Each time of a day happens when the clock first shows it or something later on that day.
fn next_on_the_wall(
    zone: &TimeZone,
    times: &[Time],
    days: Days,
    after: Timestamp,
) -> Option<Timestamp> {
    let mut happened = std::collections::HashSet::new();
    for now in minutes_around(zone, after) {
        for time in times.iter().filter(|time| **time <= now.time()) {
            let first = happened.insert((now.date(), *time));
            if first && days.contains(now.date().weekday()) && now.timestamp() > after {
                return Some(now.timestamp());
            }
        }
    }
    None
}

fn plain_field(first: u16, last: u16) -> impl Strategy<Value = String> {
    let value = first..=last;
    let item = prop_oneof![
        4 => value.clone().prop_map(|v| v.to_string()),
        2 => (value.clone(), value.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (value, 1..=(last - first)).prop_map(|(a, step)| format!("{a}/{step}")),
        1 => (1..=(last - first)).prop_map(|step| format!("*/{step}")),
    ];
    prop_oneof![
        2 => Just("*".to_owned()),
        3 => proptest::collection::vec(item, 1..3).prop_map(|items| items.join(",")),
    ]
}

fn plain_expression() -> impl Strategy<Value = String> {
    let weekday = prop_oneof![plain_field(1, 7), Just("MON-FRI".into()), Just("Sat,SUN".into())];
    let days = prop_oneof![
        plain_field(1, 31).prop_map(|days| (days, "?".to_owned())),
        weekday.prop_map(|weekday| ("?".to_owned(), weekday)),
    ];
    let month = prop_oneof![plain_field(1, 12), Just("JAN,Mar-MAY".into())];
    (plain_field(0, 59), plain_field(0, 59), plain_field(0, 23), days, month).prop_map(
        |(second, minute, hour, (day, weekday), month)| {
            format!("{second} {minute} {hour} {day} {month} {weekday}")
        },
    )
}

/// The next time that the other reader of the expression allows, found by counting.
fn next_by_counting(expression: &str, after: DateTime, days: i64) -> Option<DateTime> {
    let fields = ::cron::Schedule::from_str(expression).unwrap();
    let fits = |unit: &dyn Fn(u32) -> bool, value: i8| unit(value.unsigned_abs().into());
    for day in 0..days {
        let date = after.date().checked_add(day.days()).unwrap();
        if !fits(&|v| fields.months().includes(v), date.month())
            || !fits(&|v| fields.days_of_month().includes(v), date.day())
            || !fits(&|v| fields.days_of_week().includes(v), date.weekday().to_sunday_one_offset())
        {
            continue;
        }
        for hour in fields.hours().iter() {
            for minute in fields.minutes().iter() {
                for second in fields.seconds().iter() {
                    let due = date.at(hour as i8, minute as i8, second as i8, 0);
                    if due > after {
                        return Some(due);
                    }
                }
            }
        }
    }
    None
}

proptest! {
    #[test]
    fn the_next_tick_is_later_at_any_time(
        nanos in -377_705_023_201_000_000_000i128..=253_402_207_200_999_999_999,
        name in 0..ZONES.len(),
        expression in prop::sample::select(vec![
            "* * * * * ?", "0 0/7 2 * * ?", "59 59 23 L 2 ?", "0 30 2 ? * 6#5", "0 0 0 1 1 ? 2031",
        ]),
    ) {
        let after = Timestamp::from_nanosecond(nanos).unwrap();
        let schedule = Schedule::cron(expression, zone(ZONES[name])).unwrap();
        if let Some(tick) = schedule.next_after(after, after) {
            prop_assert!(tick > after && tick.subsec_nanosecond() == 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn plain_expressions_are_read_as_another_reader_does(
        expression in plain_expression(),
        second in 0i64..4_000_000_000,
    ) {
        let after = Timestamp::from_second(second).unwrap();
        let civil = TimeZone::UTC.to_datetime(after);
        match Schedule::cron(&expression, TimeZone::UTC) {
            Ok(schedule) => {
                let next = schedule.next_after(after, after).unwrap();
                let expected = next_by_counting(&expression, civil, 10 * 366);
                prop_assert_eq!(Some(TimeZone::UTC.to_datetime(next)), expected);
            }
            Err(error) => {
                prop_assert!(error.message.contains("never fires"), "{} {}", expression, error);
                prop_assert_eq!(next_by_counting(&expression, civil, 10 * 366), None);
            }
        }
    }

    #[test]
    fn every_is_the_first_of_its_multiples(
        period_ms in 1u64..10_000, anchor in 0i64..1_000, after_ms in -2_000i64..20_000,
    ) {
        let every = Schedule::every(Duration::from_millis(period_ms)).unwrap();
        let anchor = Timestamp::from_millisecond(anchor).unwrap();
        let after = Timestamp::from_millisecond(after_ms).unwrap();
        let mut expected = anchor;
        while expected <= after {
            expected += Duration::from_millis(period_ms);
        }
        prop_assert_eq!(every.next_after(after, anchor), Some(expected));
    }

    #[test]
    fn no_text_breaks_the_readers(text in "\\PC{0,40}|[0-9*?/,#LW a-z-]{0,40}") {
        if let Err(error) = Schedule::cron(&text, TimeZone::UTC) {
            prop_assert!(text.get(error.offset..error.offset + error.length).is_some());
        }
        if let Err(error) = TimeOfDay::parse(&text) {
            prop_assert!(text.get(error.offset..error.offset + error.length).is_some());
        }
        if let Err(error) = Days::parse(&text) {
            prop_assert!(text.get(error.offset..error.offset + error.length).is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn at_fires_once_a_day_whatever_the_clocks_do(
        (zone, after) in near_a_change(),
        hour in prop_oneof![0i8..4, 0i8..24], minute in 0i8..60,
        days in prop::sample::select(vec!["mon-sun", "sat-sun", "sun", "tue"]),
    ) {
        let days = Days::parse(days).unwrap();
        let time = TimeOfDay::parse(&format!("{hour}:{minute:02}")).unwrap();
        let schedule = Schedule::at(time, days, zone.clone());
        let expected = next_on_the_wall(&zone, &[Time::constant(hour, minute, 0, 0)], days, after);
        prop_assert_eq!(schedule.next_after(after, after), expected);
    }

    #[test]
    fn named_times_fire_once_a_day_whatever_the_clocks_do((zone, after) in near_a_change()) {
        let schedule = Schedule::cron("0 0,20,45 0-3 ? * SAT-MON", zone.clone()).unwrap();
        let times: Vec<Time> = (0..4)
            .flat_map(|hour| [0, 20, 45].map(|minute| Time::constant(hour, minute, 0, 0)))
            .collect();
        let days = Days::parse("sat-mon").unwrap();
        prop_assert_eq!(
            schedule.next_after(after, after),
            next_on_the_wall(&zone, &times, days, after)
        );
    }

    #[test]
    fn what_goes_round_fires_whenever_the_clock_fits((zone, after) in near_a_change()) {
        let schedule = Schedule::cron("0 0/7 0-3 * * ?", zone.clone()).unwrap();
        let expected = minutes_around(&zone, after)
            .find(|now| now.timestamp() > after && now.hour() < 4 && now.minute() % 7 == 0);
        prop_assert_eq!(
            schedule.next_after(after, after),
            expected.map(|now| now.timestamp())
        );
    }
}
