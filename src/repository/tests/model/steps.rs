//! What can happen, at random.

use proptest::prelude::*;

use super::super::super::storage::faulty::Fault;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Records handed in at once.
    Commit(Vec<Vec<Change>>),
    Snapshot,
    Tend,
    Sweep,
    /// Looks from outside, beside the engine.
    Look,
    Stop,
    Kill,
    PowerCut,
    /// The power goes in the middle of what follows.
    PowerCutAfter(u64),
    /// The power goes while the next start is under way.
    PowerCutAtStart(u64),
    Fail(Fault, u64),
    FillUp(u64),
}

/// One part of a record.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Birth {
        to: u8,
        content: Content,
        secret: bool,
    },
    Move {
        which: u8,
        to: u8,
    },
    /// Stays where it is, and keeps its place.
    Begin {
        which: u8,
    },
    Attribute {
        which: u8,
        name: u8,
        secret: bool,
    },
    Rewrite {
        which: u8,
        content: Content,
    },
    Fail {
        which: u8,
    },
    Gone {
        which: u8,
    },
    State {
        processor: u8,
        secret: bool,
        empty: bool,
    },
    Tick {
        processor: u8,
    },
    Hold {
        file: u8,
        end: bool,
    },
    After {
        path: u8,
        done: bool,
    },
    Run {
        end: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    pub(super) bytes: u32,
    pub(super) secret: bool,
}

fn content() -> impl Strategy<Value = Content> {
    let bytes = prop_oneof![6 => 0..200_u32, 2 => 3000..4097_u32, 2 => 4097..9000_u32, 1 => 60_000..70_000_u32];
    (bytes, any::<bool>()).prop_map(|(bytes, secret)| Content { bytes, secret })
}

fn change() -> impl Strategy<Value = Change> {
    let which = any::<u8>;
    prop_oneof![
        6 => (0..3_u8, content(), any::<bool>()).prop_map(|(to, content, secret)| Change::Birth { to, content, secret }),
        6 => (which(), 0..3_u8).prop_map(|(which, to)| Change::Move { which, to }),
        2 => which().prop_map(|which| Change::Begin { which }),
        3 => (which(), 0..4_u8, any::<bool>()).prop_map(|(which, name, secret)| Change::Attribute { which, name, secret }),
        3 => (which(), content()).prop_map(|(which, content)| Change::Rewrite { which, content }),
        1 => which().prop_map(|which| Change::Fail { which }),
        2 => which().prop_map(|which| Change::Gone { which }),
        1 => (0..2_u8, any::<bool>(), any::<bool>()).prop_map(|(processor, secret, empty)| Change::State { processor, secret, empty }),
        1 => (0..2_u8).prop_map(|processor| Change::Tick { processor }),
        1 => (0..2_u8, any::<bool>()).prop_map(|(file, end)| Change::Hold { file, end }),
        1 => (0..2_u8, any::<bool>()).prop_map(|(path, done)| Change::After { path, done }),
        1 => any::<bool>().prop_map(|end| Change::Run { end }),
    ]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let commit = prop::collection::vec(prop::collection::vec(change(), 1..6), 1..4);
    let fault = prop_oneof![Just(Fault::Write), Just(Fault::Sync), Just(Fault::Rename)];
    prop_oneof![
        30 => commit.prop_map(Step::Commit),
        2 => Just(Step::Snapshot),
        1 => Just(Step::Tend),
        2 => Just(Step::Sweep),
        1 => Just(Step::Look),
        2 => Just(Step::Stop),
        2 => Just(Step::Kill),
        3 => Just(Step::PowerCut),
        3 => (0..20_u64).prop_map(Step::PowerCutAfter),
        2 => (0..30_u64).prop_map(Step::PowerCutAtStart),
        2 => (fault, 0..8_u64).prop_map(|(fault, after)| Step::Fail(fault, after)),
        1 => (0..10_000_u64).prop_map(Step::FillUp),
    ]
}
