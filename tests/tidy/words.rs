//! Words that stand for something: unfinished work, the world outside, the machine that somebody happened to build on.

use crate::{
    code::tokens,
    tree::{File, Tree},
};

/// What reaches for the world, where that is allowed, and what to do instead.
const PLACES: &[(&[&str], &[&str], &str)] = &[
    (
        &["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now"],
        // The command line times what a person waits for; a sandbox may live in tomorrow, and has a clock of its own; how
        // long a server takes is the network's time, not the flow's.
        &[
            "src/system.rs",
            "src/cli/",
            "src/sandbox/clock.rs",
            "processors/standard/src/invoke_http/",
        ],
        "take a Clock",
    ),
    (
        &["getrandom::fill", "getrandom::getrandom", "Uuid::new_v4", "Uuid::now_v7"],
        &["src/system.rs", "src/sandbox/letters.rs"],
        "take an Entropy",
    ),
    (
        &["env::var", "env::var_os", "env::vars", "env::vars_os"],
        &["src/system.rs", "src/cli/"],
        "let src/system.rs read it",
    ),
    (
        &["io::stdout", "io::stderr", "println", "eprintln", "print", "eprint"],
        &["src/cli/"],
        "return it, or log it: only the command line prints",
    ),
];

/// Code that reaches for the world where it should be handed it.
pub(crate) fn places(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.library() {
        let code = file.code();
        let tokens = tokens(&code);
        for (names, rooms, instead) in PLACES {
            if rooms.iter().any(|room| file.path.starts_with(room)) {
                continue;
            }
            for name in *names {
                breaches.extend(
                    lines_with(&tokens, name)
                        .map(|line| format!("{}:{line}: `{name}`: {instead}", file.path)),
                );
            }
        }
    }
    breaches
}

/// The lines where a path ends with `name`, or a macro of that name is called.
fn lines_with<'t>(
    tokens: &'t [crate::code::Token<'t>],
    name: &'t str,
) -> impl Iterator<Item = usize> + 't {
    let wanted: Vec<&str> = name.split("::").flat_map(|word| ["::", word]).skip(1).collect();
    let after = if wanted.len() == 1 { "!" } else { "" };
    let is_there = move |window: &&[crate::code::Token<'_>]| {
        let same = window.iter().zip(&wanted).all(|(token, wanted)| token.text == *wanted);
        same && (after.is_empty() || window[wanted.len()].text == after)
    };
    let length = name.split("::").count() * 2 - 1 + usize::from(!name.contains("::"));
    tokens.windows(length).filter(is_there).map(|window| window[0].line)
}

/// Marks of unfinished work. Written in two parts, so that this file has none itself.
const UNFINISHED: &[(&str, &str, &str)] = &[
    ("to", "do!(", "do it, or leave it out"),
    ("unimple", "mented!(", "do it, or leave it out"),
    ("#[ig", "nore", "a test that does not run is none"),
    ("db", "g!(", "remove it"),
    ("FIX", "ME", "fix it, or say in an issue what is wrong"),
    ("TO", "DO", "do it, or say in an issue what is wanted"),
];

/// Marks of what nobody uses. Helpers that several tests share are used by each in part.
const DEAD: &[(&str, &str, &str)] =
    &[("allow(dead", "_code", "remove it"), ("allow(un", "used", "remove it")];

pub(crate) fn unfinished(tree: &Tree) -> Vec<String> {
    let mut breaches = find(tree.rust(), UNFINISHED);
    breaches.extend(find(tree.library(), DEAD));
    breaches
}

/// Traces of a machine or a registry. In two parts, as above.
const MACHINES: &[(&str, &str, &str)] = &[
    ("/wo", "rk/", "no path of a machine: make it relative"),
    ("/fa", "rm/", "no path of a machine: make it relative"),
    ("/ro", "ot/", "no path of a machine: make it relative"),
    ("/Us", "ers/", "no path of a machine: make it relative"),
    ("crates", ".io", "no host of a registry: cargo knows it"),
    ("static.rust", "-lang", "no host of a registry: rustup knows it"),
    ("py", "pi.org", "no host of a registry"),
    ("npm", "js.", "no host of a registry"),
    ("deb.deb", "ian", "no host of a registry: apt knows it"),
];

pub(crate) fn machines(tree: &Tree) -> Vec<String> {
    find(tree.files.iter(), MACHINES)
}

fn find<'f>(files: impl Iterator<Item = &'f File>, marks: &[(&str, &str, &str)]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files {
        for (index, text) in file.text.lines().enumerate() {
            for (one, two, advice) in marks {
                let mark = format!("{one}{two}");
                if text.contains(&mark) {
                    breaches.push(format!("{}:{}: `{mark}`: {advice}", file.path, index + 1));
                }
            }
        }
    }
    breaches
}

/// Tabs and trailing blanks; in tests they may be what is tested.
pub(crate) fn blanks(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in &tree.files {
        let text = if tree.library().any(|library| library.path == file.path) {
            file.shipped()
        } else {
            &file.text
        };
        let may_differ =
            file.path.ends_with(".rs") && !tree.library().any(|library| library.path == file.path);
        for (index, line) in text.lines().enumerate().filter(|_| !may_differ) {
            if line.contains('\t') || line.ends_with([' ', '\r']) {
                breaches.push(format!("{}:{}: a tab or a blank at the end", file.path, index + 1));
            }
        }
        if !text.ends_with('\n') {
            breaches.push(format!("{}: end it with a line break", file.path));
        }
    }
    breaches
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
    fn reaching_for_the_world_is_found() {
        let text = "fn f() {\n    let now = jiff::Timestamp::now();\n    println!();\n    std::env::var(c);\n}\n";
        let found = places(&Tree::example("src/engine/chain.rs", text));
        breaks(
            &found,
            &[
                "chain.rs:2: `Timestamp::now`: take a Clock",
                "chain.rs:4: `env::var`",
                "chain.rs:3: `println`",
            ],
        );
        breaks(&places(&Tree::example("src/cli/run.rs", text)), &[]);
        breaks(
            &places(&Tree::example(
                "src/engine/chain.rs",
                "// Instant::now()\nlet print = self.print;\n",
            )),
            &[],
        );
    }

    #[test]
    fn unfinished_work_is_found() {
        let marks = UNFINISHED.iter().chain(DEAD);
        let text: String = marks.map(|(one, two, _)| format!("{one}{two}\n")).collect();
        let found = unfinished(&Tree::example("src/a.rs", &text));
        assert_eq!(found.len(), UNFINISHED.len() + DEAD.len(), "{found:#?}");
        breaks(&unfinished(&Tree::example("src/a.rs", "let todo = \"x\";\n")), &[]);
    }

    #[test]
    fn a_machine_is_found() {
        let text = MACHINES.iter().map(|(one, two, _)| format!("{one}{two}\n")).collect::<String>();
        let found = machines(&Tree::example("docs/a.md", &text));
        assert_eq!(found.len(), MACHINES.len(), "{found:#?}");
    }

    #[test]
    fn blanks_are_found() {
        breaks(
            &blanks(&Tree::example("a.md", "a \nb\tc\nd")),
            &["a.md:1", "a.md:2", "end it with"],
        );
        breaks(&blanks(&Tree::example("src/tests.rs", "a \n")), &[]);
    }
}
