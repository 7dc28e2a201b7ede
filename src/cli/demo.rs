//! `headwater demo`: the whole job against a built-in sandbox, on the real engine, and the story of what happened.

use std::{fs, path::Path, sync::Arc, time::Duration};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{
    Common, Exit, data, load,
    output::{self, out, told},
    run,
};
use crate::{
    flow::{self, LoadOptions, ParameterOverrides, Registry},
    repository::{Durability, KeyLookup},
    sandbox::{LoggedRequest, Outcome, Seed, Target, Xero, XeroSettings},
};

/// The example flow, exactly as it ships.
const FLOW: &str = include_str!("../../flows/xero-invoices.yaml");

#[derive(Args)]
pub(super) struct DemoArgs {
    /// Which API to pretend
    #[arg(value_enum, default_value_t)]
    api: Api,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Api {
    #[default]
    Xero,
}

pub(super) fn demo(args: DemoArgs, common: &Common, registry: &Registry) -> anyhow::Result<Exit> {
    match args.api {
        Api::Xero => xero(common, registry),
    }
}

fn xero(common: &Common, registry: &Registry) -> anyhow::Result<Exit> {
    let settings =
        XeroSettings { seed: Seed::random()?, start: Timestamp::now(), ..XeroSettings::default() };
    let sandbox = Xero::start_on_thread(settings)?;
    let folder = tempfile::Builder::new().prefix("headwater-demo-").tempdir()?.keep();
    let credentials = folder.join("credentials/xero.json");
    fs::create_dir_all(folder.join("credentials"))?;
    fs::write(folder.join("xero-invoices.yaml"), FLOW)?;
    let expired = sandbox.expired_credentials();
    fs::write(&credentials, &expired)?;
    out(format_args!(
        "a pretend Xero listens at {}; its access token in credentials/xero.json has expired",
        sandbox.url()
    ))?;
    out(format_args!("the flow is {}\n", folder.join("xero-invoices.yaml").display()))?;

    let loaded = flow::load(&folder.join("xero-invoices.yaml"), registry, &options(&sandbox));
    let loaded = loaded.map_err(|errors| told(Exit::Flow, errors))?;
    let data_dir = common.data_dir.clone().unwrap_or_else(|| folder.join(data::DEFAULT));
    // A key of its own, so that a demo leaves nothing in the user's home and needs none.
    let keys = KeyLookup { home: Some(folder.clone()), ..KeyLookup::default() };
    let place = run::Place { folder: data_dir, durability: Durability::Fsync, keys };
    let done = run::work(Arc::new(loaded.flow), &place, Duration::ZERO, common.quiet)?;

    tell_requests(&sandbox.requests())?;
    out(&done.table)?;
    out("")?;
    tell_files(&folder, &expired, &credentials)?;
    out(format_args!(
        "\n{} ({} syncs to the disk, {:.2} s)",
        verdict(&done, &sandbox),
        done.syncs,
        done.took.as_secs_f64()
    ))?;
    out(
        "next: read the flow, break it, and see what headwater validate says; headwater run --help",
    )?;
    Ok(done.exit())
}

fn options(sandbox: &Xero) -> LoadOptions {
    let settings = sandbox.settings();
    let mut overrides = ParameterOverrides::default();
    for (name, value) in [
        ("api_url", sandbox.url()),
        ("identity_url", sandbox.url()),
        ("tenant_id", &settings.tenant_id),
        ("client_id", &settings.client_id),
        ("client_secret", &settings.client_secret),
    ] {
        overrides.set(name, value);
    }
    load::loading(overrides, false)
}

fn tell_requests(requests: &[LoggedRequest]) -> anyhow::Result<()> {
    out("what the sandbox was asked:")?;
    for (number, request) in requests.iter().enumerate() {
        let meaning = match (request.target, &request.outcome) {
            (Target::Token, Outcome::Answered(200)) => "new tokens; the old ones are dead",
            (Target::Api, Outcome::Answered(401)) => "the access token has expired",
            (Target::Api, Outcome::Answered(200)) => "the invoices",
            _ => "",
        };
        let answer =
            request.status().map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        out(format_args!(
            "  {}. {:<4} {:<24} {answer}  {meaning}",
            number + 1,
            request.method,
            request.path_and_query
        ))?;
    }
    out("")
}

fn tell_files(folder: &Path, expired: &str, credentials: &Path) -> anyhow::Result<()> {
    out("what is on the disk now:")?;
    let rewritten = fs::read_to_string(credentials)? != expired;
    let previous = credentials.with_file_name(".xero.json.previous").exists();
    out(format_args!(
        "  credentials/xero.json   {}{}",
        if rewritten { "rewritten with the new tokens" } else { "as it was" },
        if previous { ", the previous ones beside it in .xero.json.previous" } else { "" },
    ))?;
    for entry in fs::read_dir(folder.join("data")).into_iter().flatten() {
        let entry = entry?;
        out(format_args!(
            "  data/{}   {} bytes",
            entry.file_name().display(),
            entry.metadata()?.len()
        ))?;
    }
    Ok(())
}

fn verdict(done: &run::Done, sandbox: &Xero) -> String {
    match (done.report.has_failed(), sandbox.refreshes()) {
        (false, 1) => "done: one refresh, nothing lost, nothing in failed".to_owned(),
        (false, refreshes) => format!("done, with {refreshes} refreshes"),
        (true, _) => {
            for failed in &done.report.failed {
                output::err(format_args!(
                    "F{} failed at {}: {}",
                    failed.number,
                    failed.processor,
                    failed.reason.masked()
                ));
            }
            "not done: see above".to_owned()
        }
    }
}
