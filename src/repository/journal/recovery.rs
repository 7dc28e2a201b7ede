//! Recovery: from what is on the disk to what is true, and to where the next record goes.
//!
//! The newest snapshot that is whole, then the segments after it, in order. A torn tail of the last segment is cut; any
//! other damage is refused before anything is changed. Looking (`Mode::Look`) changes nothing at all.

use std::{collections::HashSet, io, path::PathBuf, sync::Arc};

use processors_api::{ClaimId, ContentBody, ContentClaim};

use super::{
    super::{
        codec::{Decoded, Dictionary, Opener, Resolve},
        content::named_claims,
        error::{OpenError, io_error},
        layout::{SEGMENT, SNAPSHOT},
        limits::IO_BYTES,
        seal::Fingerprint,
        snapshot,
        state::FlowState,
        storage::{StorageFile, read_full_at, write_all_at},
    },
    Position,
    frame::{FileId, FileKind, HEAD_BYTES, Tail},
    reader::{FileReader, OpenFile, Source},
    segment::{Header, numbers},
};

/// What recovery found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Whether the writer before us stopped in order, or there was none.
    pub clean: bool,
    /// Records read, without those in the snapshot.
    pub records: u64,
    /// The file and offset where a write was under way when the writer before us died; what followed was cut.
    pub cut: Option<(PathBuf, u64)>,
    /// The last position that the snapshot covers.
    pub snapshot: Option<Position>,
    /// A newer snapshot that is damaged and was passed over, and why.
    pub passed_over: Option<String>,
}

/// What is on the disk.
pub(crate) struct Recovered {
    pub(crate) state: FlowState,
    pub(crate) report: RecoveryReport,
    /// Where the snapshot ends that was used.
    pub(crate) covered: Position,
    /// The segment to write on; none in a new folder, or when the last one is covered by the snapshot.
    pub(crate) last: Option<LastSegment>,
    /// Content that the last segment names and that is not known to be durable.
    pub(crate) unsynced_claims: Vec<ContentClaim>,
    /// Segments before the last one that the snapshot does not cover: their numbers and where they end.
    pub(crate) closed: Vec<Position>,
}

/// The segment that records are appended to.
pub(crate) struct LastSegment {
    pub(crate) number: u64,
    pub(crate) end: u64,
    pub(crate) synced: u64,
    pub(crate) stopped: bool,
    pub(crate) names: Dictionary,
    pub(crate) key: Option<Fingerprint>,
    /// The last byte behind the end that is not zero.
    pub(crate) remains: Option<u64>,
}

struct Segment {
    number: u64,
    open: OpenFile,
    header: Header,
}

/// Reads everything. Changes nothing.
pub(crate) fn read(source: &Source, claims: &Arc<dyn Resolve>) -> Result<Recovered, OpenError> {
    let mut limit = u64::MAX;
    loop {
        match read_up_to(source, claims, limit)? {
            Ok(recovered) => return Ok(recovered),
            Err(UnwholeAt(offset)) => limit = offset,
        }
    }
}

/// A record of the last segment that names content which is not whole, and that a flowfile in a queue has.
struct UnwholeAt(u64);

/// Reads everything, of the last segment only what is before `limit`.
fn read_up_to(
    source: &Source,
    claims: &Arc<dyn Resolve>,
    limit: u64,
) -> Result<Result<Recovered, UnwholeAt>, OpenError> {
    let (loaded, passed_over) = snapshot::load_newest(source, claims)?;
    let (mut state, covered) = loaded.unwrap_or_default();
    let segments = segments(source, covered, passed_over.is_some())?;
    let mut report = RecoveryReport {
        clean: true,
        snapshot: (covered != Position::default()).then_some(covered),
        passed_over,
        ..RecoveryReport::default()
    };
    let (mut last, mut closed, mut unsynced) = (None, Vec::new(), Vec::new());
    for (index, segment) in segments.iter().enumerate() {
        let mut fold = Fold { source, claims, segment, state: &mut state, report: &mut report };
        match segments.get(index + 1) {
            Some(next) => closed.push(fold.closed(next)?),
            None => last = Some(fold.last(limit, &mut unsynced)?),
        }
    }
    let unsynced_claims = alive(&state, unsynced);
    for (offset, claim) in &unsynced_claims {
        let whole = claims.is_whole(claim);
        if !whole.map_err(io_error(&source.layout.content, "read"))? {
            return Ok(Err(UnwholeAt(*offset)));
        }
    }
    let unsynced_claims = unsynced_claims.into_iter().map(|(_, claim)| claim).collect();
    Ok(Ok(Recovered { state, report, covered, last, unsynced_claims, closed }))
}

/// Those that a flowfile in a queue has. What nothing refers to any more may be gone, and may go.
fn alive(state: &FlowState, claims: Vec<(u64, ContentClaim)>) -> Vec<(u64, ContentClaim)> {
    if claims.is_empty() {
        return claims;
    }
    let alive: HashSet<ClaimId> = state
        .in_order()
        .into_iter()
        .filter_map(|(flowfile, _)| stored_id(&flowfile.content))
        .cloned()
        .collect();
    let is_alive = |claim: &ContentClaim| stored_id(claim).is_some_and(|id| alive.contains(id));
    claims.into_iter().filter(|(_, claim)| is_alive(claim)).collect()
}

fn stored_id(claim: &ContentClaim) -> Option<&ClaimId> {
    match claim.body() {
        ContentBody::Inline(_) => None,
        ContentBody::Stored(stored) => Some(&stored.id),
    }
}

/// Makes the last segment fit to be written on: cuts what is torn and makes durable what is not known to be. A page
/// that could not be written once is not written by a later sync; so what is not known to be durable is written anew.
/// Gives the offset up to which everything is durable then.
pub(crate) fn repair(source: &Source, last: &LastSegment) -> Result<u64, OpenError> {
    let all_but_the_stop = last.synced + HEAD_BYTES as u64 == last.end;
    if last.stopped && all_but_the_stop && last.remains.is_none() {
        return Ok(last.synced);
    }
    let path = source.layout.segment(last.number);
    let file = source.storage.open(&path).map_err(io_error(&path, "opened"))?;
    rewrite(&*file, last.synced, last.end).map_err(io_error(&path, "written"))?;
    if let Some(remains) = last.remains {
        erase(&*file, last.end, remains + 1).map_err(io_error(&path, "written"))?;
    }
    file.sync_data().map_err(io_error(&path, "synced"))?;
    // The writer before us may have made them and died before its first sync.
    let layout = &source.layout;
    for folder in [Some(layout.journal.as_path()), Some(&layout.root), layout.root.parent()] {
        let Some(folder) = folder else { continue };
        source.storage.sync_dir(folder).map_err(io_error(folder, "synced"))?;
    }
    Ok(last.end)
}

/// Removes prepared segments that nothing was written to: one of them may have remains of something torn.
pub(crate) fn remove_spares(source: &Source, after: u64) -> Result<(), OpenError> {
    for number in listed(source)?.into_iter().filter(|number| *number > after) {
        let path = source.layout.segment(number);
        source.storage.remove(&path).map_err(io_error(&path, "removed"))?;
    }
    Ok(())
}

/// Writes what is there once more.
pub(crate) fn rewrite(file: &dyn StorageFile, from: u64, to: u64) -> io::Result<()> {
    let mut buffer = vec![0; IO_BYTES];
    let mut at = from;
    while at < to {
        let length = usize::try_from(to - at).unwrap_or(usize::MAX).min(IO_BYTES);
        let part = buffer.get_mut(..length).unwrap_or_default();
        let count = read_full_at(file, part, at)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        write_all_at(file, part.get(..count).unwrap_or_default(), at)?;
        at += count as u64;
    }
    Ok(())
}

/// Writes zeros.
pub(crate) fn erase(file: &dyn StorageFile, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; IO_BYTES];
    let mut at = from;
    while at < to {
        let length = usize::try_from(to - at).unwrap_or(usize::MAX).min(IO_BYTES);
        write_all_at(file, zeros.get(..length).unwrap_or_default(), at)?;
        at += length as u64;
    }
    Ok(())
}

fn listed(source: &Source) -> Result<Vec<u64>, OpenError> {
    let folder = &source.layout.journal;
    Ok(numbers(&source.storage.list(folder).map_err(io_error(folder, "listed"))?, SEGMENT))
}

/// The segments behind `covered`, without gap, up to the last one that was written to.
fn segments(
    source: &Source,
    covered: Position,
    among_old: bool,
) -> Result<Vec<Segment>, OpenError> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut bad = None;
    let mut expected = Some(covered);
    for (number, path) in candidates(source, covered, among_old)? {
        let open = source.open(&path, FileId { kind: FileKind::Segment, number })?;
        let Some(header) = open.header.clone() else {
            check_unwritten(source, &open)?;
            bad.get_or_insert(path);
            continue;
        };
        if let Some(bad) = bad {
            return Err(source.damage(&bad, 0, "it has no header, but a later segment has one"));
        }
        let before = segments.last().map_or(covered.segment, |segment| segment.number);
        if number != before + 1 {
            let missing = source.layout.segment(before + 1);
            return Err(source.damage(&missing, 0, "it is missing, but a later segment is there"));
        }
        if let Some(covered) =
            expected.take().filter(|covered| covered.offset != header.previous_end)
        {
            let what = format!(
                "it says that segment {} ends at {}, but that ended at {}",
                covered.segment, header.previous_end, covered.offset
            );
            return Err(source.damage(&path, 0, what));
        }
        segments.push(Segment { number, open, header });
    }
    if segments.is_empty() && covered == Position::default() {
        check_nothing_lost(source)?;
    }
    Ok(segments)
}

/// Where segments behind `covered` are: in the journal, and if the newest snapshot is not used also among those that it
/// had covered.
fn candidates(
    source: &Source,
    covered: Position,
    among_old: bool,
) -> Result<Vec<(u64, PathBuf)>, OpenError> {
    let layout = &source.layout;
    let mut found: Vec<(u64, PathBuf)> =
        listed(source)?.into_iter().map(|number| (number, layout.segment(number))).collect();
    if among_old {
        let folder = &layout.provenance;
        let names = source.storage.list(folder).map_err(io_error(folder, "listed"))?;
        found.extend(numbers(&names, SEGMENT).into_iter().map(|n| (n, layout.old_segment(n))));
    }
    found.retain(|(number, _)| *number > covered.segment);
    found.sort();
    found.dedup_by_key(|(number, _)| *number);
    Ok(found)
}

/// A segment without header is a spare; unless a frame in it says that its begin had been durable.
fn check_unwritten(source: &Source, open: &OpenFile) -> Result<(), OpenError> {
    let path = &open.path;
    let mut frames = open.frames().map_err(io_error(path, "read"))?;
    match frames.tail(0).map_err(io_error(path, "read"))? {
        Tail::Torn { .. } => Ok(()),
        Tail::Damaged => Err(source.damage(path, 0, "its header is damaged")),
    }
}

/// An empty journal is a new flow's; not that of a flow that has a past.
fn check_nothing_lost(source: &Source) -> Result<(), OpenError> {
    let layout = &source.layout;
    for (folder, extension) in [(&layout.provenance, SEGMENT), (&layout.snapshots, SNAPSHOT)] {
        let names = source.storage.list(folder).map_err(io_error(folder, "listed"))?;
        if !numbers(&names, extension).is_empty() {
            let first = layout.segment(1);
            return Err(source.damage(
                &first,
                0,
                "the journal is missing, but what it led to is there",
            ));
        }
    }
    Ok(())
}

/// Applies the records of one segment.
struct Fold<'a> {
    source: &'a Source,
    claims: &'a Arc<dyn Resolve>,
    segment: &'a Segment,
    state: &'a mut FlowState,
    report: &'a mut RecoveryReport,
}

impl Fold<'_> {
    /// One that was closed before the next one was begun. It is whole.
    fn closed(&mut self, next: &Segment) -> Result<Position, OpenError> {
        let mut reader = self.reader()?;
        while let Some((offset, decoded)) = reader.next()? {
            self.apply(offset, decoded)?;
        }
        let (end, expected) = (reader.end, next.header.previous_end);
        if end != expected {
            let what = format!("its records end here, but the next segment says at {expected}");
            return Err(self.damage(end, what));
        }
        Ok(Position { segment: self.segment.number, offset: end })
    }

    /// The last one, up to `limit`. What was not synced may be torn, and may name content that is.
    fn last(
        &mut self,
        limit: u64,
        unsynced: &mut Vec<(u64, ContentClaim)>,
    ) -> Result<LastSegment, OpenError> {
        let synced = self.synced()?;
        let mut reader = self.reader()?;
        loop {
            let names = reader.names.len();
            let Some((offset, decoded)) = reader.next()? else { break };
            if offset >= limit {
                // A stop or a key before it stays: it may have been durable before this record was written.
                reader.names.truncate(names);
                (reader.end, reader.stopped) = (offset, false);
                break;
            }
            if offset >= synced {
                unsynced
                    .extend(named_claims(&decoded.record).cloned().map(|claim| (offset, claim)));
            }
            self.apply(offset, decoded)?;
        }
        let Tail::Torn { last_byte: remains } = reader.tail()? else {
            let what = "what is here had been durable, for a later record says so";
            return Err(self.damage(reader.end, what));
        };
        self.report.clean = reader.stopped && remains.is_none();
        self.report.cut = remains.map(|_| (self.segment.open.path.clone(), reader.end));
        Ok(LastSegment {
            number: self.segment.number,
            end: reader.end,
            synced,
            stopped: reader.stopped,
            key: match &reader.opener {
                Opener::Key(key) => Some(key.fingerprint()),
                Opener::Unnamed | Opener::Lost => None,
            },
            names: reader.names,
            remains,
        })
    }

    /// Up to where the segment's own frames say that it is durable.
    fn synced(&self) -> Result<u64, OpenError> {
        let read = || io_error(&self.segment.open.path, "read");
        let mut frames = self.segment.open.frames().map_err(read())?;
        let mut synced = 0;
        while let Some(frame) = frames.next().map_err(read())? {
            synced = synced.max(frame.synced);
        }
        Ok(synced)
    }

    fn reader(&self) -> Result<FileReader, OpenError> {
        FileReader::new(self.source, self.claims.clone(), &self.segment.open)
    }

    fn apply(&mut self, offset: u64, decoded: Decoded) -> Result<(), OpenError> {
        let applied = self.state.apply(&decoded.record);
        applied.map_err(|what| self.damage(offset, what.to_string()))?;
        self.state.mark_unreadable(decoded.unreadable);
        self.report.records += 1;
        Ok(())
    }

    fn damage(&self, offset: u64, what: impl Into<String>) -> OpenError {
        self.source.damage(&self.segment.open.path, offset, what)
    }
}
