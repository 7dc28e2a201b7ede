//! Bodies on their way: content is read and written where waiting for a disk hinders nobody, a piece at a time.

use std::{
    io::{self, Cursor, Read, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use flate2::{Compression, read::GzEncoder};
use futures_util::stream;
use hyper::body::Bytes;
use processors_api::{
    ContentBody, ContentClaim, ContentWriter, FlowFile, INLINE_CONTENT_BYTES_MAX, Session,
};
use reqwest::{Body, Response};
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{Instant, timeout, timeout_at},
};

use super::request::{Coding, Payload};

const PIECE_BYTES: usize = 64 * 1024;

/// How many pieces are read ahead.
const PIECES_AHEAD: usize = 2;

/// When the other side last took something, and whether there is more for it.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<(Instant, bool)>>);

impl Progress {
    pub(super) fn now() -> Self {
        Self(Arc::new(Mutex::new((Instant::now(), false))))
    }

    pub(super) fn last(&self) -> Instant {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    pub(super) fn is_sending(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    fn note(&self, is_sending: bool) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), is_sending);
    }
}

/// What a request sends as its body.
pub(super) fn sent(
    session: &Session,
    flowfile: &FlowFile,
    payload: &Payload,
    coding: Coding,
    progress: &Progress,
) -> io::Result<Body> {
    let mut reader = payload.reader(session, flowfile)?;
    if coding.gzip {
        reader = Box::new(GzEncoder::new(reader, Compression::default()));
    }
    let is_small = matches!(flowfile.content().body(), ContentBody::Inline(_));
    if is_small && !coding.hides_length() {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        return Ok(Body::from(bytes));
    }
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    spawn_blocking(move || read_pieces(reader, &sender));
    progress.note(true);
    let pieces =
        stream::unfold((receiver, progress.clone()), |(mut receiver, progress)| async move {
            let piece: Option<io::Result<Vec<u8>>> = receiver.recv().await;
            progress.note(piece.is_some());
            Some((piece?, (receiver, progress)))
        });
    Ok(Body::wrap_stream(pieces))
}

impl Payload {
    fn reader(&self, session: &Session, flowfile: &FlowFile) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Nothing => Box::new(io::empty()),
            Self::Content => Box::new(session.read(flowfile)?),
            Self::Form(form) => {
                let (begin, end) = (Cursor::new(form.begin.clone()), Cursor::new(form.end.clone()));
                if form.has_content {
                    Box::new(begin.chain(session.read(flowfile)?).chain(end))
                } else {
                    Box::new(begin.chain(end))
                }
            }
        })
    }
}

/// Ends early when nobody takes the pieces any more.
fn read_pieces(mut reader: Box<dyn Read + Send>, sender: &mpsc::Sender<io::Result<Vec<u8>>>) {
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let read = reader.read(&mut piece).map(|count| {
            piece.truncate(count);
            piece
        });
        let is_last = read.as_ref().map_or(true, Vec::is_empty);
        let is_end = read.as_ref().is_ok_and(Vec::is_empty);
        if is_end || sender.blocking_send(read).is_err() || is_last {
            return;
        }
    }
}

/// Why an answer's body was not taken.
pub(super) enum NotReceived {
    Silent,
    Broken,
    TooLarge,
    Content(io::Error),
}

/// Where an answer's body comes from.
pub(super) enum Source {
    Server(Response),
    Cache(Option<Bytes>),
}

/// An answer's body as it comes in, from a server that may be silent only for a while.
pub(super) struct Incoming<'r> {
    pub(super) source: &'r mut Source,
    pub(super) silence: Duration,
    /// The most that is taken.
    pub(super) bytes_max: u64,
}

/// What came in: the content, its first bytes, and whether these are all of it.
pub(super) struct Received {
    pub(super) content: Option<ContentClaim>,
    pub(super) first: Vec<u8>,
    pub(super) is_whole: bool,
}

impl Incoming<'_> {
    async fn chunk(&mut self) -> Result<Option<Bytes>, NotReceived> {
        match self.source {
            Source::Cache(body) => Ok(body.take()),
            Source::Server(response) => {
                let chunk = timeout(self.silence, response.chunk()).await;
                chunk.map_err(|_| NotReceived::Silent)?.map_err(|_| NotReceived::Broken)
            }
        }
    }

    /// Streams the body into new content. Gives its first bytes too, at most `first_max`.
    pub(super) async fn into_content(
        mut self,
        mut writer: ContentWriter,
        first_max: usize,
    ) -> Result<Received, NotReceived> {
        let (mut piece, mut first, mut total) = (Vec::new(), Vec::new(), 0);
        while let Some(chunk) = self.chunk().await? {
            extend(&mut first, &chunk, first_max);
            piece.extend_from_slice(&chunk);
            total += chunk.len() as u64;
            if total > self.bytes_max {
                return Err(NotReceived::TooLarge);
            }
            if piece.len() >= PIECE_BYTES {
                writer = written(writer, std::mem::take(&mut piece)).await?;
            }
        }
        let is_whole = first.len() as u64 == total;
        // What rides along touches no disk.
        if total <= INLINE_CONTENT_BYTES_MAX as u64 {
            writer.write_all(&piece).map_err(NotReceived::Content)?;
            let content = Some(writer.finish().map_err(NotReceived::Content)?);
            return Ok(Received { content, first, is_whole });
        }
        let writer = written(writer, piece).await?;
        let finished = spawn_blocking(move || writer.finish()).await.map_err(stopped)?;
        let content = Some(finished.map_err(NotReceived::Content)?);
        Ok(Received { content, first, is_whole })
    }

    /// The first bytes of the body, as far as they come; the rest is left where it is. So few bytes are worth no longer
    /// wait than one silence, however they trickle.
    pub(super) async fn beginning(mut self, bytes_max: usize) -> Received {
        let deadline = Instant::now() + self.silence;
        let (mut first, mut is_whole) = (Vec::new(), false);
        while let Ok(Ok(chunk)) = timeout_at(deadline, self.chunk()).await {
            is_whole = chunk.is_none();
            let Some(chunk) = chunk else { break };
            extend(&mut first, &chunk, bytes_max);
            if first.len() >= bytes_max {
                break;
            }
        }
        Received { content: None, first, is_whole }
    }
}

fn extend(first: &mut Vec<u8>, chunk: &[u8], bytes_max: usize) {
    let wanted = bytes_max.saturating_sub(first.len()).min(chunk.len());
    first.extend_from_slice(&chunk[..wanted]);
}

async fn written(mut writer: ContentWriter, piece: Vec<u8>) -> Result<ContentWriter, NotReceived> {
    let written = spawn_blocking(move || writer.write_all(&piece).map(|()| writer)).await;
    written.map_err(stopped)?.map_err(NotReceived::Content)
}

fn stopped(error: tokio::task::JoinError) -> NotReceived {
    NotReceived::Content(io::Error::other(error))
}
