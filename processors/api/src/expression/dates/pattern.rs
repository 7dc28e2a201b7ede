//! [`Pattern`]: a pattern of Java's `DateTimeFormatter` in Locale.US, compiled to items. Not its use: `print` and
//! `parse` walk the items.

/// The longest pattern.
const PATTERN_BYTES_MAX: usize = 1_000;

/// A compiled date pattern.
#[derive(Debug, Clone)]
pub(in crate::expression) struct Pattern {
    pub(super) items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    Literal(String),
    Number(NumberItem),
    /// `SSS`: so many digits of the second's fraction.
    Fraction(usize),
    Text(Field, Style),
    /// `Z`, `X`, `x`, `O`, by letter and count.
    Offset(char, usize),
    /// `B`: the time of day in words.
    DayPeriod(Style),
    /// `VV`: the zone's name.
    ZoneId,
    /// `z` and `v`: the zone's name for people.
    ZoneName(ZoneStyle),
    /// `p`: the item is filled up with blanks before it, to so many characters.
    Padded(usize, Box<Item>),
    /// `[`, with the index of its `]`.
    OptionalStart(usize),
    OptionalEnd,
}

/// A number and how wide it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NumberItem {
    pub(super) field: Field,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) sign: Sign,
    /// The last two digits of a year, 2000 to 2099.
    pub(super) reduced: bool,
    /// How many digits belong to the numbers that follow without a gap.
    pub(super) following: usize,
    /// It follows another number without a gap, and so has exactly its width.
    pub(super) fixed: bool,
}

impl NumberItem {
    /// A number of any width.
    pub(super) fn plain(field: Field) -> Self {
        let (least, most, sign) = (1, 19, Sign::Normal);
        Self { field, least, most, sign, reduced: false, following: 0, fixed: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sign {
    /// Only a minus.
    Normal,
    /// A plus when it is wider than it should be.
    ExceedsPad,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Style {
    Short,
    Full,
    Narrow,
}

/// How a zone's name is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ZoneStyle {
    /// `EDT`
    Short,
    /// `Eastern Daylight Time`
    Full,
    /// `ET`
    GenericShort,
    /// `Eastern Time`
    GenericFull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Era,
    YearOfEra,
    Year,
    WeekYear,
    Month,
    Quarter,
    DayOfMonth,
    DayOfYear,
    WeekOfYear,
    WeekOfMonth,
    AlignedWeekOfMonth,
    DayOfWeek,
    LocalDayOfWeek,
    AmPm,
    Hour,
    ClockHour,
    HourOfAmPm,
    ClockHourOfAmPm,
    Minute,
    Second,
    Nano,
    NanoOfDay,
    MilliOfDay,
    /// Days since 17 November 1858.
    ModifiedJulianDay,
}

impl Pattern {
    pub(in crate::expression) fn new(text: &str) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(format!("it is longer than {PATTERN_BYTES_MAX} bytes"));
        }
        let mut builder = Builder::default();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            rest = match letter {
                'p' => builder.pad(rest)?,
                'A'..='Z' | 'a'..='z' => {
                    let after = rest.trim_start_matches(letter);
                    builder.letters(letter, rest.len() - after.len())?;
                    after
                }
                '\'' => builder.quoted(&rest[1..])?,
                '[' => builder.open(&rest[1..]),
                ']' => builder.close(&rest[1..])?,
                '{' | '}' | '#' => {
                    return Err(format!("`{letter}` is reserved; put it in single quotes"));
                }
                _ => {
                    builder.literal(letter);
                    &rest[letter.len_utf8()..]
                }
            };
        }
        // A `[` that is never closed is closed at the end.
        while !builder.open.is_empty() {
            builder.close("")?;
        }
        Ok(Self { items: builder.items })
    }
}

#[derive(Default)]
struct Builder {
    items: Vec<Item>,
    /// The number that takes what the ones right behind it leave.
    active: Option<usize>,
    open: Vec<usize>,
    /// The width that the next item is filled up to.
    padding: Option<usize>,
}

impl Builder {
    fn push(&mut self, item: Item) {
        self.active = None;
        let item = match self.padding.take() {
            Some(width) => Item::Padded(width, Box::new(item)),
            None => item,
        };
        self.items.push(item);
    }

    /// `ppp` and the letters that it fills up.
    fn pad<'a>(&mut self, rest: &'a str) -> Result<&'a str, String> {
        let after = rest.trim_start_matches('p');
        if !after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err("`p` must be followed by the letters that it fills up".to_owned());
        }
        self.padding = Some(rest.len() - after.len());
        Ok(after)
    }

    fn literal(&mut self, c: char) {
        self.active = None;
        match self.items.last_mut() {
            Some(Item::Literal(text)) => text.push(c),
            _ => self.items.push(Item::Literal(c.to_string())),
        }
    }

    fn quoted<'a>(&mut self, rest: &'a str) -> Result<&'a str, String> {
        let mut at = 0;
        loop {
            let end = at + rest[at..].find('\'').ok_or("a single quote is not closed")?;
            rest[at..end].chars().for_each(|c| self.literal(c));
            at = end + 1;
            if end == 0 {
                self.literal('\'');
                return Ok(&rest[1..]);
            }
            if !rest[at..].starts_with('\'') {
                return Ok(&rest[at..]);
            }
            self.literal('\'');
            at += 1;
        }
    }

    fn open<'a>(&mut self, rest: &'a str) -> &'a str {
        self.open.push(self.items.len());
        self.push(Item::OptionalStart(0));
        rest
    }

    fn close<'a>(&mut self, rest: &'a str) -> Result<&'a str, String> {
        let start = self.open.pop().ok_or("a `]` has no `[`")?;
        self.items[start] = Item::OptionalStart(self.items.len());
        self.push(Item::OptionalEnd);
        Ok(rest)
    }

    fn letters(&mut self, letter: char, count: usize) -> Result<(), String> {
        let too_many =
            || Err(format!("`{}` is too long", letter.to_string().repeat(count.min(20))));
        let most = match letter {
            'd' | 'h' | 'H' | 'k' | 'K' | 'm' | 's' | 'w' => 2,
            'D' => 3,
            'a' | 'W' | 'F' => 1,
            'E' | 'G' | 'M' | 'L' | 'Q' | 'q' | 'e' | 'c' | 'Z' | 'X' | 'x' => 5,
            'O' | 'z' | 'v' => 4,
            'V' => 2,
            'B' => 5,
            'S' => 9,
            'y' | 'u' | 'Y' | 'n' | 'N' | 'A' | 'g' => 19,
            _ => {
                return Err(format!(
                    "`{letter}` is no letter of a date pattern; put it in single quotes"
                ));
            }
        };
        if count > most {
            return too_many();
        }
        match letter {
            'S' => self.fraction(count),
            'Z' | 'X' | 'x' => self.push(Item::Offset(letter, count)),
            'O' if matches!(count, 1 | 4) => self.push(Item::Offset(letter, count)),
            'V' if count == 2 => self.push(Item::ZoneId),
            'v' if count == 1 => self.push(Item::ZoneName(ZoneStyle::GenericShort)),
            'v' if count == 4 => self.push(Item::ZoneName(ZoneStyle::GenericFull)),
            'z' if count == 4 => self.push(Item::ZoneName(ZoneStyle::Full)),
            'z' => self.push(Item::ZoneName(ZoneStyle::Short)),
            'B' if matches!(count, 1 | 4) => self.push(Item::DayPeriod(Style::Full)),
            'B' if count == 5 => self.push(Item::DayPeriod(Style::Narrow)),
            'O' | 'V' | 'v' | 'B' => {
                return Err(format!("`{}` has a wrong length", letter.to_string().repeat(count)));
            }
            'c' if count == 2 => return Err("`cc` has a wrong length".to_owned()),
            _ => self.field(letter, count),
        }
        Ok(())
    }

    fn field(&mut self, letter: char, count: usize) {
        let field = field_of(letter);
        let text = match letter {
            'E' | 'G' => [Style::Short, Style::Short, Style::Short, Style::Full, Style::Narrow]
                .get(count - 1),
            'a' => Some(&Style::Short),
            'M' | 'L' | 'Q' | 'q' | 'e' | 'c' if count > 2 => {
                [Style::Short, Style::Full, Style::Narrow].get(count - 3)
            }
            _ => None,
        };
        if let Some(style) = text {
            // Texts of the local day of the week are those of the day.
            let field = if field == Field::LocalDayOfWeek { Field::DayOfWeek } else { field };
            self.push(Item::Text(field, *style));
            return;
        }
        let year = matches!(letter, 'y' | 'u' | 'Y');
        let (least, most, sign) = match count {
            _ if year && count == 2 => (2, 2, Sign::Never),
            _ if year && count < 4 => (count, 19, Sign::Normal),
            _ if year => (count, 19, Sign::ExceedsPad),
            _ if letter == 'g' => (count, 19, Sign::Normal),
            _ if matches!(letter, 'n' | 'N' | 'A') => (count, 19, Sign::Never),
            _ if matches!(letter, 'e' | 'c' | 'W') => (count, count, Sign::Never),
            _ if letter == 'w' => (count, 2, Sign::Never),
            1 => (1, 19, Sign::Normal),
            // `D` may be as wide as a day of the year is.
            _ if letter == 'D' => (count, 3, Sign::Never),
            _ => (count, count, Sign::Never),
        };
        let reduced = year && count == 2;
        self.number(NumberItem { field, least, most, sign, reduced, following: 0, fixed: false });
    }

    fn fraction(&mut self, count: usize) {
        if self.padding.is_some() {
            return self.push(Item::Fraction(count));
        }
        match self.active.map(|active| &mut self.items[active]) {
            Some(Item::Number(active)) => active.following += count,
            Some(_) => {}
            None => self.active = Some(self.items.len()),
        }
        self.items.push(Item::Fraction(count));
    }

    /// Numbers that stand side by side share their digits: those behind the first one have their exact width.
    fn number(&mut self, mut item: NumberItem) {
        if self.padding.is_some() {
            return self.push(Item::Number(item));
        }
        let has_fixed_width = item.least == item.most && item.sign == Sign::Never;
        let index = self.items.len();
        match self.active.map(|active| &mut self.items[active]) {
            Some(active) if has_fixed_width => {
                if let Item::Number(active) = active {
                    active.following += item.most;
                }
                item.fixed = true;
            }
            active => {
                if let Some(Item::Number(active)) = active {
                    active.fixed = true;
                }
                self.active = Some(index);
            }
        }
        self.items.push(Item::Number(item));
    }
}

fn field_of(letter: char) -> Field {
    match letter {
        'G' => Field::Era,
        'y' => Field::YearOfEra,
        'u' => Field::Year,
        'Y' => Field::WeekYear,
        'M' | 'L' => Field::Month,
        'Q' | 'q' => Field::Quarter,
        'd' => Field::DayOfMonth,
        'D' => Field::DayOfYear,
        'w' => Field::WeekOfYear,
        'W' => Field::WeekOfMonth,
        'F' => Field::AlignedWeekOfMonth,
        'E' => Field::DayOfWeek,
        'e' | 'c' => Field::LocalDayOfWeek,
        'a' => Field::AmPm,
        'H' => Field::Hour,
        'k' => Field::ClockHour,
        'K' => Field::HourOfAmPm,
        'h' => Field::ClockHourOfAmPm,
        'm' => Field::Minute,
        's' => Field::Second,
        'n' => Field::Nano,
        'N' => Field::NanoOfDay,
        'g' => Field::ModifiedJulianDay,
        _ => Field::MilliOfDay,
    }
}
