//! `Regex Replace`, with the rules that NiFi puts around Java's: what an expression gives is never a reference, a
//! reference to a group that is not there is text, and a `$` before anything but a digit makes all of it text.

use std::{borrow::Cow, sync::Arc};

use processors_api::{FlowFile, JavaCaptures, JavaRegex, Session, Text};

use super::{Output, ReplaceError, ReplaceText};
use crate::patterns::{Pattern, PatternError};

pub(super) struct RegexReplacement<'a> {
    replace: &'a ReplaceText,
    session: &'a Session,
    flowfile: &'a FlowFile,
    pattern: Arc<JavaRegex>,
    /// How many groups the pattern has without the flowfile's attributes: what references are held against.
    groups: usize,
}

impl<'a> RegexReplacement<'a> {
    pub(super) fn new(
        replace: &'a ReplaceText,
        pattern: &'a Pattern,
        session: &'a Session,
        flowfile: &'a FlowFile,
    ) -> Result<Self, ReplaceError> {
        let own = pattern.of(session, flowfile).map_err(|error| match error {
            PatternError::Expression(error) => ReplaceError::Expression(error),
            error => ReplaceError::Pattern(error),
        })?;
        let groups = pattern.bare().unwrap_or(&own).group_count() - 1;
        Ok(Self { replace, session, flowfile, pattern: own, groups })
    }

    /// Whether anything matched; if not, nothing is written.
    pub(super) fn replace(&self, text: &str, output: &mut Output) -> Result<bool, ReplaceError> {
        let constant = self.replace.properties.replacement_value.template().constant();
        let constant = constant.map(|replacement| usable(replacement, self.groups));
        let (mut done, mut matched) = (0, false);
        for captures in self.pattern.find_all(text) {
            let captures = captures.map_err(ReplaceError::Search)?;
            let computed;
            let replacement = match &constant {
                Some(replacement) => replacement,
                None => {
                    computed = self.replacement(text, &captures, output)?;
                    &computed
                }
            };
            let range = captures.range();
            output.write(&text.as_bytes()[done..range.start])?;
            output.write(expanded(replacement, text, &captures)?.as_bytes())?;
            (done, matched) = (range.end, true);
        }
        if matched {
            output.write(&text.as_bytes()[done..])?;
        }
        Ok(matched)
    }

    /// The replacement for one match: its groups are known to expressions as `$0`, `$1` and so on.
    fn replacement(
        &self,
        text: &str,
        captures: &JavaCaptures,
        output: &Output,
    ) -> Result<String, ReplaceError> {
        let sensitive = self.flowfile.content().is_sensitive();
        let named = |index: usize| {
            let group = text.get(captures.group(index)?)?;
            Some((Arc::from(format!("${index}")), Text::new(group, sensitive)))
        };
        let variables: Vec<(Arc<str>, Text)> =
            (0..captures.group_count()).filter_map(named).collect();
        let scope = self.session.scope(self.flowfile).variables(&variables);
        let template = self.replace.properties.replacement_value.template();
        let evaluated = template.evaluate_decorated(&scope, &without_references)?;
        output.admit(evaluated.is_sensitive())?;
        Ok(usable(evaluated.reveal(), self.groups))
    }
}

/// With every `$1` made text.
fn without_references(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign == '$' && signs.peek().is_some_and(char::is_ascii_digit) {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}

/// A replacement that Java understands as NiFi means it.
fn usable(replacement: &str, groups: usize) -> String {
    let checked =
        if groups == 0 { replacement.to_owned() } else { with_known_groups(replacement, groups) };
    let mut pairs = checked.chars().zip(checked.chars().skip(1));
    if pairs.any(|(sign, next)| sign == '$' && !next.is_ascii_digit()) {
        return checked.replace('\\', "\\\\").replace('$', "\\$");
    }
    checked
}

/// References to groups that are not there become text; not one at the very begin, which NiFi overlooks.
fn with_known_groups(replacement: &str, groups: usize) -> String {
    let mut known = String::with_capacity(replacement.len());
    for (at, sign) in replacement.char_indices() {
        let rest = &replacement[at..];
        if sign == '$'
            && at > 0
            && !replacement[..at].ends_with('\\')
            && names_no_group(&rest[1..], groups)
        {
            known.push('\\');
        }
        known.push(sign);
    }
    known
}

/// Whether the digits that `text` begins with are no group, however many of the last ones are left off.
fn names_no_group(text: &str, groups: usize) -> bool {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    if digits.is_empty() || digits.starts_with('0') {
        return false;
    }
    let mut number = digits.parse::<usize>().unwrap_or(usize::MAX);
    while number > groups && number >= 10 {
        number /= 10;
    }
    number > groups
}

/// Java's replacement syntax: `$1` is a group, a backslash makes the next sign text.
fn expanded<'r>(
    replacement: &'r str,
    text: &str,
    captures: &JavaCaptures,
) -> Result<Cow<'r, str>, ReplaceError> {
    if !replacement.contains(['$', '\\']) {
        return Ok(Cow::Borrowed(replacement));
    }
    let wrong = |why: String| Err(ReplaceError::Replacement(why));
    let mut expanded = String::new();
    let mut signs = replacement.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => match signs.next() {
                Some(literal) => expanded.push(literal),
                None => return wrong("it ends with a single `\\`; write `\\\\`".to_owned()),
            },
            '$' => {
                let Some(first) = signs.next().and_then(|digit| digit.to_digit(10)) else {
                    return wrong("`$` names no group; for a plain one write `\\$`".to_owned());
                };
                let mut group = first as usize;
                if group >= captures.group_count() {
                    return wrong(format!("the pattern has no group {group}"));
                }
                while let Some(digit) = signs.peek().and_then(|digit| digit.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer >= captures.group_count() {
                        break;
                    }
                    group = longer;
                    signs.next();
                }
                expanded.push_str(
                    captures.group(group).and_then(|range| text.get(range)).unwrap_or_default(),
                );
            }
            sign => expanded.push(sign),
        }
    }
    Ok(Cow::Owned(expanded))
}
