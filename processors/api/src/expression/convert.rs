//! How a value becomes one of another type. Not whether it may: the compiler has refused what never can.

use jiff::Timestamp;

use super::{
    EvaluateError, Type, Value,
    dates::{self},
    evaluation::Evaluation,
    function::Answer,
    number::{self, Number},
};

/// The value as `wanted`; null when it has no such form.
pub(super) fn to(value: Value, wanted: Type, evaluation: &Evaluation<'_>) -> Answer {
    match wanted {
        Type::String => Ok(into_text(value, evaluation).into()),
        Type::Whole => Ok(match to_number(value, evaluation)? {
            Value::Decimal(decimal) => Value::Whole(decimal as i64),
            other => other,
        }),
        Type::Decimal => Ok(match to_number(value, evaluation)? {
            Value::Whole(whole) => Value::Decimal(whole as f64),
            other => other,
        }),
        Type::Number => to_number(value, evaluation),
        Type::Boolean => Ok(match value {
            Value::String(text) => {
                text.trim_matches(|c: char| c <= ' ').eq_ignore_ascii_case("true").into()
            }
            Value::Boolean(_) => value,
            _ => Value::Null,
        }),
        Type::Date => to_date(value, evaluation),
        Type::Instant => to_instant(value, evaluation),
    }
}

/// The text of a value; `None` for null.
pub(super) fn text(value: &Value, evaluation: &Evaluation<'_>) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Whole(whole) => whole.to_string(),
        Value::Decimal(decimal) => number::decimal_text(*decimal),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Date(milliseconds) => dates::date_text(*milliseconds, evaluation.scope.time_zone()),
        Value::Instant(instant) => dates::instant_text(*instant),
    })
}

/// As [`text`], for a value that is not needed any more.
pub(super) fn into_text(value: Value, evaluation: &Evaluation<'_>) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        other => text(&other, evaluation),
    }
}

fn to_number(value: Value, evaluation: &Evaluation<'_>) -> Answer {
    Ok(match value {
        Value::String(text) => match number::parse(&text) {
            Ok(Some(Number::Whole(whole))) => Value::Whole(whole),
            Ok(Some(Number::Decimal(decimal))) => Value::Decimal(decimal),
            Ok(None) => Value::Null,
            Err(number::OutOfRange) => return Err(cannot(&text, Type::Whole, evaluation)),
        },
        Value::Date(milliseconds) => Value::Whole(milliseconds),
        Value::Instant(instant) => Value::Whole(instant.as_millisecond()),
        Value::Whole(_) | Value::Decimal(_) => value,
        Value::Null | Value::Boolean(_) => Value::Null,
    })
}

fn to_date(value: Value, evaluation: &Evaluation<'_>) -> Answer {
    match value {
        Value::String(text) => dates::read_date(&text, evaluation.scope.time_zone())
            .map(Value::Date)
            .ok_or_else(|| cannot(&text, Type::Date, evaluation)),
        Value::Whole(whole) => Ok(Value::Date(whole)),
        Value::Decimal(decimal) => Ok(Value::Date(decimal as i64)),
        Value::Date(_) => Ok(value),
        Value::Null | Value::Boolean(_) | Value::Instant(_) => Ok(Value::Null),
    }
}

fn to_instant(value: Value, evaluation: &Evaluation<'_>) -> Answer {
    match value {
        Value::String(text) => dates::read_instant(&text)
            .map(Value::Instant)
            .ok_or_else(|| cannot(&text, Type::Instant, evaluation)),
        Value::Whole(whole) => from_milliseconds(whole, evaluation),
        Value::Decimal(decimal) => from_milliseconds(decimal as i64, evaluation),
        Value::Instant(_) => Ok(value),
        Value::Null | Value::Boolean(_) | Value::Date(_) => Ok(Value::Null),
    }
}

/// An instant from milliseconds since 1970.
pub(super) fn from_milliseconds(milliseconds: i64, evaluation: &Evaluation<'_>) -> Answer {
    Timestamp::from_millisecond(milliseconds)
        .map(Value::Instant)
        .map_err(|_| cannot(&milliseconds.to_string(), Type::Instant, evaluation))
}

fn cannot(text: &str, wanted: Type, evaluation: &Evaluation<'_>) -> EvaluateError {
    EvaluateError::Conversion { value: evaluation.quote(text), wanted }
}
