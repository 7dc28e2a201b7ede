//! Applies the changes that messages propose. Only to a text: whose file it is and whether it is written is the caller's.

use super::Diagnostic;
use crate::Source;

/// The text of a file with every change made that its messages propose, and the messages whose changes were made. Of
/// changes that overlap the first is made; none, when no message proposes one.
pub fn apply_fixes<'d>(
    source: &Source,
    diagnostics: &'d [Diagnostic],
) -> Option<(String, Vec<&'d Diagnostic>)> {
    let mut fixable: Vec<&Diagnostic> =
        diagnostics.iter().filter(|diagnostic| diagnostic.fix.is_some()).collect();
    fixable.sort_by_key(|diagnostic| diagnostic.fix.as_ref().map(|fix| fix.span.start.offset));
    let text = source.text();
    let (mut fixed, mut made, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
    for diagnostic in fixable {
        let Some(fix) = &diagnostic.fix else { continue };
        let (start, end) = (fix.span.start.offset, fix.span.end.offset);
        let Some(before) = text.get(at..start).filter(|_| text.get(start..end).is_some()) else {
            continue;
        };
        fixed.push_str(before);
        fixed.push_str(&fix.text);
        at = end;
        made.push(diagnostic);
    }
    fixed.push_str(text.get(at..)?);
    (!made.is_empty()).then_some((fixed, made))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Position, Span, diagnostic::code};

    fn change(start: usize, end: usize, text: &str) -> Diagnostic {
        let position = |offset| Position { offset, line: 1, column: offset + 1 };
        let span = Span { start: position(start), end: position(end) };
        Diagnostic::error(code::PROPERTIES, span, "wrong").fix(span, text)
    }

    #[test]
    fn changes_are_made_where_they_stand_and_never_twice() {
        let source = Source::new("a.yaml", "one two three");
        let fixed = |changes: &[Diagnostic]| {
            apply_fixes(&source, changes).map(|(text, made)| (text, made.len()))
        };
        assert_eq!(fixed(&[]), None);
        let both = [change(8, 13, "3"), change(0, 3, "1")];
        assert_eq!(fixed(&both), Some(("1 two 3".to_owned(), 2)));
        let overlapping = [change(0, 7, "12"), change(4, 7, "2")];
        assert_eq!(fixed(&overlapping), Some(("12 three".to_owned(), 1)));
        assert_eq!(fixed(&[change(4, 99, "beyond")]), None);
    }
}
