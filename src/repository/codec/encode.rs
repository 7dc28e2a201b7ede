//! From a record to its bytes.

use std::sync::Arc;

use jiff::Timestamp;
use minicbor::Encoder;
use processors_api::{Attributes, ContentBody, ContentClaim, FlowFileId, Text};

use super::{super::record::*, super::seal::*, Dictionary, EncodeError};

type Done = Result<(), EncodeError>;

/// One payload on its way into bytes.
pub(crate) struct Encoding<'a> {
    bytes: Encoder<Vec<u8>>,
    names: &'a mut Dictionary,
    names_before: usize,
    flow: &'a str,
    keyring: &'a Keyring,
    /// The key, once something was sealed with it.
    key: Option<Arc<Key>>,
    time: Timestamp,
}

/// A payload that is ready.
pub(crate) struct Encoded {
    pub(crate) payload: Vec<u8>,
    /// The key that its secrets are sealed with, if it has any. It has to be named before the payload.
    pub(crate) sealed_with: Option<Arc<Key>>,
}

/// A map that counts its entries, because absent fields are left out.
pub(crate) struct FieldWriter<'e, 'a> {
    encoding: &'e mut Encoding<'a>,
    count: u8,
}

impl<'a> Encoding<'a> {
    pub(crate) fn new(names: &'a mut Dictionary, flow: &'a str, keyring: &'a Keyring) -> Self {
        Self {
            bytes: Encoder::new(Vec::new()),
            names_before: names.len(),
            names,
            flow,
            keyring,
            key: None,
            time: Timestamp::UNIX_EPOCH,
        }
    }

    /// Ends the payload: the names that it defines, and what was written.
    pub(crate) fn finish(self) -> Result<Encoded, EncodeError> {
        let body = self.bytes.into_writer();
        let new = self.names.since(self.names_before);
        let mut payload = Encoder::new(Vec::with_capacity(body.len()));
        if !new.is_empty() {
            payload.array(new.len() as u64)?;
            for name in new {
                payload.str(name)?;
            }
        }
        let mut payload = payload.into_writer();
        payload.extend_from_slice(&body);
        Ok(Encoded { payload, sealed_with: self.key })
    }

    pub(crate) fn record(&mut self, record: &CommitRecord) -> Done {
        self.map(|map| {
            map.key(0)?.absolute(record.time)?;
            map.list(1, &record.flowfiles, Self::flowfile)?;
            map.list(2, &record.states, Self::state)?;
            map.list(3, &record.runs, Self::run)?;
            map.list(4, &record.ticks, Self::tick)?;
            map.list(5, &record.holds, Self::hold)?;
            map.list(6, &record.after_commit, Self::after_commit)
        })
    }

    /// Writes a map whose fields `fill` gives.
    pub(crate) fn map(&mut self, fill: impl FnOnce(&mut FieldWriter<'_, 'a>) -> Done) -> Done {
        const EMPTY_MAP: u8 = 0xa0;
        let at = self.bytes.writer().len();
        self.bytes.writer_mut().push(EMPTY_MAP);
        let mut map = FieldWriter { encoding: self, count: 0 };
        fill(&mut map)?;
        let count = map.count;
        if let Some(head) = self.bytes.writer_mut().get_mut(at) {
            *head = EMPTY_MAP | count;
        }
        Ok(())
    }

    fn flowfile(&mut self, change: &FlowFileChange) -> Done {
        self.map(|map| {
            map.key(0)?.id(change.id.as_bytes())?;
            if let Some(birth) = &change.birth {
                map.key(1)?.birth(change.id, birth)?;
            }
            map.list(2, &change.trail, |encoding, hop| encoding.hop(change.id, hop))?;
            match &change.end {
                End::Queued(queued) => map.key(3)?.queued(queued),
                End::Gone => Ok(()),
            }
        })
    }

    fn birth(&mut self, id: FlowFileId, birth: &Birth) -> Done {
        self.map(|map| {
            map.list(0, &birth.parents, |encoding, parent| encoding.id(parent.as_bytes()))?;
            map.time(1, birth.entry_date)?;
            map.time(2, birth.lineage_start)?;
            map.key(3)?.id(birth.run.as_bytes())?;
            if !birth.attributes.is_empty() {
                map.key(4)?.attributes(id, &birth.attributes)?;
            }
            map.key(5)?.content(id, &birth.content)
        })
    }

    fn hop(&mut self, id: FlowFileId, hop: &Hop) -> Done {
        self.map(|map| {
            map.time(0, hop.time)?;
            map.key(1)?.name(&hop.processor)?;
            map.name(2, hop.relationship.as_ref())?;
            map.list(3, &hop.events, |encoding, event| encoding.event(id, event))?;
            if !hop.changes.set.is_empty() {
                let set = &hop.changes.set;
                map.key(4)?.texts(
                    set.len(),
                    set.iter().map(|(name, text)| (name, text)),
                    |name| (id.as_bytes(), Field::Attribute(name)),
                )?;
            }
            map.list(5, &hop.changes.removed, |encoding, name| encoding.name(name))?;
            match &hop.content {
                Some(content) => map.key(6)?.content(id, content),
                None => Ok(()),
            }
        })
    }

    fn event(&mut self, id: FlowFileId, event: &Event) -> Done {
        self.map(|map| {
            map.key(0)?.number(event_kind_number(event.kind))?;
            match &event.details {
                Some(details) => map.key(1)?.text(id.as_bytes(), Field::EventDetails, details),
                None => Ok(()),
            }
        })
    }

    fn queued(&mut self, queued: &Queued) -> Done {
        self.map(|map| {
            map.key(0)?.name(&queued.connection)?;
            map.time(1, queued.since)?;
            if let Some(until) = queued.penalized_until {
                map.key(2)?.time(until)?;
            }
            map.count(3, queued.rollbacks.into())?;
            map.count(4, queued.retries.into())?;
            if let Some(begun) = &queued.begun {
                map.key(5)?.name(&begun.processor)?;
                map.key(6)?.time(begun.time)?;
            }
            map.name(7, queued.hold.as_ref())?;
            if let Some(number) = queued.failed_number {
                map.key(8)?.number(number)?;
            }
            match &queued.replayed_as {
                Some(id) => map.key(9)?.id(id.as_bytes()),
                None => Ok(()),
            }
        })
    }

    fn attributes(&mut self, id: FlowFileId, attributes: &Attributes) -> Done {
        self.texts(attributes.len(), attributes.iter(), |name| {
            (id.as_bytes(), Field::Attribute(name))
        })
    }

    fn content(&mut self, id: FlowFileId, content: &ContentClaim) -> Done {
        let sensitive = content.is_sensitive();
        self.map(|map| match content.body() {
            ContentBody::Inline(bytes) if bytes.is_empty() && !sensitive => Ok(()),
            ContentBody::Inline(bytes) if sensitive => {
                let sealed = map.encoding.seal(id.as_bytes(), Field::Content, bytes)?;
                map.key(1)?.blob(&sealed)
            }
            ContentBody::Inline(bytes) => map.key(0)?.blob(bytes),
            ContentBody::Stored(stored) => {
                if sensitive {
                    // Names the key: whoever lost it can say so before the content is read.
                    map.encoding.key()?;
                }
                let bytes = &mut map.key(if sensitive { 3 } else { 2 })?.bytes;
                bytes.array(3)?.bytes(&stored.id.0)?.u64(stored.length)?.bytes(&stored.digest)?;
                Ok(())
            }
        })
    }

    fn state(&mut self, state: &StateChange) -> Done {
        self.map(|map| {
            map.key(0)?.name(&state.processor)?;
            if state.values.is_empty() {
                return Ok(());
            }
            map.key(1)?.texts(state.values.len(), state.values.iter(), |name| {
                (state.processor.as_bytes(), Field::State(name))
            })
        })
    }

    fn run(&mut self, run: &RunChange) -> Done {
        self.map(|map| match run {
            RunChange::Started { id, trigger, source, due, flow_version } => {
                map.key(0)?.id(id.as_bytes())?;
                map.key(1)?.trigger(*trigger)?;
                map.name(2, source.as_ref())?;
                if let Some(due) = due {
                    map.key(3)?.time(*due)?;
                }
                map.key(4)?.blob(flow_version)
            }
            RunChange::Ended { id, outcome } => {
                map.key(0)?.id(id.as_bytes())?;
                map.key(5)?.outcome(*outcome)
            }
        })
    }

    fn tick(&mut self, tick: &Tick) -> Done {
        self.map(|map| {
            map.key(0)?.name(&tick.processor)?;
            map.key(1)?.time(tick.due)
        })
    }

    fn hold(&mut self, hold: &HoldChange) -> Done {
        self.map(|map| match hold {
            HoldChange::Ended { file } => map.key(0)?.name(file),
            HoldChange::Taken(hold) => {
                map.key(0)?.name(&hold.file)?;
                map.key(1)?.name(&hold.version)?;
                map.key(2)?.time(hold.since)?;
                map.key(3)?.name(&hold.connection)?;
                map.key(4)?.id(hold.run.as_bytes())
            }
        })
    }

    fn after_commit(&mut self, change: &AfterCommitChange) -> Done {
        self.map(|map| match change {
            AfterCommitChange::Done { path } => map.key(0)?.name(path),
            AfterCommitChange::Due(due) => {
                map.key(0)?.name(&due.path)?;
                map.key(1)?.number(due.inode)?;
                map.key(2)?.number(due.size)?;
                map.key(3)?.wide(due.modified_ns)?;
                map.name(4, due.move_to.as_ref())
            }
        })
    }

    fn texts<'t>(
        &mut self,
        count: usize,
        texts: impl Iterator<Item = (&'t Name, &'t Text)>,
        place: impl for<'n> Fn(&'n str) -> (&'t [u8], Field<'n>),
    ) -> Done {
        self.bytes.map(count as u64)?;
        for (name, text) in texts {
            self.name(name)?;
            let (owner, field) = place(name);
            self.text(owner, field, text)?;
        }
        Ok(())
    }

    fn text(&mut self, owner: &[u8], field: Field<'_>, text: &Text) -> Done {
        if text.is_sensitive() {
            let sealed = self.seal(owner, field, text.reveal().as_bytes())?;
            return self.blob(&sealed);
        }
        self.bytes.str(text.reveal())?;
        Ok(())
    }

    fn seal(
        &mut self,
        owner: &[u8],
        field: Field<'_>,
        plain: &[u8],
    ) -> Result<Vec<u8>, EncodeError> {
        let place = Place { flow: self.flow, owner, field };
        Ok(self.key()?.seal(place, plain).map_err(KeyError::from)?)
    }

    fn key(&mut self) -> Result<Arc<Key>, EncodeError> {
        if let Some(key) = &self.key {
            return Ok(key.clone());
        }
        let key = self.keyring.find_or_make()?.key;
        Ok(self.key.insert(key).clone())
    }

    /// A time that becomes what the following ones are relative to.
    pub(crate) fn absolute(&mut self, time: Timestamp) -> Done {
        self.time = Timestamp::UNIX_EPOCH;
        self.time(time)?;
        self.time = time;
        Ok(())
    }

    pub(crate) fn time(&mut self, time: Timestamp) -> Done {
        let difference = time.as_nanosecond() - self.time.as_nanosecond();
        match i64::try_from(difference) {
            Ok(difference) => self.bytes.i64(difference)?,
            Err(_) => self.bytes.array(2)?.i64(time.as_second())?.i32(time.subsec_nanosecond())?,
        };
        Ok(())
    }

    pub(crate) fn name(&mut self, name: &Name) -> Done {
        let number = self.names.intern(name);
        self.bytes.u32(number)?;
        Ok(())
    }

    pub(crate) fn id(&mut self, id: &[u8; 16]) -> Done {
        self.blob(id)
    }

    pub(crate) fn blob(&mut self, bytes: &[u8]) -> Done {
        self.bytes.bytes(bytes)?;
        Ok(())
    }

    pub(crate) fn number(&mut self, number: u64) -> Done {
        self.bytes.u64(number)?;
        Ok(())
    }

    pub(crate) fn trigger(&mut self, trigger: Trigger) -> Done {
        self.number(match trigger {
            Trigger::Schedule => 0,
            Trigger::Hand => 1,
            Trigger::Replay => 2,
        })
    }

    pub(crate) fn outcome(&mut self, outcome: Outcome) -> Done {
        self.number(match outcome {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::Deferred => 2,
            Outcome::Empty => 3,
        })
    }

    /// A number of nanoseconds that rarely needs more than 64 bits.
    fn wide(&mut self, number: i128) -> Done {
        match i64::try_from(number) {
            Ok(number) => self.bytes.i64(number)?,
            Err(_) => self.bytes.bytes(&number.to_be_bytes())?,
        };
        Ok(())
    }
}

impl<'a> FieldWriter<'_, 'a> {
    /// Begins the field of that key; its value has to follow.
    pub(crate) fn key(&mut self, key: u8) -> Result<&mut Encoding<'a>, EncodeError> {
        self.count += 1;
        self.encoding.bytes.u8(key)?;
        Ok(self.encoding)
    }

    /// A field that is left out when it is the time of the record.
    fn time(&mut self, key: u8, time: Timestamp) -> Done {
        if time == self.encoding.time { Ok(()) } else { self.key(key)?.time(time) }
    }

    /// A field that is left out when there is none.
    pub(crate) fn name(&mut self, key: u8, name: Option<&Name>) -> Done {
        name.map_or(Ok(()), |name| self.key(key)?.name(name))
    }

    /// A field that is left out when it is 0.
    pub(crate) fn count(&mut self, key: u8, count: u64) -> Done {
        if count == 0 { Ok(()) } else { self.key(key)?.number(count) }
    }

    /// A field that is left out when it is empty.
    pub(crate) fn list<T>(
        &mut self,
        key: u8,
        items: &[T],
        mut each: impl FnMut(&mut Encoding<'a>, &T) -> Done,
    ) -> Done {
        if items.is_empty() {
            return Ok(());
        }
        let encoding = self.key(key)?;
        encoding.bytes.array(items.len() as u64)?;
        items.iter().try_for_each(|item| each(encoding, item))
    }
}

fn event_kind_number(kind: EventKind) -> u64 {
    match kind {
        EventKind::Create => 0,
        EventKind::Receive => 1,
        EventKind::Fetch => 2,
        EventKind::Send => 3,
        EventKind::Fork => 4,
        EventKind::Join => 5,
        EventKind::Clone => 6,
        EventKind::Route => 7,
        EventKind::AttributesModified => 8,
        EventKind::ContentModified => 9,
        EventKind::Drop => 10,
        EventKind::Expire => 11,
        EventKind::Replay => 12,
        EventKind::RolledBack => 13,
        EventKind::HoldLost => 14,
        EventKind::AddInfo => 15,
    }
}
