//! Every byte of small files flipped, every length cut, one at a time: the answer is the same state, the state after an
//! earlier record of a file that was not stopped in order, or a refusal. Never another state, never a panic.

use std::{collections::BTreeMap, path::Path};

use super::{super::storage::write_all_at, *};

const SEGMENT: &str = "journal/0000000001.seg";

/// A flow's files in memory, to be spoilt.
struct Files {
    bench: Bench,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Files {
    /// The files that `fill` leaves behind, without the zeros at the ends of segments.
    fn of(fill: impl FnOnce(FlowRepository)) -> Self {
        let disk = Faulty::new(1);
        let bench = Bench::new(Arc::new(disk.clone()), Durability::Fsync);
        fill(bench.open().repository);
        let mut files = disk.files();
        for bytes in files.values_mut() {
            let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            // A frame more, so that a stop still has its place.
            bytes.resize((used + 200).next_multiple_of(4), 0);
        }
        Self { bench, files }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.bench.options().dir.join("xero").join(name)
    }

    fn bytes(&self, name: &str) -> &[u8] {
        &self.files[&self.path(name)]
    }

    /// A bench with these files, and other bytes in one of them.
    fn with(&self, name: &str, bytes: &[u8]) -> OpenOptions {
        let storage = Arc::new(MemoryStorage::default());
        for (path, whole) in &self.files {
            let changed = if *path == self.path(name) { bytes } else { whole };
            write_all_at(&*storage.create(path).unwrap(), changed, 0).unwrap();
        }
        OpenOptions { storage, ..self.bench.options() }
    }

    /// What a start makes of it; and that one that works goes on working.
    fn outcome(&self, name: &str, bytes: &[u8]) -> Outcome {
        let options = self.with(name, bytes);
        let looked = FlowRepository::read_only(&options).map(|state| listed(&state));
        let opened = match FlowRepository::open(options.clone()) {
            Err(error) => {
                assert!(looked.is_err());
                return Outcome::Refused(error.to_string());
            }
            Ok(opened) => opened,
        };
        let state = listed(&opened.state);
        assert_eq!(looked.unwrap(), state);
        let content = ContentClaim::inline(b"after", false);
        let after = record(vec![birth(id(99), "z", content)]);
        opened.repository.commit_blocking(after).unwrap();
        drop(opened.repository);
        let again = FlowRepository::open(options).unwrap();
        assert!(listed(&again.state).starts_with(&state));
        assert_eq!(again.state.len(), opened.state.len() + 1);
        Outcome::State(state)
    }

    fn each_flip(&self, name: &str, mut check: impl FnMut(usize, Outcome)) {
        let whole = self.bytes(name).to_vec();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            check(at, self.outcome(name, &changed));
        }
    }

    fn each_cut(&self, name: &str, mut check: impl FnMut(usize, Outcome)) {
        let whole = self.bytes(name).to_vec();
        for length in 0..whole.len() {
            check(length, self.outcome(name, &whole[..length]));
        }
    }
}

enum Outcome {
    State(String),
    Refused(String),
}

fn commits(repository: &FlowRepository) -> Vec<String> {
    let mut state = FlowState::default();
    let mut states = vec![listed(&state)];
    let secret = ContentClaim::inline(b"s3cr3t", true);
    let large = super::write(repository, &[5; 5000], false);
    for flowfiles in [
        vec![birth(id(1), "in", secret)],
        vec![birth(id(2), "in", large), moved(id(1), "out")],
        vec![moved(id(2), "out")],
    ] {
        let record = record(flowfiles);
        state.apply(&record).unwrap();
        states.push(listed(&state));
        repository.commit_blocking(record).unwrap();
    }
    states
}

#[test]
fn a_flow_that_fell_is_cut_or_refused() {
    let mut states = Vec::new();
    let files = Files::of(|repository| {
        states = commits(&repository);
        drop(repository);
    });
    let mut seen = BTreeMap::new();
    let mut check = |at: usize, outcome| match outcome {
        Outcome::State(state) => {
            assert!(states.contains(&state), "byte {at}: {state}");
            *seen.entry(Some(state)).or_insert(0) += 1;
        }
        Outcome::Refused(error) => {
            assert!(error.contains(".seg is damaged at offset"), "{error}");
            *seen.entry(None).or_insert(0) += 1;
        }
    };
    files.each_flip(SEGMENT, &mut check);
    files.each_cut(SEGMENT, &mut check);
    assert_eq!(seen.len(), states.len() + 1, "each prefix, and refusals: {seen:?}");
}

#[test]
fn a_flow_that_stopped_in_order_loses_nothing_silently() {
    let mut states = Vec::new();
    let files = Files::of(|repository| {
        states = commits(&repository);
        repository.close().unwrap();
    });
    let last = states.last().unwrap();
    let stop = files.bytes(SEGMENT).iter().rposition(|byte| *byte != 0).unwrap() / 4 * 4 - 8;
    files.each_flip(SEGMENT, |at, outcome| match outcome {
        Outcome::State(state) => assert!(state == *last, "byte {at} of {stop}"),
        Outcome::Refused(_) => assert!(at < stop, "byte {at} of {stop}"),
    });
}

#[test]
fn a_closed_segment_is_whole_or_refused() {
    let mut last = String::new();
    let files = Files::of(|repository| {
        last = commits(&repository).pop().unwrap();
        repository.committer.log().roll().unwrap();
        let content = ContentClaim::inline(b"x", false);
        repository.commit_blocking(record(vec![birth(id(3), "x", content)])).unwrap();
        drop(repository);
    });
    let used = files.bytes(SEGMENT).iter().rposition(|byte| *byte != 0).unwrap();
    let mut check = |at: usize, outcome| match outcome {
        Outcome::State(state) => {
            assert!(at > used && state.starts_with(&last), "byte {at} of {used}")
        }
        Outcome::Refused(error) => assert!(error.contains("0001.seg is damaged"), "{error}"),
    };
    files.each_flip(SEGMENT, &mut check);
    files.each_cut(SEGMENT, &mut check);
}

#[test]
fn a_damaged_snapshot_is_passed_over_or_refused() {
    for provenance in [true, false] {
        let mut last = String::new();
        let files = Files::of(|repository| {
            let mut state = FlowState::default();
            for number in 1..=3 {
                let content = ContentClaim::inline(&[number], false);
                let record = record(vec![birth(id(number), "in", content)]);
                state.apply(&record).unwrap();
                repository.commit_blocking(record).unwrap();
                if number < 3 {
                    repository.snapshot().unwrap();
                }
            }
            last = listed(&state);
            drop(repository);
        });
        let mut files = files;
        if !provenance {
            let old = files.path("provenance/0000000002.seg");
            files.files.remove(&old).unwrap();
        }
        let mut check = |at: usize, outcome| match outcome {
            Outcome::State(state) => assert_eq!(state, last, "byte {at}"),
            Outcome::Refused(error) => {
                assert!(!provenance && error.contains("is damaged"), "byte {at}: {error}")
            }
        };
        files.each_flip("snapshots/0000000002.snap", &mut check);
        files.each_cut("snapshots/0000000002.snap", &mut check);
    }
}

#[test]
fn a_missing_segment_is_refused_by_name() {
    let mut files = Files::of(|repository| {
        for number in 1..=3 {
            let content = ContentClaim::inline(b"x", false);
            repository.commit_blocking(record(vec![birth(id(number), "in", content)])).unwrap();
            repository.committer.log().roll().unwrap();
        }
    });
    let missing = files.path("journal/0000000002.seg");
    files.files.remove(&missing).unwrap();
    let error = FlowRepository::open(files.with("", &[])).err().unwrap().to_string();
    assert!(error.contains("0000000002.seg is damaged at offset 0: it is missing"), "{error}");
    assert!(
        error.contains("Restore the folder") && error.contains("nothing was changed"),
        "{error}"
    );
}

#[test]
fn a_journal_that_vanished_is_not_taken_for_a_new_flow() {
    let mut files = Files::of(|repository| {
        commits(&repository);
        repository.snapshot().unwrap();
    });
    files
        .files
        .retain(|path, _| path.parent() != Some(&files.bench.options().dir.join("xero/journal")));
    let kept = files.files.clone();
    let opened = FlowRepository::open(files.with("", &[])).unwrap();
    assert_eq!(opened.state.len(), 2, "the snapshot covers all");
    files.files = kept;
    files.files.retain(|path, _| path.extension() != Some("snap".as_ref()));
    let error = FlowRepository::open(files.with("", &[])).err().unwrap().to_string();
    assert!(error.contains("the journal is missing"), "{error}");
}

#[test]
fn another_flows_files_and_newer_files_are_refused_by_name() {
    let files = Files::of(|repository| drop(commits(&repository)));
    let mut newer = files.bytes(SEGMENT).to_vec();
    newer[8] = 2;
    let header = u32::from_le_bytes(newer[12..16].try_into().unwrap()) as usize;
    let crc = crc32c::crc32c(&newer[..header - 4]);
    newer[header - 4..header].copy_from_slice(&crc.to_le_bytes());
    let Outcome::Refused(error) = files.outcome(SEGMENT, &newer) else { panic!("a newer file") };
    assert!(
        error.contains("0000000001.seg has format version 2, this program knows up to 1"),
        "{error}"
    );

    let options = files.with("", &[]);
    let moved = Arc::new(MemoryStorage::default());
    for (path, bytes) in &files.files {
        let name = path.strip_prefix(options.dir.join("xero")).unwrap();
        let file = moved.create(&options.dir.join("exact").join(name)).unwrap();
        write_all_at(&*file, bytes, 0).unwrap();
    }
    let options = OpenOptions { storage: moved, flow: "exact".to_owned(), ..options };
    let error = FlowRepository::open(options).err().unwrap().to_string();
    assert!(error.contains("belongs to flow xero, not to exact"), "{error}");
}

#[test]
fn a_refusal_changes_nothing() {
    let files = Files::of(|repository| {
        commits(&repository);
        repository.close().unwrap();
    });
    let mut changed = files.bytes(SEGMENT).to_vec();
    changed[100] ^= 1;
    let options = files.with(SEGMENT, &changed);
    assert!(FlowRepository::open(options.clone()).is_err());
    let path: &Path = &files.path(SEGMENT);
    let file = options.storage.open_read(path).unwrap();
    let mut after = vec![0; changed.len()];
    super::super::storage::read_full_at(&*file, &mut after, 0).unwrap();
    assert_eq!(after, changed);
    assert_eq!(file.length().unwrap(), changed.len() as u64);
}
