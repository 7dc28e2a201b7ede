//! "write: ...": a line as it should have been typed.

use super::{Place, Scanner};

impl Scanner<'_> {
    /// The line of a value with its text in the quotes that it needs.
    pub(super) fn written(&self, place: &Place, text: &str) -> String {
        self.written_as(place, &in_quotes(text))
    }

    /// The same, with quotes only where YAML needs them.
    pub(super) fn written_simply(&self, place: &Place, text: &str) -> String {
        self.written_as(place, &as_simple_as_can_be(text))
    }

    /// The same, for a text that holds quotes.
    pub(super) fn written_in_other_quotes(&self, place: &Place, text: &str) -> String {
        self.written_as(place, &in_other_quotes(text))
    }

    fn written_as(&self, place: &Place, value: &str) -> String {
        match &place.key {
            Some(key) => format!("write: {}: {value}", self.slice(key.clone())),
            None => format!("write: {value}"),
        }
    }
}

/// Double quotes, where nothing in the text means anything in them; else single ones.
pub(super) fn in_quotes(text: &str) -> String {
    if text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

/// In the quotes that the text does not hold.
fn in_other_quotes(text: &str) -> String {
    if text.contains('"') { format!("'{}'", text.replace('\'', "''")) } else { in_quotes(text) }
}

/// Without quotes if YAML then reads the same text.
pub(super) fn as_simple_as_can_be(text: &str) -> String {
    if needs_no_quotes(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

fn needs_no_quotes(text: &str) -> bool {
    let begins_well = !text.starts_with(|c: char| " \t-?:,[]{}#&*!|>'\"%@`".contains(c));
    let goes_on_well =
        !text.contains(": ") && !text.contains(" #") && !text.contains(char::is_control);
    !text.is_empty() && begins_well && goes_on_well && !text.ends_with([':', ' '])
}
