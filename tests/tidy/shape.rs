//! Sizes, first lines, and files that nobody would miss.

use crate::{
    code::{Token, tokens, without_literals},
    tree::{File, Tree},
};

/// Lines of a file without its tests: about what one reads in one go.
const FILE_LINES_MAX: usize = 550;

/// Lines of a function, its signature included.
const FUNCTION_LINES_MAX: usize = 70;

/// Columns of a line without what stands in quotes. rustfmt keeps code at 100 and gives up silently where a long text
/// stands in the way; comments it leaves alone.
const COLUMNS_MAX: usize = 130;

/// Files that are longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Functions that are longer, each with its reason.
const LONG_FUNCTIONS: &[(&str, &str)] = &[];

pub(crate) fn sizes(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.library() {
        let lines = file.shipped().lines().count();
        if lines > FILE_LINES_MAX && !is_listed(LONG_FILES, &file.path) {
            breaches.push(format!("{}: {lines} lines without tests, more than {FILE_LINES_MAX}: which second idea is in it?", file.path));
        }
        for function in functions(&tokens(&file.code())) {
            if function.lines > FUNCTION_LINES_MAX && !is_listed(LONG_FUNCTIONS, &function.name) {
                breaches.push(format!(
                    "{}:{}: `{}` has {} lines, more than {FUNCTION_LINES_MAX}: give its steps names",
                    file.path, function.line, function.name, function.lines
                ));
            }
        }
        breaches.extend(wide_lines(file));
    }
    breaches
}

fn is_listed(exceptions: &[(&str, &str)], name: &str) -> bool {
    exceptions.iter().any(|(exception, _)| *exception == name)
}

fn wide_lines(file: &File) -> Vec<String> {
    let code = without_literals(file.shipped());
    let lines = code.lines().zip(file.shipped().lines()).enumerate();
    let width = |code: &str, text: &str| {
        let text = text.trim_start();
        match text.starts_with("//") {
            // The row of a table cannot be broken.
            true if text.starts_with("//! |") || text.starts_with("/// |") => 0,
            true => text.chars().count(),
            false => code.trim_end().chars().count(),
        }
    };
    let wide = lines.filter(|(_, (code, text))| width(code, text) > COLUMNS_MAX);
    wide.map(|(index, _)| {
        format!("{}:{}: more than {COLUMNS_MAX} columns: break it", file.path, index + 1)
    })
    .collect()
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

fn functions(tokens: &[Token<'_>]) -> Vec<Function> {
    let starts =
        tokens.windows(2).enumerate().filter(|(_, pair)| pair[0].text == "fn" && pair[1].is_word());
    let function = |(at, pair): (usize, &[Token<'_>])| {
        let end = body_end(&tokens[at..])?;
        Some(Function {
            name: pair[1].text.to_owned(),
            line: pair[0].line,
            lines: end + 1 - pair[0].line,
        })
    };
    starts.filter_map(function).collect()
}

/// The line of the brace that closes the first body; none for a declaration without body.
fn body_end(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut brackets = 0_usize;
    for token in tokens {
        match token.text {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets = brackets.saturating_sub(1),
            ";" if depth == 0 && brackets == 0 => return None,
            "{" => depth += 1,
            "}" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if token.text == "}" && depth == 0 {
            return Some(token.line);
        }
    }
    None
}

/// Files that do not begin by saying what they are.
pub(crate) fn first_lines(tree: &Tree) -> Vec<String> {
    let silent = tree.library().filter(|file| !file.text.starts_with("//!"));
    silent
        .map(|file| {
            format!("{}: begin with `//!` and say what it is, then what it is not", file.path)
        })
        .collect()
}

/// Files that no module declares: the compiler never sees them.
pub(crate) fn unlisted_modules(tree: &Tree) -> Vec<String> {
    let is_module =
        |file: &&File| file.path.contains("src/") && !matches!(stem(&file.path), "lib" | "main");
    let declared = |file: &&File| {
        let (folder, name) = home(&file.path);
        let parents = ["mod.rs", "lib.rs", "main.rs"].map(|parent| format!("{folder}/{parent}"));
        let mut parents = parents
            .iter()
            .chain([&format!("{folder}.rs")])
            .filter_map(|path| tree.file(path))
            .collect::<Vec<_>>()
            .into_iter();
        parents.any(|parent| declares(parent, name))
    };
    let lost = tree.rust().filter(is_module).filter(|file| !declared(file));
    lost.map(|file| {
        format!(
            "{}: no module declares it; add `mod {};` or remove it",
            file.path,
            home(&file.path).1
        )
    })
    .collect()
}

fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// The folder whose module declares a file, and the name that it declares.
fn home(path: &str) -> (&str, &str) {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    path.rsplit_once('/').unwrap_or(("", path))
}

fn declares(parent: &File, name: &str) -> bool {
    let code = without_literals(&parent.text);
    tokens(&code)
        .windows(3)
        .any(|three| three[0].text == "mod" && three[1].text == name && three[2].text == ";")
}

/// Processors that their bundle does not list: no flow can use them.
pub(crate) fn unlisted_processors(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.library().filter(|file| {
        file.path.starts_with("processors/") && !file.path.starts_with("processors/api/")
    }) {
        let Some((bundle, _)) = file.path.split_once("/src/") else { continue };
        let list = tree.file(&format!("{bundle}/src/lib.rs")).map(File::code).unwrap_or_default();
        for name in definitions(&file.code()) {
            if !list.contains(&format!("::{name}>()")) && !list.contains(&format!("<{name}>()")) {
                breaches.push(format!(
                    "{}: {bundle}/src/lib.rs does not list `{name}` in PROCESSORS",
                    file.path
                ));
            }
        }
    }
    breaches
}

/// The types that a file makes processors.
fn definitions(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let made = tokens.windows(4).filter(|four| {
        let [one, two, three, _] = four else { return false };
        one.text == "impl"
            && matches!(two.text, "Processor" | "AsyncProcessor")
            && three.text == "for"
    });
    made.map(|four| four[3].text.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn breaks(found: &[String], expected: &[&str]) {
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        assert!(
            found.iter().zip(expected).all(|(found, expected)| found.contains(expected)),
            "{found:#?}"
        );
    }

    #[test]
    fn too_long_is_found() {
        let file = |lines: usize| Tree::example("src/a.rs", &"const A: u8 = 0;\n".repeat(lines));
        breaks(&sizes(&file(FILE_LINES_MAX)), &[]);
        breaks(&sizes(&file(FILE_LINES_MAX + 1)), &["551 lines without tests"]);
        let function = |lines: usize| {
            Tree::example(
                "src/a.rs",
                &format!("fn f(a: [u8; 2]) {{\n{}}}\n", "    { x(); }\n".repeat(lines - 2)),
            )
        };
        breaks(&sizes(&function(FUNCTION_LINES_MAX)), &[]);
        breaks(&sizes(&function(FUNCTION_LINES_MAX + 1)), &["src/a.rs:1: `f` has 71 lines"]);
    }

    #[test]
    fn too_wide_is_found_but_not_a_text_or_a_table() {
        let line = |start: &str, end: &str| format!("{start}{}{end}\n", "x".repeat(COLUMNS_MAX));
        breaks(
            &sizes(&Tree::example("src/a.rs", &line("// ", ""))),
            &["src/a.rs:1: more than 130 columns"],
        );
        breaks(
            &sizes(&Tree::example("src/a.rs", &line("let ", ";"))),
            &["src/a.rs:1: more than 130 columns"],
        );
        breaks(&sizes(&Tree::example("src/a.rs", &line("let a = \"", "\";"))), &[]);
        breaks(&sizes(&Tree::example("src/a.rs", &line("//! | ", " |"))), &[]);
    }

    #[test]
    fn a_silent_file_is_found() {
        breaks(&first_lines(&Tree::example("src/a.rs", "use std::io;\n")), &["begin with `//!`"]);
        breaks(&first_lines(&Tree::example("src/a.rs", "//! An example.\n")), &[]);
    }

    #[test]
    fn a_lost_file_is_found() {
        let tree = |root: &str| {
            Tree::examples(&[
                ("src/lib.rs", root),
                ("src/a/mod.rs", "mod b;\n"),
                ("src/a/b.rs", ""),
                ("src/a/b/c.rs", ""),
            ])
        };
        breaks(
            &unlisted_modules(&tree("// mod a;\n")),
            &["src/a/mod.rs: no module declares it; add `mod a;`", "c.rs"],
        );
        breaks(&unlisted_modules(&tree("pub mod a;\n")), &["c.rs"]);
    }

    #[test]
    fn a_processor_that_is_not_listed_is_found() {
        let tree = |list: &str| {
            Tree::examples(&[
                ("processors/sql/src/lib.rs", list),
                ("processors/sql/src/q.rs", "impl AsyncProcessor for Query {}\n"),
            ])
        };
        breaks(&unlisted_processors(&tree("mod q;\n")), &["does not list `Query`"]);
        breaks(&unlisted_processors(&tree("&[ProcessorType::of_async::<q::Query>()]\n")), &[]);
    }
}
