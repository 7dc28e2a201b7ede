//! The functions that may end a path: `$.list.length()`, `$..price.sum()`. Not those of filters' operators.

use serde_json::{Number, Value};

use super::{LookupError, step::Route};
use crate::json;

/// How many bytes a text may have that `concat()` makes.
const CONCAT_BYTES_MAX: usize = 20 * 1024 * 1024;

/// A function with its arguments.
#[derive(Debug)]
pub(super) struct Call {
    function: Function,
    pub(super) arguments: Vec<Argument>,
}

#[derive(Debug)]
pub(super) enum Argument {
    Literal(Value),
    Path(Route),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Length,
    Min,
    Max,
    Avg,
    Sum,
    Stddev,
    Keys,
    Concat,
    Append,
    First,
    Last,
    Index,
}

/// What a function works on.
pub(super) enum Input<'a> {
    /// A value that was found.
    One(&'a Value),
    /// All that was found.
    Gathered(Vec<&'a Value>),
}

type Answer = Result<Value, &'static str>;

impl Function {
    const NAMED: [(&'static str, Self); 13] = [
        ("length", Self::Length),
        ("size", Self::Length),
        ("min", Self::Min),
        ("max", Self::Max),
        ("avg", Self::Avg),
        ("sum", Self::Sum),
        ("stddev", Self::Stddev),
        ("keys", Self::Keys),
        ("concat", Self::Concat),
        ("append", Self::Append),
        ("first", Self::First),
        ("last", Self::Last),
        ("index", Self::Index),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    /// All their names, for a message.
    pub(super) fn names() -> String {
        Self::NAMED.map(|(name, _)| name).join(", ")
    }

    fn name(self) -> &'static str {
        let known = Self::NAMED.iter().find(|(_, function)| *function == self);
        known.map_or("", |(name, _)| name)
    }
}

impl<'a> Input<'a> {
    fn items(&self) -> Option<Vec<&'a Value>> {
        match self {
            Self::One(Value::Array(items)) => Some(items.iter().collect()),
            Self::One(_) => None,
            Self::Gathered(values) => Some(values.clone()),
        }
    }
}

impl Call {
    pub(super) fn new(function: Function, arguments: Vec<Argument>) -> Result<Self, String> {
        let name = function.name();
        match (function, arguments.len()) {
            (Function::Keys | Function::First | Function::Last, 1..) => {
                Err(format!("`{name}()` takes no arguments"))
            }
            (Function::Length, 2..) => Err(format!("`{name}()` takes one argument at most")),
            (Function::Index, 0 | 2..) => Err(format!("`{name}()` takes one argument: a place")),
            _ => Ok(Self { function, arguments }),
        }
    }

    pub(super) fn is_length(&self) -> bool {
        self.function == Function::Length && self.arguments.is_empty()
    }

    /// What it makes of what was found and of its arguments.
    pub(super) fn apply(
        &self,
        input: &Input<'_>,
        arguments: &[Value],
    ) -> Result<Value, LookupError> {
        let answer = match self.function {
            Function::Length => Ok(length(input, arguments)),
            Function::Keys => Ok(keys(input)),
            Function::Append => Ok(append(input, arguments)),
            Function::Concat => concat(input, arguments),
            Function::First => at(input, 0),
            Function::Last => at(input, -1),
            Function::Index => match arguments.first().and_then(Value::as_i64) {
                Some(place) => at(input, place),
                None => Err("wants a whole number as its argument"),
            },
            Function::Min => reduce(input, arguments, |numbers| fold(numbers, f64::min)),
            Function::Max => reduce(input, arguments, |numbers| fold(numbers, f64::max)),
            Function::Sum => reduce(input, arguments, |numbers| numbers.iter().sum()),
            Function::Avg => reduce(input, arguments, average),
            Function::Stddev => reduce(input, arguments, deviation),
        };
        answer.map_err(|reason| LookupError::Function { function: self.function.name(), reason })
    }
}

/// Of a list or an object; of anything else there is none, a text included.
fn length(input: &Input<'_>, arguments: &[Value]) -> Value {
    let children = |value: &Value| match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    };
    let length = match (arguments.first(), input) {
        (Some(argument), _) => children(argument),
        (None, Input::One(value)) => children(value),
        (None, Input::Gathered(values)) => Some(values.len()),
    };
    length.map_or(Value::Null, Value::from)
}

fn keys(input: &Input<'_>) -> Value {
    match input {
        Input::One(Value::Object(members)) => members.keys().map(String::as_str).collect(),
        _ => Value::Null,
    }
}

fn append(input: &Input<'_>, arguments: &[Value]) -> Value {
    match (input.items(), input) {
        (Some(items), _) => items.into_iter().chain(arguments).cloned().collect(),
        (None, Input::One(value)) => (*value).clone(),
        (None, Input::Gathered(_)) => Value::Null,
    }
}

fn concat(input: &Input<'_>, arguments: &[Value]) -> Answer {
    let mut joined = String::new();
    for item in input.items().unwrap_or_default() {
        joined.push_str(item.as_str().unwrap_or_default());
    }
    for argument in arguments {
        match argument {
            Value::String(text) => joined.push_str(text),
            Value::Array(items) => {
                for item in items.iter().filter(|item| !item.is_null()) {
                    let text = json::text(item, CONCAT_BYTES_MAX);
                    joined.push_str(&text.map_err(|_| "makes a text that is too long")?);
                }
            }
            Value::Null => {}
            other => {
                let text = json::text(other, CONCAT_BYTES_MAX);
                joined.push_str(&text.map_err(|_| "makes a text that is too long")?);
            }
        }
        if joined.len() > CONCAT_BYTES_MAX {
            return Err("makes a text that is too long");
        }
    }
    Ok(Value::String(joined))
}

/// The item at a place; one below zero counts from the end.
fn at(input: &Input<'_>, place: i64) -> Answer {
    let items = input.items().ok_or("works on a list, and this is none")?;
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let place = if place < 0 { place.saturating_add(length) } else { place };
    let item = usize::try_from(place).ok().and_then(|place| items.get(place));
    item.map(|item| (*item).clone()).ok_or("finds nothing at this place of the list")
}

/// One number of all that are in the list and in the arguments.
fn reduce(input: &Input<'_>, arguments: &[Value], make: fn(&[f64]) -> f64) -> Answer {
    let mut numbers: Vec<f64> =
        input.items().unwrap_or_default().into_iter().filter_map(number).collect();
    for argument in arguments {
        match argument {
            Value::Array(items) => numbers.extend(items.iter().filter_map(number)),
            other => numbers.extend(number(other)),
        }
    }
    if numbers.is_empty() {
        return Err("works on a list with numbers, and here are none");
    }
    Ok(Number::from_f64(make(&numbers)).map_or(Value::Null, Value::Number))
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn fold(numbers: &[f64], choose: fn(f64, f64) -> f64) -> f64 {
    numbers.iter().copied().reduce(choose).unwrap_or(f64::NAN)
}

fn average(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// Of the whole population, as NiFi's library has it.
fn deviation(numbers: &[f64]) -> f64 {
    let count = numbers.len() as f64;
    let sum: f64 = numbers.iter().sum();
    let squares: f64 = numbers.iter().map(|number| number * number).sum();
    (squares / count - sum * sum / count / count).max(0.0).sqrt()
}
