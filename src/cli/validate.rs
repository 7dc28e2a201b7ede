//! `headwater validate`: everything that is wrong with flow files, without running them.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use processors_api::diagnostic::JsonMessage;
use serde_json::Value;

use super::{Common, Exit, load, output::out};
use crate::{
    flow::{self, Flow, LoadErrors, Loaded, Registry},
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
    /// One array, an object a message
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
    let mut messages = Vec::new();
    for path in &args.flows {
        let loaded = flow::load(path, registry, &options);
        if loaded.is_err() {
            exit = Exit::Flow;
        }
        if args.json {
            messages.extend(json(&loaded)?);
        } else {
            tell(path, &loaded)?;
        }
    }
    if args.json {
        out(serde_json::to_string_pretty(&messages)?)?;
    }
    Ok(exit)
}

fn json(loaded: &Result<Loaded, LoadErrors>) -> anyhow::Result<Vec<Value>> {
    let (source, diagnostics, secrets) = match loaded {
        Ok(loaded) => (&loaded.source, &loaded.warnings, &loaded.secrets),
        Err(errors) => (&errors.source, &errors.diagnostics, &errors.secrets),
    };
    let message =
        |diagnostic| Ok(serde_json::to_value(JsonMessage::new(source, diagnostic, secrets))?);
    diagnostics.iter().map(message).collect()
}

fn tell(path: &Path, loaded: &Result<Loaded, LoadErrors>) -> anyhow::Result<()> {
    match loaded {
        Ok(loaded) => {
            load::tell(&loaded.render(load::look()));
            out(fine(path, &loaded.flow))
        }
        Err(errors) => {
            load::tell(&errors.render(load::look()));
            Ok(())
        }
    }
}

fn fine(path: &Path, flow: &Flow) -> String {
    let count = flow.processors.len();
    let processors =
        if count == 1 { "1 processor".to_owned() } else { format!("{count} processors") };
    let now = Timestamp::now();
    let sources = flow.processors.iter().filter(|processor| processor.is_source());
    let schedules = sources.filter_map(|processor| processor.schedule.as_ref());
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
