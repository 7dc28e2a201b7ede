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
