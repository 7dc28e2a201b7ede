//! Snapshots: what was true at the end of a segment, so that a start need not read what came before.
//!
//! A snapshot is a file of frames, named by the last segment that it covers. Each payload is a map: `0` a record that
//! makes flowfiles, states, ticks, holds and after-commit actions come true; or the closing part, `1` open runs, `2`
//! ended runs, `3` highest failed number, `4` newest claim, `5` unreadable flowfiles, `6` unreadable states, `7` number of
//! flowfiles. `8` and up are reserved for the names of swap segments. Without its closing part a snapshot is damaged.

use std::sync::Arc;

use processors_api::{ClaimId, FlowFileId, FlowFileRecord, RunId};

use super::{
    codec::{DecodeError, Decoded, Decoding, Dictionary, EncodeError, Encoding, Resolve, required},
    error::{OpenError, io_error},
    journal::{
        Position,
        frame::{FileId, FileKind, Kind, push, push_in_parts},
        reader::{FileReader, Source},
        segment::{Header, numbers},
    },
    layout::SNAPSHOT,
    limits::{SNAPSHOT_CHUNK_BYTES, SNAPSHOT_CHUNK_FLOWFILES},
    record::*,
    seal::Fingerprint,
    state::{FlowState, Run},
    storage::{StorageFile, write_all_at},
};

/// A state, and where in the journal it was true.
pub(crate) type Loaded = (FlowState, Position);

/// The newest snapshot that is whole; and what was wrong with a newer one that had to be passed over.
pub(crate) fn load_newest(
    source: &Source,
    claims: &Arc<dyn Resolve>,
) -> Result<(Option<Loaded>, Option<String>), OpenError> {
    let folder = &source.layout.snapshots;
    let names = source.storage.list(folder).map_err(io_error(folder, "listed"))?;
    let mut damaged: Option<OpenError> = None;
    for number in numbers(&names, SNAPSHOT).into_iter().rev() {
        match load(source, claims, number) {
            Ok(loaded) => return Ok((Some(loaded), damaged.map(|damage| damage.to_string()))),
            Err(OpenError::Damaged(damage)) => {
                damaged.get_or_insert(OpenError::Damaged(damage));
            }
            Err(error) => return Err(error),
        }
    }
    damaged.map_or(Ok((None, None)), Err)
}

/// One snapshot.
pub(crate) fn load(
    source: &Source,
    claims: &Arc<dyn Resolve>,
    number: u64,
) -> Result<Loaded, OpenError> {
    let path = source.layout.snapshot(number);
    let id = FileId { kind: FileKind::Snapshot, number };
    let open = source.open(&path, id)?;
    let mut reader = FileReader::new(source, claims.clone(), &open)?;
    let no_header = || source.damage(&path, 0, "the snapshot has no header");
    let header = open.header.ok_or_else(no_header)?;
    let mut state = FlowState::default();
    let mut ends = false;
    while let Some((offset, part)) = reader.next_payload(read_part)? {
        match part {
            Part::Record(decoded) => {
                let applied = state.apply(&decoded.record);
                applied.map_err(|what| source.damage(&path, offset, what.to_string()))?;
                state.mark_unreadable(decoded.unreadable);
            }
            Part::Closing(closing) => ends = closing.close(&mut state),
        }
    }
    if !ends {
        return Err(source.damage(&path, reader.end, "the snapshot does not go on"));
    }
    Ok((state, Position { segment: number, offset: header.previous_end }))
}

/// Writes a snapshot, whole and durable or not at all; how many bytes it has.
pub(crate) fn write(
    source: &Source,
    state: &FlowState,
    covered: Position,
) -> Result<u64, OpenError> {
    let folder = &source.layout.snapshots;
    source.storage.create_dir(folder).map_err(io_error(folder, "made"))?;
    let path = source.layout.snapshot(covered.segment);
    let temporary = path.with_extension("tmp");
    // Left by one that was interrupted; if it is in the way, making it says so.
    drop(source.storage.remove(&temporary));
    let file = source.storage.create(&temporary).map_err(io_error(&temporary, "made"))?;
    let written = Writer::new(source, &*file, covered).and_then(|writer| writer.state(state));
    let bytes = match written {
        Ok(bytes) => bytes,
        Err(error) => {
            drop(source.storage.remove(&temporary));
            return Err(error);
        }
    };
    file.sync_data().map_err(io_error(&temporary, "synced"))?;
    source.storage.rename(&temporary, &path).map_err(io_error(&path, "renamed"))?;
    // IMPORTANT: both, before anything that the snapshot covers goes. Whoever made the folder may have died then.
    for folder in [folder, &source.layout.root] {
        source.storage.sync_dir(folder).map_err(io_error(folder, "synced"))?;
    }
    Ok(bytes)
}

/// A snapshot file on its way.
struct Writer<'a> {
    source: &'a Source,
    file: &'a dyn StorageFile,
    id: FileId,
    at: u64,
    names: Dictionary,
    key: Option<Fingerprint>,
}

impl<'a> Writer<'a> {
    fn new(
        source: &'a Source,
        file: &'a dyn StorageFile,
        covered: Position,
    ) -> Result<Self, OpenError> {
        let id = FileId { kind: FileKind::Snapshot, number: covered.segment };
        let flow = source.flow.to_string();
        let header = Header { number: id.number, previous_end: covered.offset, flow };
        let names = Dictionary::default();
        let mut writer = Self { source, file, id, at: 0, names, key: None };
        writer.write(&header.bytes(FileKind::Snapshot))?;
        Ok(writer)
    }

    fn state(mut self, state: &FlowState) -> Result<u64, OpenError> {
        let mut chunk = CommitRecord::default();
        let mut bytes = 0;
        let flowfiles = state.in_order();
        for (flowfile, queued) in &flowfiles {
            chunk.time = if chunk.flowfiles.is_empty() { queued.since } else { chunk.time };
            chunk.flowfiles.push(as_change(flowfile, queued));
            bytes += flowfile.attributes.size() + processors_api::INLINE_CONTENT_BYTES_MAX / 16;
            if chunk.flowfiles.len() >= SNAPSHOT_CHUNK_FLOWFILES || bytes >= SNAPSHOT_CHUNK_BYTES {
                self.record(&std::mem::take(&mut chunk))?;
                bytes = 0;
            }
        }
        self.record(&chunk)?;
        self.record(&without_flowfiles(state))?;
        self.payload(|encoding| write_closing(encoding, state, flowfiles.len()))?;
        Ok(self.at)
    }

    fn record(&mut self, record: &CommitRecord) -> Result<(), OpenError> {
        self.payload(|encoding| encoding.map(|map| map.key(0)?.record(record)))
    }

    fn payload(
        &mut self,
        fill: impl FnOnce(&mut Encoding<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), OpenError> {
        let mut encoding = Encoding::new(&mut self.names, &self.source.flow, &self.source.keyring);
        let encoded =
            fill(&mut encoding).and_then(|()| encoding.finish()).map_err(|error| match error {
                EncodeError::Key(error) => OpenError::Key(error),
                EncodeError::Cbor(error) => OpenError::Io {
                    path: self.source.layout.snapshot(self.id.number),
                    done: "encoded",
                    source: std::io::Error::other(error.to_string()),
                },
            })?;
        let mut frames = Vec::new();
        let key = encoded.sealed_with.map(|key| key.fingerprint());
        if let Some(key) = key.filter(|key| self.key != Some(*key)) {
            push(&mut frames, self.id, self.at, Kind::Key, 0, &key.0);
            self.key = Some(key);
        }
        let at = self.at + frames.len() as u64;
        push_in_parts(&mut frames, self.id, at, 0, &encoded.payload);
        self.write(&frames)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), OpenError> {
        let path = self.source.layout.snapshot(self.id.number);
        write_all_at(self.file, bytes, self.at).map_err(io_error(&path, "written"))?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

/// The record that makes a flowfile what it is.
fn as_change(flowfile: &FlowFileRecord, queued: &Queued) -> FlowFileChange {
    FlowFileChange {
        id: flowfile.id,
        birth: Some(Birth {
            parents: Vec::new(),
            entry_date: flowfile.entry_date,
            lineage_start: flowfile.lineage_start,
            run: flowfile.run,
            attributes: flowfile.attributes.clone(),
            content: flowfile.content.clone(),
        }),
        trail: Vec::new(),
        end: End::Queued(queued.clone()),
    }
}

fn without_flowfiles(state: &FlowState) -> CommitRecord {
    let states = state.states.iter();
    let ticks = state.ticks.iter();
    CommitRecord {
        states: states
            .map(|(name, values)| StateChange { processor: name.clone(), values: values.clone() })
            .collect(),
        ticks: ticks.map(|(name, due)| Tick { processor: name.clone(), due: *due }).collect(),
        holds: state.holds.values().cloned().map(HoldChange::Taken).collect(),
        after_commit: state.after_commit.values().cloned().map(AfterCommitChange::Due).collect(),
        ..CommitRecord::default()
    }
}

fn write_closing(
    encoding: &mut Encoding<'_>,
    state: &FlowState,
    flowfiles: usize,
) -> Result<(), EncodeError> {
    let runs: Vec<&Run> = state.runs.values().collect();
    let ended: Vec<&Run> = state.ended.iter().collect();
    let unreadable: Vec<FlowFileId> = state.unreadable.iter().copied().collect();
    let states: Vec<Name> = state.unreadable_states.iter().cloned().collect();
    encoding.map(|map| {
        map.list(1, &runs, |encoding, run| write_run(encoding, run))?;
        map.list(2, &ended, |encoding, run| write_run(encoding, run))?;
        map.count(3, state.failed_number_max)?;
        if let Some(claim) = &state.newest_claim {
            map.key(4)?.blob(&claim.0)?;
        }
        map.list(5, &unreadable, |encoding, id| encoding.id(id.as_bytes()))?;
        map.list(6, &states, |encoding, name| encoding.name(name))?;
        map.key(7)?.number(flowfiles as u64)
    })
}

/// 0 id, 1 trigger, 2 source, 3 due, 4 flow version, 5 started, 6 ended, 7 outcome, 8 born, 9 gone, 10 failed.
fn write_run(encoding: &mut Encoding<'_>, run: &Run) -> Result<(), EncodeError> {
    encoding.map(|map| {
        map.key(0)?.id(run.id.as_bytes())?;
        map.key(1)?.trigger(run.trigger)?;
        map.name(2, run.source.as_ref())?;
        if let Some(due) = run.due {
            map.key(3)?.time(due)?;
        }
        map.key(4)?.blob(&run.flow_version)?;
        map.key(5)?.time(run.started)?;
        if let Some((time, outcome)) = run.ended {
            map.key(6)?.time(time)?;
            map.key(7)?.outcome(outcome)?;
        }
        map.count(8, run.born)?;
        map.count(9, run.gone)?;
        map.count(10, run.failed)
    })
}

enum Part {
    Record(Box<Decoded>),
    Closing(Box<Closing>),
}

#[derive(Default)]
struct Closing {
    runs: Vec<Run>,
    ended: Vec<Run>,
    failed_number_max: u64,
    newest_claim: Option<ClaimId>,
    unreadable: Vec<FlowFileId>,
    unreadable_states: Vec<Name>,
    flowfiles: u64,
}

impl Closing {
    /// Whether the snapshot has as many flowfiles as it should.
    fn close(self, state: &mut FlowState) -> bool {
        state.runs = self.runs.into_iter().map(|run| (run.id, run)).collect();
        state.ended = self.ended.into();
        state.failed_number_max = self.failed_number_max;
        state.newest_claim = self.newest_claim;
        state.unreadable.extend(self.unreadable);
        state.unreadable_states.extend(self.unreadable_states);
        state.len() as u64 == self.flowfiles
    }
}

fn read_part(mut decoding: Decoding<'_>) -> Result<Part, DecodeError> {
    let mut record = None;
    let mut closing = Closing::default();
    decoding.map("snapshot", |this, key| {
        match key {
            0 => record = Some(this.record()?),
            1 => closing.runs = this.list(read_run)?,
            2 => closing.ended = this.list(read_run)?,
            3 => closing.failed_number_max = this.number()?,
            4 => closing.newest_claim = Some(ClaimId(this.blob()?.into())),
            5 => {
                closing.unreadable =
                    this.list(|this| this.array_of().map(FlowFileId::from_bytes))?
            }
            6 => closing.unreadable_states = this.list(Decoding::name)?,
            7 => closing.flowfiles = this.number()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let unreadable = decoding.finish()?;
    Ok(match record {
        Some(record) => Part::Record(Box::new(Decoded { record, unreadable })),
        None => Part::Closing(Box::new(closing)),
    })
}

fn read_run(decoding: &mut Decoding<'_>) -> Result<Run, DecodeError> {
    let (mut id, mut trigger, mut flow_version, mut started) = (None, None, None, None);
    let (mut source, mut due, mut ended, mut outcome) = (None, None, None, None);
    let (mut born, mut gone, mut failed) = (0, 0, 0);
    decoding.map("run", |this, key| {
        match key {
            0 => id = Some(RunId::from_bytes(this.array_of()?)),
            1 => trigger = Some(this.trigger()?),
            2 => source = Some(this.name()?),
            3 => due = Some(this.time()?),
            4 => flow_version = Some(this.array_of()?),
            5 => started = Some(this.time()?),
            6 => ended = Some(this.time()?),
            7 => outcome = Some(this.outcome()?),
            8 => born = this.number()?,
            9 => gone = this.number()?,
            10 => failed = this.number()?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(Run {
        id: required(id, "run", "id")?,
        trigger: required(trigger, "run", "trigger")?,
        source,
        due,
        flow_version: required(flow_version, "run", "flow version")?,
        started: required(started, "run", "begin")?,
        ended: ended.zip(outcome),
        born,
        gone,
        failed,
    })
}
