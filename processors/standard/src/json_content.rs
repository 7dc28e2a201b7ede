//! What the processors that take values out of JSON content have in common: reading it, and what a `null` becomes. Not
//! paths: those are [`processors_api::JsonPath`]. No reason that is given here quotes the content.

use processors_api::{DataSize, FlowFile, Session, json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The largest content that is parsed: the parsed form takes a multiple of it in memory.
const CONTENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The largest text that is made of what was found in one flowfile.
pub(crate) const FOUND_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What is written where the JSON has `null`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum NullValue {
    /// Nothing.
    #[default]
    #[serde(rename = "empty string")]
    Empty,
    /// The word null.
    #[serde(rename = "the string 'null'")]
    Null,
}

impl NullValue {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Empty => "",
            Self::Null => "null",
        }
    }
}

/// The default of `max_string_length`.
pub(crate) fn max_string_length() -> DataSize {
    DataSize::from_bytes(20 * 1024 * 1024)
}

/// The content as JSON, or why it is none.
pub(crate) fn read(
    session: &Session,
    flowfile: &FlowFile,
    max_string_length: DataSize,
) -> Result<Value, String> {
    let bytes = session.read_all(flowfile, CONTENT_BYTES_MAX).map_err(|error| error.to_string())?;
    let document = json::parse(&bytes).map_err(|error| error.to_string())?;
    let longest = max_string_length.bytes();
    if bytes.len() as u64 > longest && json::has_longer_text(&document, longest) {
        return Err(format!(
            "the JSON has a text longer than max_string_length ({max_string_length})"
        ));
    }
    Ok(document)
}
