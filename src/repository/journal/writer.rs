//! The writing end of the journal. One at a time: the flow's lock and its one committing thread see to that.
//!
//! Records are framed into a buffer and written where the last one ended. If the disk is full, the same bytes are
//! written to the same place again later: what lies in a segment was never encoded in two ways.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    super::{
        Durability,
        codec::{Dictionary, EncodeError, Encoded, Encoding, Unowned},
        content::ContentRepository,
        error::{CommitError, OpenError, io_error},
        health::{Health, Lacking},
        keeper::Keeper,
        limits::*,
        record::CommitRecord,
        seal::Fingerprint,
        storage::{StorageFile, is_full, write_all_at},
    },
    FlowLog, Position, ReadLog, Records,
    frame::{FileId, FileKind, HEAD_BYTES, Kind, framed, framed_in_parts, push, push_in_parts},
    reader::{OtherKey, Source, records},
    recovery::{LastSegment, erase},
    segment::Header,
    spare::{Patience, Spares},
};

/// The log of one flow in its folder.
pub(crate) struct Journal {
    source: Source,
    durability: Durability,
    health: Arc<Health>,
    content: Arc<ContentRepository>,
    spares: Spares,
    keeper: Arc<Keeper>,
    segment: Segment,
    /// Framed and not yet written.
    staged: Vec<u8>,
    /// Folders with names that are not durable yet.
    unsynced_folders: Vec<PathBuf>,
    written: Written,
}

/// Makes durable what was written, beside the writer: that may be waiting for the room which somebody makes.
#[derive(Clone)]
pub(crate) struct Written {
    file: Arc<Mutex<Arc<dyn StorageFile>>>,
    health: Arc<Health>,
}

impl Written {
    /// Closed segments are durable; what was acknowledged since is in the current one.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).clone();
        file.sync_data().inspect_err(|error| {
            self.health.poison("the journal cannot be synced", error);
        })
    }
}

/// The segment that is written on.
struct Segment {
    number: u64,
    file: Arc<dyn StorageFile>,
    capacity: u64,
    /// Where the staged bytes will lie.
    written: u64,
    synced: u64,
    names: Dictionary,
    /// The key that this segment names.
    key: Option<Fingerprint>,
}

/// What a journal is opened with.
pub(crate) struct Parts {
    pub(crate) source: Source,
    pub(crate) durability: Durability,
    pub(crate) health: Arc<Health>,
    pub(crate) content: Arc<ContentRepository>,
    pub(crate) spares: Spares,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) unsynced_folders: Vec<PathBuf>,
}

impl Journal {
    /// Goes on where recovery ended: in the last segment, which is durable up to `synced`.
    pub(crate) fn resume(parts: Parts, last: LastSegment, synced: u64) -> Result<Self, OpenError> {
        let path = parts.source.layout.segment(last.number);
        let file = parts.source.storage.open(&path).map_err(io_error(&path, "opened"))?;
        let capacity = file.length().map_err(io_error(&path, "read"))?;
        let segment = Segment {
            number: last.number,
            file,
            capacity,
            written: last.end,
            synced,
            names: last.names,
            key: last.key,
        };
        let journal = Self::of(parts, segment, Vec::new());
        journal.keep_a_spare();
        Ok(journal)
    }

    /// Begins the first segment behind `covered`. Its sync, and that of its folders, is that of the first commit.
    pub(crate) fn begin(parts: Parts, covered: Position) -> Result<Self, OpenError> {
        let number = covered.segment + 1;
        let path = parts.source.layout.segment(number);
        let file = parts.source.storage.create(&path).map_err(io_error(&path, "made"))?;
        erase(&*file, 0, SEGMENT_BYTES_FIRST).map_err(io_error(&path, "written"))?;
        let segment = Segment::new(number, file, SEGMENT_BYTES_FIRST);
        let header = header(&parts.source, covered);
        Ok(Self::of(parts, segment, header))
    }

    fn of(parts: Parts, segment: Segment, staged: Vec<u8>) -> Self {
        let file = Arc::new(Mutex::new(segment.file.clone()));
        Self {
            written: Written { file, health: parts.health.clone() },
            source: parts.source,
            durability: parts.durability,
            health: parts.health,
            content: parts.content,
            spares: parts.spares,
            keeper: parts.keeper,
            segment,
            staged,
            unsynced_folders: parts.unsynced_folders,
        }
    }

    /// Writes what is staged and says that nothing is under way. Nothing is lost if that is not durable.
    pub(crate) fn stop(&mut self) -> Result<(), CommitError> {
        self.health.check()?;
        self.write_staged()?;
        if self.durability == Durability::Process {
            self.sync()?;
        }
        let segment = &self.segment;
        let (id, at, synced) = (segment.id(), segment.written, segment.synced);
        push(&mut self.staged, id, at, Kind::CleanStop, synced, &[]);
        self.write_staged()
    }

    /// Makes durable what was written, without waiting for the writer.
    pub(crate) fn written(&self) -> Written {
        self.written.clone()
    }

    /// Tries again to make a spare that could not be made.
    pub(crate) fn retry_spare(&self) {
        self.spares.retry();
    }

    /// Frames a record behind what is staged.
    fn stage(
        &mut self,
        record: &CommitRecord,
    ) -> Result<Result<Position, CommitError>, CommitError> {
        if self.segment.names.len() >= NAMES_PER_SEGMENT_MAX {
            self.next_segment(0, Patience::UntilThereIsRoom)?;
        }
        let mut encoded = match self.encode(record) {
            Ok(encoded) => encoded,
            Err(error) => return Ok(Err(error)),
        };
        let needed = space_for(&encoded);
        if self.end_offset() + needed > self.segment.capacity {
            // Names are numbered anew there.
            self.next_segment(needed, Patience::UntilThereIsRoom)?;
            encoded = match self.encode(record) {
                Ok(encoded) => encoded,
                Err(error) => return Ok(Err(error)),
            };
            let needed = space_for(&encoded);
            if self.end_offset() + needed > self.segment.capacity {
                self.next_segment(needed, Patience::UntilThereIsRoom)?;
            }
        }
        Ok(Ok(self.push(&encoded)))
    }

    fn encode(&mut self, record: &CommitRecord) -> Result<Encoded, CommitError> {
        let before = self.segment.names.len();
        let encoded = encode(&mut self.segment.names, &self.source, record);
        if encoded.is_err() {
            self.segment.names.truncate(before);
        }
        encoded
    }

    fn push(&mut self, encoded: &Encoded) -> Position {
        let id = self.segment.id();
        let synced = self.segment.synced;
        let key = encoded.sealed_with.as_ref().map(|key| key.fingerprint());
        if let Some(key) = key.filter(|key| self.segment.key != Some(*key)) {
            let at = self.end_offset();
            push(&mut self.staged, id, at, Kind::Key, synced, &key.0);
            self.segment.key = Some(key);
        }
        let at = self.end_offset();
        push_in_parts(&mut self.staged, id, at, synced, &encoded.payload);
        Position { segment: id.number, offset: at }
    }

    fn end_offset(&self) -> u64 {
        self.segment.written + self.staged.len() as u64
    }

    /// Writes what is staged, and makes it as durable as is promised.
    fn flush(&mut self) -> Result<(), CommitError> {
        self.write_staged()?;
        if self.durability == Durability::Fsync {
            self.sync()?;
        }
        self.keep_a_spare();
        Ok(())
    }

    fn write_staged(&mut self) -> Result<(), CommitError> {
        while !self.staged.is_empty() {
            match write_all_at(&*self.segment.file, &self.staged, self.segment.written) {
                Ok(()) => {
                    self.segment.written += self.staged.len() as u64;
                    self.staged.clear();
                    self.health.has_room(Lacking::Segment);
                }
                Err(error) if is_full(&error) => {
                    self.health.lacks_room(Lacking::Segment, &error);
                    self.health.wait()?;
                }
                Err(error) => {
                    return Err(self.health.poison("the journal cannot be written", &error));
                }
            }
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), CommitError> {
        let poison = |error: io::Error| self.health.poison("the journal cannot be synced", &error);
        if self.durability == Durability::Process {
            // At `fsync` every commit did that for the content it names.
            self.content.make_all_durable()?;
        }
        if self.segment.synced < self.segment.written {
            self.segment.file.sync_data().map_err(poison)?;
        }
        for folder in std::mem::take(&mut self.unsynced_folders) {
            self.source.storage.sync_dir(&folder).map_err(poison)?;
        }
        self.segment.synced = self.segment.written;
        Ok(())
    }

    /// Closes the segment and begins the next one, with room for at least `needed` bytes.
    fn next_segment(&mut self, needed: u64, patience: Patience) -> Result<(), CommitError> {
        self.write_staged()?;
        // IMPORTANT: whatever the durability, before the next header says where this segment ends. A start takes
        // whatever lacks before that for damage.
        self.sync()?;
        let end = Position { segment: self.segment.number, offset: self.segment.written };
        let header = header(&self.source, end);
        let least = (header.len() as u64 + needed).next_power_of_two();
        let bytes = self.segment.next_bytes().max(least);
        let (file, capacity) = self.spares.take(end.segment + 1, least, bytes, patience)?;
        *self.written.file.lock().unwrap_or_else(PoisonError::into_inner) = file.clone();
        self.segment = Segment::new(end.segment + 1, file, capacity);
        self.staged = header;
        self.keeper.segment_closed(end);
        Ok(())
    }

    fn keep_a_spare(&self) {
        if self.segment.is_half_used() {
            self.spares.want(self.segment.number + 1, self.segment.next_bytes());
        }
    }
}

impl Segment {
    fn new(number: u64, file: Arc<dyn StorageFile>, capacity: u64) -> Self {
        let names = Dictionary::default();
        Self { number, file, capacity, written: 0, synced: 0, names, key: None }
    }

    fn id(&self) -> FileId {
        FileId { kind: FileKind::Segment, number: self.number }
    }

    /// The size of the next one: twice this one's, if this one was used.
    fn next_bytes(&self) -> u64 {
        let factor = if self.is_half_used() { 2 } else { 1 };
        (self.capacity * factor).clamp(SEGMENT_BYTES_FIRST, SEGMENT_BYTES_MAX)
    }

    fn is_half_used(&self) -> bool {
        self.written * 2 >= self.capacity
    }
}

impl FlowLog for Journal {
    fn end(&self) -> Position {
        Position { segment: self.segment.number, offset: self.end_offset() }
    }

    fn append(
        &mut self,
        expected: Position,
        records: &[CommitRecord],
    ) -> Result<Vec<Result<Position, CommitError>>, CommitError> {
        self.health.check()?;
        let actual = self.end();
        if expected != actual {
            return Err(CommitError::Moved { expected, actual });
        }
        let mut positions = Vec::with_capacity(records.len());
        for record in records {
            positions.push(self.stage(record)?);
            if self.staged.len() >= GROUP_BYTES_MAX {
                self.flush()?;
            }
        }
        self.flush()?;
        Ok(positions)
    }

    fn reader(&self) -> Arc<dyn ReadLog> {
        Arc::new(JournalReader { source: self.source.clone() })
    }

    fn roll(&mut self) -> Result<Position, CommitError> {
        self.health.check()?;
        // Who asks for this can ask again; commits go on meanwhile in what is prepared.
        self.next_segment(0, Patience::OneAttempt)?;
        Ok(self.end())
    }
}

/// Reads the journal beside its writer.
struct JournalReader {
    source: Source,
}

impl ReadLog for JournalReader {
    fn read(&self, from: Position) -> Result<Records, OpenError> {
        let source = Source { other_key: OtherKey::TakeAsLost, ..self.source.clone() };
        Ok(records(source, Arc::new(Unowned), from))
    }
}

/// The header of the segment behind `end`.
fn header(source: &Source, end: Position) -> Vec<u8> {
    let number = end.segment + 1;
    Header { number, previous_end: end.offset, flow: source.flow.to_string() }
        .bytes(FileKind::Segment)
}

fn encode(
    names: &mut Dictionary,
    source: &Source,
    record: &CommitRecord,
) -> Result<Encoded, CommitError> {
    let mut encoding = Encoding::new(names, &source.flow, &source.keyring);
    let encoded =
        encoding.record(record).and_then(|()| encoding.finish()).map_err(|error| match error {
            EncodeError::Key(error) => CommitError::Key(Arc::new(error)),
            EncodeError::Cbor(error) => CommitError::Unencodable(error.to_string().into()),
        })?;
    match encoded.payload.len() {
        0..=RECORD_BYTES_MAX => Ok(encoded),
        bytes => Err(CommitError::TooLarge { bytes, max: RECORD_BYTES_MAX }),
    }
}

/// Bytes that a record needs, with a key before it and a clean stop behind it.
fn space_for(encoded: &Encoded) -> u64 {
    let key = encoded.sealed_with.as_ref().map_or(0, |_| framed(size_of::<Fingerprint>()));
    (key + framed_in_parts(encoded.payload.len()) + HEAD_BYTES) as u64
}
