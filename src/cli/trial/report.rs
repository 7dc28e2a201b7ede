//! What a trial brought, for a person and for a program. Secrets show as `***` in both.

use std::fmt::Write as _;

use indexmap::IndexMap;
use processors_api::{MASK, base64, core_attributes};
use serde_json::{Map, Value, json};

use crate::trial::{Output, RolledBack, Trialled};

/// How much of a content is shown.
const SHOWN_LINES_MAX: usize = 40;

/// How much of a content or of an attribute is shown.
const SHOWN_CHARS_MAX: usize = 4_000;

/// The object that `--json` prints.
pub(super) fn json(trialled: &Trialled) -> Value {
    let mut outputs: IndexMap<&str, Vec<Value>> = IndexMap::new();
    for output in &trialled.outputs {
        outputs.entry(&output.relationship).or_default().push(flowfile(output));
    }
    let mut report = json!({ "ok": true, "outputs": outputs });
    let mut add = |name: &str, value: Value| report[name] = value;
    if !trialled.rolled_back.is_empty() {
        add("rolled_back", trialled.rolled_back.iter().map(rolled_back).collect());
    }
    if trialled.waiting > 0 {
        add("waiting", trialled.waiting.into());
    }
    if let Some(nothing) = &trialled.nothing {
        add("nothing", nothing.as_str().into());
    }
    report
}

fn flowfile(output: &Output) -> Value {
    let attributes: Map<String, Value> =
        attributes(output).map(|(name, value)| (name, value.into())).collect();
    let mut flowfile = json!({ "content": content(output), "attributes": attributes });
    if output.is_penalized {
        flowfile["penalized"] = true.into();
    }
    if let Some(reason) = &output.reason {
        flowfile["reason"] = reason.masked().into();
    }
    flowfile
}

fn attributes(output: &Output) -> impl Iterator<Item = (String, String)> {
    let all = output.attributes.iter();
    let all = all.map(|(name, value)| (name.to_string(), value.masked().to_owned()));
    all.chain([(core_attributes::UUID.to_owned(), output.id.to_string())])
}

fn content(output: &Output) -> Value {
    match str::from_utf8(&output.content) {
        _ if output.is_sensitive => MASK.into(),
        Ok(text) => text.into(),
        Err(_) => json!({ "base64": base64::encode(&output.content) }),
    }
}

fn rolled_back(failed: &RolledBack) -> Value {
    match failed.input {
        Some(input) => json!({ "input": input, "error": failed.error }),
        None => json!({ "error": failed.error }),
    }
}

/// The report that a person reads.
pub(super) fn text(trialled: &Trialled) -> String {
    let mut text = String::new();
    for output in &trialled.outputs {
        shown(&mut text, output);
    }
    for failed in &trialled.rolled_back {
        let which = failed.input.map(|input| format!(" flowfile {}", input + 1));
        let _ = writeln!(text, "rolled back{}: {}", which.unwrap_or_default(), failed.error);
    }
    for (count, what) in [
        (trialled.waiting, "still waiting before the processor: it wants more of them, or time"),
        (trialled.removed, "ended here"),
    ] {
        if count > 0 {
            let _ = writeln!(text, "{}, {what}", counted(count));
        }
    }
    if let Some(nothing) = &trialled.nothing {
        let _ = writeln!(text, "nothing found: {}", visible(nothing));
    }
    for action in &trialled.after_commit {
        let done = if action.move_to.is_some() { "moved" } else { "deleted" };
        let _ = writeln!(text, "left in place: {} (in a flow it is {done} now)", action.path);
    }
    if text.is_empty() {
        text.push_str("nothing came out");
    }
    text.trim_end().to_owned()
}

fn counted(count: usize) -> String {
    if count == 1 { "1 flowfile".to_owned() } else { format!("{count} flowfiles") }
}

fn shown(text: &mut String, output: &Output) {
    let penalized = if output.is_penalized { " (penalized)" } else { "" };
    let _ = writeln!(text, "{}{penalized}", output.relationship);
    if let Some(reason) = &output.reason {
        let _ = writeln!(text, "  because {}", visible(reason.masked()));
    }
    let own_name = output.id.to_string();
    let told: Vec<_> = attributes(output)
        .filter(|(name, value)| match name.as_str() {
            core_attributes::UUID => false,
            core_attributes::FILENAME => *value != own_name,
            core_attributes::PATH => value != "./",
            _ => true,
        })
        .collect();
    let width = told.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in &told {
        let (name, value) = (visible(name), visible(value).replace('\n', " "));
        let _ = writeln!(text, "  {name:width$}  {value}");
    }
    shown_content(text, output);
    text.push('\n');
}

fn shown_content(text: &mut String, output: &Output) {
    let bytes = output.content.len();
    match str::from_utf8(&output.content) {
        _ if output.is_sensitive => {
            let _ = writeln!(text, "  | {MASK}");
        }
        Ok("") => text.push_str("  (no content)\n"),
        Ok(content) => {
            let part: String = content.chars().take(SHOWN_CHARS_MAX).collect();
            let part: Vec<&str> = part.split_inclusive('\n').take(SHOWN_LINES_MAX).collect();
            for line in &part {
                let line = visible(line.trim_end_matches('\n'));
                let _ = writeln!(text, "{}", format!("  | {line}").trim_end());
            }
            let rest = bytes - part.iter().map(|line| line.len()).sum::<usize>();
            if rest > 0 {
                let _ = writeln!(text, "  ... {rest} more of {bytes} bytes");
            }
        }
        Err(_) => {
            let _ = writeln!(text, "  ({bytes} bytes that are not UTF-8 text)");
        }
    }
}

/// Without what could move the cursor of a terminal, and of a length that a person reads.
fn visible(text: &str) -> String {
    let plain = |c: char| if c.is_control() && c != '\t' && c != '\n' { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).map(plain).collect();
    if shown.len() < text.len() && text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
