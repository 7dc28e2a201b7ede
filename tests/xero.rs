//! The flow that must always work, run by the real binary against the sandbox: every way that the day can go.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod common;

use std::{fs, time::Duration};

use common::{Bench, FLOW};
use headwater::sandbox::{Fault, RateLimitProblem, Target};

#[test]
fn a_valid_token_is_used_and_nothing_is_refreshed() {
    let bench = Bench::new();
    let before = bench.credentials();
    bench.run().assert_exit(0);
    assert_eq!(
        (bench.xero.refreshes(), bench.xero.api_requests(), bench.stored().len()),
        (0, 1, 1)
    );
    assert_eq!(bench.credentials(), before);
    let stored = fs::read_to_string(&bench.stored()[0]).unwrap();
    assert!(stored.contains("\"Invoices\""), "JSON was asked for: {stored:.80}");
    assert!(bench.failed().is_empty());
}

#[test]
fn an_expired_token_is_refreshed_once_and_the_new_credentials_are_whole() {
    let bench = Bench::expired();
    let before = bench.credentials();
    bench.run().assert_exit(0);
    assert_eq!(
        (bench.xero.refreshes(), bench.xero.token_requests(), bench.stored().len()),
        (1, 1, 1)
    );
    bench.assert_credentials_work();
    assert_eq!(fs::read_to_string(bench.path("credentials/.xero.json.previous")).unwrap(), before);
    assert!(bench.failed().is_empty());
    bench.run().assert_exit(0);
    assert_eq!(
        (bench.xero.refreshes(), bench.stored().len()),
        (1, 2),
        "the next run needs no refresh"
    );
}

#[test]
fn a_refused_refresh_leaves_the_credentials_as_they_are() {
    let bench = Bench::expired();
    bench.xero.revoke();
    let before = fs::read(bench.path("credentials/xero.json")).unwrap();
    bench.run().assert_exit(1);
    assert_eq!(fs::read(bench.path("credentials/xero.json")).unwrap(), before);
    let failed = bench.failed();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["processor"], "refresh-tokens");
    let reason = failed[0]["reason"].as_str().unwrap();
    assert!(reason.contains("400") && reason.contains("invalid_grant"), "{reason}");
    assert!(bench.stored().is_empty());
    let shown = bench.headwater(&["failed", "show", "F1", "xero-invoices.yaml"]);
    shown.assert_exit(0);
    assert!(
        shown.out.contains("read-credentials") && shown.out.contains("call-xero"),
        "its way is told: {}",
        shown.out
    );
}

#[test]
fn a_401_again_after_the_refresh_is_not_refreshed_again() {
    let bench = Bench::expired();
    bench.xero.disconnect();
    bench.run().assert_exit(1);
    assert_eq!((bench.xero.refreshes(), bench.xero.api_requests()), (1, 2));
    let failed = bench.failed();
    assert_eq!((failed.len(), &failed[0]["processor"]), (1, &"check-status".into()));
    assert!(failed[0]["reason"].as_str().unwrap().contains("401"), "{}", failed[0]["reason"]);
    bench.assert_credentials_on_disk_are_the_newest();
}

#[test]
fn a_403_is_no_reason_to_refresh() {
    let bench = Bench::new();
    let mut run = bench.run_command(&[]);
    run.env("XERO_TENANT_ID", "00000000-0000-0000-0000-000000000000");
    let said = bench.said(run.output().unwrap());
    said.assert_exit(1);
    assert_eq!((bench.xero.refreshes(), bench.stored().len()), (0, 0));
    let failed = bench.failed();
    assert_eq!(failed.len(), 1);
    let reason = failed[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("sent to failed by check-status (unmatched)") && reason.contains("403"),
        "{reason}"
    );
}

#[test]
fn a_429_is_waited_for_as_long_as_it_asks() {
    let bench = Bench::new();
    let problem = RateLimitProblem::Minute;
    bench.xero.inject(Target::Api, Fault::TooManyRequests { problem, retry_after_s: 1 }, 1);
    bench.run().assert_exit(0);
    assert_eq!(
        (bench.xero.api_requests(), bench.xero.refreshes(), bench.stored().len()),
        (2, 0, 1)
    );
}

#[test]
fn a_429_that_asks_for_hours_goes_to_failed_with_the_time() {
    let bench = Bench::new();
    let problem = RateLimitProblem::Day;
    bench.xero.inject(Target::Api, Fault::TooManyRequests { problem, retry_after_s: 40_000 }, 1);
    bench.run().assert_exit(1);
    assert_eq!(bench.xero.api_requests(), 1);
    let failed = bench.failed();
    assert!(failed[0]["attributes"]["failure.retry_at"].is_string(), "{:?}", failed[0]);
}

#[test]
fn a_500_is_tried_again() {
    let bench = Bench::new();
    bench.xero.inject(Target::Api, Fault::InternalServerError, 1);
    bench.run().assert_exit(0);
    assert_eq!(
        (bench.xero.api_requests(), bench.xero.refreshes(), bench.stored().len()),
        (2, 0, 1)
    );
}

#[test]
fn a_connection_dropped_after_the_rotation_is_recovered_by_the_next_run() {
    let bench = Bench::expired();
    let before = bench.credentials();
    bench.xero.inject(Target::Token, Fault::DropAnswer, 1);
    bench.run().assert_exit(1);
    assert_eq!(bench.credentials(), before, "no answer, nothing written");
    assert_eq!(bench.failed()[0]["processor"], "refresh-tokens");
    bench.xero.advance(Duration::from_secs(10 * 60));
    bench.run().assert_exit(0);
    bench.assert_credentials_work();
    assert_eq!((bench.xero.refreshes(), bench.stored().len()), (2, 1));
}

#[test]
fn a_page_instead_of_tokens_is_not_written() {
    for fault in [
        Fault::HtmlPage,
        Fault::EmptyBody,
        Fault::TruncatedBody,
        Fault::WithoutRefreshToken,
        Fault::CutBody,
    ] {
        let bench = Bench::expired();
        let before = bench.credentials();
        bench.xero.inject(Target::Token, fault.clone(), 1);
        bench.run().assert_exit(1);
        assert_eq!(bench.credentials(), before, "{fault:?}");
        assert_eq!(bench.failed().len(), 1, "{fault:?}");
        bench.run().assert_exit(0);
        bench.assert_credentials_work();
    }
}

#[test]
fn pretty_printed_credentials_are_as_good() {
    let bench = Bench::new();
    let json: serde_json::Value = serde_json::from_str(&bench.credentials()).unwrap();
    bench.write_credentials(&serde_json::to_string_pretty(&json).unwrap());
    bench.run().assert_exit(0);
    assert_eq!(bench.stored().len(), 1);
}

#[test]
fn unusable_credentials_are_told_and_nothing_is_called() {
    for (credentials, reason) in [
        ("{\"access_token\": \"x\"", "JSON"),
        ("", "JSON"),
        ("{}", "access_token"),
        ("{\"access_token\": \"only-this-one\"}", "refresh_token"),
    ] {
        let bench = Bench::new();
        bench.write_credentials(credentials);
        bench.run().assert_exit(1);
        assert_eq!(bench.xero.requests().len(), 0, "{credentials}");
        let failed = bench.failed();
        assert_eq!(
            (failed.len(), &failed[0]["processor"]),
            (1, &"extract-tokens".into()),
            "{credentials}"
        );
        assert!(
            failed[0]["reason"].as_str().unwrap().contains(reason),
            "{credentials}: {}",
            failed[0]["reason"]
        );
        assert_eq!(bench.credentials(), credentials);
    }
}

#[test]
fn missing_credentials_are_a_failed_run_that_says_what_was_looked_for() {
    let bench = Bench::new();
    fs::rename(bench.path("credentials/xero.json"), bench.path("credentials/xero.json.bak"))
        .unwrap();
    let said = bench.run();
    said.assert_exit(1);
    assert!(
        said.out.contains("read-credentials found no file matching xero\\.json"),
        "{}",
        said.out
    );
    assert!(said.out.contains("xero.json.bak"), "{}", said.out);
    assert_eq!(bench.xero.requests().len(), 0);
}

#[test]
fn with_another_data_directory_meanwhile_nothing_newer_is_overwritten() {
    let bench = Bench::expired();
    bench.xero.hold_token_answers();
    let mut child = bench.spawn(&["--data-dir", ".headwater-a"]);
    assert!(bench.xero.wait_for_token_request(Duration::from_secs(20)));
    child.kill().unwrap();
    child.wait().unwrap();
    bench.xero.release();
    bench.run_with(&["--data-dir", ".headwater-b"]).assert_exit(0);
    let newest = bench.credentials();
    let refreshes = bench.xero.refreshes();
    bench.run_with(&["--data-dir", ".headwater-a"]).assert_exit(0);
    assert_eq!(bench.credentials(), newest, "the first one starts anew from what is in the file");
    assert_eq!(bench.xero.refreshes(), refreshes);
    bench.assert_credentials_work();
    assert!(bench.stored().len() >= 2);
}

#[test]
fn two_runs_at_once_refresh_once() {
    let bench = Bench::expired();
    let children = [".headwater-a", ".headwater-b"].map(|dir| bench.spawn(&["--data-dir", dir]));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!((bench.xero.refreshes(), bench.stored().len()), (1, 2));
    bench.assert_credentials_work();
    bench.assert_data_holds_no_secret();
}

#[test]
fn who_waits_for_the_file_too_long_is_told_who_has_it() {
    let bench = Bench::expired();
    let place = "if_changed: extract-tokens }";
    assert!(FLOW.contains(place));
    bench.write_flow(&FLOW.replace(place, "if_changed: extract-tokens, wait: 1 s }"));
    bench.xero.hold_token_answers();
    let mut first = bench.spawn(&["--data-dir", ".headwater-a"]);
    assert!(bench.xero.wait_for_token_request(Duration::from_secs(20)));
    let second = bench.run();
    second.assert_exit(1);
    let failed = bench.failed();
    assert_eq!((failed.len(), &failed[0]["processor"]), (1, &"refresh-body".into()));
    let reason = failed[0]["reason"].as_str().unwrap();
    assert!(reason.contains(&format!("pid {}", first.id())), "it is named: {reason}");
    assert_eq!(bench.xero.token_requests(), 1, "and nothing was asked for meanwhile");
    bench.xero.release();
    assert!(first.wait().unwrap().success());
    bench.assert_credentials_work();
    common::replay::put_back(&bench, &[1]);
    assert_eq!((bench.xero.refreshes(), bench.stored().len()), (1, 2));
}

#[test]
fn two_runs_of_one_data_directory_go_one_after_the_other() {
    let bench = Bench::expired();
    bench.xero.hold_token_answers();
    let mut first = bench.spawn(&[]);
    assert!(bench.xero.wait_for_token_request(Duration::from_secs(20)));
    let refused = bench.run_with(&["--wait", "0"]);
    refused.assert_exit(4);
    assert!(refused.err.contains(&format!("pid {}", first.id())), "it is named: {}", refused.err);
    bench.xero.release();
    let second = bench.run();
    second.assert_exit(0);
    assert!(first.wait().unwrap().success());
    assert_eq!((bench.xero.refreshes(), bench.stored().len()), (1, 2));
}

#[test]
fn what_failed_with_500_yesterday_is_put_back_and_needs_no_refresh() {
    let bench = Bench::new();
    bench.write_flow(&FLOW.replace("    retry: 5\n", "    retry: 0\n"));
    bench.xero.inject(Target::Api, Fault::InternalServerError, 1);
    bench.run().assert_exit(1);
    assert_eq!(bench.failed().len(), 1);
    for _ in 0..2 {
        bench.write_credentials(&bench.xero.expired_credentials());
        bench.run().assert_exit(0);
    }
    let (refreshes, stored) = (bench.xero.refreshes(), bench.stored().len());
    assert_eq!((refreshes, stored), (2, 2));
    common::replay::put_back(&bench, &[1]);
    assert_eq!(
        bench.xero.refreshes(),
        refreshes,
        "the file is newer than its token: read anew, not refreshed"
    );
    assert_eq!(bench.stored().len(), stored + 1);
}

#[test]
fn an_answer_that_could_not_be_written_does_not_replace_a_newer_one_later() {
    let bench = Bench::expired();
    let in_the_way = bench.path("credentials/.xero.json.previous");
    fs::create_dir_all(in_the_way.join("folder")).unwrap();
    bench.run().assert_exit(1);
    assert_eq!(bench.failed()[0]["processor"], "save-credentials");
    fs::remove_dir_all(in_the_way).unwrap();
    bench.run().assert_exit(0);
    let newest = bench.credentials();
    common::replay::put_back(&bench, &[1]);
    assert_eq!(bench.credentials(), newest);
    assert_eq!((bench.xero.refreshes(), bench.stored().len()), (2, 2));
}

impl Bench {
    /// The refresh token on disk is the newest, whatever the access token is worth.
    fn assert_credentials_on_disk_are_the_newest(&self) {
        let newest: serde_json::Value = serde_json::from_str(&self.xero.credentials()).unwrap();
        assert_eq!(newest["refresh_token"].as_str(), Some(self.tokens().1.as_str()));
    }
}
