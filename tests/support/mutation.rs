//! Changes as a hostile tablet may write them. They are split into the fields of Automerge's
//! format, changed, and joined again with a correct checksum, so that the damage reaches the code
//! behind the checksum.
//!
//! A chunk is magic bytes, four bytes of checksum, a type, a LEB128 length and the body. A change's
//! body is its dependencies, actor, sequence, first operation, time, message, other actors, column
//! headers and columns (<https://automerge.org/automerge-binary-format-spec/>).

use calloff_core::sample::Seed;
use sha2::{Digest, Sha256};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;
const COMPRESSED_CHANGE: u8 = 2;

/// The fields of a change's body. Numbers stay as they are written, so that a field may also be
/// something else than a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The hashes of the changes on which it depends.
    pub dependencies: Vec<Vec<u8>>,
    /// The actor that wrote it.
    pub actor: Vec<u8>,
    /// Sequence, first operation and time, each a LEB128 number.
    pub numbers: [Vec<u8>; 3],
    /// The message of the change.
    pub message: Vec<u8>,
    /// The other actors that its operations name.
    pub other_actors: Vec<Vec<u8>>,
    /// The specification and the data of each column.
    pub columns: Vec<(u64, Vec<u8>)>,
    /// The bytes after the columns.
    pub rest: Vec<u8>,
}

/// Splits a batch into its chunks.
///
/// # Panics
/// The batch has something else than whole chunks. The batches of the tests come from an honest
/// replica.
#[must_use]
pub fn split(mut batch: &[u8]) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    while !batch.is_empty() {
        let mut input = Input(&batch[9..]);
        let length = input.length();
        let end = batch.len() - input.0.len() + length;
        chunks.push(batch[..end].to_vec());
        batch = &batch[end..];
    }
    chunks
}

impl Body {
    /// Reads the change in a chunk that an honest replica wrote.
    ///
    /// # Panics
    /// The chunk is not a change chunk.
    #[must_use]
    pub fn parse(chunk: &[u8]) -> Self {
        assert_eq!(chunk[..4], MAGIC, "a chunk");
        let mut input = Input(&chunk[9..]);
        let _ = input.length();
        let inflated;
        if chunk[8] == COMPRESSED_CHANGE {
            inflated =
                miniz_oxide::inflate::decompress_to_vec(input.0).expect("a compressed change");
            input = Input(&inflated);
        }
        let dependencies = (0..input.length()).map(|_| input.take(32)).collect();
        let actor = input.prefixed();
        let numbers = [input.number(), input.number(), input.number()];
        let message = input.prefixed();
        let other_actors = (0..input.length()).map(|_| input.prefixed()).collect();
        let headers: Vec<(u64, usize)> =
            (0..input.length()).map(|_| (input.length() as u64, input.length())).collect();
        let columns = headers
            .into_iter()
            .map(|(specification, length)| (specification, input.take(length)))
            .collect();
        Self {
            dependencies,
            actor,
            numbers,
            message,
            other_actors,
            columns,
            rest: input.0.to_vec(),
        }
    }

    /// The bytes of the body.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = unsigned(self.dependencies.len() as u64);
        self.dependencies.iter().for_each(|hash| bytes.extend(hash));
        let prefixed = |bytes: &mut Vec<u8>, field: &[u8]| {
            bytes.extend(unsigned(field.len() as u64));
            bytes.extend(field);
        };
        prefixed(&mut bytes, &self.actor);
        self.numbers.iter().for_each(|number| bytes.extend(number));
        prefixed(&mut bytes, &self.message);
        bytes.extend(unsigned(self.other_actors.len() as u64));
        self.other_actors.iter().for_each(|actor| prefixed(&mut bytes, actor));
        bytes.extend(unsigned(self.columns.len() as u64));
        for (specification, data) in &self.columns {
            bytes.extend(unsigned(*specification));
            bytes.extend(unsigned(data.len() as u64));
        }
        self.columns.iter().for_each(|(_, data)| bytes.extend(data));
        bytes.extend(&self.rest);
        bytes
    }

    /// Damages one to three fields, most often the columns, which have the operations.
    pub fn mutate(&mut self, seed: &mut Seed) {
        for _ in 0..seed.between(1, 3) {
            match seed.between(0, 19) {
                0 => self.numbers[0] = number(seed),
                1 => self.numbers[1] = number(seed),
                2 => self.numbers[2] = number(seed),
                3 => mutate_bytes(&mut self.actor, seed),
                4 => mutate_bytes(&mut self.message, seed),
                5 => mutate_list(&mut self.dependencies, seed),
                6 => mutate_list(&mut self.other_actors, seed),
                7 => mutate_list(&mut self.columns, seed),
                8 => self.rest.push(any_byte(seed)),
                _ => self.mutate_column(seed),
            }
        }
    }

    fn mutate_column(&mut self, seed: &mut Seed) {
        if self.columns.is_empty() {
            self.columns.push((seed.bits() % 256, vec![any_byte(seed); 3]));
            return;
        }
        let at = seed.place(self.columns.len());
        let (specification, data) = &mut self.columns[at];
        if seed.percent(8) {
            *specification = seed.pick(&[
                *specification ^ 1,
                *specification ^ 8,
                specification.wrapping_add(16),
                0,
                u64::MAX,
            ]);
        } else {
            mutate_bytes(data, seed);
        }
    }
}

/// A change chunk around a body, with the correct checksum.
#[must_use]
pub fn chunk(body: &[u8]) -> Vec<u8> {
    let (checksum, mut typed) = checked(body);
    typed.extend(body);
    [&MAGIC[..], &checksum, &typed].concat()
}

/// The same with a deflated body.
#[must_use]
pub fn compressed_chunk(body: &[u8]) -> Vec<u8> {
    let (checksum, _) = checked(body);
    compressed(&miniz_oxide::deflate::compress_to_vec(body, 6), checksum)
}

/// A chunk that claims that these bytes are a deflated change.
#[must_use]
pub fn compressed(deflated: &[u8], checksum: [u8; 4]) -> Vec<u8> {
    [&MAGIC[..], &checksum, &[COMPRESSED_CHANGE], &unsigned(deflated.len() as u64), deflated]
        .concat()
}

/// The checksum of a change with this body, and the bytes before the body: type and length.
fn checked(body: &[u8]) -> ([u8; 4], Vec<u8>) {
    let typed = [&[CHANGE][..], &unsigned(body.len() as u64)].concat();
    let digest = Sha256::new().chain_update(&typed).chain_update(body).finalize();
    ([digest[0], digest[1], digest[2], digest[3]], typed)
}

/// A number in LEB128.
#[must_use]
pub fn unsigned(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f).to_le_bytes()[0];
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn any_byte(seed: &mut Seed) -> u8 {
    seed.bits().to_le_bytes()[0]
}

/// Numbers that often break code, as LEB128. Sometimes one that never ends.
fn number(seed: &mut Seed) -> Vec<u8> {
    let edges =
        [0, 1, 2, 3, 63, 64, 127, 128, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 62, 1 << 63, u64::MAX];
    if seed.percent(10) { vec![0xff; 11] } else { unsigned(seed.pick(&edges)) }
}

fn mutate_bytes(bytes: &mut Vec<u8>, seed: &mut Seed) {
    if bytes.is_empty() {
        bytes.push(any_byte(seed));
        return;
    }
    let at = seed.place(bytes.len());
    match seed.between(0, 7) {
        0 => bytes[at] ^= 1 << seed.place(8),
        1 => bytes[at] = any_byte(seed),
        2 => bytes[at] = seed.pick(&[0, 1, 2, 0x3f, 0x40, 0x7e, 0x7f, 0x80, 0xff]),
        3 => drop(bytes.remove(at)),
        4 => bytes.insert(at, any_byte(seed)),
        5 => bytes.truncate(at),
        6 => drop(bytes.splice(at..=at, number(seed))),
        _ => {
            let end = at + seed.place(bytes.len() - at + 1);
            let part = bytes[at..end].to_vec();
            let to = seed.place(bytes.len() + 1);
            bytes.splice(to..to, part);
        }
    }
}

fn mutate_list<T: Clone>(list: &mut Vec<T>, seed: &mut Seed) {
    if list.is_empty() {
        return;
    }
    let (at, to) = (seed.place(list.len()), seed.place(list.len()));
    match seed.between(0, 2) {
        0 => drop(list.remove(at)),
        1 => list.insert(to, list[at].clone()),
        _ => list.swap(at, to),
    }
}

/// The unread bytes of an honest chunk.
struct Input<'b>(&'b [u8]);

impl Input<'_> {
    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken.to_vec()
    }

    /// A LEB128 number, as it is written.
    fn number(&mut self) -> Vec<u8> {
        let length = self.0.iter().position(|byte| byte & 0x80 == 0).expect("a number ends") + 1;
        self.take(length)
    }

    fn length(&mut self) -> usize {
        let written = self.number();
        written.iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f))
    }

    fn prefixed(&mut self) -> Vec<u8> {
        let length = self.length();
        self.take(length)
    }
}
