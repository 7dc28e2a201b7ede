//! How long a flow file of 1,000 processors takes to be read and checked: under 200 ms, so that an editor can do it at
//! every stroke.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark may fail anywhere")]

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use headwater::flow::{LoadOptions, Registry, load_text};

#[path = "../tests/common/large_flow.rs"]
mod large_flow;

fn validate(criterion: &mut Criterion) {
    let registry = Registry::new(&[processors_standard::PROCESSORS]).unwrap();
    let options = LoadOptions { no_values: true, ..LoadOptions::default() };
    let flow = large_flow::large_flow(1_001);
    criterion.bench_function("validate a flow of 1,000 processors", |bencher| {
        bencher.iter(|| {
            load_text(Path::new("flow.yaml"), &flow, &registry, &options)
                .map(|loaded| loaded.flow.processors.len())
                .unwrap_or_default()
        });
    });
}

criterion_group!(benches, validate);
criterion_main!(benches);
