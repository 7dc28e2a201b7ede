//! Functions on lists in a text: `a,b,c`.

use std::collections::HashSet;

use crate::expression::{
    Type,
    evaluation::Call,
    function::{Answer, Argument, Function, Kind, OnNull},
};

const DELIMITER: &[Argument] = &[Argument::new("delimiter", Kind::Text)];
const FIELD: &[Argument] = &[
    Argument::new("number", Kind::Whole),
    Argument::new("delimiter", Kind::Text).optional(),
    Argument::new("quote", Kind::Text).optional(),
    Argument::new("escape", Kind::Text).optional(),
    Argument::new("strip", Kind::Boolean).optional(),
];

const fn on_list(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Function {
    Function::behind(Kind::Text, name, Type::String, run).on_null(OnNull::Empty)
}

pub(super) const FUNCTIONS: &[Function] = &[
    on_list("getDelimitedField", delimited_field)
        .takes(FIELD)
        .doc("One field of a line, counted from 1; it may be quoted. `strip` takes quotes and escapes out.")
        .example("${line:getDelimitedField(2)}", &[("line", "a,\"b,c\",d")], "\"b,c\""),
    on_list("unique", |call| on_items(call, unique))
        .takes(DELIMITER)
        .doc("The list with each item only once.")
        .example("${a:unique(',')}", &[("a", "x,y,x")], "x,y"),
    on_list("compactDelimitedList", |call| on_items(call, compact))
        .takes(DELIMITER)
        .doc("The list without its empty items.")
        .example("${a:compactDelimitedList(',')}", &[("a", ",x,,y,")], "x,y"),
    on_list("trimDelimitedList", |call| on_items(call, trim))
        .takes(DELIMITER)
        .doc("The list without the empty items at its ends.")
        .example("${a:trimDelimitedList(',')}", &[("a", ",x,,y,")], "x,,y"),
];

fn on_items(call: &Call<'_>, change: fn(Vec<&str>) -> Vec<&str>) -> Answer {
    let text = call.subject_text();
    let delimiter = call.text(0)?.unwrap_or_default();
    if delimiter.is_empty() {
        return Ok(text.into());
    }
    Ok(change(text.split(delimiter.as_str()).collect()).join(&delimiter).into())
}

fn unique(mut items: Vec<&str>) -> Vec<&str> {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(*item));
    items
}

fn compact(mut items: Vec<&str>) -> Vec<&str> {
    items.retain(|item| !item.is_empty());
    items
}

fn trim(items: Vec<&str>) -> Vec<&str> {
    let first = items.iter().position(|item| !item.is_empty()).unwrap_or(items.len());
    let end = items.iter().rposition(|item| !item.is_empty()).map_or(first, |last| last + 1);
    items[first..end].to_vec()
}

/// The signs that a line is read by.
struct Signs {
    delimiter: char,
    quote: char,
    escape: char,
}

fn delimited_field(call: &Call<'_>) -> Answer {
    if call.subject_text().is_empty() {
        return Ok("".into());
    }
    let wanted = call.whole(0)?.ok_or_else(|| call.missing(0))?;
    if wanted < 1 {
        return Ok("".into());
    }
    let sign = |index: usize, default: char| -> Result<char, crate::expression::EvaluateError> {
        let Some(text) = call.text(index)? else {
            return if call.argument_count() > index {
                Err(call.missing(index))
            } else {
                Ok(default)
            };
        };
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(call.error("delimiter, quote and escape must be one character each")),
        }
    };
    let signs = Signs { delimiter: sign(1, ',')?, quote: sign(2, '"')?, escape: sign(3, '\\')? };
    if signs.delimiter == signs.quote
        || signs.delimiter == signs.escape
        || signs.quote == signs.escape
    {
        return Err(call.error("delimiter, quote and escape must be three different characters"));
    }
    let strip = call.boolean(4)? == Some(true);
    Ok(field(call.subject_text(), wanted, &signs, strip).into())
}

fn field(line: &str, wanted: i64, signs: &Signs, strip: bool) -> String {
    let (mut number, mut field) = (1, String::new());
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        let is_sign = if escaped {
            escaped = false;
            // As in NiFi, an escape that is escaped itself goes too.
            c == signs.escape
        } else if c == signs.escape {
            escaped = true;
            true
        } else if c == signs.quote {
            quoted = !quoted;
            true
        } else if c == signs.delimiter && !quoted {
            if number == wanted {
                break;
            }
            number += 1;
            continue;
        } else {
            false
        };
        if number == wanted && !(is_sign && strip) {
            field.push(c);
        }
    }
    field
}
