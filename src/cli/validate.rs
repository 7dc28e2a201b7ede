//! `headwater validate`: everything that is wrong with flow files, without running them.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use processors_api::diagnostic::JsonMessage;

use super::{Common, Exit, load, output::out};
use crate::{
    flow::{self, Flow, LoadOptions, Registry},
    schedule::Schedule,
};

#[derive(Args)]
pub(super) struct ValidateArgs {
    /// The flow files
    #[arg(required = true)]
    flows: Vec<PathBuf>,
    /// Check without the values of parameters, for a machine that has no secrets
    #[arg(long)]
    no_values: bool,
    /// One JSON object a message
    #[arg(long)]
    json: bool,
}

pub(super) fn validate(
    args: ValidateArgs,
    common: &Common,
    registry: &Registry,
) -> anyhow::Result<Exit> {
    let options = load::options(common, args.no_values)?;
    let mut exit = Exit::Done;
    for path in &args.flows {
        if !validate_one(path, registry, &options, args.json)? {
            exit = Exit::Flow;
        }
    }
    Ok(exit)
}

/// Whether the file has no errors.
fn validate_one(
    path: &Path,
    registry: &Registry,
    options: &LoadOptions,
    json: bool,
) -> anyhow::Result<bool> {
    let loaded = flow::load(path, registry, options);
    if json {
        let (source, diagnostics, secrets) = match &loaded {
            Ok(loaded) => (&loaded.source, &loaded.warnings, &loaded.secrets),
            Err(errors) => (&errors.source, &errors.diagnostics, &errors.secrets),
        };
        for diagnostic in diagnostics {
            out(serde_json::to_string(&JsonMessage::new(source, diagnostic, secrets))?)?;
        }
        return Ok(loaded.is_ok());
    }
    match &loaded {
        Ok(loaded) => {
            load::tell(&loaded.render(load::look()));
            out(fine(path, &loaded.flow))?;
        }
        Err(errors) => load::tell(&errors.render(load::look())),
    }
    Ok(loaded.is_ok())
}

fn fine(path: &Path, flow: &Flow) -> String {
    let count = flow.processors.len();
    let processors =
        if count == 1 { "1 processor".to_owned() } else { format!("{count} processors") };
    let now = Timestamp::now();
    let schedules = flow.processors.iter().filter_map(|processor| processor.schedule.as_ref());
    let fires: Vec<String> = schedules.map(|source| fires(flow, &source.schedule, now)).collect();
    let fires = if fires.is_empty() {
        "fires only with `headwater run`".to_owned()
    } else {
        fires.join("; ")
    };
    format!("{}: fine. {processors}, {fires}.", path.display())
}

fn fires(flow: &Flow, schedule: &Schedule, now: Timestamp) -> String {
    let zone = schedule.zone().unwrap_or(&flow.zone);
    let Some(next) = schedule.next_after(now, now) else {
        return format!("fires {}, but never again", schedule.describe());
    };
    let (next, today) = (next.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if next.date() == today.date() { "%H:%M" } else { "%-d %b %H:%M" };
    let zone = zone.iana_name().unwrap_or("local time");
    format!("fires {}, next at {} ({zone})", schedule.describe(), next.strftime(form))
}
