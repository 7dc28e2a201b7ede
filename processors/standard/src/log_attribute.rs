//! `LogAttribute`: writes a flowfile's attributes to the log. Secrets show as `***`, secret content not at all.

use std::{fmt::Write as _, io};

use processors_api::{
    Definition, Expr, FlowFile, Input, JavaRegex, MASK, Processor, ProcessorError, PropertiesError,
    Relationship, Session,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yes;

/// How much of a content is logged.
const PAYLOAD_BYTES_MAX: u64 = 64 * 1024;

/// Writes the attributes of each flowfile to the log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// How important the line is.
    #[serde(default)]
    log_level: LogLevel,

    /// The names of the attributes to log, with commas between; all when left out.
    #[serde(default)]
    attributes_to_log: Option<String>,

    /// A regular expression: attributes whose whole name matches are logged.
    #[serde(default)]
    attributes_to_log_regular_expression: Option<String>,

    /// The names of attributes that are never logged, with commas between.
    #[serde(default)]
    attributes_to_ignore: Option<String>,

    /// A regular expression: attributes whose whole name matches are never logged.
    #[serde(default)]
    attributes_to_ignore_regular_expression: Option<String>,

    /// How the attributes are set out.
    #[serde(default)]
    output_format: OutputFormat,

    /// Whether to log the content too.
    #[serde(default)]
    log_payload: bool,

    /// Whether to log the flowfile's id, size and dates too.
    #[serde(default = "yes")]
    log_flowfile_properties: bool,

    /// What stands in the first and last line, to find it again.
    #[serde(default)]
    log_prefix: Option<Expr<String>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum LogLevel {
    /// Everything.
    Trace,
    /// For finding mistakes.
    Debug,
    /// What happens.
    #[default]
    Info,
    /// What somebody should look at.
    Warn,
    /// What went wrong.
    Error,
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
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let log = Choice::new(
            properties.attributes_to_log.as_deref(),
            "attributes_to_log_regular_expression",
            properties.attributes_to_log_regular_expression.as_deref(),
        )?;
        let ignore = Choice::new(
            properties.attributes_to_ignore.as_deref(),
            "attributes_to_ignore_regular_expression",
            properties.attributes_to_ignore_regular_expression.as_deref(),
        )?;
        Ok(Self { properties, log, ignore })
    }
}

impl Choice {
    fn new(
        names: Option<&str>,
        property: &'static str,
        pattern: Option<&str>,
    ) -> Result<Self, PropertiesError> {
        let names = names.unwrap_or_default().split(',').map(str::trim);
        let pattern = pattern.map(JavaRegex::new).transpose().map_err(|error| PropertiesError {
            property: Some(property),
            message: format!("`{property}` is no regular expression: {error}"),
            help: Vec::new(),
        })?;
        let names = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Ok(Self { names, pattern })
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.pattern.is_none()
    }

    fn has(&self, name: &str) -> bool {
        let matches = |regex: &JavaRegex| regex.is_full_match(name).unwrap_or(false);
        self.names.iter().any(|listed| listed == name) || self.pattern.as_ref().is_some_and(matches)
    }
}

impl Processor for LogAttribute {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        let text = self.text(session, &flowfile)?;
        let processor = &*session.context().processor;
        match self.properties.log_level {
            LogLevel::Trace => tracing::trace!(processor, "{text}"),
            LogLevel::Debug => tracing::debug!(processor, "{text}"),
            LogLevel::Info => tracing::info!(processor, "{text}"),
            LogLevel::Warn => tracing::warn!(processor, "{text}"),
            LogLevel::Error => tracing::error!(processor, "{text}"),
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
            Some(prefix) => format!("{} {}", prefix.masked(), flowfile.id()),
            None => flowfile.id().to_string(),
        }];
        if self.properties.log_flowfile_properties {
            parts.push(format!("entryDate: {}", flowfile.entry_date()));
            parts.push(format!("lineageStartDate: {}", flowfile.lineage_start()));
            parts.push(format!("fileSize: {}", flowfile.size()));
        }
        for (name, value) in flowfile.attributes().iter() {
            if (self.log.is_empty() || self.log.has(name)) && !self.ignore.has(name) {
                parts.push(format!("{name}: {}", value.masked()));
            }
        }
        if self.properties.log_payload {
            parts.push(payload(session, flowfile)?);
        }
        let between = match self.properties.output_format {
            OutputFormat::LinePerAttribute => "\n",
            OutputFormat::SingleLine => ", ",
        };
        Ok(parts.join(between))
    }
}

fn payload(session: &Session, flowfile: &FlowFile) -> Result<String, ProcessorError> {
    if flowfile.content().is_sensitive() {
        return Ok(MASK.to_owned());
    }
    let mut bytes = Vec::new();
    let mut reader = io::Read::take(session.read(flowfile)?, PAYLOAD_BYTES_MAX);
    io::Read::read_to_end(&mut reader, &mut bytes)?;
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if flowfile.size() > PAYLOAD_BYTES_MAX {
        let _ = write!(text, "... ({} bytes in all)", flowfile.size());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use expect_test::{Expect, expect};
    use processors_api::{Text, test_runner::TestRunner};
    use tracing::{
        Event, Metadata, Subscriber,
        field::{Field, Visit},
        span,
    };

    use super::*;

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<String>>);

    impl Visit for &Log {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            if field.name() == "message" {
                let _ = writeln!(self.0.lock().unwrap(), "{value:?}");
            }
        }
    }

    impl Subscriber for Log {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            let _ = writeln!(self.0.lock().unwrap(), "{}", event.metadata().level());
            event.record(&mut &*self);
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    fn check(properties: &str, expected: Expect) {
        let log = Log::default();
        let mut runner = TestRunner::<LogAttribute>::new(properties);
        runner
            .enqueue("s3cret content")
            .attribute("a", "1")
            .attribute("b", "2")
            .attribute("token", Text::sensitive("s3cret"))
            .secret();
        tracing::subscriber::with_default(log.clone(), || runner.run());
        runner.assert_all_transferred(&SUCCESS, 1);
        let logged = log.0.lock().unwrap();
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
}
