//! The one name of a file that all its other names lead to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// As many links in a row as Linux follows.
const LINKS_MAX: usize = 40;

/// Why a path does not lead to a file that can be held.
#[derive(Debug, thiserror::Error)]
pub enum RealPathError {
    #[error("`{}` names a folder; what is held must be a file", .0.display())]
    NotAFile(PathBuf),
    #[error("the folder of `{}` does not exist; make it first: mkdir -p {}", path.display(), folder.display())]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error("`{}` is a link that leads round in a circle", .0.display())]
    LinkLoop(PathBuf),
    #[error("`{}` cannot be looked up", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// The absolute path of a file without links in it. The file itself may be missing, its folder may not.
pub fn real_path(path: &Path) -> Result<PathBuf, RealPathError> {
    let mut next = path.to_owned();
    for _ in 0..LINKS_MAX {
        match fs::canonicalize(&next) {
            Ok(real) => return only_file(real),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => break,
            Err(source) => return Err(RealPathError::Io { path: path.to_owned(), source }),
        }
        let missing = in_real_folder(&next)?;
        // A link whose target is missing: the target is the file that will be made.
        let Ok(target) = fs::read_link(&missing) else { return Ok(missing) };
        next = folder_of(&missing).join(target);
    }
    Err(RealPathError::LinkLoop(path.to_owned()))
}

/// The folder of a file; a bare name lies in the current one.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn only_file(real: PathBuf) -> Result<PathBuf, RealPathError> {
    if real.is_dir() { Err(RealPathError::NotAFile(real)) } else { Ok(real) }
}

fn in_real_folder(path: &Path) -> Result<PathBuf, RealPathError> {
    let Some(name) = path.file_name() else {
        return Err(RealPathError::NotAFile(path.to_owned()));
    };
    let folder = folder_of(path);
    match fs::canonicalize(folder) {
        Ok(real) => Ok(real.join(name)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(RealPathError::NoFolder { path: path.to_owned(), folder: folder.to_owned() })
        }
        Err(source) => Err(RealPathError::Io { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use expect_test::{Expect, expect};

    use super::*;

    /// A folder with a file, links to it, a link to what is missing, and a link to itself.
    fn check(path: &str, expected: Expect) {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir(root.join("real")).unwrap();
        fs::write(root.join("real/xero.json"), "{}").unwrap();
        symlink("real", root.join("linked")).unwrap();
        symlink("real/xero.json", root.join("link.json")).unwrap();
        symlink("linked/later.json", root.join("dangling.json")).unwrap();
        symlink("loop.json", root.join("loop.json")).unwrap();
        let text = match real_path(&root.join(path)) {
            Ok(real) => real.display().to_string(),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&text.replace(&root.display().to_string(), "ROOT"));
    }

    #[test]
    fn all_names_of_a_file_lead_to_one() {
        check("real/xero.json", expect!["ROOT/real/xero.json"]);
        check("real/../real/./xero.json", expect!["ROOT/real/xero.json"]);
        check("linked/xero.json", expect!["ROOT/real/xero.json"]);
        check("link.json", expect!["ROOT/real/xero.json"]);
    }

    #[test]
    fn a_file_that_is_missing_has_a_real_path_too() {
        check("linked/new.json", expect!["ROOT/real/new.json"]);
        check("dangling.json", expect!["ROOT/real/later.json"]);
    }

    #[test]
    fn what_cannot_be_a_file_is_said() {
        check("real", expect!["`ROOT/real` names a folder; what is held must be a file"]);
        check(
            "nowhere/..",
            expect!["`ROOT/nowhere/..` names a folder; what is held must be a file"],
        );
        check(
            "nowhere/x.json",
            expect![
                "the folder of `ROOT/nowhere/x.json` does not exist; make it first: mkdir -p ROOT/nowhere"
            ],
        );
        check("loop.json", expect!["`ROOT/loop.json` is a link that leads round in a circle"]);
        check("link.json/x", expect!["`ROOT/link.json/x` cannot be looked up"]);
    }
}
