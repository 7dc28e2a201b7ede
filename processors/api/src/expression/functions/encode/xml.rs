//! Text in XML 1.0: five entities, and characters by number.

/// The longest name of an entity.
const NAME_BYTES_MAX: usize = 4;

const ENTITIES: [(char, &str); 5] =
    [('&', "amp"), ('<', "lt"), ('>', "gt"), ('"', "quot"), ('\'', "apos")];

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match ENTITIES.iter().find(|(sign, _)| *sign == c) {
            Some((_, name)) => escaped.extend(["&", name, ";"]),
            None => match c {
                '\t' | '\n' | '\r' => escaped.push(c),
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
                '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' => {
                    escaped.push_str(&format!("&#{};", u32::from(c)))
                }
                _ => escaped.push(c),
            },
        }
    }
    escaped
}

pub(super) fn unescape(text: &str) -> String {
    super::entity::replace(text, NAME_BYTES_MAX, |name| {
        ENTITIES.iter().find(|(_, known)| *known == name).map(|(sign, _)| *sign)
    })
}
