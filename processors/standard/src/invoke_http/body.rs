//! Bodies on their way: content is read and written where waiting for a disk hinders nobody, a piece at a time.

use std::{
    io::{self, Read, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::stream;
use processors_api::{
    ContentBody, ContentClaim, ContentReader, ContentWriter, FlowFile, INLINE_CONTENT_BYTES_MAX,
    Session,
};
use reqwest::{Body, Response};
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{Instant, timeout, timeout_at},
};

const PIECE_BYTES: usize = 64 * 1024;

/// How many pieces are read ahead.
const PIECES_AHEAD: usize = 2;

/// When the other side last took something.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<Instant>>);

impl Progress {
    pub(super) fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(super) fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// The content of a flowfile as a request's body.
pub(super) fn sent(
    session: &Session,
    flowfile: &FlowFile,
    in_chunks: bool,
    progress: &Progress,
) -> io::Result<Body> {
    let mut reader = session.read(flowfile)?;
    if let (false, ContentBody::Inline(_)) = (in_chunks, flowfile.content().body()) {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        return Ok(Body::from(bytes));
    }
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    spawn_blocking(move || read_pieces(reader, &sender));
    let pieces =
        stream::unfold((receiver, progress.clone()), |(mut receiver, progress)| async move {
            let piece: io::Result<Vec<u8>> = receiver.recv().await?;
            progress.note();
            Some((piece, (receiver, progress)))
        });
    Ok(Body::wrap_stream(pieces))
}

/// Ends early when nobody takes the pieces any more.
fn read_pieces(mut reader: ContentReader, sender: &mpsc::Sender<io::Result<Vec<u8>>>) {
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
    Content(io::Error),
}

/// An answer's body as it comes in, from a server that may be silent only for a while.
pub(super) struct Incoming<'r> {
    pub(super) response: &'r mut Response,
    pub(super) silence: Duration,
}

impl Incoming<'_> {
    async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, NotReceived> {
        let chunk = timeout(self.silence, self.response.chunk()).await;
        chunk.map_err(|_| NotReceived::Silent)?.map_err(|_| NotReceived::Broken)
    }

    /// Streams the body into new content. Gives its first bytes too, at most `first_max`.
    pub(super) async fn into_content(
        mut self,
        mut writer: ContentWriter,
        first_max: usize,
    ) -> Result<(ContentClaim, Vec<u8>), NotReceived> {
        let (mut piece, mut first, mut total) = (Vec::new(), Vec::new(), 0);
        while let Some(chunk) = self.chunk().await? {
            let chunk = chunk.as_ref();
            extend(&mut first, chunk, first_max);
            piece.extend_from_slice(chunk);
            total += chunk.len();
            if piece.len() >= PIECE_BYTES {
                writer = written(writer, std::mem::take(&mut piece)).await?;
            }
        }
        // What rides along touches no disk.
        if total <= INLINE_CONTENT_BYTES_MAX {
            writer.write_all(&piece).map_err(NotReceived::Content)?;
            return Ok((writer.finish().map_err(NotReceived::Content)?, first));
        }
        let writer = written(writer, piece).await?;
        let finished = spawn_blocking(move || writer.finish()).await.map_err(stopped)?;
        Ok((finished.map_err(NotReceived::Content)?, first))
    }

    /// The first bytes of the body, as far as they come; the rest is left where it is. So few bytes are worth no longer
    /// wait than one silence, however they trickle.
    pub(super) async fn beginning(mut self, bytes_max: usize) -> Vec<u8> {
        let deadline = Instant::now() + self.silence;
        let mut first = Vec::new();
        while let Ok(Ok(Some(chunk))) = timeout_at(deadline, self.chunk()).await {
            extend(&mut first, chunk.as_ref(), bytes_max);
            if first.len() >= bytes_max {
                break;
            }
        }
        first
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
