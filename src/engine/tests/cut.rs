//! Where a chain is cut: a commit in its middle leaves nobody out.

use super::*;

/// Two ways out of a fork; one has an effect that cannot be repeated at its end, the other one more step.
fn fork(waits: &str) -> String {
    source("a", "[left, right]")
        + "  left: { type: Does, to: post }\n"
        + &format!(
            "  post: {{ type: Waits, properties: {{ for_ever: '${{letter:equals(\"{waits}\")}}' }}, to: {{ success: failed }} }}\n"
        )
        + "  right: { type: Does, to: more }\n"
        + "  more: { type: Does, properties: { mark: m }, to: { success: failed } }\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_an_effect_the_other_legs_of_the_fork_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path(), &fork("a")).await;
    let died = tokio::time::timeout(Duration::from_millis(300), engine.run_once()).await;
    assert!(died.is_err(), "it waits for ever");
    die(engine).await;
    let mut engine = open(folder.path(), &fork("nothing")).await;
    engine.drain().await.unwrap();
    engine.close().await.unwrap();
    let state = state(folder.path());
    assert_eq!(places(&state), ["a in failed seen \"\"", "a in failed seen \"m\""]);
    assert!(state.runs().is_empty(), "the run has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_before_an_effect_tells_where_everybody_stands() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path(), &fork("nothing")).await;
    engine.run_once().await.unwrap();
    engine.close().await.unwrap();
    let mut live = 0_i32;
    for record in records(folder.path()) {
        for change in &record.flowfiles {
            live += i32::from(change.birth.is_some());
        }
        assert!(live == 0 || live == 2, "the source's flowfile and its copy are born together");
    }
}
