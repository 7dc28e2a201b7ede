//! The engine on a real journal, with processors that do just what a test needs.

mod cut;
mod expiry;
mod holds;
mod merging;
mod order;
mod restart;
mod stop;
mod virtual_time;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use processors_api::{
    AsyncProcessor, Clock, Definition, Effect, Expr, Input, Processor, ProcessorError,
    ProcessorType, PropertiesError, Relationship, Session,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Engine, EngineOptions, ReplayError, RunReport};
use crate::{
    flow::{self, LoadOptions, Registry},
    repository::{
        Durability, FlowRepository, FlowState, KeyLookup, OpenOptions, record::CommitRecord,
    },
    system::{SystemClock, SystemEntropy},
};

const SUCCESS: Relationship = Relationship::main("success", "All of them.");
const FAILURE: Relationship = Relationship::failure("failure", "What failed.");
const RETRY: Relationship = Relationship::failure("retry", "What may pass.");

/// Makes flowfiles with one letter each.
struct Letters(LettersProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LettersProperties {
    letters: String,
}

impl Definition for Letters {
    const TYPE: &'static str = "Letters";
    const INPUT: Input = Input::Forbidden;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    type Properties = LettersProperties;
    fn new(properties: LettersProperties) -> Result<Self, PropertiesError> {
        Ok(Self(properties))
    }
}

impl Processor for Letters {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        for letter in self.0.letters.chars() {
            let mut flowfile = session.create();
            session.set_bytes(&mut flowfile, letter.to_string().as_bytes(), false)?;
            flowfile.put_attribute("letter", letter.to_string());
            session.transfer(flowfile, &SUCCESS);
        }
        if self.0.letters.is_empty() {
            session.nothing_found("no letters");
        }
        Ok(())
    }
}

/// Does what its property says, a letter at a time.
struct Does(DoesProperties, AtomicU32);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DoesProperties {
    /// What it does to `x`; other letters pass.
    #[serde(default)]
    to_x: ToX,
    /// Added to attribute `seen`.
    #[serde(default)]
    mark: String,
    #[serde(default)]
    effect: EffectProperty,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ToX {
    #[default]
    Pass,
    Error,
    /// Fails in a way that no other try changes.
    ErrorForGood,
    Panic,
    Keep,
    Fail,
    RetryTwice,
    RetryLong,
    /// Fails before it takes one.
    FailEarly,
    /// Asks to be left alone after the first one.
    RestOnce,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum EffectProperty {
    #[default]
    Pure,
    Repeatable,
    NotRepeatable,
}

impl Definition for Does {
    const TYPE: &'static str = "Does";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS, FAILURE, RETRY];
    const RETRIED: &'static [&'static str] = &["retry"];
    type Properties = DoesProperties;
    fn new(properties: DoesProperties) -> Result<Self, PropertiesError> {
        Ok(Self(properties, AtomicU32::new(0)))
    }
    fn effect(&self) -> Effect {
        match self.0.effect {
            EffectProperty::Pure => Effect::Pure,
            EffectProperty::Repeatable => Effect::Repeatable,
            EffectProperty::NotRepeatable => Effect::NotRepeatable,
        }
    }
}

impl Processor for Does {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        match self.0.to_x {
            ToX::FailEarly => return Err(ProcessorError::Other("not today".into())),
            ToX::RestOnce if self.1.fetch_add(1, Ordering::Relaxed) == 0 => {
                session.yield_now();
            }
            _ => {}
        }
        let Some(mut flowfile) = session.get() else { return Ok(()) };
        let is_x = flowfile.attribute("letter").is_some_and(|letter| letter.reveal() == "x");
        let seen =
            flowfile.attribute("seen").map_or_else(String::new, |seen| seen.reveal().to_owned());
        flowfile.put_attribute("seen", seen + &self.0.mark);
        match self.0.to_x {
            ToX::Error if is_x => return Err(ProcessorError::Other("x is wrong".into())),
            ToX::ErrorForGood if is_x => {
                return Err(ProcessorError::Final("x stays wrong".into()));
            }
            ToX::Panic if is_x => panic!("x is a bug"),
            ToX::Keep if is_x => return Ok(()),
            ToX::Fail if is_x => session.transfer_failed(flowfile, &FAILURE, "x cannot be"),
            ToX::RetryTwice if is_x && self.1.fetch_add(1, Ordering::Relaxed) < 2 => {
                let child = session.create_child(&flowfile);
                session.transfer(child, &SUCCESS);
                session.transfer_failed(flowfile, &RETRY, "not yet");
            }
            ToX::RetryLong if is_x => {
                flowfile.penalize(processors_api::Penalty::Asked(Duration::from_secs(7_200)));
                session.transfer_failed(flowfile, &RETRY, "come back in two hours");
            }
            _ => session.transfer(flowfile, &SUCCESS),
        }
        Ok(())
    }
}

/// Waits for ever, or not at all.
struct Waits(WaitsProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WaitsProperties {
    for_ever: Expr<bool>,
}

impl Definition for Waits {
    const TYPE: &'static str = "Waits";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const CONCURRENCY: usize = 4;
    type Properties = WaitsProperties;
    fn new(properties: WaitsProperties) -> Result<Self, PropertiesError> {
        Ok(Self(properties))
    }
    fn effect(&self) -> Effect {
        Effect::NotRepeatable
    }
}

impl AsyncProcessor for Waits {
    async fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        if session.evaluate(&self.0.for_ever, &flowfile)? {
            std::future::pending::<()>().await;
        }
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

const TYPES: &[ProcessorType] = &[
    ProcessorType::of::<Letters>(),
    ProcessorType::of::<Does>(),
    ProcessorType::of_async::<Waits>(),
];

async fn open(folder: &Path, processors: &str) -> Engine {
    open_with(folder, processors, Arc::new(SystemClock)).await
}

async fn open_with(folder: &Path, processors: &str, clock: Arc<dyn Clock>) -> Engine {
    open_patient(folder, processors, clock, 0).await
}

/// One that puts a flowfile back so often before it goes to failed.
async fn open_patient(
    folder: &Path,
    processors: &str,
    clock: Arc<dyn Clock>,
    rollbacks_max: u32,
) -> Engine {
    let text = format!("flow: test\ntimezone: UTC\nprocessors:\n{processors}");
    let registry = Registry::new(&[TYPES, holds::TYPES, merging::TYPES, order::TYPES]).unwrap();
    let loaded = flow::load_text(Path::new("test.yaml"), &text, &registry, &LoadOptions::default());
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    let options = EngineOptions {
        folder: folder.to_owned(),
        durability: Durability::Process,
        keys: keys(folder),
        clock,
        entropy: Arc::new(SystemEntropy),
        environment: Arc::new(BTreeMap::new()),
        rollbacks_max,
    };
    Engine::open(Arc::new(loaded.flow), options).await.unwrap()
}

/// Runs a flow once; what it reported, and what is true of it afterwards.
async fn run(processors: &str) -> (RunReport, FlowState) {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path(), processors).await;
    let report = engine.run_once().await.unwrap();
    engine.close().await.unwrap();
    (report, state(folder.path()))
}

/// The engine dies where it is: its tasks are aborted, and with the last of them the flow's lock is free.
async fn die(engine: Engine) {
    drop(engine);
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn options(folder: &Path) -> OpenOptions {
    let options = OpenOptions::new(folder, "test", Arc::new(jiff::Timestamp::now));
    OpenOptions { keys: keys(folder), ..options }
}

/// A key for what is sealed, made when it is needed.
fn keys(folder: &Path) -> KeyLookup {
    KeyLookup { home: Some(folder.join("home")), ..KeyLookup::default() }
}

fn state(folder: &Path) -> FlowState {
    FlowRepository::read_only(&options(folder)).unwrap()
}

fn records(folder: &Path) -> Vec<CommitRecord> {
    FlowRepository::read_records(&options(folder))
        .unwrap()
        .map(|record| record.unwrap().1)
        .collect()
}

/// Where each letter is, and what it has seen.
fn places(state: &FlowState) -> Vec<String> {
    let attribute = |record: &processors_api::FlowFileRecord, name: &str| {
        record.attributes.get(name).map_or_else(String::new, |value| value.reveal().to_owned())
    };
    let mut places: Vec<String> = state
        .in_order()
        .into_iter()
        .map(|(record, queued)| {
            format!(
                "{} in {} seen {:?}",
                attribute(record, "letter"),
                queued.connection,
                attribute(record, "seen")
            )
        })
        .collect();
    places.sort();
    places
}

fn source(letters: &str, to: &str) -> String {
    format!("  source: {{ type: Letters, properties: {{ letters: {letters} }}, to: {to} }}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_pure_steps_and_an_effect_is_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let flow = source("abc", "one")
        + "  one: { type: Does, properties: { mark: '1' }, to: two }\n"
        + "  two: { type: Does, properties: { mark: '2', effect: repeatable }, to: three }\n"
        + "  three: { type: Does, properties: { mark: '3' } }\n";
    let mut engine = open(folder.path(), &flow).await;
    let report = engine.run_once().await.unwrap();
    assert!(!report.has_failed());
    engine.close().await.unwrap();
    let with_flowfiles =
        records(folder.path()).into_iter().filter(|record| !record.flowfiles.is_empty());
    let with_flowfiles: Vec<_> = with_flowfiles.collect();
    assert_eq!(with_flowfiles.len(), 1);
    let hops: Vec<usize> =
        with_flowfiles[0].flowfiles.iter().map(|change| change.trail.len()).collect();
    assert!(hops.iter().all(|hops| *hops >= 4), "each hop is told: {hops:?}");
    assert!(state(folder.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_is_not_chained_behind_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let flow = source("a", "one")
        + "  one: { type: Does, properties: { effect: repeatable }, to: two }\n"
        + "  two: { type: Does, properties: { effect: repeatable } }\n";
    let mut engine = open(folder.path(), &flow).await;
    engine.run_once().await.unwrap();
    engine.close().await.unwrap();
    let count = records(folder.path()).iter().filter(|record| !record.flowfiles.is_empty()).count();
    assert_eq!(count, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_flowfile_does_wrong_does_not_hold_up_the_others() {
    for (to_x, relationship, reason) in [
        ("error", "(error)", "x is wrong"),
        ("panic", "(error)", "x is a bug"),
        ("keep", "(error)", "neither transferred nor removed"),
        ("fail", "failure", "x cannot be"),
    ] {
        let does = format!("  does: {{ type: Does, properties: {{ to_x: {to_x} }} }}\n");
        let (report, state) = run(&(source("axb", "does") + &does)).await;
        assert_eq!(report.failed.len(), 1, "{to_x}");
        let failed = &report.failed[0];
        assert_eq!(
            (failed.number, failed.processor.as_str(), failed.relationship.as_str()),
            (1, "does", relationship)
        );
        assert!(failed.reason.reveal().contains(reason), "{to_x}: {:?}", failed.reason);
        assert_eq!(state.len(), 1, "{to_x}: the other two are done");
        let (record, _) = state.in_order()[0];
        for name in ["processor", "relationship", "reason", "run", "time", "attempts"] {
            assert!(record.attributes.get(&format!("failure.{name}")).is_some(), "failure.{name}");
        }
        assert_eq!(state.ended_runs().len(), 1);
        assert_eq!(state.ended_runs()[0].failed, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_other_try_changes_is_not_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let flow = source("axb", "does")
        + "  does: { type: Does, penalty: 1 h, properties: { to_x: error_for_good } }\n";
    let mut engine = open_patient(folder.path(), &flow, Arc::new(SystemClock), 3).await;
    let run = tokio::time::timeout(Duration::from_secs(20), engine.run_once());
    let report = run.await.expect("it waits for no penalty").unwrap();
    engine.close().await.unwrap();
    let failed: Vec<_> = report
        .failed
        .iter()
        .map(|failed| (&*failed.relationship, failed.reason.reveal()))
        .collect();
    assert_eq!(failed, [("(error)", "x stays wrong")]);
    let state = state(folder.path());
    let attempts = state.in_order()[0].0.attributes.get("failure.attempts").unwrap();
    assert_eq!(attempts.reveal(), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_is_repeated_leaves_nothing_behind() {
    let flow = source("x", "does")
        + "  does:\n    type: Does\n    properties: { to_x: retry_twice }\n    retry: { times: 2, wait: 1ms..2ms }\n    to: after\n"
        + "  after: { type: Does, properties: { mark: a }, to: { success: failed } }\n";
    let (report, state) = run(&flow).await;
    assert_eq!(
        report.failed.len(),
        1,
        "one came through, no child of a repeated try: {:?}",
        places(&state)
    );
    assert_eq!(report.failed[0].processor, "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_the_next_try_is_the_flowfile_or_the_processor() {
    for (policy, order) in [("penalize", "abx"), ("yield", "xab")] {
        let retry = format!("{{ times: 2, wait: 30ms..30ms, policy: {policy} }}");
        let does = format!(
            "  does:\n    type: Does\n    properties: {{ to_x: retry_twice }}\n    retry: {retry}\n    to: {{ success: failed }}\n"
        );
        let (_, state) = run(&(source("xab", "does") + &does)).await;
        let mut failed = state.in_order();
        failed.sort_by_key(|(_, queued)| queued.failed_number);
        let letters: String = failed
            .iter()
            .map(|(record, _)| record.attributes.get("letter").unwrap().reveal().to_owned())
            .collect();
        assert_eq!(letters, order, "{policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_of_hours_goes_to_failed_and_says_until_when() {
    let flow = source("x", "does")
        + "  does: { type: Does, properties: { to_x: retry_long }, retry: 3 }\n";
    let (report, state) = run(&flow).await;
    assert_eq!(report.failed.len(), 1);
    assert!(state.in_order()[0].0.attributes.get("failure.retry_at").is_some());
    let outcome = state.ended_runs()[0].ended.unwrap().1;
    assert_eq!(outcome, crate::repository::record::Outcome::Deferred);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_places_get_a_copy_each() {
    let flow = source("a", "[one, two]")
        + "  one: { type: Does, properties: { mark: '1' }, to: { success: failed } }\n"
        + "  two: { type: Does, properties: { mark: '2' }, to: { success: failed } }\n";
    let (_, state) = run(&flow).await;
    assert_eq!(places(&state), ["a in failed seen \"1\"", "a in failed seen \"2\""]);
    let ids: Vec<_> = state.in_order().iter().map(|(record, _)| record.id).collect();
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_that_are_full_in_a_ring_are_told_with_the_ring() {
    let step = |id: &str, next: &str| {
        let full = format!("{{ processor: {next}, back_pressure: {{ count: 1 }}, expire: 1 day }}");
        format!(
            "  {id}: {{ type: Does, properties: {{ effect: repeatable }}, to: {{ success: {full} }} }}\n"
        )
    };
    let flow = source("ab", "[one, two]") + &step("one", "two") + &step("two", "one");
    let (report, state) = run(&flow).await;
    assert_eq!((report.stuck.len(), state.len()), (2, 4), "{report:?}");
    assert!(report.stuck[0].why.contains("two -> one -> two"), "{:?}", report.stuck);
    assert!(report.has_failed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_under_way_at_the_crash_is_repeated_or_failed_as_the_flow_says() {
    for (after_crash, fails) in [("repeat", false), ("fail", true)] {
        let folder = tempfile::tempdir().unwrap();
        let flow = |waits: &str| {
            source("a", "post")
                + &format!(
                    "  post:\n    type: Waits\n    after_crash: {after_crash}\n    properties:\n      for_ever: ${{letter:equals('{waits}')}}\n"
                )
        };
        let mut engine = open(folder.path(), &flow("a")).await;
        let died = tokio::time::timeout(Duration::from_millis(300), engine.run_once()).await;
        assert!(died.is_err(), "it waits for ever");
        die(engine).await;
        let begun = state(folder.path());
        let (_, queued) = begun.in_order()[0];
        assert!(
            queued.begun.is_some() && &*queued.connection == "source/success/post",
            "{queued:?}"
        );

        let mut engine = open(folder.path(), &flow("nothing")).await;
        let report = engine.drain().await.unwrap();
        assert_eq!(!report.failed.is_empty(), fails);
        if fails {
            assert!(report.failed[0].reason.reveal().contains("may have been done"));
        }
        engine.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_flowfile_is_replayed_as_a_child_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let flow = |to_x: &str| {
        source("x", "does")
            + &format!("  does: {{ type: Does, properties: {{ to_x: {to_x}, mark: d }} }}\n")
    };
    let mut engine = open(folder.path(), &flow("fail")).await;
    engine.run_once().await.unwrap();
    engine.close().await.unwrap();

    let mut engine = open(folder.path(), &flow("pass")).await;
    engine.replay(&[1], None).await.unwrap();
    let report = engine.drain().await.unwrap();
    assert!(!report.has_failed());
    assert!(matches!(engine.replay(&[1], None).await, Err(ReplayError::Again { number: 1, .. })));
    assert!(matches!(engine.replay(&[2], None).await, Err(ReplayError::Unknown(2))));
    engine.close().await.unwrap();
    let state = state(folder.path());
    assert_eq!(state.len(), 1, "the failed one stays, marked");
    assert!(state.in_order()[0].1.replayed_as.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_finds_nothing_says_so() {
    let (report, state) = run("  source: { type: Letters, properties: { letters: '' } }\n").await;
    assert_eq!(report.nothing.len(), 1);
    assert_eq!(report.nothing[0].what, "no letters");
    assert!(!report.has_failed());
    assert_eq!(state.ended_runs()[0].ended.unwrap().1, crate::repository::record::Outcome::Empty);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_fires_again_and_again_and_its_ticks_are_durable() {
    let folder = tempfile::tempdir().unwrap();
    let flow = "  source:\n    type: Letters\n    schedule: { every: 50 ms }\n    properties: { letters: a }\n    to: does\n  does: { type: Does }\n";
    let mut engine = open(folder.path(), flow).await;
    let monitor = engine.monitor();
    let stop = tokio::spawn(async move {
        while monitor.activity()[1].sent < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        monitor.stop();
    });
    let report = tokio::time::timeout(Duration::from_secs(20), engine.run_scheduled())
        .await
        .unwrap()
        .unwrap();
    stop.await.unwrap();
    assert!(report.runs.len() >= 3);
    engine.close().await.unwrap();
    assert!(state(folder.path()).ticks().contains_key("source"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_processor_lets_its_input_wait_for_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let flow = |enabled: &str| {
        source("ab", "does") + &format!("  does: {{ type: Does, enabled: {enabled} }}\n")
    };
    let mut engine = open(folder.path(), &flow("false")).await;
    let report = engine.run_once().await.unwrap();
    assert!(!report.has_failed() && engine.queued() == 2, "{report:?}");
    engine.close().await.unwrap();
    let mut engine = open(folder.path(), &flow("true")).await;
    engine.drain().await.unwrap();
    assert_eq!(engine.queued(), 0);
}
