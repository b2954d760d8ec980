// Reads the sections of a WebAssembly module, and removes those that only tools read.

const MAGIC = 0x6d736100;
const HEADER_BYTES = 8;
const CUSTOM = 0;

/** Reads an unsigned LEB128 number of at most 32 bits at `at`: its value and its end. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error('the module ends within a number');
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, end: at };
  }
  throw new Error('a number of the module is too long');
}

/** The sections of a module as `{ name, start, end }`. Only custom sections have a `name`. */
export function sections(bytes) {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) {
    throw new Error('no WebAssembly module');
  }
  const found = [];
  for (let start = HEADER_BYTES; start < bytes.length; ) {
    const { value: size, end: body } = number(bytes, start + 1);
    const end = body + size;
    if (end > bytes.length) throw new Error('the module ends within a section');
    found.push({ name: bytes[start] === CUSTOM ? customName(bytes, body) : undefined, start, end });
    start = end;
  }
  return found;
}

function customName(bytes, at) {
  const { value: length, end } = number(bytes, at);
  return bytes.toString('utf8', end, end + length);
}

/** The module without the custom sections that have one of `names`. */
export function withoutSections(bytes, names) {
  const kept = sections(bytes).filter(({ name }) => !names.includes(name));
  const parts = kept.map(({ start, end }) => bytes.subarray(start, end));
  return Buffer.concat([bytes.subarray(0, HEADER_BYTES), ...parts]);
}
