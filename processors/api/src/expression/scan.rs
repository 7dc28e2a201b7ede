//! Finds the expressions in a property's value and takes the escapes out of the text between them. Not a parser: an
//! expression is only braces and quotes here, and an unclosed one is text.

use std::ops::Range;

/// The ranges of the expressions, each from its `$` to its `}`.
pub(super) fn expressions(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut dollars = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'$' => dollars += 1,
            b'{' if dollars % 2 == 1 => {
                let Some(end) = end_of_expression(bytes, at) else { break };
                found.push(at - 1..end);
                dollars = 0;
                at = end;
                continue;
            }
            _ => dollars = 0,
        }
        at += 1;
    }
    found
}

/// Behind the brace that closes the one at `open`. Quotes hide braces, and must close themselves.
fn end_of_expression(bytes: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = open;
    while at < bytes.len() {
        match bytes[at] {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at + 1),
            b'}' => depth -= 1,
            quote @ (b'"' | b'\'') => at = closing_quote(bytes, at + 1, quote)?,
            _ => {}
        }
        at += 1;
    }
    None
}

fn closing_quote(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// How the dollars of a text are read.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Dollars {
    /// Only a run right before a `{` is escaped.
    BeforeBrace,
    /// Also every pair before the first `{`: so it is in a property's value that holds an expression.
    BeforeFirstBrace,
}

/// A piece of the text between expressions.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// A parameter's name, and where its token stands.
    Parameter(String, Range<usize>),
}

/// The text between two expressions without its escapes. `expression_follows` tells what the last dollars belong to.
/// `parameters`: whether `#{name}` means one.
pub(super) fn unescape(
    text: &str,
    dollars: Dollars,
    expression_follows: bool,
    parameters: bool,
) -> Vec<Piece> {
    let first_brace = text.find('{').unwrap_or(text.len());
    let mut ends = LineEnds { text, closing: 0, newline: 0 };
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(next) = text[at..].find(['$', '#']).map(|skip| at + skip) {
        plain.push_str(&text[at..next]);
        let sign = text.as_bytes()[next];
        let end = text.len() - text[next..].trim_start_matches(char::from(sign)).len();
        let run = end - next;
        at = end;
        if sign == b'$' {
            let escaped = (dollars == Dollars::BeforeFirstBrace && next < first_brace)
                || ends.closes_at(end)
                || (expression_follows && end == text.len());
            plain.extend(std::iter::repeat_n('$', if escaped { run.div_ceil(2) } else { run }));
            continue;
        }
        let Some((name, length)) = parameter(&text[end..]).filter(|_| parameters) else {
            plain.extend(std::iter::repeat_n('#', run));
            continue;
        };
        plain.extend(std::iter::repeat_n('#', run / 2));
        if run % 2 == 1 {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            at = end + length;
            pieces.push(Piece::Parameter(name, end - 1..at));
        }
    }
    plain.push_str(&text[at..]);
    pieces.push(Piece::Text(plain));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    pieces
}

/// Remembers the next `}` and the next line's end, so that each byte is looked at once.
struct LineEnds<'a> {
    text: &'a str,
    closing: usize,
    newline: usize,
}

impl LineEnds<'_> {
    /// Whether a `{` stands at `at` and a `}` behind it on the same line.
    fn closes_at(&mut self, at: usize) -> bool {
        let next = |sign, known: usize| match known.max(at) {
            from if from == known && from > at => known,
            from => self.text[from..].find(sign).map_or(self.text.len(), |skip| from + skip),
        };
        (self.closing, self.newline) = (next('}', self.closing), next('\n', self.newline));
        self.text[at..].starts_with('{') && self.closing < self.newline.min(self.text.len())
    }
}

/// The name in `{name}` or `{'name'}` at the start of `rest`, and the length of both.
pub(super) fn parameter(rest: &str) -> Option<(String, usize)> {
    let inside = rest.strip_prefix('{')?;
    let end = inside.find(['}', '{', '\n', '$', '#'])?;
    if inside.as_bytes()[end] != b'}' {
        return None;
    }
    let name = inside[..end].trim();
    let quoted = ['\'', '"'].iter().find_map(|q| name.strip_prefix(*q)?.strip_suffix(*q));
    let name = quoted.unwrap_or(name);
    (!name.is_empty()).then(|| (name.to_owned(), end + 2))
}

/// A sign that begins an expression or a parameter, and nothing ends it: it is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenSign {
    /// `${` without its `}`.
    Expression,
    /// `#{` without its `}`.
    Parameter,
    /// `#{}`.
    NoName,
}

/// The places of `${` and `#{` in a property's value that are only text, since nothing closes them or no name is inside;
/// what is escaped was meant so.
pub fn open_signs(text: &str) -> Vec<(OpenSign, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    for range in expressions(text) {
        open_signs_between(text, at..range.start, &mut found);
        at = range.end;
    }
    open_signs_between(text, at..text.len(), &mut found);
    found
}

fn open_signs_between(text: &str, range: Range<usize>, found: &mut Vec<(OpenSign, Range<usize>)>) {
    let between = &text[range.clone()];
    for (at, _) in between.match_indices('{') {
        let before = &between[..at];
        for sign in ['$', '#'] {
            let run = before.len() - before.trim_end_matches(sign).len();
            let rest = &between[at..];
            let open = match sign {
                _ if run.is_multiple_of(2) => continue,
                '$' => OpenSign::Expression,
                _ if parameter(rest).is_some() => continue,
                _ if rest[1..].trim_start().starts_with('}') => OpenSign::NoName,
                _ => OpenSign::Parameter,
            };
            let start = range.start + at - 1;
            found.push((open, start..start + 2));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_closes_is_found() {
        let signs = |text: &str| {
            let found = open_signs(text).into_iter();
            found.map(|(sign, range)| (sign, range.start)).collect::<Vec<_>>()
        };
        assert_eq!(signs("a ${b and #{c"), [(OpenSign::Expression, 2), (OpenSign::Parameter, 10)]);
        assert_eq!(signs("#{} #{ } ${a} #{b}"), [(OpenSign::NoName, 0), (OpenSign::NoName, 4)]);
        assert_eq!(signs("$${a ##{b $ {c} {d} ${a:append('#{')}"), []);
        assert_eq!(signs("${a:append('x)}"), [(OpenSign::Expression, 0)]);
    }

    fn check(text: &str, ranges: &[&str]) {
        let found: Vec<&str> = expressions(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ranges, "{text}");
    }

    #[test]
    fn expressions_are_found_by_dollars_braces_and_quotes() {
        check("${a} and ${b}", &["${a}", "${b}"]);
        check("$${a} $$${b}", &["${b}"]);
        check("{ ${a} }", &["${a}"]);
        check("${a:append('}')}", &["${a:append('}')}"]);
        check(r"${a:append('\'}')}", &[r"${a:append('\'}')}"]);
        check(r"${a:append('\\')}", &[r"${a:append('\\')}"]);
        check("${${a}}", &["${${a}}"]);
        check("${#{p}}", &["${#{p}}"]);
        check("it's ${a}", &["${a}"]);
        check("${a} ${it's}", &["${a}"]);
        check("${a", &[]);
        check("$a $ {b}", &[]);
    }

    #[test]
    fn hashes_escape_as_dollars_do() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let pieces = |value: &str| unescape(value, Dollars::BeforeBrace, false, true);
        assert_eq!(pieces("##{p}"), [text("#{p}")]);
        assert_eq!(pieces("###{p}"), [text("#"), Piece::Parameter("p".into(), 2..6)]);
        assert_eq!(
            pieces("a#{'my p'}b"),
            [text("a"), Piece::Parameter("my p".into(), 1..10), text("b")]
        );
        assert_eq!(pieces("#{} #{x #fff"), [text("#{} #{x #fff")]);
    }
}
