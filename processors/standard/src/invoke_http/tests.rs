use std::{
    io::{BufRead as _, Write as _},
    net::TcpListener,
};

use expect_test::{Expect, expect};
use processors_api::test_runner::TestRunner;

use super::*;

mod answers;
mod caching;
mod credentials;
mod failures;
mod forms;
mod load;
mod proxies;
mod redirects;
mod requests;
mod secrets;
mod server;
mod sources;
mod tls;

use server::Server;

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
