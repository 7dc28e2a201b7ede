use super::*;
use crate::{Node, yaml};

#[test]
fn lines_end_in_three_ways() {
    let source = Source::new("x", "\u{feff}one\r\ntwo\rthree\n");
    let lines: Vec<&str> = (1..=source.lines()).map(|line| source.line(line)).collect();
    assert_eq!(lines, ["one", "two", "three", ""]);
    assert_eq!(source.position(5), Position { offset: 5, line: 2, column: 1 });
    assert_eq!((source.line(0), source.line(9)), ("", ""));
}

#[test]
fn columns_count_characters() {
    let source = Source::new("x", "é你 a");
    assert_eq!(source.position(6).column, 4);
    assert_eq!(source.position(3).column, 2, "inside a character: its beginning");
    assert_eq!(source.position(99).column, 5);
}

#[test]
fn what_is_no_text_is_refused_with_advice() {
    for (bytes, code, message) in [
        (b"a: \xff".to_vec(), code::NOT_UTF8, "this is not UTF-8 text"),
        (b"\xff\xfea\0".to_vec(), code::NOT_UTF8, "this file is saved as UTF-16"),
        (vec![b'#'; SOURCE_BYTES_MAX + 1], code::TOO_LARGE, "this file has 11 MB"),
    ] {
        let error = Source::from_bytes("x", bytes).unwrap_err();
        assert_eq!(error.diagnostic.code, code);
        assert!(error.to_string().contains(message), "{error}");
    }
    assert_eq!(Source::from_bytes("x", b"\xef\xbb\xbfa".to_vec()).unwrap().text(), "a");
}

/// The piece of a value that begins with `X`, as it stands in the file.
#[test]
fn a_piece_of_a_value_is_found_in_every_style() {
    for (text, line, column) in [
        ("a: one X", 1, 8),
        ("a: 'it''s X'", 1, 11),
        (r#"a: "é\"\u00e9\\X""#, 1, 16),
        ("a: one\n   two X", 2, 8),
        ("a: 'one\n\n   two X'", 3, 8),
        ("a: \"one\\\n   two X\"", 2, 8),
        ("a: |\n  one\n    two X\n", 3, 9),
        ("a: >\n  one\n\n  two X\n", 4, 7),
        ("a: &x one X\n", 1, 11),
    ] {
        let source = Source::new("x", text);
        let (node, _) = yaml::parse(&source);
        let Some(Node::Map(map)) = node else { panic!("{text}") };
        let scalar = map.entries[0].value.as_scalar().unwrap();
        let at = scalar.text.find('X').unwrap();
        let found = source.locate(scalar, at..at + 1);
        assert_eq!(
            (found.start.line, found.start.column, source.slice(found)),
            (line, column, "X"),
            "{text}"
        );
    }
}
