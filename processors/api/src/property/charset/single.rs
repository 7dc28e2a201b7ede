//! The sets with a byte for each character that differ from what the web calls by their names.

/// One of them.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Single {
    /// The first 128 characters.
    Ascii,
    /// The first 256 characters.
    Latin1,
    /// `ISO-8859-9`: six Turkish letters among those.
    Latin5,
}

/// Bytes of ISO-8859-9 that are not the character of the same number.
const TURKISH: [(u8, char); 6] =
    [(0xd0, 'Ğ'), (0xdd, 'İ'), (0xde, 'Ş'), (0xf0, 'ğ'), (0xfd, 'ı'), (0xfe, 'ş')];

impl Single {
    pub(super) fn decode(self, bytes: &[u8], text: &mut String) {
        text.extend(bytes.iter().map(|byte| self.character(*byte)));
    }

    pub(super) fn encode(self, text: &str, bytes: &mut Vec<u8>) {
        bytes.extend(text.chars().map(|c| self.byte(c).unwrap_or(b'?')));
    }

    fn character(self, byte: u8) -> char {
        let turkish = || TURKISH.iter().find(|(known, _)| *known == byte);
        match self {
            Self::Ascii if !byte.is_ascii() => char::REPLACEMENT_CHARACTER,
            Self::Latin5 => turkish().map_or(char::from(byte), |(_, c)| *c),
            Self::Ascii | Self::Latin1 => char::from(byte),
        }
    }

    fn byte(self, c: char) -> Option<u8> {
        let turkish = TURKISH.iter().find(|(_, known)| self == Self::Latin5 && *known == c);
        if let Some((byte, _)) = turkish {
            return Some(*byte);
        }
        u8::try_from(c).ok().filter(|byte| self.character(*byte) == c)
    }
}
