//! The token endpoint.

use super::*;

#[test]
fn a_refresh_answers_a_whole_credentials_file() {
    let xero = start();
    let old = refresh_token(&xero);
    let answer = refresh(&xero, &old);
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.body, xero.credentials());
    let fields: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        fields,
        ["id_token", "access_token", "expires_in", "token_type", "refresh_token", "scope"]
    );
    assert_eq!(answer.json()["expires_in"], 1800);
    assert_ne!(answer.text("/refresh_token"), old);
    assert_eq!(xero.refreshes(), 1);
}

#[test]
fn a_lost_answer_can_be_asked_for_again_within_half_an_hour() {
    let xero = start();
    let old = refresh_token(&xero);
    let lost = refresh(&xero, &old).text("/refresh_token");
    xero.advance(Duration::from_mins(29));
    let again = refresh(&xero, &old).text("/refresh_token");
    assert_eq!(refresh_error(&xero, &lost), "invalid_grant");
    xero.advance(Duration::from_mins(1));
    assert_eq!(refresh_error(&xero, &old), "invalid_grant");
    assert_eq!(xero.state_of(&again), TokenState::Live);
    assert_eq!(xero.refreshes(), 2);
    assert_eq!(xero.token_requests(), 4);
}

#[test]
fn a_token_counts_once_when_its_successor_was_used() {
    let xero = start();
    let first = refresh_token(&xero);
    let second = refresh(&xero, &first).text("/refresh_token");
    assert_eq!(refresh(&xero, &second).status(), 200);
    assert_eq!(refresh_error(&xero, &first), "invalid_grant");
}

#[test]
fn unknown_revoked_and_idle_tokens_are_refused() {
    let xero = start();
    assert_eq!(refresh_error(&xero, "xrt-unknown"), "invalid_grant");
    xero.revoke();
    assert_eq!(refresh_error(&xero, &refresh_token(&xero)), "invalid_grant");

    let xero = start();
    xero.advance(Duration::from_hours(60 * 24));
    assert_eq!(refresh_error(&xero, &refresh_token(&xero)), "invalid_grant");
    assert_eq!(xero.refreshes(), 0);
}

#[test]
fn a_wrong_request_is_refused_by_name() {
    let xero = start();
    let basic = format!("Basic {}", identity::basic(xero.settings()));
    let token = refresh_token(&xero);
    let good = format!("grant_type=refresh_token&refresh_token={token}");
    let form = "application/x-www-form-urlencoded";
    let check = |authorization: &str, content_type: &str, body: &str, expected: &str| {
        let headers = [("Authorization", authorization), ("Content-Type", content_type)];
        let answer = request(&xero, "POST", "/connect/token", &headers, body);
        assert_eq!(answer.status(), 400, "{answer:?}");
        assert_eq!(answer.text("/error"), expected, "{body}");
    };
    check("", form, &good, "invalid_client");
    check("Basic AAAA", form, &good, "invalid_client");
    check(&basic.replace("Basic", "Bearer"), form, &good, "invalid_client");
    check(&basic, "application/json", &good, "invalid_request");
    check(&basic, form, "", "unsupported_grant_type");
    check(&basic, form, &format!("refresh_token={token}"), "unsupported_grant_type");
    check(&basic, form, "grant_type=password", "unsupported_grant_type");
    check(&basic, form, "grant_type=refresh_token", "invalid_request");
    check(&basic, form, "grant_type=refresh_token&refresh_token=", "invalid_request");
    check(&basic, form, &format!("{good}&refresh_token={token}"), "invalid_request");
    check(&basic, form, &format!("{good}%20"), "invalid_grant");
    assert_eq!(xero.refreshes(), 0);

    let answer = request(&xero, "GET", "/connect/token", &[("Authorization", &basic)], "");
    assert_eq!((answer.status(), answer.header("allow")), (405, "POST"));
}

#[test]
fn a_request_that_is_cut_off_rotates_nothing() {
    let xero = start();
    let text = refresh_text(&xero, &refresh_token(&xero));
    let mut stream = connect(&xero);
    stream.write_all(&text.as_bytes()[..text.len() - 1]).unwrap();
    wait_until("the head arrived", || xero.token_requests() == 1);
    drop(stream);
    wait_until("it was given up", || outcomes(&xero) == [Outcome::ClientGone]);
    assert_eq!(xero.refreshes(), 0);
}
