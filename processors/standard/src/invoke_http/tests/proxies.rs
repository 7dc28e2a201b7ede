//! Through a proxy, and only where the flow says so.

use std::{collections::BTreeMap, io::Read as _, sync::Arc};

use super::*;

async fn failed(properties: &str) -> String {
    let mut runner = runner(properties);
    runner.enqueue("").attribute("proxy", "http://127.0.0.1:1");
    runner.run_async().await;
    runner.assert_all_transferred(&FAILURE, 1);
    runner.assert_hidden("s3cret");
    runner.transfers[0].reason.as_ref().map(Text::reveal).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_request_goes_through_the_proxy() {
    let proxy = Server::new(&[ok("by proxy")]);
    for (properties, authorization) in [
        ("proxy_url: PROXY", None),
        (
            "proxy_url: PROXY\nproxy_username: me\nproxy_password: s3cret",
            Some("Basic bWU6czNjcmV0"),
        ),
        ("proxy_url: http://me:s3cret@ADDRESS", Some("Basic bWU6czNjcmV0")),
        ("proxy_url: ${MY_PROXY}", None),
    ] {
        let properties =
            properties.replace("PROXY\n", "PROXY \n").replace("ADDRESS", &proxy.address);
        let properties = properties.replace(": PROXY", &format!(": {}", proxy.url("")));
        let mut runner = runner(&format!("http_url: http://nowhere.invalid/a?b=c\n{properties}"));
        let environment = BTreeMap::from([("MY_PROXY".to_owned(), proxy.url(""))]);
        runner.context().environment = Arc::new(environment);
        runner.enqueue("");
        runner.run_async().await;
        assert_eq!(runner.transferred(&RESPONSE)[0].text(), "by proxy", "{properties}");
        runner.assert_hidden("s3cret");
        let seen = proxy.seen().pop().unwrap();
        assert_eq!(seen.line, "GET http://nowhere.invalid/a?b=c HTTP/1.1");
        assert_eq!(seen.header("proxy-authorization"), authorization, "{properties}");
    }
}

#[tokio::test]
async fn no_proxy_is_found_by_itself() {
    let server = Server::new(&[ok("direct")]);
    for properties in ["", "proxy_url: ${MY_PROXY}"] {
        let mut runner = runner(&format!("http_url: {}\n{properties}", server.url("/")));
        let names = ["HTTP_PROXY", "http_proxy", "ALL_PROXY"];
        let environment =
            names.map(|name| (name.to_owned(), "http://127.0.0.1:1".to_owned())).into();
        runner.context().environment = Arc::new(environment);
        runner.enqueue("").attribute("MY_PROXY", "http://127.0.0.1:1");
        runner.run_async().await;
        assert_eq!(runner.transferred(&RESPONSE)[0].text(), "direct", "{properties}");
    }
}

#[tokio::test]
async fn a_proxy_that_does_not_lead_there_is_told() {
    let refusing = Server::new(&["HTTP/1.1 407 Authenticate\r\nContent-Length: 0\r\n\r\n<drop>"]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (properties, expected) in [
        (
            format!("http_url: http://nowhere.invalid/\nproxy_url: http://me:s3cret@{free}"),
            format!(
                "no connection to nowhere.invalid by way of the proxy {free}: connection refused"
            ),
        ),
        (
            format!("http_url: https://nowhere.invalid/\nproxy_url: {}", refusing.url("")),
            format!(
                "no connection to nowhere.invalid by way of the proxy {}: tunnel error: proxy authorization required",
                refusing.address
            ),
        ),
        (
            "http_url: http://a/\nproxy_url: ftp://s3cret".to_owned(),
            "proxy_url gives no address of a proxy: http://, https://, socks5:// or socks5h://, and a server".to_owned(),
        ),
    ] {
        assert_eq!(failed(&properties).await, expected);
    }
    assert_eq!(refusing.seen()[0].line, "CONNECT nowhere.invalid:443 HTTP/1.1");
}

/// A SOCKS proxy that leads wherever it is asked to, after a name and a password.
fn socks() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut bytes = |count: usize| {
            let mut read = vec![0; count];
            client.read_exact(&mut read).unwrap();
            read
        };
        let methods = bytes(2)[1];
        bytes(usize::from(methods));
        client.write_all(&[5, 2]).unwrap();
        let mut bytes = |count: usize| {
            let mut read = vec![0; count];
            client.read_exact(&mut read).unwrap();
            read
        };
        let name = bytes(2)[1];
        assert_eq!(bytes(usize::from(name)), b"me");
        let password = bytes(1)[0];
        assert_eq!(bytes(usize::from(password)), b"s3cret");
        client.write_all(&[1, 0]).unwrap();
        let mut asked = [0; 10];
        client.read_exact(&mut asked).unwrap();
        let port = u16::from_be_bytes([asked[8], asked[9]]);
        let mut server = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        let (mut back, mut out) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut back, &mut out));
        let _ = std::io::copy(&mut client, &mut server);
    });
    address
}

#[tokio::test]
async fn a_socks_proxy_leads_there_too() {
    let server = Server::new(&[ok("by socks")]);
    let mut runner = runner(&format!(
        "http_url: {}\nproxy_url: socks5://{}\nproxy_username: me\nproxy_password: s3cret",
        server.url("/"),
        socks()
    ));
    runner.enqueue("");
    runner.run_async().await;
    assert_eq!(runner.transferred(&RESPONSE)[0].text(), "by socks", "{}", runner.render());
    assert_eq!(server.seen()[0].header("proxy-authorization"), None);
}
