//! Every short and long form, and what it means.

use std::{path::Path, time::Duration};

use expect_test::{Expect, expect};
use processors_api::Effect;

use super::{super::*, HEAD, flow, load, registry, ways};

const CALL: &str = "    type: Call\n    properties: { http_url: 'http://localhost' }\n";

/// A `to:` of a processor that calls, with two places to go.
fn check_to(to: &str, expected: Expect) {
    let text = format!(
        "  call:\n{CALL}    {to}\n  a:\n    type: Stamp\n  b:\n    type: Write\n    properties: {{ directory: /out }}\n"
    );
    expected.assert_eq(&ways(&flow(&text)));
}

#[test]
fn to_in_all_its_forms() {
    check_to(
        "",
        expect![[r#"
        call response: Done
        call original: Done
        call retry: Failed
        call no_retry: Failed
        call failure: Failed
        a success: Done
        b success: Done
        b failure: Failed
    "#]],
    );
    check_to(
        "to: a",
        expect![[r#"
        call response: call/response/a
        call original: Done
        call retry: Failed
        call no_retry: Failed
        call failure: Failed
        a success: Done
        b success: Done
        b failure: Failed
    "#]],
    );
    check_to(
        "to: [a, b, failed]",
        expect![[r#"
        call response: call/response/a, call/response/b, Failed
        call original: Done
        call retry: Failed
        call no_retry: Failed
        call failure: Failed
        a success: Done
        b success: Done
        b failure: Failed
    "#]],
    );
    check_to(
        "to: { response: a, no_retry: [a, b], failure: done }",
        expect![[r#"
        call response: call/response/a
        call no_retry: call/no_retry/a, call/no_retry/b
        call failure: Done
        call original: Done
        call retry: Failed
        a success: Done
        b success: Done
        b failure: Failed
    "#]],
    );
    check_to(
        "to: { Response: a, No Retry: b }",
        expect![[r#"
        call response: call/response/a
        call no_retry: call/no_retry/b
        call original: Done
        call retry: Failed
        call failure: Failed
        a success: Done
        b success: Done
        b failure: Failed
    "#]],
    );
    check_to(
        "to: { processor: a, back_pressure: { count: 5 } }",
        expect![[r#"
        call response: call/response/a
        call original: Done
        call retry: Failed
        call no_retry: Failed
        call failure: Failed
        a success: Done
        b success: Done
        b failure: Failed
    "#]],
    );
    check_to(
        "to: { response: [a, { processor: b, hold: { file: x, if_changed: a } }] }",
        expect![[r#"
            call response: call/response/a, call/response/b
            call original: Done
            call retry: Failed
            call no_retry: Failed
            call failure: Failed
            a success: Done
            b success: Done
            b failure: Failed
        "#]],
    );
    check_to(
        "to:\n      - processor: b\n        hold: { file: x, if_changed: done }",
        expect![[r#"
        call response: call/response/b
        call original: Done
        call retry: Failed
        call no_retry: Failed
        call failure: Failed
        a success: Done
        b success: Done
        b failure: Failed
    "#]],
    );
}

#[test]
fn routes_keep_their_names() {
    let flow = flow(
        "  route:
    type: Route
    properties:
      routes:
        no: ${a:isEmpty()}
        No Retry: ${b:isEmpty()}
        processor: ${c:isEmpty()}
    to: { no: route, No Retry: failed, processor: done, Unmatched: done }
",
    );
    expect![[r#"
        route no: route/no/route
        route No Retry: Failed
        route processor: Done
        route unmatched: Done
    "#]]
    .assert_eq(&ways(&flow));
}

#[test]
fn a_place_has_the_settings_of_its_queue() {
    let flow = flow(
        "  call:
    type: Call
    properties: { http_url: 'http://localhost' }
    to:
      response:
        processor: write
        back_pressure: { count: 20000, size: 2 GB }
        expire: 1 hour
        prioritize: [priority-attribute, Newest Flowfile First]
        hold: { file: ./credentials/xero.json, if_changed: call, wait: 1 min }
      no_retry: { processor: write, back_pressure: { size: 0 } }
  write:
    type: Write
    properties: { directory: /out }
",
    );
    let connection = |name| flow.connection(flow.connection_named(name).unwrap());
    let full = connection("call/response/write");
    assert_eq!(full.back_pressure, BackPressure { count: 20_000, bytes: 2 << 30 });
    assert_eq!(full.expire, Some(Duration::from_secs(3600)));
    assert_eq!(full.prioritize, [Prioritizer::PriorityAttribute, Prioritizer::NewestFlowfileFirst]);
    let hold = full.hold.as_ref().unwrap();
    let folder = std::path::absolute("flows").unwrap();
    assert_eq!(hold.file, folder.join("credentials/xero.json"));
    assert_eq!(hold.wait, Duration::from_secs(60));
    let way_out = flow.connection_named("call/response/if_changed/call").unwrap();
    assert_eq!(hold.if_changed, Target::Connection(way_out));
    assert_eq!(flow.connection(way_out).to, ProcessorIndex(0));
    assert_eq!(
        connection("call/no_retry/write").back_pressure,
        BackPressure { count: 10_000, bytes: 0 }
    );
    let write = flow.processor(flow.processor_named("write").unwrap());
    let incoming: Vec<&str> =
        write.incoming.iter().map(|index| &*flow.connection(*index).name).collect();
    assert_eq!(incoming, ["call/response/write", "call/no_retry/write", "replay/write"]);
}

#[test]
fn retry_as_a_number_in_full_and_left_out() {
    let retry =
        |line: &str| flow(&format!("  call:\n{CALL}    {line}\n")).processors[0].retry.clone();
    let seconds = Duration::from_secs;
    let names = |retry: &Retry| retry.on.iter().map(|name| name.to_string()).collect::<Vec<_>>();

    let left_out = retry("");
    assert_eq!(
        (left_out.times, left_out.wait_min, left_out.wait_max),
        (3, seconds(1), seconds(300))
    );
    assert_eq!(names(&left_out), ["retry", "failure"]);
    assert_eq!(retry("retry: 5"), Retry { times: 5, ..left_out.clone() });
    assert_eq!(retry("retry: { times: 5 }"), Retry { times: 5, ..left_out.clone() });
    let full = retry(
        "retry: { times: 2, wait: 2s..1 min, on: [No Retry], policy: yield, max_wait: 10 min }",
    );
    assert_eq!((full.times, full.wait_min, full.wait_max), (2, seconds(2), seconds(60)));
    assert_eq!((full.policy, full.asked_wait_max), (RetryPolicy::Yield, seconds(600)));
    assert_eq!(names(&full), ["no_retry"]);
    assert_eq!(retry("retry: { times: 1, wait: 7 sec, on: failure }").wait_max, seconds(7));

    let post = "  call:\n    type: Call\n    properties: { http_url: 'http://localhost', http_method: POST }\n";
    let post = flow(post);
    assert_eq!(post.processors[0].retry.times, 0);
    assert_eq!(post.processors[0].effect, Effect::NotRepeatable);
}

#[test]
fn schedules_in_all_their_forms() {
    for (schedule, words) in [
        ("{ every: 10 min }", "every 10 min"),
        ("{ at: \"06:30\" }", "every day at 06:30"),
        ("{ at: 06:30, days: mon-fri }", "Monday to Friday at 06:30"),
        ("{ cron: \"0 30 6 * * ?\", timezone: Europe/Amsterdam }", "every day at 06:30"),
        ("{ cron: \"*/10 * * * *\", missed: run_all, overlap: allow }", "every 10 min"),
    ] {
        let flow = flow(&format!("  call:\n{CALL}    schedule: {schedule}\n"));
        let source = flow.processors[0].schedule.as_ref().unwrap();
        assert_eq!(source.schedule.describe(), words, "{schedule}");
    }
    let flow = flow(&format!(
        "  call:\n{CALL}    schedule: {{ at: '06:30', on_nothing: fail, missed: skip, overlap: queue, timezone: Asia/Tokyo }}\n"
    ));
    let source = flow.processors[0].schedule.as_ref().unwrap();
    assert_eq!(
        (source.on_nothing, source.missed, source.overlap),
        (OnNothing::Fail, Missed::Skip, Overlap::Queue)
    );
    assert_eq!(source.schedule.zone().unwrap().iana_name(), Some("Asia/Tokyo"));
}

#[test]
fn the_other_keys_of_a_processor() {
    let flow = flow(&format!(
        "  call:\n{CALL}    description: asks\n    concurrency: 2\n    after_crash: fail\n    penalty: 1 min\n    yield: 5 sec\n    \
         sensitive: true\n    enabled: False\n  stamp:\n    type: Stamp\n    sensitive: [token, key]\n"
    ));
    let [call, stamp] = flow.processors.as_slice() else { panic!("two processors") };
    assert_eq!(call.description.as_deref(), Some("asks"));
    assert_eq!((call.concurrency, stamp.concurrency), (2, 1));
    assert_eq!((call.after_crash, stamp.after_crash), (AfterCrash::Fail, AfterCrash::Repeat));
    assert_eq!((call.penalty, call.yield_time), (Duration::from_secs(60), Duration::from_secs(5)));
    assert_eq!(
        (stamp.penalty, stamp.yield_time),
        (Duration::from_secs(30), Duration::from_secs(1))
    );
    assert!(call.sensitivity.content && call.sensitivity.attributes.is_empty());
    assert!(!stamp.sensitivity.content);
    assert_eq!(
        stamp.sensitivity.attributes.iter().map(|name| &**name).collect::<Vec<_>>(),
        ["token", "key"]
    );
    assert!(!call.enabled && stamp.enabled);
    assert_eq!((call.line, stamp.line), (4, 14));
}

#[test]
fn a_type_answers_to_all_its_names() {
    let registry = registry();
    for name in ["Read", "GetFile", "ReadFILE", "org.apache.nifi.processors.standard.GetFile"] {
        assert_eq!(registry.find(name).map(|kind| kind.name), Some("Read"), "{name}");
    }
    for name in ["read", "org.apache.nifi.", "com.example.Read", ""] {
        assert!(registry.find(name).is_none(), "{name}");
    }
    assert_eq!(registry.suggest("Wirte"), Some("Write"));
    let twice = Registry::new(&[super::processors::PROCESSORS, super::processors::PROCESSORS]);
    assert_eq!(twice.err(), Some(RegistryError { name: "Read" }));
}

#[test]
fn a_version_is_the_digest_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let text = format!("\u{feff}{HEAD}  stamp:\n    type: Stamp\n");
    std::fs::write(&path, &text).unwrap();
    let options = LoadOptions::default();
    let from_file = super::super::load(&path, &registry(), &options).unwrap().flow;
    let from_text = load_text(Path::new("b.yaml"), &text, &registry(), &options).unwrap().flow;
    assert_eq!(from_file.version, *blake3::hash(text.as_bytes()).as_bytes());
    assert_eq!(from_text.version, from_file.version);
    assert_eq!((&*from_file.name, from_file.path), ("test", path));
}

#[test]
fn a_thousand_processors_load() {
    let mut text = HEAD.to_owned();
    for at in 0..1_000 {
        let next = if at == 999 { "done".to_owned() } else { format!("p{}", at + 1) };
        text += &format!("  p{at}:\n{CALL}    to: [{next}]\n");
    }
    let flow = load(&text).unwrap_or_else(|errors| panic!("{errors}")).flow;
    assert_eq!((flow.processors.len(), flow.connections.len()), (1_000, 1_999));
    assert_eq!(flow.sources().collect::<Vec<_>>(), [ProcessorIndex(0)]);
}

#[test]
fn the_name_of_a_flow_is_known_when_the_rest_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let name = |text: &str| {
        std::fs::write(&path, text).unwrap();
        name_of(&path).ok()
    };
    assert_eq!(name("flow: xero-invoices\nprocessors: 3\n").as_deref(), Some("xero-invoices"));
    assert_eq!(name("flow: ../../etc\n"), None);
    assert_eq!(name("flow: ..\n"), None);
    assert_eq!(name("processors: {}\n"), None);
}
