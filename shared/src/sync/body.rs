//! The body of a push as it travels: one way to write it, and one to read it that no body can make expensive.
//!
//! In postcard: protocol, size, identifiers, stream. The stream is deflated (RFC 1951), and neither what it inflates to nor the
//! changes in it are larger than the size; [`packed_size`] gives that before anything is inflated.

use automerge::ChangeHash;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};

use super::pack::{PackedIds, UnpackedIds, pack, unpack};
use crate::document;
use crate::ids::DocumentId;
use crate::limits::{PUSH_DOCUMENTS, PUSH_UNPACKED_BYTES};
use crate::wire::{Blob, DocumentKind, DocumentPush, OLDEST_PROTOCOL, PushRequest};

/// Small bodies deflate in no time at the highest level, and every byte of them goes over a mobile link.
const LEVEL: u8 = 9;

/// Why a body is no push. Nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// The tablet's app is too old to write.
    #[error("it speaks version {spoken} of the protocol, and {OLDEST_PROTOCOL} is the oldest that is taken")]
    TooOld {
        /// The version that it speaks.
        spoken: u32,
    },
    /// It says that it unpacks to more than a push may hold.
    #[error("it unpacks to more than {PUSH_UNPACKED_BYTES} bytes: send it in several")]
    TooLarge,
    /// More documents than a push may hold.
    #[error("a push holds at most {PUSH_DOCUMENTS} documents: send it in several")]
    TooManyDocuments,
    /// It unpacks to more than it says.
    #[error("it is larger than it says")]
    LargerThanSaid,
    /// It was written by no tablet.
    #[error("the push cannot be unpacked: {0}")]
    Malformed(&'static str),
}

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    protocol: u32,
    /// Bytes of the inflated stream, or of all changes: whichever is more.
    size: u32,
    /// Ten bytes for each identifier, in the order in which they first stand in the changes.
    #[serde(borrow)]
    ids: &'a [u8],
    /// [`Contents`], deflated.
    stream: &'a [u8],
}

/// Read one document at a time, so that a list of a million empty ones costs nothing.
#[derive(Serialize)]
struct Contents<'a> {
    app_version: &'a str,
    documents: Vec<Document<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    id: DocumentId,
    kind: DocumentKind,
    /// 32 bytes each.
    #[serde(borrow)]
    heads: &'a [u8],
    /// See [`super::pack`].
    rows: &'a [u8],
}

/// Writes a push. [`unpack_push`] gives the same again, except for heads that are no hashes, which are left out.
///
/// # Errors
/// Postcard's, which for these types never happens.
pub fn pack_push(request: &PushRequest) -> Result<Vec<u8>, postcard::Error> {
    let mut ids = PackedIds::default();
    let mut packed = Vec::new();
    for document in &request.documents {
        let heads: Vec<u8> = document::parse_heads(&document.heads).iter().flat_map(|hash| hash.0).collect();
        packed.push((heads, pack(&document.changes.0, &mut ids)?));
    }
    let documents = request.documents.iter().zip(&packed).map(|(document, (heads, rows))| {
        let DocumentPush { id, kind, .. } = *document;
        Document { id, kind, heads, rows }
    });
    let contents = Contents { app_version: &request.app_version, documents: documents.collect() };
    let plain = postcard::to_allocvec(&contents)?;
    let changes: usize = request.documents.iter().map(|document| document.changes.0.len()).sum();
    // A push that does not fit says so, and is refused as too large.
    let size = u32::try_from(plain.len().max(changes)).unwrap_or(u32::MAX);
    let stream = compress_to_vec(&plain, LEVEL);
    postcard::to_allocvec(&Envelope { protocol: request.protocol, size, ids: &ids.bytes, stream: &stream })
}

/// How much memory unpacking a body takes, within the limit: bytes of its contents, and as many of its changes.
///
/// # Errors
/// As [`unpack_push`]; nothing was unpacked.
pub fn packed_size(body: &[u8]) -> Result<usize, UnpackError> {
    Ok(2 * envelope(body)?.size()?)
}

/// Reads a push. Never panics, whatever the bytes, and takes no more memory than [`packed_size`] says.
///
/// # Errors
/// Why it is none. The changes themselves are not looked into.
pub fn unpack_push(body: &[u8]) -> Result<PushRequest, UnpackError> {
    let envelope = envelope(body)?;
    let size = envelope.size()?;
    let Envelope { protocol, ids, stream, .. } = envelope;
    let plain = decompress_to_vec_with_limit(stream, size)
        .map_err(|_| UnpackError::Malformed("it does not inflate to what it says"))?;
    let ((app_version, count), mut rest): ((String, usize), _) = part(&plain)?;
    if count > PUSH_DOCUMENTS {
        return Err(UnpackError::TooManyDocuments);
    }
    let mut ids = UnpackedIds::new(ids);
    let mut room = size;
    let mut documents = Vec::with_capacity(count);
    for _ in 0..count {
        let document: Document<'_>;
        (document, rest) = part(rest)?;
        let Document { id, kind, heads, rows } = document;
        let changes = unpack(rows, &mut ids, room)?;
        room -= changes.len();
        let (heads, []) = heads.as_chunks::<32>() else { return Err(UnpackError::Malformed("a head is cut off")) };
        let heads = heads.iter().map(|hash| ChangeHash(*hash).to_string()).collect();
        documents.push(DocumentPush { id, kind, heads, changes: Blob(changes) });
    }
    if !rest.is_empty() {
        return Err(FOLLOWED);
    }
    Ok(PushRequest { protocol, app_version, documents })
}

impl Envelope<'_> {
    fn size(&self) -> Result<usize, UnpackError> {
        usize::try_from(self.size).ok().filter(|size| *size <= PUSH_UNPACKED_BYTES).ok_or(UnpackError::TooLarge)
    }
}

fn envelope(body: &[u8]) -> Result<Envelope<'_>, UnpackError> {
    // Version 1 was JSON, and said its version further in.
    if body.first() == Some(&b'{') {
        return Err(UnpackError::TooOld { spoken: 1 });
    }
    // The version stands first whatever comes after it.
    let (spoken, _) = part::<u32>(body)?;
    if spoken < OLDEST_PROTOCOL {
        return Err(UnpackError::TooOld { spoken });
    }
    match part(body)? {
        (envelope, []) => Ok(envelope),
        _ => Err(FOLLOWED),
    }
}

const FOLLOWED: UnpackError = UnpackError::Malformed("something follows its end");

fn part<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), UnpackError> {
    postcard::take_from_bytes(bytes).map_err(|_| UnpackError::Malformed("it is cut off"))
}
