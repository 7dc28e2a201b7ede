//! Group commit: one thread a flow takes everything that sessions handed in, makes the content it names durable, and
//! appends it to the log with one write and one sync. Then it answers all of them.

use std::{
    io, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
};

use tokio::sync::oneshot;

use super::{
    content::ContentRepository,
    error::CommitError,
    health::Health,
    journal::{FlowLog, Position},
    limits::GROUP_RECORDS_MAX,
    record::CommitRecord,
};

/// What a session is told about its commit.
pub(crate) type Answer = Result<Position, CommitError>;

/// Hands records to the committing thread.
pub(crate) struct Committer<L> {
    queue: Arc<Queue>,
    log: Arc<Mutex<L>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    records: Vec<CommitRecord>,
    answers: Vec<oneshot::Sender<Answer>>,
    closing: bool,
}

impl<L: FlowLog + 'static> Committer<L> {
    pub(crate) fn new(
        log: L,
        content: Arc<ContentRepository>,
        health: Arc<Health>,
    ) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let log = Arc::new(Mutex::new(log));
        let thread = std::thread::Builder::new().name("journal writer".to_owned());
        let thread = thread.spawn({
            let (queue, log) = (queue.clone(), log.clone());
            move || work(&queue, &log, &content, &health)
        })?;
        Ok(Self { queue, log, thread: Mutex::new(Some(thread)) })
    }

    /// Hands in a record. They are appended in this order.
    pub(crate) fn submit(&self, record: CommitRecord) -> oneshot::Receiver<Answer> {
        let (answer, receiver) = oneshot::channel();
        let mut state = self.queue.state();
        // Without a thread to answer it, dropping the sender is the answer.
        if !state.closing {
            state.records.push(record);
            state.answers.push(answer);
            self.queue.changed.notify_all();
        }
        receiver
    }

    /// The log, when the thread does not use it.
    pub(crate) fn log(&self) -> MutexGuard<'_, L> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends what was handed in, and ends the thread.
    pub(crate) fn close(&self) {
        self.queue.state().closing = true;
        self.queue.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // If it panicked, those who wait were answered by their dropped senders.
            drop(thread.join());
        }
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for records and takes them; none when no more will come.
    fn take(&self) -> Option<(Vec<CommitRecord>, Vec<oneshot::Sender<Answer>>)> {
        let state = self.state();
        let waiting =
            self.changed.wait_while(state, |state| state.records.is_empty() && !state.closing);
        let mut state = waiting.unwrap_or_else(PoisonError::into_inner);
        if state.records.is_empty() {
            return None;
        }
        let rest = state.records.len().min(GROUP_RECORDS_MAX);
        let records = state.records.split_off(rest);
        let answers = state.answers.split_off(rest);
        Some((mem::replace(&mut state.records, records), mem::replace(&mut state.answers, answers)))
    }
}

fn work<L: FlowLog>(queue: &Queue, log: &Mutex<L>, content: &ContentRepository, health: &Health) {
    while let Some((records, answers)) = queue.take() {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        let appended = commit(&mut *log, &records, content, health);
        drop(log);
        // Before the answers: whoever has one holds the last reference to what he handed in.
        drop(records);
        match appended {
            Ok(positions) => answer(answers.into_iter().zip(positions)),
            Err(error) => answer(answers.into_iter().map(|answer| (answer, Err(error.clone())))),
        }
    }
}

fn commit<L: FlowLog>(
    log: &mut L,
    records: &[CommitRecord],
    content: &ContentRepository,
    health: &Health,
) -> Result<Vec<Answer>, CommitError> {
    health.check()?;
    // IMPORTANT: content first. A record that is durable must never name content that is not.
    content.make_durable(records)?;
    let end = log.end();
    log.append(end, records)
}

fn answer(answers: impl Iterator<Item = (oneshot::Sender<Answer>, Answer)>) {
    for (sender, answer) in answers {
        // Who does not wait any more does not want to know.
        drop(sender.send(answer));
    }
}
