//! Keeps secrets out of messages: the line shows `***` in their place, and the words around it do not tell them either.
//!
//! Who decodes a flow knows where its secrets are. A mistyped `pasword:` is no sensitive property, and of a file that
//! cannot be read nothing is known; so a value whose name sounds like a secret is masked too.

use std::ops::Range;

use super::{Diagnostic, normalize};
use crate::{MASK, Source, Span};

/// What the name of a secret ends with.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "private_key",
    "authorization",
];

/// A shorter piece of a secret tells nothing.
const PIECE_BYTES_MIN: usize = 4;

/// The most letters by which a name may be mistyped.
const MISTYPED_MAX: usize = 2;

pub(super) struct Masked<'s> {
    spans: Vec<Span>,
    /// Their texts, line by line.
    secrets: Vec<&'s str>,
    /// A secret stands on the line of the message.
    is_near: bool,
}

impl<'s> Masked<'s> {
    pub(super) fn new(source: &'s Source, diagnostic: &Diagnostic, secrets: &[Span]) -> Self {
        let line = diagnostic.span.start.line;
        let mut spans = secrets.to_vec();
        spans.extend(sounds_secret(source, line));
        let range = source.line_range(line);
        let literal = secrets_by_look(source.line(line)).into_iter();
        spans.extend(literal.map(|at| source.span(range.start + at.start..range.start + at.end)));
        let is_near = spans.iter().any(|span| (span.start.line..=span.end.line).contains(&line));
        let pieces = spans.iter().flat_map(|span| source.slice(*span).lines());
        let pieces = pieces.map(|piece| piece.trim().trim_matches(['"', '\'']));
        let mut secrets: Vec<&str> = pieces.filter(|piece| !piece.is_empty()).collect();
        // The longest first: a short secret may be a part of a long one.
        secrets.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        Self { spans, secrets, is_near }
    }

    /// All secrets, those that only sound so on the line of the message included.
    pub(super) fn spans(&self) -> &[Span] {
        &self.spans
    }

    pub(super) fn mask(&self, text: &str) -> String {
        let whole =
            self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK));
        // What is left may quote a part.
        let pieces: Vec<&str> = whole.split('`').collect();
        let masked = pieces
            .iter()
            .enumerate()
            .map(|(at, piece)| if at % 2 == 1 && self.is_part(piece) { MASK } else { piece });
        masked.collect::<Vec<&str>>().join("`")
    }

    fn is_part(&self, piece: &str) -> bool {
        let piece = piece.trim_end_matches('…').trim();
        piece.len() >= PIECE_BYTES_MIN && self.secrets.iter().any(|secret| secret.contains(piece))
    }

    /// On the line of a secret, no advice that writes the value out anew, in other quotes.
    pub(super) fn help(&self, diagnostic: &Diagnostic) -> Vec<String> {
        let writes = |help: &&String| help.contains("write: ");
        let help = diagnostic.help.iter().filter(|help| !(self.is_near && writes(help)));
        help.map(|help| self.mask(help)).collect()
    }
}

/// The value of a line whose name sounds like a secret, if it is written there.
fn sounds_secret(source: &Source, line: usize) -> Option<Span> {
    let range = source.line_range(line);
    let text = source.line(line);
    let (name, value) = text.split_once(':')?;
    let name = normalize(name.trim_start_matches(['-', ' ', '"', '\'']));
    let value = value.trim();
    let refers =
        value.contains("#{") || value.contains("${") || value.starts_with(['{', '$', '&', '*']);
    if value.is_empty() || refers || !NAMES.iter().any(|secret| ends_like(&name, secret)) {
        return None;
    }
    let end = range.end - (text.len() - text.trim_end().len());
    Some(source.span(end - value.len()..end))
}

/// What looks like a secret wherever it is written: who stands before the `@` of an address, the value of a query's
/// `token`, what follows `Bearer` or `Basic`, and in `{ }` the value of a name that sounds so. Not what refers to one.
fn secrets_by_look(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("://") {
        let begin = at + "://".len();
        let end = begin + until(&line[begin..], &['/', '?', '#', ' ', '"', '\'']);
        // An unencoded `@` belongs to the password.
        if let Some(length) = line[begin..end].rfind('@') {
            found.push(begin..begin + length);
        }
    }
    for (at, sign) in line.match_indices(['?', '&', ',', '{']) {
        let (between, ends): (_, &[char]) = match sign {
            "?" | "&" => ('=', &['&', '#', ' ', '"', '\'', ',', '}']),
            _ => (':', &[',', '}']),
        };
        let begin = at + sign.len();
        if sign == "{" && line[..at].ends_with(['$', '#']) {
            continue;
        }
        let Some(length) = line[begin..].find(between) else { continue };
        let name = normalize(line[begin..begin + length].trim().trim_matches(['"', '\'']));
        let begin = begin + length + between.len_utf8();
        let begin = begin + (line[begin..].len() - line[begin..].trim_start().len());
        let end = begin + until(&line[begin..], ends);
        // `{ secret: provider:path }` says where a parameter's value is.
        let refers = between == ':' && (line[end..].starts_with(['$', '#']) || name == "secret");
        if !refers && NAMES.iter().any(|secret| ends_like(&name, secret)) {
            found.push(begin..end);
        }
    }
    for scheme in ["Bearer ", "bearer ", "Basic ", "basic "] {
        for (at, _) in line.match_indices(scheme) {
            let begin = at + scheme.len();
            found.push(begin..begin + until(&line[begin..], &[' ', '"', '\'', ',', '}']));
        }
    }
    found.retain(|range| {
        let value = line[range.clone()].trim();
        !value.is_empty() && !value.starts_with(['$', '#', '{', '*', '&'])
    });
    found
}

/// How long a text is up to the first of these signs, or to an expression.
fn until(text: &str, ends: &[char]) -> usize {
    let end = text.find(ends).unwrap_or(text.len());
    let expression = text.find("${").or_else(|| text.find("#{")).unwrap_or(text.len());
    end.min(expression)
}

fn ends_like(name: &str, secret: &str) -> bool {
    let last = name
        .rmatch_indices('_')
        .nth(secret.matches('_').count())
        .map_or(name, |(at, _)| &name[at + 1..]);
    last.len() <= 2 * secret.len()
        && strsim::levenshtein(last, secret) <= MISTYPED_MAX.min(secret.len() / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_look() {
        for (line, expected) in [
            ("url: https://me:pass@word@host/?token=tok&x=1", &["me:pass@word", "tok"][..]),
            ("url: 'https://t0ken@host'", &["t0ken"]),
            ("url: https://host/@me?page=2&monkey=x", &[]),
            ("url: https://#{user}@host/?api_key=#{key}", &[]),
            ("headers: { Authorization: Bearer abc, x: [ }", &["Bearer abc", "abc"]),
            ("  - { user: me, password: 'abc', x: y }", &["'abc'"]),
            ("Authorization: Bearer abc${bad:", &["abc"]),
            ("Authorization: Bearer ${access_token:foo()}", &[]),
            ("headers: { Authorization: 'Bearer ${token:x()}' }", &[]),
            ("key: { secret: 'vault:path#key' }", &[]),
            ("{ é?token=", &[]),
        ] {
            let found: Vec<&str> =
                secrets_by_look(line).into_iter().map(|range| &line[range]).collect();
            assert_eq!(found, expected, "{line}");
        }
    }
}
