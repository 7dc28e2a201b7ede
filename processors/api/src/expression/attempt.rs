//! The line of help that lets a person try what is suggested: `headwater eval`, with the mistake mended and a value for
//! each attribute. Only for a mistake of which it is known what stands in its place, and only if the rest is right.

use std::{collections::BTreeSet, ops::Range};

use super::{ExpressionError, Template};

/// A longer line is not typed by anybody.
const EXPRESSION_CHARS_MAX: usize = 160;

/// Functions whose argument is a value that the attribute may well have.
const COMPARING: &[&str] = &[
    "contains",
    "endsWith",
    "equals",
    "equalsIgnoreCase",
    "ge",
    "gt",
    "in",
    "le",
    "lt",
    "startsWith",
];

/// What stands for a value that is not known.
const SOME: &str = "VALUE";

/// The error with the line, if there is one; `expression` is where the wrong one stands in the property's value.
pub(super) fn suggested(
    error: ExpressionError,
    text: &str,
    expression: Range<usize>,
) -> ExpressionError {
    match command(&error, text, expression) {
        Some(command) => error.help(format!("try it: {command}")),
        None => error,
    }
}

fn command(error: &ExpressionError, text: &str, expression: Range<usize>) -> Option<String> {
    let wrong = error.offset..error.offset + error.length;
    let before = text.get(expression.start..wrong.start)?;
    let after = text.get(wrong.end..expression.end)?;
    let mended = format!("{before}{}{after}", error.fix.as_ref()?);
    let is_short = mended.chars().count() <= EXPRESSION_CHARS_MAX;
    if !is_short || mended.contains(char::is_control) {
        return None;
    }
    let template = Template::compile_plainly(&mended).ok()?;
    let names: BTreeSet<&str> = template.attributes().iter().map(|one| &*one.name).collect();
    let value = sample(error.fix.as_ref()?, after).unwrap_or(SOME);
    let given = names.iter().map(|name| format!(" -a {}", quoted(&format!("{name}={value}"))));
    Some(format!("headwater eval {}{} --type", quoted(&mended), given.collect::<String>()))
}

/// The value that an attribute is compared with.
fn sample<'t>(function: &str, after: &'t str) -> Option<&'t str> {
    let argument = after.strip_prefix('(').filter(|_| COMPARING.contains(&function))?;
    let end = argument.find([',', ')'])?;
    let argument = argument[..end].trim();
    let quotes = ['\'', '"'];
    let value = quotes.iter().find_map(|quote| argument.strip_prefix(*quote)?.strip_suffix(*quote));
    let value = value.unwrap_or(argument);
    let is_plain = |c: char| c.is_alphanumeric() || "._-/: ".contains(c);
    (!value.is_empty() && value.chars().all(is_plain)).then_some(value)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    if word.chars().all(|c| c.is_alphanumeric() || "._-/:=@".contains(c)) {
        return word.to_owned();
    }
    if !word.contains('\'') {
        return format!("'{word}'");
    }
    let escaped = |c: char| if "\\\"$`".contains(c) { format!("\\{c}") } else { c.to_string() };
    format!("\"{}\"", word.chars().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<&str>) {
        let error = Template::compile(value).unwrap_err();
        let help = error.help.iter().find_map(|line| line.strip_prefix("try it: headwater eval "));
        assert_eq!(help, expected, "{value}");
    }

    #[test]
    fn what_is_suggested_can_be_tried() {
        check(
            "a ${invokehttp.status.code:equal('200')} b",
            Some(
                r#""\${invokehttp.status.code:equals('200')}" -a invokehttp.status.code=200 --type"#,
            ),
        );
        check("${size:GT(5)}", Some("'${size:gt(5)}' -a size=5 --type"));
        check(
            "${a:toUper():append(${b})}",
            Some("'${a:toUpper():append(${b})}' -a a=VALUE -a b=VALUE --type"),
        );
        check(
            "${'my attribute':toUper()}",
            Some(r#""\${'my attribute':toUpper()}" -a 'my attribute=VALUE' --type"#),
        );
        check("${NOW():toNumber()}", Some("'${now():toNumber()}' --type"));
        check(
            r#"${a:equal("x`$HOME'")}"#,
            Some(r#""\${a:equals(\"x\`\$HOME'\")}" -a a=VALUE --type"#),
        );
    }

    #[test]
    fn what_would_still_be_wrong_is_not_suggested() {
        check("${a:toUper():toLwer()}", None);
        check("${a:nonsense()}", None);
        check("${a:toUper(1)}", None);
        check("${a:equal('1\n2')}", None);
        check(&format!("${{a:equal('{}')}}", "x".repeat(200)), None);
    }
}
