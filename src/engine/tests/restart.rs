//! What a restart makes of a flow that was edited meanwhile, and of what was due.

use super::*;
use crate::repository::record::AfterCommitChange;

fn waiting(to: &str, processors: &str) -> String {
    source("ab", to) + processors
}

/// Runs a flow whose flowfiles stop before a processor that is off, then another version of it.
async fn edited(before: &str, after: &str) -> (RunReport, FlowState) {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(folder.path(), before).await;
    engine.run_once().await.unwrap();
    assert_eq!(engine.queued(), 2);
    engine.close().await.unwrap();
    let mut engine = open(folder.path(), after).await;
    let report = engine.drain().await.unwrap();
    engine.close().await.unwrap();
    (report, state(folder.path()))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_before_a_processor_that_vanished_goes_to_failed() {
    let before = waiting("gone", "  gone: { type: Does, enabled: false }\n");
    let after = waiting("other", "  other: { type: Does }\n");
    let (report, state) = edited(&before, &after).await;
    assert_eq!(report.failed.len(), 2);
    for failed in &report.failed {
        assert_eq!((&*failed.processor, &*failed.relationship), ("gone", "(start)"));
        let reason = failed.reason.reveal();
        assert!(reason.contains("no longer in the flow") && reason.contains("source/success/gone"));
    }
    assert_eq!(report.failed.iter().map(|failed| failed.number).collect::<Vec<_>>(), [1, 2]);
    assert!(state.runs().is_empty(), "their run has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_in_a_connection_that_was_renamed_goes_on() {
    let before = waiting("does", "  does: { type: Does, enabled: false }\n");
    let after = "  spring: { type: Letters, properties: { letters: c }, to: does }\n  does: { type: Does, properties: { mark: d }, to: { success: failed } }\n";
    let (report, state) = edited(&before, after).await;
    assert_eq!(report.failed.len(), 2);
    assert_eq!(places(&state), ["a in failed seen \"d\"", "b in failed seen \"d\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_the_failed_queue_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let flow = source("xx", "does") + "  does: { type: Does, properties: { to_x: fail } }\n";
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let mut engine = open(folder.path(), &flow).await;
        let report = engine.run_once().await.unwrap();
        numbers.extend(report.failed.iter().map(|failed| failed.number));
        engine.close().await.unwrap();
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_replays_a_flowfile_once() {
    let folder = tempfile::tempdir().unwrap();
    let flow = source("x", "does") + "  does: { type: Does, properties: { to_x: fail } }\n";
    let mut engine = open(folder.path(), &flow).await;
    engine.run_once().await.unwrap();
    assert!(matches!(engine.replay(&[1, 1], None).await, Err(ReplayError::Again { .. })));
    engine.close().await.unwrap();
    assert_eq!(state(folder.path()).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_before_anything_is_taken_does_not_come_back_for_ever() {
    let flow = source("ab", "does") + "  does: { type: Does, properties: { to_x: fail_early } }\n";
    let (report, _) = tokio::time::timeout(Duration::from_secs(20), run(&flow)).await.unwrap();
    assert_eq!(report.failed.len(), 2);
    assert!(report.failed[0].reason.reveal().contains("not today"));
}

#[test]
fn what_is_due_now_is_not_struck_out_by_what_was_done_before_at_the_same_path() {
    let mut transaction = super::super::transaction::Transaction::default();
    let path: crate::repository::record::Name = "/in/a".into();
    transaction.due_after_commit(processors_api::AfterCommit {
        path: path.clone(),
        inode: 1,
        size: 1,
        modified_ns: 1,
        move_to: None,
    });
    transaction.done_after_commit(vec![path]);
    let mut ledger = super::super::ledger::Ledger::default();
    let record = transaction.seal(&mut ledger, jiff::Timestamp::UNIX_EPOCH).unwrap();
    let due = |change: &AfterCommitChange| matches!(change, AfterCommitChange::Due(_));
    assert_eq!(record.after_commit.iter().map(due).collect::<Vec<_>>(), [false, true]);
}
