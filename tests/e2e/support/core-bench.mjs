// The measures of the core (tests/bench/measures.rs) in Chromium, beside those of the native
// benchmark, which are in a folder with its releases (CALLOFF_BENCH_DIR, see `make bench`).

import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { launchOptions } from './chromium.mjs';

const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
const MIB = 2 ** 20;

/** The rows of the table: native, in Chromium, floor. Empty when the native part did not run. */
export async function coreRows(folder, browserType) {
  if (!folder || !existsSync(join(folder, 'native.json'))) return [];
  const { list, large } = JSON.parse(readFileSync(join(folder, 'native.json'), 'utf8'));
  const { origin, close } = await serve(folder);
  const browser = await browserType.launch(launchOptions());
  try {
    // Each measure has its own page, because the memory of WASM grows and never shrinks.
    const measure = (release) => inPage(browser, origin, release, measureInPage);
    const memory = (release) => inPage(browser, origin, release, memoryInPage);
    const inChromium = { list: await measure('list.release'), large: await measure('large.release') };
    const grown = { list: await memory('list.release'), large: await memory('large.release') };
    return table({ list, large }, inChromium, grown);
  } finally {
    await browser.close();
    close();
  }
}

function table(native, chromium, grown) {
  const million = (rate) => `${(rate / 1e6).toFixed(2)} M/s`;
  const ms = (value) => `${value.toFixed(1)} ms`;
  const strokes = (measured) =>
    ['p50', 'p99', 'max'].map((share) => measured[`keystroke_${share}_ms`].toFixed(2)).join(' / ') + ' ms';
  const both = (what, value, floor) => [what, value(native), value(chromium), floor];
  const growth = ({ list, large }) => (large.index_ms / large.lines / (list.index_ms / list.lines)).toFixed(2);
  const perHundredThousand = (bytes, lines) => `${((bytes / MIB / lines) * 1e5).toFixed(1)} MiB`;
  const { lines } = native.list;
  return [
    both('resolve without explanation', ({ list }) => million(list.select_per_s), '5 / 2 M/s'),
    both('resolve with full explanation', ({ list }) => million(list.resolve_per_s), '1 M/s'),
    both(`chunks → ready index, ${lines} lines`, ({ list }) => ms(list.index_ms), '50 / 150 ms'),
    both('search index', ({ list }) => ms(list.search_index_ms), ''),
    both('search, a keystroke: p50 / p99 / max', ({ list }) => strokes(list), '16 ms'),
    both(`chunks → ready index, ${native.large.lines} lines`, ({ large }) => ms(large.index_ms), ''),
    both('    per line, times that of the list', growth, 'linear'),
    both(`resolve without explanation, ${native.large.lines} lines`, ({ large }) => million(large.select_per_s), ''),
    ['WASM memory per 100,000 lines, with search', '', perHundredThousand(grown.large, native.large.lines), '64 MiB'],
    [`    measured on the list of ${lines} lines`, '', `${(grown.list / MIB).toFixed(1)} MiB`, ''],
  ];
}

async function inPage(browser, origin, release, run) {
  const page = await browser.newPage();
  try {
    await page.goto(origin);
    return await page.evaluate(run, `/${release}`);
  } finally {
    await page.close();
  }
}

async function measureInPage(release) {
  const bench = await import('/chromium.js');
  await bench.default({ module_or_path: '/chromium_bg.wasm' });
  const file = new Uint8Array(await (await fetch(release)).arrayBuffer());
  return JSON.parse(bench.measure(file));
}

/**
 * The bytes by which the memory grows until a catalogue and its search are ready, including
 * everything in between.
 */
async function memoryInPage(release) {
  const bench = await import('/chromium.js');
  const { memory } = await bench.default({ module_or_path: '/chromium_bg.wasm' });
  const file = new Uint8Array(await (await fetch(release)).arrayBuffer());
  const before = memory.buffer.byteLength;
  window.opened = bench.open(file);
  return memory.buffer.byteLength - before;
}

/** An empty page and the files of the folder, on a free port. */
function serve(folder) {
  const server = createServer(({ url }, response) => {
    const file = join(folder, url);
    if (url === '/' || !existsSync(file)) {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>bench</title>');
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({ origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }),
    );
  });
}
