//! The inside of a JSON string, as commons-text writes it: `/` and all but ASCII are escaped too.

use std::fmt::Write;

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        let short = match unit {
            0x08 => 'b',
            0x0C => 'f',
            0x0A => 'n',
            0x0D => 'r',
            0x09 => 't',
            0x22 | 0x2F | 0x5C => char::from(unit as u8),
            0x20..=0x7E => {
                escaped.push(char::from(unit as u8));
                continue;
            }
            _ => {
                let _ = write!(escaped, r"\u{unit:04X}");
                continue;
            }
        };
        escaped.extend(['\\', short]);
    }
    escaped
}

/// The digits of an octal number from its first one on: three of them at most, up to `377`.
fn octal(first: char, rest: &str) -> String {
    let more = if first <= '3' { 2 } else { 1 };
    let digits = rest.chars().take(more).take_while(|c| ('0'..='7').contains(c));
    std::iter::once(first).chain(digits).collect()
}

pub(super) fn unescape(text: &str) -> Result<String, &'static str> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            units.extend(c.encode_utf16(&mut [0; 2]).iter());
            continue;
        }
        let Some(escaped) = rest.chars().next() else { break };
        rest = &rest[escaped.len_utf8()..];
        let unit = match escaped {
            'b' => 0x08,
            'f' => 0x0C,
            'n' => 0x0A,
            'r' => 0x0D,
            't' => 0x09,
            'u' => {
                let digits = rest.trim_start_matches('u').trim_start_matches('+');
                let code = digits.get(..4).and_then(|code| u16::from_str_radix(code, 16).ok());
                rest = digits.get(4..).unwrap_or("");
                code.ok_or(r"`\u` must be followed by four hexadecimal digits")?
            }
            '0'..='7' => {
                let code = octal(escaped, rest);
                rest = &rest[code.len() - 1..];
                u16::from_str_radix(&code, 8).unwrap_or_default()
            }
            other => {
                units.extend(other.encode_utf16(&mut [0; 2]).iter());
                continue;
            }
        };
        units.push(unit);
    }
    Ok(String::from_utf16_lossy(&units))
}
