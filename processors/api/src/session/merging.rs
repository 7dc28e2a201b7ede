//! What a session offers a processor that works on many flowfiles together: to look at flowfiles and give them back, to
//! take them again later, and to say what it waits for. Not when it is triggered: that is the engine's.
//!
//! A trigger brings only flowfiles that are new. Those given back stay where they are, in their queues, and cost nothing
//! until they are asked for by their ids; so the work of a trigger depends on what came, not on what waits.

use std::any::Any;

use jiff::Timestamp;

use super::{Session, SessionInput};
use crate::{Event, EventKind, FlowFile, FlowFileId, GivenBack, core_attributes};

/// How long a processor that merges wants to be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Not longer than until then, whether or not more comes.
    pub until: Option<Timestamp>,
    /// What it waits for, in words for the user.
    pub what: String,
}

#[derive(Default)]
pub(super) struct Merging {
    given_back: GivenBack,
    /// It is triggered with all that waits before it, not with flowfiles on their way through.
    pooled: bool,
    quiet: bool,
}

impl Session {
    /// Says that this is a trigger of a processor that merges, with what it gave back at earlier ones.
    pub fn merging(mut self, given_back: GivenBack) -> Self {
        self.merging = Merging { given_back, pooled: true, quiet: self.input.is_empty() };
        self
    }

    /// Whether no flowfile came since the last trigger.
    pub fn is_quiet(&self) -> bool {
        self.merging.quiet
    }

    /// Whether the flowfiles of this session go with no others: the one that holds a file outside travels alone.
    pub fn is_alone(&self) -> bool {
        !self.merging.pooled
    }

    /// Puts a flowfile back that was taken: it stays in its queue as it was, whatever was done to it here. It comes again
    /// by [`Session::get_again`], not by [`Session::get`].
    pub fn give_back(&mut self, flowfile: FlowFile) {
        self.events.remove(&flowfile.id());
        match self.taken.remove(&flowfile.id()) {
            Some(input) => self.merging.given_back.put(input),
            None => drop(self.made.remove(&flowfile.id())),
        }
    }

    /// Takes a flowfile that was given back, at this trigger or an earlier one; none when it is there no more.
    pub fn get_again(&mut self, id: FlowFileId) -> Option<FlowFile> {
        let input = self.merging.given_back.take(id)?;
        Some(self.take(input))
    }

    /// When a flowfile came into the queue that it was taken from.
    pub fn queued_since(&self, flowfile: &FlowFile) -> Option<Timestamp> {
        self.taken.get(&flowfile.id()).map(|input| input.since)
    }

    /// Keeps something in mind until the next trigger. Only a note about flowfiles that were given back: it is gone as
    /// soon as one of them left its queue without the processor, and they all come anew.
    pub fn remember<T: Any + Send + Sync>(&mut self, note: T) {
        self.merging.given_back.note = Some(Box::new(note));
    }

    /// What was kept in mind at the last trigger.
    pub fn recall<T: Any + Send + Sync>(&mut self) -> Option<T> {
        let note = self.merging.given_back.note.take()?;
        note.downcast().ok().map(|note| *note)
    }

    /// Says that the processor need not be triggered until a flowfile comes or, if given, until then; and what it waits
    /// for, for a person who wonders.
    pub fn wait_for_more(&mut self, until: Option<Timestamp>, what: impl Into<String>) {
        self.outcome.wait = Some(Wait { until, what: what.into() });
    }

    /// Makes a flowfile from several. It inherits the attributes that all of them have alike, but those that name just
    /// the one, and no content. It belongs to the youngest of their runs, and its lineage begins with the oldest.
    pub fn merge(&mut self, parents: &[FlowFile]) -> FlowFile {
        let mut attributes =
            parents.first().map(|first| first.attributes().clone()).unwrap_or_default();
        let is_common = |name: &str, value: &_| {
            parents.iter().all(|parent| parent.attributes().get(name) == Some(value))
        };
        let mut own: Vec<_> = attributes
            .iter()
            .filter(|(name, value)| !is_common(name, value))
            .map(|(name, _)| name.clone())
            .collect();
        own.extend(
            [
                core_attributes::FILENAME,
                core_attributes::ALTERNATE_IDENTIFIER,
                core_attributes::DISCARD_REASON,
            ]
            .map(Into::into),
        );
        for name in own {
            attributes.remove(&name);
        }
        let lineage = parents.iter().map(FlowFile::lineage_start).min();
        let lineage = lineage.unwrap_or_else(|| self.context.clock.now());
        // Ids are ordered by time.
        let run = parents.iter().map(FlowFile::run).max().unwrap_or(self.run);
        let ids = parents.iter().map(FlowFile::id).collect();
        let merged = self.born(attributes, lineage, run, ids);
        let joined = Event { kind: EventKind::Join, details: None };
        self.events.entry(merged.id()).or_default().push(joined);
        merged
    }

    /// What the processor gave back, for the next trigger; to be asked for before the session ends.
    pub fn take_given_back(&mut self) -> GivenBack {
        std::mem::take(&mut self.merging.given_back)
    }

    pub(super) fn take(&mut self, input: SessionInput) -> FlowFile {
        let flowfile = FlowFile { record: input.record.clone(), penalty: None };
        self.order.push(input.record.id);
        self.taken.insert(input.record.id, input);
        flowfile
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, sync::Arc};

    use super::*;
    use crate::{
        Attributes, ContentClaim, FlowFileRecord, ProcessorContext, Relationship, RunId, State,
    };

    const OUT: Relationship = Relationship::main("out", "All.");

    fn session(numbers: &[u8]) -> Session {
        let now = Timestamp::UNIX_EPOCH;
        let input = |number: &u8| {
            let mut attributes = Attributes::default();
            attributes.set("number", number.to_string().into());
            attributes.set("kind", "a".into());
            let record = FlowFileRecord {
                id: FlowFileId::from_bytes([*number; 16]),
                attributes,
                content: ContentClaim::empty(),
                entry_date: now,
                lineage_start: Timestamp::from_second(i64::from(*number)).unwrap(),
                run: RunId::from_bytes([*number; 16]),
            };
            SessionInput { record, held: None, since: now }
        };
        let context = Arc::new(ProcessorContext::fixed("test", now));
        let input: VecDeque<SessionInput> = numbers.iter().map(input).collect();
        Session::new(context, RunId::from_bytes([9; 16]), input, Arc::new(State::new()))
    }

    #[test]
    fn what_was_given_back_comes_again_only_when_asked_for_and_as_it_was() {
        let mut session = session(&[1, 2]).merging(GivenBack::default());
        let mut first = session.get().unwrap();
        let id = first.id();
        first.put_attribute("number", "changed");
        session.give_back(first);
        let second = session.get().unwrap();
        assert!(session.get().is_none());
        session.transfer(second, &OUT);
        session.remember(id);
        let given_back = session.take_given_back();
        assert_eq!((given_back.len(), session.finish().unwrap().transfers.len()), (1, 1));

        let mut session = self::session(&[]).merging(given_back);
        assert!(session.is_quiet() && session.get().is_none());
        assert_eq!(session.recall::<FlowFileId>(), Some(id));
        let again = session.get_again(id).unwrap();
        assert_eq!(again.attribute("number").unwrap().reveal(), "1");
        assert!(session.get_again(id).is_none(), "it is in hand");
        assert_eq!(session.roll_back().len(), 1);
    }

    #[test]
    fn one_that_is_alone_and_given_back_was_not_taken() {
        let mut session = session(&[1, 2, 3]);
        let (first, second) = (session.get().unwrap(), session.get().unwrap());
        session.give_back(first);
        session.transfer(second, &OUT);
        let left = session.take_untaken();
        let left: Vec<u8> = left.iter().map(|input| input.record.id.as_bytes()[0]).collect();
        assert_eq!((session.is_alone(), left), (true, vec![1, 3]));
    }

    #[test]
    fn what_is_made_of_several_has_what_they_have_alike() {
        let mut session = session(&[2, 3, 1]).merging(GivenBack::default());
        let parents = session.get_batch(3);
        let merged = session.merge(&parents);
        assert_eq!(merged.attribute("kind").unwrap().reveal(), "a");
        assert!(merged.attribute("number").is_none());
        assert_eq!(merged.lineage_start(), Timestamp::from_second(1).unwrap());
        assert_eq!(merged.run(), RunId::from_bytes([3; 16]), "the youngest");
        session.transfer(merged, &OUT);
        parents.into_iter().for_each(|parent| session.remove(parent));
        let outcome = session.finish().unwrap();
        let merged = &outcome.transfers[0];
        assert_eq!(merged.made_from.as_ref().map(Vec::len), Some(3));
        assert_eq!(merged.events[0].kind, EventKind::Join);
    }
}
