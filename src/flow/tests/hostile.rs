//! Whatever the text, loading ends with a flow or with a message, and never with a panic.

use processors_api::diagnostic::{Look, Severity};
use proptest::prelude::*;

use super::{super::*, HEAD, SHIPPED, load_with};

fn ends_well(text: &str, no_values: bool) {
    let options = LoadOptions { no_values, ..LoadOptions::default() };
    match load_with(text, &options) {
        Ok(loaded) => {
            let flow = &loaded.flow;
            let has_place = |processor: &FlowProcessor| {
                let relationships = processor.processor.relationships();
                let place = |name: &str| {
                    processor.outgoing.get(name).is_some_and(|targets| !targets.is_empty())
                };
                no_values || relationships.iter().all(|relationship| place(relationship.name()))
            };
            assert!(flow.processors.iter().all(has_place));
            assert!(loaded.warnings.iter().all(|warning| warning.severity == Severity::Warning));
        }
        Err(errors) => {
            assert!(
                errors.diagnostics.iter().any(|error| error.severity == Severity::Error),
                "{text}"
            );
            assert!(!errors.render(Look::Plain).is_empty());
        }
    }
}

/// Pieces of flows, to be put together in any way.
const PIECES: &[&str] = &[
    "flow: a\n",
    "processors:\n",
    "  a:\n",
    "  b:\n",
    "    type: Stamp\n",
    "    type: Call\n",
    "    type: Route\n",
    "    type: Write\n",
    "    to: a\n",
    "    to: [a, b]\n",
    "    to: { processor: b, hold: { file: x, if_changed: a } }\n",
    "    to: { success: { processor: a, expire: 1 s } }\n",
    "    properties:\n",
    "      http_url: ${a}\n",
    "      directory: \"#{p}\"\n",
    "      routes: { x: '${a:isEmpty()}' }\n",
    "parameters:\n",
    "  p: { env: P }\n",
    "  p: x\n",
    "    schedule: { every: 1 s }\n",
    "    schedule: { cron: '* * * * *' }\n",
    "    retry: 3\n",
    "    retry: { times: 3, wait: 1s..2s, on: failure }\n",
    "timezone: UTC\n",
    "    sensitive: [a]\n",
    "    - x\n",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC*") {
        ends_well(&text, false);
    }

    #[test]
    fn any_order_of_pieces(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..20), no_values: bool) {
        ends_well(&pieces.concat(), no_values);
        ends_well(&format!("{HEAD}{}", pieces.concat()), no_values);
    }

    #[test]
    fn the_shipped_flow_with_something_else_in_it(
        at in 0..SHIPPED.len(), length in 0_usize..40, put in "[a-z:{}\\[\\]#$'\"\\\\ \n&*|>-]{0,8}", no_values: bool,
    ) {
        let end = (at + length).min(SHIPPED.len());
        if let (Some(before), Some(after)) = (SHIPPED.get(..at), SHIPPED.get(end..)) {
            ends_well(&format!("{before}{put}{after}"), no_values);
        }
    }

    #[test]
    fn the_shipped_flow_with_its_lines_moved(from in 0_usize..100, to in 0_usize..100, indent in 0_usize..8) {
        let mut lines: Vec<String> = SHIPPED.lines().map(str::to_owned).collect();
        let line = lines.remove(from % lines.len());
        let at = to % lines.len();
        lines.insert(at, format!("{}{}", " ".repeat(indent), line.trim_start()));
        ends_well(&lines.join("\n"), true);
    }
}

#[test]
fn depth_and_number_are_bounded() {
    let deep = format!(
        "{HEAD}  a:\n    type: Stamp\n    to: {}a{}\n",
        "[".repeat(1_000),
        "]".repeat(1_000)
    );
    ends_well(&deep, false);
    let many: String = (0..10_001).map(|at| format!("  p{at}: {{ type: Stamp }}\n")).collect();
    let errors = load_with(&format!("{HEAD}{many}"), &LoadOptions::default()).err().unwrap();
    assert!(errors.to_string().contains("at most 10000 processors"), "{errors}");
}
