//! [`Scope`]: all that an expression can see. Not where it comes from: a session, the command line and tests each
//! bring their own. Time, randomness and the machine's name come from here too, so that a test can fix them.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
};

use jiff::{Timestamp, tz::TimeZone};

use crate::{Parameters, Text};

/// What an evaluation sees.
pub trait Scope {
    /// The value of an attribute, or of whatever the caller lets stand before the attributes.
    fn attribute(&self, name: &str) -> Option<Text>;

    /// Calls `visit` with the name of each attribute, for the functions that look for names.
    fn attribute_names(&self, visit: &mut dyn FnMut(&str));

    /// The parameters of the flow.
    fn parameters(&self) -> &Parameters;

    /// What the processor remembers under a key.
    fn state(&self, _key: &str) -> Option<Text> {
        None
    }

    /// An environment variable; it is asked for when there is no attribute of that name.
    fn environment(&self, _name: &str) -> Option<Text> {
        None
    }

    /// The present instant.
    fn now(&self) -> Timestamp;

    /// The zone of every date function that names none.
    fn time_zone(&self) -> &TimeZone;

    /// Random bits.
    fn random(&self) -> u64;

    /// The next number of the process-wide counter.
    fn next_int(&self) -> i64;

    /// The name of this machine.
    fn host_name(&self) -> &str;

    /// The address of this machine.
    fn host_address(&self) -> &str;

    /// The name of the thread at work.
    fn thread_name(&self) -> String {
        std::thread::current().name().unwrap_or("main").to_owned()
    }
}

/// A scope that is given once: for tests, and to try an expression.
#[derive(Debug)]
pub struct StaticScope {
    attributes: BTreeMap<String, Text>,
    environment: BTreeMap<String, Text>,
    state: BTreeMap<String, Text>,
    parameters: Parameters,
    now: Timestamp,
    time_zone: TimeZone,
    random: AtomicU64,
    next_int: AtomicI64,
    host_name: String,
    host_address: String,
}

impl Default for StaticScope {
    fn default() -> Self {
        Self {
            attributes: BTreeMap::new(),
            environment: BTreeMap::new(),
            state: BTreeMap::new(),
            parameters: Parameters::default(),
            now: Timestamp::UNIX_EPOCH,
            time_zone: TimeZone::UTC,
            random: AtomicU64::new(0),
            next_int: AtomicI64::new(0),
            host_name: "localhost".to_owned(),
            host_address: "127.0.0.1".to_owned(),
        }
    }
}

impl StaticScope {
    /// A scope without attributes, at the start of 1970, in UTC.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with_attribute(mut self, name: impl Into<String>, value: impl Into<Text>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with_environment(mut self, name: impl Into<String>, value: impl Into<Text>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Adds something the processor remembers.
    #[must_use]
    pub fn with_state(mut self, key: impl Into<String>, value: impl Into<Text>) -> Self {
        self.state.insert(key.into(), value.into());
        self
    }

    /// Sets the parameters.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// Sets the present instant.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Sets the zone.
    #[must_use]
    pub fn in_zone(mut self, time_zone: TimeZone) -> Self {
        self.time_zone = time_zone;
        self
    }

    /// Sets where the random numbers begin.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        self.random.store(seed, Ordering::Relaxed);
        self
    }

    /// Sets the machine's name and address.
    #[must_use]
    pub fn on_host(mut self, name: impl Into<String>, address: impl Into<String>) -> Self {
        self.host_name = name.into();
        self.host_address = address.into();
        self
    }
}

impl Scope for StaticScope {
    fn attribute(&self, name: &str) -> Option<Text> {
        self.attributes.get(name).cloned()
    }

    fn attribute_names(&self, visit: &mut dyn FnMut(&str)) {
        self.attributes.keys().for_each(|name| visit(name));
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn state(&self, key: &str) -> Option<Text> {
        self.state.get(key).cloned()
    }

    fn environment(&self, name: &str) -> Option<Text> {
        self.environment.get(name).cloned()
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// `SplitMix64`: small, and any seed will do.
    fn random(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.random.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn next_int(&self) -> i64 {
        self.next_int.fetch_add(1, Ordering::Relaxed)
    }

    fn host_name(&self) -> &str {
        &self.host_name
    }

    fn host_address(&self) -> &str {
        &self.host_address
    }
}
