//! Processors that work on many flowfiles together.

use processors_api::{FlowFile, FlowFileId};

use super::{
    virtual_time::{VirtualTime, still, until},
    *,
};
use crate::repository::record::{EventKind, Outcome};

/// Joins letters.
struct Gathers(GathersProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GathersProperties {
    /// At least so many together.
    at_least: usize,
    /// So many at once, without looking whether more comes.
    #[serde(default = "many")]
    at_most: usize,
    /// After so many seconds however few.
    #[serde(default)]
    age: Option<u32>,
    #[serde(default)]
    on_x: OnX,
    #[serde(skip)]
    triggers: AtomicU32,
}

fn many() -> usize {
    usize::MAX
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OnX {
    #[default]
    Gather,
    /// Fails with it in its hands.
    Error,
    /// Fails with it given back.
    ErrorLater,
    /// Takes nothing.
    Balk,
}

const MERGED: Relationship = Relationship::main("merged", "What was made.");
const ORIGINAL: Relationship = Relationship::side("original", "What it was made from.");

impl Definition for Gathers {
    const TYPE: &'static str = "Gathers";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[MERGED, ORIGINAL];
    const MERGES: bool = true;
    type Properties = GathersProperties;
    fn new(properties: GathersProperties) -> Result<Self, PropertiesError> {
        Ok(Self(properties))
    }
}

/// What it has seen: the flowfiles, and since when the first waits.
#[derive(Default)]
struct Seen {
    ids: Vec<FlowFileId>,
    since: Option<jiff::Timestamp>,
}

fn letter(flowfile: &FlowFile) -> String {
    flowfile.attribute("letter").unwrap().reveal().to_owned()
}

impl Gathers {
    fn is_ready(&self, session: &Session, seen: &Seen) -> bool {
        let age = self.0.age.map(|age| jiff::SignedDuration::from_secs(i64::from(age)));
        let is_old = age
            .zip(seen.since)
            .is_some_and(|(age, since)| session.context().clock.now().duration_since(since) >= age);
        let enough = seen.ids.len() >= self.0.at_least && session.is_quiet();
        is_old || enough || seen.ids.len() >= self.0.at_most || session.is_alone()
    }
}

impl Processor for Gathers {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        self.0.triggers.fetch_add(1, Ordering::Relaxed);
        let mut seen: Seen = session.recall().unwrap_or_default();
        if self.0.on_x == OnX::Balk && self.0.triggers.load(Ordering::Relaxed) < 3 {
            return Ok(());
        }
        while let Some(flowfile) = session.get() {
            let is_x = letter(&flowfile) == "x";
            if is_x && self.0.on_x == OnX::Error {
                return Err(ProcessorError::Other("x cannot be merged".into()));
            }
            seen.since = seen.since.or(session.queued_since(&flowfile));
            seen.ids.push(flowfile.id());
            session.give_back(flowfile);
            if is_x && self.0.on_x == OnX::ErrorLater {
                return Err(ProcessorError::Other("something with x".into()));
            }
        }
        while !seen.ids.is_empty() && self.is_ready(session, &seen) {
            let ids: Vec<_> = seen.ids.drain(..self.0.at_most.min(seen.ids.len())).collect();
            seen.since = None;
            let parents: Vec<FlowFile> =
                ids.into_iter().filter_map(|id| session.get_again(id)).collect();
            let mut merged = session.merge(&parents);
            merged.put_attribute("letter", parents.iter().map(letter).collect::<String>());
            session.transfer(merged, &MERGED);
            parents.into_iter().for_each(|parent| session.transfer(parent, &ORIGINAL));
        }
        if seen.ids.len() >= self.0.at_least {
            session.has_more();
        }
        let what = format!("{} more letters", self.0.at_least.saturating_sub(seen.ids.len()));
        let until = self
            .0
            .age
            .zip(seen.since)
            .map(|(age, since)| since + jiff::SignedDuration::from_secs(i64::from(age)));
        session.wait_for_more(until, what);
        session.remember(seen);
        Ok(())
    }
}

pub(super) const TYPES: &[ProcessorType] = &[ProcessorType::of::<Gathers>()];

fn gather(properties: &str) -> String {
    format!(
        "  gather: {{ type: Gathers, properties: {{ {properties} }}, to: {{ merged: failed }} }}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_from_everywhere_in_one_call_is_merged_together() {
    let folder = tempfile::tempdir().unwrap();
    let flow = source("abc", "gather")
        + "  second: { type: Letters, properties: { letters: de }, to: does }\n"
        + "  does: { type: Does, to: gather }\n"
        + &gather("at_least: 1");
    let mut engine = open(folder.path(), &flow).await;
    engine.run_once().await.unwrap();
    engine.close().await.unwrap();
    let state = state(folder.path());
    let failed = state.in_order();
    assert_eq!(failed.len(), 1, "{:?}", places(&state));
    let mut letters: Vec<char> =
        failed[0].0.attributes.get("letter").unwrap().reveal().chars().collect();
    letters.sort_unstable();
    assert_eq!(letters, ['a', 'b', 'c', 'd', 'e']);
    assert!(state.runs().is_empty(), "both runs have ended");
    let outcomes: Vec<_> = state.ended_runs().iter().map(|run| run.ended.unwrap().1).collect();
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes.contains(&Outcome::Done), "its flowfiles are in the merged one: {outcomes:?}");
    assert!(outcomes.contains(&Outcome::Failed), "it has the merged one: {outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_not_written_and_the_merged_one_knows_its_parents() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path(), &(source("ab", "gather") + &gather("at_least: 3"))).await;
    let report = engine.run_once().await.unwrap();
    assert_eq!(report.stuck.len(), 1);
    let stuck = &report.stuck[0];
    assert_eq!((stuck.flowfiles, &*stuck.connection), (2, "source/success/gather"));
    assert_eq!(stuck.why, "`gather` waits for 1 more letters");
    assert!(report.has_failed() && engine.queued() == 2);
    let before = records(folder.path()).len();
    engine.drain().await.unwrap();
    engine.run_once().await.unwrap();
    engine.close().await.unwrap();
    let records: Vec<_> = records(folder.path()).into_iter().skip(before).collect();
    let changes: Vec<_> = records.iter().flat_map(|record| &record.flowfiles).collect();
    let birth = changes
        .iter()
        .find_map(|change| change.birth.as_ref().filter(|birth| birth.parents.len() == 4));
    let birth = birth.expect("four were merged into one");
    let state = state(folder.path());
    assert_eq!(places(&state), ["abab in failed seen \"\""], "in the order in which they came");
    let ended: Vec<_> = state.ended_runs().iter().map(|run| run.id).collect();
    assert_eq!(ended.len(), 2);
    assert_eq!(Some(&birth.run), ended.iter().max(), "it is of the younger run");
    let joined = changes.iter().flat_map(|change| &change.trail).flat_map(|hop| &hop.events);
    assert_eq!(joined.filter(|event| event.kind == EventKind::Join).count(), 1);
    assert_eq!(records.len(), 2, "the source, and the merge");
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_the_age_of_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let time = VirtualTime::new();
    let flow = source("ab", "gather") + &gather("at_least: 3, age: 3600");
    let mut engine = open_with(folder.path(), &flow, Arc::new(time.clone())).await;
    let monitor = engine.monitor();
    let running = tokio::spawn(async move {
        let report = engine.run_once().await.unwrap();
        engine.close().await.unwrap();
        report
    });
    until("they wait", || monitor.waiting()[1] == 2).await;
    time.pass(Duration::from_secs(3_590)).await;
    still().await;
    assert!(!running.is_finished());
    time.pass(Duration::from_secs(10)).await;
    until("they were merged", || running.is_finished()).await;
    assert!(running.await.unwrap().stuck.is_empty());
    assert_eq!(places(&state(folder.path())), ["ab in failed seen \"\""]);
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_call_left_waits_for_what_this_one_brings() {
    let folder = tempfile::tempdir().unwrap();
    let time = VirtualTime::new();
    let flow = |more: &str| source("ab", "gather") + &gather(&format!("at_least: 3{more}"));
    let mut engine = open_with(folder.path(), &flow(""), Arc::new(time.clone())).await;
    engine.run_once().await.unwrap();
    engine.close().await.unwrap();
    // Were it worked off before the source fires, this would wait for an hour.
    let mut engine = open_with(folder.path(), &flow(", age: 3600"), Arc::new(time.clone())).await;
    assert_eq!(engine.queued(), 2);
    let report = engine.run_once().await.unwrap();
    assert!(report.stuck.is_empty());
    engine.close().await.unwrap();
    assert_eq!(places(&state(folder.path())), ["abab in failed seen \"\""]);
}

#[tokio::test(start_paused = true)]
async fn an_engine_with_something_to_merge_sleeps() {
    let folder = tempfile::tempdir().unwrap();
    let time = VirtualTime::new();
    let flow = "  source: { type: Letters, schedule: { every: 1 h }, properties: { letters: a }, to: gather }\n".to_owned()
        + &gather("at_least: 9, age: 9000");
    let mut engine = open_with(folder.path(), &flow, Arc::new(time.clone())).await;
    let monitor = engine.monitor();
    let running = tokio::spawn(async move {
        engine.run_scheduled().await.unwrap();
        engine.close().await.unwrap();
    });
    still().await;
    for waiting in [1, 2, 3] {
        time.pass(Duration::from_secs(3_600)).await;
        until("one more waits", || monitor.waiting()[1] == waiting).await;
    }
    time.pass(Duration::from_secs(1_800)).await;
    until("the first is old enough", || monitor.waiting()[1] == 0).await;
    assert_eq!(monitor.activity()[1].taken, 3);
    monitor.stop();
    until("it stops", || running.is_finished()).await;
    assert_eq!(places(&state(folder.path())), ["aaa in failed seen \"\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_does_wrong_does_not_hold_up_the_others_for_ever() {
    for (on_x, failed) in [
        ("error", "ab in failed seen \"\", x in failed seen \"\""),
        ("error_later", "a in failed seen \"\", b in failed seen \"\", x in failed seen \"\""),
        ("balk", "axb in failed seen \"\""),
    ] {
        let flow = source("axb", "gather")
            + &gather(&format!("at_least: 1, on_x: {on_x}")).replace("type:", "yield: 1 ms, type:");
        let (report, state) = run(&flow).await;
        assert!(report.stuck.is_empty(), "{on_x}: {:?}", report.stuck);
        assert_eq!(places(&state).join(", "), failed, "{on_x}");
        assert!(state.runs().is_empty(), "{on_x}: the run has ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_what_waits_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let flow = "  source: { type: Letters, properties: { letters: abc }, to: { processor: does, back_pressure: { count: 1 } } }\n".to_owned()
        + "  does: { type: Does, properties: { effect: not_repeatable }, to: { success: { processor: gather, back_pressure: { count: 2 } } } }\n"
        + &gather("at_least: 3");
    let mut engine = open(folder.path(), &flow).await;
    let report = engine.run_once().await.unwrap();
    let why: Vec<_> =
        report.stuck.iter().map(|stuck| (&*stuck.connection, stuck.flowfiles)).collect();
    assert_eq!(why, [("source/success/does", 1), ("does/success/gather", 2)]);
    assert!(
        report.stuck[0]
            .why
            .contains("`gather`, which waits for 1 more letters; raise back_pressure"),
        "{report:?}"
    );
    engine.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_or_killed_nothing_that_waits_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let flow = source("abcdefgh", "gather") + &gather("at_least: 3, at_most: 5");
    let mut fired = 0;
    for round in 0..20_u64 {
        let mut engine = open(folder.path(), &flow).await;
        let monitor = engine.monitor();
        let stop = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_micros(round * round * 50)).await;
            monitor.stop();
        });
        fired += engine.run_once().await.unwrap().runs.len();
        stop.await.unwrap();
        if round % 2 == 0 { engine.close().await.unwrap() } else { die(engine).await }
    }
    let flow = flow.replace("at_least: 3", "at_least: 1");
    let mut engine = open(folder.path(), &flow).await;
    engine.drain().await.unwrap();
    engine.close().await.unwrap();
    let state = state(folder.path());
    let letters: String = state
        .in_order()
        .into_iter()
        .map(|(record, _)| record.attributes.get("letter").unwrap().reveal().to_owned())
        .collect();
    for letter in "abcdefgh".chars() {
        assert_eq!(letters.matches(letter).count(), fired, "{letter} in {letters}");
    }
    assert!(state.runs().is_empty());
}
