//! An answer before it is sent, and the body that sends it: whole, late, or cut in the middle.
//! Not an answer's meaning: which status and which text is the API's business.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;
use tokio::time::Sleep;

#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: String) -> Self {
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Self { status, headers, body: body.into() }
    }

    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    pub(super) fn text(status: StatusCode, body: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body.to_owned())
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.set_header(name, value);
        self
    }

    pub(super) fn set_header(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
    }

    pub(super) fn into_response(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

/// A body that is sent step by step.
pub(super) struct Body {
    steps: VecDeque<Step>,
    /// What the head promises, whether or not it comes.
    promised_bytes: u64,
}

enum Step {
    Send(Bytes),
    /// Lets what was sent reach the socket before the next step.
    Flush,
    Wait(Pin<Box<Sleep>>),
    Cut,
}

/// The connection is closed in the middle of a body.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cut its answer in the middle")]
pub(super) struct AnswerCut;

impl Body {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { promised_bytes: bytes.len() as u64, steps: VecDeque::from([Step::Send(bytes)]) }
    }

    /// The head goes at once, the body after `delay`.
    pub(super) fn late(bytes: Bytes, delay: Duration) -> Self {
        let mut body = Self::whole(bytes);
        body.steps.push_front(Step::Wait(Box::pin(tokio::time::sleep(delay))));
        body
    }

    /// Half of it goes, then the connection breaks.
    pub(super) fn cut(bytes: Bytes) -> Self {
        let half = bytes.slice(..bytes.len() / 2);
        Self {
            promised_bytes: bytes.len() as u64,
            steps: VecDeque::from([Step::Send(half), Step::Flush, Step::Cut]),
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = AnswerCut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerCut>>> {
        loop {
            match self.steps.pop_front() {
                None => return Poll::Ready(None),
                Some(Step::Send(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Step::Cut) => return Poll::Ready(Some(Err(AnswerCut))),
                Some(Step::Flush) => {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Step::Wait(mut sleep)) => {
                    if sleep.as_mut().poll(context).is_pending() {
                        self.steps.push_front(Step::Wait(sleep));
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.promised_bytes == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised_bytes)
    }
}
