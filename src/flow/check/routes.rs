//! A route that can never match, or always does: by its own words, or since nothing sets what it asks for. What a
//! parameter decides is no mistake: it may be another one tomorrow.

use processors_api::{
    Condition, Diagnostic, Expr,
    decode::PropertyText,
    diagnostic::quote,
    expression::{StaticScope, Template, Value},
};

use super::{
    super::{code, placed::Placed},
    Checked,
    attributes::Available,
};

/// How an author says on purpose that a route always matches.
const ON_PURPOSE: &str = "${literal(";

/// Why a condition always gives the same.
enum Why<'t> {
    Words,
    /// Nothing sets what it asks for.
    Unset(Vec<&'t str>),
}

pub(super) fn check(checked: &Checked<'_>, available: &Available<'_>) {
    for (at, placed) in checked.placed.iter().enumerate() {
        let mut told: Vec<&str> = Vec::new();
        for condition in placed.facts.conditions.iter().filter(|condition| !condition.negated) {
            let template = condition.expression.template();
            let text = placed.texts.iter().find(|text| text.template.source() == template.source());
            let Some(text) = text.filter(|text| !told.contains(&&*text.key)) else { continue };
            if let Some((always, why)) = known(condition, at, available) {
                told.push(&text.key);
                report(checked, placed, text, always, &why);
            }
        }
    }
}

/// What a condition always gives, and why.
fn known<'t>(
    condition: &'t Condition,
    at: usize,
    available: &Available<'_>,
) -> Option<(bool, Why<'t>)> {
    let template = condition.expression.template();
    let on_purpose = template.source().starts_with(ON_PURPOSE) && template.attributes().is_empty();
    if let Some(always) = template.always() {
        return (!always || !on_purpose).then_some((always, Why::Words));
    }
    if !template.is_pure() || !template.parameters().is_empty() {
        return None;
    }
    let names = names(template);
    if names.iter().any(|name| available.may_be_set(name, at)) {
        return None;
    }
    // What may not be absent is told as an attribute that nothing sets.
    if template.attributes().iter().any(|reference| !reference.may_be_absent) {
        return None;
    }
    let always = evaluate(&condition.expression)?;
    if always && on_purpose {
        return None;
    }
    Some((always, if names.is_empty() { Why::Words } else { Why::Unset(names) }))
}

fn names(template: &Template) -> Vec<&str> {
    let mut names: Vec<&str> =
        template.attributes().iter().map(|reference| reference.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn evaluate(condition: &Expr<bool>) -> Option<bool> {
    let value = condition.template().evaluate_value(&StaticScope::new()).ok()?;
    match value.reveal() {
        Value::Boolean(value) => Some(*value),
        Value::Null => Some(false),
        _ => None,
    }
}

fn report(
    checked: &Checked<'_>,
    placed: &Placed<'_>,
    text: &PropertyText,
    always: bool,
    why: &Why<'_>,
) {
    let is_route = placed.relationships.iter().flatten().any(|one| one.name() == &*text.key);
    let what = if is_route { "route" } else { "condition" };
    let key = quote(&text.key);
    let message = match (always, is_route) {
        (false, true) => format!("the {what} {key} can never match"),
        (true, true) => format!("the {what} {key} always matches"),
        (false, false) => format!("the {what} {key} can never be true"),
        (true, false) => format!("the {what} {key} is always true"),
    };
    let label = match why {
        Why::Words if always => "no flowfile can make this false".to_owned(),
        Why::Words => "no flowfile can make this true".to_owned(),
        Why::Unset(names) => {
            let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
            format!("nothing before `{}` sets {}", placed.model.id.text, names.join(", "))
        }
    };
    let diagnostic =
        Diagnostic::warning(code::SAME_EVERY_TIME, text.scalar.span, message).label(label);
    let try_it = try_it(&text.template);
    let is_short = text.template.source().len() <= 100 && !text.template.source().contains('\n');
    checked.report.add(if is_short { diagnostic.help(try_it) } else { diagnostic });
}

/// The command that shows it, as a shell takes it.
fn try_it(template: &Template) -> String {
    let escaped = template.source().chars().flat_map(|sign| {
        let backslash = matches!(sign, '$' | '"' | '`' | '\\').then_some('\\');
        backslash.into_iter().chain([sign])
    });
    let attribute = template.attributes().first().map_or("name", |reference| &reference.name);
    format!("try it: headwater eval \"{}\" -a {attribute}=VALUE", escaped.collect::<String>())
}
