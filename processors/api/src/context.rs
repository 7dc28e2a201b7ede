//! What a processor is given besides its properties: who it is in the flow, the time, chance, the place for content.
//! The engine makes it; in tests it is made by hand. Nothing of it is read from the process itself.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
};

use jiff::{Timestamp, tz::TimeZone};
use uuid::Uuid;

use crate::{ContentStore, MemoryContentStore, Parameters};

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Where chance comes from.
pub trait Entropy: Send + Sync {
    /// Fills the buffer with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// What a placed processor knows of the world. Cheap to clone.
#[derive(Clone)]
pub struct ProcessorContext {
    /// Its id in the flow.
    pub processor: Arc<str>,
    /// The flow's folder: what a relative path in a property is relative to.
    pub folder: PathBuf,
    /// The flow's parameters.
    pub parameters: Parameters,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The flow's time zone.
    pub zone: TimeZone,
    /// Where chance comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Where large content goes.
    pub content: Arc<dyn ContentStore>,
    /// Environment variables, for expressions.
    pub environment: Arc<BTreeMap<String, String>>,
    /// The counter behind `nextInt()`.
    pub counter: Arc<AtomicU64>,
    /// What of this processor's output is secret.
    pub sensitivity: Sensitivity,
}

/// What of a processor's output is secret, as the flow's `sensitive:` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sensitivity {
    /// The content it brings in.
    pub content: bool,
    /// These attributes.
    pub attributes: Arc<[Arc<str>]>,
}

impl ProcessorContext {
    /// A context with a fixed clock, zero for chance, UTC and content in memory: for tests of a processor and for `try`.
    pub fn fixed(processor: &str, now: Timestamp) -> Self {
        Self {
            processor: processor.into(),
            folder: PathBuf::new(),
            parameters: Parameters::default(),
            clock: Arc::new(FixedClock(now)),
            zone: TimeZone::UTC,
            entropy: Arc::new(CountingEntropy::default()),
            content: Arc::new(MemoryContentStore::default()),
            environment: Arc::default(),
            counter: Arc::default(),
            sensitivity: Sensitivity::default(),
        }
    }

    /// A new time-ordered id.
    pub fn new_id(&self) -> Uuid {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let milliseconds = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
    }
}

/// A clock that stands still.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Bytes that count up: never twice the same, and the same in every run of a test.
#[derive(Debug, Default)]
pub struct CountingEntropy(AtomicU64);

impl Entropy for CountingEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_be_bytes();
        bytes.fill(0);
        for (byte, digit) in bytes.iter_mut().rev().zip(count.iter().rev()) {
            *byte = *digit;
        }
    }
}
