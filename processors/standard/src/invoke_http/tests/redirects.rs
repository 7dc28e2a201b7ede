//! Where a server points to.

use super::*;

#[tokio::test]
async fn redirects_are_followed_without_secrets() {
    let elsewhere = Server::new(&[&ok("there")]);
    let away = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url("/away")
    );
    let near = "HTTP/1.1 302 Found\r\nLocation: /near\r\nContent-Length: 0\r\n\r\n";
    let server = Server::new(&[near, &away]);
    let mut runner = runner(&format!(
        "http_url: {}\nhttp_method: POST\nrequest_username: me\nrequest_password: s3cret\nheaders:\n  X-Token: ${{token}}\n  X-Open: ${{open}}\n",
        server.url("/first")
    ));
    runner.enqueue("body").attribute("token", Text::sensitive("t0ken")).attribute("open", "o");
    runner.run_async().await;
    let there = &elsewhere.seen()[0];
    assert_eq!(there.line, "GET /away HTTP/1.1");
    assert_eq!(
        (there.header("authorization"), there.header("x-token"), there.header("x-open")),
        (None, None, Some("o"))
    );
    let near = &server.seen()[1];
    assert_eq!(near.line, "GET /near HTTP/1.1");
    assert_eq!(
        (near.header("authorization"), near.header("x-token")),
        (Some("Basic bWU6czNjcmV0"), Some("t0ken"))
    );
    assert_eq!((near.header("content-type"), near.body.len()), (None, 0));
    assert_eq!(
        runner.transferred(&RESPONSE)[0].attribute("invokehttp.response.url"),
        Some(elsewhere.url("/away"))
    );
}

#[tokio::test]
async fn a_redirect_can_keep_the_body_or_not_be_followed() {
    let keep = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /kept\r\nContent-Length: 0\r\n\r\n";
    let server = check(
        "http_method: PUT",
        &[keep, &ok("")],
        expect![[r#"
            response: Content-Length=0 Content-Type=text/plain invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/kept invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/plain ""
            original: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/kept invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/x
        "#]],
    )
    .await;
    assert_eq!(
        (server.seen()[1].line.as_str(), server.seen()[1].body.as_slice()),
        ("PUT /kept HTTP/1.1", &b"asked"[..])
    );
    check(
        "response_redirects_enabled: 'False'",
        &[keep],
        expect![[r#"
            no_retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body= invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=307 invokehttp.status.message=Temporary Redirect mime.type=text/x because: HTTP 307 Temporary Redirect
        "#]],
    )
    .await;
    check(
        "",
        &[keep],
        expect![[r#"
            failure: invokehttp.java.exception.class=java.net.ProtocolException invokehttp.java.exception.message=there are too many redirects: more than 20, the last one by HOST mime.type=text/x (Default) because: there are too many redirects: more than 20, the last one by HOST
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_redirect_leads_to_no_other_kind_of_address() {
    for location in ["file:///etc/passwd", "ftp://x/", "javascript:1", "//", "\u{e9}", ""] {
        let moved = status("302 Found", &format!("Location: {location}\r\n"), "");
        let server = Server::new(&[&moved, &ok("")]);
        let mut runner = runner(&format!("http_url: {}", server.url("/")));
        runner.enqueue("");
        runner.run_async().await;
        let followed = server.seen().len() == 2;
        assert_eq!(followed, location.is_empty(), "{location}");
        assert_eq!(runner.transferred(&NO_RETRY).len(), usize::from(!followed), "{location}");
    }
}

#[tokio::test]
async fn a_literal_key_does_not_follow_to_another_server() {
    let elsewhere = Server::new(&[&ok("")]);
    let away = status("302 Found", &format!("Location: {}\r\n", elsewhere.url("/")), "");
    let server = Server::new(&[&away]);
    let mut runner = runner(&format!(
        "http_url: {}\nheaders: {{ X-Api-Key: k, X-Auth-Token: t, Idempotency-Key: i, X-Open: o }}",
        server.url("/")
    ));
    runner.enqueue("");
    runner.run_async().await;
    let seen = &elsewhere.seen()[0];
    for (name, value) in [
        ("X-Api-Key", None),
        ("X-Auth-Token", None),
        ("Idempotency-Key", Some("i")),
        ("X-Open", Some("o")),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
    assert_eq!(server.seen()[0].header("X-Api-Key"), Some("k"));
}
