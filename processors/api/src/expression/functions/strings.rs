//! Functions on texts. Lengths and places count UTF-16 units, as Java's do.

use super::boolean::is_blank;
use crate::{
    JavaRegex,
    expression::{
        Template, Type,
        evaluation::Call,
        function::{Answer, Argument, Function, Kind, OnNull},
        limits::RESULT_BYTES_MAX,
    },
};

const TEXT: &[Argument] = &[Argument::new("text", Kind::Text)];
const FIND_REPLACE: &[Argument] =
    &[Argument::new("search", Kind::Text), Argument::new("replacement", Kind::Text)];
const REGEX_REPLACE: &[Argument] =
    &[Argument::new("regex", Kind::LateRegex), Argument::new("replacement", Kind::Text)];
const RANGE: &[Argument] =
    &[Argument::new("start", Kind::Whole), Argument::new("end", Kind::Whole).optional()];
const PADDING: &[Argument] =
    &[Argument::new("length", Kind::Whole), Argument::new("padding", Kind::Text).optional()];
const TIMES: &[Argument] =
    &[Argument::new("times", Kind::Whole), Argument::new("at most", Kind::Whole).optional()];
const MAPPING: &[Argument] = &[Argument::new("mapping", Kind::Mapping)];

const fn on_text(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Function {
    Function::behind(Kind::Text, name, Type::String, run)
}

const fn finds(name: &'static str, run: fn(&Call<'_>) -> Answer) -> Function {
    Function::behind(Kind::Text, name, Type::Whole, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    on_text("toUpper", |call| Ok(call.subject_text().to_uppercase().into()))
        .doc("The text in upper case.")
        .example("${filename:toUpper()}", &[("filename", "a.txt")], "A.TXT"),
    on_text("toLower", |call| Ok(call.subject_text().to_lowercase().into()))
        .doc("The text in lower case.")
        .example("${filename:toLower()}", &[("filename", "A.TXT")], "a.txt"),
    on_text("trim", |call| Ok(call.subject_text().trim_matches(|c: char| c <= ' ').into()))
        .doc("The text without blanks, tabs and line ends around it.")
        .example("[${a:trim()}]", &[("a", " x ")], "[x]"),
    on_text("toString", |call| Ok(call.subject.clone()))
        .doc("The value as text.")
        .example("${literal(5):toNumber():toString():append('!')}", &[], "5!"),
    finds("length", |call| Ok(units(call.subject_text()).into()))
        .on_null(OnNull::Whole(0))
        .doc("How long the text is.")
        .example("${filename:length()}", &[("filename", "a.txt")], "5"),
    on_text("substring", substring)
        .on_null(OnNull::Empty)
        .takes(RANGE)
        .doc("The part from one place up to another; the first place is 0. Empty when there is no such part.")
        .example("${filename:substring(0, 3)}", &[("filename", "invoice")], "inv"),
    on_text("substringBefore", |call| around(call, |text, part| text.find(part), Side::Before))
        .on_null(OnNull::Empty)
        .takes(TEXT)
        .doc("What is before the first occurrence of the text; all of it when there is none.")
        .example("${filename:substringBefore('.')}", &[("filename", "a.tar.gz")], "a"),
    on_text("substringAfter", |call| around(call, |text, part| text.find(part), Side::After))
        .on_null(OnNull::Empty)
        .takes(TEXT)
        .doc("What is behind the first occurrence of the text; all of it when there is none.")
        .example("${filename:substringAfter('.')}", &[("filename", "a.tar.gz")], "tar.gz"),
    on_text("substringBeforeLast", |call| around(call, |text, part| text.rfind(part), Side::BeforeLast))
        .on_null(OnNull::Empty)
        .takes(TEXT)
        .doc("What is before the last occurrence of the text; all of it when there is none.")
        .example("${filename:substringBeforeLast('.')}", &[("filename", "a.tar.gz")], "a.tar"),
    on_text("substringAfterLast", |call| around(call, |text, part| text.rfind(part), Side::AfterLast))
        .on_null(OnNull::Empty)
        .takes(TEXT)
        .doc("What is behind the last occurrence of the text; all of it when there is none.")
        .example("${filename:substringAfterLast('.')}", &[("filename", "a.tar.gz")], "gz"),
    on_text("append", |call| Ok([call.subject_text(), &call.text(0)?.unwrap_or_default()].concat().into()))
        .on_null(OnNull::Handled)
        .takes(TEXT)
        .doc("The text with another one behind it.")
        .example("${filename:append('.gz')}", &[("filename", "a.txt")], "a.txt.gz"),
    on_text("prepend", |call| Ok([&call.text(0)?.unwrap_or_default(), call.subject_text()].concat().into()))
        .on_null(OnNull::Handled)
        .takes(TEXT)
        .doc("The text with another one before it.")
        .example("${filename:prepend('old-')}", &[("filename", "a.txt")], "old-a.txt"),
    on_text("replace", replace)
        .takes(FIND_REPLACE)
        .doc("Every occurrence of the search text replaced.")
        .example("${filename:replace('.', '_')}", &[("filename", "a.tar.gz")], "a_tar_gz"),
    on_text("replaceFirst", |call| replace_regex(call, JavaRegex::replace_first))
        .takes(REGEX_REPLACE)
        .doc("The first match of the regular expression replaced.")
        .example("${a:replaceFirst('[0-9]', '#')}", &[("a", "a1b2")], "a#b2"),
    on_text("replaceAll", |call| replace_regex(call, JavaRegex::replace_all))
        .takes(REGEX_REPLACE)
        .doc("Every match of the regular expression replaced; `$1` is what its first group matched.")
        .example("${a:replaceAll('([a-z])([0-9])', '$2$1')}", &[("a", "a1b2")], "1a2b"),
    on_text("replaceNull", |call| if call.subject.is_null() { call.value(0) } else { Ok(call.subject.clone()) })
        .on_null(OnNull::Handled)
        .takes(TEXT)
        .doc("The value, or the text when there is none.")
        .example("${missing:replaceNull('none')}", &[], "none"),
    on_text("replaceEmpty", |call| if is_blank(call.subject_text()) { call.value(0) } else { Ok(call.subject.clone()) })
        .on_null(OnNull::Handled)
        .takes(TEXT)
        .doc("The value, or the text when there is none or only white space.")
        .example("${a:replaceEmpty('none')}", &[("a", " ")], "none"),
    on_text("replaceByPattern", replace_by_pattern)
        .takes(MAPPING)
        .doc("The text behind the first regular expression that matches all of the value: `regex:text,regex:text`.")
        .example("${a:replaceByPattern('x.*:first,.*:other')}", &[("a", "xyz")], "first"),
    on_text("padLeft", |call| pad(call, |text, padding| padding + text))
        .takes(PADDING)
        .doc("The text, with padding before it up to the length.")
        .example("${n:padLeft(5, '0')}", &[("n", "42")], "00042"),
    on_text("padRight", |call| pad(call, |text, padding| text.to_owned() + &padding))
        .takes(PADDING)
        .doc("The text, with padding behind it up to the length.")
        .example("${n:padRight(5)}", &[("n", "42")], "42___"),
    on_text("repeat", repeat)
        .on_null(OnNull::Empty)
        .takes(TIMES)
        .doc("The text several times; with two numbers a random number of times between them.")
        .example("${a:repeat(3)}", &[("a", "ab")], "ababab"),
    finds("indexOf", |call| index(call, |text, part| text.find(part)))
        .on_null(OnNull::Whole(-1))
        .takes(TEXT)
        .doc("Where the text occurs first, counted from 0; -1 when it does not.")
        .example("${filename:indexOf('.')}", &[("filename", "a.tar.gz")], "1"),
    finds("lastIndexOf", |call| index(call, |text, part| text.rfind(part)))
        .on_null(OnNull::Whole(-1))
        .takes(TEXT)
        .doc("Where the text occurs last, counted from 0; -1 when it does not.")
        .example("${filename:lastIndexOf('.')}", &[("filename", "a.tar.gz")], "5"),
    on_text("evaluateELString", evaluate_el_string)
        .doc("The value taken as a property's text and evaluated. It sees no parameters.")
        .example("${query:evaluateELString()}", &[("query", "id = ${id}"), ("id", "7")], "id = 7"),
];

fn units(text: &str) -> i64 {
    let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    i64::try_from(units).unwrap_or(i64::MAX)
}

/// The part between two places; half a character at an end becomes the replacement sign.
fn units_between(text: &str, start: i64, end: i64) -> Option<String> {
    let (start, end) = (usize::try_from(start).ok()?, usize::try_from(end).ok()?);
    if text.is_ascii() {
        return text.get(start..end).map(str::to_owned);
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    units.get(start..end).map(String::from_utf16_lossy)
}

fn substring(call: &Call<'_>) -> Answer {
    let text = call.subject_text();
    let start = call.whole(0)?.ok_or_else(|| call.missing(0))?;
    let end = match call.argument_count() {
        2 => call.whole(1)?.ok_or_else(|| call.missing(1))?,
        _ => units(text),
    };
    Ok(units_between(text, start, end).unwrap_or_default().into())
}

#[derive(PartialEq)]
enum Side {
    Before,
    After,
    BeforeLast,
    AfterLast,
}

fn around(call: &Call<'_>, find: fn(&str, &str) -> Option<usize>, side: Side) -> Answer {
    let text = call.subject_text();
    let search = match side {
        Side::Before | Side::After => call.text_or_literal(0)?.unwrap_or_default(),
        Side::BeforeLast | Side::AfterLast => {
            call.text_or_literal(0)?.ok_or_else(|| call.missing(0))?
        }
    };
    let Some(at) = find(text, &search).filter(|_| !search.is_empty()) else {
        return Ok(text.into());
    };
    Ok(match side {
        Side::Before | Side::BeforeLast => text[..at].into(),
        Side::After | Side::AfterLast => text[at + search.len()..].into(),
    })
}

/// The size of a result is checked before it is made.
fn check_replaced(
    call: &Call<'_>,
    times: usize,
    replacement: &str,
) -> Result<(), crate::expression::EvaluateError> {
    let size = times.saturating_mul(replacement.len()).saturating_add(call.subject_text().len());
    call.evaluation.check_size(size)
}

fn replace(call: &Call<'_>) -> Answer {
    let (search, replacement) = (call.required(0)?, call.required(1)?);
    check_replaced(call, call.subject_text().matches(&search).count(), &replacement)?;
    Ok(call.subject_text().replace(&search, &replacement).into())
}

type Replace = fn(&JavaRegex, &str, &str) -> Result<String, crate::JavaRegexError>;

fn replace_regex(call: &Call<'_>, replace: Replace) -> Answer {
    let regex = call.regex(0)?.ok_or_else(|| call.missing(0))?;
    let replacement = call.required(1)?;
    let replaced = replace(&regex, call.subject_text(), &replacement);
    Ok(replaced.map_err(|error| call.error_of("it cannot replace", &error))?.into())
}

/// Regular expressions, each with the text that it stands for.
pub(in crate::expression) struct Mapping(Vec<(JavaRegex, String)>);

impl Mapping {
    pub(in crate::expression) fn parse(text: &str) -> Result<Self, String> {
        // As in Java, empty parts at the end of a list are none.
        let text = if is_blank(text) { "" } else { text.trim_end_matches(',') };
        let mut mapping = Vec::new();
        for pair in text.split(',').filter(|_| !text.is_empty()) {
            let pair = pair.trim_matches(|c: char| c <= ' ').trim_end_matches(':');
            let mut parts = pair.split(':');
            let (Some(pattern), Some(value)) = (parts.next(), parts.next()) else {
                return Err(
                    "each pair is written `regex:text`, with commas between them".to_owned()
                );
            };
            if !is_blank(pattern) && !is_blank(value) {
                let regex = JavaRegex::new(pattern).map_err(|error| error.to_string())?;
                mapping.push((regex, value.to_owned()));
            }
        }
        Ok(Self(mapping))
    }
}

fn replace_by_pattern(call: &Call<'_>) -> Answer {
    let Some(mapping) = call.mapping(0)? else { return Ok(call.subject.clone()) };
    for (regex, value) in &mapping.0 {
        if regex
            .is_full_match(call.subject_text())
            .map_err(|error| call.error(error.to_string()))?
        {
            return Ok(value.as_str().into());
        }
    }
    Ok(call.subject.clone())
}

fn pad(call: &Call<'_>, join: fn(&str, String) -> String) -> Answer {
    let text = call.subject_text();
    let wanted =
        call.whole(0)?.filter(|length| (1..=i64::from(i32::MAX)).contains(length)).unwrap_or(0);
    let missing = usize::try_from(wanted - units(text)).unwrap_or(0);
    if missing == 0 {
        return Ok(text.into());
    }
    call.evaluation.check_size(missing)?;
    let padding =
        call.text(1)?.filter(|padding| !padding.is_empty()).unwrap_or_else(|| "_".to_owned());
    let units: Vec<u16> = padding.encode_utf16().cycle().take(missing).collect();
    Ok(join(text, String::from_utf16_lossy(&units)).into())
}

fn repeat(call: &Call<'_>) -> Answer {
    let least = call.whole(0)?.ok_or_else(|| call.missing(0))?;
    let most = match call.argument_count() {
        2 => call.whole(1)?.ok_or_else(|| call.missing(1))?,
        _ => least,
    };
    if least <= 0 || most < least {
        return Err(call.error(
            "the number of times must be 1 or more, and the second one not less than the first",
        ));
    }
    let choices = u64::try_from(most - least).unwrap_or(0).saturating_add(1);
    let more = if choices > 1 { call.evaluation.scope.random() % choices } else { 0 };
    let times = usize::try_from(least.saturating_add_unsigned(more)).unwrap_or(usize::MAX);
    let text = call.subject_text();
    call.evaluation.check_size(text.len().saturating_mul(times).min(RESULT_BYTES_MAX + 1))?;
    Ok(if text.is_empty() { text.into() } else { text.repeat(times).into() })
}

fn index(call: &Call<'_>, find: fn(&str, &str) -> Option<usize>) -> Answer {
    let (text, search) = (call.subject_text(), call.required(0)?);
    Ok(find(text, &search).map_or(-1, |at| units(&text[..at])).into())
}

fn evaluate_el_string(call: &Call<'_>) -> Answer {
    // To compile a text costs more than to pass it on.
    call.evaluation.spend_work(call.subject_text().len() as u64)?;
    let template = Template::compile(call.subject_text())
        .map_err(|error| call.error_of("the text does not compile", &error))?;
    Ok(template.render_inside(call.evaluation)?.into())
}
