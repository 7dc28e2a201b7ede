//! [`Placed`]: a processor of the file with its type and, when its properties are right, built. It is not connected yet.

use std::sync::Arc;

use jiff::Timestamp;
use processors_api::{
    AnyProcessor, DecodeContext, Diagnostic, Effect, Facts, Input, Node, ProcessorError,
    ProcessorType, Relationship, Scalar, Session, Trigger,
    decode::{Owner, PropertyText, check_expression},
    diagnostic::{code as api_code, normalize, quote},
    is_read_only,
};

use super::{
    code,
    graph::{Retry, SourceSchedule},
    model::ProcessorModel,
    parameters::Values,
    read::{PROCESSOR_KEYS, unknown_key},
    registry::Registry,
    report::Report,
    retry, schedule,
    zone::FlowZone,
};
/// The home of properties whose names are those of attributes.
const ATTRIBUTES: &str = "attributes";

/// A processor of the file, as far as it could be built.
pub(super) struct Placed<'m> {
    pub(super) model: &'m ProcessorModel<'m>,
    pub(super) kind: Option<&'m ProcessorType>,
    pub(super) processor: Option<Arc<dyn AnyProcessor>>,
    /// The ways out that it has; none when nobody knows, since its properties are wrong.
    pub(super) relationships: Option<Vec<Relationship>>,
    /// What is known of it before it runs; nothing when it could not be built.
    pub(super) facts: Facts,
    /// The expressions of its properties.
    pub(super) texts: Vec<PropertyText>,
    pub(super) schedule: Option<SourceSchedule>,
    pub(super) retry: Retry,
}

struct Built {
    processor: Arc<dyn AnyProcessor>,
    /// None when nobody knows, since a parameter has no value.
    relationships: Option<Vec<Relationship>>,
    texts: Vec<PropertyText>,
}

/// What building needs.
pub(super) struct Building<'a> {
    pub(super) registry: &'a Registry,
    pub(super) values: &'a Values,
    pub(super) zone: &'a FlowZone,
    pub(super) now: Timestamp,
    pub(super) report: &'a Report<'a>,
}

impl<'m> Placed<'m> {
    /// Whether it takes flowfiles, as far as is known.
    pub(super) fn takes_flowfiles(&self) -> bool {
        self.kind.is_none_or(|kind| kind.input != Input::Forbidden)
    }

    pub(super) fn effect(&self) -> Effect {
        self.processor.as_ref().map_or(Effect::Pure, |processor| processor.effect())
    }
}

impl Building<'_> {
    /// Builds a processor and reports everything that is wrong with it.
    pub(super) fn place<'m>(&'m self, model: &'m ProcessorModel<'m>) -> Placed<'m> {
        let kind = model.kind.and_then(|name| self.kind(name));
        self.report_strange_keys(model, kind);
        let built = kind.and_then(|kind| self.build(model, kind));
        let (processor, relationships, texts) = match built {
            Some(built) => (Some(built.processor), built.relationships, built.texts),
            None => (None, None, Vec::new()),
        };
        let schedule = model.schedule.as_ref();
        Placed {
            model,
            kind,
            schedule: schedule
                .and_then(|schedule| schedule::build(schedule, self.zone, self.now, self.report)),
            retry: retry::build(
                model,
                kind,
                processor.as_deref(),
                relationships.as_deref(),
                self.report,
            ),
            facts: processor.as_ref().map(|processor| processor.facts()).unwrap_or_default(),
            texts,
            processor,
            relationships,
        }
    }

    fn kind(&self, name: &Scalar) -> Option<&ProcessorType> {
        let kind = self.registry.find(&name.text);
        if kind.is_none() {
            let message = format!("there is no processor type {}", quote(&name.text));
            let diagnostic = Diagnostic::error(code::UNKNOWN_TYPE, name.span, message);
            let all = "all types: headwater processors";
            self.report.add(match self.registry.suggest(&name.text) {
                Some(near) => diagnostic
                    .label(format!("did you mean `{near}`?"))
                    .help(all)
                    .fix(name.span, near),
                None => {
                    let names: Vec<&str> =
                        self.registry.types().iter().map(|kind| kind.name).collect();
                    diagnostic
                        .label("no type has such a name")
                        .help(format!("there are: {}", names.join(", ")))
                }
            });
        }
        kind
    }

    fn report_strange_keys(&self, model: &ProcessorModel<'_>, kind: Option<&ProcessorType>) {
        if model.strange.is_empty() {
            return;
        }
        let properties = kind.map(property_names).unwrap_or_default();
        for key in &model.strange {
            let property = properties.iter().find(|name| normalize(name) == normalize(&key.text));
            self.report.add(match (property, kind) {
                (Some(_), Some(kind)) => {
                    let message = format!("{} is a property of {}", quote(&key.text), kind.name);
                    let label = "move it two spaces to the right, under `properties:`";
                    Diagnostic::error(code::TOO_SHALLOW, key.span, message).label(label)
                }
                _ => unknown_key(key, "a processor", PROCESSOR_KEYS),
            });
        }
    }

    fn build(&self, model: &ProcessorModel<'_>, kind: &ProcessorType) -> Option<Built> {
        let place = model.kind.map_or(model.id.span, |name| name.span);
        let below = ("type", model.keys_place.unwrap_or(place));
        let context =
            DecodeContext::new(kind.name, self.report.source, &self.values.parameters, place)
                .home("properties")
                .owner(Owner { name: "processor", keys: PROCESSOR_KEYS, below })
                .listing(format!(
                    "all properties of {}: headwater processors {}",
                    kind.name, kind.name
                ))
                .expressions(check_expression);
        let nothing = Node::Absent(place);
        let properties = model.properties.unwrap_or(&nothing);
        if kind.named_home == Some(ATTRIBUTES) {
            self.refuse_read_only(properties);
        }
        let outcome = (kind.load)(properties, &context);
        self.report.add_secrets(context.secrets());
        match outcome {
            Ok(processor) => {
                self.refuse_concurrency(model, &*processor);
                let relationships = Some(processor.relationships());
                Some(Built { relationships, processor, texts: context.texts() })
            }
            Err(diagnostics) => self.failed_build(diagnostics, kind, properties),
        }
    }

    /// Reports what is wrong, but for what is wrong only because a parameter has no value.
    fn failed_build(
        &self,
        diagnostics: Vec<Diagnostic>,
        kind: &ProcessorType,
        properties: &Node,
    ) -> Option<Built> {
        let is_unknown = |span| self.values.is_unknown(self.report.source.slice(span));
        let depends = |diagnostic: &Diagnostic| match diagnostic.code {
            api_code::EXPRESSION | api_code::UNKNOWN_PARAMETER => false,
            api_code::PROPERTIES => is_unknown(properties.span()),
            _ => is_unknown(diagnostic.span),
        };
        let found = diagnostics.len();
        let told: Vec<Diagnostic> =
            diagnostics.into_iter().filter(|diagnostic| !depends(diagnostic)).collect();
        if told.is_empty() && found > 0 {
            let processor = Arc::new(WithoutValues { relationships: kind.relationships });
            return Some(Built { processor, relationships: None, texts: Vec::new() });
        }
        self.report.add_all(told);
        if !self.report.has_errors() {
            let message = format!("these properties of {} cannot be used", kind.name);
            self.report.error(
                api_code::PROPERTIES,
                properties.span(),
                message,
                "no reason was given",
            );
        }
        None
    }

    /// Two sessions at once would both begin with the same memory, and the second would undo what the first set.
    fn refuse_concurrency(&self, model: &ProcessorModel<'_>, processor: &dyn AnyProcessor) {
        if let (Some(key), Some(2..), true) =
            (model.concurrency_key, model.concurrency, processor.is_serial())
        {
            let message = format!(
                "{} keeps a state, so it works on one flowfile at a time",
                quote(&model.id.text)
            );
            self.report.error(code::CONFLICT, key, message, "remove it: 1 is the default");
        }
    }

    fn refuse_read_only(&self, properties: &Node) {
        let entries = properties.as_map().into_iter().flat_map(|map| &map.entries);
        let home = entries.filter(|entry| normalize(&entry.key.text) == ATTRIBUTES);
        let names = home.filter_map(|entry| entry.value.as_map()).flat_map(|map| &map.entries);
        for name in names.map(|entry| &entry.key).filter(|name| is_read_only(&name.text)) {
            let message = format!(
                "the attribute {} is set by the engine and by nobody else",
                quote(&name.text)
            );
            self.report.error(code::READ_ONLY, name.span, message, "take another name");
        }
    }
}

fn property_names(kind: &ProcessorType) -> Vec<String> {
    let schema = (kind.schema)().to_value();
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// Stands for a processor that cannot be built because a parameter has no value: a file can be checked so, not run.
struct WithoutValues {
    relationships: &'static [Relationship],
}

impl AnyProcessor for WithoutValues {
    fn relationships(&self) -> Vec<Relationship> {
        self.relationships.to_vec()
    }

    fn effect(&self) -> Effect {
        Effect::Pure
    }

    fn facts(&self) -> Facts {
        Facts::default()
    }

    fn trigger<'a>(&'a self, _: &'a mut Session) -> Trigger<'a> {
        let message = "the flow was loaded without values for its parameters, only to check it";
        Trigger::Done(Err(ProcessorError::Other(message.into())))
    }
}
