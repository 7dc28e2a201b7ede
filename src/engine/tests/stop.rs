//! An engine that is stopped while it is busy.

use super::*;
use crate::repository::record::End;

#[tokio::test(flavor = "multi_thread")]
async fn stopped_at_any_moment_nothing_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let flow = source("abcdefgh", "one")
        + "  one: { type: Does, properties: { effect: repeatable }, to: [two, three] }\n"
        + "  two: { type: Does, concurrency: 2, properties: { effect: not_repeatable }, to: four }\n"
        + "  three: { type: Does, properties: { effect: repeatable }, to: four }\n"
        + "  four: { type: Does, properties: { mark: f, effect: repeatable }, to: { success: failed } }\n";
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
        engine.close().await.unwrap();
    }
    let mut engine = open(folder.path(), &flow).await;
    engine.drain().await.unwrap();
    engine.close().await.unwrap();
    let (state, records) = (state(folder.path()), records(folder.path()));
    assert_eq!(state.len(), fired * 16, "each flowfile of each firing, and its copy");
    assert!(state.in_order().iter().all(|(_, queued)| &*queued.connection == "failed"));
    assert!(places(&state).iter().all(|place| place.ends_with("seen \"f\"")));
    assert!(state.runs().is_empty());
    let gone = records.iter().flat_map(|record| &record.flowfiles);
    assert_eq!(gone.filter(|change| matches!(change.end, End::Gone)).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_batch_is_left_when_the_engine_stops() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let flow = source(&"a".repeat(500), "seen")
        + &format!(
            "  seen: {{ type: Records, properties: {{ slow: true, file: {} }} }}\n",
            seen.display()
        );
    let mut engine = open(&folder.path().join("data"), &flow).await;
    let monitor = engine.monitor();
    let stop = tokio::spawn(async move {
        while monitor.activity()[1].running == 0 {
            tokio::task::yield_now().await;
        }
        monitor.stop();
    });
    engine.run_once().await.unwrap();
    stop.await.unwrap();
    let left = engine.queued();
    assert!(left > 0);
    engine.close().await.unwrap();
    let done = std::fs::read_to_string(seen).unwrap().len();
    assert_eq!(done + left, 500);
}
