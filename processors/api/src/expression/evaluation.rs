//! The compiled expression ([`Chain`] of [`Invocation`]s) and how it runs. Not typing: the compiler has seen to it that
//! each value can become what the next function wants. A chain runs in a loop; only nesting, which is bounded,
//! recurses. Whatever reads something secret taints the whole evaluation: that cannot be forgotten in a function.

use std::{
    cell::{Cell, RefCell},
    fmt::{self, Display},
    sync::{Arc, OnceLock},
};

use super::{
    EvaluateError, Scope, Type, Value, convert,
    dates::{Duration, Pattern},
    function::{Answer, Function, Kind, Position, Several, ValuesFrom},
    functions::Mapping,
    limits::{BYTES_PER_WORK, QUOTED_CHARS_MAX, REMEMBERED_MAX, VALUES_MAX, WORK_MAX},
};
use crate::{JavaRegex, JsonPath, MASK, Text};

pub(super) use super::call::Call;

/// An argument, or a text with expressions in it.
#[derive(Debug)]
pub(super) enum Node {
    Constant(Value),
    Parameter(Arc<str>),
    Expression(Box<Chain>),
    /// Texts one after the other; null counts as empty.
    Joined(Vec<Node>),
}

/// A subject and the functions behind it.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) subject: Subject,
    pub(super) calls: Vec<Invocation>,
    pub(super) result: Type,
}

#[derive(Debug)]
pub(super) enum Subject {
    /// The attribute of this name.
    Attribute(Node),
    Parameter(Arc<str>),
    Function(Invocation),
}

/// A function and what it is called with.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) function: &'static Function,
    pub(super) arguments: Vec<Given>,
    /// Whether it begins its expression.
    pub(super) is_first: bool,
}

/// An argument, and what was made of it once if it is a literal.
pub(super) struct Given {
    pub(super) node: Node,
    pub(super) prepared: OnceLock<Result<Prepared, String>>,
}

#[derive(Clone)]
pub(super) enum Prepared {
    Regex(Arc<JavaRegex>),
    Pattern(Arc<Pattern>),
    Duration(Duration),
    Mapping(Arc<Mapping>),
    JsonPath(JsonPath),
}

/// What a text is read as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Form {
    Regex,
    Pattern,
    Duration,
    Mapping,
    JsonPath,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl Given {
    pub(super) fn new(node: Node) -> Self {
        Self { node, prepared: OnceLock::new() }
    }
}

impl Node {
    pub(super) fn result(&self) -> Type {
        match self {
            Self::Constant(Value::Whole(_)) => Type::Whole,
            Self::Constant(Value::Decimal(_)) => Type::Decimal,
            Self::Constant(Value::Boolean(_)) => Type::Boolean,
            Self::Expression(chain) => chain.result,
            Self::Constant(_) | Self::Parameter(_) | Self::Joined(_) => Type::String,
        }
    }

    /// The text, if it is known before anything runs.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Self::Constant(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn evaluate(&self, evaluation: &Evaluation<'_>) -> Answer {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Parameter(name) => Ok(evaluation.parameter(name)),
            Self::Expression(chain) => chain.evaluate(evaluation),
            Self::Joined(nodes) => {
                let mut joined = String::new();
                for node in nodes {
                    let value = node.evaluate(evaluation)?;
                    joined += &convert::text(&value, evaluation).unwrap_or_default();
                    evaluation.check_size(joined.len())?;
                }
                Ok(joined.into())
            }
        }
    }
}

impl Chain {
    pub(super) fn evaluate(&self, evaluation: &Evaluation<'_>) -> Answer {
        let value = match &self.subject {
            Subject::Attribute(name) => match name.literal() {
                Some(name) => evaluation.attribute(name),
                None => match convert::into_text(name.evaluate(evaluation)?, evaluation) {
                    Some(name) => evaluation.attribute(&name),
                    None => Value::Null,
                },
            },
            Subject::Parameter(name) => evaluation.parameter(name),
            Subject::Function(first) => match first.function.position {
                Position::Several(several) => return self.over_several(several, first, evaluation),
                _ => first.call(Value::Null, evaluation)?,
            },
        };
        run(&self.calls, value, evaluation)
    }

    /// Runs the calls for each value of a multi-attribute function. Without any value they see one null.
    fn over_several(
        &self,
        several: Several,
        first: &Invocation,
        evaluation: &Evaluation<'_>,
    ) -> Answer {
        let mut values = first.values(several.from, evaluation)?;
        let reducing = self
            .calls
            .split_last()
            .filter(|(last, _)| matches!(last.function.position, Position::Last(_)));
        if let Some((last, calls)) = reducing {
            if values.is_empty() {
                values.push(Value::Null);
            }
            let results: Result<Vec<Value>, _> =
                values.into_iter().map(|value| run(calls, value, evaluation)).collect();
            return last.reduce(results?, evaluation);
        }
        if values.is_empty() {
            values.push(Value::Null);
        }
        for value in values {
            let holds = run(&self.calls, value, evaluation)? == Value::Boolean(true);
            if holds != several.all {
                return Ok(holds.into());
            }
        }
        Ok(several.all.into())
    }
}

fn run(calls: &[Invocation], subject: Value, evaluation: &Evaluation<'_>) -> Answer {
    calls.iter().try_fold(subject, |value, call| call.call(value, evaluation))
}

impl Invocation {
    fn call(&self, subject: Value, evaluation: &Evaluation<'_>) -> Answer {
        if matches!(self.function.position, Position::Last(_)) {
            return self.reduce(vec![subject], evaluation);
        }
        let mut subject = subject;
        if let Some(kind) = self.kind_before() {
            if let Some(wanted) = kind.wanted() {
                subject = convert::to(subject, wanted, evaluation)?;
            }
            if subject.is_null()
                && let Some(answer) = self.function.on_null.answer()
            {
                return Ok(answer);
            }
        }
        evaluation.spend(&subject)?;
        let call = Call { subject, values: Vec::new(), invocation: self, evaluation };
        let answer = (self.function.run)(&call)?;
        evaluation.spend(&answer)?;
        Ok(answer)
    }

    /// What the subject must be, where there is one.
    fn kind_before(&self) -> Option<Kind> {
        match self.function.position {
            Position::Behind(kind) => Some(kind),
            Position::BehindOrFirst(kind) => (!self.is_first).then_some(kind),
            Position::Last(_) | Position::First | Position::Several(_) => None,
        }
    }

    /// Calls a function that makes one value of many.
    fn reduce(&self, values: Vec<Value>, evaluation: &Evaluation<'_>) -> Answer {
        let call = Call { subject: Value::Null, values, invocation: self, evaluation };
        (self.function.run)(&call)
    }

    fn values(
        &self,
        from: ValuesFrom,
        evaluation: &Evaluation<'_>,
    ) -> Result<Vec<Value>, EvaluateError> {
        let call = Call { subject: Value::Null, values: Vec::new(), invocation: self, evaluation };
        let texts = |call: &Call<'_>| -> Result<Vec<String>, EvaluateError> {
            (0..self.arguments.len()).filter_map(|index| call.text(index).transpose()).collect()
        };
        match from {
            ValuesFrom::Names => {
                Ok(texts(&call)?.iter().map(|name| evaluation.attribute(name)).collect())
            }
            ValuesFrom::MatchingNames => {
                let mut names = Vec::new();
                for index in 0..self.arguments.len() {
                    let Some(pattern) = call.regex(index)? else { continue };
                    names.extend(
                        evaluation.names_matching(&pattern).map_err(|reason| call.error(reason))?,
                    );
                }
                names.sort();
                names.dedup();
                Ok(names.iter().map(|name| evaluation.attribute(name)).collect())
            }
            ValuesFrom::Pieces => {
                let (Some(text), Some(delimiter)) = (call.text(0)?, call.regex(1)?) else {
                    return Ok(Vec::new());
                };
                let pieces =
                    delimiter.split(&text).map_err(|error| call.error(error.to_string()))?;
                if pieces.len() > VALUES_MAX {
                    return Err(EvaluateError::TooMuchWork);
                }
                Ok(pieces.into_iter().map(Value::from).collect())
            }
        }
    }
}

/// One evaluation of a property: what it sees, and what it has used up.
pub(super) struct Evaluation<'a> {
    pub(super) scope: &'a dyn Scope,
    sensitive: Cell<bool>,
    work: Cell<u64>,
    /// The values of JSON that paths looked at.
    pub(super) visits: Cell<u64>,
    pub(super) depth: Cell<usize>,
    /// Whether `#{name}` means anything: it does not inside `evaluateELString()`.
    pub(super) parameters: Cell<bool>,
    /// What was made of computed texts.
    remembered: RefCell<Vec<(Form, String, Prepared)>>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(scope: &'a dyn Scope) -> Self {
        Self {
            scope,
            sensitive: Cell::new(false),
            work: Cell::new(0),
            visits: Cell::new(0),
            depth: Cell::new(0),
            parameters: Cell::new(true),
            remembered: RefCell::new(Vec::new()),
        }
    }

    /// Whether anything that was read so far is secret.
    pub(super) fn is_sensitive(&self) -> bool {
        self.sensitive.get()
    }

    /// Takes the text out and remembers whether it was secret. Every text comes in here.
    pub(super) fn read(&self, text: Option<Text>) -> Value {
        let Some(text) = text else { return Value::Null };
        self.sensitive.set(self.sensitive.get() || text.is_sensitive());
        text.reveal().into()
    }

    fn attribute(&self, name: &str) -> Value {
        self.read(self.scope.attribute(name).or_else(|| self.scope.environment(name)))
    }

    pub(super) fn parameter(&self, name: &str) -> Value {
        self.read(self.scope.parameters().get(name).filter(|_| self.parameters.get()).cloned())
    }

    fn names_matching(&self, pattern: &JavaRegex) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        let mut problem = None;
        self.scope.attribute_names(&mut |name| match pattern.is_full_match(name) {
            Ok(true) => names.push(name.to_owned()),
            Ok(false) => {}
            Err(error) => problem = Some(error.to_string()),
        });
        problem.map_or(Ok(names), Err)
    }

    /// A value for a message: cut short, and stars when anything secret was read.
    pub(super) fn quote(&self, text: &str) -> String {
        if self.is_sensitive() {
            return MASK.to_owned();
        }
        match text.char_indices().nth(QUOTED_CHARS_MAX) {
            Some((end, _)) => format!("`{}...`", &text[..end]),
            None => format!("`{text}`"),
        }
    }

    /// What is wrong with a text, with the reason unless that may quote something secret.
    pub(super) fn explain(&self, text: &str, what: &str, reason: &dyn Display) -> String {
        if self.is_sensitive() {
            format!("{MASK} {what}")
        } else {
            format!("{} {what}: {reason}", self.quote(text))
        }
    }

    pub(super) fn check_size(&self, bytes: usize) -> Result<(), EvaluateError> {
        if bytes > super::limits::RESULT_BYTES_MAX { Err(EvaluateError::TooLarge) } else { Ok(()) }
    }

    fn spend(&self, value: &Value) -> Result<(), EvaluateError> {
        let bytes = if let Value::String(text) = value { text.len() } else { 0 };
        self.check_size(bytes)?;
        self.spend_work(1 + bytes as u64 / BYTES_PER_WORK)
    }

    pub(super) fn spend_work(&self, work: u64) -> Result<(), EvaluateError> {
        self.work.set(self.work.get().saturating_add(work));
        if self.work.get() > WORK_MAX { Err(EvaluateError::TooMuchWork) } else { Ok(()) }
    }

    pub(super) fn remembered(&self, form: Form, text: &str) -> Option<Prepared> {
        let remembered = self.remembered.borrow();
        let found = remembered.iter().find(|(known, of, _)| *known == form && of == text);
        found.map(|(.., prepared)| prepared.clone())
    }

    /// The oldest one is forgotten.
    pub(super) fn remember(&self, form: Form, text: String, prepared: Prepared) {
        let mut remembered = self.remembered.borrow_mut();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.remove(0);
        }
        remembered.push((form, text, prepared));
    }
}
