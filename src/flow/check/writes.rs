//! What each processor sets: the attributes of its type and those of its settings, as far as anybody knows.

use processors_api::{
    AttributeName, Entry, Input, SetAttribute, Span, decode::PropertyText, diagnostic::normalize,
};

use super::super::placed::Placed;

/// Headers of an HTTP response whose names have no hyphen.
const PLAIN_HEADERS: [&str; 19] = [
    "age",
    "allow",
    "connection",
    "cookie",
    "date",
    "etag",
    "expires",
    "host",
    "link",
    "location",
    "origin",
    "p3p",
    "pragma",
    "server",
    "trailer",
    "upgrade",
    "vary",
    "via",
    "warning",
];

/// Something that a processor sets.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    name: Name<'a>,
    /// It tells how something outside went, so that it is another one each time.
    pub(super) is_outcome: bool,
}

#[derive(Clone, Copy)]
enum Name<'a> {
    Exact(&'a str),
    Known(&'a AttributeName),
    Any,
}

/// What tells one family of names from another: how they are known, and by what beginning.
pub(super) type Family<'a> = (u8, &'a str);

impl<'a> Written<'a> {
    /// The family of names that it stands for.
    pub(super) fn family(&self) -> Family<'a> {
        match self.name {
            Name::Exact(exact) => (0, exact),
            Name::Known(AttributeName::Exact(exact)) => (0, exact),
            Name::Known(AttributeName::Prefix(prefix)) => (1, prefix),
            Name::Known(AttributeName::HttpHeader(prefix)) => (2, prefix),
            Name::Known(AttributeName::Any) | Name::Any => (3, ""),
        }
    }

    /// Whether this attribute may be it.
    pub(super) fn may_be(&self, name: &str) -> bool {
        match self.name {
            Name::Exact(exact) => exact == name,
            Name::Any | Name::Known(AttributeName::Any) => true,
            Name::Known(AttributeName::Exact(exact)) => **exact == *name,
            Name::Known(AttributeName::Prefix(prefix)) => name.starts_with(&**prefix),
            Name::Known(AttributeName::HttpHeader(prefix)) => {
                let rest = name.strip_prefix(&**prefix);
                rest.is_some_and(|rest| !prefix.is_empty() || is_like_header(rest))
            }
        }
    }

    /// Its name, when it is one.
    pub(super) fn exact(&self) -> Option<&'a str> {
        match self.name {
            Name::Exact(exact) => Some(exact),
            Name::Known(AttributeName::Exact(exact)) => Some(exact),
            Name::Known(_) | Name::Any => None,
        }
    }
}

fn is_like_header(name: &str) -> bool {
    name.contains('-') || PLAIN_HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// What a processor sets on flowfiles that take a relationship; anything, when nobody knows.
pub(super) fn on<'a>(
    placed: &'a Placed<'_>,
    relationship: &'a str,
) -> impl Iterator<Item = Written<'a>> {
    let unknown = is_unknown(placed).then_some(Written { name: Name::Any, is_outcome: false });
    let named = if placed.processor.is_none() { names(placed) } else { &[] };
    let named = named.iter().map(|entry| &*entry.key.text);
    let named = named.map(|name| Written { name: Name::Exact(name), is_outcome: false });
    let of_type = placed.kind.map(|kind| kind.writes).unwrap_or_default().iter();
    let of_type = of_type
        .filter(move |written| written.on.is_empty() || written.on.contains(&relationship))
        .map(|written| Written { name: Name::Exact(written.name), is_outcome: written.outcome });
    let set = set_by(placed, relationship).map(|set| Written {
        name: Name::Known(&set.name),
        is_outcome: matches!(set.name, AttributeName::HttpHeader(_)),
    });
    unknown.into_iter().chain(named).chain(of_type).chain(set)
}

/// Whether nobody knows what it sets, since it could not be built; what a source sets stands in the file all the same.
fn is_unknown(placed: &Placed<'_>) -> bool {
    let is_source = placed.kind.is_some_and(|kind| kind.input == Input::Forbidden);
    placed.relationships.is_none() && !(is_source && placed.processor.is_none())
}

/// What stands below the property of names.
fn names<'p>(placed: &'p Placed<'_>) -> &'p [Entry] {
    let home = placed.kind.and_then(|kind| kind.named_home);
    let properties = placed.model.properties.and_then(|node| node.as_map());
    let mut entries = properties.into_iter().flat_map(|map| &map.entries);
    let named = entries.find(|entry| Some(&*normalize(&entry.key.text)) == home);
    named.and_then(|entry| entry.value.as_map()).map_or(&[], |map| &map.entries)
}

/// What a processor sets on flowfiles that take a relationship, because of its settings.
pub(super) fn set_by<'a>(
    placed: &'a Placed<'_>,
    relationship: &'a str,
) -> impl Iterator<Item = &'a SetAttribute> {
    let sets = placed.facts.sets.iter();
    sets.filter(move |set| set.on.is_empty() || set.on.iter().any(|on| on == relationship))
}

/// Where the file says that a processor sets an attribute: its name below the property of names; else its type.
pub(super) fn place(placed: &Placed<'_>, attribute: &str) -> Span {
    let named = names(placed).iter().find(|entry| *entry.key.text == *attribute);
    let kind = placed.model.kind.map_or(placed.model.id.span, |kind| kind.span);
    named.map_or(kind, |entry| entry.key.span)
}

/// The expressions that give an attribute its value: more than one where rules do.
pub(super) fn values<'p>(
    placed: &'p Placed<'_>,
    attribute: &'p str,
) -> impl Iterator<Item = &'p PropertyText> {
    let is_named = |text: &&PropertyText| text.key != text.property;
    placed.texts.iter().filter(is_named).filter(move |text| *text.key == *attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_by_their_names() {
        let may_be = |prefix: &str, name: &str| {
            let known = AttributeName::HttpHeader(prefix.into());
            Written { name: Name::Known(&known), is_outcome: true }.may_be(name)
        };
        for (prefix, name, expected) in [
            ("", "X-Daylimit-Remaining", true),
            ("", "ETag", true),
            ("", "acess_token", false),
            ("xero.", "xero.anything", true),
            ("xero.", "Location", false),
        ] {
            assert_eq!(may_be(prefix, name), expected, "{prefix}{name}");
        }
    }
}
