//! The catalogue, for tablets.

use std::collections::{HashSet, VecDeque};

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use calloff_core::catalogue::release::ChunkHash;
use calloff_core::wire::{ChunksRequest, ReleaseResponse, chunks::append_chunk};
use futures_util::stream;

use super::app::IMMUTABLE;
use super::extract::{Json, Path};
use crate::auth::Caller;
use crate::error::ServiceError;
use crate::state::{AppState, local_date};

/// The most hashes in one request. 1,000 hashes of 67 bytes fit the limit of the body.
const CHUNKS_ASKED: usize = 1_000;

/// The number of bytes after which an answer ends. The caller asks again for the rest.
const CHUNKS_BYTES: usize = 4 * 1024 * 1024;

/// The release in force at the tablet's site, the announced releases, and those of them that were
/// withdrawn. For a person, in UTC.
pub async fn current(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<axum::Json<ReleaseResponse>, ServiceError> {
    let today = match &caller {
        Caller::Tablet(device) => state.local_at(&device.site, state.now()).await?.date(),
        Caller::Person(..) => local_date(state.now(), jiff::tz::TimeZone::UTC)?,
    };
    let current = state.store.release_in_force(today).await?;
    let number = current.as_ref().map_or(0, |release| release.issue.number);
    let announced = state.store.releases_after(number).await?;
    Ok(axum::Json(ReleaseResponse {
        current: current.map(|release| release.signed),
        announced: announced.into_iter().map(|release| release.signed).collect(),
        withdrawn: state.store.withdrawals_after(number).await?,
    }))
}

/// The chunks that another release lacks, as a difference from that release. "Not found" when there
/// is no difference; whole chunks always exist.
pub async fn difference(
    State(state): State<AppState>,
    _: Caller,
    Path((number, base)): Path<(u64, u64)>,
) -> Result<Response, ServiceError> {
    let difference = state.difference(number, base).await?;
    let bytes = difference.ok_or_else(|| {
        ServiceError::NotFound(format!("difference of release {number} from {base}"))
    })?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// One chunk, deflated.
pub async fn chunk(
    State(state): State<AppState>,
    _: Caller,
    Path(hash): Path<String>,
) -> Result<Response, ServiceError> {
    let unknown = |_| ServiceError::NotFound("such chunk".to_owned());
    let bytes = find(&state, hash.parse().map_err(unknown)?).await?;
    Ok(([(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, IMMUTABLE)], bytes)
        .into_response())
}

/// Several chunks in one answer, deflated, in the order of the request, each after its length (see
/// [`calloff_core::wire::chunks`]). An answer that becomes too large ends early. The next request
/// then begins with the first missing chunk. Each chunk is read while the previous one is sent, so
/// that a slow client keeps one chunk in memory, and not all of them.
pub async fn chunks(
    State(state): State<AppState>,
    _: Caller,
    Json(request): Json<ChunksRequest>,
) -> Result<Response, ServiceError> {
    if request.hashes.len() > CHUNKS_ASKED {
        return Err(ServiceError::TooLarge(format!(
            "at most {CHUNKS_ASKED} chunks are sent at once"
        )));
    }
    let mut hashes = Vec::with_capacity(request.hashes.len());
    for hash in &request.hashes {
        let parsed: ChunkHash = hash
            .parse()
            .map_err(|_| ServiceError::BadRequest(format!("{hash:?} is not a hash")))?;
        hashes.push(parsed);
    }
    if hashes.iter().collect::<HashSet<_>>().len() < hashes.len() {
        return Err(ServiceError::BadRequest(
            "a request must name each chunk only once".to_owned(),
        ));
    }
    let sizes = state.store.chunk_sizes(&hashes).await?;
    let mut length = 0;
    let mut sent = VecDeque::new();
    for hash in hashes {
        let size =
            sizes.get(&hash).ok_or_else(|| ServiceError::NotFound(format!("chunk {hash}")))?
                + LENGTH_BYTES;
        if length > 0 && length + size > CHUNKS_BYTES {
            break;
        }
        length += size;
        sent.push_back(hash);
    }
    let body = stream::try_unfold((state, sent), |(state, mut rest)| async move {
        let Some(hash) = rest.pop_front() else { return Ok(None) };
        let mut part = Vec::new();
        append_chunk(&mut part, &find(&state, hash).await?);
        Ok::<_, ServiceError>(Some((part, (state, rest))))
    });
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, length.to_string()),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// The number of bytes of a chunk's length.
const LENGTH_BYTES: usize = 4;

async fn find(state: &AppState, hash: ChunkHash) -> Result<Vec<u8>, ServiceError> {
    let bytes = state.store.chunk(&hash).await?;
    bytes.ok_or_else(|| ServiceError::NotFound(format!("chunk {hash}")))
}
