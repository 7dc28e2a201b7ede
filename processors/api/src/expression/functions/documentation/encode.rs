//! Encoding, escaping, digests.

use super::{Documentation, shows};

const ENTITIES_STAY: &str = "A name that is not known, and a `&` alone, stay as they are. Numbers are read in both bases: `&#65;`, `&#x41;`.";

pub(super) const ENTRIES: &[Documentation] = &[
    Documentation::of("urlEncode", &[shows("${a:urlEncode()}", &[("a", "~*-._/")], "%7E*-._%2F")])
        .notes("As a form encodes it, in UTF-8. For a path of a URL, replace `+` by `%20` afterwards."),
    Documentation::of("urlDecode", &[shows("${a:urlDecode()}", &[("a", "100%25+sure")], "100% sure")])
        .errors("A `%` that is not followed by two hexadecimal digits."),
    Documentation::of("base64Encode", &[shows("${a:base64Encode()}", &[("a", "é")], "w6k=")])
        .notes("Of the bytes in UTF-8, with the standard alphabet and padding."),
    Documentation::of("base64Decode", &[shows("${a:base64Decode()}", &[("a", "w6k")], "é")])
        .notes("Padding may be missing. The bytes are read as UTF-8.")
        .errors("Any sign outside the standard alphabet, a length that cannot be."),
    Documentation::of("escapeJson", &[shows("${a:escapeJson()}", &[("a", "a/b\n")], r"a\/b\n")])
        .notes("Quotes, backslashes, slashes and control signs are escaped, and every character beyond ASCII as `\\uXXXX`."),
    Documentation::of("unescapeJson", &[shows("${a:unescapeJson()}", &[("a", r"caf\u00e9")], "café")])
        .errors(r"A `\u` that is not followed by four hexadecimal digits."),
    Documentation::of("escapeXml", &[shows("${a:escapeXml()}", &[("a", "é\u{1}'<")], "é&apos;&lt;")])
        .notes("What XML 1.0 cannot hold is dropped; other characters beyond ASCII stay."),
    Documentation::of("unescapeXml", &[shows("${a:unescapeXml()}", &[("a", "&quot;&nbsp;&#x41;")], "\"&nbsp;A")])
        .notes(ENTITIES_STAY),
    Documentation::of("escapeCsv", &[shows("${a:escapeCsv()}", &[("a", "say \"hi\"")], "\"say \"\"hi\"\"\"")])
        .notes("In quotes only if there is a comma, a quote or a line end in it."),
    Documentation::of("unescapeCsv", &[shows("${a:unescapeCsv()}", &[("a", "\"plain\"")], "plain")])
        .notes("Quotes are taken away only where they were needed."),
    Documentation::of("escapeHtml3", &[shows("${a:escapeHtml3()}", &[("a", "'&'")], "'&amp;'")])
        .notes("Names for the signs of HTML and for Latin-1; a single quote stays."),
    Documentation::of("escapeHtml4", &[shows("${a:escapeHtml4()}", &[("a", "α≤β")], "&alpha;&le;&beta;")])
        .notes("Names for the signs of HTML, Latin-1, Greek letters and symbols; a single quote stays."),
    Documentation::of("unescapeHtml3", &[shows("${a:unescapeHtml3()}", &[("a", "&eacute;&alpha;")], "é&alpha;")])
        .notes(ENTITIES_STAY),
    Documentation::of("unescapeHtml4", &[shows("${a:unescapeHtml4()}", &[("a", "&alpha; &amp; &")], "α & &")])
        .notes(ENTITIES_STAY),
    Documentation::of(
        "hash",
        &[
            shows("${a:hash('MD5')}", &[("a", "abc")], "900150983cd24fb0d6963f7d28e17f72"),
            shows("${a:hash('sha-1')}", &[("a", "abc")], "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ],
    )
    .notes("Of the bytes in UTF-8, in lower-case hexadecimal digits. MD5 and SHA-1 name things well and protect nothing.")
    .errors("A digest that is not known."),
    Documentation::of(
        "UUID3",
        &[
            shows(
                "${a:UUID3('6ba7b810-9dad-11d1-80b4-00c04fd430c8')}",
                &[("a", "www.example.com")],
                "5df41881-3aed-3515-88a7-2f4a814cf09e",
            ),
            shows(
                "${a:UUID3('6ba7b810-9dad-11d1-80b4-00c04fd430c8'):substring(14, 15)}",
                &[("a", "x")],
                "3",
            ),
        ],
    )
    .notes("The same name in the same namespace gives the same UUID, by MD5. Without a namespace the UUID of zeros is one.")
    .errors("A namespace that is not a UUID."),
    Documentation::of(
        "UUID5",
        &[
            shows(
                "${a:UUID5('6ba7b810-9dad-11d1-80b4-00c04fd430c8')}",
                &[("a", "www.example.com")],
                "2ed6657d-e927-568b-95e1-2665a8aea6a2",
            ),
            shows(
                "${a:UUID5('6ba7b810-9dad-11d1-80b4-00c04fd430c8'):substring(14, 15)}",
                &[("a", "x")],
                "5",
            ),
        ],
    )
    .notes("The same name in the same namespace gives the same UUID, by SHA-1. Without a namespace the UUID of zeros is one.")
    .errors("A namespace that is not a UUID."),
];
