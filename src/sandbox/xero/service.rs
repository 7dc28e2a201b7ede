//! What answers requests: one after another, a request meets the log, its fault, the endpoint, the gate, the socket.
//! Not what an endpoint does, nor what a fault means.
//!
//! Invariants: the state is never locked while something waits; the log is locked after it, never before.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};

use super::super::answer::{Answer, Body};
use super::super::clock::{Clock, timestamp};
use super::super::faults::Faults;
use super::super::gate::Gate;
use super::super::letters::Letters;
use super::super::log::{Entry, Log, LoggedRequest, Outcome};
use super::super::server::{self, BodyError, Handler, NoAnswer};
use super::super::{Fault, MASK, Target};
use super::api::{self, Call, Endpoint};
use super::idempotency::Idempotency;
use super::identity;
use super::invoices::Invoices;
use super::limits::Quota;
use super::tokens::{Lives, TokenBook};
use super::{API_BODY_BYTES_MAX, TOKEN_BODY_BYTES_MAX, XeroSettings};

/// What answers requests.
pub(super) struct Service {
    pub(super) settings: XeroSettings,
    pub(super) clock: Clock,
    /// Never locked while something waits.
    state: Mutex<State>,
    pub(super) log: Arc<Log>,
    pub(super) gate: Gate,
    pub(super) refused_connections: AtomicU32,
    calls_at_once: Arc<AtomicU32>,
}

pub(super) struct State {
    pub(super) book: TokenBook,
    pub(super) invoices: Invoices,
    pub(super) idempotency: Idempotency,
    pub(super) quota: Quota,
    pub(super) faults: Faults,
    pub(super) letters: Letters,
    pub(super) connected: bool,
    pub(super) started_ms: u64,
    pub(super) connection_id: String,
    pub(super) auth_event_id: String,
}

impl State {
    fn new(settings: &XeroSettings, now_ms: u64) -> Self {
        let lives = Lives {
            access: settings.access_token_life,
            grace: settings.grace_period,
            unused: settings.refresh_token_unused_life,
        };
        let mut letters = Letters::new(settings.seed, "identifiers");
        let invoice_letters = Letters::new(settings.seed, "invoices");
        Self {
            book: TokenBook::new(Letters::new(settings.seed, "tokens"), lives, now_ms),
            invoices: Invoices::new(invoice_letters, settings.invoices, now_ms),
            idempotency: Idempotency::default(),
            quota: Quota::new(settings.rate_limits),
            faults: Faults::default(),
            connected: true,
            started_ms: now_ms,
            connection_id: letters.guid(),
            auth_event_id: letters.guid(),
            letters,
        }
    }
}

impl Handler for Service {
    fn refuses_connection(&self) -> bool {
        let take = |left: u32| left.checked_sub(1);
        self.refused_connections.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok()
    }

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, NoAnswer> {
        let (head, body) = request.into_parts();
        let endpoint = Endpoint::of(head.uri.path());
        let target = if endpoint == Endpoint::Token { Target::Token } else { Target::Api };
        let at_once = AtOnce::one_more(&self.calls_at_once, target);
        let entry = self.log.arrived(self.describe(&head, target));
        let fault = self.state().faults.take(target);
        if fault == Fault::CloseUnread {
            return Err(entry.dropped());
        }
        let answer = match server::read(body, body_bytes_max(target)).await {
            Ok(body) => self.answer(&head, &body, endpoint, &fault, &entry, at_once.count),
            Err(error @ BodyError::TooLarge) => {
                Answer::text(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string())
            }
            Err(BodyError::TooSlow) => return Err(entry.dropped()),
            // The entry says so itself.
            Err(BodyError::ClientGone) => return Err(NoAnswer),
        };
        if target == Target::Token {
            self.gate.pass().await;
        }
        let delivery = fault.deliver(answer);
        if !delivery.delay.is_zero() {
            tokio::time::sleep(delivery.delay).await;
        }
        entry.finished(delivery.outcome);
        delivery.response.ok_or(NoAnswer)
    }
}

fn body_bytes_max(target: Target) -> usize {
    match target {
        Target::Token => TOKEN_BODY_BYTES_MAX,
        Target::Api => API_BODY_BYTES_MAX,
    }
}

impl Service {
    pub(super) fn new(settings: XeroSettings) -> Self {
        let clock = Clock::starting_at(settings.start);
        let state = State::new(&settings, clock.now_ms());
        Self {
            settings,
            clock,
            state: Mutex::new(state),
            log: Arc::new(Log::default()),
            gate: Gate::open(),
            refused_connections: AtomicU32::new(0),
            calls_at_once: Arc::new(AtomicU32::new(0)),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what is asked, at once, and says what to answer.
    fn answer(
        &self,
        head: &Parts,
        body: &[u8],
        endpoint: Endpoint,
        fault: &Fault,
        entry: &Entry,
        at_once: u32,
    ) -> Answer {
        let state = &mut *self.state();
        let now_ms = self.clock.now_ms();
        let (mut answer, generation) = match fault.refusal(|| api::expired(state, now_ms)) {
            Some(refusal) => (refusal, None),
            None if endpoint == Endpoint::Token => {
                identity::answer(head, body, &self.settings, &mut state.book, now_ms)
            }
            None => {
                let call = Call { head, body, settings: &self.settings, now_ms, at_once };
                (call.answer(endpoint, state), None)
            }
        };
        if endpoint != Endpoint::Token {
            api::add_remaining(&mut answer, state.quota.remaining(now_ms));
        }
        entry.body(body.len(), generation);
        answer
    }

    /// What the log keeps of a request, with every secret masked.
    fn describe(&self, head: &Parts, target: Target) -> LoggedRequest {
        let state = self.state();
        let basic = identity::basic(&self.settings);
        let configured = [self.settings.client_secret.as_str(), basic.as_str()];
        let secrets: Vec<&str> = state.book.issued().chain(configured).collect();
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let shown = match name.as_str() {
                "authorization" | "cookie" | "proxy-authorization" => masked_credentials(&value),
                _ => masked(&value, &secrets),
            };
            (name.as_str().to_owned(), shown)
        });
        LoggedRequest {
            at: timestamp(self.clock.now_ms()),
            target,
            method: head.method.as_str().to_owned(),
            path_and_query: masked(&head.uri.to_string(), &secrets),
            headers: headers.collect(),
            body_bytes: 0,
            token_generation: api::bearer(&head.headers)
                .and_then(|token| state.book.generation_of(token)),
            outcome: Outcome::Pending,
        }
    }
}

/// The scheme, which is no secret if it is a known one.
fn masked_credentials(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme @ ("Bearer" | "Basic"), _)) => format!("{scheme} {MASK}"),
        _ => MASK.to_owned(),
    }
}

fn masked(text: &str, secrets: &[&str]) -> String {
    let shown = secrets.iter().filter(|secret| !secret.is_empty() && text.contains(**secret));
    shown.fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

/// Counts the calls to the API that are being answered.
struct AtOnce {
    count: u32,
    counter: Option<Arc<AtomicU32>>,
}

impl AtOnce {
    fn one_more(counter: &Arc<AtomicU32>, target: Target) -> Self {
        match target {
            Target::Token => Self { count: 0, counter: None },
            Target::Api => {
                let count = counter.fetch_add(1, Ordering::SeqCst) + 1;
                Self { count, counter: Some(Arc::clone(counter)) }
            }
        }
    }
}

impl Drop for AtOnce {
    fn drop(&mut self) {
        if let Some(counter) = &self.counter {
            counter.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
