//! The bytes of a container: a header, then claims, each a header and its content.
//!
//! ```text
//! container: magic 8 "HWcontnt", version u32, number u64, crc32c u32
//! claim:     magic 4 "clam", sealed u32, length u64, digest 32, salt 32, key fingerprint 16, crc32c u32
//! content:   its bytes; or, sealed, chunks of 64 KiB and their tags, the last one marked as such
//! ```

use std::{io, path::Path};

use processors_api::ClaimId;

use super::{
    super::{
        seal::{Fingerprint, SALT_BYTES},
        storage::{StorageFile, read_full_at},
    },
    damaged,
};

const VERSION: u32 = 1;
pub(super) const HEADER_BYTES: usize = 8 + 4 + 8 + 4;
pub(super) const CLAIM_HEADER_BYTES: usize = 4 + 4 + 8 + 32 + SALT_BYTES + 16 + 4;
const MAGIC: &[u8; 8] = b"HWcontnt";
const CLAIM_MAGIC: &[u8; 4] = b"clam";

/// Where a content is: what a [`ClaimId`] says to nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) container: u64,
    pub(super) offset: u64,
}

/// What is known of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClaimHeader {
    pub(super) length: u64,
    pub(super) digest: [u8; 32],
    pub(super) seal: Option<Seal>,
}

/// How a content is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seal {
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) key: Fingerprint,
}

impl Place {
    /// Big-endian: later claims are greater.
    pub(super) fn id(self) -> ClaimId {
        let mut bytes = self.container.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.offset.to_be_bytes());
        ClaimId(bytes.into())
    }

    pub(super) fn of(id: &ClaimId) -> Option<Self> {
        let (container, offset) = id.0.split_first_chunk::<8>()?;
        Some(Self {
            container: u64::from_be_bytes(*container),
            offset: u64::from_be_bytes(offset.try_into().ok()?),
        })
    }

    /// Where its bytes begin.
    pub(super) fn body(self) -> u64 {
        self.offset.saturating_add(CLAIM_HEADER_BYTES as u64)
    }
}

/// The begin of a container.
pub(super) fn header(number: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

impl ClaimHeader {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = CLAIM_MAGIC.to_vec();
        bytes.extend_from_slice(&u32::from(self.seal.is_some()).to_le_bytes());
        bytes.extend_from_slice(&self.length.to_le_bytes());
        bytes.extend_from_slice(&self.digest);
        match &self.seal {
            Some(seal) => {
                bytes.extend_from_slice(&seal.salt);
                bytes.extend_from_slice(&seal.key.0);
            }
            None => bytes.resize(CLAIM_HEADER_BYTES - 4, 0),
        }
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    pub(super) fn read(file: &dyn StorageFile, path: &Path, offset: u64) -> io::Result<Self> {
        let damaged = |what| damaged(path.to_owned(), offset, what);
        check_container(file, path)?;
        let mut bytes = [0; CLAIM_HEADER_BYTES];
        let count = read_full_at(file, &mut bytes, offset)?;
        if count < bytes.len() {
            return Err(damaged("the content is missing, the file is too short"));
        }
        parse(&bytes).ok_or_else(|| damaged("there is no content"))
    }
}

fn check_container(file: &dyn StorageFile, path: &Path) -> io::Result<()> {
    let damaged = |what| damaged(path.to_owned(), 0, what);
    let mut bytes = [0; HEADER_BYTES];
    read_full_at(file, &mut bytes, 0)?;
    let (checked, crc) = bytes.split_at(HEADER_BYTES - 4);
    if !checked.starts_with(MAGIC) || crc32c::crc32c(checked).to_le_bytes() != crc {
        return Err(damaged("the header of the container is damaged"));
    }
    if checked.get(8..12) != Some(&VERSION.to_le_bytes()) {
        return Err(damaged("the container is of a newer version of this program"));
    }
    Ok(())
}

fn parse(bytes: &[u8]) -> Option<ClaimHeader> {
    let (checked, crc) = bytes.split_last_chunk::<4>()?;
    if crc32c::crc32c(checked).to_le_bytes() != *crc {
        return None;
    }
    let rest = checked.strip_prefix(CLAIM_MAGIC)?;
    let (sealed, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let (salt, key) = rest.split_first_chunk::<SALT_BYTES>()?;
    let seal = Seal { salt: *salt, key: Fingerprint(key.try_into().ok()?) };
    Some(ClaimHeader {
        length: u64::from_le_bytes(*length),
        digest: *digest,
        seal: (u32::from_le_bytes(*sealed) != 0).then_some(seal),
    })
}
