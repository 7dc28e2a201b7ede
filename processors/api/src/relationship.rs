//! [`Relationship`]: a named way out of a processor. Not where it leads: that is the flow's `to:`.

use std::{borrow::Cow, fmt, sync::Arc};

/// A named way out of a processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    name: Cow<'static, str>,
    kind: RelationshipKind,
    description: Cow<'static, str>,
}

/// What a relationship means when `to:` leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationshipKind {
    /// The ordinary way out. `to: next` means it; without `to:` its flowfiles are done.
    Main,
    /// A way that the author named, or the one beside it for what matches none: must always be named.
    Route,
    /// Something beside the ordinary result: done when left out.
    Side,
    /// Something went wrong: the failed queue when left out.
    Failure,
}

impl Relationship {
    /// The ordinary way out.
    pub const fn main(name: &'static str, description: &'static str) -> Self {
        Self::new(name, RelationshipKind::Main, description)
    }

    /// Something beside the ordinary result.
    pub const fn side(name: &'static str, description: &'static str) -> Self {
        Self::new(name, RelationshipKind::Side, description)
    }

    /// A way out for what went wrong.
    pub const fn failure(name: &'static str, description: &'static str) -> Self {
        Self::new(name, RelationshipKind::Failure, description)
    }

    /// A way out that must always be named, such as `unmatched` of a Route type.
    pub const fn unmatched(name: &'static str, description: &'static str) -> Self {
        Self::new(name, RelationshipKind::Route, description)
    }

    /// A way out that the author of the flow named.
    pub fn route(name: impl Into<String>) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            kind: RelationshipKind::Route,
            description: Cow::Borrowed("What this route's condition is true for."),
        }
    }

    const fn new(name: &'static str, kind: RelationshipKind, description: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), kind, description: Cow::Borrowed(description) }
    }

    /// Its name as a flow file writes it (`no_retry`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name, shared.
    pub fn shared_name(&self) -> Arc<str> {
        Arc::from(&*self.name)
    }

    /// What it means when `to:` leaves it out.
    pub fn kind(&self) -> RelationshipKind {
        self.kind
    }

    /// Which flowfiles take it.
    pub fn description(&self) -> &str {
        &self.description
    }
}

impl fmt::Display for Relationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
