//! Several chunks in one answer. Each chunk is its length in four bytes, big-endian, then its
//! bytes. They are in the order of the request.
//!
//! The answer may end early. The tablet asks again for the chunks that are not in it.

/// Why an answer with chunks cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer with chunks of the catalogue was cut off: fetch it again")]
pub struct CutOff;

/// Appends one chunk to an answer.
pub fn append_chunk(answer: &mut Vec<u8>, chunk: &[u8]) {
    // A chunk is at most `limits::CHUNK_BYTES`, 8 MiB.
    answer.extend(u32::try_from(chunk.len()).unwrap_or(u32::MAX).to_be_bytes());
    answer.extend(chunk);
}

/// Splits an answer into chunks. The bytes are not checked here; the caller must compare the hash
/// of each.
///
/// # Errors
/// [`CutOff`] when the last chunk is shorter than its length says.
pub fn split_chunks(mut answer: &[u8]) -> Result<Vec<&[u8]>, CutOff> {
    let mut chunks = Vec::new();
    while !answer.is_empty() {
        let (length, rest) = answer.split_first_chunk::<4>().ok_or(CutOff)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| CutOff)?;
        let (chunk, rest) = rest.split_at_checked(length).ok_or(CutOff)?;
        chunks.push(chunk);
        answer = rest;
    }
    Ok(chunks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_out_as_they_went_in_and_a_cut_is_seen() {
        let mut answer = Vec::new();
        for chunk in [&b"first"[..], b"", b"third"] {
            append_chunk(&mut answer, chunk);
        }
        assert_eq!(split_chunks(&answer), Ok(vec![&b"first"[..], b"", b"third"]));
        assert_eq!(split_chunks(&[]), Ok(vec![]));
        for cut in [1, 6, answer.len() - 1] {
            assert_eq!(split_chunks(&answer[..cut]), Err(CutOff), "{cut}");
        }
    }
}
