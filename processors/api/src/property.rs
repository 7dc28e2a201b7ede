//! The types of a processor's fields that carry a rule: durations, sizes, secrets. A text is checked by [`check`] before
//! it becomes one, so that a mistake has its place in the file.

use crate::{
    JsonPath,
    decode::{PROPERTY, ScalarProblem},
};

mod charset;
mod data_size;
mod json_path;
mod quantity;
mod sensitive;
mod time_period;

pub use charset::{Charset, CharsetReader, CharsetWriter};
pub use data_size::DataSize;
pub use sensitive::Sensitive;
pub use time_period::TimePeriod;

/// Whether a text can become the property marked `marker`.
pub(crate) fn check(marker: &str, text: &str) -> Result<(), ScalarProblem> {
    match marker.strip_prefix(PROPERTY) {
        Some(time_period::NAME) => TimePeriod::parse(text).map(drop),
        Some(charset::NAME) => Charset::parse(text).map(drop),
        Some(json_path::NAME) => JsonPath::parse(text).map(drop),
        Some(data_size::NAME) => DataSize::parse(text).map(drop),
        _ => Ok(()),
    }
}

/// Reads a marked newtype from any deserializer: ours has checked the text, of others the error has the same words.
macro_rules! deserialize_from_text {
    ($type:ident, $name:literal, $expected:literal) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl<'de> serde::de::Visitor<'de> for Text {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        $type::parse(text).map_err(|problem| E::custom(problem.message))
                    }

                    fn visit_newtype_struct<D: serde::Deserializer<'de>>(
                        self,
                        inner: D,
                    ) -> Result<$type, D::Error> {
                        inner.deserialize_str(self)
                    }
                }
                deserializer
                    .deserialize_newtype_struct(concat!("$headwater::property::", $name), Text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
use deserialize_from_text;

#[cfg(test)]
mod tests;
