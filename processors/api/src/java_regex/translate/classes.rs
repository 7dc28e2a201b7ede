//! Java's character classes for the engines: `[...]`, `\d`, `\p{...}`, and characters by number.

use std::fmt::Write;

use super::{JavaRegexError, Translator, blocks, wrong};

/// How deep classes may stand inside classes.
const NESTED_MAX: usize = 50;

const SPACE: &str = r"\t\n\x{0B}\x{0C}\r\x20";
const WORD: &str = "0-9A-Za-z_";
const HORIZONTAL: &str = r"\t\x20\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
const VERTICAL: &str = r"\n\x{0B}\x{0C}\r\x{85}\x{2028}\x{2029}";
const JAVA_WHITE_SPACE: &str =
    r"\t-\r\x1C-\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200A}\x{2028}\x{2029}\x{205F}\x{3000}";
const IGNORABLE: &str = r"\x00-\x08\x0E-\x1B\x7F-\x{9F}\p{Cf}";
const JAVA_IDENTIFIER_PART: &str =
    r"\p{L}\p{Nl}\p{Nd}\p{Sc}\p{Pc}\p{Mn}\p{Mc}\x00-\x08\x0E-\x1B\x7F-\x{9F}\p{Cf}";
/// The brackets and signs that are turned around in a text that runs from right to left: the ones in common use.
const MIRRORED: &str = r"()<>\[\]{}\x{AB}\x{BB}\x{2039}\x{203A}\x{2045}\x{2046}\x{207D}\x{207E}\x{2208}-\x{220D}\x{2264}-\x{226B}\x{3008}-\x{3011}\x{3014}-\x{301B}";
const PUNCT: &str = r"!-/:-@\[-`{-~";

impl Translator {
    /// What `\d`, `\p{..}` and their like stand for, to be put between brackets; `None` when it is no class.
    pub(super) fn escaped_class(&mut self, c: char) -> Result<Option<String>, JavaRegexError> {
        let unicode = self.flags.unicode_class;
        let (class, negated) = match c {
            'd' | 'D' => (if unicode { r"\d" } else { "0-9" }.to_owned(), c == 'D'),
            'w' | 'W' => (if unicode { r"\w" } else { WORD }.to_owned(), c == 'W'),
            's' | 'S' => (if unicode { r"\s" } else { SPACE }.to_owned(), c == 'S'),
            'h' | 'H' => (HORIZONTAL.to_owned(), c == 'H'),
            'v' | 'V' => (VERTICAL.to_owned(), c == 'V'),
            'p' | 'P' => (self.property()?, c == 'P'),
            _ => return Ok(None),
        };
        Ok(Some(if negated { format!("[^{class}]") } else { class }))
    }

    /// `{Name}` or a single letter behind `\p`.
    fn property(&mut self) -> Result<String, JavaRegexError> {
        let mut name = String::new();
        match self.next() {
            Some('{') => loop {
                match self.next() {
                    Some('}') => break,
                    Some(c) => name.push(c),
                    None => return wrong(r"`\p{` is not closed"),
                }
            },
            Some(c) if c.is_ascii_alphabetic() => name.push(c),
            _ => return wrong(r"`\p` must be followed by a name: `\p{L}`"),
        }
        if let Some(class) = self.unicode_property(&name) {
            return Ok(class.to_owned());
        }
        let class = match name.as_str() {
            "Lower" => "a-z",
            "Upper" => "A-Z",
            "ASCII" => r"\x00-\x7F",
            "Alpha" => "A-Za-z",
            "Digit" => "0-9",
            "Alnum" => "0-9A-Za-z",
            "Punct" => PUNCT,
            "Graph" => "!-~",
            "Print" => r"\x20-~",
            "Blank" => r"\x20\t",
            "Cntrl" => r"\x00-\x1F\x7F",
            "XDigit" => "0-9A-Fa-f",
            "Space" => SPACE,
            "L1" => r"\x00-\x{FF}",
            "LD" | "javaLetterOrDigit" => r"\p{L}\p{Nd}",
            "all" => r"\x00-\x{10FFFF}",
            "javaLowerCase" => r"\p{Lowercase}",
            "javaUpperCase" => r"\p{Uppercase}",
            "javaTitleCase" => r"\p{Lt}",
            "javaAlphabetic" => r"\p{Alphabetic}",
            "javaIdeographic" => r"\p{Ideographic}",
            "javaDefined" => r"\P{Cn}",
            "javaWhitespace" => JAVA_WHITE_SPACE,
            "javaSpaceChar" => r"\p{Z}",
            "javaISOControl" => r"\p{Cc}",
            "javaLetter" => r"\p{L}",
            "javaMirrored" => MIRRORED,
            "javaIdentifierIgnorable" => IGNORABLE,
            "javaJavaIdentifierStart" => r"\p{L}\p{Nl}\p{Sc}\p{Pc}",
            "javaJavaIdentifierPart" => JAVA_IDENTIFIER_PART,
            "javaUnicodeIdentifierStart" => r"\p{ID_Start}",
            "javaUnicodeIdentifierPart" => r"\p{ID_Continue}",
            "IsWhite_Space" | "IsWhiteSpace" => r"\p{White_Space}",
            "javaDigit" | "IsDigit" => r"\p{Nd}",
            "IsPunctuation" => r"\p{P}",
            _ => return other_property(&name),
        };
        Ok(class.to_owned())
    }

    /// What a name of ASCII stands for when `(?U)` is set.
    fn unicode_property(&self, name: &str) -> Option<&'static str> {
        let class = match name {
            "Lower" => r"\p{Lowercase}",
            "Upper" => r"\p{Uppercase}",
            "Alpha" => r"\p{Alphabetic}",
            "Digit" => r"\p{Nd}",
            "Alnum" => r"\p{Alphabetic}\p{Nd}",
            "Punct" => r"\p{P}",
            "Space" => r"\p{White_Space}",
            "Blank" => r"\p{Zs}\t",
            "Cntrl" => r"\p{Cc}",
            "XDigit" => r"\p{Nd}\p{Hex_Digit}",
            _ => return None,
        };
        Some(class).filter(|_| self.flags.unicode_class)
    }

    /// A character that is written with a backslash.
    pub(super) fn escaped_character(&mut self, c: char) -> Result<char, JavaRegexError> {
        Ok(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\x0C',
            'a' => '\x07',
            'e' => '\x1B',
            'c' => match self.next() {
                Some(control) if control.is_ascii() => char::from(control as u8 ^ 0x40),
                _ => return wrong(r"`\c` must be followed by a letter"),
            },
            '0' => {
                let most = if matches!(self.peek(), Some('0'..='3')) { 3 } else { 2 };
                self.coded(8, 1, most)?
            }
            'x' if self.peek() == Some('{') => {
                self.at += 1;
                let character = self.coded(16, 1, 6)?;
                if self.next() != Some('}') {
                    return wrong(r"`\x{` is not closed");
                }
                character
            }
            'x' => self.coded(16, 2, 2)?,
            'u' => self.utf16()?,
            _ if c.is_ascii_alphanumeric() => return wrong(format!(r"`\{c}` is not known")),
            _ => c,
        })
    }

    fn code(&mut self, radix: u32, least: usize, most: usize) -> Result<u32, JavaRegexError> {
        let mut code = 0;
        for index in 0..most {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(radix)) else {
                if index < least {
                    return wrong("a character's number is too short");
                }
                break;
            };
            code = code * radix + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn coded(&mut self, radix: u32, least: usize, most: usize) -> Result<char, JavaRegexError> {
        let code = self.code(radix, least, most)?;
        char::from_u32(code).map_or_else(|| wrong(format!("there is no character {code:X}")), Ok)
    }

    /// `\uXXXX`, two of them for a character beyond 16 bits.
    fn utf16(&mut self) -> Result<char, JavaRegexError> {
        let mut units = vec![u16::try_from(self.code(16, 4, 4)?).unwrap_or(0)];
        if (0xD800..0xDC00).contains(&units[0]) && self.looks_at(r"\u") {
            self.at += 2;
            units.push(u16::try_from(self.code(16, 4, 4)?).unwrap_or(0));
        }
        match char::decode_utf16(units).next() {
            Some(Ok(character)) => Ok(character),
            _ => wrong("half a character cannot be matched"),
        }
    }

    /// A class in brackets; the first bracket is read already.
    pub(super) fn class(&mut self) -> Result<(), JavaRegexError> {
        if !(self.flags.ignore_case && self.flags.unicode_case) {
            return self.class_itself();
        }
        self.out.push_str("(?i:");
        self.class_itself()?;
        self.out.push(')');
        Ok(())
    }

    fn class_itself(&mut self) -> Result<(), JavaRegexError> {
        let mut depth = 1_usize;
        self.open_class();
        let mut first = true;
        while let Some(c) = self.next() {
            match c {
                ']' if !first => {
                    self.out.push(']');
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                '[' if depth >= NESTED_MAX => return wrong("too many classes inside each other"),
                '[' => {
                    depth += 1;
                    self.open_class();
                    first = true;
                    continue;
                }
                '&' if self.peek() == Some('&') => {
                    self.at += 1;
                    // Beside a bracket there is nothing to intersect with.
                    if !first && self.peek() != Some(']') {
                        self.out.push_str("&&");
                    }
                }
                _ if self.flags.comments && c.is_ascii_whitespace() => continue,
                _ => self.class_item(c)?,
            }
            first = false;
        }
        wrong("a `[` has no `]`")
    }

    fn open_class(&mut self) {
        self.out.push('[');
        if self.peek() == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
    }

    /// A character, a range, or an escape that stands for several.
    fn class_item(&mut self, c: char) -> Result<(), JavaRegexError> {
        if c == '\\' {
            let Some(escaped) = self.next() else { return wrong("a `[` has no `]`") };
            if escaped == 'Q' {
                while self.peek().is_some() && !self.looks_at(r"\E") {
                    let quoted = self.next().unwrap_or(' ');
                    self.class_range(quoted, quoted);
                }
                self.at = (self.at + 2).min(self.pattern.len());
                return Ok(());
            }
            if escaped == 'E' {
                return Ok(());
            }
            if let Some(class) = self.escaped_class(escaped)? {
                self.out.push_str(&class);
                return Ok(());
            }
            let low = self.escaped_character(escaped)?;
            return self.class_from(low);
        }
        self.class_from(c)
    }

    /// A range that begins with `low`, or `low` alone.
    fn class_from(&mut self, low: char) -> Result<(), JavaRegexError> {
        let after = self.pattern.get(self.at + 1).copied();
        if self.peek() != Some('-') || matches!(after, None | Some(']' | '[')) {
            self.class_range(low, low);
            return Ok(());
        }
        self.at += 1;
        let high = match self.next() {
            Some('\\') => {
                let escaped = self.next().unwrap_or('\\');
                if "dDwWsShHvVpP".contains(escaped) {
                    // `[a-\d]`: a plain `-`.
                    self.at -= 2;
                    self.class_range(low, low);
                    self.class_range('-', '-');
                    return Ok(());
                }
                self.escaped_character(escaped)?
            }
            Some(high) => high,
            None => return wrong("a `[` has no `]`"),
        };
        if high < low {
            return wrong(format!("the range `{low}-{high}` runs backwards"));
        }
        self.class_range(low, high);
        Ok(())
    }

    fn class_range(&mut self, low: char, high: char) {
        push_range(&mut self.out, low, high);
        if !self.flags.ignore_case {
            return;
        }
        for (first, last) in [('a', 'z'), ('A', 'Z')] {
            let (from, to) = (low.max(first), high.min(last));
            if from <= to {
                let other = |c: char| char::from(c as u8 ^ 0x20);
                push_range(&mut self.out, other(from), other(to));
            }
        }
    }
}

fn push_range(out: &mut String, low: char, high: char) {
    push_sign(out, low);
    if low != high {
        out.push('-');
        push_sign(out, high);
    }
}

/// Letters and digits stand for themselves; every other sign is written by its number.
fn push_sign(out: &mut String, c: char) {
    let _ = match c.is_ascii_alphanumeric() {
        true => write!(out, "{c}"),
        false => write!(out, r"\x{{{:X}}}", u32::from(c)),
    };
}

fn other_property(name: &str) -> Result<String, JavaRegexError> {
    let block = ["In", "blk=", "block="].into_iter().find_map(|prefix| name.strip_prefix(prefix));
    if let Some(block) = block {
        return blocks::class(block);
    }
    if name.starts_with("java") {
        return wrong(format!(r"`\p{{{name}}}` is not known"));
    }
    let name = name.strip_prefix("Is").unwrap_or(name);
    let known = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '=');
    if known {
        Ok(format!(r"\p{{{name}}}"))
    } else {
        wrong(format!(r"`\p{{{name}}}` is not known"))
    }
}
