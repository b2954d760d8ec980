// Trunk's post-build hook (Node 20 or later, no dependencies), over $TRUNK_STAGING_DIR:
//
// 1. writes the list of files and its version into `sw.js`;
// 2. puts `.br` and `.gz` beside every text and wasm file, so that the server sends them without
//    compressing.
//
// The version is the hash of all file hashes and of the worker itself: equal builds have equal
// versions.

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, posix, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const COMPRESSED = /\.(wasm|js|css|html|svg|json|webmanifest|txt)$/;
const NOT_PRECACHED = /(^|\/)(sw\.js|\.[^/]*)$|\.(br|gz|map)$/;
/** Brotli 11 takes seconds per megabyte: for what is shipped, not while somebody waits for a debug build. */
const BROTLI_QUALITY = { release: 11, debug: 5 };

const staging = required("TRUNK_STAGING_DIR");
const profile = required("TRUNK_PROFILE");

function required(name) {
  const value = process.env[name];
  if (!value) fail(`${name} is not set: this script is run by trunk, as its post_build hook`);
  return value;
}

function fail(message) {
  console.error(`precache: ${message}`);
  process.exit(1);
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Every file below `folder`, as sorted paths from there with forward slashes. */
async function listFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join(posix.sep))
    .sort();
}

/** The address a file is asked for under; index.html is asked for as the root. */
const urlPath = (file) => (file === "index.html" ? "/" : `/${file}`);

/** Replaces the one declaration of `name` in the worker; anything else than one is a mistake in sw.js. */
function setConstant(source, name, value) {
  const declaration = new RegExp(`^const ${name} = .*;$`, "gm");
  if ((source.match(declaration) ?? []).length !== 1) fail(`sw.js must declare \`const ${name} = …;\` on one line, once`);
  return source.replace(declaration, () => `const ${name} = ${JSON.stringify(value)};`);
}

async function writeServiceWorker(files) {
  const hashes = {};
  for (const file of files.filter((file) => !NOT_PRECACHED.test(file))) {
    hashes[urlPath(file)] = sha256(await readFile(join(staging, file)));
  }
  if (!hashes["/"]) fail(`no index.html in ${staging}`);
  const path = join(staging, "sw.js");
  const template = await readFile(path, "utf8");
  const version = sha256(JSON.stringify(hashes) + template).slice(0, 16);
  await writeFile(path, setConstant(setConstant(template, "VERSION", version), "FILES", hashes));
  return { version, count: Object.keys(hashes).length };
}

async function compress(file) {
  const bytes = await readFile(join(staging, file));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY[profile] ?? BROTLI_QUALITY.debug,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const [br, gz] = await Promise.all([promisify(brotliCompress)(bytes, { params }), promisify(gzip)(bytes, { level: 6 })]);
  await Promise.all([writeFile(join(staging, `${file}.br`), br), writeFile(join(staging, `${file}.gz`), gz)]);
  return { file, plain: bytes.length, br: br.length };
}

const files = await listFiles(staging);
const { version, count } = await writeServiceWorker(files);
const sizes = await Promise.all(files.filter((file) => COMPRESSED.test(file)).map(compress));
console.log(`precache: version ${version}, ${count} files kept for offline use`);
for (const { file, plain, br } of sizes.filter(({ file }) => file.endsWith(".wasm"))) {
  console.log(`precache: ${file} ${plain} bytes, ${br} with brotli`);
}
