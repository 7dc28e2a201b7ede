//! Content on its way into a container.

use std::{
    io::{self, Write},
    sync::Arc,
};

use processors_api::{ContentSink, StoredContent};

use super::{
    super::{
        codec::Resolve,
        limits::*,
        seal::{ContentKey, random},
        storage::{StorageFile, write_all_at},
    },
    Container, ContentRepository,
    container::{self, ClaimHeader, HEADER_BYTES, Place, Seal},
};

/// One content while it is written; its container is nobody else's meanwhile.
pub(super) struct Sink {
    repository: Arc<ContentRepository>,
    file: Arc<dyn StorageFile>,
    place: Place,
    /// Where the next bytes go.
    at: u64,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
    length: u64,
    seal: Option<Sealing>,
    finished: bool,
}

struct Sealing {
    seal: Seal,
    key: ContentKey,
    chunks: u64,
}

impl Sink {
    pub(super) fn begin(repository: Arc<ContentRepository>, sensitive: bool) -> io::Result<Self> {
        let seal = if sensitive { Some(Sealing::new(&repository)?) } else { None };
        let (place, file) = repository.take_container()?;
        Ok(Self {
            repository,
            file,
            place,
            at: place.body(),
            buffer: Vec::new(),
            hasher: blake3::Hasher::new(),
            length: 0,
            seal,
            finished: false,
        })
    }

    /// Writes what is gathered; `last` when nothing follows.
    fn put(&mut self, last: bool) -> io::Result<()> {
        if let Some(sealing) = &mut self.seal {
            sealing.key.seal(sealing.chunks, last, &mut self.buffer).map_err(io::Error::other)?;
            sealing.chunks += 1;
        }
        write_all_at(&*self.file, &self.buffer, self.at)?;
        self.at += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl Sealing {
    fn new(repository: &ContentRepository) -> io::Result<Self> {
        let found = repository.source.keyring.find_or_make().map_err(io::Error::other)?;
        let salt = random().map_err(io::Error::other)?;
        let key = found.key.of_content(&salt).map_err(io::Error::other)?;
        Ok(Self { seal: Seal { salt, key: found.key.fingerprint() }, key, chunks: 0 })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const _: () = assert!(CONTENT_BUFFER_BYTES == SEALED_CHUNK_BYTES, "a buffer is a chunk");
        // A full buffer is written only when more comes: the last chunk is never empty, unless the content is.
        if self.buffer.len() == CONTENT_BUFFER_BYTES {
            self.put(false)?;
        }
        let taken = bytes.len().min(CONTENT_BUFFER_BYTES - self.buffer.len());
        let taken = bytes.get(..taken).unwrap_or_default();
        self.hasher.update(taken);
        self.buffer.extend_from_slice(taken);
        self.length += taken.len() as u64;
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ContentSink for Sink {
    fn finish(mut self: Box<Self>) -> io::Result<Arc<StoredContent>> {
        self.put(true)?;
        let digest = *self.hasher.finalize().as_bytes();
        let seal = self.seal.as_ref().map(|sealing| sealing.seal.clone());
        let header = ClaimHeader { length: self.length, digest, seal };
        write_all_at(&*self.file, &header.bytes(), self.place.offset)?;
        let content = self.repository.resolve(self.place.id(), self.length, digest);
        self.finished = true;
        Ok(content)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.repository.give_back(self.place, self.at, self.finished);
    }
}

impl ContentRepository {
    /// A container for one writer, and where in it to write.
    fn take_container(&self) -> io::Result<(Place, Arc<dyn StorageFile>)> {
        let mut state = self.state();
        while let Some((number, offset)) = state.idle.pop() {
            if let Some(container) = state.containers.get_mut(&number)
                && let Some(file) = container.file.clone()
            {
                container.writing = true;
                return Ok((Place { container: number, offset }, file));
            }
        }
        let number = state.last_number + 1;
        if !state.folder_made {
            self.source.storage.create_dir(&self.source.layout.content)?;
            state.folder_made = true;
        }
        let path = self.source.layout.container(number);
        let file = self.source.storage.create(&path)?;
        // From here on the number is used, even if the disk fails.
        state.last_number = number;
        let container = state.containers.entry(number).or_default();
        *container = Container {
            file: Some(file.clone()),
            writing: true,
            unnamed: true,
            released: Some((self.clock)()),
            ..Container::default()
        };
        drop(state);
        let written = write_all_at(&*file, &container::header(number), 0);
        if let Err(error) = written {
            let mut state = self.state();
            if let Some(container) = state.containers.get_mut(&number) {
                // Nothing is in it; a sweep takes it.
                (container.writing, container.file) = (false, None);
            }
            return Err(error);
        }
        Ok((Place { container: number, offset: HEADER_BYTES as u64 }, file))
    }

    /// Gives a container back that was written to up to `end`.
    fn give_back(&self, place: Place, end: u64, finished: bool) {
        let mut state = self.state();
        let idle = state.idle.len();
        let Some(container) = state.containers.get_mut(&place.container) else { return };
        container.writing = false;
        container.dirty |= finished;
        container.bytes = container.bytes.max(end);
        // What was given up is written over by the next one, unless it is much.
        let next = if finished { end } else { place.offset };
        if end < CONTAINER_BYTES_MAX && idle < CONTAINERS_IDLE_MAX {
            state.idle.push((place.container, next));
        } else if !container.dirty {
            container.file = None;
        }
    }
}
