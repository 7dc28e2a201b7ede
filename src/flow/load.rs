//! A flow file into a [`Flow`]: read, typed, connected, checked. One pass over the file, and every mistake of it at once.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::{Timestamp, tz::TimeZone};
use processors_api::{Source, yaml};

use super::{
    check::{self, Checked},
    connect::{self, Connected, Outgoing},
    file,
    graph::{ConnectionIndex, Flow, FlowProcessor},
    model::FlowModel,
    overrides::ParameterOverrides,
    parameters::{self, Values},
    placed::{Building, Placed},
    read,
    registry::Registry,
    report::{LoadErrors, Loaded, Report},
    zone,
};

/// What a flow is loaded with, besides its file.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    pub overrides: ParameterOverrides,
    /// What `{ env: NAME }` sees.
    pub environment: Arc<BTreeMap<String, String>>,
    /// Parameters need no value: the flow is checked, not run.
    pub no_values: bool,
    /// The zone of a flow that names none.
    pub machine_zone: TimeZone,
    /// What a schedule must still fire after.
    pub now: Timestamp,
}

impl Default for LoadOptions {
    /// Nothing given, UTC, and the beginning of time.
    fn default() -> Self {
        Self {
            overrides: ParameterOverrides::default(),
            environment: Arc::default(),
            no_values: false,
            machine_zone: TimeZone::UTC,
            now: Timestamp::UNIX_EPOCH,
        }
    }
}

/// Loads a flow from its file.
pub fn load(path: &Path, registry: &Registry, options: &LoadOptions) -> Result<Loaded, LoadErrors> {
    let (source, version) = file::read_source(path)?;
    load_source(source, version, path, registry, options)
}

/// Loads a flow from a text, as if it were the file at `path`.
pub fn load_text(
    path: &Path,
    text: &str,
    registry: &Registry,
    options: &LoadOptions,
) -> Result<Loaded, LoadErrors> {
    let version = *blake3::hash(text.as_bytes()).as_bytes();
    match Source::from_bytes(path.display().to_string(), text.as_bytes().to_vec()) {
        Ok(source) => load_source(source, version, path, registry, options),
        Err(error) => Err(LoadErrors::unreadable(error.file, error.diagnostic)),
    }
}

/// The name of the flow of a file, whatever else may be wrong with the file.
pub fn name_of(path: &Path) -> Result<String, LoadErrors> {
    let (source, _) = file::read_source(path)?;
    let (node, diagnostics) = yaml::parse(&source);
    let report = Report::new(&source, diagnostics);
    let model = node.as_ref().and_then(|node| read::flow(&report, node));
    let name = model.and_then(|model| Some(model.name?.text.to_string()));
    let (diagnostics, secrets) = report.into_parts();
    name.ok_or(LoadErrors { diagnostics, source, secrets })
}

fn load_source(
    source: Source,
    version: [u8; 32],
    path: &Path,
    registry: &Registry,
    options: &LoadOptions,
) -> Result<Loaded, LoadErrors> {
    let (node, diagnostics) = yaml::parse(&source);
    let report = Report::new(&source, diagnostics);
    let file = File { path, version, registry, options };
    let model = node.as_ref().and_then(|node| read::flow(&report, node));
    let flow = model.and_then(|model| file.flow(&model, &report));
    let has_errors = report.has_errors();
    let (diagnostics, secrets) = report.into_parts();
    match flow.filter(|_| !has_errors) {
        Some(flow) => Ok(Loaded { flow, warnings: diagnostics, source, secrets }),
        None => Err(LoadErrors { diagnostics, source, secrets }),
    }
}

/// What is known of a flow file besides its text.
struct File<'a> {
    path: &'a Path,
    version: [u8; 32],
    registry: &'a Registry,
    options: &'a LoadOptions,
}

impl File<'_> {
    /// The flow, as far as there are no errors in the report.
    fn flow(&self, model: &FlowModel<'_>, report: &Report<'_>) -> Option<Flow> {
        let folder = self.folder();
        let zone = zone::of_flow(model.timezone, &self.options.machine_zone, report);
        let values = parameters::resolve(model, &folder, self.options, report);
        let building = Building {
            registry: self.registry,
            values: &values,
            zone: &zone,
            now: self.options.now,
            report,
        };
        let placed: Vec<Placed<'_>> =
            model.processors.iter().map(|model| building.place(model)).collect();
        let connected = connect::connect(&placed, &folder, &values, report);
        check::all(&Checked {
            placed: &placed,
            connected: &connected,
            parameters: &model.parameters,
            values: &values,
            environment: &self.options.environment,
            folder: &folder,
            zone: &zone,
            report,
        });
        self.assemble(model, placed, connected, &values, zone.zone.clone())
    }

    /// Absolute: what is relative to the flow must not change with the working directory.
    fn folder(&self) -> PathBuf {
        let path = std::path::absolute(self.path).unwrap_or_else(|_| self.path.to_owned());
        path.parent().map(Path::to_owned).unwrap_or_default()
    }

    fn assemble(
        &self,
        model: &FlowModel<'_>,
        placed: Vec<Placed<'_>>,
        connected: Connected,
        values: &Values,
        zone: TimeZone,
    ) -> Option<Flow> {
        let ways = connected.outgoing.into_iter().zip(connected.incoming);
        let processors = placed.into_iter().zip(ways);
        Some(Flow {
            name: Arc::clone(&model.name?.text),
            description: model.description.map(|text| text.text.to_string()),
            path: self.path.to_owned(),
            version: self.version,
            zone,
            parameters: values.parameters.clone(),
            processors: processors
                .map(|(placed, ways)| processor(placed, ways))
                .collect::<Option<_>>()?,
            connections: connected.connections,
        })
    }
}

fn processor(
    placed: Placed<'_>,
    (outgoing, incoming): (Outgoing, Vec<ConnectionIndex>),
) -> Option<FlowProcessor> {
    let kind = *placed.kind?;
    let effect = placed.effect();
    let model = placed.model;
    Some(FlowProcessor {
        id: Arc::clone(&model.id.text),
        line: model.id.span.start.line,
        description: model.description.map(|text| text.text.to_string()),
        processor: placed.processor?,
        effect,
        schedule: placed.schedule,
        concurrency: model.concurrency.unwrap_or(kind.concurrency),
        retry: placed.retry,
        after_crash: model.after_crash,
        penalty: model.penalty,
        yield_time: model.yield_time,
        sensitivity: model.sensitivity.clone(),
        enabled: model.enabled,
        outgoing,
        incoming,
        kind,
    })
}
