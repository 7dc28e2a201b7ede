//! What the processors that write to the log share: levels, and texts that stay on their line. Not where the log goes.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How important a line of the log is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    /// Everything.
    Trace,
    /// For finding mistakes.
    Debug,
    /// What happens.
    #[default]
    Info,
    /// What somebody should look at.
    Warn,
    /// What went wrong.
    Error,
}

impl LogLevel {
    /// The level of this name, however its letters are written.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "info" => Self::Info,
            "warn" => Self::Warn,
            "error" => Self::Error,
            _ => return None,
        })
    }

    /// Whether anybody hears it.
    pub(crate) fn is_enabled(self) -> bool {
        match self {
            Self::Trace => tracing::enabled!(tracing::Level::TRACE),
            Self::Debug => tracing::enabled!(tracing::Level::DEBUG),
            Self::Info => tracing::enabled!(tracing::Level::INFO),
            Self::Warn => tracing::enabled!(tracing::Level::WARN),
            Self::Error => tracing::enabled!(tracing::Level::ERROR),
        }
    }

    /// Writes a processor's text to the log.
    pub(crate) fn write(self, processor: &str, text: &str) {
        match self {
            Self::Trace => tracing::trace!(processor, "{text}"),
            Self::Debug => tracing::debug!(processor, "{text}"),
            Self::Info => tracing::info!(processor, "{text}"),
            Self::Warn => tracing::warn!(processor, "{text}"),
            Self::Error => tracing::error!(processor, "{text}"),
        }
    }
}

/// A text without line breaks and other control characters: nothing from outside can begin a line of its own.
pub(crate) fn on_one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escape = |sign: char| match sign.is_control() {
        true => sign.escape_default().to_string(),
        false => sign.to_string(),
    };
    Cow::Owned(text.chars().map(escape).collect())
}

/// A log that tests can read.
#[cfg(test)]
pub(crate) mod kept {
    use std::{
        fmt::{Debug, Write as _},
        sync::{Arc, Mutex},
    };

    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span,
    };

    /// Keeps what is logged: the level, then the message, each on its line.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<String>>);

    impl Visit for &Log {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            if field.name() == "message" {
                let _ = writeln!(self.0.lock().unwrap(), "{value:?}");
            }
        }
    }

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            let _ = writeln!(self.0.lock().unwrap(), "{}", event.metadata().level());
            event.record(&mut &*self);
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    /// What is logged meanwhile.
    pub(crate) fn logged(work: impl FnOnce()) -> String {
        let log = Log::default();
        tracing::subscriber::with_default(log.clone(), work);
        std::mem::take(&mut *log.0.lock().unwrap())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one() {
        for (text, expected) in [
            ("plain é", "plain é"),
            ("a\nERROR b\r\t", "a\\nERROR b\\r\\t"),
            ("\u{1b}[31m", "\\u{1b}[31m"),
            ("\u{85}", "\\u{85}"),
        ] {
            assert_eq!(on_one_line(text), expected);
        }
    }

    #[test]
    fn a_level_is_found_by_its_name() {
        assert_eq!(LogLevel::named(" WARN "), Some(LogLevel::Warn));
        assert_eq!(LogLevel::named("warning"), None);
    }
}
