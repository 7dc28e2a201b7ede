//! The examples of a reference page: the lines of a flow file, and what goes in and comes out.

use std::fmt::Write as _;

use processors_api::{Example, ExampleAnswer, ExampleFlowFile, ProcessorType};
use serde_json::{Value, json};

/// The section of the page; nothing when there are none.
pub(super) fn section(kind: &ProcessorType) -> String {
    if kind.examples.is_empty() {
        return String::new();
    }
    let examples: Vec<String> = kind.examples.iter().map(|one| shown(kind, one)).collect();
    format!("\n## Examples\n\n{}", examples.join("\n"))
}

fn shown(kind: &ProcessorType, example: &Example) -> String {
    let mut yaml = format!("type: {}\n", kind.name);
    if !example.properties.trim().is_empty() {
        yaml.push_str("properties:\n");
        for line in example.properties.lines() {
            let _ = writeln!(yaml, "{}", format!("  {line}").trim_end());
        }
    }
    let story = story(example);
    let story = if story.is_empty() { story } else { format!("\n{}", fenced("text", &story)) };
    format!("### {}\n\n{}{story}", example.title, fenced("yaml", &yaml))
}

/// What is there before, what goes in, what comes out, and what is there afterwards.
fn story(example: &Example) -> String {
    let mut parts = Vec::new();
    parts.extend(example.files.iter().map(|file| self::file("before", file)));
    parts.extend(example.answers.iter().map(answer));
    parts.extend(example.inputs.iter().map(|input| flowfile("in", input)));
    let outputs = example.outputs.iter();
    parts.extend(outputs.map(|(name, output)| flowfile(&format!("out, {name}"), output)));
    parts.extend(example.files_after.iter().map(|file| self::file("after", file)));
    parts.join("\n")
}

fn file(when: &str, (path, content): &(&str, &str)) -> String {
    format!("{when}, file {path}\n{}", lines(content))
}

fn answer(answer: &ExampleAnswer) -> String {
    format!("the server answers {}\n{}{}", answer.status, pairs(answer.headers), lines(answer.body))
}

fn flowfile(what: &str, flowfile: &ExampleFlowFile) -> String {
    format!("{what}\n{}{}", pairs(flowfile.attributes), lines(flowfile.content))
}

fn pairs(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("  {name}: {}\n", visible(value))).collect()
}

/// A content line by line, each behind a bar, so that blanks and empty lines are seen.
fn lines(content: &str) -> String {
    let Some(last) = content.strip_suffix('\n').or((!content.is_empty()).then_some(content)) else {
        return String::new();
    };
    let line = |line: &str| format!("{}\n", format!("  | {}", visible(line)).trim_end());
    last.split('\n').map(line).collect()
}

fn visible(text: &str) -> String {
    let plain = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(plain).collect()
}

fn fenced(language: &str, text: &str) -> String {
    let fence = if text.contains("```") { "````" } else { "```" };
    format!("{fence}{language}\n{text}{fence}\n")
}

/// The example for a program.
pub(super) fn json(example: &Example) -> Value {
    let flowfile = |one: &ExampleFlowFile| json!({ "content": one.content, "attributes": object(one.attributes) });
    let outputs: Vec<Value> = example
        .outputs
        .iter()
        .map(|(name, one)| {
            let mut output = flowfile(one);
            output["relationship"] = (*name).into();
            output
        })
        .collect();
    let answers: Vec<Value> = example
        .answers
        .iter()
        .map(
            |one| json!({ "status": one.status, "headers": object(one.headers), "body": one.body }),
        )
        .collect();
    json!({
        "title": example.title,
        "properties": example.properties,
        "files": object(example.files),
        "answers": answers,
        "inputs": example.inputs.iter().map(flowfile).collect::<Vec<_>>(),
        "outputs": outputs,
        "files_after": object(example.files_after),
    })
}

fn object(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn an_example_tells_the_whole_story() {
        const EXAMPLE: Example = Example::new("Ask", "url: x\n\nbody: y\n")
            .files(&[("a.txt", "1\n\n2\n")])
            .answers(&[ExampleAnswer { status: 404, headers: &[("A", "b")], body: "" }])
            .inputs(&[ExampleFlowFile::new("x ", &[("n", "1\t2")])])
            .outputs(&[("no_retry", ExampleFlowFile::new("```", &[]))]);
        expect![[r#"
            before, file a.txt
              | 1
              |
              | 2

            the server answers 404
              A: b

            in
              n: 1\t2
              | x

            out, no_retry
              | ```
        "#]]
        .assert_eq(&story(&EXAMPLE));
        assert_eq!(fenced("text", "```\n"), "````text\n```\n````\n");
        let json = json(&EXAMPLE);
        assert_eq!(
            (&json["outputs"][0]["relationship"], &json["files"]["a.txt"]),
            (&"no_retry".into(), &"1\n\n2\n".into())
        );
    }
}
