//! Reads the records of one segment, from its first frame to its last good one.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    super::{
        codec::{DecodeError, Decoded, Decoding, Dictionary, Opener, Resolve},
        error::{Damage, OpenError, io_error},
        layout::{Layout, SEGMENT},
        limits::RECORD_BYTES_MAX,
        record::CommitRecord,
        seal::{Fingerprint, KeyError, Keyring},
        storage::{Storage, StorageFile},
    },
    Position, Records,
    frame::{FileId, FileKind, FrameReader, Kind, Tail},
    segment::{Header, HeaderRead, VERSION, numbers},
};

/// What every reader of a flow's files needs.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) layout: Layout,
    pub(crate) flow: Arc<str>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) other_key: OtherKey,
}

/// What a reader does with values that are sealed with another key than the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherKey {
    Refuse,
    /// For looking at what is long past.
    TakeAsLost,
}

impl Source {
    pub(crate) fn damage(&self, file: &Path, offset: u64, what: impl Into<String>) -> OpenError {
        let folder = self.layout.root.clone();
        OpenError::Damaged(Damage { file: file.to_owned(), offset, what: what.into(), folder })
    }

    /// Opens a file and reads its header.
    pub(crate) fn open(&self, path: &Path, id: FileId) -> Result<OpenFile, OpenError> {
        let file = self.storage.open_read(path).map_err(io_error(path, "opened"))?;
        let header = match Header::read(&*file, id).map_err(io_error(path, "read"))? {
            HeaderRead::Invalid => None,
            HeaderRead::Newer { version } => {
                return Err(OpenError::Newer { file: path.to_owned(), version, known: VERSION });
            }
            HeaderRead::Valid { header, .. } if header.flow != *self.flow => {
                return Err(OpenError::OtherFlow {
                    file: path.to_owned(),
                    flow: self.flow.to_string(),
                    found: header.flow,
                });
            }
            HeaderRead::Valid { header, length } => Some((header, length)),
        };
        let (header, start) = header.map_or((None, 0), |(header, length)| (Some(header), length));
        Ok(OpenFile { path: path.to_owned(), file, id, header, start })
    }

    /// Opens a segment that is in the journal, or has left it for the provenance folder.
    pub(crate) fn open_segment(&self, number: u64) -> Result<OpenFile, OpenError> {
        let id = FileId { kind: FileKind::Segment, number };
        match self.open(&self.layout.segment(number), id) {
            Err(OpenError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                self.open(&self.layout.old_segment(number), id)
            }
            opened => opened,
        }
    }

    fn opener(&self, payload: &[u8]) -> Result<Option<Opener>, KeyError> {
        let Ok(needed) = payload.try_into().map(Fingerprint) else { return Ok(None) };
        Ok(Some(match self.keyring.find()? {
            None => Opener::Lost,
            Some(found) if found.key.fingerprint() == needed => Opener::Key(found.key),
            Some(_) if self.other_key == OtherKey::TakeAsLost => Opener::Lost,
            Some(found) => {
                let path = found.path;
                return Err(KeyError::Other { needed, found: found.key.fingerprint(), path });
            }
        }))
    }
}

/// A segment or snapshot.
pub(crate) struct OpenFile {
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<dyn StorageFile>,
    pub(crate) id: FileId,
    /// None in a spare, or when it is damaged.
    pub(crate) header: Option<Header>,
    /// Where the first frame begins.
    start: u64,
}

impl OpenFile {
    pub(crate) fn frames(&self) -> io::Result<FrameReader> {
        FrameReader::new(self.file.clone(), self.id, self.start)
    }
}

/// The records of one file.
pub(crate) struct FileReader {
    source: Source,
    claims: Arc<dyn Resolve>,
    path: PathBuf,
    frames: FrameReader,
    parts: Vec<u8>,
    parts_at: u64,
    pub(crate) names: Dictionary,
    pub(crate) opener: Opener,
    /// Where the last whole record, or what else is whole, ends.
    pub(crate) end: u64,
    /// Whether the last thing is a clean stop.
    pub(crate) stopped: bool,
}

impl FileReader {
    pub(crate) fn new(
        source: &Source,
        claims: Arc<dyn Resolve>,
        open: &OpenFile,
    ) -> Result<Self, OpenError> {
        Ok(Self {
            source: source.clone(),
            claims,
            path: open.path.clone(),
            frames: open.frames().map_err(io_error(&open.path, "read"))?,
            parts: Vec::new(),
            parts_at: open.start,
            names: Dictionary::default(),
            opener: Opener::default(),
            end: open.start,
            stopped: false,
        })
    }

    /// The next record and its offset; none where the file ends, or is torn or damaged (see [`FileReader::tail`]).
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Decoded)>, OpenError> {
        self.next_payload(|decoding| decoding.only_record())
    }

    /// The next payload, decoded by `decode`.
    pub(crate) fn next_payload<T>(
        &mut self,
        decode: impl FnOnce(Decoding<'_>) -> Result<T, DecodeError>,
    ) -> Result<Option<(u64, T)>, OpenError> {
        let Some(at) = self.gather()? else { return Ok(None) };
        let payload = std::mem::take(&mut self.parts);
        let (names, claims) = (&mut self.names, &*self.claims);
        let decoded = Decoding::new(&payload, names, &self.source.flow, &self.opener, claims)
            .and_then(decode)
            .map_err(|error| self.source.damage(&self.path, at, error.to_string()))?;
        Ok(Some((at, decoded)))
    }

    /// Gathers the parts of the next payload; its offset.
    fn gather(&mut self) -> Result<Option<u64>, OpenError> {
        while let Some(frame) = self.frames.next().map_err(io_error(&self.path, "read"))? {
            let (offset, end) = (frame.offset, frame.end);
            let begins = self.parts.is_empty();
            match frame.kind {
                Kind::Whole if begins => self.parts_at = offset,
                Kind::Part if begins => self.parts_at = offset,
                Kind::Part | Kind::LastPart if !begins => {}
                Kind::CleanStop if begins => {
                    (self.end, self.stopped) = (end, true);
                    continue;
                }
                Kind::Key if begins => {
                    let opener = self.source.opener(frame.payload)?;
                    let wrong = || self.source.damage(&self.path, offset, "not a fingerprint");
                    self.opener = opener.ok_or_else(wrong)?;
                    (self.end, self.stopped) = (end, false);
                    continue;
                }
                _ => {
                    return Err(self.source.damage(
                        &self.path,
                        offset,
                        "a part without the others",
                    ));
                }
            }
            if self.parts.len() + frame.payload.len() > RECORD_BYTES_MAX {
                return Err(self.source.damage(&self.path, offset, "a record beyond its limit"));
            }
            self.parts.extend_from_slice(frame.payload);
            if frame.kind != Kind::Part {
                (self.end, self.stopped) = (end, false);
                return Ok(Some(self.parts_at));
            }
        }
        Ok(None)
    }

    /// What lies behind the last record.
    pub(crate) fn tail(&mut self) -> Result<Tail, OpenError> {
        self.frames.tail(self.end).map_err(io_error(&self.path, "read"))
    }
}

/// Reads the records from `from` on: segments that a snapshot covers, then those of the journal.
pub(crate) fn records(source: Source, claims: Arc<dyn Resolve>, from: Position) -> Records {
    Box::new(RecordIterator { source, claims, from, number: from.segment.max(1), reader: None })
}

struct RecordIterator {
    source: Source,
    claims: Arc<dyn Resolve>,
    from: Position,
    number: u64,
    reader: Option<FileReader>,
}

impl RecordIterator {
    fn step(
        &mut self,
    ) -> Result<Option<(Position, super::super::record::CommitRecord)>, OpenError> {
        loop {
            let Some(reader) = &mut self.reader else {
                if !self.open()? {
                    return Ok(None);
                }
                continue;
            };
            let Some((offset, decoded)) = reader.next()? else {
                self.reader = None;
                self.number += 1;
                continue;
            };
            let position = Position { segment: self.number, offset };
            if position >= self.from {
                return Ok(Some((position, decoded.record)));
            }
        }
    }

    /// Opens the segment of the current number, or the next one that is still there.
    fn open(&mut self) -> Result<bool, OpenError> {
        let Some(number) = self.next_number()? else { return Ok(false) };
        let open = self.source.open_segment(number)?;
        if open.header.is_none() {
            return Ok(false);
        }
        self.reader = Some(FileReader::new(&self.source, self.claims.clone(), &open)?);
        self.number = number;
        Ok(true)
    }

    fn next_number(&self) -> Result<Option<u64>, OpenError> {
        let layout = &self.source.layout;
        let mut next = None;
        // The journal first: a segment that moves meanwhile is seen twice rather than not at all.
        for folder in [&layout.journal, &layout.provenance] {
            let names = self.source.storage.list(folder).map_err(io_error(folder, "listed"))?;
            let number = numbers(&names, SEGMENT).into_iter().find(|number| *number >= self.number);
            next = next.into_iter().chain(number).min();
        }
        Ok(next)
    }
}

impl Iterator for RecordIterator {
    type Item = Result<(Position, CommitRecord), OpenError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step() {
            Ok(record) => record.map(Ok),
            Err(error) => {
                // Whoever goes on after an error begins behind that segment.
                self.reader = None;
                self.number += 1;
                Some(Err(error))
            }
        }
    }
}
