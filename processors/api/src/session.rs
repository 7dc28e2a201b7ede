//! The session: one processor's unit of work, all or nothing. It gathers what the processor did; it commits nothing
//! itself: the engine takes the [`SessionOutcome`] and makes it durable, or throws it away and puts the flowfiles back.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt::Display,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    AfterCommit, Attributes, ContentClaim, ContentReader, ContentWriter, EvaluateError, Event,
    EventKind, Expr, FlowFile, FlowFileId, FlowFileRecord, FlowFileScope, Penalty,
    ProcessorContext, Relationship, RunId, Text, core_attributes, expression::ExpressionType,
};

mod merging;

use merging::Merging;
pub use merging::Wait;

/// The memory of a processor: a few names and values, part of the commit.
pub type State = BTreeMap<Arc<str>, Text>;

/// Bytes that a processor's memory may have, names and values together.
pub const STATE_BYTES_MAX: usize = 64 * 1024;

/// One processor's unit of work.
pub struct Session {
    context: Arc<ProcessorContext>,
    /// The run that flowfiles made from nothing belong to.
    run: RunId,
    firing: Firing,
    input: VecDeque<SessionInput>,
    merging: Merging,
    /// The flowfiles in the processor's hands that came from the queue.
    taken: HashMap<FlowFileId, SessionInput>,
    /// The flowfiles in the processor's hands that this session made, with what they were made from.
    made: HashMap<FlowFileId, Vec<FlowFileId>>,
    /// The order in which they were taken, so that a roll-back puts them back as they were.
    order: Vec<FlowFileId>,
    events: HashMap<FlowFileId, Vec<Event>>,
    state: Arc<State>,
    outcome: SessionOutcome,
}

/// A flowfile on its way into a session.
#[derive(Clone, Debug)]
pub struct SessionInput {
    /// The flowfile.
    pub record: FlowFileRecord,
    /// The file outside that it holds.
    pub held: Option<HeldFile>,
    /// When it came into the queue.
    pub since: Timestamp,
}

/// A file outside that a flowfile holds the lock of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFile {
    /// Its real path.
    pub path: PathBuf,
    /// What it was when the lock was taken, as `file.version` writes it.
    pub version: Arc<str>,
}

/// What a session did.
#[derive(Debug, Default)]
pub struct SessionOutcome {
    /// The flowfiles it took, as they were.
    pub consumed: Vec<SessionInput>,
    /// The flowfiles it sent on.
    pub transfers: Vec<Transfer>,
    /// The flowfiles it ended.
    pub removed: Vec<(FlowFileId, Vec<Event>)>,
    /// The processor's memory from now on, if it changed.
    pub state: Option<State>,
    /// What the source must take away outside once this is durable.
    pub after_commit: Vec<AfterCommit>,
    /// The processor could do nothing and wants to be left alone for its yield time.
    pub yielded: bool,
    /// The held files that it wrote: their holds end.
    pub held_written: Vec<PathBuf>,
    /// It wants to be triggered again at once: a source that has more to hand out of what it found, a processor that
    /// merges and wants to know whether more comes.
    pub has_more: bool,
    /// How long a processor that merges wants to be left alone.
    pub wait: Option<Wait>,
    /// What the source looked for in vain, in words.
    pub nothing: Option<String>,
}

/// A trigger of a source that fires.
#[derive(Clone, Copy, Debug, Default)]
pub struct Firing {
    /// When it was due, for `schedule.time`; none when a person asked for it.
    pub due: Option<Timestamp>,
    /// The first trigger of the firing.
    pub first: bool,
}

/// A flowfile that a session sent on.
#[derive(Debug)]
pub struct Transfer {
    /// The flowfile as it is now.
    pub record: FlowFileRecord,
    /// What it was made from, when this session made it.
    pub made_from: Option<Vec<FlowFileId>>,
    /// Where it goes.
    pub destination: Destination,
    /// What is worth telling.
    pub events: Vec<Event>,
    /// Whether it waits there.
    pub penalty: Option<Penalty>,
    /// Why it took a failure relationship.
    pub reason: Option<Text>,
}

/// Where a session sent a flowfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Along a relationship.
    Relationship(Arc<str>),
    /// To the `if_changed` place of its hold: the held file is not what it was.
    HoldChanged,
}

/// How a processor broke a session's rules: a bug of the processor.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SessionError {
    /// A flowfile was neither transferred nor removed.
    #[error("flowfile {0} was taken or made, but neither transferred nor removed")]
    Unaccounted(FlowFileId),
    /// More memory than a processor may have.
    #[error("the processor's state has {0} bytes, more than the {STATE_BYTES_MAX} it may have")]
    StateTooLarge(usize),
}

impl Session {
    /// A session over these flowfiles.
    pub fn new(
        context: Arc<ProcessorContext>,
        run: RunId,
        input: VecDeque<SessionInput>,
        state: Arc<State>,
    ) -> Self {
        Self {
            context,
            run,
            firing: Firing::default(),
            input,
            merging: Merging::default(),
            taken: HashMap::new(),
            made: HashMap::new(),
            order: Vec::new(),
            events: HashMap::new(),
            state,
            outcome: SessionOutcome::default(),
        }
    }

    /// Says that this is a trigger of a source that fires.
    pub fn firing(mut self, firing: Firing) -> Self {
        self.firing = firing;
        self
    }

    /// Whether the source fires anew: time to look outside again. Otherwise it hands out more of what it found.
    pub fn is_new_firing(&self) -> bool {
        self.firing.first
    }

    /// What the processor knows of the world.
    pub fn context(&self) -> &ProcessorContext {
        &self.context
    }

    /// The value of a property for a flowfile.
    pub fn evaluate<T: ExpressionType>(
        &self,
        expression: &Expr<T>,
        flowfile: &FlowFile,
    ) -> Result<T::Output, EvaluateError> {
        expression.evaluate(&self.scope(flowfile))
    }

    /// The value of a property that has no flowfile to look at.
    pub fn evaluate_alone<T: ExpressionType>(
        &self,
        expression: &Expr<T>,
    ) -> Result<T::Output, EvaluateError> {
        expression.evaluate(&FlowFileScope::alone(&self.context, self.state(), self.run))
    }

    /// What expressions see of a flowfile.
    pub fn scope<'a>(&'a self, flowfile: &'a FlowFile) -> FlowFileScope<'a> {
        FlowFileScope::of(&self.context, self.state(), flowfile)
    }

    /// Takes the next flowfile of the queue.
    pub fn get(&mut self) -> Option<FlowFile> {
        let input = self.input.pop_front()?;
        Some(self.take(input))
    }

    /// Takes up to `max` flowfiles of the queue.
    pub fn get_batch(&mut self, max: usize) -> Vec<FlowFile> {
        std::iter::from_fn(|| self.get()).take(max).collect()
    }

    /// Makes a flowfile from nothing, as sources do. It bears the run's id, and `schedule.time` if the firing had a due time.
    pub fn create(&mut self) -> FlowFile {
        let now = self.context.clock.now();
        let mut flowfile = self.born(Attributes::default(), now, self.run, Vec::new());
        if let Some(due) = self.firing.due {
            flowfile.put_attribute("schedule.time", due.as_millisecond().to_string());
        }
        flowfile
    }

    /// Makes a flowfile from another: it inherits the attributes but those that name just the one, and no content.
    pub fn create_child(&mut self, parent: &FlowFile) -> FlowFile {
        let mut attributes = parent.attributes().clone();
        attributes.remove(core_attributes::ALTERNATE_IDENTIFIER);
        attributes.remove(core_attributes::DISCARD_REASON);
        self.born(attributes, parent.lineage_start(), parent.run(), vec![parent.id()])
    }

    /// Makes a copy of a flowfile: all its attributes, the same content.
    pub fn clone_flowfile(&mut self, parent: &FlowFile) -> FlowFile {
        let mut copy = self.born(
            parent.attributes().clone(),
            parent.lineage_start(),
            parent.run(),
            vec![parent.id()],
        );
        copy.set_content(parent.content().clone());
        self.report(&copy, EventKind::Clone, None);
        copy
    }

    fn born(
        &mut self,
        mut attributes: Attributes,
        lineage: Timestamp,
        run: RunId,
        parents: Vec<FlowFileId>,
    ) -> FlowFile {
        let id = FlowFileId::from(self.context.new_id());
        if attributes.get(core_attributes::FILENAME).is_none() {
            attributes.set(core_attributes::FILENAME, id.to_string().into());
        }
        if attributes.get(core_attributes::PATH).is_none() {
            attributes.set(core_attributes::PATH, "./".into());
        }
        self.made.insert(id, parents);
        let entry_date = self.context.clock.now();
        let content = ContentClaim::empty();
        FlowFile {
            record: FlowFileRecord {
                id,
                attributes,
                content,
                entry_date,
                lineage_start: lineage,
                run,
            },
            penalty: None,
        }
    }

    /// Streams a flowfile's content.
    pub fn read(&self, flowfile: &FlowFile) -> io::Result<ContentReader> {
        flowfile.content().open(&*self.context.content)
    }

    /// A flowfile's whole content, if it has at most `bytes_max` bytes.
    pub fn read_all(&self, flowfile: &FlowFile, bytes_max: u64) -> Result<Vec<u8>, ReadAllError> {
        if flowfile.size() > bytes_max {
            return Err(ReadAllError::TooLarge { bytes: flowfile.size(), bytes_max });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(flowfile.size()).unwrap_or_default());
        self.read(flowfile)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Begins a new content; `finish` it and give it to a flowfile by `set_content`. Secret when `sensitive`, or when the
    /// flow says that what this processor brings in is.
    pub fn write(&self, sensitive: bool) -> ContentWriter {
        ContentWriter::new(
            self.context.content.clone(),
            sensitive || self.context.sensitivity.content,
        )
    }

    /// Gives a flowfile the content that `bytes` are.
    pub fn set_bytes(
        &self,
        flowfile: &mut FlowFile,
        bytes: &[u8],
        sensitive: bool,
    ) -> io::Result<()> {
        let mut writer = self.write(sensitive);
        io::Write::write_all(&mut writer, bytes)?;
        flowfile.set_content(writer.finish()?);
        Ok(())
    }

    /// Tells something about a flowfile's way: what was sent, received, fetched.
    pub fn report(&mut self, flowfile: &FlowFile, kind: EventKind, details: Option<Text>) {
        self.events.entry(flowfile.id()).or_default().push(Event { kind, details });
    }

    /// Sends a flowfile along a relationship.
    pub fn transfer(&mut self, flowfile: FlowFile, relationship: &Relationship) {
        self.send(flowfile, Destination::Relationship(relationship.shared_name()), None);
    }

    /// Sends a flowfile along a failure relationship and says why.
    pub fn transfer_failed(
        &mut self,
        flowfile: FlowFile,
        relationship: &Relationship,
        reason: impl Display,
    ) {
        self.send(
            flowfile,
            Destination::Relationship(relationship.shared_name()),
            Some(reason.to_string().into()),
        );
    }

    /// Sends a flowfile to the `if_changed` place of its hold: somebody changed the held file.
    pub fn transfer_hold_changed(&mut self, flowfile: FlowFile, dropped: impl Display) {
        self.report(&flowfile, EventKind::HoldLost, Some(dropped.to_string().into()));
        self.send(flowfile, Destination::HoldChanged, None);
    }

    fn send(&mut self, flowfile: FlowFile, destination: Destination, reason: Option<Text>) {
        let FlowFile { mut record, penalty } = flowfile;
        mark_sensitive(&mut record.attributes, &self.context.sensitivity.attributes);
        let made_from = self.made.remove(&record.id);
        let events = self.events.remove(&record.id).unwrap_or_default();
        self.consume(record.id);
        self.outcome.transfers.push(Transfer {
            record,
            made_from,
            destination,
            events,
            penalty,
            reason,
        });
    }

    /// Ends a flowfile.
    pub fn remove(&mut self, flowfile: FlowFile) {
        let id = flowfile.id();
        let events = self.events.remove(&id).unwrap_or_default();
        self.consume(id);
        if self.made.remove(&id).is_none() {
            self.outcome.removed.push((id, events));
        }
    }

    fn consume(&mut self, id: FlowFileId) {
        self.outcome.consumed.extend(self.taken.remove(&id));
    }

    /// The file outside that a flowfile holds.
    pub fn held(&self, flowfile: &FlowFile) -> Option<&HeldFile> {
        self.taken.get(&flowfile.id())?.held.as_ref()
    }

    /// The held file of a flowfile if it is `path`, however that is written.
    pub fn held_at(&self, flowfile: &FlowFile, path: &Path) -> Option<&HeldFile> {
        self.held(flowfile).filter(|held| {
            path.canonicalize().is_ok_and(|real| real == held.path) || path == held.path
        })
    }

    /// The processor's memory, as the last commit left it or as this session set it.
    pub fn state(&self) -> &State {
        self.outcome.state.as_ref().unwrap_or(&self.state)
    }

    /// Sets the processor's memory.
    pub fn set_state(&mut self, state: State) {
        self.outcome.state = Some(state);
    }

    /// What to take away outside once this session is durable.
    pub fn after_commit(&mut self, action: AfterCommit) {
        self.outcome.after_commit.push(action);
    }

    /// Says that there was nothing to do; the processor is left alone for its yield time.
    pub fn yield_now(&mut self) {
        self.outcome.yielded = true;
    }

    /// The flowfiles that were not taken; of a processor that does not merge, also those that it gave back.
    pub fn take_untaken(&mut self) -> VecDeque<SessionInput> {
        let mut untaken = std::mem::take(&mut self.input);
        if self.is_alone() {
            let given_back = self.take_given_back().forget();
            given_back.into_iter().rev().for_each(|input| untaken.push_front(input));
        }
        untaken
    }

    /// Says that the held file of a flowfile was replaced: its hold ends.
    pub fn held_file_written(&mut self, held: &HeldFile) {
        self.outcome.held_written.push(held.path.clone());
    }

    /// Says that the processor wants to be triggered again at once: a source that has more to hand out of what this
    /// firing found; one that merges, to know whether more comes.
    pub fn has_more(&mut self) {
        self.outcome.has_more = true;
    }

    /// Says what the source looked for in vain, and where.
    pub fn nothing_found(&mut self, what: impl Into<String>) {
        self.outcome.nothing = Some(what.into());
    }

    /// Gives the flowfiles it took back, as they were: the session never was.
    pub fn roll_back(mut self) -> Vec<SessionInput> {
        for input in self.outcome.consumed {
            self.taken.insert(input.record.id, input);
        }
        self.order.iter().filter_map(|id| self.taken.remove(id)).collect()
    }

    /// Ends the session. A broken rule gives the flowfiles back, as [`Session::roll_back`] does.
    pub fn finish(self) -> Result<SessionOutcome, (SessionError, Vec<SessionInput>)> {
        let too_large = |state: &State| {
            state.iter().map(|(name, value)| name.len() + value.reveal().len()).sum()
        };
        let state_bytes: usize = self.outcome.state.as_ref().map_or(0, too_large);
        let error = match self.taken.keys().chain(self.made.keys()).next() {
            Some(id) => SessionError::Unaccounted(*id),
            None if state_bytes > STATE_BYTES_MAX => SessionError::StateTooLarge(state_bytes),
            None => return Ok(self.outcome),
        };
        Err((error, self.roll_back()))
    }
}

fn mark_sensitive(attributes: &mut Attributes, names: &[Arc<str>]) {
    for name in names {
        if let Some(value) = attributes.get(name).filter(|value| !value.is_sensitive()) {
            let secret = Text::sensitive(value.reveal());
            attributes.set(name.clone(), secret);
        }
    }
}

/// Why a content could not be read whole.
#[derive(Debug, thiserror::Error)]
pub enum ReadAllError {
    /// It is larger than the processor may hold at once.
    #[error(
        "the content has {bytes} bytes, more than the {bytes_max} this processor may hold at once"
    )]
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// It could not be read.
    #[error("the content could not be read")]
    Io(#[from] io::Error),
}
