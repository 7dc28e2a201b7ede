//! How flowfiles of a chain take, keep and lose the hold of a file outside. The lock itself is `crate::hold`'s, what is
//! durable about it the commit record's.

use std::{
    io::{self, Write},
    path::Path,
    sync::Arc,
    time::Duration,
};

use processors_api::{
    ContentClaim, ContentStore, ContentWriter, Event, EventKind, Text, core_attributes,
};

use super::{
    chain::Chain,
    queue::Waiting,
    shared::Shared,
    transaction::{Failure, Working, file_version},
};
use crate::{
    flow::{ConnectionIndex, HoldPlace, Target},
    hold::{FileLock, FileVersion, HELD_FILE_BYTES_MAX, LockError},
    limits::HOLD_WAIT,
    repository::record::{Hold, Name},
};

/// The relationship under which a flowfile leaves a hold whose file is not what it was.
const IF_CHANGED: &str = "if_changed";

impl Chain {
    /// What becomes of a flowfile whose wait for a lock is over: it goes on with the hold when its content came from the
    /// file as it is now; it starts anew with the file's new content when not; it fails when the lock was not to be had.
    pub(super) async fn enter_hold(
        &mut self,
        connection: ConnectionIndex,
        flowfile: Waiting,
        lock: Result<FileLock, LockError>,
    ) -> Option<Working> {
        let read =
            lock.map_err(|error| error.to_string()).and_then(|lock| Ok((read(lock.path())?, lock)));
        let ((bytes, version), lock) = match read {
            Ok(read) => read,
            Err(reason) => {
                self.fail_at_hold(connection, Working::known(flowfile), reason.into());
                return None;
            }
        };
        let version: Name = version.to_string().into();
        if file_version(&flowfile.record) == Some(&version) {
            let file: Name = lock.path().to_string_lossy().into();
            let shared = self.shared.clone();
            let (_, name) = shared.connection(connection);
            let (since, run) = (shared.now(), flowfile.record.run);
            let hold = Hold { file: file.clone(), version, since, connection: name.clone(), run };
            shared.ledger().take_hold(hold.clone(), lock);
            self.transaction.take_hold(hold);
            return Some(Working::holding(flowfile, file));
        }
        self.transaction.released.push(lock);
        self.start_anew(connection, Working::known(flowfile), &bytes, version, None);
        None
    }

    /// Whether somebody else changed the file that a flowfile holds, while this engine was down.
    pub(super) fn has_lost_hold(&self, working: &Working) -> bool {
        let ledger = self.shared.ledger();
        working.hold.as_ref().and_then(|file| ledger.hold(file)).is_some_and(|tally| tally.changed)
    }

    /// Whether a flowfile keeps its hold in a queue: not when it ended, and not at the place where it was taken.
    pub(super) fn keeps_hold(&self, hold: &Name, connection: ConnectionIndex) -> bool {
        let (_, name) = self.shared.connection(connection);
        self.shared.ledger().hold(hold).is_some_and(|tally| tally.hold.connection != *name)
    }

    /// Ends a hold whose file was written; all that held it go on free.
    pub(super) fn end_hold(&mut self, file: &Path, taken: &mut [Working]) {
        for working in taken {
            if let Some(hold) = working.hold.take_if(|hold| Path::new(&**hold) == file) {
                self.transaction.end_hold(&hold, &mut self.shared.ledger());
            }
        }
    }

    /// Sends a flowfile whose held file is not what it was to `if_changed`, with the file's new content.
    pub(super) async fn divert(&mut self, mut working: Working, note: Option<&str>) {
        let Some(file) = working.hold.take() else {
            return self.fail_unplaced(working, "it held no file");
        };
        let place = self.shared.ledger().hold(&file).map(|tally| tally.hold.connection.clone());
        let connection = place.and_then(|name| self.shared.flow.connection_named(&name));
        let Some(connection) = connection else {
            return self
                .fail_unplaced(working, "the place that took its hold is no longer in the flow");
        };
        match read(Path::new(&*file)) {
            Ok((bytes, version)) => {
                self.start_anew(connection, working, &bytes, version.to_string().into(), note)
            }
            Err(reason) => self.fail_at_hold(connection, working, reason.into()),
        }
    }

    fn start_anew(
        &mut self,
        connection: ConnectionIndex,
        mut working: Working,
        bytes: &[u8],
        version: Name,
        note: Option<&str>,
    ) {
        let shared = self.shared.clone();
        let now = shared.now();
        let Some(place) = &shared.flow.connection(connection).hold else { return };
        let mut record = working.record.clone();
        record.content = match secret(shared.repository.content(), bytes) {
            Ok(content) => content,
            Err(error) => return self.fail_at_hold(connection, working, error.to_string().into()),
        };
        record.attributes.set(core_attributes::FILE_VERSION, Text::plain(version));
        let details =
            note.unwrap_or("the held file is another version than the one this came from");
        let event = Event { kind: EventKind::HoldLost, details: Some(details.into()) };
        let from = self.holder_of(connection);
        working.hop(&from, Some(IF_CHANGED.into()), vec![event], record, now);
        (working.begun, working.retries, working.rollbacks, working.hold) = (None, 0, 0, None);
        match place.if_changed {
            Target::Connection(target) => self.stand_one(working, target, None, now),
            Target::Done => self.transaction.end(working),
            Target::Failed => self.fail_at_hold(connection, working, details.into()),
        }
    }

    fn fail_at_hold(&mut self, connection: ConnectionIndex, working: Working, reason: Text) {
        let processor = self.holder_of(connection);
        let attempts = working.retries + 1;
        self.fail(
            working,
            Failure { processor, relationship: "(hold)".into(), reason, attempts, retry_at: None },
        );
    }

    fn fail_unplaced(&mut self, working: Working, reason: &str) {
        let processor = working.last_processor().unwrap_or_else(|| "(hold)".into());
        self.fail(
            working,
            Failure {
                processor,
                relationship: "(hold)".into(),
                reason: reason.into(),
                attempts: 1,
                retry_at: None,
            },
        );
    }

    /// The processor before which a hold is taken.
    fn holder_of(&self, connection: ConnectionIndex) -> Name {
        let flow = &self.shared.flow;
        flow.processor(flow.connection(connection).to).id.clone()
    }
}

/// How long a flowfile waits for the lock of a place.
pub(super) fn wait_of(place: Option<&HoldPlace>) -> Duration {
    place.map_or(HOLD_WAIT, |place| place.wait)
}

fn read(path: &Path) -> Result<(Vec<u8>, FileVersion), String> {
    let shown = Shared::shown(path);
    match FileVersion::read(path, HELD_FILE_BYTES_MAX) {
        Ok(Some(read)) => Ok(read),
        Ok(None) => Err(format!("the held file {shown} is gone")),
        Err(error) => Err(format!("the held file {shown} cannot be read: {error}")),
    }
}

/// A held file is a credential: its content is secret whatever the flow says.
fn secret(store: Arc<dyn ContentStore>, bytes: &[u8]) -> io::Result<ContentClaim> {
    let mut writer = ContentWriter::new(store, true);
    writer.write_all(bytes)?;
    writer.finish()
}
