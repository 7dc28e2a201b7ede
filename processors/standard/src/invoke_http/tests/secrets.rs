//! What nobody may see.

use super::*;

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
async fn the_server_of_a_secret_address_is_not_told() {
    let mut runner = runner("http_url: ${url}");
    let url = "http://s3cret.invalid:1/hook";
    runner.enqueue("").attribute("url", Text::sensitive(url));
    runner.run_async().await;
    runner.assert_all_transferred(&FAILURE, 1);
    runner.assert_hidden("s3cret");
}
