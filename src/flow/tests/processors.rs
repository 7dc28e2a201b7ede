//! The processors of the tests. They have every kind of relationship and setting, and do nothing.

use indexmap::IndexMap;
use processors_api::{
    AsyncProcessor, Definition, Effect, Expr, Input, Processor, ProcessorError, ProcessorType,
    PropertiesError, Relationship, Sensitive, Session, TimePeriod,
};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) const PROCESSORS: &[ProcessorType] = &[
    ProcessorType::of::<Read>(),
    ProcessorType::of_async::<Call>(),
    ProcessorType::of::<Route>(),
    ProcessorType::of::<Write>(),
    ProcessorType::of::<Stamp>(),
    ProcessorType::of::<Split>(),
];

/// A source.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read from a file")]
pub(super) struct Read {
    input_directory: String,
    #[serde(default)]
    file_filter: Option<String>,
}

impl Definition for Read {
    const TYPE: &'static str = "Read";
    const ALIASES: &'static [&'static str] = &["GetFile", "ReadFILE"];
    const INPUT: Input = Input::Forbidden;
    const RELATIONSHIPS: &'static [Relationship] = &[Relationship::main("success", "read")];
    const BLOCKING: bool = true;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        Ok(properties)
    }

    fn effect(&self) -> Effect {
        Effect::Repeatable
    }
}

/// Waits for the network.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read from a file")]
pub(super) struct Call {
    http_url: Expr<String>,
    #[serde(default)]
    http_method: Option<String>,
    #[serde(default)]
    headers: IndexMap<String, Expr<String>>,
    #[serde(default)]
    read_timeout: TimePeriod,
    #[serde(default)]
    request_password: Option<Sensitive<String>>,
}

impl Definition for Call {
    const TYPE: &'static str = "Call";
    const ALIASES: &'static [&'static str] = &["InvokeHttp"];
    const INPUT: Input = Input::Allowed;
    const RELATIONSHIPS: &'static [Relationship] = &[
        Relationship::main("response", "answered"),
        Relationship::side("original", "the request"),
        Relationship::failure("retry", "later"),
        Relationship::failure("no_retry", "refused"),
        Relationship::failure("failure", "no answer"),
    ];
    const RETRIED: &'static [&'static str] = &["retry", "failure"];
    const NAMED_HOME: Option<&'static str> = Some("headers");
    const CONCURRENCY: usize = 8;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        if properties.read_timeout == TimePeriod::from_secs(1) {
            return Err(PropertiesError::of("read_timeout", "nobody answers that fast")
                .help("for example: 30 sec"));
        }
        Ok(properties)
    }

    fn effect(&self) -> Effect {
        match self.http_method {
            None => Effect::Repeatable,
            Some(_) => Effect::NotRepeatable,
        }
    }
}

/// Has routes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    routes: IndexMap<String, Expr<bool>>,
}

impl Definition for Route {
    const TYPE: &'static str = "Route";
    const ALIASES: &'static [&'static str] = &["RouteOnAttribute"];
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[Relationship::unmatched("unmatched", "none")];
    const NAMED_HOME: Option<&'static str> = Some("routes");
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        Ok(properties)
    }

    fn relationships(&self) -> Vec<Relationship> {
        self.routes
            .keys()
            .map(Relationship::route)
            .chain(Self::RELATIONSHIPS.iter().cloned())
            .collect()
    }
}

/// Writes files.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read from a file")]
pub(super) struct Write {
    directory: Expr<String>,
    #[serde(default)]
    conflict_resolution: Conflict,
}

#[derive(Default, Deserialize, JsonSchema)]
enum Conflict {
    #[default]
    #[serde(rename = "Keep the old")]
    Keep,
    #[serde(rename = "Replace it")]
    Replace,
}

impl Definition for Write {
    const TYPE: &'static str = "Write";
    const ALIASES: &'static [&'static str] = &["PutFile"];
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[
        Relationship::main("success", "written"),
        Relationship::failure("failure", "not written"),
    ];
    const BLOCKING: bool = true;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        Ok(properties)
    }

    fn effect(&self) -> Effect {
        Effect::Repeatable
    }
}

/// Sets attributes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read from a file")]
pub(super) struct Stamp {
    #[serde(default)]
    attributes: IndexMap<String, Expr<String>>,
}

impl Definition for Stamp {
    const TYPE: &'static str = "Stamp";
    const ALIASES: &'static [&'static str] = &["UpdateAttribute"];
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[Relationship::main("success", "stamped")];
    const NAMED_HOME: Option<&'static str> = Some("attributes");
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        Ok(properties)
    }
}

/// Has two main ways out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Split {}

impl Definition for Split {
    const TYPE: &'static str = "Split";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] =
        &[Relationship::main("split", "one"), Relationship::main("splits", "all")];
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        Ok(properties)
    }

    fn is_serial(&self) -> bool {
        true
    }
}

macro_rules! does_nothing {
    ($($type:ident),*) => {$(
        impl Processor for $type {
            fn on_trigger(&self, _: &mut Session) -> Result<(), ProcessorError> {
                Ok(())
            }
        }
    )*};
}
does_nothing!(Read, Route, Write, Stamp, Split);

impl AsyncProcessor for Call {
    async fn on_trigger(&self, _: &mut Session) -> Result<(), ProcessorError> {
        Ok(())
    }
}
