//! [`BoundedContent`]: contents in memory, up to a limit. Nothing survives the trial.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use processors_api::{ContentSink, ContentStore, MemoryContentStore, StoredContent};

use crate::limits::TRIAL_CONTENT_BYTES_MAX;

/// Contents in memory, all together at most [`TRIAL_CONTENT_BYTES_MAX`] bytes.
pub struct BoundedContent {
    store: MemoryContentStore,
    left: Arc<AtomicU64>,
}

struct BoundedSink {
    sink: Box<dyn ContentSink>,
    left: Arc<AtomicU64>,
}

impl BoundedContent {
    fn with_room(bytes: u64) -> Self {
        Self { store: MemoryContentStore::default(), left: Arc::new(AtomicU64::new(bytes)) }
    }
}

impl Default for BoundedContent {
    fn default() -> Self {
        Self::with_room(TRIAL_CONTENT_BYTES_MAX)
    }
}

impl ContentStore for BoundedContent {
    fn create(&self, sensitive: bool) -> io::Result<Box<dyn ContentSink>> {
        let sink = self.store.create(sensitive)?;
        Ok(Box::new(BoundedSink { sink, left: self.left.clone() }))
    }

    fn open(
        &self,
        content: &StoredContent,
        sensitive: bool,
        offset: u64,
    ) -> io::Result<Box<dyn Read + Send>> {
        self.store.open(content, sensitive, offset)
    }
}

impl Write for BoundedSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let take = |left: u64| left.checked_sub(bytes.len() as u64);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => self.sink.write_all(bytes).map(|()| bytes.len()),
            Err(_) => Err(io::Error::other(format!(
                "a trial keeps its contents in memory, at most {} MB of them",
                TRIAL_CONTENT_BYTES_MAX / (1024 * 1024)
            ))),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

impl ContentSink for BoundedSink {
    fn finish(self: Box<Self>) -> io::Result<Arc<StoredContent>> {
        self.sink.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_refused_and_what_is_kept_can_be_read() {
        let store = BoundedContent::with_room(10);
        let mut sink = store.create(false).unwrap();
        sink.write_all(b"12345678").unwrap();
        assert!(sink.write_all(b"901").unwrap_err().to_string().contains("in memory"));
        sink.write_all(b"90").unwrap();
        let content = sink.finish().unwrap();
        let mut read = String::new();
        store.open(&content, false, 8).unwrap().read_to_string(&mut read).unwrap();
        assert_eq!(read, "90");
    }
}
