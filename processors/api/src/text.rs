//! [`Text`]: a piece of text that knows whether it is secret. Not a way to hide it from a debugger: it keeps
//! secrets out of logs, errors and listings, because nothing but [`Text::reveal`] gives one out.

use std::{fmt, sync::Arc};

/// What stands in every output where a secret would be.
pub const MASK: &str = "***";

/// The value of an attribute or a parameter, or what an expression made of them. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text {
    text: Arc<str>,
    sensitive: bool,
}

impl Text {
    /// A text that anybody may see.
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), sensitive: false }
    }

    /// A secret.
    pub fn sensitive(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), sensitive: true }
    }

    /// A text that is secret exactly when `sensitive`: what was made from a secret is one too.
    pub fn new(text: impl Into<Arc<str>>, sensitive: bool) -> Self {
        Self { text: text.into(), sensitive }
    }

    /// The text itself, secret or not. For doing the work, never for showing it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The text as it may be shown: a secret is [`MASK`].
    pub fn masked(&self) -> &str {
        if self.sensitive { MASK } else { &self.text }
    }

    /// Whether it is secret.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.masked(), f)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_as_stars() {
        let secret = Text::sensitive("s3cr3t");
        assert_eq!(format!("{secret:?} {}", secret.masked()), "\"***\" ***");
        assert_eq!(secret.reveal(), "s3cr3t");
        assert_eq!(format!("{:?}", Text::from("open")), "\"open\"");
    }
}
