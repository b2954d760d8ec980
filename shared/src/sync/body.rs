//! Pushes, and the answers to pushes and pulls, as they travel: one way to write a body, and one to
//! read it that no body can make expensive.
//!
//! In postcard: protocol, size, identifiers, stream. The stream is deflated (RFC 1951), and neither
//! what it inflates to nor the chunks in it are larger than the size.

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

/// Higher levels take longer and make these bodies no smaller: 14 KB of documents deflate to 3,434
/// bytes at 6 and at 9.
const LEVEL: u8 = 6;

/// Why a body cannot be read. Nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// The tablet's app is too old to write.
    #[error(
        "it speaks version {spoken} of the protocol, and {OLDEST_PROTOCOL} is the oldest that is taken"
    )]
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
    /// It was not written by Calloff.
    #[error("the body cannot be unpacked: {0}")]
    Malformed(&'static str),
}

const FOLLOWED: UnpackError = UnpackError::Malformed("something follows its end");

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    protocol: u32,
    /// Bytes of the inflated stream, or of all chunks: whichever is more.
    size: u32,
    /// Ten bytes for each identifier, in the order in which they first stand in the changes.
    #[serde(borrow)]
    ids: &'a [u8],
    /// The contents, deflated.
    stream: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(body: &'a [u8]) -> Result<Self, UnpackError> {
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

    /// The contents, at most `size` bytes of them, and the identifiers that their rows refer to.
    fn open(&self, size: usize) -> Result<(Vec<u8>, UnpackedIds<'a>), UnpackError> {
        let plain = decompress_to_vec_with_limit(self.stream, size)
            .map_err(|_| UnpackError::Malformed("it does not inflate to what it says"))?;
        Ok((plain, UnpackedIds::new(self.ids)))
    }
}

/// Writes a body. Its rows were packed with `ids`, and unpack to so many bytes of chunks.
fn seal(
    protocol: u32,
    contents: &impl Serialize,
    ids: &PackedIds,
    chunk_bytes: usize,
) -> Result<Vec<u8>, postcard::Error> {
    let plain = postcard::to_allocvec(contents)?;
    // A push that does not fit says so, and is refused as too large.
    let size = u32::try_from(plain.len().max(chunk_bytes)).unwrap_or(u32::MAX);
    let stream = compress_to_vec(&plain, LEVEL);
    postcard::to_allocvec(&Envelope { protocol, size, ids: &ids.bytes, stream: &stream })
}

fn part<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), UnpackError> {
    postcard::take_from_bytes(bytes).map_err(|_| UnpackError::Malformed("it is cut off"))
}
