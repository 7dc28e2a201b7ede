//! Flowfiles that become too old.

use super::{
    virtual_time::{VirtualTime, still, until},
    *,
};
use crate::repository::record::{EventKind, Outcome};

#[tokio::test(start_paused = true)]
async fn who_is_too_old_leaves_the_queue_at_that_time() {
    let folder = tempfile::tempdir().unwrap();
    let time = VirtualTime::new();
    let place = "{ processor: PLACE, expire: 30 min }";
    for (processor, to) in [
        ("does", "  does: { type: Does, enabled: false }\n"),
        ("gather", "  gather: { type: Gathers, properties: { at_least: 9 } }\n"),
    ] {
        let flow = format!(
            "  source: {{ type: Letters, schedule: {{ every: 1 h }}, properties: {{ letters: ab }}, to: {} }}\n",
            place.replace("PLACE", processor)
        ) + to;
        let folder = folder.path().join(processor);
        let mut engine = open_with(&folder, &flow, Arc::new(time.clone())).await;
        let monitor = engine.monitor();
        let running = tokio::spawn(async move {
            engine.run_scheduled().await.unwrap();
            engine.close().await.unwrap();
        });
        still().await;
        time.pass(Duration::from_secs(3_600)).await;
        until("they wait", || monitor.waiting()[1] == 2).await;
        time.pass(Duration::from_secs(1_799)).await;
        still().await;
        assert_eq!(monitor.waiting()[1], 2, "{processor}");
        time.pass(Duration::from_secs(1)).await;
        until("they are gone", || monitor.waiting()[1] == 0).await;
        monitor.stop();
        until("it stops", || running.is_finished()).await;
        let events = records(&folder).into_iter().flat_map(|record| record.flowfiles);
        let events = events.flat_map(|change| change.trail).flat_map(|hop| hop.events);
        assert_eq!(events.filter(|event| event.kind == EventKind::Expire).count(), 2);
        let state = state(&folder);
        assert!(state.is_empty() && state.runs().is_empty());
        assert_eq!(state.ended_runs()[0].ended.unwrap().1, Outcome::Done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_does_not_wait_for_it_and_nobody_passes_a_queue_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let flow = |expire: &str| {
        source("ab", &format!("{{ processor: does, expire: {expire} }}"))
            + "  does: { type: Does, properties: { mark: d }, to: { success: failed } }\n"
    };
    let mut engine =
        open(folder.path(), &flow("1 h").replace("type: Does,", "type: Does, enabled: false,"))
            .await;
    engine.run_once().await.unwrap();
    assert_eq!(engine.queued(), 2);
    engine.close().await.unwrap();
    let mut engine = open(folder.path(), &flow("1 ms")).await;
    engine.drain().await.unwrap();
    assert_eq!(engine.queued(), 0);
    engine.close().await.unwrap();
    assert!(state(folder.path()).is_empty(), "none came to `does`");
}
