// `make test` runs this. It runs every test of the project and adds up the results. The last line
// is `N passed, N failed, N skipped`.
//
// A part that cannot be built, or ends without a result, counts as one failure, and the other parts
// still run. With CI=true a skipped test counts as failed, unless it needs the real data, which
// only some machines have.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromiumPath } from '../tests/e2e/support/chromium.mjs';
import { startPostgres } from './postgres.mjs';
import { RustResults } from './rust-results.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const E2E = join(ROOT, 'tests/e2e');
const TEST_RESULTS = join(E2E, 'test-results');
/** The folders with tests of our JavaScript: `*.test.mjs`. */
const SCRIPT_FOLDERS = ['.ci', 'app', 'public', 'tests/e2e/support'];

/** Runs a program in `cwd`. `take` gets each line of its output and returns whether to show it. */
async function run(command, args, { cwd = ROOT, env = {}, take = () => true } = {}) {
  const child = spawn(command, args, {
    cwd,
    // Colour codes would come before the words that are counted.
    env: { ...process.env, ...env, CARGO_TERM_COLOR: 'never', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const show = (line) => take(line) && console.log(line);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', show);
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve(code ?? 1)));
}

function targetFolder() {
  return resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target');
}

async function build(target) {
  return (await run('make', [target])) === 0;
}

/** The folder of the real data: beside the project, unless CALLOFF_SHARED_DATA names another. */
const DATA = process.env.CALLOFF_SHARED_DATA ?? resolve(ROOT, '../shared/data');

/** The Rust tests. Only tests that need the real data are ignored, where it is missing. */
async function rustTests() {
  const ignored = existsSync(DATA) ? '--include-ignored' : '';
  return cargoTest('Rust', `cargo test --workspace --no-fail-fast -- --show-output ${ignored}`);
}

/** The simulations that use no database. */
const WITHOUT_DATABASE = ['seeds_from_', 'seeds_chosen', 'a_seed_replays', 'every_sabotage'];

/** The tests that use a server's database, once more on PostgreSQL. */
async function postgresTests() {
  const { address, stop } = await startPostgres();
  const skip = WITHOUT_DATABASE.map((name) => `--skip ${name}`).join(' ');
  const tests = 'cargo test --workspace --no-fail-fast --test api --test kill --test simulation';
  try {
    return await cargoTest('PostgreSQL', `${tests} -- --show-output ${skip}`, { CALLOFF_TEST_POSTGRES: address });
  } finally {
    await stop();
  }
}

/** The app's unit tests, as WASM in Chromium. */
async function browserTests() {
  const runner = `node ${join(ROOT, 'app/build/run-in-browser.mjs')}`;
  return cargoTest('Browser', 'cargo test -p calloff-app --lib --target wasm32-unknown-unknown', {
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner,
    CHROMIUM: chromiumPath(),
  });
}

async function cargoTest(name, command, env = {}) {
  const results = new RustResults();
  // One stream keeps cargo's `Running …` before the output of that binary.
  const code = await run('bash', ['-c', `exec ${command} 2>&1`], { env, take: (line) => results.take(line) });
  results.end();
  // A run without any test counts as a failure, not as a pass.
  const isEmpty = results.passed + results.failed + results.skipped === 0;
  return part(name, isEmpty ? 1 : code, results, results.skips);
}

async function scriptTests() {
  const files = SCRIPT_FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .filter((name) => name.endsWith('.test.mjs'))
      .map((name) => join(folder, name)),
  );
  const report = join(TEST_RESULTS, 'scripts.tap');
  prepare(report);
  const code = await run(process.execPath, [
    '--test',
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=tap', `--test-reporter-destination=${report}`],
    ...files,
  ]);
  const tap = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const count = (what) => Number(tap.match(new RegExp(`^# ${what} (\\d+)$`, 'm'))?.[1] ?? 0);
  return part('Scripts', code, {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
  });
}

/** The folder of the apps as they are shipped. `sizes` builds them, and the journeys use them. */
const SHIPPED = join(targetFolder(), 'shipped');

/** Builds the apps as they are shipped, and compares their sizes with the budget. */
async function sizes() {
  rmSync(SHIPPED, { recursive: true, force: true });
  const code = await run('make', ['dist', `DIST=${SHIPPED}`]);
  return part('Sizes', code, { ...nothing(), passed: code === 0 ? 1 : 0 });
}

/** The journeys, on SQLite. */
async function journeys(name = 'Journeys', chosen = [], environment = {}) {
  const report = join(TEST_RESULTS, 'results.json');
  prepare(report);
  const env = { CALLOFF_DIST: SHIPPED, ...environment };
  const args = ['--no-install', 'playwright', 'test', ...chosen];
  const code = await run('npx', args, { cwd: E2E, env });
  if (!existsSync(report)) return part(name, code, nothing());
  const { stats, suites } = JSON.parse(readFileSync(report, 'utf8'));
  const counts = { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
  return part(name, code, counts, suites.flatMap(skippedIn));
}

/** One journey through the whole product, on PostgreSQL. */
async function coreJourney() {
  const { address, stop } = await startPostgres();
  try {
    return await journeys('Core', ['--grep', '@core'], { CALLOFF_TEST_POSTGRES: address });
  } finally {
    await stop();
  }
}

/** The skipped tests of a suite in Playwright's report, each with its reason. */
function skippedIn({ specs, suites = [] }) {
  const skips = specs.flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status === 'skipped')
      .map(({ annotations }) => ({
        test: title,
        reason: annotations.find(({ type }) => type === 'skip')?.description ?? 'without a reason',
      })),
  );
  return [...skips, ...suites.flatMap(skippedIn)];
}

/** When the last part ended, in milliseconds. */
let ended = performance.now();

/**
 * The counts of a part, and the minutes since the end of the part before. If the program failed,
 * the part has at least one failure.
 */
function part(name, code, { passed, failed, skipped }, skips = []) {
  const minutes = (performance.now() - ended) / 60_000;
  ended = performance.now();
  return { name, passed, failed: code !== 0 ? Math.max(failed, 1) : failed, skipped, skips, minutes };
}

function nothing() {
  return { passed: 0, failed: 0, skipped: 0 };
}

/** Deletes the report of an earlier run, so that nobody takes it for the report of this run. */
function prepare(report) {
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
}

function isAcceptedInCi({ reason }) {
  return /\bdata\b/i.test(reason);
}

/** Prints the table and the last line. Returns whether everything passed. */
function summarise(parts) {
  const totals = nothing();
  console.log(['\nTests'.padEnd(11), ...[...Object.keys(totals), 'minutes'].map((title) => title.padStart(9))].join(''));
  for (const { name, minutes, ...counts } of parts) {
    const columns = [...Object.keys(totals).map((key) => counts[key]), minutes.toFixed(1)];
    console.log(name.padEnd(10) + columns.map((column) => String(column).padStart(9)).join(''));
    for (const key of Object.keys(totals)) totals[key] += counts[key];
  }
  const skips = parts.flatMap(({ skips }) => skips);
  for (const { test, reason } of skips) console.log(`skipped ${test}: ${reason}`);
  const refused = process.env.CI === 'true' ? skips.filter((skip) => !isAcceptedInCi(skip)) : [];
  if (refused.length > 0) console.log(`${refused.length} of the skipped lack something that CI must have: failed`);
  console.log(`${totals.passed} passed, ${totals.failed + refused.length} failed, ${totals.skipped - refused.length} skipped`);
  return totals.failed + refused.length === 0;
}

const parts = [];
const isServerBuilt = await build('server');
parts.push(isServerBuilt ? await rustTests() : part('Rust', 1, nothing()));
parts.push(isServerBuilt ? await postgresTests() : part('PostgreSQL', 1, nothing()));
parts.push(await browserTests());
parts.push(await sizes());
parts.push(await scriptTests());
const isBuilt = isServerBuilt && existsSync(SHIPPED);
parts.push(isBuilt ? await coreJourney() : part('Core', 1, nothing()));
parts.push(isBuilt ? await journeys() : part('Journeys', 1, nothing()));
process.exitCode = summarise(parts) ? 0 : 1;
