//! "did you mean": a name is suggested only when it is near; a far one only misleads.

/// The most letters that may differ.
const DISTANCE_MAX: usize = 2;

/// A shared beginning shorter than this says nothing.
const BEGINNING_BYTES_MIN: usize = 4;

/// Longer names are not compared: they are no typing mistakes.
const NAME_BYTES_MAX: usize = 200;

/// A name in the form that all spellings of it share: lower case, every run of other characters than letters and
/// digits as one `_`. So `HTTP URL`, `http_url` and `Http-Url` are one name.
pub fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.trim().chars() {
        if character.is_alphanumeric() {
            normal.extend(character.to_lowercase());
        } else if !normal.ends_with('_') {
            normal.push('_');
        }
    }
    normal
}

/// The candidate that was probably meant: at most two letters differ, the letters are the same, one is the
/// beginning of the other (`input_dir`), or it is the only one with the same first word (`entire file`).
pub fn suggest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let wanted = normalize(name);
    let candidates: Vec<(String, &str)> = candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= NAME_BYTES_MAX)
        .map(|candidate| (normalize(candidate), candidate))
        .collect();
    let nearest =
        candidates.iter().filter_map(|(name, shown)| Some((distance(&wanted, name)?, *shown)));
    match nearest.min_by_key(|(distance, _)| *distance) {
        Some((_, nearest)) => Some(nearest),
        None => only_one(&candidates, |name| is_shortened(&wanted, name))
            .or_else(|| only_one(&candidates, |name| same_first_word(&wanted, name))),
    }
}

fn only_one<'c>(
    candidates: &[(String, &'c str)],
    matches: impl Fn(&str) -> bool,
) -> Option<&'c str> {
    let mut found = candidates.iter().filter(|(name, _)| matches(name));
    match (found.next(), found.next()) {
        (Some((_, one)), None) => Some(one),
        _ => None,
    }
}

fn is_shortened(a: &str, b: &str) -> bool {
    a.len().min(b.len()) >= BEGINNING_BYTES_MIN && (a.starts_with(b) || b.starts_with(a))
}

fn same_first_word(a: &str, b: &str) -> bool {
    match (a.split_once('_'), b.split_once('_')) {
        (Some((a, _)), Some((b, _))) => a == b && a.len() >= BEGINNING_BYTES_MIN,
        _ => false,
    }
}

/// How far apart two names are; nothing when too far. In a short name, most of it must be right.
fn distance(a: &str, b: &str) -> Option<usize> {
    let distance = strsim::damerau_levenshtein(a, b);
    let length = a.chars().count().min(b.chars().count());
    if distance <= DISTANCE_MAX.min(length.saturating_sub(1)) {
        return Some(distance);
    }
    (letters(a) == letters(b)).then_some(distance)
}

fn letters(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.chars().filter(|c| c.is_alphanumeric()).collect();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        let names = ["input_directory", "file_filter", "keep_source_file", "to"];
        for (typed, meant) in [
            ("input_directry", Some("input_directory")),
            ("Input Directory", Some("input_directory")),
            ("filter_file", Some("file_filter")),
            ("file_fitler", Some("file_filter")),
            ("input_dir", Some("input_directory")),
            ("keep file", Some("keep_source_file")),
            ("directory", None),
            ("ab", None),
            ("", None),
        ] {
            assert_eq!(suggest(typed, names), meant, "{typed}");
        }
    }

    #[test]
    fn all_spellings_of_a_name_are_one() {
        for (name, normal) in [
            ("HTTP URL", "http_url"),
            ("HTTP/2 Disabled", "http_2_disabled"),
            ("Line-by-Line", "line_by_line"),
        ] {
            assert_eq!(normalize(name), normal);
        }
    }
}
