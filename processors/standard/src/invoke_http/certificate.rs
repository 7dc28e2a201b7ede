//! The name of whom a certificate was made out to. Reads just as much of X.509 (DER) as leads there; that the
//! certificate is good was checked before, by TLS.

use std::fmt::Write as _;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
const VERSION: u8 = 0xa0;

/// Names have no more parts than this, with us.
const PARTS_MAX: usize = 64;

/// The kinds of a name's parts that have a short name (RFC 2253), by the last bytes of their object identifiers.
const KINDS: [(&[u8], &str); 9] = [
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "STREET"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
];

/// The subject, as `CN=example.com,O=Example,C=NL`: the last part first, as RFC 2253 has it.
pub(super) fn subject(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = value(certificate)?;
    let (_, mut fields, _) = value(certificate)?;
    if fields.first() == Some(&VERSION) {
        fields = value(fields)?.2;
    }
    // Serial number, signature's kind, issuer, time.
    for _ in 0..4 {
        fields = value(fields)?.2;
    }
    let (tag, mut parts, _) = value(fields)?;
    let mut shown = Vec::new();
    while tag == SEQUENCE && !parts.is_empty() && shown.len() < PARTS_MAX {
        let (_, part, rest) = value(parts).filter(|(tag, ..)| *tag == SET)?;
        shown.push(relative_name(part)?);
        parts = rest;
    }
    shown.reverse();
    Some(shown.join(","))
}

/// Several at once are joined by `+`.
fn relative_name(mut set: &[u8]) -> Option<String> {
    let mut shown = String::new();
    while !set.is_empty() {
        let (_, pair, rest) = value(set)?;
        let (_, kind, named) = value(pair).filter(|(tag, ..)| *tag == OBJECT_IDENTIFIER)?;
        let (tag, text, _) = value(named)?;
        if !shown.is_empty() {
            shown.push('+');
        }
        match KINDS.iter().find(|(known, _)| *known == kind) {
            Some((_, name)) => shown += &format!("{name}={}", escaped(&decoded(tag, text))),
            None => shown += &format!("{}={}", dotted(kind), escaped(&decoded(tag, text))),
        }
        set = rest;
    }
    Some(shown)
}

/// A DER value: its tag, what is in it, what follows.
fn value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    const LONG: u8 = 0x80;
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if first & LONG == 0 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & !LONG))?;
        if digits.len() > 4 {
            return None;
        }
        let length = digits.iter().fold(0_u64, |length, digit| length << 8 | u64::from(*digit));
        (usize::try_from(length).ok()?, rest)
    };
    let (inside, rest) = rest.split_at_checked(length)?;
    Some((*tag, inside, rest))
}

fn decoded(tag: u8, text: &[u8]) -> String {
    const BMP_STRING: u8 = 0x1e;
    if tag == BMP_STRING {
        let units: Vec<u16> =
            text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(text).into_owned()
}

/// `2.5.4.5` of the bytes of an object identifier.
fn dotted(bytes: &[u8]) -> String {
    let mut shown = String::new();
    let mut number = 0_u64;
    for byte in bytes {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if shown.is_empty() {
            let first = (number / 40).min(2);
            let _ = write!(shown, "{first}.{}", number - first * 40);
        } else {
            let _ = write!(shown, ".{number}");
        }
        number = 0;
    }
    shown
}

/// As RFC 2253 wants signs of its own to be written. What would break a line is left out.
fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut shown = String::new();
    for (at, sign) in text.chars().enumerate().filter(|(_, sign)| !sign.is_control()) {
        let is_own = ",+\"\\<>;".contains(sign)
            || (sign == '#' && at == 0)
            || (sign == ' ' && (at == 0 || at == last));
        if is_own {
            shown.push('\\');
        }
        shown.push(sign);
    }
    shown
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn der(parts: &[(rcgen::DnType, &str)]) -> Vec<u8> {
        let mut made = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        made.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, text) in parts {
            made.distinguished_name.push(kind.clone(), *text);
        }
        let key = rcgen::KeyPair::generate().unwrap();
        made.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_last_part_stands_first() {
        use rcgen::DnType::{CommonName, CountryName, CustomDnType, OrganizationName};
        let parts = [
            (CountryName, "NL"),
            (OrganizationName, "Bread, Butter & Söhne"),
            (CustomDnType(vec![2, 5, 4, 5]), "# 42 "),
            (CommonName, "example.com"),
        ];
        assert_eq!(
            subject(&der(&parts)).as_deref(),
            Some(r"CN=example.com,2.5.4.5=\# 42\ ,O=Bread\, Butter & Söhne,C=NL")
        );
        assert_eq!(subject(&der(&[])).as_deref(), Some(""));
    }

    #[test]
    fn what_is_cut_off_or_changed_is_no_name_and_no_panic() {
        let whole = der(&[(rcgen::DnType::CommonName, "x")]);
        for length in 0..whole.len() {
            let _ = subject(&whole[..length]);
            for change in [0, 0x30, 0x7f, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[length] = change;
                let _ = subject(&changed);
            }
        }
        assert_eq!(subject(&whole[..40]), None);
    }
}
