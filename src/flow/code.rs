//! The codes of what is said about a flow as a whole. Those about YAML, properties and expressions are the api's.

use processors_api::diagnostic::Code;

/// A key that is not one of a flow, a processor or a place.
pub const UNKNOWN_KEY: Code = Code(110);
/// An id or a name that is not written as one.
pub const NAME: Code = Code(111);
/// Something that this version reads and does not act on.
pub const NO_EFFECT: Code = Code(112);
/// A key that must be there and is not.
pub const MISSING_KEY: Code = Code(113);
/// A key that belongs one level further in.
pub const TOO_SHALLOW: Code = Code(114);
/// An attribute that only the engine sets.
pub const READ_ONLY: Code = Code(115);
/// Keys or values that exclude each other.
pub const CONFLICT: Code = Code(116);
/// More than a flow may have.
pub const TOO_MANY: Code = Code(117);
/// A type that no bundle has.
pub const UNKNOWN_TYPE: Code = Code(119);

/// The file cannot be read.
pub const UNREADABLE: Code = Code(230);

/// A place that does not exist.
pub const UNKNOWN_PLACE: Code = Code(301);
/// A relationship that must be named and is not.
pub const WITHOUT_PLACE: Code = Code(302);
/// A relationship that the processor does not have.
pub const UNKNOWN_RELATIONSHIP: Code = Code(303);
/// `to: next` where it is not clear which relationship is meant.
pub const WHICH_RELATIONSHIP: Code = Code(304);
/// Something leads to a processor that takes no flowfiles.
pub const TAKES_NOTHING: Code = Code(305);
/// No source leads to a processor that needs flowfiles.
pub const NOT_REACHED: Code = Code(306);
/// A hold inside a hold.
pub const SECOND_HOLD: Code = Code(307);
/// A hold behind which nothing writes a file.
pub const HOLD_WITHOUT_WRITER: Code = Code(308);
/// A `retry:` that cannot repeat anything.
pub const NOTHING_TO_RETRY: Code = Code(309);

/// `${` or `#{` that is only text.
pub const ONLY_TEXT: Code = Code(406);

/// A parameter without a value.
pub const NO_PARAMETER_VALUE: Code = Code(501);
/// A parameter's value cannot be read from where it is.
pub const PARAMETER_SOURCE: Code = Code(503);
/// An override of a parameter that the flow does not have.
pub const UNKNOWN_OVERRIDE: Code = Code(504);

/// A loop that a flowfile may never leave.
pub const ENDLESS: Code = Code(601);
/// An attribute that nothing before sets.
pub const NEVER_SET: Code = Code(602);
/// A route that never matches, or always.
pub const SAME_EVERY_TIME: Code = Code(603);

/// A secret on its way to a log, a file name or a URL.
pub const SECRET_SHOWN: Code = Code(701);
/// A file that the flow reads, and that it would have to overwrite.
pub const NEVER_OVERWRITES: Code = Code(702);
/// A file name that is always the same.
pub const FIXED_NAME: Code = Code(706);
/// Two processors that write one file.
pub const SAME_FILE: Code = Code(707);

/// A schedule that is none, or that never fires.
pub const SCHEDULE: Code = Code(801);
/// A schedule that is easily misread.
pub const MISREAD_SCHEDULE: Code = Code(802);
/// A source that never fires by itself.
pub const NO_SCHEDULE: Code = Code(803);
/// A time zone that does not exist.
pub const UNKNOWN_ZONE: Code = Code(804);
/// Times of the day without a time zone.
pub const NO_ZONE: Code = Code(805);

/// All of them, in the order of their numbers.
pub const ALL: &[Code] = &[
    UNKNOWN_KEY,
    NAME,
    NO_EFFECT,
    MISSING_KEY,
    TOO_SHALLOW,
    READ_ONLY,
    CONFLICT,
    TOO_MANY,
    UNKNOWN_TYPE,
    UNREADABLE,
    UNKNOWN_PLACE,
    WITHOUT_PLACE,
    UNKNOWN_RELATIONSHIP,
    WHICH_RELATIONSHIP,
    TAKES_NOTHING,
    NOT_REACHED,
    SECOND_HOLD,
    HOLD_WITHOUT_WRITER,
    NOTHING_TO_RETRY,
    ONLY_TEXT,
    NO_PARAMETER_VALUE,
    PARAMETER_SOURCE,
    UNKNOWN_OVERRIDE,
    ENDLESS,
    NEVER_SET,
    SAME_EVERY_TIME,
    SECRET_SHOWN,
    NEVER_OVERWRITES,
    FIXED_NAME,
    SAME_FILE,
    SCHEDULE,
    MISREAD_SCHEDULE,
    NO_SCHEDULE,
    UNKNOWN_ZONE,
    NO_ZONE,
];
