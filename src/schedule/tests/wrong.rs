//! What is said about schedules that are wrong or easily misread.

use super::*;

fn marked(text: &str, error: &ScheduleError) -> String {
    let ScheduleError { offset, length, message, label, help } = error;
    let indent = " ".repeat(text[..*offset].chars().count());
    let carets = "^".repeat(text[*offset..*offset + *length].chars().count().max(1));
    format!("{message}\n{text}\n{indent}{carets} {label}").trim_end().to_owned()
        + &format!("\n{help}\n")
}

fn check_wrong_cron(expression: &str, expected: Expect) {
    let error = Schedule::cron(expression, TimeZone::UTC).unwrap_err();
    expected.assert_eq(&marked(expression, &error));
}

#[test]
fn the_bad_field_is_marked() {
    check_wrong_cron(
        "0 0 25 * * ?",
        expect![[r#"
        there is no hour 25
        0 0 25 * * ?
            ^^
        hours go from 0 to 23
    "#]],
    );
    check_wrong_cron(
        "0 0 6 * 8,13 ?",
        expect![[r#"
        there is no month 13
        0 0 6 * 8,13 ?
                  ^^
        months go from 1 to 12, or by name: JAN, FEB, MAR
    "#]],
    );
    check_wrong_cron(
        "0 30 6 * * ? MON",
        expect![[r#"
        there is no year `MON`
        0 30 6 * * ? MON
                     ^^^
        the seventh field is the year, from 1970 to 2199; leave it out for every year
    "#]],
    );
    check_wrong_cron(
        "0 30 6 * * ? 30",
        expect![[r#"
        there is no year 30
        0 30 6 * * ? 30
                     ^^
        the seventh field is the year, from 1970 to 2199; leave it out for every year
    "#]],
    );
    check_wrong_cron(
        "0 30 6 * * ? 2030-2020",
        expect![[r#"
        `2030-2020` ends before it begins
        0 30 6 * * ? 2030-2020
                     ^^^^^^^^^
        the seventh field is the year, from 1970 to 2199; leave it out for every year
    "#]],
    );
    check_wrong_cron(
        "0 30 ? * * ?",
        expect![[r#"
        there is no hour `?`
        0 30 ? * * ?
             ^
        hours go from 0 to 23
    "#]],
    );
    check_wrong_cron(
        "0 30 6 ? * 0",
        expect![[r#"
        there is no weekday 0
        0 30 6 ? * 0
                   ^
        weekdays go by name, SUN, MON, TUE, WED, THU, FRI, SAT; FRI#2 is the second Friday of the month, FRIL the last
    "#]],
    );
    check_wrong_cron(
        "0 0 6 1,,3 * ?",
        expect![[r#"
        something is missing here
        0 0 6 1,,3 * ?
                ^
        days of the month go from 1 to 31; L is the last, LW the last working day, 15W the working day nearest to the 15th
    "#]],
    );
    check_wrong_cron(
        "0 0/90 * * * ?",
        expect![[r#"
        `90` is not a step from one minute to the next
        0 0/90 * * * ?
          ^^^^
        a step is a number from 1 to 60; for longer ones there is `every:`, for example every: 90 min
    "#]],
    );
    check_wrong_cron(
        "0 0 6 L-3 * ?",
        expect![[r#"
        `L-3` counts days back from the end of the month, which is not possible here
        0 0 6 L-3 * ?
              ^^^
        days of the month go from 1 to 31; L is the last, LW the last working day, 15W the working day nearest to the 15th
    "#]],
    );
    check_wrong_cron(
        "0 0 6 ? * MON#6",
        expect![[r#"
        `MON#6` counts weekdays of a month, which go from #1 to #5
        0 0 6 ? * MON#6
                  ^^^^^
        weekdays go by name, SUN, MON, TUE, WED, THU, FRI, SAT; FRI#2 is the second Friday of the month, FRIL the last
    "#]],
    );
    check_wrong_cron(
        "0 6 ? * L",
        expect![[r#"
        `L` does not say of which weekday the last is meant
        0 6 ? * L
                ^
        weekdays go by name, SUN, MON, TUE, WED, THU, FRI, SAT; FRI#2 is the second Friday of the month, FRIL the last
    "#]],
    );
    check_wrong_cron(
        "0 0 6 1 * MON",
        expect![[r#"
        this names days of the month and weekdays, and it is not clear whether one or both must fit
        0 0 6 1 * MON
                  ^^^
        put ? in the place of one of them; the first Monday of a month is MON#1
    "#]],
    );
    check_wrong_cron(
        "0 0 6 é * ?",
        expect![[r#"
        there is no day of the month `é`
        0 0 6 é * ?
              ^
        days of the month go from 1 to 31; L is the last, LW the last working day, 15W the working day nearest to the 15th
    "#]],
    );
}

#[test]
fn the_count_of_fields_is_said() {
    check_wrong_cron(
        "",
        expect![[r#"
        there is no cron expression here

        ^
        the order is: seconds minutes hours day-of-month month weekday, and a year if need be; every day at 06:30 is "0 30 6 * * ?"
    "#]],
    );
    check_wrong_cron(
        "@daily",
        expect![[r#"
        a cron expression has five, six or seven fields, this has one
        @daily
        ^^^^^^
        the order is: seconds minutes hours day-of-month month weekday, and a year if need be; every day at 06:30 is "0 30 6 * * ?"
    "#]],
    );
    check_wrong_cron(
        "0 6 * *",
        expect![[r#"
        a cron expression has five, six or seven fields, this has 4
        0 6 * *
        ^^^^^^^
        the order is: seconds minutes hours day-of-month month weekday, and a year if need be; every day at 06:30 is "0 30 6 * * ?"
    "#]],
    );
    check_wrong_cron(
        "0 0 6 * * ? 2026 2027",
        expect![[r#"
        a cron expression has five, six or seven fields, this has 8
        0 0 6 * * ? 2026 2027
        ^^^^^^^^^^^^^^^^^^^^^
        the order is: seconds minutes hours day-of-month month weekday, and a year if need be; every day at 06:30 is "0 30 6 * * ?"
    "#]],
    );
}

#[test]
fn a_schedule_that_never_fires_is_found() {
    check_wrong_cron(
        "0 0 6 31 2 ?",
        expect![[r#"
        this schedule never fires: February has no 31st
        0 0 6 31 2 ?
        ^^^^^^^^^^^^ day 31, month 2
        the last day of every month at 06:00 is  "0 0 6 L * ?"
    "#]],
    );
    check_wrong_cron(
        "0 6 31 4,6 *",
        expect![[r#"
        this schedule never fires: April and June have no 31st
        0 6 31 4,6 *
        ^^^^^^^^^^^^
        the last day of every month at 06:00 is  "0 6 L * *"
    "#]],
    );
    check_wrong_cron(
        "0 0/5 6 29 2 ? 2027",
        expect![[r#"
        this schedule never fires: no day fits all of its fields
        0 0/5 6 29 2 ? 2027
        ^^^^^^^^^^^^^^^^^^^ day 29, month 2
        the last day of every month is  "0 0/5 6 L * ?"
    "#]],
    );
    check_wrong_cron(
        "0 0 6 30W FEB ?",
        expect![[r#"
        this schedule never fires: no day fits all of its fields
        0 0 6 30W FEB ?
        ^^^^^^^^^^^^^^^
        the last day of every month at 06:00 is  "0 0 6 L * ?"
    "#]],
    );
}

#[test]
fn a_weekday_by_number_is_warned_of() {
    let check = |expression: &str, expected: Expect| {
        let schedule = cron(expression);
        let lines = schedule.warnings().iter().map(|warning| {
            let ScheduleWarning { offset, length, message, help } = warning;
            format!("{}: {message}; {help}\n", &expression[*offset..*offset + *length])
        });
        expected.assert_eq(&lines.collect::<String>());
    };
    check(
        "0 0 6 ? * 2-6",
        expect![[r#"
        2-6: `2-6` counts weekdays from Sunday = 1, so it means MON-FRI; write MON-FRI
    "#]],
    );
    check(
        "0 0 6 ? * 1,SAT,6#3,6L",
        expect![[r#"
        1: `1` counts weekdays from Sunday = 1, so it means SUN; write SUN
        6#3: `6#3` counts weekdays from Sunday = 1, so it means FRI#3; write FRI#3
        6L: `6L` counts weekdays from Sunday = 1, so it means FRIL; write FRIL
    "#]],
    );
    check("0 0 6 ? * MON/2,FRI#1,*/2", expect![]);
    check(
        "0 0 6 ? * L",
        expect![[r#"
        L: `L` counts weekdays from Sunday = 1, so it means SAT; write SAT
    "#]],
    );
    check("0 6 * * 1-5", expect![]);
}

#[test]
fn times_and_days() {
    let check_time = |text: &str, expected: Expect| {
        expected.assert_eq(&marked(text, &TimeOfDay::parse(text).unwrap_err()));
    };
    check_time(
        "24:00",
        expect![[r#"
        there is no hour 24
        24:00
        ^^
        write it as "06:30" or "18:30:15", from 00:00 to 23:59:59
    "#]],
    );
    check_time(
        "06:75",
        expect![[r#"
        there is no minute 75
        06:75
           ^^
        write it as "06:30" or "18:30:15", from 00:00 to 23:59:59
    "#]],
    );
    check_time(
        "6.30",
        expect![[r#"
        `6.30` is not a time of the day
        6.30
        ^^^^
        write it as "06:30" or "18:30:15", from 00:00 to 23:59:59
    "#]],
    );
    check_time(
        "6:30 pm",
        expect![[r#"
        `6:30 pm` is not a time of the day
        6:30 pm
        ^^^^^^^
        write it as "06:30" or "18:30:15", from 00:00 to 23:59:59
    "#]],
    );
    let check_days = |text: &str, expected: Expect| {
        expected.assert_eq(&marked(text, &Days::parse(text).unwrap_err()));
    };
    check_days(
        "mon-fry",
        expect![[r#"
        `fry` is not a day of the week
        mon-fry
            ^^^
        write mon-fri, or mon,wed,fri; the days are mon, tue, wed, thu, fri, sat and sun
    "#]],
    );
    check_days(
        "mon, 3",
        expect![[r#"
        `3` is not a day of the week
        mon, 3
             ^
        write mon-fri, or mon,wed,fri; the days are mon, tue, wed, thu, fri, sat and sun
    "#]],
    );
    check_days(
        "mon,",
        expect![[r#"
        a day of the week is missing here
        mon,
            ^
        write mon-fri, or mon,wed,fri; the days are mon, tue, wed, thu, fri, sat and sun
    "#]],
    );
}

#[test]
fn a_period_has_limits() {
    assert!(Schedule::every(Duration::ZERO).unwrap_err().to_string().contains("10 min"));
    assert!(Schedule::every(Duration::MAX).is_err());
}
