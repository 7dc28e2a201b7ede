//! The parts of something that was split, put together again: which are missing, and in which order they go.

use processors_api::FlowFile;

use super::bins::Fragment;

pub(super) const IDENTIFIER: &str = "fragment.identifier";
pub(super) const INDEX: &str = "fragment.index";
pub(super) const COUNT: &str = "fragment.count";

/// Why fragments cannot be put together.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum FragmentError {
    #[error("a fragment has no whole number in `{INDEX}`")]
    Index,
    #[error("a fragment has no whole number in `{COUNT}`")]
    Count,
    #[error("fragments that belong together differ in `{COUNT}`: {0} and {1}")]
    Differing(u32, u32),
    #[error("no fragment says in `{COUNT}` how many there are")]
    NoCount,
    #[error("{found} fragments came, and there should be {count}")]
    Incomplete { found: usize, count: u32 },
}

/// What a flowfile says of itself as a fragment.
pub(super) fn of(flowfile: &FlowFile) -> Fragment {
    let count = flowfile.attribute(COUNT).and_then(|count| number(count.reveal()));
    Fragment {
        index: flowfile.attribute(INDEX).map(|index| index.reveal().to_owned()),
        count: count.and_then(|count| usize::try_from(count).ok()),
    }
}

/// Puts fragments into their order, if all are there.
pub(super) fn sort(parts: &mut [FlowFile]) -> Result<(), FragmentError> {
    let mut decided = None;
    for part in parts.iter() {
        index(part).ok_or(FragmentError::Index)?;
        let Some(count) = part.attribute(COUNT) else { continue };
        let count = number(count.reveal()).ok_or(FragmentError::Count)?;
        let decided = *decided.get_or_insert(count);
        if decided != count {
            return Err(FragmentError::Differing(decided, count));
        }
    }
    let count = decided.ok_or(FragmentError::NoCount)?;
    if u32::try_from(parts.len()) != Ok(count) {
        return Err(FragmentError::Incomplete { found: parts.len(), count });
    }
    parts.sort_by_key(index);
    Ok(())
}

fn index(part: &FlowFile) -> Option<u32> {
    number(part.attribute(INDEX)?.reveal())
}

/// Digits only, as in NiFi: no sign, no blanks.
fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}
