use std::path::Path;

use expect_test::{Expect, expect};
use processors_standard::PROCESSORS;
use proptest::prelude::*;

use super::*;
use crate::flow::{LoadOptions, Registry, load_text};

const FLOW: &str = r#"
flow: tickets
description: Fetches tickets & files them.
timezone: UTC
processors:
  start:
    type: GenerateFlowFile
    schedule: { every: 10 min }
    to: fetch
  fetch:
    type: InvokeHttp
    properties:
      http_url: https://example.com/tickets
    to: { response: sort, no_retry: sort, failure: done }
  sort:
    type: RouteOnAttribute
    properties:
      routes:
        open: ${invokehttp.status.code:equals('200')}
        old: ${invokehttp.status.code:equals('410')}
    to:
      open: { processor: keep, hold: { file: tickets.json, if_changed: fetch } }
      old: done
      unmatched: failed
  keep:
    type: PutFile
    sensitive: true
    properties:
      directory: out
      filename: tickets.json
      conflict_resolution_strategy: replace
"#;

fn drawn(text: &str) -> Drawing {
    let registry = Registry::new(&[PROCESSORS]).unwrap();
    let options = LoadOptions { no_values: true, ..LoadOptions::default() };
    let loaded = load_text(Path::new("flows/t.yaml"), text, &registry, &options);
    Drawing::of(&loaded.map_err(|errors| errors.render(Default::default())).unwrap().flow)
}

fn check(form: fn(&Drawing) -> String, expected: Expect) {
    expected.assert_eq(&form(&drawn(FLOW)));
}

#[test]
fn as_text_it_reads_from_the_source_on() {
    check(
        text,
        expect![[r#"
        tickets
        Fetches tickets & files them.

        start   GenerateFlowFile, every 10 min
          success -> fetch

        fetch   InvokeHttp
          response, no_retry -> sort
          failure            -> done

        sort   RouteOnAttribute
          open       -> keep   (holding tickets.json)
          if changed -> fetch   (the held file was changed; back, above)
          old        -> done
          unmatched  -> failed

        keep   PutFile · sensitive"#]],
    );
}

#[test]
fn as_mermaid_it_is_a_flowchart() {
    check(
        mermaid,
        expect![[r#"
        flowchart TD
          n0(["start<br/>GenerateFlowFile<br/>every 10 min"])
          n1["fetch<br/>InvokeHttp"]
          n2{{"sort<br/>RouteOnAttribute"}}
          n3["keep<br/>PutFile · sensitive"]
          n4(("done"))
          n5(("done"))
          n6(("failed"))
          n0 --> n1
          n1 -->|"response, no_retry"| n2
          n1 -.->|"failure"| n4
          n2 -->|"open · holds tickets.json"| n3
          n2 -.->|"if changed"| n1
          n2 -->|"old"| n5
          n2 -->|"unmatched"| n6"#]],
    );
}

#[test]
fn as_dot_it_is_a_digraph() {
    check(
        dot,
        expect![[r#"
        digraph "tickets" {
          node [shape=box, style=rounded, fontname="sans-serif"];
          edge [fontname="sans-serif", fontsize=10];
          n0 [label="start\nGenerateFlowFile\nevery 10 min", peripheries=2];
          n1 [label="fetch\nInvokeHttp"];
          n2 [label="sort\nRouteOnAttribute", shape=hexagon, style=solid];
          n3 [label="keep\nPutFile · sensitive"];
          n4 [label="done", shape=plaintext];
          n5 [label="done", shape=plaintext];
          n6 [label="failed", shape=plaintext];
          n0 -> n1 [label="", style=solid];
          n1 -> n2 [label="response, no_retry", style=solid];
          n1 -> n4 [label="failure", style=dashed];
          n2 -> n3 [label="open · holds tickets.json", style=solid];
          n2 -> n1 [label="if changed", style=dashed];
          n2 -> n5 [label="old", style=solid];
          n2 -> n6 [label="unmatched", style=solid];
        }"#]],
    );
}

/// The picture is looked at by people; here only that it is whole, escaped, and shows each name.
#[test]
fn as_svg_every_name_is_in_the_picture() {
    let picture = svg(&drawn(FLOW));
    for shown in ["start", "InvokeHttp", "every 10 min", "open · holds tickets.json", "if changed"]
    {
        assert!(picture.contains(&format!(">{shown}</text>")), "{shown}: {picture}");
    }
    assert!(picture.contains("tickets &amp; files"));
    assert!(picture.contains("PutFile · sensitive"));
    assert_eq!(picture.matches("<rect class=\"box").count(), 4 + 3);
    assert!(!picture.contains("NaN"));
}

#[test]
fn a_flow_of_one_processor_is_drawn() {
    let one = "flow: one\nprocessors:\n  a:\n    type: GenerateFlowFile\n";
    assert!(svg(&drawn(one)).contains(">a</text>"));
    assert_eq!(text(&drawn(one)), "one\n\na   GenerateFlowFile, only by `headwater run`");
}

/// Ways between any processors, circles and ways to oneself among them.
fn ways() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
    (1..12_usize).prop_flat_map(|count| {
        (Just(count), proptest::collection::vec((0..count, 0..count), 0..24))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape_can_be_drawn((count, ways) in ways()) {
        let shape = |at: usize| Shape {
            name: format!("p{at}"),
            details: vec!["PutFile".to_owned()],
            role: Role::Pure,
        };
        let arrow = |(from, to): (usize, usize)| Arrow {
            from,
            to,
            relationships: vec!["success".to_owned()],
            hold: None,
            kind: ArrowKind::Ordinary,
            is_named: from % 2 == 0,
        };
        let drawing = Drawing {
            title: "any".to_owned(),
            description: None,
            boxes: (0..count).map(shape).collect(),
            arrows: ways.into_iter().map(arrow).collect(),
        };
        let picture = svg(&drawing);
        prop_assert_eq!(picture.matches("<path class=\"way").count(), drawing.arrows.len());
        prop_assert!(!picture.contains("NaN") && !picture.contains("inf"));
        for at in 0..count {
            let name = format!(">p{at}</text>");
            prop_assert!(picture.contains(&name));
        }
        prop_assert_eq!(text(&drawing).matches("PutFile").count(), count);
    }
}
