//! The socket side: listens on the loopback interface, bounds what comes in, and hands requests to a [`Handler`].
//! It knows HTTP, and no API.
//!
//! The server lives as long as its [`Server`]: dropping it ends every connection.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::future::{Either, select};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use super::answer::Body;

/// More wait in the system's own queue.
pub(super) const CONNECTIONS_MAX: usize = 256;
/// For the head of a request, for its body, and for the next request on a connection.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// So that a lack of file descriptors does not become a busy loop.
const ACCEPT_FAILED_PAUSE: Duration = Duration::from_millis(50);

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox closed the connection without an answer")]
pub(super) struct NoAnswer;

pub(super) trait Handler: Send + Sync + 'static {
    /// Whether a new connection is closed before anything is read from it.
    fn refuses_connection(&self) -> bool;

    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<Body>, NoAnswer>> + Send;
}

#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    runtime: Handle,
    /// Dropped first, which ends the accept loop; only then can the thread be joined.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Serves on the runtime that the caller runs in.
    pub(super) fn start(handler: Arc<impl Handler>) -> io::Result<Self> {
        let (listener, address) = listen()?;
        let listener = TcpListener::from_std(listener)?;
        let (stop, stopped) = oneshot::channel();
        let runtime = Handle::current();
        runtime.spawn(accept(listener, handler, stopped));
        Ok(Self { address, runtime, stop: Some(stop), thread: None })
    }

    /// Serves on a thread of its own, for callers that have no runtime.
    pub(super) fn start_on_thread(handler: Arc<impl Handler>) -> io::Result<Self> {
        let (listener, address) = listen()?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let thread = thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || runtime.block_on(accept(listener, handler, stopped)))?;
        Ok(Self { address, runtime: handle, stop: Some(stop), thread: Some(thread) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the thread itself.
            let _ = thread.join();
        }
    }
}

fn listen() -> io::Result<(std::net::TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Ends when the other side of `stopped` is dropped; the connections end with it.
async fn accept(
    listener: TcpListener,
    handler: Arc<impl Handler>,
    mut stopped: oneshot::Receiver<Infallible>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = match select(pin!(next), &mut stopped).await {
            Either::Left((next, _)) => next,
            Either::Right(_) => return,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) if handler.refuses_connection() => drop(stream),
            Ok((stream, _)) => {
                let handler = Arc::clone(&handler);
                connections.spawn(async move {
                    serve(stream, handler).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_FAILED_PAUSE).await,
        }
    }
}

async fn serve(stream: TcpStream, handler: Arc<impl Handler>) {
    let service = service_fn(move |request| Arc::clone(&handler).handle(request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        // Garbage, a client that went away, or a fault that was asked for.
        tracing::debug!(%error, "a connection to the sandbox ended early");
    }
}

/// Why there is no request body.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the request body is larger than this endpoint takes")]
    TooLarge,
    #[error("the client went away before its request body was complete")]
    ClientGone,
    #[error("the request body did not arrive in full within {READ_TIMEOUT:?}")]
    TooSlow,
}

pub(super) async fn read(body: Incoming, bytes_max: usize) -> Result<Bytes, BodyError> {
    // Said at once when the head announces it; `Limited` is for bodies that come in chunks.
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(BodyError::TooLarge);
    }
    let whole = Limited::new(body, bytes_max).collect();
    match tokio::time::timeout(READ_TIMEOUT, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::ClientGone),
        Err(_) => Err(BodyError::TooSlow),
    }
}
