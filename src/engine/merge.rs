//! One trigger of a processor that merges. It sees what came before it from everywhere, and what it does not use stays
//! where it is, without a word in the journal. A chain ends before such a processor, and after it.

use std::collections::{HashSet, VecDeque};

use processors_api::{FlowFileId, RunId, Session, SessionInput, SessionOutcome, Wait};

use super::{
    chain::{Chain, Leg, SessionFailure, Step, outcome_of},
    loan::{Lent, Loan},
    transaction::Working,
    trigger::trigger,
};
use crate::flow::ProcessorIndex;

/// What a trigger of a processor that merges left behind.
pub(super) struct Merged {
    pub(super) processor: ProcessorIndex,
    pub(super) loan: Loan,
    /// Not on loan any more, but still in their queues.
    pub(super) returned: Vec<Lent>,
    /// No longer in their queues.
    pub(super) gone: Vec<Lent>,
    /// It wants to be triggered again at once.
    pub(super) again: bool,
    pub(super) wait: Option<Wait>,
}

impl Chain {
    /// Triggers a processor that merges; `new` are those on loan that it has not seen yet.
    pub(super) async fn merge(
        &mut self,
        step: &Step,
        mut loan: Loan,
        new: Vec<FlowFileId>,
    ) -> Vec<Leg> {
        let shared = self.shared.clone();
        let (processor, node) = shared.node(step.processor);
        let first = new.first().and_then(|id| loan.get(*id)).or_else(|| loan.any());
        let run = first.map(|lent| lent.waiting.record.run);
        let run = run.unwrap_or_else(|| RunId::from(shared.new_id()));
        let input: VecDeque<SessionInput> = new
            .iter()
            .filter_map(|id| loan.get(*id))
            .map(|lent| SessionInput {
                record: lent.waiting.record.clone(),
                held: None,
                since: lent.waiting.queued.since,
            })
            .collect();
        let given_back = std::mem::take(&mut loan.given_back);
        let session = Session::new(node.context.clone(), run, input, node.state());
        node.counters.start();
        let (mut session, ended) =
            trigger(&processor.processor, processor.kind.blocking, session.merging(given_back))
                .await;
        node.counters.stop();
        let untaken = session.as_mut().map(Session::take_untaken).unwrap_or_default();
        let untaken: Vec<FlowFileId> = untaken.iter().map(|input| input.record.id).collect();
        loan.given_back = session.as_mut().map(Session::take_given_back).unwrap_or_default();
        let mut merged = Merged {
            processor: step.processor,
            loan,
            returned: Vec::new(),
            gone: Vec::new(),
            again: false,
            wait: None,
        };
        let mut legs = Vec::new();
        match outcome_of(session, ended) {
            Ok(outcome) => {
                let made_way = !outcome.consumed.is_empty() || untaken.len() < new.len();
                if !made_way && (outcome.has_more || !untaken.is_empty()) {
                    self.rest(step.processor, processor.yield_time);
                }
                merged.returned = merged.loan.take(untaken);
                self.take_over(step, &mut merged, outcome, &mut legs).await;
            }
            Err((failure, taken)) => {
                let taken = taken.into_iter().map(|input| input.record.id).collect();
                self.give_up(step, &mut merged, [taken, untaken], &failure);
            }
        }
        self.end.merged = Some(merged);
        legs
    }

    async fn take_over(
        &mut self,
        step: &Step,
        merged: &mut Merged,
        mut outcome: SessionOutcome,
        legs: &mut Vec<Leg>,
    ) {
        (merged.again, merged.wait) = (outcome.has_more, outcome.wait.take());
        let consumed = outcome.consumed.iter().map(|input| input.record.id);
        merged.gone = merged.loan.take(consumed);
        self.shared.nodes[step.processor.0].counters.take(merged.gone.len());
        let taken = merged.gone.iter().map(taken_home).collect();
        self.absorb(step, taken, outcome, legs).await;
    }

    /// Rolls back what a failed session had in its hands; if that is nothing, what it could have taken: none may come
    /// back for ever. All others come anew, because nobody knows what the processor still remembers of them.
    fn give_up(
        &mut self,
        step: &Step,
        merged: &mut Merged,
        blamed: [Vec<FlowFileId>; 2],
        failure: &SessionFailure,
    ) {
        merged.returned = merged.loan.end();
        let blamed: HashSet<FlowFileId> = blamed
            .into_iter()
            .find(|ids| !ids.is_empty())
            .unwrap_or_default()
            .into_iter()
            .collect();
        let is_blamed =
            |lent: &mut Lent| blamed.is_empty() || blamed.contains(&lent.waiting.record.id);
        merged.gone = merged.returned.extract_if(.., is_blamed).collect();
        merged.gone.sort_unstable_by(|one, other| {
            (one.connection, &one.place).cmp(&(other.connection, &other.place))
        });
        let taken = merged.gone.iter().map(taken_home).collect();
        self.roll_back(step, taken, failure);
    }
}

/// A flowfile out of its queue, which it may go back to.
fn taken_home(lent: &Lent) -> Working {
    let mut working = Working::known(lent.waiting.clone());
    working.home = Some(lent.connection);
    working
}
