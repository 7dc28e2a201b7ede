//! Where a secret would be seen: the properties that the processors themselves name.

use std::rc::Rc;

use processors_api::{
    Diagnostic, Expr, FileUse, Scalar, ShownIn, Span,
    decode::PropertyText,
    diagnostic::{normalize, quote},
};

use super::{
    super::{
        super::{code, placed::Placed},
        Checked,
    },
    Secrets, Step, used_in,
};

/// How many steps of a secret's way are told.
const STEPS_MAX: usize = 8;

pub(super) fn check(checked: &Checked<'_>, secrets: &Secrets<'_>, at: usize, placed: &Placed<'_>) {
    for &(property, place) in &placed.facts.shown {
        let is_it = |typed: &str| normalize(typed) == property;
        let mut texts = placed.texts.iter().filter(|text| is_it(&text.property)).peekable();
        if texts.peek().is_none() {
            check_other(checked, secrets, at, placed, property, place);
        }
        for text in texts.filter(|text| !is_shown_whole(placed, text, place)) {
            let Some(used) = used_in(checked, secrets, at, text) else { continue };
            let range = used.offset..used.offset + used.length;
            let span = checked.report.source.locate(&text.scalar, range);
            report(checked, span, &quote(&used.name), &used.step, place);
        }
    }
}

/// A whole secret as an address or a folder is masked wherever that is shown.
fn is_shown_whole(placed: &Placed<'_>, text: &PropertyText, place: ShownIn) -> bool {
    let is_whole =
        text.template.only_parameter().is_some() || text.template.only_attribute().is_some();
    let is_it = |folder: &Expr<String>| folder.template().source() == text.template.source();
    let is_folder = placed.facts.files.iter().any(|used| match used {
        FileUse::Reads { directory, .. } => is_it(directory),
        FileUse::Writes { directory, name, .. } => is_it(directory) && !is_it(name),
    });
    is_whole && (place == ShownIn::Url || is_folder && text.template.only_parameter().is_some())
}

/// A property that is left out, or that is no expression.
fn check_other(
    checked: &Checked<'_>,
    secrets: &Secrets<'_>,
    at: usize,
    placed: &Placed<'_>,
    property: &str,
    place: ShownIn,
) {
    let entries = placed.model.properties.and_then(|node| node.as_map());
    let mut entries = entries.into_iter().flat_map(|map| &map.entries);
    let typed = entries.find(|entry| normalize(&entry.key.text) == property);
    let Some(entry) = typed else {
        return check_default(checked, secrets, at, placed, place);
    };
    let Some(scalar) = entry.value.as_scalar().filter(|_| place == ShownIn::Log) else { return };
    if scalar.text.trim().eq_ignore_ascii_case("true") {
        if let Some(step) = secrets.content(at) {
            report(checked, scalar.span, "the content", &step, place);
        }
        return;
    }
    check_names(checked, secrets, at, scalar);
}

/// The names of attributes that are logged, with commas between.
fn check_names(checked: &Checked<'_>, secrets: &Secrets<'_>, at: usize, scalar: &Scalar) {
    let mut offset = 0;
    for piece in scalar.text.split(',') {
        let name = piece.trim();
        if let Some(step) = secrets.attribute(at, name) {
            let start = offset + (piece.len() - piece.trim_start().len());
            let span = checked.report.source.locate(scalar, start..start + name.len());
            report(checked, span, &quote(name), &step, ShownIn::Log);
        }
        offset += piece.len() + 1;
    }
}

/// A file that is called by an attribute, when the flow says nothing else.
fn check_default(
    checked: &Checked<'_>,
    secrets: &Secrets<'_>,
    at: usize,
    placed: &Placed<'_>,
    place: ShownIn,
) {
    let names = placed.facts.files.iter().filter_map(|used| match used {
        FileUse::Writes { name, .. } if place == ShownIn::FileName => {
            name.template().only_attribute()
        }
        _ => None,
    });
    for name in names {
        if let Some(step) = secrets.attribute(at, name) {
            let span = placed.model.kind.map_or(placed.model.id.span, |kind| kind.span);
            report(checked, span, &quote(name), &step, place);
        }
    }
}

fn report(checked: &Checked<'_>, span: Span, what: &str, step: &Rc<Step>, place: ShownIn) {
    let (message, advice) = match place {
        ShownIn::Log => (
            format!("{what} is secret, and here it would be written to the log"),
            "log what tells flowfiles apart instead: uuid, filename",
        ),
        ShownIn::FileName => (
            format!(
                "{what} is secret, and here it becomes a part of a file's name, which everybody can read"
            ),
            "name the file by something else, for example ${uuid}.json",
        ),
        ShownIn::Url => (
            format!(
                "{what} is secret, and here it becomes a part of a URL, which servers and proxies write into their logs"
            ),
            "send it as a header, or in the body of a POST; a sensitive parameter may be the whole URL",
        ),
    };
    let mut steps = way(step);
    let since = steps.first().map_or(0, |step| step.line);
    let mut told: Vec<String> =
        steps.iter().map(|step| format!("{} (line {})", step.what, step.line)).collect();
    if steps.len() > STEPS_MAX {
        told.drain(STEPS_MAX / 2..steps.len() - STEPS_MAX / 2);
        told.insert(STEPS_MAX / 2, "...".to_owned());
    }
    let mut diagnostic = Diagnostic::error(code::SECRET_SHOWN, span, message)
        .label(format!("secret since line {since}"))
        .help(format!("how it came here: {}", told.join(", ")))
        .help(advice);
    let marked = steps.pop().and_then(|step| checked.placed.get(step.marked_by?));
    if let Some(marked) = marked {
        diagnostic = diagnostic.help(format!(
            "if only a part of what `{}` brings in is secret, name it where it becomes an attribute:  sensitive: [NAME]",
            marked.model.id.text
        ));
    }
    checked.report.add(diagnostic);
}

/// What happened to a secret, from its beginning on.
fn way(step: &Rc<Step>) -> Vec<Rc<Step>> {
    let mut steps = vec![Rc::clone(step)];
    while let Some(before) = steps.last().and_then(|step| step.before.clone()) {
        steps.push(before);
    }
    steps.reverse();
    steps
}
