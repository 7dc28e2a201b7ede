//! [`Template`]: a whole property value, compiled once when the flow is loaded. Not a property: [`super::Expr`] gives
//! it a type. Only what a template reads can change its result.

use std::{ops::Range, sync::Arc};

use super::{
    EvaluateError, ExpressionError, Scope, Type, Value, attempt, compiler, convert,
    evaluation::{Chain, Evaluation, Node, Subject},
    lexer::Source,
    limits::EVALUATION_DEPTH_MAX,
    scan::{self, Dollars, Piece},
    truth,
};
use crate::Text;

/// A property value with its expressions and parameters: `text ${expression} #{parameter}`.
#[derive(Debug)]
pub struct Template {
    source: Arc<str>,
    parts: Vec<Part>,
    references: References,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Parameter(String),
    Expression(Chain),
}

/// A name that a template reads, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// Where it stands: a byte of the property's value.
    pub offset: usize,
    /// How many bytes it takes there.
    pub length: usize,
    /// Whether the expression itself asks what happens when there is nothing of that name.
    pub may_be_absent: bool,
}

/// The names that a template reads.
#[derive(Debug, Default)]
pub(super) struct References {
    attributes: Vec<Reference>,
    parameters: Vec<Reference>,
    /// Something else decides too: the time, chance, a name that is computed.
    others: bool,
}

impl References {
    pub(super) fn attribute(&mut self, name: &str, span: Range<usize>) {
        self.attributes.push(Reference::new(name, span));
    }

    pub(super) fn parameter(&mut self, name: &str, span: Range<usize>) {
        self.parameters.push(Reference::new(name, span));
    }

    pub(super) fn other(&mut self) {
        self.others = true;
    }

    pub(super) fn attribute_count(&self) -> usize {
        self.attributes.len()
    }

    /// Those of the attributes from one on up to another may be absent.
    pub(super) fn may_be_absent(&mut self, which: Range<usize>) {
        for reference in self.attributes.iter_mut().take(which.end).skip(which.start) {
            reference.may_be_absent = true;
        }
    }
}

impl Reference {
    fn new(name: &str, span: Range<usize>) -> Self {
        let (offset, length) = (span.start, span.len());
        Self { name: name.to_owned(), offset, length, may_be_absent: false }
    }
}

/// The value of a property that is exactly one expression.
#[derive(Clone, PartialEq)]
pub struct TypedValue {
    /// The value.
    value: Value,
    /// Its text; empty for null.
    text: Text,
}

impl TypedValue {
    /// The value itself, secret or not. For doing the work, never for showing it.
    pub fn reveal(&self) -> &Value {
        &self.value
    }

    /// Its text, which knows whether it is secret. Null is empty.
    pub fn text(&self) -> &Text {
        &self.text
    }
}

impl std::fmt::Debug for TypedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.value.type_name(), self.text)
    }
}

impl Template {
    /// Compiles a property's value.
    ///
    /// # Errors
    /// When an expression in it is wrong. An unclosed one is not an expression but text.
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        Self::compile_with(text, attempt::suggested)
    }

    /// Compiles a property's value; a mistake comes without a suggestion to try.
    pub(super) fn compile_plainly(text: &str) -> Result<Self, ExpressionError> {
        Self::compile_with(text, |error, _, _| error)
    }

    fn compile_with(
        text: &str,
        help: fn(ExpressionError, &str, Range<usize>) -> ExpressionError,
    ) -> Result<Self, ExpressionError> {
        let source = Source::new(text);
        let ranges = scan::expressions(text);
        let dollars =
            if ranges.is_empty() { Dollars::BeforeBrace } else { Dollars::BeforeFirstBrace };
        let mut template =
            Self { source: text.into(), parts: Vec::new(), references: References::default() };
        let mut at = 0;
        for range in ranges {
            template.push_text(text, at..range.start, dollars, true);
            at = range.end;
            let part = source.part(range.clone());
            let chain = compiler::expression(&part, 0, &mut template.references)
                .map_err(|error| help(error, text, range))?;
            template.parts.push(Part::Expression(chain));
        }
        template.push_text(text, at..text.len(), dollars, false);
        Ok(template)
    }

    /// A template that is this text and nothing else, whatever it looks like.
    pub(super) fn literal(text: &str) -> Self {
        let parts = vec![Part::Text(text.to_owned())];
        Self { source: text.into(), parts, references: References::default() }
    }

    /// A template that reads one attribute.
    pub(super) fn attribute(name: &str) -> Self {
        let source: Arc<str> =
            format!("${{'{}'}}", name.replace('\\', r"\\").replace('\'', r"\'")).into();
        let mut references = References::default();
        references.attribute(name, 2..source.len() - 1);
        let subject = Subject::Attribute(Node::Constant(name.into()));
        let chain = Chain { subject, calls: Vec::new(), result: Type::String };
        Self { source, parts: vec![Part::Expression(chain)], references }
    }

    fn push_text(
        &mut self,
        text: &str,
        range: Range<usize>,
        dollars: Dollars,
        expression_follows: bool,
    ) {
        let start = range.start;
        for piece in scan::unescape(&text[range], dollars, expression_follows, true) {
            self.parts.push(match piece {
                Piece::Text(text) => Part::Text(text),
                Piece::Parameter(name, span) => {
                    self.references.parameter(&name, start + span.start..start + span.end);
                    Part::Parameter(name)
                }
            });
        }
    }

    /// The value as it was typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The parameters it uses, with their places.
    pub fn parameters(&self) -> &[Reference] {
        &self.references.parameters
    }

    /// The attributes it reads by a name that is known, with their places.
    pub fn attributes(&self) -> &[Reference] {
        &self.references.attributes
    }

    /// Whether only its parameters and the attributes that it names decide what it gives: not the time, chance, state, or
    /// an attribute whose name is computed.
    pub fn is_pure(&self) -> bool {
        !self.references.others
    }

    /// The name, if it is the value of one attribute and no more.
    pub fn only_attribute(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Expression(Chain { subject: Subject::Attribute(name), calls, .. })]
                if calls.is_empty() =>
            {
                name.literal()
            }
            _ => None,
        }
    }

    /// The name, if it is the value of one parameter and no more.
    pub fn only_parameter(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Parameter(name)] => Some(name),
            _ => None,
        }
    }

    /// What a condition always gives, whatever the flowfile, when that is known; not when a parameter decides.
    pub fn always(&self) -> Option<bool> {
        match self.parts.as_slice() {
            [Part::Expression(chain)] => truth::of(chain),
            _ => None,
        }
    }

    /// Its text, if that never changes: there is neither an expression nor a parameter in it.
    pub fn constant(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it is the same text every time.
    pub fn is_constant(&self) -> bool {
        self.constant().is_some()
    }

    /// The type of a template that is exactly one expression.
    pub fn value_type(&self) -> Option<Type> {
        match self.parts.as_slice() {
            [Part::Expression(chain)] => Some(chain.result),
            _ => None,
        }
    }

    /// Evaluates it to a text. Null is empty.
    ///
    /// # Errors
    /// When a function in it cannot work on what it was given.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Text, EvaluateError> {
        let evaluation = Evaluation::new(scope);
        let text = self.render(&evaluation)?;
        Ok(Text::new(text, evaluation.is_sensitive()))
    }

    /// Evaluates it to a text in which the result of each expression is put through `decorate` first. What stands
    /// around the expressions, and parameters, stay as they are.
    ///
    /// # Errors
    /// When a function in it cannot work on what it was given.
    pub fn evaluate_decorated(
        &self,
        scope: &dyn Scope,
        decorate: &dyn Fn(&str) -> String,
    ) -> Result<Text, EvaluateError> {
        let evaluation = Evaluation::new(scope);
        let mut rendered = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered += text,
                Part::Parameter(name) => {
                    let value = evaluation.parameter(name);
                    rendered += &convert::text(&value, &evaluation).unwrap_or_default();
                }
                Part::Expression(chain) => {
                    let value = chain.evaluate(&evaluation)?;
                    rendered += &decorate(&convert::text(&value, &evaluation).unwrap_or_default());
                }
            }
            evaluation.check_size(rendered.len())?;
        }
        Ok(Text::new(rendered, evaluation.is_sensitive()))
    }

    /// Evaluates a template that is exactly one expression to its typed value; any other one to its text.
    ///
    /// # Errors
    /// When a function in it cannot work on what it was given.
    pub fn evaluate_value(&self, scope: &dyn Scope) -> Result<TypedValue, EvaluateError> {
        let evaluation = Evaluation::new(scope);
        let value = match self.parts.as_slice() {
            [Part::Expression(chain)] => chain.evaluate(&evaluation)?,
            _ => self.render(&evaluation)?.into(),
        };
        let text = convert::text(&value, &evaluation).unwrap_or_default();
        Ok(TypedValue { value, text: Text::new(text, evaluation.is_sensitive()) })
    }

    fn render(&self, evaluation: &Evaluation<'_>) -> Result<String, EvaluateError> {
        let part = |part: &Part| match part {
            Part::Text(text) => Ok(Some(text.clone())),
            Part::Parameter(name) => Ok(convert::into_text(evaluation.parameter(name), evaluation)),
            Part::Expression(chain) => {
                Ok(convert::into_text(chain.evaluate(evaluation)?, evaluation))
            }
        };
        if let [only] = self.parts.as_slice() {
            return Ok(part(only)?.unwrap_or_default());
        }
        let mut rendered = String::new();
        for item in &self.parts {
            match item {
                Part::Text(text) => rendered += text,
                item => rendered += &part(item)?.unwrap_or_default(),
            }
            evaluation.check_size(rendered.len())?;
        }
        Ok(rendered)
    }

    /// Evaluates it as a part of another evaluation. No parameters are seen.
    pub(super) fn render_inside(
        &self,
        evaluation: &Evaluation<'_>,
    ) -> Result<String, EvaluateError> {
        if evaluation.depth.get() >= EVALUATION_DEPTH_MAX {
            return Err(EvaluateError::TooDeep);
        }
        let parameters = evaluation.parameters.replace(false);
        evaluation.depth.set(evaluation.depth.get() + 1);
        let rendered = self.render(evaluation);
        evaluation.depth.set(evaluation.depth.get() - 1);
        evaluation.parameters.set(parameters);
        rendered
    }
}
