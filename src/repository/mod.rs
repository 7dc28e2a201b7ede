//! The flowfile repository: the journal of one flow's commit records, its snapshots and its content. It knows bytes,
//! ids and claims; not a processor, not a graph.

pub mod record;
