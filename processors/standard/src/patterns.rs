//! [`Pattern`]: a regular expression in a property, which may hold expressions. Compiled once when it is the same for
//! every flowfile, else for each. Not the matcher: that is `JavaRegex`.

use std::sync::Arc;

use processors_api::{
    Advice, EvaluateError, Expr, FlowFile, JavaRegex, JavaRegexError, Session,
    expression::{StaticScope, Template},
};

/// What becomes of a text that an expression puts into the pattern.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Inserted {
    /// It matches just itself.
    Quoted,
    /// It is a part of the pattern.
    AsItIs,
}

/// A regular expression in a property.
pub(crate) struct Pattern {
    expression: Expr<String>,
    inserted: Inserted,
    /// Written before each pattern: `(?i)`.
    flags: &'static str,
    /// What it is without a flowfile, as far as that is known.
    bare: Option<Arc<JavaRegex>>,
}

/// Why there is no pattern for a flowfile.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("{0}")]
    Expression(#[from] EvaluateError),
    #[error("the value is no regular expression here: {0}")]
    Pattern(#[from] JavaRegexError),
}

impl Pattern {
    /// Like NiFi it refuses a pattern that is none while its expressions give nothing.
    pub(crate) fn new(
        expression: &Expr<String>,
        inserted: Inserted,
        flags: &'static str,
    ) -> Result<Self, JavaRegexError> {
        let compiled = |text: &str| JavaRegex::new(&format!("{flags}{text}"));
        let bare = bare(expression.template()).map(|text| compiled(&text)).transpose()?;
        Ok(Self { expression: expression.clone(), inserted, flags, bare: bare.map(Arc::new) })
    }

    /// The pattern for a flowfile.
    pub(crate) fn of(
        &self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Arc<JavaRegex>, PatternError> {
        let template = self.expression.template();
        if let Some(bare) = self.bare.as_ref().filter(|_| template.is_constant()) {
            return Ok(bare.clone());
        }
        let scope = session.scope(flowfile);
        let text = match self.inserted {
            Inserted::Quoted => template.evaluate_decorated(&scope, &JavaRegex::quote)?,
            Inserted::AsItIs => template.evaluate(&scope)?,
        };
        Ok(Arc::new(JavaRegex::new(&format!("{}{}", self.flags, text.reveal()))?))
    }

    /// What it is without a flowfile, as far as that is known.
    pub(crate) fn bare(&self) -> Option<&JavaRegex> {
        self.bare.as_deref()
    }

    /// What to say of the property when a search may take very many steps.
    pub(crate) fn advice(&self, property: &'static str, stopped: &str) -> Option<Advice> {
        self.bare.as_ref()?.advice(property, stopped)
    }
}

/// The text without any attribute. Nothing is known of one with parameters, or when an expression fails.
fn bare(template: &Template) -> Option<String> {
    if let Some(constant) = template.constant() {
        return Some(constant.to_owned());
    }
    if !template.parameters().is_empty() {
        return None;
    }
    template.evaluate(&StaticScope::new()).ok().map(|text| text.reveal().to_owned())
}
