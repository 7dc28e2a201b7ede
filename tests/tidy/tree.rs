//! The files of the tree that people write: not what is built, not what a flow left behind.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::code::without_literals;

/// Where people write, below the root; besides the files of the root itself.
const FOLDERS: &[&str] = &["src", "processors", "tests", "docs", "flows", ".ci"];

/// Generated, or somebody else's words.
const LEFT_OUT: &[&str] = &["Cargo.lock", "LICENSE-APACHE"];

/// What a text of ours is called; flows leave other files in their folders.
const ENDINGS: &[&str] = &[".rs", ".toml", ".md", ".yaml", "LICENSE-MIT", ".gitignore", ".ci/run"];

/// A text of the tree, with its path from the root.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
    /// A Rust file that is compiled for tests only.
    is_test: bool,
}

/// All texts.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

impl Tree {
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths =
            children(root).into_iter().filter(|path| path.is_file()).collect::<Vec<_>>();
        FOLDERS.iter().for_each(|folder| gather(&root.join(folder), &mut paths));
        let named = |path: PathBuf| {
            let name = path.strip_prefix(root).ok()?.to_str()?.to_owned();
            let ours = ENDINGS.iter().any(|ending| name.ends_with(ending));
            (ours && !LEFT_OUT.contains(&name.as_str()))
                .then(|| (name, fs::read_to_string(path).unwrap()))
        };
        Self::of(paths.into_iter().filter_map(named).collect())
    }

    fn of(texts: Vec<(String, String)>) -> Self {
        let file = |(path, text): (String, String)| {
            let is_test = is_test_by_name(&path);
            File { path, text, is_test }
        };
        let mut tree = Self { files: texts.into_iter().map(file).collect() };
        let declared: Vec<String> = tree.files.iter().flat_map(test_modules).collect();
        for file in &mut tree.files {
            let inside = |module: &String| {
                file.path.strip_prefix(module).is_some_and(|rest| rest.starts_with(['.', '/']))
            };
            file.is_test |= declared.iter().any(inside);
        }
        tree
    }

    /// A tree of one example.
    #[cfg(test)]
    pub(crate) fn example(path: &str, text: &str) -> Self {
        Self::examples(&[(path, text)])
    }

    #[cfg(test)]
    pub(crate) fn examples(texts: &[(&str, &str)]) -> Self {
        Self::of(
            texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect(),
        )
    }

    /// The Rust files that are part of what is shipped.
    pub(crate) fn library(&self) -> impl Iterator<Item = &File> {
        self.rust().filter(|file| !file.is_test)
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    pub(crate) fn documents(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".md"))
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// The text up to its tests.
    pub(crate) fn shipped(&self) -> &str {
        let tests = [
            "\n#[cfg(test)]\nmod tests {",
            "\n#[cfg(test)]\npub(crate) mod tests {",
            "\n#[cfg(test)]\npub(super) mod tests {",
        ];
        let end = tests.iter().filter_map(|start| self.text.find(start)).min();
        &self.text[..end.map_or(self.text.len(), |end| end + 1)]
    }

    /// The code of what is shipped: no comments, nothing inside quotes, every line where it was.
    pub(crate) fn code(&self) -> String {
        without_literals(self.shipped())
    }

    /// The path of the module that the file is, inside its crate: `engine::chain`.
    pub(crate) fn module(&self) -> Vec<String> {
        let inside = self.path.split_once("src/").map_or(self.path.as_str(), |(_, inside)| inside);
        let inside = inside.trim_end_matches(".rs").trim_end_matches("/mod");
        if matches!(inside, "lib" | "main") {
            Vec::new()
        } else {
            inside.split('/').map(str::to_owned).collect()
        }
    }
}

fn is_test_by_name(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The paths, without ending, of the modules that a file declares for tests only.
fn test_modules(file: &File) -> Vec<String> {
    let folder = match file.path.strip_suffix("/mod.rs").or(file.path.strip_suffix("/lib.rs")) {
        Some(folder) => folder,
        None => file.path.trim_end_matches(".rs"),
    };
    let after = file.text.split("#[cfg(test)]\n").skip(1);
    let name = |rest: &str| {
        let declared = rest.lines().next()?.trim().strip_suffix(';')?;
        declared.rsplit_once("mod ").map(|(_, name)| format!("{folder}/{name}"))
    };
    after.filter_map(name).collect()
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) {
    for path in children(folder) {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        match path.is_dir() {
            true if hidden || path.ends_with("target") => {}
            true => gather(&path, paths),
            false => paths.push(path),
        }
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn tests_are_told_from_what_is_shipped() {
    let tree = Tree::examples(&[
        ("src/a/mod.rs", "#[cfg(test)]\nmod faulty;\nmod real;\n"),
        ("src/a/faulty.rs", ""),
        ("src/a/real.rs", "fn f() {}\n\n#[cfg(test)]\nmod tests {\n}\n"),
        ("src/a/tests.rs", ""),
    ]);
    let shipped: Vec<&str> = tree.library().map(|file| file.path.as_str()).collect();
    assert_eq!(shipped, ["src/a/mod.rs", "src/a/real.rs"]);
    assert_eq!(tree.files[2].shipped(), "fn f() {}\n\n");
    assert_eq!(tree.files[2].module(), ["a", "real"]);
    assert_eq!(tree.files[0].module(), ["a"]);
}

#[test]
fn the_tree_is_found() {
    let tree = Tree::read();
    assert!(tree.file("src/lib.rs").is_some() && tree.file("README.md").is_some());
    assert!(
        tree.library().count() > 100,
        "the tree has far more files than {}",
        tree.library().count()
    );
}
