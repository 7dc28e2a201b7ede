//! Reads a text by a pattern into fields. Not what they mean together: `resolve` finds that out.

use jiff::tz::{Offset, TimeZone};

use super::{
    DAYS, MONTHS, Resolved,
    pattern::{Field, Item, NumberItem, Pattern, Sign, Style},
    resolve::resolve,
};

/// How much a text may differ from its pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::expression) enum Leniency {
    /// Widths may differ, case does not count, a day beyond its month is its last one.
    Lenient,
    /// Widths and case count.
    Strict,
    /// Widths count, case does not: as the standard formats are read.
    Standard,
    /// As `Standard`, and the day must be real.
    Real,
}

/// The fields that a text held.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    pub(super) numbers: Vec<(Field, i64)>,
    pub(super) zone: Option<TimeZone>,
}

impl Fields {
    pub(super) fn get(&self, field: Field) -> Option<i64> {
        self.numbers.iter().find(|(known, _)| *known == field).map(|(_, value)| *value)
    }

    /// Adds a field; whether it agrees with what is known.
    fn put(&mut self, field: Field, value: i64) -> bool {
        let known = self.get(field);
        if known.is_none() {
            self.numbers.push((field, value));
        }
        known.is_none_or(|known| known == value)
    }
}

impl Pattern {
    /// Reads a whole text.
    pub(in crate::expression) fn read(
        &self,
        text: &str,
        leniency: Leniency,
    ) -> Result<Resolved, &'static str> {
        let mut reader = Reader { rest: text, fields: Fields::default(), leniency };
        let mut at = 0;
        let mut open: Vec<(usize, &str, Fields)> = Vec::new();
        while let Some(item) = self.items.get(at) {
            let read = match item {
                Item::OptionalStart(end) => {
                    open.push((*end, reader.rest, reader.fields.clone()));
                    Some(())
                }
                Item::OptionalEnd => open.pop().map(drop),
                item => reader.item(item),
            };
            if read.is_none() {
                // What is optional is skipped as a whole.
                let (end, rest, fields) = open.pop().ok_or("the text does not fit the pattern")?;
                (reader.rest, reader.fields, at) = (rest, fields, end);
            }
            at += 1;
        }
        if !reader.rest.is_empty() {
            return Err("there is more text than the pattern takes");
        }
        resolve(&reader.fields, leniency)
    }
}

struct Reader<'a> {
    rest: &'a str,
    fields: Fields,
    leniency: Leniency,
}

impl Reader<'_> {
    fn ignores_case(&self) -> bool {
        self.leniency != Leniency::Strict
    }

    fn item(&mut self, item: &Item) -> Option<()> {
        match item {
            Item::Literal(literal) => self.literal(literal),
            Item::Number(number) => self.number(number),
            Item::Fraction(digits) => self.fraction(*digits),
            Item::Text(field, style) => self.text(*field, *style),
            Item::Offset(letter, count) => self.offset(*letter, *count),
            Item::ZoneId | Item::ZoneName => self.zone(),
            Item::OptionalStart(_) | Item::OptionalEnd => Some(()),
        }
    }

    fn literal(&mut self, literal: &str) -> Option<()> {
        let start = self.rest.get(..literal.len())?;
        let equal = if self.ignores_case() {
            start.eq_ignore_ascii_case(literal)
        } else {
            start == literal
        };
        if equal {
            self.rest = &self.rest[literal.len()..];
        }
        equal.then_some(())
    }

    fn number(&mut self, item: &NumberItem) -> Option<()> {
        let strict = self.leniency != Leniency::Lenient;
        let mut rest = self.rest;
        let signed = rest.chars().next().filter(|c| matches!(c, '+' | '-'));
        match (signed, item.sign) {
            (Some('-'), Sign::Normal | Sign::ExceedsPad) | (Some('+'), Sign::ExceedsPad) => {
                rest = &rest[1..]
            }
            (Some('+'), Sign::Normal) if !strict => rest = &rest[1..],
            (Some(_), _) => return None,
            (None, _) => {}
        }
        let shares = item.following > 0 && item.least == item.most && item.sign == Sign::Never;
        let exact = strict || item.fixed || shares;
        let least = if exact { item.least } else { 1 };
        let most = if exact { item.most } else { 9 } + if item.fixed { 0 } else { item.following };
        let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let digits = if item.fixed {
            digits
        } else {
            digits.saturating_sub(item.following).max(least.min(digits))
        };
        if digits < least {
            return None;
        }
        if strict
            && item.sign == Sign::ExceedsPad
            && (signed == Some('+')) != (digits > item.least)
            && signed != Some('-')
        {
            return None;
        }
        let value: i64 = rest[..digits].parse().ok()?;
        self.rest = &rest[digits..];
        let value = match signed {
            Some('-') => -value,
            _ if item.reduced && digits == 2 => 2000 + value,
            _ => value,
        };
        self.fields.put(item.field, value).then_some(())
    }

    fn fraction(&mut self, wanted: usize) -> Option<()> {
        let lenient = self.leniency == Leniency::Lenient;
        let most = if lenient { 9 } else { wanted };
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits < wanted && !lenient {
            return None;
        }
        let nano = format!("{:0<9}", &self.rest[..digits]).parse().ok()?;
        self.rest = &self.rest[digits..];
        self.fields.put(Field::Nano, nano).then_some(())
    }

    fn text(&mut self, field: Field, style: Style) -> Option<()> {
        const ERAS: [&str; 2] = ["BC", "AD"];
        const HALVES: [&str; 2] = ["AM", "PM"];
        let (names, first): (&[&str], i64) = match field {
            Field::Month => (&MONTHS, 1),
            Field::DayOfWeek => (&DAYS, 1),
            Field::AmPm => (&HALVES, 0),
            Field::Era => (&ERAS, 0),
            _ => return None,
        };
        let short = |name: &str| match (field, style) {
            (Field::Month | Field::DayOfWeek, Style::Short) => name[..3].to_owned(),
            (Field::Month | Field::DayOfWeek, Style::Narrow) => name[..1].to_owned(),
            _ => name.to_owned(),
        };
        // A lenient reader takes the full name where a short one stands in the pattern, and the other way round.
        let forms = |name: &str| match self.leniency {
            Leniency::Lenient => vec![name.to_owned(), name.get(..3).unwrap_or(name).to_owned()],
            _ => vec![short(name)],
        };
        let found = names.iter().zip(first..).find_map(|(name, number)| {
            forms(name).into_iter().find_map(|form| Some((self.starts_with(&form)?, number)))
        });
        let (length, number) = found?;
        self.rest = &self.rest[length..];
        self.fields.put(field, number).then_some(())
    }

    fn starts_with(&self, name: &str) -> Option<usize> {
        let start = self.rest.get(..name.len())?;
        let equal =
            if self.ignores_case() { start.eq_ignore_ascii_case(name) } else { start == name };
        equal.then_some(name.len())
    }

    /// `Z`, `GMT`, or a sign, hours, and minutes with or without a colon as the pattern has them.
    fn offset(&mut self, letter: char, count: usize) -> Option<()> {
        let lenient = self.leniency == Leniency::Lenient;
        let prefixed = letter == 'O' || (letter, count) == ('Z', 4);
        if prefixed {
            self.literal("GMT")?;
        } else if (letter == 'X' || lenient || (letter, count) == ('Z', 5))
            && self.literal("Z").is_some()
        {
            return self.put_offset(0);
        }
        if !self.rest.starts_with(['+', '-']) {
            return if prefixed { self.put_offset(0) } else { None };
        }
        let colon = prefixed || count == 3 && letter != 'Z' || count == 5;
        let length = self.rest[1..]
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b':')
            .count()
            + 1;
        let mut shown = self.rest[..length].to_owned();
        if !lenient && !prefixed && shown.len() > 3 && shown.contains(':') != colon {
            shown.truncate(3);
        }
        let minutes_are_optional = lenient || prefixed || (count == 1 && letter != 'Z');
        let offset =
            super::offset_zone(&shown).filter(|_| minutes_are_optional || shown.len() > 3)?;
        self.rest = &self.rest[shown.len()..];
        self.fields.zone = Some(offset);
        Some(())
    }

    fn put_offset(&mut self, seconds: i32) -> Option<()> {
        let offset = Offset::from_seconds(seconds).ok()?;
        self.fields.zone = Some(TimeZone::fixed(offset));
        Some(())
    }

    /// A zone by its name, or by a short name that Java takes for one.
    fn zone(&mut self) -> Option<()> {
        let length = self
            .rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || b"/_+-:".contains(b))
            .count();
        let name = &self.rest[..length];
        let zone = known_short_name(name)
            .and_then(|name| TimeZone::get(name).ok())
            .or_else(|| super::zone(name))?;
        self.rest = &self.rest[length..];
        self.fields.zone = Some(zone);
        Some(())
    }
}

fn known_short_name(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_uppercase().as_str() {
        "EST" | "EDT" | "ET" => "America/New_York",
        "CST" | "CDT" | "CT" => "America/Chicago",
        "MST" | "MDT" | "MT" => "America/Denver",
        "PST" | "PDT" | "PT" => "America/Los_Angeles",
        "AKST" | "AKDT" => "America/Anchorage",
        "HST" => "Pacific/Honolulu",
        "CET" | "CEST" => "Europe/Paris",
        "EET" | "EEST" => "Europe/Athens",
        "WET" | "WEST" => "Europe/Lisbon",
        "BST" => "Europe/London",
        "MSK" => "Europe/Moscow",
        "IST" => "Asia/Kolkata",
        "JST" => "Asia/Tokyo",
        "AEST" | "AEDT" => "Australia/Sydney",
        "NZST" | "NZDT" => "Pacific/Auckland",
        _ => return None,
    })
}
