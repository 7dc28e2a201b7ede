use std::io::{Read, Write};

use proptest::prelude::*;

use super::*;

fn charset(name: &str) -> Charset {
    Charset::named(name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn names_are_javas() {
    for (typed, name) in [
        ("utf8", "UTF-8"),
        (" Utf-8 ", "UTF-8"),
        ("latin1", "ISO-8859-1"),
        ("ISO8859_1", "ISO-8859-1"),
        ("iso-8859-9", "ISO-8859-9"),
        ("8859_15", "ISO-8859-15"),
        ("ISO8859_2", "ISO-8859-2"),
        ("ascii", "US-ASCII"),
        ("unicode", "UTF-16"),
        ("UTF_16LE", "UTF-16LE"),
        ("utf-32be", "UTF-32BE"),
        ("Cp1252", "windows-1252"),
        ("koi8_r", "KOI8-R"),
        ("sjis", "Shift_JIS"),
        ("gb2312", "GBK"),
        ("cp866", "IBM866"),
    ] {
        assert_eq!(charset(typed).name(), name, "{typed}");
    }
    for typed in ["", "x-user-defined", "replacement", "iso-2022-kr", "IBM037", "UTF-9"] {
        assert!(Charset::named(typed).is_none(), "{typed}");
    }
    for name in names::SHOWN {
        assert_eq!(charset(name).name(), *name);
    }
}

#[test]
fn the_nearest_name_is_proposed() {
    for (text, label) in [
        ("UTF-9", "did you mean `UTF-8`?"),
        ("windows-1262", "did you mean `windows-1252`?"),
        ("klingon", "a character set is wanted"),
    ] {
        let problem = Charset::parse(text).unwrap_err();
        assert_eq!(problem.label.as_deref(), Some(label), "{text}");
        assert!(problem.message.contains("is no character set"));
    }
    let error = serde_json::from_str::<Charset>("\"UTF-9\"").unwrap_err();
    assert!(error.to_string().contains("`UTF-9` is no character set"), "{error}");
    assert_eq!(serde_json::to_string(&charset("latin1")).unwrap(), "\"ISO-8859-1\"");
}

#[test]
fn bytes_are_what_java_makes_of_a_text() {
    for (name, text, bytes) in [
        ("UTF-8", "ä€", &b"\xc3\xa4\xe2\x82\xac"[..]),
        ("US-ASCII", "aä\u{1f600}z", b"a??z"),
        ("ISO-8859-1", "aä\u{80}€", b"a\xe4\x80?"),
        ("ISO-8859-9", "ğĞı\u{d0}", b"\xf0\xd0\xfd?"),
        ("ISO-8859-15", "€", b"\xa4"),
        ("windows-1252", "€ä\u{81}", b"\x80\xe4?"),
        ("UTF-16", "a", b"\xfe\xff\0a"),
        ("UTF-16", "", b""),
        ("UTF-16BE", "a\u{1f600}", b"\0a\xd8\x3d\xde\0"),
        ("UTF-16LE", "a", b"a\0"),
        ("UTF-32", "a", b"\0\0\0a"),
        ("UTF-32LE", "a", b"a\0\0\0"),
        ("Shift_JIS", "あ\u{1f600}", b"\x82\xa0?"),
        ("ISO-2022-JP", "あ\u{1f600}a", b"\x1b$B$\"\x1b(B?a"),
        ("GB18030", "\u{1f600}", b"\x94\x39\xfc\x36"),
        ("EUC-KR", "가", b"\xb0\xa1"),
    ] {
        assert_eq!(&*charset(name).encode(text), bytes, "{name} {text}");
    }
}

#[test]
fn text_is_what_java_makes_of_bytes() {
    for (name, bytes, text) in [
        ("UTF-8", &b"a\xffb\xe2\x82"[..], "a\u{fffd}b\u{fffd}"),
        ("UTF-8", b"\xed\xa0\x80x\xed\xa0", "\u{fffd}x\u{fffd}\u{fffd}"),
        ("UTF-8", b"\xef\xbb\xbfa", "\u{feff}a"),
        ("US-ASCII", b"a\xe4", "a\u{fffd}"),
        ("ISO-8859-1", b"\x80\xe4", "\u{80}ä"),
        ("ISO-8859-9", b"\xdd\xe4", "İä"),
        ("windows-1252", b"\x80\x81", "€\u{fffd}"),
        ("UTF-16", b"\xff\xfea\0", "a"),
        ("UTF-16", b"\xfe\xff\0a", "a"),
        ("UTF-16", b"\0a", "a"),
        ("UTF-16BE", b"\xfe\xff\0a", "\u{feff}a"),
        ("UTF-16BE", b"\xff\xfe\0a", "\u{fffd}a"),
        ("UTF-16BE", b"\xd8\0\0a\0b", "\u{fffd}b"),
        ("UTF-16BE", b"\0a\xdc\0\0b\0", "a\u{fffd}b\u{fffd}"),
        ("UTF-16BE", b"\xd8\x3d", "\u{fffd}"),
        ("UTF-32", b"\0\0\xfe\xff\0\0\0a", "a"),
        ("UTF-32LE", b"\xff\xfe\0\0a\0\0\0\0\0\x11\0", "a\u{fffd}"),
        ("Shift_JIS", b"\x82\xa0\x82", "あ\u{fffd}"),
    ] {
        assert_eq!(charset(name).decode(bytes), text, "{name} {bytes:?}");
    }
}

const ALL: &[&str] = &[
    "UTF-8",
    "US-ASCII",
    "ISO-8859-1",
    "ISO-8859-2",
    "ISO-8859-9",
    "UTF-16",
    "UTF-16BE",
    "UTF-16LE",
    "UTF-32",
    "UTF-32LE",
    "windows-1252",
    "windows-1254",
    "Shift_JIS",
    "EUC-JP",
    "ISO-2022-JP",
    "GBK",
    "GB18030",
    "Big5",
    "EUC-KR",
    "KOI8-R",
];

/// Gives a few bytes at a time.
struct Dripping<'a>(&'a [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(buffer.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

proptest! {
    #[test]
    fn unicode_comes_back_as_it_was(text in "\\PC*", name in prop::sample::select(&["UTF-8", "UTF-16", "UTF-16LE", "UTF-32", "UTF-32LE", "GB18030"][..])) {
        // The one character that the standard of 2022 moved.
        prop_assume!(name != "GB18030" || !text.contains('\u{e5e5}'));
        let charset = charset(name);
        let bytes = charset.encode(&text);
        prop_assert_eq!(&*charset.decode(&bytes), &*text);
    }

    #[test]
    fn what_was_read_is_written_as_it_was(bytes in prop::collection::vec(any::<u8>(), 0..64), name in prop::sample::select(&["ISO-8859-1", "ISO-8859-9"][..])) {
        let charset = charset(name);
        let text = charset.decode(&bytes);
        prop_assert_eq!(&*charset.encode(&text), &bytes[..]);
    }

    #[test]
    fn pieces_are_the_whole(bytes in prop::collection::vec(any::<u8>(), 0..64), name in prop::sample::select(ALL), step in 1..7_usize) {
        let charset = charset(name);
        let mut streamed = Vec::new();
        charset.reader(Dripping(&bytes, step)).read_to_end(&mut streamed).unwrap();
        let whole = charset.decode(&bytes);
        if name == "UTF-8" {
            prop_assert_eq!(&streamed, &bytes);
        } else {
            prop_assert_eq!(&String::from_utf8(streamed).unwrap(), &*whole);
        }
        let mut writer = charset.writer(Vec::new());
        for piece in whole.as_bytes().chunks(step) {
            writer.write_all(piece).unwrap();
        }
        prop_assert_eq!(writer.finish().unwrap(), &*charset.encode(&whole));
    }
}
