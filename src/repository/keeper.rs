//! The keeper of closed segments: makes snapshots off the writing thread, from the files alone, and moves what a
//! snapshot covers to the provenance folder, where retention ends it. It never touches the running engine.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    codec::{Resolve, Unowned},
    error::{OpenError, io_error},
    health::Health,
    journal::{
        Position,
        reader::{FileReader, OtherKey, Source},
        segment::numbers,
    },
    layout::{SEGMENT, SNAPSHOT},
    limits::*,
    snapshot::{self, Loaded},
    storage::is_full,
};

/// What becomes of segments that a snapshot covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// They are removed.
    Off,
    /// They are kept; the oldest goes when there are more bytes, or when it is older.
    Keep { bytes: u64, age: Duration },
}

impl Default for Provenance {
    fn default() -> Self {
        Self::Keep { bytes: PROVENANCE_BYTES_MAX, age: PROVENANCE_AGE_MAX }
    }
}

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Knows the closed segments of one journal.
pub(crate) struct Keeper {
    source: Source,
    health: Arc<Health>,
    provenance: Provenance,
    clock: Clock,
    state: Mutex<State>,
    changed: Condvar,
    /// Held while a snapshot is made: one at a time.
    busy: Mutex<()>,
}

#[derive(Default)]
struct State {
    covered: Position,
    /// Closed segments that no snapshot covers, in order; where each ends.
    closed: Vec<Position>,
    snapshot_bytes: u64,
    closing: bool,
}

impl Keeper {
    pub(crate) fn new(
        source: &Source,
        health: Arc<Health>,
        provenance: Provenance,
        clock: Clock,
        covered: Position,
        closed: Vec<Position>,
    ) -> Self {
        // Whatever it reads was read by recovery already; a value that is lost by now stays lost.
        let source = Source { other_key: OtherKey::TakeAsLost, ..source.clone() };
        let state = State { covered, closed, ..State::default() };
        Self {
            source,
            health,
            provenance,
            clock,
            state: Mutex::new(state),
            changed: Condvar::new(),
            busy: Mutex::new(()),
        }
    }

    /// A segment is closed, and durable.
    pub(crate) fn segment_closed(&self, end: Position) {
        self.state().closed.push(end);
        self.changed.notify_all();
    }

    /// Makes snapshots when they are due, until [`Keeper::close`].
    pub(crate) fn work(&self) {
        loop {
            let state = self.state();
            let waiting = self.changed.wait_while(state, |state| !state.closing && !state.is_due());
            if waiting.unwrap_or_else(PoisonError::into_inner).closing {
                return;
            }
            if let Err(error) = self.snapshot() {
                tracing::warn!(%error, "no snapshot could be made; the journal is kept");
                self.pause();
            }
        }
    }

    /// Waits for a while: whatever was in the way of a snapshot may be there still, and an attempt reads a lot.
    fn pause(&self) {
        let waiting =
            self.changed.wait_timeout_while(self.state(), SNAPSHOT_RETRY, |state| !state.closing);
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }

    /// Ends [`Keeper::work`] when it has finished what it does.
    pub(crate) fn close(&self) {
        self.state().closing = true;
        self.changed.notify_all();
    }

    /// Makes a snapshot if one is due.
    pub(crate) fn snapshot_if_due(&self) -> Result<(), OpenError> {
        if self.state().is_due() { self.snapshot() } else { Ok(()) }
    }

    /// Makes a snapshot of all closed segments.
    pub(crate) fn snapshot(&self) -> Result<(), OpenError> {
        let _one_at_a_time = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let (covered, closed) = {
            let state = self.state();
            (state.covered, state.closed.clone())
        };
        let Some(end) = closed.last().copied() else { return Ok(()) };
        let made = self
            .fold(covered, &closed)
            .and_then(|(state, end)| snapshot::write(&self.source, &state, end));
        let bytes = made.inspect_err(|error| self.poison_if_sync_failed(error))?;
        let mut state = self.state();
        state.covered = end;
        state.closed.retain(|closed| closed.segment > end.segment);
        state.snapshot_bytes = bytes;
        drop(state);
        self.tidy()
    }

    fn poison_if_sync_failed(&self, error: &OpenError) {
        if let OpenError::Io { done: "synced", source, .. } = error
            && !is_full(source)
        {
            self.health.poison("a snapshot could not be synced", source);
        }
    }

    fn fold(&self, covered: Position, closed: &[Position]) -> Result<Loaded, OpenError> {
        let claims: Arc<dyn Resolve> = Arc::new(Unowned);
        let mut loaded = match covered.segment {
            0 => Loaded::default(),
            number => snapshot::load(&self.source, &claims, number)?,
        };
        for end in closed {
            self.fold_segment(&mut loaded, *end, &claims)?;
        }
        Ok(loaded)
    }

    fn fold_segment(
        &self,
        (state, covered): &mut Loaded,
        end: Position,
        claims: &Arc<dyn Resolve>,
    ) -> Result<(), OpenError> {
        let source = &self.source;
        let open = source.open_segment(end.segment)?;
        let path = &open.path;
        if open.header.is_none() {
            return Err(source.damage(path, 0, "it has no header"));
        }
        let mut reader = FileReader::new(source, claims.clone(), &open)?;
        while let Some((offset, decoded)) = reader.next()? {
            let applied = state.apply(&decoded.record);
            applied.map_err(|what| source.damage(path, offset, what.to_string()))?;
            state.mark_unreadable(decoded.unreadable);
        }
        if reader.end != end.offset {
            return Err(source.damage(path, reader.end, "its records end too early"));
        }
        *covered = end;
        Ok(())
    }

    /// Does what an interrupted writer left undone, as [`Keeper::tidy`] does.
    pub(crate) fn tidy_after_start(&self) -> Result<(), OpenError> {
        let layout = &self.source.layout;
        let covered = self.state().covered.segment;
        let journal = self.listed(&layout.journal, SEGMENT)?;
        if journal.first().is_some_and(|first| *first <= covered) {
            // IMPORTANT: who made the snapshot may have died between its rename and its sync.
            for folder in [&layout.snapshots, &layout.root] {
                self.source.storage.sync_dir(folder).map_err(io_error(folder, "synced"))?;
            }
        }
        self.tidy()
    }

    /// Moves or removes what the snapshot covers, and what is beyond retention. What a crash leaves undone is done by
    /// the next one.
    fn tidy(&self) -> Result<(), OpenError> {
        let covered = self.state().covered.segment;
        let source = &self.source;
        let snapshots = self.listed(&source.layout.snapshots, SNAPSHOT)?;
        let old = snapshots.len().saturating_sub(SNAPSHOTS_KEPT);
        for number in snapshots.iter().take(old) {
            self.remove(&source.layout.snapshot(*number))?;
        }
        let journal = self.listed(&source.layout.journal, SEGMENT)?;
        for number in journal.into_iter().filter(|number| *number <= covered) {
            self.leave(number)?;
        }
        self.retain()
    }

    fn leave(&self, number: u64) -> Result<(), OpenError> {
        let (storage, layout) = (&self.source.storage, &self.source.layout);
        let path = layout.segment(number);
        if self.provenance == Provenance::Off {
            return self.remove(&path);
        }
        storage.create_dir(&layout.provenance).map_err(io_error(&layout.provenance, "made"))?;
        storage.touch(&path, (self.clock)()).map_err(io_error(&path, "dated"))?;
        storage.rename(&path, &layout.old_segment(number)).map_err(io_error(&path, "moved"))
    }

    /// Removes provenance that is kept no longer.
    pub(crate) fn sweep(&self) -> Result<(), OpenError> {
        let _one_at_a_time = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        self.retain()
    }

    fn retain(&self) -> Result<(), OpenError> {
        let (storage, layout) = (&self.source.storage, &self.source.layout);
        let (bytes_max, age_max) = match self.provenance {
            Provenance::Off => (0, Duration::ZERO),
            Provenance::Keep { bytes, age } => (bytes, age),
        };
        let age_max = SignedDuration::try_from(age_max).unwrap_or(SignedDuration::MAX);
        let mut bytes = 0;
        let covered = self.state().covered.segment;
        // One that is not covered is there because the snapshot that covered it is damaged.
        let old = self.listed(&layout.provenance, SEGMENT)?.into_iter();
        for number in old.filter(|number| *number <= covered).rev() {
            let path = layout.old_segment(number);
            let file = storage.open_read(&path).map_err(io_error(&path, "opened"))?;
            bytes += file.length().map_err(io_error(&path, "read"))?;
            let modified = storage.modified(&path).map_err(io_error(&path, "read"))?;
            let age = (self.clock)().duration_since(modified);
            if bytes > bytes_max || age > age_max {
                self.remove(&path)?;
            }
        }
        Ok(())
    }

    fn listed(&self, folder: &std::path::Path, extension: &str) -> Result<Vec<u64>, OpenError> {
        let names = self.source.storage.list(folder).map_err(io_error(folder, "listed"))?;
        Ok(numbers(&names, extension))
    }

    fn remove(&self, path: &std::path::Path) -> Result<(), OpenError> {
        match self.source.storage.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_error(path, "removed")(error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_due(&self) -> bool {
        let bytes: u64 = self.closed.iter().map(|end| end.offset).sum();
        bytes >= SNAPSHOT_CLOSED_BYTES.max(self.snapshot_bytes)
    }
}
