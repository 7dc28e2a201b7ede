//! TAR and ZIP: each part is an entry under its own name. A name that leads out of the archive is refused, as is the second
//! entry of a name in a ZIP.

use std::collections::HashSet;

use jiff::{Timestamp, fmt::strtime, tz::TimeZone};
use processors_api::{FlowFile, core_attributes};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{Making, WriteError, Written, copy, name};

/// The attribute with the permissions that an entry of a TAR gets, as an octal number.
const PERMISSIONS: &str = "tar.permissions";

/// Permissions without that attribute, and the most that it can give.
const MODE: u32 = 0o644;
const MODE_MAX: u32 = 0o7777;

pub(super) fn tar(making: Making<'_>) -> Result<Written, WriteError> {
    let mut archive = ::tar::Builder::new(making.writer(false));
    let mut unmerged = Vec::new();
    for (index, part) in making.parts.iter().enumerate() {
        let entry = match entry(making, part) {
            Ok(entry) => entry,
            Err(reason) => {
                unmerged.push((index, reason));
                continue;
            }
        };
        let mut header = header(part.size(), mode(part), modified(making, part)?);
        archive.append_data(&mut header, entry, making.reader(part)?)?;
    }
    let content = archive.into_inner()?.finish()?;
    Ok(Written { content, mime_type: "application/tar".to_owned(), extension: ".tar", unmerged })
}

/// The header of a file's entry; its name comes with its content.
pub(super) fn header(bytes: u64, mode: u32, modified: Timestamp) -> ::tar::Header {
    let mut header = ::tar::Header::new_gnu();
    header.set_entry_type(::tar::EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(mode);
    header.set_mtime(u64::try_from(modified.as_second()).unwrap_or_default());
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn mode(part: &FlowFile) -> u32 {
    let permissions = part.attributes().get(PERMISSIONS);
    let mode = permissions.and_then(|text| u32::from_str_radix(text.reveal().trim(), 8).ok());
    mode.filter(|mode| *mode <= MODE_MAX).unwrap_or(MODE)
}

/// When a part was last changed, as `tar_modified_time` says; else now.
fn modified(making: Making<'_>, part: &FlowFile) -> Result<Timestamp, WriteError> {
    let text = making.session.evaluate(&making.properties.tar_modified_time, part)?;
    let text = text.reveal().trim();
    let with_zone =
        || strtime::parse("%Y-%m-%dT%H:%M:%S%z", text).and_then(|time| time.to_timestamp());
    let modified = text.parse().or_else(|_| with_zone());
    Ok(modified.unwrap_or_else(|_| making.session.context().clock.now()))
}

pub(super) fn zip(making: Making<'_>) -> Result<Written, WriteError> {
    let context = making.session.context();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        // An entry that is not compressed cannot be read by everybody when its length was not known before.
        .compression_level(Some(i64::from(making.properties.compression_level.max(1))))
        .last_modified_time(dos_time(context.clock.now(), &context.zone));
    let mut archive = ZipWriter::new_stream(making.writer(false));
    let (mut names, mut unmerged) = (HashSet::new(), Vec::new());
    for (index, part) in making.parts.iter().enumerate() {
        let entry = entry(making, part).and_then(|entry| match names.insert(entry.clone()) {
            true => Ok(entry),
            false => Err(format!("another entry of the archive is called {}", shown(part, &entry))),
        });
        match entry {
            Ok(entry) => {
                archive
                    .start_file(entry, options.large_file(part.size() >= u64::from(u32::MAX)))?;
                copy(making.reader(part)?, &mut archive)?;
            }
            Err(reason) => unmerged.push((index, reason)),
        }
    }
    let content = archive.finish()?.into_inner().finish()?;
    Ok(Written { content, mime_type: "application/zip".to_owned(), extension: ".zip", unmerged })
}

/// A time as a ZIP has it: local, from 1980 on, in steps of two seconds.
fn dos_time(time: Timestamp, zone: &TimeZone) -> DateTime {
    let local = zone.to_datetime(time);
    let part = |value: i8| u8::try_from(value).unwrap_or_default();
    let time = DateTime::from_date_and_time(
        u16::try_from(local.year()).unwrap_or_default(),
        part(local.month()),
        part(local.day()),
        part(local.hour()),
        part(local.minute()),
        part(local.second()),
    );
    time.unwrap_or_default()
}

/// The name of a part's entry, with its path if that is kept.
fn entry(making: Making<'_>, part: &FlowFile) -> Result<String, String> {
    let name = name(part);
    let path = part.attributes().get(core_attributes::PATH).map_or("", |path| path.reveal());
    let path = if making.properties.keep_path { path } else { "" };
    let folders = path.split('/').filter(|folder| !matches!(*folder, "" | "."));
    let entry: String = folders.map(|folder| format!("{folder}/")).collect();
    let entry = entry + name.trim_start_matches('/');
    let leads_out = entry.split(['/', '\\']).any(|step| step == "..");
    if leads_out || entry.is_empty() || entry.ends_with('/') || entry.contains('\0') {
        return Err(format!(
            "{} cannot be the name of an entry of an archive",
            shown(part, &entry)
        ));
    }
    Ok(entry)
}

fn shown(part: &FlowFile, entry: &str) -> String {
    let is_secret =
        |name: &str| part.attributes().get(name).is_some_and(|text| text.is_sensitive());
    let secret = is_secret(core_attributes::FILENAME) || is_secret(core_attributes::PATH);
    if secret { processors_api::MASK.to_owned() } else { format!("`{}`", entry.escape_debug()) }
}
