//! `headwater validate`: everything that is wrong with flow files, without running them.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::Timestamp;

use super::{
    Common, Exit,
    fix::{self, Found},
    load,
    output::{out, told},
    sarif,
};
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
    /// Make the changes that cannot change a meaning that was right, and tell them
    #[arg(long)]
    fix: bool,
    /// One array, an object a message
    #[arg(long, conflicts_with = "sarif")]
    json: bool,
    /// A SARIF 2.1.0 log, for forges and editors
    #[arg(long)]
    sarif: bool,
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
        if args.fix {
            fix::fix(path, registry, &options).map_err(|error| not_fixed(path, &error))?;
        }
        let loaded = flow::load(path, registry, &options);
        if loaded.is_err() {
            exit = Exit::Flow;
        }
        if args.json || args.sarif {
            messages.extend(Found::of(&loaded).messages());
        } else {
            tell(path, &loaded)?;
        }
    }
    if args.json {
        out(serde_json::to_string_pretty(&messages)?)?;
    } else if args.sarif {
        out(serde_json::to_string_pretty(&sarif::log(&messages))?)?;
    }
    Ok(exit)
}

fn not_fixed(path: &Path, error: &io::Error) -> anyhow::Error {
    let message = format_args!("{} could not be fixed and is as it was: {error}", path.display());
    told(Exit::Flow, message)
}

fn tell(path: &Path, loaded: &Result<Loaded, LoadErrors>) -> anyhow::Result<()> {
    match loaded {
        Ok(loaded) => {
            load::tell(&loaded.render(load::look()));
            out(fine(path, loaded))
        }
        Err(errors) => {
            load::tell(&errors.render(load::look()));
            Ok(())
        }
    }
}

fn fine(path: &Path, loaded: &Loaded) -> String {
    let flow = &loaded.flow;
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
    let verdict = if loaded.warnings.is_empty() { "fine" } else { "it can run" };
    format!("{}: {verdict}. {processors}, {fires}.", path.display())
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
