//! `kill -9` at any instant: nothing is lost, nothing is done twice inside, and the credential survives.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use common::{BINARY, Bench, files};
use headwater::repository::{FlowRepository, OpenOptions};

/// How often the flow of files is killed, and around the token answer, unless `HEADWATER_TEST_KILLS` says otherwise.
const KILLS: u32 = 50;
const KILLS_WHILE_MERGING: u32 = 25;
const KILLS_AROUND_THE_ANSWER: u32 = 16;

fn kills(usual: u32) -> u32 {
    std::env::var("HEADWATER_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(usual)
}
/// Files that go through it.
const FILES: usize = 400;

const COPY: &str = r"
flow: copy
timezone: UTC
processors:
  take:
    type: GetFile
    properties:
      input_directory: in
      batch_size: 7
    to: name
  name:
    type: UpdateAttribute
    properties:
      attributes:
        twin: ${uuid}
    to: sort
  sort:
    type: RouteOnAttribute
    properties:
      routes:
        even: ${filename:matches('.*[02468]')}
    to:
      even: [mark, store]
      unmatched: store
  mark:
    type: ReplaceText
    properties:
      replacement_strategy: Append
      evaluation_mode: Entire text
      replacement_value: '-even'
    to: keep
  keep:
    type: PutFile
    properties:
      directory: even
      filename: ${filename}-${uuid}
  store:
    type: PutFile
    properties:
      directory: out
      filename: ${filename}-${uuid}
";

const MERGE: &str = r"
flow: merge
timezone: UTC
processors:
  take:
    type: GetFile
    properties:
      input_directory: in
      batch_size: 7
    to: gather
  gather:
    type: MergeContent
    properties:
      minimum_number_of_entries: 5
      maximum_number_of_entries: 9
      max_bin_age: 2 sec
      delimiter_strategy: Text
      demarcator: ','
    to: { merged: keep }
  keep:
    type: PutFile
    properties:
      directory: out
      filename: ${uuid}
";

/// A source of instants that is the same in every run of the test.
struct Instants(u64);

impl Instants {
    fn next(&mut self, below_us: u64) -> Duration {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_micros((self.0 >> 33) % below_us)
    }
}

fn content(number: usize) -> String {
    // Every third one is too large to ride in the journal.
    format!("{number:05}").repeat(if number.is_multiple_of(3) { 2_000 } else { 20 })
}

/// Runs a flow of files over and over and kills it; at last lets it come to its end. Gives its folder.
fn killed_over_and_over(name: &str, flow: &str, kills: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |below: &str| folder.path().join(below);
    for below in ["in", "out", "even", "home"] {
        fs::create_dir(path(below)).unwrap();
    }
    fs::write(path("flow.yaml"), flow).unwrap();
    let mut waiting = 0..FILES;
    let mut feed = |count: usize| {
        for number in waiting.by_ref().take(count) {
            fs::write(path("new"), content(number)).unwrap();
            fs::rename(path("new"), path("in").join(format!("{number:05}"))).unwrap();
        }
    };
    let run = || {
        let mut command = Command::new(BINARY);
        command
            .args(["run", "flow.yaml", "-q"])
            .current_dir(folder.path())
            .env("HOME", path("home"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut instants = Instants(42);
    let (mut killed, mut ended) = (0, 0);
    while killed < kills {
        feed(FILES.div_ceil(kills as usize));
        let mut child = run().spawn().unwrap();
        // Longer and longer, and on a slow machine more so: some kills must come after something was done.
        let slower = if files(&path("out")).is_empty() { 40_000 } else { 4_000 };
        std::thread::sleep(instants.next(30_000 + slower * u64::from(killed % KILLS)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        } else {
            ended += 1;
        }
        child.wait().unwrap();
    }
    assert!(
        !files(&path("out")).is_empty(),
        "the kills came too early to hit anything; {ended} runs ended before"
    );
    feed(FILES);
    let output = run().stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    assert!(files(&path("in")).is_empty(), "every source file was taken away");
    let options =
        OpenOptions::new(path(".headwater"), name, std::sync::Arc::new(jiff::Timestamp::now));
    assert_eq!(
        FlowRepository::read_only(&options).unwrap().len(),
        0,
        "nothing waits, nothing failed"
    );
    folder
}

#[test]
fn fifty_kills_lose_nothing_and_duplicate_nothing() {
    let folder = killed_over_and_over("copy", COPY, kills(KILLS));
    let path = |below: &str| folder.path().join(below);
    assert_each_once(&path("out"), 0..FILES, "");
    assert_each_once(&path("even"), (0..FILES).filter(|number| number.is_multiple_of(2)), "-even");
}

#[test]
fn kills_between_gathering_and_merging_lose_nothing_and_merge_nothing_twice() {
    let folder = killed_over_and_over("merge", MERGE, kills(KILLS_WHILE_MERGING));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for file in files(&folder.path().join("out")) {
        let merged = fs::read_to_string(file).unwrap();
        merged.split(',').for_each(|part| *seen.entry(part.to_owned()).or_default() += 1);
    }
    for number in 0..FILES {
        assert_eq!(seen.remove(&content(number)), Some(1), "the content of {number}");
    }
    assert!(seen.is_empty(), "nothing else is there: {:?}", seen.len());
}

fn assert_each_once(folder: &std::path::Path, numbers: impl Iterator<Item = usize>, suffix: &str) {
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files(folder) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let number = name.split('-').next().unwrap().to_owned();
        seen.entry(number).or_default().push(fs::read_to_string(&file).unwrap());
    }
    let wanted: Vec<usize> = numbers.collect();
    for number in &wanted {
        let found = seen.remove(&format!("{number:05}")).unwrap_or_default();
        assert_eq!(
            found.len(),
            1,
            "{number} is there {} times in {}",
            found.len(),
            folder.display()
        );
        assert!(found[0] == content(*number) + suffix, "the content of {number}");
    }
    assert!(seen.is_empty(), "nothing else is there: {:?}", seen.keys());
}

#[test]
fn killed_around_the_token_answer_the_next_run_ends_with_working_tokens() {
    let mut stages = BTreeMap::new();
    for after_us in instants_around_the_answer() {
        let bench = Bench::expired();
        bench.xero.hold_token_answers();
        let mut child = bench.spawn(&[]);
        assert!(bench.xero.wait_for_token_request(Duration::from_secs(20)));
        if let Some(after_us) = after_us {
            bench.xero.release();
            std::thread::sleep(Duration::from_micros(after_us));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        bench.xero.release();
        let committed = answer_is_committed(&bench);
        *stages.entry(committed).or_insert(0) += 1;
        bench.run().assert_exit(0);
        bench.assert_credentials_work();
        assert!(!bench.stored().is_empty());
        assert!(bench.failed().is_empty());
        if committed {
            assert_eq!(
                bench.xero.refreshes(),
                1,
                "the answer was committed: no other refresh, {after_us:?}"
            );
        }
        assert!(bench.xero.refreshes() <= 2);
    }
    println!("killed with the answer committed or not: {stages:?}");
    assert!(stages.contains_key(&false), "at least the kill before the answer comes first");
}

/// Before the answer, then at growing distances behind it: most happens in the first milliseconds.
fn instants_around_the_answer() -> impl Iterator<Item = Option<u64>> {
    let kills = u64::from(kills(KILLS_AROUND_THE_ANSWER));
    let longest_us = 40_000;
    std::iter::once(None)
        .chain((1..kills).map(move |kill| Some(longest_us * kill.pow(3) / kills.pow(3))))
}

/// Whether the refresh is over as far as the journal knows: its answer, or what came of it, is committed.
fn answer_is_committed(bench: &Bench) -> bool {
    let mut options = OpenOptions::new(
        bench.path(".headwater"),
        "xero-invoices",
        std::sync::Arc::new(jiff::Timestamp::now),
    );
    options.keys.home = Some(bench.path("home"));
    let state = FlowRepository::read_only(&options).unwrap();
    let before = ["refresh-body", "refresh-tokens"];
    state
        .in_order()
        .iter()
        .all(|(_, queued)| !before.iter().any(|processor| queued.connection.ends_with(processor)))
}
