// Adds to the files of a build the service worker's list, for the browser, and compressed copies,
// for the server.
//
// The worker's version is the hash of all file hashes and of the worker itself, so that equal
// builds have equal versions.

import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const COMPRESSED = /\.(wasm|js|css|html|svg|json|webmanifest|txt)$/;
const NOT_PRECACHED = /(^|\/)(sw\.js|\.[^/]*)$|\.(br|gz|map)$/;
/** Brotli 11 takes seconds per megabyte, so it is only for shipped apps. */
const BROTLI_QUALITY = { release: 11, debug: 5 };

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The paths of all files below `folder`, relative to it, sorted, with forward slashes. */
async function listFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .map((path) => path.split(sep).join(posix.sep))
    .sort();
}

/** The address under which a browser asks for a file. It asks for index.html as the root. */
const urlPath = (file) => (file === 'index.html' ? '/' : `/${file}`);

/** Replaces the one declaration of `name` in the worker. Any other number is a fault of sw.js. */
function setConstant(source, name, value) {
  const declaration = new RegExp(`^const ${name} = .*;$`, 'gm');
  if ((source.match(declaration) ?? []).length !== 1) {
    throw new Error(`sw.js must declare \`const ${name} = …;\` on one line, once`);
  }
  return source.replace(declaration, () => `const ${name} = ${JSON.stringify(value)};`);
}

/** Writes the list of the files in `folder` and its version into the `sw.js` in that folder. */
export async function writeServiceWorker(folder) {
  const hashes = {};
  for (const file of (await listFiles(folder)).filter((file) => !NOT_PRECACHED.test(file))) {
    hashes[urlPath(file)] = sha256(await readFile(join(folder, file)));
  }
  if (!hashes['/']) throw new Error(`no index.html in ${folder}`);
  const path = join(folder, 'sw.js');
  const template = await readFile(path, 'utf8');
  const version = sha256(JSON.stringify(hashes) + template).slice(0, 16);
  await writeFile(path, setConstant(setConstant(template, 'VERSION', version), 'FILES', hashes));
  return { version, count: Object.keys(hashes).length };
}

/**
 * Writes a `.br` and a `.gz` copy of every text and wasm file, so that the server need not
 * compress. Resolves to `{ file, plain, br }` for each file; the sizes are in bytes.
 */
export async function compressAll(folder, quality) {
  const files = (await listFiles(folder)).filter((file) => COMPRESSED.test(file));
  return Promise.all(files.map((file) => compress(folder, file, BROTLI_QUALITY[quality])));
}

async function compress(folder, file, quality) {
  const bytes = await readFile(join(folder, file));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const br = await promisify(brotliCompress)(bytes, { params });
  await writeFile(join(folder, `${file}.br`), br);
  await writeFile(join(folder, `${file}.gz`), await promisify(gzip)(bytes, { level: 6 }));
  return { file, plain: bytes.length, br: br.length };
}
