//! `headwater run`: each source of a flow once, now, until nothing is queued.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};

use super::{
    Common, Exit, data, load,
    output::{self, bracketed, out},
    progress,
};
use crate::{
    engine::{Engine, EngineError, EngineOptions, Failed, Monitor, RunReport},
    flow::{Flow, Registry},
    limits::ROLLBACKS_MAX_IN_RUN,
    repository::{Durability, KeyLookup, OpenError},
    system::{self, SystemClock, SystemEntropy},
};

/// How often the lock of a flow that another run has is tried.
const LOCK_POLL: Duration = Duration::from_millis(100);

#[derive(Args)]
pub(super) struct RunArgs {
    /// The flow file
    flow: PathBuf,
    /// How long to wait for another run of the same flow to end, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// What a commit survives
    #[arg(long, value_enum, default_value_t)]
    durability: DurabilityArg,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum DurabilityArg {
    /// A power cut
    #[default]
    Fsync,
    /// The end of the process, not of the machine
    Process,
    /// Nothing: everything stays in memory
    None,
}

impl From<DurabilityArg> for Durability {
    fn from(durability: DurabilityArg) -> Self {
        match durability {
            DurabilityArg::Fsync => Self::Fsync,
            DurabilityArg::Process => Self::Process,
            DurabilityArg::None => Self::None,
        }
    }
}

pub(super) fn run(args: RunArgs, common: &Common, registry: &Registry) -> anyhow::Result<Exit> {
    let loaded = load::load(&args.flow, common, registry)?;
    let folder = data::of_flow(&args.flow, common);
    let place = Place {
        folder: folder.clone(),
        durability: args.durability.into(),
        keys: system::key_lookup(),
    };
    let done = work(Arc::new(loaded.flow), &place, Duration::from_secs(args.wait), common.quiet)?;
    tell(&done, &args.flow, common)?;
    Ok(done.exit())
}

/// Where a flow keeps what it must not forget, and how.
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) durability: Durability,
    pub(super) keys: KeyLookup,
}

/// A call of the engine that came to its end.
pub(super) struct Done {
    pub(super) flow: String,
    pub(super) report: RunReport,
    pub(super) table: String,
    pub(super) took: Duration,
    pub(super) interrupted: bool,
    pub(super) taken: u64,
    pub(super) syncs: u64,
}

impl Done {
    pub(super) fn exit(&self) -> Exit {
        match (self.interrupted, self.report.has_failed()) {
            (true, _) => Exit::Interrupted,
            (false, true) => Exit::Failed,
            (false, false) => Exit::Done,
        }
    }
}

/// Runs a flow once on its data directory.
pub(super) fn work(
    flow: Arc<Flow>,
    place: &Place,
    wait: Duration,
    quiet: bool,
) -> anyhow::Result<Done> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("headwater")
        .build()?;
    let done = runtime.block_on(async {
        let started = Instant::now();
        let name = flow.name.to_string();
        let mut engine = open(flow, place, wait).await?;
        let monitor = engine.monitor();
        let signals = tokio::spawn(stop_on_signal(monitor.clone()));
        let live = progress::Live::start(monitor.clone(), quiet);
        let report = engine.run_once().await;
        live.end().await;
        signals.abort();
        let report = report?;
        let (table, syncs) = (progress::table(&monitor), monitor.syncs());
        let sources = monitor.flow().sources();
        let activity = monitor.activity();
        let taken = sources.map(|index| activity[index.0].taken).sum();
        engine.close().await?;
        let interrupted = monitor.is_stopping();
        anyhow::Ok(Done {
            flow: name,
            report,
            table,
            took: started.elapsed(),
            interrupted,
            taken,
            syncs,
        })
    })?;
    // What still waits in a blocking thread (a file system that does not answer) must not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(done)
}

/// Opens the engine; waits while another process has the flow.
async fn open(flow: Arc<Flow>, place: &Place, wait: Duration) -> Result<Engine, EngineError> {
    let end = Instant::now() + wait;
    loop {
        let options = EngineOptions {
            folder: place.folder.clone(),
            durability: place.durability,
            keys: place.keys.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            environment: system::environment(),
            rollbacks_max: ROLLBACKS_MAX_IN_RUN,
        };
        match Engine::open(flow.clone(), options).await {
            Err(EngineError::Open(OpenError::InUse { .. })) if Instant::now() < end => {
                tokio::time::sleep(LOCK_POLL).await
            }
            opened => return opened,
        }
    }
}

/// The first ctrl-C or SIGTERM ends what is under way and commits it; the second one does not wait.
async fn stop_on_signal(monitor: Monitor) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if monitor.is_stopping() {
            // Everything committed is safe; the rest is taken back at the next start.
            std::process::exit(i32::from(Exit::Interrupted as u8));
        }
        output::err("stopping: what is under way is being committed (once more to stop at once)");
        monitor.stop();
    }
}

fn tell(done: &Done, flow: &Path, common: &Common) -> anyhow::Result<()> {
    if common.quiet && !done.interrupted && !done.report.has_failed() {
        // A timer that mails what is printed must have nothing to mail.
        return Ok(());
    }
    if done.report.failed.is_empty() && done.taken == 0 && !done.report.nothing.is_empty() {
        for nothing in &done.report.nothing {
            out(format_args!(
                "{}: nothing to do. {} found {}.",
                done.flow, nothing.processor, nothing.what
            ))?;
        }
        return Ok(());
    }
    if !common.quiet {
        out(&done.table)?;
        out("")?;
    }
    for error in &done.report.source_errors {
        output::err(format_args!(
            "{}: {} could not bring anything in: {}",
            done.flow, error.processor, error.error
        ));
    }
    for stuck in &done.report.stuck {
        output::err(format_args!(
            "{}: {} flowfiles are stuck in {}: {}",
            done.flow, stuck.flowfiles, stuck.connection, stuck.why
        ));
    }
    for failed in &done.report.failed {
        output::err(shown(&done.flow, failed));
    }
    out(summary(done))?;
    if !done.report.failed.is_empty() {
        let again = data::typed_again(Some(flow), common);
        out(format_args!("look closer:  headwater failed list{again}"))?;
    }
    Ok(())
}

fn shown(flow: &str, failed: &Failed) -> String {
    format!(
        "{flow}: F{} failed at {} {}: {}",
        failed.number,
        failed.processor,
        bracketed(&failed.relationship),
        failed.reason.masked()
    )
}

fn summary(done: &Done) -> String {
    let ended = match (done.interrupted, done.report.has_failed()) {
        (true, _) => "stopped; everything is committed and goes on with the next run",
        (false, true) => "not all done",
        (false, false) => "done",
    };
    let failed = done.report.failed.len();
    let seconds = done.took.as_secs_f64();
    format!("{}: {ended}. {} in, {failed} failed, {seconds:.1} s.", done.flow, done.taken)
}
