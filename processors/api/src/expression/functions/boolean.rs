//! Functions that answer yes or no.

use crate::expression::{
    EvaluateError, Type, Value, convert, dates,
    evaluation::Call,
    function::{Answer, Argument, Function, Kind, OnNull},
};

const OTHER: &[Argument] = &[Argument::new("value", Kind::Any)];
const TEXT: &[Argument] = &[Argument::new("text", Kind::Text)];
const TEXTS: &[Argument] = &[Argument::new("text", Kind::Text).repeated()];
const NUMBER: &[Argument] = &[Argument::new("number", Kind::Number)];
const CONDITION: &[Argument] = &[Argument::new("condition", Kind::Boolean)];
const REGEX: &[Argument] = &[Argument::new("regex", Kind::Regex)];
const CHOICES: &[Argument] =
    &[Argument::new("if true", Kind::Text), Argument::new("otherwise", Kind::Text)];
const PATTERN: &[Argument] =
    &[Argument::new("pattern", Kind::Pattern), Argument::new("zone", Kind::Zone).optional()];

const fn asks(kind: Kind, name: &'static str, run: fn(&Call<'_>) -> Answer) -> Function {
    Function::behind(kind, name, Type::Boolean, run).on_null(OnNull::False)
}

pub(super) const FUNCTIONS: &[Function] = &[
    asks(Kind::Any, "isNull", |call| Ok(call.subject.is_null().into()))
        .on_null(OnNull::Handled)
        .doc("Whether there is no value. An empty text is one.")
        .example("${missing:isNull()}", &[], "true"),
    asks(Kind::Any, "notNull", |call| Ok((!call.subject.is_null()).into()))
        .on_null(OnNull::Handled)
        .doc("Whether there is a value, be it empty.")
        .example("${filename:notNull()}", &[("filename", "")], "true"),
    asks(Kind::Text, "isEmpty", is_empty)
        .on_null(OnNull::Handled)
        .doc("Whether there is no value, or only white space.")
        .example("${a:isEmpty()}", &[("a", "  ")], "true"),
    asks(Kind::Any, "equals", equals)
        .takes(OTHER)
        .doc("Whether both are the same. Values of different types are compared by their texts.")
        .example("${status:equals('200')}", &[("status", "200")], "true"),
    asks(Kind::Text, "equalsIgnoreCase", equals_ignore_case)
        .takes(TEXT)
        .doc("Whether both texts are the same but for upper and lower case.")
        .example("${a:equalsIgnoreCase('HELLO')}", &[("a", "Hello")], "true"),
    asks(Kind::Number, "gt", |call| compare(call, |order| order.is_gt()))
        .takes(NUMBER)
        .doc("Whether it is greater. False when either is not a number.")
        .example("${size:gt(1024)}", &[("size", "2048")], "true"),
    asks(Kind::Number, "ge", |call| compare(call, |order| order.is_ge()))
        .takes(NUMBER)
        .doc("Whether it is greater or equal. False when either is not a number.")
        .example("${size:ge(1024)}", &[("size", "1024")], "true"),
    asks(Kind::Number, "lt", |call| compare(call, |order| order.is_lt()))
        .takes(NUMBER)
        .doc("Whether it is less. False when either is not a number.")
        .example("${size:lt(1024)}", &[("size", "1024")], "false"),
    asks(Kind::Number, "le", |call| compare(call, |order| order.is_le()))
        .takes(NUMBER)
        .doc("Whether it is less or equal. False when either is not a number.")
        .example("${size:le(1024)}", &[("size", "x")], "false"),
    asks(Kind::Boolean, "and", |call| decide(call, false))
        .on_null(OnNull::Handled)
        .takes(CONDITION)
        .doc("Whether both are true. Without a value before it, the condition alone decides.")
        .example("${a:isEmpty():and(${b:isEmpty()})}", &[("b", "x")], "false"),
    asks(Kind::Boolean, "or", |call| decide(call, true))
        .on_null(OnNull::Handled)
        .takes(CONDITION)
        .doc("Whether one of both is true. Without a value before it, the condition alone decides.")
        .example("${a:isEmpty():or(${b:isEmpty()})}", &[("b", "x")], "true"),
    asks(Kind::Boolean, "not", not)
        .on_null(OnNull::Handled)
        .doc("The opposite. Any text but `true` counts as false; no value is an error.")
        .example("${a:isEmpty():not()}", &[("a", "x")], "true"),
    Function::behind(Kind::Boolean, "ifElse", Type::String, if_else)
        .on_null(OnNull::Handled)
        .takes(CHOICES)
        .doc("The first text if it is true, the second one otherwise.")
        .example("${a:isEmpty():ifElse('none', 'some')}", &[], "none"),
    asks(Kind::Text, "isJson", is_json)
        .doc("Whether it begins with a JSON object or array.")
        .example("${a:isJson()}", &[("a", "{\"b\": [1]}")], "true"),
    asks(Kind::Text, "isValidDate", is_valid_date)
        .takes(PATTERN)
        .doc("Whether it is a real date of the pattern, and in the zone a time that exists.")
        .example("${day:isValidDate('dd-MM-yyyy')}", &[("day", "31-02-2026")], "false"),
    asks(Kind::Text, "isValidInstant", |call| {
        Ok(dates::read_standard_instant(call.subject_text().trim()).is_some().into())
    })
    .doc("Whether it is an instant in ISO-8601 or RFC 1123.")
    .example("${at:isValidInstant()}", &[("at", "2026-08-04T10:15:30Z")], "true"),
    asks(Kind::Text, "in", is_in).takes(TEXTS).doc("Whether it is one of the texts.").example(
        "${name:in('PAUL', 'JOHN')}",
        &[("name", "JOHN")],
        "true",
    ),
    asks(Kind::Text, "startsWith", |call| with_text(call, |text, part| text.starts_with(part)))
        .takes(TEXT)
        .doc("Whether it begins with the text.")
        .example("${filename:startsWith('inv')}", &[("filename", "invoice.json")], "true"),
    asks(Kind::Text, "endsWith", |call| with_text(call, |text, part| text.ends_with(part)))
        .takes(TEXT)
        .doc("Whether it ends with the text.")
        .example("${filename:endsWith('.json')}", &[("filename", "invoice.json")], "true"),
    asks(Kind::Text, "contains", |call| with_text(call, |text, part| text.contains(part)))
        .takes(TEXT)
        .doc("Whether the text is somewhere in it.")
        .example("${filename:contains('voice')}", &[("filename", "invoice.json")], "true"),
    asks(Kind::Text, "find", find)
        .takes(REGEX)
        .doc("Whether the regular expression matches somewhere in it.")
        .example(r"${filename:find('[0-9]+')}", &[("filename", "invoice-17.json")], "true"),
    asks(Kind::Text, "matches", matches)
        .takes(REGEX)
        .doc("Whether the regular expression matches all of it.")
        .example(r"${filename:matches('.*\.json')}", &[("filename", "invoice.json")], "true"),
];

/// Whether a text is only white space: Java's, to which a no-break space does not belong.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| match c {
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}' => false,
        '\u{1c}'..='\u{1f}' => true,
        _ => c.is_whitespace(),
    })
}

fn is_empty(call: &Call<'_>) -> Answer {
    Ok(is_blank(call.subject_text()).into())
}

fn equals(call: &Call<'_>) -> Answer {
    // Dates are compared as numbers, everything else as it shows: the same type shows alike when it is equal.
    let comparable = |value: Value| match value {
        Value::Date(milliseconds) => Some(milliseconds.to_string()),
        other => convert::into_text(other, call.evaluation),
    };
    if let Value::String(text) = &call.subject
        && let Some(literal) = call.literal(0)
    {
        return Ok((text == literal).into());
    }
    let other = call.value(0)?;
    if let (Value::String(text), Value::String(other)) = (&call.subject, &other) {
        return Ok((text == other).into());
    }
    let other = comparable(other);
    Ok((other.is_some() && comparable(call.subject.clone()) == other).into())
}

fn equals_ignore_case(call: &Call<'_>) -> Answer {
    let other = call.text(0)?;
    Ok(other.is_some_and(|other| equal_but_for_case(&other, call.subject_text())).into())
}

/// As Java does it: character by character, so that `ss` is not `ß`.
fn equal_but_for_case(a: &str, b: &str) -> bool {
    let single =
        |c: char, mut changed: std::char::ToUppercase| match (changed.next(), changed.next()) {
            (Some(only), None) => only,
            _ => c,
        };
    let upper = |c: char| single(c, c.to_uppercase());
    // The dotted capital I is the one letter that becomes two.
    let lower = |c: char| if c == 'İ' { 'i' } else { c.to_lowercase().next().unwrap_or(c) };
    let equal =
        |(a, b): (char, char)| a == b || upper(a) == upper(b) || lower(upper(a)) == lower(upper(b));
    a.chars().count() == b.chars().count() && a.chars().zip(b.chars()).all(equal)
}

fn compare(call: &Call<'_>, holds: fn(std::cmp::Ordering) -> bool) -> Answer {
    let order = match (&call.subject, call.value(0)?) {
        (Value::Whole(a), Value::Whole(b)) => Some(a.cmp(&b)),
        (a, b) => as_decimal(a).zip(as_decimal(&b)).and_then(|(a, b)| a.partial_cmp(&b)),
    };
    Ok(order.is_some_and(holds).into())
}

pub(super) fn as_decimal(value: &Value) -> Option<f64> {
    match value {
        Value::Whole(whole) => Some(*whole as f64),
        Value::Decimal(decimal) => Some(*decimal),
        _ => None,
    }
}

/// `and` and `or`: `decisive` before it settles the matter, otherwise the condition does.
fn decide(call: &Call<'_>, decisive: bool) -> Answer {
    if call.subject == Value::Boolean(decisive) {
        return Ok(decisive.into());
    }
    Ok(call.boolean(0)?.into())
}

fn not(call: &Call<'_>) -> Answer {
    match call.subject {
        Value::Boolean(boolean) => Ok((!boolean).into()),
        _ => Err(call.error("there is no value to turn around")),
    }
}

fn if_else(call: &Call<'_>) -> Answer {
    call.value(usize::from(call.subject != Value::Boolean(true)))
}

fn is_json(call: &Call<'_>) -> Answer {
    let text = call.subject_text().trim();
    let bracketed = (text.starts_with('{') && text.ends_with('}'))
        || (text.starts_with('[') && text.ends_with(']'));
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    Ok((bracketed && matches!(values.next(), Some(Ok(_)))).into())
}

fn is_valid_date(call: &Call<'_>) -> Answer {
    // A computed pattern or zone that is wrong makes no date valid.
    let Ok(Some(pattern)) = call.pattern(0) else { return Ok(false.into()) };
    let zone = match call.text(1)? {
        None => None,
        Some(name) => match dates::zone(&name) {
            None => return Ok(false.into()),
            // Only a place has hours that do not exist.
            zone => zone.filter(|_| !name.starts_with(['+', '-', 'Z'])),
        },
    };
    let text = call.subject_text().trim_matches(|c: char| c <= ' ');
    Ok(pattern.is_real(text, zone.as_ref()).into())
}

fn is_in(call: &Call<'_>) -> Answer {
    for index in 0..call.argument_count() {
        if call.text_or_literal(index)?.as_deref() == Some(call.subject_text()) {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

fn with_text(call: &Call<'_>, holds: fn(&str, &str) -> bool) -> Answer {
    Ok(call.text_or_literal(0)?.is_some_and(|text| holds(call.subject_text(), &text)).into())
}

fn find(call: &Call<'_>) -> Result<Value, EvaluateError> {
    let Some(regex) = call.regex(0)? else { return Ok(false.into()) };
    Ok(regex.is_match(call.subject_text()).map_err(|error| call.error(error.to_string()))?.into())
}

fn matches(call: &Call<'_>) -> Result<Value, EvaluateError> {
    let Some(regex) = call.regex(0)? else { return Ok(false.into()) };
    Ok(regex
        .is_full_match(call.subject_text())
        .map_err(|error| call.error(error.to_string()))?
        .into())
}
