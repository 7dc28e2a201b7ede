//! The real world that an engine is given: the machine's clock and chance. The only place that asks for either.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use processors_api::{Clock, Entropy};

use crate::repository::KeyLookup;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// When the operating system has no randomness to give: no id would be safe.
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "without randomness ids collide and flowfiles are lost"
        )]
        getrandom::fill(bytes).expect("the operating system has randomness");
    }
}

/// The environment variables that are text.
pub fn environment() -> Arc<BTreeMap<String, String>> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Arc::new(std::env::vars_os().filter_map(text).collect())
}

/// Where the key of sealed secrets may be, as the environment says.
pub fn key_lookup() -> KeyLookup {
    let path =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(Into::into);
    KeyLookup {
        key_file: path("HEADWATER_KEY_FILE"),
        credentials_directory: path("CREDENTIALS_DIRECTORY"),
        config_home: path("XDG_CONFIG_HOME"),
        home: path("HOME"),
    }
}
