//! JSON as NiFi reads and writes it: numbers keep their digits, decimal ones are printed as Java prints a `double`,
//! everything is compact. Not paths: those are [`crate::JsonPath`]. No message quotes the text that is read.

use std::{borrow::Cow, io};

use serde::Serialize;
use serde_json::{
    Number, Value,
    ser::{CharEscape, Formatter},
};
use thiserror::Error;

use crate::expression::decimal_text;

/// A text that is not JSON. It never quotes the text.
#[derive(Debug, Error)]
pub enum JsonError {
    /// There is nothing in it.
    #[error("the content is empty, not JSON")]
    Empty,
    /// Something else than JSON.
    #[error("the content is not JSON{}: {reason}", markup(*is_markup))]
    Syntax {
        /// What is wrong, and where.
        reason: serde_json::Error,
        /// It begins with `<`.
        is_markup: bool,
    },
    /// The document is nothing but `null`.
    #[error("the content is only `null`")]
    Null,
}

fn markup(is_markup: bool) -> &'static str {
    if is_markup { " (it begins like HTML or XML)" } else { "" }
}

/// JSON that would be longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the result has more than {bytes_max} bytes")]
pub struct JsonTooLong {
    /// What it may have.
    pub bytes_max: usize,
}

/// Reads a document: one value and nothing behind it.
///
/// # Errors
/// When it is not JSON, or only `null`.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    document(bytes, |bytes| serde_json::from_slice(bytes))
}

/// Reads the first value of a text, whatever follows it: so NiFi reads a text in an expression.
///
/// # Errors
/// When it is not JSON, or only `null`.
pub fn parse_first(text: &str) -> Result<Value, JsonError> {
    document(text.as_bytes(), |bytes| {
        // A number or word must end where it stands: `1d` is none.
        serde_json::Deserializer::from_slice(bytes).into_iter().next().unwrap_or(Ok(Value::Null))
    })
}

fn document(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Result<Value, serde_json::Error>,
) -> Result<Value, JsonError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace()).ok_or(JsonError::Empty)?;
    match read(bytes) {
        Ok(Value::Null) => Err(JsonError::Null),
        Ok(value) => Ok(value),
        Err(reason) => Err(JsonError::Syntax { reason, is_markup: *first == b'<' }),
    }
}

/// A text as it is, anything else as compact JSON.
///
/// # Errors
/// When it is longer than `bytes_max`.
pub fn text(value: &Value, bytes_max: usize) -> Result<String, JsonTooLong> {
    match value {
        Value::String(text) if text.len() <= bytes_max => Ok(text.clone()),
        Value::Number(number) => Ok(number_text(number).into_owned()),
        other => compact(other, bytes_max),
    }
}

/// Compact JSON of anything that can be written as JSON.
///
/// # Errors
/// When it is longer than `bytes_max`.
pub fn compact(value: &impl Serialize, bytes_max: usize) -> Result<String, JsonTooLong> {
    let mut bounded = Bounded { bytes: Vec::new(), bytes_max };
    let mut serializer = serde_json::Serializer::with_formatter(&mut bounded, Java);
    // Every value of JSON can be written; only the bound makes it fail.
    value.serialize(&mut serializer).map_err(|_| JsonTooLong { bytes_max })?;
    String::from_utf8(bounded.bytes).map_err(|_| JsonTooLong { bytes_max })
}

/// A number as Java shows what Jackson read: whole numbers with all their digits, others as a `double`.
pub fn number_text(number: &Number) -> Cow<'_, str> {
    java_number(number.as_str())
}

fn java_number(text: &str) -> Cow<'_, str> {
    match text {
        "-0" => Cow::Borrowed("0"),
        whole if !whole.contains(['.', 'e', 'E']) => Cow::Borrowed(whole),
        decimal => Cow::Owned(decimal_text(decimal.parse().unwrap_or(f64::NAN))),
    }
}

/// Whether any text in the value is longer than `length_max`, counted as Java counts.
pub fn has_longer_text(value: &Value, length_max: u64) -> bool {
    let is_longer = |text: &str| {
        text.len() as u64 > length_max && text.encode_utf16().count() as u64 > length_max
    };
    match value {
        Value::String(text) => is_longer(text),
        Value::Array(items) => items.iter().any(|item| has_longer_text(item, length_max)),
        Value::Object(members) => {
            members.values().any(|member| has_longer_text(member, length_max))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

struct Bounded {
    bytes: Vec<u8>,
    bytes_max: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.bytes_max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Compact, with numbers and escapes as Jackson writes them.
struct Java;

impl Formatter for Java {
    fn write_number_str<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        value: &str,
    ) -> io::Result<()> {
        let text = java_number(value);
        // What is no number of JSON, a decimal beyond every double, stands in quotes.
        if text.ends_with(['y', 'N']) {
            return write!(writer, "\"{text}\"");
        }
        writer.write_all(text.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04X}"),
            other => serde_json::ser::CompactFormatter.write_char_escape(writer, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_java_does() {
        for (json, expected) in [
            ("1", "1"),
            ("-7", "-7"),
            ("-0", "0"),
            ("1.0", "1.0"),
            ("1.50", "1.5"),
            ("0.001", "0.001"),
            ("0.0001", "1.0E-4"),
            ("1e6", "1000000.0"),
            ("12345678.9", "1.23456789E7"),
            ("-1e10", "-1.0E10"),
            ("1e400", "Infinity"),
            ("[0.0,{\"a\":1e7}]", "[0.0,{\"a\":1.0E7}]"),
            ("[-1e400]", "[\"-Infinity\"]"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("[123456789012345678901234567890]", "[123456789012345678901234567890]"),
        ] {
            assert_eq!(text(&parse(json.as_bytes()).unwrap(), 100).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn a_text_is_written_as_it_is_and_in_json_with_escapes() {
        let value = parse(b"\"a\\u001f/\\n \\u00e9\"").unwrap();
        assert_eq!(text(&value, 100).unwrap(), "a\u{1f}/\n é");
        assert_eq!(compact(&value, 100).unwrap(), "\"a\\u001F/\\n é\"");
    }

    #[test]
    fn what_is_too_long_is_not_written() {
        assert_eq!(compact(&vec![1; 100], 20), Err(JsonTooLong { bytes_max: 20 }));
        assert!(text(&Value::from("abc"), 2).is_err());
    }

    #[test]
    fn only_json_is_read() {
        for (content, reason) in [
            ("", "the content is empty, not JSON"),
            (" \n", "the content is empty, not JSON"),
            ("null", "the content is only `null`"),
            (
                "<a/>",
                "the content is not JSON (it begins like HTML or XML): expected value at line 1 column 1",
            ),
            ("{} x", "the content is not JSON: trailing characters at line 1 column 4"),
        ] {
            assert_eq!(parse(content.as_bytes()).unwrap_err().to_string(), reason);
        }
        assert!(parse("\u{feff}{}".as_bytes()).is_ok());
        assert!(parse_first("{} x").is_ok());
        assert!(parse_first("1d").is_err());
        assert!(parse(&[b'['; 100_000]).is_err());
    }

    #[test]
    fn the_length_of_a_text_counts_as_in_java() {
        let value = parse("[{\"a\": \"\u{1F600}é\"}]".as_bytes()).unwrap();
        assert!(!has_longer_text(&value, 3));
        assert!(has_longer_text(&value, 2));
    }
}
