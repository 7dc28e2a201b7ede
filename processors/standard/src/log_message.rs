//! `LogMessage`: writes a text of the author's to the log. Secrets show as `***`.

use processors_api::{
    Definition, Example, ExampleFlowFile, Expr, Facts, Input, Processor, ProcessorError,
    PropertiesError, Relationship, Session, ShownIn,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::logging::{LogLevel, on_one_line};

/// Writes a text to the log for each flowfile.
///
/// The text is one line: a line break in it shows as `\n`. A text that is made of something sensitive shows as `***`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogMessage {
    /// How important the line is: `trace`, `debug`, `info`, `warn` or `error`. An expression that gives anything else
    /// rolls the session back: the flowfile waits and is tried again.
    #[serde(default = "info")]
    log_level: Expr<String>,

    /// What stands before the text, to find it again.
    #[serde(default)]
    log_prefix: Option<Expr<String>>,

    /// The text.
    #[serde(default)]
    log_message: Option<Expr<String>>,
}

fn info() -> Expr<String> {
    Expr::literal("info")
}

const SUCCESS: Relationship = Relationship::main("success", "The text was logged.");

impl Definition for LogMessage {
    const TYPE: &'static str = "LogMessage";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        match properties.log_level.template().constant() {
            Some(name) if LogLevel::named(name).is_none() => {
                let message = format!("`log_level` cannot be `{name}`");
                Err(PropertiesError::of("log_level", message)
                    .help("allowed: trace, debug, info, warn, error"))
            }
            _ => Ok(properties),
        }
    }

    fn facts(&self) -> Facts {
        let shown = vec![("log_prefix", ShownIn::Log), ("log_message", ShownIn::Log)];
        Facts { shown, ..Facts::default() }
    }
}

impl Processor for LogMessage {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        let name = session.evaluate(&self.log_level, &flowfile)?;
        let Some(level) = LogLevel::named(name.reveal()) else {
            let name = name.masked();
            let message = format!(
                "`log_level` gives `{name}`, which is no level: trace, debug, info, warn, error"
            );
            return Err(ProcessorError::Final(message));
        };
        let mut parts = Vec::new();
        for text in [&self.log_prefix, &self.log_message].into_iter().flatten() {
            let text = session.evaluate(text, &flowfile)?;
            parts.push(on_one_line(text.masked()).into_owned());
        }
        level.write(&session.context().processor, &parts.concat());
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "Say what came",
        "log_message: ${filename} has ${fileSize} bytes\n",
    )
    .inputs(&[ExampleFlowFile::new("{}", &[("filename", "a.json")])])
    .outputs(&[("success", ExampleFlowFile::new("{}", &[("filename", "a.json")]))]),
    Example::new(
        "The level depends on the flowfile",
        "log_level: ${invokehttp.status.code:ge(400):ifElse('error', 'info')}\nlog_prefix: 'xero: '\nlog_message: status ${invokehttp.status.code}\n",
    )
    .inputs(&[ExampleFlowFile::new("", &[("invokehttp.status.code", "500")])])
    .outputs(&[("success", ExampleFlowFile::new("", &[("invokehttp.status.code", "500")]))]),
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::{Text, test_runner::TestRunner};

    use super::*;
    use crate::logging::kept::logged;

    fn check(properties: &str, expected: Expect) {
        let mut runner = TestRunner::<LogMessage>::new(properties);
        runner
            .enqueue("")
            .attribute("level", "WARN")
            .attribute("two", "1\n2")
            .attribute("token", Text::sensitive("s3cret"));
        let mut logged = logged(|| runner.run());
        logged.push_str(&runner.render());
        assert!(!logged.contains("s3cret"), "{logged}");
        expected.assert_eq(&logged);
    }

    #[test]
    fn a_text_is_logged_on_one_line() {
        check(
            "log_level: ${level}\nlog_prefix: 'x: '\nlog_message: ${two}",
            expect![[r#"
                WARN
                x: 1\n2
                success: level=WARN token=*** two=1
                2
            "#]],
        );
    }

    #[test]
    fn a_secret_is_not_logged() {
        check(
            "log_message: the token is ${token}",
            expect![[r#"
                INFO
                ***
                success: level=WARN token=*** two=1
                2
            "#]],
        );
    }

    #[test]
    fn a_level_that_is_none_fails() {
        check(
            "log_level: ${token}",
            expect![[r#"
                (rolled back): 1 flowfiles, `log_level` gives `***`, which is no level: trace, debug, info, warn, error
            "#]],
        );
        let mistakes = TestRunner::<LogMessage>::mistakes("log_level: loud");
        assert!(mistakes.contains("allowed: trace, debug"), "{mistakes}");
    }
}
