//! Functions that need no value before them.

use uuid::Builder;

use crate::expression::{
    Type, Value, convert,
    evaluation::Call,
    function::{Answer, Argument, Function, Kind},
};

const VALUE: &[Argument] = &[Argument::new("value", Kind::Any)];
const FULL: &[Argument] = &[Argument::new("full", Kind::Switch).optional()];
const KEY: &[Argument] = &[Argument::new("key", Kind::Text)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::first("literal", Type::String, literal)
        .takes(VALUE)
        .doc("The value as text; a missing one is the text `null`. The way to go on after `count()`.")
        .example("${literal(${allAttributes('a', 'b'):count()}):gt(1)}", &[("a", "1"), ("b", "2")], "true"),
    Function::first("UUID", Type::String, uuid)
        .doc("A random UUID.")
        .example("${UUID():length()}", &[], "36"),
    Function::first("ip", Type::String, |call| Ok(call.evaluation.scope.host_address().into()))
        .doc("The address of this machine.")
        .example("${ip()}", &[], "127.0.0.1"),
    Function::first("hostname", Type::String, |call| Ok(call.evaluation.scope.host_name().into()))
        .takes(FULL)
        .doc("The name of this machine.")
        .example("${hostname()}", &[], "localhost"),
    Function::first("thread", Type::String, |call| Ok(call.evaluation.scope.thread_name().into()))
        .doc("The name of the thread at work.")
        .example("${thread():isEmpty()}", &[], "false"),
    Function::first("getStateValue", Type::String, state_value)
        .takes(KEY)
        .doc("What the processor remembers under the key; nothing when there is none.")
        .example("${getStateValue('last'):isNull()}", &[], "true"),
];

fn literal(call: &Call<'_>) -> Answer {
    Ok(convert::text(&call.value(0)?, call.evaluation).unwrap_or_else(|| "null".to_owned()).into())
}

fn uuid(call: &Call<'_>) -> Answer {
    let scope = call.evaluation.scope;
    let (high, low) = (scope.random().to_be_bytes(), scope.random().to_be_bytes());
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high);
    bytes[8..].copy_from_slice(&low);
    Ok(Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string().into())
}

fn state_value(call: &Call<'_>) -> Answer {
    let Some(key) = call.text(0)? else { return Ok(Value::Null) };
    Ok(call.evaluation.read(call.evaluation.scope.state(&key)))
}
