//! The sandbox's own clock: it starts at a given moment, goes on with real time, and jumps forward on command.
//! Not the engine's clock: a sandbox may live in tomorrow while its client lives today.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Clock {
    start_ms: u64,
    started: Instant,
    advanced_ms: AtomicU64,
}

impl Clock {
    pub(super) fn starting_at(start: Timestamp) -> Self {
        Self {
            start_ms: u64::try_from(start.as_millisecond()).unwrap_or(0),
            started: Instant::now(),
            advanced_ms: AtomicU64::new(0),
        }
    }

    /// Milliseconds since 1970.
    pub(super) fn now_ms(&self) -> u64 {
        self.start_ms
            .saturating_add(millis(self.started.elapsed()))
            .saturating_add(self.advanced_ms.load(Ordering::SeqCst))
    }

    pub(super) fn advance(&self, by: Duration) {
        self.advanced_ms.fetch_add(millis(by), Ordering::SeqCst);
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A moment as a timestamp; one beyond the calendar is its last day.
pub(super) fn timestamp(ms: u64) -> Timestamp {
    i64::try_from(ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_where_it_is_told_and_jumps() {
        let start: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let clock = Clock::starting_at(start);
        clock.advance(Duration::from_secs(3600));
        let passed = timestamp(clock.now_ms()).duration_since(start).as_secs();
        assert!((3600..3660).contains(&passed), "{passed}");
    }

    #[test]
    fn no_moment_is_beyond_the_calendar() {
        assert_eq!(timestamp(u64::MAX), Timestamp::MAX);
    }
}
