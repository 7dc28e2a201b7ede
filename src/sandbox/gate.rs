//! A gate that holds answers back until a test lets them go: the client can be killed, at leisure, between a rotation
//! and its answer. Not a queue: when it opens, everything that waited goes on at once.

use tokio::sync::watch;

#[derive(Debug)]
pub(super) struct Gate(watch::Sender<Held>);

#[derive(Clone, Copy, Debug, Default)]
struct Held {
    closed: bool,
    waiting: u32,
}

impl Gate {
    pub(super) fn open() -> Self {
        Self(watch::Sender::new(Held::default()))
    }

    pub(super) fn close(&self) {
        self.0.send_modify(|held| held.closed = true);
    }

    pub(super) fn release(&self) {
        self.0.send_modify(|held| held.closed = false);
    }

    /// Waits here as long as the gate is closed.
    pub(super) async fn pass(&self) {
        let mut held = self.0.subscribe();
        let _waiting = Waiting::at(&self.0);
        // Fails only when the sender is gone, which `self` keeps.
        let _ = held.wait_for(|held| !held.closed).await;
    }

    /// Ends as soon as something waits.
    pub(super) fn someone_waits(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut held = self.0.subscribe();
        async move {
            let _ = held.wait_for(|held| held.closed && held.waiting > 0).await;
        }
    }
}

/// Counts one that waits, also when its client goes away and the waiting is cut short.
struct Waiting<'a>(&'a watch::Sender<Held>);

impl<'a> Waiting<'a> {
    fn at(gate: &'a watch::Sender<Held>) -> Self {
        gate.send_modify(|held| held.waiting += 1);
        Self(gate)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|held| held.waiting -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn it_holds_until_released() {
        let gate = Arc::new(Gate::open());
        gate.pass().await;
        gate.close();
        let passing = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass().await }
        });
        gate.someone_waits().await;
        assert!(!passing.is_finished());
        gate.release();
        passing.await.unwrap();
    }

    #[tokio::test]
    async fn one_that_gave_up_waits_no_more() {
        let gate = Arc::new(Gate::open());
        gate.close();
        let passing = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass().await }
        });
        gate.someone_waits().await;
        passing.abort();
        let _ = passing.await;
        assert_eq!(gate.0.borrow().waiting, 0);
    }
}
