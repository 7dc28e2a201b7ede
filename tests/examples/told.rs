//! What an example wants and what happened, as texts that can be laid side by side.

use std::{fmt::Write as _, fs, path::Path};

use headwater::trial::Trialled;
use processors_api::{Example, core_attributes};

/// What an example wants.
pub(crate) fn wanted(example: &Example) -> String {
    let mut text = String::new();
    let mut outputs: Vec<_> = example.outputs.iter().collect();
    outputs.sort_by_key(|(relationship, _)| *relationship);
    for (relationship, flowfile) in outputs {
        let attributes = flowfile.attributes.iter().map(|(name, value)| (*name, Some(*value)));
        flowfile_text(&mut text, relationship, attributes, flowfile.content);
    }
    let mut files = example.files_after.to_vec();
    files.sort_unstable();
    for (path, content) in files {
        file_text(&mut text, path, content);
    }
    text
}

/// What happened. Of a flowfile those attributes that the example names of the flowfile in its place.
pub(crate) fn outcome(
    trialled: &Trialled,
    example: &Example,
    folder: &Path,
    answers_left: usize,
) -> String {
    let mut text = String::new();
    let mut outputs: Vec<_> = trialled.outputs.iter().collect();
    outputs.sort_by(|one, other| one.relationship.cmp(&other.relationship));
    for (index, output) in outputs.iter().enumerate() {
        let same = |one: &&&headwater::trial::Output| one.relationship == output.relationship;
        let place = outputs.iter().take(index).filter(same).count();
        let mut wanted = example.outputs.iter().filter(|(name, _)| *name == output.relationship);
        let names = wanted.nth(place).map(|(_, flowfile)| flowfile.attributes).unwrap_or_default();
        let own_id = output.id.to_string();
        let value = |name: &str| match name {
            core_attributes::UUID => Some(own_id.clone()),
            name => output.attributes.get(name).map(|value| value.reveal().to_owned()),
        };
        let values: Vec<_> = names.iter().map(|(name, _)| (*name, value(name))).collect();
        let attributes = values.iter().map(|(name, value)| (*name, value.as_deref()));
        let content = String::from_utf8_lossy(&output.content);
        flowfile_text(&mut text, &output.relationship, attributes, &content);
    }
    for failed in &trialled.rolled_back {
        let _ = writeln!(text, "rolled back: {}", failed.error);
    }
    for (count, what) in
        [(trialled.waiting, "flowfile still waits"), (answers_left, "answer nobody fetched")]
    {
        if count > 0 {
            let _ = writeln!(text, "{count} {what}");
        }
    }
    for (path, content) in files(folder) {
        file_text(&mut text, &path, &content);
    }
    text
}

fn flowfile_text<'a>(
    text: &mut String,
    relationship: &str,
    attributes: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    content: &str,
) {
    let _ = writeln!(text, "{relationship}");
    for (name, value) in attributes {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name}={value}");
        }
    }
    content_text(text, content);
}

fn file_text(text: &mut String, path: &str, content: &str) {
    let _ = writeln!(text, "file {path}");
    content_text(text, content);
}

fn content_text(text: &mut String, content: &str) {
    for line in content.split('\n') {
        let _ = writeln!(text, "  | {}", line.escape_debug().to_string().replace("\\\"", "\""));
    }
}

/// All files below a folder, in order of their paths.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((name, content));
            }
        }
    }
    found.sort_unstable();
    found
}

/// What only one of both has, line by line, with what both have around it.
pub(crate) fn difference(wanted: &str, told: &str) -> String {
    let (wanted, told): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), told.lines().collect());
    let common = wanted.iter().zip(&told).take_while(|(one, other)| one == other).count();
    let rest = wanted.len().min(told.len()) - common;
    let ends = wanted.iter().rev().zip(told.iter().rev());
    let end = ends.take(rest).take_while(|(one, other)| one == other).count();
    let same = |lines: &[&str]| lines.iter().map(|line| format!("  {line}\n")).collect::<String>();
    let marked = |mark: char, lines: &[&str]| {
        lines.iter().map(|line| format!("{mark} {line}\n")).collect::<String>()
    };
    same(&wanted[..common])
        + &marked('-', &wanted[common..wanted.len() - end])
        + &marked('+', &told[common..told.len() - end])
        + &same(&wanted[wanted.len() - end..])
}
