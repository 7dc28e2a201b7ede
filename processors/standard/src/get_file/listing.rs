//! One look at a folder. Not reading files: only names and what the file system says of them. Symbolic links are
//! followed; a folder that was entered already is not entered again.

use std::{
    collections::HashSet,
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::Path,
};

use jiff::Timestamp;
use processors_api::JavaRegex;

use super::{Found, Identity, Properties};
use crate::files::{self, Place, may_change, modified_ns};

/// How many files one listing may find; the next firing finds the rest.
const FOUND_MAX: usize = 1_000_000;
/// How many folders one listing may enter.
const FOLDERS_MAX: usize = 100_000;
/// How many names a message about a fruitless listing shows.
const SHOWN_MAX: usize = 5;

pub(super) struct Listing<'p> {
    properties: &'p Properties,
    file_filter: &'p JavaRegex,
    path_filter: Option<&'p JavaRegex>,
    now: Timestamp,
    is_secret: bool,
    entered: HashSet<(u64, u64)>,
    pub(super) found: Vec<(Found, Identity)>,
    pub(super) seen: Seen,
}

/// What was there but not taken, for a message.
#[derive(Default)]
pub(super) struct Seen {
    names: Vec<String>,
    more: usize,
}

impl Seen {
    fn add(&mut self, name: &str) {
        if self.names.len() < SHOWN_MAX {
            self.names.push(name.to_owned());
        } else {
            self.more += 1;
        }
    }

    /// `the folder holds: a, b and 3 more`
    pub(super) fn in_words(mut self) -> String {
        if self.names.is_empty() {
            return "the folder is empty".to_owned();
        }
        self.names.sort_unstable();
        let more = if self.more > 0 { format!(" and {} more", self.more) } else { String::new() };
        format!("the folder holds: {}{more}", self.names.join(", "))
    }
}

impl<'p> Listing<'p> {
    pub(super) fn new(
        properties: &'p Properties,
        file_filter: &'p JavaRegex,
        path_filter: Option<&'p JavaRegex>,
        now: Timestamp,
    ) -> Self {
        let (entered, found, seen) = (HashSet::new(), Vec::new(), Seen::default());
        Self { properties, file_filter, path_filter, now, is_secret: false, entered, found, seen }
    }

    /// Finds all files, in order of their paths. An error of the folder itself is one; a subfolder that cannot be read is
    /// left out.
    pub(super) fn list(&mut self, folder: &Place) -> io::Result<()> {
        self.is_secret = folder.is_secret;
        let mut folders = vec![(folder.path.clone(), String::new())];
        let metadata = fs::metadata(&folder.path)?;
        if metadata.is_dir() && !self.properties.keep_source_file && !may_change(&metadata) {
            let why = "its files cannot be deleted by the user that runs this";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        self.enter(&metadata);
        while let Some((path, below)) = folders.pop() {
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) if below.is_empty() => return Err(error),
                Err(error) => {
                    tracing::warn!(folder = files::shown(&path, self.is_secret), %error, "a subfolder cannot be read");
                    continue;
                }
            };
            for entry in entries {
                let path = entry?.path();
                let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                    tracing::warn!(
                        file = files::shown(&path, self.is_secret),
                        "a file is left out: its name is not UTF-8"
                    );
                    continue;
                };
                // A link that leads nowhere, or a file that is gone again.
                let Ok(metadata) = fs::metadata(&path) else { continue };
                if metadata.is_dir() {
                    if self.is_wanted(&path, &metadata) && self.enter(&metadata) {
                        folders.push((path.clone(), format!("{below}{name}/")));
                    }
                } else if metadata.is_file() {
                    self.file(&path, name, &below, &metadata);
                }
            }
        }
        self.found.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
        Ok(())
    }

    /// A subfolder whose files cannot be deleted is left alone: they would come again and again.
    fn is_wanted(&self, path: &Path, folder: &Metadata) -> bool {
        let deletable = self.properties.keep_source_file || may_change(folder);
        if self.properties.recurse_subdirectories && !deletable {
            tracing::warn!(
                folder = files::shown(path, self.is_secret),
                "a subfolder is left out: its files cannot be deleted"
            );
        }
        self.properties.recurse_subdirectories && deletable
    }

    fn enter(&mut self, metadata: &Metadata) -> bool {
        self.entered.len() < FOLDERS_MAX && self.entered.insert((metadata.dev(), metadata.ino()))
    }

    fn file(&mut self, path: &Path, name: &str, below: &str, metadata: &Metadata) {
        let wanted = self.has_size_and_age(metadata) && self.has_name(name, below);
        let identity = fs::symlink_metadata(path).ok().filter(|_| wanted);
        match identity {
            Some(identity) if self.found.len() < FOUND_MAX => {
                let below = if below.is_empty() { "/".to_owned() } else { below.to_owned() };
                let found = Found { path: path.to_owned(), below, is_secret: self.is_secret };
                self.found.push((found, Identity::of(&identity)));
            }
            _ => self.seen.add(&format!("{below}{name}")),
        }
    }

    fn has_size_and_age(&self, metadata: &Metadata) -> bool {
        let properties = self.properties;
        let (size, age_ns) = (metadata.len(), self.now.as_nanosecond() - modified_ns(metadata));
        let nanoseconds = |period: processors_api::TimePeriod| period.duration().as_nanos() as i128;
        size >= properties.minimum_file_size.bytes()
            && properties.maximum_file_size.is_none_or(|most| size <= most.bytes())
            && (properties.minimum_file_age.duration().is_zero()
                || age_ns >= nanoseconds(properties.minimum_file_age))
            && properties.maximum_file_age.is_none_or(|most| age_ns <= nanoseconds(most))
    }

    fn has_name(&self, name: &str, below: &str) -> bool {
        let matches = |regex: &JavaRegex, text: &str| regex.is_full_match(text).unwrap_or(false);
        let folder = below.strip_suffix('/').unwrap_or(below);
        !(self.properties.ignore_hidden_files && name.starts_with('.'))
            && self.path_filter.is_none_or(|filter| !folder.is_empty() && matches(filter, folder))
            && matches(self.file_filter, name)
    }
}
