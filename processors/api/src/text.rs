//! [`Text`]: a piece of text that knows whether it is secret. Not a way to hide it from a debugger: it keeps
//! secrets out of logs, errors and listings, because nothing but [`Text::reveal`] gives one out.

use std::{borrow::Cow, fmt, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::decode::TEXT;

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

/// A property that becomes a part of what a flowfile carries: what a sensitive parameter put into it stays secret.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TEXT, Known)
    }
}

struct Known;

impl<'de> Visitor<'de> for Known {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    /// From a flow file: whether it is secret, and the value.
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Text, A::Error> {
        let missing = || A::Error::custom("a text is wanted");
        let sensitive = parts.next_element::<bool>()?.ok_or_else(missing)?;
        let value = parts.next_element::<String>()?.ok_or_else(missing)?;
        Ok(Text::new(value, sensitive))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Text, D::Error> {
        String::deserialize(inner).map(Text::plain)
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
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
