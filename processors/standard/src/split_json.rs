//! `SplitJson`: makes a flowfile of each item of a list in JSON content. The content is parsed as a whole; the pieces are
//! written one after the other, and when one cannot be written none goes on.

use processors_api::{
    AttributeUse, DataSize, Definition, EventKind, Example, ExampleFlowFile, FlowFile, Input,
    JsonPath, Processor, ProcessorError, PropertiesError, Relationship, Session, core_attributes,
    json,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::json_content::{self, FOUND_BYTES_MAX, NullValue, max_string_length};

/// The most flowfiles that one becomes: they are all made in one step.
const SPLITS_MAX: usize = 1_000_000;

const IDENTIFIER: &str = "fragment.identifier";
const INDEX: &str = "fragment.index";
const COUNT: &str = "fragment.count";
const ORIGINAL_FILENAME: &str = "segment.original.filename";

/// Makes a flowfile of each item of a list in JSON content.
///
/// A text becomes content without its quotes, an object or a list compact JSON. The path means what it means in NiFi;
/// [JSONPath](../json-path.md) says what it can do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitJson {
    /// Where the list is: a path to a list, as `$.items`, or one that may find several values, as `$.items[*].lines`.
    #[serde(alias = "json_path_expression")]
    jsonpath_expression: JsonPath,

    /// What the content of an item is that is `null`.
    #[serde(default)]
    null_value_representation: NullValue,

    /// JSON with a longer text in it goes to `failure`.
    #[serde(default = "max_string_length")]
    max_string_length: DataSize,
}

const SPLIT: Relationship = Relationship::main("split", "The items, in their order.");
const ORIGINAL: Relationship = Relationship::side("original", "The flowfile that was split.");
const FAILURE: Relationship = Relationship::failure(
    "failure",
    "The content is not JSON, or the path finds nothing or no list in it.",
);

impl Definition for SplitJson {
    const TYPE: &'static str = "SplitJson";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SPLIT, ORIGINAL, FAILURE];
    const WRITES: &'static [AttributeUse] = &[
        AttributeUse::new(IDENTIFIER, "The same for all items of one flowfile, and for that one.")
            .on(&["split", "original"]),
        AttributeUse::new(COUNT, "How many items there are.").on(&["split", "original"]),
        AttributeUse::new(INDEX, "Which one it is; the first is 0.").on(&["split"]),
        AttributeUse::new(ORIGINAL_FILENAME, "The name of the flowfile that was split.")
            .on(&["split"]),
    ];
    const EXAMPLES: &'static [Example] = &[
        Example::new("Each invoice on its own", "jsonpath_expression: $.invoices\n")
            .inputs(&[ExampleFlowFile::new(
                r#"{"invoices": [{"number": "A1"}, {"number": "A2"}]}"#,
                &[("filename", "answer.json")],
            )])
            .outputs(&[
                (
                    "split",
                    ExampleFlowFile::new(
                        r#"{"number":"A1"}"#,
                        &[
                            ("fragment.index", "0"),
                            ("fragment.count", "2"),
                            ("segment.original.filename", "answer.json"),
                        ],
                    ),
                ),
                ("split", ExampleFlowFile::new(r#"{"number":"A2"}"#, &[("fragment.index", "1")])),
                (
                    "original",
                    ExampleFlowFile::new(
                        r#"{"invoices": [{"number": "A1"}, {"number": "A2"}]}"#,
                        &[("fragment.count", "2")],
                    ),
                ),
            ]),
        Example::new(
            "All tags, wherever they are; a text loses its quotes, and null is empty",
            "jsonpath_expression: $..tag\n",
        )
        .inputs(&[ExampleFlowFile::new(r#"{"a": {"tag": "x"}, "b": [{"tag": null}]}"#, &[])])
        .outputs(&[
            ("split", ExampleFlowFile::new("x", &[])),
            ("split", ExampleFlowFile::new("", &[])),
            ("original", ExampleFlowFile::new(r#"{"a": {"tag": "x"}, "b": [{"tag": null}]}"#, &[])),
        ]),
        Example::new(
            "Of an empty list nothing is made; the original says so",
            "jsonpath_expression: $.items\n",
        )
        .inputs(&[ExampleFlowFile::new(r#"{"items": []}"#, &[])])
        .outputs(&[(
            "original",
            ExampleFlowFile::new(r#"{"items": []}"#, &[("fragment.count", "0")]),
        )]),
    ];
    type Properties = Self;

    fn new(properties: Self) -> Result<Self, PropertiesError> {
        Ok(properties)
    }
}

impl Processor for SplitJson {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        let document = match json_content::read(session, &flowfile, self.max_string_length) {
            Ok(document) => document,
            Err(reason) => {
                session.transfer_failed(flowfile, &FAILURE, reason);
                return Ok(());
            }
        };
        match self.items(&document) {
            Ok(items) => self.split(session, flowfile, &items),
            Err(reason) => {
                session.transfer_failed(flowfile, &FAILURE, reason);
                Ok(())
            }
        }
    }
}

impl SplitJson {
    /// The items as they will stand in the content of their flowfiles.
    fn items(&self, document: &Value) -> Result<Vec<String>, String> {
        let found = self.jsonpath_expression.find(document).map_err(|error| error.to_string())?;
        let found = found.ok_or("the path found nothing")?;
        let items = found.items().ok_or("the path found a single value, and a list is wanted")?;
        if items.len() > SPLITS_MAX {
            return Err(format!("the list has more than {SPLITS_MAX} items"));
        }
        let mut bytes_left = FOUND_BYTES_MAX;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            let text = match item {
                Value::Null => self.null_value_representation.text().to_owned(),
                item => json::text(item, bytes_left)
                    .map_err(|_| format!("the items have more than {FOUND_BYTES_MAX} bytes"))?,
            };
            bytes_left -= text.len().min(bytes_left);
            texts.push(text);
        }
        Ok(texts)
    }

    fn split(
        &self,
        session: &mut Session,
        mut original: FlowFile,
        items: &[String],
    ) -> Result<(), ProcessorError> {
        let identifier = session.context().new_id().to_string();
        let count = items.len().to_string();
        let sensitive = original.content().is_sensitive();
        let filename = original.attribute(core_attributes::FILENAME);
        for (index, item) in items.iter().enumerate() {
            let mut split = session.create_child(&original);
            session.set_bytes(&mut split, item.as_bytes(), sensitive)?;
            split.put_attribute(IDENTIFIER, identifier.as_str());
            split.put_attribute(INDEX, index.to_string());
            split.put_attribute(COUNT, count.as_str());
            if let Some(filename) = &filename {
                split.put_attribute(ORIGINAL_FILENAME, filename.clone());
            }
            session.report(&split, EventKind::Fork, None);
            session.transfer(split, &SPLIT);
        }
        original.put_attribute(IDENTIFIER, identifier);
        original.put_attribute(COUNT, count);
        session.report(&original, EventKind::AttributesModified, None);
        session.transfer(original, &ORIGINAL);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use processors_api::test_runner::TestRunner;

    use super::*;

    fn check(properties: &str, content: &str, expected: Expect) {
        let mut runner = TestRunner::<SplitJson>::new(properties);
        runner.enqueue(content).attribute("filename", "in.json").attribute("k", "v");
        runner.run();
        let identifier = runner.transfers.iter().find_map(|output| output.attribute(IDENTIFIER));
        let shown = runner.render();
        expected.assert_eq(&shown.replace(&identifier.unwrap_or("-".to_owned()), "(id)"));
    }

    #[test]
    fn each_item_of_a_list_is_a_flowfile() {
        check(
            "jsonpath_expression: $.a",
            r#"{"a": [1, "x y", {"b": [1.50]}, true, [2, 3], null, 12345678901234567890123]}"#,
            expect![[r#"
                split: "1" filename=in.json fragment.count=7 fragment.identifier=(id) fragment.index=0 k=v segment.original.filename=in.json
                split: "x y" filename=in.json fragment.count=7 fragment.identifier=(id) fragment.index=1 k=v segment.original.filename=in.json
                split: "{\"b\":[1.5]}" filename=in.json fragment.count=7 fragment.identifier=(id) fragment.index=2 k=v segment.original.filename=in.json
                split: "true" filename=in.json fragment.count=7 fragment.identifier=(id) fragment.index=3 k=v segment.original.filename=in.json
                split: "[2,3]" filename=in.json fragment.count=7 fragment.identifier=(id) fragment.index=4 k=v segment.original.filename=in.json
                split: filename=in.json fragment.count=7 fragment.identifier=(id) fragment.index=5 k=v segment.original.filename=in.json
                split: "12345678901234567890123" filename=in.json fragment.count=7 fragment.identifier=(id) fragment.index=6 k=v segment.original.filename=in.json
                original: "{\"a\": [1, \"x y\", {\"b\": [1.50]}, true, [2, 3], null, 12345678901234567890123]}" filename=in.json fragment.count=7 fragment.identifier=(id) k=v
            "#]],
        );
    }

    #[test]
    fn what_may_be_several_is_a_list() {
        check(
            "JsonPath Expression: '$[*].n'",
            r#"[{"n": {"x": 1}}, {}]"#,
            expect![[r#"
            split: "{\"x\":1}" filename=in.json fragment.count=1 fragment.identifier=(id) fragment.index=0 k=v segment.original.filename=in.json
            original: "[{\"n\": {\"x\": 1}}, {}]" filename=in.json fragment.count=1 fragment.identifier=(id) k=v
        "#]],
        );
        check(
            "jsonpath_expression: $..none",
            "{}",
            expect![[r#"
            original: "{}" filename=in.json fragment.count=0 fragment.identifier=(id) k=v
        "#]],
        );
    }

    #[test]
    fn null_is_written_as_the_setting_says() {
        check(
            "jsonpath_expression: $\nnull_value_representation: the string 'null'",
            "[null]",
            expect![[r#"
                split: "null" filename=in.json fragment.count=1 fragment.identifier=(id) fragment.index=0 k=v segment.original.filename=in.json
                original: "[null]" filename=in.json fragment.count=1 fragment.identifier=(id) k=v
            "#]],
        );
    }

    #[test]
    fn what_is_no_list_fails() {
        check(
            "jsonpath_expression: $.a",
            r#"{"a": 1}"#,
            expect![[r#"
            failure: "{\"a\": 1}" filename=in.json k=v because: the path found a single value, and a list is wanted
        "#]],
        );
        check(
            "jsonpath_expression: $.b",
            r#"{"a": 1}"#,
            expect![[r#"
            failure: "{\"a\": 1}" filename=in.json k=v because: the path found nothing
        "#]],
        );
        check(
            "jsonpath_expression: $.a",
            "<a/>",
            expect![[r#"
            failure: "<a/>" filename=in.json k=v because: the content is not JSON (it begins like HTML or XML): expected value at line 1 column 1
        "#]],
        );
        check(
            "jsonpath_expression: $\nmax_string_length: 2 B",
            r#"["abc"]"#,
            expect![[r#"
            failure: "[\"abc\"]" filename=in.json k=v because: the JSON has a text longer than max_string_length (2 B)
        "#]],
        );
    }

    #[test]
    fn the_items_are_made_from_the_original() {
        let mut runner = TestRunner::<SplitJson>::new("jsonpath_expression: $");
        runner.enqueue("[1, 2]").attribute("alternate.identifier", "once");
        runner.run();
        let original = runner.transferred(&ORIGINAL)[0].record.id;
        for split in runner.transferred(&SPLIT) {
            assert_eq!(split.made_from.as_deref(), Some([original].as_slice()));
            assert_eq!(split.events[0].kind, EventKind::Fork);
            assert_eq!(split.attribute("alternate.identifier"), None);
            assert_ne!(split.record.id, original);
        }
    }

    #[test]
    fn items_of_secret_content_are_secret() {
        let mut runner = TestRunner::<SplitJson>::new("jsonpath_expression: $");
        runner.enqueue("[\"s3cret\"]").secret();
        runner.enqueue("[\"s3cret").secret();
        runner.run();
        runner.assert_hidden("s3cret");
        assert!(runner.transfers.iter().all(|output| output.record.content.is_sensitive()));
    }

    #[test]
    fn a_wrong_path_is_shown_at_its_sign() {
        expect![[r#"
            test.yaml:1:32: error[HW403]: this is not a JSONPath: `=` is no operator of a filter
              |
            1 | jsonpath_expression: $.a[?(@.x = 1)]
              |                                ^ write: ==
              = help: the operators: === !== == != =~ <= >= < > in nin contains all size empty subsetof anyof noneof

            test.yaml: 1 error. Nothing was run. Explain one: headwater explain HW403
        "#]]
            .assert_eq(&TestRunner::<SplitJson>::mistakes("jsonpath_expression: $.a[?(@.x = 1)]"));
    }
}
