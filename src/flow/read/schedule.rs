//! The keys of `schedule:`. What an `at` or a `cron` means is the schedule's own business.

use processors_api::{
    Node, Span,
    diagnostic::{code, quote},
};

use super::{
    super::{
        code as flow_code,
        graph::{Missed, OnNothing, Overlap},
        model::{ScheduleModel, Spanned, When},
        report::Report,
    },
    value::{Fields, Value},
    warn_of_no_effect,
};

const SCHEDULE_KEYS: &[&str] =
    &["every", "at", "days", "cron", "timezone", "missed", "overlap", "on_nothing"];

pub(super) fn schedule<'n>(
    report: &Report<'_>,
    value: &Value<'n, '_>,
) -> Option<ScheduleModel<'n>> {
    if let Node::Scalar(text) = value.node {
        let message =
            format!("a schedule says how it is meant; {} alone does not", quote(&text.text));
        report.error(
            code::WRONG_KIND,
            text.span,
            message,
            format!("write {}", in_full(&text.text)),
        );
        return None;
    }
    let fields = value.map()?.only(SCHEDULE_KEYS);
    for key in ["missed", "overlap"] {
        if let Some(place) = fields.key(key) {
            warn_of_no_effect(report, key, place);
        }
    }
    let when = when(report, &fields, value.span());
    Some(ScheduleModel {
        timezone: timezone(&fields),
        missed: fields.get("missed").and_then(|value| missed(&value)).unwrap_or_default(),
        overlap: fields.get("overlap").and_then(|value| overlap(&value)).unwrap_or_default(),
        on_nothing: on_nothing(&fields),
        when: when?,
    })
}

fn in_full(text: &str) -> String {
    let text = text.strip_prefix("every ").unwrap_or(text).trim();
    match text.split_whitespace().count() {
        0..=2 if text.contains(':') => format!("`{{ at: \"{text}\" }}`"),
        0..=2 => format!("`{{ every: {text} }}`"),
        _ => format!("`{{ cron: \"{text}\" }}`"),
    }
}

fn when<'n>(report: &Report<'_>, fields: &Fields<'n, '_>, place: Span) -> Option<When<'n>> {
    let given = ["every", "at", "cron"].map(|key| fields.key(key).map(|place| (key, place)));
    let mut given = given.into_iter().flatten();
    let (first, second) = (given.next(), given.next());
    if let (Some((first, _)), Some((second, place))) = (first, second) {
        let message = format!(
            "a schedule has one of `every`, `at` and `cron`; here are `{first}` and `{second}`"
        );
        report.error(flow_code::CONFLICT, place, message, "keep one of them");
        return None;
    }
    if let (Some((key @ ("every" | "cron"), _)), Some(days)) = (first, fields.key("days")) {
        let message = format!("`days` goes with `at`, not with `{key}`");
        report.error(flow_code::CONFLICT, days, message, "remove it, or write `at:`");
    }
    match first.map(|(key, _)| key) {
        Some("every") => {
            let value = fields.get("every")?;
            Some(When::Every(Spanned { value: value.period()?, span: value.span() }))
        }
        Some("at") => {
            let days = fields.text("days");
            Some(When::At { time: fields.text("at")?, days })
        }
        Some(_) => Some(When::Cron(fields.text("cron")?)),
        None => {
            let label = "add `every: 10 min`, `at: \"06:30\"` or `cron: \"...\"`";
            report.error(flow_code::MISSING_KEY, place, "this schedule does not say when", label);
            None
        }
    }
}

fn timezone<'n>(fields: &Fields<'n, '_>) -> Option<Spanned<&'n processors_api::Scalar>> {
    Some(Spanned { value: fields.text("timezone")?, span: fields.key("timezone")? })
}

fn missed(value: &Value<'_, '_>) -> Option<Missed> {
    value.word(&[
        ("skip", Missed::Skip),
        ("run_once", Missed::RunOnce),
        ("run_all", Missed::RunAll),
    ])
}

fn overlap(value: &Value<'_, '_>) -> Option<Overlap> {
    value.word(&[("skip", Overlap::Skip), ("queue", Overlap::Queue), ("allow", Overlap::Allow)])
}

fn on_nothing(fields: &Fields<'_, '_>) -> Option<Spanned<OnNothing>> {
    let value =
        fields.get("on_nothing")?.word(&[("done", OnNothing::Done), ("fail", OnNothing::Fail)])?;
    Some(Spanned { value, span: fields.key("on_nothing")? })
}
