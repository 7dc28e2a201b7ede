use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use expect_test::{Expect, expect};
use processors_api::{
    AnyProcessor, EventKind, Parameters, ProcessorType,
    test_runner::{TestRunner, load},
};

use super::*;

/// What a server got.
#[derive(Clone, Debug, Default)]
struct Seen {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// A server that gives the same answers, one a request, and then repeats the last.
struct Server {
    address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn new(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let answers: Vec<Vec<u8>> =
            answers.iter().map(|answer| answer.as_bytes().to_vec()).collect();
        let log = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (answers, log) = (answers.clone(), log.clone());
                thread::spawn(move || serve(stream, &answers, &log));
            }
        });
        Self { address, seen }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, answers: &[Vec<u8>], log: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(request) = read_request(&mut reader) {
        let index = {
            let mut log = log.lock().unwrap();
            log.push(request);
            log.len() - 1
        };
        let answer = answers.get(index).or(answers.last()).unwrap();
        if stream.write_all(answer).is_err()
            || !answer.starts_with(b"HTTP/1.1 ")
            || answer.ends_with(b"<drop>")
        {
            return;
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Option<Seen> {
    let mut seen = Seen::default();
    reader.read_line(&mut seen.line).ok().filter(|count| *count > 0)?;
    seen.line = seen.line.trim().to_owned();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        seen.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    if let Some(length) = seen.header("content-length").map(|length| length.parse().unwrap()) {
        seen.body = vec![0; length];
        reader.read_exact(&mut seen.body).ok()?;
    } else if seen.header("transfer-encoding") == Some("chunked") {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let size = usize::from_str_radix(line.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            seen.body.extend_from_slice(&chunk[..size]);
        }
    }
    Some(seen)
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn status(line: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {line}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn runner(properties: &str) -> TestRunner<InvokeHttp> {
    TestRunner::new_async(properties)
}

/// What left the processor, without what differs from run to run.
fn shown(runner: &TestRunner<InvokeHttp>, server: &Server) -> String {
    let mut shown = String::new();
    for output in &runner.transfers {
        let line = runner_line(output);
        shown += &line.replace(&server.address, "HOST");
    }
    shown
}

fn runner_line(output: &processors_api::test_runner::Output) -> String {
    let mut line = format!("{}:", output.relationship);
    for (name, value) in output.record.attributes.iter() {
        let differs = ["invokehttp.tx.id", "invokehttp.request.duration", "path", "filename"];
        if !differs.contains(&&**name) {
            line += &format!(" {name}={}", value.masked());
        }
    }
    if let Some(penalty) = output.penalty {
        line += &format!(" ({penalty:?})");
    }
    if let Some(reason) = &output.reason {
        line += &format!(" because: {}", reason.masked());
    }
    if output.relationship == "response" {
        line += &format!(" {:?}", output.text());
    }
    line + "\n"
}

/// Sends one flowfile to a server that answers so.
async fn check(properties: &str, answers: &[&str], expected: Expect) -> Server {
    let server = Server::new(answers);
    let mut runner = runner(&format!("http_url: {}\n{properties}", server.url("/a/b?c=d")));
    runner.enqueue("asked").attribute("mime.type", "text/x");
    runner.run_async().await;
    expected.assert_eq(&shown(&runner, &server));
    server
}

#[tokio::test]
async fn an_answer_becomes_a_flowfile() {
    let server = check(
        "",
        &[&ok("hello")],
        expect![[r#"
    "#]],
    )
    .await;
    assert_eq!(server.seen()[0].line, "GET /a/b?c=d HTTP/1.1");
}
