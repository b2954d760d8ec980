//! A release: a numbered manifest that names its chunks by hash, signed with the organisation's key.
//!
//! The signature is Ed25519 (RFC 8032) over [`SIGNING_CONTEXT`] and the manifest's bytes, so that nothing else the
//! organisation ever signs can be taken for a manifest. A tablet pins the public key when it is enrolled.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::CatalogueContent;
use super::chunk::{self, Chunk, ChunkError, hex_bytes};
pub use super::chunk::{ChunkHash, ChunkRef, NotHex};
use crate::calendar::Date;
use crate::ids::PersonId;
use crate::limits::MANIFEST_BYTES;

/// What stands before the manifest's bytes under the signature.
pub const SIGNING_CONTEXT: &[u8] = b"calloff catalogue manifest 1\n";

/// The version of the manifest's encoding that this code writes and reads.
pub const MANIFEST_FORMAT: u16 = 1;

/// What a release is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_FORMAT`].
    pub format: u16,
    /// The release's number; each is one more than the one before.
    pub number: u64,
    /// The number of the one before; `None` for the first.
    pub previous: Option<u64>,
    /// When it was published, in milliseconds since the Unix epoch.
    pub issued_at: i64,
    /// The first day, in each site's zone, on which it is the catalogue.
    pub effective_from: Date,
    /// Who published it.
    pub publisher: PersonId,
    /// Why.
    pub reason: String,
    /// Its chunks, in the order of their kinds, contracts by number and version.
    pub chunks: Vec<ChunkRef>,
}

/// A manifest as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedManifest {
    /// The encoded manifest.
    #[serde(with = "crate::base64_bytes")]
    pub manifest: Vec<u8>,
    /// 64 bytes of Ed25519 signature.
    #[serde(with = "crate::base64_bytes")]
    pub signature: Vec<u8>,
}

/// Why a release is refused. What was there before stays in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// Not signed with the pinned key, or changed since.
    #[error("the manifest is not signed with this organisation's key, or was changed on the way")]
    BadSignature,
    /// Signed, and yet no manifest that this version reads.
    #[error("the manifest cannot be read by this version of Calloff: update the app")]
    Unreadable,
    /// More bytes than a manifest may have.
    #[error("the manifest is larger than {MANIFEST_BYTES} bytes")]
    TooLarge,
    /// Not 64 hexadecimal digits.
    #[error(transparent)]
    NotHex(#[from] NotHex),
    /// A chunk that the manifest names is not at hand.
    #[error("chunk {0} is missing: fetch the release again")]
    MissingChunk(ChunkHash),
    /// A chunk that is not what its hash says.
    #[error("chunk {0} was damaged or changed on the way: its bytes do not have that hash")]
    WrongHash(ChunkHash),
    /// A chunk that cannot be decoded.
    #[error("chunk {0}: {1}")]
    Chunk(ChunkHash, ChunkError),
}

/// The organisation's public key, as enrolment hands it over.
///
/// # Errors
/// [`NotHex`] for anything but 64 hexadecimal digits of a valid key.
pub fn parse_public_key(hex: &str) -> Result<VerifyingKey, NotHex> {
    hex_bytes(hex).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).ok_or(NotHex)
}

/// The public key as 64 hexadecimal digits.
#[must_use]
pub fn format_public_key(key: &VerifyingKey) -> String {
    ChunkHash::from(key.to_bytes()).to_string()
}

/// What a release says about itself, chunks apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The release's number.
    pub number: u64,
    /// When, in milliseconds since the Unix epoch.
    pub issued_at: i64,
    /// The first day of it.
    pub effective_from: Date,
    /// Who publishes.
    pub publisher: PersonId,
    /// Why.
    pub reason: String,
}

/// Encodes, hashes and signs a release.
///
/// # Errors
/// A chunk that would be larger than a tablet accepts.
pub fn publish(
    content: &CatalogueContent,
    issue: Issue,
    key: &SigningKey,
) -> Result<(SignedManifest, Vec<Chunk>), ChunkError> {
    let chunks = chunk::encode(content)?;
    let manifest = Manifest {
        format: MANIFEST_FORMAT,
        number: issue.number,
        previous: issue.number.checked_sub(1).filter(|previous| *previous > 0),
        issued_at: issue.issued_at,
        effective_from: issue.effective_from,
        publisher: issue.publisher,
        reason: issue.reason,
        chunks: chunks.iter().map(Chunk::reference).collect(),
    };
    let manifest = postcard::to_allocvec(&manifest).map_err(|_| ChunkError::Unencodable)?;
    let signature = key.sign(&signed_bytes(&manifest)).to_bytes().to_vec();
    Ok((SignedManifest { manifest, signature }, chunks))
}

fn signed_bytes(manifest: &[u8]) -> Vec<u8> {
    [SIGNING_CONTEXT, manifest].concat()
}

impl SignedManifest {
    /// Verifies the signature, then reads the manifest.
    ///
    /// # Errors
    /// [`ReleaseError::BadSignature`], [`ReleaseError::TooLarge`], [`ReleaseError::Unreadable`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<Manifest, ReleaseError> {
        if self.manifest.len() > MANIFEST_BYTES {
            return Err(ReleaseError::TooLarge);
        }
        let signature = Signature::from_slice(&self.signature).map_err(|_| ReleaseError::BadSignature)?;
        key.verify_strict(&signed_bytes(&self.manifest), &signature).map_err(|_| ReleaseError::BadSignature)?;
        let manifest: Manifest = postcard::from_bytes(&self.manifest).map_err(|_| ReleaseError::Unreadable)?;
        if manifest.format == MANIFEST_FORMAT { Ok(manifest) } else { Err(ReleaseError::Unreadable) }
    }
}

impl Manifest {
    /// Puts the content together from chunks, each checked against its hash before it is decoded.
    ///
    /// # Errors
    /// The first chunk that is missing, changed or unreadable.
    pub fn assemble<'b>(
        &self,
        chunk_bytes: impl Fn(&ChunkHash) -> Option<&'b [u8]>,
    ) -> Result<CatalogueContent, ReleaseError> {
        let mut assembly = chunk::Assembly::default();
        for reference in &self.chunks {
            let bytes = chunk_bytes(&reference.hash).ok_or(ReleaseError::MissingChunk(reference.hash))?;
            if ChunkHash::of(bytes) != reference.hash {
                return Err(ReleaseError::WrongHash(reference.hash));
            }
            assembly.add(reference.kind, bytes).map_err(|error| ReleaseError::Chunk(reference.hash, error))?;
        }
        assembly.finish().map_err(|error| {
            let hash = self.chunks.first().map_or(ChunkHash::from([0; 32]), |chunk| chunk.hash);
            ReleaseError::Chunk(hash, error)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sample;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn released() -> (CatalogueContent, SignedManifest, BTreeMap<ChunkHash, Vec<u8>>) {
        let content = sample::small();
        let issue = Issue {
            number: 3,
            issued_at: 1_740_000_000_000,
            effective_from: jiff::civil::date(2025, 3, 1),
            publisher: "pat".parse().unwrap(),
            reason: "Spring prices".into(),
        };
        let (signed, chunks) = publish(&content, issue, &key()).unwrap();
        let chunks = chunks.into_iter().map(|chunk| (chunk.reference().hash, chunk.bytes)).collect();
        (content, signed, chunks)
    }

    #[test]
    fn a_release_comes_back_as_it_was_published() {
        let (content, signed, chunks) = released();
        let manifest = signed.verify(&key().verifying_key()).unwrap();
        assert_eq!((manifest.number, manifest.previous), (3, Some(2)));
        let assembled = manifest.assemble(|hash| chunks.get(hash).map(Vec::as_slice)).unwrap();
        assert_eq!(chunk::canonical(assembled), chunk::canonical(content));
    }

    #[test]
    fn a_tampered_manifest_or_another_key_is_refused() {
        let (_, signed, _) = released();
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
        assert_eq!(signed.verify(&other), Err(ReleaseError::BadSignature));
        for at in 0..signed.manifest.len() {
            let mut tampered = signed.clone();
            tampered.manifest[at] ^= 1;
            assert_eq!(tampered.verify(&key().verifying_key()), Err(ReleaseError::BadSignature), "byte {at}");
        }
        let cut = SignedManifest { signature: signed.signature[..63].to_vec(), ..signed };
        assert_eq!(cut.verify(&key().verifying_key()), Err(ReleaseError::BadSignature));
    }

    #[test]
    fn a_missing_or_tampered_chunk_is_named() {
        let (_, signed, mut chunks) = released();
        let manifest = signed.verify(&key().verifying_key()).unwrap();
        let hash = manifest.chunks[1].hash;
        chunks.get_mut(&hash).unwrap()[12] ^= 0x40;
        let found = manifest.assemble(|hash| chunks.get(hash).map(Vec::as_slice));
        assert_eq!(found, Err(ReleaseError::WrongHash(hash)));
        chunks.remove(&hash);
        let found = manifest.assemble(|hash| chunks.get(hash).map(Vec::as_slice));
        assert_eq!(found, Err(ReleaseError::MissingChunk(hash)));
    }

    #[test]
    fn hashes_and_keys_are_64_hexadecimal_digits() {
        let hash = ChunkHash::of(b"calloff");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert!("zz".parse::<ChunkHash>().is_err() && "é".repeat(32).parse::<ChunkHash>().is_err());
        let public = key().verifying_key();
        assert_eq!(parse_public_key(&format_public_key(&public)), Ok(public));
    }
}
