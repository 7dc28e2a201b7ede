//! `SplitText`: cuts content into flowfiles of some lines each. `scan` reads it once to see where; here it is read a
//! second time and copied, so that neither the content nor a line of it is held. The header is, up to
//! [`HEADER_BYTES_MAX`].

use std::io::{self, Read, Write};

use processors_api::{
    AttributeUse, ContentReader, DataSize, Definition, EventKind, Example, ExampleFlowFile,
    FlowFile, Input, Processor, ProcessorError, PropertiesError, Relationship, Session,
};
use schemars::JsonSchema;
use serde::Deserialize;

mod scan;
#[cfg(test)]
mod tests;

use scan::{HeaderRule, Plan, Rules, Split};

use crate::{empty, yes};

/// The largest header, which is held to be written before every split.
const HEADER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Cuts the content of each flowfile into flowfiles of some lines each.
///
/// A line ends behind `\n`, `\r\n`, or `\r` alone. An empty content has no splits: only the original goes on, with a
/// count of 0. A single line that is larger than `maximum_fragment_size` is a split of its own. More than 100,000
/// splits of one flowfile go to `failure`: cut it into larger ones first, and those again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitText {
    /// How many lines a split has, its header not among them. 0: as many as `maximum_fragment_size` allows.
    line_split_count: u64,

    /// How large a split may be, its header among it. A line that does not fit any more begins the next split.
    #[serde(default)]
    maximum_fragment_size: Option<DataSize>,

    /// How many of the first lines are the header, which is put before every split. A content with fewer lines goes to
    /// `failure`.
    #[serde(default)]
    header_line_count: u64,

    /// Where `header_line_count` is 0: the first lines that begin with these characters are the header.
    #[serde(default)]
    header_line_marker_characters: Option<String>,

    /// Whether the line ends behind the last text of a split are left off. A split that has nothing else is left out,
    /// unless there is a header: then it is the header alone.
    #[serde(default = "yes")]
    remove_trailing_newlines: bool,
}

const SPLITS: Relationship = Relationship::main("splits", "The splits, in order.");
const ORIGINAL: Relationship =
    Relationship::side("original", "The flowfile that was cut, as it was.");
const FAILURE: Relationship = Relationship::failure(
    "failure",
    "The content cannot be cut: the header is not whole or too large, or there would be too many splits.",
);

const LINE_COUNT: &str = "text.line.count";
const SIZE: &str = "fragment.size";
const IDENTIFIER: &str = "fragment.identifier";
const INDEX: &str = "fragment.index";
const COUNT: &str = "fragment.count";
const ORIGINAL_FILENAME: &str = "segment.original.filename";

/// Why a content is not cut.
#[derive(Debug, thiserror::Error)]
enum SplitError {
    #[error("{0}")]
    Content(#[from] io::Error),
    #[error("the content has {lines} lines, fewer than header_line_count ({wanted})")]
    HeaderIncomplete { wanted: u64, lines: u64 },
    #[error("the header has more than {max} bytes")]
    HeaderTooLarge { max: u64 },
    #[error(
        "there would be more than {max} splits; cut it into larger ones first, and those again"
    )]
    TooMany { max: usize },
}

impl Definition for SplitText {
    const TYPE: &'static str = "SplitText";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SPLITS, ORIGINAL, FAILURE];
    const READS: &'static [AttributeUse] =
        &[AttributeUse::new("filename", "It becomes `segment.original.filename` of the splits.")];
    const WRITES: &'static [AttributeUse] = &[
        AttributeUse::new(
            LINE_COUNT,
            "How many lines a split has that are not empty, without its header.",
        )
        .on(&["splits"]),
        AttributeUse::new(SIZE, "How many bytes a split has, with its header.").on(&["splits"]),
        AttributeUse::new(IDENTIFIER, "The same for the original and all its splits.")
            .on(&["splits", "original"]),
        AttributeUse::new(INDEX, "Which split it is, from 1.").on(&["splits"]),
        AttributeUse::new(
            COUNT,
            "How many splits there are; not set where there is a header and nothing else.",
        )
        .on(&["splits", "original"]),
        AttributeUse::new(ORIGINAL_FILENAME, "The `filename` of the original.").on(&["splits"]),
    ];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        if properties.line_split_count == 0 && properties.maximum_fragment_size.is_none() {
            let message = "with a `line_split_count` of 0, `maximum_fragment_size` must say where a split ends";
            return Err(PropertiesError::of("line_split_count", message)
                .help("for example: maximum_fragment_size: 1 MB"));
        }
        let marker = properties.header_line_marker_characters.as_deref();
        empty::refuse([("header_line_marker_characters", marker)])?;
        Ok(properties)
    }
}

impl Processor for SplitText {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        match self.split(session, &flowfile) {
            Ok(Splits { identifier, splits }) => {
                let mut original = flowfile;
                original.put_attribute(IDENTIFIER, identifier);
                original.put_attribute(COUNT, splits.len().to_string());
                session.transfer(original, &ORIGINAL);
                splits.into_iter().for_each(|split| session.transfer(split, &SPLITS));
            }
            Err(SplitError::Content(error)) => return Err(error.into()),
            Err(error) => session.transfer_failed(flowfile, &FAILURE, error),
        }
        Ok(())
    }
}

/// The flowfiles that were made of one.
struct Splits {
    identifier: String,
    splits: Vec<FlowFile>,
}

impl SplitText {
    fn rules(&self) -> Rules<'_> {
        let marker = self.header_line_marker_characters.as_deref().filter(|text| !text.is_empty());
        Rules {
            lines_max: self.line_split_count,
            bytes_max: self.maximum_fragment_size.map_or(u64::MAX, DataSize::bytes),
            header: match (self.header_line_count, marker) {
                (0, None) => HeaderRule::None,
                (0, Some(marker)) => HeaderRule::Marked(marker.as_bytes()),
                (count, _) => HeaderRule::Lines(count),
            },
        }
    }

    fn split(&self, session: &mut Session, original: &FlowFile) -> Result<Splits, SplitError> {
        let plan = Plan::of(session.read(original)?, self.rules())?;
        let identifier = session.context().new_id().to_string();
        let mut pieces = Pieces::new(session.read(original)?, &plan)?;
        let mut splits = Vec::new();
        for split in &plan.splits {
            let bytes =
                if self.remove_trailing_newlines { split.trimmed_bytes } else { split.bytes };
            if bytes == 0 && plan.header.is_none() {
                continue;
            }
            let mut content = session.write(original.content().is_sensitive());
            pieces.copy(split, bytes, &mut content)?;
            let child = session.create_child(original);
            splits.push(self.filled(session, child, content.finish()?, split.lines));
        }
        if plan.splits.is_empty() && plan.header.is_some() {
            let mut content = session.write(original.content().is_sensitive());
            content.write_all(pieces.bare_header())?;
            let child = session.create_child(original);
            splits.push(self.filled(session, child, content.finish()?, 0));
        }
        let filename = original.attribute("filename");
        let count = splits.len().to_string();
        for (split, index) in splits.iter_mut().zip(1_usize..) {
            split.put_attribute(IDENTIFIER, identifier.as_str());
            split.put_attribute(INDEX, index.to_string());
            // So NiFi has it: a header alone is not counted on itself.
            if !plan.splits.is_empty() {
                split.put_attribute(COUNT, count.as_str());
            }
            if let Some(filename) = &filename {
                split.put_attribute(ORIGINAL_FILENAME, filename.clone());
            }
        }
        Ok(Splits { identifier, splits })
    }

    fn filled(
        &self,
        session: &mut Session,
        mut child: FlowFile,
        content: processors_api::ContentClaim,
        lines: u64,
    ) -> FlowFile {
        child.put_attribute(SIZE, content.length().to_string());
        child.put_attribute(LINE_COUNT, lines.to_string());
        child.set_content(content);
        session.report(&child, EventKind::Fork, None);
        child
    }
}

/// The content, read a second time from its begin to its end.
struct Pieces {
    content: ContentReader,
    read: u64,
    header: Vec<u8>,
    /// How many bytes of the header are the end of its last line.
    header_end_bytes: usize,
}

impl Pieces {
    fn new(mut content: ContentReader, plan: &Plan) -> Result<Self, SplitError> {
        let bytes = plan.header.map_or(0, |header| header.bytes);
        if bytes > HEADER_BYTES_MAX {
            return Err(SplitError::HeaderTooLarge { max: HEADER_BYTES_MAX });
        }
        let mut header = Vec::new();
        (&mut content).take(bytes).read_to_end(&mut header)?;
        let header_end_bytes = plan.header.map_or(0, |header| header.end_bytes as usize);
        Ok(Self { content, read: bytes, header, header_end_bytes })
    }

    /// The header without the end of its last line.
    fn bare_header(&self) -> &[u8] {
        &self.header[..self.header.len().saturating_sub(self.header_end_bytes)]
    }

    /// Writes the header and the first `bytes` of a split; the header alone when that is all.
    fn copy(&mut self, split: &Split, bytes: u64, output: &mut impl Write) -> io::Result<()> {
        if bytes == 0 {
            return output.write_all(self.bare_header());
        }
        output.write_all(&self.header)?;
        let skipped = split.start.saturating_sub(self.read);
        io::copy(&mut (&mut self.content).take(skipped), &mut io::sink())?;
        io::copy(&mut (&mut self.content).take(bytes), output)?;
        self.read = split.start + bytes;
        Ok(())
    }
}

const EXAMPLES: &[Example] = &[
    Example::new("Two lines each, with the header", "line_split_count: 2\nheader_line_count: 1\n")
        .inputs(&[ExampleFlowFile::new(
            "id,name\n1,Ada\n2,Bob\n3,Cleo\n",
            &[("filename", "people.csv")],
        )])
        .outputs(&[
            ("original", ExampleFlowFile::new("id,name\n1,Ada\n2,Bob\n3,Cleo\n", &[(COUNT, "2")])),
            (
                "splits",
                ExampleFlowFile::new(
                    "id,name\n1,Ada\n2,Bob",
                    &[(INDEX, "1"), (COUNT, "2"), (LINE_COUNT, "2"), (SIZE, "19")],
                ),
            ),
            (
                "splits",
                ExampleFlowFile::new(
                    "id,name\n3,Cleo",
                    &[(INDEX, "2"), (LINE_COUNT, "1"), (ORIGINAL_FILENAME, "people.csv")],
                ),
            ),
        ]),
    Example::new(
        "As many lines as fit",
        "line_split_count: 0\nmaximum_fragment_size: 8 B\nremove_trailing_newlines: false\n",
    )
    .inputs(&[ExampleFlowFile::new("one\ntwo\nthree and four\n", &[])])
    .outputs(&[
        ("original", ExampleFlowFile::new("one\ntwo\nthree and four\n", &[(COUNT, "2")])),
        ("splits", ExampleFlowFile::new("one\ntwo\n", &[(LINE_COUNT, "2")])),
        ("splits", ExampleFlowFile::new("three and four\n", &[(LINE_COUNT, "1")])),
    ]),
    Example::new("A header that is not whole", "line_split_count: 1\nheader_line_count: 2\n")
        .inputs(&[ExampleFlowFile::new("id,name\n", &[])])
        .outputs(&[("failure", ExampleFlowFile::new("id,name\n", &[]))]),
];
