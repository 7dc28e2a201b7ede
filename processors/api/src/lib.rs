//! What a processor author meets. Not the engine: nothing here knows a queue, a journal or a graph.

#![warn(missing_docs)]

mod attributes;
mod content;
mod context;
pub mod diagnostic;
mod flowfile;
mod id;
mod node;
pub mod expression;
mod java_regex;
mod parameters;
mod provenance;
mod relationship;
mod session;
mod source;
mod text;
pub mod yaml;

pub use attributes::{AttributeChanges, Attributes};
pub use content::{
    ClaimId, ClaimOwner, ContentBody, ContentClaim, ContentReader, ContentSink, ContentStore,
    ContentWriter, INLINE_CONTENT_BYTES_MAX, MemoryContentStore, StoredContent,
};
pub use context::{Clock, CountingEntropy, Entropy, FixedClock, ProcessorContext, Sensitivity};
pub use diagnostic::Diagnostic;
pub use flowfile::{FlowFile, FlowFileRecord, Penalty, core_attributes, is_read_only};
pub use id::{FlowFileId, RunId};
pub use node::{Entry, Map, Node, Position, Scalar, Sequence, Span, Style};
pub use expression::{Expr, Scope};
pub use java_regex::{JavaCaptures, JavaRegex, JavaRegexError};
pub use parameters::Parameters;
pub use provenance::{AfterCommit, Event, EventKind};
pub use relationship::{Relationship, RelationshipKind};
pub use session::{
    Destination, Firing, HeldFile, ReadAllError, STATE_BYTES_MAX, Session, SessionError, SessionInput,
    SessionOutcome, State, Transfer,
};
pub use source::{SOURCE_BYTES_MAX, Source};
pub use text::{MASK, Text};
