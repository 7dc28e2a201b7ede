//! What a path costs on a document of about 10 KB, beside what reading the document costs and what `jsonpath-rust` takes for
//! the same: compiled once, and compiled at each lookup. Read the ratios, not the times.

use std::{fmt::Write as _, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use jsonpath_rust::{JsonPath as _, parser::parse_json_path, query::js_path_process};
use processors_api::{JsonPath, json};

/// Forty invoices.
fn document() -> String {
    let mut text = String::from(r#"{"page":{"count":40},"invoices":["#);
    for number in 0..40 {
        let comma = if number > 0 { "," } else { "" };
        let status = if number % 3 == 0 { "open" } else { "paid" };
        let _ = write!(
            text,
            r#"{comma}{{"number":"INV-{number:05}","total":{number}.25,"quantity":{number},"status":"{status}",
            "customer":{{"name":"Customer {number}","city":"Utrecht","vat":null}},"tags":["eu","b2b"],
            "description":"a line that is about as long as such lines are"}}"#
        );
    }
    text + "]}"
}

fn lookups(criterion: &mut Criterion) {
    let text = document();
    let value = json::parse(text.as_bytes()).unwrap_or_default();
    criterion.bench_function(&format!("read {} bytes", text.len()), |bencher| {
        bencher.iter(|| json::parse(black_box(text.as_bytes())));
    });
    for (path, standard) in [
        ("$.invoices[20].customer.name", "$.invoices[20].customer.name"),
        ("$.invoices[*].number", "$.invoices[*].number"),
        ("$..number", "$..number"),
        ("$.invoices[?(@.quantity == 3)].number", "$.invoices[?(@.quantity == 3)].number"),
    ] {
        let mut group = criterion.benchmark_group(path);
        if let Ok(compiled) = JsonPath::compile(path) {
            group.bench_function("JsonPath", |bencher| {
                bencher.iter(|| compiled.find(black_box(&value)));
            });
        }
        if let Ok(query) = parse_json_path(standard) {
            group.bench_function("jsonpath-rust, compiled", |bencher| {
                bencher.iter(|| js_path_process(&query, black_box(&value)));
            });
        }
        group.bench_function("jsonpath-rust, compiled each time", |bencher| {
            bencher.iter(|| black_box(&value).query(standard));
        });
    }
}

criterion_group!(benches, lookups);
criterion_main!(benches);
