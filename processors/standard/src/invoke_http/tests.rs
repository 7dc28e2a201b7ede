use std::{
    io::{BufRead as _, Write as _},
    net::TcpListener,
};

use expect_test::{Expect, expect};
use processors_api::test_runner::TestRunner;

use super::*;

mod server;

use server::Server;

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn status(line: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {line}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn runner(properties: &str) -> TestRunner<InvokeHttp> {
    TestRunner::new_async(properties)
}

/// What left the processor, without what differs from run to run.
fn shown(runner: &TestRunner<InvokeHttp>, server: &Server) -> String {
    let mut shown = String::new();
    for output in &runner.transfers {
        let line = runner_line(output);
        shown += &line.replace(&server.address, "HOST");
    }
    shown
}

fn runner_line(output: &processors_api::test_runner::Output) -> String {
    let mut line = format!("{}:", output.relationship);
    for (name, value) in output.record.attributes.iter() {
        let differs = ["invokehttp.tx.id", "invokehttp.request.duration", "path", "filename"];
        if !differs.contains(&&**name) {
            line += &format!(" {name}={}", value.masked());
        }
    }
    if let Some(penalty) = output.penalty {
        line += &format!(" ({penalty:?})");
    }
    if let Some(reason) = &output.reason {
        line += &format!(" because: {}", reason.masked());
    }
    if output.relationship == "response" {
        line += &format!(" {:?}", output.text());
    }
    line + "\n"
}

/// Sends one flowfile to a server that answers so.
async fn check(properties: &str, answers: &[&str], expected: Expect) -> Server {
    let server = Server::new(answers);
    let mut runner = runner(&format!("http_url: {}\n{properties}", server.url("/a/b?c=d")));
    runner.enqueue("asked").attribute("mime.type", "text/x");
    runner.run_async().await;
    expected.assert_eq(&shown(&runner, &server));
    server
}

#[tokio::test]
async fn an_answer_becomes_a_flowfile() {
    let server = check(
        "",
        &[&ok("hello")],
        expect![[r#"
            response: Content-Length=5 Content-Type=text/plain invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/plain "hello"
            original: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/x
        "#]],
    )
    .await;
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "GET /a/b?c=d HTTP/1.1");
    assert_eq!(seen.header("user-agent"), Some(""));
    assert_eq!(seen.header("date"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
    assert_eq!((seen.body.as_slice(), seen.header("content-type")), (&b""[..], None));
}

#[tokio::test]
async fn the_status_decides_the_way() {
    for (line, headers, expected) in [
        (
            "204 No Content",
            "",
            expect![[r#"
                response: Content-Length=0 invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=204 invokehttp.status.message=No Content mime.type=text/x ""
                original: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=204 invokehttp.status.message=No Content mime.type=text/x
            "#]],
        ),
        (
            "302 Found",
            "",
            expect![[r#"
                no_retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body= invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=302 invokehttp.status.message=Found mime.type=text/x because: HTTP 302 Found
            "#]],
        ),
        (
            "401 Unauthorized",
            "",
            expect![[r#"
                no_retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body= invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=401 invokehttp.status.message=Unauthorized mime.type=text/x because: HTTP 401 Unauthorized
            "#]],
        ),
        (
            "429 Too Many Requests",
            "Retry-After: 7\r\n",
            expect![[r#"
                retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body= invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=429 invokehttp.status.message=Too Many Requests mime.type=text/x (Asked(7s)) because: HTTP 429 Too Many Requests
            "#]],
        ),
        (
            "500 Internal Server Error",
            "Retry-After: 7\r\n",
            expect![[r#"
                retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body= invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=500 invokehttp.status.message=Internal Server Error mime.type=text/x (Default) because: HTTP 500 Internal Server Error
            "#]],
        ),
        (
            "503 Service Unavailable",
            "Retry-After: Thu, 01 Jan 1970 00:01:00 GMT\r\n",
            expect![[r#"
                retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body= invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=503 invokehttp.status.message=Service Unavailable mime.type=text/x (Asked(60s)) because: HTTP 503 Service Unavailable
            "#]],
        ),
    ] {
        check("", &[&status(line, headers, "")], expected).await;
    }
}

#[tokio::test]
async fn a_refusal_says_why() {
    for (properties, body, expected) in [
        (
            "",
            r#"{"error": "invalid_grant", "error_description": "it is old"}"#,
            expect![[r#"
                no_retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body={"error": "invalid_grant", "error_description": "it is old"} invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=400 invokehttp.status.message=Bad Request mime.type=text/x because: HTTP 400 Bad Request: invalid_grant, it is old
            "#]],
        ),
        (
            "",
            r#"{"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired"}"#,
            expect![[r#"
                no_retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body={"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired"} invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=400 invokehttp.status.message=Bad Request mime.type=text/x because: HTTP 400 Bad Request: TokenExpired: token expired
            "#]],
        ),
        (
            "request_failure_penalization_enabled: true",
            "<html>no</html>",
            expect![[r#"
                no_retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body=<html>no</html> invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=400 invokehttp.status.message=Bad Request mime.type=text/x (Default) because: HTTP 400 Bad Request
            "#]],
        ),
        (
            "response_body_ignored: true",
            r#"{"error": "unseen"}"#,
            expect![[r#"
                no_retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=400 invokehttp.status.message=Bad Request mime.type=text/x because: HTTP 400 Bad Request
            "#]],
        ),
        (
            "response_body_attribute_name: body\nresponse_body_attribute_size: 5",
            "äöü",
            expect![[r#"
                no_retry: body=äö invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=400 invokehttp.status.message=Bad Request mime.type=text/x because: HTTP 400 Bad Request
            "#]],
        ),
        (
            "response_generation_required: true",
            r#"{"error": {"message": "both"}}"#,
            expect![[r#"
                response: Content-Length=30 invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=400 invokehttp.status.message=Bad Request mime.type=text/x "{\"error\": {\"message\": \"both\"}}"
                no_retry: invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.body={"error": {"message": "both"}} invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=400 invokehttp.status.message=Bad Request mime.type=text/x because: HTTP 400 Bad Request: both
            "#]],
        ),
    ] {
        check(properties, &[&status("400 Bad Request", "", body)], expected).await;
    }
}

#[tokio::test]
async fn the_body_can_become_an_attribute() {
    check(
        "response_body_attribute_name: body",
        &[&ok("hello")],
        expect![[r#"
            original: body=hello invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/x
        "#]],
    )
    .await;
    check("response_body_attribute_name: body\nresponse_body_attribute_size: 2\nresponse_generation_required: true", &[&ok("hello")], expect![[r#"
        response: Content-Length=5 Content-Type=text/plain invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/plain "hello"
        original: body=he invokehttp.request.url=http://HOST/a/b?c=d invokehttp.response.url=http://HOST/a/b?c=d invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/x
    "#]]).await;
}

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
async fn a_large_answer_streams_into_content() {
    let body = "0123456789".repeat(50_000);
    let server = Server::new(&[&ok(&body)]);
    let mut runner = runner(&format!("http_url: {}", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    assert!(runner.transferred(&RESPONSE)[0].content == body.as_bytes());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_failure() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this<drop>",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n<drop>",
        "<drop>",
        "HTTP/1.1 200 OK\r\nContent-Le<drop>",
    ] {
        let server = Server::new(&[answer]);
        let mut runner = runner(&format!("http_url: {}\nhttp_method: POST", server.url("/")));
        runner.enqueue("asked");
        runner.run_async().await;
        runner.assert_all_transferred(&FAILURE, 1);
        let failed = &runner.transfers[0];
        let reason = failed.reason.as_ref().map(Text::reveal).unwrap_or_default();
        assert!(
            reason.ends_with("ended the connection before the answer was complete"),
            "{reason}"
        );
        let class = failed.attribute("invokehttp.java.exception.class");
        assert_eq!(
            (failed.text().as_str(), class.as_deref()),
            ("asked", Some("java.io.IOException"))
        );
    }
}

#[tokio::test]
async fn no_answer_is_a_failure_in_words() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (properties, expected) in [
        (
            "http_url: http://FREE/x?token=s3cret",
            expect![[r#"
                failure: invokehttp.java.exception.class=java.net.ConnectException invokehttp.java.exception.message=no connection to FREE: connection refused (Default) because: no connection to FREE: connection refused
            "#]],
        ),
        (
            "http_url: http://me:s3cret@nowhere.invalid/x",
            expect![[r#"
                failure: invokehttp.java.exception.class=java.net.UnknownHostException invokehttp.java.exception.message=the name nowhere.invalid is not known (Default) because: the name nowhere.invalid is not known
            "#]],
        ),
        (
            "http_url: ${missing}",
            expect![[r#"
                failure: invokehttp.java.exception.class=java.lang.IllegalArgumentException invokehttp.java.exception.message=http_url gives no http or https address: it is empty (Default) because: http_url gives no http or https address: it is empty
            "#]],
        ),
        (
            "http_url: String",
            expect![[r#"
                failure: invokehttp.java.exception.class=java.lang.IllegalArgumentException invokehttp.java.exception.message=http_url gives no http or https address (Default) because: http_url gives no http or https address
            "#]],
        ),
        (
            "http_url: ftp://FREE/",
            expect![[r#"
                failure: invokehttp.java.exception.class=java.lang.IllegalArgumentException invokehttp.java.exception.message=http_url gives no http or https address: it must begin with http:// or https:// (Default) because: http_url gives no http or https address: it must begin with http:// or https://
            "#]],
        ),
        (
            "http_url: http://FREE/\nhttp_method: ${missing}",
            expect![[r#"
                failure: invokehttp.java.exception.class=java.lang.IllegalArgumentException invokehttp.java.exception.message=http_method gives ``, which is no method (Default) because: http_method gives ``, which is no method
            "#]],
        ),
        (
            "http_url: http://FREE/\nheaders:\n  X: ${literal('a'):append(${literal('Cg=='):base64Decode()}):append('s3cret')}\n",
            expect![[r#"
                failure: invokehttp.java.exception.class=java.lang.IllegalArgumentException invokehttp.java.exception.message=the header `x` has a value that cannot be sent (Default) because: the header `x` has a value that cannot be sent
            "#]],
        ),
    ] {
        let mut runner = runner(&properties.replace("FREE", &free));
        runner.enqueue("");
        runner.run_async().await;
        let shown: String = runner.transfers.iter().map(runner_line).collect();
        assert!(!shown.contains("s3cret"), "{shown}");
        expected.assert_eq(&shown.replace(&free, "FREE"));
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut runner = runner(&format!(
        "http_url: http://{address}/\nsocket_read_timeout: 50 ms\nconnection_timeout: 50 ms"
    ));
    runner.enqueue("");
    runner.run_async().await;
    let shown: String = runner.transfers.iter().map(runner_line).collect();
    expect![[r#"
        failure: invokehttp.java.exception.class=java.net.SocketTimeoutException invokehttp.java.exception.message=HOST was silent for 50 ms (Default) because: HOST was silent for 50 ms
    "#]]
    .assert_eq(&shown.replace(&address, "HOST"));
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_told_as_such() {
    let server = Server::new(&["SSH-2.0-OpenSSH\r\n\r\n<drop>"]);
    let mut runner = runner(&format!("http_url: {}", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    let shown: String = runner.transfers.iter().map(runner_line).collect();
    assert!(shown.contains("answers is not HTTP: invalid HTTP version parsed"), "{shown}");
}

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
async fn secrets_show_nowhere() {
    let refused = r#"{"error": "invalid_grant", "error_description": "r3fresh-token is old", "message": "s3cret-value"}"#;
    let answer = status("400 Bad Request", "", refused);
    let server = Server::new(&[&answer]);
    let url = server.url("/token");
    for (properties, secret_content) in [
        ("headers:\n  Authorization: Bearer ${token}\n", false),
        ("request_username: me\nrequest_password: s3cret-value\n", true),
        ("http_method: POST\n", true),
    ] {
        let mut runner = runner(&format!("http_url: {url}\n{properties}"));
        let flowfile = runner
            .enqueue("refresh_token=r3fresh-token")
            .attribute("token", Text::sensitive("s3cret-value"));
        if secret_content {
            flowfile.secret();
        }
        runner.run_async().await;
        runner.assert_hidden("s3cret-value");
        if secret_content {
            runner.assert_hidden("r3fresh-token is old");
        }
    }
    let mut runner = runner(&format!("http_url: {url}\nhttp_method: POST\n"));
    runner.context().sensitivity.content = true;
    runner.enqueue("x");
    runner.run_async().await;
    let reason = runner.transfers[0].reason.as_ref().map(Text::reveal);
    assert_eq!(reason, Some("HTTP 400 Bad Request: invalid_grant"));
    assert!(
        runner.transfers[0].record.attribute("invokehttp.response.body").unwrap().is_sensitive()
    );
}

#[tokio::test]
async fn a_sensitive_processors_answer_is_secret() {
    let server = Server::new(&[&ok("s3cret")]);
    let mut runner = runner(&format!("http_url: {}", server.url("/")));
    runner.context().sensitivity.content = true;
    runner.enqueue("");
    runner.run_async().await;
    assert!(runner.transferred(&RESPONSE)[0].record.content.is_sensitive());
    runner.assert_hidden("s3cret");
}

#[tokio::test]
async fn without_input_it_is_a_source() {
    let server = Server::new(&[&ok("hello")]);
    for (properties, expected) in [
        (
            "",
            expect![[r#"
                response: Content-Length=5 Content-Type=text/plain invokehttp.request.url=http://HOST/ invokehttp.response.url=http://HOST/ invokehttp.status.code=200 invokehttp.status.message=OK mime.type=text/plain "hello"
            "#]],
        ),
        (
            "response_body_attribute_name: body",
            expect![[r#"
                original: body=hello invokehttp.request.url=http://HOST/ invokehttp.response.url=http://HOST/ invokehttp.status.code=200 invokehttp.status.message=OK
            "#]],
        ),
        ("http_method: POST", expect![""]),
    ] {
        let mut runner = runner(&format!("http_url: {}\n{properties}", server.url("/")));
        runner.run_async().await;
        expected.assert_eq(&shown(&runner, &server));
    }
    assert_eq!(server.seen().len(), 2);
    let broken = Server::new(&[&status("500 Internal Server Error", "", "")]);
    let mut runner = runner(&format!("http_url: {}", broken.url("/")));
    runner.run_async().await;
    assert_eq!((runner.transfers.len(), runner.yields), (0, 1));
    assert_eq!(runner.nothing.as_deref(), Some("HTTP 500 Internal Server Error"));
}

#[tokio::test]
async fn a_flowfile_can_be_called_as_the_address_ends() {
    for (path, method, expected) in [
        ("/file.txt/", "GET", "file.txt"),
        ("/path/to/file.txt?x=/y", "GET", "file.txt"),
        ("/f%69%6Cle.txt", "GET", "f%2569%256Cle.txt"),
        ("/", "GET", "F"),
        ("/file.txt", "POST", "F"),
    ] {
        let server = Server::new(&[&ok("")]);
        let mut runner = runner(&format!(
            "http_url: {}\nhttp_method: {method}\nresponse_flowfile_naming_strategy: URL_PATH",
            server.url(path)
        ));
        runner.enqueue("").attribute("filename", "F");
        runner.run_async().await;
        assert_eq!(
            runner.transferred(&RESPONSE)[0].attribute("filename").as_deref(),
            Some(expected),
            "{path}"
        );
    }
}

#[tokio::test]
async fn https_is_made_ready_when_it_is_needed() {
    let server = Server::new(&["HTTP/1.1 400 plain text\r\n\r\n<drop>"]);
    let mut runner = runner(&format!("http_url: https://{}/", server.address));
    runner.enqueue("");
    runner.run_async().await;
    let reason = runner.transfers[0].reason.as_ref().map(Text::reveal).unwrap_or_default();
    assert!(
        reason.starts_with("no safe connection to 127.0.0.1:")
            || reason.starts_with("HTTP cannot be used"),
        "{reason}"
    );
}

#[test]
fn the_method_says_whether_repeating_does_harm() {
    for (properties, expected) in [
        ("", Effect::Repeatable),
        ("http_method: put", Effect::Repeatable),
        ("http_method: POST", Effect::NotRepeatable),
        ("http_method: ${m}", Effect::NotRepeatable),
        ("http_method: POST\nrepeatable: true", Effect::Repeatable),
    ] {
        let runner = runner(&format!("http_url: http://x/\n{properties}"));
        assert_eq!(runner.processor().effect(), expected, "{properties}");
    }
}

#[test]
fn mistakes_are_found_at_load() {
    for (properties, message) in [
        ("", "needs the property `http_url`"),
        ("http_url: http://x\nheaders:\n  a b: c\n", "cannot be the name of a header"),
        ("http_url: http://x\nrequest_username: a:b\n", "has no `:`"),
        ("http_url: http://x\nrequest_password: p\n", "needs request_username"),
        ("http_url: http://x\nrequest_header_attributes_pattern: (\n", "no regular expression"),
    ] {
        let mistakes = TestRunner::<InvokeHttp>::mistakes_async(properties);
        assert!(mistakes.contains(message), "{properties}: {mistakes}");
    }
}

#[tokio::test]
async fn what_an_answer_repeats_of_a_secret_is_secret() {
    let echo = "X-Echo: got p@s!w, thanks\r\nLocation: ftp://elsewhere/?t=p@s!w\r\n";
    let body = r#"{"message":"the key p@s!w is wrong"}"#;
    for line in ["302 Found", "403 Forbidden", "503 Service Unavailable"] {
        let server = Server::new(&[&status(line, echo, body)]);
        let mut runner = runner(&format!(
            "http_url: {}\nheaders: {{ X-Key: '${{key}}' }}\nresponse_header_request_attributes_enabled: true\nresponse_header_request_attributes_prefix: ${{key}}",
            server.url("/")
        ));
        runner.enqueue("").attribute("key", Text::sensitive("p@s!w"));
        runner.run_async().await;
        let shown = shown(&runner, &server);
        assert!(shown.contains("X-Echo=***") && !shown.contains("p@s!w"), "{line}: {shown}");
    }
}

#[tokio::test]
async fn a_redirect_that_repeats_a_secret_is_secret() {
    let server =
        Server::new(&[&status("302 Found", "Location: /next?key=s3cret-value\r\n", ""), &ok("")]);
    let mut runner =
        runner(&format!("http_url: {}\nheaders: {{ X-Key: '${{key}}' }}", server.url("/")));
    runner.enqueue("").attribute("key", Text::sensitive("s3cret-value"));
    runner.run_async().await;
    assert_eq!(server.seen()[1].line, "GET /next?key=s3cret-value HTTP/1.1");
    let shown = shown(&runner, &server);
    assert!(shown.contains("response.url=***") && !shown.contains("s3cret"), "{shown}");
}

#[tokio::test]
async fn a_users_name_in_the_address_is_secret() {
    let server = Server::new(&[&ok("")]);
    let mut runner = runner(&format!("http_url: http://t0ken-as-name@{}/", server.address));
    runner.enqueue("");
    runner.run_async().await;
    let shown = shown(&runner, &server);
    assert!(shown.contains("request.url=***") && !shown.contains("t0ken"), "{shown}");
}

#[tokio::test]
async fn the_headers_of_a_sensitive_processors_answer_are_secret() {
    let server = Server::new(&[&status("200 OK", "X-Subject-Token: s3cret\r\n", "")]);
    let mut runner = runner(&format!("http_url: {}", server.url("/")));
    runner.context().sensitivity.content = true;
    runner.enqueue("");
    runner.run_async().await;
    let shown = shown(&runner, &server);
    assert!(shown.contains("Content-Length=0 ") && !shown.contains("s3cret"), "{shown}");
}

#[tokio::test]
async fn a_refusal_that_trickles_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = std::io::BufReader::new(stream.try_clone().unwrap()).lines();
        while asked.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let head = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 16384\r\n\r\n";
        let mut sent = stream.write_all(head.as_bytes());
        for _ in 0..100 {
            sent = sent.and_then(|()| stream.write_all(b"x"));
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    let mut runner = runner(&format!("http_url: http://{address}\nsocket_read_timeout: 200 ms"));
    runner.enqueue("");
    runner.run_async().await;
    runner.assert_all_transferred(&RETRY, 1);
    let body = runner.transfers[0].attribute("invokehttp.response.body").unwrap();
    assert!(!body.is_empty() && body.len() < 100, "{}", body.len());
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
async fn the_server_of_a_secret_address_is_not_told() {
    let mut runner = runner("http_url: ${url}");
    let url = "http://s3cret.invalid:1/hook";
    runner.enqueue("").attribute("url", Text::sensitive(url));
    runner.run_async().await;
    runner.assert_all_transferred(&FAILURE, 1);
    runner.assert_hidden("s3cret");
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
