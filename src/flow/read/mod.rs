//! A tree into a [`FlowModel`]: which keys there are, and what kind of value each wants. Whether what they name exists is
//! not its business.
//!
//! Every mistake is reported where it is found, and what is around it is read on.

mod place;
mod processor;
mod retry;
mod schedule;
mod value;

use processors_api::{Diagnostic, Node, Scalar, Span, diagnostic::quote};

use self::value::{Fields, Value};
use super::{
    code as flow_code,
    model::{FlowModel, ParameterModel, ParameterValue},
    report::Report,
};
use crate::limits::ID_CHARS_MAX;

pub(super) use processor::PROCESSOR_KEYS;
pub(super) use value::unknown_key;

const FLOW_KEYS: &[&str] = &["flow", "description", "timezone", "parameters", "processors"];
const PARAMETER_KEYS: &[&str] = &["env", "file", "secret", "sensitive"];

/// What may stand in the name of a parameter besides letters and digits, as in NiFi.
const PARAMETER_SIGNS: &str = "_-. ";

/// Reads a whole file.
pub(super) fn flow<'n>(report: &Report<'_>, root: &'n Node) -> Option<FlowModel<'n>> {
    let fields = Value::new(report, root, "a flow file").map()?;
    for key in fields.strange(FLOW_KEYS) {
        report.add(strange_key(key));
    }
    let start = report.source.span(0..0);
    Some(FlowModel {
        name: flow_name(report, &fields, start),
        description: fields.text("description"),
        timezone: fields.text("timezone"),
        parameters_place: fields.key("parameters").unwrap_or(start),
        parameters: parameters(report, &fields),
        processors: processor::processors(report, &fields, start),
    })
}

fn strange_key(key: &Scalar) -> Diagnostic {
    if !PROCESSOR_KEYS.contains(&&*key.text) {
        return unknown_key(key, "a flow", FLOW_KEYS);
    }
    let message = format!(
        "{} belongs to a processor, and here it belongs to the whole flow",
        quote(&key.text)
    );
    Diagnostic::error(flow_code::TOO_SHALLOW, key.span, message)
        .label("indent it by four spaces, under the id of its processor")
}

fn flow_name<'n>(report: &Report<'_>, fields: &Fields<'n, '_>, start: Span) -> Option<&'n Scalar> {
    let Some(value) = fields.get("flow") else {
        fields.missing("flow", start, "add it as the first line");
        return None;
    };
    let name = value.text()?;
    check_id(report, name, "the name of a flow");
    // It names a folder: nobody is handed one that leads elsewhere.
    is_id(&name.text).then_some(name)
}

/// Reports what is no id: it names folders and connections.
fn check_id(report: &Report<'_>, id: &Scalar, what: &str) {
    if is_id(&id.text) {
        return;
    }
    let label = match nearest_id(&id.text) {
        near if near == *id.text => format!("at most {ID_CHARS_MAX} characters"),
        near if is_id(&near) => format!("did you mean `{near}`?"),
        _ => "write another name".to_owned(),
    };
    let diagnostic = Diagnostic::error(
        flow_code::NAME,
        id.span,
        format!("{what} cannot be {}", quote(&id.text)),
    );
    let help = "small letters from a to z, digits and hyphens, and not a hyphen first";
    report.add(diagnostic.label(label).help(help));
}

fn is_id(name: &str) -> bool {
    let fits = |sign: char| matches!(sign, 'a'..='z' | '0'..='9' | '-');
    !name.is_empty()
        && name.len() <= ID_CHARS_MAX
        && !name.starts_with('-')
        && name.chars().all(fits)
}

/// `Call Xero (new)` as `call-xero-new`; nothing where letters would be lost.
fn nearest_id(name: &str) -> String {
    if name.chars().any(|sign| sign.is_alphanumeric() && !sign.is_ascii()) {
        return String::new();
    }
    let words = name.split(|sign: char| !sign.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

fn parameters<'n>(report: &Report<'_>, fields: &Fields<'n, '_>) -> Vec<ParameterModel<'n>> {
    let Some(fields) = fields.get("parameters").and_then(|value| value.map()) else {
        return Vec::new();
    };
    fields.entries().iter().map(|entry| parameter(report, &entry.key, &entry.value)).collect()
}

fn parameter<'n>(report: &Report<'_>, name: &'n Scalar, node: &'n Node) -> ParameterModel<'n> {
    let fits = |sign: char| sign.is_ascii_alphanumeric() || PARAMETER_SIGNS.contains(sign);
    if name.text.trim().is_empty()
        || name.text.trim() != &*name.text
        || !name.text.chars().all(fits)
    {
        let message = format!("a parameter cannot be called {}", quote(&name.text));
        report.error(
            flow_code::NAME,
            name.span,
            message,
            "letters, digits, `_`, `-`, `.` and blanks inside",
        );
    }
    let value = Value::new(report, node, format!("the parameter {}", quote(&name.text)));
    match node {
        Node::Scalar(text) => {
            ParameterModel { name, value: ParameterValue::Literal(text), sensitive: false }
        }
        Node::Map(_) => sourced_parameter(report, name, &value),
        _ => {
            value.wrong_kind("a text");
            ParameterModel { name, value: ParameterValue::Broken, sensitive: false }
        }
    }
}

fn sourced_parameter<'n>(
    report: &Report<'_>,
    name: &'n Scalar,
    value: &Value<'n, '_>,
) -> ParameterModel<'n> {
    let Some(fields) = value.map().map(|fields| fields.only(PARAMETER_KEYS)) else {
        return ParameterModel { name, value: ParameterValue::Broken, sensitive: false };
    };
    // Who mistypes `sensitive: true` wants a secret.
    let sensitive = fields.get("sensitive").is_some_and(|value| value.truth().unwrap_or(true));
    let given = ["env", "file", "secret"].map(|key| fields.key(key).map(|place| (key, place)));
    let mut given = given.into_iter().flatten();
    let value = match (given.next(), given.next()) {
        (None, _) if fields.strange(PARAMETER_KEYS).next().is_some() => ParameterValue::Broken,
        (None, _) => ParameterValue::Outside,
        (Some((first, _)), Some((second, place))) => {
            let message =
                format!("the parameter {} has both `{first}` and `{second}`", quote(&name.text));
            report.error(flow_code::CONFLICT, place, message, "keep one of them");
            ParameterValue::Broken
        }
        (Some((key, _)), None) => match (key, fields.text(key)) {
            (_, None) => ParameterValue::Broken,
            ("env", Some(text)) => ParameterValue::Environment(text),
            ("file", Some(text)) => ParameterValue::File(text),
            (_, Some(text)) => ParameterValue::Secret(text),
        },
    };
    ParameterModel { name, value, sensitive }
}

/// Warns of a key that is read, and does nothing.
fn warn_of_no_effect(report: &Report<'_>, key: &str, place: Span) {
    let message = format!("`{key}` is read but has no effect yet in this version");
    let label = "the flow runs as if it were not there";
    report.add(Diagnostic::warning(flow_code::NO_EFFECT, place, message).label(label));
}
