//! Packs the changes of a push. It leaves out what the receiver can compute, so that the rest is
//! mostly what people did.
//!
//! A change in Automerge's format takes some 230 bytes, and a person's edit is only a few of them.
//! These parts are left out: the frame and the checksum; a dependency on the previous change, and
//! its actor; identifiers (UUIDs as text, 36 bytes), and the change's own time in decimal, wherever
//! they are in the rest. The rest is deflated. Ten bytes of each new identifier are sent outside
//! the deflated rest, because they are random and deflating would make them longer.
//!
//! Packing is exact, whatever the bytes are: a chunk that is not a whole, plain change chunk is
//! sent unchanged. Unpacking is total: it returns the same bytes or an error, and never more bytes
//! than its limit.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::body::UnpackError;
use super::chunk::{CHANGE, Chunk, Input, change_chunk, take_chunk, write_signed, write_unsigned};

/// The number of bytes of a new identifier that are sent: all except its time, which is in the
/// hole.
const ID_BYTES: usize = 10;

/// A time with fewer digits stays in the text, because a hole would not be shorter.
const TIME_DIGITS: usize = 8;

/// One chunk, packed.
#[derive(Serialize, Deserialize)]
enum Row<'a> {
    /// A change.
    #[serde(borrow)]
    Change(ChangeRow<'a>),
    /// Bytes that are not a plain change chunk, unchanged.
    Verbatim(&'a [u8]),
}

#[derive(Serialize, Deserialize)]
struct ChangeRow<'a> {
    /// 32 bytes each. `None` when the previous change is the only dependency.
    #[serde(borrow)]
    dependencies: Option<&'a [u8]>,
    /// `None` when it is the actor of the previous change.
    #[serde(borrow)]
    actor: Option<&'a [u8]>,
    /// These three are differences, wrapping, from the previous change, or from zero.
    sequence: u64,
    start: u64,
    time: i64,
    /// [`Hole`]s in `text`, one after the other.
    holes: &'a [u8],
    /// The body of the change, from its message on.
    text: &'a [u8],
}

/// A part that was cut out of a change's text, and the number of bytes between the previous cut and
/// this one.
#[derive(Serialize, Deserialize)]
struct Hole {
    gap: u32,
    filling: Filling,
}

#[derive(Serialize, Deserialize)]
enum Filling {
    /// The time of the change, in decimal.
    Time,
    /// The next new identifier: its time is this number of milliseconds after that of the change.
    NewId(i64),
    /// An earlier identifier: 0 is the newest.
    KnownId(u32),
}

/// What a change inherits from the previous change of the same document.
#[derive(Default)]
struct Before {
    /// `None` before the first change of a document, and after bytes that are not a change.
    hash: Option<[u8; 32]>,
    actor: Vec<u8>,
    sequence: u64,
    start: u64,
    time: i64,
}

/// The identifiers of a push, while it is packed.
#[derive(Default)]
pub(super) struct PackedIds {
    known: HashMap<[u8; 16], usize>,
    /// The bytes of the identifiers that are sent.
    pub(super) bytes: Vec<u8>,
}

/// The identifiers of a push, while it is unpacked.
pub(super) struct UnpackedIds<'a> {
    known: Vec<[u8; 16]>,
    rest: &'a [u8],
}

impl<'a> UnpackedIds<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { known: Vec::new(), rest: bytes }
    }
}

/// The parts of a change's body.
struct Parts<'b> {
    dependencies: &'b [u8],
    actor: &'b [u8],
    sequence: u64,
    start: u64,
    time: i64,
    text: &'b [u8],
}

impl<'b> Parts<'b> {
    fn read(body: &'b [u8]) -> Option<Self> {
        let mut input = Input(body);
        let dependencies = usize::try_from(input.unsigned()?).ok()?.checked_mul(32)?;
        Some(Self {
            dependencies: input.take(dependencies)?,
            actor: input.prefixed()?,
            sequence: input.unsigned()?,
            start: input.unsigned()?,
            time: input.signed()?,
            text: input.0,
        })
    }

    fn body(&self) -> Vec<u8> {
        let mut body =
            Vec::with_capacity(self.dependencies.len() + self.actor.len() + self.text.len() + 40);
        write_unsigned(&mut body, (self.dependencies.len() / 32) as u64);
        body.extend(self.dependencies);
        write_unsigned(&mut body, self.actor.len() as u64);
        body.extend(self.actor);
        write_unsigned(&mut body, self.sequence);
        write_unsigned(&mut body, self.start);
        write_signed(&mut body, self.time);
        body.extend(self.text);
        body
    }

    fn as_before(&self, hash: [u8; 32]) -> Before {
        let Self { sequence, start, time, .. } = *self;
        Before { hash: Some(hash), actor: self.actor.to_vec(), sequence, start, time }
    }
}

/// Packs the chunks of one document into rows, one after the other.
pub(super) fn pack(mut chunks: &[u8], ids: &mut PackedIds) -> Result<Vec<u8>, postcard::Error> {
    let mut rows = Vec::new();
    let mut before = Before::default();
    while !chunks.is_empty() {
        let from = chunks;
        let chunk = take_chunk(&mut chunks);
        let taken = if chunk.is_some() {
            &from[..from.len() - chunks.len()]
        } else {
            std::mem::take(&mut chunks)
        };
        let packed = chunk.and_then(|chunk| packable(taken, &chunk));
        (rows, before) = match packed {
            Some((hash, parts)) => {
                let (holes, text) = cut(&parts, ids)?;
                let follows = before.hash.is_some_and(|before| parts.dependencies == before);
                let is_same_actor = before.hash.is_some() && before.actor == parts.actor;
                let row = Row::Change(ChangeRow {
                    dependencies: (!follows).then_some(parts.dependencies),
                    actor: (!is_same_actor).then_some(parts.actor),
                    sequence: parts.sequence.wrapping_sub(before.sequence),
                    start: parts.start.wrapping_sub(before.start),
                    time: parts.time.wrapping_sub(before.time),
                    holes: &holes,
                    text: &text,
                });
                (postcard::to_extend(&row, rows)?, parts.as_before(hash))
            }
            None => (postcard::to_extend(&Row::Verbatim(taken), rows)?, Before::default()),
        };
    }
    Ok(rows)
}

/// The parts of a chunk, and the hash of its change. `None` when the chunk cannot be rebuilt from
/// the parts byte for byte.
fn packable<'b>(bytes: &[u8], chunk: &Chunk<'b>) -> Option<([u8; 32], Parts<'b>)> {
    let parts = (chunk.kind == CHANGE).then(|| Parts::read(chunk.body)).flatten()?;
    let (hash, again) = change_chunk(&parts.body());
    (again == bytes).then_some((hash, parts))
}

/// Cuts identifiers and the change's time out of its text. Returns the holes and the remaining
/// text.
fn cut(parts: &Parts<'_>, ids: &mut PackedIds) -> Result<(Vec<u8>, Vec<u8>), postcard::Error> {
    let time = parts.time.to_string();
    let (mut holes, mut left) = (Vec::new(), Vec::new());
    let (mut rest, mut gap) = (parts.text, 0);
    while let [byte, others @ ..] = rest {
        let found = if time.len() >= TIME_DIGITS && rest.starts_with(time.as_bytes()) {
            Some((Filling::Time, time.len()))
        } else {
            id_text(rest).map(|id| (ids.filling(id, parts.time), Hyphenated::LENGTH))
        };
        match found {
            Some((filling, length)) => {
                holes = postcard::to_extend(&Hole { gap, filling }, holes)?;
                (rest, gap) = (&rest[length..], 0);
            }
            None => {
                left.push(*byte);
                (rest, gap) = (others, gap + 1);
            }
        }
    }
    Ok((holes, left))
}

/// The identifier at the start of `bytes`, in the spelling of [`Uuid`].
fn id_text(bytes: &[u8]) -> Option<[u8; 16]> {
    const HYPHENS: [usize; 4] = [8, 13, 18, 23];
    let text = bytes
        .get(..Hyphenated::LENGTH)
        .filter(|text| HYPHENS.iter().all(|at| text[*at] == b'-'))?;
    let id = Uuid::try_parse_ascii(text).ok()?;
    (id_as_text(id.as_bytes()) == text).then(|| id.into_bytes())
}

fn id_as_text(id: &[u8; 16]) -> [u8; Hyphenated::LENGTH] {
    let mut text = [0; Hyphenated::LENGTH];
    Uuid::from_bytes(*id).hyphenated().encode_lower(&mut text);
    text
}

impl PackedIds {
    fn filling(&mut self, id: [u8; 16], time: i64) -> Filling {
        let count = self.known.len();
        if let Some(place) = self.known.get(&id) {
            // A push has at most 4 MiB, and an identifier has 36 bytes.
            return Filling::KnownId(u32::try_from(count - 1 - place).unwrap_or(u32::MAX));
        }
        self.known.insert(id, count);
        let (of_time, rest) = id.split_at(id.len() - ID_BYTES);
        self.bytes.extend(rest);
        let minted = of_time.iter().fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
        Filling::NewId(minted.wrapping_sub(time))
    }
}

impl UnpackedIds<'_> {
    /// The identifier of a hole, as text.
    fn text(&mut self, filling: &Filling, time: i64) -> Option<[u8; Hyphenated::LENGTH]> {
        let id = match filling {
            Filling::Time => None,
            Filling::KnownId(back) => {
                let place =
                    self.known.len().checked_sub(1)?.checked_sub(usize::try_from(*back).ok()?)?;
                self.known.get(place).copied()
            }
            Filling::NewId(after) => {
                let [0, 0, minted @ ..] = time.wrapping_add(*after).to_be_bytes() else {
                    return None;
                };
                let (random, rest) = self.rest.split_at_checked(ID_BYTES)?;
                self.rest = rest;
                let mut id = [0; 16];
                id[..minted.len()].copy_from_slice(&minted);
                id[minted.len()..].copy_from_slice(random);
                self.known.push(id);
                Some(id)
            }
        };
        id.map(|id| id_as_text(&id))
    }
}

/// Unpacks the rows of one document into chunks, at most `room` bytes of them.
pub(super) fn unpack(
    mut rows: &[u8],
    ids: &mut UnpackedIds<'_>,
    room: usize,
) -> Result<Vec<u8>, UnpackError> {
    let mut chunks = Vec::new();
    let mut before = Before::default();
    while !rows.is_empty() {
        let room = room.saturating_sub(chunks.len());
        let row;
        (row, rows) = postcard::take_from_bytes(rows)
            .map_err(|_| UnpackError::Malformed("a change is cut off"))?;
        before = match row {
            Row::Verbatim(bytes) if bytes.len() > room => return Err(UnpackError::LargerThanSaid),
            Row::Verbatim(bytes) => {
                chunks.extend(bytes);
                Before::default()
            }
            Row::Change(row) => {
                let (before, chunk) = unpack_change(&row, &before, ids, room)?;
                chunks.extend(chunk);
                before
            }
        };
    }
    Ok(chunks)
}

fn unpack_change(
    row: &ChangeRow<'_>,
    before: &Before,
    ids: &mut UnpackedIds<'_>,
    room: usize,
) -> Result<(Before, Vec<u8>), UnpackError> {
    const NOTHING_BEFORE: UnpackError =
        UnpackError::Malformed("a change refers to a previous change, but there is none");
    let hash = before.hash.as_ref().ok_or(NOTHING_BEFORE);
    let dependencies = row.dependencies.map_or_else(|| hash.map(|hash| &hash[..]), Ok)?;
    let actor = row.actor.map_or_else(|| hash.map(|_| before.actor.as_slice()), Ok)?;
    if !dependencies.len().is_multiple_of(32) {
        return Err(UnpackError::Malformed("a dependency of a change is cut off"));
    }
    // These are the parts of a change that can be large.
    if dependencies.len() + actor.len() + row.text.len() > room {
        return Err(UnpackError::LargerThanSaid);
    }
    let time = before.time.wrapping_add(row.time);
    let text = filled(row, time, ids, room)?;
    let (sequence, start) =
        (before.sequence.wrapping_add(row.sequence), before.start.wrapping_add(row.start));
    let parts = Parts { dependencies, actor, sequence, start, time, text: &text };
    let (hash, chunk) = change_chunk(&parts.body());
    if chunk.len() > room {
        return Err(UnpackError::LargerThanSaid);
    }
    Ok((parts.as_before(hash), chunk))
}

/// The text of a change with its holes filled, at most `room` bytes of it.
fn filled(
    row: &ChangeRow<'_>,
    time: i64,
    ids: &mut UnpackedIds<'_>,
    room: usize,
) -> Result<Vec<u8>, UnpackError> {
    let mut filled = Vec::with_capacity(row.text.len());
    let (mut holes, mut text) = (row.holes, Input(row.text));
    let malformed = || UnpackError::Malformed("a hole in a change cannot be filled");
    while !holes.is_empty() {
        let hole: Hole;
        (hole, holes) = postcard::take_from_bytes(holes).map_err(|_| malformed())?;
        let gap =
            usize::try_from(hole.gap).ok().and_then(|gap| text.take(gap)).ok_or_else(malformed)?;
        filled.extend(gap);
        match hole.filling {
            Filling::Time => filled.extend(time.to_string().as_bytes()),
            filling => filled.extend(ids.text(&filling, time).ok_or_else(malformed)?),
        }
        if filled.len() > room {
            return Err(UnpackError::LargerThanSaid);
        }
    }
    filled.extend(text.0);
    Ok(filled)
}
