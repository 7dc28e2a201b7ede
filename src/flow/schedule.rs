//! What `schedule:` says, as a schedule. Its mistakes are shown inside the text, where they are.

use jiff::{Timestamp, tz::TimeZone};
use processors_api::{Diagnostic, Scalar, Span};

use super::{
    code,
    graph::SourceSchedule,
    model::{ScheduleModel, When},
    report::Report,
    zone::{self, FlowZone},
};
use crate::schedule::{Days, Schedule, ScheduleError, TimeOfDay};

/// The schedule; what is wrong with it has been reported when there is none.
pub(super) fn build(
    model: &ScheduleModel<'_>,
    flow_zone: &FlowZone,
    now: Timestamp,
    report: &Report<'_>,
) -> Option<SourceSchedule> {
    let own_zone = model.timezone.map(|named| zone::find(named.value, report));
    let zone = own_zone.unwrap_or_else(|| flow_zone.zone.clone());
    let schedule = match model.when {
        When::Every(period) => {
            if let Some(timezone) = model.timezone {
                let message = "`timezone` does nothing for `every`, which goes by no clock";
                report.add(
                    Diagnostic::warning(code::NO_EFFECT, timezone.span, message)
                        .label("it can be removed"),
                );
            }
            Schedule::every(period.value).map_err(|error| report.add(wrong(period.span, &error)))
        }
        When::At { time, days } => {
            let parsed_time = told(TimeOfDay::parse(&time.text), time, report);
            let days =
                days.map_or(Some(Days::ALL), |days| told(Days::parse(&days.text), days, report));
            Ok(Schedule::at(parsed_time?, days?, zone))
        }
        When::Cron(expression) => Ok(cron(expression, zone, now, report)?),
    };
    Some(SourceSchedule {
        schedule: schedule.ok()?,
        on_nothing: model.on_nothing.map(|on_nothing| on_nothing.value).unwrap_or_default(),
        missed: model.missed,
        overlap: model.overlap,
    })
}

fn cron(
    expression: &Scalar,
    zone: TimeZone,
    now: Timestamp,
    report: &Report<'_>,
) -> Option<Schedule> {
    let schedule = told(Schedule::cron(&expression.text, zone), expression, report)?;
    if schedule.next_after(now, now).is_none() {
        report.add(is_over(expression));
    }
    for warning in schedule.warnings() {
        let place =
            report.source.locate(expression, warning.offset..warning.offset + warning.length);
        let diagnostic = Diagnostic::warning(code::MISREAD_SCHEDULE, place, &warning.message);
        report.add(diagnostic.label("write the name of the day").help(&warning.help));
    }
    Some(schedule)
}

fn told<T>(outcome: Result<T, ScheduleError>, text: &Scalar, report: &Report<'_>) -> Option<T> {
    outcome
        .map_err(|error| {
            let place = report.source.locate(text, error.offset..error.offset + error.length);
            report.add(wrong(place, &error));
        })
        .ok()
}

/// Only a warning: a flow in which one job is done goes on with the others.
fn is_over(expression: &Scalar) -> Diagnostic {
    let message = "this schedule never fires again: the last time it names has passed";
    Diagnostic::warning(code::SCHEDULE, expression.span, message)
        .label("leave the year out, or write a later one")
}

fn wrong(place: Span, error: &ScheduleError) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(code::SCHEDULE, place, &error.message);
    if !error.label.is_empty() {
        diagnostic = diagnostic.label(&error.label);
    }
    diagnostic.help(&error.help)
}
