//! Every code that is given out here, once. `headwater explain CODE` tells more about each.

use super::Code;

/// A property that the type does not have.
pub const UNKNOWN_PROPERTY: Code = Code(101);
/// A property that must be there and is not.
pub const MISSING_PROPERTY: Code = Code(102);
/// A value that is not one of the allowed ones.
pub const NOT_ALLOWED: Code = Code(103);
/// A key that belongs one level further out.
pub const TOO_DEEP: Code = Code(104);
/// The same name twice.
pub const DUPLICATE: Code = Code(105);
/// A map or a list where text is wanted, or the reverse.
pub const WRONG_KIND: Code = Code(106);
/// Nothing where a value is wanted.
pub const NO_VALUE: Code = Code(107);
/// A text that is not the number, duration or size that is wanted.
pub const NOT_READABLE: Code = Code(108);
/// Properties that the processor refuses.
pub const PROPERTIES: Code = Code(118);

/// ` #` takes the rest of a line away.
pub const COMMENT: Code = Code(201);
/// A backslash in double quotes.
pub const BACKSLASH: Code = Code(202);
/// A bracket or a comma inside `{ }`.
pub const BRACKET: Code = Code(203);
/// A tab.
pub const TAB: Code = Code(204);
/// Quotes of a word processor.
pub const TYPOGRAPHIC: Code = Code(205);
/// A no-break space.
pub const NO_BREAK_SPACE: Code = Code(206);
/// A quote of the same kind inside quotes.
pub const INNER_QUOTE: Code = Code(207);
/// `: ` inside a value without quotes.
pub const COLON: Code = Code(208);
/// A value that begins with one of YAML's own signs.
pub const SIGN: Code = Code(209);
/// A line that stands too far to the right or to the left.
pub const INDENTATION: Code = Code(210);
/// A line without a colon, or without the blank behind it.
pub const NO_COLON: Code = Code(211);
/// A quote that is never closed.
pub const OPEN_QUOTE: Code = Code(212);
/// A bracket that is never closed, or never opened.
pub const OPEN_BRACKET: Code = Code(213);
/// `<<`, which is not supported.
pub const MERGE: Code = Code(214);
/// More than one document in a file.
pub const DOCUMENTS: Code = Code(215);
/// Too many or too deeply nested values.
pub const TOO_MUCH: Code = Code(216);
/// Nothing in the file.
pub const EMPTY: Code = Code(217);
/// Not UTF-8.
pub const NOT_UTF8: Code = Code(218);
/// A file beyond the limit.
pub const TOO_LARGE: Code = Code(219);
/// An invisible character.
pub const CONTROL: Code = Code(220);
/// A key that is not text.
pub const KEY: Code = Code(221);
/// Anything else that is not YAML.
pub const SYNTAX: Code = Code(222);

/// A mistake inside an expression.
pub const EXPRESSION: Code = Code(401);
/// A mistake inside a JSONPath.
pub const JSON_PATH: Code = Code(403);
/// A parameter that the flow does not have.
pub const UNKNOWN_PARAMETER: Code = Code(502);

/// A request with a body and without a type for it.
pub const CONTENT_TYPE: Code = Code(703);
/// `Always Replace` for each line.
pub const ALWAYS_REPLACE_LINES: Code = Code(704);
/// A regular expression that can take very many steps.
pub const SLOW_REGEX: Code = Code(705);
/// All of them, in the order of their numbers.
pub const ALL: &[Code] = &[
    UNKNOWN_PROPERTY,
    MISSING_PROPERTY,
    NOT_ALLOWED,
    TOO_DEEP,
    DUPLICATE,
    WRONG_KIND,
    NO_VALUE,
    NOT_READABLE,
    PROPERTIES,
    COMMENT,
    BACKSLASH,
    BRACKET,
    TAB,
    TYPOGRAPHIC,
    NO_BREAK_SPACE,
    INNER_QUOTE,
    COLON,
    SIGN,
    INDENTATION,
    NO_COLON,
    OPEN_QUOTE,
    OPEN_BRACKET,
    MERGE,
    DOCUMENTS,
    TOO_MUCH,
    EMPTY,
    NOT_UTF8,
    TOO_LARGE,
    CONTROL,
    KEY,
    SYNTAX,
    EXPRESSION,
    JSON_PATH,
    UNKNOWN_PARAMETER,
    CONTENT_TYPE,
    ALWAYS_REPLACE_LINES,
    SLOW_REGEX,
];
