//! Forms, and what is done to a body on its way.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::*;

/// What a server got of a flowfile, with the boundary as `B`.
async fn sent(properties: &str, content: &str) -> server::Seen {
    let server = Server::new(&[ok("")]);
    let url = server.url("/");
    let mut runner = runner(&format!("http_url: {url}\nhttp_method: POST\n{properties}"));
    runner
        .enqueue(content)
        .attribute("filename", "a \"b\".txt")
        .attribute("mime.type", "text/x")
        .attribute("label", "é")
        .attribute("key", Text::sensitive("s3cret-value"));
    runner.run_async().await;
    runner.assert_hidden("s3cret-value");
    assert_eq!(runner.transferred(&RESPONSE).len(), 1, "{}", runner.render());
    assert_eq!(runner.transferred(&ORIGINAL).len(), 1);
    server.seen()[0].clone()
}

async fn check_form(properties: &str, expected: Expect) {
    let seen = sent(properties, "the content").await;
    let kind = seen.header("content-type").unwrap().to_owned();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()));
    expected.assert_eq(&seen.text().replace(boundary, "B").replace("\r\n", "|\n"));
}

#[tokio::test]
async fn content_and_fields_become_a_form() {
    check_form(
        "request_multipart_form_data_name: multipart-form\nheaders:\n  post:form:label: ${label}\n",
        expect![[r#"
            --B|
            Content-Disposition: form-data; name="label"|
            |
            é|
            --B|
            Content-Disposition: form-data; name="multipart-form"; filename="a %22b%22.txt"|
            Content-Type: text/x|
            |
            the content|
            --B--|
        "#]],
    )
    .await;
    check_form(
        "form-body-form-name: ${label}\nset-form-filename: false\nrequest_content_type: application/json\nheaders:\n  Content-Type: multipart/form-data\n",
        expect![[r#"
            --B|
            Content-Disposition: form-data; name="é"|
            Content-Type: application/json|
            |
            the content|
            --B--|
        "#]],
    )
    .await;
    check_form(
        "request_body_enabled: false\nform_fields:\n  a: 1\n  k: ${key}\n",
        expect![[r#"
            --B|
            Content-Disposition: form-data; name="a"|
            |
            1|
            --B|
            Content-Disposition: form-data; name="k"|
            |
            s3cret-value|
            --B--|
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_large_form_streams() {
    let content = "0123456789".repeat(50_000);
    let seen = sent("request_multipart_form_data_name: f\nform_fields: { a: b }", &content).await;
    assert!(seen.text().contains(&content) && seen.text().contains("\r\nb\r\n--"));
    assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()));
}

#[tokio::test]
async fn what_is_sent_can_be_compressed() {
    for (properties, content) in [
        ("Content-Encoding: GZIP", "small".to_owned()),
        ("request_content_encoding: gzip", "0123456789".repeat(50_000)),
        (
            "request_content_encoding: GZIP\nrequest_multipart_form_data_name: f",
            "formed".to_owned(),
        ),
    ] {
        let seen = sent(properties, &content).await;
        for (name, value) in [
            ("content-length", None),
            ("content-encoding", Some("gzip")),
            ("transfer-encoding", Some("chunked")),
        ] {
            assert_eq!(seen.header(name), value, "{properties}: {name}");
        }
        let mut text = String::new();
        GzDecoder::new(&*seen.body).read_to_string(&mut text).unwrap();
        let is_form = properties.contains("form");
        assert!(if is_form { text.contains(&content) } else { text == content }, "{properties}");
    }
}

#[tokio::test]
async fn a_secret_field_makes_the_refusal_secret() {
    let body = r#"{"message": "the key s3cret-value is wrong"}"#;
    let server = Server::new(&[status("403 Forbidden", "", body)]);
    let mut runner = runner(&format!(
        "http_url: {}\nhttp_method: POST\nrequest_multipart_form_data_name: f\nform_fields: {{ k: '${{key}}' }}",
        server.url("/")
    ));
    runner.enqueue("").attribute("key", Text::sensitive("s3cret-value"));
    runner.run_async().await;
    runner.assert_all_transferred(&NO_RETRY, 1);
    runner.assert_hidden("s3cret-value");
}

#[tokio::test]
async fn a_form_is_not_sent_on_to_another_server_when_it_is_secret() {
    let elsewhere = Server::new(&[ok("")]);
    let away = format!("Location: {}\r\n", elsewhere.url("/"));
    let server = Server::new(&[status("307 Temporary Redirect", &away, "")]);
    for (key, followed) in [(Text::sensitive("s3cret-value"), 0), (Text::plain("open"), 1)] {
        let mut runner = runner(&format!(
            "http_url: {}\nhttp_method: PUT\nrequest_body_enabled: false\nform_fields: {{ k: '${{key}}' }}",
            server.url("/")
        ));
        runner.enqueue("").attribute("key", key);
        runner.run_async().await;
        assert_eq!(elsewhere.seen().len(), followed);
    }
    assert!(elsewhere.seen()[0].text().contains("open"));
}
