//! A field of a CSV file.

fn needs_quotes(text: &str) -> bool {
    text.contains([',', '"', '\r', '\n'])
}

pub(super) fn escape(text: &str) -> String {
    if needs_quotes(text) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

pub(super) fn unescape(text: &str) -> String {
    let inside = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match inside.filter(|inside| needs_quotes(inside)) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => text.to_owned(),
    }
}
