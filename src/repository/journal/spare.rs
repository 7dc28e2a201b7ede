//! The spare segment: prepared before it is needed, so that a commit only ever writes into space that it has, and never
//! waits for zeros. One is kept as soon as half of the current segment is used.

use std::{
    io,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
};

use super::{
    super::{
        error::CommitError,
        health::{Health, Lacking},
        layout::Layout,
        storage::{Storage, StorageFile, is_full},
    },
    recovery::erase,
};

/// Keeps the spare.
pub(crate) struct Spares {
    shop: Arc<Shop>,
    thread: Option<JoinHandle<()>>,
}

/// Where the spare is made, by whom ever.
struct Shop {
    storage: Arc<dyn Storage>,
    layout: Layout,
    health: Arc<Health>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    spare: Spare,
    closing: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Spare {
    #[default]
    Unwanted,
    Wanted(Wanted),
    Making,
    Ready(Wanted),
    /// For lack of room, or another reason that may pass.
    Failed(Wanted),
}

/// How long to wait for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// A commit can do nothing else.
    UntilThereIsRoom,
    OneAttempt,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    number: u64,
    bytes: u64,
}

impl Spares {
    /// Spares made in a thread of their own, or (`threaded` is false) by whoever needs one.
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        layout: Layout,
        health: Arc<Health>,
        threaded: bool,
    ) -> io::Result<Self> {
        let state = Mutex::default();
        let shop = Arc::new(Shop { storage, layout, health, state, changed: Condvar::new() });
        let mut spares = Self { shop: shop.clone(), thread: None };
        if threaded {
            let thread = std::thread::Builder::new().name("journal spare".to_owned());
            spares.thread = Some(thread.spawn(move || shop.work())?);
        }
        Ok(spares)
    }

    /// Asks for a spare, if there is none.
    pub(crate) fn want(&self, number: u64, bytes: u64) {
        let mut state = self.shop.state();
        if state.spare == Spare::Unwanted {
            state.spare = Spare::Wanted(Wanted { number, bytes });
            self.shop.changed.notify_all();
        }
        if self.thread.is_none() {
            self.shop.make_wanted(state);
        }
    }

    /// Takes the spare, of at least `least` bytes, when it is ready.
    pub(crate) fn take(
        &self,
        number: u64,
        least: u64,
        bytes: u64,
        mut patience: Patience,
    ) -> Result<(Arc<dyn StorageFile>, u64), CommitError> {
        let wanted = Wanted { number, bytes };
        loop {
            self.shop.health.check()?;
            let mut state = self.shop.state();
            match state.spare {
                Spare::Ready(ready) if ready.bytes >= least => {
                    state.spare = Spare::Unwanted;
                    drop(state);
                    return self.shop.opened(ready);
                }
                // Too small for the record that comes.
                Spare::Ready(_) | Spare::Unwanted => {
                    state.spare = Spare::Wanted(wanted);
                    self.shop.changed.notify_all();
                }
                // The thread is at it.
                Spare::Wanted(_) | Spare::Making if self.thread.is_some() => self.shop.pause(state),
                Spare::Wanted(_) | Spare::Making => self.shop.make_wanted(state),
                Spare::Failed(_) => {
                    drop(state);
                    self.shop.wait(&mut patience)?;
                    self.shop.again(wanted);
                }
            }
        }
    }

    /// Tries again what failed. The thread does so by itself.
    pub(crate) fn retry(&self) {
        let state = self.shop.state();
        if let Spare::Failed(wanted) = state.spare {
            drop(state);
            self.shop.again(wanted);
            self.shop.make_wanted(self.shop.state());
        }
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        self.shop.state().closing = true;
        self.shop.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It panicked, or it did not: there is no spare to lose.
            drop(thread.join());
        }
    }
}

impl Shop {
    fn work(&self) {
        loop {
            let state = self.state();
            if state.closing {
                return;
            }
            match state.spare {
                Spare::Wanted(_) => self.make_wanted(state),
                Spare::Failed(wanted) => {
                    self.pause(state);
                    self.again(wanted);
                }
                Spare::Unwanted | Spare::Making | Spare::Ready(_) => {
                    drop(self.changed.wait(state).unwrap_or_else(PoisonError::into_inner));
                }
            }
        }
    }

    /// Waits for room, or gives up.
    fn wait(&self, patience: &mut Patience) -> Result<(), CommitError> {
        match patience {
            Patience::UntilThereIsRoom => self.health.wait(),
            Patience::OneAttempt => {
                *patience = Patience::None;
                Ok(())
            }
            Patience::None => {
                Err(self.health.room().err().map_or(CommitError::Closed, CommitError::NoRoom))
            }
        }
    }

    /// Waits for a change, at most as long as before another attempt.
    fn pause(&self, state: MutexGuard<'_, State>) {
        let waiting = self.changed.wait_timeout(state, self.health.retry());
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }

    fn again(&self, wanted: Wanted) {
        let mut state = self.state();
        if matches!(state.spare, Spare::Failed(_)) {
            state.spare = Spare::Wanted(wanted);
            self.changed.notify_all();
        }
    }

    fn make_wanted(&self, mut state: MutexGuard<'_, State>) {
        let Spare::Wanted(wanted) = state.spare else { return };
        state.spare = Spare::Making;
        drop(state);
        let made = self.make(wanted);
        self.state().spare = match made {
            Ok(()) => Spare::Ready(wanted),
            Err(_) => Spare::Failed(wanted),
        };
        self.changed.notify_all();
    }

    fn make(&self, wanted: Wanted) -> io::Result<()> {
        let path = self.layout.segment(wanted.number);
        let written = self.write(&path, wanted.bytes);
        match &written {
            Ok(()) => self.health.has_room(Lacking::Spare),
            Err(error) => {
                if self.health.room().is_ok() {
                    tracing::warn!(%error, "no spare segment can be made; sources wait");
                }
                self.health.lacks_room(Lacking::Spare, error);
                // What is there of it would take the room that others wait for. If it cannot be removed either, the
                // next attempt says so.
                drop(self.storage.remove(&path));
            }
        }
        written
    }

    fn write(&self, path: &Path, bytes: u64) -> io::Result<()> {
        match self.storage.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let file = self.storage.create(path)?;
        erase(&*file, 0, bytes)?;
        // IMPORTANT: bytes and name both; a record is acknowledged in there without another sync of the folder.
        self.synced(file.sync_data())?;
        self.synced(self.storage.sync_dir(&self.layout.journal))
    }

    fn synced(&self, synced: io::Result<()>) -> io::Result<()> {
        if let Err(error) = synced.as_ref()
            && !is_full(error)
        {
            self.health.poison("a prepared segment could not be synced", error);
        }
        synced
    }

    fn opened(&self, ready: Wanted) -> Result<(Arc<dyn StorageFile>, u64), CommitError> {
        let file = self.storage.open(&self.layout.segment(ready.number));
        let poison =
            |error: io::Error| self.health.poison("a prepared segment does not open", &error);
        Ok((file.map_err(poison)?, ready.bytes))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
