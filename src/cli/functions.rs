//! `headwater functions`: the functions of the expression language, and the reference page of one.

use clap::Args;
use processors_api::expression::{self, Example, Family, Function, Presence};
use serde_json::{Value, json};

use super::{
    Exit,
    output::{columns, out, told},
};
use crate::reference::functions as pages;

#[derive(Args)]
pub(super) struct FunctionsArgs {
    /// One function, for its reference page
    name: Option<String>,
    /// One array of objects: name, family, usage, summary, notes, null, errors, arguments, examples
    #[arg(long)]
    json: bool,
}

pub(super) fn functions(args: FunctionsArgs) -> anyhow::Result<Exit> {
    let one = args.name.as_deref().map(named).transpose()?;
    if args.json {
        let functions = one.map_or_else(|| expression::functions().collect(), |one| vec![one]);
        let objects: Vec<Value> = functions.into_iter().map(object).collect();
        out(serde_json::to_string_pretty(&objects)?)?;
        return Ok(Exit::Done);
    }
    match one {
        Some(function) => out(pages::page(function).trim_end())?,
        None => list()?,
    }
    Ok(Exit::Done)
}

fn list() -> anyhow::Result<()> {
    for family in Family::ALL {
        let members = expression::functions().filter(|function| function.family() == Some(family));
        let row = |function: &Function| vec![function.signature(), function.doc.to_owned()];
        let rows: Vec<_> = members.map(row).collect();
        if !rows.is_empty() {
            out(format!("{}\n{}", family.title(), columns(&rows)))?;
        }
    }
    out("one in full:   headwater functions NAME")?;
    Ok(())
}

fn named(name: &str) -> anyhow::Result<&'static Function> {
    // As one would copy it out of an expression.
    let name = name.split('(').next().unwrap_or(name).trim_start_matches(':');
    expression::function(name).ok_or_else(|| {
        let near = expression::nearest(name);
        let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
        told(
            Exit::Usage,
            format!("there is no function `{name}`{near}; list them: headwater functions"),
        )
    })
}

fn object(function: &Function) -> Value {
    let documentation = function.documentation();
    let arguments: Vec<Value> = function
        .arguments
        .iter()
        .map(|argument| {
            let required = matches!(argument.presence, Presence::Required | Presence::Repeated);
            let repeated = argument.presence == Presence::Repeated;
            json!({ "name": argument.name, "required": required, "repeated": repeated })
        })
        .collect();
    json!({
        "name": function.name,
        "family": function.family().map(Family::title),
        "usage": pages::usage(function),
        "summary": function.doc,
        "notes": documentation.map_or("", |documentation| documentation.notes),
        "null": function.null_in_words(),
        "errors": documentation.map_or("", |documentation| documentation.errors),
        "arguments": arguments,
        "examples": function.examples().map(example).collect::<Vec<_>>(),
    })
}

fn example(example: &Example) -> Value {
    let attributes: serde_json::Map<String, Value> =
        example.attributes.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({ "expression": example.expression, "attributes": attributes, "result": example.result })
}
