//! What a processor is given besides its properties: who it is in the flow, the time, chance, the place for content.
//! The engine makes it; in tests it is made by hand. Nothing of it is read from the process itself.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64},
    },
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
    /// The flow's parameters.
    pub parameters: Parameters,
    /// The folder of the flow file: relative paths begin there.
    pub folder: PathBuf,
    /// Whether what is written outside must survive a power cut.
    pub durable: bool,
    /// The machine, for `hostname()` and `ip()`.
    pub host: Arc<Host>,
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
    pub counter: Arc<AtomicI64>,
    /// What of this processor's output is secret.
    pub sensitivity: Sensitivity,
}

/// The machine that a flow runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
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
            parameters: Parameters::default(),
            folder: PathBuf::from("."),
            durable: true,
            host: Arc::new(Host { name: "localhost".into(), address: "127.0.0.1".into() }),
            clock: Arc::new(FixedClock(now)),
            zone: TimeZone::UTC,
            entropy: Arc::new(CountingEntropy::default()),
            content: Arc::new(MemoryContentStore::default()),
            environment: Arc::default(),
            counter: Arc::default(),
            sensitivity: Sensitivity::default(),
        }
    }

    /// A path of a property: a relative one begins at the flow file's folder.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    /// A new time-ordered id.
    pub fn new_id(&self) -> Uuid {
        new_id(&*self.clock, &*self.entropy)
    }
}

/// A new time-ordered id (UUID version 7).
pub fn new_id(clock: &dyn Clock, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0; 10];
    entropy.fill(&mut random);
    let milliseconds = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
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
