//! A number and its unit, as in `5 min` and `1 GB`: shared by durations and sizes.

use crate::{
    decode::ScalarProblem,
    diagnostic::{code, quote, suggest},
};

/// One unit: its names, the first of which is shown, and how many of the smallest it is.
pub(super) struct Unit {
    pub(super) names: &'static [&'static str],
    pub(super) factor: u64,
}

/// What is read: for the words of a message.
pub(super) struct Quantity {
    /// `a duration`
    pub(super) noun: &'static str,
    pub(super) units: &'static [Unit],
    /// Three right ones.
    pub(super) examples: &'static str,
}

impl Quantity {
    /// How many of the smallest unit it is.
    pub(super) fn parse(&self, text: &str) -> Result<u64, ScalarProblem> {
        let trimmed = text.trim();
        let digits =
            trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let unit = unit.trim_start();
        if number.is_empty() || number.parse::<f64>().is_err() {
            return Err(self.problem(text, None));
        }
        let Some(found) = self.unit(unit) else {
            let meant = if unit.is_empty() {
                self.units.iter().find_map(|unit| unit.names.first().copied())
            } else {
                None
            };
            let meant = meant.or_else(|| self.nearest(number, unit));
            return Err(self.problem(text, meant.map(|unit| format!("{number} {unit}"))));
        };
        scale(number, found.factor).ok_or_else(|| {
            let message = format!(
                "{} is too much: at most {} of the smallest unit can be counted",
                quote(trimmed),
                u64::MAX
            );
            self.with_message(text, message, None)
        })
    }

    fn unit(&self, typed: &str) -> Option<&Unit> {
        self.units
            .iter()
            .find(|unit| unit.names.iter().any(|name| name.eq_ignore_ascii_case(typed)))
    }

    /// The plural when there are several.
    fn nearest(&self, number: &str, typed: &str) -> Option<&'static str> {
        let fits = |name: &&&'static str| name.len() < 4 || name.ends_with('s') == (number != "1");
        let names = self.units.iter().flat_map(|unit| unit.names).filter(fits);
        suggest(typed, names.copied())
    }

    fn problem(&self, text: &str, meant: Option<String>) -> ScalarProblem {
        self.with_message(text, format!("{} is not {}", quote(text.trim()), self.noun), meant)
    }

    fn with_message(&self, text: &str, message: String, meant: Option<String>) -> ScalarProblem {
        ScalarProblem {
            offset: 0,
            length: text.len(),
            message,
            label: Some(meant.map_or(format!("{} is wanted", self.noun), |meant| {
                format!("did you mean `{meant}`?")
            })),
            help: vec![format!("for example: {}", self.examples)],
            code: code::NOT_READABLE,
        }
    }
}

/// Exact for whole numbers; a fraction is rounded down.
fn scale(number: &str, factor: u64) -> Option<u64> {
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let scaled = number.parse::<f64>().ok()? * factor as f64;
    (scaled < u64::MAX as f64).then_some(scaled as u64)
}
