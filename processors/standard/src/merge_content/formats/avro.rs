//! Avro object container files joined block by block: no record is decoded, so any schema and codec will do as long as all
//! parts have the same. A part that differs stays out.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind, Read, Write},
};

use serde_json::Value;

use super::{Making, WriteError, Written};
use crate::merge_content::MetadataStrategy;

const MAGIC: &[u8; 4] = b"Obj\x01";
const SCHEMA: &str = "avro.schema";
const CODEC: &str = "avro.codec";

/// What begins the names of Avro's own metadata.
const RESERVED: &str = "avro.";

/// Bytes of metadata that a file may have: they are held in memory.
const METADATA_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The longest form of a number.
const NUMBER_BYTES_MAX: u32 = 10;

#[derive(Debug, thiserror::Error)]
pub(in crate::merge_content) enum AvroError {
    #[error("content could not be read or written: {0}")]
    Io(io::Error),
    #[error("the content is no Avro object container file")]
    NotAvro,
    #[error("the Avro content is damaged: {0}")]
    Damaged(&'static str),
    #[error("the Avro content has more than {METADATA_BYTES_MAX} bytes of metadata")]
    LargeMetadata,
}

impl From<io::Error> for AvroError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Damaged("it ends too early"),
            _ => Self::Io(error),
        }
    }
}

type Metadata = BTreeMap<String, Vec<u8>>;

/// How a file begins.
struct Header {
    metadata: Metadata,
    schema: Value,
    sync: [u8; 16],
}

pub(super) fn write(making: Making<'_>) -> Result<Written, WriteError> {
    let mut writer = making.writer(false);
    let mut unmerged = Vec::new();
    let mut first: Option<Header> = None;
    for (index, part) in making.parts.iter().enumerate() {
        let mut reader = io::BufReader::new(making.reader(part)?);
        let header = read_header(&mut reader)?;
        let strategy = making.properties.metadata_strategy;
        let first = match &first {
            None => {
                let mut header = header;
                if strategy == MetadataStrategy::Ignore {
                    header.metadata.retain(|name, _| name.starts_with(RESERVED));
                }
                write_header(&mut writer, &header)?;
                copy_blocks(&mut reader, header.sync, &mut writer, header.sync)?;
                first = Some(header);
                continue;
            }
            Some(first) => first,
        };
        match difference(first, &header, strategy) {
            Some(what) => unmerged.push((index, what.to_owned())),
            None => copy_blocks(&mut reader, header.sync, &mut writer, first.sync)?,
        }
    }
    let content = writer.finish()?;
    let mime_type = "application/avro-binary".to_owned();
    Ok(Written { content, mime_type, extension: "", unmerged })
}

/// Why a file cannot be joined to the first one.
fn difference(first: &Header, other: &Header, strategy: MetadataStrategy) -> Option<&'static str> {
    if first.schema != other.schema {
        return Some("its Avro schema is not that of the first one");
    }
    if codec(first) != codec(other) {
        return Some("its Avro codec is not that of the first one");
    }
    let own = other.metadata.iter().filter(|(name, _)| !name.starts_with(RESERVED));
    let differs = |(name, value): (&String, &Vec<u8>)| match (strategy, first.metadata.get(name)) {
        (MetadataStrategy::Ignore | MetadataStrategy::UseFirst, _) => false,
        (MetadataStrategy::KeepCommon, None) => false,
        (_, known) => known != Some(value),
    };
    let mut own = own.map(differs);
    own.any(|differs| differs).then_some("its Avro metadata is not that of the first one")
}

fn codec(header: &Header) -> &[u8] {
    header.metadata.get(CODEC).map_or(b"null", Vec::as_slice)
}

fn read_header(reader: &mut impl Read) -> Result<Header, AvroError> {
    let mut magic = [0; 4];
    reader.read_exact(&mut magic).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => AvroError::NotAvro,
        _ => error.into(),
    })?;
    if magic != *MAGIC {
        return Err(AvroError::NotAvro);
    }
    let metadata = read_metadata(reader)?;
    let mut sync = [0; 16];
    reader.read_exact(&mut sync)?;
    let schema = metadata.get(SCHEMA).ok_or(AvroError::Damaged("it has no schema"))?;
    let mut schema =
        serde_json::from_slice(schema).map_err(|_| AvroError::Damaged("its schema is not JSON"))?;
    forget_documentation(&mut schema);
    Ok(Header { metadata, schema, sync })
}

/// A schema with another documentation is the same. JSON nests only as deep as its parser goes.
fn forget_documentation(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.shift_remove("doc");
            fields.values_mut().for_each(forget_documentation);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_documentation),
        _ => {}
    }
}

fn read_metadata(reader: &mut impl Read) -> Result<Metadata, AvroError> {
    let (mut metadata, mut left) = (Metadata::new(), METADATA_BYTES_MAX);
    loop {
        let count = read_number(reader)?.ok_or(AvroError::Damaged("it ends too early"))?;
        if count == 0 {
            return Ok(metadata);
        }
        if count < 0 {
            // The size of the block in bytes, which only helps who passes over it.
            read_number(reader)?;
        }
        for _ in 0..count.unsigned_abs() {
            let name = read_bytes(reader, &mut left)?;
            let name = String::from_utf8(name)
                .map_err(|_| AvroError::Damaged("a name of its metadata is no text"))?;
            let value = read_bytes(reader, &mut left)?;
            metadata.insert(name, value);
        }
    }
}

/// Bytes behind their length; `left` bounds all of them together, and each costs something.
fn read_bytes(reader: &mut impl Read, left: &mut usize) -> Result<Vec<u8>, AvroError> {
    let length = read_number(reader)?.ok_or(AvroError::Damaged("it ends too early"))?;
    let length = usize::try_from(length).map_err(|_| AvroError::Damaged("a length is negative"))?;
    *left = left.checked_sub(length.saturating_add(1)).ok_or(AvroError::LargeMetadata)?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A number in Avro's zigzag form; none at the end.
fn read_number(reader: &mut impl Read) -> Result<Option<i64>, AvroError> {
    let mut number = 0_u64;
    for index in 0..NUMBER_BYTES_MAX {
        let mut byte = [0];
        match reader.read_exact(&mut byte) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && index == 0 => {
                return Ok(None);
            }
            read => read?,
        }
        number |= u64::from(byte[0] & 0x7f).wrapping_shl(7 * index);
        if byte[0] & 0x80 == 0 {
            let half = i64::try_from(number >> 1).unwrap_or(i64::MAX);
            return Ok(Some(if number & 1 == 1 { -half - 1 } else { half }));
        }
    }
    Err(AvroError::Damaged("a number is too long"))
}

fn write_header(writer: &mut impl Write, header: &Header) -> Result<(), AvroError> {
    writer.write_all(MAGIC)?;
    write_number(writer, header.metadata.len())?;
    for bytes in header.metadata.iter().flat_map(|(name, value)| [name.as_bytes(), value]) {
        write_number(writer, bytes.len())?;
        writer.write_all(bytes)?;
    }
    write_number(writer, 0)?;
    Ok(writer.write_all(&header.sync)?)
}

fn write_number(writer: &mut impl Write, number: usize) -> Result<(), AvroError> {
    let mut zigzag = (number as u64) << 1;
    while zigzag > 0x7f {
        writer.write_all(&[(zigzag & 0x7f) as u8 | 0x80])?;
        zigzag >>= 7;
    }
    Ok(writer.write_all(&[zigzag as u8])?)
}

/// Copies the blocks of a file, each ended by another mark.
fn copy_blocks(
    reader: &mut impl Read,
    sync: [u8; 16],
    writer: &mut impl Write,
    new_sync: [u8; 16],
) -> Result<(), AvroError> {
    while let Some(records) = read_number(reader)? {
        let bytes = read_number(reader)?.ok_or(AvroError::Damaged("it ends too early"))?;
        let (Ok(records), Ok(bytes)) = (usize::try_from(records), usize::try_from(bytes)) else {
            return Err(AvroError::Damaged("a block has a negative size"));
        };
        write_number(writer, records)?;
        write_number(writer, bytes)?;
        if io::copy(&mut reader.by_ref().take(bytes as u64), writer)? != bytes as u64 {
            return Err(AvroError::Damaged("it ends too early"));
        }
        let mut end = [0; 16];
        reader.read_exact(&mut end)?;
        if end != sync {
            return Err(AvroError::Damaged("a block does not end where it should"));
        }
        writer.write_all(&new_sync)?;
    }
    Ok(())
}
