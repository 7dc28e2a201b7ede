//! `GetFile`: a source that takes the files of a folder. Each is handed out once: one listing a firing, and a file that
//! waits for its deletion is not handed out again. Memory: the names of one listing.

use std::{
    collections::{HashMap, VecDeque},
    fs::{self, Metadata},
    io,
    num::NonZeroU32,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use processors_api::{
    AfterCommit, AttributeUse, DataSize, Definition, EventKind, Example, ExampleFlowFile, Expr,
    Facts, FileUse, FlowFile, Input, JavaRegex, Processor, ProcessorError, PropertiesError,
    Relationship, Session, ShownIn, Text, TimePeriod, core_attributes as core,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    files::{self, CopyError, Place},
    yes,
};

mod listing;
#[cfg(test)]
mod tests;

use listing::Listing;

/// Takes files from a folder and makes a flowfile of each.
///
/// Each time it fires it lists the folder once and hands out everything that the listing found, in the order of the
/// files' paths. A file is deleted when its flowfile is safe, unless `keep_source_file` is true; then it comes again each
/// time. A file that cannot be read is left where it is, with a warning in the log, and the next time tries it again.
///
/// Whether the folder is there is looked at when it fires, not when the flow is checked: that may be done on another
/// machine. A folder that is missing makes the firing fail. Symbolic links are followed, each folder is entered once.
///
/// In `path`, in the folder itself, stands `/`; `a/b/` for a file below it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// The folder to take files from. A relative path begins at the flow file's folder.
    input_directory: Expr<String>,

    /// A regular expression: only files whose whole name matches are taken.
    #[serde(default = "visible")]
    file_filter: String,

    /// A regular expression: only files in subfolders whose whole path below the folder, such as `a/b`, matches are taken,
    /// and none of the folder itself. Without `recurse_subdirectories` it counts for nothing.
    #[serde(default)]
    path_filter: Option<String>,

    /// How many files are read before they are handed on together; a firing takes as many batches as it needs.
    #[serde(default = "ten")]
    batch_size: NonZeroU32,

    /// Whether a file stays where it is. Otherwise it is deleted once its flowfile is safe.
    #[serde(default)]
    keep_source_file: bool,

    /// A firing that comes sooner than this after the last look at the folder does not look, and hands out nothing. Left
    /// out, each firing looks: `schedule` says how often (in NiFi this property did, with 30 sec).
    #[serde(default)]
    polling_interval: Option<TimePeriod>,

    /// Whether to look into subfolders too.
    #[serde(default = "yes")]
    recurse_subdirectories: bool,

    /// Whether to leave out files whose name begins with a dot.
    #[serde(default = "yes")]
    ignore_hidden_files: bool,

    /// A file changed a shorter time ago is left for later.
    #[serde(default)]
    minimum_file_age: TimePeriod,

    /// A file changed a longer time ago is left out. At least 100 ms.
    #[serde(default)]
    maximum_file_age: Option<TimePeriod>,

    /// A smaller file is left out.
    #[serde(default)]
    minimum_file_size: DataSize,

    /// A larger file is left out.
    #[serde(default)]
    maximum_file_size: Option<DataSize>,
}

/// The shortest `maximum_file_age`.
const MAXIMUM_AGE_MIN: Duration = Duration::from_millis(100);

fn visible() -> String {
    r"[^\.].*".to_owned()
}

fn ten() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(9)
}

const SUCCESS: Relationship = Relationship::main("success", "The file was read.");

pub(crate) struct GetFile {
    properties: Properties,
    file_filter: JavaRegex,
    path_filter: Option<JavaRegex>,
    known: Mutex<Known>,
}

/// What was found and what became of it.
#[derive(Default)]
struct Known {
    /// When the folder was looked at last.
    listed: Option<Timestamp>,
    /// Found and not yet handed out.
    waiting: VecDeque<Found>,
    /// Handed out, and to be deleted once their session is committed.
    handed_out: HashMap<PathBuf, Identity>,
}

/// A file that a listing found.
#[derive(Clone, Debug)]
struct Found {
    path: PathBuf,
    /// Its folder below the input folder, with a slash at the end; only a slash for the input folder itself.
    below: String,
    /// The flow names the input folder by a secret.
    is_secret: bool,
}

/// What tells a file from a later one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    inode: u64,
    size: u64,
    modified_ns: i128,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            size: metadata.len(),
            modified_ns: files::modified_ns(metadata),
        }
    }
}

impl Definition for GetFile {
    const TYPE: &'static str = "GetFile";
    const INPUT: Input = Input::Forbidden;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const BLOCKING: bool = true;
    const WRITES: &'static [AttributeUse] = WRITES;
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        let compile = |property: &'static str, pattern: &str| {
            JavaRegex::new(pattern).map_err(|error| {
                let message = format!("`{property}` is no regular expression: {error}");
                PropertiesError::of(property, message)
                    .help("all files whose name ends with .json: .*\\.json")
            })
        };
        if properties.maximum_file_age.is_some_and(|age| age.duration() < MAXIMUM_AGE_MIN) {
            let message = "`maximum_file_age` is at least 100 ms";
            return Err(PropertiesError::of("maximum_file_age", message));
        }
        let file_filter = compile("file_filter", &properties.file_filter)?;
        let path_filter = properties.path_filter.as_deref();
        let path_filter = path_filter.map(|pattern| compile("path_filter", pattern)).transpose()?;
        let path_filter = path_filter.filter(|_| properties.recurse_subdirectories);
        Ok(Self { properties, file_filter, path_filter, known: Mutex::default() })
    }

    fn facts(&self) -> Facts {
        let reads = FileUse::Reads {
            directory: self.properties.input_directory.clone(),
            names: self.properties.file_filter.as_str().into(),
            keeps: self.properties.keep_source_file,
        };
        let shown = vec![("input_directory", ShownIn::FileName)];
        Facts { files: vec![reads], shown, ..Facts::default() }
    }
}

impl Processor for GetFile {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        if session.is_new_firing() && self.is_time(session.context().clock.now()) {
            self.list(session)?;
        }
        let batch: Vec<Found> = {
            let mut known = self.known();
            let count = known.waiting.len().min(self.properties.batch_size.get() as usize);
            known.waiting.drain(..count).collect()
        };
        let taken = batch.iter().try_for_each(|found| self.take(session, found));
        if taken.is_err() {
            self.put_back(batch);
        }
        if !self.known().waiting.is_empty() {
            session.has_more();
        }
        taken
    }
}

impl GetFile {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the last look at the folder is long enough ago.
    fn is_time(&self, now: Timestamp) -> bool {
        let (Some(interval), Some(listed)) =
            (self.properties.polling_interval, self.known().listed)
        else {
            return true;
        };
        // A clock that was set back makes nobody wait.
        Duration::try_from(now.duration_since(listed))
            .map_or(true, |since| since >= interval.duration())
    }

    /// The session failed: its files were not taken after all.
    fn put_back(&self, batch: Vec<Found>) {
        let mut known = self.known();
        for found in batch.into_iter().rev() {
            known.handed_out.remove(&found.path);
            known.waiting.push_front(found);
        }
    }

    fn list(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let context = session.context();
        let typed = session.evaluate_alone(&self.properties.input_directory)?;
        let folder = Place::new(context, &typed);
        let mut listing = Listing::new(
            &self.properties,
            &self.file_filter,
            self.path_filter.as_ref(),
            context.clock.now(),
        );
        listing.list(&folder).map_err(|error| unreadable(&folder, &error))?;
        let mut known = self.known();
        known.listed = Some(context.clock.now());
        known.waiting.clear();
        // What is gone was deleted; what is still there waits for that, unless it is another file now.
        let there: HashMap<&PathBuf, &Identity> =
            listing.found.iter().map(|(found, identity)| (&found.path, identity)).collect();
        known.handed_out.retain(|path, identity| there.get(path) == Some(&&*identity));
        let mut found = listing.found;
        found.retain(|(found, _)| !known.handed_out.contains_key(&found.path));
        let nothing = found.is_empty();
        known.waiting = found.into_iter().map(|(found, _)| found).collect();
        drop(known);
        if nothing {
            session.nothing_found(format!(
                "no file matching {} in {} ({})",
                self.properties.file_filter,
                folder.shown,
                listing.seen.in_words()
            ));
        }
        Ok(())
    }

    /// A file that cannot be read is left where it is, for a later listing.
    fn take(&self, session: &mut Session, found: &Found) -> Result<(), ProcessorError> {
        let opened = fs::symlink_metadata(&found.path)
            .and_then(|metadata| Ok((metadata, files::open_regular(&found.path)?)));
        let (metadata, mut file) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                warn_unread(session, found, &error);
                return Ok(());
            }
        };
        let mut content = session.write(false);
        match files::copy(&mut file, &mut content) {
            Ok(()) => {}
            Err(CopyError::Write(error)) => return Err(error.into()),
            Err(CopyError::Read(error)) => {
                warn_unread(session, found, &error);
                return Ok(());
            }
        }
        let mut flowfile = session.create();
        flowfile.set_content(content.finish()?);
        describe(&mut flowfile, found, &file.metadata()?, session);
        if !self.properties.keep_source_file {
            let identity = Identity::of(&metadata);
            self.known().handed_out.insert(found.path.clone(), identity);
            session.after_commit(AfterCommit {
                path: found.path.to_string_lossy().into(),
                inode: identity.inode,
                size: identity.size,
                modified_ns: identity.modified_ns,
                move_to: None,
            });
        }
        let uri = Text::new(files::uri(&found.path), found.is_secret);
        session.report(&flowfile, EventKind::Receive, Some(uri));
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

/// That a file is gone again is nothing to tell.
fn warn_unread(session: &Session, found: &Found, error: &io::Error) {
    if error.kind() != io::ErrorKind::NotFound {
        let file = files::shown(&found.path, found.is_secret);
        tracing::warn!(processor = &*session.context().processor, file, %error, "a file cannot be read");
    }
}

/// Whatever the file system does not tell is left out.
fn describe(flowfile: &mut FlowFile, found: &Found, metadata: &Metadata, session: &Session) {
    let zone = &session.context().zone;
    let user = uzers::get_user_by_uid(metadata.uid());
    let group = uzers::get_group_by_gid(metadata.gid());
    let folder = found.path.parent();
    let attributes = [
        (core::FILENAME, found.path.file_name().map(|name| name.to_string_lossy().into_owned())),
        (core::PATH, Some(found.below.clone())),
        (core::ABSOLUTE_PATH, folder.map(|folder| format!("{}/", folder.display()))),
        (core::FILE_VERSION, Some(flowfile.content().version())),
        ("file.creationTime", metadata.created().ok().and_then(|time| files::moment(time, zone))),
        (
            "file.lastModifiedTime",
            metadata.modified().ok().and_then(|time| files::moment(time, zone)),
        ),
        (
            "file.lastAccessTime",
            metadata.accessed().ok().and_then(|time| files::moment(time, zone)),
        ),
        ("file.owner", user.map(|user| user.name().to_string_lossy().into_owned())),
        ("file.group", group.map(|group| group.name().to_string_lossy().into_owned())),
        ("file.permissions", Some(files::permissions(metadata))),
    ];
    for (name, value) in attributes {
        if let Some(value) = value {
            let is_secret = found.is_secret && name == core::ABSOLUTE_PATH;
            flowfile.put_attribute(name, Text::new(value, is_secret));
        }
    }
}

fn unreadable(folder: &Place, error: &io::Error) -> ProcessorError {
    let shown = &folder.shown;
    ProcessorError::Other(match error.kind() {
        io::ErrorKind::NotFound => {
            format!("there is no folder {shown}; create it or correct input_directory")
        }
        io::ErrorKind::NotADirectory => {
            format!(
                "{shown} is not a folder; input_directory names a folder, file_filter its files"
            )
        }
        io::ErrorKind::PermissionDenied => {
            format!(
                "the folder {shown} cannot be used: {error}; give the user that runs this read access, and write access too unless keep_source_file is true"
            )
        }
        _ => format!("the folder {shown} cannot be read: {error}"),
    })
}

const WRITES: &[AttributeUse] = &[
    AttributeUse::new(core::FILENAME, "The file's name."),
    AttributeUse::new(
        core::PATH,
        "Its folder below `input_directory`, such as `a/b/`; `/` for that folder itself.",
    ),
    AttributeUse::new(core::ABSOLUTE_PATH, "Its folder in full, with a slash at the end."),
    AttributeUse::new(core::FILE_VERSION, "Which content the file had, for a hold."),
    AttributeUse::new(
        "file.creationTime",
        "When it was made, such as `2026-01-31T08:00:00+0000`; only where the file system tells.",
    ),
    AttributeUse::new("file.lastModifiedTime", "When it was last changed."),
    AttributeUse::new("file.lastAccessTime", "When it was last read."),
    AttributeUse::new("file.owner", "The user who owns it."),
    AttributeUse::new("file.group", "Its group."),
    AttributeUse::new("file.permissions", "Who may do what with it, such as `rwxr-xr--`."),
    AttributeUse::new(
        "schedule.time",
        "When the firing was due, in milliseconds since 1970; only with a schedule.",
    ),
];

const EXAMPLES: &[Example] = &[
    Example::new(
        "Read a file again and again",
        "input_directory: ./credentials\nfile_filter: xero\\.json\nkeep_source_file: true\n",
    )
    .files(&[("credentials/xero.json", "{\"a\":1}"), ("credentials/other.json", "{}")])
    .outputs(&[(
        "success",
        ExampleFlowFile::new("{\"a\":1}", &[("filename", "xero.json"), ("path", "/")]),
    )])
    .files_after(&[("credentials/xero.json", "{\"a\":1}"), ("credentials/other.json", "{}")]),
    Example::new(
        "Only what lies in certain subfolders",
        "input_directory: ./in\npath_filter: 2026/.*\nfile_filter: .*\\.csv\n",
    )
    .files(&[
        ("in/a.csv", "a"),
        ("in/2026/b.csv", "b"),
        ("in/2026/01/c.csv", "c"),
        ("in/2026/01/d.txt", "d"),
    ])
    .outputs(&[(
        "success",
        ExampleFlowFile::new("c", &[("filename", "c.csv"), ("path", "2026/01/")]),
    )])
    .files_after(&[("in/a.csv", "a"), ("in/2026/b.csv", "b"), ("in/2026/01/d.txt", "d")]),
];
