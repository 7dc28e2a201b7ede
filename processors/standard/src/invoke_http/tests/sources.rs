//! Without anything that leads to it.

use super::*;

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
