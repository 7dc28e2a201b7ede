//! What happens when the key is another one, or is lost.

use super::*;

fn sealed_flow() -> Bench {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    let repository = bench.open().repository;
    let plain = |number| {
        let mut change = birth(id(number), "in", ContentClaim::inline(b"plain", false));
        if let Some(birth) = &mut change.birth {
            birth.attributes.remove("token");
        }
        change
    };
    let large = write(&repository, &[3; 9000], true);
    let mut keeps_content = plain(3);
    keeps_content.birth.iter_mut().for_each(|birth| birth.content = large.clone());
    let secret = birth(id(1), "in", ContentClaim::inline(b"plain", false));
    let mut commit = record(vec![secret, plain(2), keeps_content]);
    let values = [("a".into(), Text::sensitive("s")), ("b".into(), "p".into())];
    commit
        .states
        .push(StateChange { processor: "get".into(), values: values.into_iter().collect() });
    repository.commit_blocking(commit).unwrap();
    repository.close().unwrap();
    bench
}

fn key_of(bench: &Bench) -> PathBuf {
    bench.home.path().join("home/.config/headwater/key")
}

#[test]
fn another_key_is_refused_by_name() {
    let bench = sealed_flow();
    std::fs::remove_file(key_of(&bench)).unwrap();
    Keyring::new(bench.options().keys).find_or_make().unwrap();
    for error in [
        FlowRepository::open(bench.options()).err().unwrap(),
        FlowRepository::read_only(&bench.options()).err().unwrap(),
    ] {
        assert!(matches!(error, OpenError::Key(KeyError::Other { .. })), "{error}");
        assert!(error.to_string().contains("HEADWATER_KEY_FILE"), "{error}");
    }
}

#[test]
fn a_lost_key_costs_what_it_sealed_and_nothing_else() {
    let bench = sealed_flow();
    std::fs::remove_file(key_of(&bench)).unwrap();
    let opened = bench.open();
    let unreadable: Vec<_> = opened.state.unreadable().iter().copied().collect();
    assert_eq!(unreadable, [id(1), id(3)]);
    assert_eq!(opened.state.unreadable_states().iter().next().unwrap().as_ref(), "get");
    assert_eq!(opened.state.state("get").unwrap().keys().next().unwrap().as_ref(), "b");
    let (plain, _) = opened.state.flowfile(id(2)).unwrap();
    assert_eq!(plain.attribute("filename"), Some("a.txt".into()));

    // With a new key, which the next secret makes, everything goes on; also when it falls at once.
    drop(opened);
    let opened = bench.open();
    assert_eq!(opened.state.unreadable().len(), 2, "until they are in the failed queue");
    let secret = birth(id(4), "in", ContentClaim::inline(b"new", true));
    opened.repository.commit_blocking(record(vec![secret])).unwrap();
    drop(opened);
    let opened = bench.open();
    let failed = record(vec![moved(id(1), FAILED), moved(id(3), FAILED)]);
    opened.repository.commit_blocking(failed).unwrap();
    let (new, _) = opened.state.flowfile(id(4)).unwrap();
    assert_eq!(read(&opened.repository, &new.content), b"new");
    let (lost, _) = opened.state.flowfile(id(3)).unwrap();
    assert!(lost.content.open(&*opened.repository.content()).is_err());
    drop(opened);
    let opened = bench.open();
    assert!(opened.state.unreadable().is_empty());
    let all = opened.repository.records(Position::default()).unwrap();
    assert_eq!(all.map(Result::unwrap).count(), 3, "provenance is read without the old key");
}

#[test]
fn a_flow_without_secrets_asks_for_no_key() {
    let bench = Bench::new(Arc::new(Disk::default()), Durability::Fsync);
    for _ in 0..2 {
        let repository = bench.open().repository;
        repository.commit_blocking(record(vec![])).unwrap();
        repository.snapshot().unwrap();
        repository.close().unwrap();
    }
    assert!(!bench.home.path().join("home").exists());
}
