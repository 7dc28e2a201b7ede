//! ReplaceText over 1 MB, beside what it cannot be faster than: a copy of the bytes, and the same search by the `regex`
//! crate and by the standard library alone.

#![allow(clippy::unwrap_used, reason = "a bench may fail anywhere")]

use std::{collections::VecDeque, hint::black_box, io::Write, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use processors_api::{
    AnyProcessor, Attributes, ContentClaim, ContentWriter, FlowFileId, FlowFileRecord, Parameters,
    ProcessorContext, RunId, Session, SessionInput, State, Trigger, test_runner::load,
};
use processors_standard::PROCESSORS;

const BYTES: usize = 1024 * 1024;

/// Lines of a log, about one in eight with something to replace.
fn content() -> String {
    let lines = (0..).map(|number: u32| match number % 8 {
        0 => format!("2026-11-21T10:15:{:02} WARN customer={number} was slow\n", number % 60),
        _ => format!("2026-11-21T10:15:{:02} INFO request {number} was answered\n", number % 60),
    });
    let mut content = String::with_capacity(BYTES + 100);
    for line in lines {
        if content.len() >= BYTES {
            return content;
        }
        content.push_str(&line);
    }
    content
}

fn processor(properties: &str) -> Arc<dyn AnyProcessor> {
    let kind = PROCESSORS.iter().find(|kind| kind.name == "ReplaceText").unwrap();
    load(kind, properties, &Parameters::default()).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn claim(context: &ProcessorContext, content: &str) -> ContentClaim {
    let mut writer = ContentWriter::new(context.content.clone(), false);
    writer.write_all(content.as_bytes()).unwrap();
    writer.finish().unwrap()
}

/// One flowfile through the processor.
fn replaced(processor: &dyn AnyProcessor, context: &Arc<ProcessorContext>, content: &ContentClaim) {
    let run = RunId::from_bytes([7; 16]);
    let record = FlowFileRecord {
        id: FlowFileId::from_bytes([1; 16]),
        attributes: Attributes::default(),
        content: content.clone(),
        entry_date: Timestamp::UNIX_EPOCH,
        lineage_start: Timestamp::UNIX_EPOCH,
        run,
    };
    let input = VecDeque::from([SessionInput { record, held: None, since: Timestamp::UNIX_EPOCH }]);
    let mut session = Session::new(context.clone(), run, input, Arc::new(State::new()));
    let Trigger::Done(result) = processor.trigger(&mut session) else { panic!("it waits") };
    result.unwrap();
    let outcome = session.finish().unwrap_or_else(|(error, _)| panic!("{error}"));
    assert_eq!(outcome.transfers.len(), 1);
    black_box(outcome);
}

fn replace_text(criterion: &mut Criterion) {
    let text = content();
    let mut group = criterion.benchmark_group("replace_text");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("floor: copy", |bench| bench.iter(|| black_box(text.as_bytes()).to_vec()));
    let regex = regex::Regex::new(r"customer=(\d+)").unwrap();
    group.bench_function("floor: regex crate", |bench| {
        bench.iter(|| regex.replace_all(black_box(&text), "customer=[$1]").into_owned());
    });
    group.bench_function("floor: str::replace", |bench| {
        bench.iter(|| black_box(&text).replace("WARN", "WARNING"));
    });
    let whole = "evaluation_mode: Entire text\nmaximum_buffer_size: 2 MB\n";
    let regex = "search_value: customer=(\\d+)\nreplacement_value: customer=[$1]\n";
    let literal =
        "replacement_strategy: Literal Replace\nsearch_value: WARN\nreplacement_value: WARNING\n";
    for (name, properties) in [
        ("regex, entire text", format!("{regex}{whole}")),
        ("regex, line by line", regex.to_owned()),
        ("literal, entire text", format!("{literal}{whole}")),
        ("literal, line by line", literal.to_owned()),
    ] {
        let processor = processor(&properties);
        group.bench_function(name, |bench| {
            // A store of its own each time: what was written before is not kept.
            bench.iter_with_setup(
                || {
                    let context = ProcessorContext::fixed("bench", Timestamp::UNIX_EPOCH);
                    let content = claim(&context, &text);
                    (Arc::new(context), content)
                },
                |(context, content)| replaced(&*processor, &context, &content),
            );
        });
    }
    group.finish();
}

criterion_group!(benches, replace_text);
criterion_main!(benches);
