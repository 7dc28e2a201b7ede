//! Cuts the text of one expression into tokens. Not a parser. A token knows where it stands in the property's value,
//! also inside string literals inside string literals, so that an error can point at it.

use std::ops::Range;

use super::{ExpressionError, scan};

/// A text and where each of its bytes stood in the property's value.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) text: String,
    places: Places,
}

#[derive(Debug, Clone)]
enum Places {
    /// The text is a part of the property's value as it stands, from here on.
    From(usize),
    /// Escapes were taken out; one place a byte, and one for the end.
    Each(Vec<usize>),
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), places: Places::From(0) }
    }

    /// Where the byte at `index` stands in the property's value.
    pub(super) fn place(&self, index: usize) -> usize {
        match &self.places {
            Places::From(start) => start + index,
            Places::Each(places) => places.get(index).or(places.last()).copied().unwrap_or(0),
        }
    }

    pub(super) fn span(&self, range: Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    /// A part of this text.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let places = match &self.places {
            Places::From(start) => Places::From(start + range.start),
            Places::Each(places) => Places::Each(places[range.start..=range.end].to_vec()),
        };
        Self { text: self.text[range].to_owned(), places }
    }
}

#[derive(Debug, Clone)]
pub(super) enum Token {
    /// `${`
    Open,
    /// `}`
    Close,
    OpenArguments,
    CloseArguments,
    Comma,
    Colon,
    Name(String),
    /// A string literal after the first layer of escapes.
    Text(Source),
    Whole(i64),
    Decimal(f64),
    Parameter(String),
}

impl Token {
    pub(super) fn described(&self) -> String {
        match self {
            Self::Open => "`${`".to_owned(),
            Self::Close => "`}`".to_owned(),
            Self::OpenArguments => "`(`".to_owned(),
            Self::CloseArguments => "`)`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::Colon => "`:`".to_owned(),
            Self::Name(name) => format!("`{name}`"),
            Self::Text(_) => "a text in quotes".to_owned(),
            Self::Whole(_) | Self::Decimal(_) => "a number".to_owned(),
            Self::Parameter(name) => format!("`#{{{name}}}`"),
        }
    }
}

/// A token and where it stands in the property's value.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) span: Range<usize>,
}

/// The tokens of one expression, `${` and `}` included.
pub(super) fn tokens(source: &Source) -> Result<Vec<Placed>, ExpressionError> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    while lexer.skip_blanks()? {
        let start = lexer.at;
        let token = lexer.token()?;
        tokens.push(Placed { token, span: source.span(start..lexer.at) });
    }
    Ok(tokens)
}

struct Lexer<'a> {
    source: &'a Source,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source.text[self.at..]
    }

    fn error(&self, length: usize, message: impl Into<String>) -> ExpressionError {
        let end = (self.at + length).min(self.source.text.len());
        ExpressionError::new(self.source.span(self.at..end), message)
    }

    /// Skips white space and comments; whether anything is left.
    fn skip_blanks(&mut self) -> Result<bool, ExpressionError> {
        loop {
            self.at = self.source.text.len()
                - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
            if !self.rest().starts_with('#') || self.rest().starts_with("#{") {
                return Ok(!self.rest().is_empty());
            }
            let Some(end) = self.rest().find('\n') else {
                return Err(self
                    .error(
                        self.rest().len(),
                        "`#` begins a comment here, and a comment needs a line end behind it",
                    )
                    .help("an attribute whose name begins with `#` stands in quotes: ${'#name'}"));
            };
            self.at += end;
        }
    }

    fn token(&mut self) -> Result<Token, ExpressionError> {
        if self.rest().starts_with("${") {
            self.at += 2;
            return Ok(Token::Open);
        }
        if self.rest().starts_with("#{") {
            return self.parameter();
        }
        let sign = self.rest().chars().next().unwrap_or('}');
        let token = match sign {
            '}' => Token::Close,
            '(' => Token::OpenArguments,
            ')' => Token::CloseArguments,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '"' | '\'' => return self.literal(sign),
            _ => return self.word(),
        };
        self.at += 1;
        Ok(token)
    }

    fn parameter(&mut self) -> Result<Token, ExpressionError> {
        let Some((name, length)) = scan::parameter(&self.rest()[1..]) else {
            return Err(self.error(2, "this parameter has no name").label("write #{name}"));
        };
        self.at += 1 + length;
        Ok(Token::Parameter(name))
    }

    /// A name or a number: everything up to a sign that ends both.
    fn word(&mut self) -> Result<Token, ExpressionError> {
        let rest = self.rest();
        let length = rest.find(is_name_end).unwrap_or(rest.len());
        let word = &rest[..length];
        let token = match number(word) {
            _ if word.is_empty() => {
                let sign = rest.chars().next().unwrap_or(' ');
                return Err(self
                    .error(sign.len_utf8(), format!("`{sign}` cannot stand here"))
                    .help("a name with other signs than letters, digits, `.`, `-` and `_` stands in quotes"));
            }
            Some(Ok(number)) => number,
            Some(Err(TooLarge)) => {
                return Err(self
                    .error(length, format!("`{word}` is too large for a whole number"))
                    .help("the largest is 9223372036854775807; with a decimal point it is a decimal number"));
            }
            None if word.starts_with(|c: char| c.is_ascii_digit()) => {
                return Err(self
                    .error(length, format!("`{word}` is neither a number nor a name"))
                    .label("put it in quotes"));
            }
            None => Token::Name(word.to_owned()),
        };
        self.at += length;
        Ok(token)
    }

    /// A string literal. The first layer of escapes is taken out here, the second one when the literal is compiled:
    /// in between, its expressions are found.
    fn literal(&mut self, quote: char) -> Result<Token, ExpressionError> {
        let inside = self.at + 1;
        let mut text = String::new();
        let mut places = Vec::new();
        let mut characters = self.source.text[inside..].char_indices();
        while let Some((index, c)) = characters.next() {
            let place = self.source.place(inside + index);
            let mut push = |c: char| {
                text.push(c);
                places.extend(std::iter::repeat_n(place, c.len_utf8()));
            };
            match c {
                _ if c == quote => {
                    self.at = inside + index + 1;
                    places.push(place);
                    return Ok(Token::Text(Source { text, places: Places::Each(places) }));
                }
                '\n' | '\r' | '\t' => {
                    self.at = inside + index;
                    return Err(self
                        .error(1, "a text in quotes cannot hold a line end or a tab")
                        .help(r"write \n, \r or \t"));
                }
                '\\' => match characters.next() {
                    Some((_, 'n')) => push('\n'),
                    Some((_, 'r')) => push('\r'),
                    Some((_, 't')) => push('\t'),
                    Some((_, escaped @ ('"' | '\''))) => push(escaped),
                    Some((_, kept)) => {
                        push('\\');
                        push(kept);
                    }
                    None => break,
                },
                _ => push(c),
            }
        }
        Err(self.error(self.rest().len(), "this text has no closing quote"))
    }
}

fn is_name_end(c: char) -> bool {
    "${}()[],:;/*' \t\r\n".contains(c)
}

struct TooLarge;

/// A word as a number, if it has the shape of one.
fn number(word: &str) -> Option<Result<Token, TooLarge>> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if unsigned.is_empty() {
        return None;
    }
    if digits(unsigned) {
        return Some(word.parse().map(Token::Whole).map_err(|_| TooLarge));
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], &unsigned[at + 1..]),
        None => (unsigned, "0"),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let fits = (before.len() + after.len() > 0) && digits(before) && digits(after);
    if !fits || exponent.is_empty() || !digits(exponent) {
        return None;
    }
    word.parse().ok().map(|decimal| Ok(Token::Decimal(decimal)))
}

/// Takes out the second layer of escapes: what is left of `\\`.
pub(super) fn unescape_backslashes(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            result.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => result.push('\n'),
            Some('r') => result.push('\r'),
            Some('\\') => result.push('\\'),
            Some(other) => result.extend(['\\', other]),
            None => {}
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: Expect) {
        let shown = match tokens(&Source::new(text)) {
            Ok(tokens) => {
                tokens.iter().map(|t| format!("{} {}", t.span.start, t.token.described())).collect()
            }
            Err(error) => vec![format!("{} +{}: {error}", error.offset, error.length)],
        };
        expected.assert_eq(&shown.join(", "));
    }

    #[test]
    fn tokens_and_their_places() {
        check(
            "${a-b.c : f( 1, -1.5e3,'x' )}",
            expect![
                "0 `${`, 2 `a-b.c`, 8 `:`, 10 `f`, 11 `(`, 13 a number, 14 `,`, 16 a number, 22 `,`, 23 a text in quotes, 27 `)`, 28 `}`"
            ],
        );
        check("${a#b} # c\n#{p q}", expect!["0 `${`, 2 `a#b`, 5 `}`, 11 `#{p q}`"]);
        check(
            "${#a}",
            expect!["2 +3: `#` begins a comment here, and a comment needs a line end behind it"],
        );
        check(
            "5. .5 1e3 +5 5a",
            expect!["13 +2: `5a` is neither a number nor a name (put it in quotes)"],
        );
        check(
            "99999999999999999999",
            expect!["0 +20: `99999999999999999999` is too large for a whole number"],
        );
        check("'a\tb'", expect!["2 +1: a text in quotes cannot hold a line end or a tab"]);
        check("a;b", expect!["1 +1: `;` cannot stand here"]);
    }

    #[test]
    fn both_layers_of_escapes() {
        for (typed, text) in [
            (r"'\\d'", r"\d"),
            (r"'\d'", r"\d"),
            (r"'\\'", r"\"),
            (r"'\q'", r"\q"),
            (r"'\\\\b'", r"\\b"),
            (r"'a\tb\n'", "a\tb\n"),
            (r#"'\'\"'"#, "'\""),
            (r"'\\\.gz$'", r"\\.gz$"),
        ] {
            let tokens = tokens(&Source::new(typed)).unwrap();
            let Token::Text(source) = &tokens[0].token else { panic!("{typed}") };
            assert_eq!(unescape_backslashes(&source.text), text, "{typed}");
        }
    }
}
