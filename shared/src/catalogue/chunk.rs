//! Chunks: the compact binary form in which a catalogue travels.
//!
//! `"CLF"`, format, kind, the inflated length (little-endian u32), then a raw DEFLATE stream (RFC 1951) of the payload in
//! postcard's encoding. Lines and items, of which there are many, are written column by column, so that equal neighbours
//! (dates, units, prices of a family) lie side by side and compress to little. Decoding is bounded by
//! [`CHUNK_BYTES`] and [`CHUNK_INFLATED_BYTES`] whatever the bytes say.

mod columns;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{CatalogueContent, ExchangeRates, TieDecision};
use crate::contract::{Allotment, Contract, SourcingRule};
use crate::item::Item;
use crate::limits::{CHUNK_BYTES, CHUNK_INFLATED_BYTES};
use crate::location::Location;
use crate::supplier::Supplier;
use columns::{ItemColumns, LineColumns};

const MAGIC: &[u8; 3] = b"CLF";
const FORMAT: u8 = 2;
const HEADER_BYTES: usize = 9;

/// The best of miniz's levels that is still quick: a chunk is compressed once and read by every tablet.
const COMPRESSION_LEVEL: u8 = 9;

/// What is in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChunkKind {
    /// The location tree.
    Locations,
    /// Who sells.
    Suppliers,
    /// Source list, comparison rates, tie decisions, allotments.
    Policy,
    /// What is bought.
    Items,
    /// One version of one contract.
    Contract,
}

impl ChunkKind {
    fn code(self) -> u8 {
        match self {
            Self::Locations => 1,
            Self::Suppliers => 2,
            Self::Policy => 3,
            Self::Items => 4,
            Self::Contract => 5,
        }
    }
}

/// A part of a release, addressed by the hash of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// What is in it.
    pub kind: ChunkKind,
    /// Its bytes as they travel.
    pub bytes: Vec<u8>,
}

impl Chunk {
    /// How a manifest names it.
    #[must_use]
    pub fn reference(&self) -> ChunkRef {
        let bytes = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        ChunkRef { kind: self.kind, hash: ChunkHash::of(&self.bytes), bytes }
    }
}

/// A chunk as the manifest names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRef {
    /// What is in it.
    pub kind: ChunkKind,
    /// What its bytes hash to.
    pub hash: ChunkHash,
    /// How many bytes it has.
    pub bytes: u32,
}

/// SHA-256 (FIPS 180-4) of a chunk's bytes as they travel: it is checked before anything is inflated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkHash([u8; 32]);

impl ChunkHash {
    /// The hash of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for ChunkHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Display for ChunkHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for ChunkHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for ChunkHash {
    type Err = NotHex;
    fn from_str(text: &str) -> Result<Self, NotHex> {
        hex_bytes(text).map(Self).ok_or(NotHex)
    }
}

/// Why a text is no hash or key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no hash or key: 64 hexadecimal digits are expected")]
pub struct NotHex;

/// 32 bytes written as 64 hexadecimal digits.
pub(super) fn hex_bytes(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Why a chunk is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// Larger than [`CHUNK_BYTES`], or inflates beyond [`CHUNK_INFLATED_BYTES`].
    #[error("it is larger than a chunk may be ({CHUNK_BYTES} bytes, {CHUNK_INFLATED_BYTES} inflated)")]
    TooLarge,
    /// Not a chunk at all.
    #[error("it does not begin as a Calloff chunk does")]
    NotAChunk,
    /// A chunk of a later format.
    #[error("it has format {0}, which this version of Calloff does not read: update the app")]
    UnknownFormat(u8),
    /// Another kind than the manifest says.
    #[error("its kind is not the one that the manifest names")]
    WrongKind,
    /// The stream is cut or damaged, or not as long as its header says.
    #[error("its compressed data is cut or damaged")]
    Damaged,
    /// The payload is no value of its kind.
    #[error("its content cannot be read")]
    Unreadable,
    /// The release has no such chunk.
    #[error("the release has no chunk of kind {0:?}")]
    Missing(ChunkKind),
    /// A value that cannot be encoded.
    #[error("its content cannot be encoded")]
    Unencodable,
}

#[derive(Serialize, Deserialize)]
struct Policy {
    sourcing_rules: Vec<SourcingRule>,
    exchange_rates: ExchangeRates,
    tie_decisions: Vec<TieDecision>,
    allotments: Vec<Allotment>,
}

/// A contract version with its lines taken out into columns.
#[derive(Serialize, Deserialize)]
struct ContractPayload {
    header: Contract,
    lines: LineColumns,
}

/// The content in the one order in which equal contents are equal, whatever order they were given in.
#[must_use]
pub fn canonical(mut content: CatalogueContent) -> CatalogueContent {
    content.locations.sort_by(|a, b| a.id.cmp(&b.id));
    content.suppliers.sort_by(|a, b| a.id.cmp(&b.id));
    content.items.sort_by(|a, b| a.id.cmp(&b.id));
    content.contracts.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    for contract in &mut content.contracts {
        contract.lines.sort_by(|a, b| a.id.cmp(&b.id));
    }
    content.sourcing_rules.sort_by(|a, b| {
        let key = |rule: &SourcingRule| {
            (rule.subject.clone(), rule.supplier.clone(), rule.location.clone(), rule.validity.start, rule.preference)
        };
        key(a).cmp(&key(b))
    });
    content.tie_decisions.sort();
    content.allotments.sort();
    content
}

/// Writes a content as chunks: the same bytes for the same content in any order.
///
/// # Errors
/// [`ChunkError::TooLarge`] for a part that no tablet would accept.
pub fn encode(content: &CatalogueContent) -> Result<Vec<Chunk>, ChunkError> {
    let content = canonical(content.clone());
    let policy = Policy {
        sourcing_rules: content.sourcing_rules,
        exchange_rates: content.exchange_rates,
        tie_decisions: content.tie_decisions,
        allotments: content.allotments,
    };
    let mut chunks = vec![
        pack(ChunkKind::Locations, &content.locations)?,
        pack(ChunkKind::Suppliers, &content.suppliers)?,
        pack(ChunkKind::Policy, &policy)?,
        pack(ChunkKind::Items, &ItemColumns::from_items(&content.items))?,
    ];
    for mut contract in content.contracts {
        let lines = LineColumns::from_lines(&std::mem::take(&mut contract.lines));
        chunks.push(pack(ChunkKind::Contract, &ContractPayload { header: contract, lines })?);
    }
    Ok(chunks)
}

fn pack<T: Serialize>(kind: ChunkKind, payload: &T) -> Result<Chunk, ChunkError> {
    let payload = postcard::to_allocvec(payload).map_err(|_| ChunkError::Unencodable)?;
    if payload.len() > CHUNK_INFLATED_BYTES {
        return Err(ChunkError::TooLarge);
    }
    let inflated = u32::try_from(payload.len()).map_err(|_| ChunkError::TooLarge)?;
    let mut bytes = Vec::from(MAGIC);
    bytes.extend([FORMAT, kind.code()]);
    bytes.extend(inflated.to_le_bytes());
    bytes.extend(miniz_oxide::deflate::compress_to_vec(&payload, COMPRESSION_LEVEL));
    if bytes.len() > CHUNK_BYTES { Err(ChunkError::TooLarge) } else { Ok(Chunk { kind, bytes }) }
}

fn unpack<T: DeserializeOwned>(kind: ChunkKind, bytes: &[u8]) -> Result<T, ChunkError> {
    if bytes.len() > CHUNK_BYTES {
        return Err(ChunkError::TooLarge);
    }
    let (header, stream) = bytes.split_at_checked(HEADER_BYTES).ok_or(ChunkError::NotAChunk)?;
    if !header.starts_with(MAGIC) {
        return Err(ChunkError::NotAChunk);
    }
    if header[3] != FORMAT {
        return Err(ChunkError::UnknownFormat(header[3]));
    }
    if header[4] != kind.code() {
        return Err(ChunkError::WrongKind);
    }
    let inflated = u32::from_le_bytes([header[5], header[6], header[7], header[8]]) as usize;
    if inflated > CHUNK_INFLATED_BYTES {
        return Err(ChunkError::TooLarge);
    }
    let payload = miniz_oxide::inflate::decompress_to_vec_with_limit(stream, inflated)
        .ok()
        .filter(|payload| payload.len() == inflated)
        .ok_or(ChunkError::Damaged)?;
    let (value, rest) = postcard::take_from_bytes(&payload).map_err(|_| ChunkError::Unreadable)?;
    if rest.is_empty() { Ok(value) } else { Err(ChunkError::Unreadable) }
}

/// A content on its way back from chunks.
#[derive(Default)]
pub struct Assembly {
    locations: Option<Vec<Location>>,
    suppliers: Option<Vec<Supplier>>,
    policy: Option<Policy>,
    items: Option<Vec<Item>>,
    contracts: Vec<Contract>,
}

impl Assembly {
    /// Decodes one chunk.
    ///
    /// # Errors
    /// Why it cannot be decoded.
    pub fn add(&mut self, kind: ChunkKind, bytes: &[u8]) -> Result<(), ChunkError> {
        match kind {
            ChunkKind::Locations => self.locations = Some(unpack(kind, bytes)?),
            ChunkKind::Suppliers => self.suppliers = Some(unpack(kind, bytes)?),
            ChunkKind::Policy => self.policy = Some(unpack(kind, bytes)?),
            ChunkKind::Items => self.items = Some(unpack::<ItemColumns>(kind, bytes)?.into_items()?),
            ChunkKind::Contract => {
                let ContractPayload { mut header, lines } = unpack(kind, bytes)?;
                header.lines = lines.into_lines()?;
                self.contracts.push(header);
            }
        }
        Ok(())
    }

    /// The whole content.
    ///
    /// # Errors
    /// [`ChunkError::Missing`].
    pub fn finish(self) -> Result<CatalogueContent, ChunkError> {
        let policy = self.policy.ok_or(ChunkError::Missing(ChunkKind::Policy))?;
        Ok(CatalogueContent {
            locations: self.locations.ok_or(ChunkError::Missing(ChunkKind::Locations))?,
            suppliers: self.suppliers.ok_or(ChunkError::Missing(ChunkKind::Suppliers))?,
            items: self.items.ok_or(ChunkError::Missing(ChunkKind::Items))?,
            contracts: self.contracts,
            sourcing_rules: policy.sourcing_rules,
            exchange_rates: policy.exchange_rates,
            tie_decisions: policy.tie_decisions,
            allotments: policy.allotments,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn packed() -> Chunk {
        encode(&sample::small()).unwrap().into_iter().find(|chunk| chunk.kind == ChunkKind::Contract).unwrap()
    }

    fn read(bytes: &[u8]) -> Result<(), ChunkError> {
        Assembly::default().add(ChunkKind::Contract, bytes)
    }

    #[test]
    fn order_does_not_change_the_bytes() {
        let content = sample::small();
        let mut shuffled = content.clone();
        shuffled.items.reverse();
        shuffled.contracts.reverse();
        shuffled.contracts.iter_mut().for_each(|contract| contract.lines.reverse());
        assert_eq!(encode(&content), encode(&shuffled));
    }

    #[test]
    fn truncated_flipped_and_foreign_bytes_are_refused() {
        let chunk = packed().bytes;
        assert_eq!(read(&chunk), Ok(()));
        for length in 0..chunk.len() {
            assert!(read(&chunk[..length]).is_err(), "cut to {length}");
        }
        assert_eq!(read(b"PK\x03\x04 and so on"), Err(ChunkError::NotAChunk));
        let mut later = chunk.clone();
        later[3] = 9;
        assert_eq!(read(&later), Err(ChunkError::UnknownFormat(9)));
        assert_eq!(Assembly::default().add(ChunkKind::Items, &chunk), Err(ChunkError::WrongKind));
        // A flipped bit either fails or reads as something else; it never panics. The hash is what tells.
        for at in 0..chunk.len() * 8 {
            let mut flipped = chunk.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            let _ = read(&flipped);
        }
    }

    #[test]
    fn a_decompression_bomb_stops_at_the_declared_length() {
        let bomb = miniz_oxide::deflate::compress_to_vec(&vec![0; 4 * CHUNK_INFLATED_BYTES], 9);
        for declared in [1_000, u32::MAX] {
            let mut bytes = Vec::from(*MAGIC);
            bytes.extend([FORMAT, ChunkKind::Contract.code()]);
            bytes.extend(declared.to_le_bytes());
            bytes.extend(&bomb);
            let refused = if declared == u32::MAX { ChunkError::TooLarge } else { ChunkError::Damaged };
            assert_eq!(read(&bytes), Err(refused));
        }
    }

    #[test]
    fn a_release_without_its_items_is_incomplete() {
        let mut assembly = Assembly::default();
        for chunk in encode(&sample::small()).unwrap() {
            if chunk.kind != ChunkKind::Items {
                assembly.add(chunk.kind, &chunk.bytes).unwrap();
            }
        }
        assert_eq!(assembly.finish(), Err(ChunkError::Missing(ChunkKind::Items)));
    }
}
