//! Answers that are kept, and bodies that come compressed.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use super::*;

async fn asked_twice(
    properties: &str,
    first: &str,
    second: &str,
) -> (Vec<String>, Vec<server::Seen>) {
    let server = Server::new(&[first, second]);
    let mut runner =
        runner(&format!("http_url: {}\nuse-etag: true\n{properties}", server.url("/")));
    for _ in 0..2 {
        runner.enqueue("").attribute("key", Text::sensitive("s3cret-value"));
        runner.run_async().await;
    }
    runner.assert_hidden("s3cret-value");
    let got = runner.transfers.iter().filter(|output| output.relationship != "original");
    let got = got.map(|output| {
        let code = output.attribute("invokehttp.status.code").unwrap();
        format!("{} {code} {}", output.relationship, output.text())
    });
    (got.collect(), server.seen())
}

#[tokio::test]
async fn an_answer_that_still_holds_is_not_asked_for_again() {
    let first = status("200 OK", "Cache-Control: max-age=60\r\n", "kept");
    let (got, seen) = asked_twice("", &first, &ok("new")).await;
    assert_eq!((got, seen.len()), (vec!["response 200 kept".to_owned(); 2], 1));
    let (got, _) = asked_twice("response_cache_size: 10 B", &first, &ok("new")).await;
    assert_eq!(got, ["response 200 kept", "response 200 new"]);
    let (got, _) = asked_twice("http_method: PUT", &first, &ok("new")).await;
    assert_eq!(got, ["response 200 kept", "response 200 new"]);
    let secret = status("200 OK", "Cache-Control: no-store\r\n", "kept");
    let (got, _) = asked_twice("headers: { X-Key: '${key}' }", &secret, &ok("new")).await;
    assert_eq!(got, ["response 200 kept", "response 200 new"]);
}

#[tokio::test]
async fn the_server_says_whether_it_still_holds() {
    let first = status("200 OK", "ETag: \"v1\"\r\n", "kept");
    let same = "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n";
    let (got, seen) = asked_twice("headers: { X-Key: '${key}' }", &first, same).await;
    assert_eq!(got, ["response 200 kept", "response 200 kept"]);
    assert_eq!(seen[1].header("if-none-match"), Some("\"v1\""));
    let (got, _) = asked_twice("", &first, &ok("new")).await;
    assert_eq!(got, ["response 200 kept", "response 200 new"]);
    // Who asks so himself gets the answer to that.
    let (got, _) = asked_twice("headers: { If-None-Match: '\"v1\"' }", &first, same).await;
    assert_eq!(got, ["response 200 kept", "no_retry 304 "]);
}

#[tokio::test]
async fn nobody_gets_what_another_one_was_told() {
    let first = status("200 OK", "Cache-Control: max-age=60\r\n", "for one");
    let server = Server::new(&[first, ok("for two")]);
    let mut runner = runner(&format!(
        "http_url: {}\nresponse_cache_enabled: true\nheaders: {{ Authorization: 'Bearer ${{token}}' }}",
        server.url("/")
    ));
    for token in ["one", "two"] {
        runner.enqueue("").attribute("token", token);
        runner.run_async().await;
    }
    let texts: Vec<_> = runner.transferred(&RESPONSE).iter().map(|output| output.text()).collect();
    assert_eq!(texts, ["for one", "for two"]);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn compressed(line: &str, coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {line}\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_compressed_answer_arrives_as_what_it_was() {
    // `hello` by each of them.
    let brotli = b"\x0b\x02\x80hello\x03";
    let zstd = b"\x28\xb5\x2f\xfd\x00\x58\x29\x00\x00hello";
    for (coding, body) in [("gzip", &gzip("hello")[..]), ("br", brotli), ("zstd", zstd)] {
        let server = Server::new(&[compressed("200 OK", coding, body)]);
        let mut runner = runner(&format!("http_url: {}", server.url("/")));
        runner.enqueue("");
        runner.run_async().await;
        let response = runner.transferred(&RESPONSE)[0];
        assert_eq!(response.text(), "hello", "{coding}");
        let gone = ["Content-Encoding", "Content-Length"].map(|name| response.attribute(name));
        assert_eq!(gone, [None, None], "{coding}");
        let asked = server.seen()[0].header("accept-encoding").unwrap().to_owned();
        assert!(asked.contains(coding), "{asked}");
    }
}

#[tokio::test]
async fn who_asks_for_a_coding_gets_it() {
    let body = gzip("hello");
    let server = Server::new(&[compressed("200 OK", "gzip", &body)]);
    let mut runner =
        runner(&format!("http_url: {}\nheaders: {{ Accept-Encoding: gzip }}", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    let response = runner.transferred(&RESPONSE)[0];
    assert_eq!(response.content, body);
    assert_eq!(response.attribute("Content-Encoding").as_deref(), Some("gzip"));
}

#[tokio::test]
async fn an_answer_without_a_body_can_still_name_a_coding() {
    for (method, line) in [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "200 OK")] {
        let server = Server::new(&[compressed(line, "gzip", b"")]);
        let mut runner = runner(&format!("http_url: {}\nhttp_method: {method}", server.url("/")));
        runner.enqueue("");
        runner.run_async().await;
        assert_eq!(runner.transferred(&RESPONSE).len(), 1, "{method} {line}: {}", runner.render());
    }
}

#[tokio::test]
async fn a_small_answer_that_becomes_a_large_one_is_not_taken() {
    let server = Server::new(&[compressed("200 OK", "gzip", &gzip(&"0".repeat(3_000_000)))]);
    let mut runner = runner(&format!("http_url: {}\nmaximum_response_size: 1 MB", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    runner.assert_all_transferred(&FAILURE, 1);
    let reason = runner.transfers[0].reason.as_ref().map(Text::reveal).unwrap_or_default();
    let expected = format!(
        "the answer of {} is larger than 1 MB, which is maximum_response_size",
        server.address
    );
    assert_eq!(reason, expected);
}
