//! The small texts inside HTTP that an API has to read: forms, `Accept`, base64. Each takes any input.
//! Not a client's library: only what a pretend server needs.

/// More are not read.
const FORM_FIELDS_MAX: usize = 64;

/// The fields of a form body or a query, in order, decoded. What is no escape stays as it is.
pub(super) fn form(text: &[u8]) -> Vec<(String, String)> {
    text.split(|byte| *byte == b'&')
        .filter(|field| !field.is_empty())
        .take(FORM_FIELDS_MAX)
        .map(|field| {
            let (name, value) = match field.iter().position(|byte| *byte == b'=') {
                Some(place) => (&field[..place], &field[place + 1..]),
                None => (field, &[][..]),
            };
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let (byte, after) = match first {
            b'%' => escape(after).unwrap_or((b'%', after)),
            b'+' => (b' ', after),
            byte => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that two hexadecimal digits at the front stand for.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, after @ ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = digit(*high)? * 16 + digit(*low)?;
    Some((u8::try_from(byte).ok()?, after))
}

/// Whether an `Accept` header asks for JSON rather than XML, which is what one gets without asking.
pub(super) fn prefers_json<'a>(accept: impl Iterator<Item = &'a str>) -> bool {
    let ranges: Vec<Range<'_>> = accept.flat_map(|header| header.split(',')).map(range).collect();
    let quality = |names: &[&str]| {
        let fits =
            |range: &&Range<'_>| names.iter().any(|name| range.name.eq_ignore_ascii_case(name));
        ranges.iter().filter(fits).map(|range| range.quality).reduce(f32::max)
    };
    let any = quality(&["application/*"]).or(quality(&["*/*"]));
    let json = quality(&["application/json", "text/json"]).or(any).unwrap_or(0.0);
    let xml = quality(&["application/xml", "text/xml"]).or(any).unwrap_or(0.0);
    json > xml
}

struct Range<'a> {
    name: &'a str,
    quality: f32,
}

fn range(text: &str) -> Range<'_> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let quality = parts
        .filter_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .find_map(|quality| quality.parse().ok())
        .unwrap_or(1.0);
    Range { name, quality }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |place: usize| group.get(place).copied().map_or(0, u32::from);
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            let filled = place <= group.len();
            text.push(if filled { char::from(DIGITS[digit as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let fields = form(text.as_bytes());
            let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(fields, expected, "{text}");
        };
        check("", &[]);
        check("a=1&b=2", &[("a", "1"), ("b", "2")]);
        check("a=1+2%2B3%3d%C3%A9", &[("a", "1 2+3=é")]);
        check("&&a&=b&c==", &[("a", ""), ("", "b"), ("c", "=")]);
        check("a=%&b=%4&c=%zz%41", &[("a", "%"), ("b", "%4"), ("c", "%zzA")]);
        check("a=%ff", &[("a", "\u{fffd}")]);
    }

    #[test]
    fn who_asks_for_json_gets_json() {
        let check = |accept: &str, expected: bool| {
            assert_eq!(prefers_json([accept].into_iter()), expected, "{accept}");
        };
        check("application/json", true);
        check("Application/JSON; charset=utf-8", true);
        check("text/html, application/json", true);
        check("application/xml;q=0.5, application/json", true);
        check("application/xml, application/json;q=0.9", false);
        check("application/json;q=0, */*", false);
        check("application/json, */*;q=0.1", true);
        check("application/json, application/xml", false);
        check("*/*", false);
        check("", false);
        check(";;;q=q,,", false);
        assert!(prefers_json(["text/html", "application/json"].into_iter()));
        assert!(!prefers_json([].into_iter()));
    }

    #[test]
    fn base64_pads() {
        let encoded: Vec<_> =
            ["", "a", "ab", "abc", "id:secret"].map(|t| base64(t.as_bytes())).into();
        assert_eq!(encoded, ["", "YQ==", "YWI=", "YWJj", "aWQ6c2VjcmV0"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_form(bytes: Vec<u8>) {
            prop_assert!(form(&bytes).len() <= FORM_FIELDS_MAX);
        }

        #[test]
        fn an_encoded_value_comes_back(value: String) {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(form(format!("v={encoded}").as_bytes()), [("v".to_owned(), value)]);
        }

        #[test]
        fn any_accept_has_an_answer(accept in "[ -~]*") {
            let json = prefers_json([accept.as_str()].into_iter());
            prop_assert!(!json || accept.contains('/'));
        }
    }
}
