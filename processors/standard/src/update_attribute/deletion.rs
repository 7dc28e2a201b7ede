//! Which attributes `UpdateAttribute` deletes: those that a regular expression names, which may itself be computed.

use processors_api::{Expr, FlowFile, JavaRegex, JavaRegexError, ProcessorError, Session};

pub(super) enum Deletion {
    Always(Box<JavaRegex>),
    Computed(Expr<String>),
}

impl Deletion {
    pub(super) fn new(expression: Expr<String>) -> Result<Self, JavaRegexError> {
        match expression.template().constant() {
            Some(pattern) => JavaRegex::new(pattern).map(Box::new).map(Self::Always),
            None => Ok(Self::Computed(expression)),
        }
    }

    /// The attributes of the flowfile as it came that are to go.
    pub(super) fn names(
        &self,
        session: &Session,
        flowfile: &FlowFile,
    ) -> Result<Vec<String>, ProcessorError> {
        let computed;
        let regex = match self {
            Self::Always(regex) => regex,
            Self::Computed(expression) => {
                let pattern = session.evaluate(expression, flowfile)?;
                computed = JavaRegex::new(pattern.reveal()).map_err(|error| match pattern.is_sensitive() {
                    true => ProcessorError::Final(
                        "`delete_attributes_expression` cannot be used: it gives no regular expression".to_owned(),
                    ),
                    false => unusable(error),
                })?;
                &computed
            }
        };
        let mut names = Vec::new();
        for (name, _) in flowfile.attributes().iter() {
            if regex.is_full_match(name).map_err(unusable)? {
                names.push(name.to_string());
            }
        }
        Ok(names)
    }
}

fn unusable(error: JavaRegexError) -> ProcessorError {
    ProcessorError::Final(format!("`delete_attributes_expression` cannot be used: {error}"))
}
