//! Finds out why flowfiles wait although nothing is under way: a processor that is switched off, or queues that are full
//! in a ring, each waiting for the next.

use super::{queue::Queue, report::Stuck, shared::Shared};
use crate::flow::{ConnectionIndex, ProcessorIndex};

pub(super) fn find(shared: &Shared, queues: &[Queue]) -> Vec<Stuck> {
    let waiting = queues
        .iter()
        .enumerate()
        .map(|(index, queue)| (ConnectionIndex(index), queue.iter().count()));
    let waiting = waiting.filter(|(_, count)| *count > 0);
    let stuck = waiting.filter_map(|(connection, flowfiles)| {
        let why = reason(shared, connection)?;
        Some(Stuck { connection: shared.flow.connection(connection).name.clone(), flowfiles, why })
    });
    stuck.collect()
}

/// Why nothing takes from a connection. A disabled processor is the author's wish, and no fault.
fn reason(shared: &Shared, connection: ConnectionIndex) -> Option<String> {
    let processor = shared.flow.processor(shared.flow.connection(connection).to);
    if !processor.enabled {
        return None;
    }
    match ring(shared, shared.flow.connection(connection).to) {
        Some(ring) => Some(format!(
            "its queues are full in a ring: {ring}; raise back_pressure on one of them"
        )),
        None => {
            Some(format!("`{}` takes nothing from it; this is a bug of the engine", processor.id))
        }
    }
}

/// The ring of full connections that begins and ends at a processor, as `a -> b -> a`.
fn ring(shared: &Shared, start: ProcessorIndex) -> Option<String> {
    let mut path = vec![start];
    let mut at = start;
    for _ in 0..shared.flow.processors.len() {
        at = shared.full_target(at)?;
        path.push(at);
        if at == start {
            let names = path.iter().map(|index| shared.flow.processor(*index).id.to_string());
            return Some(names.collect::<Vec<_>>().join(" -> "));
        }
    }
    None
}
