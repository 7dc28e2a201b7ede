//! The reference page of a processor type, as Markdown, out of what its code says: the doc comments of its settings, their
//! schema, its relationships. Written nowhere else.

mod examples;
pub mod functions;

use std::fmt::Write as _;

use processors_api::{AttributeUse, Input, ProcessorType, Relationship, RelationshipKind};
use schemars::Schema;
use serde_json::{Value, json};

/// The whole page.
pub fn page(kind: &ProcessorType) -> String {
    let schema = (kind.schema)();
    let mut page = format!("# {}\n\n{}\n", kind.name, description(schema.as_value()));
    let input = match kind.input {
        Input::Required => "It takes flowfiles.",
        Input::Forbidden => "It is a source: it takes no flowfiles, and fires by its `schedule:`.",
        Input::Allowed => "It takes flowfiles; with nothing leading to it, it is a source.",
    };
    let _ = write!(page, "\n{input}");
    if !kind.aliases.is_empty() {
        let _ = write!(page, " NiFi's spelling `{}` is accepted too.", kind.aliases.join("`, `"));
    }
    let _ = writeln!(page, "\n\n{}\n{}", properties(&schema), relationships(kind));
    page.push_str(&attributes("reads", kind.reads));
    page.push_str(&attributes("writes", kind.writes));
    page.push_str(&examples::section(kind));
    page.trim_end().to_owned() + "\n"
}

/// All that the page says, for a program.
pub fn json(kind: &ProcessorType) -> Value {
    let relationships: Vec<&str> = kind.relationships.iter().map(Relationship::name).collect();
    let reads = kind.reads.iter();
    let reads = reads.map(|one| json!({ "name": one.name, "description": one.description }));
    let writes = kind.writes.iter().map(
        |one| json!({ "name": one.name, "description": one.description, "relationships": one.on }),
    );
    json!({
        "name": kind.name,
        "summary": summary(kind),
        "properties": (kind.schema)(),
        "relationships": relationships,
        "reads": reads.collect::<Vec<_>>(),
        "writes": writes.collect::<Vec<_>>(),
        "examples": kind.examples.iter().map(examples::json).collect::<Vec<_>>(),
    })
}

/// The first sentence of what a type does.
pub fn summary(kind: &ProcessorType) -> String {
    let schema = (kind.schema)();
    let text = description(schema.as_value());
    text.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}

fn properties(schema: &Schema) -> String {
    let schema = schema.as_value();
    let Some(properties) =
        schema.get("properties").and_then(Value::as_object).filter(|map| !map.is_empty())
    else {
        return "## Properties\n\nNone.\n".to_owned();
    };
    let required = schema.get("required").and_then(Value::as_array);
    let mut text = "## Properties\n".to_owned();
    for (name, property) in properties {
        let required = required.is_some_and(|names| names.iter().any(|required| required == name));
        let _ = write!(text, "\n### `{name}`\n\n{}\n", description(property));
        let facts = facts(schema, property, required);
        let _ = writeln!(text, "\n{}", facts.join(" · "));
        text.push_str(&allowed(schema, property));
    }
    text
}

/// What is worth knowing of a property besides its description.
fn facts(schema: &Value, property: &Value, required: bool) -> Vec<String> {
    let mut facts = Vec::new();
    match property.get("default") {
        Some(default) if !default.is_null() => facts.push(format!("default `{}`", plain(default))),
        _ if required => facts.push("required".to_owned()),
        _ => facts.push("may be left out".to_owned()),
    }
    if let Some(kind) = find(schema, property, "x-expression").and_then(Value::as_str) {
        facts.push(format!("an expression that gives {}", article(kind)));
    }
    if find(schema, property, "additionalProperties").is_some_and(Value::is_object) {
        facts.push("a map: the author names the entries".to_owned());
    }
    facts
}

fn article(kind: &str) -> String {
    match kind {
        "boolean" => "true or false".to_owned(),
        "text" => "text".to_owned(),
        number => format!("a {number} number"),
    }
}

/// The allowed values, each with what it does.
fn allowed(schema: &Value, property: &Value) -> String {
    let target = resolve(schema, property);
    let choices = target.get("oneOf").or(target.get("enum")).and_then(Value::as_array);
    let lines: String = choices.into_iter().flatten().map(choice_lines).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// One allowed value with its description, or several that have none.
fn choice_lines(choice: &Value) -> String {
    if let Some(name) = choice.get("const") {
        return format!("- `{}`: {}\n", plain(name), description(choice).replace('\n', " "));
    }
    let names = choice
        .get("enum")
        .and_then(Value::as_array)
        .map_or(std::slice::from_ref(choice), Vec::as_slice);
    names.iter().map(|name| format!("- `{}`\n", plain(name))).collect()
}

/// A fact of a property: of its own, or of the type that it refers to.
pub(crate) fn find<'v>(schema: &'v Value, property: &'v Value, key: &str) -> Option<&'v Value> {
    property.get(key).or_else(|| resolve(schema, property).get(key))
}

/// What a property refers to, through `$ref` and an optional `anyOf`.
fn resolve<'v>(schema: &'v Value, property: &'v Value) -> &'v Value {
    let option =
        property.get("anyOf").and_then(Value::as_array).and_then(|choices| choices.first());
    let property = option.unwrap_or(property);
    let reference =
        property.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix("#/$defs/"));
    reference.and_then(|name| schema.get("$defs")?.get(name)).unwrap_or(property)
}

fn relationships(kind: &ProcessorType) -> String {
    let mut text = "## Relationships\n\n".to_owned();
    for relationship in kind.relationships {
        let _ = writeln!(
            text,
            "- `{relationship}` ({}): {} {}",
            kind_of(relationship),
            relationship.description(),
            left_out(relationship)
        );
    }
    if let Some(home) = kind.named_home.filter(|home| *home == "routes") {
        let _ = writeln!(text, "- one for each entry of `{home}`, which must be named in `to:`.");
    }
    text
}

/// The attributes that a type reads or writes under names of its own; nothing when there are none.
fn attributes(what: &str, uses: &[AttributeUse]) -> String {
    if uses.is_empty() {
        return String::new();
    }
    let line = |one: &AttributeUse| {
        let on = if one.on.is_empty() {
            String::new()
        } else {
            format!(" (on `{}`)", one.on.join("`, `"))
        };
        format!("- `{}`{on}: {}\n", one.name, one.description.replace('\n', " "))
    };
    format!("\n## Attributes it {what}\n\n{}", uses.iter().map(line).collect::<String>())
}

fn kind_of(relationship: &Relationship) -> &'static str {
    match relationship.kind() {
        RelationshipKind::Main => "main",
        RelationshipKind::Route => "route",
        RelationshipKind::Side => "side",
        RelationshipKind::Failure => "failure",
    }
}

fn left_out(relationship: &Relationship) -> &'static str {
    match relationship.kind() {
        RelationshipKind::Main => "Without a place, its flowfiles are done.",
        RelationshipKind::Route => "It must be named in `to:`.",
        RelationshipKind::Side => "Left out, its flowfiles are done.",
        RelationshipKind::Failure => "Left out, its flowfiles go to `failed`.",
    }
}

fn description(value: &Value) -> String {
    value.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
