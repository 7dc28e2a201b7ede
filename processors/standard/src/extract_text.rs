//! `ExtractText`: puts what the groups of regular expressions match in the content into attributes. Of the content at
//! most `maximum_buffer_size` is held, and at most [`VALUES_MAX`] attributes are set.

use std::{collections::BTreeMap, num::NonZeroU64};

use indexmap::IndexMap;
use processors_api::{
    Advice, AttributeUse, Charset, DataSize, Definition, EventKind, Example, ExampleFlowFile,
    Facts, FlowFile, Input, JavaCaptures, JavaRegex, JavaRegexError, Processor, ProcessorError,
    PropertiesError, Relationship, Session, SetAttribute, Text,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{first_bytes, yes};

#[cfg(test)]
mod tests;

/// More attributes than this are not made of one content.
const VALUES_MAX: usize = 10_000;

/// NiFi takes no pattern with more groups.
const GROUPS_MAX: usize = 40;

/// Puts what regular expressions match in the content into attributes.
///
/// For an attribute `x`, `x.0` is the whole match, `x.1` its first group, and so on; `x` itself is the first group. A
/// group that took no part in the match, or matched no character, sets nothing; when nothing at all is set, the content
/// counts as unmatched.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// One regular expression for each attribute, by the attribute's name. It is no expression: `$` and `{` are signs of
    /// the pattern.
    #[serde(default)]
    attributes: IndexMap<String, String>,

    /// How the characters of the content are written.
    #[serde(default)]
    character_set: Charset,

    /// Only so much of the content, from its begin, is looked at.
    #[serde(default = "one_megabyte")]
    maximum_buffer_size: DataSize,

    /// Longer values are cut to so many characters.
    #[serde(default = "thousand")]
    maximum_capture_group_length: NonZeroU64,

    /// Whether characters are the same that only are composed in another way. It cannot be switched on here.
    #[serde(default)]
    enable_canonical_equivalence: bool,

    /// Whether `a` matches `A`: the flag `(?i)`.
    #[serde(default)]
    enable_case_insensitive_matching: bool,

    /// Whether blanks in a pattern mean nothing, and `#` begins a comment: the flag `(?x)`.
    #[serde(default)]
    permit_whitespace_and_comments_in_pattern: bool,

    /// Whether `.` matches line ends: the flag `(?s)`.
    #[serde(default)]
    enable_dotall_mode: bool,

    /// Whether the patterns are plain texts without signs.
    #[serde(default)]
    enable_literal_parsing_of_the_pattern: bool,

    /// Whether `^` and `$` match at the begin and the end of each line: the flag `(?m)`.
    #[serde(default)]
    enable_multiline_mode: bool,

    /// Whether the case of letters beyond ASCII means nothing, either: the flag `(?u)`.
    #[serde(default)]
    enable_unicode_aware_case_folding: bool,

    /// Whether `\w`, `\d` and their like know letters and digits beyond ASCII: the flag `(?U)`.
    #[serde(default)]
    enable_unicode_predefined_character_classes: bool,

    /// Whether only `\n` ends a line: the flag `(?d)`.
    #[serde(default)]
    enable_unix_lines_mode: bool,

    /// Whether the whole match is put into `x.0`, or into `x` where groups have names.
    #[serde(default = "yes", rename = "include_capture_group_0")]
    include_whole_match: bool,

    /// Whether all matches are taken, and not the first alone. The groups are counted on: a second match of a pattern with
    /// one group is `x.2`.
    #[serde(default)]
    enable_repeating_capture_group: bool,

    /// Whether groups set attributes by their names: `(?<id>\d+)` of `x` sets `x.id`, a second match `x.id.1`. Every group
    /// must then have a name.
    #[serde(default)]
    enable_named_groups: bool,
}

fn one_megabyte() -> DataSize {
    DataSize::from_bytes(1024 * 1024)
}

fn thousand() -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(1023)
}

const MATCHED: Relationship =
    Relationship::main("matched", "At least one pattern matches something.");
const UNMATCHED: Relationship =
    Relationship::failure("unmatched", "No pattern matches, or what matches is empty.");
const FAILURE: Relationship = Relationship::failure(
    "failure",
    "A search was stopped, because it took too many steps or found too much.",
);

pub(crate) struct ExtractText {
    properties: Properties,
    patterns: Vec<JavaRegex>,
}

/// Why nothing was taken from a content.
#[derive(Debug, thiserror::Error)]
enum ExtractError {
    #[error("{0}")]
    Content(#[from] std::io::Error),
    #[error("the search stopped: {0}")]
    Search(#[from] JavaRegexError),
    #[error("the patterns match more than {VALUES_MAX} values")]
    TooMany,
}

impl Definition for ExtractText {
    const TYPE: &'static str = "ExtractText";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[MATCHED, UNMATCHED, FAILURE];
    const NAMED_HOME: Option<&'static str> = Some("attributes");
    const WRITES: &'static [AttributeUse] = &[];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        if properties.enable_canonical_equivalence {
            let name = "enable_canonical_equivalence";
            return Err(PropertiesError::of(name, "canonical equivalence is not supported")
                .help("write the characters in the pattern as the content has them"));
        }
        let patterns = properties.attributes.iter();
        let patterns = patterns.map(|(name, pattern)| properties.compiled(name, pattern));
        Ok(Self { patterns: patterns.collect::<Result<_, _>>()?, properties })
    }

    fn facts(&self) -> Facts {
        let stopped = "the flowfile goes to `failure`";
        let patterns = self.properties.attributes.keys().zip(&self.patterns);
        let advice: Vec<Advice> = patterns
            .filter_map(|(name, regex)| Some(regex.advice("attributes", stopped)?.entry(name)))
            .collect();
        Facts { sets: self.sets(), advice, ..Facts::default() }
    }
}

impl Properties {
    fn compiled(&self, name: &str, pattern: &str) -> Result<JavaRegex, PropertiesError> {
        let wrong = |why: String| {
            PropertiesError::of("attributes", format!("the pattern of `{name}` {why}")).entry(name)
        };
        if name.is_empty() {
            return Err(PropertiesError::of("attributes", "an attribute must have a name"));
        }
        let regex = JavaRegex::new(&self.flagged(pattern))
            .map_err(|error| wrong(format!("is no regular expression: {error}")))?;
        let groups = regex.group_count() - 1;
        if !self.include_whole_match && groups == 0 {
            return Err(wrong("has no group, and the whole match is not included".to_owned())
                .help("put brackets around what is wanted, for example: id=(\\d+)"));
        }
        if groups > GROUPS_MAX {
            return Err(wrong(format!("has {groups} groups, more than {GROUPS_MAX}"))
                .help("groups that only hold together need not count: (?:...)"));
        }
        if self.enable_named_groups && regex.group_names().count() != groups {
            return Err(wrong("has groups without a name".to_owned())
                .help("name each group, for example (?<id>\\d+), or let it not count: (?:...)"));
        }
        Ok(regex)
    }

    /// The pattern with the flags that the settings are.
    fn flagged(&self, pattern: &str) -> String {
        let literal = self.enable_literal_parsing_of_the_pattern;
        let flags: String = [
            ('i', self.enable_case_insensitive_matching),
            ('u', self.enable_unicode_aware_case_folding),
            ('U', self.enable_unicode_predefined_character_classes),
            ('s', self.enable_dotall_mode),
            ('m', self.enable_multiline_mode),
            ('d', self.enable_unix_lines_mode),
            ('x', self.permit_whitespace_and_comments_in_pattern && !literal),
        ]
        .iter()
        .filter_map(|(flag, on)| on.then_some(*flag))
        .collect();
        let pattern = if literal { JavaRegex::quote(pattern) } else { pattern.to_owned() };
        if flags.is_empty() { pattern } else { format!("(?{flags}){pattern}") }
    }
}

impl Processor for ExtractText {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(mut flowfile) = session.get() else { return Ok(()) };
        match self.values(session, &flowfile) {
            Ok(Values { values, .. }) if values.is_empty() => {
                session.transfer(flowfile, &UNMATCHED);
            }
            Ok(Values { values, .. }) => {
                for (name, value) in values {
                    flowfile.put_attribute(name, value);
                }
                session.report(&flowfile, EventKind::AttributesModified, None);
                session.transfer(flowfile, &MATCHED);
            }
            Err(ExtractError::Content(error)) => return Err(error.into()),
            Err(error) => session.transfer_failed(flowfile, &FAILURE, error),
        }
        Ok(())
    }
}

/// What was found in a content.
#[derive(Default)]
struct Values {
    values: BTreeMap<String, Text>,
    sensitive: bool,
    length_max: u64,
}

impl Values {
    /// What a group matched, if it is anything.
    fn set(&mut self, name: String, value: &str) -> Result<(), ExtractError> {
        if value.is_empty() { Ok(()) } else { self.set_whole(name, cut(value, self.length_max)) }
    }

    fn set_whole(&mut self, name: String, value: &str) -> Result<(), ExtractError> {
        self.values.insert(name, Text::new(value, self.sensitive));
        if self.values.len() > VALUES_MAX { Err(ExtractError::TooMany) } else { Ok(()) }
    }
}

impl ExtractText {
    fn values(&self, session: &Session, flowfile: &FlowFile) -> Result<Values, ExtractError> {
        let properties = &self.properties;
        let bytes = first_bytes(session, flowfile, properties.maximum_buffer_size.bytes())?;
        let text = properties.character_set.decode(&bytes);
        let mut values = Values {
            sensitive: flowfile.content().is_sensitive(),
            length_max: properties.maximum_capture_group_length.get(),
            ..Values::default()
        };
        let times = if properties.enable_repeating_capture_group { usize::MAX } else { 1 };
        for (name, regex) in properties.attributes.keys().zip(&self.patterns) {
            for (nth, captures) in regex.find_all(&text).take(times).enumerate() {
                let captures = captures?;
                if properties.enable_named_groups {
                    self.add_named(&mut values, name, regex, &captures, nth, &text)?;
                } else {
                    self.add_numbered(&mut values, name, &captures, nth, &text)?;
                }
            }
        }
        Ok(values)
    }

    fn add_numbered(
        &self,
        values: &mut Values,
        name: &str,
        captures: &JavaCaptures,
        nth: usize,
        text: &str,
    ) -> Result<(), ExtractError> {
        // As in NiFi the whole of a later match replaces that of an earlier one only where there is nothing else.
        let is_later = nth > 0 && captures.group_count() > 1;
        let first = usize::from(is_later || !self.properties.include_whole_match);
        for group in first..captures.group_count() {
            let Some(value) = captures.group(group).and_then(|range| text.get(range)) else {
                continue;
            };
            values.set(format!("{name}.{}", group + nth * (captures.group_count() - 1)), value)?;
            if group == 1 && nth == 0 {
                values.set(name.to_owned(), value)?;
            }
        }
        Ok(())
    }

    fn add_named(
        &self,
        values: &mut Values,
        name: &str,
        regex: &JavaRegex,
        captures: &JavaCaptures,
        nth: usize,
        text: &str,
    ) -> Result<(), ExtractError> {
        if nth == 0 && self.properties.include_whole_match {
            values.set_whole(name.to_owned(), &text[captures.range()])?;
        }
        for (group, index) in regex.group_names() {
            let Some(value) = captures.group(index).and_then(|range| text.get(range)) else {
                continue;
            };
            let attribute = match nth {
                0 => format!("{name}.{group}"),
                nth => format!("{name}.{group}.{nth}"),
            };
            values.set(attribute, value)?;
        }
        Ok(())
    }

    /// The attributes that a match sets, as far as they are known.
    fn sets(&self) -> Vec<SetAttribute> {
        let properties = &self.properties;
        let mut names = Vec::new();
        for (name, regex) in properties.attributes.keys().zip(&self.patterns) {
            if properties.enable_named_groups {
                names.extend(properties.include_whole_match.then(|| name.clone()));
                names.extend(regex.group_names().map(|(group, _)| format!("{name}.{group}")));
            } else {
                let first = usize::from(!properties.include_whole_match);
                names.extend((regex.group_count() > 1).then(|| name.clone()));
                names.extend((first..regex.group_count()).map(|group| format!("{name}.{group}")));
            }
        }
        let mut sets: Vec<_> = names.into_iter().map(SetAttribute::exact).collect();
        if properties.enable_repeating_capture_group {
            let prefixes = properties.attributes.keys().map(|name| format!("{name}."));
            sets.extend(prefixes.map(SetAttribute::prefix));
        }
        sets.into_iter().map(|set| set.on(MATCHED.name().to_owned()).from_content()).collect()
    }
}

/// The first so many characters, in UTF-16 units, as Java counts them; no character is halved.
fn cut(value: &str, units_max: u64) -> &str {
    let mut units = 0;
    let end = value.char_indices().find(|(_, c)| {
        units += c.len_utf16() as u64;
        units > units_max
    });
    end.map_or(value, |(end, _)| &value[..end])
}

const EXAMPLES: &[Example] = &[
    Example::new("A number from a text", "attributes:\n  invoice: Invoice (INV-(\\d+))\n")
        .inputs(&[
            ExampleFlowFile::new("Invoice INV-0042 is due", &[]),
            ExampleFlowFile::new("nothing is due", &[]),
        ])
        .outputs(&[
            (
                "matched",
                ExampleFlowFile::new(
                    "Invoice INV-0042 is due",
                    &[
                        ("invoice", "INV-0042"),
                        ("invoice.0", "Invoice INV-0042"),
                        ("invoice.1", "INV-0042"),
                        ("invoice.2", "0042"),
                    ],
                ),
            ),
            ("unmatched", ExampleFlowFile::new("nothing is due", &[])),
        ]),
    Example::new(
        "All matches, by the names of their groups",
        "enable_named_groups: true\nenable_repeating_capture_group: true\nattributes:\n  pair: (?<name>\\w+)=(?<value>\\d+)\n",
    )
    .inputs(&[ExampleFlowFile::new("a=1,b=20", &[])])
    .outputs(&[(
        "matched",
        ExampleFlowFile::new(
            "a=1,b=20",
            &[
                ("pair", "a=1"),
                ("pair.name", "a"),
                ("pair.value", "1"),
                ("pair.name.1", "b"),
                ("pair.value.1", "20"),
            ],
        ),
    )]),
];
