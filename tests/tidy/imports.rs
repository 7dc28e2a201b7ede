//! Who may know whom. A path is looked at wherever it stands: in a `use`, however nested, and in the middle of the code.

use crate::{
    code::{Token, tokens},
    tree::{File, Tree},
};

/// A module of `src/`, and what of `src/` it may know. What is not named, it must not know.
const MODULES: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "engine",
            "explain",
            "flow",
            "graph",
            "limits",
            "reference",
            "repository",
            "sandbox",
            "schedule",
            "schema",
            "system",
            "trial",
        ],
    ),
    ("engine", &["flow", "hold", "limits", "repository", "schedule"]),
    ("explain", &[]),
    // A flow shares with the records what its places are called, and nothing else.
    ("flow", &["limits", "repository::record::FAILED", "repository::record::Name", "schedule"]),
    ("graph", &["flow"]),
    ("hold", &[]),
    ("lib", &[]),
    ("limits", &[]),
    ("main", &["cli"]),
    ("reference", &[]),
    ("repository", &[]),
    ("sandbox", &[]),
    ("schedule", &[]),
    ("schema", &["limits", "reference"]),
    // The real clock and the place of the key, in the form in which the repository wants them.
    ("system", &["repository"]),
    // It triggers as the engine does, and what is wrong with properties is told as of a flow.
    ("trial", &["engine::after_commit", "engine::trigger", "flow", "limits", "reference"]),
];

/// The crates of this workspace that no bundle may know.
const ENGINE: &str = "headwater";

/// What authors of processors are promised; the one crate of ours that bundles know.
const API: &str = "processors_api";

/// A library, the rooms where it may be used, and why nowhere else.
const LIBRARIES: &[(&str, &[&str], &str)] = &[
    (
        "anyhow",
        &["src/cli/", "src/main.rs"],
        "callers decide by the kind of an error: use a thiserror enum",
    ),
    ("clap", &["src/cli/"], "only the command line knows what was typed"),
    ("croner", &["src/schedule/"], "everything else asks a Schedule"),
    ("dagre", &["src/graph/"], "only a drawing has places on paper"),
    ("digest_auth", &["processors/standard/src/invoke_http/"], "only InvokeHttp proves who asks"),
    (
        "encoding_rs",
        &["processors/api/src/property/charset"],
        "everything else uses Charset, whose names mean what they mean to Java",
    ),
    (
        "fancy_regex",
        &["processors/api/src/java_regex/"],
        "everything else uses JavaRegex, which is bounded",
    ),
    (
        "http_cache_semantics",
        &["processors/standard/src/invoke_http/"],
        "only InvokeHttp keeps answers",
    ),
    (
        "hyper",
        &["processors/standard/src/invoke_http/", "src/sandbox/"],
        "the engine knows no HTTP",
    ),
    (
        "jsonpath_rust",
        &["processors/api/benches/json_path.rs", "processors/api/src/json_path/"],
        "everything else uses JsonPath, which means what NiFi means and is bounded",
    ),
    ("minicbor", &["src/repository/codec/"], "the form of records is known in one place"),
    ("reqwest", &["processors/standard/src/"], "the engine knows no HTTP"),
    ("ring", &["src/repository/seal/"], "sealing is done in one place"),
    ("rustls", &["processors/standard/src/"], "the engine knows no HTTP"),
    (
        "saphyr_parser",
        &["processors/api/src/yaml/"],
        "everything else reads a Node, which has places",
    ),
    // Besides the repository's disk: the key, held files and what sources take away lie outside the data directory.
    (
        "std::fs",
        &[
            "processors/standard/src/",
            "src/cli/",
            "src/engine/after_commit.rs",
            "src/flow/file.rs",
            "src/hold/",
            "src/repository/seal/keyring.rs",
            "src/repository/storage/disk.rs",
        ],
        "state goes through a Storage, so that tests can break it",
    ),
    ("tokio", &["src/", "processors/standard/src/"], "processors_api is for every runtime"),
    ("tracing_subscriber", &["src/cli/"], "where log lines go is the command line's business"),
];

/// Modules of the engine that know one they must not.
pub(crate) fn modules(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.library().filter(|file| file.path.starts_with("src/")) {
        let own = file.path["src/".len()..].split(['/', '.']).next().unwrap_or_default();
        let Some((_, may_know)) = MODULES.iter().find(|(module, _)| *module == own) else {
            breaches.push(format!("{}: a new module; say in tests/tidy/imports.rs and docs/architecture.md whom it may know", file.path));
            continue;
        };
        for path in paths(file) {
            let inside = path.inside(&["crate", ENGINE]);
            let is_module = |name: &&String| MODULES.iter().any(|(module, _)| module == name);
            let Some(known) = inside.first().filter(is_module).filter(|name| *name != own) else {
                continue;
            };
            let inside = inside.join("::");
            let allowed = |allowed: &str| {
                inside
                    .strip_prefix(allowed)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            };
            if !may_know.iter().any(|name| allowed(name)) {
                breaches.push(format!("{}: `{own}` must not know `{known}` (here `{inside}`); move what both need below both", file.at(&path)));
            }
        }
    }
    breaches
}

/// Bundles, or the api, that know anything of ours but the api; and the engine, when it knows a bundle.
pub(crate) fn bundles(tree: &Tree) -> Vec<String> {
    let names: Vec<String> = tree.files.iter().filter_map(bundle).collect();
    let mut breaches = Vec::new();
    for file in tree.library().filter(|file| file.path != "src/main.rs") {
        let own = bundle_of(&file.path);
        for path in paths(file) {
            let Some(first) = path.segments.first() else { continue };
            let foreign_bundle = names.contains(first) && Some(first) != own.as_ref();
            let wrong = match own.as_deref() {
                None => foreign_bundle,
                Some(API) => first == ENGINE || foreign_bundle,
                Some(_) => first == ENGINE || (foreign_bundle && first != API),
            };
            if wrong && !(own.is_none() && first == API) {
                let what = if own.is_none() {
                    "take a Registry: only src/main.rs names bundles"
                } else {
                    "a bundle knows processors_api only"
                };
                breaches
                    .push(format!("{}: `{first}` must not be known here; {what}", file.at(&path)));
            }
        }
    }
    breaches
}

/// Libraries outside their rooms.
pub(crate) fn libraries(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in tree.library() {
        let paths = paths(file);
        let is_local = |path: &Path| {
            let first = path.segments.first();
            !path.is_import && paths.iter().any(|import| import.brings(first))
        };
        for path in paths.iter().filter(|path| !is_local(path)) {
            let library = LIBRARIES.iter().find(|(name, ..)| path.begins_with(name));
            let Some((name, rooms, why)) = library else { continue };
            if !rooms.iter().any(|room| file.path.starts_with(room)) {
                breaches.push(format!(
                    "{}: `{name}` is only for {}: {why}",
                    file.at(path),
                    rooms.join(" and ")
                ));
            }
        }
    }
    breaches
}

/// The crate that a manifest below `processors/` makes.
fn bundle(file: &File) -> Option<String> {
    file.path.ends_with("/Cargo.toml").then(|| bundle_of(&file.path)).flatten()
}

fn bundle_of(path: &str) -> Option<String> {
    let (folder, _) = path.strip_prefix("processors/")?.split_once('/')?;
    Some(format!("processors_{folder}"))
}

/// A path in the code, from its crate: `crate::engine::Engine`, `tokio::task`.
#[derive(Debug)]
struct Path {
    segments: Vec<String>,
    line: usize,
    is_import: bool,
}

impl Path {
    /// Whether it makes a part of another crate known by its last word alone: `use rustls::crypto::ring`.
    fn brings(&self, name: Option<&String>) -> bool {
        self.is_import && self.segments.len() > 1 && self.segments.last() == name
    }

    fn begins_with(&self, name: &str) -> bool {
        let names: Vec<&str> = name.split("::").collect();
        let first = self.segments.iter().take(names.len()).map(String::as_str);
        first.eq(names)
    }

    /// What follows the name of our crate; nothing for a path of another.
    fn inside(&self, crates: &[&str]) -> &[String] {
        match self.segments.split_first() {
            Some((first, rest)) if crates.contains(&first.as_str()) => rest,
            _ => &[],
        }
    }
}

impl File {
    fn at(&self, path: &Path) -> String {
        format!("{}:{}", self.path, path.line)
    }
}

fn paths(file: &File) -> Vec<Path> {
    let code = file.code();
    let tokens = tokens(&code);
    let mut found = Vec::new();
    let mut braces: Vec<Option<&str>> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].text);
        match token.text {
            "{" => {
                let module = at
                    .checked_sub(2)
                    .filter(|at| tokens[*at].text == "mod")
                    .map(|at| tokens[at + 1].text);
                braces.push(module);
            }
            "}" => drop(braces.pop()),
            _ if token.is_word() && !matches!(before, "::" | "." | "'") => {
                let inside = braces.iter().flatten().map(|name| (*name).to_owned());
                let module = file.module().into_iter().chain(inside).collect::<Vec<_>>();
                at = tree_of(&tokens, at, &mut Vec::new(), &mut |segments, line| {
                    // A single word in the middle of the code is a variable, a keyword or a type.
                    let is_import = before == "use";
                    if segments.len() > 1 || is_import {
                        let segments = absolute(segments, &module);
                        found.push(Path { segments, line, is_import });
                    }
                });
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads a path or a tree of paths that begins at `at`; gives the place after it.
fn tree_of(
    tokens: &[Token<'_>],
    mut at: usize,
    prefix: &mut Vec<String>,
    found: &mut dyn FnMut(&[String], usize),
) -> usize {
    let depth = prefix.len();
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    loop {
        if text(at) == "{" {
            at += 1;
            while !matches!(text(at), "}" | "") {
                at = if text(at) == "," {
                    at + 1
                } else {
                    tree_of(tokens, at, prefix, found).max(at + 1)
                };
            }
            at += 1;
            break;
        }
        let Some(token) = tokens.get(at) else { break };
        prefix.push(token.text.to_owned());
        at += 1;
        let more = text(at) == "::"
            && tokens
                .get(at + 1)
                .is_some_and(|next| next.is_word() || matches!(next.text, "{" | "*"));
        if !more {
            found(prefix, token.line);
            break;
        }
        at += 1;
    }
    prefix.truncate(depth);
    at
}

/// A path seen from the root of its crate.
fn absolute(segments: &[String], module: &[String]) -> Vec<String> {
    let supers = segments.iter().take_while(|segment| *segment == "super").count();
    let own = match segments.first().map(String::as_str) {
        Some("self") => (module.len(), 1),
        Some("super") => (module.len().saturating_sub(supers), supers),
        _ => return segments.to_vec(),
    };
    let root = std::iter::once("crate".to_owned());
    root.chain(module[..own.0].iter().cloned()).chain(segments[own.1..].iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn breaks(rule: fn(&Tree) -> Vec<String>, path: &str, text: &str, expected: &[&str]) {
        let bundles = [
            ("processors/api/Cargo.toml", ""),
            ("processors/standard/Cargo.toml", ""),
            ("processors/sql/Cargo.toml", ""),
        ];
        let tree = Tree::examples(&[&bundles[..], &[(path, text)]].concat());
        let found = rule(&tree);
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} should have {expected}");
        }
    }

    #[test]
    fn a_module_that_looks_up_is_found_however_it_writes_it() {
        let text = "use std::{io, fs};\nuse super::{super::{super::engine::Engine, record}, x};\nfn f() { crate::cli::main(&[]) }\n";
        breaks(
            modules,
            "src/repository/journal/writer.rs",
            text,
            &[
                "writer.rs:2: `repository` must not know `engine`",
                "writer.rs:3: `repository` must not know `cli`",
            ],
        );
        breaks(
            modules,
            "src/schedule/mod.rs",
            "use crate::{limits::X, flow};\n",
            &["`limits`", "`flow`"],
        );
        breaks(
            modules,
            "src/schedule/at.rs",
            "mod inner { use super::super::super::engine; }\n",
            &["`engine`"],
        );
        breaks(modules, "src/novel.rs", "", &["a new module"]);
    }

    #[test]
    fn a_flow_knows_names_of_records_and_nothing_more() {
        breaks(
            modules,
            "src/flow/graph.rs",
            "use crate::{repository::record::Name, schedule::Schedule};\n",
            &[],
        );
        breaks(
            modules,
            "src/flow/graph.rs",
            "use crate::repository::record::{Name, Hop};\n",
            &["record::Hop"],
        );
    }

    #[test]
    fn what_is_only_said_is_no_import() {
        breaks(
            modules,
            "src/schedule/mod.rs",
            "// crate::engine\nconst A: &str = \"crate::engine\";\n",
            &[],
        );
        breaks(
            modules,
            "src/schedule/mod.rs",
            "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::engine;\n}\n",
            &[],
        );
    }

    #[test]
    fn bundles_know_the_api_only() {
        breaks(
            bundles,
            "processors/standard/src/a.rs",
            "use headwater::engine;\nuse processors_sql::B;\nuse processors_api::*;\n",
            &["`headwater`", "`processors_sql`"],
        );
        breaks(
            bundles,
            "processors/api/src/a.rs",
            "use processors_standard::A;\n",
            &["`processors_standard`"],
        );
        breaks(
            bundles,
            "src/cli/a.rs",
            "use processors_standard::PROCESSORS;\nuse processors_api::Text;\n",
            &["only src/main.rs names bundles"],
        );
        breaks(bundles, "src/main.rs", "use processors_standard::PROCESSORS;\n", &[]);
    }

    #[test]
    fn libraries_stay_in_their_rooms() {
        breaks(
            libraries,
            "src/engine/a.rs",
            "fn f() -> anyhow::Result<()> { Ok(hyper) }\nuse hyper::Request;\nuse std::{fs, io};\n",
            &["`anyhow`", "a.rs:2: `hyper`", "a.rs:3: `std::fs`"],
        );
        breaks(
            libraries,
            "processors/api/src/a.rs",
            "use tokio::{task, time};\n",
            &["`tokio`", "`tokio`"],
        );
        breaks(libraries, "src/cli/a.rs", "use anyhow::Context;\n", &[]);
        let other_ring = "use rustls::crypto::ring;\nfn f() { ring::default_provider() }\n";
        breaks(libraries, "processors/standard/src/a.rs", other_ring, &[]);
        breaks(libraries, "src/a.rs", "fn f() { ring::aead() }\n", &["`ring`"]);
    }
}
