//! A pretend Xero: token endpoint, connections and invoices at one base URL.
//!
//! Not the whole API: what `GET /connections`, `GET|POST|PUT /api.xro/2.0/Invoices` and a refresh at
//! `POST /connect/token` do, and not `where`, `order`, `unitdp`, single invoices or the authorization code flow.
//!
//! There is one organisation and one consent. Refresh tokens rotate, count once, and may be tried again for half an hour
//! when an answer was lost; the module `tokens` states the rules. Time is the sandbox's own: [`Xero::advance`].
//!
//! Limits: 64 KiB for a token request, 3.5 MB for a call to the API, and those of each part.

mod api;
mod idempotency;
mod identity;
mod invoices;
mod limits;
mod service;
#[cfg(test)]
mod tests;
mod tokens;
mod xml;

use std::fmt;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use jiff::Timestamp;

pub use limits::RateLimits;
pub use tokens::TokenState;

use self::service::Service;
use super::clock::timestamp;
use super::log::LoggedRequest;
use super::server::Server;
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
