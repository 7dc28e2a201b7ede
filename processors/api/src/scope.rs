//! [`FlowFileScope`]: what an expression sees while a processor works. Not a store: it looks into the flowfile, the
//! session's memory and the context.
//!
//! A name means, first found: NiFi's pseudo attributes (`fileSize`, `entryDate`, `lineageStartDate`, `flowFileId`), what
//! the processor adds (the groups of a regular expression), the flowfile's attributes with `uuid` and `run.id`, the
//! environment.

use std::sync::{Arc, atomic::Ordering};

use jiff::{Timestamp, tz::TimeZone};

use crate::{FlowFile, Parameters, ProcessorContext, RunId, Scope, State, Text, core_attributes};

/// What an expression sees of a flowfile, or without one.
#[derive(Clone, Copy)]
pub struct FlowFileScope<'a> {
    context: &'a ProcessorContext,
    state: &'a State,
    subject: Subject<'a>,
    variables: &'a [(Arc<str>, Text)],
}

#[derive(Clone, Copy)]
enum Subject<'a> {
    FlowFile(&'a FlowFile),
    Run(RunId),
}

impl<'a> FlowFileScope<'a> {
    /// What is seen of this flowfile.
    pub fn of(context: &'a ProcessorContext, state: &'a State, flowfile: &'a FlowFile) -> Self {
        Self { context, state, subject: Subject::FlowFile(flowfile), variables: &[] }
    }

    /// What is seen where there is no flowfile.
    pub fn alone(context: &'a ProcessorContext, state: &'a State, run: RunId) -> Self {
        Self { context, state, subject: Subject::Run(run), variables: &[] }
    }

    /// With more names, which stand before the attributes.
    pub fn variables(mut self, variables: &'a [(Arc<str>, Text)]) -> Self {
        self.variables = variables;
        self
    }
}

/// The attributes that a flowfile does not carry, as NiFi writes them.
fn pseudo_attribute(flowfile: &FlowFile, name: &str) -> Option<String> {
    Some(match name {
        "fileSize" => flowfile.size().to_string(),
        "entryDate" => flowfile.entry_date().as_millisecond().to_string(),
        "lineageStartDate" => flowfile.lineage_start().as_millisecond().to_string(),
        "flowFileId" => flowfile.id().to_string(),
        _ => return None,
    })
}

impl Scope for FlowFileScope<'_> {
    fn attribute(&self, name: &str) -> Option<Text> {
        let variable = || self.variables.iter().find(|(known, _)| **known == *name);
        match self.subject {
            Subject::FlowFile(flowfile) => pseudo_attribute(flowfile, name)
                .map(Text::from)
                .or_else(|| variable().map(|(_, value)| value.clone()))
                .or_else(|| flowfile.attribute(name)),
            Subject::Run(run) => variable()
                .map(|(_, value)| value.clone())
                .or_else(|| (name == core_attributes::RUN_ID).then(|| Text::from(run.to_string()))),
        }
    }

    /// `run.id` is not among them: a pattern over names finds what it finds in NiFi.
    fn attribute_names(&self, visit: &mut dyn FnMut(&str)) {
        if let Subject::FlowFile(flowfile) = self.subject {
            flowfile.attributes().iter().for_each(|(name, _)| visit(name));
            visit(core_attributes::UUID);
        }
    }

    fn parameters(&self) -> &Parameters {
        &self.context.parameters
    }

    fn state(&self, key: &str) -> Option<Text> {
        self.state.get(key).cloned()
    }

    fn environment(&self, name: &str) -> Option<Text> {
        self.context.environment.get(name).map(|value| Text::from(value.as_str()))
    }

    fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    fn time_zone(&self) -> &TimeZone {
        &self.context.zone
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.context.entropy.fill(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    fn next_int(&self) -> i64 {
        self.context.counter.fetch_add(1, Ordering::Relaxed)
    }

    fn host_name(&self) -> &str {
        &self.context.host.name
    }

    fn host_address(&self) -> &str {
        &self.context.host.address
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::{Expr, RunId, Session};

    fn evaluated(expression: &str, variables: &[(Arc<str>, Text)]) -> Text {
        let context = ProcessorContext::fixed("one", Timestamp::UNIX_EPOCH);
        let run = RunId::from_bytes([7; 16]);
        let mut session =
            Session::new(Arc::new(context), run, VecDeque::new(), Arc::new(State::new()));
        let mut flowfile = session.create();
        flowfile.put_attribute("fileSize", "shadowed");
        flowfile.put_attribute("open", "o");
        flowfile.put_attribute("token", Text::sensitive("t0ken"));
        session.set_bytes(&mut flowfile, b"12345", false).unwrap();
        let scope = session.scope(&flowfile).variables(variables);
        Expr::<String>::compile(expression).unwrap().evaluate(&scope).unwrap()
    }

    #[test]
    fn pseudo_attributes_variables_and_ids_are_seen() {
        for (expression, expected) in [
            ("${fileSize}", "5"),
            ("${entryDate}/${lineageStartDate}", "0/0"),
            ("${uuid:equals(${flowFileId})}", "true"),
            ("${run.id}", "07070707-0707-0707-0707-070707070707"),
            ("${open}${'$1'}", "oone"),
            ("${allMatchingAttributes('uu.*'):isEmpty()}", "false"),
        ] {
            let variables = [(Arc::from("$1"), Text::from("one"))];
            assert_eq!(evaluated(expression, &variables).reveal(), expected, "{expression}");
        }
    }

    #[test]
    fn what_is_made_of_a_secret_is_one() {
        assert!(evaluated("Bearer ${token}", &[]).is_sensitive());
        assert!(!evaluated("Bearer ${open}", &[]).is_sensitive());
        let variables = [(Arc::from("$1"), Text::sensitive("x"))];
        assert!(evaluated("${'$1':toUpper()}", &variables).is_sensitive());
    }
}
