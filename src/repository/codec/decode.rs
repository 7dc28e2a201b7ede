//! From bytes to a record. The bytes may be hostile: whatever they are, the answer is a record or an error, in memory
//! that is a small multiple of their length.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use minicbor::{Decoder, data::Type};
use processors_api::{
    AttributeChanges, Attributes, ClaimId, ContentClaim, FlowFileId, RunId, Text,
};

use super::{
    super::record::*, super::seal::*, DecodeError, Decoded, Dictionary, Opener, Resolve, Unreadable,
};

/// One payload on its way out of bytes.
pub(crate) struct Decoding<'a> {
    bytes: Decoder<'a>,
    names: &'a Dictionary,
    flow: &'a str,
    opener: &'a Opener,
    claims: &'a dyn Resolve,
    unreadable: Unreadable,
    time: Timestamp,
}

/// The name of a structure, for errors.
pub(crate) type Fields = &'static str;

type Read<T> = Result<T, DecodeError>;

impl<'a> Decoding<'a> {
    /// Begins a payload: takes the names that it defines into the dictionary.
    pub(crate) fn new(
        payload: &'a [u8],
        names: &'a mut Dictionary,
        flow: &'a str,
        opener: &'a Opener,
        claims: &'a dyn Resolve,
    ) -> Read<Self> {
        let mut bytes = Decoder::new(payload);
        if matches!(bytes.datatype()?, Type::Array) {
            for _ in 0..definite(bytes.array()?, "payload")? {
                names.define(bytes.str()?);
            }
        }
        let unreadable = Unreadable::default();
        let time = Timestamp::UNIX_EPOCH;
        Ok(Self { bytes, names, flow, opener, claims, unreadable, time })
    }

    /// Ends the payload.
    pub(crate) fn finish(self) -> Read<Unreadable> {
        match self.bytes.input().len() - self.bytes.position() {
            0 => Ok(self.unreadable),
            count => Err(DecodeError::Trailing { count }),
        }
    }

    /// The payload as a record.
    pub(crate) fn only_record(mut self) -> Read<Decoded> {
        let record = self.record()?;
        Ok(Decoded { record, unreadable: self.finish()? })
    }

    pub(crate) fn record(&mut self) -> Read<CommitRecord> {
        let mut record = CommitRecord::default();
        self.map("record", |this, key| {
            match key {
                0 => record.time = this.absolute()?,
                1 => record.flowfiles = this.list(Self::flowfile)?,
                2 => record.states = this.list(Self::state)?,
                3 => record.runs = this.list(Self::run)?,
                4 => record.ticks = this.list(Self::tick)?,
                5 => record.holds = this.list(Self::hold)?,
                6 => record.after_commit = this.list(Self::after_commit)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(record)
    }

    fn flowfile(&mut self) -> Read<FlowFileChange> {
        let (mut id, mut birth, mut trail, mut end) = (None, None, Vec::new(), End::Gone);
        self.map("flowfile", |this, key| {
            match key {
                0 => id = Some(FlowFileId::from_bytes(this.array_of()?)),
                // The id comes first: what follows is sealed to it.
                1 => birth = Some(this.birth(required(id, "flowfile", "id")?)?),
                2 => {
                    let id = required(id, "flowfile", "id")?;
                    trail = this.list(|this| this.hop(id))?;
                }
                3 => end = End::Queued(this.queued()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(FlowFileChange { id: required(id, "flowfile", "id")?, birth, trail, end })
    }

    fn birth(&mut self, id: FlowFileId) -> Read<Birth> {
        let (mut parents, mut run, mut content) = (Vec::new(), None, None);
        let (mut entry_date, mut lineage_start) = (self.time, self.time);
        let mut attributes = Attributes::default();
        self.map("birth", |this, key| {
            match key {
                0 => parents = this.list(|this| Ok(FlowFileId::from_bytes(this.array_of()?)))?,
                1 => entry_date = this.time()?,
                2 => lineage_start = this.time()?,
                3 => run = Some(RunId::from_bytes(this.array_of()?)),
                4 => attributes = this.attributes(id)?.into_iter().collect(),
                5 => content = Some(this.content(id)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let run = required(run, "birth", "run")?;
        let content = required(content, "birth", "content")?;
        Ok(Birth { parents, entry_date, lineage_start, run, attributes, content })
    }

    fn hop(&mut self, id: FlowFileId) -> Read<Hop> {
        let (mut time, mut processor, mut relationship) = (self.time, None, None);
        let (mut events, mut content) = (Vec::new(), None);
        let mut changes = AttributeChanges::default();
        self.map("hop", |this, key| {
            match key {
                0 => time = this.time()?,
                1 => processor = Some(this.name()?),
                2 => relationship = Some(this.name()?),
                3 => events = this.list(|this| this.event(id))?,
                4 => changes.set = this.attributes(id)?,
                5 => changes.removed = this.list(Self::name)?,
                6 => content = Some(this.content(id)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let processor = required(processor, "hop", "processor")?;
        Ok(Hop { time, processor, relationship, events, changes, content })
    }

    fn event(&mut self, id: FlowFileId) -> Read<Event> {
        let (mut kind, mut details) = (None, None);
        self.map("event", |this, key| {
            match key {
                0 => kind = Some(event_kind(this.number()?)?),
                // Details that cannot be read are no loss to the flowfile.
                1 => details = this.text(id.as_bytes(), Field::EventDetails)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(Event { kind: required(kind, "event", "kind")?, details })
    }

    fn queued(&mut self) -> Read<Queued> {
        let (mut connection, mut begun_by, mut begun_at) = (None, None, None);
        let mut queued = Queued {
            connection: Arc::default(),
            since: self.time,
            penalized_until: None,
            rollbacks: 0,
            retries: 0,
            begun: None,
            hold: None,
            failed_number: None,
            replayed_as: None,
        };
        self.map("queued", |this, key| {
            match key {
                0 => connection = Some(this.name()?),
                1 => queued.since = this.time()?,
                2 => queued.penalized_until = Some(this.time()?),
                3 => queued.rollbacks = this.bytes.u32()?,
                4 => queued.retries = this.bytes.u32()?,
                5 => begun_by = Some(this.name()?),
                6 => begun_at = Some(this.time()?),
                7 => queued.hold = Some(this.name()?),
                8 => queued.failed_number = Some(this.number()?),
                9 => queued.replayed_as = Some(FlowFileId::from_bytes(this.array_of()?)),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        queued.connection = required(connection, "queued", "connection")?;
        queued.begun = match (begun_by, begun_at) {
            (None, None) => None,
            (processor, time) => Some(Begun {
                processor: required(processor, "queued", "beginner")?,
                time: required(time, "queued", "begin")?,
            }),
        };
        Ok(queued)
    }

    fn attributes(&mut self, id: FlowFileId) -> Read<Vec<(Name, Text)>> {
        let mut attributes = Vec::new();
        for _ in 0..definite(self.bytes.map()?, "attributes")? {
            let name = self.name()?;
            let text = match self.text(id.as_bytes(), Field::Attribute(&name))? {
                Some(text) => text,
                None => {
                    self.unreadable.flowfiles.push(id);
                    Text::sensitive("")
                }
            };
            attributes.push((name, text));
        }
        Ok(attributes)
    }

    fn content(&mut self, id: FlowFileId) -> Read<ContentClaim> {
        let mut content = ContentClaim::empty();
        self.map("content", |this, key| {
            content = match key {
                0 => ContentClaim::inline(this.bytes.bytes()?, false),
                1 => ContentClaim::inline(&this.sealed_content(id)?, true),
                2 => this.stored(false)?,
                3 => {
                    if matches!(this.opener, Opener::Lost) {
                        this.unreadable.flowfiles.push(id);
                    }
                    this.stored(true)?
                }
                _ => return Ok(false),
            };
            Ok(true)
        })?;
        Ok(content)
    }

    fn sealed_content(&mut self, id: FlowFileId) -> Read<Vec<u8>> {
        let sealed = self.bytes.bytes()?;
        let plain = self.open(id.as_bytes(), Field::Content, sealed)?;
        Ok(plain.unwrap_or_else(|| {
            self.unreadable.flowfiles.push(id);
            Vec::new()
        }))
    }

    fn stored(&mut self, sensitive: bool) -> Read<ContentClaim> {
        if definite(self.bytes.array()?, "stored content")? != 3 {
            return Err(DecodeError::Range { structure: "stored content" });
        }
        let id = ClaimId(self.bytes.bytes()?.into());
        let length = self.number()?;
        let digest = self.array_of()?;
        Ok(ContentClaim::stored(self.claims.resolve(id, length, digest), sensitive))
    }

    fn state(&mut self) -> Read<StateChange> {
        let (mut processor, mut values) = (None, BTreeMap::new());
        self.map("state", |this, key| {
            match key {
                0 => processor = Some(this.name()?),
                1 => {
                    let processor = processor.clone();
                    values = this.state_values(&required(processor, "state", "processor")?)?;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(StateChange { processor: required(processor, "state", "processor")?, values })
    }

    fn state_values(&mut self, processor: &Name) -> Read<BTreeMap<Name, Text>> {
        let mut values = BTreeMap::new();
        for _ in 0..definite(self.bytes.map()?, "state")? {
            let name = self.name()?;
            match self.text(processor.as_bytes(), Field::State(&name))? {
                Some(text) => drop(values.insert(name, text)),
                None => self.unreadable.states.push(processor.clone()),
            }
        }
        Ok(values)
    }

    fn run(&mut self) -> Read<RunChange> {
        let (mut id, mut trigger, mut outcome) = (None, None, None);
        let (mut source, mut due, mut flow_version) = (None, None, None);
        self.map("run", |this, key| {
            match key {
                0 => id = Some(RunId::from_bytes(this.array_of()?)),
                1 => trigger = Some(this.trigger()?),
                2 => source = Some(this.name()?),
                3 => due = Some(this.time()?),
                4 => flow_version = Some(this.array_of()?),
                5 => outcome = Some(this.outcome()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let id = required(id, "run", "id")?;
        if let Some(outcome) = outcome {
            return Ok(RunChange::Ended { id, outcome });
        }
        let trigger = required(trigger, "run", "trigger")?;
        let flow_version = required(flow_version, "run", "flow version")?;
        Ok(RunChange::Started { id, trigger, source, due, flow_version })
    }

    fn tick(&mut self) -> Read<Tick> {
        let (mut processor, mut due) = (None, None);
        self.map("tick", |this, key| {
            match key {
                0 => processor = Some(this.name()?),
                1 => due = Some(this.time()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let processor = required(processor, "tick", "processor")?;
        Ok(Tick { processor, due: required(due, "tick", "time")? })
    }

    fn hold(&mut self) -> Read<HoldChange> {
        let (mut file, mut version, mut since) = (None, None, None);
        let (mut connection, mut run) = (None, None);
        self.map("hold", |this, key| {
            match key {
                0 => file = Some(this.name()?),
                1 => version = Some(this.name()?),
                2 => since = Some(this.time()?),
                3 => connection = Some(this.name()?),
                4 => run = Some(RunId::from_bytes(this.array_of()?)),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let file = required(file, "hold", "file")?;
        let Some(version) = version else { return Ok(HoldChange::Ended { file }) };
        Ok(HoldChange::Taken(Hold {
            file,
            version,
            since: required(since, "hold", "begin")?,
            connection: required(connection, "hold", "connection")?,
            run: required(run, "hold", "run")?,
        }))
    }

    fn after_commit(&mut self) -> Read<AfterCommitChange> {
        let (mut path, mut inode, mut size) = (None, None, None);
        let (mut modified_ns, mut move_to) = (None, None);
        self.map("after commit", |this, key| {
            match key {
                0 => path = Some(this.name()?),
                1 => inode = Some(this.number()?),
                2 => size = Some(this.number()?),
                3 => modified_ns = Some(this.wide()?),
                4 => move_to = Some(this.name()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let path = required(path, "after commit", "path")?;
        let Some(inode) = inode else { return Ok(AfterCommitChange::Done { path }) };
        Ok(AfterCommitChange::Due(AfterCommit {
            path,
            inode,
            size: required(size, "after commit", "size")?,
            modified_ns: required(modified_ns, "after commit", "time")?,
            move_to,
        }))
    }

    /// None when its key is lost.
    fn text(&mut self, owner: &[u8], field: Field<'_>) -> Read<Option<Text>> {
        if matches!(self.bytes.datatype()?, Type::String) {
            return Ok(Some(Text::plain(self.bytes.str()?)));
        }
        let sealed = self.bytes.bytes()?;
        let Some(plain) = self.open(owner, field, sealed)? else { return Ok(None) };
        let text = String::from_utf8(plain).map_err(|_| DecodeError::Broken)?;
        Ok(Some(Text::sensitive(text)))
    }

    fn open(&self, owner: &[u8], field: Field<'_>, sealed: &[u8]) -> Read<Option<Vec<u8>>> {
        match self.opener {
            Opener::Unnamed => Err(DecodeError::Unnamed),
            Opener::Lost => Ok(None),
            Opener::Key(key) => {
                let place = Place { flow: self.flow, owner, field };
                key.open(place, sealed).map(Some).map_err(|_| DecodeError::Broken)
            }
        }
    }

    /// Reads a map; `field` reads the value of a key and says whether it knows that key.
    pub(crate) fn map(
        &mut self,
        structure: Fields,
        mut field: impl FnMut(&mut Self, u64) -> Read<bool>,
    ) -> Read<()> {
        for _ in 0..definite(self.bytes.map()?, structure)? {
            let key = self.bytes.u64()?;
            if !field(self, key)? {
                return Err(DecodeError::UnknownKey { structure, key });
            }
        }
        Ok(())
    }

    /// Reads an array. Grows as it reads: what the array claims to hold is not believed.
    pub(crate) fn list<T>(&mut self, mut each: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut items = Vec::new();
        for _ in 0..definite(self.bytes.array()?, "list")? {
            items.push(each(self)?);
        }
        Ok(items)
    }

    /// A time that becomes what the following ones are relative to.
    pub(crate) fn absolute(&mut self) -> Read<Timestamp> {
        self.time = Timestamp::UNIX_EPOCH;
        self.time = self.time()?;
        Ok(self.time)
    }

    pub(crate) fn time(&mut self) -> Read<Timestamp> {
        let range = |_| DecodeError::Range { structure: "time" };
        if !matches!(self.bytes.datatype()?, Type::Array) {
            let difference = SignedDuration::from_nanos(self.bytes.i64()?);
            return self.time.checked_add(difference).map_err(range);
        }
        if definite(self.bytes.array()?, "time")? != 2 {
            return Err(DecodeError::Range { structure: "time" });
        }
        let (seconds, nanoseconds) = (self.bytes.i64()?, self.bytes.i32()?);
        Timestamp::new(seconds, nanoseconds).map_err(range)
    }

    pub(crate) fn name(&mut self) -> Read<Name> {
        let number = self.bytes.u32()?;
        let name = self.names.name(number).cloned();
        name.ok_or(DecodeError::UnknownName { number, known: self.names.len() })
    }

    pub(crate) fn number(&mut self) -> Read<u64> {
        Ok(self.bytes.u64()?)
    }

    pub(crate) fn blob(&mut self) -> Read<&'a [u8]> {
        Ok(self.bytes.bytes()?)
    }

    pub(crate) fn array_of<const N: usize>(&mut self) -> Read<[u8; N]> {
        self.blob()?.try_into().map_err(|_| DecodeError::Range { structure: "id or digest" })
    }

    pub(crate) fn trigger(&mut self) -> Read<Trigger> {
        match self.number()? {
            0 => Ok(Trigger::Schedule),
            1 => Ok(Trigger::Hand),
            2 => Ok(Trigger::Replay),
            _ => Err(DecodeError::Range { structure: "trigger" }),
        }
    }

    pub(crate) fn outcome(&mut self) -> Read<Outcome> {
        match self.number()? {
            0 => Ok(Outcome::Done),
            1 => Ok(Outcome::Failed),
            2 => Ok(Outcome::Deferred),
            3 => Ok(Outcome::Empty),
            _ => Err(DecodeError::Range { structure: "outcome" }),
        }
    }

    fn wide(&mut self) -> Read<i128> {
        if matches!(self.bytes.datatype()?, Type::Bytes) {
            return Ok(i128::from_be_bytes(self.array_of()?));
        }
        Ok(self.bytes.i64()?.into())
    }
}

/// The version writes definite lengths only.
fn definite(length: Option<u64>, structure: Fields) -> Read<u64> {
    length.ok_or(DecodeError::Range { structure })
}

pub(crate) fn required<T>(value: Option<T>, structure: Fields, field: Fields) -> Read<T> {
    value.ok_or(DecodeError::Missing { structure, field })
}

pub(super) fn event_kind(number: u64) -> Read<EventKind> {
    Ok(match number {
        0 => EventKind::Create,
        1 => EventKind::Receive,
        2 => EventKind::Fetch,
        3 => EventKind::Send,
        4 => EventKind::Fork,
        5 => EventKind::Join,
        6 => EventKind::Clone,
        7 => EventKind::Route,
        8 => EventKind::AttributesModified,
        9 => EventKind::ContentModified,
        10 => EventKind::Drop,
        11 => EventKind::Expire,
        12 => EventKind::Replay,
        13 => EventKind::RolledBack,
        14 => EventKind::HoldLost,
        15 => EventKind::AddInfo,
        _ => return Err(DecodeError::Range { structure: "event" }),
    })
}
