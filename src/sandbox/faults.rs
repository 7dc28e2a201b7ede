//! What goes wrong on command: a queue of faults, each for the next few requests to one part of an API.
//! Not what goes wrong by itself: an expired token or an exhausted quota is the API's own doing.

use std::collections::VecDeque;
use std::time::Duration;

use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::answer::{Answer, Body};
use super::log::Outcome;

/// The part of an API that a fault is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The token endpoint.
    Token,
    /// Everything else.
    Api,
}

/// Which quota a 429 says is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimitProblem {
    Minute,
    Day,
    AppMinute,
    Concurrent,
}

impl RateLimitProblem {
    fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
            Self::AppMinute => "appminute",
            Self::Concurrent => "concurrent",
        }
    }
}

/// One thing that goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: the request is let through, and the next fault waits for the next request.
    Pass,

    // Nothing is done, and the answer says so.
    /// 429 with `Retry-After` and `X-Rate-Limit-Problem`.
    TooManyRequests { problem: RateLimitProblem, retry_after_s: u32 },
    /// 500.
    InternalServerError,
    /// 502, an HTML page of some proxy.
    BadGateway,
    /// 503 without `Retry-After`.
    ServiceUnavailable,
    /// 401 as for an expired token, whatever token came.
    Unauthorized,

    // Nothing is done, and there is no answer.
    /// The connection is closed when the head of the request is there, before its body is read.
    CloseUnread,

    // Everything is done as usual (tokens have rotated, invoices are stored), and the answer suffers.
    /// The connection is closed without one byte of answer.
    DropAnswer,
    /// The connection is closed after half of the body.
    CutBody,
    /// The answer is sent after this long.
    DelayAnswer(Duration),
    /// The head of the answer is sent at once, its body after this long.
    DelayBody(Duration),
    /// A page of HTML with status 200 takes the place of the answer.
    HtmlPage,
    /// Status 200 and no body.
    EmptyBody,
    /// Status 200 and the first half of the body, as if that were all.
    TruncatedBody,
    /// A JSON answer whose `refresh_token` is missing.
    WithoutRefreshToken,
}

const HTML_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>We'll be right back</title></head>\
    <body><h1>Scheduled maintenance</h1></body></html>\n";
const BAD_GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n\
    <body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n";
const HTML: &str = "text/html; charset=utf-8";

impl Fault {
    /// The answer that is given without doing anything, if this fault is of that kind.
    /// `expired` is how the API answers to an expired token.
    pub(super) fn refusal(&self, expired: impl FnOnce() -> Answer) -> Option<Answer> {
        Some(match self {
            Self::TooManyRequests { problem, retry_after_s } => {
                too_many_requests(*problem, *retry_after_s)
            }
            Self::InternalServerError => {
                Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "An error occurred in Xero.")
            }
            Self::BadGateway => {
                Answer::new(StatusCode::BAD_GATEWAY, HTML, BAD_GATEWAY_PAGE.to_owned())
            }
            Self::ServiceUnavailable => {
                Answer::text(StatusCode::SERVICE_UNAVAILABLE, "The service is unavailable.")
            }
            Self::Unauthorized => expired(),
            _ => return None,
        })
    }

    /// How an answer leaves under this fault.
    pub(super) fn deliver(&self, mut answer: Answer) -> Delivery {
        match self {
            Self::DropAnswer | Self::CloseUnread => return Delivery::nothing(),
            Self::CutBody => {
                let outcome = Outcome::Cut(answer.status.as_u16());
                let body = Body::cut(answer.body.clone());
                return Delivery::now(outcome, answer.into_response(body));
            }
            Self::DelayBody(delay) => {
                let outcome = Outcome::Answered(answer.status.as_u16());
                let body = Body::late(answer.body.clone(), *delay);
                return Delivery::now(outcome, answer.into_response(body));
            }
            Self::DelayAnswer(delay) => {
                return Delivery { delay: *delay, ..Delivery::whole(answer) };
            }
            Self::HtmlPage => {
                replace_body(&mut answer, |_| HTML_PAGE.into());
                answer.set_header(CONTENT_TYPE, HeaderValue::from_static(HTML));
            }
            Self::EmptyBody => replace_body(&mut answer, |_| Vec::new()),
            Self::TruncatedBody => {
                replace_body(&mut answer, |body| body[..body.len() / 2].to_vec())
            }
            Self::WithoutRefreshToken => replace_body(&mut answer, without_refresh_token),
            _ => {}
        }
        Delivery::whole(answer)
    }
}

/// What is sent, and when.
pub(super) struct Delivery {
    pub(super) delay: Duration,
    pub(super) outcome: Outcome,
    pub(super) response: Option<Response<Body>>,
}

impl Delivery {
    pub(super) fn whole(answer: Answer) -> Self {
        let outcome = Outcome::Answered(answer.status.as_u16());
        let body = Body::whole(answer.body.clone());
        Self::now(outcome, answer.into_response(body))
    }

    fn now(outcome: Outcome, response: Response<Body>) -> Self {
        Self { delay: Duration::ZERO, outcome, response: Some(response) }
    }

    fn nothing() -> Self {
        Self { delay: Duration::ZERO, outcome: Outcome::Dropped, response: None }
    }
}

fn replace_body(answer: &mut Answer, replace: impl FnOnce(&[u8]) -> Vec<u8>) {
    answer.status = StatusCode::OK;
    answer.body = replace(&answer.body).into();
}

fn without_refresh_token(body: &[u8]) -> Vec<u8> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut answer)) => {
            answer.shift_remove("refresh_token");
            Value::Object(answer).to_string().into_bytes()
        }
        _ => body.to_vec(),
    }
}

pub(super) fn too_many_requests(problem: RateLimitProblem, retry_after_s: u32) -> Answer {
    Answer::text(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded.")
        .with_header(RETRY_AFTER, HeaderValue::from(retry_after_s))
        .with_header(
            HeaderName::from_static("x-rate-limit-problem"),
            HeaderValue::from_static(problem.name()),
        )
}

/// The faults to come, in the order they were asked for.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<Planned>);

#[derive(Debug)]
struct Planned {
    target: Target,
    fault: Fault,
    times: u32,
}

impl Faults {
    pub(super) fn plan(&mut self, target: Target, fault: Fault, times: u32) {
        if times > 0 {
            self.0.push_back(Planned { target, fault, times });
        }
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// The fault of the request that just came.
    pub(super) fn take(&mut self, target: Target) -> Fault {
        let Some(place) = self.0.iter().position(|planned| planned.target == target) else {
            return Fault::Pass;
        };
        let planned = &mut self.0[place];
        planned.times -= 1;
        if planned.times > 0 {
            return planned.fault.clone();
        }
        self.0.remove(place).map_or(Fault::Pass, |planned| planned.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_its_own_order() {
        let mut faults = Faults::default();
        faults.plan(Target::Api, Fault::InternalServerError, 2);
        faults.plan(Target::Token, Fault::HtmlPage, 1);
        faults.plan(Target::Api, Fault::EmptyBody, 1);
        faults.plan(Target::Api, Fault::CutBody, 0);

        let api: Vec<_> = (0..4).map(|_| faults.take(Target::Api)).collect();
        assert_eq!(
            api,
            [Fault::InternalServerError, Fault::InternalServerError, Fault::EmptyBody, Fault::Pass]
        );
        assert_eq!(faults.take(Target::Token), Fault::HtmlPage);
        assert_eq!(faults.take(Target::Token), Fault::Pass);
    }

    #[test]
    fn a_forgotten_fault_does_not_come() {
        let mut faults = Faults::default();
        faults.plan(Target::Token, Fault::HtmlPage, 7);
        faults.forget();
        assert_eq!(faults.take(Target::Token), Fault::Pass);
    }
}
