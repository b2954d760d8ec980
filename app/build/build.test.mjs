import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compare } from './check-size.mjs';
import { contentName } from './content-name.mjs';
import { writeServiceWorker } from './precache.mjs';
import { sections, withoutSections } from './wasm-sections.mjs';

const custom = (name, content) => {
  const body = Buffer.concat([Buffer.from([name.length]), Buffer.from(name), content]);
  // The length has two bytes of LEB128, as in sections of more than 127 bytes.
  return Buffer.concat([Buffer.from([0, (body.length & 0x7f) | 0x80, body.length >> 7]), body]);
};
const HEADER = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
/** One function type, `() -> ()`. */
const TYPES = Buffer.from([1, 4, 1, 0x60, 0, 0]);
const module = Buffer.concat([
  HEADER,
  TYPES,
  custom('name', Buffer.alloc(300)),
  custom('target_features', Buffer.from('kept')),
  custom('producers', Buffer.from('rustc')),
]);

describe('sections of a WebAssembly module', () => {
  it('are taken out by name, and what is left is the rest of a module', () => {
    const shipped = withoutSections(module, ['name', 'producers']);
    assert.deepEqual(sections(shipped).map(({ name }) => name), [undefined, 'target_features']);
    assert.ok(WebAssembly.validate(shipped));
    const kept = custom('target_features', Buffer.from('kept'));
    assert.deepEqual(shipped, Buffer.concat([HEADER, TYPES, kept]));
    assert.deepEqual(withoutSections(module, []), module);
  });

  it('are not read from what is cut off or is no module', () => {
    assert.throws(() => sections(module.subarray(0, module.length - 3)), /ends within a section/);
    assert.throws(() => sections(Buffer.from('<!doctype html>')), /no WebAssembly module/);
  });
});

describe('the name of a file', () => {
  it('holds its content, so that a browser keeps it for good', () => {
    assert.match(contentName('tokens.css', 'a'), /^tokens-[0-9a-f]{16}\.css$/);
    assert.notEqual(contentName('tokens.css', 'a'), contentName('tokens.css', 'b'));
  });
});

describe('the list of the service worker', () => {
  it('names each file with its hash, and its version changes with any of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'calloff-precache-'));
    const version = async (page) => {
      mkdirSync(join(folder, 'icons'), { recursive: true });
      writeFileSync(join(folder, 'index.html'), page);
      writeFileSync(join(folder, 'icons/icon.svg'), '<svg/>');
      writeFileSync(join(folder, 'sw.js'), 'const VERSION = "unbuilt";\nconst FILES = {};\n');
      const written = await writeServiceWorker(folder);
      const worker = readFileSync(join(folder, 'sw.js'), 'utf8');
      const files = JSON.parse(worker.match(/^const FILES = (.*);$/m)[1]);
      assert.deepEqual(Object.keys(files).sort(), ['/', '/icons/icon.svg']);
      return written.version;
    };
    try {
      const first = await version('one');
      assert.equal(await version('one'), first);
      assert.notEqual(await version('two'), first);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the budget of an app', () => {
  it('lets 3 % through, and no more', () => {
    const dist = mkdtempSync(join(tmpdir(), 'calloff-size-'));
    const isWithin = (bytes) => {
      writeFileSync(join(dist, 'tablet-5f0c1d2e3b4a5968.wasm.br'), Buffer.alloc(bytes));
      return compare(dist, { tablet: 1000, desk: 500 }).isWithin;
    };
    try {
      mkdirSync(join(dist, 'desk'));
      writeFileSync(join(dist, 'desk/desk-5f0c1d2e3b4a5968.wasm.br'), Buffer.alloc(500));
      assert.equal(isWithin(900), true);
      assert.equal(isWithin(1030), true);
      assert.equal(isWithin(1031), false);
    } finally {
      rmSync(dist, { recursive: true });
    }
  });
});
