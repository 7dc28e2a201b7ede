//! Pretend APIs on the loopback interface, for `headwater demo` and for tests: the real protocol over a real socket,
//! on a port that the system chooses, with faults on command and a log of every request.
//!
//! Not a general mock server: each API here has its own rules (tokens that rotate, quotas, bodies), and a test may
//! break them only in the ways that [`Fault`] names. It knows nothing of the engine and the engine nothing of it.
//!
//! Layout: what any API needs stands here (a server, faults, a log, a gate, a clock); [`xero`] is the first API,
//! and another one stands beside it with its own token rules.
//!
//! Invariants:
//! - A secret leaves only in an answer or by a method made for it: never in a `Debug` text, an error or the log.
//! - What a request changes, it changes at once and before any waiting: an answer that is lost was still acted upon.
//!
//! Limits: 256 connections, 30 s for a request to arrive, and a largest request body for each endpoint.

mod answer;
mod clock;
mod faults;
mod gate;
mod http;
mod letters;
mod log;
mod server;
pub mod xero;

pub use faults::{Fault, RateLimitProblem, Target};
pub use letters::Seed;
pub use log::{LoggedRequest, Outcome};
pub use xero::{RateLimits, TokenState, Xero, XeroSettings};

/// What stands in a text where a secret was.
const MASK: &str = "***";
