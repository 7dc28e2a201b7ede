//! An engine with nothing to do uses no processor time. Alone in its process, because that is what is measured.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use headwater::{
    engine::{Engine, EngineOptions},
    flow::{self, LoadOptions, Registry},
    limits::ROLLBACKS_MAX,
    repository::{Durability, KeyLookup},
    system::{SystemClock, SystemEntropy},
};
use processors_api::Clock;

const FLOW: &str = "
flow: idle
timezone: UTC
processors:
  source:
    type: GenerateFlowFile
    schedule: { every: 10 hours }
    to: log
  log:
    type: LogAttribute
    enabled: false
";

/// How long the engine has nothing to do.
const IDLE: Duration = Duration::from_millis(300);

/// The real time, and how often it was asked for: each round of the engine asks at least once.
#[derive(Default)]
struct CountingClock(AtomicU64);

impl Clock for CountingClock {
    fn now(&self) -> jiff::Timestamp {
        self.0.fetch_add(1, Ordering::Relaxed);
        SystemClock.now()
    }
}

/// What this process used so far, in ticks of 10 ms.
fn used_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<u64>().unwrap();
    ticks(11) + ticks(12)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_engine_uses_no_processor_time() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::new(&[processors_standard::PROCESSORS]).unwrap();
    let loaded = flow::load_text(Path::new("idle.yaml"), FLOW, &registry, &LoadOptions::default());
    let clock = Arc::new(CountingClock::default());
    let options = EngineOptions {
        folder: folder.path().to_owned(),
        durability: Durability::Process,
        keys: KeyLookup::default(),
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        environment: Arc::new(BTreeMap::new()),
        rollbacks_max: ROLLBACKS_MAX,
    };
    let Ok(loaded) = loaded else { panic!("the flow loads") };
    let mut engine = Engine::open(Arc::new(loaded.flow), options).await.unwrap();
    let monitor = engine.monitor();
    let measured = tokio::spawn(async move {
        // Let it come to rest.
        tokio::time::sleep(IDLE).await;
        let before = (used_ticks(), clock.0.load(Ordering::Relaxed));
        tokio::time::sleep(IDLE).await;
        let after = (used_ticks(), clock.0.load(Ordering::Relaxed));
        monitor.stop();
        (after.0 - before.0, after.1 - before.1)
    });
    engine.run_scheduled().await.unwrap();
    engine.close().await.unwrap();
    let (ticks, rounds) = measured.await.unwrap();
    assert!(ticks <= 5, "{ticks} ticks of 10 ms in 300 ms");
    assert!(rounds <= 10, "the clock was asked {rounds} times");
}
