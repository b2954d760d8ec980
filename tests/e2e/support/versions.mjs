// Versions of the two apps beside the built one: one after it and one before it.

import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIST } from './server.mjs';

const WORKER_BEFORE_TWO_APPS = join(import.meta.dirname, 'worker-before-two-apps.js');

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A copy of the build that a test may change. Resolves to `{ folder, dispose }`. */
async function copyOfBuild(name) {
  const folder = await mkdtemp(join(tmpdir(), `calloff-${name}-`));
  await cp(DIST, folder, { recursive: true });
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes a file of a build, and replaces its compressed copies, too. */
async function write(folder, file, content) {
  await writeFile(join(folder, file), content);
  for (const ending of ['br', 'gz']) await rm(join(folder, `${file}.${ending}`), { force: true });
}

/**
 * Writes the version into the page of an app, `<html data-version="next">`. Resolves to the page.
 */
async function mark(folder, file, version) {
  const html = await readFile(join(folder, file), 'utf8');
  const page = html.replace('<html', `<html data-version="${version}"`);
  await write(folder, file, page);
  return page;
}

/** The list of files in a service worker. */
export function filesOf(worker) {
  return JSON.parse(worker.match(/^const FILES = (.*);$/m)[1]);
}

function withFiles(worker, version, files) {
  return worker
    .replace(/^const FILES = .*;$/m, () => `const FILES = ${JSON.stringify(files)};`)
    .replace(/^const VERSION = .*;$/m, () => `const VERSION = "${version}";`);
}

/**
 * The next version of both apps. They are the built apps with another hash of their pages, as every
 * change would give them. Resolves to `{ folder, dispose }`.
 */
export async function nextVersion() {
  const next = await copyOfBuild('next');
  const page = await mark(next.folder, 'index.html', 'next');
  await mark(next.folder, 'desk/index.html', 'next');
  const worker = await readFile(join(next.folder, 'sw.js'), 'utf8');
  const files = { ...filesOf(worker), '/': sha256(page) };
  await write(next.folder, 'sw.js', withFiles(worker, 'next', files));
  return next;
}

/** The built app for tablets, and the next version of the desk's app; see above. */
export async function nextDesk() {
  const next = await copyOfBuild('next-desk');
  await mark(next.folder, 'desk/index.html', 'next');
  return next;
}

/**
 * A version from before there were two apps: one page at every address, and the service worker of
 * that time, which answers every navigation with that page. The page is today's desk, because the
 * one app had the desk, too. Resolves to `{ folder, dispose }`.
 */
export async function beforeTwoApps() {
  const before = await copyOfBuild('before');
  await cp(join(before.folder, 'desk/index.html'), join(before.folder, 'index.html'));
  const page = await mark(before.folder, 'index.html', 'before');
  const worker = await readFile(WORKER_BEFORE_TWO_APPS, 'utf8');
  await write(before.folder, 'sw.js', withFiles(worker, 'before', { '/': sha256(page) }));
  // Browsers ask for changes since the time of their file.
  for (const file of ['index.html', 'sw.js']) await utimes(join(before.folder, file), 1e9, 1e9);
  return before;
}
