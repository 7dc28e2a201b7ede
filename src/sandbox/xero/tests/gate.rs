//! Answers that are held back.

use super::*;

#[test]
fn an_answer_is_held_after_the_rotation_until_released() {
    let xero = start();
    xero.hold_token_answers();
    assert!(!xero.wait_for_token_request(Duration::from_millis(20)));
    let old = refresh_token(&xero);
    thread::scope(|scope| {
        let refreshing = scope.spawn(|| refresh(&xero, &old));
        assert!(xero.wait_for_token_request(Duration::from_secs(20)));
        assert_eq!(xero.refreshes(), 1);
        assert_eq!(outcomes(&xero), [Outcome::Pending]);
        assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200, "calls go on");
        xero.release();
        assert_eq!(refreshing.join().unwrap().body, xero.credentials());
    });
}

#[test]
fn a_client_that_dies_meanwhile_may_come_back() {
    let xero = start();
    let old = refresh_token(&xero);
    xero.hold_token_answers();
    let mut client = connect(&xero);
    client.write_all(refresh_text(&xero, &old).as_bytes()).unwrap();
    assert!(xero.wait_for_token_request(Duration::from_secs(20)));
    drop(client);
    wait_until("its end is seen", || outcomes(&xero) == [Outcome::ClientGone]);
    xero.release();
    assert_eq!(refresh(&xero, &old).body, xero.credentials());
    assert_eq!(xero.refreshes(), 2);
}
