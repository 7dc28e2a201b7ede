//! `${` and `#{` that nothing closes: the language takes them as text, and hardly anybody means that.

use processors_api::{
    Diagnostic,
    decode::PropertyText,
    expression::{OpenSign, open_signs},
};

use super::{super::code, Checked};

pub(super) fn check(checked: &Checked<'_>) {
    let texts = checked.placed.iter().flat_map(|placed| &placed.texts);
    for text in texts.filter(|text| text.scalar.text.contains('{')) {
        for (sign, range) in open_signs(&text.scalar.text) {
            let span = checked.report.source.locate(&text.scalar, range);
            checked.report.add(diagnostic(text, sign, span));
        }
    }
}

fn diagnostic(text: &PropertyText, sign: OpenSign, span: processors_api::Span) -> Diagnostic {
    let key = &text.key;
    let (message, label, help) = match sign {
        OpenSign::Expression => (
            format!("this `${{` is never closed, so `{key}` is taken as it is typed"),
            "is a `}`, a quote or a bracket missing?",
            "if it is meant as text, write $${",
        ),
        OpenSign::Parameter => (
            format!("this `#{{` is never closed, so `{key}` is taken as it is typed"),
            "is a `}` missing?",
            "if it is meant as text, write ##{",
        ),
        OpenSign::NoName => (
            format!("there is no name in this `#{{}}`, so `{key}` is taken as it is typed"),
            "write the name of a parameter: #{name}",
            "if it is meant as text, write ##{}",
        ),
    };
    Diagnostic::warning(code::ONLY_TEXT, span, message).label(label).help(help)
}
