//! Finds out why flowfiles wait although nothing is under way: a processor that is switched off, or queues that are full
//! in a ring, each waiting for the next, or one that merges and waits for more.

use super::{report::Stuck, shared::Shared};
use crate::flow::{ConnectionIndex, ProcessorIndex};

/// Why flowfiles wait; `what` says what a processor that merges waits for.
pub(super) fn find<'w>(
    shared: &Shared,
    waiting: &[(ConnectionIndex, usize)],
    what: impl Fn(ProcessorIndex) -> Option<&'w str>,
) -> Vec<Stuck> {
    let waiting = waiting.iter().copied().filter(|(_, count)| *count > 0);
    let stuck = waiting.filter_map(|(connection, flowfiles)| {
        let connection = shared.flow.connection(connection);
        let why = reason(shared, connection.to, &what)?;
        Some(Stuck { connection: connection.name.clone(), flowfiles, why })
    });
    stuck.collect()
}

/// Why nothing goes into a processor. A disabled processor is the author's wish, and no fault.
fn reason<'w>(
    shared: &Shared,
    index: ProcessorIndex,
    what: impl Fn(ProcessorIndex) -> Option<&'w str>,
) -> Option<String> {
    let processor = shared.flow.processor(index);
    if !processor.enabled {
        return None;
    }
    let path = full(shared, index);
    let last = path.last().copied().unwrap_or(index);
    let id = |index: ProcessorIndex| shared.flow.processor(index).id.to_string();
    let what = what(last).filter(|what| !what.is_empty());
    Some(match what {
        _ if last == index && !path.is_empty() => {
            let ring: Vec<String> = [index].into_iter().chain(path).map(id).collect();
            let ring = ring.join(" -> ");
            format!("its queues are full in a ring: {ring}; raise back_pressure on one of them")
        }
        Some(what) if path.is_empty() => format!("`{}` waits for {what}", processor.id),
        Some(what) => {
            let last = id(last);
            format!(
                "`{}` waits for room in the queue of `{last}`, which waits for {what}; raise back_pressure there",
                processor.id
            )
        }
        None if !shared.flow.processor(last).enabled => format!(
            "`{}` waits for room in the queue of `{}`, which is not enabled",
            processor.id,
            id(last)
        ),
        None => format!("`{}` takes nothing from it; this is a bug of the engine", processor.id),
    })
}

/// The processors behind full queues, one behind the other, until there is one that has room or that is `start` again.
fn full(shared: &Shared, start: ProcessorIndex) -> Vec<ProcessorIndex> {
    let mut path: Vec<ProcessorIndex> = Vec::new();
    while let Some(next) = shared.full_target(path.last().copied().unwrap_or(start)) {
        if path.contains(&next) {
            break;
        }
        path.push(next);
        if next == start {
            break;
        }
    }
    path
}
