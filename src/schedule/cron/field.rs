//! One field of a cron expression: what may stand in it, and what it means in plain numbers.

use std::collections::BTreeSet;
use std::fmt;

use super::super::days::{WEEKDAYS, index_of_name};
use super::super::error::{Place, ScheduleError, ScheduleWarning};

pub(super) const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS_HELP: &str = "weekdays go by name, SUN, MON, TUE, WED, THU, FRI, SAT; \
                             FRI#2 is the second Friday of the month, FRIL the last";

/// What may stand in a field.
pub(super) struct FieldSpec {
    name: &'static str,
    first: u16,
    last: u16,
    /// Names that stand for `first` and what follows it.
    names: &'static [&'static str],
    kind: Kind,
    help: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    DayOfMonth,
    /// Weekdays as Quartz counts them: Sunday is 1.
    QuartzWeekday,
    /// Weekdays as Unix counts them: Sunday is 0, and 7 too.
    UnixWeekday,
}

const fn plain(name: &'static str, first: u16, last: u16, help: &'static str) -> FieldSpec {
    FieldSpec { name, first, last, names: &[], kind: Kind::Plain, help }
}

pub(super) const SECONDS: FieldSpec =
    plain("second", 0, 59, "the first of six fields is the second, from 0 to 59");
pub(super) const MINUTES: FieldSpec = plain("minute", 0, 59, "minutes go from 0 to 59");
pub(super) const HOURS: FieldSpec = plain("hour", 0, 23, "hours go from 0 to 23");
pub(super) const YEARS: FieldSpec = plain(
    "year",
    1970,
    2199,
    "the seventh field is the year, from 1970 to 2199; leave it out for every year",
);
pub(super) const DAYS: FieldSpec = FieldSpec {
    name: "day of the month",
    first: 1,
    last: 31,
    names: &[],
    kind: Kind::DayOfMonth,
    help: "days of the month go from 1 to 31; L is the last, LW the last working day, \
           15W the working day nearest to the 15th",
};
pub(super) const MONTHS: FieldSpec = FieldSpec {
    name: "month",
    first: 1,
    last: 12,
    names: &MONTH_NAMES,
    kind: Kind::Plain,
    help: "months go from 1 to 12, or by name: JAN, FEB, MAR",
};
pub(super) const QUARTZ_WEEKDAYS: FieldSpec = FieldSpec {
    name: "weekday",
    first: 1,
    last: 7,
    names: &WEEKDAYS,
    kind: Kind::QuartzWeekday,
    help: WEEKDAYS_HELP,
};
pub(super) const UNIX_WEEKDAYS: FieldSpec = FieldSpec {
    name: "weekday",
    first: 0,
    last: 6,
    names: &WEEKDAYS,
    kind: Kind::UnixWeekday,
    help: WEEKDAYS_HELP,
};

/// What a field names: plain numbers, and days that depend on the month. Weekdays are Quartz's, whatever was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    Value(u16),
    /// `L`: the last day of the month.
    LastDay,
    /// `LW`: the last working day of the month.
    LastWorkingDay,
    /// `15W`: the working day nearest to the 15th.
    NearestWorkingDay(u16),
    /// `6L`: the last Friday of the month.
    LastWeekday(u16),
    /// `6#3`: the third Friday of the month.
    NthWeekday(u16, u16),
}

/// A field that was read. Shown, it is what `croner` is given.
#[derive(Debug, Clone)]
pub(super) struct Field {
    any: bool,
    goes_round: bool,
    items: BTreeSet<Item>,
}

impl Field {
    pub(super) fn parse(
        spec: &FieldSpec,
        text: &str,
        expression: &str,
    ) -> Result<Self, ScheduleError> {
        let mut field = Self { any: false, goes_round: false, items: BTreeSet::new() };
        for item in text.split(',') {
            let reader = ItemReader { spec, item, expression };
            reader.read(&mut field)?;
        }
        if field.items.contains(&Item::LastDay) && field.items.contains(&Item::LastWorkingDay) {
            let place = Place::of(text, expression);
            return Err(ScheduleError::new(place, "L and LW do not go together", spec.help));
        }
        Ok(field)
    }

    /// Whether it is `*` or `?`.
    pub(super) fn is_any(&self) -> bool {
        self.any
    }

    /// Whether it holds a `*` or a step, so that it is no list of named values.
    pub(super) fn goes_round(&self) -> bool {
        self.goes_round
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter()
    }

    /// The plain numbers, in order.
    pub(super) fn values(&self) -> impl Iterator<Item = u16> {
        self.items.iter().filter_map(|item| match item {
            Item::Value(value) => Some(*value),
            _ => None,
        })
    }

    /// Its one number, when it is one.
    pub(super) fn single(&self) -> Option<u16> {
        match self.only_item() {
            Some(Item::Value(value)) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn only_item(&self) -> Option<&Item> {
        let mut items = self.items.iter();
        let first = items.next()?;
        (!self.any && items.next().is_none()).then_some(first)
    }

    /// Its numbers by name, counted from 1; `None` when it is not a list of them.
    pub(super) fn names(&self, names: &[&str]) -> Option<String> {
        if self.any {
            return None;
        }
        let named = self.values().map(|value| names.get(usize::from(value).checked_sub(1)?));
        let named: Vec<&str> = named.collect::<Option<Vec<_>>>()?.into_iter().copied().collect();
        match named.as_slice() {
            [] => None,
            [one] => Some((*one).to_owned()),
            [rest @ .., last] => Some(format!("{} and {last}", rest.join(", "))),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.any {
            return f.write_str("*");
        }
        for (index, item) in self.items.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            match item {
                Item::Value(value) => write!(f, "{value}")?,
                Item::LastDay => f.write_str("L")?,
                Item::LastWorkingDay => f.write_str("LW")?,
                Item::NearestWorkingDay(day) => write!(f, "{day}W")?,
                Item::LastWeekday(weekday) => write!(f, "{weekday}L")?,
                Item::NthWeekday(weekday, nth) => write!(f, "{weekday}#{nth}")?,
            }
        }
        Ok(())
    }
}

/// One of the parts of a field between commas.
struct ItemReader<'a> {
    spec: &'a FieldSpec,
    item: &'a str,
    expression: &'a str,
}

impl ItemReader<'_> {
    fn read(&self, field: &mut Field) -> Result<(), ScheduleError> {
        let text = self.item;
        if text == "*" || (text == "?" && self.spec.kind != Kind::Plain) {
            field.any = true;
            field.goes_round = true;
            return Ok(());
        }
        if let Some((range, step)) = text.split_once('/') {
            field.goes_round = true;
            return self.read_steps(range, step, field);
        }
        if let Some(item) = self.special(text)? {
            field.items.insert(item);
            return Ok(());
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let values = self.range(self.value(first)?, self.value(last)?)?;
        self.insert(values, field);
        Ok(())
    }

    fn read_steps(&self, range: &str, step: &str, field: &mut Field) -> Result<(), ScheduleError> {
        let spec = self.spec;
        let round = spec.last - spec.first + 1;
        let step = match number(step) {
            Some(step) if (1..=round).contains(&step) => usize::from(step),
            _ => return Err(self.wrong_step(step)),
        };
        let values = match range.split_once('-') {
            _ if range.is_empty() || range == "*" => self.range(spec.first, spec.last)?,
            Some((first, last)) => self.range(self.value(first)?, self.value(last)?)?,
            None => {
                let first = self.value(range)?;
                self.range(first, spec.last.max(first))?
            }
        };
        self.insert(values.into_iter().step_by(step), field);
        Ok(())
    }

    /// From one to the other, going round at the end as in FRI-MON; only years do not come again.
    fn range(&self, first: u16, last: u16) -> Result<Vec<u16>, ScheduleError> {
        if first <= last {
            return Ok((first..=last).collect());
        }
        if self.spec.first == YEARS.first {
            return Err(self.error(format!("`{}` ends before it begins", self.item)));
        }
        Ok((first..=self.spec.last).chain(self.spec.first..=last).collect())
    }

    fn insert(&self, values: impl IntoIterator<Item = u16>, field: &mut Field) {
        field.items.extend(values.into_iter().map(|value| Item::Value(self.quartz(value))));
    }

    /// A weekday as Quartz counts it.
    fn quartz(&self, value: u16) -> u16 {
        if self.spec.kind == Kind::UnixWeekday { value % 7 + 1 } else { value }
    }

    fn special(&self, text: &str) -> Result<Option<Item>, ScheduleError> {
        match self.spec.kind {
            Kind::Plain => Ok(None),
            Kind::DayOfMonth => self.special_day(text),
            Kind::QuartzWeekday | Kind::UnixWeekday => self.special_weekday(text),
        }
    }

    fn special_day(&self, text: &str) -> Result<Option<Item>, ScheduleError> {
        let text = text.to_ascii_uppercase();
        match text.as_str() {
            "L" => return Ok(Some(Item::LastDay)),
            "LW" => return Ok(Some(Item::LastWorkingDay)),
            _ => {}
        }
        if text.starts_with("L-") {
            return Err(self.error(format!(
                "`{}` counts days back from the end of the month, which is not possible here",
                self.item
            )));
        }
        match text.strip_suffix('W') {
            Some(day) => Ok(Some(Item::NearestWorkingDay(self.value(day)?))),
            None => Ok(None),
        }
    }

    fn special_weekday(&self, text: &str) -> Result<Option<Item>, ScheduleError> {
        if let Some((weekday, nth)) = text.split_once('#') {
            let weekday = self.quartz(self.value(weekday)?);
            return match number(nth) {
                Some(nth @ 1..=5) => Ok(Some(Item::NthWeekday(weekday, nth))),
                _ => Err(self.error(format!(
                    "`{}` counts weekdays of a month, which go from #1 to #5",
                    self.item
                ))),
            };
        }
        match text.strip_suffix(['L', 'l']) {
            // Quartz: the last day of the week.
            Some("") if self.spec.kind == Kind::QuartzWeekday => Ok(Some(Item::Value(7))),
            Some("") => Err(self.error("`L` does not say of which weekday the last is meant")),
            Some(weekday) => Ok(Some(Item::LastWeekday(self.quartz(self.value(weekday)?)))),
            None => Ok(None),
        }
    }

    fn value(&self, text: &str) -> Result<u16, ScheduleError> {
        let spec = self.spec;
        if let Some(index) = index_of_name(text, spec.names) {
            return Ok(spec.first + index as u16);
        }
        let last = if spec.kind == Kind::UnixWeekday { 7 } else { spec.last };
        match number(text) {
            Some(value) if (spec.first..=last).contains(&value) => Ok(value),
            Some(value) => Err(self.error(format!("there is no {} {value}", spec.name))),
            None if text.is_empty() => Err(self.error("something is missing here")),
            None => Err(self.error(format!("there is no {} `{text}`", spec.name))),
        }
    }

    fn wrong_step(&self, step: &str) -> ScheduleError {
        let FieldSpec { name, first, last, .. } = self.spec;
        let mut error = self.error(format!("`{step}` is not a step from one {name} to the next"));
        error.help = format!(
            "a step is a number from 1 to {}; for longer ones there is `every:`, for example every: 90 min",
            last - first + 1
        );
        error
    }

    fn error(&self, message: impl Into<String>) -> ScheduleError {
        ScheduleError::new(Place::of(self.item, self.expression), message, self.spec.help)
    }
}

/// A number of up to four digits and nothing else: no sign, no space.
fn number(text: &str) -> Option<u16> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Weekdays by number are read as Quartz counts; cron on Unix and Spring count otherwise.
pub(super) fn warn_of_numbers(weekdays: &str, expression: &str) -> Vec<ScheduleWarning> {
    let mut warnings = Vec::new();
    for item in weekdays.split(',') {
        let named = by_name(item);
        if named != item {
            let Place { offset, length } = Place::of(item, expression);
            let message = format!("`{item}` counts weekdays from Sunday = 1, so it means {named}");
            warnings.push(ScheduleWarning {
                offset,
                length,
                message,
                help: format!("write {named}"),
            });
        }
    }
    warnings
}

/// `2-6` as `MON-FRI`, `6#3` as `FRI#3`: the numbers that are weekdays, not those of a step or a count.
fn by_name(item: &str) -> String {
    if item.eq_ignore_ascii_case("L") {
        return "SAT".to_owned();
    }
    let counted = item.find(['/', '#']).unwrap_or(item.len());
    let (weekdays, rest) = item.split_at(counted);
    let mut named = String::new();
    for letter in weekdays.chars() {
        match letter.to_digit(10).and_then(|digit| WEEKDAYS.get((digit as usize).checked_sub(1)?)) {
            Some(name) => named.extend(name.chars().take(3).map(|c| c.to_ascii_uppercase())),
            None => named.push(letter),
        }
    }
    named + rest
}
