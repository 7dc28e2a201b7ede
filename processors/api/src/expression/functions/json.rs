//! Functions that read and change JSON by a JSONPath. Not the paths: [`JsonPath`] knows them. As in NiFi, a path that finds
//! nothing is no error, and what cannot be done gives the empty text; only a subject that is not JSON is an error.

use serde_json::{Number, Value as Json};

use crate::{
    Edit, EditError, JsonPath, LookupError,
    expression::{
        EvaluateError, Type, Value, convert,
        evaluation::Call,
        function::{Answer, Argument, Function, Kind, OnNull},
        limits::RESULT_BYTES_MAX,
    },
    json,
};

const PATH: &[Argument] = &[Argument::new("path", Kind::JsonPath)];
const PATH_VALUE: &[Argument] =
    &[Argument::new("path", Kind::JsonPath), Argument::new("value", Kind::Any)];
const PATH_NAME_VALUE: &[Argument] = &[
    Argument::new("path", Kind::JsonPath),
    Argument::new("name", Kind::Text),
    Argument::new("value", Kind::Text),
];

const fn on_json(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Function {
    Function::behind(Kind::Text, name, Type::String, run).on_null(OnNull::Handled)
}

pub(super) const FUNCTIONS: &[Function] = &[
    on_json("jsonPath", read)
        .takes(PATH)
        .doc("What the path finds in the JSON: a text or number as it is, otherwise JSON; empty when it finds nothing.")
        .example("${a:jsonPath('$.person.name')}", &[("a", r#"{"person": {"name": "John"}}"#)], "John"),
    on_json("jsonPathDelete", |call| edit(call, |_| Ok(Edit::Delete)))
        .takes(PATH)
        .doc("The JSON without what the path finds.")
        .example("${a:jsonPathDelete('$.x')}", &[("a", r#"{"x": 1, "y": 2}"#)], r#"{"y":2}"#),
    on_json("jsonPathSet", |call| edit(call, |call| Ok(Edit::Set(value(call, 1)?))))
        .takes(PATH_VALUE)
        .doc("The JSON with the value in the place of what the path finds. A number stays a number, a text a text.")
        .example("${a:jsonPathSet('$.x', 5)}", &[("a", r#"{"x": 1}"#)], r#"{"x":5}"#),
    on_json("jsonPathAdd", |call| edit(call, |call| Ok(Edit::Add(value(call, 1)?))))
        .takes(PATH_VALUE)
        .doc("The JSON with the value appended to the list that the path finds; empty when it is no list.")
        .example("${a:jsonPathAdd('$.x', 'b')}", &[("a", r#"{"x": ["a"]}"#)], r#"{"x":["a","b"]}"#),
    on_json("jsonPathPut", |call| edit(call, put))
        .takes(PATH_NAME_VALUE)
        .doc("The JSON with a member put into the object that the path finds; its value is always a text.")
        .example("${a:jsonPathPut('$.x', 'n', 5)}", &[("a", r#"{"x": {}}"#)], r#"{"x":{"n":"5"}}"#),
];

fn read(call: &Call<'_>) -> Answer {
    let (document, path) = given(call)?;
    let found = match path.find_within(&document, &call.evaluation.visits) {
        Ok(Some(found)) => found,
        Err(LookupError::TooManyVisits) => return Err(EvaluateError::TooMuchWork),
        // As in NiFi, a lookup that fails finds nothing.
        Ok(None) | Err(_) => return Ok("".into()),
    };
    let mut value = &*found.into_value();
    while let Json::Array(items) = value
        && let [single] = items.as_slice()
    {
        value = single;
    }
    match value {
        Json::Null => Ok("".into()),
        other => {
            Ok(json::text(other, RESULT_BYTES_MAX).map_err(|_| EvaluateError::TooLarge)?.into())
        }
    }
}

fn edit(call: &Call<'_>, what: impl Fn(&Call<'_>) -> Result<Edit, EvaluateError>) -> Answer {
    let (mut document, path) = given(call)?;
    match path.edit_within(&mut document, &what(call)?, &call.evaluation.visits) {
        Ok(()) => {}
        Err(EditError::Lookup(LookupError::TooManyVisits)) => {
            return Err(EvaluateError::TooMuchWork);
        }
        Err(EditError::Unfit(_) | EditError::Lookup(_)) => return Ok("".into()),
    }
    Ok(json::compact(&document, RESULT_BYTES_MAX).map_err(|_| EvaluateError::TooLarge)?.into())
}

/// The subject as JSON, and the path.
fn given(call: &Call<'_>) -> Result<(Json, JsonPath), EvaluateError> {
    if call.subject_text().is_empty() {
        return Err(call.error("there is no JSON before it"));
    }
    let document = json::parse_first(call.subject_text())
        .map_err(|_| call.error("what is before it is not JSON"))?;
    let path = call.json_path(0)?.ok_or_else(|| call.missing(0))?;
    Ok((document, path))
}

fn put(call: &Call<'_>) -> Result<Edit, EvaluateError> {
    let name = call.required(1)?;
    Ok(Edit::Put(name, call.text(2)?.map_or(Json::Null, Json::String)))
}

/// The argument at a place as JSON, of the type that it has.
fn value(call: &Call<'_>, index: usize) -> Result<Json, EvaluateError> {
    Ok(match call.value(index)? {
        Value::Null => Json::Null,
        Value::Boolean(boolean) => Json::Bool(boolean),
        Value::Whole(whole) => whole.into(),
        Value::Date(milliseconds) => milliseconds.into(),
        Value::Decimal(decimal) if decimal.is_finite() => {
            Number::from_f64(decimal).map_or(Json::Null, Json::Number)
        }
        other => convert::text(&other, call.evaluation).map_or(Json::Null, Json::String),
    })
}
