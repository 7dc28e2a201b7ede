//! [`Trial`]: one processor over given flowfiles, in memory, as the engine would trigger it. Not the engine: nothing is
//! durable, nothing is tried again, and what leaves the processor goes nowhere.
//!
//! What the processor does outside it really does: a file is written, a request is sent. Only what a source would take
//! away once it is safe stays where it is, because here it never is safe.

mod content;
mod outcome;
mod properties;
mod run;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use processors_api::{
    AfterCommit, AnyProcessor, DecodeContext, Diagnostic, ProcessorContext, ProcessorType, Text,
    decode::check_expression, diagnostic::code,
};

pub use content::BoundedContent;
pub use outcome::{Output, RolledBack, Trialled};
pub use properties::Properties;

use crate::{engine::after_commit, flow::LoadErrors};

/// A processor with its properties, ready to be tried.
pub struct Trial {
    kind: ProcessorType,
    processor: Arc<dyn AnyProcessor>,
    context: Arc<ProcessorContext>,
}

/// A flowfile that is given to the processor.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub content: Vec<u8>,
    pub attributes: Vec<(String, Text)>,
}

/// How often the processor is triggered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Triggers {
    /// Once for each flowfile, which comes when the one before it was worked on; a source fires once.
    #[default]
    OnceEach,
    /// So often, with all flowfiles in the queue from the beginning.
    Times(usize),
    /// With all flowfiles in the queue from the beginning, until the processor would wait for more.
    UntilQuiet,
}

impl Triggers {
    /// How one tries a processor of this type: what works on many flowfiles together sees all of them.
    pub fn of(kind: &ProcessorType) -> Self {
        if kind.merges { Self::UntilQuiet } else { Self::OnceEach }
    }
}

/// Why a trial has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// It wants flowfiles and there are none, or the other way round.
    #[error("{0} is a source: it takes no flowfiles")]
    IsSource(&'static str),
    /// It does not come to its end.
    #[error("it was stopped: a trial takes at most {} s", crate::limits::TRIAL_TIME_MAX.as_secs())]
    TooLong,
    /// More triggers than a trial has.
    #[error("a trial triggers a processor at most {} times", crate::limits::TRIAL_TRIGGERS_MAX)]
    TooManyTriggers,
    /// Content could not be kept.
    #[error("the content of a flowfile cannot be kept")]
    Content(#[from] std::io::Error),
}

impl Trial {
    /// Builds the processor.
    ///
    /// # Errors
    /// Everything that is wrong with its properties.
    pub fn new(
        kind: &ProcessorType,
        properties: &Properties,
        context: ProcessorContext,
    ) -> Result<Self, Box<LoadErrors>> {
        let decoding = DecodeContext::new(
            kind.name,
            &properties.source,
            &context.parameters,
            properties.place,
        )
        .listing(format!("all properties of {0}: headwater processors {0}", kind.name))
        .expressions(check_expression);
        let loaded = (kind.load)(&properties.node, &decoding);
        let secrets = decoding.secrets();
        match loaded {
            Ok(processor) => Ok(Self { kind: *kind, processor, context: Arc::new(context) }),
            Err(mut diagnostics) => {
                if diagnostics.is_empty() {
                    let message = format!("these properties of {} cannot be used", kind.name);
                    let whole = properties.place;
                    diagnostics.push(Diagnostic::error(code::PROPERTIES, whole, message));
                }
                Err(Box::new(LoadErrors {
                    diagnostics,
                    source: properties.source.clone(),
                    secrets,
                }))
            }
        }
    }

    /// The processor, for what it declares.
    pub fn processor(&self) -> &dyn AnyProcessor {
        &*self.processor
    }
}

/// Takes away what a source took, as the engine does after its commit.
pub fn take_away(actions: Vec<AfterCommit>) {
    after_commit::perform(actions);
}
