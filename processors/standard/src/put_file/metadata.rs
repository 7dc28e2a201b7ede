//! A new file's time, permissions and owner, where the flow says them. What cannot be set is warned of: the file is
//! written all the same. New folders get permissions and an owner too; there permissions that cannot be set are an error.

use std::{
    fs::{File, Permissions},
    io,
    os::unix::fs::{PermissionsExt, fchown},
    path::Path,
};

use jiff::Timestamp;
use processors_api::{Expr, FlowFile, Session};

use super::{PutError, PutFile, target::Target};

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
        if let Err(error) = set_one(session, flowfile, expression.as_ref(), file, set) {
            warn(session, &target.shown, property, &error);
        }
    }
}

/// What is blank is not set.
fn set_one(
    session: &Session,
    flowfile: &FlowFile,
    expression: Option<&Expr<String>>,
    file: &File,
    set: Setter,
) -> Result<(), String> {
    let Some(expression) = expression else { return Ok(()) };
    let value = session.evaluate(expression, flowfile).map_err(|error| error.to_string())?;
    match value.reveal().trim() {
        "" => Ok(()),
        text => set(file, text).map_err(|error| error.to_string()),
    }
}

fn warn(session: &Session, file: &str, property: &str, error: &str) {
    tracing::warn!(
        processor = &*session.context().processor,
        file,
        property,
        error,
        "cannot be set"
    );
}

/// For folders that were just created, the innermost first: an outer one may be closed to us afterwards.
pub(super) fn apply_to_folders(
    put: &PutFile,
    session: &Session,
    flowfile: &FlowFile,
    target: &Target,
    folders: &[&Path],
) -> Result<(), PutError> {
    if put.permissions.is_none() && put.owner.is_none() && put.group.is_none() {
        return Ok(());
    }
    for folder in folders {
        let shown = || target.folder_shown.clone();
        let opened = File::open(folder).map_err(|error| target.failed(error))?;
        let owners: [(&str, &Option<Expr<String>>, Setter); 2] =
            [("owner", &put.owner, set_owner), ("group", &put.group, set_group)];
        for (property, expression, set) in owners {
            if let Err(error) = set_one(session, flowfile, expression.as_ref(), &opened, set) {
                warn(session, &shown(), property, &error);
            }
        }
        set_one(session, flowfile, put.permissions.as_ref(), &opened, set_folder_mode)
            .map_err(|error| PutError::FolderPermissions { shown: shown(), error })?;
    }
    Ok(())
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

/// A folder that may be read or written may be entered too; one whose mode is in octal always by its owner.
fn folder_mode(text: &str) -> Option<u32> {
    let mode = mode(text)?;
    let enter = [0o100, 0o010, 0o001].into_iter().filter(|x| mode & (x * 0o6) != 0).sum::<u32>();
    let owner = if text.trim().len() == 3 { 0o100 } else { 0 };
    Some(mode | enter | owner)
}

fn set_mode(file: &File, text: &str) -> io::Result<()> {
    set_permissions(file, mode(text))
}

fn set_folder_mode(folder: &File, text: &str) -> io::Result<()> {
    set_permissions(folder, folder_mode(text))
}

fn set_permissions(file: &File, mode: Option<u32>) -> io::Result<()> {
    let mode = mode.ok_or_else(|| wrong("permissions are written rw-r----- or 640"))?;
    file.set_permissions(Permissions::from_mode(mode))
}

fn set_time(file: &File, text: &str) -> io::Result<()> {
    let time = Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", text)
        .map_err(|_| wrong("a time is written 2026-01-31T08:00:00+0000"))?;
    file.set_modified(time.into())
}

fn set_owner(file: &File, name: &str) -> io::Result<()> {
    let user = uzers::get_user_by_name(name).map(|user| user.uid()).or_else(|| name.parse().ok());
    let user = user.ok_or_else(|| wrong("there is no user of that name"))?;
    fchown(file, Some(user), None)
}

fn set_group(file: &File, name: &str) -> io::Result<()> {
    let group =
        uzers::get_group_by_name(name).map(|group| group.gid()).or_else(|| name.parse().ok());
    let group = group.ok_or_else(|| wrong("there is no group of that name"))?;
    fchown(file, None, Some(group))
}

fn wrong(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_may_be_read_or_written_may_be_entered() {
        for (text, expected) in [
            ("rw-r-----", Some(0o750)),
            ("640", Some(0o750)),
            ("-w--w---x", Some(0o331)),
            ("---------", Some(0)),
            ("000", Some(0o100)),
            ("?", None),
        ] {
            assert_eq!(folder_mode(text), expected, "{text}");
        }
    }

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
