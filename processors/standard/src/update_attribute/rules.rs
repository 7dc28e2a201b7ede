//! The rules of `UpdateAttribute`: how a flow file writes them, and when one is true. What they do is the processor's.
//!
//! A person writes a list, each rule with a map of attributes. NiFi stores a map of a policy and a list, each rule with
//! a list of actions; an action on `Delete Attributes Expression` says what to delete.

use std::{borrow::Cow, fmt};

use indexmap::IndexMap;
use processors_api::{
    Expr, FlowFile, ProcessorError, PropertiesError, Session, diagnostic::normalize,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::deletion::Deletion;

/// The action that says what to delete, as NiFi names it.
const DELETE: &str = "Delete Attributes Expression";

/// What happens when several rules are true.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
pub(super) enum FlowFilePolicy {
    /// Each rule gets a flowfile of its own: the first one the flowfile itself, the others clones of it.
    #[default]
    #[serde(rename = "use_clone")]
    UseClone,
    /// One flowfile gets what all of them do; a later rule wins over an earlier one.
    #[serde(rename = "use_original")]
    UseOriginal,
}

/// Rules as they are written.
#[derive(Debug)]
pub(super) struct Rules {
    policy: Option<FlowFilePolicy>,
    rules: Vec<WrittenRule>,
}

/// What is set and deleted under conditions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    /// What it is called; attribute `UpdateAttribute.matchedRule` tells it.
    name: String,
    /// Expressions such as `${fileSize:gt(1000)}`, which must all be true of the flowfile as it came.
    conditions: Vec<Expr<bool>>,
    /// The attributes to set, each with its new value.
    #[serde(default)]
    attributes: Option<IndexMap<String, Expr<String>>>,
    /// The same in NiFi's form.
    #[serde(default)]
    actions: Option<Vec<Action>>,
    /// What to delete, in the place of what the processor deletes otherwise.
    #[serde(default)]
    delete_attributes_expression: Option<Expr<String>>,
    /// For people.
    #[serde(default, rename = "comments")]
    _comments: Option<String>,
    /// NiFi's; it changes nothing.
    #[serde(default, rename = "id")]
    _id: Option<String>,
}

/// What NiFi does when a rule is true.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Action {
    /// The attribute to set, or `Delete Attributes Expression`.
    attribute: String,
    /// Its new value, or which attributes to delete.
    value: Expr<String>,
    /// NiFi's; it changes nothing.
    #[serde(default, rename = "id")]
    _id: Option<String>,
}

/// A rule that is ready for use.
pub(super) struct Rule {
    pub(super) name: String,
    conditions: Vec<Expr<bool>>,
    pub(super) attributes: IndexMap<String, Expr<String>>,
    pub(super) delete: Option<Deletion>,
}

impl Rule {
    /// Whether all its conditions are true of the flowfile as it came.
    pub(super) fn is_true(
        &self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<bool, ProcessorError> {
        for condition in &self.conditions {
            if !session.evaluate(condition, flowfile)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Rules {
    /// Makes them ready, with the policy that is in force; `beside` is the property of that name.
    pub(super) fn compile(
        self,
        beside: Option<FlowFilePolicy>,
    ) -> Result<(Vec<Rule>, Option<FlowFilePolicy>), PropertiesError> {
        if let (Some(inside), Some(beside)) = (self.policy, beside)
            && inside != beside
        {
            let message = "`flowfile_policy` is given twice, in `rules` and beside it";
            return Err(PropertiesError::of("flowfile_policy", message).help("remove one of them"));
        }
        let rules = self.rules.into_iter().map(WrittenRule::compile).collect::<Result<_, _>>()?;
        Ok((rules, self.policy.or(beside)))
    }
}

impl WrittenRule {
    fn compile(self) -> Result<Rule, PropertiesError> {
        let name = self.name;
        if name.trim().is_empty() {
            return Err(wrong("a rule needs a name"));
        }
        if self.attributes.is_none()
            && self.actions.is_none()
            && self.delete_attributes_expression.is_none()
        {
            return Err(wrong(format!("the rule `{name}` does nothing"))
                .help("give it `attributes:`, the attributes to set"));
        }
        let mut attributes = self.attributes.unwrap_or_default();
        let mut delete = self.delete_attributes_expression;
        for action in self.actions.unwrap_or_default() {
            if action.attribute == DELETE {
                delete = Some(action.value);
            } else {
                attributes.insert(action.attribute, action.value);
            }
        }
        if attributes.keys().any(String::is_empty) {
            return Err(wrong(format!("the rule `{name}` sets an attribute without a name")));
        }
        let delete = delete.map(Deletion::new).transpose().map_err(|error| {
            wrong(format!("what the rule `{name}` deletes is no regular expression: {error}"))
        })?;
        Ok(Rule { name, conditions: self.conditions, attributes, delete })
    }
}

fn wrong(message: impl Into<String>) -> PropertiesError {
    PropertiesError::of("rules", message)
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RulesVisitor)
    }
}

struct RulesVisitor;

impl<'de> Visitor<'de> for RulesVisitor {
    type Value = Rules;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rules")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Rules, A::Error> {
        let mut rules = Vec::new();
        while let Some(rule) = items.next_element()? {
            rules.push(rule);
        }
        Ok(Rules { policy: None, rules })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Rules, A::Error> {
        let (mut policy, mut rules) = (None, None);
        while let Some(key) = entries.next_key()? {
            match key {
                Key::FlowFilePolicy => policy = Some(entries.next_value()?),
                Key::Rules => rules = Some(entries.next_value()?),
            }
        }
        let rules = rules.ok_or_else(|| A::Error::missing_field("rules"))?;
        Ok(Rules { policy, rules })
    }
}

/// What NiFi's map has.
enum Key {
    FlowFilePolicy,
    Rules,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let typed = String::deserialize(deserializer)?;
        match normalize(&typed).as_str() {
            "flowfile_policy" | "flow_file_policy" | "flowfilepolicy" => Ok(Self::FlowFilePolicy),
            "rules" => Ok(Self::Rules),
            _ => Err(D::Error::custom(
                "rules are a list, each beginning with `- name:`, or a map of `flowfile_policy` and `rules`",
            )),
        }
    }
}

impl JsonSchema for Rules {
    fn schema_name() -> Cow<'static, str> {
        "Rules".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let list = generator.subschema_for::<Vec<WrittenRule>>();
        let policy = generator.subschema_for::<FlowFilePolicy>();
        json_schema!({
            "anyOf": [
                list,
                {
                    "type": "object",
                    "properties": { "flowfile_policy": policy, "rules": list },
                    "required": ["rules"],
                    "additionalProperties": false,
                },
            ]
        })
    }
}
