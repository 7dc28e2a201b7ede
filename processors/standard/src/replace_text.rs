//! `ReplaceText`: changes the text of content, line by line or as a whole. Line by line it streams; as a whole it holds
//! at most `maximum_buffer_size`. `work` is done to one text; `regex` and `substitute` replace inside it.

use std::io::{self, Read, Write};

use processors_api::{
    Advice, Charset, ContentClaim, DataSize, Definition, EvaluateError, EventKind, Example,
    ExampleFlowFile, Expr, Facts, FlowFile, Input, JavaRegexError, Processor, ProcessorError,
    PropertiesError, Relationship, Session, Text, diagnostic::code,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod regex;
mod substitute;
#[cfg(test)]
mod tests;
mod work;

use regex::RegexReplacement;
use work::{Output, Work};

use crate::{
    lines::LineReader,
    patterns::{Inserted, Pattern, PatternError},
};

/// The search value when none is given: everything, as one group.
const EVERYTHING: &str = "(?s)(^.*$)";

/// Replaces text in the content of each flowfile.
///
/// Line by line, a line ends behind `\n`, `\r\n`, or `\r` alone, and its end belongs to it: `Regex Replace` and `Literal
/// Replace` can match it. An empty content has no lines and stays empty. A line of up to 8,192 characters is never too
/// long.
///
/// `Regex Replace` speaks Java's regular expressions. A reference to a group that the pattern does not have is text, but
/// at the very begin of the replacement it rolls the session back; a `$` before anything but a digit makes all of the
/// replacement text.
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

    /// How the characters of the content are written.
    #[serde(default)]
    character_set: Charset,

    /// A longer text goes to `failure`: each line, or the whole content where it is searched.
    #[serde(default = "one_megabyte")]
    maximum_buffer_size: DataSize,

    /// Whether each line is looked at by itself.
    #[serde(default)]
    evaluation_mode: EvaluationMode,

    /// Which lines are changed; the others stay as they are. It means nothing for the entire text.
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
    /// Each line by itself: what is meant when nothing is said.
    #[default]
    #[serde(rename = "Line-by-Line", skip_deserializing)]
    #[schemars(skip)]
    Unsaid,
    /// Each line by itself.
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
    /// The pattern, for `Regex Replace`.
    pattern: Option<Pattern>,
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
    #[error("search_value: {0}")]
    Pattern(PatternError),
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
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let has_texts = properties.text_to_prepend.is_some() && properties.text_to_append.is_some();
        let pattern = match properties.replacement_strategy {
            Strategy::Surround if !has_texts => {
                let message = "Surround needs text_to_prepend and text_to_append";
                return Err(PropertiesError::of("replacement_strategy", message));
            }
            Strategy::Literal if properties.search_value.template().constant() == Some("") => {
                let message = "Literal Replace needs a search_value";
                return Err(PropertiesError::of("search_value", message));
            }
            Strategy::Regex => {
                let pattern = Pattern::new(&properties.search_value, Inserted::Quoted, "");
                Some(pattern.map_err(|error| {
                    let message = format!("`search_value` is no regular expression: {error}");
                    PropertiesError::of("search_value", message)
                })?)
            }
            _ => None,
        };
        Ok(Self { properties, pattern })
    }

    fn facts(&self) -> Facts {
        let slow = self.pattern.as_ref().filter(|_| !self.replaces_always());
        let slow = slow
            .and_then(|pattern| pattern.advice("search_value", "the flowfile goes to `failure`"));
        let advice = self.advice_on_lines().into_iter().chain(slow).collect();
        let is_new = self.properties.replacement_strategy == Strategy::Always;
        let new_content = is_new.then(|| SUCCESS.name().to_owned().into()).into_iter().collect();
        let content_from = match self.properties.replacement_strategy {
            Strategy::Surround => vec!["text_to_prepend", "text_to_append"],
            Strategy::Substitute => Vec::new(),
            _ => vec!["replacement_value"],
        };
        Facts { advice, new_content, content_from, ..Facts::default() }
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

impl ReplaceText {
    /// The new content; nothing when it stays as it is.
    fn replaced(
        &self,
        session: &Session,
        flowfile: &FlowFile,
        sensitive: bool,
    ) -> Result<Option<ContentClaim>, ReplaceError> {
        let (work, became_secret) = self.work(session, flowfile)?;
        let charset = self.properties.character_set;
        let mut output = Output::new(charset.writer(session.write(sensitive)), sensitive);
        output.admit(became_secret)?;
        let changed = match (self.properties.evaluation_mode, &work) {
            (EvaluationMode::EntireText, Work::Around { before, behind }) => {
                return self.surrounded(session, flowfile, [before, behind], sensitive).map(Some);
            }
            (EvaluationMode::EntireText, _) => {
                self.replace_all(session, flowfile, &work, &mut output)?
            }
            (EvaluationMode::Unsaid | EvaluationMode::LineByLine, _) => {
                self.replace_lines(session, flowfile, &work, &mut output)?
            }
        };
        Ok(if changed { Some(output.finish()?) } else { None })
    }

    /// The content as it is, with texts around it.
    fn surrounded(
        &self,
        session: &Session,
        flowfile: &FlowFile,
        [before, behind]: [&str; 2],
        sensitive: bool,
    ) -> Result<ContentClaim, ReplaceError> {
        let charset = self.properties.character_set;
        let mut content = session.write(sensitive);
        content.write_all(&charset.encode(before))?;
        io::copy(&mut session.read(flowfile)?, &mut content)?;
        content.write_all(&charset.encode(behind))?;
        Ok(content.finish()?)
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
            Strategy::Always | Strategy::Regex => match &self.pattern {
                Some(pattern) if !self.replaces_always() => {
                    let regex = RegexReplacement::new(self, pattern, session, flowfile)?;
                    (Work::Regex(Box::new(regex)), false)
                }
                _ => {
                    let replacement = evaluate(&properties.replacement_value)?;
                    (Work::Always(replacement.reveal().to_owned()), replacement.is_sensitive())
                }
            },
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

    /// Line by line is what is meant when nothing is said, and hardly ever what is wanted here.
    fn advice_on_lines(&self) -> Option<Advice> {
        let properties = &self.properties;
        let is_likely_wrong = properties.replacement_strategy == Strategy::Always
            && properties.evaluation_mode == EvaluationMode::Unsaid
            && properties.which_lines == WhichLines::All;
        is_likely_wrong.then(|| Advice {
            entry: None,
            code: code::ALWAYS_REPLACE_LINES,
            property: "replacement_strategy",
            message: "every line of the content becomes the replacement, and an empty content stays empty".to_owned(),
            label: "for one text in the place of the content, add the line below".to_owned(),
            help: vec![
                "write: evaluation_mode: Entire text".to_owned(),
                "or, where each line is meant: evaluation_mode: Line-by-Line".to_owned(),
            ],
            unless_set: None,
        })
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
            Work::Always(text) => output.write(text.as_bytes()).map(|()| true),
            _ if flowfile.size() > limit.bytes() => {
                Err(ReplaceError::TooLarge { unit: "the content", limit })
            }
            _ => {
                let mut bytes = Vec::new();
                session.read(flowfile)?.read_to_end(&mut bytes)?;
                work.replace(&self.properties.character_set.decode(&bytes), output)
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
        let content = self.properties.character_set.reader(session.read(flowfile)?);
        let mut lines = LineReader::new(content, line_units_max(limit.bytes()));
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

/// How long a line may be whatever the limit is.
const LINE_UNITS_ALWAYS: u64 = 8192;

/// How much NiFi's room for a line grows at most at once.
const GROWTH_UNITS_MAX: u64 = 1024 * 1024;

/// The longest line. NiFi's room for one doubles as it grows, and must not pass the limit.
fn line_units_max(limit: u64) -> u64 {
    let mut units = LINE_UNITS_ALWAYS;
    loop {
        let next = units + units.min(GROWTH_UNITS_MAX);
        if next > limit {
            return units;
        }
        units = next;
    }
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "The body of a request",
        "replacement_strategy: Always Replace\nevaluation_mode: Entire text\nreplacement_value: grant_type=refresh_token&refresh_token=${refresh_token:urlEncode()}\n",
    )
    .inputs(&[ExampleFlowFile::new("{\"old\": 1}", &[("refresh_token", "a+b/c=")])])
    .outputs(&[(
        "success",
        ExampleFlowFile::new("grant_type=refresh_token&refresh_token=a%2Bb%2Fc%3D", &[]),
    )]),
    Example::new(
        "Groups in another order, the second one changed",
        "search_value: (\\w+), (\\w+)\nreplacement_value: ${'$2':toUpper()} $1\n",
    )
    .inputs(&[ExampleFlowFile::new("Lovelace, Ada\nHopper, Grace\n", &[])])
    .outputs(&[("success", ExampleFlowFile::new("ADA Lovelace\nGRACE Hopper\n", &[]))]),
    Example::new(
        "Something before the first line only",
        "replacement_strategy: Prepend\nreplacement_value: \"id,name\\n\"\nline_by_line_evaluation_mode: First-Line\n",
    )
    .inputs(&[ExampleFlowFile::new("1,Ada\n2,Bob\n", &[]), ExampleFlowFile::new("", &[])])
    .outputs(&[
        ("success", ExampleFlowFile::new("id,name\n1,Ada\n2,Bob\n", &[])),
        ("success", ExampleFlowFile::new("", &[])),
    ]),
];
