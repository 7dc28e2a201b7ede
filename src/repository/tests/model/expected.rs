//! What should be there, and the same of what is: too simple to be wrong.

use std::{collections::BTreeMap, fmt::Write as _};

use processors_api::{FlowFileId, Text};

use super::super::super::{FlowRepository, FlowState};

/// What should be there.
#[derive(Clone, Default)]
pub(super) struct Model {
    pub(super) queues: BTreeMap<String, Vec<Item>>,
    pub(super) states: BTreeMap<String, (String, bool)>,
    pub(super) ticks: BTreeMap<String, i64>,
    pub(super) holds: BTreeMap<String, i64>,
    pub(super) after: BTreeMap<String, u64>,
    pub(super) run: Option<u64>,
    pub(super) runs_ended: u64,
    pub(super) failed: u64,
}

#[derive(Clone)]
pub(super) struct Item {
    pub(super) id: FlowFileId,
    pub(super) attributes: BTreeMap<String, (String, bool)>,
    pub(super) content: ([u8; 32], bool),
    pub(super) begun: bool,
}

fn shown(queues: &BTreeMap<String, Vec<Item>>) -> String {
    let mut text = String::new();
    for (queue, items) in queues.iter().filter(|(_, items)| !items.is_empty()) {
        writeln!(text, "{queue}:").unwrap();
        for item in items {
            let Item { id, attributes, content: (digest, secret), begun } = item;
            let digest = u32::from_be_bytes(digest[..4].try_into().unwrap());
            writeln!(text, "  {id} {attributes:?} {digest:08x} {secret} {begun}").unwrap();
        }
    }
    text
}

impl Model {
    pub(super) fn render(&self) -> String {
        let Self { queues, states, ticks, holds, after, run, runs_ended, failed } = self;
        let queues = shown(queues);
        format!("{queues}{states:?} {ticks:?} {holds:?} {after:?} {run:?} {runs_ended} {failed}")
    }

    pub(super) fn pick(&self, which: u8) -> Option<(String, usize)> {
        let all: Vec<_> = self
            .queues
            .iter()
            .flat_map(|(queue, items)| (0..items.len()).map(move |index| (queue.clone(), index)))
            .collect();
        (!all.is_empty()).then(|| all[usize::from(which) % all.len()].clone())
    }
}

/// The same of what was found.
pub(super) fn found(state: &FlowState, repository: Option<&FlowRepository>) -> String {
    let text = |text: &Text| (text.reveal().to_owned(), text.is_sensitive());
    let mut queues: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for (queue, flowfiles) in state.queues() {
        for (flowfile, queued) in flowfiles {
            let claim = &flowfile.content;
            if let Some(repository) = repository {
                // Reading checks the digest.
                let mut reader = claim.open(&*repository.content()).unwrap();
                let length = std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
                assert_eq!(length, claim.length());
            }
            let attributes = flowfile.attributes.iter();
            queues.entry(queue.to_string()).or_default().push(Item {
                id: flowfile.id,
                attributes: attributes
                    .map(|(name, value)| (name.to_string(), text(value)))
                    .collect(),
                content: (claim.digest(), claim.is_sensitive()),
                begun: queued.begun.is_some(),
            });
        }
    }
    let model = Model {
        queues,
        states: state
            .states()
            .iter()
            .map(|(name, values)| (name.to_string(), text(&values["k"])))
            .collect(),
        ticks: state
            .ticks()
            .iter()
            .map(|(name, due)| (name.to_string(), due.as_second()))
            .collect(),
        holds: state
            .holds()
            .iter()
            .map(|(file, hold)| (file.to_string(), hold.since.as_second()))
            .collect(),
        after: state
            .after_commit()
            .iter()
            .map(|(path, due)| (path.to_string(), due.inode))
            .collect(),
        run: state
            .runs()
            .keys()
            .next()
            .map(|id| u64::from_be_bytes(id.as_bytes()[..8].try_into().unwrap())),
        runs_ended: state.ended_runs().len() as u64,
        failed: state.next_failed_number() - 1,
    };
    assert!(state.unreadable().is_empty());
    model.render()
}
