//! `getUri`: a URI from its parts, as Java's `URI` with seven arguments makes it. A `%` is always escaped.

use std::{
    fmt::Write,
    net::{Ipv4Addr, Ipv6Addr},
};

use crate::expression::{
    EvaluateError, Type,
    evaluation::Call,
    function::{Answer, Argument, Function, Kind},
};

const PARTS: &[Argument] = &[
    Argument::new("scheme", Kind::Text),
    Argument::new("user", Kind::Text),
    Argument::new("host", Kind::Text),
    Argument::new("port", Kind::Text),
    Argument::new("path", Kind::Text),
    Argument::new("query", Kind::Text),
    Argument::new("fragment", Kind::Text),
];

pub(super) const FUNCTIONS: &[Function] = &[Function::first("getUri", Type::String, uri)
    .takes(PARTS)
    .doc("A URI from its parts; `null` leaves one out, but a port is left out by -1.")
    .example(
        "${getUri('https', null, 'example.com', 8443, '/a b', 'q=${q}', null)}",
        &[("q", "x y")],
        "https://example.com:8443/a%20b?q=x%20y",
    )];

/// The signs that may stand in a part unescaped, beside letters, digits and `-_.!~*'()`.
const USER: &str = ";:&=+$,";
const PATH: &str = ":@&=+$,;/";
const QUERY: &str = ";/?:@&=+$,[]";

fn uri(call: &Call<'_>) -> Answer {
    let mut uri = String::new();
    let scheme = call.text(0)?;
    if let Some(scheme) = &scheme {
        if !is_scheme(scheme) {
            return Err(call.error("the scheme must be a name such as `https`"));
        }
        let _ = write!(uri, "{scheme}:");
    }
    let has_authority = authority(call, &mut uri)?;
    let path = call.text(4)?.unwrap_or_default();
    if scheme.is_some() && !path.is_empty() && !path.starts_with('/') {
        return Err(call.error("with a scheme, the path must begin with `/`"));
    }
    if scheme.is_some() && !has_authority && path.is_empty() && call.text(5)?.is_none() {
        return Err(call.error("with a scheme alone there is nothing that the URI could name"));
    }
    uri += &escape(&path, PATH);
    for (index, sign) in [(5, '?'), (6, '#')] {
        if let Some(part) = call.text(index)? {
            uri.push(sign);
            uri += &escape(&part, QUERY);
        }
    }
    Ok(uri.into())
}

/// Writes the host and what belongs to it; whether there is one.
fn authority(call: &Call<'_>, uri: &mut String) -> Result<bool, EvaluateError> {
    let port = call.text(3)?.and_then(|port| port.parse::<i32>().ok());
    let port = port.ok_or_else(|| call.error("the port must be a number; -1 leaves it out"))?;
    let Some(host) = call.text(2)? else { return Ok(false) };
    if !is_host(&host) {
        return Err(call.error("the host has signs that no host has"));
    }
    uri.push_str("//");
    if let Some(user) = call.text(1)? {
        let _ = write!(uri, "{}@", escape(&user, USER));
    }
    let is_bare_address = host.contains(':') && !host.starts_with('[');
    *uri += &if is_bare_address { format!("[{host}]") } else { host };
    match port {
        -1 => Ok(true),
        0.. => {
            let _ = write!(uri, ":{port}");
            Ok(true)
        }
        _ => Err(call.error("the port must be 0 or more")),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// A name, an address of IP 4, or one of IP 6 with or without its brackets.
fn is_host(text: &str) -> bool {
    if text.contains(':') {
        let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let address = inside.split_once('%').map_or(inside, |(address, _)| address);
        return address.parse::<Ipv6Addr>().is_ok();
    }
    text.parse::<Ipv4Addr>().is_ok() || is_host_name(text)
}

/// Labels of letters, digits and hyphens inside; the last one begins with a letter.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let text = text.strip_suffix('.').unwrap_or(text);
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_word = last.starts_with(|c: char| c.is_ascii_alphabetic()) || !text.contains('.');
    text.split('.').all(is_label) && is_word
}

fn escape(text: &str, allowed: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let stays = match c.is_ascii() {
            true => c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c) || allowed.contains(c),
            false => !c.is_whitespace() && !c.is_control(),
        };
        if stays {
            escaped.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
