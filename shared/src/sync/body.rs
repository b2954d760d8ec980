//! The bodies of pushes, and of the answers to pushes and pulls. Reading a body is never expensive,
//! whatever its bytes are.
//!
//! A body is written in postcard: protocol, size, identifiers, stream. The stream is deflated (RFC
//! 1951). Neither the inflated stream nor the chunks in it may be larger than the size.

mod answer;
mod push;

pub use answer::{
    pack_pull_response, pack_push_response, unpack_pull_response, unpack_push_response,
};
pub use push::{pack_push, packed_size, unpack_push};

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};

use super::pack::{PackedIds, UnpackedIds};
use crate::limits::{PUSH_DOCUMENTS, PUSH_UNPACKED_BYTES};
use crate::wire::{OLDEST_PROTOCOL, PROTOCOL};

/// Higher levels take longer and do not make these bodies smaller: 14 KB of documents deflate to
/// 3,434 bytes at level 6 and at level 9.
const LEVEL: u8 = 6;

/// Why a body cannot be read. Nothing in it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// The tablet's app is too old to send changes.
    #[error(
        "it uses version {spoken} of the protocol, and {OLDEST_PROTOCOL} is the oldest accepted \
         version"
    )]
    TooOld {
        /// The protocol version of the tablet.
        spoken: u32,
    },
    /// The body says that it unpacks to more bytes than a push may have.
    #[error("it unpacks to more than {PUSH_UNPACKED_BYTES} bytes: send several pushes")]
    TooLarge,
    /// The push has too many documents.
    #[error("a push has at most {PUSH_DOCUMENTS} documents: send several pushes")]
    TooManyDocuments,
    /// The body unpacks to more bytes than it says.
    #[error("it unpacks to more bytes than it says")]
    LargerThanSaid,
    /// Calloff did not write the body.
    #[error("the body cannot be unpacked: {0}")]
    Malformed(&'static str),
}

const FOLLOWED: UnpackError = UnpackError::Malformed("something follows its end");

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    protocol: u32,
    /// The number of bytes of the inflated stream or of all chunks, whichever is larger.
    size: u32,
    /// Ten bytes for each identifier, in the order of their first occurrence in the changes.
    #[serde(borrow)]
    ids: &'a [u8],
    /// The contents, deflated.
    stream: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(body: &'a [u8]) -> Result<Self, UnpackError> {
        // Version 1 was JSON. Its version number was further inside.
        if body.first() == Some(&b'{') {
            return Err(UnpackError::TooOld { spoken: 1 });
        }
        // The version comes first in every later format.
        let (spoken, _) = part::<u32>(body)?;
        if spoken < OLDEST_PROTOCOL {
            return Err(UnpackError::TooOld { spoken });
        }
        match part(body)? {
            (envelope, []) => Ok(envelope),
            _ => Err(FOLLOWED),
        }
    }

    /// The contents, at most `size` bytes of them, and the identifiers that their rows name.
    fn open(&self, size: usize) -> Result<(Vec<u8>, UnpackedIds<'a>), UnpackError> {
        let plain = decompress_to_vec_with_limit(self.stream, size)
            .map_err(|_| UnpackError::Malformed("it does not inflate to the size that it says"))?;
        Ok((plain, UnpackedIds::new(self.ids)))
    }
}

/// Writes a body. Its rows were packed with `ids`, and unpack to `chunk_bytes` bytes.
fn seal(
    protocol: u32,
    contents: &impl Serialize,
    ids: &PackedIds,
    chunk_bytes: usize,
) -> Result<Vec<u8>, postcard::Error> {
    let plain = postcard::to_allocvec(contents)?;
    // A push that is too large has the largest possible size here, so that it is refused.
    let size = u32::try_from(plain.len().max(chunk_bytes)).unwrap_or(u32::MAX);
    let stream = compress_to_vec(&plain, LEVEL);
    postcard::to_allocvec(&Envelope { protocol, size, ids: &ids.bytes, stream: &stream })
}

fn part<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), UnpackError> {
    postcard::take_from_bytes(bytes).map_err(|_| UnpackError::Malformed("it is cut off"))
}
