//! Time zones by name.

use jiff::tz::{self, TimeZone};
use processors_api::{
    Diagnostic, Scalar,
    diagnostic::{quote, suggest},
};

use super::{code, report::Report};

const NAME_BYTES_MAX: usize = 100;

/// The zone of a flow.
pub(super) struct FlowZone {
    pub(super) zone: TimeZone,
    /// It is the machine's, because the flow names none.
    pub(super) is_machines: bool,
}

/// The zone that a flow names, or the machine's.
pub(super) fn of_flow(named: Option<&Scalar>, machine: &TimeZone, report: &Report<'_>) -> FlowZone {
    match named {
        Some(name) => FlowZone { zone: find(name, report), is_machines: false },
        None => FlowZone { zone: machine.clone(), is_machines: true },
    }
}

/// The zone of that name; what is wrong with it has been reported when it is UTC instead.
pub(super) fn find(name: &Scalar, report: &Report<'_>) -> TimeZone {
    let is_name = name.text.len() <= NAME_BYTES_MAX && !name.text.is_empty();
    let zone = is_name.then(|| TimeZone::get(&name.text).ok()).flatten();
    zone.unwrap_or_else(|| {
        report.add(unknown(name));
        TimeZone::UTC
    })
}

fn unknown(name: &Scalar) -> Diagnostic {
    let message = format!("there is no time zone {}", quote(&name.text));
    let diagnostic = Diagnostic::error(code::UNKNOWN_ZONE, name.span, message);
    let known: Vec<String> = tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
    match suggest(&name.text, known.iter().map(String::as_str)).or_else(|| city(&name.text, &known))
    {
        Some(near) => diagnostic.label(format!("did you mean `{near}`?")),
        None => diagnostic
            .label("write Area/City")
            .help("for example Europe/Amsterdam, America/New_York or UTC"),
    }
}

/// `Amsterdam` alone.
fn city<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let name = name.rsplit('/').next().unwrap_or(name).replace(' ', "_");
    let is_city = |zone: &&String| {
        zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&name))
    };
    known.iter().find(is_city).map(String::as_str)
}
