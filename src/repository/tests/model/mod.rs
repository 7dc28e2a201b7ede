//! The model test: random operations and random faults over the faulty disk, against a model that is too simple to be
//! wrong. After every restart what is found must be what the model says, up to some commit between the last one that was
//! acknowledged and the last one that was handed in; never a part of one, never another.

mod expected;
mod steps;

use std::{collections::BTreeMap, io::Write, time::Duration};

use jiff::Timestamp;
use processors_api::{AttributeChanges, ContentClaim, ContentWriter, FlowFileId, RunId, Text};
use proptest::prelude::*;
use tokio::sync::oneshot;

use super::super::{
    committer::Answer,
    record::*,
    storage::faulty::{Fault, Faulty, Random},
    *,
};
use expected::{Item, Model, found};
use steps::{Change, Content, Step, step};

fn now(count: u64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + count as i64).unwrap()
}

/// Where the key is, for all cases: making one costs two real syncs.
fn home() -> &'static std::path::Path {
    static HOME: std::sync::LazyLock<tempfile::TempDir> =
        std::sync::LazyLock::new(|| tempfile::tempdir().unwrap());
    HOME.path()
}

/// The repository under test and what is known of it.
struct World {
    disk: Faulty,
    durability: Durability,
    repository: Option<FlowRepository>,
    /// What was true after each record, the first one before all.
    models: Vec<Model>,
    /// Up to which of them everything survives a fall, and a power cut.
    survives_kill: usize,
    survives_power_cut: usize,
    count: u64,
    random: Random,
    /// Contents in memory keep their claims alive, as the engine does.
    state: FlowState,
    power_cut_at_start: Option<u64>,
}

impl World {
    fn new(seed: u64, durability: Durability) -> Self {
        let disk = Faulty::new(seed);
        if seed.is_multiple_of(3) {
            disk.write_short();
        }
        let mut world = Self {
            disk,
            durability,
            repository: None,
            models: vec![Model::default()],
            survives_kill: 0,
            survives_power_cut: 0,
            count: 0,
            random: Random(seed ^ 1),
            state: FlowState::default(),
            power_cut_at_start: None,
        };
        world.start(0);
        world
    }

    fn options(&self) -> OpenOptions {
        let count = self.count;
        OpenOptions {
            storage: Arc::new(self.disk.clone()),
            durability: self.durability,
            keys: KeyLookup { home: Some(home().to_owned()), ..KeyLookup::default() },
            background: Background::ByHand,
            room_retry: Duration::from_millis(1),
            provenance: match count % 3 {
                0 => Provenance::Off,
                _ => Provenance::default(),
            },
            content_age_max: Duration::from_secs(count % 20),
            ..OpenOptions::new("/data", "flow", Arc::new(move || now(count)))
        }
    }

    /// Starts anew and compares. Everything up to `least` must be there.
    fn start(&mut self, mut least: usize) {
        if let Some(after) = self.power_cut_at_start.take() {
            self.disk.fail(Fault::PowerCut, after);
            drop(FlowRepository::open(self.options()));
            least = least.min(self.survives_power_cut);
            self.disk = self.disk.power_cut();
        }
        self.disk.make_room();
        self.disk.heal();
        let opened = FlowRepository::open(self.options()).unwrap();
        let found = found(&opened.state, Some(&opened.repository));
        let possible = least..self.models.len();
        let is = possible.clone().rev().find(|index| self.models[*index].render() == found);
        let Some(is) = is else {
            let possible: Vec<_> = self.models[possible].iter().map(Model::render).collect();
            panic!("found\n{found}\nbut only these were possible:\n{}", possible.join("\n--\n"));
        };
        self.models.truncate(is + 1);
        (self.survives_kill, self.survives_power_cut) = (is, is);
        self.state = opened.state;
        self.repository = Some(opened.repository);
    }

    fn fall(&mut self) {
        // Whatever its threads still do must not reach the disk.
        let after = self.disk.killed();
        self.repository = None;
        self.disk = after;
        self.start(self.survives_kill);
    }

    fn power_cut(&mut self) {
        let after = self.disk.power_cut();
        self.repository = None;
        self.disk = after;
        self.start(self.survives_power_cut);
    }

    fn stop(&mut self) {
        let Some(repository) = self.repository.take() else { return };
        let stopped = repository.close();
        if self.random.below(2) == 0 {
            self.disk = self.disk.killed();
            return self.start(self.survives_kill);
        }
        if stopped.is_ok() {
            self.survives_power_cut = self.survives_kill;
        }
        self.disk = self.disk.power_cut();
        self.start(self.survives_power_cut);
    }

    /// After a failure: either kind of end.
    fn end(&mut self) {
        if self.random.below(2) == 0 { self.fall() } else { self.power_cut() }
    }

    fn step(&mut self, step: &Step) {
        let repository = self.repository.as_ref().unwrap();
        match step {
            Step::Commit(records) => self.commit(records),
            Step::Snapshot => match repository.snapshot() {
                Ok(())
                | Err(SnapshotError::Files(_) | SnapshotError::Commit(CommitError::NoRoom(_))) => {
                    self.check()
                }
                Err(SnapshotError::Commit(_)) => self.end(),
            },
            Step::Tend => drop(repository.tend()),
            Step::Sweep => drop(repository.sweep()),
            Step::Look => self.look(),
            Step::Stop => self.stop(),
            Step::Kill => self.fall(),
            Step::PowerCut => self.power_cut(),
            Step::PowerCutAfter(after) => self.disk.fail(Fault::PowerCut, *after),
            Step::PowerCutAtStart(after) => self.power_cut_at_start = Some(*after),
            Step::Fail(fault, after) => self.disk.fail(*fault, *after),
            Step::FillUp(bytes) => self.disk.fill_up(*bytes),
        }
    }

    fn check(&mut self) {
        if self.repository.as_ref().unwrap().check().is_err() {
            self.end();
        }
    }

    fn look(&mut self) {
        self.disk.heal();
        let state = FlowRepository::read_only(&self.options()).unwrap();
        assert_eq!(found(&state, None), self.models.last().unwrap().render());
    }

    fn commit(&mut self, records: &[Vec<Change>]) {
        let mut answers = Vec::new();
        for changes in records {
            let mut model = self.models.last().unwrap().clone();
            let Some(record) = self.record(&mut model, changes) else { break };
            let repository = self.repository.as_ref().unwrap();
            let applied = self.state.apply(&record);
            answers.push(repository.committer.submit(record));
            self.models.push(model);
            applied.unwrap();
        }
        let first = self.models.len() - answers.len();
        for (index, answer) in answers.into_iter().enumerate() {
            if self.wait(answer).is_err() {
                return self.end();
            }
            self.survives_kill = first + index;
            if self.durability == Durability::Fsync {
                self.survives_power_cut = first + index;
            }
        }
    }

    /// Waits for an answer. If the disk is full, room is made when the commit waits for it.
    fn wait(&self, mut answer: oneshot::Receiver<Answer>) -> Answer {
        loop {
            match answer.try_recv() {
                Ok(answer) => return answer,
                Err(oneshot::error::TryRecvError::Closed) => return Err(CommitError::Closed),
                Err(oneshot::error::TryRecvError::Empty) => {
                    if self.repository.as_ref().unwrap().room().is_err() {
                        self.disk.make_room();
                    }
                    std::thread::sleep(Duration::from_micros(20));
                }
            }
        }
    }

    /// The record of some changes, each of another flowfile; none when its content could not be written.
    fn record(&mut self, model: &mut Model, changes: &[Change]) -> Option<CommitRecord> {
        let mut record = CommitRecord::default();
        let mut used = Vec::new();
        for change in changes {
            self.count += 1;
            record.time = now(self.count);
            self.change(model, &mut record, &mut used, change)?;
        }
        Some(record)
    }

    fn change(
        &mut self,
        model: &mut Model,
        record: &mut CommitRecord,
        used: &mut Vec<FlowFileId>,
        change: &Change,
    ) -> Option<()> {
        let count = self.count;
        match change {
            Change::Birth { to, content, secret } => {
                let claim = self.write(*content)?;
                self.bear(model, record, *to, claim, *secret, used);
            }
            Change::Move { which, .. }
            | Change::Begin { which }
            | Change::Attribute { which, .. }
            | Change::Rewrite { which, .. }
            | Change::Fail { which }
            | Change::Gone { which } => {
                let Some((queue, index)) = model.pick(*which) else { return Some(()) };
                if used.contains(&model.queues[&queue][index].id) {
                    return Some(());
                }
                used.push(model.queues[&queue][index].id);
                self.touch(model, record, (queue, index), change)?;
            }
            Change::State { processor, secret, empty } => {
                let processor = format!("p{processor}");
                let value = format!("s3cr3t {count}");
                model.states.remove(&processor);
                let mut values = BTreeMap::new();
                if !empty {
                    values.insert("k".into(), Text::new(value.as_str(), *secret));
                    model.states.insert(processor.clone(), (value, *secret));
                }
                record.states.push(StateChange { processor: processor.as_str().into(), values });
            }
            Change::Tick { processor } => {
                let processor = format!("p{processor}");
                record.ticks.push(Tick { processor: processor.as_str().into(), due: now(count) });
                model.ticks.insert(processor, now(count).as_second());
            }
            Change::Hold { .. } | Change::After { .. } => outside(model, record, change, count),
            Change::Run { end } => run(model, record, *end, count),
        }
        Some(())
    }

    fn bear(
        &mut self,
        model: &mut Model,
        record: &mut CommitRecord,
        to: u8,
        content: ContentClaim,
        secret: bool,
        used: &mut Vec<FlowFileId>,
    ) {
        let mut id = [0; 16];
        id[8..].copy_from_slice(&self.count.to_be_bytes());
        let id = FlowFileId::from_bytes(id);
        used.push(id);
        let value = format!("s3cr3t name {}", self.count);
        let item = Item {
            id,
            attributes: [("filename".to_owned(), (value.clone(), secret))].into(),
            content: (content.digest(), content.is_sensitive()),
            begun: false,
        };
        model.queues.entry(format!("q{to}")).or_default().push(item);
        record.flowfiles.push(FlowFileChange {
            id,
            birth: Some(Birth {
                parents: vec![],
                entry_date: now(self.count),
                lineage_start: now(self.count / 2),
                run: RunId::from_bytes([7; 16]),
                attributes: [("filename".into(), Text::new(value, secret))].into_iter().collect(),
                content,
            }),
            trail: vec![],
            end: End::Queued(queued(&format!("q{to}"), now(self.count))),
        });
    }

    fn touch(
        &mut self,
        model: &mut Model,
        record: &mut CommitRecord,
        (queue, index): (String, usize),
        change: &Change,
    ) -> Option<()> {
        let id = model.queues[&queue][index].id;
        let mut hop = hop(now(self.count));
        let mut to = queued(&queue, self.since(id, record));
        match change {
            Change::Begin { .. } => {
                to.begun = Some(Begun { processor: "p".into(), time: now(self.count) });
                model.queues.get_mut(&queue)?[index].begun = true;
            }
            Change::Gone { .. } => {
                model.queues.get_mut(&queue)?.remove(index);
                record.flowfiles.push(FlowFileChange {
                    id,
                    birth: None,
                    trail: vec![hop],
                    end: End::Gone,
                });
                return Some(());
            }
            _ => {
                let mut item = model.queues.get_mut(&queue)?.remove(index);
                item.begun = false;
                to = self.transform(model, &mut item, &mut hop, change, &queue)?;
                model.queues.entry(to.connection.to_string()).or_default().push(item);
            }
        }
        record.flowfiles.push(FlowFileChange {
            id,
            birth: None,
            trail: vec![hop],
            end: End::Queued(to),
        });
        Some(())
    }

    fn transform(
        &mut self,
        model: &mut Model,
        item: &mut Item,
        hop: &mut Hop,
        change: &Change,
        queue: &str,
    ) -> Option<Queued> {
        let mut to = queued(queue, now(self.count));
        match change {
            Change::Move { to: number, .. } => to.connection = format!("q{number}").as_str().into(),
            Change::Attribute { name, secret, .. } => {
                let (name, value) = (format!("a{name}"), format!("s3cr3t {}", self.count));
                if item.attributes.remove(&name).is_some() && self.count.is_multiple_of(2) {
                    hop.changes.removed.push(name.as_str().into());
                } else {
                    hop.changes
                        .set
                        .push((name.as_str().into(), Text::new(value.as_str(), *secret)));
                    item.attributes.insert(name, (value, *secret));
                }
            }
            Change::Rewrite { content, .. } => {
                let claim = self.write(*content)?;
                item.content = (claim.digest(), claim.is_sensitive());
                hop.content = Some(claim);
            }
            Change::Fail { .. } => {
                model.failed += 1;
                to.connection = FAILED.into();
                to.failed_number = Some(model.failed);
            }
            _ => {}
        }
        Some(to)
    }

    fn since(&self, id: FlowFileId, record: &CommitRecord) -> Timestamp {
        self.state.flowfile(id).map_or(record.time, |(_, queued)| queued.since)
    }

    fn write(&mut self, content: Content) -> Option<ContentClaim> {
        let repository = self.repository.as_ref().unwrap();
        let mut writer = ContentWriter::new(repository.content(), content.secret);
        let line = format!("s3cr3t line {} of some content\n", self.count);
        let bytes: Vec<u8> = line.bytes().cycle().take(content.bytes as usize).collect();
        if self.random.below(5) == 0 {
            // Somebody began another one at the same time, and gave up.
            let mut other = ContentWriter::new(repository.content(), content.secret);
            drop(other.write_all(&bytes));
        }
        // A full or failing disk: the session rolls back.
        writer.write_all(&bytes).ok()?;
        writer.finish().ok()
    }
}

fn queued(connection: &str, since: Timestamp) -> Queued {
    Queued { since, ..super::queued(connection) }
}

fn hop(time: Timestamp) -> Hop {
    let details = Some(Text::sensitive("s3cr3t details"));
    Hop {
        time,
        processor: "p".into(),
        relationship: Some("success".into()),
        events: vec![Event { kind: EventKind::Route, details }],
        changes: AttributeChanges::default(),
        content: None,
    }
}

fn outside(model: &mut Model, record: &mut CommitRecord, change: &Change, count: u64) {
    match change {
        Change::Hold { file, end } => {
            let file = format!("/f{file}");
            let name: Name = file.as_str().into();
            model.holds.remove(&file);
            record.holds.push(if *end {
                HoldChange::Ended { file: name }
            } else {
                model.holds.insert(file, now(count).as_second());
                HoldChange::Taken(Hold {
                    file: name,
                    version: "blake3:1".into(),
                    since: now(count),
                    connection: "q1".into(),
                    run: RunId::from_bytes([7; 16]),
                })
            });
        }
        Change::After { path, done } => {
            let path = format!("/p{path}");
            let name: Name = path.as_str().into();
            model.after.remove(&path);
            record.after_commit.push(if *done {
                AfterCommitChange::Done { path: name }
            } else {
                model.after.insert(path, count);
                AfterCommitChange::Due(AfterCommit {
                    path: name,
                    inode: count,
                    size: 1,
                    modified_ns: i128::from(count) << 60,
                    move_to: None,
                })
            });
        }
        _ => {}
    }
}

fn run(model: &mut Model, record: &mut CommitRecord, end: bool, count: u64) {
    let id = |count: u64| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&count.to_be_bytes());
        RunId::from_bytes(id)
    };
    match model.run {
        None => {
            model.run = Some(count);
            record.runs.push(RunChange::Started {
                id: id(count),
                trigger: Trigger::Schedule,
                source: Some("p".into()),
                due: Some(now(count)),
                flow_version: [3; 32],
            });
        }
        Some(running) if end => {
            model.run = None;
            model.runs_ended += 1;
            record.runs.push(RunChange::Ended { id: id(running), outcome: Outcome::Done });
        }
        Some(_) => {}
    }
}

fn holds(seed: u64, durability: Durability, steps: &[Step]) {
    let mut world = World::new(seed, durability);
    for step in steps {
        world.step(step);
    }
    world.end();
    for (path, bytes) in world.disk.files() {
        let clear = b"s3cr3t details";
        assert!(!bytes.windows(clear.len()).any(|window| window == clear), "{}", path.display());
    }
}

/// More by `PROPTEST_CASES`; the default is what a test run has time for.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_acknowledged_is_lost_at_fsync(seed: u64, steps in prop::collection::vec(step(), 1..40)) {
        holds(seed, Durability::Fsync, &steps);
    }

    #[test]
    fn nothing_acknowledged_is_lost_by_a_fall_at_process(seed: u64, steps in prop::collection::vec(step(), 1..40)) {
        holds(seed, Durability::Process, &steps);
    }
}
