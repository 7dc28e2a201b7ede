//! Functions that stand first and ask what follows of several values.

use crate::expression::{
    Type, Value,
    evaluation::Call,
    function::{Answer, Argument, Function, Kind, Position, Several, ValuesFrom},
};

const NAMES: &[Argument] = &[Argument::new("name", Kind::Text).repeated()];
const REGEXES: &[Argument] = &[Argument::new("regex", Kind::Regex).repeated()];
const LIST: &[Argument] =
    &[Argument::new("text", Kind::Text), Argument::new("delimiter", Kind::Regex)];

const fn several(name: &'static str, all: bool, from: ValuesFrom) -> Function {
    let arguments = match from {
        ValuesFrom::Names => NAMES,
        ValuesFrom::MatchingNames => REGEXES,
        ValuesFrom::Pieces => LIST,
    };
    Function::first(name, Type::String, nothing)
        .at(Position::Several(Several { all, from }))
        .takes(arguments)
}

/// The values are taken one by one; the function itself is never called.
fn nothing(_: &Call<'_>) -> Answer {
    Ok(Value::Null)
}

pub(super) const FUNCTIONS: &[Function] = &[
    several("anyAttribute", false, ValuesFrom::Names)
        .doc("Whether what follows is true for one of the attributes.")
        .example("${anyAttribute('a', 'b'):contains('x')}", &[("b", "xy")], "true"),
    several("allAttributes", true, ValuesFrom::Names)
        .doc("Whether what follows is true for all of the attributes; or their count or list.")
        .example("${allAttributes('a', 'b'):contains('x')}", &[("b", "xy")], "false"),
    several("anyMatchingAttribute", false, ValuesFrom::MatchingNames)
        .doc("Whether what follows is true for one of the attributes whose name matches.")
        .example("${anyMatchingAttribute('a.*'):equals('2')}", &[("a1", "1"), ("a2", "2")], "true"),
    several("allMatchingAttributes", true, ValuesFrom::MatchingNames)
        .doc("Whether what follows is true for all attributes whose name matches; or their count or list.")
        .example("${allMatchingAttributes('a.*'):count()}", &[("a1", "1"), ("a2", "2")], "2"),
    several("anyDelineatedValue", false, ValuesFrom::Pieces)
        .doc("Whether what follows is true for one piece of the text, which is split at a regular expression.")
        .example("${anyDelineatedValue(${a}, ','):equals('2')}", &[("a", "1,2")], "true"),
    several("allDelineatedValues", true, ValuesFrom::Pieces)
        .doc("Whether what follows is true for all pieces of the text; or their count or list.")
        .example("${allDelineatedValues(${a}, ','):count()}", &[("a", "1,2")], "2"),
];
