// The part of `make bench` in Chromium. It shows the core's measures beside the native ones, what a
// tablet downloads, how soon it answers after a cold start without a network, and the cost of a
// keystroke in the search. It uses the real price list on machines that have it
// (CALLOFF_SHARED_DATA, else ../shared/data beside the project). Otherwise it uses the demo
// organisation, and the table says so.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from '@playwright/test';
import { coreRows } from './support/core-bench.mjs';
import * as ordering from './support/ordering.mjs';
import { Proxy } from './support/proxy.mjs';
import { CalloffServer, DIST } from './support/server.mjs';
import { Tablet } from './support/tablet.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const DATA = process.env.CALLOFF_SHARED_DATA ?? resolve(ROOT, '../shared/data');
const COLD_STARTS = 5;
/** The numbers of orders on a tablet whose start is measured. A busy site has 500 in 90 days. */
const ORDERS = [50, 500, 5000];

/**
 * The site that orders, and the texts that are typed into the search: words of the list, a part of
 * a number, and a misspelling.
 */
const REAL = { site: '358', typed: ['amoxicillin', 'lisinopril 20', 'insulin glargine', '0071-0155', 'metforminn'] };
const DEMO = { typed: ['coffee dark roast', 'milk whole fresh', 'bin liners clear', 'BEV-0003', 'disinfectnt'] };

/**
 * Runs in every page of a cold start. It enters the text into the search as soon as the search is
 * drawn.
 */
function typeAtOnce(typed) {
  new MutationObserver((_, observer) => {
    const box = document.querySelector('[data-testid="search-box"]');
    if (!box) return;
    observer.disconnect();
    box.value = typed;
    box.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }).observe(document, { childList: true, subtree: true });
}

/**
 * Runs in the page. It records for each keystroke the milliseconds until the search is done and its
 * frame is rendered.
 */
function watchKeystrokes() {
  window.keystrokes = [];
  const note = () => {
    const started = performance.now();
    const stroke = window.keystrokes.push(undefined) - 1;
    requestAnimationFrame(() => {
      // A message comes after the rendering to which this callback belongs.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        window.keystrokes[stroke] = performance.now() - started;
      };
      port2.postMessage(null);
    });
  };
  addEventListener('input', note, { capture: true });
}

async function realOrganisation() {
  const server = await CalloffServer.create({ command: 'serve' });
  const mapping = (name) => join(ROOT, 'server/mappings', name);
  for (const args of [
    ['import', 'sites', join(DATA, 'va_sites/vaMedicalFacilities.json'), '--mapping', mapping('va-sites.toml')],
    ['import', 'price-list', join(DATA, 'va_fss/vaFssPharmPrices.csv'), '--mapping', mapping('va-fss.toml')],
    ['draft', 'show', '--all'],
    ['publish', '--reason', 'Benchmark', '--settle-ties', 'contract-number'],
    ['user', 'add', 'bench', '--display-name', 'Bench Mark', '--role', 'staff'],
  ]) {
    await calloff(server, args);
  }
  await server.start();
  const url = (await calloff(server, ['device', 'enrol', '--site', REAL.site, '--url', server.origin])).trim();
  return { name: 'the real list', server, link: { url }, typed: REAL.typed };
}

async function demoOrganisation() {
  const server = await CalloffServer.create();
  await server.start();
  return { name: 'the demo organisation (no real data here)', server, link: server.enrolmentLinks()[0], typed: DEMO.typed };
}

async function calloff(server, args) {
  const { code, stdout, stderr } = await server.run(...args);
  if (code !== 0) throw new Error(`calloff ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** Enrols the tablet. Resolves to the bytes from the server: for the app, and for the catalogue. */
async function firstVisit(tablet, link) {
  await tablet.open();
  await tablet.canStartOffline();
  const app = tablet.network.bytesFromServer;
  await ordering.enrol(tablet, link, { name: 'Bench' });
  return { app, catalogue: tablet.network.bytesFromServer - app };
}

/**
 * Starts the tablet at the search. Resolves to milliseconds: `index` for opening the catalogue,
 * `ready` and `result` since the navigation began.
 */
async function coldStart(tablet, typed) {
  await tablet.switchOff();
  await tablet.switchOn('/find', { runFirst: [typeAtOnce, typed] });
  await tablet.page.getByTestId('result').first().waitFor();
  return tablet.page.evaluate(() => {
    const at = (name) => performance.getEntriesByName(`calloff:${name}`)[0].startTime;
    return {
      index: at('catalogue-ready') - at('catalogue-opening'),
      ready: at('catalogue-ready'),
      result: at('first-result'),
    };
  });
}

async function keystrokes(page, typed) {
  await page.evaluate(watchKeystrokes);
  const box = page.getByTestId('search-box');
  for (const words of typed) {
    await box.fill('');
    await box.pressSequentially(words);
  }
  await page.waitForFunction(() => window.keystrokes.every((took) => took !== undefined));
  // Emptying the box is not a keystroke.
  return (await page.evaluate(() => window.keystrokes)).filter((_, index) => !emptied(typed).includes(index));
}

/** The indexes of the recorded inputs at which the box was emptied. */
function emptied(typed) {
  return typed.map((_, index) => typed.slice(0, index).reduce((sum, words) => sum + words.length + 1, 0));
}

/**
 * Runs in the page. It copies the stored orders of the tablet under new identifiers, until it has
 * `count` of them.
 */
async function fillWithOrders(count) {
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await done(indexedDB.open('calloff'));
  const documents = () => database.transaction('documents', 'readwrite').objectStore('documents');
  const read = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
  const orders = (await done(documents().getAll())).map(read).filter(({ kind }) => kind === 'order');
  if (orders.length === 0) throw new Error('the tablet has no order to copy');
  const store = documents();
  for (let made = orders.length; made < count; made++) {
    const id = `019c0000-0000-7000-8000-${made.toString(16).padStart(12, '0')}`;
    const order = { ...orders[made % orders.length], id };
    store.put(new TextEncoder().encode(JSON.stringify(order)), id);
  }
  await new Promise((resolve) => (store.transaction.oncomplete = resolve));
  database.close();
}

/** Runs in every page. It records when the first order of the list is drawn. */
function watchForOrders() {
  new MutationObserver((_, observer) => {
    if (!document.querySelector('[data-testid="order-card"]')) return;
    observer.disconnect();
    requestAnimationFrame(() => performance.mark('calloff:first-order'));
  }).observe(document, { childList: true, subtree: true });
}

/** The rows of starts without a network, until the list of orders is drawn, by their number. */
async function startsWithOrders() {
  const { server, link } = await demoOrganisation();
  const network = await Proxy.open(server.port);
  const tablet = await Tablet.create({ browserType: chromium, network });
  try {
    await firstVisit(tablet, link);
    await tablet.page.getByTestId('order-card').first().waitFor();
    await server.stop();
    network.cut();
    const rows = [];
    for (const count of ORDERS) {
      await tablet.page.evaluate(fillWithOrders, count);
      const starts = [];
      for (let start = 0; start < COLD_STARTS; start++) {
        await tablet.switchOff();
        await tablet.switchOn('/', { runFirst: [watchForOrders] });
        const mark = await tablet.page.waitForFunction(
          () => performance.getEntriesByName('calloff:first-order')[0]?.startTime,
        );
        starts.push(await mark.jsonValue());
      }
      rows.push([`start without a network → list of ${count} orders, median of ${COLD_STARTS}`, ms(percentile(starts, 0.5))]);
    }
    return rows;
  } finally {
    await tablet.dispose();
    await network.close();
    await server.dispose();
  }
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

const ms = (value) => `${value.toFixed(1)} ms`;
const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;
const spread = (values) =>
  [`p50 ${ms(percentile(values, 0.5))}`, `p95 ${ms(percentile(values, 0.95))}`, `max ${ms(Math.max(...values))}`].join(', ');

function wasmSizes() {
  const wasm = readdirSync(DIST).find((name) => name.endsWith('.wasm'));
  return { raw: statSync(join(DIST, wasm)).size, brotli: statSync(join(DIST, `${wasm}.br`)).size };
}

async function measure() {
  const { name, server, link, typed } = await (existsSync(DATA) ? realOrganisation() : demoOrganisation());
  const network = await Proxy.open(server.port);
  const tablet = await Tablet.create({ browserType: chromium, network });
  try {
    const visit = await firstVisit(tablet, link);
    await server.stop();
    network.cut();
    const starts = [];
    for (let start = 0; start < COLD_STARTS; start++) starts.push(await coldStart(tablet, typed[0]));
    const strokes = await keystrokes(tablet.page, typed);
    const wasm = wasmSizes();
    const median = (of) => ms(percentile(starts.map(of), 0.5));
    return [
      ['machine', `${cpus().length} × ${cpus()[0]?.model.trim()}`],
      ['catalogue', name],
      ['WASM, brotli', `${kib(wasm.brotli)} (${kib(wasm.raw)} raw)`],
      ['first visit: the app, as sent', kib(visit.app)],
      ['first visit: enrolment, catalogue and orders, as sent', kib(visit.catalogue)],
      [`cold start without a network → first search result, median of ${COLD_STARTS}`, median(({ result }) => result)],
      ['    of which → catalogue ready', median(({ ready }) => ready)],
      ['    of which chunks in IndexedDB → ready index and search', median(({ index }) => index)],
      [`search: a keystroke → its frame is rendered, ${strokes.length} keystrokes`, spread(strokes)],
    ];
  } finally {
    await tablet.dispose();
    await network.close();
    await server.dispose();
  }
}

function print(title, rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  console.log(`\n${title}`);
  for (const row of rows) console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()}`);
}

const core = await coreRows(process.env.CALLOFF_BENCH_DIR, chromium);
if (core.length > 0) print('The core', [['', 'native', 'Chromium', 'floor'], ...core]);
print('In Chromium', await measure());
print('Orders on a tablet, with the demo organisation', await startsWithOrders());
