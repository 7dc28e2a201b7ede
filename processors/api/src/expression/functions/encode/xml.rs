//! Text in XML 1.0: five entities, and characters by number.

/// The longest entity that is looked for, `&` and `;` left out.
const ENTITY_BYTES_MAX: usize = 12;

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
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        unescaped.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(ENTITY_BYTES_MAX).position(|byte| byte == b';');
        match end.and_then(|end| Some((end, character(&rest[1..end])?))) {
            Some((end, c)) => {
                unescaped.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                unescaped.push('&');
                rest = &rest[1..];
            }
        }
    }
    unescaped + rest
}

fn character(name: &str) -> Option<char> {
    if let Some((sign, _)) = ENTITIES.iter().find(|(_, known)| *known == name) {
        return Some(*sign);
    }
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32)
}
