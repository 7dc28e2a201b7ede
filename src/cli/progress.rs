//! What a working flow looks like: a table a processor a line, live on a terminal, and once more when it ended.

use std::{
    io::{IsTerminal, Write, stderr},
    time::Duration,
};

use super::output::columns;
use crate::engine::Monitor;

/// How often the live table is drawn.
const REFRESH: Duration = Duration::from_millis(200);

/// A live table on standard error, while it is a terminal. It ends when dropped.
pub(super) struct Live {
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Live {
    pub(super) fn start(monitor: Monitor, quiet: bool) -> Self {
        if quiet || !stderr().is_terminal() {
            return Self { task: None };
        }
        Self { task: Some(tokio::spawn(draw(monitor))) }
    }

    /// Takes the live table away again.
    pub(super) async fn end(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            // Its end is what is waited for; that it was aborted is no news.
            let _ = task.await;
            erase_below();
        }
    }
}

async fn draw(monitor: Monitor) {
    loop {
        tokio::time::sleep(REFRESH).await;
        let table = table(&monitor);
        let lines = table.lines().count();
        let mut terminal = stderr().lock();
        // The cursor goes back up, so that whatever is printed next overwrites the table.
        let _ = write!(terminal, "\x1b[J{table}\n\x1b[{lines}A\r");
        let _ = terminal.flush();
    }
}

fn erase_below() {
    let _ = write!(stderr().lock(), "\x1b[J");
}

/// What each processor did, and what waits before it.
pub(super) fn table(monitor: &Monitor) -> String {
    let head = ["PROCESSOR", "IN", "OUT", "FAILED", "WAITING", ""].map(String::from).to_vec();
    let processors =
        monitor.flow().processors.iter().zip(monitor.activity()).zip(monitor.waiting());
    let row = |((processor, activity), waiting): (
        (&crate::flow::FlowProcessor, crate::engine::Activity),
        u64,
    )| {
        let running = if activity.running > 0 { "running" } else { "" };
        let numbers = [activity.taken, activity.sent, activity.failed, waiting]
            .map(|number| number.to_string());
        [vec![processor.id.to_string()], numbers.to_vec(), vec![running.to_owned()]].concat()
    };
    columns(&[vec![head], processors.map(row).collect()].concat())
}
