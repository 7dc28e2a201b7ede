//! Time that stands still until a test lets it pass, for the engine and the runtime alike.

use std::{sync::mpsc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use processors_api::Clock;
use tokio::time::Instant;

/// A clock that goes with the runtime's time, which stands still while this lives.
#[derive(Clone)]
pub(super) struct VirtualTime {
    start: Instant,
    /// A thread of the runtime that blocks: else the runtime itself would let time pass when it has nothing to do.
    _still: mpsc::Sender<()>,
}

impl VirtualTime {
    /// To be called in a test whose runtime is paused.
    pub(super) fn new() -> Self {
        let (still, ended) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv());
        Self { start: Instant::now(), _still: still }
    }

    pub(super) async fn pass(&self, time: Duration) {
        tokio::time::advance(time).await;
    }
}

impl Clock for VirtualTime {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::try_from(self.start.elapsed()).unwrap()
    }
}

/// Lets everybody work until this is so, without letting time pass.
pub(super) async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..5_000 {
        if is_so() {
            return;
        }
        still().await;
    }
    panic!("it never came: {what}");
}

/// Lets everybody work for a moment, without letting time pass.
pub(super) async fn still() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    std::thread::sleep(Duration::from_millis(1));
    tokio::task::yield_now().await;
}
