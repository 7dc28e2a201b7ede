//! What the author of a processor writes: a properties struct and [`Processor`] or [`AsyncProcessor`]. Nothing here runs
//! one: the engine does, through [`AnyProcessor`].

use std::{future::Future, io::ErrorKind, pin::Pin, sync::Arc};

use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;

use crate::{
    AttributeUse, Diagnostic, EvaluateError, Example, Facts, Node, Relationship, Session,
    decode::{DecodeContext, decode},
    diagnostic::{code, normalize},
};

/// What a failed session says. The flowfiles go back, penalized, and are tried again; not when no try can help.
#[derive(Debug, thiserror::Error)]
pub enum ProcessorError {
    /// Content could not be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Content is larger than the processor may hold, or could not be read.
    #[error("{0}")]
    Content(#[from] crate::ReadAllError),
    /// An expression failed.
    #[error("{0}")]
    Expression(#[from] EvaluateError),
    /// Anything else, in words for the user.
    #[error("{0}")]
    Other(String),
    /// Something that no other try changes, in words for the user.
    #[error("{0}")]
    Final(String),
}

impl ProcessorError {
    /// Whether a disk had no room: that passes, and is no fault of the flowfile.
    pub fn is_disk_full(&self) -> bool {
        let (Self::Io(error) | Self::Content(crate::ReadAllError::Io(error))) = self else {
            return false;
        };
        matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
    }

    /// Whether the same flowfile fails again however often it is tried.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Expression(_) | Self::Final(_) => true,
            Self::Content(error) => matches!(error, crate::ReadAllError::TooLarge { .. }),
            Self::Io(_) | Self::Other(_) => false,
        }
    }
}

/// Properties that each are right but not together, or a value that only the processor can judge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PropertiesError {
    /// The property to look at, if it is one.
    pub property: Option<&'static str>,
    /// The entry of that property to look at, where it is a map.
    pub entry: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to type instead.
    pub help: Vec<String>,
}

/// Whether a processor has flowfiles coming in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// It works on flowfiles.
    Required,
    /// It is a source.
    Forbidden,
    /// It works on flowfiles, or is a source when nothing leads to it.
    Allowed,
}

/// What a processor's work does outside the flow. It decides when to commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Only attributes and content change.
    Pure,
    /// Doing it twice ends the same: a GET, a file replaced.
    Repeatable,
    /// Doing it twice may do harm: a POST, an append. It is marked *begun* before and *done* after.
    NotRepeatable,
}

/// What both kinds of processor declare.
pub trait Definition: Send + Sync + Sized + 'static {
    /// Its type name in a flow file.
    const TYPE: &'static str;
    /// Other names it answers to: NiFi's spelling.
    const ALIASES: &'static [&'static str] = &[];
    /// Whether it has flowfiles coming in.
    const INPUT: Input;
    /// The ways out that it always has; all of them, unless [`Definition::relationships`] says otherwise.
    const RELATIONSHIPS: &'static [Relationship];
    /// The failure relationships that can pass by themselves: what `retry:` tries again.
    const RETRIED: &'static [&'static str] = &[];
    /// The property under which the author of a flow puts names of his own (`routes`, `attributes`, `headers`).
    const NAMED_HOME: Option<&'static str> = None;
    /// How many at once, when the flow does not say.
    const CONCURRENCY: usize = 1;
    /// Whether its session waits for a disk: it then runs where waiting hinders nobody.
    const BLOCKING: bool = false;
    /// Whether it works on many flowfiles together: it sees all that wait before it, from wherever they come.
    const MERGES: bool = false;
    /// The attributes that it reads under names of its own.
    const READS: &'static [AttributeUse] = &[];
    /// The attributes that it writes under names of its own, whatever its settings.
    const WRITES: &'static [AttributeUse] = &[];
    /// Ways to use it, for its reference page; a test runs them.
    const EXAMPLES: &'static [Example] = &[];
    /// Its settings. Their doc comments are the user's documentation.
    type Properties: DeserializeOwned + JsonSchema;

    /// Builds it from its settings: one that exists is valid.
    fn new(properties: Self::Properties) -> Result<Self, PropertiesError>;

    /// The ways out that it has with these settings.
    fn relationships(&self) -> Vec<Relationship> {
        Self::RELATIONSHIPS.to_vec()
    }

    /// What its work does outside the flow, with these settings.
    fn effect(&self) -> Effect {
        Effect::Pure
    }

    /// Whether it works in one session at a time, with these settings: each one begins with the memory that the last
    /// one left. A flow that wants more at once is refused.
    fn is_serial(&self) -> bool {
        false
    }

    /// What is known of it before it runs, with these settings.
    fn facts(&self) -> Facts {
        Facts::default()
    }
}

/// A processor that runs to its end without waiting for the network.
pub trait Processor: Definition {
    /// Works on what the session gives. An error rolls the session back.
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError>;
}

/// A processor that waits for something: HTTP, SQL. Many wait at once.
pub trait AsyncProcessor: Definition {
    /// Works on what the session gives. An error rolls the session back.
    fn on_trigger(
        &self,
        session: &mut Session,
    ) -> impl Future<Output = Result<(), ProcessorError>> + Send;
}

/// A processor of any type, as the engine holds it.
pub trait AnyProcessor: Send + Sync {
    /// The ways out that it has.
    fn relationships(&self) -> Vec<Relationship>;
    /// What its work does outside.
    fn effect(&self) -> Effect;
    /// Whether it works in one session at a time.
    fn is_serial(&self) -> bool {
        false
    }
    /// What is known of it before it runs.
    fn facts(&self) -> Facts;
    /// Does its work on what the session gives.
    fn trigger<'a>(&'a self, session: &'a mut Session) -> Trigger<'a>;
}

/// The work of one trigger: already done, or to be waited for.
pub enum Trigger<'a> {
    /// Done.
    Done(Result<(), ProcessorError>),
    /// To be waited for.
    Pending(Pin<Box<dyn Future<Output = Result<(), ProcessorError>> + Send + 'a>>),
}

struct Synchronous<P>(P);
struct Asynchronous<P>(P);

impl<P: Processor> AnyProcessor for Synchronous<P> {
    fn relationships(&self) -> Vec<Relationship> {
        self.0.relationships()
    }

    fn effect(&self) -> Effect {
        self.0.effect()
    }

    fn is_serial(&self) -> bool {
        self.0.is_serial()
    }

    fn facts(&self) -> Facts {
        self.0.facts()
    }

    fn trigger<'a>(&'a self, session: &'a mut Session) -> Trigger<'a> {
        Trigger::Done(self.0.on_trigger(session))
    }
}

impl<P: AsyncProcessor> AnyProcessor for Asynchronous<P> {
    fn relationships(&self) -> Vec<Relationship> {
        self.0.relationships()
    }

    fn effect(&self) -> Effect {
        self.0.effect()
    }

    fn is_serial(&self) -> bool {
        self.0.is_serial()
    }

    fn facts(&self) -> Facts {
        self.0.facts()
    }

    fn trigger<'a>(&'a self, session: &'a mut Session) -> Trigger<'a> {
        Trigger::Pending(Box::pin(self.0.on_trigger(session)))
    }
}

/// A type of processor, as a bundle lists it.
#[derive(Clone, Copy)]
pub struct ProcessorType {
    /// Its name in a flow file.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// Whether it has flowfiles coming in.
    pub input: Input,
    /// The ways out that it always has.
    pub relationships: &'static [Relationship],
    /// What `retry:` tries again.
    pub retried: &'static [&'static str],
    /// Where the author of a flow puts names of his own.
    pub named_home: Option<&'static str>,
    /// How many at once, when the flow does not say.
    pub concurrency: usize,
    /// Whether its session waits for a disk.
    pub blocking: bool,
    /// Whether it waits without a thread: it then takes one flowfile a session, many sessions at once.
    pub waits: bool,
    /// Whether it works on many flowfiles together.
    pub merges: bool,
    /// The attributes that it reads under names of its own.
    pub reads: &'static [AttributeUse],
    /// The attributes that it writes under names of its own.
    pub writes: &'static [AttributeUse],
    /// Ways to use it.
    pub examples: &'static [Example],
    /// The JSON Schema of its settings.
    pub schema: fn() -> Schema,
    /// Builds one from its settings in a flow file, or says everything that is wrong with them.
    pub load: Load,
}

/// Builds a processor from its settings.
pub type Load = fn(&Node, &DecodeContext<'_>) -> Result<Arc<dyn AnyProcessor>, Vec<Diagnostic>>;

impl ProcessorType {
    /// The type of a processor that runs to its end.
    pub const fn of<P: Processor>() -> Self {
        Self::described::<P>(false, |node, context| {
            Ok(Arc::new(Synchronous(build::<P>(node, context)?)))
        })
    }

    /// The type of a processor that waits.
    pub const fn of_async<P: AsyncProcessor>() -> Self {
        Self::described::<P>(true, |node, context| {
            Ok(Arc::new(Asynchronous(build::<P>(node, context)?)))
        })
    }

    const fn described<P: Definition>(waits: bool, load: Load) -> Self {
        Self {
            name: P::TYPE,
            aliases: P::ALIASES,
            input: P::INPUT,
            relationships: P::RELATIONSHIPS,
            retried: P::RETRIED,
            named_home: P::NAMED_HOME,
            concurrency: P::CONCURRENCY,
            blocking: P::BLOCKING,
            waits,
            merges: P::MERGES,
            reads: P::READS,
            writes: P::WRITES,
            examples: P::EXAMPLES,
            schema: || schemars::schema_for!(P::Properties),
            load,
        }
    }
}

fn build<P: Definition>(node: &Node, context: &DecodeContext<'_>) -> Result<P, Vec<Diagnostic>> {
    let properties = decode::<P::Properties>(node, context)?;
    P::new(properties).map_err(|error| vec![error.diagnostic(node)])
}

impl PropertiesError {
    /// A complaint about one property.
    pub fn of(property: &'static str, message: impl Into<String>) -> Self {
        Self { property: Some(property), entry: None, message: message.into(), help: Vec::new() }
    }

    /// Names the entry of the property that it is about.
    pub fn entry(mut self, name: impl Into<String>) -> Self {
        self.entry = Some(name.into());
        self
    }

    /// Adds a line that can be typed.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Placed at the property it is about, or at all of them.
    fn diagnostic(&self, node: &Node) -> Diagnostic {
        let entries = node.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
        let about = |name: &str| entries.iter().find(|entry| normalize(&entry.key.text) == name);
        let value = self.property.and_then(about).map_or(node, |entry| &entry.value);
        let entries = value.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
        let named = entries.iter().find(|entry| Some(&*entry.key.text) == self.entry.as_deref());
        let span = named.map_or(value, |entry| &entry.value).span();
        let diagnostic = Diagnostic::error(code::PROPERTIES, span, self.message.clone());
        self.help.iter().fold(diagnostic, |diagnostic, line| diagnostic.help(line.clone()))
    }
}
