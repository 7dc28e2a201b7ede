//! Servers that answer as they are told, byte for byte, and remember what they were asked. Over TLS too.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server got.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) line: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// A server that gives the same answers, one a request, and then repeats the last.
pub(super) struct Server {
    pub(super) address: String,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(super) fn new(answers: &[impl AsRef<[u8]>]) -> Self {
        Self::speaking("http", answers, |stream, script| script.serve(stream))
    }

    pub(super) fn secure(answers: &[impl AsRef<[u8]>], config: ServerConfig) -> Self {
        let config = Arc::new(config);
        Self::speaking("https", answers, move |stream, script| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            script.serve(StreamOwned::new(connection, stream));
        })
    }

    fn speaking(
        scheme: &'static str,
        answers: &[impl AsRef<[u8]>],
        speak: impl Fn(TcpStream, Script) + Send + Clone + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let answers = answers.iter().map(|answer| answer.as_ref().to_vec()).collect();
        let script = Script { answers, seen: Arc::default() };
        let seen = script.seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (script, speak) = (script.clone(), speak.clone());
                thread::spawn(move || speak(stream, script));
            }
        });
        Self { address, scheme, seen }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

#[derive(Clone)]
struct Script {
    answers: Vec<Vec<u8>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    fn serve(&self, stream: impl Read + Write) {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read_request(&mut stream) {
            let index = {
                let mut seen = self.seen.lock().unwrap();
                seen.push(request);
                seen.len() - 1
            };
            let answer = self.answers.get(index).or(self.answers.last()).unwrap();
            let dropped = answer.strip_suffix(b"<drop>");
            let sent = stream.get_mut().write_all(dropped.unwrap_or(answer));
            if sent.and_then(|()| stream.get_mut().flush()).is_err() || dropped.is_some() {
                return;
            }
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
