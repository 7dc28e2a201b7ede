use std::{
    io::{Read, Write},
    sync::atomic::{AtomicI64, Ordering},
};

use processors_api::ContentWriter;

use super::{
    super::{
        Background, CommitError, Disk, FlowRepository, KeyLookup, OpenOptions, Opened,
        record::{End, FlowFileChange},
        tests::{birth, id, read, record, walk},
    },
    *,
};

struct Bench {
    home: tempfile::TempDir,
    now: Arc<AtomicI64>,
}

impl Bench {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(1_790_000_000));
        Self { home: tempfile::tempdir().unwrap(), now }
    }

    fn open(&self) -> Opened {
        let now = self.now.clone();
        let clock: Clock =
            Arc::new(move || Timestamp::from_second(now.load(Ordering::Relaxed)).unwrap());
        let options = OpenOptions {
            storage: Arc::new(Disk::default()),
            keys: KeyLookup { home: Some(self.home.path().to_owned()), ..KeyLookup::default() },
            background: Background::ByHand,
            ..OpenOptions::new(self.home.path().join("data"), "flow", clock)
        };
        FlowRepository::open(options).unwrap()
    }

    fn pass(&self, hours: i64) {
        self.now.fetch_add(hours * 3600, Ordering::Relaxed);
    }

    fn boxes(&self) -> Vec<PathBuf> {
        let files = walk(&self.home.path().join("data"));
        files.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "box")).collect()
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n % 251) as u8).collect()
}

fn write(repository: &FlowRepository, bytes: &[u8], sensitive: bool) -> ContentClaim {
    let mut writer = ContentWriter::new(repository.content(), sensitive);
    for piece in bytes.chunks(777) {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap()
}

fn stored(claim: &ContentClaim) -> &StoredContent {
    match claim.body() {
        ContentBody::Stored(stored) => stored,
        ContentBody::Inline(_) => panic!("inline"),
    }
}

#[test]
fn content_of_any_length_is_read_from_any_offset() {
    let bench = Bench::new();
    let repository = bench.open().repository;
    for length in [4097, 65_535, 65_536, 65_537, 131_072, 200_001] {
        for sensitive in [false, true] {
            let bytes = bytes(length);
            let claim = write(&repository, &bytes, sensitive);
            assert_eq!(read(&repository, &claim), bytes);
            for offset in [0, 1, 65_535, 65_536, length - 1, length, length + 9] {
                let store = repository.content();
                let mut reader = store.open(stored(&claim), sensitive, offset as u64).unwrap();
                let mut rest = Vec::new();
                reader.read_to_end(&mut rest).unwrap();
                assert_eq!(rest, &bytes[offset.min(length)..], "{length} from {offset}");
            }
        }
    }
    assert_eq!(bench.boxes().len(), 1, "they share a container");
}

#[test]
fn writers_at_once_do_not_disturb_each_other() {
    let bench = Bench::new();
    let repository = bench.open().repository;
    let mut one = ContentWriter::new(repository.content(), false);
    let mut two = ContentWriter::new(repository.content(), true);
    for _ in 0..100 {
        one.write_all(&[1; 1000]).unwrap();
        two.write_all(&[2; 1000]).unwrap();
    }
    let (one, two) = (one.finish().unwrap(), two.finish().unwrap());
    assert_eq!(read(&repository, &one), [1; 100_000]);
    assert_eq!(read(&repository, &two), [2; 100_000]);
}

#[test]
fn given_up_content_is_written_over() {
    let bench = Bench::new();
    let repository = bench.open().repository;
    for _ in 0..10 {
        let mut given_up = ContentWriter::new(repository.content(), false);
        given_up.write_all(&bytes(100_000)).unwrap();
    }
    let claim = write(&repository, &bytes(5000), false);
    assert_eq!(read(&repository, &claim), bytes(5000));
    let [container] = &bench.boxes()[..] else { panic!("one container") };
    assert!(std::fs::metadata(container).unwrap().len() < 100_000);
}

#[test]
fn every_changed_byte_is_noticed_and_the_file_named() {
    let bench = Bench::new();
    let repository = bench.open().repository;
    for sensitive in [false, true] {
        let claim = write(&repository, &bytes(5000), sensitive);
        let path = bench.boxes().pop().unwrap();
        let whole = std::fs::read(&path).unwrap();
        let start = whole.len() - 5000 - container::CLAIM_HEADER_BYTES;
        for at in (start..whole.len()).step_by(7) {
            let mut changed = whole.clone();
            changed[at] ^= 4;
            std::fs::write(&path, &changed).unwrap();
            let read = claim
                .open(&*repository.content())
                .and_then(|mut reader| reader.read_to_end(&mut Vec::new()));
            // Unused bytes of a header that is not sealed are under its checksum too.
            let error = read.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(".box"), "byte {at}: {error}");
        }
        std::fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn content_goes_some_time_after_its_last_reference() {
    let bench = Bench::new();
    let repository = bench.open().repository;
    let claim = write(&repository, &bytes(5000), false);
    let claim_id = stored(&claim).id.clone();
    let copy = claim.clone();
    repository.commit_blocking(record(vec![birth(id(1), "in", claim)])).unwrap();
    bench.pass(100);
    assert_eq!(repository.sweep().unwrap(), Swept::default(), "it is referred to");
    drop(copy);
    bench.pass(11);
    assert_eq!(repository.sweep().unwrap(), Swept::default(), "replay may want it");
    assert_eq!(repository.lookup(&claim_id).unwrap().unwrap().length, 5000);
    bench.pass(13);
    assert_eq!(repository.sweep().unwrap().containers, 1);
    assert!(repository.lookup(&claim_id).unwrap().is_none());
    assert!(bench.boxes().is_empty());
}

#[test]
fn the_time_since_the_last_reference_outlives_a_restart() {
    let bench = Bench::new();
    let opened = bench.open();
    let claim = write(&opened.repository, &bytes(5000), false);
    opened.repository.commit_blocking(record(vec![birth(id(1), "in", claim.clone())])).unwrap();
    bench.pass(100);
    drop(claim);
    let gone = FlowFileChange { id: id(1), birth: None, trail: vec![], end: End::Gone };
    opened.repository.commit_blocking(record(vec![gone])).unwrap();
    opened.repository.close().unwrap();
    bench.pass(11);
    let repository = bench.open().repository;
    assert_eq!(repository.sweep().unwrap(), Swept::default());
    bench.pass(2);
    assert_eq!(repository.sweep().unwrap().containers, 1);
}

#[test]
fn what_no_record_names_is_gone_after_a_start() {
    let bench = Bench::new();
    let repository = bench.open().repository;
    drop(write(&repository, &bytes(5000), false));
    assert_eq!(bench.boxes().len(), 1);
    drop(repository);
    drop(bench.open());
    assert!(bench.boxes().is_empty());
}

#[test]
fn content_with_another_key_says_so() {
    let bench = Bench::new();
    let repository = bench.open().repository;
    let claim = write(&repository, &bytes(5000), true);
    drop(repository);
    let lookup = KeyLookup { home: Some(bench.home.path().to_owned()), ..KeyLookup::default() };
    let key = bench.home.path().join(".config/headwater/key");
    std::fs::remove_file(&key).unwrap();
    let seal = |header: &ClaimHeader| header.seal.clone().unwrap();
    let path = bench.boxes().pop().unwrap();
    let file = super::super::storage::Storage::open_read(&Disk::default(), &path).unwrap();
    let place = Place::of(&stored(&claim).id).unwrap();
    let header = ClaimHeader::read(&*file, &path, place.offset).unwrap();
    let keyring = super::super::seal::Keyring::new(lookup);
    let error = reading::key(&keyring, &seal(&header)).err().unwrap().to_string();
    assert!(error.contains("not there any more"), "{error}");
    keyring.find_or_make().unwrap();
    let error = reading::key(&keyring, &seal(&header)).err().unwrap().to_string();
    assert!(error.contains("sealed with key"), "{error}");
}

#[test]
fn without_a_place_for_a_key_only_what_is_secret_fails() {
    let bench = Bench::new();
    let options = OpenOptions {
        background: Background::ByHand,
        ..OpenOptions::new(bench.home.path().join("data"), "flow", super::super::tests::clock())
    };
    let repository = FlowRepository::open(options).unwrap().repository;
    let secret = ContentClaim::inline(b"s", true);
    let mut change = birth(id(1), "in", secret);
    let error = repository.commit_blocking(record(vec![change.clone()])).unwrap_err();
    assert!(matches!(error, CommitError::Key(_)), "{error}");
    assert!(error.to_string().contains("HEADWATER_KEY_FILE"), "{error}");
    assert!(ContentWriter::new(repository.content(), true).write_all(&bytes(5000)).is_err());
    if let Some(birth) = &mut change.birth {
        birth.attributes.remove("token");
        birth.content = write(&repository, &bytes(5000), false);
    }
    repository.commit_blocking(record(vec![change])).unwrap();
}
