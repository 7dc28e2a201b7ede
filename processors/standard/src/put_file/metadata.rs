//! A new file's time, permissions and owner, where the flow says them. What cannot be set is warned of: the file is
//! written all the same.

use std::{
    fs::{File, Permissions},
    io,
    os::unix::fs::{PermissionsExt, fchown},
};

use jiff::Timestamp;
use processors_api::{Expr, FlowFile, Session};

use super::{PutFile, target::Target};

type Setter = fn(&File, &str) -> io::Result<()>;

pub(super) fn apply(
    put: &PutFile,
    session: &Session,
    flowfile: &FlowFile,
    target: &Target,
    file: &File,
) {
    let settings: [(&str, &Option<Expr<String>>, Setter); 4] = [
        ("last_modified_time", &put.last_modified_time, set_time),
        ("permissions", &put.permissions, set_mode),
        ("owner", &put.owner, set_owner),
        ("group", &put.group, set_group),
    ];
    for (property, expression, set) in settings {
        let Some(expression) = expression else { continue };
        let done = match session.evaluate(expression, flowfile) {
            Ok(value) if value.reveal().trim().is_empty() => Ok(()),
            Ok(value) => set(file, value.reveal().trim()).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = done {
            tracing::warn!(
                processor = &*session.context().processor,
                file = target.shown,
                property,
                error,
                "cannot be set"
            );
        }
    }
}

/// `rwxr-x---` or `750`.
pub(super) fn mode(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.len() == 3 {
        return u32::from_str_radix(text, 8).ok();
    }
    let wanted = "rwxrwxrwx";
    (text.len() == wanted.len()).then_some(())?;
    text.chars().zip(wanted.chars()).try_fold(0, |mode, (sign, allowed)| match sign {
        '-' => Some(mode << 1),
        sign if sign == allowed => Some((mode << 1) | 1),
        _ => None,
    })
}

fn set_mode(file: &File, text: &str) -> io::Result<()> {
    let mode = mode(text).ok_or_else(|| wrong("permissions are written rw-r----- or 640"))?;
    file.set_permissions(Permissions::from_mode(mode))
}

fn set_time(file: &File, text: &str) -> io::Result<()> {
    let time = Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", text)
        .map_err(|_| wrong("a time is written 2026-01-31T08:00:00+0000"))?;
    file.set_modified(time.into())
}

fn set_owner(file: &File, name: &str) -> io::Result<()> {
    let user =
        uzers::get_user_by_name(name).ok_or_else(|| wrong("there is no user of that name"))?;
    fchown(file, Some(user.uid()), None)
}

fn set_group(file: &File, name: &str) -> io::Result<()> {
    let group =
        uzers::get_group_by_name(name).ok_or_else(|| wrong("there is no group of that name"))?;
    fchown(file, None, Some(group.gid()))
}

fn wrong(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_in_both_forms() {
        for (text, expected) in [
            ("rwxr-x---", Some(0o750)),
            ("640", Some(0o640)),
            ("---------", Some(0)),
            ("rw-r--r-", None),
            ("wrx------", None),
            ("9x0", None),
        ] {
            assert_eq!(mode(text), expected, "{text}");
        }
    }
}
