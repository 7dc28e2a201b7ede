//! What a server is sent.

use super::*;

#[tokio::test]
async fn headers_are_sent_and_received() {
    let answer = status(
        "200 OK",
        "Repeated: String\r\nRepeated: Integer\r\nETag: \"x\"\r\nSet-Cookie: s3cret\r\n",
        "",
    );
    let properties = "headers:\n  Accept: application/json\n  X-Computed: ${mime.type}!\nrequest_header_attributes_pattern: mime\\..*|path\nrequest_user_agent: me\nresponse_header_request_attributes_enabled: true\nresponse_header_request_attributes_prefix: response.\nrequest_date_header_enabled: false\n";
    let server = check(
        properties,
        &[&answer],
        expect![[r#"
            response: Content-Length=0 ETag="x" Repeated=String, Integer Set-Cookie=*** invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/x ""
            original: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/x response.Content-Length=0 response.ETag="x" response.Repeated=String, Integer response.Set-Cookie=***
        "#]],
    )
    .await;
    let seen = &server.seen()[0];
    for (name, value) in [
        ("accept", Some("application/json")),
        ("x-computed", Some("text/x!")),
        ("mime.type", Some("text/x")),
        ("user-agent", Some("me")),
        ("path", None),
        ("date", None),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn content_is_sent_whole_or_in_chunks() {
    for (properties, size, length, encoding) in [
        ("", 5, Some("5"), None),
        ("", 300_000, Some("300000"), None),
        ("request_chunked_transfer_encoding_enabled: true", 300_000, None, Some("chunked")),
        ("request_chunked_transfer_encoding_enabled: true", 5, None, Some("chunked")),
        ("request_body_enabled: false", 5, Some("0"), None),
    ] {
        let server = Server::new(&[&ok("")]);
        let mut runner =
            runner(&format!("http_url: {}\nhttp_method: post\n{properties}", server.url("/")));
        runner.enqueue(vec![b'x'; size]);
        runner.run_async().await;
        let seen = &server.seen()[0];
        assert_eq!(seen.header("content-length"), length, "{properties} {size}");
        assert_eq!(seen.header("transfer-encoding"), encoding, "{properties} {size}");
        if properties == "request_body_enabled: false" {
            assert_eq!((seen.body.len(), seen.header("content-type")), (0, None));
        } else {
            assert_eq!(
                (seen.body.len(), seen.header("content-type")),
                (size, Some("application/octet-stream"))
            );
        }
        let events: Vec<_> = runner
            .transfers
            .iter()
            .flat_map(|output| output.events.iter().map(|event| event.kind))
            .collect();
        let sent = properties != "request_body_enabled: false";
        assert_eq!(events.contains(&EventKind::Send), sent);
        assert!(events.contains(&EventKind::Fetch));
    }
}

#[tokio::test]
async fn a_header_cannot_be_smuggled_in() {
    let server = Server::new(&[&ok("")]);
    for properties in ["headers: { X-A: '${a}' }", "request_header_attributes_pattern: a.*"] {
        let mut runner = runner(&format!("http_url: {}\n{properties}", server.url("/")));
        runner.enqueue("").attribute("a", "x\r\nX-Evil: 1").attribute("a\r\nb: c", "1");
        runner.run_async().await;
        runner.assert_all_transferred(&FAILURE, 1);
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_post_is_not_sent_twice_on_a_connection_that_breaks() {
    // The first answer leaves the connection to be kept; the second request gets none.
    let server = Server::new(&[&ok("1"), "<drop>", &ok("3")]);
    let mut runner = runner(&format!("http_url: {}\nhttp_method: POST", server.url("/")));
    for _ in 0..2 {
        runner.enqueue("pay");
        runner.run_async().await;
    }
    assert_eq!(server.seen().len(), 2);
    assert_eq!(runner.transferred(&FAILURE).len(), 1);
}

#[tokio::test]
async fn the_address_goes_out_as_it_was_given() {
    let server = Server::new(&[ok("")]);
    let url = server.url("/a%2Fb%2f/c%20d?e=%2F&f=g+h");
    let mut runner = runner(&format!("http_url: ' {url} '"));
    runner.enqueue("");
    runner.run_async().await;
    assert_eq!(server.seen()[0].line, "GET /a%2Fb%2f/c%20d?e=%2F&f=g+h HTTP/1.1");
    let response = runner.transferred(&RESPONSE)[0];
    assert_eq!(response.attribute("invokehttp.request.url"), Some(url.clone()));
    let fetched: Vec<_> =
        response.events.iter().filter(|event| event.kind == EventKind::Fetch).collect();
    assert_eq!(fetched[0].details.as_ref().map(Text::reveal), Some(url.as_str()));
}

#[tokio::test]
async fn attributes_go_along_only_where_they_are_asked_for() {
    for (properties, accept, kind) in [
        (
            "request_header_attributes_pattern: ^Accept$\nheaders: { Default-Content-Type: text/plain }",
            Some("text/plain"),
            Some("text/plain"),
        ),
        ("", Some("*/*"), None),
    ] {
        let server = Server::new(&[ok("")]);
        let mut runner = runner(&format!("http_url: {}\n{properties}", server.url("/")));
        runner.enqueue("").attribute("Accept", " text/plain ");
        runner.run_async().await;
        let seen = &server.seen()[0];
        assert_eq!(seen.header("accept"), accept, "{properties}");
        assert_eq!(seen.header("default-content-type"), kind, "{properties}");
    }
}

#[tokio::test]
async fn its_own_attributes_are_not_sent_and_where_a_body_ends_is_not_theirs_to_say() {
    let server = Server::new(&[ok("")]);
    let mut runner = runner(&format!(
        "http_url: {}\nhttp_method: POST\nAttributes to Send: .*\nheaders: {{ Content-Length: 0, Transfer-Encoding: chunked }}",
        server.url("/")
    ));
    let names = [
        "invokehttp.status.code",
        "invokehttp.request.duration",
        "Content-Length",
        "Content-Type",
        "Transfer-Encoding",
        "path",
        "x-own",
    ];
    let flowfile = runner.enqueue("hello").attribute("mime.type", "text/x");
    names.into_iter().fold(flowfile, |flowfile, name| flowfile.attribute(name, "99"));
    runner.run_async().await;
    assert_eq!(runner.transferred(&RESPONSE).len(), 1, "{}", runner.render());
    let seen = &server.seen()[0];
    for (name, value) in [
        ("invokehttp.status.code", None),
        ("invokehttp.request.duration", Some("99")),
        ("content-length", Some("5")),
        ("content-type", Some("text/x")),
        ("transfer-encoding", None),
        ("path", None),
        ("x-own", Some("99")),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
    assert_eq!(seen.body, b"hello");
}

#[tokio::test]
async fn a_blank_type_is_any_bytes_and_a_header_goes_first() {
    for (properties, expected) in [
        ("", "application/octet-stream"),
        ("request_content_type: '  '", "application/octet-stream"),
        ("Content-Type: application/json", "application/json"),
        ("headers: { Content-Type: text/a }", "text/a"),
    ] {
        let server = Server::new(&[ok("")]);
        let mut runner =
            runner(&format!("http_url: {}\nhttp_method: PATCH\n{properties}", server.url("/")));
        runner.enqueue("x");
        runner.run_async().await;
        assert_eq!(server.seen()[0].header("content-type"), Some(expected), "{properties}");
    }
}
