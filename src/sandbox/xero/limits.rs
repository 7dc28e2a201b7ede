//! Xero's quotas: calls a minute and a day for one organisation, calls a minute for the app, calls at once.
//! It is pure: the time is passed in. A window begins with the first call in it.
//! Not on the token endpoint, and not for calls that were refused before an organisation was known.

use super::super::RateLimitProblem;

/// How many calls are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    pub minute: u32,
    pub day: u32,
    pub app_minute: u32,
    pub concurrent: u32,
}

impl RateLimits {
    /// For tests that make more calls than Xero would take.
    pub const UNLIMITED: Self =
        Self { minute: u32::MAX, day: u32::MAX, app_minute: u32::MAX, concurrent: u32::MAX };
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { minute: 60, day: 5_000, app_minute: 10_000, concurrent: 5 }
    }
}

/// A quota that is used up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exceeded {
    pub(super) problem: RateLimitProblem,
    pub(super) retry_after_s: u32,
}

#[derive(Debug)]
pub(super) struct Quota {
    minute: Window,
    day: Window,
    app_minute: Window,
    concurrent_max: u32,
}

#[derive(Debug)]
struct Window {
    problem: RateLimitProblem,
    length_ms: u64,
    calls_max: u32,
    started_ms: u64,
    calls: u32,
}

impl Quota {
    pub(super) fn new(limits: RateLimits) -> Self {
        const MINUTE_MS: u64 = 60_000;
        const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
        let window = |problem, length_ms, calls_max| Window {
            problem,
            length_ms,
            calls_max,
            started_ms: 0,
            calls: 0,
        };
        Self {
            minute: window(RateLimitProblem::Minute, MINUTE_MS, limits.minute),
            day: window(RateLimitProblem::Day, DAY_MS, limits.day),
            app_minute: window(RateLimitProblem::AppMinute, MINUTE_MS, limits.app_minute),
            concurrent_max: limits.concurrent,
        }
    }

    /// Counts a call, of which `at_once` are being answered, this one included; one too many is not counted.
    pub(super) fn call(&mut self, now_ms: u64, at_once: u32) -> Result<(), Exceeded> {
        if at_once > self.concurrent_max {
            return Err(Exceeded { problem: RateLimitProblem::Concurrent, retry_after_s: 1 });
        }
        let mut windows = [&mut self.day, &mut self.minute, &mut self.app_minute];
        for window in &mut windows {
            window.roll(now_ms);
        }
        if let Some(full) = windows.iter().find(|window| window.left() == 0) {
            let retry_after_s = full.seconds_left(now_ms);
            return Err(Exceeded { problem: full.problem, retry_after_s });
        }
        for window in windows {
            window.calls += 1;
        }
        Ok(())
    }

    /// The headers that say what is left.
    pub(super) fn remaining(&mut self, now_ms: u64) -> [(&'static str, u32); 3] {
        [
            ("x-daylimit-remaining", &mut self.day),
            ("x-minlimit-remaining", &mut self.minute),
            ("x-appminlimit-remaining", &mut self.app_minute),
        ]
        .map(|(name, window)| {
            window.roll(now_ms);
            (name, window.left())
        })
    }
}

impl Window {
    fn roll(&mut self, now_ms: u64) {
        if self.calls == 0 || now_ms.saturating_sub(self.started_ms) >= self.length_ms {
            self.started_ms = now_ms;
            self.calls = 0;
        }
    }

    fn left(&self) -> u32 {
        self.calls_max - self.calls
    }

    fn seconds_left(&self, now_ms: u64) -> u32 {
        let left_ms = self.length_ms.saturating_sub(now_ms.saturating_sub(self.started_ms));
        u32::try_from(left_ms.div_ceil(1000)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exceeded(problem: RateLimitProblem, retry_after_s: u32) -> Result<(), Exceeded> {
        Err(Exceeded { problem, retry_after_s })
    }

    #[test]
    fn the_sixty_first_call_of_a_minute_waits_for_the_next() {
        let mut quota = Quota::new(RateLimits::default());
        for call in 0..60 {
            assert_eq!(quota.call(1_000 + call, 1), Ok(()));
        }
        assert_eq!(quota.call(11_000, 1), exceeded(RateLimitProblem::Minute, 50));
        assert_eq!(quota.remaining(11_000).map(|(_, left)| left), [4_940, 0, 9_940]);
        assert_eq!(quota.call(61_000, 1), Ok(()));
        assert_eq!(quota.remaining(61_000).map(|(_, left)| left), [4_939, 59, 9_999]);
    }

    #[test]
    fn a_day_is_used_up_for_hours() {
        let mut quota = Quota::new(RateLimits { day: 1, ..RateLimits::default() });
        assert_eq!(quota.call(0, 1), Ok(()));
        assert_eq!(quota.call(3_600_000, 1), exceeded(RateLimitProblem::Day, 23 * 3600));
        assert_eq!(quota.call(24 * 3_600_000, 1), Ok(()));
    }

    #[test]
    fn five_at_once_and_no_more() {
        let mut quota = Quota::new(RateLimits::default());
        assert_eq!(quota.call(0, 5), Ok(()));
        assert_eq!(quota.call(0, 6), exceeded(RateLimitProblem::Concurrent, 1));
    }

    #[test]
    fn no_limit_is_no_overflow() {
        let mut quota = Quota::new(RateLimits::UNLIMITED);
        assert_eq!(quota.call(u64::MAX, u32::MAX), Ok(()));
        assert_eq!(quota.call(0, 1), Ok(()));
    }
}
