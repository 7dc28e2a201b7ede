//! Base64 with the standard alphabet: padding is written, and may be missing when read.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text of these bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4 {
            let index = (bits >> (18 - 6 * position)) as usize % 64;
            encoded.push(if position <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    encoded
}

/// The bytes of a text; none when it is not Base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let left = digits.len() % 4;
    if left == 1 || (padding > 0 && (left == 0 || padding != 4 - left)) {
        return None;
    }
    let mut decoded = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    for chunk in digits.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for digit in chunk {
            bits = bits << 6
                | u32::try_from(ALPHABET.iter().position(|known| known == digit)?).ok()?;
        }
        bits <<= 6 * (4 - chunk.len());
        decoded.extend(&bits.to_be_bytes()[1..chunk.len()]);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_written_and_may_be_missing() {
        for (bytes, text) in
            [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text), Some(bytes.into()));
            assert_eq!(decode(text.trim_end_matches('=')), Some(bytes.into()));
        }
        for wrong in ["!!", "Y", "YQ=", "YWJj=", "YW I", "="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
