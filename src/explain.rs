//! The page of each code: what a message means, with a flow that is wrong and the same flow mended. They are the files of
//! `docs/errors/`, carried along in the program; nothing here writes them or loads their examples.
//!
//! Invariant: every code that is given out has a page, and `tests/errors.rs` loads its examples.

use processors_api::diagnostic::Code;

/// A code and its page, as Markdown.
pub type Page = (Code, &'static str);

/// The pages of the codes of these numbers.
macro_rules! pages {
    ($($number:literal)*) => {
        &[$((
            Code($number),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors/HW", $number, ".md")),
        )),*]
    };
}

/// All of them, in the order of their numbers.
pub const PAGES: &[Page] = pages![
    101 102 103 104 105 106 107 108 110 111 112 113 114 115 116 117 118 119
    201 202 203 204 205 206 207 208 209 210 211 212 213 214 215 216 217 218 219 220 221 222 230
    301 302 303 304 305 306 307 308 309
    401 403 406
    501 502 503 504
    601 602 603
    701 702 703 704 705 706 707
    801 802 803 804 805
];

/// The page of a code as somebody typed it: `HW201`, `hw201`, `201`.
pub fn find(typed: &str) -> Option<&'static str> {
    let typed = typed.trim();
    let prefix = typed.get(..2).filter(|prefix| prefix.eq_ignore_ascii_case("HW"));
    let number = &typed[prefix.map_or(0, str::len)..];
    let number: u16 = number.parse().ok()?;
    PAGES.iter().find(|(code, _)| code.0 == number).map(|(_, page)| *page)
}

/// What a page says its code means, in a few words.
pub fn title(page: &str) -> &str {
    let first = page.lines().next().unwrap_or_default();
    first.split_once(": ").map_or(first, |(_, title)| title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        for typed in ["HW201", "hw201", "Hw201", "201", " 201 "] {
            assert!(find(typed).is_some_and(|page| page.starts_with("# HW201: ")), "{typed}");
        }
        for typed in ["", "HW", "HW999", "H201", "HWHW201", "-201", "2O1", "é201", "99999999"] {
            assert_eq!(find(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_title_has_no_code() {
        assert_eq!(title("# HW217: an empty file\n\nText.\n"), "an empty file");
    }
}
