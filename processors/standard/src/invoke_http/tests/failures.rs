//! No answer, or none that can be used.

use super::*;

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
            "http_url: ${literal('String')}",
            expect![[r#"
                failure: invokehttp.java.exception.class=java.lang.IllegalArgumentException invokehttp.java.exception.message=http_url gives no http or https address (Default) because: http_url gives no http or https address
            "#]],
        ),
        (
            "http_url: ${literal('ftp://FREE/')}",
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

/// A server that reads the head of a request and then does as it is told.
fn slow(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut asked = std::io::BufReader::new(stream.try_clone().unwrap()).lines();
        while asked.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        serve(stream);
    });
    address
}

async fn failed(address: &str, properties: &str, content: Vec<u8>) -> (String, String) {
    let mut runner = runner(&format!("http_url: http://{address}/\n{properties}"));
    runner.enqueue(content);
    runner.run_async().await;
    runner.assert_all_transferred(&FAILURE, 1);
    let failed = &runner.transfers[0];
    assert_eq!(failed.penalty, Some(Penalty::Default));
    let value = |name: &str| failed.attribute(name).unwrap_or_default().replace(address, "HOST");
    (value("invokehttp.java.exception.class"), value("invokehttp.java.exception.message"))
}

#[tokio::test]
async fn a_success_that_trickles_for_ever_ends() {
    let address = slow(|mut stream| {
        let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while sent.is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(10));
            sent = stream.write_all(b"x");
        }
    });
    let (class, message) = failed(&address, "total_timeout: 200 ms", Vec::new()).await;
    assert_eq!(class, "java.io.InterruptedIOException");
    assert_eq!(message, "the answer of HOST was not complete after 200 ms, which is total_timeout");
}

#[tokio::test]
async fn a_server_that_takes_nothing_is_not_waited_for() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let address = slow(move |stream| {
        let _ = stopped.recv();
        drop(stream);
    });
    let properties = "http_method: POST\nconnection_timeout: 100 ms\nsocket_write_timeout: 100 ms\nsocket_read_timeout: 1 hour";
    let (class, message) = failed(&address, properties, vec![b'x'; 40_000_000]).await;
    drop(stop);
    assert_eq!(class, "java.net.SocketTimeoutException");
    assert_eq!(message, "HOST took nothing of what was sent for 100 ms");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_taken() {
    let server = Server::new(&[ok(&"x".repeat(2000))]);
    let (class, message) = failed(&server.address, "maximum_response_size: 1 KB", Vec::new()).await;
    assert_eq!(class, "java.io.IOException");
    assert_eq!(message, "the answer of HOST is larger than 1 KB, which is maximum_response_size");
}

#[tokio::test]
async fn more_headers_than_are_read_are_told() {
    let many: String = (0..200).map(|count| format!("X-{count}: 1\r\n")).collect();
    let server = Server::new(&[status("200 OK", &many, "")]);
    let (class, message) = failed(&server.address, "", Vec::new()).await;
    assert_eq!(class, "java.net.ProtocolException");
    assert_eq!(message, "what HOST answers is not HTTP: message head is too large");
}
