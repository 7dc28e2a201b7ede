//! What every part of a repository knows of its disk: whether it failed (for ever), and whether it is full (for now).

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use thiserror::Error;

use super::error::CommitError;

/// The disk has no room for what the journal needs next. Sources should stop; it goes on when there is room.
#[derive(Clone, Debug, Error)]
#[error("the disk has no room for the journal: {0}")]
pub struct NoRoom(Arc<str>);

/// Who lacks room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// A spare segment cannot be made; commits go on in what is prepared.
    Spare = 0,
    /// The segment itself cannot be written, though it was prepared.
    Segment = 1,
}

/// Shared by all parts of one repository.
pub(crate) struct Health {
    /// After a failed sync nobody knows what is on the disk, and a later sync that succeeds does not say so. So nothing
    /// is acknowledged any more. See "Can Applications Recover from fsync Failures?" (Rebello et al., ATC 2020).
    poison: OnceLock<Arc<str>>,
    state: Mutex<State>,
    changed: Condvar,
    retry: Duration,
}

#[derive(Default)]
struct State {
    lacking: [Option<NoRoom>; 2],
    closing: bool,
}

impl Health {
    pub(crate) fn new(retry: Duration) -> Self {
        Self { poison: OnceLock::new(), state: Mutex::default(), changed: Condvar::new(), retry }
    }

    /// From now on nothing is acknowledged.
    pub(crate) fn poison(&self, doing: &str, error: &io::Error) -> CommitError {
        let reason = self.poison.get_or_init(|| format!("{doing}: {error}").into());
        tracing::error!(%reason, "the journal stops");
        self.changed.notify_all();
        CommitError::Poisoned(reason.clone())
    }

    /// Whether the repository still acknowledges.
    pub(crate) fn check(&self) -> Result<(), CommitError> {
        match self.poison.get() {
            None => Ok(()),
            Some(reason) => Err(CommitError::Poisoned(reason.clone())),
        }
    }

    pub(crate) fn lacks_room(&self, who: Lacking, error: &io::Error) {
        self.state().lacking[who as usize] = Some(NoRoom(error.to_string().into()));
    }

    pub(crate) fn has_room(&self, who: Lacking) {
        self.state().lacking[who as usize] = None;
    }

    pub(crate) fn room(&self) -> Result<(), NoRoom> {
        match self.state().lacking.iter().flatten().next() {
            None => Ok(()),
            Some(lacking) => Err(lacking.clone()),
        }
    }

    /// Waits a while for room; an error when there is no point in waiting.
    pub(crate) fn wait(&self) -> Result<(), CommitError> {
        self.check()?;
        let state = self.state();
        let waiting = self.changed.wait_timeout_while(state, self.retry, |state| !state.closing);
        let (state, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        if state.closing { Err(CommitError::Closed) } else { self.check() }
    }

    /// How long to wait between attempts.
    pub(crate) fn retry(&self) -> Duration {
        self.retry
    }

    /// Ends all waiting.
    pub(crate) fn close(&self) {
        self.state().closing = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it left it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
