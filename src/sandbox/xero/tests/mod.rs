//! Real requests over a real socket. The client is a bare socket, so that a test sees every byte, and where they end.

mod api;
mod faults;
mod gate;
mod log;
mod socket;
mod token_endpoint;
mod writes;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use serde_json::Value;

use super::*;
use crate::sandbox::Outcome;
use crate::sandbox::RateLimitProblem;

const INVOICES: &str = "/api.xro/2.0/Invoices";
const JSON: (&str, &str) = ("Accept", "application/json");

fn start() -> Xero {
    Xero::start_on_thread(XeroSettings::default()).unwrap()
}

fn start_with(change: impl FnOnce(&mut XeroSettings)) -> Xero {
    let mut settings = XeroSettings::default();
    change(&mut settings);
    Xero::start_on_thread(settings).unwrap()
}

/// What came back before the connection was closed.
#[derive(Debug, Default)]
struct Received {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: String,
    /// Fewer bytes came than the head promised, or not even a head.
    broken: bool,
}

impl Received {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return Self { broken: true, ..Self::default() };
        };
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut received = Self { status, headers, body: body.to_owned(), broken: false };
        let promised: usize = received.header("content-length").parse().unwrap();
        received.broken = body.len() < promised;
        received
    }

    fn status(&self) -> u16 {
        self.status.unwrap_or_else(|| panic!("no answer: {self:?}"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn text(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

fn connect(xero: &Xero) -> TcpStream {
    let stream = TcpStream::connect(xero.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn exchange(xero: &Xero, request: &str) -> Received {
    let mut stream = connect(xero);
    // A sandbox that closes early makes both fail, which is what some tests want.
    let _ = stream.write_all(request.as_bytes());
    Received::parse(&read_to_end(&mut stream))
}

fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error} after {} bytes", bytes.len()),
    }
    bytes
}

fn request_text(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text + "\r\n" + body
}

fn request(
    xero: &Xero,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Received {
    exchange(xero, &request_text(method, path, headers, body))
}

/// A call with the newest token and the right organisation.
fn call(xero: &Xero, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Received {
    let authorization = format!("Bearer {}", access_token(xero));
    let tenant = xero.settings().tenant_id.clone();
    let mut headers = vec![("Authorization", authorization.as_str()), ("xero-tenant-id", &tenant)];
    headers.extend_from_slice(more);
    request(xero, method, path, &headers, body)
}

fn field(credentials: &str, name: &str) -> String {
    serde_json::from_str::<Value>(credentials).unwrap()[name].as_str().unwrap().to_owned()
}

fn access_token(xero: &Xero) -> String {
    field(&xero.credentials(), "access_token")
}

fn refresh_token(xero: &Xero) -> String {
    field(&xero.credentials(), "refresh_token")
}

fn refresh_text(xero: &Xero, token: &str) -> String {
    let authorization = format!("Basic {}", identity::basic(xero.settings()));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("grant_type=refresh_token&refresh_token={token}");
    request_text("POST", "/connect/token", &headers, &body)
}

fn refresh(xero: &Xero, token: &str) -> Received {
    exchange(xero, &refresh_text(xero, token))
}

/// The error of a refused refresh.
fn refresh_error(xero: &Xero, token: &str) -> String {
    let refused = refresh(xero, token);
    assert_eq!(refused.status(), 400, "{refused:?}");
    refused.text("/error")
}

fn outcomes(xero: &Xero) -> Vec<Outcome> {
    xero.requests().iter().map(|request| request.outcome).collect()
}

/// The log of a request may end a little after its answer.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
