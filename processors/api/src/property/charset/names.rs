//! The names of character sets. Java's come first: where the web means another set by the same name, Java's holds.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
    WINDOWS_1257, WINDOWS_1258,
};

use super::{
    Charset, Coding,
    single::Single,
    unicode::{Order, Unit},
};

/// A character set with the names by which Java knows it, its own first.
struct Named(&'static [&'static str], Coding);

const NAMED: &[Named] = &[
    Named(&["UTF-8", "UTF8", "unicode-1-1-utf-8"], Coding::Utf8),
    Named(
        &[
            "US-ASCII",
            "ASCII",
            "ISO646-US",
            "ANSI_X3.4-1968",
            "ANSI_X3.4-1986",
            "ISO_646.irv:1991",
            "ISO_646.irv:1983",
            "iso-ir-6",
            "IBM367",
            "cp367",
            "csASCII",
            "ascii7",
            "646",
            "us",
        ],
        Coding::Single(Single::Ascii),
    ),
    Named(
        &[
            "ISO-8859-1",
            "ISO8859_1",
            "ISO8859-1",
            "ISO_8859-1",
            "ISO_8859_1",
            "ISO_8859-1:1987",
            "8859_1",
            "latin1",
            "l1",
            "iso-ir-100",
            "IBM819",
            "IBM-819",
            "cp819",
            "819",
            "csISOLatin1",
        ],
        Coding::Single(Single::Latin1),
    ),
    Named(
        &[
            "ISO-8859-9",
            "ISO8859_9",
            "ISO8859-9",
            "ISO_8859-9",
            "ISO_8859-9:1989",
            "8859_9",
            "latin5",
            "l5",
            "iso-ir-148",
            "ibm920",
            "ibm-920",
            "cp920",
            "920",
            "csISOLatin5",
        ],
        Coding::Single(Single::Latin5),
    ),
    Named(
        &["UTF-16", "UTF_16", "utf16", "unicode", "UnicodeBig"],
        Coding::Unicode(Unit::Two, Order::Marked { mark_written: true }),
    ),
    Named(
        &["UTF-16BE", "UTF_16BE", "X-UTF-16BE", "ISO-10646-UCS-2", "UnicodeBigUnmarked"],
        Coding::Unicode(Unit::Two, Order::Big),
    ),
    Named(
        &["UTF-16LE", "UTF_16LE", "X-UTF-16LE", "UnicodeLittleUnmarked"],
        Coding::Unicode(Unit::Two, Order::Little),
    ),
    Named(
        &["UTF-32", "UTF_32", "UTF32", "ISO-10646-UCS-4"],
        Coding::Unicode(Unit::Four, Order::Marked { mark_written: false }),
    ),
    Named(&["UTF-32BE", "UTF_32BE", "X-UTF-32BE"], Coding::Unicode(Unit::Four, Order::Big)),
    Named(&["UTF-32LE", "UTF_32LE", "X-UTF-32LE"], Coding::Unicode(Unit::Four, Order::Little)),
    Named(&["windows-1250", "cp1250", "cp5346"], Coding::Windows(WINDOWS_1250)),
    Named(&["windows-1251", "cp1251", "cp5347", "ansi-1251"], Coding::Windows(WINDOWS_1251)),
    Named(&["windows-1252", "cp1252", "cp5348", "ibm-1252"], Coding::Windows(WINDOWS_1252)),
    Named(&["windows-1253", "cp1253", "cp5349"], Coding::Windows(WINDOWS_1253)),
    Named(&["windows-1254", "cp1254", "cp5350"], Coding::Windows(WINDOWS_1254)),
    Named(&["windows-1255", "cp1255"], Coding::Windows(WINDOWS_1255)),
    Named(&["windows-1256", "cp1256"], Coding::Windows(WINDOWS_1256)),
    Named(&["windows-1257", "cp1257", "cp5353"], Coding::Windows(WINDOWS_1257)),
    Named(&["windows-1258", "cp1258"], Coding::Windows(WINDOWS_1258)),
    Named(
        &[
            "Shift_JIS",
            "windows-31j",
            "MS932",
            "windows-932",
            "csWindows31J",
            "x-sjis",
            "shift-jis",
        ],
        Coding::Library(SHIFT_JIS),
    ),
    Named(&["EUC-JP", "EUC_JP", "eucjp", "x-euc-jp"], Coding::Library(EUC_JP)),
    Named(&["ISO-2022-JP", "ISO2022JP", "jis", "jis_encoding"], Coding::Library(ISO_2022_JP)),
    Named(&["GBK", "GB2312", "EUC_CN", "EUC-CN", "CP936", "MS936"], Coding::Library(GBK)),
    Named(&["GB18030", "gb18030-2000", "gb18030-2022"], Coding::Library(GB18030)),
    Named(&["Big5", "Big5-HKSCS", "Big5_HKSCS", "MS950", "x-windows-950"], Coding::Library(BIG5)),
    Named(
        &["EUC-KR", "EUC_KR", "euckr", "MS949", "x-windows-949", "ms_949"],
        Coding::Library(EUC_KR),
    ),
];

/// The names that a message may propose.
pub(super) const SHOWN: &[&str] = &[
    "UTF-8",
    "US-ASCII",
    "ISO-8859-1",
    "ISO-8859-2",
    "ISO-8859-15",
    "UTF-16",
    "UTF-16BE",
    "UTF-16LE",
    "UTF-32",
    "UTF-32BE",
    "UTF-32LE",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1254",
    "KOI8-R",
    "Shift_JIS",
    "EUC-JP",
    "ISO-2022-JP",
    "GBK",
    "GB18030",
    "Big5",
    "EUC-KR",
];

pub(super) fn find(name: &str) -> Option<Charset> {
    let called = |named: &&Named| named.0.iter().any(|known| known.eq_ignore_ascii_case(name));
    if let Some(Named([own, ..], coding)) = NAMED.iter().find(called) {
        return Some(Charset { name: own, coding: *coding });
    }
    let label = java_label(name);
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    let coding = match encoding.name() {
        "x-user-defined" => return None,
        name if name.starts_with("windows-") => Coding::Windows(encoding),
        _ => Coding::Library(encoding),
    };
    Some(Charset { name: encoding.name(), coding })
}

/// Java writes `ISO8859_2` and `KOI8_R` beside the names that everybody knows.
fn java_label(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.strip_prefix("iso8859_").or(name.strip_prefix("8859_")) {
        Some(part) => format!("iso-8859-{part}"),
        None => name.replace("koi8_", "koi8-"),
    }
}
