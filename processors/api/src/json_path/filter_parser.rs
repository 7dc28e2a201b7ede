//! Reads the condition of a filter: `||` over `&&` over `!` over a comparison, and the literals that stand in it. Not the
//! paths in it: `parser` reads those.

use serde_json::{Map, Number, Value};

use super::{
    JsonPathError,
    compare::Operator,
    filter::{Condition, Operand},
    parser::{Inside, inner_path},
    scanner::{Parsed, Scanner},
};
use crate::JavaRegex;

/// `a && b || c`
pub(super) fn condition(scanner: &mut Scanner<'_>) -> Parsed<Condition> {
    let mut parts = vec![conjunction(scanner)?];
    while after_blanks(scanner, "||") {
        parts.push(conjunction(scanner)?);
    }
    Ok(joined(parts, Condition::Any))
}

fn conjunction(scanner: &mut Scanner<'_>) -> Parsed<Condition> {
    let mut parts = vec![term(scanner)?];
    while after_blanks(scanner, "&&") {
        parts.push(term(scanner)?);
    }
    Ok(joined(parts, Condition::All))
}

fn after_blanks(scanner: &mut Scanner<'_>, text: &str) -> bool {
    scanner.skip_blanks();
    scanner.take(text)
}

fn joined(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(single) if parts.is_empty() => single,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn term(scanner: &mut Scanner<'_>) -> Parsed<Condition> {
    match scanner.peek_after_blanks() {
        Some('!') => {
            scanner.next();
            scanner.nested(negated)
        }
        Some('(') => {
            scanner.next();
            let inner = scanner.nested(condition)?;
            scanner.expect(')', "behind this part of a filter")?;
            Ok(inner)
        }
        _ => relation(scanner),
    }
}

/// What follows a `!`.
fn negated(scanner: &mut Scanner<'_>) -> Parsed<Condition> {
    let is_whole = scanner.peek_after_blanks() == Some('(');
    let start = scanner.at();
    let inner = term(scanner)?;
    // NiFi's library reads `!@.a == 1` as if there were no `!`.
    if matches!(inner, Condition::Compare { .. }) && !is_whole {
        let error = scanner.error_from(start, "what `!` turns around stands in parentheses");
        return Err(error.help("write: !(@.name == 'x')"));
    }
    Ok(Condition::Not(Box::new(inner)))
}

fn relation(scanner: &mut Scanner<'_>) -> Parsed<Condition> {
    let start = scanner.at();
    let left = operand(scanner)?;
    scanner.skip_blanks();
    let at = scanner.at();
    match operator(scanner)? {
        Some(operator) => {
            let right = operand(scanner)?;
            let has_regex = matches!(left, Operand::Regex(_)) != matches!(right, Operand::Regex(_));
            if has_regex != (operator == Operator::Matches) {
                let error =
                    scanner.error_at(at..scanner.at(), "a regular expression goes with `=~`");
                return Err(error.help("write: [?(@.name =~ /a.*/i)]"));
            }
            Ok(Condition::Compare { left, operator, right })
        }
        None => match left {
            Operand::Path(route) => Ok(Condition::Exists(route)),
            Operand::Literal(_) | Operand::Regex(_) => Err(scanner
                .error_from(start, "this alone is no condition")
                .label("compare it with a path: @.name == ...")),
        },
    }
}

/// The operator that stands here; none when the condition ends.
fn operator(scanner: &mut Scanner<'_>) -> Parsed<Option<Operator>> {
    let start = scanner.at();
    if let Some(operator) = Operator::SIGNS.iter().find(|(sign, _)| scanner.take(sign)) {
        return Ok(Some(operator.1));
    }
    if scanner.peek().is_none_or(|sign| matches!(sign, ')' | '&' | '|')) {
        return Ok(None);
    }
    let word = scanner.take_while(|sign| sign.is_alphabetic());
    if let Some(operator) = Operator::WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))
    {
        return Ok(Some(operator.1));
    }
    let rest = scanner.take_while(|sign| "=<>!~".contains(sign));
    let message = format!("`{word}{rest}` is no operator of a filter");
    let error: JsonPathError = if word.is_empty() && rest.is_empty() {
        scanner.error_here("an operator is wanted here")
    } else {
        scanner.error_from(start, message)
    };
    let error = if word.is_empty() && rest == "=" { error.label("write: ==") } else { error };
    Err(error.help(format!("the operators: {}", Operator::names())))
}

fn operand(scanner: &mut Scanner<'_>) -> Parsed<Operand> {
    match scanner.peek_after_blanks() {
        Some('$' | '@') => Ok(Operand::Path(inner_path(scanner, Inside::Filter)?)),
        Some('/') => Ok(Operand::Regex(Box::new(regex(scanner)?))),
        _ => Ok(Operand::Literal(json(scanner)?)),
    }
}

/// `/pattern/flags`
fn regex(scanner: &mut Scanner<'_>) -> Parsed<JavaRegex> {
    let start = scanner.at();
    scanner.next();
    let body = scanner.at();
    let rest = scanner.rest();
    loop {
        match scanner.next() {
            Some('\\') => drop(scanner.next()),
            Some('/') => break,
            Some(_) => {}
            None => {
                let message = "this regular expression is never closed";
                return Err(scanner.error_at(start..start + 1, message));
            }
        }
    }
    let pattern = rest.get(..scanner.at() - 1 - body).unwrap_or_default();
    let flags = scanner.take_while(|sign| sign.is_alphanumeric());
    if let Some(flag) = flags.chars().find(|flag| !"dixmsuU".contains(*flag)) {
        let error = scanner.error_from(start, format!("a regular expression has no flag `{flag}`"));
        return Err(error.help("the flags: i (upper and lower case alike), m, s, x, u, U, d"));
    }
    let flagged =
        if flags.is_empty() { pattern.to_owned() } else { format!("(?{flags}){pattern}") };
    JavaRegex::new(&flagged).map_err(|error| {
        scanner.error_from(start, format!("this is not a regular expression: {error}"))
    })
}

/// A literal: JSON, in which a text may have single quotes.
pub(super) fn json(scanner: &mut Scanner<'_>) -> Parsed<Value> {
    let start = match scanner.peek_after_blanks() {
        Some('\'' | '"') => return Ok(Value::String(scanner.quoted()?)),
        Some('[') => return scanner.nested(list),
        Some('{') => return scanner.nested(object),
        Some('0'..='9' | '-' | '.') => return number(scanner),
        Some(_) => scanner.at(),
        None => return Err(scanner.error_here("a value is missing at the end")),
    };
    let word = scanner.take_while(|sign| sign.is_alphanumeric() || "_-.".contains(sign));
    match word {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        "null" => Ok(Value::Null),
        "" => Err(scanner
            .error_here("a value is wanted here")
            .help("a path begins with @ or $, a text stands in quotes")),
        _ => Err(scanner
            .error_from(start, format!("`{word}` is no value"))
            .label(format!("the text: '{word}', the path: @.{word}"))),
    }
}

fn number(scanner: &mut Scanner<'_>) -> Parsed<Value> {
    let start = scanner.at();
    let text = scanner.take_while(|sign| sign.is_ascii_digit() || "+-.eE".contains(sign));
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let whole = unsigned.bytes().all(|byte| byte.is_ascii_digit()) && !unsigned.is_empty();
    let number = if whole {
        let digits = unsigned.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        let sign = if unsigned.len() < text.len() { "-" } else { "" };
        serde_json::from_str::<Number>(&format!("{sign}{digits}")).ok()
    } else {
        text.parse::<f64>().ok().and_then(Number::from_f64)
    };
    number
        .map(Value::Number)
        .ok_or_else(|| scanner.error_from(start, format!("`{text}` is no number")))
}

fn list(scanner: &mut Scanner<'_>) -> Parsed<Value> {
    scanner.next();
    let mut items = Vec::new();
    if scanner.peek_after_blanks() != Some(']') {
        loop {
            items.push(json(scanner)?);
            if scanner.peek_after_blanks() != Some(',') {
                break;
            }
            scanner.next();
        }
    }
    scanner.expect(']', "at the end of the list")?;
    Ok(Value::Array(items))
}

fn object(scanner: &mut Scanner<'_>) -> Parsed<Value> {
    scanner.next();
    let mut members = Map::new();
    if scanner.peek_after_blanks() != Some('}') {
        loop {
            if !matches!(scanner.peek_after_blanks(), Some('\'' | '"')) {
                return Err(scanner.error_here("a name in quotes is wanted here"));
            }
            let name = scanner.quoted()?;
            scanner.expect(':', "behind the name")?;
            members.insert(name, json(scanner)?);
            if scanner.peek_after_blanks() != Some(',') {
                break;
            }
            scanner.next();
        }
    }
    scanner.expect('}', "at the end of the object")?;
    Ok(Value::Object(members))
}
