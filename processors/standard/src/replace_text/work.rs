//! What is done to one text, and where the new content goes. Not which text: a line or all of it.

use std::io::Write;

use processors_api::{CharsetWriter, ContentClaim, ContentWriter, FlowFile};

use super::{ReplaceError, regex::RegexReplacement, substitute};
use crate::lines::Line;

/// What is done to one text, with the values of one flowfile.
pub(super) enum Work<'a> {
    Around { before: String, behind: String },
    Always(String),
    Literal { search: String, replacement: String },
    Regex(Box<RegexReplacement<'a>>),
    Substitute(&'a FlowFile),
}

/// Where the new content goes: UTF-8 that is written in the content's character set. And whether it may take secrets.
pub(super) struct Output {
    writer: CharsetWriter<ContentWriter>,
    sensitive: bool,
}

impl Output {
    pub(super) fn new(writer: CharsetWriter<ContentWriter>, sensitive: bool) -> Self {
        Self { writer, sensitive }
    }

    pub(super) fn write(&mut self, text: &[u8]) -> Result<(), ReplaceError> {
        Ok(self.writer.write_all(text)?)
    }

    pub(super) fn finish(self) -> Result<ContentClaim, ReplaceError> {
        Ok(self.writer.finish()?.finish()?)
    }

    /// What came into the text is secret.
    pub(super) fn admit(&self, sensitive: bool) -> Result<(), ReplaceError> {
        if sensitive && !self.sensitive { Err(ReplaceError::BecameSecret) } else { Ok(()) }
    }
}

impl Work<'_> {
    pub(super) fn replace_line(
        &self,
        line: &Line,
        output: &mut Output,
    ) -> Result<(), ReplaceError> {
        let (text, end) = line.parts();
        match self {
            Self::Around { before, behind } => {
                output.write(before.as_bytes())?;
                output.write(text)?;
                output.write(behind.as_bytes())?;
                output.write(end)
            }
            Self::Always(replacement) => {
                output.write(replacement.as_bytes())?;
                output.write(end)
            }
            _ => {
                if !self.replace(&String::from_utf8_lossy(&line.bytes), output)? {
                    output.write(&line.bytes)?;
                }
                Ok(())
            }
        }
    }

    /// Whether there was anything to replace; if not, nothing is written.
    pub(super) fn replace(&self, text: &str, output: &mut Output) -> Result<bool, ReplaceError> {
        match self {
            Self::Literal { search, .. } if search.is_empty() || !text.contains(search) => {
                Ok(false)
            }
            Self::Literal { search, replacement } => {
                output.write(text.replace(search, replacement).as_bytes()).map(|()| true)
            }
            Self::Regex(regex) => regex.replace(text, output),
            Self::Substitute(flowfile) => {
                let substituted = substitute::variables(text, flowfile)?;
                output.admit(substituted.is_sensitive())?;
                output.write(substituted.reveal().as_bytes()).map(|()| true)
            }
            Self::Around { .. } | Self::Always(_) => Ok(false),
        }
    }
}
