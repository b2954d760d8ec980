//! Chunks: the compact binary form in which a catalogue is stored and sent.
//!
//! A chunk is `"CLF"`, the format, the kind, then the payload in postcard's encoding. Lines and
//! items are numerous, so they are written column by column. Equal neighbours (dates, units, prices
//! of a family) are then side by side and compress well.
//!
//! A chunk travels as a raw DEFLATE stream (RFC 1951), or within a [`super::difference`]. The
//! signed manifest gives its length and its hash. Inflating stops at that length, and the hash is
//! compared before anything is decoded.

mod columns;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::zones::ZoneRules;
use super::{CatalogueContent, ExchangeRates, TieDecision};
use crate::contract::{Allotment, Contract, SourcingRule};
use crate::item::Item;
use crate::limits::{CHUNK_BYTES, CHUNK_INFLATED_BYTES};
use crate::location::Location;
use crate::supplier::Supplier;
use columns::{DivisibleColumn, ItemColumns, LineColumns, SharedTexts};

const MAGIC: &[u8; 3] = b"CLF";
/// The format of every kind except contracts.
const FORMAT: u8 = 2;
/// The format of contracts. It adds a column that says which lines are divisible.
const CONTRACTS_FORMAT: u8 = 3;
/// The older format of contracts, without that column: every line could be ordered in parts. It
/// stays readable, because an order is verified with the release that priced it.
const CONTRACTS_BEFORE_DIVISIBLE: u8 = 2;
const HEADER_BYTES: usize = 5;
/// The index of the format byte in the header.
const FORMAT_PLACE: usize = 3;

/// The number of lines after which the next contract begins a new chunk. A chunk is then some 50 KB
/// plain and 15 KB deflated: a slow link brings one every few seconds, and the manifest of a large
/// catalogue stays small.
const LINES_PER_CHUNK: usize = 1_024;

/// The number of items in one chunk. They take as many bytes as [`LINES_PER_CHUNK`] lines.
const ITEMS_PER_CHUNK: usize = 1_024;

/// The kind of content in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChunkKind {
    /// The location tree.
    Locations,
    /// The suppliers.
    Suppliers,
    /// The sourcing rules, comparison rates, tie decisions and allotments.
    Policy,
    /// All items, or a part of them.
    Items,
    /// Contract versions with their lines.
    Contracts,
    /// The rules of the sites' time zones. They exist from manifest format 3 on.
    TimeZones,
}

impl ChunkKind {
    fn code(self) -> u8 {
        match self {
            Self::Locations => 1,
            Self::Suppliers => 2,
            Self::Policy => 3,
            Self::Items => 4,
            Self::Contracts => 5,
            Self::TimeZones => 6,
        }
    }

    /// The format in which this code writes the kind.
    fn format(self) -> u8 {
        match self {
            Self::Contracts => CONTRACTS_FORMAT,
            Self::Locations | Self::Suppliers | Self::Policy | Self::Items | Self::TimeZones => {
                FORMAT
            }
        }
    }

    fn reads(self, format: u8) -> bool {
        format == self.format() || self == Self::Contracts && format == CONTRACTS_BEFORE_DIVISIBLE
    }
}

/// A part of a release. The hash of its bytes is its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The kind of content.
    pub kind: ChunkKind,
    /// The plain bytes, not deflated.
    pub bytes: Vec<u8>,
}

impl Chunk {
    /// The reference to this chunk in a manifest.
    #[must_use]
    pub fn reference(&self) -> ChunkRef {
        let bytes = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        ChunkRef { kind: self.kind, hash: ChunkHash::of(&self.bytes), bytes }
    }

    /// The bytes as they are sent: a raw DEFLATE stream.
    #[must_use]
    pub fn deflated(&self) -> Vec<u8> {
        deflate(&self.bytes)
    }
}

/// The reference to a chunk in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRef {
    /// The kind of content.
    pub kind: ChunkKind,
    /// The hash of the plain bytes.
    pub hash: ChunkHash,
    /// The number of plain bytes, not deflated.
    pub bytes: u32,
}

impl ChunkRef {
    /// Inflates the stream in which the chunk travelled, and compares the result with the hash.
    /// Inflating stops at the length in this reference.
    ///
    /// # Errors
    /// [`ChunkError::TooLarge`], [`ChunkError::Damaged`], or [`ChunkError::WrongHash`] when the
    /// bytes are not exactly this chunk.
    pub fn inflated(&self, stream: &[u8]) -> Result<Vec<u8>, ChunkError> {
        let length = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        if stream.len() > CHUNK_BYTES || length > CHUNK_INFLATED_BYTES {
            return Err(ChunkError::TooLarge);
        }
        let bytes = inflate(stream, length)?;
        self.verify(&bytes)?;
        Ok(bytes)
    }

    /// Compares the hash of plain bytes with the hash in this reference.
    ///
    /// # Errors
    /// [`ChunkError::WrongHash`] when they differ.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), ChunkError> {
        if ChunkHash::of(bytes) == self.hash { Ok(()) } else { Err(ChunkError::WrongHash) }
    }
}

/// The highest of miniz's levels that is still quick. A chunk is compressed once, and every tablet
/// reads it.
const COMPRESSION_LEVEL: u8 = 9;

/// Compresses bytes to a raw DEFLATE stream.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(bytes, COMPRESSION_LEVEL)
}

/// Inflates a raw DEFLATE stream to at most `limit` bytes. A decompression bomb costs no more
/// memory than that.
pub(super) fn inflate(stream: &[u8], limit: usize) -> Result<Vec<u8>, ChunkError> {
    miniz_oxide::inflate::decompress_to_vec_with_limit(stream, limit)
        .map_err(|_| ChunkError::Damaged)
}

/// The SHA-256 hash (FIPS 180-4) of a chunk's plain bytes. It is compared before anything is
/// decoded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChunkHash([u8; 32]);

impl ChunkHash {
    /// Computes the hash of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes of the hash.
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

/// A text is not a hash or a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a hash or a key: it must have 64 hexadecimal digits")]
pub struct NotHex;

/// Reads 32 bytes from 64 hexadecimal digits. `None` for any other text.
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
    #[error(
        "it is larger than a chunk may be ({CHUNK_BYTES} bytes, {CHUNK_INFLATED_BYTES} inflated)"
    )]
    TooLarge,
    /// The bytes do not begin as a chunk does.
    #[error("it is not a Calloff chunk")]
    NotAChunk,
    /// The chunk has a format that this version does not read.
    #[error("it has format {0}, which this version of Calloff does not read")]
    UnknownFormat(u8),
    /// The chunk has another kind than the manifest says.
    #[error("the manifest names another kind")]
    WrongKind,
    /// The stream is cut, damaged or too long.
    #[error("its compressed data is cut or damaged")]
    Damaged,
    /// The bytes are not the chunk that the manifest names.
    #[error("it was damaged or changed on the way: its bytes do not have the hash in the manifest")]
    WrongHash,
    /// The payload does not decode to a value of its kind.
    #[error("its content cannot be read")]
    Unreadable,
    /// The release has no such chunk.
    #[error("the release has no chunk of kind {0:?}")]
    Missing(ChunkKind),
    /// The content cannot be encoded.
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

/// Contract versions whose lines are written as columns. This is the older format, without the
/// column of divisible lines.
#[derive(Serialize, Deserialize)]
struct Contracts {
    headers: Vec<Contract>,
    line_counts: Vec<u32>,
    lines: LineColumns,
}

impl Contracts {
    fn from_contracts(contracts: Vec<Contract>) -> Self {
        let line_counts = contracts
            .iter()
            .map(|contract| u32::try_from(contract.lines.len()).unwrap_or(u32::MAX));
        let line_counts = line_counts.collect();
        let mut headers = contracts;
        let lines: Vec<_> =
            headers.iter_mut().flat_map(|contract| std::mem::take(&mut contract.lines)).collect();
        Self { headers, line_counts, lines: LineColumns::from_lines(&lines) }
    }

    fn into_contracts(self, texts: &mut SharedTexts) -> Result<Vec<Contract>, ChunkError> {
        let mut contracts = self.headers;
        let mut lines = self.lines.into_lines(texts)?.into_iter();
        if contracts.len() != self.line_counts.len() {
            return Err(ChunkError::Unreadable);
        }
        for (contract, count) in contracts.iter_mut().zip(self.line_counts) {
            contract.lines = lines.by_ref().take(count as usize).collect();
            if contract.lines.len() != count as usize {
                return Err(ChunkError::Unreadable);
            }
        }
        if lines.next().is_none() { Ok(contracts) } else { Err(ChunkError::Unreadable) }
    }
}

/// Contract versions, with the column that says which lines are divisible.
#[derive(Serialize, Deserialize)]
struct DivisibleContracts {
    contracts: Contracts,
    divisible: DivisibleColumn,
}

impl DivisibleContracts {
    fn from_contracts(contracts: Vec<Contract>) -> Self {
        let lines = contracts.iter().flat_map(|contract| &contract.lines);
        let divisible = DivisibleColumn::from_lines(lines);
        Self { contracts: Contracts::from_contracts(contracts), divisible }
    }

    fn into_contracts(self, texts: &mut SharedTexts) -> Result<Vec<Contract>, ChunkError> {
        let mut contracts = self.contracts.into_contracts(texts)?;
        self.divisible.put_into(contracts.iter_mut().flat_map(|contract| &mut contract.lines))?;
        Ok(contracts)
    }
}

/// Reads contract versions of either format.
fn contracts(bytes: &[u8], texts: &mut SharedTexts) -> Result<Vec<Contract>, ChunkError> {
    if bytes.get(FORMAT_PLACE) != Some(&CONTRACTS_BEFORE_DIVISIBLE) {
        return unpack::<DivisibleContracts>(ChunkKind::Contracts, bytes)?.into_contracts(texts);
    }
    let mut contracts = unpack::<Contracts>(ChunkKind::Contracts, bytes)?.into_contracts(texts)?;
    contracts
        .iter_mut()
        .flat_map(|contract| &mut contract.lines)
        .for_each(|line| line.divisible = Some(true));
    Ok(contracts)
}

/// Divides contracts among chunks, in their order. A chunk takes contracts until it has at least
/// [`LINES_PER_CHUNK`] lines.
fn shares(contracts: Vec<Contract>) -> Vec<Vec<Contract>> {
    let mut shares = Vec::new();
    let (mut share, mut lines) = (Vec::new(), 0);
    for contract in contracts {
        lines += contract.lines.len();
        share.push(contract);
        if lines >= LINES_PER_CHUNK {
            shares.push(std::mem::take(&mut share));
            lines = 0;
        }
    }
    shares.extend(Some(share).filter(|share| !share.is_empty()));
    shares
}

/// Sorts a content. Two contents with equal parts are then equal, in whatever order their parts
/// came.
#[must_use]
pub fn canonical(mut content: CatalogueContent) -> CatalogueContent {
    // Sorted in place: content that comes from chunks is large, and sorted already.
    content.locations.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    content.suppliers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    content.items.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    content.contracts.sort_unstable_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    for contract in &mut content.contracts {
        contract.lines.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    }
    content.sourcing_rules.sort_by(|a, b| {
        let key = |rule: &SourcingRule| {
            (
                rule.subject.clone(),
                rule.supplier.clone(),
                rule.location.clone(),
                rule.validity.start,
                rule.preference,
            )
        };
        key(a).cmp(&key(b))
    });
    content.tie_decisions.sort();
    content.allotments.sort();
    content
}

/// Encodes a content as chunks. The order of its parts does not change the bytes.
///
/// # Errors
/// [`ChunkError::TooLarge`] for a chunk that no tablet would accept, and
/// [`ChunkError::Unencodable`].
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
    ];
    for items in content.items.chunks(ITEMS_PER_CHUNK) {
        chunks.push(pack(ChunkKind::Items, &ItemColumns::from_items(items))?);
    }
    for contracts in shares(content.contracts) {
        chunks.push(pack(ChunkKind::Contracts, &DivisibleContracts::from_contracts(contracts))?);
    }
    if !content.time_zones.is_empty() {
        chunks.push(pack(ChunkKind::TimeZones, &content.time_zones)?);
    }
    Ok(chunks)
}

fn pack<T: Serialize>(kind: ChunkKind, payload: &T) -> Result<Chunk, ChunkError> {
    let mut bytes = Vec::from(MAGIC);
    bytes.extend([kind.format(), kind.code()]);
    let bytes = postcard::to_extend(payload, bytes).map_err(|_| ChunkError::Unencodable)?;
    if bytes.len() > CHUNK_INFLATED_BYTES {
        Err(ChunkError::TooLarge)
    } else {
        Ok(Chunk { kind, bytes })
    }
}

fn unpack<T: DeserializeOwned>(kind: ChunkKind, bytes: &[u8]) -> Result<T, ChunkError> {
    if bytes.len() > CHUNK_INFLATED_BYTES {
        return Err(ChunkError::TooLarge);
    }
    let (header, payload) = bytes.split_at_checked(HEADER_BYTES).ok_or(ChunkError::NotAChunk)?;
    if !header.starts_with(MAGIC) {
        return Err(ChunkError::NotAChunk);
    }
    if header[4] != kind.code() {
        return Err(ChunkError::WrongKind);
    }
    if !kind.reads(header[FORMAT_PLACE]) {
        return Err(ChunkError::UnknownFormat(header[FORMAT_PLACE]));
    }
    let (value, rest) = postcard::take_from_bytes(payload).map_err(|_| ChunkError::Unreadable)?;
    if rest.is_empty() { Ok(value) } else { Err(ChunkError::Unreadable) }
}

/// Puts a content together from its chunks.
#[derive(Default)]
pub struct Assembly {
    locations: Option<Vec<Location>>,
    suppliers: Option<Vec<Supplier>>,
    policy: Option<Policy>,
    items: Vec<Item>,
    contracts: Vec<Contract>,
    time_zones: ZoneRules,
    texts: SharedTexts,
}

impl Assembly {
    /// Decodes one chunk and adds it.
    ///
    /// # Errors
    /// The reason why the chunk cannot be decoded.
    pub fn add(&mut self, kind: ChunkKind, bytes: &[u8]) -> Result<(), ChunkError> {
        match kind {
            ChunkKind::Locations => self.locations = Some(unpack(kind, bytes)?),
            ChunkKind::Suppliers => self.suppliers = Some(unpack(kind, bytes)?),
            ChunkKind::Policy => self.policy = Some(unpack(kind, bytes)?),
            ChunkKind::Items => {
                self.items.extend(unpack::<ItemColumns>(kind, bytes)?.into_items(&mut self.texts)?)
            }
            ChunkKind::Contracts => self.contracts.extend(contracts(bytes, &mut self.texts)?),
            ChunkKind::TimeZones => self.time_zones = unpack(kind, bytes)?,
        }
        Ok(())
    }

    /// Returns the whole content.
    ///
    /// # Errors
    /// [`ChunkError::Missing`] when a kind that every release needs was not added.
    pub fn finish(mut self) -> Result<CatalogueContent, ChunkError> {
        self.items.shrink_to_fit();
        self.contracts.shrink_to_fit();
        let policy = self.policy.ok_or(ChunkError::Missing(ChunkKind::Policy))?;
        Ok(CatalogueContent {
            locations: self.locations.ok_or(ChunkError::Missing(ChunkKind::Locations))?,
            suppliers: self.suppliers.ok_or(ChunkError::Missing(ChunkKind::Suppliers))?,
            items: self.items,
            contracts: self.contracts,
            sourcing_rules: policy.sourcing_rules,
            exchange_rates: policy.exchange_rates,
            tie_decisions: policy.tie_decisions,
            allotments: policy.allotments,
            time_zones: self.time_zones,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn packed() -> Chunk {
        encode(&sample::small())
            .unwrap()
            .into_iter()
            .find(|chunk| chunk.kind == ChunkKind::Contracts)
            .unwrap()
    }

    fn read(bytes: &[u8]) -> Result<(), ChunkError> {
        Assembly::default().add(ChunkKind::Contracts, bytes)
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
        // A flipped bit either fails or decodes to something else. It never panics. Only the hash
        // detects the second case.
        for at in 0..chunk.len() * 8 {
            let mut flipped = chunk.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            let _ = read(&flipped);
        }
    }

    #[test]
    fn a_stream_is_the_chunk_that_was_named_or_refused() {
        let (chunk, stream) = (packed(), packed().deflated());
        let reference = chunk.reference();
        assert_eq!(reference.inflated(&stream).as_ref(), Ok(&chunk.bytes));
        for length in 0..stream.len() {
            assert_eq!(
                reference.inflated(&stream[..length]),
                Err(ChunkError::Damaged),
                "cut to {length}"
            );
        }
        for at in 0..stream.len() * 8 {
            let mut flipped = stream.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            // Some flipped bits change nothing: they describe codes that do not occur.
            if let Ok(bytes) = reference.inflated(&flipped) {
                assert_eq!(bytes, chunk.bytes, "bit {at}");
            }
        }
    }

    #[test]
    fn a_decompression_bomb_stops_at_the_length_that_was_signed() {
        let bomb = deflate(&vec![0; 4 * CHUNK_INFLATED_BYTES]);
        let named = |bytes| ChunkRef { bytes, ..packed().reference() };
        assert_eq!(named(1_000).inflated(&bomb), Err(ChunkError::Damaged));
        assert_eq!(named(u32::MAX).inflated(&bomb), Err(ChunkError::TooLarge));
    }

    #[test]
    fn contracts_share_chunks_and_items_are_dealt_out_and_all_come_back() {
        let mut content = sample::small();
        let line = content.contracts[0].lines[0].clone();
        content.contracts[0].lines = (0..LINES_PER_CHUNK + 3)
            .map(|n| crate::contract::CatalogueLine {
                id: format!("{n:05}").parse().unwrap(),
                ..line.clone()
            })
            .collect();
        let item = content.items[0].clone();
        let more = (0..2 * ITEMS_PER_CHUNK)
            .map(|n| Item { id: format!("{n:05}").parse().unwrap(), ..item.clone() });
        content.items.extend(more);
        let chunks = encode(&content).unwrap();
        let count = |kind| chunks.iter().filter(|chunk| chunk.kind == kind).count();
        assert_eq!((count(ChunkKind::Items), count(ChunkKind::Contracts)), (3, 2));
        let mut assembly = Assembly::default();
        chunks.iter().for_each(|chunk| assembly.add(chunk.kind, &chunk.bytes).unwrap());
        assert_eq!(assembly.finish(), Ok(canonical(content)));
    }

    #[test]
    fn what_lines_say_of_parts_travels_and_a_chunk_from_before_says_that_all_are_divisible() {
        let mut contracts = canonical(sample::small()).contracts;
        contracts[0].lines[0].divisible = Some(true);
        contracts[1].lines[0].divisible = Some(false);
        let before = Chunk {
            kind: ChunkKind::Contracts,
            bytes: {
                let mut bytes =
                    pack(ChunkKind::Contracts, &Contracts::from_contracts(contracts.clone()))
                        .unwrap()
                        .bytes;
                bytes[FORMAT_PLACE] = CONTRACTS_BEFORE_DIVISIBLE;
                bytes
            },
        };
        let now =
            pack(ChunkKind::Contracts, &DivisibleContracts::from_contracts(contracts.clone()))
                .unwrap();
        let read =
            |chunk: &Chunk| super::contracts(&chunk.bytes, &mut SharedTexts::default()).unwrap();
        assert_eq!(read(&now), contracts);
        contracts
            .iter_mut()
            .flat_map(|contract| &mut contract.lines)
            .for_each(|line| line.divisible = Some(true));
        assert_eq!(read(&before), contracts);
        // A kind whose encoding did not change has only one format.
        let mut other = encode(&sample::small()).unwrap().remove(0);
        other.bytes[FORMAT_PLACE] = CONTRACTS_FORMAT;
        let refused = Assembly::default().add(other.kind, &other.bytes);
        assert_eq!(refused, Err(ChunkError::UnknownFormat(CONTRACTS_FORMAT)));
    }

    #[test]
    fn line_counts_that_lie_are_refused() {
        for counts in [vec![1], vec![u32::MAX; 2], vec![0; 2]] {
            let contracts = sample::small().contracts.into_iter().take(2).collect();
            let lying = Contracts { line_counts: counts, ..Contracts::from_contracts(contracts) };
            assert_eq!(
                lying.into_contracts(&mut SharedTexts::default()),
                Err(ChunkError::Unreadable)
            );
        }
    }

    #[test]
    fn a_release_without_its_suppliers_is_incomplete() {
        let mut assembly = Assembly::default();
        for chunk in encode(&sample::small()).unwrap() {
            if chunk.kind != ChunkKind::Suppliers {
                assembly.add(chunk.kind, &chunk.bytes).unwrap();
            }
        }
        assert_eq!(assembly.finish(), Err(ChunkError::Missing(ChunkKind::Suppliers)));
    }
}
