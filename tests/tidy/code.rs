//! As much Rust as the rules need: which characters are code, which words and braces there are. Not a parser.

/// The code without comments and without what stands inside quotes. Lines stay where they were.
pub(crate) fn without_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = literal_length(rest, code.chars().next_back());
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..skipped].chars().filter(|&c| c == '\n'));
            rest = &rest[skipped..];
        }
    }
    code
}

/// The length of the comment, text or character that `rest` begins with; 0 when it begins with code.
fn literal_length(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    if rest.starts_with('"') {
        return quoted_length(rest, '"');
    }
    if rest.starts_with('\'') {
        return character_length(rest);
    }
    let inside_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let raw = rest.strip_prefix('r').or(rest.strip_prefix("br")).filter(|_| !inside_word);
    raw.map_or(0, |raw| raw_length(raw, rest.len() - raw.len()))
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character in quotes; 0 for a lifetime.
fn character_length(rest: &str) -> usize {
    let mut inside = rest.chars().skip(1);
    match (inside.next(), inside.next()) {
        (Some('\\'), _) => quoted_length(rest, '\''),
        (Some(c), Some('\'')) => c.len_utf8() + 2,
        _ => 0,
    }
}

/// The length of a raw text whose `r` has been read.
fn raw_length(raw: &str, read: usize) -> usize {
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    if !raw[hashes..].starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let end =
        raw[hashes + 1..].find(&close).map_or(raw.len(), |end| hashes + 1 + end + close.len());
    read + end
}

/// A word, a `::` or another sign, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token<'c> {
    pub(crate) text: &'c str,
    pub(crate) line: usize,
}

impl Token<'_> {
    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let length = match word {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                word => word,
            };
            tokens.push(Token { text: &rest[..length], line: index + 1 });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

#[test]
fn only_code_is_left() {
    let text = "let a = \"x // \\\" y\"; // b\nlet r = r#\"q \" \n\"#; 'l: loop { '\\'' 'c' } /* z */ br\"w\" for_r\n";
    assert_eq!(without_literals(text), "let a = ; \nlet r = \n; 'l: loop {   }   for_r\n");
}

#[test]
fn words_and_signs_are_told_apart() {
    let found: Vec<&str> = tokens("use a::{b_1,c};").iter().map(|token| token.text).collect();
    assert_eq!(found, ["use", "a", "::", "{", "b_1", ",", "c", "}", ";"]);
}
