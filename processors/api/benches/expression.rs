//! How long typical expressions take, beside the least that any way of doing the same would take: copying the text, or
//! one `format!`. Run it with `cargo bench -p processors-api --bench expression`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use processors_api::{
    Parameters, Text,
    expression::{StaticScope, Template},
};

const EXPRESSIONS: [(&str, &str); 6] = [
    ("text", "a plain text"),
    ("attribute", "${a}"),
    ("before", "${filename:substringBefore('.')}"),
    ("condition", "${status:equals('401'):and(${x:equals(${run.id}):not()})}"),
    ("parameter", "Bearer #{token}"),
    ("date", "${now():format('yyyyMMdd')}"),
];

fn scope() -> StaticScope {
    let token = [("token".to_owned(), Text::sensitive("t0ken-of-some-length"))];
    StaticScope::new()
        .with_parameters(token.into_iter().collect::<Parameters>())
        .with_attribute("a", "a value of usual length")
        .with_attribute("filename", "invoice-2026-08-04.json.gz")
        .with_attribute("status", "401")
        .with_attribute("x", "run-1")
        .with_attribute("run.id", "run-2")
}

fn evaluate(criterion: &mut Criterion) {
    let scope = scope();
    let mut group = criterion.benchmark_group("expression");
    let text = "a value of usual length";
    group.bench_function("floor: copy", |bencher| bencher.iter(|| black_box(text).to_owned()));
    group.bench_function("floor: format", |bencher| {
        bencher.iter(|| format!("Bearer {}", black_box(text)));
    });
    for (name, expression) in EXPRESSIONS {
        let Ok(template) = Template::compile(expression) else { continue };
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(&template).evaluate(&scope));
        });
    }
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let (_, expression) = EXPRESSIONS[3];
    criterion.bench_function("compile: condition", |bencher| {
        bencher.iter(|| Template::compile(black_box(expression)));
    });
}

criterion_group!(benches, evaluate, compile);
criterion_main!(benches);
