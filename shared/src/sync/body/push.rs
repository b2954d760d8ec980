//! The body of a push.

use automerge::ChangeHash;
use serde::{Deserialize, Serialize};

use super::{Envelope, FOLLOWED, UnpackError, part, seal};
use crate::document;
use crate::ids::DocumentId;
use crate::limits::{PUSH_DOCUMENTS, PUSH_UNPACKED_BYTES};
use crate::sync::pack::{PackedIds, pack, unpack};
use crate::wire::{Blob, DocumentKind, DocumentPush, PushRequest};

/// It is read one document at a time, so that a list of a million empty documents costs nothing.
#[derive(Serialize)]
struct Contents<'a> {
    app_version: &'a str,
    documents: Vec<Document<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    id: DocumentId,
    kind: DocumentKind,
    /// 32 bytes for each head.
    #[serde(borrow)]
    heads: &'a [u8],
    /// The packed changes, see [`crate::sync::pack`].
    rows: &'a [u8],
}

/// Writes a push. [`unpack_push`] returns the same push, without heads that are not hashes.
///
/// # Errors
/// An error of postcard. It never happens for these types.
pub fn pack_push(request: &PushRequest) -> Result<Vec<u8>, postcard::Error> {
    let mut ids = PackedIds::default();
    let mut packed = Vec::new();
    for document in &request.documents {
        let heads: Vec<u8> =
            document::parse_heads(&document.heads).iter().flat_map(|hash| hash.0).collect();
        packed.push((heads, pack(&document.changes.0, &mut ids)?));
    }
    let documents = request.documents.iter().zip(&packed).map(|(document, (heads, rows))| {
        let DocumentPush { id, kind, .. } = *document;
        Document { id, kind, heads, rows }
    });
    let contents = Contents { app_version: &request.app_version, documents: documents.collect() };
    let changes = request.documents.iter().map(|document| document.changes.0.len()).sum();
    seal(request.protocol, &contents, &ids, changes)
}

/// The memory that unpacking a push takes, within the limit: the bytes of its contents, and as many
/// for its changes.
///
/// # Errors
/// The errors of [`unpack_push`]. Nothing was unpacked.
pub fn packed_size(body: &[u8]) -> Result<usize, UnpackError> {
    Ok(2 * size_within_limit(&Envelope::read(body)?)?)
}

/// Reads a push. It never panics, whatever the bytes are, and takes no more memory than
/// [`packed_size`] says.
///
/// # Errors
/// The body is not a push. The changes themselves are not checked here.
pub fn unpack_push(body: &[u8]) -> Result<PushRequest, UnpackError> {
    let envelope = Envelope::read(body)?;
    let size = size_within_limit(&envelope)?;
    let (plain, mut ids) = envelope.open(size)?;
    let ((app_version, count), mut rest): ((String, usize), _) = part(&plain)?;
    if count > PUSH_DOCUMENTS {
        return Err(UnpackError::TooManyDocuments);
    }
    let mut room = size;
    let mut documents = Vec::with_capacity(count);
    for _ in 0..count {
        let document: Document<'_>;
        (document, rest) = part(rest)?;
        let Document { id, kind, heads, rows } = document;
        let changes = unpack(rows, &mut ids, room)?;
        room -= changes.len();
        let (heads, []) = heads.as_chunks::<32>() else {
            return Err(UnpackError::Malformed("a head is cut off"));
        };
        let heads = heads.iter().map(|hash| ChangeHash(*hash).to_string()).collect();
        documents.push(DocumentPush { id, kind, heads, changes: Blob(changes) });
    }
    if !rest.is_empty() {
        return Err(FOLLOWED);
    }
    Ok(PushRequest { protocol: envelope.protocol, app_version, documents })
}

fn size_within_limit(envelope: &Envelope<'_>) -> Result<usize, UnpackError> {
    usize::try_from(envelope.size)
        .ok()
        .filter(|size| *size <= PUSH_UNPACKED_BYTES)
        .ok_or(UnpackError::TooLarge)
}
