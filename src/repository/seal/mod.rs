//! Sealing: what is secret is encrypted and authenticated before it reaches a frame, a snapshot or a container.
//! It protects backups, disks and support bundles; not against who can read the user's own files.
//!
//! Invariant: a sealed value opens only with its key and only in its place (flow, owner, field). Limit: nonces are
//! random, 96 bits, so a key is good for some 2^32 values; contents have a key each, derived from a random salt.

mod keyring;

use std::fmt;

use ring::{
    aead::{self, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey},
    digest, hkdf,
    rand::{SecureRandom, SystemRandom},
};
use thiserror::Error;

pub(crate) use keyring::Keyring;
pub use keyring::{KeyError, KeyLookup};

/// Bytes of the master key.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of an authentication tag.
pub(crate) const TAG_BYTES: usize = 16;
/// Bytes of a content's salt.
pub(crate) const SALT_BYTES: usize = 32;

/// Names a key without giving it away.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub(crate) [u8; 16]);

/// The key of a user; what it seals is bound to its place.
pub(crate) struct Key {
    fingerprint: Fingerprint,
    values: LessSafeKey,
    contents: hkdf::Prk,
}

/// Where a sealed value belongs. It opens nowhere else.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) flow: &'a str,
    /// The flowfile's id, or the processor's name.
    pub(crate) owner: &'a [u8],
    pub(crate) field: Field<'a>,
}

/// What kind of value it is.
#[derive(Clone, Copy)]
pub(crate) enum Field<'a> {
    Attribute(&'a str),
    State(&'a str),
    EventDetails,
    Content,
}

/// Something was not sealed by this key in this place, or was changed since.
#[derive(Clone, Copy, Debug, Error)]
#[error("the sealed value does not open with its key: it was changed or belongs elsewhere")]
pub(crate) struct Broken;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

impl Key {
    pub(crate) fn new(master: &[u8; KEY_BYTES]) -> Result<Self, Broken> {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"headwater").extract(master);
        let values: UnboundKey =
            extracted.expand(&[b"values"], &CHACHA20_POLY1305).map_err(|_| Broken)?.into();
        let contents = extracted.expand(&[b"contents"], hkdf::HKDF_SHA256).map_err(|_| Broken)?;
        Ok(Self {
            fingerprint: Fingerprint::of(master),
            values: LessSafeKey::new(values),
            contents: contents.into(),
        })
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Nonce, ciphertext and tag of a value.
    pub(crate) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let nonce: [u8; aead::NONCE_LEN] = random()?;
        let mut sealed = Vec::with_capacity(nonce.len() + plain.len() + TAG_BYTES);
        sealed.extend_from_slice(plain);
        let tag = self
            .values
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.bytes()),
                &mut sealed,
            )
            .map_err(|_| NoRandomness)?;
        sealed.extend_from_slice(tag.as_ref());
        sealed.extend_from_slice(&nonce);
        Ok(sealed)
    }

    /// The value that [`Key::seal`] sealed in the same place.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let (body, nonce) = sealed.split_last_chunk::<{ aead::NONCE_LEN }>().ok_or(Broken)?;
        let mut plain = body.to_vec();
        let length = self
            .values
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(place.bytes()),
                &mut plain,
            )
            .map_err(|_| Broken)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// The key of one content.
    pub(crate) fn of_content(&self, salt: &[u8; SALT_BYTES]) -> Result<ContentKey, Broken> {
        let key: UnboundKey =
            self.contents.expand(&[salt], &CHACHA20_POLY1305).map_err(|_| Broken)?.into();
        Ok(ContentKey(LessSafeKey::new(key)))
    }
}

/// The key of one content. Its chunks are numbered, and the last one is marked: none can be swapped or cut off.
pub(crate) struct ContentKey(LessSafeKey);

impl ContentKey {
    /// Seals a chunk where it is and appends the tag.
    pub(crate) fn seal(
        &self,
        number: u64,
        last: bool,
        chunk: &mut Vec<u8>,
    ) -> Result<(), NoRandomness> {
        self.0
            .seal_in_place_append_tag(chunk_nonce(number, last), Aad::empty(), chunk)
            .map_err(|_| NoRandomness)
    }

    /// Opens a chunk where it is and removes the tag.
    pub(crate) fn open(&self, number: u64, last: bool, chunk: &mut Vec<u8>) -> Result<(), Broken> {
        let opened = self.0.open_in_place(chunk_nonce(number, last), Aad::empty(), chunk);
        let length = opened.map_err(|_| Broken)?.len();
        chunk.truncate(length);
        Ok(())
    }
}

/// Unique because a content's key seals each chunk once.
fn chunk_nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = [0; aead::NONCE_LEN];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    nonce[8] = u8::from(last);
    Nonce::assume_unique_for_key(nonce)
}

/// Random bytes. Not passed in: a key or a nonce that a test can foresee is none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

impl Place<'_> {
    /// Each part with its length before it, so that no two places give the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let (kind, name) = match self.field {
            Field::Attribute(name) => (b"attribute".as_slice(), name),
            Field::State(name) => (b"state".as_slice(), name),
            Field::EventDetails => (b"event".as_slice(), ""),
            Field::Content => (b"content".as_slice(), ""),
        };
        let mut bytes = Vec::new();
        for part in [self.flow.as_bytes(), self.owner, kind, name.as_bytes()] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

impl Fingerprint {
    fn of(master: &[u8; KEY_BYTES]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"headwater key fingerprint");
        context.update(master);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&context.finish().as_ref()[..16]);
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(6).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> =
        Place { flow: "xero", owner: &[7; 16], field: Field::Attribute("token") };

    #[test]
    fn a_value_opens_in_its_place_only() {
        let key = Key::new(&[1; KEY_BYTES]).unwrap();
        let sealed = key.seal(PLACE, b"s3cr3t").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"s3cr3t"));
        assert_eq!(key.open(PLACE, &sealed).unwrap(), b"s3cr3t");
        for other in [
            Place { flow: "exact", ..PLACE },
            Place { owner: &[8; 16], ..PLACE },
            Place { field: Field::Attribute("tokem"), ..PLACE },
            Place { field: Field::State("token"), ..PLACE },
        ] {
            assert!(key.open(other, &sealed).is_err());
        }
        assert!(Key::new(&[2; KEY_BYTES]).unwrap().open(PLACE, &sealed).is_err());
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let key = Key::new(&[1; KEY_BYTES]).unwrap();
        let sealed = key.seal(PLACE, b"s3cr3t").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key.open(PLACE, &changed).is_err(), "byte {index}");
            assert!(key.open(PLACE, &sealed[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn chunks_cannot_be_swapped_or_cut_off() {
        let key = Key::new(&[1; KEY_BYTES]).unwrap().of_content(&[3; SALT_BYTES]).unwrap();
        let mut sealed = b"chunk".to_vec();
        key.seal(4, false, &mut sealed).unwrap();
        assert!(key.open(5, false, &mut sealed.clone()).is_err());
        assert!(key.open(4, true, &mut sealed.clone()).is_err());
        key.open(4, false, &mut sealed).unwrap();
        assert_eq!(sealed, b"chunk");
    }
}
