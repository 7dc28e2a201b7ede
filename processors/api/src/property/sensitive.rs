//! [`Sensitive`]: a secret of a flow file. Keeps it out of logs, errors and listings: nothing but [`Sensitive::reveal`]
//! gives it out. Not a way to hide it from a debugger.

use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::{MASK, decode::SENSITIVE};

/// A value that nobody may see.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive<T> {
    value: T,
    is_literal: bool,
}

impl<T> Sensitive<T> {
    /// A secret that does not stand in the flow file.
    pub fn new(value: T) -> Self {
        Self { value, is_literal: false }
    }

    /// The value. For doing the work, never for showing it.
    pub fn reveal(&self) -> &T {
        &self.value
    }

    /// Whether the secret itself stands in the flow file, and not only a parameter's name.
    pub fn is_literal(&self) -> bool {
        self.is_literal
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SENSITIVE, Secret(PhantomData))
    }
}

struct Secret<T>(PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Secret<T> {
    type Value = Sensitive<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret")
    }

    /// From a flow file: whether it refers to something, and the value.
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Sensitive<T>, A::Error> {
        let refers =
            parts.next_element::<bool>()?.ok_or_else(|| A::Error::custom("a secret is wanted"))?;
        let value =
            parts.next_element::<T>()?.ok_or_else(|| A::Error::custom("a secret is wanted"))?;
        Ok(Sensitive { value, is_literal: !refers })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        inner: D,
    ) -> Result<Sensitive<T>, D::Error> {
        T::deserialize(inner).map(|value| Sensitive { value, is_literal: true })
    }
}

impl<T: JsonSchema> JsonSchema for Sensitive<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Sensitive_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.insert("x-sensitive".to_owned(), true.into());
        schema
    }
}
