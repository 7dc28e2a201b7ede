//! The flowfiles that lines are added to: one for each relationship and group.

use std::io::{self, Write};

use indexmap::{IndexMap, map::Entry};
use processors_api::{
    Charset, CharsetWriter, ContentWriter, EventKind, FlowFile, INLINE_CONTENT_BYTES_MAX,
    Relationship, Session, Text,
};

use super::{GROUP, RouteError, transfer};

/// More flowfiles than this are not made of one.
const OUTPUTS_MAX: usize = 10_000;

/// More flowfiles than this do not leave memory at the same time: each has a file open.
const LARGE_OUTPUTS_MAX: usize = 200;

pub(super) struct Outputs {
    charset: Charset,
    /// Whether what is written is secret.
    sensitive: bool,
    outputs: IndexMap<(String, Vec<String>), Output>,
    large: usize,
}

struct Output {
    relationship: Relationship,
    content: CharsetWriter<ContentWriter>,
    bytes: usize,
}

impl Outputs {
    pub(super) fn new(charset: Charset, sensitive: bool) -> Self {
        Self { charset, sensitive, outputs: IndexMap::new(), large: 0 }
    }

    /// Adds a line, written in UTF-8, to the lines that went the same way.
    pub(super) fn append(
        &mut self,
        session: &Session,
        relationship: Relationship,
        group: &[String],
        line: &[u8],
    ) -> Result<(), RouteError> {
        let count = self.outputs.len();
        let output = match self.outputs.entry((relationship.name().to_owned(), group.to_vec())) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(_) if count == OUTPUTS_MAX => {
                return Err(RouteError::TooManyGroups { max: OUTPUTS_MAX, kind: "" });
            }
            Entry::Vacant(entry) => entry.insert(Output {
                relationship,
                content: self.charset.writer(session.write(self.sensitive)),
                bytes: 0,
            }),
        };
        let was_large = output.bytes > INLINE_CONTENT_BYTES_MAX;
        output.bytes += line.len();
        if output.bytes > INLINE_CONTENT_BYTES_MAX && !was_large {
            self.large += 1;
            if self.large > LARGE_OUTPUTS_MAX {
                let kind = " that do not fit into memory";
                return Err(RouteError::TooManyGroups { max: LARGE_OUTPUTS_MAX, kind });
            }
        }
        Ok(output.content.write_all(line)?)
    }

    /// Makes the flowfiles and sends them.
    pub(super) fn transfer(self, session: &mut Session, original: &FlowFile) -> io::Result<()> {
        for ((_, group), output) in self.outputs {
            let mut child = session.create_child(original);
            child.set_content(output.content.finish()?.finish()?);
            child.put_attribute(GROUP, Text::new(group.join(", "), self.sensitive));
            session.report(&child, EventKind::Fork, None);
            transfer(session, child, &output.relationship);
        }
        Ok(())
    }
}
