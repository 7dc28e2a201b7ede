//! A secret on its way to a log, a file name or a part of a URL.
//!
//! What is secret when the flow runs is known before: sensitive parameters, what a processor marks, and whatever is made
//! of them. It is followed over the ways of the flow, as far as the facts of the processors tell; so what is said is
//! certain, and a secret on a way that nobody knows is still masked when the flow runs.

mod follow;
mod shown;

use std::rc::Rc;

use processors_api::{Text, decode::PropertyText};

use super::{Checked, network::Network};

pub(super) use follow::Secrets;

/// How a secret came about: the last thing that happened to it, and what happened before.
pub(super) struct Step {
    line: usize,
    what: String,
    before: Option<Rc<Step>>,
    /// The processor whose `sensitive: true` made it one.
    marked_by: Option<usize>,
}

/// A name inside an expression that stands for a secret.
struct Used {
    name: String,
    /// Where it stands in the expression.
    offset: usize,
    length: usize,
    step: Rc<Step>,
}

pub(super) fn check(checked: &Checked<'_>, network: &Network<'_>) {
    let secrets = Secrets::new(checked, network);
    for (at, placed) in checked.placed.iter().enumerate() {
        shown::check(checked, &secrets, at, placed);
    }
}

/// The first secret that a text uses, at a processor.
fn used_in(
    checked: &Checked<'_>,
    secrets: &Secrets<'_>,
    at: usize,
    text: &PropertyText,
) -> Option<Used> {
    let parameters = text.template.parameters().iter();
    let is_secret =
        |name: &str| checked.values.parameters.get(name).is_some_and(Text::is_sensitive);
    let parameters = parameters.filter(|reference| is_secret(&reference.name)).map(|reference| {
        let line = checked.parameter_line(&reference.name);
        let what = format!("the parameter `{}` is sensitive", reference.name);
        (reference, Rc::new(Step { line, what, before: None, marked_by: None }))
    });
    let attributes = text.template.attributes().iter();
    let attributes = attributes
        .filter_map(|reference| Some((reference, secrets.attribute(at, &reference.name)?)));
    let used = parameters.chain(attributes);
    let (reference, step) = used.min_by_key(|(reference, _)| reference.offset)?;
    let (name, offset, length) = (reference.name.clone(), reference.offset, reference.length);
    Some(Used { name, offset, length, step })
}
