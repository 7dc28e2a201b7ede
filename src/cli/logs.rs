//! Log lines: on standard error, as text or JSON, at the level that was asked for.

use clap::ValueEnum;
use tracing_subscriber::{EnvFilter, fmt};

use super::{Common, output};

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Says where a panic was and not why: its text may quote what a flowfile holds.
pub(super) fn hide_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a bug: please report it");
    }));
}

/// Starts logging for the whole process. `HEADWATER_LOG` (as `RUST_LOG` is written) goes before the options.
pub(super) fn start(common: &Common) {
    let level = match (common.quiet, common.verbose) {
        (true, _) => "error",
        // What fails is told by the command itself, in better words.
        (_, 0) => "warn,headwater::engine::outcome=error",
        (_, 1) => "info",
        (_, 2) => "info,headwater=debug,processors_standard=debug",
        _ => "trace",
    };
    let filter =
        std::env::var("HEADWATER_LOG").ok().and_then(|filter| EnvFilter::try_new(filter).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(level));
    let builder = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output::coloured())
        .with_target(false);
    // A second start, in tests, changes nothing.
    let _ = match common.log_format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
