//! Documents that say what is not so: links that lead nowhere, files that are not there, commands that do not exist.

use std::{path::Path, process::Command};

use crate::tree::{File, Tree};

/// What the help of a command says; none when there is no such command.
pub(crate) type Help = fn(&[&str]) -> Option<String>;

/// Asks the program itself.
pub(crate) fn help(command: &[&str]) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_headwater")).args(command).arg("--help").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Links to files and headings that are not there.
pub(crate) fn links(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.documents() {
        for (line, text) in prose(file) {
            for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                if target.contains("://") || leads_somewhere(tree, file, target) {
                    continue;
                }
                breaches.push(format!("{}:{line}: the link `{target}` leads nowhere", file.path));
            }
        }
    }
    breaches
}

fn leads_somewhere(tree: &Tree, from: &File, target: &str) -> bool {
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let folder = from.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = if path.is_empty() { from.path.clone() } else { resolved(folder, path) };
    let document = tree.file(&path);
    let has_heading =
        |file: &File| prose(file).any(|(_, text)| text.starts_with('#') && slug(text) == heading);
    (document.is_some() || is_there(&path))
        && (heading.is_empty() || document.is_some_and(has_heading))
}

fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." => parts.truncate(parts.len().saturating_sub(1)),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What a heading is called in a link.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Files and folders of this tree that a document names and that are not there.
pub(crate) fn paths(tree: &Tree) -> Vec<String> {
    let roots = ["src/", "processors/", "tests/", "docs/", "flows/", ".ci/"];
    let mut breaches = Vec::new();
    for file in tree.documents() {
        for (line, text) in prose(file) {
            let named =
                inline_code(text).filter(|code| roots.iter().any(|root| code.starts_with(root)));
            let missing = named
                .filter(|code| !code.contains([' ', '*', '<', '.']) || is_file_name(code))
                .filter(|code| !is_there(code));
            breaches
                .extend(missing.map(|code| format!("{}:{line}: there is no `{code}`", file.path)));
        }
    }
    breaches
}

fn is_file_name(code: &str) -> bool {
    !code.contains([' ', '*', '<']) && !code.contains("NAME")
}

fn is_there(path: &str) -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists()
}

/// Rust in documents that is not a part of a file that compiles.
pub(crate) fn examples(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.documents() {
        for (line, example) in blocks(file, "rust") {
            if !tree.rust().any(|rust| rust.text.contains(&example)) {
                let place = format!("{}:{line}", file.path);
                breaches.push(format!(
                    "{place}: no Rust file has this example; copy it from one that is tested"
                ));
            }
        }
    }
    breaches
}

/// The blocks of code in a language, each with its first line.
fn blocks(file: &File, language: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut last = 0;
    for line in lines(file).filter(|line| line.block == Some(language)) {
        match blocks.last_mut().filter(|_| last + 1 == line.number) {
            Some((_, text)) => text.push_str(&format!("{}\n", line.text)),
            None => blocks.push((line.number, format!("{}\n", line.text))),
        }
        last = line.number;
    }
    blocks
}

/// Says what is wrong with a flow file; nothing when it is right.
pub(crate) type Validate = fn(&str) -> Result<(), String>;

/// Asks the program itself.
pub(crate) fn validate(flow: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("example-of-a-document.yaml");
    std::fs::write(&path, flow).unwrap();
    let command = &mut Command::new(env!("CARGO_BIN_EXE_headwater"));
    let output = command.args(["validate", "--no-values"]).arg(&path).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or(told)
}

/// Where flows are wrong on purpose; `tests/errors.rs` loads them.
const WRONG_FLOWS: &str = "docs/errors/";

/// Whole flows in documents, those that begin with `flow:`, that cannot be loaded.
pub(crate) fn flows(tree: &Tree, validate: Validate) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.documents().filter(|file| !file.path.starts_with(WRONG_FLOWS)) {
        for (line, flow) in
            blocks(file, "yaml").iter().filter(|(_, text)| text.starts_with("flow:"))
        {
            if let Err(told) = validate(flow) {
                breaches.push(format!("{}:{line}: this flow does not load:\n{told}", file.path));
            }
        }
    }
    breaches
}

/// Commands in documents that the program does not know.
pub(crate) fn commands(tree: &Tree, help: Help) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.documents() {
        for (line, command) in commands_of(file) {
            if let Err(wrong) = check(&command, help) {
                breaches.push(format!("{}:{line}: `headwater {command}`: {wrong}", file.path));
            }
        }
    }
    breaches
}

/// What is typed after `headwater`, wherever a document shows it as code.
fn commands_of(file: &File) -> Vec<(usize, String)> {
    let shown =
        prose(file).flat_map(|(line, text)| inline_code(text).map(move |code| (line, code)));
    let blocks = lines(file).filter(|line| match line.block {
        Some("sh" | "ini" | "cron") => true,
        Some("console") => line.text.starts_with("$ "),
        _ => false,
    });
    let all = shown.chain(blocks.map(|line| (line.number, line.text)));
    all.filter_map(|(line, code)| Some((line, typed(code)?.to_owned()))).collect()
}

fn typed(code: &str) -> Option<&str> {
    let from_cargo = code.split_once("cargo run --release -- ").map(|(_, rest)| rest);
    let itself = code
        .match_indices("headwater ")
        .find(|(at, _)| code[..*at].is_empty() || code[..*at].ends_with([' ', '/', '=']));
    let rest = from_cargo.or(itself.map(|(at, name)| &code[at + name.len()..]))?;
    let end = [" #", " |", " >", " &&", ";", ")"].iter().filter_map(|end| rest.find(end)).min();
    Some(rest[..end.unwrap_or(rest.len())].trim())
}

fn check(command: &str, help: Help) -> Result<(), String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let plain: Vec<&str> =
        words.iter().copied().take_while(|word| !word.starts_with('-')).collect();
    let mut known = help(&[]).ok_or("the program does not start")?;
    let mut path = Vec::new();
    for word in plain {
        if !known.contains("\nCommands:") {
            break;
        }
        path.push(word);
        known = help(&path).ok_or_else(|| format!("there is no command `{}`", path.join(" ")))?;
    }
    let options = words.iter().filter(|word| word.starts_with('-') && word.len() > 1);
    let unknown = options
        .map(|word| word.split('=').next().unwrap_or(word))
        .find(|option| !has_option(&known, option));
    unknown.map_or(Ok(()), |option| Err(format!("it has no option `{option}`")))
}

fn has_option(help: &str, option: &str) -> bool {
    let between = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '=');
    help.split(between).any(|word| word.trim_end_matches('.') == option)
}

/// The README's command for all tests, which `.ci/run` has to run as it stands there.
pub(crate) fn test_command(tree: &Tree) -> Vec<String> {
    let Some(readme) = tree.file("README.md") else {
        return vec!["there is no README.md".to_owned()];
    };
    let typed = lines(readme).filter(|line| line.block == Some("sh")).map(|line| line.text);
    let Some(command) = typed
        .map(|text| text.split(" #").next().unwrap_or(text).trim())
        .find(|text| text.starts_with("cargo test"))
    else {
        return vec![
            "README.md: show the command that runs all tests, in a block of `sh`".to_owned(),
        ];
    };
    let runs = |file: &File| file.text.lines().any(|line| line == command);
    if tree.file(".ci/run").is_some_and(runs) {
        Vec::new()
    } else {
        vec![format!(".ci/run: run `{command}`, as README.md says")]
    }
}

struct Line<'f> {
    number: usize,
    text: &'f str,
    /// The language of the block of code that it is in; empty when it names none.
    block: Option<&'f str>,
}

fn lines(file: &File) -> impl Iterator<Item = Line<'_>> {
    let mut block = None;
    file.text.lines().enumerate().filter_map(move |(index, text)| {
        match text.trim_start().strip_prefix("```") {
            Some(language) => {
                block = if block.is_some() { None } else { Some(language) };
                None
            }
            None => Some(Line { number: index + 1, text: text.trim_end(), block }),
        }
    })
}

/// The lines outside blocks of code.
fn prose(file: &File) -> impl Iterator<Item = (usize, &str)> {
    lines(file).filter(|line| line.block.is_none()).map(|line| (line.number, line.text))
}

fn inline_code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(text: &str) -> Tree {
        Tree::example("docs/a.md", text)
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let text = "# One, two\n[a](../src/lib.rs) [b](nothing.md) [c](#one-two) [d](#three) [e](https://x.y/z)\n```\n[f](g)\n```\n";
        let found = links(&example(text));
        assert_eq!(
            found,
            [
                "docs/a.md:2: the link `nothing.md` leads nowhere",
                "docs/a.md:2: the link `#three` leads nowhere"
            ]
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_found() {
        let found = paths(&example(
            "`src/lib.rs` `src/nothing/` `src/nothing.rs` `docs/*.md` `tests/NAME.rs` nothing/else\n",
        ));
        assert_eq!(
            found,
            [
                "docs/a.md:1: there is no `src/nothing/`",
                "docs/a.md:1: there is no `src/nothing.rs`"
            ]
        );
    }

    #[test]
    fn an_example_that_nobody_compiles_is_found() {
        let tree = Tree::examples(&[
            ("docs/a.md", "```rust\nfn a() {}\n\nfn b() {}\n```\n```rust\nfn c() {}\n```\n"),
            ("tests/a.rs", "fn a() {}\n\nfn b() {}\n\nfn d() {}\n"),
        ]);
        let found = examples(&tree);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].starts_with("docs/a.md:7"), "{found:#?}");
    }

    #[test]
    fn a_flow_that_does_not_load_is_found() {
        let text =
            "```yaml\nflow: a\n```\n```yaml\n# a part\nflow: b\n```\n```yaml\nflow: c\n```\n";
        let refuse =
            |flow: &str| if flow == "flow: a\n" { Ok(()) } else { Err("wrong".to_owned()) };
        assert_eq!(flows(&example(text), refuse), ["docs/a.md:9: this flow does not load:\nwrong"]);
    }

    fn pretend(command: &[&str]) -> Option<String> {
        let text = match command {
            [] => "Usage: headwater\n\nCommands:\n  run\n  failed\n",
            ["run"] => {
                "Usage: headwater run <FLOW>\n\nOptions:\n  -v, --verbose...\n      --wait <SECONDS>\n"
            }
            ["failed"] => "\nCommands:\n  list\n",
            ["failed", "list"] => "Options:\n      --json\n",
            _ => return None,
        };
        Some(text.to_owned())
    }

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        let text = "`headwater run FLOW --wait 5` and `headwater fly`\n\
                    ```sh\ncargo run --release -- run a.yaml --fast # quick\n/usr/bin/headwater failed list --json > x\nheadwater failed mend\n```\n\
                    ```console\n$ headwater run -x\nheadwater says something\n```\n";
        let found = commands(&example(text), pretend);
        let expected = [
            "docs/a.md:1: `headwater fly`: there is no command `fly`",
            "docs/a.md:3: `headwater run a.yaml --fast`: it has no option `--fast`",
            "docs/a.md:5: `headwater failed mend`: there is no command `failed mend`",
            "docs/a.md:8: `headwater run -x`: it has no option `-x`",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_test_command_that_ci_does_not_run_is_found() {
        let tree = |ci: &str| {
            Tree::examples(&[
                ("README.md", "```sh\ncargo test --workspace   # all\n```\n"),
                (".ci/run", ci),
            ])
        };
        assert!(test_command(&tree("cargo test --workspace\n")).is_empty());
        assert_eq!(test_command(&tree("cargo test\n")).len(), 1);
        assert_eq!(test_command(&example("x")).len(), 1);
    }
}
