//! The way that a flowfile took, read out of the commit records: its own hops, after those of what it was made from.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use processors_api::{EventKind, FlowFileId, FlowFileRecord};

use super::data::Looked;
use crate::repository::{
    FlowRepository,
    record::{CommitRecord, Hop},
};

/// Generations that are looked back.
const GENERATIONS_MAX: usize = 50;

#[derive(Default)]
struct History {
    hops: Vec<Hop>,
    parents: Vec<FlowFileId>,
}

/// The way of a flowfile on one line: `read 02:10:01 -> call 02:10:07 (GET https://..., 403 Forbidden)`.
pub(super) fn of(flow: &Looked, record: &FlowFileRecord) -> anyhow::Result<String> {
    let mut histories: HashMap<FlowFileId, History> = HashMap::new();
    for commit in FlowRepository::read_records(&flow.options)? {
        note(&mut histories, commit?.1);
    }
    let mut generations = vec![record.id];
    while let Some(parent) = generations.last().and_then(|id| histories.get(id)?.parents.first()) {
        if generations.len() == GENERATIONS_MAX || generations.contains(parent) {
            break;
        }
        generations.push(*parent);
    }
    let hops = generations
        .iter()
        .rev()
        .filter_map(|id| histories.get(id))
        .flat_map(|history| &history.hops);
    Ok(hops.map(shown).collect::<Vec<_>>().join(" -> "))
}

fn note(histories: &mut HashMap<FlowFileId, History>, commit: CommitRecord) {
    for change in commit.flowfiles {
        let history = histories.entry(change.id).or_default();
        history.hops.extend(change.trail);
        history.parents.extend(change.birth.into_iter().flat_map(|birth| birth.parents));
    }
}

fn shown(hop: &Hop) -> String {
    let time = hop.time.to_zoned(TimeZone::system()).strftime("%H:%M:%S");
    let tells = |kind: EventKind| {
        matches!(
            kind,
            EventKind::Send
                | EventKind::Fetch
                | EventKind::Receive
                | EventKind::RolledBack
                | EventKind::HoldLost
        )
    };
    let told = hop
        .events
        .iter()
        .filter(|event| tells(event.kind))
        .filter_map(|event| event.details.as_ref());
    let told: Vec<&str> = told.map(|details| details.masked()).collect();
    let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) };
    format!("{} {time}{told}", hop.processor)
}
