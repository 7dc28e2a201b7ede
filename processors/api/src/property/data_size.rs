//! [`DataSize`]: an amount of data as NiFi writes it (`1 GB`). Counts bytes; a KB is 1024 of them.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{
    deserialize_from_text,
    quantity::{Quantity, Unit},
};
use crate::decode::ScalarProblem;

pub(super) const NAME: &str = "data_size";

const QUANTITY: Quantity = Quantity {
    noun: "a size",
    units: &[
        Unit { names: &["B", "byte", "bytes"], factor: 1 },
        Unit { names: &["KB"], factor: 1 << 10 },
        Unit { names: &["MB"], factor: 1 << 20 },
        Unit { names: &["GB"], factor: 1 << 30 },
        Unit { names: &["TB"], factor: 1 << 40 },
    ],
    examples: "0 B, 64 KB, 1 MB, 1 GB",
};

/// An amount of data in a flow file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataSize {
    bytes: u64,
}

impl DataSize {
    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self { bytes }
    }

    /// In bytes.
    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// Reads `1 GB`, `1GB`, `1.5 MB`.
    pub fn parse(text: &str) -> Result<Self, ScalarProblem> {
        QUANTITY.parse(text).map(|bytes| Self { bytes })
    }
}

/// In the largest unit that leaves a whole number.
impl fmt::Display for DataSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: [(&str, u64); 4] =
            [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];
        let fits = |factor: &u64| self.bytes >= *factor && self.bytes.is_multiple_of(*factor);
        match SHOWN.iter().find(|(_, factor)| fits(factor)) {
            Some((unit, factor)) => write!(f, "{} {unit}", self.bytes / factor),
            None => write!(f, "{} B", self.bytes),
        }
    }
}

deserialize_from_text!(DataSize, "data_size", "a size");

impl JsonSchema for DataSize {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(?:#\\{.*\\}|\\s*[0-9.]+\\s*[A-Za-z]+\\s*)$", "examples": ["1 MB", "1 GB"] })
    }
}
