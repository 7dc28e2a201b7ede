//! The reference of the expression language, as Markdown: one page a function, and an index with the language itself.
//! What is said of a function stands beside the function; only the language is described here, in `expressions.md`.

use std::fmt::Write as _;

use processors_api::expression::{
    Argument, Example, Family, Function, Kind, Position, Presence, Type, functions,
};

const LANGUAGE: &str = include_str!("expressions.md");

/// The index: the language, and its functions by family.
pub fn index() -> String {
    let mut page = LANGUAGE.trim_end().to_owned() + "\n\n## Functions\n";
    for family in Family::ALL {
        let mut members =
            functions().filter(|function| function.family() == Some(family)).peekable();
        if members.peek().is_none() {
            continue;
        }
        let _ = writeln!(page, "\n### {}\n\n| Function | |\n|---|---|", family.title());
        for function in members {
            let (signature, name, doc) = (function.signature(), function.name, cell(function.doc));
            let _ = writeln!(page, "| [`{signature}`]({name}.md) | {doc} |");
        }
    }
    page
}

/// The page of one function.
pub fn page(function: &Function) -> String {
    let mut page = format!("# {}\n\n`{}`\n\n{}\n", function.name, usage(function), function.doc);
    let documentation = function.documentation();
    let notes = documentation.map_or("", |documentation| documentation.notes);
    if !notes.is_empty() {
        let _ = write!(page, "\n{notes}\n");
    }
    let _ = writeln!(page, "\nIt gives {}.", kind_of_result(function));
    if let Some(kind) = before(function) {
        let _ = writeln!(page, "\nBefore it: {}.", described(kind));
    }
    if !function.arguments.is_empty() {
        page.push_str("\n## Arguments\n\n");
        function.arguments.iter().for_each(|argument| page.push_str(&argument_line(argument)));
    }
    let _ = write!(page, "\n## A missing value\n\n{}\n", function.null_in_words());
    let errors = documentation.map_or("", |documentation| documentation.errors);
    let errors = if errors.is_empty() { "None of its own." } else { errors };
    let _ = write!(page, "\n## Errors\n\n{errors}\n\n## Examples\n\n");
    page.push_str(&examples(function));
    page
}

/// How it stands in an expression.
pub fn usage(function: &Function) -> String {
    let signature = function.signature();
    match function.position {
        Position::Behind(_) => format!("${{value:{signature}}}"),
        Position::Last(_) => format!("${{...:{signature}}}"),
        Position::BehindOrFirst(_) => format!("${{number:{signature}}}"),
        Position::First => format!("${{{signature}}}"),
        Position::Several(_) => format!("${{{signature}:...}}"),
    }
}

fn before(function: &Function) -> Option<Kind> {
    match function.position {
        Position::Behind(kind) | Position::Last(kind) | Position::BehindOrFirst(kind) => Some(kind),
        Position::First | Position::Several(_) => None,
    }
}

fn kind_of_result(function: &Function) -> &'static str {
    if matches!(function.position, Position::Several(_)) {
        return "true or false, or what `count` and `join` give";
    }
    match function.result {
        Type::String => "a text",
        Type::Whole => "a whole number",
        Type::Decimal => "a decimal number",
        Type::Number => "a number, whole or decimal",
        Type::Boolean => "true or false",
        Type::Date => "a date",
        Type::Instant => "an instant",
    }
}

fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "any value",
        Kind::Text => "a text",
        Kind::Whole => "a whole number",
        Kind::Decimal => "a decimal number",
        Kind::Number => "a number",
        Kind::Boolean => "true or false",
        Kind::Switch => "`true` or `false`, written so",
        Kind::Date => "a date",
        Kind::Instant => "an instant, or what can be read as one",
        Kind::OnlyInstant => "an instant, as `toInstant()` gives one",
        Kind::Regex => "a regular expression of Java",
        Kind::LateRegex => "a regular expression of Java; a wrong one is found when it is used",
        Kind::Pattern => "a date pattern of Java's `DateTimeFormatter`",
        Kind::Zone => "a time zone: `Europe/Amsterdam`, `UTC`, `+02:00`",
        Kind::Duration => "a time span: `3 days`",
        Kind::JsonPath => "a JSONPath: `$.invoices[0].total`",
        Kind::Mapping => "pairs of a regular expression and a text: `regex:text,regex:text`",
    }
}

fn argument_line(argument: &Argument) -> String {
    let presence = match argument.presence {
        Presence::Required => "",
        Presence::Optional => "; may be left out",
        Presence::WithPrevious => "; together with the one before it",
        Presence::Repeated => "; one or more",
    };
    format!("- `{}`: {}{presence}\n", argument.name, described(argument.kind))
}

fn examples(function: &Function) -> String {
    let mut table = "| Expression | Attributes | Result |\n|---|---|---|\n".to_owned();
    for example in function.examples() {
        let _ = writeln!(
            table,
            "| {} | {} | {} |",
            code(example.expression),
            attributes(example),
            code(example.result)
        );
    }
    table
}

fn attributes(example: &Example) -> String {
    let shown = |(name, value): &(&str, &str)| code(&format!("{name} = {value}"));
    example.attributes.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// A text of a table's cell as it stands: control characters by their escapes, a bar by its own.
fn code(text: &str) -> String {
    let shown: String = text
        .chars()
        .flat_map(|c| {
            let escaped = c.is_control();
            let plain = (!escaped).then_some(c);
            plain.into_iter().chain(c.escape_default().filter(move |_| escaped))
        })
        .collect();
    if shown.is_empty() {
        return "the empty text".to_owned();
    }
    let shown = cell(&shown);
    let fence = if shown.contains('`') { "``" } else { "`" };
    format!("{fence}{shown}{fence}")
}

fn cell(text: &str) -> String {
    text.replace('|', r"\|")
}

#[cfg(test)]
mod tests {
    use processors_api::expression::function;

    use super::*;

    #[test]
    fn a_page_says_all_that_the_row_says() {
        let page = page(function("substring").unwrap());
        for part in [
            "`${value:substring(start[, end])}`",
            "- `end`: a whole number; may be left out",
            "Gives the empty text.",
            "| `${filename:substring(0, 3)}` | `filename = invoice` | `inv` |",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }

    #[test]
    fn the_index_names_every_function() {
        let index = index();
        for function in functions() {
            assert!(index.contains(&format!("]({}.md)", function.name)), "{}", function.name);
        }
    }

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(code("a|b`c\n"), r"``a\|b`c\n``");
    }
}
