//! The processor of `docs/writing-a-processor.md`, so that what the guide shows compiles and passes its tests.
//! It is in no bundle: no flow can use it.

use processors_api::{
    DataSize, Definition, Expr, FlowFile, Input, Processor, ProcessorError, PropertiesError,
    Relationship, Session,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Counts the words of the content and puts the number into an attribute.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountWords {
    /// The attribute that gets the number, for example `${filename}.words`.
    attribute: Expr<String>,

    /// The largest content that is counted; a larger one goes to `failure`.
    #[serde(default = "one_megabyte")]
    maximum_size: DataSize,
}

fn one_megabyte() -> DataSize {
    DataSize::from_bytes(1 << 20)
}

const SUCCESS: Relationship = Relationship::main("success", "The words were counted.");
const FAILURE: Relationship =
    Relationship::failure("failure", "The content is too large or not text.");

impl Definition for CountWords {
    const TYPE: &'static str = "CountWords";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS, FAILURE];
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        if properties.maximum_size.bytes() == 0 {
            let error = PropertiesError::of("maximum_size", "nothing fits into 0 bytes");
            return Err(error.help("leave it out for 1 MB"));
        }
        Ok(properties)
    }
}

impl Processor for CountWords {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(mut flowfile) = session.get() else { return Ok(()) };
        let attribute = session.evaluate(&self.attribute, &flowfile)?;
        match self.count(session, &flowfile) {
            Ok(words) => {
                flowfile.put_attribute(attribute.reveal(), words.to_string());
                session.transfer(flowfile, &SUCCESS);
            }
            Err(reason) => session.transfer_failed(flowfile, &FAILURE, reason),
        }
        Ok(())
    }
}

impl CountWords {
    fn count(&self, session: &Session, flowfile: &FlowFile) -> Result<usize, String> {
        let content = session
            .read_all(flowfile, self.maximum_size.bytes())
            .map_err(|error| error.to_string())?;
        let text = str::from_utf8(&content).map_err(|_| "the content is not UTF-8 text")?;
        Ok(text.split_whitespace().count())
    }
}

mod tests {
    use expect_test::{Expect, expect};
    use processors_api::test_runner::TestRunner;

    use super::*;

    fn check(properties: &str, contents: &[&[u8]], expected: Expect) {
        let mut runner = TestRunner::<CountWords>::new(properties);
        for content in contents {
            runner.enqueue(content);
        }
        runner.run();
        expected.assert_eq(&runner.render());
    }

    #[test]
    fn words_are_counted() {
        check(
            "attribute: words\n",
            &[b"to be or not", b""],
            expect![[r#"
                success: "to be or not" words=4
                success: words=0
            "#]],
        );
    }

    #[test]
    fn what_cannot_be_counted_fails_with_its_reason() {
        check(
            "attribute: words\nmaximum_size: 8 B\n",
            &[b"to be or not"],
            expect![[r#"
                failure: "to be or not" because: the content has 12 bytes, more than the 8 this processor may hold at once
            "#]],
        );
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (properties, message) in [
            ("maximum_size: 8 B\n", "attribute"),
            ("attribute: ${filename:toUper()}\n", "test.yaml:1:"),
            ("attribute: a\nmaximum_sise: 8 B\n", "did you mean `maximum_size`?"),
            ("attribute: a\nmaximum_size: 0 B\n", "nothing fits into 0 bytes"),
        ] {
            let mistakes = TestRunner::<CountWords>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
