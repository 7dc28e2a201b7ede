//! `GenerateFlowFile`: a source that makes flowfiles from nothing, for tests of a flow and as a starting shot. Its random
//! data is for measuring, not for keeping secrets: one seed makes all of it. Data is streamed, never held whole.

use std::{
    io::{self, Write},
    num::NonZeroU32,
    sync::OnceLock,
};

use indexmap::IndexMap;
use processors_api::{
    Charset, ContentClaim, DataSize, Definition, EventKind, Example, ExampleFlowFile, Expr, Facts,
    Input, Processor, ProcessorContext, ProcessorError, PropertiesError, Relationship, Session,
    SetAttribute, Text, core_attributes,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::empty;

/// What text data is made of.
const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const PIECE_BYTES: usize = 64 * 1024;

/// Makes flowfiles with a text of your own, or with random data.
///
/// Expressions see the environment and the parameters, and are evaluated once each time it fires: all flowfiles of that
/// time have the same text and attributes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateFlowFile {
    /// How much random data each flowfile gets.
    #[serde(default = "nothing")]
    file_size: Expr<String>,

    /// How many flowfiles are made each time.
    #[serde(default = "one")]
    batch_size: NonZeroU32,

    /// Whether the random data is text or anything.
    #[serde(default)]
    data_format: DataFormat,

    /// Whether each flowfile has random data of its own. Otherwise all have the same, each time.
    #[serde(default)]
    unique_flowfiles: bool,

    /// The content, in the place of random data.
    #[serde(default, alias = "generate_ff_custom_text")]
    custom_text: Option<Expr<String>>,

    /// The character set in which `custom_text` is written.
    #[serde(default)]
    character_set: Charset,

    /// The content's media type, for attribute `mime.type`.
    #[serde(default)]
    mime_type: Option<Text>,

    /// The attributes that each flowfile gets.
    #[serde(default)]
    attributes: IndexMap<String, Expr<String>>,

    /// What the data begins with that all flowfiles share.
    #[serde(skip)]
    seed: OnceLock<u64>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum DataFormat {
    /// Letters, digits, `-` and `_`.
    #[default]
    Text,
    /// Any bytes.
    Binary,
}

fn nothing() -> Expr<String> {
    Expr::literal("0B")
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
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        empty::refuse([
            ("custom_text", empty::constant(properties.custom_text.as_ref())),
            ("mime_type", properties.mime_type.as_ref().map(Text::reveal)),
        ])?;
        let random = properties.unique_flowfiles || properties.data_format == DataFormat::Binary;
        if properties.custom_text.is_some() && random {
            let message =
                "custom_text goes neither with unique_flowfiles: true nor with data_format: Binary";
            return Err(PropertiesError::of("custom_text", message));
        }
        if let Some(text) = properties.file_size.template().constant() {
            size(&text.into()).map_err(|message| PropertiesError::of("file_size", message))?;
        }
        Ok(properties)
    }

    fn facts(&self) -> Facts {
        let mime_type = self.mime_type.as_ref().map(|_| core_attributes::MIME_TYPE);
        let names = self.attributes.keys().map(String::as_str).chain(mime_type);
        let sets = names.map(SetAttribute::exact).collect();
        Facts { sets, content_from: vec!["custom_text"], ..Facts::default() }
    }
}

/// Reads a size; a secret one is not told.
fn size(text: &Text) -> Result<u64, String> {
    DataSize::parse(text.reveal()).map(DataSize::bytes).map_err(|problem| {
        let why = if text.is_sensitive() { "it gives no size" } else { &problem.message };
        format!("`file_size` cannot be used: {why}; for example: 64 KB, 1 MB")
    })
}

impl Processor for GenerateFlowFile {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let attributes = self.attributes(session)?;
        let mut shared: Option<ContentClaim> = None;
        for _ in 0..self.batch_size.get() {
            let content = match shared.take().filter(|_| !self.unique_flowfiles) {
                Some(content) => content,
                None => self.content(session)?,
            };
            shared = Some(content.clone());
            let mut flowfile = session.create();
            flowfile.set_content(content);
            for (name, value) in &attributes {
                flowfile.put_attribute(*name, value.clone());
            }
            session.report(&flowfile, EventKind::Create, None);
            session.transfer(flowfile, &SUCCESS);
        }
        Ok(())
    }
}

impl GenerateFlowFile {
    /// `mime_type` wins over an attribute of that name.
    fn attributes(&self, session: &Session) -> Result<Vec<(&str, Text)>, ProcessorError> {
        let evaluate = |(name, value)| Ok((String::as_str(name), session.evaluate_alone(value)?));
        let mut attributes =
            self.attributes.iter().map(evaluate).collect::<Result<Vec<_>, ProcessorError>>()?;
        let mime_type = self.mime_type.clone();
        attributes.extend(mime_type.map(|mime_type| (core_attributes::MIME_TYPE, mime_type)));
        Ok(attributes)
    }

    fn content(&self, session: &Session) -> Result<ContentClaim, ProcessorError> {
        if let Some(text) = &self.custom_text {
            let text = session.evaluate_alone(text)?;
            let mut content = session.write(text.is_sensitive());
            content.write_all(&self.character_set.encode(text.reveal()))?;
            return Ok(content.finish()?);
        }
        let size =
            size(&session.evaluate_alone(&self.file_size)?).map_err(ProcessorError::Other)?;
        let context = session.context();
        let seed = match self.unique_flowfiles {
            true => seed(context),
            false => *self.seed.get_or_init(|| seed(context)),
        };
        let mut content = session.write(false);
        self.write_random(&mut content, size, seed)?;
        Ok(content.finish()?)
    }

    fn write_random(&self, content: &mut impl Write, size: u64, mut seed: u64) -> io::Result<()> {
        let mut left = size;
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        while left > 0 {
            piece.clear();
            while piece.len() < PIECE_BYTES {
                piece.extend_from_slice(&next(&mut seed).to_le_bytes());
            }
            piece.truncate(usize::try_from(left).unwrap_or(PIECE_BYTES));
            if self.data_format == DataFormat::Text {
                piece.iter_mut().for_each(|byte| *byte = SIGNS[usize::from(*byte % 64)]);
            }
            content.write_all(&piece)?;
            left -= piece.len() as u64;
        }
        Ok(())
    }
}

fn seed(context: &ProcessorContext) -> u64 {
    let mut bytes = [0; 8];
    context.entropy.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// The next number of SplitMix64.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "A starting shot with a text",
        "custom_text: '{\"since\": \"2026-01-01\"}'\nmime_type: application/json\nattributes:\n  page: 1\n",
    )
    .outputs(&[(
        "success",
        ExampleFlowFile::new(
            "{\"since\": \"2026-01-01\"}",
            &[("mime.type", "application/json"), ("page", "1")],
        ),
    )]),
    Example::new(
        "Several at once, without content",
        "batch_size: 2\nattributes:\n  from: ${literal('generator'):toUpper()}\n",
    )
    .outputs(&[
        ("success", ExampleFlowFile::new("", &[("from", "GENERATOR")])),
        ("success", ExampleFlowFile::new("", &[("from", "GENERATOR")])),
    ]),
];

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
    fn data_that_is_not_unique_is_the_same_each_time() {
        for (unique, same) in [("true", false), ("false", true)] {
            let properties =
                format!("file_size: ${{literal('100 KB')}}\nunique_flowfiles: {unique}");
            let mut runner = TestRunner::<GenerateFlowFile>::new(&properties);
            runner.run();
            runner.run();
            let [first, second] = runner.transfers.as_slice() else { panic!("two flowfiles") };
            assert_eq!((first.content.len(), first.content == second.content), (102_400, same));
            assert!(first.content.iter().all(|byte| SIGNS.contains(byte)));
        }
    }

    #[test]
    fn a_text_is_written_in_its_character_set() {
        let properties = "custom_text: é\ncharacter_set: ISO-8859-1\nbatch_size: 2";
        let mut runner = TestRunner::<GenerateFlowFile>::new(properties);
        runner.run();
        assert!(runner.transfers.iter().all(|made| made.content == b"\xe9"));
        assert_eq!(runner.transfers.len(), 2);
    }

    #[test]
    fn attributes_are_evaluated_once_a_time() {
        let properties = "batch_size: 2\nmime_type: text/plain\nattributes:\n  n: ${nextInt()}\n  mime.type: other\n";
        let mut runner = TestRunner::<GenerateFlowFile>::new(properties);
        runner.run();
        runner.run();
        let seen = |name: &str| -> Vec<_> {
            runner.transfers.iter().map(|made| made.attribute(name).unwrap()).collect()
        };
        assert_eq!(seen("n"), ["0", "0", "1", "1"]);
        assert_eq!(seen("mime.type"), ["text/plain"; 4]);
    }

    #[test]
    fn a_size_that_is_none_fails_the_session() {
        let mut runner = TestRunner::<GenerateFlowFile>::new("file_size: ${literal('big')}");
        runner.run();
        assert!(runner.assert_rolled_back().contains("`big` is not a size"), "{}", runner.render());
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (properties, message) in [
            ("custom_text: a\nunique_flowfiles: true\n", "custom_text goes neither"),
            ("custom_text: a\ndata_format: binary\n", "custom_text goes neither"),
            ("file_size: 5 parsecs\n", "is not a size"),
            ("batch_size: 0\n", "above zero"),
            ("custom_text: ''\n", "`custom_text` is empty"),
            ("mime_type: ''\n", "`mime_type` is empty"),
            ("character_set: UTF-9\n", "UTF-8"),
        ] {
            let mistakes = TestRunner::<GenerateFlowFile>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
