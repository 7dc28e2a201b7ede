//! Reads a flow file for a command: parameters from the command line and the environment, everything that is wrong told.

use std::path::Path;

use jiff::tz::TimeZone;
use processors_api::{Clock, diagnostic::Look};

use super::{
    Common, Exit, given,
    output::{self, told},
};
use crate::{
    flow::{self, LoadOptions, Loaded, ParameterOverrides, Registry},
    system::{self, SystemClock},
};

/// The flow of a file. What is wrong with it has been printed when there is none.
pub(super) fn load(path: &Path, common: &Common, registry: &Registry) -> anyhow::Result<Loaded> {
    let loaded = flow::load(path, registry, &options(common, false)?);
    match loaded {
        Ok(loaded) => {
            tell(&loaded.render(look()));
            Ok(loaded)
        }
        Err(errors) => {
            tell(&errors.render(look()));
            Err(told(Exit::Flow, format_args!("{} cannot be run as it is", path.display())))
        }
    }
}

/// What flows are loaded with, as the command line and the environment say.
pub(super) fn options(common: &Common, no_values: bool) -> anyhow::Result<LoadOptions> {
    let mut overrides = ParameterOverrides::default();
    if let Some(file) = &common.params_file {
        given::read_file(&mut overrides, file)?;
    }
    for param in &common.params {
        let (name, value) = given::pair("--param", param)?;
        overrides.set(&name, &value);
    }
    Ok(loading(overrides, no_values))
}

/// What flows are loaded with on this machine.
pub(super) fn loading(overrides: ParameterOverrides, no_values: bool) -> LoadOptions {
    LoadOptions {
        overrides,
        environment: system::environment(),
        no_values,
        machine_zone: TimeZone::system(),
        now: SystemClock.now(),
    }
}

/// Prints what is wrong with a file, or nothing.
pub(super) fn tell(rendered: &str) {
    if !rendered.is_empty() {
        output::err(rendered.trim_end());
    }
}

pub(super) fn look() -> Look {
    if output::coloured() { Look::Coloured } else { Look::Plain }
}
