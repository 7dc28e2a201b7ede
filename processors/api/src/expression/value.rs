//! [`Type`] and [`Value`]: what an expression gives. Not how one type becomes another: `convert` does that.

use jiff::Timestamp;

/// What an expression gives, known before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text.
    String,
    /// A whole number of 64 bits.
    Whole,
    /// A decimal number.
    Decimal,
    /// A whole or a decimal number; which one is known when it runs.
    Number,
    /// True or false.
    Boolean,
    /// A date in milliseconds.
    Date,
    /// An instant in nanoseconds.
    Instant,
}

impl Type {
    /// The type in a message, with its article.
    pub(super) fn described(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Whole => "a whole number",
            Self::Decimal => "a decimal number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Date => "a date",
            Self::Instant => "an instant",
        }
    }

    /// Whether a value of this type can ever be used where `wanted` is asked for.
    pub(super) fn becomes(self, wanted: Self) -> bool {
        match (self, wanted) {
            (_, Self::String) | (Self::String, _) => true,
            (Self::Boolean, wanted) => wanted == Self::Boolean,
            (_, Self::Boolean) | (Self::Instant, Self::Decimal) => false,
            _ => true,
        }
    }
}

/// What an expression gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing, as from a missing attribute.
    Null,
    /// Text.
    String(String),
    /// A whole number.
    Whole(i64),
    /// A decimal number.
    Decimal(f64),
    /// True or false.
    Boolean(bool),
    /// A date: milliseconds since 1970 began in UTC.
    Date(i64),
    /// An instant.
    Instant(Timestamp),
}

impl Value {
    /// The value's type in one word, as `eval` prints it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::String(_) => "string",
            Self::Whole(_) => "whole",
            Self::Decimal(_) => "decimal",
            Self::Boolean(_) => "boolean",
            Self::Date(_) => "date",
            Self::Instant(_) => "instant",
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Value {
    fn from(whole: i64) -> Self {
        Self::Whole(whole)
    }
}

impl From<f64> for Value {
    fn from(decimal: f64) -> Self {
        Self::Decimal(decimal)
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
