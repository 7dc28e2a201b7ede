//! Sends a request and goes where the server points to, as a browser would: a POST that is sent elsewhere by 301, 302 or
//! 303 becomes a GET, by 307 or 308 it stays one. Secrets never go to another server.

use std::{future::Future, time::Duration};

use hyper::{body::Bytes, ext::ReasonPhrase};
use processors_api::{FlowFile, ProcessorError, Session};
use reqwest::{
    Body, Method, Response, StatusCode, Url,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION,
        PROXY_AUTHORIZATION,
    },
    tls::TlsInfo,
};
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    Answer, Failure, InvokeHttp, Request,
    answer::latin1,
    body::{self, Progress, Source},
    cache::{Asked, Found},
    certificate, digest,
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

/// An answer of which the body is still to come.
pub(super) struct Arrived {
    pub(super) status: StatusCode,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// What the server calls its status, when that is not the usual.
    pub(super) phrase: Option<String>,
    /// Whom the server's certificate was made out to.
    pub(super) certified: Option<String>,
    pub(super) body: Source,
    /// What the cache calls this, when it wants it.
    pub(super) wanted_by_cache: Option<Asked>,
}

/// What an exchange is about.
pub(super) struct Exchange<'e> {
    pub(super) session: &'e Session,
    pub(super) asking: Option<&'e FlowFile>,
    pub(super) request: &'e Request,
}

/// An error outside is one of the flowfile's content, one inside that of the exchange.
type Sent<T> = Result<Result<T, Failure>, ProcessorError>;

impl InvokeHttp {
    /// Asks, within the time that all of it may take.
    pub(super) async fn exchange(&self, exchange: &Exchange<'_>) -> Sent<Answer> {
        let limit = self.properties.total_timeout.duration();
        if limit.is_zero() {
            return self.follow(exchange).await;
        }
        let host = || exchange.request.host_shown(&exchange.request.url);
        let work = timeout(limit, self.follow(exchange)).await;
        work.unwrap_or_else(|_| Ok(Err(Failure::TooLong { host: host(), limit })))
    }

    async fn follow(&self, exchange: &Exchange<'_>) -> Sent<Answer> {
        let started = Instant::now();
        let request = exchange.request;
        let mut hop = Hop {
            url: request.url.clone(),
            method: request.method.clone(),
            headers: request.headers.clone(),
            has_body: request.has_body(),
            is_trusted: true,
            host: request.host_shown(&request.url),
        };
        for _ in 0..=REDIRECTS_MAX {
            let arrived = match self.ask(exchange, &hop).await? {
                Ok(arrived) => arrived,
                Err(failure) => return Ok(Err(failure)),
            };
            let next = hop.next(&arrived, request.is_body_secret);
            match next.filter(|_| self.properties.response_redirects_enabled) {
                Some(next) => {
                    let host = request.host_shown(&next.url);
                    hop = Hop { host, ..next };
                }
                None => return Ok(self.answer(exchange, arrived, started).await),
            }
        }
        Ok(Err(Failure::Redirects { host: hop.host, most: REDIRECTS_MAX }))
    }

    /// Asks the cache first, if there is one.
    async fn ask(&self, exchange: &Exchange<'_>, hop: &Hop) -> Sent<Arrived> {
        let asked = || Asked::new(&hop.method, &hop.url, &hop.headers);
        let Some((cache, asked)) = self.cache.as_ref().and_then(|cache| Some((cache, asked()?)))
        else {
            return self.prove(exchange, hop, &hop.headers).await;
        };
        let now = || exchange.session.context().clock.now().into();
        let headers = match cache.find(&asked, now()) {
            Found::Fresh(headers, status, body) => {
                return Ok(Ok(Arrived::kept(hop, status, headers, body)));
            }
            Found::Stale(headers) => headers,
        };
        let mut arrived = match self.prove(exchange, hop, &headers).await? {
            Ok(arrived) => arrived,
            Err(failure) => return Ok(Err(failure)),
        };
        if arrived.status == StatusCode::NOT_MODIFIED {
            let confirmed = cache.confirmed(&asked, &arrived.headers, now());
            if let Some((headers, status, body)) = confirmed {
                return Ok(Ok(Arrived::kept(hop, status, headers, body)));
            }
        }
        let is_wanted = cache.wants(&asked, arrived.status, &arrived.headers, now());
        arrived.wanted_by_cache = is_wanted.then_some(asked);
        Ok(Ok(arrived))
    }

    /// Proves who asks, where the server wants that by Digest.
    async fn prove(
        &self,
        exchange: &Exchange<'_>,
        hop: &Hop,
        headers: &HeaderMap,
    ) -> Sent<Arrived> {
        let digest = self.digest.as_ref().filter(|_| hop.is_trusted);
        let Some(digest) = digest else { return self.send(exchange, hop, headers).await };
        let context = exchange.session.context();
        let asked = digest::Asked {
            properties: &self.properties,
            context,
            method: &hop.method,
            url: &hop.url,
        };
        let with = |answer: &Option<digest::Answer>| {
            let mut headers = headers.clone();
            if let Some(answer) = answer {
                headers.insert(AUTHORIZATION, answer.header.clone());
            }
            headers
        };
        let known = digest.known(&asked);
        let arrived = match self.send(exchange, hop, &with(&known)).await? {
            Ok(arrived) if arrived.status == StatusCode::UNAUTHORIZED => arrived,
            other => return Ok(other),
        };
        let answer = digest.new_answer(&arrived.headers, &asked, known.as_ref());
        if answer.is_none() {
            return Ok(Ok(arrived));
        }
        self.send(exchange, hop, &with(&answer)).await
    }

    async fn send(&self, exchange: &Exchange<'_>, hop: &Hop, headers: &HeaderMap) -> Sent<Arrived> {
        let properties = &self.properties;
        let (session, request) = (exchange.session, exchange.request);
        let client = match self.client(hop.url.scheme() == "https", request, session.context()) {
            Ok(client) => client,
            Err(failure) => return Ok(Err(failure)),
        };
        let progress = Progress::now();
        let mut builder =
            client.request(hop.method.clone(), hop.url.clone()).headers(headers.clone());
        if let Some(name) = self.basic_name().filter(|_| hop.is_trusted) {
            builder = builder.basic_auth(
                name,
                properties.request_password.as_ref().map(|password| password.reveal()),
            );
        }
        if let Some(flowfile) = exchange.asking.filter(|_| hop.has_body) {
            let body = body::sent(session, flowfile, &request.payload, request.coding, &progress)?;
            builder = builder.body(body);
        } else if matches!(hop.method.as_str(), "POST" | "PUT" | "PATCH") {
            builder = builder.header(CONTENT_LENGTH, 0).body(Body::from(""));
        }
        let limits = Limits {
            connecting: properties.connection_timeout.duration(),
            reading: properties.socket_read_timeout.duration(),
            writing: properties.socket_write_timeout.duration(),
        };
        Ok(match unless_silent(builder.send(), &progress, &limits).await {
            Ok(Ok(response)) => Ok(Arrived::of(response)),
            Ok(Err(error)) => {
                let host = request.way_shown(&hop.host);
                Err(Failure::of(&error, host, limits.connecting))
            }
            Err(Stalled::Silent) => {
                Err(Failure::Silent { host: hop.host.clone(), limit: limits.reading })
            }
            Err(Stalled::NotTaken) => {
                Err(Failure::NotTaken { host: hop.host.clone(), limit: limits.writing })
            }
        })
    }

    /// The user's name, where it is sent with every request.
    fn basic_name(&self) -> Option<&str> {
        self.properties.request_username.as_deref().filter(|_| self.digest.is_none())
    }
}

impl Arrived {
    fn of(response: Response) -> Self {
        let phrase = response.extensions().get::<ReasonPhrase>();
        let certificate =
            response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        Self {
            status: response.status(),
            url: response.url().clone(),
            headers: response.headers().clone(),
            phrase: phrase.map(|phrase| latin1(phrase.as_bytes())),
            certified: certificate.and_then(certificate::subject),
            body: Source::Server(response),
            wanted_by_cache: None,
        }
    }

    fn kept(hop: &Hop, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self {
            status,
            url: hop.url.clone(),
            headers,
            phrase: None,
            certified: None,
            body: Source::Cache(Some(body).filter(|body| !body.is_empty())),
            wanted_by_cache: None,
        }
    }
}

/// How long each step may take.
struct Limits {
    connecting: Duration,
    reading: Duration,
    writing: Duration,
}

/// Which step took too long.
enum Stalled {
    Silent,
    NotTaken,
}

/// What the work gives, unless neither a piece of the body nor an answer moved for too long.
async fn unless_silent<T>(
    work: impl Future<Output = T>,
    progress: &Progress,
    limits: &Limits,
) -> Result<T, Stalled> {
    let started = progress.last();
    let deadline = |limit: Duration| {
        let soonest = started + limits.connecting + limit;
        soonest.max(progress.last() + limit)
    };
    tokio::pin!(work);
    loop {
        let is_sending = progress.is_sending();
        let limit = if is_sending { limits.writing } else { limits.reading };
        let until = deadline(limit);
        tokio::select! {
            done = &mut work => return Ok(done),
            () = sleep_until(until) => {
                if deadline(limit) <= until && progress.is_sending() == is_sending {
                    return Err(if is_sending { Stalled::NotTaken } else { Stalled::Silent });
                }
            }
        }
    }
}

impl Hop {
    /// Where the server points to, if that can be followed.
    fn next(&self, arrived: &Arrived, is_secret: bool) -> Option<Self> {
        let status = arrived.status;
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
        let location = arrived.headers.get(LOCATION)?.to_str().ok()?;
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
            next.headers.remove(CONTENT_ENCODING);
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
