//! `GenerateFlowFile`: a source that makes flowfiles from nothing, for tests of a flow and as a starting shot.

use std::{io::Write, num::NonZeroU32};

use indexmap::IndexMap;
use processors_api::{
    DataSize, Definition, EventKind, Expr, FlowFile, Input, Processor, ProcessorError,
    PropertiesError, Relationship, Session, core_attributes,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What text data is made of.
const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const PIECE_BYTES: u64 = 64 * 1024;

/// Makes flowfiles with a text of your own, or with random data.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateFlowFile {
    /// How much random data each flowfile gets.
    #[serde(default)]
    file_size: DataSize,

    /// How many flowfiles are made each time.
    #[serde(default = "one")]
    batch_size: NonZeroU32,

    /// Whether the random data is text or anything.
    #[serde(default)]
    data_format: DataFormat,

    /// Whether each flowfile has random data of its own. Otherwise those of one time share theirs.
    #[serde(default)]
    unique_flowfiles: bool,

    /// The content, in the place of random data.
    #[serde(default)]
    custom_text: Option<Expr<String>>,

    /// The content's media type, for attribute `mime.type`.
    #[serde(default)]
    mime_type: Option<String>,

    /// The attributes that each flowfile gets.
    #[serde(default)]
    attributes: IndexMap<String, Expr<String>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum DataFormat {
    /// Letters, digits, `-` and `_`.
    #[default]
    Text,
    /// Any bytes.
    Binary,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

const SUCCESS: Relationship = Relationship::main("success", "A flowfile was made.");

impl Definition for GenerateFlowFile {
    const TYPE: &'static str = "GenerateFlowFile";
    const INPUT: Input = Input::Forbidden;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const NAMED_HOME: Option<&'static str> = Some("attributes");
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        let random = properties.unique_flowfiles || properties.data_format == DataFormat::Binary;
        if properties.custom_text.is_some() && random {
            return Err(PropertiesError {
                property: Some("custom_text"),
                message: "custom_text goes neither with unique_flowfiles: true nor with data_format: Binary".to_owned(),
                help: Vec::new(),
            });
        }
        Ok(properties)
    }
}

impl Processor for GenerateFlowFile {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let mut shared: Option<FlowFile> = None;
        for _ in 0..self.batch_size.get() {
            let mut flowfile = session.create();
            match &shared {
                Some(first) => flowfile.set_content(first.content().clone()),
                None => self.fill(session, &mut flowfile)?,
            }
            for (name, value) in &self.attributes {
                flowfile.put_attribute(name.as_str(), session.evaluate_alone(value)?);
            }
            if let Some(mime_type) = &self.mime_type {
                flowfile.put_attribute(core_attributes::MIME_TYPE, mime_type.as_str());
            }
            session.report(&flowfile, EventKind::Create, None);
            match shared.is_none() && !self.unique_flowfiles {
                true => shared = Some(flowfile),
                false => session.transfer(flowfile, &SUCCESS),
            }
        }
        if let Some(first) = shared {
            session.transfer(first, &SUCCESS);
        }
        Ok(())
    }
}

impl GenerateFlowFile {
    fn fill(&self, session: &Session, flowfile: &mut FlowFile) -> Result<(), ProcessorError> {
        if let Some(text) = &self.custom_text {
            let text = session.evaluate_alone(text)?;
            session.set_bytes(flowfile, text.reveal().as_bytes(), text.is_sensitive())?;
            return Ok(());
        }
        let mut content = session.write(false);
        let mut left = self.file_size.bytes();
        while left > 0 {
            let count = left.min(PIECE_BYTES);
            let mut piece = vec![0; usize::try_from(count).unwrap_or_default()];
            session.context().entropy.fill(&mut piece);
            if self.data_format == DataFormat::Text {
                piece.iter_mut().for_each(|byte| *byte = SIGNS[usize::from(*byte % 64)]);
            }
            content.write_all(&piece)?;
            left -= count;
        }
        flowfile.set_content(content.finish()?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use jiff::Timestamp;
    use processors_api::test_runner::TestRunner;

    use super::*;

    fn check(properties: &str, expected: Expect) {
        let mut runner = TestRunner::<GenerateFlowFile>::new(properties);
        runner.due(Timestamp::from_millisecond(86_400_000).unwrap());
        runner.run();
        expected.assert_eq(&runner.render());
    }

    #[test]
    fn a_text_and_attributes_are_given() {
        check(
            "custom_text: at ${now():toNumber()}\nmime_type: text/plain\nattributes:\n  a: ${literal('x')}\n",
            expect![[r#"
                success: "at 0" a=x mime.type=text/plain schedule.time=86400000
            "#]],
        );
    }

    #[test]
    fn random_data_has_the_size_that_is_asked_for() {
        for (properties, count, distinct) in [
            ("file_size: 5000 B\nbatch_size: 3\n", 3, 1),
            (
                "file_size: 5000 B\nbatch_size: 3\nunique_flowfiles: true\ndata_format: binary\n",
                3,
                3,
            ),
        ] {
            let mut runner = TestRunner::<GenerateFlowFile>::new(properties);
            runner.run();
            runner.assert_all_transferred(&SUCCESS, count);
            let mut contents: Vec<_> = runner.transfers.iter().map(|made| &made.content).collect();
            assert!(contents.iter().all(|content| content.len() == 5000));
            contents.sort();
            contents.dedup();
            assert_eq!(contents.len(), distinct);
        }
    }

    #[test]
    fn a_text_is_not_random() {
        let mistakes =
            TestRunner::<GenerateFlowFile>::mistakes("custom_text: a\nunique_flowfiles: true\n");
        assert!(mistakes.contains("custom_text goes neither"), "{mistakes}");
    }
}
