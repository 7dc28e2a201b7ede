//! What happens when the disk is full, and when it fails.

use std::sync::atomic::{AtomicI64, Ordering};

use super::{super::storage::faulty::Fault, *};

fn faulty(background: Background) -> (Faulty, Bench, FlowRepository) {
    let disk = Faulty::new(7);
    let bench = Bench::new(Arc::new(disk.clone()), Durability::Fsync);
    let options =
        OpenOptions { room_retry: Duration::from_millis(2), background, ..bench.options() };
    let repository = FlowRepository::open(options).unwrap().repository;
    (disk, bench, repository)
}

fn filling(number: u8) -> CommitRecord {
    record(vec![birth(id(number), "in", ContentClaim::inline(&[number; 4000], false))])
}

#[test]
fn a_full_disk_keeps_commits_waiting_and_loses_none() {
    for background in [Background::Threads, Background::ByHand] {
        let (disk, bench, repository) = faulty(background);
        disk.fill_up(0);
        // The segment is prepared; these have their place, and half of them tell that there will be none.
        for number in 1..=40 {
            repository.commit_blocking(filling(number)).unwrap();
        }
        while repository.room().is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let waiting: Vec<_> =
            (41..=120).map(|number| repository.committer.submit(filling(number))).collect();
        std::thread::sleep(Duration::from_millis(20));
        disk.make_room();
        for answer in waiting {
            answer.blocking_recv().unwrap().unwrap();
        }
        repository.room().unwrap();
        drop(repository);
        assert_eq!(bench.open().state.len(), 120);
    }
}

#[test]
fn a_waiting_commit_ends_with_the_repository() {
    let (disk, bench, repository) = faulty(Background::Threads);
    disk.fill_up(0);
    let answers: Vec<_> =
        (1..=120).map(|number| repository.committer.submit(filling(number))).collect();
    while repository.room().is_ok() {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(repository);
    let acknowledged = answers.into_iter().filter(|_| true).map(|answer| answer.blocking_recv());
    let acknowledged = acknowledged.filter(|answer| matches!(answer, Ok(Ok(_)))).count();
    disk.make_room();
    let found = bench.open().state.len();
    assert!(acknowledged < 120 && found >= acknowledged, "{acknowledged} {found}");
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged() {
    let (disk, bench, repository) = faulty(Background::ByHand);
    repository.commit_blocking(filling(1)).unwrap();
    disk.fail(Fault::Sync, 0);
    let error = repository.commit_blocking(filling(2)).unwrap_err();
    assert!(matches!(error, CommitError::Poisoned(_)), "{error}");
    // The disk works again; nobody knows what it kept.
    assert!(matches!(repository.commit_blocking(filling(3)), Err(CommitError::Poisoned(_))));
    assert!(repository.check().is_err());
    assert!(repository.snapshot().is_err());
    drop(repository);
    let state = bench.open().state;
    assert!(state.flowfile(id(1)).is_some() && state.flowfile(id(3)).is_none());
}

#[test]
fn a_failed_write_poisons_too() {
    let (disk, _bench, repository) = faulty(Background::ByHand);
    disk.fail(Fault::Write, 0);
    let error = repository.commit_blocking(filling(1)).unwrap_err().to_string();
    assert!(error.contains("the journal cannot be written"), "{error}");
}

#[test]
fn what_a_restart_found_survives_a_power_cut_although_its_sync_had_failed() {
    let (disk, bench, repository) = faulty(Background::ByHand);
    repository.commit_blocking(filling(1)).unwrap();
    disk.fail(Fault::Sync, 0);
    repository.commit_blocking(filling(2)).unwrap_err();
    drop(repository);
    let found = bench.open().state.len();
    let disk = disk.power_cut();
    let bench = Bench { storage: Arc::new(disk), ..bench };
    assert_eq!(bench.open().state.len(), found);
}

#[test]
fn content_without_room_fails_its_writer_only() {
    let (disk, _bench, repository) = faulty(Background::ByHand);
    disk.fill_up(2000);
    let mut writer = ContentWriter::new(repository.content(), false);
    let written = writer.write_all(&[1; 200_000]);
    let error = written.and_then(|()| writer.finish()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    repository.commit_blocking(filling(1)).unwrap();
    disk.make_room();
    let claim = write(&repository, &[2; 200_000], false);
    repository.commit_blocking(record(vec![birth(id(2), "in", claim.clone())])).unwrap();
    assert_eq!(read(&repository, &claim), [2; 200_000]);
}

#[test]
fn a_power_cut_brings_no_flowfile_back_whose_content_was_swept() {
    for seed in 0..40 {
        let disk = Faulty::new(seed);
        let bench = Bench::new(Arc::new(disk.clone()), Durability::Process);
        let seconds = AtomicI64::new(0);
        // A second passes whenever somebody looks.
        let passing = move || {
            clock()() + jiff::SignedDuration::from_secs(seconds.fetch_add(1, Ordering::Relaxed))
        };
        let options = OpenOptions {
            content_age_max: Duration::ZERO,
            clock: Arc::new(passing),
            ..bench.options()
        };
        let repository = FlowRepository::open(options.clone()).unwrap().repository;
        let content = write(&repository, &[1; 5000], false);
        repository.commit_blocking(record(vec![birth(id(1), "in", content)])).unwrap();
        repository.close().unwrap();

        let opened = FlowRepository::open(options).unwrap();
        drop(opened.state);
        let gone = FlowFileChange { id: id(1), birth: None, trail: vec![], end: End::Gone };
        opened.repository.commit_blocking(record(vec![gone])).unwrap();
        assert_eq!(opened.repository.sweep().unwrap().containers, 1);
        let disk = disk.power_cut();
        drop(opened.repository);

        let opened = Bench { storage: Arc::new(disk), ..bench }.open();
        if let Some((flowfile, _)) = opened.state.flowfile(id(1)) {
            assert_eq!(read(&opened.repository, &flowfile.content), [1; 5000], "seed {seed}");
        }
    }
}
