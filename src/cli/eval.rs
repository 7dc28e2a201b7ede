//! `headwater eval`: one expression over given attributes, as a processor would see it.

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use processors_api::{
    Diagnostic, Entropy, Source, Text,
    diagnostic::{code, render},
    expression::{ExpressionError, OpenSign, StaticScope, Template, TypedValue, Value, open_signs},
};
use serde_json::{Number, Value as Json, json};

use super::{Common, Exit, given, load, output};
use crate::{
    engine,
    system::{self, SystemEntropy},
};

/// The name that messages give to what was typed.
const NAME: &str = "expression";

#[derive(Args)]
pub(super) struct EvalArgs {
    /// A whole property value; there may be text around `${...}`
    expression: String,
    #[command(flatten)]
    attributes: given::Attributes,
    /// What the processor remembers, for getStateValue(), as a JSON object
    #[arg(long, value_name = "JSON")]
    state: Option<String>,
    /// The value is exactly one expression: show its type too
    #[arg(long = "type")]
    typed: bool,
    /// One object: ok, text, type and value; or ok, stage and error
    #[arg(long)]
    json: bool,
}

/// Why there is no value.
enum Failed {
    /// It is not an expression.
    Validate(ExpressionError),
    /// It is one, and gave nothing.
    Run(String),
}

pub(super) fn eval(args: EvalArgs, common: &Common) -> anyhow::Result<Exit> {
    let scope = scope(&args, common)?;
    match evaluated(&args, &scope) {
        Ok(value) => {
            output::out(if args.json { json(&value).to_string() } else { shown(&args, &value) })?;
            Ok(Exit::Done)
        }
        Err(failed) => {
            if args.json {
                output::out(failed.json())?;
            } else {
                output::err(failed.shown(&args.expression).trim_end());
            }
            Ok(Exit::Failed)
        }
    }
}

fn scope(args: &EvalArgs, common: &Common) -> anyhow::Result<StaticScope> {
    let mut seed = [0; 8];
    SystemEntropy.fill(&mut seed);
    let host = engine::host();
    let mut scope = StaticScope::new()
        .with_parameters(given::parameters(common)?)
        .at(Timestamp::now())
        .in_zone(TimeZone::system())
        .with_seed(u64::from_ne_bytes(seed))
        .on_host(host.name, host.address);
    for (name, value) in args.attributes.read()? {
        scope = scope.with_attribute(name, value);
    }
    let state = args.state.as_deref().map(|json| given::object("--state", json)).transpose()?;
    for (name, value) in state.unwrap_or_default() {
        scope = scope.with_state(name, value);
    }
    for (name, value) in &*system::environment() {
        scope = scope.with_environment(name.as_str(), value.as_str());
    }
    Ok(scope)
}

fn evaluated(args: &EvalArgs, scope: &StaticScope) -> Result<TypedValue, Failed> {
    let template = Template::compile(&args.expression).map_err(Failed::Validate)?;
    if args.typed && template.value_type().is_none() {
        return Err(Failed::Validate(not_one_expression(&args.expression)));
    }
    template.evaluate_value(scope).map_err(|error| Failed::Run(error.to_string()))
}

fn not_one_expression(typed: &str) -> ExpressionError {
    let mut open = open_signs(typed).into_iter().filter(|(sign, _)| *sign != OpenSign::NoName);
    let open = open.next().map(|(_, place)| place);
    let label = match open {
        Some(_) => "this is never closed: is a `}`, a quote or a bracket missing?",
        None => "text around it, or none at all",
    };
    let place = open.unwrap_or(0..typed.len());
    ExpressionError {
        offset: place.start,
        length: place.len(),
        message: "with --type this must be exactly one expression".to_owned(),
        label: Some(label.to_owned()),
        help: vec!["without --type it is evaluated as text".to_owned()],
        fix: None,
    }
}

/// For a person: the text, with its type when that was asked for.
fn shown(args: &EvalArgs, value: &TypedValue) -> String {
    let text = value.text().masked();
    match value.reveal() {
        Value::Null if args.typed => "null".to_owned(),
        typed if args.typed => format!("{} {text}", typed.type_name()),
        _ => text.to_owned(),
    }
}

fn json(value: &TypedValue) -> Json {
    let text = value.text();
    json!({
        "ok": true,
        "text": text.masked(),
        "type": value.reveal().type_name(),
        "value": json_value(value.reveal(), text),
    })
}

fn json_value(value: &Value, text: &Text) -> Json {
    match value {
        Value::Null => Json::Null,
        _ if text.is_sensitive() => text.masked().into(),
        Value::Whole(whole) | Value::Date(whole) => (*whole).into(),
        // JSON has no word for what is not a number or not finite.
        Value::Decimal(decimal) => {
            Number::from_f64(*decimal).map_or_else(|| text.reveal().into(), Json::Number)
        }
        Value::Boolean(truth) => (*truth).into(),
        Value::String(text) => text.as_str().into(),
        Value::Instant(instant) => instant.to_string().into(),
    }
}

impl Failed {
    fn json(&self) -> Json {
        match self {
            Self::Validate(error) => {
                json!({ "ok": false, "stage": "validate", "error": error.to_string() })
            }
            Self::Run(error) => json!({ "ok": false, "stage": "evaluate", "error": error }),
        }
    }

    fn shown(&self, typed: &str) -> String {
        match self {
            Self::Validate(error) => rendered(typed, error),
            Self::Run(error) => format!("headwater: {error}"),
        }
    }
}

/// The mistake at its place in what was typed.
fn rendered(typed: &str, error: &ExpressionError) -> String {
    let source = Source::new(NAME, typed);
    let span = source.span(error.offset..error.offset + error.length);
    let mut diagnostic = Diagnostic::error(code::EXPRESSION, span, error.message.clone());
    diagnostic.label.clone_from(&error.label);
    diagnostic.help.clone_from(&error.help);
    render(&source, &diagnostic, &[], load::look())
}
