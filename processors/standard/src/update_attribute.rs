//! `UpdateAttribute`: sets and deletes attributes. Keeps no state and knows no rules yet.

use indexmap::IndexMap;
use processors_api::{
    Definition, EventKind, Expr, FlowFile, Input, JavaRegex, JavaRegexError, Processor,
    ProcessorError, PropertiesError, Relationship, Session, Text,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Sets attributes and deletes them.
///
/// Every new value is computed from the attributes that the flowfile came with, never from another new value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// The attributes to set, each with its new value. A value that gives nothing sets the empty text.
    #[serde(default)]
    attributes: IndexMap<String, Expr<String>>,

    /// A regular expression: attributes whose whole name matches are deleted. Only attributes that the flowfile came
    /// with are looked at.
    #[serde(default)]
    delete_attributes_expression: Option<Expr<String>>,
}

pub(crate) struct UpdateAttribute {
    attributes: IndexMap<String, Expr<String>>,
    delete: Option<Delete>,
}

/// Which attributes to delete.
enum Delete {
    Always(Box<JavaRegex>),
    Computed(Expr<String>),
}

const SUCCESS: Relationship = Relationship::main("success", "The attributes were set.");

impl Definition for UpdateAttribute {
    const TYPE: &'static str = "UpdateAttribute";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const NAMED_HOME: Option<&'static str> = Some("attributes");
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        if properties.attributes.contains_key("") {
            return Err(PropertiesError {
                property: Some("attributes"),
                message: "an attribute needs a name".to_owned(),
                help: Vec::new(),
            });
        }
        let delete = properties.delete_attributes_expression.map(Delete::new).transpose();
        let delete = delete.map_err(|error| PropertiesError {
            property: Some("delete_attributes_expression"),
            message: format!("`delete_attributes_expression` is no regular expression: {error}"),
            help: Vec::new(),
        })?;
        Ok(Self { attributes: properties.attributes, delete })
    }
}

impl Processor for UpdateAttribute {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(mut flowfile) = session.get() else { return Ok(()) };
        let values = self.values(session, &flowfile)?;
        let deleted = self.deleted(session, &flowfile)?;
        for (name, value) in values {
            flowfile.put_attribute(name, value);
        }
        for name in deleted {
            flowfile.remove_attribute(&name);
        }
        session.report(&flowfile, EventKind::AttributesModified, None);
        session.transfer(flowfile, &SUCCESS);
        Ok(())
    }
}

impl UpdateAttribute {
    fn values<'a>(
        &'a self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Vec<(&'a str, Text)>, ProcessorError> {
        let evaluate = |(name, value): (&'a String, &Expr<String>)| {
            Ok((name.as_str(), session.evaluate(value, flowfile)?))
        };
        self.attributes.iter().map(evaluate).collect()
    }

    fn deleted(
        &self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Vec<String>, ProcessorError> {
        let computed;
        let regex = match &self.delete {
            None => return Ok(Vec::new()),
            Some(Delete::Always(regex)) => regex,
            Some(Delete::Computed(expression)) => {
                let pattern = session.evaluate(expression, flowfile)?;
                if pattern.reveal().is_empty() {
                    return Ok(Vec::new());
                }
                computed = JavaRegex::new(pattern.reveal()).map_err(unusable)?;
                &computed
            }
        };
        let mut names = Vec::new();
        for (name, _) in flowfile.attributes().iter() {
            if regex.is_full_match(name).map_err(unusable)? {
                names.push(name.to_string());
            }
        }
        Ok(names)
    }
}

impl Delete {
    fn new(expression: Expr<String>) -> Result<Self, JavaRegexError> {
        match expression.template().constant() {
            Some(pattern) => JavaRegex::new(pattern).map(Box::new).map(Self::Always),
            None => Ok(Self::Computed(expression)),
        }
    }
}

fn unusable(error: JavaRegexError) -> ProcessorError {
    ProcessorError::Final(format!("`delete_attributes_expression` cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::test_runner::TestRunner;

    use super::*;

    fn check(properties: &str, attributes: &[(&str, &str)], expected: Expect) {
        let mut runner = TestRunner::<UpdateAttribute>::new(properties);
        let mut flowfile = runner.enqueue("");
        for (name, value) in attributes {
            flowfile = flowfile.attribute(name, *value);
        }
        runner.run();
        expected.assert_eq(&runner.render());
    }

    #[test]
    fn values_are_computed_from_the_old_attributes() {
        check(
            "attributes:\n  a: ${b}\n  b: ${a}\n  c: ${missing}\n  d: $${a}\n",
            &[("a", "1"), ("b", "2")],
            expect![[r#"
                success: a=2 b=1 c= d=${a}
            "#]],
        );
    }

    #[test]
    fn deleting_wins_over_setting_but_spares_what_is_new() {
        check(
            "attributes:\n  x.old: new\n  x.new: new\ndelete_attributes_expression: x\\..*\n",
            &[("x.old", "1"), ("xx", "2")],
            expect![[r#"
                success: x.new=new xx=2
            "#]],
        );
    }

    #[test]
    fn an_expression_can_say_what_to_delete() {
        check(
            "delete_attributes_expression: ${which}\n",
            &[("which", "a|b"), ("a", "1"), ("b", "2"), ("ab", "3")],
            expect![[r#"
                success: ab=3 which=a|b
            "#]],
        );
        check(
            "delete_attributes_expression: ${which}\n",
            &[("which", "(")],
            expect![[r#"
                (rolled back): 1 flowfiles, `delete_attributes_expression` cannot be used: a `(` has no `)`
            "#]],
        );
    }

    #[test]
    fn a_value_made_of_a_secret_is_one() {
        let mut runner =
            TestRunner::<UpdateAttribute>::new("attributes:\n  header: Bearer ${token}\n");
        runner.enqueue("").attribute("token", Text::sensitive("t0ken"));
        runner.run();
        runner.assert_hidden("t0ken");
        assert_eq!(runner.transfers[0].attribute("header").as_deref(), Some("Bearer t0ken"));
    }

    #[test]
    fn mistakes_are_found_at_load() {
        for (properties, message) in [
            ("delete_attributes_expression: (\n", "no regular expression"),
            ("attributes:\n  a: ${UUID(}\n", "UUID"),
            ("attribute:\n  a: b\n", "did you mean `attributes`?"),
        ] {
            let mistakes = TestRunner::<UpdateAttribute>::mistakes(properties);
            assert!(mistakes.contains(message), "{properties}: {mistakes}");
        }
    }
}
