//! `headwater try`: one processor over given flowfiles, and what comes out of which relationship.

mod document;
mod report;

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use jiff::tz::TimeZone;
use processors_api::{
    Input, Parameters, ProcessorContext, ProcessorType, Sensitivity, core_attributes,
    diagnostic::JsonMessage,
};
use serde_json::json;

use super::{
    Common, Exit, given, load,
    output::{self, told},
    processors,
};
use crate::{
    engine,
    flow::{LoadErrors, Registry},
    limits::TRIAL_INPUT_BYTES_MAX,
    system::{self, SystemClock, SystemEntropy},
    trial::{BoundedContent, Given, Properties, Trial, TrialError, Trialled, Triggers},
};

/// The name of standard input among files.
const STDIN: &str = "-";

#[derive(Args)]
pub(super) struct TryArgs {
    /// The type of the processor
    processor: String,
    /// The contents of the flowfiles, one file each [default: one flowfile from standard input]
    files: Vec<PathBuf>,
    /// Set a property, by our name or NiFi's; what the author of a flow names is set as attributes.NAME=VALUE
    #[arg(short, long = "property", value_name = "NAME=VALUE")]
    properties: Vec<String>,
    #[command(flatten)]
    attributes: given::Attributes,
    /// Read one JSON document with properties, inputs and triggers from standard input, print one object
    #[arg(long, conflicts_with_all = ["files", "properties", "attribute", "attributes"])]
    json: bool,
}

/// What is to be tried.
struct Asked {
    properties: Properties,
    inputs: Vec<Given>,
    triggers: Triggers,
}

pub(super) fn trial(args: TryArgs, common: &Common, registry: &Registry) -> anyhow::Result<Exit> {
    let kind = processors::named(&args.processor, registry)?;
    let context = context(kind, given::parameters(common)?);
    let asked = if args.json {
        document::read(kind, &read(io::stdin(), "standard input")?)?
    } else {
        typed(&args, kind)?
    };
    let trial = match Trial::new(kind, &asked.properties, context) {
        Ok(trial) => trial,
        Err(errors) => return refused(&errors, args.json),
    };
    match run(&trial, asked)? {
        Ok(trialled) if args.json => tell(&trialled, &report::json(&trialled).to_string()),
        Ok(trialled) => tell(&trialled, &report::text(&trialled)),
        Err(error) if args.json => {
            output::out(json!({ "ok": false, "stage": "run", "error": error.to_string() }))?;
            Ok(Exit::Failed)
        }
        Err(error) => Err(told(Exit::Failed, error)),
    }
}

fn tell(trialled: &Trialled, report: &str) -> anyhow::Result<Exit> {
    output::out(report)?;
    Ok(if trialled.rolled_back.is_empty() { Exit::Done } else { Exit::Failed })
}

/// The world that the processor sees: this machine, now. Relative paths begin where the command was typed.
fn context(kind: &ProcessorType, parameters: Parameters) -> ProcessorContext {
    ProcessorContext {
        processor: kind.name.into(),
        parameters,
        folder: PathBuf::from("."),
        durable: false,
        host: Arc::new(engine::host()),
        clock: Arc::new(SystemClock),
        zone: TimeZone::system(),
        entropy: Arc::new(SystemEntropy),
        content: Arc::new(BoundedContent::default()),
        environment: system::environment(),
        counter: Arc::default(),
        sensitivity: Sensitivity::default(),
    }
}

fn run(trial: &Trial, asked: Asked) -> anyhow::Result<Result<Trialled, TrialError>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ran = runtime.block_on(trial.run(asked.inputs, asked.triggers));
    // One that was stopped because it takes too long must not keep the process.
    runtime.shutdown_background();
    Ok(ran)
}

/// Tells everything that is wrong with the properties.
fn refused(errors: &LoadErrors, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        let message = |found| JsonMessage::new(&errors.source, found, &errors.secrets);
        let errors: Vec<JsonMessage> = errors.diagnostics.iter().map(message).collect();
        output::out(json!({ "ok": false, "stage": "validate", "errors": errors }))?;
    } else {
        load::tell(&errors.render(load::look()));
    }
    Ok(Exit::Flow)
}

/// What the command line asks for.
fn typed(args: &TryArgs, kind: &ProcessorType) -> anyhow::Result<Asked> {
    let pairs = args.properties.iter().map(|typed| given::pair("-p", typed));
    let properties = Properties::of_pairs(kind, pairs.collect::<anyhow::Result<_>>()?);
    let attributes = args.attributes.read()?;
    let mut inputs = inputs(&args.files, kind)?;
    for input in &mut inputs {
        input
            .attributes
            .extend(attributes.iter().map(|(name, value)| (name.clone(), value.as_str().into())));
    }
    Ok(Asked { properties, inputs, triggers: Triggers::of(kind) })
}

/// A flowfile for each file. Without files it is standard input, but for a source, and for what can be one when nothing
/// is piped into it.
fn inputs(files: &[PathBuf], kind: &ProcessorType) -> anyhow::Result<Vec<Given>> {
    let takes_none = match kind.input {
        Input::Required => false,
        Input::Allowed => io::stdin().is_terminal(),
        Input::Forbidden => true,
    };
    match files {
        [] if takes_none => Ok(Vec::new()),
        [] => Ok(vec![input(Path::new(STDIN))?]),
        files => files.iter().map(|path| input(path)).collect(),
    }
}

fn input(path: &Path) -> anyhow::Result<Given> {
    if path == Path::new(STDIN) {
        return Ok(Given { content: read(io::stdin(), "standard input")?, ..Given::default() });
    }
    let shown = path.display().to_string();
    let file = File::open(path)
        .map_err(|error| told(Exit::Usage, format_args!("{shown} cannot be read: {error}")))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.map(|name| (core_attributes::FILENAME.to_owned(), name.into()));
    Ok(Given { content: read(file, &shown)?, attributes: name.into_iter().collect() })
}

/// All of an input, if a trial can hold it.
fn read(from: impl Read, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(TRIAL_INPUT_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| told(Exit::Usage, format_args!("{name} cannot be read: {error}")))?;
    if bytes.len() as u64 > TRIAL_INPUT_BYTES_MAX {
        let mega = TRIAL_INPUT_BYTES_MAX / (1024 * 1024);
        return Err(told(Exit::Usage, format_args!("{name} has more than {mega} MB")));
    }
    Ok(bytes)
}
