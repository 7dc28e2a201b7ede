//! What a source still has to do outside after its commit: delete or move the file it took, if it still is that file.
//! Doing it twice does no harm, so that after a restart it is simply done again.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use processors_api::AfterCommit;

use crate::repository::record::Name;

/// Does all of it; gives the paths that are done with. What failed stays due and is tried at the next start.
pub(crate) fn perform(actions: Vec<AfterCommit>) -> Vec<Name> {
    let finished = |action: &AfterCommit| match take_away(action) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(path = &*action.path, %error, "a file that was taken could not be taken away; it is tried again at the next start");
            false
        }
    };
    actions.into_iter().filter(finished).map(|action| action.path).collect()
}

fn take_away(action: &AfterCommit) -> io::Result<()> {
    let path = Path::new(&*action.path);
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        // Somebody put another file in its place: that one was not taken.
        Ok(metadata) if !is_same(&metadata, action) => Ok(()),
        Ok(_) => match &action.move_to {
            Some(target) => fs::rename(path, &**target),
            None => fs::remove_file(path),
        },
    }
}

fn is_same(metadata: &fs::Metadata, action: &AfterCommit) -> bool {
    metadata.ino() == action.inode
        && metadata.len() == action.size
        && modified_ns(metadata) == action.modified_ns
}

fn modified_ns(metadata: &fs::Metadata) -> i128 {
    i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(path: &Path) -> AfterCommit {
        let metadata = fs::metadata(path).unwrap();
        AfterCommit {
            path: path.to_str().unwrap().into(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified_ns: modified_ns(&metadata),
            move_to: None,
        }
    }

    #[test]
    fn only_the_file_that_was_taken_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (taken, replaced) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&taken, "1").unwrap();
        fs::write(&replaced, "1").unwrap();
        let actions = vec![action(&taken), action(&replaced)];
        fs::write(folder.path().join("c"), "other").unwrap();
        fs::rename(folder.path().join("c"), &replaced).unwrap();
        assert_eq!(perform(actions.clone()).len(), 2);
        assert!(!taken.exists() && replaced.exists());
        assert_eq!(perform(actions).len(), 2, "doing it again does no harm");
        assert!(replaced.exists());
    }
}
