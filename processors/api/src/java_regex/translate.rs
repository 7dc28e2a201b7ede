//! Writes a Java pattern anew for the engines. Not a full parser: it follows groups, flags, classes and escapes, and
//! leaves to the engines what means the same there.

mod blocks;
mod classes;

use std::fmt::Write;

use super::JavaRegexError;

/// A pattern for the engines.
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) needs_backtracking: bool,
    /// `$`, `\Z` or a `^` of many lines: what it means depends on how the text's lines end.
    pub(super) has_line_anchor: bool,
}

/// How `$` and the `^` of many lines are written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Dollar {
    /// For a text without `\r` and its like, and without `\n` at its end.
    AtEnd,
    /// For any text.
    AtTerminators,
}

/// How deep groups may stand inside groups: the engines recurse.
const NESTED_GROUPS_MAX: usize = 50;

const TERMINATORS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// A character as people see it: with its marks, its skin colour, and what is joined to it.
const GRAPHEME: &str = concat!(
    r"(?>\r\n|\p{Cc}|(?:\p{Regional_Indicator}{2}|(?s:.))",
    r"(?:[\p{M}\x{200C}\x{1F3FB}-\x{1F3FF}]|\x{200D}\p{Extended_Pictographic}?)*)"
);

#[derive(Clone, Copy, Default)]
struct Flags {
    ignore_case: bool,
    unicode_case: bool,
    unicode_class: bool,
    dot_all: bool,
    multi_line: bool,
    unix_lines: bool,
    comments: bool,
}

pub(super) fn translate(pattern: &str, dollar: Dollar) -> Result<Translated, JavaRegexError> {
    let mut translator = Translator::new(pattern, dollar);
    translator.run()?;
    if translator.needs_backtracking && translator.has_ascii_boundary {
        // Only now is it known that the other engine, which has no ASCII boundary, will run it.
        translator = Translator { needs_backtracking: true, ..Translator::new(pattern, dollar) };
        translator.run()?;
    }
    let Translator { out: pattern, needs_backtracking, has_line_anchor, .. } = translator;
    Ok(Translated { pattern, needs_backtracking, has_line_anchor })
}

struct Translator {
    pattern: Vec<char>,
    at: usize,
    dollar: Dollar,
    flags: Flags,
    /// The flags to return to at the end of each open group, and where it was written.
    outer: Vec<(Flags, usize)>,
    /// Where what was written last, and can be repeated, begins.
    atom_start: usize,
    groups: usize,
    out: String,
    needs_backtracking: bool,
    has_line_anchor: bool,
    has_ascii_boundary: bool,
    /// Whether what was written last can be repeated.
    can_repeat: bool,
}

fn wrong<T>(reason: impl Into<String>) -> Result<T, JavaRegexError> {
    Err(JavaRegexError::Pattern(reason.into()))
}

impl Translator {
    fn new(pattern: &str, dollar: Dollar) -> Self {
        let mut translator = Self {
            pattern: pattern.chars().collect(),
            at: 0,
            dollar,
            flags: Flags::default(),
            outer: Vec::new(),
            atom_start: 0,
            groups: 0,
            out: String::with_capacity(pattern.len() + 8),
            needs_backtracking: false,
            has_line_anchor: false,
            has_ascii_boundary: false,
            can_repeat: false,
        };
        translator.groups = translator.count_groups();
        translator
    }

    fn peek(&self) -> Option<char> {
        self.pattern.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn looks_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(index, c)| self.pattern.get(self.at + index) == Some(&c))
    }

    /// How many groups capture: a back reference takes only as many digits as name one.
    fn count_groups(&self) -> usize {
        let p = &self.pattern;
        let captures = |i: usize| {
            p[i] == '('
                && (p.get(i + 1) != Some(&'?')
                    || (p.get(i + 2) == Some(&'<') && !matches!(p.get(i + 3), Some('=' | '!'))))
        };
        let escaped = |i: usize| p[..i].iter().rev().take_while(|c| **c == '\\').count() % 2 == 1;
        (0..p.len()).filter(|i| captures(*i) && !escaped(*i)).count()
    }

    fn run(&mut self) -> Result<(), JavaRegexError> {
        while let Some(c) = self.next() {
            match c {
                '#' if self.flags.comments => while self.next().is_some_and(|c| c != '\n') {},
                _ if self.flags.comments && c.is_ascii_whitespace() => {}
                '*' | '+' | '?' | '{' => self.quantifier(c)?,
                _ => {
                    self.can_repeat = !matches!(c, '(' | '|');
                    self.atom(c)?;
                }
            }
        }
        if self.outer.is_empty() { Ok(()) } else { wrong("a `(` has no `)`") }
    }

    fn atom(&mut self, c: char) -> Result<(), JavaRegexError> {
        self.atom_start = self.out.len();
        match c {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => self.open_group()?,
            ')' => {
                let Some((flags, start)) = self.outer.pop() else {
                    return wrong("a `)` has no `(`");
                };
                (self.flags, self.atom_start) = (flags, start);
                self.out.push(')');
            }
            '.' => self.dot(),
            '^' => self.caret(),
            '$' => self.end_of_line(),
            '|' => self.out.push('|'),
            _ => self.literal(c),
        }
        Ok(())
    }

    fn literal(&mut self, c: char) {
        if self.flags.ignore_case && self.flags.unicode_case {
            let _ = write!(self.out, "(?i:{})", regex::escape(c.encode_utf8(&mut [0; 4])));
        } else if self.flags.ignore_case && c.is_ascii_alphabetic() {
            let _ = write!(self.out, "[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase());
        } else {
            self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        }
    }

    fn dot(&mut self) {
        let any = match (self.flags.dot_all, self.flags.unix_lines) {
            (true, _) => "(?s:.)".to_owned(),
            (false, true) => r"[^\n]".to_owned(),
            (false, false) => format!("[^{TERMINATORS}]"),
        };
        self.out.push_str(&any);
    }

    fn caret(&mut self) {
        if !self.flags.multi_line {
            self.out.push_str(r"\A");
            return;
        }
        self.has_line_anchor = true;
        if self.dollar == Dollar::AtEnd {
            self.out.push_str("(?m:^)");
        } else {
            self.needs_backtracking = true;
            let before = if self.flags.unix_lines {
                r"(?<=\n)"
            } else {
                r"(?:(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n))"
            };
            let _ = write!(self.out, r"(?:(?:\A|{before})(?!\z))");
        }
    }

    fn end_of_line(&mut self) {
        self.has_line_anchor = true;
        if self.dollar == Dollar::AtEnd {
            self.out.push_str(if self.flags.multi_line { "(?m:$)" } else { r"\z" });
            return;
        }
        self.needs_backtracking = true;
        let last = if self.flags.multi_line { "" } else { r"\z" };
        self.out.push_str(&match self.flags.unix_lines {
            true => format!(r"(?=\z|\n{last})"),
            false => {
                format!(r"(?=\z|\r\n{last}|(?<!\r)\n{last}|[\r\x{{85}}\x{{2028}}\x{{2029}}]{last})")
            }
        });
    }

    fn quantifier(&mut self, c: char) -> Result<(), JavaRegexError> {
        if !std::mem::take(&mut self.can_repeat) && c != '{' {
            return wrong(format!("there is nothing that `{c}` could repeat"));
        }
        if c == '{' {
            return self.counted_quantifier();
        }
        self.out.push(c);
        self.after_quantifier();
        Ok(())
    }

    /// `?` makes it reluctant, `+` possessive; the second one needs backtracking to be stopped.
    fn after_quantifier(&mut self) {
        match self.peek() {
            Some('?') => self.out.push('?'),
            Some('+') => {
                self.needs_backtracking = true;
                self.out.push('+');
            }
            _ => return,
        }
        self.at += 1;
    }

    fn counted_quantifier(&mut self) -> Result<(), JavaRegexError> {
        let end = self.pattern[self.at..].iter().position(|c| *c == '}').map(|skip| self.at + skip);
        let inside: String = self.pattern[self.at..end.unwrap_or(self.at)].iter().collect();
        let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let Some(end) = end.filter(|_| !least.is_empty() && digits(least) && digits(most)) else {
            return wrong(r"`{` must be followed by a number of times; a plain one is `\{`");
        };
        let _ = write!(self.out, "{{{inside}}}");
        self.at = end + 1;
        if self.peek() == Some('+') {
            // The engines know no possessive `{n,m}+`; what is repeated is put into an atomic group.
            self.at += 1;
            self.needs_backtracking = true;
            self.out.insert_str(self.atom_start, "(?>");
            self.out.push(')');
            return Ok(());
        }
        self.after_quantifier();
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), JavaRegexError> {
        if self.outer.len() >= NESTED_GROUPS_MAX {
            return wrong(format!(
                "groups stand inside each other more than {NESTED_GROUPS_MAX} deep"
            ));
        }
        self.outer.push((self.flags, self.out.len()));
        self.out.push('(');
        if self.peek() != Some('?') {
            return Ok(());
        }
        self.at += 1;
        for (sign, backtracking) in
            [("<=", true), ("<!", true), ("=", true), ("!", true), (">", true), (":", false)]
        {
            if self.looks_at(sign) {
                self.at += sign.len();
                self.needs_backtracking |= backtracking;
                let _ = write!(self.out, "?{sign}");
                return Ok(());
            }
        }
        if self.peek() == Some('<') {
            self.out.push('?');
            while let Some(c) = self.next() {
                self.out.push(c);
                if c == '>' {
                    return Ok(());
                }
            }
            return wrong("the name of a group is not closed");
        }
        self.flag_group()
    }

    /// `(?i)` holds up to the end of the group around it, `(?i:` up to its own.
    fn flag_group(&mut self) -> Result<(), JavaRegexError> {
        let mut on = true;
        while let Some(c) = self.next() {
            match c {
                'i' => self.flags.ignore_case = on,
                'u' => self.flags.unicode_case = on,
                'U' => (self.flags.unicode_class, self.flags.unicode_case) = (on, on),
                's' => self.flags.dot_all = on,
                'm' => self.flags.multi_line = on,
                'd' => self.flags.unix_lines = on,
                'x' => self.flags.comments = on,
                '-' => on = false,
                ':' => {
                    self.out.push_str("?:");
                    return Ok(());
                }
                ')' => {
                    self.outer.pop();
                    self.out.push_str("?:)");
                    return Ok(());
                }
                _ => return wrong(format!("`(?{c}` is not known")),
            }
        }
        wrong("a `(` has no `)`")
    }

    fn escape(&mut self) -> Result<(), JavaRegexError> {
        let Some(c) = self.next() else { return wrong(r"the pattern ends with a single `\`") };
        if let Some(class) = self.escaped_class(c)? {
            let _ = write!(self.out, "[{class}]");
            return Ok(());
        }
        match c {
            'Q' => self.quoted(),
            'E' => return wrong(r"`\E` has no `\Q`"),
            'b' | 'B' => self.word_boundary(c),
            'A' | 'z' => self.out.extend(['\\', c]),
            'Z' => {
                let flags = std::mem::take(&mut self.flags.multi_line);
                self.end_of_line();
                self.flags.multi_line = flags;
            }
            'G' => {
                self.needs_backtracking = true;
                self.out.push_str(r"\G");
            }
            'R' => {
                self.needs_backtracking = true;
                self.out.push_str(r"(?>\r\n|[\n-\r\x{85}\x{2028}\x{2029}])");
            }
            'X' => {
                self.needs_backtracking = true;
                self.out.push_str(GRAPHEME);
            }
            'k' => self.named_reference()?,
            '1'..='9' => self.numbered_reference(c),
            _ => {
                let literal = self.escaped_character(c)?;
                self.literal(literal);
            }
        }
        Ok(())
    }

    fn quoted(&mut self) {
        while self.peek().is_some() && !self.looks_at(r"\E") {
            if let Some(c) = self.next() {
                self.literal(c);
            }
        }
        self.at = (self.at + 2).min(self.pattern.len());
    }

    fn word_boundary(&mut self, c: char) {
        const WORD: &str = "[0-9A-Za-z_]";
        if self.flags.unicode_class {
            self.out.extend(['\\', c]);
            return;
        }
        self.has_ascii_boundary = true;
        if c == 'b' && !self.needs_backtracking {
            self.out.push_str(r"(?-u:\b)");
            return;
        }
        self.needs_backtracking = true;
        let (one, other) = if c == 'b' { ('!', '=') } else { ('=', '!') };
        let _ = write!(self.out, "(?:(?<={WORD})(?{one}{WORD})|(?<!{WORD})(?{other}{WORD}))");
    }

    fn named_reference(&mut self) -> Result<(), JavaRegexError> {
        self.needs_backtracking = true;
        let end = self.pattern[self.at..].iter().position(|c| *c == '>');
        let (Some('<'), Some(length)) = (self.peek(), end) else {
            return wrong(r"`\k` must be followed by a name: `\k<name>`");
        };
        let name: String = self.pattern[self.at + 1..self.at + length].iter().collect();
        self.at += length + 1;
        let _ = write!(self.out, r"(?:\k<{name}>)");
        Ok(())
    }

    fn numbered_reference(&mut self, first: char) {
        self.needs_backtracking = true;
        let mut group = first.to_digit(10).unwrap_or(0) as usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = group * 10 + digit as usize;
            if longer > self.groups {
                break;
            }
            group = longer;
            self.at += 1;
        }
        // A group that is not there never matches.
        let _ = if group > self.groups {
            write!(self.out, r"(?:[^\s\S])")
        } else {
            write!(self.out, r"(?:\{group})")
        };
    }
}
