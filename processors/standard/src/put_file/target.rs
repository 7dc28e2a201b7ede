//! Where a flowfile's content goes: never outside the folder that the flow names, whatever an attribute says.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use processors_api::{FlowFile, MASK, Session, Text};

use super::{PutError, PutFile, temporary};
use crate::files::{self, Place};

const COMPARED_BYTES: usize = 64 * 1024;

pub(super) struct Target {
    /// The folder that the flow names.
    pub(super) folder: PathBuf,
    pub(super) folder_shown: String,
    /// The file: in the folder or below it.
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) uri: Text,
}

impl Target {
    pub(super) fn new(
        put: &PutFile,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Self, PutError> {
        let directory = session.evaluate(&put.directory, flowfile)?;
        let name = session.evaluate(&put.filename, flowfile)?;
        let own = session.evaluate_alone(&put.directory).unwrap_or_else(|_| Text::from(""));
        if ups(directory.reveal()) > ups(own.reveal()) {
            return Err(PutError::Outside { shown: directory.masked().to_owned() });
        }
        let place = Place::new(session.context(), &directory);
        let below = Path::new(name.reveal());
        if below.as_os_str().is_empty() {
            return Err(PutError::NoName);
        }
        let is_below = below.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_below || name.reveal().ends_with('/') || name.reveal().contains('\0') {
            return Err(PutError::Outside { shown: format!("`{}`", name.masked()) });
        }
        if below.file_name().is_some_and(temporary::is_reserved) {
            return Err(PutError::Reserved { shown: format!("`{}`", name.masked()) });
        }
        let path = place.path.join(below);
        let is_secret = directory.is_sensitive() || name.is_sensitive();
        let shown = if is_secret {
            format!("{}/{MASK}", place.shown)
        } else {
            format!("{}/{}", place.shown, name.reveal())
        };
        let uri = if is_secret {
            Text::sensitive(files::uri(&path))
        } else {
            Text::from(files::uri(&path))
        };
        // A link in the place of a held file is where its real file is written.
        let held = session.held_at(flowfile, &path).map(|held| held.path.clone());
        let folder =
            held.as_ref().and_then(|real| real.parent()).map_or(place.path, Path::to_owned);
        Ok(Self { folder, folder_shown: place.shown, path: held.unwrap_or(path), shown, uri })
    }

    pub(super) fn failed(&self, error: io::Error) -> PutError {
        PutError::Write { shown: self.shown.clone(), error }
    }

    /// The folder that the file itself is in.
    pub(super) fn parent(&self) -> &Path {
        self.path.parent().unwrap_or(&self.folder)
    }

    /// Whether the file is there and holds exactly the flowfile's content; nothing when it is not there.
    pub(super) fn holds(&self, session: &Session, flowfile: &FlowFile) -> io::Result<Option<bool>> {
        let metadata = match fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !metadata.is_file() || metadata.len() != flowfile.size() {
            return Ok(Some(false));
        }
        let Ok(file) = files::open_regular(&self.path) else { return Ok(Some(false)) };
        is_same(file, session.read(flowfile)?).map(Some)
    }

    /// Makes the file that is there durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        files::open_regular(&self.path)?.sync_all()?;
        sync_folder(self.parent())
    }

    /// Creates all missing levels of the folder; tells which, the innermost first.
    pub(super) fn create_folder(&self, durable: bool) -> io::Result<Vec<&Path>> {
        let is_missing = |folder: &&Path| !folder.exists();
        let missing: Vec<&Path> = self.folder.ancestors().take_while(is_missing).collect();
        if missing.is_empty() {
            return Ok(missing);
        }
        fs::create_dir_all(&self.folder)?;
        if durable {
            missing.iter().filter_map(|folder| folder.parent()).try_for_each(sync_folder)?;
        }
        Ok(missing)
    }

    /// A subfolder may be a link to anywhere.
    pub(super) fn check_inside(&self) -> Result<(), PutError> {
        let real = |path: &Path| path.canonicalize().map_err(|error| self.failed(error));
        if self.parent() != self.folder && !real(self.parent())?.starts_with(real(&self.folder)?) {
            return Err(PutError::Outside { shown: self.shown.clone() });
        }
        Ok(())
    }

    /// How many other entries the folder has; counting ends at `most`.
    pub(super) fn others(&self, most: u32) -> io::Result<u32> {
        let mut count = 0;
        for entry in fs::read_dir(self.parent())? {
            let name = entry?.file_name();
            if Some(name.as_os_str()) != self.path.file_name() && !temporary::is_ours(&name) {
                count += 1;
            }
            if count >= most {
                break;
            }
        }
        Ok(count)
    }
}

/// How often a path goes up.
fn ups(path: &str) -> usize {
    path.split('/').filter(|part| *part == "..").count()
}

fn is_same(mut file: impl Read, mut content: impl Read) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; COMPARED_BYTES], vec![0; COMPARED_BYTES]);
    loop {
        let count = file.read(&mut left)?;
        if count == 0 {
            return Ok(content.read(&mut right)? == 0);
        }
        match content.read_exact(&mut right[..count]) {
            Ok(()) if left[..count] == right[..count] => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
