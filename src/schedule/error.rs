//! What is wrong with a schedule, where in its text, and what to write instead.

/// Why a text is no schedule. Offset and length are bytes of the text that was given, on borders of characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {help}")]
pub struct ScheduleError {
    pub offset: usize,
    pub length: usize,
    pub message: String,
    /// What stands beside the marked place; may be empty.
    pub label: String,
    pub help: String,
}

impl ScheduleError {
    pub(super) fn new(place: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            offset: place.offset,
            length: place.length,
            message: message.into(),
            label: String::new(),
            help: help.into(),
        }
    }
}

/// Something in a schedule that is allowed but easily misread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleWarning {
    pub offset: usize,
    pub length: usize,
    pub message: String,
    pub help: String,
}

/// A piece of the text that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: usize,
    pub(super) length: usize,
}

impl Place {
    pub(super) fn whole(text: &str) -> Self {
        Self { offset: 0, length: text.len() }
    }

    /// Where `piece`, which must be a part of `text`, stands in it.
    pub(super) fn of(piece: &str, text: &str) -> Self {
        let offset = (piece.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        Self { offset, length: piece.len() }
    }
}
