use std::sync::Arc;

use jiff::Timestamp;
use processors_api::{AttributeChanges, ContentBody};
use proptest::prelude::*;

use super::{
    super::{
        record::*,
        seal::{KeyLookup, Keyring},
    },
    *,
};
use processors_api::{ClaimId, ContentClaim, FlowFileId, RunId, Text};

fn keyring() -> Keyring {
    static HOME: std::sync::LazyLock<tempfile::TempDir> =
        std::sync::LazyLock::new(|| tempfile::tempdir().unwrap());
    Keyring::new(KeyLookup { home: Some(HOME.path().to_owned()), ..KeyLookup::default() })
}

fn encode(record: &CommitRecord, names: &mut Dictionary) -> Vec<u8> {
    let keyring = keyring();
    let mut encoding = Encoding::new(names, "flow", &keyring);
    encoding.record(record).unwrap();
    encoding.finish().unwrap().payload
}

fn decode(payload: &[u8], names: &mut Dictionary, opener: &Opener) -> Result<Decoded, DecodeError> {
    Decoding::new(payload, names, "flow", opener, &Unowned)?.only_record()
}

fn opener() -> Opener {
    Opener::Key(keyring().find_or_make().unwrap().key)
}

/// Everything of a record, secrets included.
fn shown(record: &CommitRecord) -> String {
    let mut text = format!("{record:?}");
    let claims = record.flowfiles.iter().flat_map(|change| {
        let born = change.birth.iter().map(|birth| &birth.content);
        born.chain(change.trail.iter().filter_map(|hop| hop.content.as_ref()))
    });
    for claim in claims {
        match claim.body() {
            ContentBody::Inline(bytes) => text += &format!(" {bytes:?}"),
            ContentBody::Stored(stored) => {
                text += &format!(" {:?} {} {:?}", stored.id, stored.length, stored.digest);
            }
        }
    }
    for change in &record.flowfiles {
        let set = change.trail.iter().flat_map(|hop| &hop.changes.set);
        let born = change.birth.iter().flat_map(|birth| birth.attributes.iter());
        for value in set.map(|(_, value)| value).chain(born.map(|(_, value)| value)) {
            text += value.reveal();
        }
    }
    text
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => (-5_000_000_000_i64..5_000_000_000).prop_map(|nanos| Timestamp::from_nanosecond(1_790_000_000_000_000_000 + i128::from(nanos)).unwrap()),
        1 => Just(Timestamp::MIN),
        1 => Just(Timestamp::MAX),
        1 => Just(Timestamp::UNIX_EPOCH),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![4 => "[a-c]", 1 => "\\PC{0,40}"].prop_map(|name| Name::from(name.as_str()))
}

fn text() -> impl Strategy<Value = Text> {
    ("\\PC{0,30}", any::<bool>()).prop_map(|(text, secret)| Text::new(text, secret))
}

fn id() -> impl Strategy<Value = FlowFileId> {
    any::<[u8; 16]>().prop_map(FlowFileId::from_bytes)
}

fn run_id() -> impl Strategy<Value = RunId> {
    any::<[u8; 16]>().prop_map(RunId::from_bytes)
}

fn claim() -> impl Strategy<Value = ContentClaim> {
    let inline = (prop::collection::vec(any::<u8>(), 0..50), any::<bool>())
        .prop_map(|(bytes, secret)| ContentClaim::inline(&bytes, secret));
    let stored = (any::<[u8; 16]>(), any::<u64>(), any::<[u8; 32]>(), any::<bool>()).prop_map(
        |(id, length, digest, secret)| {
            let content = StoredContent::new(ClaimId(id.to_vec().into()), length, digest, None);
            ContentClaim::stored(Arc::new(content), secret)
        },
    );
    prop_oneof![inline, stored]
}

fn hop() -> impl Strategy<Value = Hop> {
    let event = (0..15_u64, prop::option::of(text())).prop_map(|(kind, details)| Event {
        kind: super::decode::event_kind(kind).unwrap(),
        details,
    });
    let set = prop::collection::vec((name(), text()), 0..3);
    let changes = (set, prop::collection::vec(name(), 0..3))
        .prop_map(|(set, removed)| AttributeChanges { set, removed });
    (
        time(),
        name(),
        prop::option::of(name()),
        prop::collection::vec(event, 0..3),
        changes,
        prop::option::of(claim()),
    )
        .prop_map(|(time, processor, relationship, events, changes, content)| Hop {
            time,
            processor,
            relationship,
            events,
            changes,
            content,
        })
}

fn queued() -> impl Strategy<Value = Queued> {
    let begun = (name(), time()).prop_map(|(processor, time)| Begun { processor, time });
    (
        (name(), time(), prop::option::of(time()), any::<u32>(), any::<u32>()),
        (
            prop::option::of(begun),
            prop::option::of(name()),
            prop::option::of(any::<u64>()),
            prop::option::of(id()),
        ),
    )
        .prop_map(
            |(
                (connection, since, penalized_until, rollbacks, retries),
                (begun, hold, failed_number, replayed_as),
            )| Queued {
                connection,
                since,
                penalized_until,
                rollbacks,
                retries,
                begun,
                hold,
                failed_number,
                replayed_as,
            },
        )
}

fn flowfile() -> impl Strategy<Value = FlowFileChange> {
    let attributes = prop::collection::btree_map(name(), text(), 0..3);
    let birth = (prop::collection::vec(id(), 0..3), time(), time(), run_id(), attributes, claim())
        .prop_map(|(parents, entry_date, lineage_start, run, attributes, content)| Birth {
            parents,
            entry_date,
            lineage_start,
            run,
            attributes: attributes.into_iter().collect(),
            content,
        });
    let end = prop::option::of(queued()).prop_map(|queued| queued.map_or(End::Gone, End::Queued));
    (id(), prop::option::of(birth), prop::collection::vec(hop(), 0..3), end)
        .prop_map(|(id, birth, trail, end)| FlowFileChange { id, birth, trail, end })
}

fn run() -> impl Strategy<Value = RunChange> {
    let trigger = prop_oneof![Just(Trigger::Schedule), Just(Trigger::Hand), Just(Trigger::Replay)];
    let outcome = prop_oneof![
        Just(Outcome::Done),
        Just(Outcome::Failed),
        Just(Outcome::Deferred),
        Just(Outcome::Empty)
    ];
    prop_oneof![
        (run_id(), trigger, prop::option::of(name()), prop::option::of(time()), any::<[u8; 32]>())
            .prop_map(|(id, trigger, source, due, flow_version)| RunChange::Started {
                id,
                trigger,
                source,
                due,
                flow_version
            }),
        (run_id(), outcome).prop_map(|(id, outcome)| RunChange::Ended { id, outcome }),
    ]
}

fn outside() -> impl Strategy<Value = (HoldChange, AfterCommitChange)> {
    let hold = (name(), name(), time(), name(), run_id(), any::<bool>()).prop_map(
        |(file, version, since, connection, run, ended)| match ended {
            true => HoldChange::Ended { file },
            false => HoldChange::Taken(Hold { file, version, since, connection, run }),
        },
    );
    let after = (
        name(),
        any::<u64>(),
        any::<u64>(),
        any::<i128>(),
        prop::option::of(name()),
        any::<bool>(),
    )
        .prop_map(|(path, inode, size, modified_ns, move_to, done)| match done {
            true => AfterCommitChange::Done { path },
            false => {
                AfterCommitChange::Due(AfterCommit { path, inode, size, modified_ns, move_to })
            }
        });
    (hold, after)
}

prop_compose! {
    fn record()(
        time in time(),
        flowfiles in prop::collection::vec(flowfile(), 0..3),
        states in prop::collection::vec((name(), prop::collection::btree_map(name(), text(), 0..3)), 0..2),
        runs in prop::collection::vec(run(), 0..2),
        ticks in prop::collection::vec((name(), self::time()), 0..2),
        outside in prop::collection::vec(outside(), 0..2),
    ) -> CommitRecord {
        let (holds, after_commit) = outside.into_iter().unzip();
        CommitRecord {
            time, flowfiles, runs, holds, after_commit,
            states: states.into_iter().map(|(processor, values)| StateChange { processor, values }).collect(),
            ticks: ticks.into_iter().map(|(processor, due)| Tick { processor, due }).collect(),
        }
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(records in prop::collection::vec(record(), 1..4)) {
        let (mut written, mut read) = (Dictionary::default(), Dictionary::default());
        for record in records {
            let payload = encode(&record, &mut written);
            let decoded = decode(&payload, &mut read, &opener()).unwrap();
            prop_assert_eq!(shown(&decoded.record), shown(&record));
            prop_assert_eq!(decoded.unreadable, Unreadable::default());
        }
    }

    #[test]
    fn without_the_key_only_what_it_sealed_is_missing(record in record()) {
        let payload = encode(&record, &mut Dictionary::default());
        let decoded = decode(&payload, &mut Dictionary::default(), &Opener::Lost).unwrap();
        let secret = |change: &FlowFileChange| {
            let claims = change.birth.iter().map(|birth| &birth.content);
            let attributes = change.birth.iter().flat_map(|birth| birth.attributes.iter());
            claims.chain(change.trail.iter().filter_map(|hop| hop.content.as_ref())).any(|claim| claim.is_sensitive())
                || attributes.map(|(_, text)| text).chain(change.trail.iter().flat_map(|hop| &hop.changes.set).map(|(_, text)| text)).any(Text::is_sensitive)
        };
        let ids: Vec<FlowFileId> = record.flowfiles.iter().filter(|change| secret(change)).map(|change| change.id).collect();
        let mut unreadable = decoded.unreadable.flowfiles;
        unreadable.dedup();
        prop_assert_eq!(unreadable, ids);
    }

    #[test]
    fn hostile_bytes_are_an_error_or_a_record(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(decode(&bytes, &mut Dictionary::default(), &opener()));
    }

    #[test]
    fn a_changed_payload_never_panics(record in record(), at in any::<prop::sample::Index>(), to: u8) {
        let mut payload = encode(&record, &mut Dictionary::default());
        let at = at.index(payload.len());
        payload[at] = to;
        drop(decode(&payload, &mut Dictionary::default(), &opener()));
        payload.truncate(at);
        drop(decode(&payload, &mut Dictionary::default(), &opener()));
    }
}

#[test]
fn a_plain_move_takes_some_forty_bytes() {
    let time = Timestamp::from_nanosecond(1_790_000_000_123_456_789).unwrap();
    let hop = Hop {
        time,
        processor: "route".into(),
        relationship: Some("success".into()),
        events: vec![],
        changes: AttributeChanges::default(),
        content: None,
    };
    let queued = Queued {
        connection: "next".into(),
        since: time,
        penalized_until: None,
        rollbacks: 0,
        retries: 0,
        begun: None,
        hold: None,
        failed_number: None,
        replayed_as: None,
    };
    let change = |number: u8| FlowFileChange {
        id: FlowFileId::from_bytes([number; 16]),
        birth: None,
        trail: vec![hop.clone()],
        end: End::Queued(queued.clone()),
    };
    let record = |flowfiles| CommitRecord { time, flowfiles, ..CommitRecord::default() };
    let mut names = Dictionary::default();
    let first = encode(&record(vec![change(1)]), &mut names).len();
    let second = encode(&record(vec![change(2)]), &mut names).len();
    let three = encode(&record(vec![change(3), change(4), change(5)]), &mut names).len();
    assert_eq!((first, second, three), (63, 43, 103), "with names, without, three at once");
}

#[test]
fn claimed_lengths_are_not_believed() {
    // A record whose list of flowfiles claims 2^60 of them.
    let payload = [&[0xa1, 0x01, 0x9b][..], &(1_u64 << 60).to_be_bytes()].concat();
    assert!(decode(&payload, &mut Dictionary::default(), &Opener::Unnamed).is_err());
    // An array of names that claims as many.
    let payload = [&[0x9b][..], &(1_u64 << 60).to_be_bytes()].concat();
    assert!(decode(&payload, &mut Dictionary::default(), &Opener::Unnamed).is_err());
}

#[test]
fn what_is_unknown_or_too_much_is_named() {
    let check = |payload: &[u8], expected: &str| {
        let error = decode(payload, &mut Dictionary::default(), &Opener::Unnamed).err().unwrap();
        assert_eq!(error.to_string(), expected);
    };
    check(&[0xa1, 0x17, 0x00], "a record has the unknown key 23");
    check(&[0xa0, 0x00], "1 bytes follow the record");
    check(&[0xa1, 0x04, 0x81, 0xa1, 0x00, 0x05], "a name has the number 5, but only 0 are known");
    check(&[0xa1, 0x04, 0x81, 0xa0], "a tick lacks its processor");
}
