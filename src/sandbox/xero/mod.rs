//! A pretend Xero: token endpoint, connections and invoices at one base URL.
//!
//! Not the whole API: what `GET /connections`, `GET|POST|PUT /api.xro/2.0/Invoices` and a refresh at
//! `POST /connect/token` do, and not `where`, `order`, `unitdp`, single invoices or the authorization code flow.
//!
//! There is one organisation and one consent. Refresh tokens rotate, count once, and may be tried again for half an hour
//! when an answer was lost; the module `tokens` states the rules. Time is the sandbox's own: [`Xero::advance`].
//!
//! Limits: [`TOKEN_BODY_BYTES_MAX`], [`API_BODY_BYTES_MAX`], and those of each part.

mod api;
mod idempotency;
mod identity;
mod invoices;
mod limits;
#[cfg(test)]
mod tests;
mod tokens;
mod xml;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use jiff::Timestamp;

pub use limits::RateLimits;
pub use tokens::TokenState;

use self::api::{Call, Endpoint};
use self::idempotency::Idempotency;
use self::invoices::Invoices;
use self::limits::Quota;
use self::tokens::{Lives, TokenBook};
use super::answer::{Answer, Body};
use super::clock::{Clock, timestamp};
use super::faults::Faults;
use super::gate::Gate;
use super::letters::Letters;
use super::log::{Entry, Log, LoggedRequest, Outcome};
use super::server::{self, BodyError, Handler, NoAnswer, Server};
use super::{Fault, MASK, Seed, Target};

const TOKEN_BODY_BYTES_MAX: usize = 64 * 1024;
const API_BODY_BYTES_MAX: usize = 3_500_000;

/// How the pretend Xero is set up.
#[derive(Clone)]
pub struct XeroSettings {
    pub client_id: String,
    pub client_secret: String,
    pub tenant_id: String,
    /// How many invoices there are at the start.
    pub invoices: usize,
    pub access_token_life: Duration,
    /// How long a refresh token may be tried again after its first use.
    pub grace_period: Duration,
    pub refresh_token_unused_life: Duration,
    pub rate_limits: RateLimits,
    /// What the sandbox's clock shows when it starts.
    pub start: Timestamp,
    pub seed: Seed,
}

impl Default for XeroSettings {
    fn default() -> Self {
        Self {
            client_id: "SANDBOXCLIENT".to_owned(),
            client_secret: "xcs-SandboxClientSecretThatMustNeverShow".to_owned(),
            tenant_id: "7d8f2c3a-5b64-4e0f-9a53-2f0f6d1c8e90".to_owned(),
            invoices: 3,
            access_token_life: Duration::from_secs(1_800),
            grace_period: Duration::from_mins(30),
            refresh_token_unused_life: Duration::from_hours(60 * 24),
            rate_limits: RateLimits::default(),
            // Monday 2 March 2026, 09:00 UTC.
            start: Timestamp::constant(1_772_442_000, 0),
            seed: Seed::fixed(0),
        }
    }
}

impl fmt::Debug for XeroSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XeroSettings")
            .field("client_id", &self.client_id)
            .field("client_secret", &MASK)
            .field("tenant_id", &self.tenant_id)
            .field("invoices", &self.invoices)
            .finish_non_exhaustive()
    }
}

/// A running sandbox. It ends, with every connection, when this is dropped.
pub struct Xero {
    service: Arc<Service>,
    server: Server,
    url: String,
}

impl fmt::Debug for Xero {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Xero").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Xero {
    /// Starts on the runtime that the caller runs in.
    pub async fn start(settings: XeroSettings) -> io::Result<Self> {
        let service = Arc::new(Service::new(settings));
        let server = Server::start(Arc::clone(&service))?;
        Ok(Self::serving(service, server))
    }

    /// Starts on a thread of its own.
    pub fn start_on_thread(settings: XeroSettings) -> io::Result<Self> {
        let service = Arc::new(Service::new(settings));
        let server = Server::start_on_thread(Arc::clone(&service))?;
        Ok(Self::serving(service, server))
    }

    fn serving(service: Arc<Service>, server: Server) -> Self {
        let url = format!("http://{}", server.address());
        Self { service, server, url }
    }

    /// Where both the identity service and the API are, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn settings(&self) -> &XeroSettings {
        &self.service.settings
    }

    /// The content of a credentials file with the newest tokens, as the token endpoint would answer.
    pub fn credentials(&self) -> String {
        let state = self.service.state();
        identity::token_answer(state.book.current(), &self.service.settings).to_string()
    }

    /// The same, after the life of the newest access token has ended.
    pub fn expired_credentials(&self) -> String {
        let now_ms = self.service.clock.now_ms();
        self.service.state().book.expire_access(now_ms);
        self.credentials()
    }

    /// What a token of any kind is worth just now. Asking changes nothing.
    pub fn state_of(&self, token: &str) -> TokenState {
        let now_ms = self.service.clock.now_ms();
        self.service.state().book.state(token, now_ms)
    }

    /// Every secret there is: all tokens ever given out, the client's secret, and what its header is made of.
    /// None of them may show anywhere but in the credentials file.
    pub fn issued_tokens(&self) -> Vec<String> {
        let settings = &self.service.settings;
        let configured = [settings.client_secret.clone(), identity::basic(settings)];
        self.service.state().book.issued().map(str::to_owned).chain(configured).collect()
    }

    /// Takes the consent back: every refresh is refused with `invalid_grant`. An access token counts to its end.
    pub fn revoke(&self) {
        self.service.state().book.revoke();
    }

    /// Cuts the app off: every call is answered 401, with a new token too, although tokens can still be refreshed.
    pub fn disconnect(&self) {
        self.service.state().connected = false;
    }

    /// By the sandbox's own clock.
    pub fn now(&self) -> Timestamp {
        timestamp(self.service.clock.now_ms())
    }

    /// Moves the sandbox's clock forward. Delays and timeouts stay real.
    pub fn advance(&self, by: Duration) {
        self.service.clock.advance(by);
    }

    /// Makes the next `times` requests to `target` go wrong, after those that were planned before.
    /// A request without an answer or with a broken one counts too.
    pub fn inject(&self, target: Target, fault: Fault, times: u32) {
        self.service.state().faults.plan(target, fault, times);
    }

    /// Forgets the faults that have not come yet.
    pub fn forget_faults(&self) {
        self.service.state().faults.forget();
        self.service.refused_connections.store(0, Ordering::SeqCst);
    }

    /// Closes the next connections before reading anything. They do not show in the log.
    pub fn refuse_connections(&self, times: u32) {
        self.service.refused_connections.store(times, Ordering::SeqCst);
    }

    /// Holds back, from now on, every answer of the token endpoint. What the request asked for is done by then.
    pub fn hold_token_answers(&self) {
        self.service.gate.close();
    }

    /// Lets the answers go that were held back, and those to come.
    pub fn release(&self) {
        self.service.gate.release();
    }

    /// Waits until a token request was acted upon and its answer is held back; `false` if none came in time.
    /// Blocks the thread: from asynchronous code use [`Self::token_request`].
    pub fn wait_for_token_request(&self, timeout: Duration) -> bool {
        let (arrived, arrival) = mpsc::channel();
        let request = self.token_request();
        self.server.runtime().spawn(async move {
            request.await;
            // Nobody listens after the timeout.
            let _ = arrived.send(());
        });
        arrival.recv_timeout(timeout).is_ok()
    }

    /// Ends when a token request was acted upon and its answer is held back.
    pub fn token_request(&self) -> impl Future<Output = ()> + Send + use<> {
        self.service.gate.someone_waits()
    }

    /// Every request, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.service.log.requests()
    }

    pub fn clear_requests(&self) {
        self.service.log.clear();
    }

    /// How many requests to the token endpoint the log holds, whatever became of them.
    pub fn token_requests(&self) -> usize {
        self.service.log.count(Target::Token)
    }

    /// How many other requests the log holds.
    pub fn api_requests(&self) -> usize {
        self.service.log.count(Target::Api)
    }

    /// How many refreshes gave a new pair of tokens, whether or not the answer arrived.
    pub fn refreshes(&self) -> usize {
        self.service.state().book.rotations()
    }

    /// How many invoices there are.
    pub fn invoices(&self) -> usize {
        self.service.state().invoices.len()
    }
}

/// What answers requests.
struct Service {
    settings: XeroSettings,
    clock: Clock,
    /// Never locked while something waits.
    state: Mutex<State>,
    log: Arc<Log>,
    gate: Gate,
    refused_connections: AtomicU32,
    calls_at_once: Arc<AtomicU32>,
}

struct State {
    book: TokenBook,
    invoices: Invoices,
    idempotency: Idempotency,
    quota: Quota,
    faults: Faults,
    letters: Letters,
    connected: bool,
    started_ms: u64,
    connection_id: String,
    auth_event_id: String,
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
            Err(BodyError::Incomplete) => return Err(entry.dropped()),
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
    fn new(settings: XeroSettings) -> Self {
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

    fn state(&self) -> MutexGuard<'_, State> {
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
