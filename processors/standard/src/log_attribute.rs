//! `LogAttribute`: writes a flowfile's attributes to the log. Secrets show as `***`, secret content not at all. Of a
//! content at most [`PAYLOAD_BYTES_MAX`] bytes are logged.

use std::{fmt::Write as _, io};

use processors_api::{
    Charset, Definition, Example, ExampleFlowFile, Expr, Facts, FlowFile, Input, JavaRegex, MASK,
    Processor, ProcessorError, PropertiesError, Relationship, Session, ShownIn,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    empty,
    logging::{LogLevel, on_one_line},
    yes,
};

/// How much of a content is logged.
const PAYLOAD_BYTES_MAX: u64 = 64 * 1024;

/// What NiFi has for a regular expression that was not set.
const EVERYTHING: &str = ".*";

/// Writes the attributes of each flowfile to the log.
///
/// A value stays on its line: a line break in it shows as `\n`. A sensitive value shows as `***`, and so does the content
/// when it is sensitive. `uuid` is the first thing that is logged and not repeated among the attributes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// How important the line is.
    #[serde(default)]
    log_level: LogLevel,

    /// The names of the attributes to log, with commas between. Left out, the regular expression decides alone.
    #[serde(default)]
    attributes_to_log: Option<String>,

    /// A regular expression: attributes whose whole name matches are logged, besides those of the list. Beside a list `.*`
    /// counts as left out, since NiFi writes that for a regular expression that nobody set.
    #[serde(default = "everything", alias = "attributes_to_log_regex")]
    attributes_to_log_regular_expression: String,

    /// The names of attributes that are never logged, with commas between.
    #[serde(default)]
    attributes_to_ignore: Option<String>,

    /// A regular expression: attributes whose whole name matches are never logged.
    #[serde(default, alias = "attributes_to_ignore_regex")]
    attributes_to_ignore_regular_expression: Option<String>,

    /// How the attributes are set out.
    #[serde(default)]
    output_format: OutputFormat,

    /// Whether to log the content too, its first 64 KB.
    #[serde(default)]
    log_payload: bool,

    /// Whether to log the flowfile's dates and size too.
    #[serde(default = "yes")]
    log_flowfile_properties: bool,

    /// What stands in the first line, to find it again.
    #[serde(default)]
    log_prefix: Option<Expr<String>>,

    /// The character set of the content.
    #[serde(default = "utf_8")]
    character_set: Expr<String>,
}

fn everything() -> String {
    EVERYTHING.to_owned()
}

fn utf_8() -> Expr<String> {
    Expr::literal(Charset::UTF_8.name())
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum OutputFormat {
    /// Each attribute on a line of its own.
    #[default]
    #[serde(rename = "Line per Attribute")]
    LinePerAttribute,
    /// Everything on one line.
    #[serde(rename = "Single Line")]
    SingleLine,
}

const SUCCESS: Relationship = Relationship::main("success", "The attributes were logged.");

pub(crate) struct LogAttribute {
    properties: Properties,
    log: Choice,
    ignore: Choice,
}

/// Names by list or by pattern.
struct Choice {
    names: Vec<String>,
    pattern: Option<JavaRegex>,
}

impl Definition for LogAttribute {
    const TYPE: &'static str = "LogAttribute";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        empty::refuse([
            ("attributes_to_log", properties.attributes_to_log.as_deref()),
            ("attributes_to_ignore", properties.attributes_to_ignore.as_deref()),
            ("log_prefix", empty::constant(properties.log_prefix.as_ref())),
        ])?;
        let mut log = Choice::new(
            properties.attributes_to_log.as_deref(),
            "attributes_to_log_regular_expression",
            Some(&properties.attributes_to_log_regular_expression),
        )?;
        if !log.names.is_empty() && properties.attributes_to_log_regular_expression == EVERYTHING {
            log.pattern = None;
        }
        let ignore = Choice::new(
            properties.attributes_to_ignore.as_deref(),
            "attributes_to_ignore_regular_expression",
            properties.attributes_to_ignore_regular_expression.as_deref(),
        )?;
        if let Some(name) = properties.character_set.template().constant() {
            charset(name).map_err(|message| PropertiesError::of("character_set", message))?;
        }
        Ok(Self { properties, log, ignore })
    }

    fn facts(&self) -> Facts {
        let named = ["log_prefix", "attributes_to_log", "log_payload"];
        Facts { shown: named.map(|name| (name, ShownIn::Log)).to_vec(), ..Facts::default() }
    }
}

fn charset(name: &str) -> Result<Charset, String> {
    Charset::named(name.trim()).ok_or_else(|| {
        format!("`character_set` cannot be `{name}`: no character set has that name")
    })
}

impl Choice {
    fn new(
        names: Option<&str>,
        property: &'static str,
        pattern: Option<&str>,
    ) -> Result<Self, PropertiesError> {
        let names = names.unwrap_or_default().split(',').map(str::trim);
        let pattern = pattern.map(JavaRegex::new).transpose().map_err(|error| {
            PropertiesError::of(property, format!("`{property}` is no regular expression: {error}"))
        })?;
        let names = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Ok(Self { names, pattern })
    }

    fn has(&self, name: &str) -> bool {
        let matches = |regex: &JavaRegex| regex.is_full_match(name).unwrap_or(false);
        self.names.iter().any(|listed| listed == name) || self.pattern.as_ref().is_some_and(matches)
    }
}

impl Processor for LogAttribute {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        if self.properties.log_level.is_enabled() {
            let text = self.text(session, &flowfile)?;
            self.properties.log_level.write(&session.context().processor, &text);
        }
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

impl LogAttribute {
    fn text(&self, session: &Session, flowfile: &FlowFile) -> Result<String, ProcessorError> {
        let prefix = self.properties.log_prefix.as_ref();
        let prefix = prefix.map(|prefix| session.evaluate(prefix, flowfile)).transpose()?;
        let mut parts = vec![match &prefix {
            Some(prefix) => format!("{} {}", on_one_line(prefix.masked()), flowfile.id()),
            None => flowfile.id().to_string(),
        }];
        if self.properties.log_flowfile_properties {
            parts.push(format!("entryDate: {}", flowfile.entry_date()));
            parts.push(format!("lineageStartDate: {}", flowfile.lineage_start()));
            parts.push(format!("fileSize: {}", flowfile.size()));
        }
        for (name, value) in flowfile.attributes().iter() {
            if self.log.has(name) && !self.ignore.has(name) {
                parts.push(format!("{}: {}", on_one_line(name), on_one_line(value.masked())));
            }
        }
        let payload = match self.properties.log_payload {
            true => Some(self.payload(session, flowfile)?),
            false => None,
        };
        Ok(match self.properties.output_format {
            OutputFormat::LinePerAttribute => {
                parts.extend(payload);
                parts.join("\n")
            }
            OutputFormat::SingleLine => {
                parts.extend(payload.as_deref().map(|payload| on_one_line(payload).into_owned()));
                parts.join(", ")
            }
        })
    }

    fn payload(&self, session: &Session, flowfile: &FlowFile) -> Result<String, ProcessorError> {
        if flowfile.content().is_sensitive() {
            return Ok(MASK.to_owned());
        }
        let name = session.evaluate(&self.properties.character_set, flowfile)?;
        let charset = Charset::named(name.reveal().trim()).ok_or_else(|| {
            let name = name.masked();
            ProcessorError::Final(format!(
                "`character_set` gives `{name}`, and no character set has that name"
            ))
        })?;
        let mut bytes = Vec::new();
        let mut reader = io::Read::take(session.read(flowfile)?, PAYLOAD_BYTES_MAX);
        io::Read::read_to_end(&mut reader, &mut bytes)?;
        let mut text = charset.decode(&bytes).into_owned();
        if flowfile.size() > PAYLOAD_BYTES_MAX {
            let _ = write!(text, "... ({} bytes in all)", flowfile.size());
        }
        Ok(text)
    }
}

const EXAMPLES: &[Example] = &[
    Example::new("All attributes", "{}")
        .inputs(&[ExampleFlowFile::new("hello", &[("customer", "ACME")])])
        .outputs(&[("success", ExampleFlowFile::new("hello", &[("customer", "ACME")]))]),
    Example::new(
        "One line with what matters",
        "attributes_to_log: filename, invokehttp.status.code\nlog_flowfile_properties: false\noutput_format: Single Line\nlog_level: warn\nlog_prefix: refused\n",
    )
    .inputs(&[ExampleFlowFile::new("", &[("invokehttp.status.code", "403")])])
    .outputs(&[("success", ExampleFlowFile::new("", &[("invokehttp.status.code", "403")]))]),
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::{Text, test_runner::TestRunner};

    use super::*;
    use crate::logging::kept::logged;

    fn check(properties: &str, expected: Expect) {
        let mut runner = TestRunner::<LogAttribute>::new(properties);
        runner
            .enqueue("s3cret content")
            .attribute("a", "1")
            .attribute("b", "2")
            .attribute("token", Text::sensitive("s3cret"))
            .secret();
        let logged = logged(|| runner.run());
        runner.assert_all_transferred(&SUCCESS, 1);
        assert!(!logged.contains("s3cret"), "{logged}");
        expected.assert_eq(&logged);
    }

    #[test]
    fn attributes_are_logged_and_secrets_are_not() {
        check(
            "log_payload: true",
            expect![[r#"
                INFO
                00000000-0000-0000-0000-000000000001
                entryDate: 1970-01-01T00:00:00Z
                lineageStartDate: 1970-01-01T00:00:00Z
                fileSize: 14
                a: 1
                b: 2
                token: ***
                ***
            "#]],
        );
    }

    #[test]
    fn ignoring_beats_logging() {
        check(
            "attributes_to_log: a, b\nattributes_to_ignore_regular_expression: b|c\nlog_flowfile_properties: false\noutput_format: single_line\nlog_level: warn\nlog_prefix: x${a}",
            expect![[r#"
                WARN
                x1 00000000-0000-0000-0000-000000000001, a: 1
            "#]],
        );
    }

    #[test]
    fn a_list_and_a_pattern_add_up_unless_the_pattern_is_the_usual_one() {
        let short =
            "log_flowfile_properties: false\noutput_format: single_line\nattributes_to_log: a\n";
        for (pattern, expected) in [(".*", ", a: 1\n"), ("b", ", a: 1, b: 2\n"), ("c", ", a: 1\n")]
        {
            let properties = format!("{short}attributes_to_log_regular_expression: {pattern}");
            let mut runner = TestRunner::<LogAttribute>::new(&properties);
            runner.enqueue("").attribute("a", "1").attribute("b", "2");
            let logged = logged(|| runner.run());
            assert!(logged.ends_with(expected), "{pattern}: {logged}");
        }
    }

    #[test]
    fn a_content_is_read_in_its_character_set_and_keeps_to_one_line_if_wanted() {
        let short = "log_flowfile_properties: false\nlog_payload: true\n";
        for (properties, content, expected) in [
            ("character_set: ISO-8859-1", b"\xe9\n2".as_slice(), "é\n2\n"),
            ("character_set: ${c}\noutput_format: Single Line", b"\xe9\n2", ", c: latin1, é\\n2\n"),
            ("attributes_to_ignore: c", b"\xff", "\u{fffd}\n"),
        ] {
            let mut runner = TestRunner::<LogAttribute>::new(&format!("{short}{properties}"));
            runner.enqueue(content).attribute("c", "latin1");
            let logged = logged(|| runner.run());
            assert!(logged.ends_with(expected), "{properties}: {logged}");
        }
    }

    #[test]
    fn a_long_content_is_cut() {
        let mut runner = TestRunner::<LogAttribute>::new("log_payload: true");
        runner.enqueue("x".repeat(100_000));
        let logged = logged(|| runner.run());
        assert!(logged.ends_with("xxx... (100000 bytes in all)\n") && logged.len() < 70_000);
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (properties, message) in [
            ("character_set: UTF-9", "no character set"),
            ("attributes_to_ignore_regular_expression: (", "no regular expression"),
            ("log_level: loud", "allowed: trace"),
            ("log_prefix: ''", "`log_prefix` is empty"),
        ] {
            let mistakes = TestRunner::<LogAttribute>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
