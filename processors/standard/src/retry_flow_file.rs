//! `RetryFlowFile`: counts in an attribute how often a flowfile came by, and lets it pass only so many times. Not a
//! timer: how long it waits is its penalty's.

use indexmap::IndexMap;
use processors_api::{
    AttributeName, AttributeUse, Definition, Example, ExampleFlowFile, Expr, Facts, FlowFile,
    Input, Penalty, Processor, ProcessorError, PropertiesError, Relationship, Session,
    SetAttribute,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yes;

/// Lets a flowfile try again a number of times.
///
/// It counts in an attribute how often the flowfile came by. Up to `maximum_retries` times it goes to `retry`, which
/// leads back to what failed; then to `retries_exceeded`, without the counter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryFlowFile {
    /// The attribute that counts. Beside it, under its name and `.uuid`, stands the id of the processor that counted.
    #[serde(default = "counter")]
    retry_attribute: Expr<String>,

    /// How many times a flowfile may try again.
    #[serde(default = "three")]
    maximum_retries: Expr<i64>,

    /// Whether a flowfile that tries again waits first, as long as the processor's `penalty`.
    #[serde(default = "yes")]
    penalize_retries: bool,

    /// Whether a counter that is no number is a failure. Otherwise counting begins at 1.
    #[serde(default, alias = "fail_on_non_numerical_overwrite")]
    fail_on_nonnumerical_overwrite: bool,

    /// What to do when another RetryFlowFile counted with the same attribute.
    #[serde(default)]
    reuse_mode: ReuseMode,

    /// The attributes that a flowfile gets on its way to `retries_exceeded`. One whose value is blank is left out.
    #[serde(default)]
    attributes: IndexMap<String, Expr<String>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ReuseMode {
    /// The flowfile goes to `failure`.
    #[default]
    Fail,
    /// Counting begins at 1, with a warning in the log.
    Warn,
    /// Counting begins at 1.
    Reset,
}

fn counter() -> Expr<String> {
    Expr::literal("flowfile.retries")
}

fn three() -> Expr<i64> {
    Expr::whole(3)
}

const RETRY: Relationship = Relationship::main("retry", "The flowfile may try again.");
const RETRIES_EXCEEDED: Relationship =
    Relationship::failure("retries_exceeded", "The flowfile has tried often enough.");
const FAILURE: Relationship = Relationship::failure(
    "failure",
    "The counter is no number, `maximum_retries` gives no number, or another processor counts with the same attribute.",
);

/// Why it cannot be said how often a flowfile tried.
#[derive(Debug, thiserror::Error)]
enum CountError {
    #[error("`maximum_retries` gives no number: {0}")]
    Maximum(#[from] processors_api::EvaluateError),
    #[error("the attribute `{0}` holds no number; fail_on_nonnumerical_overwrite is true")]
    NoNumber(String),
    #[error(
        "another processor counts with the attribute `{0}`; give this one a retry_attribute of its own, or set reuse_mode: reset"
    )]
    Reused(String),
}

impl Definition for RetryFlowFile {
    const TYPE: &'static str = "RetryFlowFile";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[RETRY, RETRIES_EXCEEDED, FAILURE];
    const NAMED_HOME: Option<&'static str> = Some("attributes");
    const READS: &'static [AttributeUse] = &[AttributeUse::new(
        "flowfile.retries",
        "The counter, under the name that `retry_attribute` gives.",
    )];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        let maximum = properties.maximum_retries.template().constant();
        if maximum.is_some_and(|text| text.parse::<i64>().is_ok_and(|most| most < 1)) {
            let message = "`maximum_retries` must be at least 1";
            return Err(PropertiesError::of("maximum_retries", message));
        }
        let attribute = properties.retry_attribute.template().constant();
        if attribute.is_some_and(|name| name.trim().is_empty()) {
            let message = "`retry_attribute` is empty: the counter needs a name";
            return Err(PropertiesError::of("retry_attribute", message));
        }
        Ok(properties)
    }

    fn facts(&self) -> Facts {
        let on = |name| SetAttribute::named(name).on(RETRY.name().to_owned());
        let mut sets = match self.retry_attribute.template().constant() {
            Some(name) => vec![
                on(AttributeName::Exact(name.into())),
                on(AttributeName::Exact(owner(name).into())),
            ],
            None => vec![on(AttributeName::Any)],
        };
        let added = self.attributes.keys();
        sets.extend(
            added.map(|name| {
                SetAttribute::exact(name.as_str()).on(RETRIES_EXCEEDED.name().to_owned())
            }),
        );
        Facts { sets, limited: vec!["retry"], ..Facts::default() }
    }
}

/// The attribute that tells who counted.
fn owner(counter: &str) -> String {
    format!("{counter}.uuid")
}

impl Processor for RetryFlowFile {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        let counter = session.evaluate_alone(&self.retry_attribute)?;
        let counter = counter.reveal();
        match self.count(session, &flowfile, counter) {
            Ok(Some(count)) => self.again(session, flowfile, counter, count),
            Ok(None) => return self.exceeded(session, flowfile, counter),
            Err(error) => session.transfer_failed(flowfile, &FAILURE, error),
        }
        Ok(())
    }
}

impl RetryFlowFile {
    /// Which try this will be; none when there were enough.
    fn count(
        &self,
        session: &Session,
        flowfile: &FlowFile,
        counter: &str,
    ) -> Result<Option<i64>, CountError> {
        let most = session.evaluate(&self.maximum_retries, flowfile)?;
        let before = flowfile.attribute(counter);
        let count = match before.as_ref().map(|text| text.reveal().trim().parse::<i32>()) {
            None => 1,
            Some(Ok(count)) => i64::from(count) + 1,
            Some(Err(_)) if self.fail_on_nonnumerical_overwrite => {
                return Err(CountError::NoNumber(counter.to_owned()));
            }
            Some(Err(_)) => 1,
        };
        let context = session.context();
        let owner = flowfile.attribute(&owner(counter));
        let is_other = |owner: &str| !owner.trim().is_empty() && owner != &*context.processor;
        let count = match self.reuse_mode {
            _ if !owner.is_some_and(|owner| is_other(owner.reveal())) => count,
            ReuseMode::Fail => return Err(CountError::Reused(counter.to_owned())),
            ReuseMode::Warn => {
                let processor = &*context.processor;
                tracing::warn!(
                    processor,
                    counter,
                    "another processor counts with this attribute; counting begins anew"
                );
                1
            }
            ReuseMode::Reset => 1,
        };
        Ok((count <= most).then_some(count))
    }

    fn again(&self, session: &mut Session, mut flowfile: FlowFile, counter: &str, count: i64) {
        let processor = session.context().processor.to_string();
        flowfile.put_attribute(counter, count.to_string());
        flowfile.put_attribute(owner(counter), processor);
        if self.penalize_retries {
            flowfile.penalize(Penalty::Default);
        }
        session.transfer(flowfile, &RETRY);
    }

    fn exceeded(
        &self,
        session: &mut Session,
        mut flowfile: FlowFile,
        counter: &str,
    ) -> Result<(), ProcessorError> {
        let evaluate = |(name, value): (&String, &Expr<String>)| {
            Ok((name.clone(), session.evaluate(value, &flowfile)?))
        };
        let added: Vec<_> =
            self.attributes.iter().map(evaluate).collect::<Result<_, ProcessorError>>()?;
        for (name, value) in added {
            if !value.reveal().trim().is_empty() {
                flowfile.put_attribute(name, value);
            }
        }
        flowfile.remove_attribute(counter);
        flowfile.remove_attribute(&owner(counter));
        session.transfer_failed(flowfile, &RETRIES_EXCEEDED, "it has tried often enough");
        Ok(())
    }
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "Three tries",
        "maximum_retries: 3\nattributes:\n  failure.step: call ${customer}\n",
    )
    .inputs(&[
        ExampleFlowFile::new("new", &[("customer", "ACME")]),
        ExampleFlowFile::new("third", &[("flowfile.retries", "2")]),
        ExampleFlowFile::new("enough", &[("customer", "ACME"), ("flowfile.retries", "3")]),
    ])
    .outputs(&[
        ("retry", ExampleFlowFile::new("new", &[("flowfile.retries", "1")])),
        ("retry", ExampleFlowFile::new("third", &[("flowfile.retries", "3")])),
        ("retries_exceeded", ExampleFlowFile::new("enough", &[("failure.step", "call ACME")])),
    ]),
    Example::new(
        "Two counters in one flow",
        "retry_attribute: upload.tries\nmaximum_retries: ${tries.most}\n",
    )
    .inputs(&[
        ExampleFlowFile::new("", &[("flowfile.retries", "3"), ("tries.most", "1")]),
        ExampleFlowFile::new("", &[("tries.most", "many")]),
    ])
    .outputs(&[
        ("retry", ExampleFlowFile::new("", &[("flowfile.retries", "3"), ("upload.tries", "1")])),
        ("failure", ExampleFlowFile::new("", &[("tries.most", "many")])),
    ]),
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::test_runner::TestRunner;

    use super::*;

    fn check(properties: &str, attributes: &[(&str, &str)], expected: Expect) {
        let mut runner = TestRunner::<RetryFlowFile>::new(properties);
        let mut flowfile = runner.enqueue("");
        for (name, value) in attributes {
            flowfile = flowfile.attribute(name, *value);
        }
        runner.run();
        expected.assert_eq(&runner.render());
    }

    #[test]
    fn tries_are_counted() {
        check(
            "",
            &[],
            expect![[r#"
                retry: flowfile.retries=1 flowfile.retries.uuid=test (penalized)
            "#]],
        );
        check(
            "penalize_retries: false",
            &[("flowfile.retries", " 2 "), ("flowfile.retries.uuid", "test")],
            expect![[r#"
                retry: flowfile.retries=3 flowfile.retries.uuid=test
            "#]],
        );
    }

    #[test]
    fn enough_is_enough() {
        check(
            "attributes:\n  why: ${flowfile.retries} tries\n  blank: ${none}\n",
            &[("flowfile.retries", "3"), ("flowfile.retries.uuid", "test")],
            expect![[r#"
                retries_exceeded: why=3 tries because: it has tried often enough
            "#]],
        );
        check(
            "maximum_retries: ${literal(0)}",
            &[],
            expect![[r#"
                retries_exceeded: because: it has tried often enough
            "#]],
        );
        check(
            "",
            &[("flowfile.retries", "2147483647")],
            expect![[r#"
                retries_exceeded: because: it has tried often enough
            "#]],
        );
    }

    #[test]
    fn a_counter_that_is_no_number_begins_anew_or_fails() {
        check(
            "",
            &[("flowfile.retries", "ZZAaa")],
            expect![[r#"
                retry: flowfile.retries=1 flowfile.retries.uuid=test (penalized)
            "#]],
        );
        check(
            "Fail on Nonnumerical Overwrite: true",
            &[("flowfile.retries", "ZZAaa")],
            expect![[r#"
                failure: flowfile.retries=ZZAaa because: the attribute `flowfile.retries` holds no number; fail_on_nonnumerical_overwrite is true
            "#]],
        );
    }

    #[test]
    fn a_counter_of_somebody_else_begins_anew_or_fails() {
        let others = [("n", "2"), ("n.uuid", "other")];
        for mode in ["warn", "reset"] {
            let properties = format!("retry_attribute: n\nreuse_mode: {mode}");
            check(
                &properties,
                &others,
                expect![[r#"
                    retry: n=1 n.uuid=test (penalized)
                "#]],
            );
        }
        check(
            "retry_attribute: n",
            &others,
            expect![[r#"
                failure: n=2 n.uuid=other because: another processor counts with the attribute `n`; give this one a retry_attribute of its own, or set reuse_mode: reset
            "#]],
        );
    }

    #[test]
    fn the_maximum_can_be_an_expression() {
        check(
            "maximum_retries: ${most}",
            &[("most", "1"), ("flowfile.retries", "1")],
            expect![[r#"
                retries_exceeded: most=1 because: it has tried often enough
            "#]],
        );
        let mut runner = TestRunner::<RetryFlowFile>::new("maximum_retries: ${most}");
        runner.enqueue("").attribute("most", "NiFi");
        runner.run();
        runner.assert_all_transferred(&FAILURE, 1);
    }

    #[test]
    fn its_cycle_ends() {
        let facts = TestRunner::<RetryFlowFile>::new("attributes:\n  a: b").processor().facts();
        assert_eq!(facts.limited, ["retry"]);
        let names = facts.sets.iter().map(|set| &set.name);
        let wanted = ["flowfile.retries", "flowfile.retries.uuid", "a"];
        assert!(names.eq(&wanted.map(|name| AttributeName::Exact(name.into()))));
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (properties, message) in [
            ("maximum_retries: many", "must be"),
            ("maximum_retries: -1", "at least 1"),
            ("maximum_retries: 0", "at least 1"),
            ("retry_attribute: ''", "needs a name"),
            ("reuse_mode: rest", "did you mean `reset`?"),
        ] {
            let mistakes = TestRunner::<RetryFlowFile>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
