//! [`FlowFileScope`]: what an expression sees when a processor evaluates it for a flowfile: NiFi's pseudo attributes,
//! the attributes, the environment, the flow's parameters, the processor's memory.

use std::sync::atomic::Ordering;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    EvaluateError, Expr, ExpressionType, FlowFile, Parameters, ProcessorContext, Scope, Session,
    State, Text, core_attributes,
};

/// What an expression sees. Without a flowfile, the attributes are those of none.
pub struct FlowFileScope<'s> {
    context: &'s ProcessorContext,
    state: &'s State,
    flowfile: Option<&'s FlowFile>,
    /// Names that stand before everything else, such as `$1`.
    extra: &'s [(String, Text)],
}

impl<'s> FlowFileScope<'s> {
    /// Adds names that stand before everything else.
    #[must_use]
    pub fn with(mut self, extra: &'s [(String, Text)]) -> Self {
        self.extra = extra;
        self
    }

    /// NiFi's pseudo attributes; they shadow attributes of their names.
    fn pseudo_attribute(flowfile: &FlowFile, name: &str) -> Option<Text> {
        let milliseconds = |time: Timestamp| Some(time.as_millisecond().to_string().into());
        match name {
            "fileSize" => Some(flowfile.size().to_string().into()),
            "entryDate" => milliseconds(flowfile.entry_date()),
            "lineageStartDate" => milliseconds(flowfile.lineage_start()),
            "flowFileId" => Some(flowfile.id().to_string().into()),
            _ => None,
        }
    }
}

impl Scope for FlowFileScope<'_> {
    fn attribute(&self, name: &str) -> Option<Text> {
        let extra =
            self.extra.iter().find(|(extra, _)| extra == name).map(|(_, value)| value.clone());
        extra.or_else(|| {
            let flowfile = self.flowfile?;
            Self::pseudo_attribute(flowfile, name).or_else(|| flowfile.attribute(name))
        })
    }

    fn attribute_names(&self, visit: &mut dyn FnMut(&str)) {
        self.extra.iter().for_each(|(name, _)| visit(name));
        let Some(flowfile) = self.flowfile else { return };
        flowfile.attributes().iter().for_each(|(name, _)| visit(name));
        [core_attributes::UUID, core_attributes::RUN_ID].into_iter().for_each(visit);
    }

    fn parameters(&self) -> &Parameters {
        &self.context.parameters
    }

    fn state(&self, key: &str) -> Option<Text> {
        self.state.get(key).cloned()
    }

    fn environment(&self, name: &str) -> Option<Text> {
        self.context.environment.get(name).map(|value| value.as_str().into())
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
        u64::from_ne_bytes(bytes)
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

impl Session {
    /// What an expression sees for a flowfile, or for none.
    pub fn scope<'s>(&'s self, flowfile: Option<&'s FlowFile>) -> FlowFileScope<'s> {
        FlowFileScope { context: self.context(), state: self.state(), flowfile, extra: &[] }
    }

    /// Evaluates an expression for a flowfile.
    pub fn evaluate<T: ExpressionType>(
        &self,
        expression: &Expr<T>,
        flowfile: &FlowFile,
    ) -> Result<T::Output, EvaluateError> {
        expression.evaluate(&self.scope(Some(flowfile)))
    }

    /// Evaluates an expression that sees no flowfile.
    pub fn evaluate_without<T: ExpressionType>(
        &self,
        expression: &Expr<T>,
    ) -> Result<T::Output, EvaluateError> {
        expression.evaluate(&self.scope(None))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, sync::Arc};

    use super::*;
    use crate::RunId;

    #[test]
    fn pseudo_attributes_shadow_and_ids_are_seen() {
        let context =
            Arc::new(ProcessorContext::fixed("a", Timestamp::from_millisecond(5).unwrap()));
        let mut session =
            Session::new(context, RunId::from_bytes([7; 16]), VecDeque::new(), Arc::default());
        let mut flowfile = session.create();
        flowfile.put_attribute("fileSize", "99");
        flowfile.put_attribute("secret", Text::sensitive("x"));
        let shown =
            |text: &str| session.evaluate(&Expr::<String>::compile(text).unwrap(), &flowfile);
        assert_eq!(shown("${fileSize} ${entryDate}").unwrap().reveal(), "0 5");
        assert_eq!(shown("${run.id}").unwrap().reveal(), RunId::from_bytes([7; 16]).to_string());
        assert_eq!(shown("${uuid:equals(${flowFileId})}").unwrap().reveal(), "true");
        assert!(shown("a${secret}").unwrap().is_sensitive());
    }
}
