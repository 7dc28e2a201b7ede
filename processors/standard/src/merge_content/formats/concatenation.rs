//! Contents one behind the other, with a header, a footer, and something in between.

use std::{
    fs::File,
    io::{Read, Write},
};

use processors_api::{Expr, FlowFile, Text, core_attributes};

use super::{Making, WriteError, Written, copy};
use crate::merge_content::DelimiterStrategy;

/// The largest delimiter that is read from a file: it is held in memory.
pub(super) const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What stands around contents.
#[derive(Default)]
struct Delimiter {
    bytes: Vec<u8>,
    sensitive: bool,
}

pub(super) fn write(making: Making<'_>) -> Result<Written, WriteError> {
    let properties = making.properties;
    let header = delimiter(making, properties.header.as_ref())?;
    let demarcator = delimiter(making, properties.demarcator.as_ref())?;
    let footer = delimiter(making, properties.footer.as_ref())?;
    let sensitive = [&header, &demarcator, &footer].iter().any(|delimiter| delimiter.sensitive);
    let mut writer = making.writer(sensitive);
    writer.write_all(&header.bytes)?;
    for (index, part) in making.parts.iter().enumerate() {
        if index > 0 {
            writer.write_all(&demarcator.bytes)?;
        }
        copy(making.reader(part)?, &mut writer)?;
    }
    writer.write_all(&footer.bytes)?;
    let mime_type = mime_type(making.parts);
    let content = writer.finish()?;
    Ok(Written { content, mime_type, extension: "", unmerged: Vec::new() })
}

/// What the expression gives for the first part: a text, or the name of a file.
fn delimiter(
    making: Making<'_>,
    expression: Option<&Expr<String>>,
) -> Result<Delimiter, WriteError> {
    let strategy = making.properties.delimiter_strategy;
    let (Some(expression), Some(first)) = (expression, making.parts.first()) else {
        return Ok(Delimiter::default());
    };
    match strategy {
        DelimiterStrategy::None => Ok(Delimiter::default()),
        DelimiterStrategy::Text => {
            let text = making.session.evaluate(expression, first)?;
            Ok(Delimiter {
                bytes: text.reveal().as_bytes().to_vec(),
                sensitive: text.is_sensitive(),
            })
        }
        DelimiterStrategy::Filename => {
            let name = making.session.evaluate(expression, first)?;
            file(making, &name)
        }
    }
}

fn file(making: Making<'_>, name: &Text) -> Result<Delimiter, WriteError> {
    let shown = || name.masked().to_owned();
    let path = making.session.context().path(name.reveal());
    let unreadable = |error| WriteError::DelimiterFile { file: shown(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(WriteError::LargeDelimiterFile(shown()));
    }
    Ok(Delimiter { bytes, sensitive: false })
}

/// That of the parts if they agree.
fn mime_type(parts: &[FlowFile]) -> String {
    let mut types = parts.iter().map(|part| part.attributes().get(core_attributes::MIME_TYPE));
    let first = types.next().flatten().map(Text::reveal);
    let agree = types.all(|other| other.map(Text::reveal) == first);
    first.filter(|_| agree).unwrap_or("application/octet-stream").to_owned()
}
