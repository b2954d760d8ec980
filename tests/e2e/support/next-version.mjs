// The next version of the app: the one that was built, with another hash of its page, as any change
// would give it.

import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIST } from './server.mjs';

/** Makes it in a folder of its own; resolves to `{ folder, dispose }`. Its page says `<html data-version="next">`. */
export async function nextVersion() {
  const folder = await mkdtemp(join(tmpdir(), 'calloff-next-'));
  await cp(DIST, folder, { recursive: true });
  const page = (await readFile(join(folder, 'index.html'), 'utf8')).replace('<html', '<html data-version="next"');
  await writeFile(join(folder, 'index.html'), page);
  for (const compressed of ['index.html.br', 'index.html.gz']) await rm(join(folder, compressed), { force: true });
  const worker = await readFile(join(folder, 'sw.js'), 'utf8');
  const files = JSON.parse(worker.match(/^const FILES = (.*);$/m)[1]);
  files['/'] = createHash('sha256').update(page).digest('hex');
  const next = worker
    .replace(/^const FILES = .*;$/m, () => `const FILES = ${JSON.stringify(files)};`)
    .replace(/^const VERSION = .*;$/m, 'const VERSION = "next";');
  await writeFile(join(folder, 'sw.js'), next);
  for (const compressed of ['sw.js.br', 'sw.js.gz']) await rm(join(folder, compressed), { force: true });
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}
