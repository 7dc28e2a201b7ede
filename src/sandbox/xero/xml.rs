//! An answer as XML, which is what Xero sends when nobody asks for JSON.
//! Not a general writer: it turns this sandbox's JSON into elements, by the rules that hold between Xero's two forms.
//!
//! - A list `Invoices` holds elements `Invoice`.
//! - A moment `/Date(ms+0000)/` is written in ISO 8601, and the `…DateString` beside it is left out.
//! - What XML cannot carry (a name that is no element's, a control character) is left out.

use serde_json::{Map, Value};

use super::super::clock::timestamp;

pub(super) fn document(root: &str, content: &Map<String, Value>) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    open(&mut xml, root);
    fields(&mut xml, content);
    close(&mut xml, root);
    xml
}

fn fields(xml: &mut String, content: &Map<String, Value>) {
    for (name, value) in content.iter().filter(|(name, _)| is_element(name)) {
        match value {
            Value::Null => {}
            _ if name.ends_with("DateString") => {}
            _ => element(xml, name, value),
        }
    }
}

fn element(xml: &mut String, name: &str, value: &Value) {
    open(xml, name);
    match value {
        Value::Null => {}
        Value::Bool(truth) => text(xml, if *truth { "true" } else { "false" }),
        Value::Number(number) => text(xml, &number.to_string()),
        Value::String(string) => match moment(string) {
            Some(moment) => text(xml, &moment),
            None => text(xml, string),
        },
        Value::Array(items) => {
            let item_name = name.strip_suffix('s').unwrap_or(name);
            items.iter().for_each(|item| element(xml, item_name, item));
        }
        Value::Object(content) => fields(xml, content),
    }
    close(xml, name);
}

fn open(xml: &mut String, name: &str) {
    xml.extend(["<", name, ">"]);
}

fn close(xml: &mut String, name: &str) {
    xml.extend(["</", name, ">"]);
}

fn is_element(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn text(xml: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\n' | '\t' => xml.push(letter),
            '\r' => xml.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => {}
            _ if u32::from(letter) < 0x20 => {}
            _ => xml.push(letter),
        }
    }
}

/// `/Date(1439434356790+0000)/` as `2015-08-13T02:52:36.79`.
fn moment(text: &str) -> Option<String> {
    let ms: u64 = text.strip_prefix("/Date(")?.strip_suffix("+0000)/")?.parse().ok()?;
    let iso = timestamp(ms).to_string();
    iso.strip_suffix('Z').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn check(content: &Value, expected: Expect) {
        expected.assert_eq(&document("Response", content.as_object().unwrap()));
    }

    #[test]
    fn lists_moments_and_escapes() {
        check(
            &json!({
                "Invoices": [
                    { "Total": 1.5, "Name": "a & <b>", "Date": "/Date(1439434356790+0000)/", "DateString": "x" },
                    { "Sent": true, "Due": "/Date(0+0000)/", "None": null },
                ],
            }),
            expect![[r#"
                <?xml version="1.0" encoding="utf-8"?>
                <Response><Invoices><Invoice><Total>1.5</Total><Name>a &amp; &lt;b&gt;</Name><Date>2015-08-13T02:52:36.79</Date></Invoice><Invoice><Sent>true</Sent><Due>1970-01-01T00:00:00</Due></Invoice></Invoices></Response>"#]],
        );
    }

    #[test]
    fn what_xml_cannot_carry_is_left_out() {
        check(
            &json!({ "a b": 1, "<x>": 2, "": 3, "ok": "a\u{0}\u{1b}b\r\u{ffff}", "Date": "/Date(x+0000)/" }),
            expect![[r#"
                <?xml version="1.0" encoding="utf-8"?>
                <Response><ok>ab&#13;</ok><Date>/Date(x+0000)/</Date></Response>"#]],
        );
    }

    proptest! {
        #[test]
        fn any_text_is_escaped(string: String) {
            let mut xml = String::new();
            text(&mut xml, &string);
            prop_assert!(!xml.contains(['<', '>', '\0']));
        }
    }
}
