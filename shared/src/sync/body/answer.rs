//! The bodies of the server's answers to pushes and pulls: JSON, followed by the bytes of its
//! documents in their order. The small part is JSON, so that later versions can extend it. The
//! large part is neither base64 nor framed as Automerge frames it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Envelope, FOLLOWED, PROTOCOL, UnpackError, part, seal};
use crate::sync::pack::{PackedIds, pack, unpack};
use crate::wire::{Blob, DocumentOutcome, PullResponse, PulledDocument, PushResponse};

#[derive(Serialize, Deserialize)]
struct Contents<'a> {
    /// The answer, without the bytes of its documents.
    #[serde(borrow)]
    json: &'a [u8],
    /// The bytes of each document, see [`crate::sync::pack`]. Empty for a document without bytes.
    #[serde(borrow)]
    rows: Vec<&'a [u8]>,
}

/// Writes the answer to a push. [`unpack_push_response`] returns the same answer.
///
/// # Errors
/// An error of postcard. It never happens for these types.
pub fn pack_push_response(response: &PushResponse) -> Result<Vec<u8>, postcard::Error> {
    pack_answer(response, response.documents.iter().map(|answer| bytes_of(&answer.outcome)))
}

/// Reads the answer to a push.
///
/// # Errors
/// The body is not an answer to a push. The bytes of its documents are not checked here.
pub fn unpack_push_response(body: &[u8]) -> Result<PushResponse, UnpackError> {
    let (mut response, documents): (PushResponse, _) = unpack_answer(body)?;
    for (answer, bytes) in pairs(&mut response.documents, documents)? {
        match &mut answer.outcome {
            DocumentOutcome::Accepted { changes, .. } => changes.0 = bytes,
            DocumentOutcome::Refused { document, .. } => {
                *document = (!bytes.is_empty()).then_some(Blob(bytes))
            }
        }
    }
    Ok(response)
}

/// Writes the answer to a pull. [`unpack_pull_response`] returns the same answer.
///
/// # Errors
/// An error of postcard. It never happens for these types.
pub fn pack_pull_response(response: &PullResponse) -> Result<Vec<u8>, postcard::Error> {
    pack_answer(response, response.documents.iter().map(|pulled| pulled.document.0.as_slice()))
}

/// Reads the answer to a pull.
///
/// # Errors
/// The body is not an answer to a pull, see [`unpack_push_response`].
pub fn unpack_pull_response(body: &[u8]) -> Result<PullResponse, UnpackError> {
    let (mut response, documents): (PullResponse, _) = unpack_answer(body)?;
    for (PulledDocument { document, .. }, bytes) in pairs(&mut response.documents, documents)? {
        document.0 = bytes;
    }
    Ok(response)
}

fn bytes_of(outcome: &DocumentOutcome) -> &[u8] {
    match outcome {
        DocumentOutcome::Accepted { changes, .. } => &changes.0,
        DocumentOutcome::Refused { document, .. } => document.as_ref().map_or(&[], |copy| &copy.0),
    }
}

fn pack_answer<'a>(
    answer: &impl Serialize,
    documents: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, postcard::Error> {
    let json = serde_json::to_vec(answer).map_err(|_| postcard::Error::SerdeSerCustom)?;
    let mut ids = PackedIds::default();
    let mut chunk_bytes = 0;
    let mut packed = Vec::new();
    for bytes in documents {
        chunk_bytes += bytes.len();
        packed.push(pack(bytes, &mut ids)?);
    }
    let contents = Contents { json: &json, rows: packed.iter().map(Vec::as_slice).collect() };
    seal(PROTOCOL, &contents, &ids, chunk_bytes)
}

/// The JSON of an answer, and the bytes that follow it.
fn unpack_answer<T: DeserializeOwned>(body: &[u8]) -> Result<(T, Vec<Vec<u8>>), UnpackError> {
    let envelope = Envelope::read(body)?;
    let size = usize::try_from(envelope.size).map_err(|_| UnpackError::LargerThanSaid)?;
    let (plain, mut ids) = envelope.open(size)?;
    let (Contents { json, rows }, []) = part(&plain)? else { return Err(FOLLOWED) };
    let answer = serde_json::from_slice(json)
        .map_err(|_| UnpackError::Malformed("its JSON is no such answer"))?;
    let mut room = size;
    let mut documents = Vec::with_capacity(rows.len());
    for rows in rows {
        let bytes = unpack(rows, &mut ids, room)?;
        room -= bytes.len();
        documents.push(bytes);
    }
    Ok((answer, documents))
}

fn pairs<T>(
    documents: &mut [T],
    bytes: Vec<Vec<u8>>,
) -> Result<impl Iterator<Item = (&mut T, Vec<u8>)>, UnpackError> {
    if documents.len() != bytes.len() {
        return Err(UnpackError::Malformed("it has not one list of bytes for each document"));
    }
    Ok(documents.iter_mut().zip(bytes))
}
