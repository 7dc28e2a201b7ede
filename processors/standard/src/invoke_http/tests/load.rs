//! Before anything runs.

use super::*;

#[test]
fn the_method_says_whether_repeating_does_harm() {
    for (properties, expected) in [
        ("", Effect::Repeatable),
        ("http_method: put", Effect::Repeatable),
        ("http_method: POST", Effect::NotRepeatable),
        ("http_method: ${m}", Effect::NotRepeatable),
        ("http_method: POST\nrepeatable: true", Effect::Repeatable),
    ] {
        let runner = runner(&format!("http_url: http://x/\n{properties}"));
        assert_eq!(runner.processor().effect(), expected, "{properties}");
    }
}

#[test]
fn mistakes_are_found_at_load() {
    for (properties, message) in [
        ("", "needs the property `http_url`"),
        ("http_url: http://x\nheaders:\n  a b: c\n", "cannot be the name of a header"),
        ("http_url: http://x\nrequest_username: a:b\n", "has no `:`"),
        ("http_url: http://x\nrequest_password: p\n", "needs request_username"),
        ("http_url: http://x\nrequest_header_attributes_pattern: (\n", "no regular expression"),
    ] {
        let mistakes = TestRunner::<InvokeHttp>::mistakes_async(properties);
        assert!(mistakes.contains(message), "{properties}: {mistakes}");
    }
}
