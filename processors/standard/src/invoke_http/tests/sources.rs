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

#[tokio::test]
async fn a_source_asks_only_when_it_fires() {
    let server = Server::new(&[ok("hello")]);
    let properties = format!("http_url: {}", server.url("/"));
    let mut session = Session::new(
        std::sync::Arc::new(processors_api::ProcessorContext::fixed("test", Default::default())),
        processors_api::RunId::from_bytes([0; 16]),
        Default::default(),
        Default::default(),
    );
    let kind = processors_api::ProcessorType::of_async::<InvokeHttp>();
    let processor =
        processors_api::test_runner::load(&kind, &properties, &Default::default()).unwrap();
    let processors_api::Trigger::Pending(work) = processor.trigger(&mut session) else {
        panic!("it waits")
    };
    work.await.unwrap();
    assert!(session.finish().unwrap().transfers.is_empty());
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_source_without_an_address_says_so_and_yields() {
    let mut runner = runner("http_url: ${file.name}");
    runner.run_async().await;
    assert_eq!((runner.transfers.len(), runner.yields), (0, 1));
    assert_eq!(
        runner.nothing.as_deref(),
        Some("http_url gives no http or https address: it is empty")
    );
}

#[tokio::test]
async fn a_source_gives_every_answer_if_it_is_told_to() {
    let server = Server::new(&[status("404 Not Found", "", "gone")]);
    let mut runner =
        runner(&format!("http_url: {}\nresponse_generation_required: true", server.url("/")));
    runner.run_async().await;
    assert_eq!((runner.transferred(&RESPONSE).len(), runner.yields), (1, 1));
    let kinds: Vec<_> = runner.transfers[0].events.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::Receive));
}
