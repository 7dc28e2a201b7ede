//! The conformance suite: what every storage and durability has to keep, through the public interface. Beside it, what
//! happens when files, disks and keys are not what they should be.

mod damage;
mod disk;
mod fixture;
mod keys;
mod model;

use std::{io::Read, io::Write, path::Path, sync::Arc};

use jiff::Timestamp;
use processors_api::{
    Attributes, ContentClaim, ContentWriter, FlowFileId, FlowFileRecord, RunId, Text,
};

use super::{record::*, storage::faulty::Faulty, *};

pub(super) fn clock() -> Clock {
    Arc::new(|| Timestamp::from_second(1_790_000_000).unwrap())
}

pub(super) fn id(number: u8) -> FlowFileId {
    FlowFileId::from_bytes([number; 16])
}

pub(super) fn queued(connection: &str) -> Queued {
    Queued {
        connection: connection.into(),
        since: clock()(),
        penalized_until: None,
        rollbacks: 0,
        retries: 0,
        begun: None,
        hold: None,
        failed_number: None,
        replayed_as: None,
    }
}

pub(super) fn birth(id: FlowFileId, connection: &str, content: ContentClaim) -> FlowFileChange {
    let attributes: Attributes =
        [("filename".into(), "a.txt".into()), ("token".into(), Text::sensitive("s3cr3t-attr"))]
            .into_iter()
            .collect();
    FlowFileChange {
        id,
        birth: Some(Birth {
            parents: Vec::new(),
            entry_date: clock()(),
            lineage_start: clock()(),
            run: RunId::from_bytes([9; 16]),
            attributes,
            content,
        }),
        trail: Vec::new(),
        end: End::Queued(queued(connection)),
    }
}

pub(super) fn record(flowfiles: Vec<FlowFileChange>) -> CommitRecord {
    CommitRecord { time: clock()(), flowfiles, ..CommitRecord::default() }
}

pub(super) fn moved(id: FlowFileId, to: &str) -> FlowFileChange {
    let hop = Hop {
        time: clock()(),
        processor: "route".into(),
        relationship: Some("success".into()),
        events: Vec::new(),
        changes: Default::default(),
        content: None,
    };
    FlowFileChange { id, birth: None, trail: vec![hop], end: End::Queued(queued(to)) }
}

/// A place for tests: keys in a temporary home, data on `storage`.
pub(super) struct Bench {
    pub(super) home: tempfile::TempDir,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) durability: Durability,
}

impl Bench {
    pub(super) fn new(storage: Arc<dyn Storage>, durability: Durability) -> Self {
        Self { home: tempfile::tempdir().unwrap(), storage, durability }
    }

    pub(super) fn options(&self) -> OpenOptions {
        OpenOptions {
            storage: self.storage.clone(),
            durability: self.durability,
            keys: KeyLookup { home: Some(self.home.path().join("home")), ..KeyLookup::default() },
            background: Background::ByHand,
            ..OpenOptions::new(self.home.path().join("data"), "xero", clock())
        }
    }

    pub(super) fn open(&self) -> Opened {
        FlowRepository::open(self.options()).unwrap()
    }
}

fn benches() -> Vec<Bench> {
    vec![
        Bench::new(Arc::new(Disk::default()), Durability::Fsync),
        Bench::new(Arc::new(Disk::default()), Durability::Process),
        Bench::new(Arc::new(MemoryStorage::default()), Durability::Process),
        Bench::new(Arc::new(Faulty::new(1)), Durability::Fsync),
    ]
}

pub(super) fn write(repository: &FlowRepository, bytes: &[u8], sensitive: bool) -> ContentClaim {
    let mut writer = ContentWriter::new(repository.content(), sensitive);
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(super) fn read(repository: &FlowRepository, claim: &ContentClaim) -> Vec<u8> {
    let mut bytes = Vec::new();
    claim.open(&*repository.content()).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn what_was_committed_is_there_after_a_clean_stop() {
    for bench in benches() {
        let large: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
        let opened = bench.open();
        assert!(opened.state.is_empty() && opened.recovered.clean);
        let repository = opened.repository;
        let content = write(&repository, &large, true);
        repository.commit_blocking(record(vec![birth(id(1), "in", content)])).unwrap();
        let small = ContentClaim::inline(b"s3cr3t-content", true);
        repository.commit_blocking(record(vec![birth(id(2), "in", small)])).unwrap();
        repository.commit_blocking(record(vec![moved(id(1), "out")])).unwrap();
        repository.close().unwrap();

        let opened = bench.open();
        assert!(opened.recovered.clean, "{:?}", opened.recovered);
        assert_eq!(opened.recovered.records, 3);
        let (first, place) = opened.state.flowfile(id(1)).unwrap();
        assert_eq!(&*place.connection, "out");
        assert_eq!(read(&opened.repository, &first.content), large);
        let (second, _) = opened.state.flowfile(id(2)).unwrap();
        assert_eq!(read(&opened.repository, &second.content), b"s3cr3t-content");
        assert_eq!(second.attribute("token"), Some(Text::sensitive("s3cr3t-attr")));
    }
}

#[test]
fn what_was_committed_is_there_after_a_fall() {
    for bench in benches() {
        let repository = bench.open().repository;
        for number in 1..=20 {
            let change = birth(id(number), "in", ContentClaim::inline(b"x", false));
            repository.commit_blocking(record(vec![change])).unwrap();
        }
        drop(repository);
        let opened = bench.open();
        assert!(!opened.recovered.clean);
        assert_eq!(opened.recovered.cut, None);
        let queue = &opened.state.queues()["in"];
        let ids: Vec<_> = queue.iter().map(|(flowfile, _)| flowfile.id).collect();
        assert_eq!(ids, (1..=20).map(id).collect::<Vec<_>>(), "in order");
    }
}

#[test]
fn segments_follow_each_other_and_snapshots_cover_them() {
    for bench in benches() {
        let repository = bench.open().repository;
        for number in 1..=200 {
            let content = ContentClaim::inline(&[number; 4000], number % 2 == 0);
            repository.commit_blocking(record(vec![birth(id(number), "in", content)])).unwrap();
            if number == 150 {
                repository.snapshot().unwrap();
            }
        }
        drop(repository);
        let opened = bench.open();
        let covered = opened.recovered.snapshot.unwrap();
        assert!(covered.segment > 1, "{covered}");
        assert_eq!(opened.recovered.records, 50);
        let queue = &opened.state.queues()["in"];
        assert_eq!(queue.len(), 200);
        for (number, (flowfile, _)) in (1..=200).zip(queue) {
            assert_eq!(flowfile.id, id(number));
            assert_eq!(read(&opened.repository, &flowfile.content), [number; 4000]);
        }
        let all: Vec<_> =
            opened.repository.records(Position::default()).unwrap().map(Result::unwrap).collect();
        assert_eq!(all.len(), 200, "provenance has what the snapshot covers");
        let (last, _) = all.last().unwrap();
        assert_eq!(opened.repository.records(*last).unwrap().count(), 1);
        assert_eq!(last.to_string().parse(), Ok(*last));
    }
}

#[test]
fn a_flow_in_use_is_refused_and_its_holder_named() {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    let opened = bench.open();
    let error = FlowRepository::open(bench.options()).err().unwrap().to_string();
    let process = format!("pid {}", std::process::id());
    assert!(error.contains(&process) && error.contains("2026-09-21"), "{error}");
    drop(opened);
    drop(bench.open());
}

#[test]
fn looking_needs_no_lock_and_leaves_no_trace() {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    let repository = bench.open().repository;
    let content = ContentClaim::inline(b"x", false);
    repository.commit_blocking(record(vec![birth(id(1), "in", content)])).unwrap();
    assert_eq!(FlowRepository::read_only(&bench.options()).unwrap().len(), 1);
    let nowhere = OpenOptions { flow: "other".to_owned(), ..bench.options() };
    assert!(FlowRepository::read_only(&nowhere).unwrap().is_empty());
    assert!(!Path::new(&nowhere.dir).join("other").exists());
}

#[test]
fn a_flows_name_does_not_lead_out_of_the_data_directory() {
    let bench = Bench::new(Arc::new(MemoryStorage::default()), Durability::Fsync);
    for flow in ["..", ".", "", "a/b", "/etc"] {
        let options = OpenOptions { flow: flow.to_owned(), ..bench.options() };
        assert!(matches!(FlowRepository::open(options), Err(OpenError::BadName { .. })), "{flow}");
    }
}

#[test]
fn a_short_run_costs_few_syncs() {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    let repository = bench.open().repository;
    assert_eq!(repository.syncs(), 0, "opening a new flow costs none");
    let content = ContentClaim::inline(b"x", false);
    repository.commit_blocking(record(vec![birth(id(1), "in", content)])).unwrap();
    let first = repository.syncs();
    repository.commit_blocking(record(vec![moved(id(1), "out")])).unwrap();
    assert_eq!((first, repository.syncs()), (5, 6), "the segment, four new folders; then one each");
    repository.close().unwrap();
    let repository = bench.open().repository;
    assert_eq!(repository.syncs(), 6, "neither stopping nor starting in order costs one");
    drop(repository);
}

#[test]
fn nothing_secret_is_in_any_file() {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    let repository = bench.open().repository;
    let small = ContentClaim::inline(b"s3cr3t-content", true);
    let large = write(&repository, &b"s3cr3t-large".repeat(9000), true);
    let mut commit = record(vec![birth(id(1), "in", small), birth(id(2), "in", large)]);
    commit.flowfiles[0].trail.push(Hop {
        time: clock()(),
        processor: "get".into(),
        relationship: None,
        events: vec![Event {
            kind: EventKind::Receive,
            details: Some(Text::sensitive("s3cr3t-event")),
        }],
        changes: Default::default(),
        content: None,
    });
    let values = [("cursor".into(), Text::sensitive("s3cr3t-state"))].into_iter().collect();
    commit.states.push(StateChange { processor: "get".into(), values });
    repository.commit_blocking(commit).unwrap();
    repository.snapshot().unwrap();
    repository.close().unwrap();

    let mut files = 0;
    for entry in walk(&bench.home.path().join("data")) {
        let bytes = std::fs::read(&entry).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"s3cr3t"), "{}", entry.display());
        files += 1;
    }
    assert!(files >= 4, "journal, snapshot, provenance, content");
    let opened = bench.open();
    let state = opened.state.state("get").unwrap();
    assert_eq!(state["cursor"], Text::sensitive("s3cr3t-state"));
    let (flowfile, _) = opened.state.flowfile(id(2)).unwrap();
    assert_eq!(read(&opened.repository, &flowfile.content), b"s3cr3t-large".repeat(9000));
}

pub(super) fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

/// What is in the queues, as a listing would show it.
pub(super) fn listed(state: &FlowState) -> String {
    let mut lines = String::new();
    for (queue, flowfiles) in state.queues() {
        for (flowfile, queued) in flowfiles {
            let FlowFileRecord { id, attributes, content, .. } = flowfile;
            let number = queued.failed_number;
            lines += &format!("{queue}: {id} {attributes:?} {content:?} {number:?}\n");
        }
    }
    lines
}

#[test]
fn commits_at_once_share_syncs() {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    let options = OpenOptions { background: Background::Threads, ..bench.options() };
    let repository = FlowRepository::open(options).unwrap().repository;
    let answers: Vec<_> = (1..=200)
        .map(|number| {
            let content = ContentClaim::inline(&[number; 3000], false);
            repository.committer.submit(record(vec![birth(id(number), "in", content)]))
        })
        .collect();
    let mut positions: Vec<_> =
        answers.into_iter().map(|answer| answer.blocking_recv().unwrap().unwrap()).collect();
    assert!(positions.is_sorted());
    positions.dedup();
    assert_eq!(positions.len(), 200);
    assert!(repository.syncs() < 100, "{}", repository.syncs());
    repository.close().unwrap();
    assert_eq!(bench.open().state.len(), 200);
}

#[test]
fn with_durability_none_nothing_touches_the_disk() {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::None);
    let repository = bench.open().repository;
    let content = write(&repository, &[1; 10_000], false);
    repository.commit_blocking(record(vec![birth(id(1), "in", content.clone())])).unwrap();
    assert_eq!(read(&repository, &content), [1; 10_000]);
    repository.close().unwrap();
    assert!(!bench.home.path().join("data").exists());
}

#[test]
fn a_large_record_is_written_in_parts_and_one_too_large_is_refused() {
    for bench in benches() {
        let repository = bench.open().repository;
        let change = |number: u32| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            birth(FlowFileId::from_bytes(id), "in", ContentClaim::inline(&[7; 4000], false))
        };
        repository.commit_blocking(record((0..400).map(change).collect())).unwrap();
        repository.commit_blocking(record((400..410).map(change).collect())).unwrap();
        let huge = record((0..13_000).map(change).collect());
        let error = repository.commit_blocking(huge).unwrap_err();
        assert!(matches!(error, CommitError::TooLarge { .. }), "{error}");
        repository.commit_blocking(record(vec![change(410)])).unwrap();
        drop(repository);
        let opened = bench.open();
        assert_eq!(opened.recovered.cut, None);
        assert_eq!(opened.state.len(), 411);
    }
}

#[test]
fn a_log_that_moved_on_refuses_who_does_not_know() {
    for bench in benches() {
        let repository = bench.open().repository;
        let mut log = repository.committer.log();
        let start = log.end();
        log.append(start, &[record(vec![])]).unwrap();
        let end = log.end();
        let error = log.append(start, &[record(vec![])]).unwrap_err();
        assert!(
            matches!(error, CommitError::Moved { expected, actual } if expected == start && actual == end)
        );
        let read = log.reader().read(Position::default()).unwrap();
        assert_eq!(read.count(), 1);
    }
}

#[test]
fn snapshots_are_made_beside_the_commits() {
    let bench = Bench::new(Arc::new(MemoryStorage::default()), Durability::Process);
    let options = OpenOptions { background: Background::Threads, ..bench.options() };
    let repository = FlowRepository::open(options.clone()).unwrap().repository;
    let snapshots = options.dir.join("xero/snapshots");
    let mut number = 0_u32;
    while bench.storage.list(&snapshots).unwrap().is_empty() {
        number += 1;
        assert!(number < 500, "no snapshot");
        let mut change = birth(id(0), "in", ContentClaim::empty());
        change.id = FlowFileId::from_bytes([number.to_be_bytes(); 4].concat().try_into().unwrap());
        let birth = change.birth.as_mut().unwrap();
        birth.attributes.set("long", "x".repeat(400_000).into());
        repository.commit_blocking(record(vec![change])).unwrap();
        if number.is_multiple_of(10) {
            // Somebody who looks meanwhile sees what was acknowledged.
            assert_eq!(FlowRepository::read_only(&options).unwrap().len() as u32, number);
        }
    }
    drop(repository);
    let opened = FlowRepository::open(options).unwrap();
    assert_eq!(opened.state.len() as u32, number);
    assert!(opened.recovered.snapshot.is_some() && opened.recovered.records < u64::from(number));
}

#[test]
fn provenance_goes_by_size_by_age_or_at_once() {
    let (day, size) = (Duration::from_secs(24 * 3600), 400_000);
    for (provenance, days, kept) in [
        (Provenance::Off, 0, 1),
        (Provenance::Keep { bytes: size, age: day * 3 }, 0, 2),
        (Provenance::Keep { bytes: 10 * size, age: day * 3 }, 0, 4),
        (Provenance::Keep { bytes: 10 * size, age: day * 3 }, 2, 4),
        (Provenance::Keep { bytes: 10 * size, age: day * 3 }, 4, 1),
    ] {
        let bench = Bench::new(Arc::new(MemoryStorage::default()), Durability::Process);
        let options = OpenOptions { provenance, ..bench.options() };
        let repository = FlowRepository::open(options.clone()).unwrap().repository;
        for number in 1..=4 {
            let change = birth(id(number), "in", ContentClaim::empty());
            repository.commit_blocking(record(vec![change])).unwrap();
            if number < 4 {
                // A segment that was hardly used is followed by one of its size, 256 KiB.
                repository.snapshot().unwrap();
            }
        }
        drop(repository);
        let later: Clock =
            Arc::new(move || clock()() + jiff::SignedDuration::from_hours(24 * days));
        let opened = FlowRepository::open(OpenOptions { clock: later, ..options }).unwrap();
        opened.repository.sweep().unwrap();
        let records = opened.repository.records(Position::default()).unwrap();
        assert_eq!((opened.state.len(), records.count()), (4, kept), "{provenance:?} {days}");
    }
}
