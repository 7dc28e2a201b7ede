//! The server of an example: it gives the answers of the example, one a request, in their order.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
    thread,
};

use http_body_util::Full;
use hyper::{Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use processors_api::ExampleAnswer;
use tokio::{net::TcpListener, sync::oneshot};

pub(crate) struct Server {
    url: String,
    left: Arc<Mutex<VecDeque<ExampleAnswer>>>,
    /// Dropped with the server, which ends it.
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub(crate) fn start(answers: &[ExampleAnswer]) -> Self {
        let left = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let (stop, stopped) = oneshot::channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = left.clone();
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(TcpListener::from_std(listener).unwrap(), served) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, left, _stop: stop }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// How many answers nobody fetched.
    pub(crate) fn left(&self) -> usize {
        self.left.lock().unwrap().len()
    }
}

async fn serve(listener: TcpListener, answers: Arc<Mutex<VecDeque<ExampleAnswer>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let answers = answers.clone();
        let service = service_fn(move |_| {
            let answer = answers.lock().unwrap().pop_front();
            async move { Ok::<_, Infallible>(response(answer)) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// An answer of the example; one that the example does not have cannot be what it wants.
fn response(answer: Option<ExampleAnswer>) -> Response<Full<Bytes>> {
    let Some(answer) = answer else {
        let body = Full::from("the example has no more answers");
        return Response::builder().status(500).body(body).unwrap();
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(*name, *value);
    }
    response.body(Full::from(answer.body)).unwrap()
}
