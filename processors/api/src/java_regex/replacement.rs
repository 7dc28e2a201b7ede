//! Replacing as Java's `Matcher.replaceAll` does: `$1`, `${name}`, and `\` before a sign that means itself. Not
//! searching.

use super::{JavaCaptures, JavaRegex, JavaRegexError};

/// The largest text that a replacement makes.
const REPLACED_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A replacement that was read once for its regex.
enum Piece {
    Text(String),
    Group(usize),
}

impl JavaRegex {
    /// Replaces every match.
    ///
    /// # Errors
    /// When the replacement is wrong, names a group that is not there, or the search is stopped.
    pub fn replace_all(&self, text: &str, replacement: &str) -> Result<String, JavaRegexError> {
        self.replace(text, replacement, usize::MAX)
    }

    /// Replaces the first match.
    ///
    /// # Errors
    /// When the replacement is wrong, names a group that is not there, or the search is stopped.
    pub fn replace_first(&self, text: &str, replacement: &str) -> Result<String, JavaRegexError> {
        self.replace(text, replacement, 1)
    }

    fn replace(
        &self,
        text: &str,
        replacement: &str,
        times: usize,
    ) -> Result<String, JavaRegexError> {
        let mut pieces = None;
        let mut result = String::new();
        let mut at = 0;
        for found in self.find_all(text).take(times) {
            let captures = found?;
            // A wrong replacement is an error only when something matches.
            let pieces = match &mut pieces {
                Some(pieces) => pieces,
                none => none.insert(self.pieces(replacement)?),
            };
            result.push_str(&text[at..captures.range().start]);
            append(&mut result, pieces, text, &captures);
            at = captures.range().end;
            if result.len() > REPLACED_BYTES_MAX {
                return Err(JavaRegexError::TooLarge);
            }
        }
        result.push_str(&text[at..]);
        Ok(result)
    }

    fn pieces(&self, replacement: &str) -> Result<Vec<Piece>, JavaRegexError> {
        let wrong = |reason: String| Err(JavaRegexError::Replacement(reason));
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = replacement;
        while let Some(sign) = rest.chars().next() {
            rest = &rest[sign.len_utf8()..];
            match sign {
                '\\' => {
                    let Some(escaped) = rest.chars().next() else {
                        return wrong(
                            r"the replacement ends with a single `\`; write `\\`".to_owned(),
                        );
                    };
                    text.push(escaped);
                    rest = &rest[escaped.len_utf8()..];
                }
                '$' => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    let (group, length) = self.group_reference(rest)?;
                    pieces.push(Piece::Group(group));
                    rest = &rest[length..];
                }
                _ => text.push(sign),
            }
        }
        pieces.push(Piece::Text(text));
        Ok(pieces)
    }

    /// The group that `rest`, behind a `$`, names, and the length of its name.
    fn group_reference(&self, rest: &str) -> Result<(usize, usize), JavaRegexError> {
        let wrong = |reason: String| Err(JavaRegexError::Replacement(reason));
        if let Some(inside) = rest.strip_prefix('{') {
            let Some((name, _)) = inside.split_once('}') else {
                return wrong("`${` in the replacement is not closed".to_owned());
            };
            return match self.group_names().find(|(known, _)| *known == name) {
                Some((_, index)) => Ok((index, name.len() + 2)),
                None => wrong(format!("the pattern has no group called `{name}`")),
            };
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return wrong(
                r"`$` in the replacement names no group; for a plain one write `\$`".to_owned(),
            );
        }
        // As many digits as still name a group.
        let (mut group, mut length) = (usize::from(rest.as_bytes()[0] - b'0'), 1);
        if group >= self.group_count() {
            return wrong(format!("the pattern has no group {group}"));
        }
        for digit in rest.bytes().take(digits).skip(1) {
            let longer = group.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
            if longer >= self.group_count() {
                break;
            }
            (group, length) = (longer, length + 1);
        }
        Ok((group, length))
    }
}

fn append(result: &mut String, pieces: &[Piece], text: &str, captures: &JavaCaptures) {
    for piece in pieces {
        match piece {
            Piece::Text(piece) => result.push_str(piece),
            Piece::Group(index) => {
                result.push_str(captures.group(*index).map_or("", |range| &text[range]))
            }
        }
    }
}
