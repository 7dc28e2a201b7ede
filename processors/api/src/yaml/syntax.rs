//! What the parser says when it gives up, in words that somebody understands who has never read the standard.

use crate::{Diagnostic, Position, Source, diagnostic::code};

/// By a piece of the parser's own words: what is wrong, and what to do.
const EXPLANATIONS: &[(&str, &str, &str)] = &[
    ("recursion", "values are nested too deeply here", "one level less"),
    ("tab", "there is a tab here; YAML allows only spaces", "replace it by spaces"),
    (
        "byte order mark",
        "there is an invisible sign (a byte order mark) in the middle of the file",
        "remove it",
    ),
    (
        "document",
        "`---` and `...` at the beginning of a line divide a file into documents",
        "a flow file holds one",
    ),
    (
        "block scalar",
        "the text behind `|` or `>` must stand indented on the lines below",
        "indent all its lines alike",
    ),
    (
        "quoted",
        "this text in quotes is not closed, or its lines are not indented",
        "close the quote on the same line",
    ),
    (
        "flow",
        "this is not closed, or a comma is missing between two entries",
        "give each entry its own line",
    ),
    ("bracket", "this bracket was never opened", "put the whole value in quotes"),
    (
        "anchor",
        "`&` and `*` at the beginning of a value are YAML's own signs",
        "put the whole value in quotes",
    ),
    ("tag", "`!` at the beginning of a value is YAML's own sign", "put the whole value in quotes"),
    (
        "directive",
        "a line that begins with `%` is YAML's own",
        "remove it, or put the value in quotes",
    ),
    ("-", "a list begins on a line of its own", "write `- ` below, indented"),
    (
        "key",
        "this line does not fit to the lines above it",
        "look at its indentation, and for a missing colon",
    ),
    (
        "mapping",
        "this line does not fit to the lines above it",
        "look at its indentation, and for a missing colon",
    ),
    ("indentation", "this line does not fit to the lines above it", "look at its indentation"),
];

/// Used when nothing better is known.
const UNEXPLAINED: (&str, &str) =
    ("YAML cannot read this", "put the value in quotes, or look at the line above");

/// The message for a failure of the parser at `place`.
pub(super) fn explain(source: &Source, place: Position, info: &str) -> Box<Diagnostic> {
    let start = visible_place(source, place);
    // Behind a colon the parser takes a tab for no blank, and complains of what comes after it.
    let behind_tab = source.text().get(..start.offset).is_some_and(|before| before.ends_with('\t'));
    let known = EXPLANATIONS
        .iter()
        .find(|(words, ..)| info.contains(words) || (behind_tab && *words == "tab"));
    let (message, label) = known.map_or(UNEXPLAINED, |(_, message, label)| (message, label));
    let line_end = source.line_range(start.line).end;
    let span = source.span(start.offset..line_end.max(start.offset));
    Box::new(Diagnostic::error(code::SYNTAX, span, message).label(label))
}

/// The parser often notices a mistake only at the end of the file or on an empty line; people look at the text before.
fn visible_place(source: &Source, place: Position) -> Position {
    let before = source.text().get(..place.offset).unwrap_or_default();
    let line = source.line(place.line);
    if place.column <= line.trim_end().chars().count() {
        return place;
    }
    let end = before.trim_end().len();
    let line = source.position(end).line;
    let range = source.line_range(line);
    let indent = source.line(line).len() - source.line(line).trim_start().len();
    source.position(range.start + indent)
}
