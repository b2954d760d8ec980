//! Splits the change chunks of a tablet before Automerge sees them. Nothing here allocates more
//! than a limit allows, whatever the bytes declare. The limits hold for the whole batch, so that
//! many chunks get no more than one.
//!
//! A chunk is: magic bytes, four bytes of checksum, a type, a LEB128 length, and the body
//! (Automerge's binary format). In a compressed change only the body is deflated; its checksum is
//! that of the uncompressed change.

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

/// The size of a batch after it is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// The number of bytes of the inflated changes.
    pub(super) bytes: usize,
    /// The number of operations that the changes declare.
    pub(super) operations: u64,
}

/// The largest size of a batch.
const MOST: Extent = Extent { bytes: PUSH_DOCUMENT_BYTES, operations: PUSH_DOCUMENT_OPERATIONS };

/// The largest size that [`split`] can reach with a batch before it is done or refuses it. This
/// inflates and builds nothing.
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

/// Splits a batch into changes.
///
/// # Errors
/// The first chunk that exceeds a limit, is damaged, or has a kind that tablets may not send.
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

/// Reads the first change, and subtracts its size from the `room` that the batch has left.
fn take_change(bytes: &mut &[u8], room: &mut Extent) -> Result<Change, PushRefusal> {
    let Chunk { checksum, kind, body } =
        take_chunk(bytes).ok_or_else(|| malformed("it is cut off or not an Automerge chunk"))?;
    let inflated;
    let body = match kind {
        CHANGE => body,
        COMPRESSED_CHANGE => {
            let most = CHANGE_BYTES.min(room.bytes);
            inflated = decompress_to_vec_with_limit(body, most).map_err(|_| {
                too_large(format!("it inflates to more than the {most} bytes that are left for it"))
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

/// One chunk, with its body still unread.
pub(super) struct Chunk<'b> {
    pub(super) checksum: &'b [u8],
    pub(super) kind: u8,
    pub(super) body: &'b [u8],
}

/// Reads the first chunk. Without a whole chunk it returns `None` and reads nothing.
pub(super) fn take_chunk<'b>(bytes: &mut &'b [u8]) -> Option<Chunk<'b>> {
    let mut input = Input(bytes);
    let is_chunk = input.take(4)? == MAGIC;
    let checksum = input.take(4)?;
    let kind = *input.take(1)?.first()?;
    let body = input.prefixed()?;
    is_chunk.then(|| *bytes = input.0).map(|()| Chunk { checksum, kind, body })
}

/// The uncompressed chunk of a change with this body, and the hash of the change. The first bytes
/// of the hash are the checksum.
pub(super) fn change_chunk(body: &[u8]) -> ([u8; 32], Vec<u8>) {
    let mut typed = vec![CHANGE];
    write_unsigned(&mut typed, body.len() as u64);
    let hash: [u8; 32] = Sha256::new().chain_update(&typed).chain_update(body).finalize().into();
    (hash, [&MAGIC[..], &hash[..4], &typed, body].concat())
}

/// The number of operations that the run-length encoded columns of a change declare, counted up to
/// `room`. It walks through the body and builds nothing, because a valid change of 104 bytes can
/// declare a million operations. It also checks the length of the change's message.
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

/// Reads dependencies, actor, sequence, start, time, message and other actors. Returns the
/// specification and the length of each column.
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

/// The number of rows that a column declares, counted until it exceeds `most`. The low three bits
/// of a specification are the type of the column. The fourth bit means deflated; the columns of a
/// change never are.
fn count_rows(specification: u64, data: &[u8], most: u64) -> Result<u64, PushRefusal> {
    if specification & 0b1000 != 0 {
        return Err(malformed("a column of it is deflated"));
    }
    let mut input = Input(data);
    let mut rows: u64 = 0;
    while !input.0.is_empty() && rows <= most {
        let counted = match specification & 0b111 {
            // Group, actor, integer and value metadata are runs of unsigned numbers. Deltas are
            // runs of signed numbers.
            0..=3 | 6 => input.run(|input| input.unsigned_or_signed()),
            // Booleans are lengths of runs of alternating values.
            4 => input.unsigned(),
            // Strings, each after its length.
            5 => input.run(|input| input.prefixed().map(|_| ())),
            // Raw values. The metadata column says how long they are.
            _ => return Ok(0),
        };
        rows = rows.saturating_add(counted.ok_or_else(truncated)?);
    }
    Ok(rows)
}

/// The bytes that are still unread.
pub(super) struct Input<'b>(pub(super) &'b [u8]);

impl<'b> Input<'b> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Reads a length, then that number of bytes.
    pub(super) fn prefixed(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        self.take(length)
    }

    /// Reads an unsigned LEB128 number.
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let mut value: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte may use only one bit.
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

    /// Reads a signed LEB128 number.
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

    /// Skips one LEB128 number of either kind. Both kinds end at the first byte without the high
    /// bit.
    fn unsigned_or_signed(&mut self) -> Option<()> {
        let length = self.0.iter().position(|byte| byte & 0x80 == 0)? + 1;
        self.take(length).map(|_| ())
    }

    /// Skips one run and returns its number of rows. `n > 0` repeats one value, `n < 0` means that
    /// many values, and `0` is followed by a number of nulls.
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
        // Stops when the rest only repeats the sign, which the highest bit of this byte already
        // shows.
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
