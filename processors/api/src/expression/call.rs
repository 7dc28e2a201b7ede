//! [`Call`]: what a function sees when it is called. Its arguments are evaluated only when it asks for them, and what is
//! made of one (a regular expression, a pattern) is made once.

use std::{borrow::Cow, fmt::Display, sync::Arc};

use super::{
    EvaluateError, Value, convert,
    dates::{Duration, Pattern},
    evaluation::{Evaluation, Form, Invocation, Prepared},
    function::{Answer, Argument},
    functions::Mapping,
    limits::PREPARE_WORK,
};
use crate::{JavaRegex, JsonPath};

/// What a function sees when it is called.
pub(super) struct Call<'a> {
    /// The value it stands behind, already of the kind that its row asks for.
    pub(super) subject: Value,
    /// The values of a function that stands last.
    pub(super) values: Vec<Value>,
    pub(super) invocation: &'a Invocation,
    pub(super) evaluation: &'a Evaluation<'a>,
}

impl Call<'_> {
    /// The subject as text; a function behind [`super::function::Kind::Text`] always has one unless it handles null.
    pub(super) fn subject_text(&self) -> &str {
        match &self.subject {
            Value::String(text) => text,
            _ => "",
        }
    }

    pub(super) fn argument_count(&self) -> usize {
        self.invocation.arguments.len()
    }

    /// The argument at `index`, as what the function's row says it is. It is evaluated only now.
    pub(super) fn value(&self, index: usize) -> Answer {
        let Some(given) = self.invocation.arguments.get(index) else { return Ok(Value::Null) };
        let value = given.node.evaluate(self.evaluation)?;
        match self
            .invocation
            .function
            .argument(index)
            .and_then(|argument: &Argument| argument.kind.wanted())
        {
            Some(wanted) => convert::to(value, wanted, self.evaluation),
            None => Ok(value),
        }
    }

    pub(super) fn text(&self, index: usize) -> Result<Option<String>, EvaluateError> {
        Ok(convert::into_text(self.value(index)?, self.evaluation))
    }

    /// The text of the argument at `index` if it is a literal.
    pub(super) fn literal(&self, index: usize) -> Option<&str> {
        self.invocation.arguments.get(index)?.node.literal()
    }

    /// As [`Self::text`], without a copy of a literal.
    pub(super) fn text_or_literal(
        &self,
        index: usize,
    ) -> Result<Option<Cow<'_, str>>, EvaluateError> {
        match self.literal(index) {
            Some(literal) => Ok(Some(Cow::Borrowed(literal))),
            None => Ok(self.text(index)?.map(Cow::Owned)),
        }
    }

    /// A text that must be there.
    pub(super) fn required(&self, index: usize) -> Result<String, EvaluateError> {
        self.text(index)?.ok_or_else(|| self.missing(index))
    }

    pub(super) fn whole(&self, index: usize) -> Result<Option<i64>, EvaluateError> {
        Ok(match self.value(index)? {
            Value::Whole(whole) => Some(whole),
            _ => None,
        })
    }

    pub(super) fn boolean(&self, index: usize) -> Result<Option<bool>, EvaluateError> {
        Ok(match self.value(index)? {
            Value::Boolean(boolean) => Some(boolean),
            _ => None,
        })
    }

    pub(super) fn regex(&self, index: usize) -> Result<Option<Arc<JavaRegex>>, EvaluateError> {
        let make = |text: &str| match JavaRegex::new(text) {
            Ok(regex) => Ok(Prepared::Regex(Arc::new(regex))),
            Err(error) => Err(self.evaluation.explain(text, "is not a regular expression", &error)),
        };
        Ok(self.prepared(index, Form::Regex, make)?.and_then(|prepared| match prepared {
            Prepared::Regex(regex) => Some(regex),
            _ => None,
        }))
    }

    pub(super) fn pattern(&self, index: usize) -> Result<Option<Arc<Pattern>>, EvaluateError> {
        let make = |text: &str| match Pattern::new(text) {
            Ok(pattern) => Ok(Prepared::Pattern(Arc::new(pattern))),
            Err(error) => Err(self.evaluation.explain(text, "is not a date pattern", &error)),
        };
        Ok(self.prepared(index, Form::Pattern, make)?.and_then(|prepared| match prepared {
            Prepared::Pattern(pattern) => Some(pattern),
            _ => None,
        }))
    }

    pub(super) fn duration(&self, index: usize) -> Result<Option<Duration>, EvaluateError> {
        let make = |text: &str| match Duration::parse(text) {
            Some(duration) => Ok(Prepared::Duration(duration)),
            None => {
                Err(format!("{} is not a time span such as `3 days`", self.evaluation.quote(text)))
            }
        };
        Ok(self.prepared(index, Form::Duration, make)?.and_then(|prepared| match prepared {
            Prepared::Duration(duration) => Some(duration),
            _ => None,
        }))
    }

    pub(super) fn mapping(&self, index: usize) -> Result<Option<Arc<Mapping>>, EvaluateError> {
        let make = |text: &str| match Mapping::parse(text) {
            Ok(mapping) => Ok(Prepared::Mapping(Arc::new(mapping))),
            Err(error) => Err(self.evaluation.explain(text, "is not a mapping", &error)),
        };
        Ok(self.prepared(index, Form::Mapping, make)?.and_then(|prepared| match prepared {
            Prepared::Mapping(mapping) => Some(mapping),
            _ => None,
        }))
    }

    pub(super) fn json_path(&self, index: usize) -> Result<Option<JsonPath>, EvaluateError> {
        let make = |text: &str| match JsonPath::compile(text) {
            Ok(path) => Ok(Prepared::JsonPath(path)),
            Err(error) => Err(self.evaluation.explain(text, "is not a JSONPath", &error)),
        };
        Ok(self.prepared(index, Form::JsonPath, make)?.and_then(|prepared| match prepared {
            Prepared::JsonPath(path) => Some(path),
            _ => None,
        }))
    }

    /// What `make` makes of a text: once for ever if the text is a literal, otherwise once an evaluation.
    fn prepared(
        &self,
        index: usize,
        form: Form,
        make: impl Fn(&str) -> Result<Prepared, String>,
    ) -> Result<Option<Prepared>, EvaluateError> {
        let Some(given) = self.invocation.arguments.get(index) else { return Ok(None) };
        if let Some(literal) = given.node.literal() {
            let prepared = given.prepared.get_or_init(|| make(literal)).clone();
            return prepared.map(Some).map_err(|reason| self.error(reason));
        }
        let Some(text) = self.text(index)? else { return Ok(None) };
        if let Some(known) = self.evaluation.remembered(form, &text) {
            return Ok(Some(known));
        }
        self.evaluation.spend_work(PREPARE_WORK + text.len() as u64)?;
        let prepared = make(&text).map_err(|reason| self.error(reason))?;
        self.evaluation.remember(form, text, prepared.clone());
        Ok(Some(prepared))
    }

    /// An error of a part that may quote what it was given: its reason is left out when that may be secret.
    pub(super) fn error_of(&self, what: &str, reason: &dyn Display) -> EvaluateError {
        self.error(if self.evaluation.is_sensitive() {
            what.to_owned()
        } else {
            format!("{what}: {reason}")
        })
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> EvaluateError {
        EvaluateError::Function { function: self.invocation.function.name, reason: reason.into() }
    }

    /// The argument at `index` is null, and the function cannot do without it.
    pub(super) fn missing(&self, index: usize) -> EvaluateError {
        let name =
            self.invocation.function.argument(index).map_or("argument", |argument| argument.name);
        self.error(format!("its {name} has no value"))
    }
}
