// Builds the two browser apps into one folder that the server serves (Node.js 20.11 or later, no
// dependencies):
//
//   node app/build/build.mjs DIST [--release]
//
// DIST/         the tablet's app, with its service worker, manifest and icons
// DIST/desk/    the desk's app, whose files are not in the service worker's list
// DIST.symbols/ names of functions, for a person who reads a stack trace; never served
//
// Each app is an HTML file, the style sheets and the script that it names, and a binary of the
// crate `calloff-app`. A file's name holds the hash of its content, so that a browser keeps a file
// that did not change.

import { execFileSync } from 'node:child_process';
import {
  cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync,
} from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { contentName } from './content-name.mjs';
import { compressAll, writeServiceWorker } from './precache.mjs';
import { withoutSections } from './wasm-sections.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const APP = join(ROOT, 'app');
const TARGET = 'wasm32-unknown-unknown';

/** `folder` is an app's folder below the served one. */
const APPS = [
  { name: 'tablet', folder: '', isOffline: true },
  { name: 'desk', folder: 'desk', isOffline: false },
];

/** Gives all views one type (leptos: erased), which makes less code than a type for each view. */
const ERASED = 'target.wasm32-unknown-unknown.rustflags=["--cfg", "erase_components"]';

/** `release` builds the apps that are shipped; `debug` builds fast, while a person waits. */
const PROFILES = {
  release: {
    cargo: ['--profile', 'wasm-release', '--config', ERASED],
    output: 'wasm-release',
    dropped: ['name', 'producers'],
  },
  debug: { cargo: [], output: 'debug', dropped: [] },
};

function say(words) {
  console.log(`app: ${words}`);
}

function run(command, args) {
  execFileSync(command, args, { cwd: ROOT, stdio: 'inherit' });
}

/** Runs one step, and prints how long it took. */
function step(words, action) {
  say(`${words} …`);
  const began = performance.now();
  const result = action();
  say(`${words}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

function targetFolder() {
  return resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
}

function compile(profile) {
  const bins = APPS.flatMap(({ name }) => ['--bin', name]);
  const target = ['--target', TARGET];
  run('cargo', ['build', '--locked', '-p', 'calloff-app', ...target, ...profile.cargo, ...bins]);
}

/** Builds the tool that joins WebAssembly to its JavaScript (app/bindgen). */
function buildTool() {
  run('cargo', ['build', '--locked', '-p', 'calloff-bindgen']);
}

/** Writes a file into the app under a name with the hash of its content. Returns that name. */
function put(into, name, bytes) {
  const named = contentName(name, bytes);
  writeFileSync(join(into, named), bytes);
  return named;
}

/** Makes the JavaScript and the WebAssembly of one app. Returns their names. */
function bind({ name }, profile, into, symbols) {
  const compiled = join(targetFolder(), TARGET, profile.output, `${name}.wasm`);
  const bound = join(into, '.bound');
  run(join(targetFolder(), 'debug', 'calloff-bindgen'), [compiled, name, bound]);
  const snippets = join(bound, 'snippets');
  if (existsSync(snippets)) renameSync(snippets, join(into, 'snippets'));
  const full = readFileSync(join(bound, `${name}_bg.wasm`));
  const shipped = withoutSections(full, profile.dropped);
  const wasm = put(into, `${name}.wasm`, shipped);
  if (profile.dropped.length > 0) writeFileSync(join(symbols, wasm), full);
  const js = put(into, `${name}.js`, readFileSync(join(bound, `${name}.js`)));
  rmSync(bound, { recursive: true });
  return { js, wasm };
}

/** The tags of a page for Trunk, which serves it while somebody works on it (Trunk.toml). */
const FOR_TRUNK = {
  styleSheet: /<link data-trunk rel="css" href="([^"]+)">/g,
  script: /<script data-trunk type="module" src="([^"]+)">/g,
  folder: /^ *<link data-trunk rel="copy-dir"[^>]*>\n/gm,
  bundle: /<link data-trunk rel="rust"[^>]*>/,
};

/** The tag from which app/boot.js reads the names of the bundle. Trunk.toml has the same tag. */
function bundleTag(js, wasm) {
  return `<meta name="calloff-bundle" data-js="${js}" data-wasm="${wasm}">`;
}

/** Writes the app's page. Each file that it names gets a name with the hash of its content. */
function page({ name, folder }, { js, wasm }, into) {
  const base = folder ? `/${folder}/` : '/';
  const local = (path) => base + put(into, basename(path), readFileSync(resolve(APP, path)));
  const html = readFileSync(join(APP, `${name}.html`), 'utf8')
    .replace(FOR_TRUNK.styleSheet, (_, path) => `<link rel="stylesheet" href="${local(path)}">`)
    .replace(FOR_TRUNK.script, (_, path) => `<script type="module" src="${local(path)}">`)
    .replace(FOR_TRUNK.folder, '')
    .replace(FOR_TRUNK.bundle, () => bundleTag(`${base}${js}`, `${base}${wasm}`));
  if (!html.includes(wasm) || html.includes('data-trunk')) {
    throw new Error(`${name}.html holds a data-trunk that the build does not know`);
  }
  writeFileSync(join(into, 'index.html'), html);
}

async function build(dist, profile, quality) {
  const staging = `${dist}.new`;
  const symbols = `${dist}.symbols`;
  for (const folder of [staging, symbols]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  step('compiling both apps to WebAssembly', () => compile(profile));
  step('compiling what joins them to JavaScript', buildTool);
  for (const app of APPS) {
    const into = join(staging, app.folder);
    mkdirSync(into, { recursive: true });
    step(`joining the ${app.name}'s app to its JavaScript`, () => {
      page(app, bind(app, profile, into, symbols), into);
    });
    if (!app.isOffline) continue;
    cpSync(join(ROOT, 'public'), into, { recursive: true });
    // This comes before the next app is built, because the list must hold only this app's files.
    const { version, count } = await writeServiceWorker(into);
    say(`${count} files of the ${app.name}'s app are kept for starts without a network`);
    say(`version ${version}`);
  }
  const sizes = await compressAll(staging, quality);
  rmSync(dist, { recursive: true, force: true });
  renameSync(staging, dist);
  for (const { file, plain, br } of sizes.filter(({ file }) => extname(file) === '.wasm')) {
    say(`${join(basename(dist), file)}: ${plain} bytes, ${br} with brotli`);
  }
}

const [dist, ...flags] = process.argv.slice(2);
if (!dist || flags.some((flag) => flag !== '--release')) {
  console.error('usage: node app/build/build.mjs DIST [--release]');
  process.exit(2);
}
const kind = flags.includes('--release') ? 'release' : 'debug';
await build(resolve(dist), PROFILES[kind], kind).catch((error) => {
  console.error(`app: not built: ${error.message}`);
  process.exit(1);
});
