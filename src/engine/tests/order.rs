//! With a concurrency of 1 flowfiles keep their order, and a state is never ahead of them.

use std::sync::Mutex;

use super::*;

/// Numbers flowfiles by its state, and says which came.
struct Numbers(NumbersProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NumbersProperties {
    /// Takes nothing every third time.
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
        if self.0.balks && self.0.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(3) {
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

/// Keeps the letters in the order in which they came, for the test that runs in this thread group.
struct Records(RecordsProperties);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecordsProperties {
    /// The file that a line is added to.
    file: std::path::PathBuf,
    #[serde(default)]
    slow: bool,
    #[serde(skip)]
    one: Mutex<()>,
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
        let _one = self.0.one.lock().unwrap();
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
async fn two_hundred_flowfiles_keep_their_order() {
    for balks in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let letters = letters(200);
        let flow = source(&letters, "number")
            + &format!(
                "  number: {{ type: Numbers, yield: 1 ms, properties: {{ balks: {balks} }}, to: pass }}\n"
            )
            + "  pass: { type: Does, properties: { effect: repeatable }, to: seen }\n"
            + &format!("  seen: {{ type: Records, properties: {{ file: {} }} }}\n", seen.display());
        let mut engine = open(&folder.path().join("data"), &flow).await;
        assert!(!engine.run_once().await.unwrap().has_failed());
        engine.close().await.unwrap();
        assert_eq!(std::fs::read_to_string(seen).unwrap(), letters, "balks: {balks}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_in_the_journal_only_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, seen) = (folder.path().join("data"), folder.path().join("seen"));
    // The first chain is slow behind the state; those after it are not.
    let flow = source("a", "number")
        + "  second: { type: Letters, properties: { letters: bcdef }, to: rest }\n"
        + "  rest: { type: Does, yield: 5 ms, properties: { to_x: rest_once }, to: number }\n"
        + "  number: { type: Numbers, to: seen }\n"
        + &format!(
            "  seen: {{ type: Records, properties: {{ slow: true, file: {} }} }}\n",
            seen.display()
        );
    let mut engine = open(&data, &flow).await;
    assert!(!engine.run_once().await.unwrap().has_failed());
    engine.close().await.unwrap();
    let states = records(&data).into_iter().flat_map(|record| record.states);
    let last: Vec<u32> =
        states.map(|state| state.values["last"].reveal().parse().unwrap()).collect();
    assert!(last.is_sorted() && last.last() == Some(&6), "{last:?}");
}
