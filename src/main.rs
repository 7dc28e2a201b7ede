//! The command. The only file that knows which bundles of processors there are.

use std::process::ExitCode;

fn main() -> ExitCode {
    headwater::cli::main(&[processors_standard::PROCESSORS])
}
