//! `UpdateAttribute`: sets and deletes attributes, by rules if there are any. How rules are written is `rules`' business,
//! which attributes go is `deletion`'s. Its memory is the session's state: at most [`STATE_BYTES_MAX`] bytes.

use indexmap::IndexMap;
use processors_api::{
    AttributeUse, Definition, EventKind, Example, ExampleFlowFile, Expr, Facts, FlowFile, Input,
    Processor, ProcessorError, PropertiesError, Relationship, STATE_BYTES_MAX, Session,
    SetAttribute, State, Text, core_attributes,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod deletion;
mod rules;
#[cfg(test)]
mod tests;

use deletion::Deletion;
use rules::{FlowFilePolicy, Rule, Rules};

/// The attribute that tells which rule was true.
const MATCHED_RULE: &str = "UpdateAttribute.matchedRule";

/// Sets attributes and deletes them.
///
/// Every new value is computed from the attributes that the flowfile came with, never from another new value: two
/// attributes can change places.
///
/// With a state the processor remembers each value that it gave an attribute, and `${getStateValue('count')}` reads the
/// one from the flowfile before: counters and sums. It then works on one flowfile at a time (`concurrency` is 1), and
/// has a second relationship, `set_state_fail`: there goes a flowfile whose values are more than can be remembered
/// (64 KB).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Properties {
    /// The attributes to set, each with its new value. A value that gives nothing sets the empty text.
    #[serde(default)]
    attributes: IndexMap<String, Expr<String>>,

    /// A regular expression: attributes whose whole name matches are deleted, also when they are set here. Only
    /// attributes that the flowfile came with are looked at.
    #[serde(default)]
    delete_attributes_expression: Option<Expr<String>>,

    /// What is set and deleted under conditions: a list of rules, each with its `name`, its `conditions`, and `attributes`
    /// to set on top of those above when all conditions are true of the flowfile as it came. NiFi's form is read too:
    /// a map of `flowfile_policy` and `rules`, in which a rule has a list of `actions`.
    #[serde(default)]
    rules: Option<Rules>,

    /// What happens to a flowfile for which several rules are true.
    #[serde(default)]
    flowfile_policy: Option<FlowFilePolicy>,

    /// Whether the values are remembered, for `getStateValue`.
    #[serde(default)]
    store_state: StoreState,

    /// What `getStateValue` gives before the first flowfile, for every attribute that is set here. Needed with a state;
    /// it may be empty.
    #[serde(default)]
    stateful_variables_initial_value: Option<Text>,

    /// Read for NiFi's sake; it changes nothing.
    #[serde(
        rename = "cache_value_lookup_cache_size",
        alias = "canonical_value_lookup_cache_size",
        default = "hundred"
    )]
    _cache_size: u32,
}

fn hundred() -> u32 {
    100
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
enum StoreState {
    /// Nothing is remembered.
    #[default]
    #[serde(rename = "Do not store state", alias = "no")]
    No,
    /// The values are remembered, across restarts too.
    #[serde(rename = "Store state locally", alias = "locally")]
    Locally,
}

pub(crate) struct UpdateAttribute {
    attributes: IndexMap<String, Expr<String>>,
    delete: Option<Deletion>,
    rules: Vec<Rule>,
    policy: FlowFilePolicy,
    /// The value that an attribute without a memory begins with; none without a state.
    initial_value: Option<Text>,
}

const SUCCESS: Relationship = Relationship::main("success", "The attributes were set.");
const SET_STATE_FAIL: Relationship = Relationship::failure(
    "set_state_fail",
    "The values are too large to be remembered. Only with a state.",
);

impl Definition for UpdateAttribute {
    const TYPE: &'static str = "UpdateAttribute";
    const INPUT: Input = Input::Required;
    const RELATIONSHIPS: &'static [Relationship] = &[SUCCESS];
    const NAMED_HOME: Option<&'static str> = Some("attributes");
    const WRITES: &'static [AttributeUse] = &[AttributeUse::new(
        MATCHED_RULE,
        "The name of the rule that was true; of the last one with `use_original`. Not set without `rules` or when none is true.",
    )];
    const EXAMPLES: &'static [Example] = EXAMPLES;
    type Properties = Properties;

    fn new(properties: Properties) -> Result<Self, PropertiesError> {
        if properties.attributes.contains_key("") {
            return Err(PropertiesError::of("attributes", "an attribute needs a name"));
        }
        let delete = properties.delete_attributes_expression.map(Deletion::new).transpose();
        let delete = delete.map_err(|error| {
            let message =
                format!("`delete_attributes_expression` is no regular expression: {error}");
            PropertiesError::of("delete_attributes_expression", message)
        })?;
        let (rules, policy) = match properties.rules {
            Some(rules) => rules.compile(properties.flowfile_policy)?,
            None => (Vec::new(), properties.flowfile_policy),
        };
        let initial_value =
            initial_value(properties.store_state, properties.stateful_variables_initial_value)?;
        let policy = policy.unwrap_or_default();
        Ok(Self { attributes: properties.attributes, delete, rules, policy, initial_value })
    }

    fn relationships(&self) -> Vec<Relationship> {
        let with_state = self.initial_value.as_ref().map(|_| SET_STATE_FAIL);
        [SUCCESS].into_iter().chain(with_state).collect()
    }

    fn is_serial(&self) -> bool {
        self.initial_value.is_some()
    }

    fn facts(&self) -> Facts {
        Facts { sets: self.names().map(SetAttribute::exact).collect(), ..Facts::default() }
    }
}

fn initial_value(store: StoreState, value: Option<Text>) -> Result<Option<Text>, PropertiesError> {
    match (store, value) {
        (StoreState::No, _) => Ok(None),
        (StoreState::Locally, Some(value)) => Ok(Some(value)),
        (StoreState::Locally, None) => Err(PropertiesError::of(
            "store_state",
            "a state needs `stateful_variables_initial_value`: what `getStateValue` gives before the first flowfile",
        )
        .help("for a counter: stateful_variables_initial_value: 0")),
    }
}

/// What becomes of one output: computed wholly before anything is changed.
struct Plan<'p> {
    rule: Option<&'p str>,
    values: Vec<(&'p str, Text)>,
    removed: Vec<String>,
}

impl Processor for UpdateAttribute {
    fn on_trigger(&self, session: &mut Session) -> Result<(), ProcessorError> {
        let Some(flowfile) = session.get() else { return Ok(()) };
        if let Some(initial) = &self.initial_value
            && let Some(begin) = self.first_state(session.state(), initial)
            && let Err(reason) = remember(session, begin)
        {
            session.transfer_failed(flowfile, &SET_STATE_FAIL, reason);
            return Ok(());
        }
        let plans = self.plans(session, &flowfile)?;
        if self.initial_value.is_some()
            && let Err(reason) = remember(session, next_state(session.state(), &plans))
        {
            session.transfer_failed(flowfile, &SET_STATE_FAIL, reason);
            return Ok(());
        }
        let copies: Vec<FlowFile> =
            plans.iter().skip(1).map(|_| session.clone_flowfile(&flowfile)).collect();
        for (flowfile, plan) in std::iter::once(flowfile).chain(copies).zip(plans) {
            finish(session, flowfile, plan);
        }
        Ok(())
    }
}

impl UpdateAttribute {
    /// All attributes that are set, by rules too.
    fn names(&self) -> impl Iterator<Item = &str> {
        let of_rules = self.rules.iter().flat_map(|rule| rule.attributes.keys());
        self.attributes.keys().chain(of_rules).map(String::as_str)
    }

    /// The state with the initial value for each attribute that is not in it yet; none when all are.
    fn first_state(&self, state: &State, initial: &Text) -> Option<State> {
        let mut missing = self.names().filter(|name| !state.contains_key(*name)).peekable();
        missing.peek()?;
        let mut first = state.clone();
        first.extend(missing.map(|name| (name.into(), initial.clone())));
        Some(first)
    }

    /// One for each output: the first is the flowfile itself, the others are clones.
    fn plans(
        &self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Vec<Plan<'_>>, ProcessorError> {
        let mut matching = Vec::new();
        for rule in &self.rules {
            if rule.is_true(session, flowfile)? {
                matching.push(rule);
            }
        }
        if matching.is_empty() || self.policy == FlowFilePolicy::UseOriginal {
            return Ok(vec![self.plan(session, flowfile, &matching)?]);
        }
        matching.into_iter().map(|rule| self.plan(session, flowfile, &[rule])).collect()
    }

    /// What these rules do on top of what is always done; a later one wins.
    fn plan<'p>(
        &'p self,
        session: &Session,
        flowfile: &FlowFile,
        rules: &[&'p Rule],
    ) -> Result<Plan<'p>, ProcessorError> {
        let mut wanted: IndexMap<&str, &Expr<String>> = IndexMap::new();
        let of_rules = rules.iter().flat_map(|rule| &rule.attributes);
        for (name, value) in self.attributes.iter().chain(of_rules) {
            wanted.insert(name, value);
        }
        let evaluate = |(name, value)| Ok((name, session.evaluate(value, flowfile)?));
        let values = wanted.into_iter().map(evaluate).collect::<Result<_, ProcessorError>>()?;
        let delete = rules.iter().rev().find_map(|rule| rule.delete.as_ref());
        let removed = match delete.or(self.delete.as_ref()) {
            Some(delete) => delete.names(session, flowfile)?,
            None => Vec::new(),
        };
        Ok(Plan { rule: rules.last().map(|rule| rule.name.as_str()), values, removed })
    }
}

/// The state with every new value, those of deleted attributes too.
fn next_state(state: &State, plans: &[Plan<'_>]) -> State {
    let mut next = state.clone();
    let values = plans.iter().flat_map(|plan| &plan.values);
    next.extend(values.map(|(name, value)| ((*name).into(), value.clone())));
    next
}

/// Sets the state, or says why not.
fn remember(session: &mut Session, state: State) -> Result<(), String> {
    let bytes: usize = state.iter().map(|(name, value)| name.len() + value.reveal().len()).sum();
    if bytes > STATE_BYTES_MAX {
        return Err(format!(
            "the values have {bytes} bytes, more than the {STATE_BYTES_MAX} that can be remembered"
        ));
    }
    session.set_state(state);
    Ok(())
}

fn finish(session: &mut Session, mut flowfile: FlowFile, plan: Plan<'_>) {
    let mut identity = None;
    for (name, value) in plan.values {
        if name == core_attributes::ALTERNATE_IDENTIFIER {
            identity = uri(&value);
        }
        flowfile.put_attribute(name, value);
    }
    if let Some(rule) = plan.rule {
        flowfile.put_attribute(MATCHED_RULE, rule);
    }
    for name in plan.removed {
        flowfile.remove_attribute(&name);
    }
    if identity.is_some() && flowfile.attribute(core_attributes::ALTERNATE_IDENTIFIER).is_some() {
        session.report(&flowfile, EventKind::AddInfo, identity);
    }
    session.report(&flowfile, EventKind::AttributesModified, None);
    session.transfer(flowfile, &SUCCESS);
}

/// A text that is a URI, for provenance: a scheme, a colon and something behind it.
fn uri(text: &Text) -> Option<Text> {
    let (scheme, rest) = text.reveal().split_once(':')?;
    let is_scheme = scheme.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || "+-.".contains(sign));
    let is_rest =
        !rest.is_empty() && !rest.contains(|sign: char| sign.is_whitespace() || sign.is_control());
    (is_scheme && is_rest).then(|| Text::new(format!("{scheme} {rest}"), text.is_sensitive()))
}

const EXAMPLES: &[Example] = &[
    Example::new(
        "Name the file after the customer",
        "attributes:\n  filename: ${customer:toLower()}.json\n  mime.type: application/json\ndelete_attributes_expression: tmp\\..*\n",
    )
    .inputs(&[ExampleFlowFile::new("{}", &[("customer", "ACME"), ("tmp.step", "3")])])
    .outputs(&[(
        "success",
        ExampleFlowFile::new("{}", &[("filename", "acme.json"), ("mime.type", "application/json")]),
    )]),
    Example::new(
        "Two attributes change places",
        "attributes:\n  a: ${b}\n  b: ${a}\n",
    )
    .inputs(&[ExampleFlowFile::new("", &[("a", "1"), ("b", "2")])])
    .outputs(&[("success", ExampleFlowFile::new("", &[("a", "2"), ("b", "1")]))]),
    Example::new(
        "Number the flowfiles",
        "store_state: Store state locally\nstateful_variables_initial_value: 0\nattributes:\n  number: ${getStateValue('number'):plus(1)}\n",
    )
    .inputs(&[ExampleFlowFile::new("first", &[]), ExampleFlowFile::new("second", &[])])
    .outputs(&[
        ("success", ExampleFlowFile::new("first", &[("number", "1")])),
        ("success", ExampleFlowFile::new("second", &[("number", "2")])),
    ]),
    Example::new(
        "Another value under a condition",
        "attributes:\n  priority: 5\nrules:\n  - name: urgent\n    conditions:\n      - ${subject:contains('urgent')}\n    attributes:\n      priority: 1\n",
    )
    .inputs(&[
        ExampleFlowFile::new("", &[("subject", "urgent: call back")]),
        ExampleFlowFile::new("", &[("subject", "hello")]),
    ])
    .outputs(&[
        (
            "success",
            ExampleFlowFile::new("", &[("priority", "1"), (MATCHED_RULE, "urgent")]),
        ),
        ("success", ExampleFlowFile::new("", &[("priority", "5")])),
    ]),
];
