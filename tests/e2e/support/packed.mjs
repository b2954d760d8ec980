// Takes pushes, and the server's answers to pushes and pulls, apart and puts them together again
// (docs/sync-protocol.md, "Packed bodies").

import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Reads a number (LEB128) or bytes after their length, one after the other. */
function reader(bytes) {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const take = () => {
    const length = number();
    at += length;
    return bytes.subarray(at - length, at);
  };
  return { number, take };
}

function number(value) {
  const bytes = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Buffer.from([...bytes, value]);
}

/**
 * The push after `change(document, rows)` changed the bytes of each document in place. `document`
 * is the document's id, and `rows` has its bytes.
 */
export function alterPush(body, change) {
  const envelope = reader(body);
  const [protocol, size] = [envelope.number(), envelope.number()];
  const [ids, stream] = [envelope.take(), envelope.take()];
  const plain = inflateRawSync(stream);
  const contents = reader(plain);
  contents.take(); // the version of the app
  for (let left = contents.number(); left > 0; left--) {
    const id = contents.take().toString('hex');
    contents.number(); // the kind of the document
    contents.take(); // its heads
    change(id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), contents.take());
  }
  return packed(protocol, size, ids, plain);
}

function packed(protocol, size, ids, plain) {
  const stream = deflateRawSync(plain);
  return Buffer.concat([number(protocol), number(size), number(ids.length), ids, number(stream.length), stream]);
}

/**
 * The answer after `change(json, rows)` changed the bytes of its documents in place. `rows` has a
 * Buffer for each element of `json.documents`.
 */
export function alterAnswer(body, change) {
  const envelope = reader(body);
  const [protocol, size] = [envelope.number(), envelope.number()];
  const [ids, stream] = [envelope.take(), envelope.take()];
  const plain = inflateRawSync(stream);
  const contents = reader(plain);
  const json = JSON.parse(contents.take());
  const rows = Array.from({ length: contents.number() }, () => contents.take());
  change(json, rows);
  return packed(protocol, size, ids, plain);
}
