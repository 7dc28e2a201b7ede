//! [`TestRunner`]: runs one processor over given flowfiles, in memory, for its tests. Not the engine: no queue behind
//! the processor, no retry, no journal.
//!
//! It takes the YAML that a user would write, and holds after every trigger what the engine would hold: each flowfile
//! went somewhere, and only along relationships that the processor has.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::{Debug, Write as _},
    io::Read as _,
    marker::PhantomData,
    path::Path,
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    AfterCommit, AnyProcessor, AsyncProcessor, Attributes, ContentClaim, ContentWriter,
    DecodeContext, Definition, Destination, Event, Firing, FlowFileId, FlowFileRecord, GivenBack,
    HeldFile, Input, Node, Parameters, Penalty, Position, Processor, ProcessorContext,
    ProcessorType, Relationship, RunId, Session, SessionInput, SessionOutcome, Source, Span, State,
    Text, Transfer, Trigger, Wait, core_attributes,
    decode::check_expression,
    diagnostic::{Look, Severity, render_all},
    yaml,
};

/// How often a processor is triggered in one `run` before that counts as going on for ever.
const TRIGGERS_MAX: usize = 100_000;

/// Runs one processor over given flowfiles.
pub struct TestRunner<P> {
    processor: Arc<dyn AnyProcessor>,
    context: ProcessorContext,
    queue: VecDeque<SessionInput>,
    given_back: GivenBack,
    merges: bool,
    state: State,
    due: Option<Timestamp>,
    enqueued: u32,
    /// What left the processor, in order.
    pub transfers: Vec<Output>,
    /// Why sessions failed, and the flowfiles that went back.
    pub rolled_back: Vec<(String, Vec<SessionInput>)>,
    /// What is to be taken away outside.
    pub after_commit: Vec<AfterCommit>,
    /// The held files that were written.
    pub held_written: Vec<std::path::PathBuf>,
    /// What was looked for in vain.
    pub nothing: Option<String>,
    /// How often the processor asked to be left alone.
    pub yields: usize,
    /// What a processor that merges waits for since its last trigger.
    pub wait: Option<Wait>,
    removed: usize,
    is: PhantomData<fn() -> P>,
}

/// A flowfile that left the processor.
pub struct Output {
    /// Along which relationship; `(hold changed)` to the `if_changed` place of its hold.
    pub relationship: String,
    /// The flowfile.
    pub record: FlowFileRecord,
    /// Its content.
    pub content: Vec<u8>,
    /// What is worth telling.
    pub events: Vec<Event>,
    /// Whether it waits.
    pub penalty: Option<Penalty>,
    /// Why it failed.
    pub reason: Option<Text>,
    /// What it was made from.
    pub made_from: Option<Vec<FlowFileId>>,
}

/// Reads properties as a flow file has them.
///
/// # Errors
/// All that is wrong with them, as a person would see it.
pub fn load(
    kind: &ProcessorType,
    properties: &str,
    parameters: &Parameters,
) -> Result<Arc<dyn AnyProcessor>, String> {
    let source = Source::new("test.yaml", properties);
    let (node, diagnostics) = yaml::parse(&source);
    let is_wrong = diagnostics.iter().any(|found| found.severity == Severity::Error);
    if is_wrong && !properties.trim().is_empty() {
        return Err(render_all(&source, &diagnostics, &[], Look::default()));
    }
    let start = Position { offset: 0, line: 1, column: 1 };
    let node = node.unwrap_or(Node::Absent(Span { start, end: start }));
    let context = DecodeContext::new(kind.name, &source, parameters, node.span())
        .expressions(check_expression);
    (kind.load)(&node, &context)
        .map_err(|wrong| render_all(&source, &wrong, &context.secrets(), Look::default()))
}

impl<P: Processor> TestRunner<P> {
    /// A runner for a processor with these properties. Panics with the message when they are wrong.
    pub fn new(properties: &str) -> Self {
        Self::with_parameters(properties, Parameters::default())
    }

    /// The same, with parameters.
    pub fn with_parameters(properties: &str, parameters: Parameters) -> Self {
        Self::of(&ProcessorType::of::<P>(), properties, parameters)
    }

    /// What is wrong with these properties.
    pub fn mistakes(properties: &str) -> String {
        load(&ProcessorType::of::<P>(), properties, &Parameters::default())
            .err()
            .unwrap_or_default()
    }

    /// Triggers the processor until its queue is empty; one that is a source for one firing, one that merges until it
    /// wants to wait.
    #[track_caller]
    pub fn run(&mut self) {
        if P::MERGES {
            for _ in 0..TRIGGERS_MAX {
                if !self.trigger(Firing::default()) && self.queue.is_empty() {
                    return;
                }
            }
            panic!("the processor never wants to wait");
        }
        if P::INPUT == Input::Forbidden || (P::INPUT == Input::Allowed && self.queue.is_empty()) {
            let mut firing = Firing { due: self.due, first: true };
            for _ in 0..TRIGGERS_MAX {
                let more = self.trigger(firing);
                firing.first = false;
                if !more {
                    return;
                }
            }
            panic!("the source hands out more and more");
        }
        for _ in 0..TRIGGERS_MAX {
            let waiting = self.queue.len();
            if waiting == 0 {
                return;
            }
            self.trigger(Firing::default());
            if self.queue.len() == waiting {
                return;
            }
        }
        panic!("the processor never comes to an end");
    }

    /// Triggers the processor once.
    #[track_caller]
    pub fn run_once(&mut self) {
        self.trigger(Firing { due: self.due, first: true });
    }

    #[track_caller]
    fn trigger(&mut self, firing: Firing) -> bool {
        let processor = self.processor.clone();
        let mut session = self.session(self.queue.len()).firing(firing);
        let Trigger::Done(result) = processor.trigger(&mut session) else {
            panic!("a processor that waits runs by `run_async`")
        };
        self.ended(session, result.map_err(|error| error.to_string()))
    }
}

impl<P: AsyncProcessor> TestRunner<P> {
    /// A runner for a processor that waits. Panics with the message when its properties are wrong.
    pub fn new_async(properties: &str) -> Self {
        Self::with_parameters_async(properties, Parameters::default())
    }

    /// The same, with parameters.
    pub fn with_parameters_async(properties: &str, parameters: Parameters) -> Self {
        Self::of(&ProcessorType::of_async::<P>(), properties, parameters)
    }

    /// What is wrong with these properties.
    pub fn mistakes_async(properties: &str) -> String {
        load(&ProcessorType::of_async::<P>(), properties, &Parameters::default())
            .err()
            .unwrap_or_default()
    }

    /// Triggers the processor once for each flowfile of its queue, or once when there is none.
    pub async fn run_async(&mut self) {
        for _ in 0..self.queue.len().max(1) {
            let processor = self.processor.clone();
            let firing = Firing { due: self.due, first: self.queue.is_empty() };
            let mut session = self.session(1).firing(firing);
            let result = match processor.trigger(&mut session) {
                Trigger::Done(result) => result,
                Trigger::Pending(work) => work.await,
            };
            self.ended(session, result.map_err(|error| error.to_string()));
        }
    }
}

impl<P: Definition> TestRunner<P> {
    #[track_caller]
    fn of(kind: &ProcessorType, properties: &str, parameters: Parameters) -> Self {
        let processor = match load(kind, properties, &parameters) {
            Ok(processor) => processor,
            Err(shown) => panic!("the properties are wrong:\n{shown}"),
        };
        let mut context = ProcessorContext::fixed("test", Timestamp::UNIX_EPOCH);
        context.parameters = parameters;
        Self {
            processor,
            context,
            queue: VecDeque::new(),
            given_back: GivenBack::default(),
            merges: kind.merges,
            state: State::new(),
            due: None,
            enqueued: 0,
            transfers: Vec::new(),
            rolled_back: Vec::new(),
            after_commit: Vec::new(),
            held_written: Vec::new(),
            nothing: None,
            yields: 0,
            wait: None,
            removed: 0,
            is: PhantomData,
        }
    }

    /// The world that the processor sees: clock, zone, folder, what is secret.
    pub fn context(&mut self) -> &mut ProcessorContext {
        &mut self.context
    }

    /// The processor, for what it declares.
    pub fn processor(&self) -> &dyn AnyProcessor {
        &*self.processor
    }

    /// When the next firing was due.
    pub fn due(&mut self, due: Timestamp) {
        self.due = Some(due);
    }

    /// Puts a flowfile into the processor's queue.
    pub fn enqueue(&mut self, content: impl AsRef<[u8]>) -> Enqueued<'_> {
        self.enqueued += 1;
        let mut id = [0; 16];
        id[12..].copy_from_slice(&self.enqueued.to_be_bytes());
        let now = self.context.clock.now();
        let record = FlowFileRecord {
            id: FlowFileId::from_bytes(id),
            attributes: Attributes::default(),
            content: self.claim(content.as_ref(), false),
            entry_date: now,
            lineage_start: now,
            run: run_id(),
        };
        self.queue.push_back(SessionInput { record, held: None, since: now });
        Enqueued {
            input: self.queue.back_mut().unwrap_or_else(|| unreachable!()),
            context: &self.context,
        }
    }

    fn claim(&self, content: &[u8], sensitive: bool) -> ContentClaim {
        claim(&self.context, content, sensitive)
    }

    fn session(&mut self, at_most: usize) -> Session {
        let input = self.queue.drain(..at_most.min(self.queue.len())).collect();
        let context = Arc::new(self.context.clone());
        let session = Session::new(context, run_id(), input, Arc::new(self.state.clone()));
        if self.merges { session.merging(std::mem::take(&mut self.given_back)) } else { session }
    }

    /// Whether the source has more.
    #[track_caller]
    fn ended(&mut self, mut session: Session, result: Result<(), String>) -> bool {
        for untaken in session.take_untaken().into_iter().rev() {
            self.queue.push_front(untaken);
        }
        self.given_back = session.take_given_back();
        let finished = match result {
            Ok(()) => session.finish().map_err(|(error, inputs)| {
                panic!("a rule of the session is broken: {error}, {} flowfiles", inputs.len())
            }),
            Err(error) => Err((error, session.roll_back())),
        };
        match finished {
            Ok(outcome) => self.commit(outcome),
            Err(failed) => {
                self.rolled_back.push(failed);
                let forgotten = std::mem::take(&mut self.given_back).forget();
                forgotten.into_iter().rev().for_each(|input| self.queue.push_front(input));
                false
            }
        }
    }

    #[track_caller]
    fn commit(&mut self, outcome: SessionOutcome) -> bool {
        for transfer in outcome.transfers {
            let output = self.output(transfer);
            self.transfers.push(output);
        }
        self.removed += outcome.removed.len();
        self.after_commit.extend(outcome.after_commit);
        self.held_written.extend(outcome.held_written);
        self.nothing = outcome.nothing;
        self.yields += usize::from(outcome.yielded);
        self.wait = outcome.wait;
        if let Some(state) = outcome.state {
            self.state = state;
        }
        outcome.has_more
    }

    #[track_caller]
    fn output(&self, transfer: Transfer) -> Output {
        let relationship = match transfer.destination {
            Destination::Relationship(name) => {
                let declared = self.processor.relationships();
                assert!(
                    declared.iter().any(|relationship| relationship.name() == &*name),
                    "the processor has no relationship `{name}`"
                );
                name.to_string()
            }
            Destination::HoldChanged => "(hold changed)".to_owned(),
        };
        let mut content = Vec::new();
        let mut reader =
            transfer.record.content.open(&*self.context.content).unwrap_or_else(failed);
        reader.read_to_end(&mut content).unwrap_or_else(failed);
        Output {
            relationship,
            record: transfer.record,
            content,
            events: transfer.events,
            penalty: transfer.penalty,
            reason: transfer.reason,
            made_from: transfer.made_from,
        }
    }

    /// What went along a relationship, in order.
    pub fn transferred(&self, relationship: &Relationship) -> Vec<&Output> {
        self.transfers.iter().filter(|output| output.relationship == relationship.name()).collect()
    }

    /// Fails unless exactly `count` flowfiles left the processor, all along `relationship`.
    #[track_caller]
    pub fn assert_all_transferred(&self, relationship: &Relationship, count: usize) {
        let there = self.transferred(relationship).len();
        assert!(
            there == count && self.transfers.len() == count && self.rolled_back.is_empty(),
            "wanted {count} on `{relationship}`:\n{}",
            self.render()
        );
    }

    /// Fails unless the last session failed; gives what it said.
    #[track_caller]
    pub fn assert_rolled_back(&self) -> &str {
        match self.rolled_back.last() {
            Some((error, _)) => error,
            None => panic!("nothing was rolled back:\n{}", self.render()),
        }
    }

    /// Fails when a text shows in anything that people see: reasons, events, errors, `Debug`.
    #[track_caller]
    pub fn assert_hidden(&self, secret: &str) {
        let seen = format!("{}{:?}{:?}", self.render(), self.transfers, self.rolled_back);
        assert!(!seen.contains(secret), "`{secret}` shows in:\n{seen}");
    }

    /// All that left the processor, one line a flowfile; secrets as people see them.
    pub fn render(&self) -> String {
        let mut shown = String::new();
        for output in &self.transfers {
            let _ = writeln!(shown, "{}", output.render());
        }
        for (error, inputs) in &self.rolled_back {
            let _ = writeln!(shown, "(rolled back): {} flowfiles, {error}", inputs.len());
        }
        if !self.given_back.is_empty() {
            let _ = writeln!(shown, "(waiting): {} flowfiles", self.given_back.len());
        }
        if self.removed > 0 {
            let _ = writeln!(shown, "(removed): {} flowfiles", self.removed);
        }
        shown
    }
}

fn failed<T>(error: std::io::Error) -> T {
    panic!("content in memory cannot be used: {error}")
}

fn run_id() -> RunId {
    RunId::from_bytes([0xaa; 16])
}

fn claim(context: &ProcessorContext, content: &[u8], sensitive: bool) -> ContentClaim {
    let mut writer = ContentWriter::new(context.content.clone(), sensitive);
    std::io::Write::write_all(&mut writer, content).unwrap_or_else(failed);
    writer.finish().unwrap_or_else(failed)
}

/// A flowfile in the queue, to give it more.
pub struct Enqueued<'r> {
    input: &'r mut SessionInput,
    context: &'r ProcessorContext,
}

impl Enqueued<'_> {
    /// With an attribute.
    pub fn attribute(self, name: &str, value: impl Into<Text>) -> Self {
        self.input.record.attributes.set(name, value.into());
        self
    }

    /// With secret content.
    pub fn secret(self) -> Self {
        let mut content = Vec::new();
        let mut reader =
            self.input.record.content.open(&*self.context.content).unwrap_or_else(failed);
        reader.read_to_end(&mut content).unwrap_or_else(failed);
        self.input.record.content = claim(self.context, &content, true);
        self
    }

    /// Holding a file that had this version when the lock was taken.
    pub fn holding(self, path: &Path, version: &str) -> Self {
        self.input.held = Some(HeldFile { path: path.to_owned(), version: version.into() });
        self
    }
}

impl Output {
    /// The value of an attribute, secret or not.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.record.attribute(name).map(|value| value.reveal().to_owned())
    }

    /// The content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }

    fn render(&self) -> String {
        let mut shown = format!("{}:", self.relationship);
        let content = self.record.content.is_sensitive().then(|| "***".to_owned());
        let content = content.unwrap_or_else(|| format!("{:?}", self.text()));
        if content != "\"\"" {
            let _ = write!(shown, " {content}");
        }
        let attributes: BTreeMap<&str, &str> =
            self.record.attributes.iter().map(|(name, value)| (&**name, value.masked())).collect();
        let own_name = self.record.id.to_string();
        for (name, value) in attributes {
            let by_default = match name {
                core_attributes::FILENAME => value == own_name,
                core_attributes::PATH => value == "./",
                _ => false,
            };
            if !by_default {
                let _ = write!(shown, " {name}={value}");
            }
        }
        if let Some(penalty) = self.penalty {
            let _ = match penalty {
                Penalty::Default => write!(shown, " (penalized)"),
                Penalty::Asked(wait) => write!(shown, " (penalized for {} s)", wait.as_secs()),
            };
        }
        if let Some(reason) = &self.reason {
            let _ = write!(shown, " because: {}", reason.masked());
        }
        shown
    }
}

impl Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("relationship", &self.relationship)
            .field("record", &self.record)
            .field("events", &self.events)
            .field("reason", &self.reason)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::*;
    use crate::{ProcessorError, PropertiesError};

    /// Does with each flowfile what its content says.
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Obeys {}

    const SUCCESS: Relationship = Relationship::main("success", "It obeyed.");

    impl Definition for Obeys {
        const TYPE: &'static str = "Obeys";
        const INPUT: Input = Input::Required;
        const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
        type Properties = Self;

        fn new(properties: Self) -> Result<Self, PropertiesError> {
            Ok(properties)
        }
    }

    impl Processor for Obeys {
        fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
            let Some(flowfile) = session.get() else { return Ok(()) };
            match session.read_all(&flowfile, 100)?.as_slice() {
                b"go astray" => session.transfer(flowfile, &Relationship::route("nowhere")),
                b"end" => session.remove(flowfile),
                b"fail" => return Err(ProcessorError::Other("as it was told".to_owned())),
                b"stay" => {}
                _ => session.transfer(flowfile, &SUCCESS),
            }
            Ok(())
        }
    }

    fn ran(content: &str) -> Result<String, String> {
        let mut runner = TestRunner::<Obeys>::new("");
        runner.enqueue(content);
        let run = catch_unwind(AssertUnwindSafe(|| runner.run()));
        run.map(|()| runner.render())
            .map_err(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
    }

    #[test]
    fn what_a_processor_must_do_is_held() {
        assert_eq!(ran("go").as_deref(), Ok("success: \"go\"\n"));
        assert_eq!(ran("end").as_deref(), Ok("(removed): 1 flowfiles\n"));
        assert_eq!(ran("fail").as_deref(), Ok("(rolled back): 1 flowfiles, as it was told\n"));
        assert!(ran("go astray").is_err_and(|why| why.contains("no relationship `nowhere`")));
        assert!(ran("stay").is_err_and(|why| why.contains("neither transferred nor removed")));
    }

    #[test]
    fn secrets_are_looked_for() {
        let mut runner = TestRunner::<Obeys>::new("");
        runner.enqueue("open").attribute("a", Text::sensitive("s3cret"));
        runner.enqueue("s3cret").secret();
        runner.run();
        runner.assert_hidden("s3cret");
        let shown = catch_unwind(AssertUnwindSafe(|| runner.assert_hidden("open")));
        assert!(shown.is_err(), "what shows is found");
    }

    #[test]
    fn a_typo_in_a_test_fails_it() {
        let mistakes = TestRunner::<Obeys>::mistakes("how: well");
        assert!(mistakes.contains("Obeys has no property called `how`"), "{mistakes}");
    }
}
