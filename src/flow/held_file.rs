//! The file that a place holds: a path with parameters, known when the flow is loaded, so without expressions.

use std::path::{Path, PathBuf};

use processors_api::{
    Scalar,
    decode::fill_in,
    diagnostic::{code as api_code, quote, suggest},
};

use super::{code, parameters::Values, report::Report};

/// Absolute, without `.` inside, as messages show it; what is wrong has been reported when there is none.
pub(super) fn path(
    typed: &Scalar,
    folder: &Path,
    values: &Values,
    report: &Report<'_>,
) -> Option<PathBuf> {
    if let Some(at) = typed.text.find("${") {
        let place = report.source.locate(typed, at..at + 2);
        let message = "the file of a hold is known before any flowfile comes, so there are no expressions in it";
        report.error(code::CONFLICT, place, message, "a parameter is allowed: #{name}");
        return None;
    }
    let path = match fill_in(&typed.text, &values.parameters) {
        Ok(path) => path,
        Err(unknown) => {
            let place = report.source.locate(typed, unknown.range.clone());
            let message = format!("there is no parameter called {}", quote(unknown.name));
            let near = suggest(unknown.name, values.parameters.names());
            let label = near
                .map_or("add it to `parameters:`".into(), |near| format!("did you mean `{near}`?"));
            report.error(api_code::UNKNOWN_PARAMETER, place, message, label);
            return None;
        }
    };
    if path.is_sensitive() {
        let message =
            "the file of a hold shows up in messages, so no sensitive parameter can be in its path";
        report.error(code::CONFLICT, typed.span, message, "use another parameter");
        return None;
    }
    Some(folder.join(path.reveal()).components().collect())
}
