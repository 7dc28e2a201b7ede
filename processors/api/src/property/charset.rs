//! [`Charset`]: a character set by the name that Java gives it. Not a guess at what bytes are: what cannot be read
//! becomes U+FFFD, what cannot be written `?`, as in Java. `single` and `unicode` are the codings written here, `stream`
//! is for content that is not held whole; the others are those of `encoding_rs`.
//!
//! As in Java and unlike on the web, `ISO-8859-1`, `US-ASCII` and `ISO-8859-9` are just that, and a byte that a Windows
//! code page leaves open is nothing. Not reached: EBCDIC and the IBM code pages but IBM866. `Shift_JIS`, `Big5` and
//! `EUC-KR` are what the web means by them: a little more than in Java.

use std::{borrow::Cow, fmt};

use encoding_rs::Encoding;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::deserialize_from_text;
use crate::{
    decode::ScalarProblem,
    diagnostic::{code, quote, suggest},
};

mod names;
mod single;
mod stream;
#[cfg(test)]
mod tests;
mod unicode;

pub use stream::{CharsetReader, CharsetWriter};

use single::Single;
use stream::{Decoder, Encoder};
use unicode::{Order, Unit};

pub(super) const NAME: &str = "charset";

/// A character set.
#[derive(Clone, Copy)]
pub struct Charset {
    name: &'static str,
    coding: Coding,
}

/// How characters become bytes.
#[derive(Clone, Copy)]
enum Coding {
    Utf8,
    Single(Single),
    /// UTF-16 and UTF-32.
    Unicode(Unit, Order),
    Library(&'static Encoding),
    /// A code page of Windows, whose open bytes the library reads as control characters.
    Windows(&'static Encoding),
}

impl Charset {
    /// The one that is meant when none is named.
    pub const UTF_8: Self = Self { name: "UTF-8", coding: Coding::Utf8 };

    /// The character set of this name or alias, however its letters are written.
    pub fn named(name: &str) -> Option<Self> {
        names::find(name.trim())
    }

    /// The same, or what to type instead.
    pub fn parse(text: &str) -> Result<Self, ScalarProblem> {
        Self::named(text).ok_or_else(|| ScalarProblem {
            offset: 0,
            length: text.len(),
            message: format!("{} is no character set", quote(text.trim())),
            label: Some(
                suggest(text.trim(), names::SHOWN.iter().copied())
                    .map_or("a character set is wanted".to_owned(), |meant| {
                        format!("did you mean `{meant}`?")
                    }),
            ),
            help: vec!["for example: UTF-8, ISO-8859-1, windows-1252, UTF-16".to_owned()],
            code: code::NOT_READABLE,
        })
    }

    /// Its name, as Java spells it.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether it is UTF-8: then bytes are text as they are.
    pub fn is_utf8(self) -> bool {
        matches!(self.coding, Coding::Utf8)
    }

    /// The text that these bytes are; U+FFFD stands for what is none.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        if self.is_utf8() {
            return unicode::decode_utf8(bytes);
        }
        let mut text = String::with_capacity(bytes.len());
        Decoder::new(self).decode(bytes, true, &mut text);
        Cow::Owned(text)
    }

    /// The bytes of a text; `?` stands for a character that has none.
    pub fn encode(self, text: &str) -> Cow<'_, [u8]> {
        if self.is_utf8() {
            return Cow::Borrowed(text.as_bytes());
        }
        let mut bytes = Vec::with_capacity(text.len());
        Encoder::new(self).encode(text, true, &mut bytes);
        Cow::Owned(bytes)
    }
}

impl Default for Charset {
    fn default() -> Self {
        Self::UTF_8
    }
}

impl PartialEq for Charset {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Charset {}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

deserialize_from_text!(Charset, "charset", "a character set");

impl JsonSchema for Charset {
    fn schema_name() -> Cow<'static, str> {
        "Charset".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["UTF-8", "ISO-8859-1", "windows-1252", "UTF-16"] })
    }
}
