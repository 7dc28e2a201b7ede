//! Everything that goes wrong on command.

use super::*;

fn refused_by(fault: Fault) -> Received {
    let xero = start();
    xero.inject(Target::Api, fault.clone(), 1);
    let refused = call(&xero, "GET", INVOICES, &[], "");
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200, "only once");

    xero.inject(Target::Token, fault, 1);
    let token = refresh_token(&xero);
    assert_eq!(refresh(&xero, &token).status(), refused.status());
    assert_eq!(xero.refreshes(), 0, "nothing was done");
    refused
}

#[test]
fn refusals_do_nothing() {
    let problem = RateLimitProblem::Day;
    let refused = refused_by(Fault::TooManyRequests { problem, retry_after_s: 66_975 });
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.header("retry-after"), "66975");
    assert_eq!(refused.header("x-rate-limit-problem"), "day");
    assert_eq!(refused.header("x-daylimit-remaining"), "0");
    assert_eq!(refused.header("x-minlimit-remaining"), "60");

    assert_eq!(refused_by(Fault::InternalServerError).status(), 500);
    assert_eq!(refused_by(Fault::BadGateway).header("content-type"), "text/html; charset=utf-8");
    assert_eq!(refused_by(Fault::ServiceUnavailable).status(), 503);
    assert!(refused_by(Fault::Unauthorized).text("/Detail").contains("TokenExpired"));
}

#[test]
fn they_come_in_order_and_as_often_as_asked() {
    let xero = start();
    xero.inject(Target::Api, Fault::Pass, 1);
    xero.inject(Target::Api, Fault::InternalServerError, 2);
    let statuses: Vec<_> = (0..4).map(|_| call(&xero, "GET", INVOICES, &[], "").status()).collect();
    assert_eq!(statuses, [200, 500, 500, 200]);
    xero.inject(Target::Api, Fault::InternalServerError, 9);
    xero.forget_faults();
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
}

#[test]
fn closed_unread_means_nothing_was_done() {
    let xero = start();
    xero.inject(Target::Token, Fault::CloseUnread, 1);
    assert!(refresh(&xero, &refresh_token(&xero)).broken);
    assert_eq!(outcomes(&xero), [Outcome::Dropped]);
    assert_eq!(xero.refreshes(), 0);
}

#[test]
fn a_refused_connection_shows_nowhere() {
    let xero = start();
    xero.refuse_connections(2);
    assert!(refresh(&xero, &refresh_token(&xero)).broken);
    assert!(call(&xero, "GET", INVOICES, &[], "").broken);
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
    assert_eq!(xero.requests().len(), 1);
}

#[test]
fn dropped_after_the_rotation_the_old_token_recovers() {
    let xero = start();
    let old = refresh_token(&xero);
    xero.inject(Target::Token, Fault::DropAnswer, 1);
    let nothing = refresh(&xero, &old);
    assert!(nothing.broken && nothing.status.is_none(), "{nothing:?}");
    assert_eq!(outcomes(&xero), [Outcome::Dropped]);
    assert_eq!(xero.refreshes(), 1);
    assert_eq!(xero.state_of(&old), TokenState::Grace);
    assert_eq!(refresh(&xero, &old).status(), 200);
    assert_eq!(xero.refreshes(), 2);
}

#[test]
fn cut_in_the_middle_of_the_body() {
    let xero = start();
    xero.inject(Target::Token, Fault::CutBody, 1);
    let cut = refresh(&xero, &refresh_token(&xero));
    assert_eq!((cut.status(), cut.broken), (200, true));
    assert_eq!(cut.body, xero.credentials()[..xero.credentials().len() / 2]);
    assert_eq!(outcomes(&xero), [Outcome::Cut(200)]);
}

#[test]
fn spoiled_answers_come_after_the_rotation() {
    let xero = start();
    let spoiled = |fault: Fault| {
        let before = xero.refreshes();
        xero.inject(Target::Token, fault, 1);
        let answer = refresh(&xero, &refresh_token(&xero));
        assert_eq!((answer.status(), answer.broken), (200, false));
        assert_eq!(xero.refreshes(), before + 1);
        answer
    };
    let html = spoiled(Fault::HtmlPage);
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    assert!(html.body.starts_with("<!DOCTYPE html>"));
    assert_eq!(spoiled(Fault::EmptyBody).body, "");
    let truncated = spoiled(Fault::TruncatedBody).body;
    assert!(truncated.starts_with("{\"id_token\"") && !truncated.ends_with('}'), "{truncated}");
    let without = spoiled(Fault::WithoutRefreshToken).json();
    assert!(without.get("refresh_token").is_none() && without["access_token"].is_string());
}

#[test]
fn slow_answers_come_late_and_whole() {
    let xero = start();
    let delay = Duration::from_millis(150);
    for fault in [Fault::DelayAnswer(delay), Fault::DelayBody(delay)] {
        xero.inject(Target::Token, fault, 1);
        let started = Instant::now();
        let answer = refresh(&xero, &refresh_token(&xero));
        assert!(started.elapsed() >= delay);
        assert_eq!(answer.body, xero.credentials());
    }
}

#[test]
fn the_head_of_a_late_body_comes_at_once() {
    let xero = start();
    xero.inject(Target::Api, Fault::DelayBody(Duration::from_secs(600)), 1);
    let mut stream = connect(&xero);
    let token = format!("Bearer {}", access_token(&xero));
    let text = request_text("GET", "/connections", &[("Authorization", &token)], "");
    stream.write_all(text.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 200"));
}
