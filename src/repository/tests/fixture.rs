//! Old formats stay readable: the files of each version are kept in `tests/fixtures`.

use std::{fs, os::unix::fs::PermissionsExt};

use expect_test::expect;

use super::*;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journal-v1")
}

/// Makes the files of the fixture. Run by hand, once a version: `HEADWATER_FIXTURE=DIR cargo test fixture`.
#[test]
fn the_fixture_can_be_made() {
    let Some(folder) = std::env::var_os("HEADWATER_FIXTURE").map(PathBuf::from) else { return };
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    let options = || OpenOptions { dir: folder.clone(), ..bench.options() };
    let repository = FlowRepository::open(options()).unwrap().repository;
    fill(&repository);
    repository.close().unwrap();
    fs::copy(bench.home.path().join("home/.config/headwater/key"), folder.join("key")).unwrap();
    fs::remove_file(folder.join("xero/lock")).unwrap();
    for path in walk(&folder).into_iter().filter(|path| path.extension() == Some("seg".as_ref())) {
        let bytes = fs::read(&path).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        fs::write(&path, &bytes[..used.next_multiple_of(4)]).unwrap();
    }
}

/// Something of everything that a record can say, in two segments and a snapshot.
fn fill(repository: &FlowRepository) {
    let time = clock()();
    let run = RunId::from_bytes([9; 16]);
    let large = write(repository, &[b'L'; 5000], true);
    let mut first = record(vec![
        birth(id(1), "in", ContentClaim::inline(b"inline", false)),
        birth(id(2), "in", ContentClaim::inline(b"s3cr3t", true)),
        birth(id(3), "in", large),
    ]);
    let (source, due) = (Some("get".into()), Some(time));
    let started = |id| RunChange::Started {
        id,
        trigger: Trigger::Schedule,
        source,
        due,
        flow_version: [4; 32],
    };
    first.runs.push(started(run));
    first.ticks.push(Tick { processor: "get".into(), due: time });
    first.holds.push(HoldChange::Taken(Hold {
        file: "/home/a/token.json".into(),
        version: "blake3:00".into(),
        since: time,
        connection: "in".into(),
        run,
    }));
    let (path, move_to): (Name, Option<Name>) = ("/in/a.txt".into(), Some("/done/a.txt".into()));
    first.after_commit.push(AfterCommitChange::Due(AfterCommit {
        path,
        inode: 17,
        size: 6,
        modified_ns: 1_790_000_000_123_456_789,
        move_to,
    }));
    let values = [("cursor".into(), Text::sensitive("s3cr3t")), ("page".into(), "3".into())];
    first
        .states
        .push(StateChange { processor: "get".into(), values: values.into_iter().collect() });
    repository.commit_blocking(first).unwrap();
    repository.snapshot().unwrap();

    let mut begun = moved(id(1), "out");
    if let End::Queued(queued) = &mut begun.end {
        queued.begun = Some(Begun { processor: "post".into(), time });
        queued.penalized_until = Some(time);
        (queued.rollbacks, queued.retries) = (2, 1);
        queued.hold = Some("/home/a/token.json".into());
    }
    let details = Some(Text::sensitive("s3cr3t"));
    begun.trail[0].events.push(Event { kind: EventKind::Send, details });
    begun.trail[0].changes.set.push(("status".into(), "200".into()));
    begun.trail[0].changes.removed.push("token".into());
    let mut failed = moved(id(2), FAILED);
    if let End::Queued(queued) = &mut failed.end {
        queued.failed_number = Some(17);
        queued.replayed_as = Some(id(3));
    }
    let mut second = record(vec![begun, failed]);
    second.runs.push(RunChange::Ended { id: run, outcome: Outcome::Failed });
    repository.commit_blocking(second).unwrap();
}

#[test]
fn version_1_is_read() {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    let data = bench.options().dir;
    for path in walk(&fixture()) {
        let copy = data.join(path.strip_prefix(fixture()).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(path, copy).unwrap();
    }
    let key = data.join("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let keys = KeyLookup { key_file: Some(key), ..KeyLookup::default() };
    let opened = FlowRepository::open(OpenOptions { keys, ..bench.options() }).unwrap();

    expect![[r#"
        failed: 02020202-0202-0202-0202-020202020202 {"filename": "a.txt", "token": "***"} 6 bytes, secret Some(17)
        in: 03030303-0303-0303-0303-030303030303 {"filename": "a.txt", "token": "***"} 5000 bytes, secret None
        out: 01010101-0101-0101-0101-010101010101 {"filename": "a.txt", "status": "200"} 6 bytes None
    "#]].assert_eq(&listed(&opened.state));
    let FlowState { states, runs, ended, ticks, holds, after_commit, .. } = &opened.state;
    let rest = format!("{states:?}\n{runs:?}\n{ended:?}\n{ticks:?}\n{holds:?}\n{after_commit:?}\n");
    expect![[r#"
        {"get": {"cursor": "***", "page": "3"}}
        {}
        [Run { id: 09090909-0909-0909-0909-090909090909, trigger: Schedule, source: Some("get"), due: Some(2026-09-21T14:13:20Z), flow_version: [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4], started: 2026-09-21T14:13:20Z, ended: Some((2026-09-21T14:13:20Z, Failed)), born: 3, gone: 0, failed: 1 }]
        {"get": 2026-09-21T14:13:20Z}
        {"/home/a/token.json": Hold { file: "/home/a/token.json", version: "blake3:00", since: 2026-09-21T14:13:20Z, connection: "in", run: 09090909-0909-0909-0909-090909090909 }}
        {"/in/a.txt": AfterCommit { path: "/in/a.txt", inode: 17, size: 6, modified_ns: 1790000000123456789, move_to: Some("/done/a.txt") }}
    "#]].assert_eq(&rest);
    let (_, queued) = opened.state.flowfile(id(1)).unwrap();
    expect![[r#"Queued { connection: "out", since: 2026-09-21T14:13:20Z, penalized_until: Some(2026-09-21T14:13:20Z), rollbacks: 2, retries: 1, begun: Some(Begun { processor: "post", time: 2026-09-21T14:13:20Z }), hold: Some("/home/a/token.json"), failed_number: None, replayed_as: None }"#]].assert_eq(&format!("{queued:?}"));
    let (large, _) = opened.state.flowfile(id(3)).unwrap();
    assert_eq!(read(&opened.repository, &large.content), [b'L'; 5000]);
    assert_eq!(opened.state.state("get").unwrap()["cursor"], Text::sensitive("s3cr3t"));
    let records: Vec<_> = opened.repository.records(Position::default()).unwrap().collect();
    let events = &records[1].as_ref().unwrap().1.flowfiles[0].trail[0].events;
    assert_eq!(events[0].details.as_ref().unwrap().reveal(), "s3cr3t");
}
