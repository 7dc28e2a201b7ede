//! `ReplaceText`: changes the text of content, line by line or as a whole. Line by line it streams; as a whole it holds
//! at most `maximum_buffer_size`. `lines` says what a line is, `regex` and `substitute` replace inside a text.

use std::io::{self, Read, Write};

use processors_api::{
    ContentClaim, ContentWriter, DataSize, Definition, EvaluateError, EventKind, Expr, FlowFile,
    Input, JavaRegex, JavaRegexError, Processor, ProcessorError, PropertiesError, Relationship,
    Session, Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod lines;
mod regex;
mod substitute;
#[cfg(test)]
mod tests;

use lines::{Line, LineReader};
use regex::RegexReplacement;

/// The search value when none is given: everything, as one group.
const EVERYTHING: &str = "(?s)(^.*$)";

/// Replaces text in the content of each flowfile.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// What is done with the text.
    #[serde(default)]
    replacement_strategy: Strategy,

    /// What is searched for: a regular expression for `Regex Replace`, a text for `Literal Replace`. In a regular
    /// expression, what `${...}` gives is taken literally.
    #[serde(default = "everything", alias = "regular_expression")]
    search_value: Expr<String>,

    /// What takes its place. For `Regex Replace`, `$1` is the first group; inside an expression it is `${'$1'}`.
    #[serde(default = "first_group")]
    replacement_value: Expr<String>,

    /// For `Surround`: what is put before.
    #[serde(default)]
    text_to_prepend: Option<Expr<String>>,

    /// For `Surround`: what is put behind.
    #[serde(default)]
    text_to_append: Option<Expr<String>>,

    /// A longer text goes to `failure`: as a whole, or each line.
    #[serde(default = "one_megabyte")]
    maximum_buffer_size: DataSize,

    /// Whether each line is looked at by itself.
    #[serde(default)]
    evaluation_mode: EvaluationMode,

    /// Which lines are changed.
    #[serde(default, rename = "line_by_line_evaluation_mode")]
    which_lines: WhichLines,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum Strategy {
    /// The replacement is put before the text.
    Prepend,
    /// The replacement is put behind the text.
    Append,
    /// `text_to_prepend` is put before, `text_to_append` behind the text.
    Surround,
    /// What matches the regular expression is replaced.
    #[default]
    #[serde(rename = "Regex Replace")]
    Regex,
    /// What is exactly the search value is replaced.
    #[serde(rename = "Literal Replace")]
    Literal,
    /// All of the text is replaced.
    #[serde(rename = "Always Replace")]
    Always,
    /// `${name}` in the text is replaced by the attribute of that name.
    #[serde(rename = "Substitute Variables")]
    Substitute,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum EvaluationMode {
    /// Each line by itself.
    #[default]
    #[serde(rename = "Line-by-Line")]
    LineByLine,
    /// The whole content at once.
    #[serde(rename = "Entire text")]
    EntireText,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum WhichLines {
    /// Every line.
    #[default]
    All,
    /// Only the first line.
    #[serde(rename = "First-Line")]
    First,
    /// Only the last line.
    #[serde(rename = "Last-Line")]
    Last,
    /// Every line but the first.
    #[serde(rename = "Except-First-Line")]
    ExceptFirst,
    /// Every line but the last.
    #[serde(rename = "Except-Last-Line")]
    ExceptLast,
}

fn everything() -> Expr<String> {
    Expr::literal(EVERYTHING)
}

fn first_group() -> Expr<String> {
    Expr::literal("$1")
}

fn one_megabyte() -> DataSize {
    DataSize::from_bytes(1024 * 1024)
}

const SUCCESS: Relationship =
    Relationship::main("success", "The text was looked through, whether or not it was changed.");
const FAILURE: Relationship =
    Relationship::failure("failure", "The text could not be looked through.");

pub(crate) struct ReplaceText {
    properties: Properties,
    /// The pattern, when it is the same for every flowfile.
    pattern: Option<JavaRegex>,
}

/// Why a flowfile's text was not replaced.
#[derive(Debug, thiserror::Error)]
enum ReplaceError {
    #[error("{0}")]
    Content(#[from] io::Error),
    #[error("{0}")]
    Expression(#[from] EvaluateError),
    #[error("{unit} is larger than maximum_buffer_size ({limit})")]
    TooLarge { unit: &'static str, limit: DataSize },
    #[error("the search stopped: {0}")]
    Search(JavaRegexError),
    /// NiFi fails the session here, not the flowfile.
    #[error("the replacement cannot be used: {0}")]
    Replacement(String),
    #[error("the search value is no regular expression here: {0}")]
    Pattern(JavaRegexError),
    #[error("a variable's value refers to itself")]
    Circle,
    /// A secret came into a text that was not written as one: to be written again.
    #[error("a secret came in")]
    BecameSecret,
}

impl Definition for ReplaceText {
    const TYPE: &'static str = "ReplaceText";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS, FAILURE];
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let wrong = |property, message: String| PropertiesError {
            property: Some(property),
            message,
            help: Vec::new(),
        };
        let search = properties.search_value.template().constant();
        let pattern = match (properties.replacement_strategy, search) {
            (Strategy::Surround, _)
                if properties.text_to_prepend.is_none() || properties.text_to_append.is_none() =>
            {
                let message = "Surround needs text_to_prepend and text_to_append".to_owned();
                return Err(wrong("replacement_strategy", message));
            }
            (Strategy::Literal, Some("")) => {
                return Err(wrong(
                    "search_value",
                    "Literal Replace needs a search_value".to_owned(),
                ));
            }
            (Strategy::Regex, Some(search)) => Some(JavaRegex::new(search).map_err(|error| {
                wrong("search_value", format!("`search_value` is no regular expression: {error}"))
            })?),
            _ => None,
        };
        Ok(Self { properties, pattern })
    }
}

impl Processor for ReplaceText {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(mut flowfile) = session.get() else { return Ok(()) };
        let sensitive = flowfile.content().is_sensitive();
        let replaced = match self.replaced(session, &flowfile, sensitive) {
            Err(ReplaceError::BecameSecret) => self.replaced(session, &flowfile, true),
            replaced => replaced,
        };
        match replaced {
            Ok(content) => {
                if let Some(content) = content {
                    flowfile.set_content(content);
                }
                session.report(&flowfile, EventKind::ContentModified, None);
                session.transfer(flowfile, &SUCCESS);
            }
            Err(ReplaceError::Content(error)) => return Err(error.into()),
            Err(error @ (ReplaceError::Replacement(_) | ReplaceError::Pattern(_))) => {
                return Err(ProcessorError::Final(error.to_string()));
            }
            Err(error) => session.transfer_failed(flowfile, &FAILURE, error),
        }
        Ok(())
    }
}

/// What is done to one text, with the values of one flowfile.
enum Work<'a> {
    Around { before: String, behind: String },
    Always(String),
    Literal { search: String, replacement: String },
    Regex(Box<RegexReplacement<'a>>),
    Substitute(&'a FlowFile),
}

/// Where the new content goes, and whether it may take secrets.
struct Output {
    writer: ContentWriter,
    sensitive: bool,
}

impl Output {
    fn write(&mut self, text: &[u8]) -> Result<(), ReplaceError> {
        Ok(self.writer.write_all(text)?)
    }

    /// What came into the text is secret.
    fn admit(&self, sensitive: bool) -> Result<(), ReplaceError> {
        if sensitive && !self.sensitive { Err(ReplaceError::BecameSecret) } else { Ok(()) }
    }
}

impl ReplaceText {
    /// The new content; nothing when it stays as it is.
    fn replaced(
        &self,
        session: &Session,
        flowfile: &FlowFile,
        sensitive: bool,
    ) -> Result<Option<ContentClaim>, ReplaceError> {
        let (work, became_secret) = self.work(session, flowfile)?;
        let mut output = Output { writer: session.write(sensitive), sensitive };
        output.admit(became_secret)?;
        let changed = match self.properties.evaluation_mode {
            EvaluationMode::LineByLine => {
                self.replace_lines(session, flowfile, &work, &mut output)?
            }
            EvaluationMode::EntireText => {
                self.replace_all(session, flowfile, &work, &mut output)?
            }
        };
        Ok(if changed { Some(output.writer.finish()?) } else { None })
    }

    /// Evaluates all that is evaluated once a flowfile; whether any of it is secret.
    fn work<'a>(
        &'a self,
        session: &'a Session,
        flowfile: &'a FlowFile,
    ) -> Result<(Work<'a>, bool), ReplaceError> {
        let properties = &self.properties;
        let evaluate = |expression: &Expr<String>| session.evaluate(expression, flowfile);
        let optional = |expression: &Option<Expr<String>>| match expression {
            Some(expression) => evaluate(expression),
            None => Ok(Text::from("")),
        };
        let around = |before: Text, behind: Text| {
            let sensitive = before.is_sensitive() || behind.is_sensitive();
            let (before, behind) = (before.reveal().to_owned(), behind.reveal().to_owned());
            (Work::Around { before, behind }, sensitive)
        };
        Ok(match properties.replacement_strategy {
            Strategy::Prepend => around(evaluate(&properties.replacement_value)?, "".into()),
            Strategy::Append => around("".into(), evaluate(&properties.replacement_value)?),
            Strategy::Surround => around(
                optional(&properties.text_to_prepend)?,
                optional(&properties.text_to_append)?,
            ),
            Strategy::Literal => {
                let search = evaluate(&properties.search_value)?;
                let replacement = evaluate(&properties.replacement_value)?;
                let work = Work::Literal {
                    search: search.reveal().to_owned(),
                    replacement: replacement.reveal().to_owned(),
                };
                (work, replacement.is_sensitive())
            }
            Strategy::Regex if !self.replaces_always() => {
                (Work::Regex(Box::new(RegexReplacement::new(self, session, flowfile)?)), false)
            }
            Strategy::Always | Strategy::Regex => {
                let replacement = evaluate(&properties.replacement_value)?;
                (Work::Always(replacement.reveal().to_owned()), replacement.is_sensitive())
            }
            Strategy::Substitute => (Work::Substitute(flowfile), false),
        })
    }

    /// Two patterns match all there is, and are not searched for.
    fn replaces_always(&self) -> bool {
        let properties = &self.properties;
        let search = properties.search_value.template().constant();
        let erases = properties.evaluation_mode == EvaluationMode::EntireText
            && properties.replacement_value.template().constant() == Some("");
        search == Some(".*") || (search == Some(EVERYTHING) && erases)
    }

    fn replace_all(
        &self,
        session: &Session,
        flowfile: &FlowFile,
        work: &Work<'_>,
        output: &mut Output,
    ) -> Result<bool, ReplaceError> {
        let limit = self.properties.maximum_buffer_size;
        match work {
            Work::Around { before, behind } => {
                output.write(before.as_bytes())?;
                io::copy(&mut session.read(flowfile)?, &mut output.writer)?;
                output.write(behind.as_bytes())?;
                Ok(true)
            }
            Work::Always(text) => output.write(text.as_bytes()).map(|()| true),
            _ if flowfile.size() > limit.bytes() => {
                Err(ReplaceError::TooLarge { unit: "the content", limit })
            }
            _ => {
                let mut bytes = Vec::new();
                session.read(flowfile)?.read_to_end(&mut bytes)?;
                work.replace(&String::from_utf8_lossy(&bytes), output)
            }
        }
    }

    fn replace_lines(
        &self,
        session: &Session,
        flowfile: &FlowFile,
        work: &Work<'_>,
        output: &mut Output,
    ) -> Result<bool, ReplaceError> {
        let limit = self.properties.maximum_buffer_size;
        let mut lines = LineReader::new(session.read(flowfile)?, limit.bytes());
        let too_large = || ReplaceError::TooLarge { unit: "a line", limit };
        let mut next = lines.next()?.map(|line| line.ok_or_else(too_large)).transpose()?;
        let mut is_first = true;
        while let Some(line) = next {
            next = lines.next()?.map(|line| line.ok_or_else(too_large)).transpose()?;
            let wanted = match self.properties.which_lines {
                WhichLines::All => true,
                WhichLines::First => is_first,
                WhichLines::Last => next.is_none(),
                WhichLines::ExceptFirst => !is_first,
                WhichLines::ExceptLast => next.is_some(),
            };
            if wanted {
                work.replace_line(&line, output)?
            } else {
                output.write(&line.bytes)?
            }
            is_first = false;
        }
        Ok(true)
    }
}

impl Work<'_> {
    fn replace_line(&self, line: &Line, output: &mut Output) -> Result<(), ReplaceError> {
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
    fn replace(&self, text: &str, output: &mut Output) -> Result<bool, ReplaceError> {
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
