//! What is generated from the code is current. `UPDATE_EXPECT=1 cargo test --test generated` writes it anew.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use headwater::{reference, schema};
use processors_api::expression::{Function, functions};

#[test]
fn the_reference_pages_of_the_processors_are_current() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/processors");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wanted = BTreeSet::new();
    for kind in processors_standard::PROCESSORS {
        let path = folder.join(format!("{}.md", kind.name));
        let page = reference::page(kind);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &page).unwrap();
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == page,
            "{} is stale: UPDATE_EXPECT=1 cargo test --test generated",
            path.display()
        );
        wanted.insert(path);
    }
    let there: BTreeSet<PathBuf> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(there, wanted, "pages of processors that are no longer there");
}

#[test]
fn the_schema_of_flow_files_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/flow.schema.json");
    let schema = schema::text(processors_standard::PROCESSORS);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == schema,
        "{} is stale: UPDATE_EXPECT=1 cargo test --test generated",
        path.display()
    );
}

#[test]
fn the_reference_pages_of_the_functions_are_current() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/expressions");
    let page = |function: &Function| {
        (format!("{}.md", function.name), reference::functions::page(function))
    };
    let mut pages: Vec<(String, String)> = functions().map(page).collect();
    pages.push(("README.md".to_owned(), reference::functions::index()));
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wanted = BTreeSet::new();
    for (name, page) in pages {
        let path = folder.join(name);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &page).unwrap();
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == page,
            "{} is stale: UPDATE_EXPECT=1 cargo test --test generated",
            path.display()
        );
        wanted.insert(path);
    }
    let there: BTreeSet<PathBuf> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(there, wanted, "pages of functions that are no longer there");
}
