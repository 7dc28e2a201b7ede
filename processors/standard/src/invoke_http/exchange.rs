//! Sends a request and goes where the server points to, as a browser would: a POST that is sent elsewhere by 301, 302 or
//! 303 becomes a GET, by 307 or 308 it stays one. Secrets never go to another server.

use std::{future::Future, time::Duration};

use processors_api::{FlowFile, ProcessorError, Session};
use reqwest::{
    Body, Method, Response, StatusCode, Url,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION,
        PROXY_AUTHORIZATION,
    },
};
use tokio::time::{Instant, sleep_until};

use super::{
    Answer, Failure, InvokeHttp, Request,
    body::{self, Progress},
};

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 20;

/// One request on the wire.
struct Hop {
    url: Url,
    method: Method,
    headers: HeaderMap,
    has_body: bool,
    /// It goes to the server that the flow names.
    is_trusted: bool,
    /// What messages call the server.
    host: String,
}

impl InvokeHttp {
    /// An error outside is one of the flowfile's content, one inside that of the exchange.
    pub(super) async fn exchange(
        &self,
        session: &Session,
        asking: Option<&FlowFile>,
        request: &Request,
    ) -> Result<Result<Answer, Failure>, ProcessorError> {
        let started = Instant::now();
        let mut hop = Hop {
            url: request.url.clone(),
            method: request.method.clone(),
            headers: request.headers.clone(),
            has_body: request.has_body,
            is_trusted: true,
            host: request.host_shown(&request.url),
        };
        for _ in 0..=REDIRECTS_MAX {
            let response = match self.send(session, asking, &hop).await? {
                Ok(response) => response,
                Err(failure) => return Ok(Err(failure)),
            };
            let is_secret = asking.is_some_and(|flowfile| flowfile.content().is_sensitive());
            let next = hop.next(&response, is_secret);
            match next.filter(|_| self.properties.response_redirects_enabled) {
                Some(next) => {
                    let host = request.host_shown(&next.url);
                    hop = Hop { host, ..next };
                }
                None => {
                    return Ok(self.answer(session, asking, request, response, started).await);
                }
            }
        }
        Ok(Err(Failure::Redirects { host: hop.host, most: REDIRECTS_MAX }))
    }

    async fn send(
        &self,
        session: &Session,
        asking: Option<&FlowFile>,
        hop: &Hop,
    ) -> Result<Result<Response, Failure>, ProcessorError> {
        let properties = &self.properties;
        let client = match self.clients.get(hop.url.scheme() == "https", properties) {
            Ok(client) => client,
            Err(failure) => return Ok(Err(failure)),
        };
        let progress = Progress::now();
        let mut builder =
            client.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone());
        if let Some(name) = properties.request_username.as_ref().filter(|_| hop.is_trusted) {
            builder = builder.basic_auth(
                name,
                properties.request_password.as_ref().map(|password| password.reveal()),
            );
        }
        if let Some(flowfile) = asking.filter(|_| hop.has_body) {
            let in_chunks = properties.request_chunked_transfer_encoding_enabled;
            builder = builder.body(body::sent(session, flowfile, in_chunks, &progress)?);
        } else if matches!(hop.method.as_str(), "POST" | "PUT" | "PATCH") {
            builder = builder.header(CONTENT_LENGTH, 0).body(Body::from(""));
        }
        let (connecting, silence) =
            (properties.connection_timeout.duration(), properties.socket_read_timeout.duration());
        let sent = unless_silent(builder.send(), &progress, connecting, silence).await;
        Ok(match sent {
            None => Err(Failure::Silent { host: hop.host.clone(), limit: silence }),
            Some(sent) => sent.map_err(|error| Failure::of(&error, hop.host.clone(), connecting)),
        })
    }
}

/// What the work gives; nothing when neither a piece of the body nor an answer moved for too long.
async fn unless_silent<T>(
    work: impl Future<Output = T>,
    progress: &Progress,
    connecting: Duration,
    silence: Duration,
) -> Option<T> {
    let first = progress.last() + connecting + silence;
    tokio::pin!(work);
    loop {
        let deadline = first.max(progress.last() + silence);
        tokio::select! {
            done = &mut work => return Some(done),
            () = sleep_until(deadline) => {
                if first.max(progress.last() + silence) <= deadline {
                    return None;
                }
            }
        }
    }
}

impl Hop {
    /// Where the server points to, if that can be followed.
    fn next(&self, response: &Response, is_secret: bool) -> Option<Self> {
        let status = response.status();
        let keeps_body =
            matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        let becomes_get = matches!(
            status,
            StatusCode::MULTIPLE_CHOICES
                | StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
        );
        if !keeps_body && !becomes_get {
            return None;
        }
        let location = response.headers().get(LOCATION)?.to_str().ok()?;
        let url =
            self.url.join(location).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let is_same = url.origin() == self.url.origin();
        if !is_same && keeps_body && self.has_body && is_secret {
            return None;
        }
        let mut next = Self {
            url,
            method: self.method.clone(),
            headers: self.headers.clone(),
            has_body: self.has_body && keeps_body,
            is_trusted: self.is_trusted && is_same,
            host: self.host.clone(),
        };
        if becomes_get && self.method != Method::HEAD {
            next.method = Method::GET;
        }
        if !next.has_body {
            next.headers.remove(CONTENT_LENGTH);
            next.headers.remove(CONTENT_TYPE);
        }
        if !next.is_trusted {
            next.remove_secrets();
        }
        Some(next)
    }

    fn remove_secrets(&mut self) {
        let secret: Vec<_> = self
            .headers
            .iter()
            .filter(|(_, value)| value.is_sensitive())
            .map(|(name, _)| name.clone())
            .collect();
        for name in secret.iter().chain(&[AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION]) {
            self.headers.remove(name);
        }
    }
}
