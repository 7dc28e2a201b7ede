//! `PutFile`: writes the content of each flowfile to a file. In batches: all temporary files are written, all are
//! synced, all are renamed, then each folder is synced once. Where a file goes is `target`'s, what lies beside it on the
//! way there `temporary`'s, and its owner, mode and time are `metadata`'s.

use std::{
    collections::{BTreeSet, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use processors_api::{
    AttributeUse, Definition, Effect, EvaluateError, EventKind, Example, ExampleFlowFile, Expr,
    Facts, FileConflict, FileUse, FlowFile, HeldFile, Input, Penalty, Processor, ProcessorError,
    PropertiesError, Relationship, Session, ShownIn, core_attributes, file_version,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    empty,
    files::{self, CopyError},
    yes,
};

mod metadata;
mod target;
mod temporary;
#[cfg(test)]
mod tests;

use target::Target;
use temporary::TemporaryFile;

/// How many flowfiles share one sync of a folder. Each has a file open meanwhile.
const BATCH_MAX: usize = 100;

/// How many folders are remembered as free of leftovers.
const SWEPT_FOLDERS_MAX: usize = 10_000;

/// Writes the content of each flowfile to a file in a folder.
///
/// The file appears under its name only when it is complete; until then it is called `.NAME.RANDOM.headwater`. A file
/// that already has exactly this content counts as written, whatever `conflict_resolution_strategy` says. A file is
/// replaced in one step: who reads it sees the old one or the new one.
///
/// A flowfile that fails waits (`penalty`) and, with `retry`, is tried again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutFile {
    /// The folder to write to, for example `./data/${customer}`. A relative path begins at the flow file's folder.
    directory: Expr<String>,

    /// The file's name in the folder. With a `/` in it the file goes into a subfolder, which must be there already. It
    /// cannot lead out of the folder, nor be `.NAME.lock`, `.NAME.previous` or `.NAME.RANDOM.headwater`, which lie beside
    /// a file.
    #[serde(default = "own_name")]
    filename: Expr<String>,

    /// What to do when a file of that name is already there.
    #[serde(default)]
    conflict_resolution_strategy: ConflictResolution,

    /// Whether to create the folder, with all that are missing above it, when it is missing. Otherwise the flowfile goes
    /// to `failure`.
    #[serde(default = "yes")]
    create_missing_directories: bool,

    /// Go to `failure` when the folder already has this many other entries: files, hidden ones too, and folders. An entry
    /// of the file's own name does not count.
    #[serde(default)]
    maximum_file_count: Option<u32>,

    /// When the file shall be said to have been changed last, as `2026-01-31T08:00:00+0000`. What is not such a time is
    /// only warned of.
    #[serde(default)]
    last_modified_time: Option<Expr<String>>,

    /// Who may do what with the file, as `rw-r-----` or `640`. Left out, a replaced file's permissions stay; a new file
    /// gets the usual ones, with secret content those of its owner only. What is no such text is only warned of. Folders
    /// that are created get the same, and may be entered (`x`) by everyone who may read or write.
    #[serde(default)]
    permissions: Option<Expr<String>>,

    /// The user who shall own the file, and folders that are created. A refusal is only warned of.
    #[serde(default)]
    owner: Option<Expr<String>>,

    /// The group that shall own the file, and folders that are created. A refusal is only warned of.
    #[serde(default)]
    group: Option<Expr<String>>,

    /// The folders in which no killed process can have left anything.
    #[serde(skip)]
    swept: Mutex<HashSet<PathBuf>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ConflictResolution {
    /// The flowfile goes to `failure`.
    #[default]
    Fail,
    /// The file is replaced.
    Replace,
    /// The file stays as it is, and the flowfile goes to `success`.
    Ignore,
}

fn own_name() -> Expr<String> {
    Expr::compile("${filename}").unwrap_or_else(|_| Expr::literal("flowfile"))
}

const SUCCESS: Relationship = Relationship::main("success", "The file was written.");
const FAILURE: Relationship = Relationship::failure("failure", "The file could not be written.");

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
enum PutError {
    #[error("{shown} could not be written: {error}{}", advice(error))]
    Write { shown: String, error: io::Error },
    #[error("the folder {shown} is missing; create it or set create_missing_directories: true")]
    NoFolder { shown: String },
    #[error("the folder {shown} was created, but its permissions could not be set: {error}")]
    FolderPermissions { shown: String, error: String },
    #[error("there is already a file {shown}; conflict_resolution_strategy is `fail`")]
    Exists { shown: String },
    #[error("the folder {shown} is full: maximum_file_count is {most}")]
    Full { shown: String, most: u32 },
    #[error(
        "the file name {shown} leads out of the folder; a name has no `..` and does not begin with `/`"
    )]
    Outside { shown: String },
    #[error(
        "the name {shown} is one that Headwater keeps for itself beside a file (.NAME.lock, .NAME.previous, .NAME.RANDOM.headwater)"
    )]
    Reserved { shown: String },
    #[error("the flowfile has no file name: `filename` gives nothing")]
    NoName,
    #[error("the folder or the name could not be evaluated: {0}")]
    Expression(#[from] EvaluateError),
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; give the user that runs this write access to the folder"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room and replay it",
        io::ErrorKind::NotADirectory => "; a part of the path is a file, not a folder",
        _ => "",
    }
}

impl Definition for PutFile {
    const TYPE: &'static str = "PutFile";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS, FAILURE];
    const RETRIED: &'static [&'static str] = &["failure"];
    const BLOCKING: bool = true;
    const READS: &'static [AttributeUse] = &[AttributeUse::new(
        core_attributes::FILENAME,
        "The file's name, unless property `filename` says another.",
    )];
    const WRITES: &'static [AttributeUse] = &[AttributeUse::new(
        core_attributes::FILE_VERSION,
        "Which content the file has now; only when the file was held.",
    )
    .on(&["success"])];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        empty::refuse([
            ("directory", empty::constant(Some(&properties.directory))),
            ("last_modified_time", empty::constant(properties.last_modified_time.as_ref())),
            ("permissions", empty::constant(properties.permissions.as_ref())),
            ("owner", empty::constant(properties.owner.as_ref())),
            ("group", empty::constant(properties.group.as_ref())),
        ])?;
        let permissions = properties.permissions.as_ref();
        match permissions.and_then(|permissions| permissions.template().constant()) {
            Some(text) if !text.trim().is_empty() && metadata::mode(text).is_none() => {
                let message = format!("`permissions` cannot be `{text}`");
                Err(PropertiesError::of("permissions", message).help("write rw-r----- or 640"))
            }
            _ => Ok(properties),
        }
    }

    fn effect(&self) -> Effect {
        Effect::Repeatable
    }

    fn facts(&self) -> Facts {
        let writes = FileUse::Writes {
            directory: self.directory.clone(),
            name: self.filename.clone(),
            conflict: match self.conflict_resolution_strategy {
                ConflictResolution::Fail => FileConflict::Fails,
                ConflictResolution::Replace => FileConflict::Replaces,
                ConflictResolution::Ignore => FileConflict::Ignores,
            },
        };
        let shown = vec![("directory", ShownIn::FileName), ("filename", ShownIn::FileName)];
        Facts { files: vec![writes], shown, ..Facts::default() }
    }
}

/// What became of one flowfile.
enum End {
    Written,
    /// Somebody else's file is there, and that is well.
    Ignored,
    /// The held file is another one now.
    HoldChanged,
    Failed(PutError),
}

/// A flowfile whose content waits in a temporary file for its name.
struct Ready {
    flowfile: FlowFile,
    target: Target,
    held: Option<HeldFile>,
    file: TemporaryFile,
}

impl Processor for PutFile {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let mut ready: Vec<Ready> = Vec::new();
        for flowfile in session.get_batch(BATCH_MAX) {
            let target = match Target::new(self, session, &flowfile) {
                Ok(target) => target,
                Err(error) => {
                    end(session, flowfile, None, None, End::Failed(error));
                    continue;
                }
            };
            // It must see what the ones before it wrote.
            let is_counted = self.maximum_file_count.is_some();
            if is_counted || ready.iter().any(|before| before.target.path == target.path) {
                self.place_all(session, std::mem::take(&mut ready));
            }
            let held = session.held_at(&flowfile, &target.path).cloned();
            match self.write(session, &flowfile, &target, held.as_ref())? {
                Ok(file) => ready.push(Ready { flowfile, target, held, file }),
                Err(ended) => end(session, flowfile, Some(&target), held.as_ref(), ended),
            }
        }
        self.place_all(session, ready);
        Ok(())
    }
}

impl PutFile {
    /// Writes the temporary file, unless nothing has to be written. An error outside is that of the flowfile's content.
    fn write(
        &self,
        session: &Session,
        flowfile: &FlowFile,
        target: &Target,
        held: Option<&HeldFile>,
    ) -> io::Result<Result<TemporaryFile, End>> {
        let durable = session.context().durable || held.is_some();
        let is_there = match target.holds(session, flowfile) {
            // A process that was killed may have renamed it and no more.
            Ok(Some(true)) if durable => {
                let synced = target.sync();
                return Ok(Err(synced
                    .map_or_else(|error| End::Failed(target.failed(error)), |()| End::Written)));
            }
            Ok(Some(true)) => return Ok(Err(End::Written)),
            Ok(there) => there.is_some(),
            Err(error) => return Ok(Err(End::Failed(target.failed(error)))),
        };
        if held.is_some_and(|held| !is_unchanged(held)) {
            return Ok(Err(End::HoldChanged));
        }
        if let Err(error) = self.prepare_folder(session, flowfile, target, durable) {
            return Ok(Err(End::Failed(error)));
        }
        match self.conflict_resolution_strategy {
            ConflictResolution::Ignore if is_there => return Ok(Err(End::Ignored)),
            ConflictResolution::Fail if is_there => {
                return Ok(Err(End::Failed(PutError::Exists { shown: target.shown.clone() })));
            }
            _ => {}
        }
        let mut file = match TemporaryFile::new(&target.path, flowfile.content().is_sensitive()) {
            Ok(file) => file,
            Err(error) => return Ok(Err(End::Failed(target.failed(error)))),
        };
        let copied = match files::copy(&mut session.read(flowfile)?, file.file()) {
            Err(CopyError::Read(error)) => return Err(error),
            Err(CopyError::Write(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        let finished = copied.and_then(|()| {
            metadata::apply(self, session, flowfile, target, file.file());
            if durable { file.file().sync_all() } else { Ok(()) }
        });
        Ok(finished.map(|()| file).map_err(|error| End::Failed(target.failed(error))))
    }

    fn prepare_folder(
        &self,
        session: &Session,
        flowfile: &FlowFile,
        target: &Target,
        durable: bool,
    ) -> Result<(), PutError> {
        if self.create_missing_directories {
            let created = target.create_folder(durable).map_err(|error| target.failed(error))?;
            metadata::apply_to_folders(self, session, flowfile, target, &created)?;
        } else if !target.folder.is_dir() {
            return Err(PutError::NoFolder { shown: target.folder_shown.clone() });
        }
        target.check_inside()?;
        self.sweep(target.parent());
        match self.maximum_file_count {
            Some(most) if target.others(most).map_err(|error| target.failed(error))? >= most => {
                Err(PutError::Full { shown: target.folder_shown.clone(), most })
            }
            _ => Ok(()),
        }
    }

    /// Removes what a killed process left, once for each folder.
    fn sweep(&self, folder: &Path) {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.len() >= SWEPT_FOLDERS_MAX {
            swept.clear();
        }
        if swept.insert(folder.to_owned()) {
            temporary::sweep(folder);
        }
    }

    /// Gives all their names, then makes each folder's new names durable at once.
    fn place_all(&self, session: &mut Session, ready: Vec<Ready>) {
        let durable = session.context().durable;
        let mut folders = BTreeSet::new();
        let mut placed = Vec::with_capacity(ready.len());
        for ready in ready {
            let Ready { flowfile, target, held, file } = ready;
            let ended = self.place(&target, held.as_ref(), file);
            if matches!(ended, End::Written) && (durable || held.is_some()) {
                folders.insert(target.parent().to_owned());
            }
            placed.push((flowfile, target, held, ended));
        }
        let unsafe_folders: Vec<(PathBuf, io::Error)> = folders
            .into_iter()
            .filter_map(|folder| target::sync_folder(&folder).err().map(|error| (folder, error)))
            .collect();
        for (flowfile, target, held, mut ended) in placed {
            if let Some((_, error)) =
                unsafe_folders.iter().find(|(folder, _)| folder == target.parent())
            {
                ended = End::Failed(target.failed(io::Error::new(error.kind(), error.to_string())));
            }
            end(session, flowfile, Some(&target), held.as_ref(), ended);
        }
    }

    fn place(&self, target: &Target, held: Option<&HeldFile>, file: TemporaryFile) -> End {
        if let Some(held) = held {
            if !is_unchanged(held) {
                return End::HoldChanged;
            }
            if let Err(error) = temporary::keep_previous(&held.path) {
                return End::Failed(target.failed(error));
            }
        }
        let placed = match self.conflict_resolution_strategy {
            ConflictResolution::Replace => file.replace(&target.path),
            ConflictResolution::Fail | ConflictResolution::Ignore => file.place(&target.path),
        };
        match placed {
            Ok(()) => End::Written,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match self.conflict_resolution_strategy {
                    ConflictResolution::Ignore => End::Ignored,
                    _ => End::Failed(PutError::Exists { shown: target.shown.clone() }),
                }
            }
            Err(error) => End::Failed(target.failed(error)),
        }
    }
}

fn is_unchanged(held: &HeldFile) -> bool {
    files::open_regular(&held.path)
        .and_then(file_version)
        .is_ok_and(|version| version == *held.version)
}

/// Sends a flowfile on its way.
fn end(
    session: &mut Session,
    mut flowfile: FlowFile,
    target: Option<&Target>,
    held: Option<&HeldFile>,
    ended: End,
) {
    match ended {
        End::Written => {
            if let Some(held) = held {
                session.held_file_written(held);
                let version = flowfile.content().version();
                flowfile.put_attribute(core_attributes::FILE_VERSION, version);
            }
            let uri = target.map(|target| target.uri.clone());
            session.report(&flowfile, EventKind::Send, uri);
            session.transfer(flowfile, &SUCCESS);
        }
        End::Ignored => session.transfer(flowfile, &SUCCESS),
        End::HoldChanged => {
            let shown = target.map_or("the held file", |target| &target.shown);
            let dropped =
                format!("{shown} was changed meanwhile; what was to be written is dropped");
            session.transfer_hold_changed(flowfile, dropped);
        }
        End::Failed(error) => {
            flowfile.penalize(Penalty::Default);
            session.transfer_failed(flowfile, &FAILURE, error);
        }
    }
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "A folder for each customer",
        "directory: ./data/${customer}\nfilename: ${order.no}.json\n",
    )
    .inputs(&[ExampleFlowFile::new("{}", &[("customer", "acme"), ("order.no", "7")])])
    .outputs(&[("success", ExampleFlowFile::new("{}", &[]))])
    .files_after(&[("data/acme/7.json", "{}")]),
    Example::new("A file that is there stays", "directory: ./data\n")
        .files(&[("data/a.json", "old"), ("data/b.json", "same")])
        .inputs(&[
            ExampleFlowFile::new("new", &[("filename", "a.json")]),
            ExampleFlowFile::new("same", &[("filename", "b.json")]),
            ExampleFlowFile::new("new", &[("filename", "../c.json")]),
        ])
        .outputs(&[
            ("failure", ExampleFlowFile::new("new", &[("filename", "a.json")])),
            ("success", ExampleFlowFile::new("same", &[("filename", "b.json")])),
            ("failure", ExampleFlowFile::new("new", &[("filename", "../c.json")])),
        ])
        .files_after(&[("data/a.json", "old"), ("data/b.json", "same")]),
];
