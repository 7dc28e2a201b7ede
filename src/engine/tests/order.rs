//! With a concurrency of 1 flowfiles keep their order, and a state is never ahead of them.

use super::{holds::until, *};

/// Numbers flowfiles by its state, and says which came.
struct Numbers(NumbersProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NumbersProperties {
    /// Takes nothing the fifth time.
    #[serde(default)]
    balks: bool,
    #[serde(skip)]
    calls: AtomicU32,
}

impl Definition for Numbers {
    const TYPE: &'static str = "Numbers";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    type Properties = NumbersProperties;
    fn new(properties: NumbersProperties) -> Result<Self, PropertiesError> {
        Ok(Self(properties))
    }
}

impl Processor for Numbers {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        if self.0.balks && self.0.calls.fetch_add(1, Ordering::Relaxed) == 5 {
            return Ok(());
        }
        let Some(mut flowfile) = session.get() else { return Ok(()) };
        let mut state = session.state().clone();
        let last = state.get("last").map_or(0, |last| last.reveal().parse::<u32>().unwrap());
        state.insert("last".into(), (last + 1).to_string().into());
        session.set_state(state);
        flowfile.put_attribute("number", (last + 1).to_string());
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

/// Writes the letters down in the order in which they come.
struct Records(RecordsProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecordsProperties {
    /// Where they are written.
    file: std::path::PathBuf,
    #[serde(default)]
    slow: bool,
}

impl Definition for Records {
    const TYPE: &'static str = "Records";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const BLOCKING: bool = true;
    type Properties = RecordsProperties;
    fn new(properties: RecordsProperties) -> Result<Self, PropertiesError> {
        Ok(Self(properties))
    }
    fn effect(&self) -> Effect {
        Effect::Repeatable
    }
}

impl Processor for Records {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        if self.0.slow {
            std::thread::sleep(Duration::from_millis(1));
        }
        let letter = flowfile.attribute("letter").unwrap().reveal().to_owned();
        let so_far = std::fs::read_to_string(&self.0.file).unwrap_or_default();
        std::fs::write(&self.0.file, so_far + &letter)?;
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

pub(super) const TYPES: &[ProcessorType] =
    &[ProcessorType::of::<Numbers>(), ProcessorType::of::<Records>()];

fn letters(count: u32) -> String {
    ('一'..).take(count as usize).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn flowfiles_keep_their_order() {
    // More than one chain carries, so that some wait behind those that come back.
    for (count, balks) in [(200, false), (1_100, true)] {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let letters = letters(count);
        let flow = source(&letters, "number")
            + &format!(
                "  number: {{ type: Numbers, yield: 1 ms, properties: {{ balks: {balks} }}, to: pass }}\n"
            )
            + "  pass: { type: Does, properties: { effect: repeatable }, to: seen }\n"
            + &format!("  seen: {{ type: Records, properties: {{ file: {} }} }}\n", seen.display());
        let mut engine = open(&folder.path().join("data"), &flow).await;
        assert!(!engine.run_once().await.unwrap().has_failed());
        engine.close().await.unwrap();
        assert!(std::fs::read_to_string(seen).unwrap() == letters, "balks: {balks}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_states_in_the_journal_are_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = |below: &str| folder.path().join(below);
    let gate = |id: &str, to: &str| {
        let file = path(id).display().to_string();
        format!(
            "  {id}:\n    type: Gate\n    properties:\n      file: {file}-${{letter}}\n    to: {to}\n"
        )
    };
    let flow = source("a", "number")
        + "  second: { type: Letters, properties: { letters: b }, to: late }\n"
        + &gate("late", "number")
        + "  number: { type: Numbers, to: gate }\n"
        + &gate("gate", "done");
    let mut engine = open(&path("data"), &flow).await;
    let monitor = engine.monitor();
    let working = tokio::spawn(async move {
        engine.run_once().await.unwrap();
        engine.close().await.unwrap();
    });
    until("the first one waits", || monitor.activity()[4].taken == 1).await;
    for gate in ["late-b", "gate-b"] {
        std::fs::write(path(gate), "").unwrap();
    }
    // Were it let through, the second one would be done by then.
    tokio::time::sleep(Duration::from_millis(100)).await;
    std::fs::write(path("gate-a"), "").unwrap();
    working.await.unwrap();
    let states = records(&path("data")).into_iter().flat_map(|record| record.states);
    let last: Vec<String> = states.map(|state| state.values["last"].reveal().to_owned()).collect();
    assert_eq!(last, ["1", "2"]);
}
