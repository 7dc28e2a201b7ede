//! What is tried again by itself: as `retry:` says, or as the type does.

use processors_api::{
    AnyProcessor, Diagnostic, Effect, ProcessorType, Relationship, RelationshipKind, Scalar,
    diagnostic::{normalize, quote, suggest},
};

use super::{
    code,
    graph::{Retry, RetryPolicy},
    model::{ProcessorModel, RetryModel},
    report::Report,
};
use crate::{
    limits::{ASKED_WAIT_MAX, RETRIES_OF_REPEATABLE, RETRY_WAIT_MAX, RETRY_WAIT_MIN},
    repository::record::Name,
};

/// What is tried again; where nobody knows the relationships, nothing is.
pub(super) fn build(
    model: &ProcessorModel<'_>,
    kind: Option<&ProcessorType>,
    processor: Option<&dyn AnyProcessor>,
    relationships: Option<&[Relationship]>,
    report: &Report<'_>,
) -> Retry {
    let retried = kind.map(|kind| kind.retried).unwrap_or_default();
    let usual: Vec<Name> = retried.iter().map(|name| Name::from(*name)).collect();
    let Some(retry) = &model.retry else {
        let request = kind.is_some_and(|kind| kind.waits);
        let effect = processor.map(AnyProcessor::effect).filter(|_| request);
        return by_itself(effect, usual);
    };
    if let (None, true, Some(kind)) = (&retry.on, usual.is_empty() && retry.times > 0, kind) {
        report.add(nothing_to_retry(retry, kind, relationships));
    }
    let named = |names: &Vec<&Scalar>| named(names, relationships.unwrap_or_default(), report);
    Retry {
        times: retry.times,
        wait_min: retry.wait_min,
        wait_max: retry.wait_max,
        on: retry.on.as_ref().filter(|_| relationships.is_some()).map_or(usual, named),
        policy: retry.policy,
        asked_wait_max: retry.asked_wait_max,
    }
}

/// A repeatable request is tried again also when the flow does not say so.
fn by_itself(effect: Option<Effect>, on: Vec<Name>) -> Retry {
    let repeats = effect == Some(Effect::Repeatable) && !on.is_empty();
    Retry {
        times: if repeats { RETRIES_OF_REPEATABLE } else { 0 },
        wait_min: RETRY_WAIT_MIN,
        wait_max: RETRY_WAIT_MAX,
        on,
        policy: RetryPolicy::default(),
        asked_wait_max: ASKED_WAIT_MAX,
    }
}

fn nothing_to_retry(
    retry: &RetryModel<'_>,
    kind: &ProcessorType,
    relationships: Option<&[Relationship]>,
) -> Diagnostic {
    let message = format!(
        "{} has no relationship that passes by itself, so nothing is tried again",
        kind.name
    );
    let diagnostic = Diagnostic::error(code::NOTHING_TO_RETRY, retry.place, message);
    let mut known = relationships.unwrap_or(kind.relationships).iter();
    let failure = known.find(|relationship| relationship.kind() == RelationshipKind::Failure);
    let Some(failure) = failure else { return diagnostic.label("remove it") };
    let (times, name) = (retry.times, failure.name());
    diagnostic
        .label("say which one with `on:`, or remove it")
        .help(format!("for example: retry: {{ times: {times}, on: [{name}] }}"))
}

/// The failure relationships of those names.
fn named(names: &[&Scalar], relationships: &[Relationship], report: &Report<'_>) -> Vec<Name> {
    let failures: Vec<&str> = relationships
        .iter()
        .filter(|relationship| relationship.kind() == RelationshipKind::Failure)
        .map(Relationship::name)
        .collect();
    let find = |name: &Scalar| failures.iter().find(|failure| **failure == normalize(&name.text));
    let (found, unknown): (Vec<&Scalar>, Vec<&Scalar>) =
        names.iter().copied().partition(|name| find(name).is_some());
    report.add_all(unknown.into_iter().map(|name| unknown_failure(name, &failures)));
    found.into_iter().filter_map(find).map(|failure| Name::from(*failure)).collect()
}

fn unknown_failure(name: &Scalar, failures: &[&str]) -> Diagnostic {
    let message =
        format!("{} is not a failure relationship that could be tried again", quote(&name.text));
    let diagnostic = Diagnostic::error(code::UNKNOWN_RELATIONSHIP, name.span, message);
    match suggest(&name.text, failures.iter().copied()) {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")).fix(name.span, near),
        None if failures.is_empty() => diagnostic.label("this processor has none"),
        None => diagnostic
            .label("it cannot stand here")
            .help(format!("there are: {}", failures.join(", "))),
    }
}
