//! Who asks: Basic and Digest authentication, and cookies.

use super::*;

const CHALLENGE: &str =
    "WWW-Authenticate: Digest realm=\"r\", nonce=\"NONCE\", qop=\"auth\", algorithm=SHA-256\r\n";

fn challenge(nonce: &str) -> String {
    status("401 Unauthorized", &CHALLENGE.replace("NONCE", nonce), "")
}

const DIGEST: &str =
    "request_username: me\nrequest_password: s3cret-value\nDigest Authentication: true\n";

#[tokio::test]
async fn a_name_and_a_password_are_sent_at_once() {
    let server = Server::new(&[ok("")]);
    let mut runner = runner(&format!(
        "http_url: {}\nBasic Authentication Username: me\nBasic Authentication Password: s3cret",
        server.url("/")
    ));
    runner.enqueue("");
    runner.run_async().await;
    assert_eq!(server.seen().len(), 1);
    assert_eq!(server.seen()[0].header("authorization"), Some("Basic bWU6czNjcmV0"));
    assert_eq!(runner.transferred(&RESPONSE).len(), 1);
}

#[tokio::test]
async fn digest_waits_until_it_is_asked_and_remembers() {
    let server = Server::new(&[challenge("n1"), ok(""), ok(""), challenge("n2"), ok("")]);
    let mut runner =
        runner(&format!("http_url: {}\nhttp_method: POST\n{DIGEST}", server.url("/a?b=c")));
    for _ in 0..3 {
        runner.enqueue("the body");
        runner.run_async().await;
    }
    let seen = server.seen();
    let proofs: Vec<_> = seen.iter().map(|seen| seen.header("authorization")).collect();
    assert_eq!((seen.len(), proofs[0]), (5, None));
    for (proof, nonce, count) in [(1, "n1", 1), (2, "n1", 2), (3, "n1", 3), (4, "n2", 1)] {
        let proof = proofs[proof].unwrap();
        let parts = [
            "Digest username=\"me\"".to_owned(),
            "realm=\"r\"".to_owned(),
            format!("nonce=\"{nonce}\""),
            "uri=\"/a?b=c\"".to_owned(),
            format!("nc={count:08x}"),
        ];
        assert!(parts.iter().all(|part| proof.contains(part)), "{proof}");
    }
    assert!(seen.iter().all(|seen| seen.body == b"the body"));
    assert_eq!(runner.transferred(&RESPONSE).len(), 3);
    runner.assert_hidden("s3cret-value");
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_for_ever() {
    let server = Server::new(&[challenge("n")]);
    let mut runner = runner(&format!("http_url: {}\n{DIGEST}", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    runner.assert_all_transferred(&NO_RETRY, 1);
    assert_eq!(server.seen().len(), 2);
    let basic = status("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n", "");
    let server = Server::new(&[basic]);
    let mut runner = self::runner(&format!("http_url: {}\n{DIGEST}", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    runner.assert_all_transferred(&NO_RETRY, 1);
    assert_eq!(server.seen().len(), 1, "the password is never sent as it is");
}

#[tokio::test]
async fn digest_proves_nothing_to_another_server() {
    let elsewhere = Server::new(&[challenge("n")]);
    let away = status("302 Found", &format!("Location: {}\r\n", elsewhere.url("/")), "");
    let server = Server::new(&[away]);
    let mut runner = runner(&format!("http_url: {}\n{DIGEST}", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    assert_eq!(elsewhere.seen().len(), 1);
    assert_eq!(elsewhere.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn cookies_are_sent_back_only_when_they_are_kept() {
    let set = "Location: /next\r\nSet-Cookie: b=banana\r\nSet-Cookie: a=apple\r\nSet-Cookie: other=x; Domain=example.com\r\n";
    for (properties, expected) in [
        ("response_cookie_strategy: ACCEPT_ALL", Some("a=apple; b=banana")),
        ("cookie-strategy: DISABLED", None),
        ("", None),
    ] {
        let server = Server::new(&[status("302 Found", set, ""), ok("")]);
        let mut runner = runner(&format!("http_url: {}\n{properties}", server.url("/")));
        for _ in 0..2 {
            runner.enqueue("");
            runner.run_async().await;
        }
        let cookies: Vec<_> =
            server.seen().iter().map(|seen| seen.header("cookie").map(str::to_owned)).collect();
        let expected = expected.map(str::to_owned);
        assert_eq!(cookies, [None, expected.clone(), expected], "{properties}");
        assert_eq!(runner.transferred(&RESPONSE).len(), 2);
        runner.assert_hidden("banana");
    }
}

#[tokio::test]
async fn cookies_stay_with_their_server() {
    // Another name is another server for cookies; ports are not looked at.
    let elsewhere = Server::new(&[ok("")]);
    let away = elsewhere.url("/").replace("127.0.0.1", "localhost");
    let set = format!("Location: {away}\r\nSet-Cookie: a=apple\r\n");
    let server = Server::new(&[status("302 Found", &set, "")]);
    let mut runner =
        runner(&format!("http_url: {}\nresponse_cookie_strategy: ACCEPT_ALL", server.url("/")));
    runner.enqueue("");
    runner.run_async().await;
    assert_eq!(elsewhere.seen()[0].header("cookie"), None);
}
