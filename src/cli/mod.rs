//! The command line: one file a command. It reads what was typed, calls the library and prints; it holds no state and
//! knows no rule of its own.

mod completions;
mod data;
mod demo;
mod eval;
mod explain;
mod failed;
mod fix;
mod functions;
mod given;
mod graph;
mod load;
mod logs;
mod output;
mod page;
mod path;
mod processors;
mod progress;
mod run;
mod sarif;
mod schema;
mod trial;
mod validate;

use std::{path::PathBuf, process::ExitCode};

use clap::{ArgAction, Args, Parser, Subcommand};
use processors_api::ProcessorType;

use crate::flow::Registry;

/// What the process says when it ends; `cli.md` fixes the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Exit {
    Done = 0,
    /// A flowfile entered `failed`, a source that must find something found nothing, or an expression gave no value.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A flow file is wrong.
    Flow = 3,
    /// The data directory is in use, damaged, sealed with another key or not writable.
    Data = 4,
    /// Interrupted, with everything committed.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A dataflow engine: flows are YAML files, and nothing is lost on the way.
#[derive(Parser)]
#[command(
    name = "headwater",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Subcommand)]
enum Command {
    /// Show the whole job against a built-in sandbox: call, 401, refresh, credentials rewritten, call again, stored
    #[command(after_help = "Example:\n  headwater demo")]
    Demo(demo::DemoArgs),
    /// Fire each source of a flow once, now, and work until nothing is queued
    #[command(
        after_help = "Example:\n  headwater run flows/xero-invoices.yaml --param tenant_id=9f3c..."
    )]
    Run(run::RunArgs),
    /// Find everything that is wrong with flow files, without running them
    #[command(after_help = "Example:\n  headwater validate flows/*.yaml")]
    Validate(validate::ValidateArgs),
    /// What the code of a message means, with a wrong and a right example
    #[command(after_help = "Example:\n  headwater explain HW201")]
    Explain(explain::ExplainArgs),
    /// Run one processor over given flowfiles, and show what comes out of which relationship
    #[command(
        after_help = "Example:\n  headwater try ReplaceText -p search_value=a -p replacement_value=b letter.txt\n  echo '{\"total\": 7}' | headwater try EvaluateJsonPath -p destination=flowfile-attribute -p attributes.total='$.total'\n\nWhat the processor does outside it really does: it writes files and sends requests. Only what a source would\ndelete or move stays in place. Exit 1 when the processor failed, 3 when its properties are wrong."
    )]
    Try(trial::TryArgs),
    /// Evaluate an expression over given attributes
    #[command(
        after_help = "Example:\n  headwater eval '${filename:toUpper()}' -a filename=a.txt\n\nWhat --param sets is shown; what a file of --params sets is a secret, and so is all that is made of it."
    )]
    Eval(eval::EvalArgs),
    /// The functions of the expression language, and one's reference page
    #[command(after_help = "Example:\n  headwater functions substringBefore")]
    Functions(functions::FunctionsArgs),
    /// The failed queue: what waits there for a person, and why
    #[command(after_help = "Example:\n  headwater failed list\n  headwater failed show F17")]
    Failed(failed::FailedArgs),
    /// The processors, and one's reference page
    #[command(after_help = "Example:\n  headwater processors InvokeHttp")]
    Processors(processors::ProcessorsArgs),
    /// Draw a flow: as text, for a wiki, or as a picture
    #[command(
        after_help = "Example:\n  headwater graph flows/xero-invoices.yaml --format svg > xero.svg"
    )]
    Graph(graph::GraphArgs),
    /// The JSON Schema of flow files, for editors
    #[command(after_help = "Example:\n  headwater schema > flow.schema.json")]
    Schema,
    /// Print the completions of a shell
    #[command(
        after_help = "Example:\n  headwater completions bash > /etc/bash_completion.d/headwater"
    )]
    Completions(completions::CompletionsArgs),
}

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
struct Common {
    /// Where flows keep what they must not forget [default: .headwater beside the flow]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Set a parameter of the flow
    #[arg(long = "param", global = true, value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// Set parameters from a YAML file of `name: value` lines
    #[arg(long = "params", global = true, value_name = "FILE")]
    params_file: Option<PathBuf>,
    /// Log more: -v what starts, fails and is recovered; -vv each step of a flowfile
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Print and log only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// How log lines are written
    #[arg(long, global = true, value_enum, default_value_t)]
    log_format: logs::LogFormat,
}

/// Runs the command that was typed. `bundles` are the processors that flows can use.
pub fn main(bundles: &[&'static [ProcessorType]]) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    logs::start(&cli.common);
    logs::hide_panics();
    let registry = match Registry::new(bundles) {
        Ok(registry) => registry,
        Err(error) => {
            output::error(&error.into());
            return Exit::Usage.into();
        }
    };
    let done = match cli.command {
        Command::Demo(args) => demo::demo(args, &cli.common, &registry),
        Command::Run(args) => run::run(args, &cli.common, &registry),
        Command::Validate(args) => validate::validate(args, &cli.common, &registry),
        Command::Explain(args) => explain::explain(args),
        Command::Try(args) => trial::trial(args, &cli.common, &registry),
        Command::Eval(args) => eval::eval(args, &cli.common),
        Command::Functions(args) => functions::functions(args),
        Command::Failed(args) => failed::failed(args, &cli.common),
        Command::Processors(args) => processors::processors(args, &registry),
        Command::Graph(args) => graph::graph(args, &cli.common, &registry),
        Command::Schema => schema::schema(&registry),
        Command::Completions(args) => completions::completions(args),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(error) if output::is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            output::error(&error);
            exit_of(&error).into()
        }
    }
}

fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe is no reason to fail twice.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// The exit that an error asks for; what carries none is the data directory's fault.
fn exit_of(error: &anyhow::Error) -> Exit {
    error.downcast_ref::<output::Told>().map_or(Exit::Data, |told| told.exit)
}
