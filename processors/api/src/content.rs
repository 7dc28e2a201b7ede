//! Content: the bytes of a flowfile, by claim. What a claim's bytes are never changes; where they lie is the
//! business of the content repository, behind [`ContentStore`].

use std::{
    fmt,
    io::{self, Read, Write},
    sync::Arc,
};

/// Content up to this many bytes rides with its flowfile, in memory and in the journal; larger content is stored apart.
pub const INLINE_CONTENT_BYTES_MAX: usize = 4 * 1024;

/// The content of a flowfile: immutable, shared by every flowfile that has the same. Cheap to clone.
#[derive(Clone)]
pub struct ContentClaim {
    body: ContentBody,
    sensitive: bool,
}

/// Where the bytes of a claim are.
#[derive(Clone)]
pub enum ContentBody {
    /// Here, at most [`INLINE_CONTENT_BYTES_MAX`] of them.
    Inline(Arc<[u8]>),
    /// In the content repository.
    Stored(Arc<StoredContent>),
}

/// The name of stored content: opaque to everything but the content repository that gave it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClaimId(pub Box<[u8]>);

/// One piece of content in the content repository. The last one dropped tells the repository.
pub struct StoredContent {
    /// Its name there.
    pub id: ClaimId,
    /// How many bytes it has (as it is read, not as it is sealed).
    pub length: u64,
    /// BLAKE3 of these bytes.
    pub digest: [u8; 32],
    owner: Option<Arc<dyn ClaimOwner>>,
}

/// Who wants to know when nothing refers to a stored content any more.
pub trait ClaimOwner: Send + Sync {
    /// The last reference in memory is gone.
    fn released(&self, id: &ClaimId);
}

/// A place that keeps content too large to ride with its flowfile.
pub trait ContentStore: Send + Sync {
    /// Begins a new content. What is written is sealed at rest when `sensitive`.
    fn create(&self, sensitive: bool) -> io::Result<Box<dyn ContentSink>>;

    /// Reads a stored content from `offset` to its end.
    fn open(
        &self,
        content: &StoredContent,
        sensitive: bool,
        offset: u64,
    ) -> io::Result<Box<dyn Read + Send>>;
}

/// Content on its way into a [`ContentStore`]. Dropped without [`ContentSink::finish`], it never was.
pub trait ContentSink: Write + Send {
    /// Ends the content and gives its claim. Not durable yet: the commit that names the claim makes it so.
    fn finish(self: Box<Self>) -> io::Result<Arc<StoredContent>>;
}

impl ContentClaim {
    /// No bytes.
    pub fn empty() -> Self {
        Self::inline(&[], false)
    }

    /// Bytes that ride with the flowfile.
    pub fn inline(bytes: &[u8], sensitive: bool) -> Self {
        Self { body: ContentBody::Inline(bytes.into()), sensitive }
    }

    /// Bytes in the content repository.
    pub fn stored(content: Arc<StoredContent>, sensitive: bool) -> Self {
        Self { body: ContentBody::Stored(content), sensitive }
    }

    /// Where its bytes are.
    pub fn body(&self) -> &ContentBody {
        &self.body
    }

    /// Whether the bytes are secret: sealed at rest, masked in every output.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        match &self.body {
            ContentBody::Inline(bytes) => bytes.len() as u64,
            ContentBody::Stored(content) => content.length,
        }
    }

    /// BLAKE3 of its bytes.
    pub fn digest(&self) -> [u8; 32] {
        match &self.body {
            ContentBody::Inline(bytes) => *blake3::hash(bytes).as_bytes(),
            ContentBody::Stored(content) => content.digest,
        }
    }

    /// The version of a file with exactly these bytes, as attribute `file.version` has it.
    pub fn version(&self) -> String {
        version(self.digest().into())
    }

    /// Whether both are the same claim (not merely the same bytes).
    pub fn is_same(&self, other: &ContentClaim) -> bool {
        self.sensitive == other.sensitive
            && match (&self.body, &other.body) {
                (ContentBody::Inline(a), ContentBody::Inline(b)) => {
                    Arc::ptr_eq(a, b) || (a.is_empty() && b.is_empty())
                }
                (ContentBody::Stored(a), ContentBody::Stored(b)) => a.id == b.id,
                _ => false,
            }
    }

    /// Reads the content from its begin.
    pub fn open(&self, store: &dyn ContentStore) -> io::Result<ContentReader> {
        Ok(match &self.body {
            ContentBody::Inline(bytes) => {
                ContentReader(Source::Inline(io::Cursor::new(bytes.clone())))
            }
            ContentBody::Stored(content) => {
                ContentReader(Source::Stored(store.open(content, self.sensitive, 0)?))
            }
        })
    }
}

impl fmt::Debug for ContentClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes{}", self.length(), if self.sensitive { ", secret" } else { "" })
    }
}

impl StoredContent {
    /// A content that `owner` keeps; it hears when the last reference is gone.
    pub fn new(
        id: ClaimId,
        length: u64,
        digest: [u8; 32],
        owner: Option<Arc<dyn ClaimOwner>>,
    ) -> Self {
        Self { id, length, digest, owner }
    }
}

impl Drop for StoredContent {
    fn drop(&mut self) {
        if let Some(owner) = &self.owner {
            owner.released(&self.id);
        }
    }
}

/// The version of a file that is read to its end here, as attribute `file.version` has it.
pub fn file_version(mut file: impl Read) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut file, &mut hasher)?;
    Ok(version(hasher.finalize()))
}

fn version(digest: blake3::Hash) -> String {
    format!("blake3:{}", digest.to_hex())
}

/// A stream of one content's bytes.
pub struct ContentReader(Source);

enum Source {
    Inline(io::Cursor<Arc<[u8]>>),
    Stored(Box<dyn Read + Send>),
}

impl Read for ContentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Source::Inline(bytes) => bytes.read(buffer),
            Source::Stored(stream) => stream.read(buffer),
        }
    }
}

/// New content as it is written. It becomes a flowfile's content by [`ContentWriter::finish`]; dropped, it never was.
pub struct ContentWriter {
    store: Arc<dyn ContentStore>,
    sensitive: bool,
    small: Vec<u8>,
    large: Option<Box<dyn ContentSink>>,
}

impl ContentWriter {
    /// Begins a content that is secret when `sensitive`.
    pub fn new(store: Arc<dyn ContentStore>, sensitive: bool) -> Self {
        Self { store, sensitive, small: Vec::new(), large: None }
    }

    /// Ends the content.
    pub fn finish(self) -> io::Result<ContentClaim> {
        Ok(match self.large {
            None => ContentClaim::inline(&self.small, self.sensitive),
            Some(sink) => ContentClaim::stored(sink.finish()?, self.sensitive),
        })
    }
}

impl Write for ContentWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(sink) = &mut self.large {
            return sink.write_all(bytes);
        }
        if self.small.len() + bytes.len() <= INLINE_CONTENT_BYTES_MAX {
            self.small.extend_from_slice(bytes);
            return Ok(());
        }
        let mut sink = self.store.create(self.sensitive)?;
        sink.write_all(&self.small)?;
        self.small = Vec::new();
        self.large.insert(sink).write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A [`ContentStore`] in memory, for tests of processors and for `headwater try`.
#[derive(Default)]
pub struct MemoryContentStore {
    contents: Arc<std::sync::Mutex<std::collections::HashMap<ClaimId, Arc<[u8]>>>>,
}

struct MemorySink {
    store: Arc<std::sync::Mutex<std::collections::HashMap<ClaimId, Arc<[u8]>>>>,
    bytes: Vec<u8>,
}

impl ContentStore for MemoryContentStore {
    fn create(&self, _sensitive: bool) -> io::Result<Box<dyn ContentSink>> {
        Ok(Box::new(MemorySink { store: self.contents.clone(), bytes: Vec::new() }))
    }

    fn open(
        &self,
        content: &StoredContent,
        _sensitive: bool,
        offset: u64,
    ) -> io::Result<Box<dyn Read + Send>> {
        let contents = self.contents.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bytes = contents.get(&content.id).cloned().ok_or(io::ErrorKind::NotFound)?;
        let mut cursor = io::Cursor::new(bytes);
        cursor.set_position(offset);
        Ok(Box::new(cursor))
    }
}

impl Write for MemorySink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ContentSink for MemorySink {
    fn finish(self: Box<Self>) -> io::Result<Arc<StoredContent>> {
        let mut contents = self.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = ClaimId((contents.len() as u64).to_be_bytes().into());
        let digest = *blake3::hash(&self.bytes).as_bytes();
        let length = self.bytes.len() as u64;
        contents.insert(id.clone(), self.bytes.into());
        Ok(Arc::new(StoredContent::new(id, length, digest, None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: usize) -> (Arc<dyn ContentStore>, ContentClaim) {
        let store: Arc<dyn ContentStore> = Arc::new(MemoryContentStore::default());
        let mut writer = ContentWriter::new(store.clone(), false);
        for chunk in vec![7_u8; bytes].chunks(1000) {
            writer.write_all(chunk).unwrap();
        }
        (store, writer.finish().unwrap())
    }

    #[test]
    fn small_content_rides_along_and_large_content_is_stored() {
        for (bytes, inline) in [
            (0, true),
            (INLINE_CONTENT_BYTES_MAX, true),
            (INLINE_CONTENT_BYTES_MAX + 1, false),
            (100_000, false),
        ] {
            let (store, claim) = written(bytes);
            assert_eq!(matches!(claim.body(), ContentBody::Inline(_)), inline, "{bytes}");
            assert_eq!(claim.length(), bytes as u64);
            let mut read = Vec::new();
            claim.open(&*store).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, vec![7; bytes]);
            assert_eq!(claim.digest(), *blake3::hash(&read).as_bytes());
        }
    }
}
