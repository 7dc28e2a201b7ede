//! The log, and that no secret is in it.

use super::*;

#[test]
fn it_tells_what_came_and_what_became_of_it() {
    let xero = start();
    call(&xero, "GET", "/api.xro/2.0/Invoices?page=1", &[JSON], "");
    refresh(&xero, &refresh_token(&xero));
    call(&xero, "GET", INVOICES, &[], "");
    request(&xero, "GET", INVOICES, &[("Authorization", "Bearer stranger")], "");
    let lines: Vec<_> = xero
        .requests()
        .iter()
        .map(|r| {
            format!(
                "{} {} {:?} generation {:?}, {} bytes, {:?}\n",
                r.method,
                r.path_and_query,
                r.outcome,
                r.token_generation,
                r.body_bytes,
                r.header("authorization").unwrap_or_default()
            )
        })
        .collect();
    expect![[r#"
        GET /api.xro/2.0/Invoices?page=1 Answered(200) generation Some(0), 0 bytes, "Bearer ***"
        POST /connect/token Answered(200) generation Some(0), 91 bytes, "Basic ***"
        GET /api.xro/2.0/Invoices Answered(200) generation Some(1), 0 bytes, "Bearer ***"
        GET /api.xro/2.0/Invoices Answered(401) generation None, 0 bytes, "Bearer ***"
    "#]]
    .assert_eq(&lines.concat());
    assert_eq!((xero.token_requests(), xero.api_requests()), (1, 3));
    xero.clear_requests();
    assert_eq!(xero.requests().len(), 0);
}

#[test]
fn no_secret_shows_anywhere() {
    let xero = start();
    let token = access_token(&xero);
    let secret = xero.settings().client_secret.clone();
    let path = format!("{INVOICES}?token={token}&again={token}");
    let headers = [("Authorization", token.as_str()), ("X-Custom", &secret), ("Cookie", "c=1")];
    request(&xero, "GET", &path, &headers, "");
    refresh(&xero, &refresh_token(&xero));
    call(&xero, "GET", INVOICES, &[], "");
    let shown = format!("{xero:?} {:?} {:?}", xero.settings(), xero.requests());
    let issued = xero.issued_tokens();
    assert_eq!(issued.len(), 8);
    for secret in &issued {
        assert!(!shown.contains(secret.as_str()), "{shown}");
    }
    assert!(shown.contains("?token=***&again=***"), "{shown}");
}
