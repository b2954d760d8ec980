// The Chromium for the journeys. It is the one of the system and is never downloaded. As a program,
// this prints the path, or says what to do and ends with status 1 (`.ci/tools` uses that).

import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** No traffic except ours, and no first-run pages. A test sees all requests of a tablet. */
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of the browser: `CALLOFF_CHROMIUM`, else the first of the usual names on PATH. */
export function chromiumPath(env = process.env) {
  if (env.CALLOFF_CHROMIUM) {
    if (isProgram(env.CALLOFF_CHROMIUM)) return env.CALLOFF_CHROMIUM;
    throw new Error(`CALLOFF_CHROMIUM=${env.CALLOFF_CHROMIUM} is not a program`);
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
  if (found) return found;
  throw new Error('no Chromium on PATH: run `make tools`, or name one in CALLOFF_CHROMIUM');
}

/**
 * Launch options for Playwright. The sandbox needs user namespaces, which root in a container does
 * not have.
 */
export function launchOptions() {
  return {
    executablePath: chromiumPath(),
    headless: true,
    chromiumSandbox: false,
    args: QUIET,
  };
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(chromiumPath());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
