//! Schedules where they make sense: a source without one, `on_nothing` without a source, times without a zone.

use processors_api::Diagnostic;

use super::{
    super::{code, model::When, placed::Placed},
    Checked,
};

pub(super) fn check(checked: &Checked<'_>) {
    let known = checked.placed.iter().enumerate().filter(|(_, placed)| placed.kind.is_some());
    for (at, placed) in known {
        if checked.is_source(at) {
            check_source(checked, placed);
        } else {
            check_other(checked, placed);
        }
    }
    check_zone(checked);
}

fn check_source(checked: &Checked<'_>, placed: &Placed<'_>) {
    let model = placed.model;
    // What has no input only because another place is mistyped is no source.
    let is_by_mistake = placed.takes_flowfiles() && checked.report.has_errors();
    if model.schedule_key.is_some() || !model.enabled || is_by_mistake {
        return;
    }
    let message =
        format!("`{}` has no schedule: it fires only with `headwater run`", model.id.text);
    let diagnostic = Diagnostic::warning(code::NO_SCHEDULE, model.id.span, message);
    if let Some(line) = commented_out(checked, placed) {
        let label = format!("`schedule:` at line {line} is a comment");
        checked.report.add(diagnostic.label(label).help("take the `#` away, and it fires again"));
        return;
    }
    checked.report.add(diagnostic.label("add `schedule: { every: 10 min }`, or how often it is"));
}

/// The line of a schedule that stands in the processor as a comment.
fn commented_out(checked: &Checked<'_>, placed: &Placed<'_>) -> Option<usize> {
    let source = checked.report.source;
    let first = placed.model.id.span.start.line + 1;
    let others = checked.placed.iter().map(|placed| placed.model.id.span.start.line);
    let end = others.filter(|line| *line >= first).min().unwrap_or(source.lines() + 1);
    (first..end).find(|line| {
        let comment = source.line(*line).trim_start().strip_prefix('#');
        comment
            .is_some_and(|comment| comment.trim_start_matches(['#', ' ']).starts_with("schedule:"))
    })
}

fn check_other(checked: &Checked<'_>, placed: &Placed<'_>) {
    let model = placed.model;
    if let Some(key) = model.schedule_key.filter(|_| !checked.report.has_errors()) {
        let message = format!(
            "`schedule` is read but has no effect yet in this version: `{}` is no source",
            model.id.text
        );
        let diagnostic = Diagnostic::warning(code::NO_EFFECT, key, message);
        checked.report.add(diagnostic.label("it runs as soon as there is something to do"));
    }
    let schedule = model.schedule.as_ref();
    if let Some(on_nothing) = schedule.and_then(|schedule| schedule.on_nothing) {
        let message = format!("`on_nothing` does nothing here: `{}` is no source", model.id.text);
        let diagnostic = Diagnostic::warning(code::NO_EFFECT, on_nothing.span, message);
        checked.report.add(diagnostic.label("it can be removed"));
    }
}

/// One warning a flow: one line mends them all.
fn check_zone(checked: &Checked<'_>) {
    if !checked.zone.is_machines {
        return;
    }
    let schedules = checked.placed.iter().filter_map(|placed| placed.model.schedule.as_ref());
    let without_zone = schedules.filter(|schedule| schedule.timezone.is_none());
    let mut times = without_zone.filter_map(|schedule| match schedule.when {
        When::Every(_) => None,
        When::At { time, .. } => Some(time),
        When::Cron(expression) => Some(expression),
    });
    if let Some(time) = times.next() {
        let message =
            "this flow names no time zone, so this goes by the clock of the machine it runs on";
        let diagnostic = Diagnostic::warning(code::NO_ZONE, time.span, message);
        checked.report.add(diagnostic.label("add `timezone: Area/City` at the top of the file"));
    }
}
