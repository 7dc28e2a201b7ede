//! Reads a text by a pattern into fields. Not what they mean together: `resolve` finds that out.

use jiff::tz::{Offset, TimeZone};

use super::{
    DAYS, MONTHS, Resolved,
    day_period::DayPeriod,
    pattern::{Field, Item, NumberItem, Pattern, Sign, Style},
    resolve::resolve,
    zone_names,
};

/// What reading ends with when two parts of a pattern say different things.
pub(super) const CONFLICT: &str = "two parts of it contradict each other";

/// How many digits a lenient reader takes for a number.
const LENIENT_DIGITS_MAX: usize = 9;

/// How much a text may differ from its pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::expression) enum Leniency {
    /// Widths may differ, case does not count, a day beyond its month is its last one.
    Lenient,
    /// Widths and case count.
    Strict,
    /// Widths count, case does not.
    AnyCase,
}

/// The fields that a text held.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    pub(super) numbers: Vec<(Field, i64)>,
    pub(super) zone: Option<TimeZone>,
    pub(super) day_period: Option<DayPeriod>,
}

impl Fields {
    pub(super) fn get(&self, field: Field) -> Option<i64> {
        self.numbers.iter().find(|(known, _)| *known == field).map(|(_, value)| *value)
    }

    /// Takes a field out.
    pub(super) fn take(&mut self, field: Field) -> Option<i64> {
        let index = self.numbers.iter().position(|(known, _)| *known == field)?;
        Some(self.numbers.swap_remove(index).1)
    }

    /// Adds a field, which must agree with what is known.
    pub(super) fn put(&mut self, field: Field, value: i64) -> Result<(), &'static str> {
        match self.get(field) {
            Some(known) if known != value => Err(CONFLICT),
            Some(_) => Ok(()),
            None => {
                self.numbers.push((field, value));
                Ok(())
            }
        }
    }
}

impl Pattern {
    /// Reads a whole text.
    pub(in crate::expression) fn read(
        &self,
        text: &str,
        leniency: Leniency,
    ) -> Result<Resolved, &'static str> {
        resolve(self.fields(text, leniency)?)
    }

    /// Reads a whole text, without a look at what its parts mean together.
    pub(super) fn fields(&self, text: &str, leniency: Leniency) -> Result<Fields, &'static str> {
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
        Ok(reader.fields)
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

    fn is_strict(&self) -> bool {
        self.leniency != Leniency::Lenient
    }

    fn item(&mut self, item: &Item) -> Option<()> {
        match item {
            Item::Literal(literal) => self.literal(literal),
            Item::Number(number) => self.number(number),
            Item::Fraction(digits) => self.fraction(*digits),
            Item::Text(field, style) => self.text(*field, *style),
            Item::Offset(letter, count) if *letter == 'O' || (*letter, *count) == ('Z', 4) => {
                self.localized_offset(*letter == 'Z' || *count == 4)
            }
            Item::Offset(letter, count) => self.offset(*letter, *count),
            Item::DayPeriod(style) => self.day_period(*style),
            Item::ZoneId => self.zone_id(),
            Item::ZoneName(_) => self.zone_name(),
            Item::Padded(width, item) => self.padded(*width, item),
            Item::OptionalStart(_) | Item::OptionalEnd => Some(()),
        }
    }

    fn literal(&mut self, literal: &str) -> Option<()> {
        let length = self.starts_with(literal)?;
        self.rest = &self.rest[length..];
        Some(())
    }

    fn starts_with(&self, name: &str) -> Option<usize> {
        let start = self.rest.get(..name.len())?;
        let equal =
            if self.ignores_case() { start.eq_ignore_ascii_case(name) } else { start == name };
        equal.then_some(name.len())
    }

    /// A lenient reader takes fewer blanks, and leaves what the item does not take.
    fn padded(&mut self, width: usize, item: &Item) -> Option<()> {
        let whole = self.rest;
        let end = match whole.char_indices().nth(width) {
            Some((end, _)) => end,
            None if self.is_strict() && whole.chars().count() < width => return None,
            None => whole.len(),
        };
        self.rest = whole[..end].trim_start_matches(' ');
        self.item(item)?;
        let left = self.rest.len();
        self.rest = &whole[end - left..];
        (left == 0 || !self.is_strict()).then_some(())
    }

    fn number(&mut self, item: &NumberItem) -> Option<()> {
        let strict = self.is_strict();
        let is_narrow = item.least == item.most && item.sign == Sign::Never;
        // Of a year with two digits, a lenient reader takes as many as there are.
        let fixed = (item.fixed || (item.following > 0 && is_narrow)) && (strict || !item.reduced);
        let sign = self.rest.chars().next().filter(|c| matches!(c, '+' | '-'));
        let sign_fits = match (sign, item.sign) {
            (None, _) | (Some(_), Sign::ExceedsPad) | (Some('-'), Sign::Normal) => true,
            (Some(_), Sign::Normal) => !strict,
            (Some(_), Sign::Never) => !strict && item.least != item.most,
        };
        if !sign_fits {
            return None;
        }
        let rest = &self.rest[sign.map_or(0, char::len_utf8)..];
        let following = if item.fixed { 0 } else { item.following };
        let (least, most) = match strict || fixed {
            true => (item.least, item.most),
            false => (1, LENIENT_DIGITS_MAX),
        };
        let mut digits = rest.bytes().take(most + following).take_while(u8::is_ascii_digit).count();
        if digits < least {
            return None;
        }
        if following > 0 {
            digits = digits.saturating_sub(following).max(least);
        }
        if strict && item.sign == Sign::ExceedsPad {
            let exceeds = digits > item.least;
            if (sign == Some('+') && !exceeds) || (sign.is_none() && exceeds) {
                return None;
            }
        }
        let value: i64 = rest.get(..digits)?.parse().ok()?;
        if strict && sign == Some('-') && value == 0 {
            return None;
        }
        self.rest = &rest[digits..];
        let value = match sign {
            Some('-') => -value,
            _ if item.reduced && digits == 2 => 2000 + value,
            _ => value,
        };
        self.fields.put(item.field, value).ok()
    }

    fn fraction(&mut self, wanted: usize) -> Option<()> {
        let most = if self.is_strict() { wanted } else { LENIENT_DIGITS_MAX };
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits < wanted && self.is_strict() {
            return None;
        }
        if self.rest.is_empty() {
            return Some(());
        }
        let nano = format!("{:0<9}", &self.rest[..digits]).parse().ok()?;
        self.rest = &self.rest[digits..];
        self.fields.put(Field::Nano, nano).ok()
    }

    /// A name; a lenient reader takes a name of any length, and a number.
    fn text(&mut self, field: Field, style: Style) -> Option<()> {
        let styles: &[Style] = match self.is_strict() {
            true => &[style],
            false => &[Style::Full, Style::Short, Style::Narrow],
        };
        let found = styles.iter().find_map(|style| {
            // Of letters that stand for several, the last one is meant, as in Java.
            let mut names = names(field, *style).into_iter();
            let find = |(name, number): (&str, i64)| Some((self.starts_with(name)?, number));
            if *style == Style::Narrow { names.rev().find_map(find) } else { names.find_map(find) }
        });
        let Some((length, number)) = found else {
            let plain = NumberItem::plain(field);
            return if self.is_strict() { None } else { self.number(&plain) };
        };
        self.rest = &self.rest[length..];
        self.fields.put(field, number).ok()
    }

    fn day_period(&mut self, style: Style) -> Option<()> {
        let styles: &[Style] =
            if self.is_strict() { &[style] } else { &[Style::Full, Style::Narrow] };
        let found = styles.iter().find_map(|style| {
            DayPeriod::all()
                .find_map(|period| Some((self.starts_with(period.name(*style))?, period)))
        });
        let (length, period) = found?;
        self.rest = &self.rest[length..];
        self.fields.day_period = Some(period);
        Some(())
    }

    /// `GMT`, or `GMT` with a sign, hours, and minutes and seconds behind colons.
    fn localized_offset(&mut self, is_full: bool) -> Option<()> {
        self.literal("GMT")?;
        let Some(sign) = self.rest.chars().next().filter(|c| matches!(c, '+' | '-')) else {
            return self.put_offset(0);
        };
        let mut rest = &self.rest[1..];
        let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if digits == 0 || (is_full && digits < 2) {
            return None;
        }
        let mut seconds = 3600 * rest[..digits].parse::<i32>().ok()?;
        rest = &rest[digits..];
        for (index, unit) in [60, 1].into_iter().enumerate() {
            match two_digits(rest, true) {
                Some((value, after)) => (seconds, rest) = (seconds + unit * value, after),
                None if is_full && index == 0 => return None,
                None => break,
            }
        }
        self.rest = rest;
        self.put_offset(if sign == '-' { -seconds } else { seconds })
    }

    /// The pattern's word for no offset, or a sign, hours, and minutes with or without a colon as the pattern has them.
    fn offset(&mut self, letter: char, count: usize) -> Option<()> {
        let none = match (letter, count) {
            ('X', _) | ('Z', 5) => "Z",
            ('x', 1) => "+00",
            ('x', 3 | 5) => "+00:00",
            _ => "+0000",
        };
        if self.literal(none).is_some() {
            return self.put_offset(0);
        }
        let sign = self.rest.chars().next().filter(|c| matches!(c, '+' | '-'))?;
        let has_colons = count == 5 || (count == 3 && letter != 'Z');
        let (hours, mut rest) = two_digits(&self.rest[1..], false)?;
        let mut seconds = 3600 * hours;
        let must_have_minutes = self.is_strict() && (count > 1 || letter == 'Z');
        let may_have_seconds = !self.is_strict() || count > 3;
        for (unit, must, may) in [(60, must_have_minutes, true), (1, false, may_have_seconds)] {
            match two_digits(rest, has_colons).filter(|_| may) {
                Some((value, after)) => (seconds, rest) = (seconds + unit * value, after),
                None if must => return None,
                None => break,
            }
        }
        self.rest = rest;
        self.put_offset(if sign == '-' { -seconds } else { seconds })
    }

    fn put_offset(&mut self, seconds: i32) -> Option<()> {
        const SECONDS_MAX: i32 = 18 * 3600;
        let offset = Offset::from_seconds(seconds).ok().filter(|_| seconds.abs() <= SECONDS_MAX)?;
        self.fields.zone = Some(TimeZone::fixed(offset));
        Some(())
    }

    /// A zone by its name for people, or by its identifier.
    fn zone_name(&mut self) -> Option<()> {
        if let Some((zone, length)) = zone_names::read(self.rest, self.ignores_case()) {
            self.rest = &self.rest[length..];
            self.fields.zone = Some(zone);
            return Some(());
        }
        self.zone_id()
    }

    fn zone_id(&mut self) -> Option<()> {
        let length = self
            .rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || b"/_+-:".contains(b))
            .count();
        let name = &self.rest[..length];
        // A name that is refused stays refused; only its case is forgiven.
        let in_any_case = || {
            let zone = TimeZone::get(name).ok().filter(|_| self.ignores_case());
            zone.filter(|zone| zone.iana_name() != Some(name))
        };
        let zone = super::zone(name).or_else(in_any_case)?;
        self.rest = &self.rest[length..];
        self.fields.zone = Some(zone);
        Some(())
    }
}

/// Two digits below 60, behind a colon if there is to be one, and what follows.
fn two_digits(text: &str, has_colon: bool) -> Option<(i32, &str)> {
    let digits = if has_colon { text.strip_prefix(':')? } else { text };
    let value = digits.get(..2).filter(|pair| pair.bytes().all(|byte| byte.is_ascii_digit()))?;
    let value = value.parse().ok().filter(|value| *value < 60)?;
    Some((value, &digits[2..]))
}

/// The names of a field's values, each with its number.
fn names(field: Field, style: Style) -> Vec<(&'static str, i64)> {
    const ERAS: [[&str; 2]; 3] = [["BC", "AD"], ["Before Christ", "Anno Domini"], ["B", "A"]];
    const HALVES: [&str; 2] = ["AM", "PM"];
    const QUARTERS: [[&str; 4]; 3] = [
        ["Q1", "Q2", "Q3", "Q4"],
        ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"],
        ["1", "2", "3", "4"],
    ];
    let (names, first): (&[&'static str], i64) = match field {
        Field::Month => (&MONTHS, 1),
        Field::DayOfWeek => (&DAYS, 1),
        Field::AmPm => (&HALVES, 0),
        Field::Era => (&ERAS[style as usize], 0),
        Field::Quarter => (&QUARTERS[style as usize], 1),
        _ => (&[], 0),
    };
    let length = match (field, style) {
        (Field::Month | Field::DayOfWeek, Style::Short) => 3,
        (Field::Month | Field::DayOfWeek | Field::AmPm, Style::Narrow) => 1,
        _ => usize::MAX,
    };
    names
        .iter()
        .zip(first..)
        .map(|(name, number)| (name.get(..length).unwrap_or(name), number))
        .collect()
}
