// Tests the tablets and the network of the journeys in Chromium, with a page so small that it can
// hide nothing.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Proxy } from './proxy.mjs';
import { Tablet, photograph } from './tablet.mjs';

const PAGE = '<!doctype html><title>tablet</title><script>addEventListener("load", () => navigator.serviceWorker.register("/sw.js"))</script>ready';
const WORKER = `
addEventListener('install', (event) => event.waitUntil(caches.open('v1').then((cache) => cache.add('/'))));
addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.respondWith(caches.match('/'));
});`;

let server;
let proxy;
let tablets;

test.beforeEach(async () => {
  server = createServer((request, response) => {
    const isWorker = request.url === '/sw.js';
    response.setHeader('Content-Type', isWorker ? 'text/javascript' : 'text/html');
    response.end(isWorker ? WORKER : PAGE);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await Proxy.open(server.address().port);
  tablets = [];
});

test.afterEach(async () => {
  for (const tablet of tablets) await tablet.dispose();
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

async function newTablet(playwright) {
  const tablet = await Tablet.create({ browserType: playwright.chromium, network: proxy });
  tablets.push(tablet);
  await tablet.open();
  return tablet;
}

const fetchStatus = (page) => page.evaluate(() => fetch('/ping').then((answer) => answer.status, () => 'no network'));

test('a cut network fails requests that the browser sends, and restoring it lets them through', async ({ playwright }) => {
  const { page } = await newTablet(playwright);
  expect(await fetchStatus(page)).toBe(200);
  proxy.cut();
  expect(await fetchStatus(page)).toBe('no network');
  proxy.restore();
  expect(await fetchStatus(page)).toBe(200);
});

test('a tablet starts cold from its service worker while the network is cut, and keeps what it stored', async ({ playwright }) => {
  const tablet = await newTablet(playwright);
  await tablet.page.evaluate(() => navigator.serviceWorker.ready);
  await tablet.page.evaluate(() => localStorage.setItem('draft', '12 cases'));
  proxy.cut();
  await tablet.switchOff();
  await tablet.switchOn();
  await expect(tablet.page.locator('body')).toHaveText('ready');
  expect(await tablet.page.evaluate(() => localStorage.getItem('draft'))).toBe('12 cases');
  expect(await fetchStatus(tablet.page)).toBe('no network');
});

test('two tablets share no storage', async ({ playwright }) => {
  const one = await newTablet(playwright);
  const two = await newTablet(playwright);
  await one.page.evaluate(() => localStorage.setItem('draft', 'mine'));
  expect(await two.page.evaluate(() => localStorage.getItem('draft'))).toBe(null);
});

test('a photograph is taken at each size and leaves the page at its own', async ({ playwright }) => {
  const { page } = await newTablet(playwright);
  const before = page.viewportSize();
  await photograph(page, 'harness');
  expect(page.viewportSize()).toEqual(before);
  for (const [width, height] of [[768, 1024], [1024, 768], [1440, 900]]) {
    const file = join(import.meta.dirname, `../screenshots/harness-${width}x${height}.png`);
    expect(existsSync(file)).toBe(true);
    // Width and height are at bytes 16 and 20 of a PNG.
    const png = await readFile(file);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height]);
  }
});
