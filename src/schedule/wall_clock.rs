//! The one instant at which something that is due at a time on the wall happens, also where clocks are changed.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A time that comes twice happens the first time; one that is skipped happens when the clock goes on, if that is
/// still on the same day (`None`: a zone crossed the date line, and the day never was).
pub(super) fn instant(zone: &TimeZone, due: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(due).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(due).ok()
        }
        AmbiguousOffset::Gap { before, .. } => {
            // By the clock that was not yet changed, the time lies at or behind the change.
            let behind = before.to_timestamp(due).ok()?;
            let change = zone.preceding(behind.checked_add(SignedDuration::from_nanos(1)).ok()?);
            let goes_on = change.take(1).next()?.timestamp();
            (zone.to_datetime(goes_on).date() == due.date()).then_some(goes_on)
        }
    }
}
