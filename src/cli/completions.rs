//! `headwater completions`: what a shell needs to complete the command line, from its own definitions.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, Exit, output::out};

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(args: CompletionsArgs) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "headwater", &mut script);
    out(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}
