//! The content repository: content too large to ride in the journal, appended to shared container files. Not a file per
//! content: a sync serves many. A container is its writer's alone while that writes, and is closed beyond a size.
//!
//! Invariants: what a claim names never changes; content is durable before the record that names it; a container goes
//! only when nothing in a queue refers to it, after its time. Limit: a container goes as a whole, so one content may
//! keep up to 16 MiB of others' alive.

mod container;
mod reading;
#[cfg(test)]
mod tests;
mod writing;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use processors_api::{
    ClaimId, ClaimOwner, ContentBody, ContentClaim, ContentSink, ContentStore, StoredContent,
};
use thiserror::Error;

use super::{
    Durability,
    codec::Resolve,
    error::{CommitError, OpenError, io_error},
    health::Health,
    journal::{reader::Source, recovery::rewrite, segment::numbers},
    keeper::Clock,
    layout::CONTAINER,
    limits::*,
    record::{CommitRecord, FlowFileChange},
    storage::StorageFile,
};
use container::{ClaimHeader, Place};
use reading::{Plain, Sealed};
use writing::Sink;

/// Content that is not what its claim says.
#[derive(Debug, Error)]
#[error("{file} is damaged at offset {offset}: {what}", file = .file.display())]
pub struct DamagedContent {
    pub file: PathBuf,
    pub offset: u64,
    pub what: &'static str,
}

/// The contents of one flow.
pub(crate) struct ContentRepository {
    /// Owner of the claims that it gives out, while it is there.
    this: Weak<Self>,
    source: Source,
    durability: Durability,
    health: Arc<Health>,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    containers: BTreeMap<u64, Container>,
    /// Containers that the next writer may go on with, and where they end.
    idle: Vec<(u64, u64)>,
    last_number: u64,
    folder_made: bool,
}

#[derive(Default)]
struct Container {
    /// Claims of it that are referred to.
    live: u64,
    bytes: u64,
    /// Open while it was written to since the start.
    file: Option<Arc<dyn StorageFile>>,
    writing: bool,
    /// Whether it has content that is not durable yet.
    dirty: bool,
    /// Whether its name is not durable yet.
    unnamed: bool,
    /// Since when nothing refers to it.
    released: Option<Timestamp>,
    /// When it was written to, or nothing referred to it any more, as the start found it.
    found: Option<Timestamp>,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub containers: u64,
    pub bytes: u64,
}

impl ContentRepository {
    /// Knows the containers on the disk, and that none is referred to yet.
    pub(crate) fn open(
        source: &Source,
        durability: Durability,
        health: Arc<Health>,
        clock: Clock,
    ) -> Result<Arc<Self>, OpenError> {
        let mut state = State::default();
        for number in listed(source)? {
            let path = source.layout.container(number);
            let file = source.storage.open_read(&path).map_err(io_error(&path, "opened"))?;
            let bytes = file.length().map_err(io_error(&path, "read"))?;
            let modified = source.storage.modified(&path).map_err(io_error(&path, "read"))?;
            let found = Some(modified);
            let container = Container { bytes, found, ..Container::default() };
            state.containers.insert(number, container);
            state.last_number = number;
            state.folder_made = true;
        }
        Ok(Arc::new_cyclic(|this| Self {
            this: this.clone(),
            source: source.clone(),
            durability,
            health,
            clock,
            state: Mutex::new(state),
        }))
    }

    /// Ends recovery. Removes the containers that no record ever named: those behind the newest claim that one named.
    pub(crate) fn settle(&self, newest: Option<&ClaimId>) -> Result<(), OpenError> {
        let newest = newest.and_then(Place::of).map_or(0, |place| place.container);
        let mut state = self.state();
        let unnamed: Vec<u64> = state.containers.range(newest + 1..).map(|(n, _)| *n).collect();
        for number in unnamed {
            state.containers.remove(&number);
            let path = self.source.layout.container(number);
            match self.source.storage.remove(&path) {
                // It was named by a record that was cut because it is not there.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.map_err(io_error(&path, "removed"))?,
            }
        }
        state.last_number = state.last_number.max(newest);
        for container in state.containers.values_mut().filter(|container| container.live == 0) {
            // Recovery referred to it for a moment; that does not count.
            container.released = container.found;
        }
        Ok(())
    }

    /// Makes the content durable that records name.
    pub(crate) fn make_durable(&self, records: &[CommitRecord]) -> Result<(), CommitError> {
        if self.durability != Durability::Fsync {
            return Ok(());
        }
        let claims = records.iter().flat_map(named_claims);
        let named: BTreeSet<u64> = claims.filter_map(container_of).collect();
        self.sync_containers(named)
    }

    /// Makes all content durable, whoever named it.
    pub(crate) fn make_all_durable(&self) -> Result<(), CommitError> {
        let state = self.state();
        let dirty = state.containers.iter().filter(|(_, container)| container.dirty);
        let dirty: BTreeSet<u64> = dirty.map(|(number, _)| *number).collect();
        drop(state);
        self.sync_containers(dirty)
    }

    fn sync_containers(&self, numbers: BTreeSet<u64>) -> Result<(), CommitError> {
        let mut unnamed = Vec::new();
        for number in numbers {
            let Some(file) = self.take_dirty(number, &mut unnamed) else { continue };
            let path = self.source.layout.container(number);
            file.sync_data().map_err(|error| {
                self.health.poison(&format!("{} could not be synced", path.display()), &error)
            })?;
        }
        if unnamed.is_empty() { Ok(()) } else { self.sync_names() }
    }

    /// Makes content durable that was written before the start and is not known to be. It is written anew: a page that
    /// could not be written once is not written by a later sync.
    pub(crate) fn secure(&self, claims: &[ContentClaim]) -> Result<(), OpenError> {
        let numbers: BTreeSet<u64> = claims.iter().filter_map(container_of).collect();
        for number in &numbers {
            let path = self.source.layout.container(*number);
            let file = self.source.storage.open(&path).map_err(io_error(&path, "opened"))?;
            let length = file.length().map_err(io_error(&path, "read"))?;
            rewrite(&*file, 0, length).map_err(io_error(&path, "written"))?;
            file.sync_data().map_err(io_error(&path, "synced"))?;
        }
        let synced = if numbers.is_empty() { Ok(()) } else { self.sync_names() };
        synced.map_err(|error| {
            io_error(&self.source.layout.content, "synced")(io::Error::other(error))
        })
    }

    fn take_dirty(&self, number: u64, unnamed: &mut Vec<u64>) -> Option<Arc<dyn StorageFile>> {
        let mut state = self.state();
        let container = state.containers.get_mut(&number)?;
        if std::mem::take(&mut container.unnamed) {
            unnamed.push(number);
        }
        // Before the sync: what is written from now on is for the next one.
        std::mem::take(&mut container.dirty).then(|| container.file.clone()).flatten()
    }

    fn sync_names(&self) -> Result<(), CommitError> {
        let layout = &self.source.layout;
        for folder in [&layout.content, &layout.root] {
            self.source.storage.sync_dir(folder).map_err(|error| {
                self.health.poison(&format!("{} could not be synced", folder.display()), &error)
            })?;
        }
        Ok(())
    }

    /// The content of a claim that some old record names, as long as it is kept.
    pub(crate) fn lookup(&self, id: &ClaimId) -> io::Result<Option<Arc<StoredContent>>> {
        let Some(place) = Place::of(id) else { return Ok(None) };
        if !self.state().containers.contains_key(&place.container) {
            return Ok(None);
        }
        let path = self.source.layout.container(place.container);
        let file = self.source.storage.open_read(&path)?;
        let header = ClaimHeader::read(&*file, &path, place.offset)?;
        Ok(Some(self.resolve(id.clone(), header.length, header.digest)))
    }

    /// Removes containers that nothing has referred to for longer than `keep`; the oldest also when they are together
    /// more than their part of the disk.
    pub(crate) fn sweep(&self, keep: Duration) -> io::Result<Swept> {
        let now = (self.clock)();
        let keep = SignedDuration::try_from(keep).unwrap_or(SignedDuration::MAX);
        let bytes_max = self.unreferenced_bytes_max();
        let mut swept = Swept::default();
        let mut kept = 0;
        // The newest first: they are kept until there are too many bytes.
        for (number, released, bytes) in self.unreferenced() {
            if now.duration_since(released) <= keep && kept + bytes <= bytes_max {
                kept += bytes;
                continue;
            }
            if self.remove(number)? {
                swept.containers += 1;
                swept.bytes += bytes;
            }
        }
        Ok(swept)
    }

    /// Writes down since when nothing refers to a container: a start reads it from the file's time.
    pub(crate) fn note_released(&self) {
        for (number, released, _) in self.unreferenced() {
            // If it fails, the content goes a little earlier.
            drop(self.source.storage.touch(&self.source.layout.container(number), released));
        }
    }

    fn unreferenced_bytes_max(&self) -> u64 {
        let layout = &self.source.layout;
        let part =
            self.source.storage.space(&layout.root).map(|space| space.total / CONTENT_DISK_PART);
        part.map_or(CONTENT_UNREFERENCED_BYTES_MAX, |part| part.min(CONTENT_UNREFERENCED_BYTES_MAX))
    }

    fn unreferenced(&self) -> Vec<(u64, Timestamp, u64)> {
        let state = self.state();
        let unreferenced = state.containers.iter().filter(|(_, container)| container.is_free());
        let mut found: Vec<_> = unreferenced
            .filter_map(|(number, container)| Some((*number, container.released?, container.bytes)))
            .collect();
        found.sort_unstable_by_key(|(number, released, _)| std::cmp::Reverse((*released, *number)));
        found
    }

    /// Removes a container, if nothing refers to it even now.
    fn remove(&self, number: u64) -> io::Result<bool> {
        let mut state = self.state();
        if !state.containers.get(&number).is_some_and(Container::is_free) {
            return Ok(false);
        }
        self.source.storage.remove(&self.source.layout.container(number))?;
        state.containers.remove(&number);
        state.idle.retain(|(idle, _)| *idle != number);
        Ok(true)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Container {
    fn is_free(&self) -> bool {
        self.live == 0 && !self.writing
    }
}

impl Resolve for ContentRepository {
    fn resolve(&self, id: ClaimId, length: u64, digest: [u8; 32]) -> Arc<StoredContent> {
        if let Some(place) = Place::of(&id) {
            // A container that is missing is found missing when it is read.
            self.state().containers.entry(place.container).or_default().live += 1;
        }
        let owner = self.this.upgrade().map(|this| this as Arc<dyn ClaimOwner>);
        Arc::new(StoredContent::new(id, length, digest, owner))
    }

    fn is_whole(&self, claim: &ContentClaim) -> io::Result<bool> {
        let read = claim.open(self).and_then(|mut reader| io::copy(&mut reader, &mut io::sink()));
        match read {
            Ok(length) => Ok(length == claim.length()),
            Err(error) => match error.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::NotFound => Ok(false),
                // Its key is lost: that is another matter.
                io::ErrorKind::Other => Ok(true),
                _ => Err(error),
            },
        }
    }
}

impl ClaimOwner for ContentRepository {
    fn released(&self, id: &ClaimId) {
        let now = (self.clock)();
        let mut state = self.state();
        let container = Place::of(id).and_then(|place| state.containers.get_mut(&place.container));
        if let Some(container) = container {
            container.live = container.live.saturating_sub(1);
            if container.live == 0 {
                container.released = Some(now);
            }
        }
    }
}

impl ContentStore for ContentRepository {
    fn create(&self, sensitive: bool) -> io::Result<Box<dyn ContentSink>> {
        let this = self.this.upgrade().ok_or(io::ErrorKind::NotConnected)?;
        Ok(Box::new(Sink::begin(this, sensitive)?))
    }

    fn open(
        &self,
        content: &StoredContent,
        sensitive: bool,
        offset: u64,
    ) -> io::Result<Box<dyn Read + Send>> {
        let place = Place::of(&content.id).ok_or(io::ErrorKind::InvalidInput)?;
        let path = self.source.layout.container(place.container);
        let file = self.source.storage.open_read(&path)?;
        let header = ClaimHeader::read(&*file, &path, place.offset)?;
        let damaged = |what| damaged(path.clone(), place.offset, what);
        if (header.length, header.digest) != (content.length, content.digest) {
            return Err(damaged("it is another content than the journal says"));
        }
        match (&header.seal, sensitive) {
            (Some(seal), _) => {
                let key = reading::key(&self.source.keyring, seal)?;
                Ok(Box::new(Sealed::new(file, path, place, &header, key, offset)))
            }
            (None, false) => Ok(Box::new(Plain::new(file, path, place, &header, offset))),
            (None, true) => Err(damaged("it should be sealed and is not")),
        }
    }
}

/// The claims that a record names for the first time.
pub(crate) fn named_claims(record: &CommitRecord) -> impl Iterator<Item = &ContentClaim> {
    fn of(change: &FlowFileChange) -> impl Iterator<Item = &ContentClaim> {
        let born = change.birth.iter().map(|birth| &birth.content);
        born.chain(change.trail.iter().filter_map(|hop| hop.content.as_ref()))
    }
    record.flowfiles.iter().flat_map(of)
}

fn container_of(claim: &ContentClaim) -> Option<u64> {
    match claim.body() {
        ContentBody::Inline(_) => None,
        ContentBody::Stored(stored) => Some(Place::of(&stored.id)?.container),
    }
}

fn listed(source: &Source) -> Result<Vec<u64>, OpenError> {
    let folder = &source.layout.content;
    Ok(numbers(&source.storage.list(folder).map_err(io_error(folder, "listed"))?, CONTAINER))
}

fn damaged(file: PathBuf, offset: u64, what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, DamagedContent { file, offset, what })
}
