//! The triggers of a trial: what waits goes into a session, what the session did is gathered, its memory is kept for the
//! next one. A flowfile that a failed session gave back is set aside, as the engine penalizes it.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Read, Write},
    sync::Arc,
};

use processors_api::{
    Attributes, ContentClaim, ContentWriter, Destination, Firing, FlowFileId, FlowFileRecord,
    GivenBack, Input, RunId, Session, SessionInput, SessionOutcome, State, Transfer,
    core_attributes, is_read_only,
};

use super::{Given, Output, RolledBack, Trial, TrialError, Trialled, Triggers};
use crate::{
    engine::trigger,
    limits::{TRIAL_TIME_MAX, TRIAL_TRIGGERS_MAX},
};

impl Trial {
    /// Runs the processor over these flowfiles.
    ///
    /// # Errors
    /// When it cannot be run so, or does not come to its end.
    pub async fn run(
        &self,
        inputs: Vec<Given>,
        triggers: Triggers,
    ) -> Result<Trialled, TrialError> {
        if self.kind.input == Input::Forbidden && !inputs.is_empty() {
            return Err(TrialError::IsSource(self.kind.name));
        }
        let mut running = Running::new(self);
        let work = running.work(inputs, triggers);
        tokio::time::timeout(TRIAL_TIME_MAX, work).await.map_err(|_| TrialError::TooLong)??;
        running.trialled.waiting = running.queue.len() + running.given_back.len();
        Ok(running.trialled)
    }
}

struct Running<'t> {
    trial: &'t Trial,
    run: RunId,
    queue: VecDeque<SessionInput>,
    /// What a processor that merges gave back.
    given_back: GivenBack,
    /// Which of the given flowfiles each is.
    given: HashMap<FlowFileId, usize>,
    state: Arc<State>,
    triggers: usize,
    trialled: Trialled,
}

impl<'t> Running<'t> {
    fn new(trial: &'t Trial) -> Self {
        Self {
            trial,
            run: RunId::from(trial.context.new_id()),
            queue: VecDeque::new(),
            given_back: GivenBack::default(),
            given: HashMap::new(),
            state: Arc::default(),
            triggers: 0,
            trialled: Trialled::default(),
        }
    }

    async fn work(&mut self, inputs: Vec<Given>, triggers: Triggers) -> Result<(), TrialError> {
        let is_source = self.trial.kind.input != Input::Required && inputs.is_empty();
        match triggers {
            Triggers::OnceEach if is_source => self.fire().await,
            Triggers::OnceEach => {
                for given in inputs {
                    self.enqueue(given)?;
                    self.work_once().await?;
                }
                Ok(())
            }
            Triggers::Times(times) => {
                for given in inputs {
                    self.enqueue(given)?;
                }
                for _ in 0..times {
                    self.work_once().await?;
                }
                Ok(())
            }
            Triggers::UntilQuiet => {
                for given in inputs {
                    self.enqueue(given)?;
                }
                self.fire().await
            }
        }
    }

    /// One trigger, as NiFi counts them: one that merges is not triggered again because it asks for that.
    async fn work_once(&mut self) -> Result<(), TrialError> {
        if self.trial.kind.merges {
            return self.trigger(Firing::default()).await.map(drop);
        }
        self.fire().await
    }

    /// Triggers the processor, and again for as long as it says that there is more.
    async fn fire(&mut self) -> Result<(), TrialError> {
        let mut firing = Firing { due: None, first: true };
        while self.trigger(firing).await? {
            firing.first = false;
        }
        Ok(())
    }

    fn enqueue(&mut self, given: Given) -> Result<(), TrialError> {
        let index = self.given.len();
        let record = self.record(given)?;
        self.given.insert(record.id, index);
        let since = record.entry_date;
        self.queue.push_back(SessionInput { record, held: None, since });
        Ok(())
    }

    /// The flowfile as it would lie in the queue: with an id, a name and a path, which may be given too.
    fn record(&self, given: Given) -> io::Result<FlowFileRecord> {
        let context = &self.trial.context;
        let named = given.attributes.iter().find(|(name, _)| name == core_attributes::UUID);
        let id = named
            .and_then(|(_, id)| id.reveal().parse().ok())
            .filter(|id| !self.given.contains_key(id))
            .unwrap_or_else(|| FlowFileId::from(context.new_id()));
        let mut attributes = Attributes::default();
        attributes.set(core_attributes::FILENAME, id.to_string().into());
        attributes.set(core_attributes::PATH, "./".into());
        for (name, value) in given.attributes {
            if !is_read_only(&name) {
                attributes.set(name, value);
            }
        }
        let now = context.clock.now();
        Ok(FlowFileRecord {
            id,
            attributes,
            content: self.claim(&given.content)?,
            entry_date: now,
            lineage_start: now,
            run: self.run,
        })
    }

    fn claim(&self, content: &[u8]) -> io::Result<ContentClaim> {
        let mut writer = ContentWriter::new(self.trial.context.content.clone(), false);
        writer.write_all(content)?;
        writer.finish()
    }

    /// One session; whether the processor wants to be triggered again at once.
    async fn trigger(&mut self, firing: Firing) -> Result<bool, TrialError> {
        self.triggers += 1;
        if self.triggers > TRIAL_TRIGGERS_MAX {
            return Err(TrialError::TooManyTriggers);
        }
        let trial = self.trial;
        // One that waits for the network takes one flowfile a session, as in the engine.
        let at_most = if trial.kind.waits { 1 } else { self.queue.len() };
        let input: VecDeque<SessionInput> =
            self.queue.drain(..at_most.min(self.queue.len())).collect();
        let waited: Vec<FlowFileId> = input.iter().map(|input| input.record.id).collect();
        let mut session = Session::new(trial.context.clone(), self.run, input, self.state.clone());
        if trial.kind.merges {
            session = session.merging(std::mem::take(&mut self.given_back));
        }
        // Off this thread, so that one that does not wait can be stopped too.
        let blocking = !trial.kind.waits;
        let (session, ended) =
            trigger::trigger(&trial.processor, blocking, session.firing(firing)).await;
        let Some(mut session) = session else {
            self.roll_back(&waited, "the processor's thread was lost");
            return Ok(false);
        };
        let mut untaken = session.take_untaken();
        self.given_back = session.take_given_back();
        if ended.is_err() {
            // What it remembers of them is not to be relied on: they come anew.
            untaken.extend(std::mem::take(&mut self.given_back).forget());
        }
        let ended = match ended {
            Ok(()) => session.finish().map_err(|(error, taken)| (error.to_string(), taken)),
            Err(error) => Err((error.to_string(), session.roll_back())),
        };
        match ended.and_then(|outcome| self.declared(outcome)) {
            Ok(outcome) => {
                self.put_back(untaken);
                Ok(self.keep(outcome)?)
            }
            // Before it took one: it cannot be said at which it failed, and none may come back for ever.
            Err((error, taken)) if taken.is_empty() => {
                self.roll_back(&waited, &error);
                Ok(false)
            }
            Err((error, taken)) => {
                self.put_back(untaken);
                let taken: Vec<FlowFileId> = taken.iter().map(|input| input.record.id).collect();
                self.roll_back(&taken, &error);
                Ok(false)
            }
        }
    }

    /// What a session did not take stays at the head of the queue.
    fn put_back(&mut self, untaken: VecDeque<SessionInput>) {
        for input in untaken.into_iter().rev() {
            self.queue.push_front(input);
        }
    }

    /// A session that used a relationship which the processor does not have never was.
    fn declared(
        &self,
        outcome: SessionOutcome,
    ) -> Result<SessionOutcome, (String, Vec<SessionInput>)> {
        let declared = self.trial.processor.relationships();
        let is_declared = |transfer: &&Transfer| match &transfer.destination {
            Destination::Relationship(name) => {
                declared.iter().any(|relationship| relationship.name() == &**name)
            }
            Destination::HoldChanged => true,
        };
        match outcome.transfers.iter().find(|transfer| !is_declared(transfer)) {
            None => Ok(outcome),
            Some(stray) => {
                let error = format!(
                    "a bug in the processor: it has no relationship `{}`",
                    relationship(&stray.destination)
                );
                Err((error, outcome.consumed))
            }
        }
    }

    /// Sets aside what a failed session had; a source had nothing.
    fn roll_back(&mut self, taken: &[FlowFileId], error: &str) {
        let nothing = taken.is_empty().then_some(None);
        let inputs = taken.iter().map(|id| self.given.get(id).copied()).chain(nothing);
        let rolled_back = inputs.map(|input| RolledBack { input, error: error.to_owned() });
        self.trialled.rolled_back.extend(rolled_back);
    }

    fn keep(&mut self, outcome: SessionOutcome) -> io::Result<bool> {
        for transfer in outcome.transfers {
            let output = self.output(transfer)?;
            self.trialled.outputs.push(output);
        }
        if let Some(state) = outcome.state {
            self.state = Arc::new(state);
        }
        self.trialled.removed += outcome.removed.len();
        self.trialled.nothing = outcome.nothing.or(self.trialled.nothing.take());
        self.trialled.after_commit.extend(outcome.after_commit);
        Ok(outcome.has_more)
    }

    fn output(&self, transfer: Transfer) -> io::Result<Output> {
        let Transfer { record, destination, penalty, reason, .. } = transfer;
        let mut content = Vec::new();
        record.content.open(&*self.trial.context.content)?.read_to_end(&mut content)?;
        Ok(Output {
            relationship: relationship(&destination).to_owned(),
            id: record.id,
            attributes: record.attributes,
            content,
            is_sensitive: record.content.is_sensitive(),
            is_penalized: penalty.is_some(),
            reason,
        })
    }
}

fn relationship(destination: &Destination) -> &str {
    match destination {
        Destination::Relationship(name) => name,
        Destination::HoldChanged => "(hold changed)",
    }
}
