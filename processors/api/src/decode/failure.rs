//! Why decoding stopped: the error type that serde is given.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::{Diagnostic, diagnostic::quote};

#[derive(Debug)]
pub(super) enum Failure {
    /// In this value; without a message when it was told before.
    Located { node: usize, diagnostic: Option<Box<Diagnostic>> },
    /// A field of the struct being read is not there.
    Missing(&'static str),
    /// Not yet known where.
    Plain(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Located { diagnostic: Some(diagnostic), .. } => {
                f.write_str(&diagnostic.message)
            }
            Failure::Located { diagnostic: None, .. } => f.write_str("a value that cannot be read"),
            Failure::Missing(field) => write!(f, "`{field}` is missing"),
            Failure::Plain(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Failure::Plain(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Failure::Plain(format!("{wanted} is wanted"))
    }

    /// Never tells the value: it may be a secret.
    fn invalid_value(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let wanted = wanted.to_string();
        let wanted = if wanted.starts_with("a nonzero") { "a number above zero" } else { &wanted };
        Failure::Plain(format!("{wanted} is wanted"))
    }

    fn invalid_length(length: usize, wanted: &dyn Expected) -> Self {
        Failure::Plain(format!("{wanted} is wanted, and these are {length} entries"))
    }

    fn unknown_variant(variant: &str, variants: &'static [&'static str]) -> Self {
        Failure::Plain(format!("{} is not one of: {}", quote(variant), variants.join(", ")))
    }

    fn unknown_field(field: &str, fields: &'static [&'static str]) -> Self {
        Failure::Plain(format!("{} is not one of: {}", quote(field), fields.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Failure::Missing(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Failure::Plain(format!("`{field}` is given twice, once under another name"))
    }
}
