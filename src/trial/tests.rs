//! What a trial does with processors that keep, break and forget the rules of a session.

use processors_api::{
    Definition, Input, Processor, ProcessorContext, ProcessorError, ProcessorType, PropertiesError,
    Relationship, Session,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::*;

/// Does with each flowfile what its content says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Obeys {}

/// Hands out more for ever, or says what its property says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Gives {
    batches: usize,
}

const SUCCESS: Relationship = Relationship::main("success", "It obeyed.");

impl Definition for Obeys {
    const TYPE: &'static str = "Obeys";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        Ok(properties)
    }
}

impl Processor for Obeys {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        if session.state().contains_key("refuse") {
            return Err(ProcessorError::Other("it takes nothing more".to_owned()));
        }
        let Some(flowfile) = session.get() else { return Ok(()) };
        match session.read_all(&flowfile, 100)?.as_slice() {
            b"go astray" => session.transfer(flowfile, &Relationship::route("nowhere")),
            b"end" => session.remove(flowfile),
            b"stay" => {}
            b"panic" => panic!("as it was told"),
            b"refuse from now on" => {
                session.set_state([("refuse".into(), "".into())].into_iter().collect());
                session.transfer(flowfile, &SUCCESS);
            }
            _ => session.transfer(flowfile, &SUCCESS),
        }
        Ok(())
    }
}

impl Definition for Gives {
    const TYPE: &'static str = "Gives";
    const INPUT: Input = Input::Forbidden;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        Ok(properties)
    }
}

impl Processor for Gives {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let given = session.state().len();
        let state = (0..=given).map(|one| (one.to_string().into(), "".into())).collect();
        session.set_state(state);
        let flowfile = session.create();
        session.transfer(flowfile, &SUCCESS);
        if given + 1 < self.batches {
            session.has_more();
        }
        Ok(())
    }
}

async fn ran<P: Processor>(
    properties: &str,
    contents: &[&str],
    triggers: Triggers,
) -> Result<Trialled, TrialError> {
    let context = ProcessorContext::fixed("test", jiff::Timestamp::UNIX_EPOCH);
    let properties = Properties::of_yaml(properties).unwrap();
    let trial = Trial::new(&ProcessorType::of::<P>(), &properties, context).unwrap();
    let given = |content: &&str| Given { content: content.as_bytes().into(), ..Given::default() };
    trial.run(contents.iter().map(given).collect(), triggers).await
}

/// How many came out, which failed and why, and how many wait.
async fn obeyed(contents: &[&str], triggers: Triggers) -> (usize, Vec<(usize, String)>, usize) {
    let trialled = ran::<Obeys>("", contents, triggers).await.unwrap();
    let failed = trialled.rolled_back.into_iter();
    let failed = failed.map(|failed| (failed.input.unwrap(), failed.error)).collect();
    (trialled.outputs.len(), failed, trialled.waiting)
}

#[tokio::test]
async fn a_flowfile_that_fails_is_set_aside_and_the_others_go_on() {
    for (content, why) in [
        ("go astray", "a bug in the processor: it has no relationship `nowhere`"),
        ("panic", "a bug in the processor: as it was told"),
    ] {
        let (out, failed, waiting) = obeyed(&["x", content, "y"], Triggers::OnceEach).await;
        assert_eq!((out, waiting, failed), (2, 0, vec![(1, why.to_owned())]), "{content}");
    }
    let (out, failed, _) = obeyed(&["stay", "y"], Triggers::OnceEach).await;
    assert!(out == 1 && failed[0].1.contains("neither transferred nor removed"), "{failed:?}");
}

#[tokio::test]
async fn what_fails_before_it_takes_one_does_not_come_back_for_ever() {
    let (out, failed, waiting) =
        obeyed(&["refuse from now on", "x", "y"], Triggers::OnceEach).await;
    let why = || "it takes nothing more".to_owned();
    assert_eq!((out, waiting, failed), (1, 0, vec![(1, why()), (2, why())]));
}

#[tokio::test]
async fn what_is_not_taken_waits_for_the_next_trigger() {
    assert_eq!(obeyed(&["x", "y", "z"], Triggers::Times(2)).await, (2, Vec::new(), 1));
    assert_eq!(obeyed(&["x"], Triggers::Times(0)).await, (0, Vec::new(), 1));
    let trialled = ran::<Obeys>("", &["end", "x"], Triggers::OnceEach).await.unwrap();
    assert_eq!((trialled.removed, trialled.outputs.len()), (1, 1));
}

#[tokio::test]
async fn a_source_gives_all_of_one_firing_and_takes_none() {
    let trialled = ran::<Gives>("batches: 3", &[], Triggers::OnceEach).await.unwrap();
    assert_eq!(trialled.outputs.len(), 3);
    let refused = ran::<Gives>("batches: 3", &["x"], Triggers::OnceEach).await;
    assert!(matches!(refused, Err(TrialError::IsSource("Gives"))));
    let nothing = ran::<Obeys>("", &[], Triggers::OnceEach).await.unwrap();
    assert!(nothing.outputs.is_empty() && nothing.rolled_back.is_empty());
}

#[tokio::test]
async fn too_many_triggers_are_stopped() {
    let times = Triggers::Times(crate::limits::TRIAL_TRIGGERS_MAX + 1);
    assert!(matches!(ran::<Obeys>("", &[], times).await, Err(TrialError::TooManyTriggers)));
}
