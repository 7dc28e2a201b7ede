use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    sync::Barrier,
};

use processors_api::{Text, test_runner::TestRunner};
use tempfile::TempDir;

use super::*;

fn runner(folder: &TempDir, properties: &str) -> TestRunner<PutFile> {
    let mut runner = TestRunner::new(&format!("directory: ./out\n{properties}"));
    runner.context().folder = folder.path().to_owned();
    runner
}

/// A folder with `out/x.txt`, which holds `old`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::write(folder.path().join("out/x.txt"), "old").unwrap();
    folder
}

/// All that a folder holds, with its content.
fn entries(folder: &Path) -> Vec<String> {
    let shown = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        fs::read_to_string(entry.path()).map_or(name.clone(), |content| format!("{name}={content}"))
    };
    let mut entries: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| shown(entry.unwrap())).collect();
    entries.sort();
    entries
}

fn reason(runner: &TestRunner<PutFile>) -> &str {
    runner.transfers.last().and_then(|output| output.reason.as_ref()).map_or("", Text::reveal)
}

#[test]
fn the_strategy_decides_what_becomes_of_an_existing_file() {
    for (strategy, content, relationship, left) in [
        ("fail", "new", &FAILURE, "x.txt=old"),
        ("fail", "old", &SUCCESS, "x.txt=old"),
        ("ignore", "new", &SUCCESS, "x.txt=old"),
        ("replace", "new", &SUCCESS, "x.txt=new"),
        ("replace", "", &SUCCESS, "x.txt="),
    ] {
        let folder = folder();
        let mut runner = runner(&folder, &format!("conflict_resolution_strategy: {strategy}"));
        runner.enqueue(content).attribute("filename", "x.txt");
        runner.run();
        runner.assert_all_transferred(relationship, 1);
        assert_eq!(entries(&folder.path().join("out")), [left], "{strategy}");
        let penalized = runner.transfers[0].penalty.is_some();
        assert_eq!(penalized, relationship == &FAILURE, "{strategy}");
        let sent = runner.transfers[0].events.iter().any(|event| event.kind == EventKind::Send);
        assert_eq!(sent, relationship == &SUCCESS && strategy != "ignore", "{strategy}");
    }
}

#[test]
fn a_batch_is_written_in_order() {
    let folder = folder();
    let mut runner = runner(&folder, "conflict_resolution_strategy: replace");
    let large = "large".repeat(100_000);
    for (name, content) in [("a", "1"), ("b", large.as_str()), ("a", "2"), ("x.txt", "3")] {
        runner.enqueue(content).attribute("filename", name);
    }
    runner.run();
    runner.assert_all_transferred(&SUCCESS, 4);
    assert_eq!(
        entries(&folder.path().join("out")),
        ["a=2".to_owned(), format!("b={large}"), "x.txt=3".to_owned()]
    );
}

#[test]
fn two_of_a_name_in_one_batch_are_a_conflict() {
    let folder = folder();
    let mut runner = runner(&folder, "");
    runner.enqueue("1").attribute("filename", "a");
    runner.enqueue("2").attribute("filename", "a");
    runner.run();
    assert_eq!((runner.transferred(&SUCCESS).len(), runner.transferred(&FAILURE).len()), (1, 1));
    assert_eq!(entries(&folder.path().join("out")), ["a=1", "x.txt=old"]);
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let folder = folder();
    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, folder.path().join("out/link")).unwrap();
    symlink(outside.join("target"), folder.path().join("out/file-link")).unwrap();
    for (name, relationship) in [
        ("../evil", &FAILURE),
        ("a/../../evil", &FAILURE),
        ("/tmp/headwater-evil", &FAILURE),
        ("..", &FAILURE),
        (".", &FAILURE),
        ("", &FAILURE),
        ("a/", &FAILURE),
        ("a\0b", &FAILURE),
        ("link/evil", &FAILURE),
        ("missing/evil", &FAILURE),
        ("link", &SUCCESS),
        ("file-link", &SUCCESS),
    ] {
        let mut runner = runner(&folder, "conflict_resolution_strategy: replace");
        runner.enqueue("evil").attribute("filename", name);
        runner.run();
        runner.assert_all_transferred(relationship, 1);
        assert!(entries(&outside).is_empty(), "{name}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("out/file-link")).unwrap(), "evil");
    assert!(!folder.path().join("evil").exists());
}

#[test]
fn no_name_is_that_of_a_lock_or_of_a_file_beside_another() {
    for name in [".xero.json.lock", ".xero.json.previous", ".x.abc.headwater", "below/.x.lock"] {
        let folder = folder();
        let mut runner = runner(&folder, "conflict_resolution_strategy: replace");
        runner.enqueue("new").attribute("filename", name);
        runner.run();
        runner.assert_all_transferred(&FAILURE, 1);
        assert!(reason(&runner).contains("keeps for itself"), "{name}: {}", reason(&runner));
        assert_eq!(entries(&folder.path().join("out")), ["x.txt=old"], "{name}");
    }
}

#[test]
fn no_attribute_leads_the_folder_out() {
    let folder = folder();
    for (customer, relationship) in
        [("../..", &FAILURE), ("a/../../..", &FAILURE), ("acme", &SUCCESS)]
    {
        let mut runner =
            TestRunner::<PutFile>::new("directory: out/../out/${customer}\nfilename: f");
        runner.context().folder = folder.path().to_owned();
        runner.enqueue("x").attribute("customer", customer);
        runner.run();
        runner.assert_all_transferred(relationship, 1);
    }
    assert_eq!(entries(&folder.path().join("out/acme")), ["f=x"]);
}

#[test]
fn missing_folders_are_created_if_wanted() {
    let folder = tempfile::tempdir().unwrap();
    for (create, relationship, message) in
        [("false", &FAILURE, "is missing; create it"), ("true", &SUCCESS, "")]
    {
        let mut runner =
            runner(&folder, &format!("create_missing_directories: {create}\nfilename: a"));
        runner.enqueue("x");
        runner.run();
        runner.assert_all_transferred(relationship, 1);
        assert!(reason(&runner).contains(message), "{}", reason(&runner));
    }
    assert_eq!(entries(&folder.path().join("out")), ["a=x"]);
}

#[test]
fn a_folder_can_be_full() {
    let folder = folder();
    let mut runner =
        runner(&folder, "maximum_file_count: 1\nconflict_resolution_strategy: replace");
    runner.enqueue("1").attribute("filename", "x.txt");
    runner.enqueue("2").attribute("filename", "y.txt");
    runner.run();
    assert_eq!((runner.transferred(&SUCCESS).len(), runner.transferred(&FAILURE).len()), (1, 1));
    assert!(reason(&runner).contains("maximum_file_count is 1"), "{}", reason(&runner));
    let mut runner = self::runner(&folder, "maximum_file_count: 3");
    for name in ["a", "b", "c", "d"] {
        runner.enqueue("x").attribute("filename", name);
    }
    runner.run();
    assert_eq!(runner.transferred(&SUCCESS).len(), 2, "{}", runner.render());
}

#[test]
fn the_mode_is_kept_given_or_the_usual_one() {
    let folder = folder();
    let out = folder.path().join("out");
    fs::set_permissions(out.join("x.txt"), fs::Permissions::from_mode(0o604)).unwrap();
    fs::write(folder.path().join("usual"), "").unwrap();
    let usual = fs::metadata(folder.path().join("usual")).unwrap().mode() & 0o777;
    for (name, secret, permissions, expected) in [
        ("x.txt", false, "", 0o604),
        ("x.txt", true, "", 0o604),
        ("new", false, "", usual),
        ("secret", true, "", 0o600),
        ("given", false, "permissions: rwxr-x---", 0o750),
        ("octal", false, "permissions: ${p}", 0o640),
        ("nonsense", false, "permissions: ${q}", usual),
    ] {
        let properties = format!("conflict_resolution_strategy: replace\n{permissions}");
        let mut runner = runner(&folder, &properties);
        let content = format!("{name}{secret}");
        let flowfile = runner
            .enqueue(content)
            .attribute("filename", name)
            .attribute("p", "640")
            .attribute("q", "?");
        if secret {
            flowfile.secret();
        }
        runner.run();
        runner.assert_all_transferred(&SUCCESS, 1);
        assert_eq!(fs::metadata(out.join(name)).unwrap().mode() & 0o777, expected, "{name}");
    }
}

#[test]
fn new_folders_get_permissions_too() {
    let folder = tempfile::tempdir().unwrap();
    for (directory, permissions, relationship) in
        [("a/b", "rw-r-----", &SUCCESS), ("c", "", &SUCCESS), ("d", "nonsense", &FAILURE)]
    {
        let mut runner =
            TestRunner::<PutFile>::new("directory: ${d}\nfilename: f\npermissions: ${p}");
        runner.context().folder = folder.path().to_owned();
        runner.enqueue("x").attribute("d", directory).attribute("p", permissions);
        runner.run();
        runner.assert_all_transferred(relationship, 1);
        assert_eq!(reason(&runner).contains("permissions are written"), relationship == &FAILURE);
    }
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().mode() & 0o777;
    assert_eq!([mode("a"), mode("a/b"), mode("a/b/f")], [0o750, 0o750, 0o640]);
}

#[test]
fn a_full_folder_takes_nothing_not_even_what_would_be_ignored() {
    let folder = folder();
    fs::write(folder.path().join("out/y.txt"), "").unwrap();
    let mut runner = runner(&folder, "maximum_file_count: 1\nconflict_resolution_strategy: ignore");
    runner.enqueue("new").attribute("filename", "x.txt");
    runner.run();
    runner.assert_all_transferred(&FAILURE, 1);
}

#[test]
fn what_it_writes_is_known() {
    let properties = "directory: out\nconflict_resolution_strategy: replace";
    let facts = TestRunner::<PutFile>::new(properties).processor().facts();
    let [FileUse::Writes { directory, name, conflict }] = facts.files.as_slice() else {
        panic!("one file")
    };
    assert_eq!((directory.template().source(), name.template().source()), ("out", "${filename}"));
    assert_eq!(*conflict, FileConflict::Replaces);
}

#[test]
fn the_time_can_be_given() {
    let folder = folder();
    let mut runner = runner(&folder, "last_modified_time: 2026-01-31T08:00:00+0100\nfilename: a");
    runner.enqueue("x");
    runner.run();
    assert_eq!(fs::metadata(folder.path().join("out/a")).unwrap().mtime(), 1_769_842_800);
}

#[test]
fn an_error_of_the_system_is_told_and_leaves_nothing() {
    let folder = folder();
    fs::write(folder.path().join("file"), "").unwrap();
    let mut runner = TestRunner::<PutFile>::new("directory: ./file/below\nfilename: ${n}");
    runner.context().folder = folder.path().to_owned();
    runner.enqueue("x").attribute("n", Text::sensitive("s3cret"));
    runner.run();
    runner.assert_all_transferred(&FAILURE, 1);
    runner.assert_hidden("s3cret");
    assert!(reason(&runner).contains("could not be written"), "{}", reason(&runner));
    let mut runner = self::runner(&folder, "");
    runner.enqueue("x").attribute("filename", "n".repeat(256));
    runner.run();
    runner.assert_all_transferred(&FAILURE, 1);
    assert!(reason(&runner).contains("name too long"), "{}", reason(&runner));
    assert_eq!(entries(&folder.path().join("out")), ["x.txt=old"]);
}

#[test]
fn leftovers_of_a_killed_process_go_and_those_of_a_living_one_stay() {
    let folder = folder();
    let out = folder.path().join("out");
    let living = TemporaryFile::new(&out.join("living"), false).unwrap();
    fs::write(out.join(".dead.AbCdEf.headwater"), "half").unwrap();
    fs::write(out.join(".strange.tmp"), "kept").unwrap();
    let mut runner = runner(&folder, "filename: a");
    runner.enqueue("x");
    runner.run();
    living.replace(&out.join("living")).unwrap();
    assert_eq!(entries(&out), [".strange.tmp=kept", "a=x", "living=", "x.txt=old"]);
}

/// Many write the same folder at once, each sweeping it first.
#[test]
fn writers_do_not_hinder_each_other() {
    let folder = folder();
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (folder, barrier) = (&folder, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for file in 0..20 {
                    let mut runner = runner(folder, &format!("filename: {writer}-{file}"));
                    runner.enqueue("x");
                    runner.run();
                    runner.assert_all_transferred(&SUCCESS, 1);
                }
            });
        }
    });
    assert_eq!(entries(&folder.path().join("out")).len(), 81);
}

fn version(folder: &TempDir) -> String {
    file_version(fs::File::open(folder.path().join("out/x.txt")).unwrap()).unwrap()
}

fn held(folder: &TempDir, content: &str, version: &str) -> TestRunner<PutFile> {
    let real = folder.path().join("out/x.txt").canonicalize().unwrap();
    let mut runner = runner(folder, "conflict_resolution_strategy: replace\nfilename: x.txt");
    runner.enqueue(content).secret().holding(&real, version);
    runner.run();
    runner
}

#[test]
fn a_held_file_that_is_unchanged_is_replaced_and_kept_once() {
    let folder = folder();
    for content in ["first", "second"] {
        let runner = held(&folder, content, &version(&folder));
        runner.assert_all_transferred(&SUCCESS, 1);
        assert_eq!(runner.held_written, [folder.path().join("out/x.txt").canonicalize().unwrap()]);
        assert_eq!(runner.transfers[0].attribute("file.version"), Some(version(&folder)));
        runner.assert_hidden(content);
    }
    assert_eq!(entries(&folder.path().join("out")), [".x.txt.previous=first", "x.txt=second"]);
    let mode = |name: &str| fs::metadata(folder.path().join("out").join(name)).unwrap().mode();
    assert_eq!(mode("x.txt"), mode(".x.txt.previous"));
}

#[test]
fn a_held_file_that_was_changed_is_left_alone() {
    let folder = folder();
    let before = version(&folder);
    fs::write(folder.path().join("out/x.txt"), "newer").unwrap();
    let runner = held(&folder, "mine", &before);
    assert_eq!(runner.transfers[0].relationship, "(hold changed)");
    assert_eq!(
        (runner.transfers[0].events[0].kind, runner.held_written.len()),
        (EventKind::HoldLost, 0)
    );
    assert_eq!(entries(&folder.path().join("out")), ["x.txt=newer"]);
    runner.assert_hidden("mine");
}

#[test]
fn a_held_file_that_is_what_would_be_written_counts_as_written() {
    let folder = folder();
    let runner = held(&folder, "old", "blake3:of something before");
    runner.assert_all_transferred(&SUCCESS, 1);
    assert_eq!(runner.held_written.len(), 1);
    assert_eq!(entries(&folder.path().join("out")), ["x.txt=old"]);
}

#[test]
fn a_held_file_behind_a_link_stays_behind_it() {
    let folder = folder();
    let real = folder.path().join("real.json");
    fs::write(&real, "old").unwrap();
    symlink(&real, folder.path().join("out/link.json")).unwrap();
    let mut runner = runner(&folder, "conflict_resolution_strategy: replace\nfilename: link.json");
    let before = file_version(fs::File::open(&real).unwrap()).unwrap();
    runner.enqueue("new").holding(&real.canonicalize().unwrap(), &before);
    runner.run();
    runner.assert_all_transferred(&SUCCESS, 1);
    assert!(folder.path().join("out/link.json").is_symlink());
    assert_eq!(fs::read_to_string(real).unwrap(), "new");
}

#[test]
fn mistakes_are_found_at_load() {
    for (properties, message) in [
        ("", "needs the property `directory`"),
        ("directory: ''", "`directory` is empty"),
        ("directory: x\nowner: ''", "`owner` is empty"),
        ("directory: x\npermissions: rwx", "cannot be `rwx`"),
        ("directory: x\nconflict_resolution_strategy: replce", "did you mean `replace`?"),
    ] {
        let mistakes = TestRunner::<PutFile>::mistakes(properties);
        assert!(mistakes.contains(message), "{properties}: {mistakes}");
    }
}

#[test]
fn a_secret_folder_is_not_told_by_the_temporary_file() {
    // Files cannot be made there, not even by root.
    let mut runner = TestRunner::<PutFile>::new("directory: ${d}\nfilename: x");
    runner.enqueue("x").attribute("d", Text::sensitive("/proc/self/task"));
    runner.run();
    runner.assert_all_transferred(&FAILURE, 1);
    runner.assert_hidden("/proc/self");
    assert!(reason(&runner).starts_with("***/*** could not be written"), "{}", reason(&runner));
}
