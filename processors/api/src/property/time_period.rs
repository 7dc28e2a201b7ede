//! [`TimePeriod`]: a duration as NiFi writes it (`30 sec`, `5 mins`), or short (`30s`, `5m`). Counts nanoseconds.

use std::{borrow::Cow, fmt, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{
    deserialize_from_text,
    quantity::{Quantity, Unit},
};
use crate::decode::ScalarProblem;

pub(super) const NAME: &str = "time_period";

const SECOND: u64 = 1_000_000_000;

const QUANTITY: Quantity = Quantity {
    noun: "a duration",
    units: &[
        Unit { names: &["sec", "s", "secs", "second", "seconds"], factor: SECOND },
        Unit { names: &["min", "m", "mins", "minute", "minutes"], factor: 60 * SECOND },
        Unit { names: &["hour", "h", "hr", "hrs", "hours"], factor: 3600 * SECOND },
        Unit { names: &["day", "d", "days"], factor: 24 * 3600 * SECOND },
        Unit { names: &["week", "w", "wk", "wks", "weeks"], factor: 7 * 24 * 3600 * SECOND },
        Unit {
            names: &["ms", "milli", "millis", "millisecond", "milliseconds"],
            factor: 1_000_000,
        },
        Unit {
            names: &["us", "µs", "micro", "micros", "microsecond", "microseconds"],
            factor: 1_000,
        },
        Unit { names: &["ns", "nano", "nanos", "nanosecond", "nanoseconds"], factor: 1 },
    ],
    examples: "30 sec, 5 mins, 1 hour, 2 days, 100 ms",
};

/// A duration in a flow file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimePeriod(Duration);

impl TimePeriod {
    /// So many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// So long.
    pub const fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// As the standard library has it.
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// Reads `5 mins`, `5m`, `1.5 hours`.
    pub fn parse(text: &str) -> Result<Self, ScalarProblem> {
        QUANTITY.parse(text).map(|nanoseconds| Self(Duration::from_nanos(nanoseconds)))
    }
}

/// In the largest unit that leaves a whole number.
impl fmt::Display for TimePeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: [(&str, u128); 6] = [
            ("day", 24 * 3600 * SECOND as u128),
            ("hour", 3600 * SECOND as u128),
            ("min", 60 * SECOND as u128),
            ("sec", SECOND as u128),
            ("ms", 1_000_000),
            ("ns", 1),
        ];
        let nanoseconds = self.0.as_nanos();
        let fits = |factor: &u128| nanoseconds >= *factor && nanoseconds.is_multiple_of(*factor);
        let Some((unit, factor)) = SHOWN.iter().find(|(_, factor)| fits(factor)) else {
            return f.write_str("0 sec");
        };
        let count = nanoseconds / factor;
        let plural = if count == 1 || matches!(*unit, "sec" | "ms" | "ns") { "" } else { "s" };
        write!(f, "{count} {unit}{plural}")
    }
}

deserialize_from_text!(TimePeriod, "time_period", "a duration");

impl JsonSchema for TimePeriod {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(?:#\\{.*\\}|\\s*[0-9.]+\\s*\\p{L}+\\s*)$", "examples": ["30 sec", "5 mins"] })
    }
}
