//! Holds the processors against the cases that were taken from NiFi, when they are beside the checkout. The types that
//! this bundle does not have are left out.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    io::{Read, Write},
    path::Path,
    sync::Arc,
};

use jiff::Timestamp;
use processors_api::{
    AnyProcessor, Attributes, ContentWriter, DecodeContext, Destination, Diagnostic, Entry, Firing,
    FlowFileId, FlowFileRecord, GivenBack, Map, Node, Parameters, ProcessorContext, ProcessorType,
    RunId, Scalar, Session, SessionInput, Source, Span, State, Style, Transfer, Trigger,
};
use processors_standard::PROCESSORS;
use serde::Deserialize;
use serde_json::Value as Json;

/// Cases that do not hold, each with its reason.
const KNOWN: &[(&str, &str)] = &[];

/// How often a processor is triggered before that counts as going on for ever.
const TRIGGERS_MAX: usize = 1000;

#[derive(Deserialize)]
struct Case {
    id: String,
    source: String,
    processor: String,
    #[serde(default)]
    properties: serde_json::Map<String, Json>,
    #[serde(default)]
    dynamic: serde_json::Map<String, Json>,
    advanced_rules: Option<Json>,
    #[serde(default)]
    inputs: Vec<Input>,
    #[serde(default)]
    expected: BTreeMap<String, Vec<Wanted>>,
    #[serde(default)]
    expect_invalid: bool,
    #[serde(default)]
    expect_valid: bool,
    #[serde(default)]
    expect_rollback: bool,
    #[serde(default)]
    unordered: bool,
    compare: Option<String>,
    triggers: Option<usize>,
}

#[derive(Deserialize)]
struct Input {
    content: Option<Json>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Wanted {
    content: Option<Json>,
    #[serde(default)]
    attributes_include: BTreeMap<String, String>,
    #[serde(default)]
    attributes_absent: Vec<String>,
    #[serde(default)]
    penalized: bool,
}

/// What came out.
struct Output {
    transfer: Transfer,
    content: Vec<u8>,
}

#[test]
fn the_cases_taken_from_nifi_hold() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/processors.jsonl");
    let Ok(text) = fs::read_to_string(&path) else {
        return eprintln!("no cases are beside the checkout: nothing was held against them");
    };
    let mut wrong = Vec::new();
    let mut held = BTreeMap::<&str, usize>::new();
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let is_type = |kind: &&ProcessorType| {
            kind.name == case.processor || kind.aliases.contains(&&*case.processor)
        };
        let Some(kind) = PROCESSORS.iter().find(is_type) else { continue };
        let known = KNOWN.iter().any(|(id, _)| *id == case.id);
        match case.holds(kind) {
            Ok(()) if known => wrong.push(format!("{} holds: take it off the list", case.id)),
            Err(why) if !known => {
                wrong.push(format!("{} {} {}: {why}", case.id, case.processor, case.source));
            }
            Ok(()) => *held.entry(kind.name).or_default() += 1,
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{} cases do not hold:\n{}", wrong.len(), wrong.join("\n"));
    assert!(held.values().sum::<usize>() > 0, "no case was looked at");
}

impl Case {
    fn holds(&self, kind: &ProcessorType) -> Result<(), String> {
        let loaded = self.load(kind);
        if self.expect_invalid || self.expect_valid {
            return match loaded {
                Err(mistakes) if self.expect_valid => Err(told(&mistakes)),
                Ok(_) if self.expect_invalid => Err("its properties should be refused".to_owned()),
                _ => Ok(()),
            };
        }
        let processor = loaded.map_err(|mistakes| told(&mistakes))?;
        match self.run(&*processor, kind.merges) {
            Err(_) if self.expect_rollback => Ok(()),
            Err(why) => Err(format!("rolled back: {why}")),
            Ok(_) if self.expect_rollback => Err("it should be rolled back".to_owned()),
            Ok(outputs) => self.compare(outputs),
        }
    }

    fn load(&self, kind: &ProcessorType) -> Result<Arc<dyn AnyProcessor>, Vec<Diagnostic>> {
        let mut properties = self.properties.clone();
        if !self.dynamic.is_empty() {
            let home = kind.named_home.unwrap_or("attributes");
            properties.insert(home.to_owned(), Json::Object(self.dynamic.clone()));
        }
        properties.extend(self.advanced_rules.iter().map(|rules| ("rules".into(), rules.clone())));
        let source = Source::new("case", "");
        let parameters = Parameters::default();
        let context = DecodeContext::new(kind.name, &source, &parameters, Span::default());
        (kind.load)(&node(&Json::Object(properties)), &context)
    }

    fn run(&self, processor: &dyn AnyProcessor, merges: bool) -> Result<Vec<Output>, String> {
        let context = Arc::new(ProcessorContext::fixed("case", Timestamp::UNIX_EPOCH));
        let mut queue: VecDeque<SessionInput> =
            self.inputs.iter().zip(1..).map(|(input, id)| input.enqueued(&context, id)).collect();
        let mut state = Arc::new(State::new());
        let mut given_back = GivenBack::default();
        let mut outputs = Vec::new();
        let times = self.triggers.unwrap_or(TRIGGERS_MAX);
        for _ in 0..times {
            if queue.is_empty() && self.triggers.is_none() {
                break;
            }
            let run = RunId::from_bytes([7; 16]);
            let firing = Firing { due: None, first: true };
            let mut session =
                Session::new(context.clone(), run, std::mem::take(&mut queue), state.clone())
                    .firing(firing);
            if merges {
                session = session.merging(std::mem::take(&mut given_back));
            }
            let Trigger::Done(result) = processor.trigger(&mut session) else {
                return Err("it waits: no case is run here".to_owned());
            };
            result.map_err(|error| error.to_string())?;
            queue = session.take_untaken();
            given_back = session.take_given_back();
            let outcome = session.finish().map_err(|(error, _)| error.to_string())?;
            if let Some(changed) = outcome.state {
                state = Arc::new(changed);
            }
            outputs.extend(outcome.transfers.into_iter().map(|transfer| {
                let mut content = Vec::new();
                let claim = &transfer.record.content;
                claim.open(&*context.content).unwrap().read_to_end(&mut content).unwrap();
                Output { transfer, content }
            }));
        }
        Ok(outputs)
    }

    fn compare(&self, outputs: Vec<Output>) -> Result<(), String> {
        let mut by_relationship = BTreeMap::<String, Vec<Output>>::new();
        for output in outputs {
            let name = match &output.transfer.destination {
                Destination::Relationship(name) => name.replace('_', " "),
                Destination::HoldChanged => return Err("a hold was lost".to_owned()),
            };
            by_relationship.entry(name).or_default().push(output);
        }
        for (name, wanted) in &self.expected {
            let mut rest = by_relationship.remove(&name.replace('_', " ")).unwrap_or_default();
            if rest.len() != wanted.len() {
                return Err(format!("{} flowfiles on {name}, not {}", rest.len(), wanted.len()));
            }
            for (index, wanted) in wanted.iter().enumerate() {
                let candidates = if self.unordered { rest.len() } else { 1 };
                let reasons: Vec<_> =
                    rest[..candidates].iter().map(|output| self.differs(output, wanted)).collect();
                match reasons.iter().position(Option::is_none) {
                    Some(fits) => drop(rest.remove(fits)),
                    None => {
                        return Err(format!(
                            "{name}[{index}]: {}",
                            reasons.into_iter().flatten().next().unwrap_or_default()
                        ));
                    }
                }
            }
        }
        match by_relationship.first_key_value() {
            Some((name, outputs)) => Err(format!("{} flowfiles on {name}, not 0", outputs.len())),
            None => Ok(()),
        }
    }

    fn differs(&self, output: &Output, wanted: &Wanted) -> Option<String> {
        let is_json = self.compare.as_deref() == Some("json");
        let same = |a: &[u8], b: &[u8]| {
            let json = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).ok();
            a == b || (is_json && json(a).is_some() && json(a) == json(b))
        };
        if let Some(content) = &wanted.content {
            let content = match content.get("same_as_input").and_then(Json::as_u64) {
                Some(index) => self.inputs[index as usize].bytes(),
                None => bytes(content),
            };
            if !same(&output.content, &content) {
                let (found, wanted) =
                    (String::from_utf8_lossy(&output.content), String::from_utf8_lossy(&content));
                return Some(format!("content {found:?}, not {wanted:?}"));
            }
        }
        let attribute = |name: &str| {
            output.transfer.record.attribute(name).map(|value| value.reveal().to_owned())
        };
        for (name, value) in &wanted.attributes_include {
            let found = attribute(name);
            if !found.as_deref().is_some_and(|found| same(found.as_bytes(), value.as_bytes())) {
                return Some(format!("{name} is {found:?}, not {value:?}"));
            }
        }
        let there = wanted.attributes_absent.iter().find(|name| attribute(name).is_some());
        if let Some(name) = there {
            return Some(format!("{name} should not be there"));
        }
        let penalized = output.transfer.penalty.is_some();
        (penalized != wanted.penalized).then(|| format!("penalized: {penalized}"))
    }
}

impl Input {
    fn bytes(&self) -> Vec<u8> {
        self.content.as_ref().map(bytes).unwrap_or_default()
    }

    fn enqueued(&self, context: &ProcessorContext, id: u8) -> SessionInput {
        let mut writer = ContentWriter::new(context.content.clone(), false);
        writer.write_all(&self.bytes()).unwrap();
        let mut attributes = Attributes::default();
        for (name, value) in &self.attributes {
            attributes.set(&**name, value.as_str().into());
        }
        let now = context.clock.now();
        let record = FlowFileRecord {
            id: FlowFileId::from_bytes([id; 16]),
            attributes,
            content: writer.finish().unwrap(),
            entry_date: now,
            lineage_start: now,
            run: RunId::from_bytes([7; 16]),
        };
        SessionInput { record, held: None, since: now }
    }
}

fn told(mistakes: &[Diagnostic]) -> String {
    mistakes.iter().map(|mistake| mistake.message.as_str()).collect::<Vec<_>>().join("; ")
}

fn bytes(content: &Json) -> Vec<u8> {
    match content.get("base64").and_then(Json::as_str) {
        Some(encoded) => base64(encoded),
        None => content.as_str().unwrap_or_default().as_bytes().to_vec(),
    }
}

fn base64(encoded: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut decoded) = (0_u32, 0, Vec::new());
    for digit in encoded.bytes().filter_map(|sign| DIGITS.iter().position(|digit| *digit == sign)) {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push((bits >> count) as u8);
        }
    }
    decoded
}

/// The value as a flow file would have it.
fn node(value: &Json) -> Node {
    let span = Span::default();
    let scalar = |text: &str| Scalar { text: text.into(), style: Style::Single, span };
    match value {
        Json::Null => Node::Absent(span),
        Json::String(text) => Node::Scalar(scalar(text)),
        Json::Array(items) => Node::Sequence(processors_api::Sequence {
            items: items.iter().map(node).collect(),
            span,
        }),
        Json::Object(entries) => {
            let entry =
                |(name, value): (&String, &Json)| Entry { key: scalar(name), value: node(value) };
            Node::Map(Map { entries: entries.iter().map(entry).collect(), span })
        }
        other => Node::Scalar(scalar(&other.to_string())),
    }
}

#[test]
fn bytes_of_a_case_are_read() {
    assert_eq!(base64("aGkA/w=="), b"hi\0\xff");
}
