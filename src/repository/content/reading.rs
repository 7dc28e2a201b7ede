//! Content on its way out of a container, in bounded memory, checked as it goes.

use std::{
    io::{self, Read},
    path::PathBuf,
    sync::Arc,
};

use thiserror::Error;

use super::{
    super::{
        limits::SEALED_CHUNK_BYTES,
        seal::{ContentKey, Fingerprint, KeyError, Keyring, TAG_BYTES},
        storage::{StorageFile, read_full_at},
    },
    container::{ClaimHeader, Place, Seal},
    damaged,
};

/// The content was sealed with a key that is gone.
#[derive(Debug, Error)]
#[error("the content is sealed with key {needed}, which is not there any more")]
pub(super) struct LostKey {
    needed: Fingerprint,
}

/// The key of a sealed content.
pub(super) fn key(keyring: &Keyring, seal: &Seal) -> io::Result<ContentKey> {
    let lost = || io::Error::other(LostKey { needed: seal.key });
    let found = keyring.find().map_err(io::Error::other)?.ok_or_else(lost)?;
    if found.key.fingerprint() != seal.key {
        let (needed, other, path) = (seal.key, found.key.fingerprint(), found.path);
        return Err(io::Error::other(KeyError::Other { needed, found: other, path }));
    }
    found.key.of_content(&seal.salt).map_err(io::Error::other)
}

/// Content that lies there as it is. Read from its begin, its digest is checked at its end.
pub(super) struct Plain {
    file: Arc<dyn StorageFile>,
    path: PathBuf,
    place: Place,
    at: u64,
    length: u64,
    check: Option<(blake3::Hasher, [u8; 32])>,
}

impl Plain {
    pub(super) fn new(
        file: Arc<dyn StorageFile>,
        path: PathBuf,
        place: Place,
        header: &ClaimHeader,
        offset: u64,
    ) -> Self {
        let check = (offset == 0).then(|| (blake3::Hasher::new(), header.digest));
        let at = offset.min(header.length);
        Self { file, path, place, at, length: header.length, check }
    }

    fn damaged(&self, what: &'static str) -> io::Error {
        damaged(self.path.clone(), self.place.offset, what)
    }
}

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length - self.at).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let wanted = buffer.get_mut(..length).unwrap_or_default();
        let count = self.file.read_at(wanted, self.place.body().saturating_add(self.at))?;
        if count == 0 && length > 0 {
            return Err(self.damaged("the content is cut off"));
        }
        self.at += count as u64;
        if let Some((hasher, _)) = &mut self.check {
            hasher.update(wanted.get(..count).unwrap_or_default());
        }
        if self.at == self.length
            && let Some((hasher, digest)) = self.check.take()
            && *hasher.finalize().as_bytes() != digest
        {
            return Err(self.damaged("the content is not what was written"));
        }
        Ok(count)
    }
}

/// Content that is sealed in chunks. Each is authentic before a byte of it is given out.
pub(super) struct Sealed {
    file: Arc<dyn StorageFile>,
    path: PathBuf,
    place: Place,
    key: ContentKey,
    length: u64,
    /// The chunk that is read next.
    next: u64,
    chunk: Vec<u8>,
    /// How much of the chunk was given out.
    used: usize,
}

impl Sealed {
    pub(super) fn new(
        file: Arc<dyn StorageFile>,
        path: PathBuf,
        place: Place,
        header: &ClaimHeader,
        key: ContentKey,
        offset: u64,
    ) -> Self {
        let offset = offset.min(header.length);
        let within = offset % SEALED_CHUNK_BYTES as u64;
        Self {
            file,
            path,
            place,
            key,
            length: header.length,
            next: offset / SEALED_CHUNK_BYTES as u64,
            chunk: Vec::new(),
            used: usize::try_from(within).unwrap_or(0),
        }
    }

    fn last(&self) -> u64 {
        self.length.saturating_sub(1) / SEALED_CHUNK_BYTES as u64
    }

    /// Reads the next chunk, unless that was the last one.
    fn load(&mut self) -> io::Result<bool> {
        if self.next > self.last() {
            return Ok(false);
        }
        let at = self.place.body() + self.next * (SEALED_CHUNK_BYTES + TAG_BYTES) as u64;
        let before = self.next * SEALED_CHUNK_BYTES as u64;
        let plain = (self.length - before).min(SEALED_CHUNK_BYTES as u64);
        let plain = usize::try_from(plain).unwrap_or(SEALED_CHUNK_BYTES);
        self.chunk.resize(plain + TAG_BYTES, 0);
        let count = read_full_at(&*self.file, &mut self.chunk, at)?;
        self.chunk.truncate(count);
        let last = self.next == self.last();
        let opened = self.key.open(self.next, last, &mut self.chunk);
        opened.map_err(|_| damaged(self.path.clone(), at, "the sealed content was changed"))?;
        self.next += 1;
        Ok(true)
    }
}

impl Read for Sealed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used >= self.chunk.len() {
            // The first chunk may be begun in its middle.
            let begun = if self.chunk.is_empty() { self.used } else { 0 };
            if !self.load()? {
                return Ok(0);
            }
            self.used = begun;
        }
        let rest = self.chunk.get(self.used..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.used += count;
        Ok(count)
    }
}
