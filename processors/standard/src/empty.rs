//! Texts that may be left out but not be empty: NiFi refuses them, and an empty one is mostly a value that got lost.

use processors_api::{Expr, PropertiesError};

/// Whether any of these texts is there and empty.
pub(crate) fn refuse<'a>(
    texts: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
) -> Result<(), PropertiesError> {
    match texts.into_iter().find(|(_, text)| *text == Some("")) {
        None => Ok(()),
        Some((property, _)) => Err(PropertiesError::of(property, format!("`{property}` is empty"))
            .help("leave it out if nothing is wanted")),
    }
}

/// What an expression gives, when that is always the same.
pub(crate) fn constant(expression: Option<&Expr<String>>) -> Option<&str> {
    expression?.template().constant()
}
