//! How parts become one content. Everything streams: a part is read while the whole is written, and memory holds no more
//! than a buffer, whatever the sizes.

use std::io::{self, Read, Write};

use processors_api::{
    ContentClaim, ContentReader, ContentWriter, EvaluateError, FlowFile, Session, core_attributes,
};

use super::{Format, Properties};

mod archive;
mod avro;
mod concatenation;
mod packages;

/// A merged content.
pub(super) struct Written {
    pub(super) content: ContentClaim,
    pub(super) mime_type: String,
    /// Ends its name.
    pub(super) extension: &'static str,
    /// The parts that could not go in, by their places, and why.
    pub(super) unmerged: Vec<(usize, String)>,
}

/// Why parts could not become one content.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("content could not be read or written: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Expression(#[from] EvaluateError),
    #[error("the delimiter file {file} cannot be read: {error}")]
    DelimiterFile { file: String, error: io::Error },
    #[error("the delimiter file {0} has more than {limit} bytes", limit = concatenation::FILE_BYTES_MAX)]
    LargeDelimiterFile(String),
    #[error("the archive cannot be written: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("{0}")]
    Avro(#[from] avro::AvroError),
}

impl WriteError {
    /// Whether it says nothing about the parts: they wait.
    pub(super) fn passes(&self) -> Option<io::Error> {
        let error = match self {
            Self::Io(error) | Self::Zip(zip::result::ZipError::Io(error)) => error,
            Self::Avro(avro::AvroError::Io(error)) => error,
            _ => return None,
        };
        let is_full =
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        is_full.then(|| io::Error::from(error.kind()))
    }
}

/// What a content is made with.
#[derive(Clone, Copy)]
struct Making<'m> {
    properties: &'m Properties,
    session: &'m Session,
    parts: &'m [FlowFile],
}

/// Makes one content of all parts.
pub(super) fn write(
    properties: &Properties,
    session: &Session,
    parts: &[FlowFile],
) -> Result<Written, WriteError> {
    let making = Making { properties, session, parts };
    match properties.merge_format {
        Format::Binary => concatenation::write(making),
        Format::Tar => archive::tar(making),
        Format::Zip => archive::zip(making),
        Format::StreamV3 => packages::stream(making, packages::V3),
        Format::StreamV2 => packages::stream(making, packages::V2),
        Format::TarV1 => packages::tar(making),
        Format::Avro => avro::write(making),
    }
}

impl Making<'_> {
    /// A new content, secret when one of the parts is.
    fn writer(self, sensitive: bool) -> ContentWriter {
        let secret = self.parts.iter().any(|part| part.content().is_sensitive());
        self.session.write(sensitive || secret)
    }

    fn reader(self, part: &FlowFile) -> io::Result<ContentReader> {
        self.session.read(part)
    }
}

fn copy(mut from: impl Read, to: &mut impl Write) -> io::Result<u64> {
    io::copy(&mut from, to)
}

/// The name of a part.
fn name(part: &FlowFile) -> String {
    let name = part.attributes().get(core_attributes::FILENAME);
    name.map_or_else(|| part.id().to_string(), |name| name.reveal().to_owned())
}
