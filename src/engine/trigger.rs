//! Runs one session of one processor, wherever its kind runs: in place, on a thread that may block, or waiting. A panic
//! is an error like any other, and a bug of the processor.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use futures_util::FutureExt;
use processors_api::{AnyProcessor, ProcessorError, Session, Trigger};

/// How a session ended.
pub(crate) type Ended = Result<(), ProcessorError>;

/// Gives the session back, with how it ended.
pub(crate) async fn trigger(
    processor: &Arc<dyn AnyProcessor>,
    blocking: bool,
    mut session: Session,
) -> (Option<Session>, Ended) {
    if blocking {
        let processor = processor.clone();
        let work = move || {
            let ended = in_place(&*processor, &mut session);
            (Some(session), ended)
        };
        return tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|error| (None, Err(bug(&error.to_string()))));
    }
    let waiting = async {
        match processor.trigger(&mut session) {
            Trigger::Done(ended) => ended,
            Trigger::Pending(work) => work.await,
        }
    };
    let ended = AssertUnwindSafe(waiting)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(panicked(&*panic)));
    (Some(session), ended)
}

fn in_place(processor: &dyn AnyProcessor, session: &mut Session) -> Ended {
    let work = AssertUnwindSafe(|| match processor.trigger(session) {
        Trigger::Done(ended) => ended,
        Trigger::Pending(_) => Err(bug("it waits, but is declared to block")),
    });
    catch_unwind(work).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

/// Only a text that stands in the program is told: one that was put together may quote what the flowfile holds.
fn panicked(panic: &(dyn Any + Send)) -> ProcessorError {
    bug(panic.downcast_ref::<&str>().unwrap_or(&"it panicked"))
}

fn bug(what: &str) -> ProcessorError {
    ProcessorError::Other(format!("a bug in the processor: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_nothing_of_the_flowfile() {
        let token = "t\u{f6}ken";
        let panic = catch_unwind(|| token[..2].len()).unwrap_err();
        assert_eq!(panicked(&*panic).to_string(), "a bug in the processor: it panicked");
        let panic = catch_unwind(|| panic!("no way")).unwrap_err();
        assert_eq!(panicked(&*panic).to_string(), "a bug in the processor: no way");
    }
}
