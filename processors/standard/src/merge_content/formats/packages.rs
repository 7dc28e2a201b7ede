//! NiFi's own packages: each part with its attributes, one behind the other, so that they can be taken apart again.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
};

use processors_api::{ContentWriter, FlowFile, core_attributes};

use super::{Making, WriteError, Written, archive, copy};

/// A length of so many bytes or more is written with four bytes behind the mark of it.
const LONG: usize = 0xffff;

/// A version of the stream format.
#[derive(Clone, Copy)]
pub(super) struct Version {
    magic: &'static [u8],
    mime_type: &'static str,
}

pub(super) const V3: Version = Version { magic: b"NiFiFF3", mime_type: "application/flowfile-v3" };
pub(super) const V2: Version = Version { magic: b"", mime_type: "application/flowfile-v2" };

/// The attributes of each part, their number, then its content behind its length.
pub(super) fn stream(making: Making<'_>, version: Version) -> Result<Written, WriteError> {
    let mut writer = making.writer(has_secrets(making.parts));
    for part in making.parts {
        writer.write_all(version.magic)?;
        let attributes = attributes(part);
        write_length(&mut writer, attributes.len())?;
        for text in attributes.iter().flat_map(|(name, value)| [name, value]) {
            write_length(&mut writer, text.len())?;
            writer.write_all(text.as_bytes())?;
        }
        writer.write_all(&part.size().to_be_bytes())?;
        copy(making.reader(part)?, &mut writer)?;
    }
    finish(writer, version.mime_type)
}

fn write_length(writer: &mut ContentWriter, length: usize) -> io::Result<()> {
    match u16::try_from(length) {
        Ok(short) if length < LONG => writer.write_all(&short.to_be_bytes()),
        _ => {
            let length = u32::try_from(length).map_err(io::Error::other)?;
            writer.write_all(&[0xff, 0xff])?;
            writer.write_all(&length.to_be_bytes())
        }
    }
}

/// A TAR for each part: its attributes as XML, and its content.
pub(super) fn tar(making: Making<'_>) -> Result<Written, WriteError> {
    let mut writer = making.writer(has_secrets(making.parts));
    let now = making.session.context().clock.now();
    for part in making.parts {
        let mut archive = ::tar::Builder::new(writer);
        let xml = xml(&attributes(part));
        let mut header = archive::header(xml.len() as u64, 0o644, now);
        archive.append_data(&mut header, "flowfile.attributes", xml.as_bytes())?;
        let mut header = archive::header(part.size(), 0o644, now);
        archive.append_data(&mut header, "flowfile.content", making.reader(part)?)?;
        writer = archive.into_inner()?;
    }
    finish(writer, "application/flowfile-v1")
}

fn finish(writer: ContentWriter, mime_type: &str) -> Result<Written, WriteError> {
    let content = writer.finish()?;
    Ok(Written {
        content,
        mime_type: mime_type.to_owned(),
        extension: ".pkg",
        unmerged: Vec::new(),
    })
}

fn has_secrets(parts: &[FlowFile]) -> bool {
    parts.iter().any(|part| part.attributes().iter().any(|(_, value)| value.is_sensitive()))
}

/// The attributes of a part, its `uuid` among them.
fn attributes(part: &FlowFile) -> BTreeMap<String, String> {
    let own = part.attributes().iter();
    let mut attributes: BTreeMap<String, String> =
        own.map(|(name, value)| (name.to_string(), value.reveal().to_owned())).collect();
    attributes.insert(core_attributes::UUID.to_owned(), part.id().to_string());
    attributes
}

fn xml(attributes: &BTreeMap<String, String>) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE properties\n  SYSTEM \"http://java.sun.com/dtd/properties.dtd\">\n<properties>".to_owned();
    for (name, value) in attributes {
        let _ = write!(xml, "\n  <entry key=\"{}\">{}</entry>", escaped(name), escaped(value));
    }
    xml + "</properties>"
}

/// Signs that XML has no place for are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\0' | '\u{fffe}' | '\u{ffff}' => {}
            control if control.is_control() && !matches!(control, '\t' | '\n' | '\u{85}') => {
                let _ = write!(escaped, "&#{};", u32::from(control));
            }
            sign => escaped.push(sign),
        }
    }
    escaped
}
