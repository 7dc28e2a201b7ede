//! JSON values as text: as Jackson writes them, with Java's way of printing decimal numbers.

use std::io;

use serde::Serialize;
use serde_json::{Value, ser::Formatter};

/// A text as it is, anything else as compact JSON.
pub(super) fn of(value: &Value) -> String {
    if let Value::String(text) = value {
        return text.clone();
    }
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, Java);
    // Writing to memory cannot fail, and every value of JSON can be written.
    let _ = value.serialize(&mut serializer);
    String::from_utf8(json).unwrap_or_default()
}

/// Whether any text in the value has more than `bytes_max` bytes.
pub(super) fn has_longer_text(value: &Value, bytes_max: u64) -> bool {
    match value {
        Value::String(text) => text.len() as u64 > bytes_max,
        Value::Array(items) => items.iter().any(|item| has_longer_text(item, bytes_max)),
        Value::Object(members) => members.values().any(|member| has_longer_text(member, bytes_max)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Compact, and decimal numbers as Java prints them.
struct Java;

impl Formatter for Java {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(decimal(value).as_bytes())
    }
}

/// `1.5`, `100.0`, `1.0E10`, `1.0E-4`.
fn decimal(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        Some((digits, exponent)) => format!("{digits}E{exponent}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_java_does() {
        for (json, text) in [
            ("1", "1"),
            ("-7", "-7"),
            ("1.0", "1.0"),
            ("1.50", "1.5"),
            ("0.001", "0.001"),
            ("0.0001", "1.0E-4"),
            ("1e6", "1000000.0"),
            ("12345678.9", "1.23456789E7"),
            ("-1e10", "-1.0E10"),
            ("[0.0,{\"a\":1e7}]", "[0.0,{\"a\":1.0E7}]"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(of(&serde_json::from_str(json).unwrap()), text, "{json}");
        }
    }
}
