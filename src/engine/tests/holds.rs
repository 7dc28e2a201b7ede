//! Who holds a file, and until when.

use std::{fs, path::PathBuf};

use processors_api::{core_attributes, file_version};

use super::*;
use crate::{
    hold::{HolderInfo, Locks},
    repository::record::HoldChange,
};

/// Makes flowfiles of a file's content, one for each letter.
struct Reads(ReadsProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReadsProperties {
    file: PathBuf,
    letters: String,
}

impl Definition for Reads {
    const TYPE: &'static str = "Reads";
    const INPUT: Input = Input::Forbidden;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    type Properties = ReadsProperties;
    fn new(properties: ReadsProperties) -> Result<Self, PropertiesError> {
        Ok(Self(properties))
    }
}

impl Processor for Reads {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        for letter in self.0.letters.chars() {
            let mut flowfile = session.create();
            session.set_bytes(&mut flowfile, &fs::read(&self.0.file)?, false)?;
            let version = flowfile.content().version();
            flowfile.put_attribute(core_attributes::FILE_VERSION, version);
            flowfile.put_attribute("letter", letter.to_string());
            session.transfer(flowfile, &SUCCESS);
        }
        Ok(())
    }
}

/// Adds the letter to the file that the flowfile holds.
struct Writes;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoProperties {}

impl Definition for Writes {
    const TYPE: &'static str = "Writes";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    type Properties = NoProperties;
    fn new(_: NoProperties) -> Result<Self, PropertiesError> {
        Ok(Self)
    }
    fn effect(&self) -> Effect {
        Effect::Repeatable
    }
}

impl Processor for Writes {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        let Some(held) = session.held(&flowfile).cloned() else {
            return Err(ProcessorError::Other("it holds no file".into()));
        };
        if file_version(fs::File::open(&held.path)?)? != *held.version {
            session.transfer_hold_changed(flowfile, "changed");
            return Ok(());
        }
        let letter = flowfile.attribute("letter").unwrap().reveal().to_owned();
        fs::write(&held.path, fs::read_to_string(&held.path)? + &letter)?;
        session.held_file_written(&held);
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

/// Waits until there is a file.
struct Gate(GateProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GateProperties {
    file: Expr<String>,
}

impl Definition for Gate {
    const TYPE: &'static str = "Gate";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const CONCURRENCY: usize = 4;
    type Properties = GateProperties;
    fn new(properties: GateProperties) -> Result<Self, PropertiesError> {
        Ok(Self(properties))
    }
    fn effect(&self) -> Effect {
        Effect::Repeatable
    }
}

impl AsyncProcessor for Gate {
    async fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        let file = session.evaluate(&self.0.file, &flowfile)?;
        while !Path::new(file.reveal()).exists() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

pub(super) const TYPES: &[ProcessorType] = &[
    ProcessorType::of::<Reads>(),
    ProcessorType::of::<Writes>(),
    ProcessorType::of_async::<Gate>(),
];

/// A flow that holds `held`, with gates that are files in the same folder.
struct Bench {
    folder: tempfile::TempDir,
    held: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let held = folder.path().canonicalize().unwrap().join("held");
        fs::write(&held, "0").unwrap();
        Self { folder, held }
    }

    fn source(&self, letters: &str) -> String {
        let held = self.held.display();
        format!(
            "  source: {{ type: Reads, properties: {{ file: {held}, letters: {letters} }}, to: {{ success: {} }} }}\n",
            self.place("refresh", "again")
        ) + &format!(
            "  again: {{ type: Does, to: {{ success: {} }} }}\n",
            self.place("refresh", "failed")
        )
    }

    fn place(&self, next: &str, if_changed: &str) -> String {
        let held = self.held.display();
        format!("{{ processor: {next}, hold: {{ file: {held}, if_changed: {if_changed} }} }}")
    }

    fn gate(&self, id: &str, to: &str) -> String {
        let gates = self.folder.path().display();
        format!(
            "  {id}:\n    type: Gate\n    properties:\n      file: {gates}/{id}-${{letter}}\n    to: {to}\n"
        )
    }

    fn open_gate(&self, name: &str) {
        fs::write(self.folder.path().join(name), "").unwrap();
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Whether somebody else could have the file now.
    async fn is_free(&self) -> bool {
        let locks = Locks::new(jiff::Timestamp::now);
        let holder = HolderInfo { flow: "other".into(), run: "other".into() };
        locks.acquire(&self.held, Duration::ZERO, holder).await.is_ok()
    }

    fn holds(&self) -> Vec<&'static str> {
        let holds = records(&self.data()).into_iter().flat_map(|record| record.holds);
        holds
            .map(|hold| match hold {
                HoldChange::Taken(_) => "taken",
                HoldChange::Ended { .. } => "ended",
            })
            .collect()
    }
}

pub(super) async fn until(what: &str, happened: impl Fn() -> bool) {
    let happened = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), happened).await.expect(what);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_forks_ends_with_the_last_of_its_flowfiles() {
    let bench = Bench::new();
    let flow = bench.source("a")
        + "  refresh: { type: Does, to: [one, two] }\n"
        + &bench.gate("one", "done")
        + &bench.gate("two", "done");
    let mut engine = open(&bench.data(), &flow).await;
    let monitor = engine.monitor();
    let sent = || monitor.activity().iter().skip(3).map(|activity| activity.sent).sum::<u64>();
    let taken = || monitor.activity().iter().skip(3).map(|activity| activity.taken).sum::<u64>();
    let working = tokio::spawn(async move {
        let report = engine.run_once().await.unwrap();
        engine.close().await.unwrap();
        report
    });
    until("both wait", || taken() == 2).await;
    assert!(!bench.is_free().await);
    bench.open_gate("one-a");
    until("one is through", || sent() == 1).await;
    assert!(!bench.is_free().await, "the other one has the hold still");
    bench.open_gate("two-a");
    assert!(!working.await.unwrap().has_failed());
    assert!(bench.is_free().await);
    assert_eq!(bench.holds(), ["taken", "ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_left_over_from_a_hold_has_nothing_to_do_with_the_next_one() {
    let bench = Bench::new();
    let flow = bench.source("ab")
        + "  refresh: { type: Does, to: [gate, stale] }\n"
        + &bench.gate("gate", "write")
        + "  write: { type: Writes }\n"
        + &bench.gate("stale", "done");
    let mut engine = open(&bench.data(), &flow).await;
    let monitor = engine.monitor();
    let at = |index: usize| monitor.activity()[index];
    let working = tokio::spawn(async move {
        let report = engine.run_once().await.unwrap();
        engine.close().await.unwrap();
        report
    });
    bench.open_gate("gate-a");
    until("the first hold is over, the second one is taken", || {
        at(4).sent == 1 && at(3).taken == 2 && at(5).taken == 2
    })
    .await;
    for gate in ["stale-a", "stale-b"] {
        bench.open_gate(gate);
    }
    until("both are done", || at(5).sent == 2).await;
    // What is done is booked with the commit that follows.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!bench.is_free().await, "the one that writes has its hold still");
    bench.open_gate("gate-b");
    let report = working.await.unwrap();
    assert!(!report.has_failed(), "{report:?}");
    assert_eq!(fs::read_to_string(&bench.held).unwrap(), "0ab");
    assert_eq!(bench.holds(), ["taken", "ended", "taken", "ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_the_lock_is_not_forgotten_while_the_processor_rests() {
    let bench = Bench::new();
    let late = bench.gate("late", &format!("{{ success: {} }}", bench.place("refresh", "failed")));
    let held = bench.held.display();
    let flow = source("x", "refresh")
        + &format!(
            "  late-source: {{ type: Reads, properties: {{ file: {held}, letters: a }}, to: late }}\n"
        )
        + &late
        + "  refresh: { type: Does, yield: 100 ms, properties: { to_x: rest_once }, to: done }\n";
    let mut engine = open(&bench.data(), &flow).await;
    let monitor = engine.monitor();
    let working = tokio::spawn(async move {
        let report = engine.run_once().await.unwrap();
        engine.close().await.unwrap();
        report
    });
    until("it rests", || monitor.activity()[3].sent == 1).await;
    bench.open_gate("late-a");
    let report = working.await.unwrap();
    assert!(!report.has_failed(), "{report:?}");
    assert_eq!(bench.holds(), ["taken", "ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_locked_again_after_a_crash_before_anything_moves() {
    let bench = Bench::new();
    let flow = bench.source("a")
        + "  refresh: { type: Does, to: gate }\n"
        + &bench.gate("gate", "write")
        + "  write: { type: Writes }\n";
    let mut engine = open(&bench.data(), &flow).await;
    let died = tokio::time::timeout(Duration::from_millis(300), engine.run_once()).await;
    assert!(died.is_err(), "it waits at the gate");
    die(engine).await;
    assert!(bench.is_free().await, "nobody is there");
    let mut engine = open(&bench.data(), &flow).await;
    bench.open_gate("gate-a");
    let report = engine.run_once().await.unwrap();
    assert!(!report.has_failed(), "{report:?}");
    engine.close().await.unwrap();
    assert!(fs::read_to_string(&bench.held).unwrap().starts_with("0a"));
    assert!(bench.is_free().await);
    assert!(state(&bench.data()).holds().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_passes_the_place_that_holds() {
    let bench = Bench::new();
    let flow = |to_x: &str| {
        bench.source("x")
            + &format!("  refresh: {{ type: Does, properties: {{ to_x: {to_x} }}, to: write }}\n")
            + "  write: { type: Writes }\n"
    };
    let mut engine = open(&bench.data(), &flow("fail")).await;
    assert_eq!(engine.run_once().await.unwrap().failed.len(), 1);
    engine.close().await.unwrap();
    let mut engine = open(&bench.data(), &flow("pass")).await;
    engine.replay(&[1], None).await.unwrap();
    let report = engine.drain().await.unwrap();
    assert!(!report.has_failed(), "{report:?}");
    engine.close().await.unwrap();
    assert_eq!(fs::read_to_string(&bench.held).unwrap(), "0x");
    let state = state(&bench.data());
    let outcome = state.ended_runs().back().unwrap().ended.unwrap().1;
    assert_eq!(outcome, crate::repository::record::Outcome::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_file_is_merged_with_nobody_and_does_not_wait_for_others() {
    let bench = Bench::new();
    let flow = bench.source("a")
        + "  refresh: { type: Does, to: gather }\n"
        + "  letters: { type: Letters, properties: { letters: bcd }, to: gather }\n"
        + "  gather: { type: Gathers, properties: { at_least: 3 }, to: { merged: sort } }\n"
        + "  sort: { type: Does, to: write }\n"
        + "  write: { type: Writes }\n";
    let mut engine = open(&bench.data(), &flow).await;
    let report = engine.run_once().await.unwrap();
    engine.close().await.unwrap();
    assert_eq!(fs::read_to_string(&bench.held).unwrap(), "0a");
    assert_eq!(bench.holds(), ["taken", "ended"]);
    assert_eq!(report.failed.len(), 1, "the one of the others holds nothing to write: {report:?}");
    let state = state(&bench.data());
    let letters = state.in_order()[0].0.attributes.get("letter").unwrap().reveal().to_owned();
    assert_eq!(letters, "bcd");
    assert!(bench.is_free().await);
}
