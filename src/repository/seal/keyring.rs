//! The keyring: where the user's key is found, and made when something has to be sealed for the first time. Never
//! inside the data directory, never asked for by a flow that has nothing sensitive. The environment is passed in.

use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use thiserror::Error;

use super::{Fingerprint, KEY_BYTES, Key, NoRandomness, random};

/// What a key file begins with: the form of the rest.
const FORM: &str = "headwater-key-1 ";
/// A key file is one short line.
const KEY_FILE_BYTES_MAX: u64 = 256;
/// The three places, for whoever has none.
const CHOICES: &str = "set HEADWATER_KEY_FILE to a key file, give systemd's credential headwater.key to the service, \
     or make ~/.config/headwater writable";

/// Where to look for the key, in this order. Taken from the environment by the command line.
#[derive(Clone, Debug, Default)]
pub struct KeyLookup {
    /// `HEADWATER_KEY_FILE`.
    pub key_file: Option<PathBuf>,
    /// `CREDENTIALS_DIRECTORY`, which systemd sets; the key is its `headwater.key`.
    pub credentials_directory: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`.
    pub config_home: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
}

/// Why there is no key, or none that may be used.
#[derive(Debug, Error)]
pub enum KeyError {
    #[error("the key {path} cannot be read; {CHOICES}", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "the key {path} may be read by others (mode {mode:03o}); chmod 600 {path}, and consider it known to them",
        path = .path.display()
    )]
    Open { path: PathBuf, mode: u32 },
    #[error("the key {path} belongs to another user (uid {owner}, not {user}); {CHOICES}", path = .path.display())]
    Foreign { path: PathBuf, owner: u32, user: u32 },
    #[error("{path} is not a key: it should be one line, headwater-key-1 and 64 hexadecimal digits", path = .path.display())]
    Form { path: PathBuf },
    #[error(
        "secrets have to be sealed and there is no place for the key: HOME is not set; {CHOICES}"
    )]
    Homeless,
    #[error("secrets have to be sealed and the key {path} cannot be made; {CHOICES}", path = .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("sealed with key {needed}, but {path} is key {found}; {CHOICES}", path = .path.display())]
    Other { needed: Fingerprint, found: Fingerprint, path: PathBuf },
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// The key, once it was needed.
pub(crate) struct Keyring {
    lookup: KeyLookup,
    found: Mutex<Option<Found>>,
}

/// A key and the file it is from.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) key: Arc<Key>,
    pub(crate) path: PathBuf,
}

impl Keyring {
    pub(crate) fn new(lookup: KeyLookup) -> Self {
        Self { lookup, found: Mutex::new(None) }
    }

    /// The key, if there is one. It is not made.
    pub(crate) fn find(&self) -> Result<Option<Found>, KeyError> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_none() {
            *found = self.lookup.read()?;
        }
        Ok(found.clone())
    }

    /// The key to seal with; made when there is none.
    pub(crate) fn find_or_make(&self) -> Result<Found, KeyError> {
        if let Some(found) = self.find()? {
            return Ok(found);
        }
        let path = self.lookup.own_path().ok_or(KeyError::Homeless)?;
        let made = make(&path)
            .map_err(|source| KeyError::Unwritable { path: path.clone(), source })
            .and_then(|()| read(&path, Whose::User))?;
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }
}

/// Who may own a key file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    User,
    /// systemd gives credentials as root's, and their group bits are the mask of an access list.
    Systemd,
}

impl KeyLookup {
    fn read(&self) -> Result<Option<Found>, KeyError> {
        if let Some(path) = &self.key_file {
            // Whoever names a file means it: a missing one is a mistake, not a lost key.
            return read(path, Whose::User).map(Some);
        }
        let credential = self.credentials_directory.as_ref().map(|dir| dir.join("headwater.key"));
        for (path, whose) in [(credential, Whose::Systemd), (self.own_path(), Whose::User)] {
            let Some(path) = path else { continue };
            match read(&path, whose) {
                Err(KeyError::Unreadable { source, .. })
                    if source.kind() == io::ErrorKind::NotFound => {}
                found => return found.map(Some),
            }
        }
        Ok(None)
    }

    /// The key that the program makes for itself. A relative or empty variable counts as not set.
    fn own_path(&self) -> Option<PathBuf> {
        let config = self.config_home.clone().filter(|path| path.is_absolute());
        let home = || Some(self.home.clone().filter(|path| path.is_absolute())?.join(".config"));
        Some(config.or_else(home)?.join("headwater").join("key"))
    }
}

fn read(path: &Path, whose: Whose) -> Result<Found, KeyError> {
    let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    let user = rustix::process::geteuid().as_raw();
    let root_gave_it = whose == Whose::Systemd && metadata.uid() == 0;
    if metadata.uid() != user && !root_gave_it {
        return Err(KeyError::Foreign { path: path.to_owned(), owner: metadata.uid(), user });
    }
    let mode = metadata.mode() & 0o777;
    let forbidden = if whose == Whose::Systemd { 0o027 } else { 0o077 };
    if mode & forbidden != 0 {
        return Err(KeyError::Open { path: path.to_owned(), mode });
    }
    let mut line = Vec::new();
    file.take(KEY_FILE_BYTES_MAX).read_to_end(&mut line).map_err(unreadable)?;
    let key = parse(&line).and_then(|master| Key::new(&master).ok());
    let key = key.ok_or_else(|| KeyError::Form { path: path.to_owned() })?;
    Ok(Found { key: Arc::new(key), path: path.to_owned() })
}

fn parse(line: &[u8]) -> Option<[u8; KEY_BYTES]> {
    let digits = std::str::from_utf8(line).ok()?.trim_end().strip_prefix(FORM)?.as_bytes();
    if digits.len() != 2 * KEY_BYTES {
        return None;
    }
    let mut master = [0; KEY_BYTES];
    for (byte, pair) in master.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |index: usize| char::from(*pair.get(index)?).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(master)
}

/// Makes a key, whole and durable or not at all. Of two processes that do this at once one wins, and both use its key:
/// a link, unlike a rename, does not replace.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    make_folder(folder)?;
    let master: [u8; KEY_BYTES] = random().map_err(io::Error::other)?;
    let mut line = FORM.to_owned();
    for byte in master {
        write!(line, "{byte:02x}").map_err(io::Error::other)?;
    }
    line.push('\n');

    let temporary = temporary_name(folder)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let linked = file
        .write_all(line.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&temporary, path));
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        // Somebody was faster; his key has to be as durable as ours would be.
        Ok(()) | Err(_) => {}
    }
    File::open(folder)?.sync_all()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let missing = !folder.is_dir();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if let (true, Some(parent)) = (missing, folder.parent()) {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

fn temporary_name(folder: &Path) -> io::Result<PathBuf> {
    let random: [u8; 8] = random().map_err(io::Error::other)?;
    Ok(folder.join(format!(".key.{:016x}", u64::from_be_bytes(random))))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at_home(home: &Path) -> Keyring {
        Keyring::new(KeyLookup { home: Some(home.to_owned()), ..KeyLookup::default() })
    }

    #[test]
    fn the_key_is_made_when_it_is_needed_and_found_again() {
        let home = tempfile::tempdir().unwrap();
        assert!(at_home(home.path()).find().unwrap().is_none());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "looking leaves no trace");
        let made = at_home(home.path()).find_or_make().unwrap();
        let again = at_home(home.path()).find().unwrap().unwrap();
        assert_eq!(made.key.fingerprint(), again.key.fingerprint());
        assert_eq!(fs::metadata(&made.path).unwrap().mode() & 0o777, 0o600);
        let folder = made.path.parent().unwrap();
        assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn two_that_make_it_at_once_use_the_same() {
        let home = tempfile::tempdir().unwrap();
        let prints: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| at_home(home.path()).find_or_make().unwrap().key.fingerprint())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(prints.iter().all(|print| *print == prints[0]), "{prints:?}");
    }

    #[test]
    fn the_configuration_folder_is_honoured_and_a_relative_one_is_not() {
        let lookup = |config: &str, home: &str| {
            KeyLookup {
                config_home: Some(config.into()),
                home: Some(home.into()),
                ..KeyLookup::default()
            }
            .own_path()
        };
        assert_eq!(lookup("/c", "/h"), Some("/c/headwater/key".into()));
        assert_eq!(lookup("c", "/h"), Some("/h/.config/headwater/key".into()));
        assert_eq!(lookup("", ""), None);
    }

    #[test]
    fn a_key_that_cannot_be_trusted_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = at_home(home.path()).find_or_make().unwrap().path;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = at_home(home.path()).find_or_make().err().unwrap();
        assert!(matches!(error, KeyError::Open { mode: 0o640, .. }), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "headwater-key-1 beef\n").unwrap();
        let error = at_home(home.path()).find().err().unwrap();
        assert!(matches!(error, KeyError::Form { .. }), "{error}");
    }

    #[test]
    fn nowhere_to_write_names_the_choices() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(".config"), "not a folder").unwrap();
        let unwritable = at_home(home.path()).find_or_make().err().unwrap().to_string();
        let homeless = Keyring::new(KeyLookup::default()).find_or_make().err().unwrap().to_string();
        for error in [unwritable, homeless] {
            assert!(error.contains(CHOICES), "{error}");
        }
    }

    #[test]
    fn a_named_file_that_is_missing_is_a_mistake() {
        let home = tempfile::tempdir().unwrap();
        let lookup = KeyLookup {
            key_file: Some(home.path().join("missing")),
            home: Some(home.path().to_owned()),
            ..KeyLookup::default()
        };
        assert!(matches!(Keyring::new(lookup).find(), Err(KeyError::Unreadable { .. })));
    }
}
