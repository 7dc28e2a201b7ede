//! Replay: failed flowfiles go back into a processor's entry, as children of the failed ones, in a new run. Who chooses
//! them, and edits them before, is the command line's business.

use processors_api::{Event, EventKind, FlowFileId, RunId};

use super::{
    Engine, EngineError,
    queue::Waiting,
    transaction::{FAILED_HOLDING, Transaction, Working},
};
use crate::repository::record::{RunChange, Trigger};

/// Why a failed flowfile cannot be put back.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("there is no F{0} in the failed queue")]
    Unknown(u64),
    #[error("F{number} was replayed already, as {by}; replaying it again needs to be asked for")]
    Again { number: u64, by: FlowFileId },
    #[error(
        "F{number} failed at `{processor}`, which takes no flowfiles or is no longer in the flow; name another one"
    )]
    NoPlace { number: u64, processor: String },
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Engine {
    /// Puts failed flowfiles back before the processors that failed them, or before `processor`. They start to move with
    /// the next [`Engine::drain`] or [`Engine::run_once`].
    pub async fn replay(
        &mut self,
        numbers: &[u64],
        processor: Option<&str>,
    ) -> Result<RunId, ReplayError> {
        let shared = self.scheduler.shared.clone();
        let now = shared.now();
        let run = RunId::from(shared.new_id());
        let mut transaction = Transaction::default();
        let flow_version = shared.flow.version;
        let started = RunChange::Started {
            id: run,
            trigger: Trigger::Replay,
            source: None,
            due: None,
            flow_version,
        };
        transaction.start_run(started, None);
        let mut marked = Vec::new();
        for &number in numbers {
            let failed =
                self.scheduler.failed.get(&number).cloned().ok_or(ReplayError::Unknown(number))?;
            let here = marked.iter().find(|(marked, _)| *marked == number);
            let now_as = here.and_then(|(_, waiting): &(u64, Waiting)| waiting.queued.replayed_as);
            if let Some(by) = failed.queued.replayed_as.or(now_as) {
                return Err(ReplayError::Again { number, by });
            }
            let failed_at =
                failed.record.attributes.get("failure.processor").map_or("", |name| name.reveal());
            let place = failed.record.attributes.get(FAILED_HOLDING);
            let place = place.and_then(|place| shared.flow.connection_named(place.reveal()));
            let place = place.filter(|_| processor.is_none());
            let processor = processor.unwrap_or(failed_at).to_owned();
            let entry = place.or_else(|| shared.flow.entry(&processor));
            let entry =
                entry.ok_or(ReplayError::NoPlace { number, processor: processor.clone() })?;
            let child = FlowFileId::from(shared.new_id());
            let mut record = failed.record.clone();
            (record.id, record.run, record.entry_date) = (child, run, now);
            record.attributes.remove(FAILED_HOLDING);
            let mut working = Working::born(record, vec![failed.record.id], None);
            let event =
                Event { kind: EventKind::Replay, details: Some(format!("F{number}").into()) };
            working.note(&processor.as_str().into(), event, now);
            transaction.stand(working, shared.connection(entry), None, now);
            marked.push((number, transaction.replayed(failed, child)));
        }
        shared.ledger().open_run(run);
        let (placements, _) = shared.commit(transaction).await.map_err(EngineError::from)?;
        placements.into_iter().for_each(|placement| self.scheduler.enqueue(placement));
        self.scheduler.failed.extend(marked);
        Ok(run)
    }
}
