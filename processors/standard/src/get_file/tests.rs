use std::{os::unix::fs::symlink, path::Path, time::Duration};

use jiff::Timestamp;

use processors_api::test_runner::TestRunner;
use tempfile::TempDir;

use super::*;

/// A folder with these files, each with its own name as content.
fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        write(folder.path(), file, file);
    }
    folder
}

fn write(folder: &Path, file: &str, content: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn runner(folder: &TempDir, properties: &str) -> TestRunner<GetFile> {
    let directory = folder.path().display();
    TestRunner::new(&format!("input_directory: {directory}\n{properties}"))
}

/// The paths of the files that one firing hands out.
fn taken(folder: &TempDir, properties: &str) -> Vec<String> {
    let mut runner = runner(folder, properties);
    runner.run();
    names(&runner)
}

fn names(runner: &TestRunner<GetFile>) -> Vec<String> {
    let name =
        |name: &str, output: &processors_api::test_runner::Output| output.attribute(name).unwrap();
    let path = |output| format!("{}{}", name("path", output), name("filename", output));
    runner.transfers.iter().map(path).collect()
}

/// What the engine does once a session is committed.
fn delete_taken(runner: &mut TestRunner<GetFile>) {
    for action in runner.after_commit.drain(..) {
        let now = Identity::of(&fs::symlink_metadata(&*action.path).unwrap());
        let then =
            Identity { inode: action.inode, size: action.size, modified_ns: action.modified_ns };
        assert_eq!(now, then);
        fs::remove_file(&*action.path).unwrap();
    }
}

#[test]
fn the_properties_choose_the_files() {
    let folder = folder(&["a.txt", "b.json", ".hidden", "sub/c.txt", "sub/deep/d.txt", "empty"]);
    for (properties, expected) in [
        ("", vec!["/a.txt", "/b.json", "/empty", "sub/c.txt", "sub/deep/d.txt"]),
        ("recurse_subdirectories: false", vec!["/a.txt", "/b.json", "/empty"]),
        ("file_filter: .*\\.txt", vec!["/a.txt", "sub/c.txt", "sub/deep/d.txt"]),
        (
            "file_filter: .*\nignore_hidden_files: false\nrecurse_subdirectories: false",
            vec!["/.hidden", "/a.txt", "/b.json", "/empty"],
        ),
        ("path_filter: sub/.*", vec!["sub/deep/d.txt"]),
        ("path_filter: sub", vec!["sub/c.txt"]),
        ("path_filter: sub\nrecurse_subdirectories: false", vec!["/a.txt", "/b.json", "/empty"]),
        ("minimum_file_size: 6 B", vec!["/b.json", "sub/c.txt", "sub/deep/d.txt"]),
        ("maximum_file_size: 5 B", vec!["/a.txt", "/empty"]),
    ] {
        assert_eq!(
            taken(&folder, &format!("keep_source_file: true\n{properties}")),
            expected,
            "{properties}"
        );
    }
}

#[test]
fn age_is_counted_from_the_last_change() {
    let folder = folder(&["old", "new"]);
    let now = Timestamp::from_second(1_000_000).unwrap();
    for (file, age) in [("old", 100), ("new", 10)] {
        let time = std::time::SystemTime::from(now) - Duration::from_secs(age);
        fs::File::options()
            .write(true)
            .open(folder.path().join(file))
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    for (properties, expected) in [
        ("minimum_file_age: 1 min", vec!["/old"]),
        ("maximum_file_age: 1 min", vec!["/new"]),
        ("", vec!["/new", "/old"]),
    ] {
        let mut runner = runner(&folder, properties);
        runner.context().clock = std::sync::Arc::new(processors_api::FixedClock(now));
        runner.run();
        assert_eq!(names(&runner), expected, "{properties}");
    }
}

#[test]
fn a_flowfile_tells_where_it_comes_from() {
    let folder = folder(&["a.txt"]);
    let mut runner = runner(&folder, "");
    runner.run();
    runner.assert_all_transferred(&SUCCESS, 1);
    let output = &runner.transfers[0];
    assert_eq!(output.text(), "a.txt");
    assert_eq!(output.attribute("absolute.path"), Some(format!("{}/", folder.path().display())));
    assert_eq!(output.attribute("file.version"), Some(output.record.content.version()));
    let modified = output.attribute("file.lastModifiedTime").unwrap();
    assert!(
        modified.ends_with("+0000") && modified.len() == "2026-01-31T08:00:00+0000".len(),
        "{modified}"
    );
    assert!(output.attribute("file.permissions").unwrap().starts_with("rw-"));
    assert!(output.attribute("file.owner").is_some());
    assert_eq!(output.events[0].kind, EventKind::Receive);
}

#[test]
fn a_file_is_handed_out_once() {
    let folder = folder(&["a", "b"]);
    let mut runner = runner(&folder, "batch_size: 1");
    runner.run();
    assert_eq!(names(&runner), ["/a", "/b"], "batch by batch, in one firing");
    runner.run();
    assert_eq!(runner.transfers.len(), 2, "not yet deleted, not handed out again");
    delete_taken(&mut runner);
    write(folder.path(), "a", "new");
    runner.run();
    assert_eq!((runner.transfers.len(), runner.transfers[2].text().as_str()), (3, "new"));
}

#[test]
fn a_file_that_is_kept_comes_at_each_firing() {
    let folder = folder(&["a"]);
    let mut runner = runner(&folder, "keep_source_file: true");
    runner.run();
    runner.run();
    assert_eq!((runner.transfers.len(), runner.after_commit.len()), (2, 0));
}

#[test]
fn a_firing_too_soon_after_the_last_look_hands_out_nothing() {
    let folder = folder(&["a"]);
    let interval = "keep_source_file: true\npolling_interval: 10 sec";
    let mut runner = runner(&folder, interval);
    for (second, count) in [(0, 1), (9, 1), (10, 2), (15, 2), (20, 3), (3, 4)] {
        let now = Timestamp::from_second(second).unwrap();
        runner.context().clock = std::sync::Arc::new(processors_api::FixedClock(now));
        runner.run();
        assert_eq!(runner.transfers.len(), count, "{second}");
        assert_eq!(runner.nothing, None);
    }
}

#[test]
fn a_file_that_is_no_file_any_more_is_left_out() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let folder = folder(&["a", "b"]);
    // The second firing hands out what the first one found.
    let mut runner = runner(&folder, "batch_size: 1\npolling_interval: 1 hour");
    runner.run_once();
    let pipe = folder.path().join("b");
    fs::remove_file(&pipe).unwrap();
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    runner.run();
    assert_eq!(names(&runner), ["/a"]);
    assert!(pipe.exists() && runner.rolled_back.is_empty());
}

#[test]
fn what_it_reads_is_known() {
    let properties = "input_directory: in\nfile_filter: x\\.json\nkeep_source_file: true";
    let facts = TestRunner::<GetFile>::new(properties).processor().facts();
    let [FileUse::Reads { directory, names, keeps }] = facts.files.as_slice() else {
        panic!("one folder")
    };
    assert_eq!((directory.template().source(), &**names, *keeps), ("in", "x\\.json", true));
}

#[test]
fn links_are_followed_but_not_in_circles() {
    let folder = folder(&["sub/a"]);
    symlink(folder.path(), folder.path().join("sub/up")).unwrap();
    symlink(folder.path().join("sub/a"), folder.path().join("link")).unwrap();
    symlink("nowhere", folder.path().join("broken")).unwrap();
    let mut runner = runner(&folder, "");
    runner.run();
    assert_eq!(names(&runner), ["/link", "sub/a"]);
    delete_taken(&mut runner);
    assert!(!folder.path().join("link").exists() && !folder.path().join("sub/a").exists());
}

#[test]
fn what_was_looked_for_in_vain_is_told() {
    let folder = folder(&["xero.json.bak"]);
    let mut runner = runner(&folder, "file_filter: xero\\.json");
    runner.run();
    let expected = format!(
        "no file matching xero\\.json in {} (the folder holds: xero.json.bak)",
        folder.path().display()
    );
    assert_eq!(runner.nothing.as_deref(), Some(expected.as_str()));
    for name in ["a", "b", "c", "d", "e", "f"] {
        write(folder.path(), name, "");
    }
    runner.run();
    assert!(
        runner.nothing.as_ref().is_some_and(|nothing| nothing.ends_with(" and 2 more)")),
        "{:?}",
        runner.nothing
    );
}

#[test]
fn a_relative_folder_begins_at_the_flow_file() {
    let folder = folder(&["in/a"]);
    let mut runner = TestRunner::<GetFile>::new("input_directory: ./in");
    runner.context().folder = folder.path().to_owned();
    runner.run();
    assert_eq!(names(&runner), ["/a"]);
}

#[test]
fn a_folder_that_is_not_there_fails_the_session() {
    let folder = folder(&["a"]);
    for (directory, message) in [("none", "there is no folder"), ("a", "is not a folder")] {
        let mut runner = TestRunner::<GetFile>::new(&format!("input_directory: {directory}"));
        runner.context().folder = folder.path().to_owned();
        runner.run();
        // A source has nothing to roll back, but its session failed.
        assert!(runner.assert_rolled_back().contains(message), "{}", runner.render());
    }
}

#[test]
fn a_sensitive_processors_content_is_secret() {
    let folder = folder(&["s3cret"]);
    let mut runner = runner(&folder, "");
    runner.context().sensitivity.content = true;
    runner.run();
    assert!(runner.transfers[0].record.content.is_sensitive());
}

#[test]
fn mistakes_are_found_at_load() {
    for (properties, message) in [
        ("", "needs the property `input_directory`"),
        ("input_directory: x\nfile_filter: (", "no regular expression"),
        ("input_directory: x\nbatch_size: 0", "above zero"),
        ("input_directory: x\npath_filter: (", "no regular expression"),
        ("input_directory: x\nmaximum_file_age: 99 ms", "at least 100 ms"),
    ] {
        let mistakes = TestRunner::<GetFile>::mistakes(properties);
        assert!(mistakes.contains(message), "{properties}: {mistakes}");
    }
}

#[test]
fn a_secret_folder_is_not_told() {
    let folder = folder(&["a"]);
    let path = folder.path().to_str().unwrap();
    let secret = [("dir".to_owned(), processors_api::Text::sensitive(path))];
    let parameters = secret.into_iter().collect();
    let mut runner =
        TestRunner::<GetFile>::with_parameters("input_directory: \"#{dir}\"", parameters);
    runner.run();
    runner.assert_all_transferred(&SUCCESS, 1);
    runner.assert_hidden(path);
    assert!(runner.transfers[0].events.iter().all(|event| !format!("{event:?}").contains(path)));
}
