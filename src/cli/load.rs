//! Reads a flow file for a command: parameters from the command line and the environment, everything that is wrong told.

use std::path::Path;

use processors_api::diagnostic::{self, Severity};

use super::{Common, Exit, output};
use crate::{
    flow::{self, LoadOptions, Loaded, ParameterOverrides, Registry},
    system,
};

/// The flow of a file; what is wrong with it has been printed when there is none.
pub(super) fn load(path: &Path, common: &Common, registry: &Registry) -> anyhow::Result<Loaded> {
    let options = options(common, false)?;
    match flow::load(path, registry, &options) {
        Ok(loaded) => {
            tell(&loaded.source, &loaded.warnings, "");
            Ok(loaded)
        }
        Err(errors) => {
            tell(&errors.source, &errors.diagnostics, "Nothing was run.");
            Err(output::told(Exit::Flow, format!("{} cannot be run as it is", path.display())))
        }
    }
}

pub(super) fn options(common: &Common, no_values: bool) -> anyhow::Result<LoadOptions> {
    let mut overrides = ParameterOverrides::default();
    if let Some(file) = &common.params_file {
        overrides.read_file(file).map_err(|error| output::told(Exit::Usage, error))?;
    }
    for param in &common.params {
        let (name, value) = param
            .split_once('=')
            .ok_or_else(|| output::told(Exit::Usage, format!("--param {param}: write --param NAME=VALUE")))?;
        overrides.set(name, value);
    }
    Ok(LoadOptions { overrides, environment: system::environment(), no_values })
}

/// Prints diagnostics on standard error, with the line that counts them.
pub(super) fn tell(source: &processors_api::Source, diagnostics: &[processors_api::Diagnostic], closing: &str) {
    if diagnostics.is_empty() {
        return;
    }
    output::err(diagnostic::render_all(source, diagnostics, closing, output::coloured()).trim_end());
}

pub(super) fn has_errors(diagnostics: &[processors_api::Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
