//! The flowfile repository: the journal of one flow's commit records, its snapshots and its content. It knows bytes,
//! ids and claims; not a processor, not a graph.
//!
//! Invariants: a commit that is acknowledged is found again after a restart, as whole as its durability promises; one
//! that is not is there wholly or not at all; whatever else is found is refused with file and offset, never guessed.
//! One process has a flow at a time. Limits are in `limits`.

mod codec;
mod committer;
mod content;
mod error;
mod health;
mod journal;
mod keeper;
mod layout;
mod limits;
pub mod record;
mod seal;
mod snapshot;
mod state;
mod storage;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use jiff::Timestamp;
use processors_api::{ClaimId, ContentStore, StoredContent};

use codec::{Resolve, Unowned};
use committer::Committer;
use content::ContentRepository;
use error::io_error;
use health::Health;
use journal::{
    reader::{OtherKey, Source},
    recovery,
    spare::Spares,
    writer::{Journal, Parts, Written},
};
use keeper::Keeper;
use layout::Layout;
use record::CommitRecord;
use seal::Keyring;

pub use content::{DamagedContent, Swept};
pub use error::{CommitError, Damage, OpenError};
pub use health::NoRoom;
pub use journal::{FlowLog, NoPosition, Position, ReadLog, Records, recovery::RecoveryReport};
pub use keeper::{Clock, Provenance};
pub use limits::{
    CONTENT_AGE_MAX, CONTENT_UNREFERENCED_BYTES_MAX, PROVENANCE_AGE_MAX, PROVENANCE_BYTES_MAX,
};
pub use seal::{Fingerprint, KeyError, KeyLookup, NoRandomness};
pub use state::{Contradiction, FlowState, Run};
pub use storage::{Disk, Lock, MemoryStorage, Space, Storage, StorageFile};

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power cut.
    #[default]
    Fsync,
    /// The end of the process, not a power cut; that may cost the last commits and nothing older.
    Process,
    /// Nothing: everything is in memory.
    None,
}

/// Who does what can be done beside the commits: spare segments and snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    #[default]
    Threads,
    /// Whoever calls [`FlowRepository::tend`]; so a test knows the order of things.
    ByHand,
}

/// What a repository is opened with.
#[derive(Clone)]
pub struct OpenOptions {
    /// Not used for [`Durability::None`].
    pub storage: Arc<dyn Storage>,
    /// The data directory; the flow's folder is in it.
    pub dir: PathBuf,
    pub flow: String,
    pub durability: Durability,
    pub keys: KeyLookup,
    pub clock: Clock,
    pub provenance: Provenance,
    /// How long content outlives its last reference.
    pub content_age_max: Duration,
    pub background: Background,
    /// How long a commit without room waits before it tries again.
    pub room_retry: Duration,
}

impl OpenOptions {
    /// A flow on the disk of this machine, with defaults for the rest.
    pub fn new(dir: impl Into<PathBuf>, flow: impl Into<String>, clock: Clock) -> Self {
        Self {
            storage: Arc::new(Disk::default()),
            dir: dir.into(),
            flow: flow.into(),
            durability: Durability::default(),
            keys: KeyLookup::default(),
            clock,
            provenance: Provenance::default(),
            content_age_max: CONTENT_AGE_MAX,
            background: Background::default(),
            room_retry: limits::ROOM_RETRY,
        }
    }

    fn source(&self, storage: Arc<dyn Storage>) -> Result<Source, OpenError> {
        Ok(Source {
            storage,
            layout: Layout::of(&self.dir, &self.flow)?,
            flow: self.flow.as_str().into(),
            keyring: Arc::new(Keyring::new(self.keys.clone())),
            other_key: OtherKey::Refuse,
        })
    }
}

/// A repository, and what was found in it.
pub struct Opened {
    pub repository: FlowRepository,
    pub state: FlowState,
    pub recovered: RecoveryReport,
}

/// The repository of one flow: its flowfiles, states, runs, holds and contents.
pub struct FlowRepository {
    committer: Committer<Journal>,
    content: Arc<ContentRepository>,
    keeper: Arc<Keeper>,
    keeper_thread: Mutex<Option<JoinHandle<()>>>,
    health: Arc<Health>,
    storage: Arc<dyn Storage>,
    reader: Arc<dyn ReadLog>,
    written: Written,
    content_age_max: Duration,
    durability: Durability,
    /// Last: everything else has ended before another process may begin.
    lock: Mutex<Option<Box<dyn Send + Sync>>>,
}

impl FlowRepository {
    /// Opens the repository of a flow, new or not: takes its lock, reads what is there, cuts a torn tail.
    pub fn open(options: OpenOptions) -> Result<Opened, OpenError> {
        let storage: Arc<dyn Storage> = match options.durability {
            Durability::None => Arc::new(MemoryStorage::default()),
            Durability::Fsync | Durability::Process => options.storage.clone(),
        };
        let source = options.source(storage.clone())?;
        let unsynced_folders = make_folders(&source, &options)?;
        let lock = lock(&source, &options)?;

        let health = Arc::new(Health::new(options.room_retry));
        let (durability, clock) = (options.durability, options.clock.clone());
        let content = ContentRepository::open(&source, durability, health.clone(), clock)?;
        let claims: Arc<dyn Resolve> = content.clone();
        let recovered = recovery::read(&source, &claims)?;
        let state = recovered.state;
        content.settle(state.newest_claim.as_ref())?;
        content.secure(&recovered.unsynced_claims)?;

        let keeper = Arc::new(Keeper::new(
            &source,
            health.clone(),
            options.provenance,
            options.clock.clone(),
            recovered.covered,
            recovered.closed,
        ));
        let threaded = options.background == Background::Threads;
        let spares = Spares::new(storage.clone(), source.layout.clone(), health.clone(), threaded)
            .map_err(io_error(&source.layout.root, "given a thread"))?;
        let parts = Parts {
            source: source.clone(),
            durability,
            health: health.clone(),
            content: content.clone(),
            spares,
            keeper: keeper.clone(),
            unsynced_folders,
        };
        let journal = journal(parts, recovered.last, recovered.covered)?;
        let (reader, written) = (journal.reader(), journal.written());
        let no_thread = io_error(&source.layout.root, "given a thread");
        let committer =
            Committer::new(journal, content.clone(), health.clone()).map_err(no_thread)?;
        let repository = Self {
            committer,
            content,
            keeper,
            keeper_thread: Mutex::new(None),
            health,
            storage,
            reader,
            written,
            content_age_max: options.content_age_max,
            durability,
            lock: Mutex::new(Some(lock)),
        };
        if state.key_lost {
            // From here on there will be another key; the next start must not meet values of the lost one.
            repository.forget_lost_key(&source)?;
        } else if recovered.report.passed_over.is_some() {
            // In place of the damaged one.
            repository.keeper.snapshot()?;
        }
        repository.begin_keeping(&source, threaded)?;
        Ok(Opened { repository, state, recovered: recovered.report })
    }

    /// What is true of a flow, read without lock and without a trace; also beside the engine that runs it.
    pub fn read_only(options: &OpenOptions) -> Result<FlowState, OpenError> {
        /// A snapshot moves segments away while we read; the next attempt finds the snapshot.
        const ATTEMPTS: usize = 5;
        let source = options.source(options.storage.clone())?;
        let claims: Arc<dyn Resolve> = Arc::new(Unowned);
        let mut attempt = 0;
        loop {
            attempt += 1;
            match recovery::read(&source, &claims) {
                Ok(recovered) => return Ok(recovered.state),
                Err(OpenError::Damaged(_) | OpenError::Io { .. }) if attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The records of a flow, as long as they are kept, read without lock and without a trace. What is sealed with
    /// another key is left out.
    pub fn read_records(options: &OpenOptions) -> Result<Records, OpenError> {
        let source = options.source(options.storage.clone())?;
        let source = Source { other_key: OtherKey::TakeAsLost, ..source };
        Ok(journal::reader::records(source, Arc::new(Unowned), Position::default()))
    }

    /// Commits a record: the answer is its position, when it is as durable as the setting promises. Records are
    /// appended in the order of these calls, whether the answer is waited for or not.
    pub fn commit(
        &self,
        record: CommitRecord,
    ) -> impl Future<Output = Result<Position, CommitError>> + Send + use<> {
        let answer = self.committer.submit(record);
        let health = self.health.clone();
        async move { answer.await.unwrap_or_else(|_| Err(unanswered(&health))) }
    }

    /// Commits a record and waits for it. Not for use on an asynchronous task.
    pub fn commit_blocking(&self, record: CommitRecord) -> Result<Position, CommitError> {
        let answer = self.committer.submit(record).blocking_recv();
        answer.unwrap_or_else(|_| Err(unanswered(&self.health)))
    }

    /// The store of contents too large to ride with their flowfiles.
    pub fn content(&self) -> Arc<dyn ContentStore> {
        self.content.clone()
    }

    /// The content of a claim that an old record names, while it is kept.
    pub fn lookup(&self, id: &ClaimId) -> io::Result<Option<Arc<StoredContent>>> {
        self.content.lookup(id)
    }

    /// Whether there is room for more. When there is none, sources should stop; what is under way can be committed.
    pub fn room(&self) -> Result<(), NoRoom> {
        self.health.room()
    }

    /// Whether the repository still acknowledges.
    pub fn check(&self) -> Result<(), CommitError> {
        self.health.check()
    }

    /// The records from a position on, as long as provenance is kept.
    pub fn records(&self, from: Position) -> Result<Records, OpenError> {
        self.reader.read(from)
    }

    /// Removes contents and provenance that are kept no longer. When room is lacking, all content that nothing refers to.
    pub fn sweep(&self) -> io::Result<Swept> {
        self.content.note_released();
        if self.durability == Durability::Process {
            // IMPORTANT: the records with which the last flowfiles that had the content went, before the content.
            // Else a power cut could bring them back without it. At `fsync` they are durable already.
            self.written.sync()?;
        }
        self.keeper.sweep().map_err(io::Error::other)?;
        let keep = if self.room().is_ok() { self.content_age_max } else { Duration::ZERO };
        self.content.sweep(keep)
    }

    /// Does what threads would do: a spare segment that could not be made, a snapshot that is due.
    pub fn tend(&self) -> Result<(), OpenError> {
        self.committer.log().retry_spare();
        self.keeper.snapshot_if_due()
    }

    /// Makes a snapshot of everything up to now.
    pub fn snapshot(&self) -> Result<(), SnapshotError> {
        self.committer.log().roll()?;
        Ok(self.keeper.snapshot()?)
    }

    /// How many syncs of files and folders there were, with the storage it was opened with.
    pub fn syncs(&self) -> u64 {
        self.storage.syncs()
    }

    /// What commits survive.
    pub fn durability(&self) -> Durability {
        self.durability
    }

    /// Writes what was handed in, says that it stopped in order, and gives the flow free. The same happens, unsaid, when
    /// it is dropped.
    pub fn close(&self) -> Result<(), CommitError> {
        self.end();
        self.content.note_released();
        let stopped = self.committer.log().stop();
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
        stopped
    }

    fn end(&self) {
        self.health.close();
        self.committer.close();
        self.keeper.close();
        let thread = self.keeper_thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // If it panicked there is no snapshot, and nothing else is missing.
            drop(thread.join());
        }
    }

    fn begin_keeping(&self, source: &Source, threaded: bool) -> Result<(), OpenError> {
        self.keeper.tidy_after_start()?;
        if threaded {
            let keeper = self.keeper.clone();
            let thread = std::thread::Builder::new().name("snapshot".to_owned());
            let thread = thread.spawn(move || keeper.work());
            let thread = thread.map_err(io_error(&source.layout.root, "given a thread"))?;
            *self.keeper_thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        }
        Ok(())
    }

    fn forget_lost_key(&self, source: &Source) -> Result<(), OpenError> {
        let written = io_error(&source.layout.journal, "written");
        self.committer.log().roll().map_err(|error| written(io::Error::other(error)))?;
        self.keeper.snapshot()
    }
}

impl Drop for FlowRepository {
    fn drop(&mut self) {
        self.end();
    }
}

/// Why a snapshot that was asked for is not there.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Files(#[from] OpenError),
}

/// The thread ended without an answer: it closed, or it stopped for a reason that is known.
fn unanswered(health: &Health) -> CommitError {
    health.check().err().unwrap_or(CommitError::Closed)
}

/// Makes the flow's folder and its journal's; those whose names have to be made durable with the first commit.
fn make_folders(source: &Source, options: &OpenOptions) -> Result<Vec<PathBuf>, OpenError> {
    let (storage, layout) = (&source.storage, &source.layout);
    let mut unsynced = vec![layout.journal.clone()];
    for folder in [&options.dir, &layout.root, &layout.journal] {
        let missing = storage.create_dir(folder).map_err(io_error(folder, "made"))?;
        if let (true, Some(above)) = (missing, folder.parent()) {
            // The folder above `flows` is the working directory, which has no name here.
            unsynced.push(if above.as_os_str().is_empty() { ".".into() } else { above.to_owned() });
        }
    }
    Ok(unsynced)
}

fn lock(source: &Source, options: &OpenOptions) -> Result<Box<dyn Send + Sync>, OpenError> {
    let path = &source.layout.lock;
    let holder = holder((options.clock)());
    match source.storage.lock(path, &holder).map_err(io_error(path, "locked"))? {
        Lock::Taken(lock) => Ok(lock),
        Lock::Held(holder) => Err(OpenError::InUse {
            flow: options.flow.clone(),
            path: path.clone(),
            holder: holder.trim().to_owned(),
        }),
    }
}

/// Who we are, for whoever finds the flow locked.
fn holder(since: Timestamp) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("pid {} on {host} since {since}\n", std::process::id())
}

/// The journal goes on in its last segment, or begins a new one.
fn journal(
    mut parts: Parts,
    last: Option<journal::recovery::LastSegment>,
    covered: Position,
) -> Result<Journal, OpenError> {
    let newest = last.as_ref().map_or(covered.segment, |last| last.number);
    recovery::remove_spares(&parts.source, newest)?;
    match last {
        None => Journal::begin(parts, covered),
        Some(last) => {
            let synced = recovery::repair(&parts.source, &last)?;
            // It stopped in order, which made its name durable; or the repair just did.
            parts.unsynced_folders.clear();
            Journal::resume(parts, last, synced)
        }
    }
}
