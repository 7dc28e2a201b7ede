//! What the operators of a filter mean: a number and a text that shows it are equal, but only texts have an order among
//! themselves, and numbers among themselves. Whatever cannot be compared is simply not true.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{LookupError, filter::Side, function::number, limits::BYTES_PER_VISIT, walk::Lookup};
use crate::{JavaRegex, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    /// Equal and of the same type.
    Identical,
    NotIdentical,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    Contains,
    All,
    Size,
    Empty,
    SubsetOf,
    AnyOf,
    NoneOf,
}

impl Operator {
    /// The ones written with signs, a longer one before one that it begins with.
    pub(super) const SIGNS: [(&'static str, Self); 9] = [
        ("===", Self::Identical),
        ("!==", Self::NotIdentical),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("=~", Self::Matches),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    /// The ones written as words, in any case.
    pub(super) const WORDS: [(&'static str, Self); 9] = [
        ("in", Self::In),
        ("nin", Self::NotIn),
        ("contains", Self::Contains),
        ("all", Self::All),
        ("size", Self::Size),
        ("empty", Self::Empty),
        ("subsetof", Self::SubsetOf),
        ("anyof", Self::AnyOf),
        ("noneof", Self::NoneOf),
    ];

    /// Whether it may compare each of one list with each of another.
    fn is_of_lists(self) -> bool {
        Self::WORDS.iter().any(|(_, word)| *word == self)
    }

    /// All of them, for a message.
    pub(super) fn names() -> String {
        let all = Self::SIGNS.iter().chain(&Self::WORDS);
        all.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
    }
}

/// Whether `left operator right` is true.
pub(super) fn holds(
    left: &Side<'_>,
    operator: Operator,
    right: &Side<'_>,
    lookup: &Lookup<'_, '_>,
) -> Result<bool, LookupError> {
    let (left, right) = match (left, right) {
        (Side::Regex(regex), Side::Value(value)) | (Side::Value(value), Side::Regex(regex)) => {
            return matches(regex, value, lookup);
        }
        (Side::Value(left), Side::Value(right)) => (&**left, &**right),
        // Nothing is equal to nothing, not even nothing.
        _ => return Ok(matches!(operator, Operator::NotEqual | Operator::NotIdentical)),
    };
    let (one, other) = (weight(left), weight(right));
    lookup.spend(if operator.is_of_lists() {
        one.saturating_mul(other)
    } else {
        one.max(other)
    })?;
    Ok(compare(left, operator, right))
}

/// How much work it is to look at all of a value.
pub(super) fn weight(value: &Value) -> u64 {
    match value {
        Value::Array(items) => 1 + items.iter().map(weight).sum::<u64>(),
        Value::Object(members) => 1 + members.values().map(weight).sum::<u64>(),
        Value::String(text) => 1 + text.len() as u64 / BYTES_PER_VISIT,
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn compare(left: &Value, operator: Operator, right: &Value) -> bool {
    let ordered = |holds: fn(Ordering) -> bool| order(left, right).is_some_and(holds);
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Identical => same_type(left, right) && equal(left, right),
        Operator::NotIdentical => !(same_type(left, right) && equal(left, right)),
        Operator::Less => ordered(Ordering::is_lt),
        Operator::LessOrEqual => ordered(Ordering::is_le),
        Operator::Greater => ordered(Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(Ordering::is_ge),
        Operator::In => is_among(left, right),
        Operator::NotIn => !is_among(left, right),
        Operator::Contains => contains(left, right),
        Operator::All => right.as_array().is_some_and(|wanted| {
            left.is_array() && wanted.iter().all(|wanted| contains(left, wanted))
        }),
        Operator::Size => right.as_i64().is_some_and(|size| length(left) == Some(size)),
        Operator::Empty => {
            right.as_bool().is_some_and(|empty| length(left).map(|size| size == 0) == Some(empty))
        }
        Operator::SubsetOf => lists(left, right)
            .is_some_and(|(left, _)| left.iter().all(|item| is_among(item, right))),
        Operator::AnyOf => lists(left, right)
            .is_some_and(|(left, _)| left.iter().any(|item| is_among(item, right))),
        Operator::NoneOf => lists(left, right)
            .is_some_and(|(left, _)| !left.iter().any(|item| is_among(item, right))),
        // Only with a regular expression, which is seen to above.
        Operator::Matches => false,
    }
}

fn lists<'a>(left: &'a Value, right: &'a Value) -> Option<(&'a [Value], &'a [Value])> {
    Some((left.as_array()?, right.as_array()?))
}

/// Equal as the library has it: a number on the left also to a text that is one, a text to a number that shows so.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Number(a), Value::String(text)) => {
            serde_json::from_str(text.trim()).is_ok_and(|b| same_number(a, &b))
        }
        (Value::String(text), Value::Number(number)) => *text == json::number_text(number),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_type(a, b) && equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same = |(name, a): (&String, &Value)| {
                b.get(name).is_some_and(|b| same_type(a, b) && equal(a, b))
            };
            a.len() == b.len() && a.iter().all(same)
        }
        _ => left == right,
    }
}

fn same_type(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// Whole numbers are compared digit by digit, however many they have.
fn same_number(a: &Number, b: &Number) -> bool {
    let (a_text, b_text) = (json::number_text(a), json::number_text(b));
    a_text == b_text || (!(is_whole(&a_text) && is_whole(&b_text)) && decimal(a) == decimal(b))
}

fn is_whole(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn decimal(number: &Number) -> f64 {
    number.as_str().parse().unwrap_or(f64::NAN)
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i128(), b.as_i128()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => number(left)?.partial_cmp(&number(right)?),
        },
        // As in Java, by UTF-16 units.
        (Value::String(a), Value::String(b)) => Some(a.encode_utf16().cmp(b.encode_utf16())),
        _ => None,
    }
}

fn is_among(value: &Value, list: &Value) -> bool {
    list.as_array().is_some_and(|items| items.iter().any(|item| equal(value, item)))
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::String(whole), Value::String(part)) => whole.contains(part.as_str()),
        (Value::Array(_), _) => is_among(part, whole),
        _ => false,
    }
}

fn length(value: &Value) -> Option<i64> {
    let length = match value {
        Value::String(text) => text.encode_utf16().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => return None,
    };
    i64::try_from(length).ok()
}

/// Whether the whole text matches, or of a list any.
fn matches(regex: &JavaRegex, value: &Value, lookup: &Lookup<'_, '_>) -> Result<bool, LookupError> {
    let matches_one = |value: &Value| {
        let text = match value {
            Value::String(text) => text.as_str().into(),
            Value::Number(number) => json::number_text(number),
            Value::Bool(true) => "true".into(),
            Value::Bool(false) => "false".into(),
            _ => "".into(),
        };
        lookup.spend_text(text.len())?;
        regex.is_full_match(&text).map_err(|_| LookupError::Regex)
    };
    let Value::Array(items) = value else { return matches_one(value) };
    for item in items {
        if matches_one(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
