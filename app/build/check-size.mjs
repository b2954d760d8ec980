// Fails if an app is larger than its budget: `node app/build/check-size.mjs DIST`, where DIST was
// built with --release. The budget (size-budget.json) is the size of each app's WebAssembly with
// brotli at the last measurement, in bytes. An app may be 3 % larger. A change with a good reason
// to exceed the budget also writes the new number into it.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ALLOWED = 1.03;
const BUDGET = join(import.meta.dirname, 'size-budget.json');
const FOLDERS = { tablet: '', desk: 'desk' };

/** The size of an app's WebAssembly as the server sends it, in bytes. */
function sent(dist, app) {
  const folder = join(dist, FOLDERS[app]);
  const isIt = (name) => name.startsWith(`${app}-`) && name.endsWith('.wasm.br');
  const file = readdirSync(folder).find(isIt);
  if (!file) throw new Error(`no WebAssembly of ${app} in ${folder}`);
  return statSync(join(folder, file)).size;
}

/** A line of words for each app, and whether all apps are within the budget. */
export function compare(dist, budget) {
  const lines = Object.keys(FOLDERS).map((app) => {
    const bytes = sent(dist, app);
    const isWithin = bytes <= budget[app] * ALLOWED;
    const change = ((bytes / budget[app] - 1) * 100).toFixed(1);
    const written = `${change} % from the ${budget[app]} written down`;
    return { isWithin, words: `${app}: ${bytes} bytes with brotli, ${written}` };
  });
  return { lines, isWithin: lines.every(({ isWithin }) => isWithin) };
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const [dist] = process.argv.slice(2);
  if (!dist) {
    console.error('usage: node app/build/check-size.mjs DIST');
    process.exit(2);
  }
  const { lines, isWithin } = compare(dist, JSON.parse(readFileSync(BUDGET, 'utf8')));
  for (const line of lines) console.log(`${line.isWithin ? 'size' : 'TOO LARGE'}: ${line.words}`);
  if (!isWithin) {
    console.error('size: an app has grown by more than 3 %; see app/build/check-size.mjs');
    process.exit(1);
  }
}
