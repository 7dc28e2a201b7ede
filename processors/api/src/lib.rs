//! What a processor author meets. Not the engine: nothing here knows a queue, a journal or a graph.

#![warn(missing_docs)]

mod attributes;
pub mod base64;
mod content;
mod context;
pub mod decode;
pub mod diagnostic;
pub mod expression;
mod facts;
mod flowfile;
mod given_back;
mod id;
mod java_regex;
pub mod json;
mod json_path;
mod node;
mod parameters;
mod processor;
pub mod property;
mod provenance;
mod relationship;
mod scope;
mod session;
mod source;
#[cfg(feature = "test")]
pub mod test_runner;
mod text;
pub mod yaml;

pub use attributes::{AttributeChanges, Attributes};
pub use content::{
    ClaimId, ClaimOwner, ContentBody, ContentClaim, ContentReader, ContentSink, ContentStore,
    ContentWriter, INLINE_CONTENT_BYTES_MAX, MemoryContentStore, StoredContent, file_version,
};
pub use context::{
    Clock, CountingEntropy, Entropy, FixedClock, Host, ProcessorContext, Sensitivity, new_id,
};
pub use decode::{DecodeContext, decode};
pub use diagnostic::Diagnostic;
pub use expression::{EvaluateError, Expr, ExpressionType, Scope};
pub use facts::{
    Advice, AttributeName, AttributeUse, Condition, Example, ExampleAnswer, ExampleFlowFile, Facts,
    FileConflict, FileUse, SetAttribute, ShownIn,
};
pub use flowfile::{FlowFile, FlowFileRecord, Penalty, core_attributes, is_read_only};
pub use given_back::GivenBack;
pub use id::{FlowFileId, RunId};
pub use java_regex::{JavaCaptures, JavaRegex, JavaRegexError, RegexRisk};
pub use json_path::{Edit, EditError, Found, JsonPath, JsonPathError, LookupError};
pub use node::{Entry, Map, Node, Position, Scalar, Sequence, Span, Style};
pub use parameters::Parameters;
pub use processor::{
    AnyProcessor, AsyncProcessor, Definition, Effect, Input, Load, Processor, ProcessorError,
    ProcessorType, PropertiesError, Trigger,
};
pub use property::{Charset, CharsetReader, CharsetWriter, DataSize, Sensitive, TimePeriod};
pub use provenance::{AfterCommit, Event, EventKind};
pub use relationship::{Relationship, RelationshipKind};
pub use scope::FlowFileScope;
pub use session::{
    Destination, Firing, HeldFile, ReadAllError, STATE_BYTES_MAX, Session, SessionError,
    SessionInput, SessionOutcome, State, Transfer, Wait,
};
pub use source::{SOURCE_BYTES_MAX, Source};
pub use text::{MASK, Text};
