//! Change chunks as a tablet may send them, taken apart before Automerge sees them: nothing here
//! allocates more than a limit allows, whatever the bytes declare. The limits hold for a batch as a
//! whole, so that many chunks come to no more than one.
//!
//! A chunk is magic bytes, four bytes of checksum, a type, a LEB128 length and the body
//! (Automerge's binary format). A compressed change deflates the body only; its checksum is that of
//! the uncompressed change.

use automerge::Change;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use sha2::{Digest, Sha256};

use crate::limits::{
    CHANGE_BYTES, CHANGE_MESSAGE_BYTES, PUSH_CHANGES, PUSH_DOCUMENT_BYTES, PUSH_DOCUMENT_OPERATIONS,
};
use crate::wire::{PushRefusal, PushRefusalCode};

pub(super) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
pub(super) const CHANGE: u8 = 1;
const COMPRESSED_CHANGE: u8 = 2;

/// What a batch comes to, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Bytes of the changes, inflated.
    pub(super) bytes: usize,
    /// Operations that they declare.
    pub(super) operations: u64,
}

/// The most that a batch may come to.
const MOST: Extent = Extent { bytes: PUSH_DOCUMENT_BYTES, operations: PUSH_DOCUMENT_OPERATIONS };

/// What [`split`] may come to with a batch before it is done or refuses it, at most: nothing is
/// inflated or built.
pub(super) fn extent(batch: &[u8]) -> Extent {
    let mut rest = batch;
    let mut operations = 0;
    while let Some(chunk) = take_chunk(&mut rest) {
        match chunk.kind {
            COMPRESSED_CHANGE => return MOST,
            CHANGE => {}
            _ => break,
        }
        let Ok(declared) = declared_operations(chunk.body, MOST.operations - operations) else {
            break;
        };
        operations += declared;
    }
    Extent { bytes: batch.len(), operations }
}

/// Takes a batch apart into changes.
///
/// # Errors
/// The first chunk with which it is over a limit, or that is damaged, or of a kind that tablets may
/// not send.
pub(super) fn split(mut bytes: &[u8]) -> Result<Vec<Change>, PushRefusal> {
    let mut changes = Vec::new();
    let mut room = MOST;
    while !bytes.is_empty() {
        if changes.len() == PUSH_CHANGES {
            return Err(too_large(format!(
                "the batch has more than {PUSH_CHANGES} changes: send them in several"
            )));
        }
        changes.push(
            take_change(&mut bytes, &mut room)
                .map_err(|refusal| at_change(refusal, changes.len()))?,
        );
    }
    Ok(changes)
}

fn at_change(refusal: PushRefusal, index: usize) -> PushRefusal {
    PushRefusal { message: format!("change {}: {}", index + 1, refusal.message), ..refusal }
}

/// Takes the first change, and what it comes to out of the `room` that the batch has left.
fn take_change(bytes: &mut &[u8], room: &mut Extent) -> Result<Change, PushRefusal> {
    let Chunk { checksum, kind, body } =
        take_chunk(bytes).ok_or_else(|| malformed("it is cut off or no Automerge chunk"))?;
    let inflated;
    let body = match kind {
        CHANGE => body,
        COMPRESSED_CHANGE => {
            let most = CHANGE_BYTES.min(room.bytes);
            inflated = decompress_to_vec_with_limit(body, most).map_err(|_| {
                too_large(format!(
                    "it does not inflate to the {most} bytes at most that are left for it"
                ))
            })?;
            inflated.as_slice()
        }
        _ => return Err(malformed("tablets send changes only, neither documents nor bundles")),
    };
    if body.len() > CHANGE_BYTES {
        return Err(too_large(format!("it is larger than {CHANGE_BYTES} bytes")));
    }
    let left = room.bytes.checked_sub(body.len());
    room.bytes = left.ok_or_else(|| {
        too_large(format!(
            "with it the batch is larger than {PUSH_DOCUMENT_BYTES} bytes: send it in several"
        ))
    })?;
    room.operations -= declared_operations(body, room.operations)?;
    let (hash, chunk) = change_chunk(body);
    if hash[..4] != *checksum {
        return Err(malformed("its checksum is wrong"));
    }
    Change::try_from(chunk.as_slice())
        .map_err(|error| malformed(&format!("it cannot be read: {error}")))
}

/// One chunk, not looked into.
pub(super) struct Chunk<'b> {
    pub(super) checksum: &'b [u8],
    pub(super) kind: u8,
    pub(super) body: &'b [u8],
}

/// Takes the first chunk; `None`, and nothing is taken, where there is no whole one.
pub(super) fn take_chunk<'b>(bytes: &mut &'b [u8]) -> Option<Chunk<'b>> {
    let mut input = Input(bytes);
    let is_chunk = input.take(4)? == MAGIC;
    let checksum = input.take(4)?;
    let kind = *input.take(1)?.first()?;
    let body = input.prefixed()?;
    is_chunk.then(|| *bytes = input.0).map(|()| Chunk { checksum, kind, body })
}

/// The chunk of a change with this body, not compressed, and the change's hash, whose first bytes
/// are the checksum.
pub(super) fn change_chunk(body: &[u8]) -> ([u8; 32], Vec<u8>) {
    let mut typed = vec![CHANGE];
    write_unsigned(&mut typed, body.len() as u64);
    let hash: [u8; 32] = Sha256::new().chain_update(&typed).chain_update(body).finalize().into();
    (hash, [&MAGIC[..], &hash[..4], &typed, body].concat())
}

/// Walks a change's body without building anything: how many operations its run-length encoded
/// columns declare, at most as many as there is `room` for. A valid change of 104 bytes can declare
/// a million. Its message must be within the limit, too.
fn declared_operations(body: &[u8], room: u64) -> Result<u64, PushRefusal> {
    let mut input = Input(body);
    let columns = read_to_columns(&mut input)?;
    let mut operations = 0;
    for (specification, length) in columns {
        let data = usize::try_from(length)
            .ok()
            .and_then(|length| input.take(length))
            .ok_or_else(truncated)?;
        operations = count_rows(specification, data, room)?.max(operations);
        if operations > room {
            let most = PUSH_DOCUMENT_OPERATIONS;
            return Err(too_large(format!(
                "with it the batch has more than {most} operations: send it in several"
            )));
        }
    }
    Ok(operations)
}

/// Reads dependencies, actor, sequence, start, time, message and other actors; gives each column's
/// specification and length.
fn read_to_columns(input: &mut Input<'_>) -> Result<Vec<(u64, u64)>, PushRefusal> {
    let dependencies = input.unsigned().ok_or_else(truncated)?;
    for _ in 0..dependencies {
        input.take(32).ok_or_else(truncated)?;
    }
    input.prefixed().ok_or_else(truncated)?;
    input.unsigned().ok_or_else(truncated)?;
    input.unsigned().ok_or_else(truncated)?;
    input.signed().ok_or_else(truncated)?;
    if input.prefixed().ok_or_else(truncated)?.len() > CHANGE_MESSAGE_BYTES {
        return Err(too_large(format!("its message is longer than {CHANGE_MESSAGE_BYTES} bytes")));
    }
    let actors = input.unsigned().ok_or_else(truncated)?;
    for _ in 0..actors {
        input.prefixed().ok_or_else(truncated)?;
    }
    let columns = input.unsigned().ok_or_else(truncated)?;
    let mut read = Vec::new();
    for _ in 0..columns {
        read.push((
            input.unsigned().ok_or_else(truncated)?,
            input.unsigned().ok_or_else(truncated)?,
        ));
    }
    Ok(read)
}

/// How many rows a column declares, counted until they are more than `most`. The low three bits of
/// a specification are the column's type, the fourth says deflated, which a change's columns never
/// are.
fn count_rows(specification: u64, data: &[u8], most: u64) -> Result<u64, PushRefusal> {
    if specification & 0b1000 != 0 {
        return Err(malformed("a column of it is deflated"));
    }
    let mut input = Input(data);
    let mut rows: u64 = 0;
    while !input.0.is_empty() && rows <= most {
        let counted = match specification & 0b111 {
            // Group, actor, integer, value metadata: runs of unsigned numbers. Deltas: runs of
            // signed ones.
            0..=3 | 6 => input.run(|input| input.unsigned_or_signed()),
            // Booleans: lengths of runs of alternating values.
            4 => input.unsigned(),
            // Strings, each with its length.
            5 => input.run(|input| input.prefixed().map(|_| ())),
            // Raw values, as long as the metadata column says.
            _ => return Ok(0),
        };
        rows = rows.saturating_add(counted.ok_or_else(truncated)?);
    }
    Ok(rows)
}

/// Bytes yet to be read.
pub(super) struct Input<'b>(pub(super) &'b [u8]);

impl<'b> Input<'b> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Bytes after their length.
    pub(super) fn prefixed(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        self.take(length)
    }

    /// An unsigned LEB128 number.
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let mut value: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A signed LEB128 number.
    pub(super) fn signed(&mut self) -> Option<i64> {
        let mut value: i64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let unused = 64_u32.saturating_sub(shift + 7);
                return Some((value << unused) >> unused);
            }
        }
        None
    }

    /// Passes over one LEB128 number of either kind: both end at the first byte without the high
    /// bit.
    fn unsigned_or_signed(&mut self) -> Option<()> {
        let length = self.0.iter().position(|byte| byte & 0x80 == 0)? + 1;
        self.take(length).map(|_| ())
    }

    /// Passes over one run and says how many rows it stands for: `n > 0` repeats one value, `n < 0`
    /// is as many values, `0` is as many nulls as follow.
    fn run(&mut self, mut pass_value: impl FnMut(&mut Self) -> Option<()>) -> Option<u64> {
        match self.signed()? {
            0 => self.unsigned(),
            repeat @ 1.. => pass_value(self).map(|()| repeat.unsigned_abs()),
            literal => {
                let count = literal.unsigned_abs();
                for _ in 0..count {
                    pass_value(self)?;
                }
                Some(count)
            }
        }
    }
}

/// Writes an unsigned LEB128 number.
pub(super) fn write_unsigned(bytes: &mut Vec<u8>, mut value: u64) {
    loop {
        let [byte, ..] = (value & 0x7f).to_le_bytes();
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return;
        }
        bytes.push(byte | 0x80);
    }
}

/// Writes a signed LEB128 number.
pub(super) fn write_signed(bytes: &mut Vec<u8>, mut value: i64) {
    loop {
        let [byte, ..] = (value & 0x7f).to_le_bytes();
        value >>= 7;
        // What is left repeats the sign that the byte's highest bit shows.
        if value == if byte & 0x40 == 0 { 0 } else { -1 } {
            bytes.push(byte);
            return;
        }
        bytes.push(byte | 0x80);
    }
}

fn too_large(message: String) -> PushRefusal {
    PushRefusal { change: None, code: PushRefusalCode::TooLarge, message }
}

fn malformed(message: &str) -> PushRefusal {
    PushRefusal { change: None, code: PushRefusalCode::Malformed, message: message.to_owned() }
}

fn truncated() -> PushRefusal {
    malformed("it ends before it is complete")
}
