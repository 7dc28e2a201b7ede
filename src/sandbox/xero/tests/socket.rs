//! What no API sees: garbage, sizes, connections, start and end.

use super::*;

#[test]
fn garbage_does_not_disturb_it() {
    let xero = start();
    for garbage in [&b"\0\xff\xfe garbage\r\n\r\n"[..], b"GET", b"", &[b'x'; 100_000]] {
        let mut stream = connect(&xero);
        let _ = stream.write_all(garbage);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = read_to_end(&mut stream);
    }
    assert_eq!(call(&xero, "GET", INVOICES, &[], "").status(), 200);
    assert_eq!(xero.requests().len(), 1);
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let xero = start();
    let body = format!("refresh_token={}", "x".repeat(TOKEN_BODY_BYTES_MAX));
    let mut stream = connect(&xero);
    let text = request_text("POST", "/connect/token", &[("Content-Type", "text/plain")], &body);
    // The rest is not read: only the head goes.
    let head = text.split_inclusive("\r\n\r\n").next().unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(Received::parse(&read_to_end(&mut stream)).status(), 413);
}

#[test]
fn one_connection_carries_many_requests() {
    let xero = start();
    let mut stream = connect(&xero);
    let token = format!("Bearer {}", access_token(&xero));
    let last = request_text("GET", "/connections", &[("Authorization", &token)], "");
    let first = last.replace("Connection: close\r\n", "");
    stream.write_all((first + &last).as_bytes()).unwrap();
    let text = String::from_utf8(read_to_end(&mut stream)).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200").count(), 2);
}

#[test]
fn it_listens_on_the_loopback_interface_and_ends_when_dropped() {
    let xero = start();
    let address = xero.url().strip_prefix("http://").unwrap().to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let mut idle = connect(&xero);
    drop(xero);
    assert_eq!(read_to_end(&mut idle), b"");
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_runs_on_a_runtime_that_is_there() {
    let xero = Arc::new(Xero::start(XeroSettings::default()).await.unwrap());
    xero.hold_token_answers();
    let refreshing = tokio::task::spawn_blocking({
        let xero = Arc::clone(&xero);
        move || refresh(&xero, &refresh_token(&xero)).status()
    });
    xero.token_request().await;
    xero.release();
    assert_eq!(refreshing.await.unwrap(), 200);
}
