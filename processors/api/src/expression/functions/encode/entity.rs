//! Entities in a text, `&name;` and `&#65;`: what XML and HTML have in common. What is not known stays as it is.

/// The longest number of a character: `#x10FFFF`, with some zeros before it.
const NUMBER_BYTES_MAX: usize = 12;

pub(super) fn replace(
    text: &str,
    name_bytes_max: usize,
    named: impl Fn(&str) -> Option<char>,
) -> String {
    let longest = name_bytes_max.max(NUMBER_BYTES_MAX) + 2;
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        replaced.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(longest).position(|byte| byte == b';');
        let found = end
            .and_then(|end| Some((end, numbered(&rest[1..end]).or_else(|| named(&rest[1..end]))?)));
        match found {
            Some((end, c)) => {
                replaced.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                replaced.push('&');
                rest = &rest[1..];
            }
        }
    }
    replaced + rest
}

fn numbered(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32)
}
