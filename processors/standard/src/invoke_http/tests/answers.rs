//! What a server answers, and what becomes of it.

use super::*;

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
async fn a_large_answer_streams_into_content() {
    let body = "0123456789".repeat(50_000);
    let server = Server::new(&[&ok(&body)]);
    let mut runner = runner(&format!("http_url: {}", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    assert!(runner.transferred(&RESPONSE)[0].content == body.as_bytes());
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

/// What becomes of one answer, in short.
async fn outcome(method: &str, properties: &str, answer: &str) -> (TestRunner<InvokeHttp>, String) {
    let server = Server::new(&[answer]);
    let mut runner =
        runner(&format!("http_url: {}\nhttp_method: {method}\n{properties}", server.url("/a")));
    runner.enqueue("asked");
    runner.run_async().await;
    assert_eq!(server.seen()[0].line, format!("{} /a HTTP/1.1", method.to_uppercase()));
    let ways = runner.transfers.iter().map(|output| {
        let code = output.attribute("invokehttp.status.code").unwrap_or_default();
        let phrase = output.attribute("invokehttp.status.message").unwrap_or_default();
        let waits = if output.penalty.is_some() { ", waits" } else { "" };
        format!("{} {code} {phrase}{waits}", output.relationship)
    });
    let ways = ways.collect::<Vec<_>>().join("; ");
    (runner, ways)
}

#[tokio::test]
async fn every_method_succeeds() {
    for method in
        ["GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "put", "TRACE", "REPORT"]
    {
        let (_, ways) = outcome(method, "", &status("200 OK", "", "")).await;
        assert_eq!(ways, "response 200 OK; original 200 OK", "{method}");
    }
}

#[tokio::test]
async fn every_status_has_its_way() {
    for (line, properties, expected) in [
        ("200 Fine, thanks", "", "response 200 Fine, thanks; original 200 Fine, thanks"),
        ("205 Reset Content", "", "response 205 Reset Content; original 205 Reset Content"),
        ("299 ", "", "response 299 ; original 299 "),
        ("300 Multiple Choices", "", "no_retry 300 Multiple Choices"),
        ("304 Not Modified", "", "no_retry 304 Not Modified"),
        ("400 Bad Request", "", "no_retry 400 Bad Request"),
        (
            "400 Bad Request",
            "request_failure_penalization_enabled: true",
            "no_retry 400 Bad Request, waits",
        ),
        (
            "404 Not Found",
            "response_generation_required: true",
            "response 404 Not Found; no_retry 404 Not Found",
        ),
        ("422 Rule 7 is broken", "", "no_retry 422 Rule 7 is broken"),
        ("500 Internal Server Error", "", "retry 500 Internal Server Error, waits"),
        (
            "500 Internal Server Error",
            "Always Output Response: true",
            "response 500 Internal Server Error; retry 500 Internal Server Error, waits",
        ),
        ("599 ", "", "retry 599 , waits"),
        ("600 ", "", "no_retry 600 "),
    ] {
        let (_, ways) = outcome("GET", properties, &status(line, "", "")).await;
        assert_eq!(ways, expected, "{line} {properties}");
    }
}

#[tokio::test]
async fn an_answer_before_the_answer_is_none() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".to_owned();
    let (_, ways) = outcome("GET", "", &(hints.clone() + &ok("x"))).await;
    assert_eq!(ways, "response 200 OK; original 200 OK");
    let more = "HTTP/1.1 100 Continue\r\n\r\n".to_owned();
    let (_, ways) = outcome("POST", "", &(more + &ok("x"))).await;
    assert_eq!(ways, "response 200 OK; original 200 OK");
    let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let (_, ways) = outcome("GET", "", switching).await;
    assert_eq!(ways, "no_retry 101 Switching Protocols");
}

#[tokio::test]
async fn a_body_that_is_left_makes_an_empty_flowfile() {
    let (runner, ways) = outcome("GET", "response_body_ignored: true", &ok("hello")).await;
    assert_eq!(ways, "response 200 OK; original 200 OK");
    assert_eq!(runner.transferred(&RESPONSE)[0].text(), "");
}

#[tokio::test]
async fn a_header_without_a_name_makes_no_attribute() {
    let answer = status("200 OK", ": nameless\r\n: \r\nX-A: 1\r\n", "");
    let (runner, ways) = outcome("GET", "", &answer).await;
    assert_eq!(ways, "response 200 OK; original 200 OK");
    let response = runner.transferred(&RESPONSE)[0];
    assert_eq!(response.attribute("X-A").as_deref(), Some("1"));
    assert!(response.record.attributes.iter().all(|(name, _)| !name.is_empty()));
}

#[tokio::test]
async fn a_body_as_an_attribute_is_read_in_its_character_set() {
    for (kind, body, expected) in [
        ("text/plain; charset=ISO-8859-1", &b"\xe4\x80"[..], "ä\u{80}"),
        ("text/plain; x=y; Charset=\"windows-1252\"", b"\x80", "€"),
        ("text/plain; charset=UTF-16LE", b"a\0b\0c\0", "abc"),
        ("text/plain; charset=UTF-16LE", b"a\0b\0c\0d\0", "abc"),
        ("text/plain; charset=nothing", "äö".as_bytes(), "äö"),
        ("text/plain", "aaäöü".as_bytes(), "aaäö"),
        ("text/plain", "aaaäöü".as_bytes(), "aaaä"),
        ("text/plain", b"a\xffb", "a\u{fffd}b"),
    ] {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let server = Server::new(&[[head.as_bytes(), body].concat()]);
        let mut runner = runner(&format!(
            "http_url: {}\nresponse_body_attribute_name: String\nresponse_body_attribute_size: 6",
            server.url("/")
        ));
        runner.enqueue("");
        runner.run_async().await;
        runner.assert_all_transferred(&ORIGINAL, 1);
        let text = runner.transfers[0].attribute("String");
        assert_eq!(text.as_deref(), Some(expected), "{kind}");
    }
}

#[tokio::test]
async fn the_answer_is_called_as_the_address_ends_only_for_get() {
    for (path, method, expected) in [
        ("/file", "GET", "file"),
        ("/file/", "GET", "file"),
        ("/file.txt", "GET", "file.txt"),
        ("", "GET", "F"),
        ("/file.txt", "PUT", "F"),
        ("/file.txt", "PATCH", "F"),
        ("/file.txt", "DELETE", "F"),
        ("/file.txt", "HEAD", "F"),
        ("/file.txt", "OPTIONS", "F"),
        ("", "POST", "F"),
    ] {
        let server = Server::new(&[status("200 OK", "", "")]);
        let mut runner = runner(&format!(
            "http_url: {}\nhttp_method: {method}\nflow-file-naming-strategy: URL_PATH",
            server.url(path)
        ));
        runner.enqueue("").attribute("filename", "F");
        runner.run_async().await;
        let name = runner.transferred(&RESPONSE)[0].attribute("filename");
        assert_eq!(name.as_deref(), Some(expected), "{method} {path}");
    }
}
