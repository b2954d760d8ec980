// The tablet's app and the desk's app in one browser: neither disturbs the other.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ordering from '../support/ordering.mjs';
import { DIST } from '../support/server.mjs';
import { signIn } from '../support/sign-in.mjs';
import { expect, test } from '../support/test.mjs';
import { beforeTwoApps, filesOf, nextDesk, nextVersion } from '../support/versions.mjs';

const versionOf = (page) =>
  page.evaluate(() => document.documentElement.dataset.version ?? 'built');

/** The paths that the service worker of this browser keeps. */
const kept = (page) =>
  page.evaluate(async () => {
    const requests = await (await caches.open('calloff-app')).keys();
    return requests.map(({ url }) => new URL(url).pathname).sort();
  });

const hasWaitingWorker = (page) =>
  page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration()).waiting));

/** Asks for an update of the service worker, as the app does every hour, and waits for it. */
const lookForUpdate = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update();
    await new Promise((resolve) => {
      const worker = registration.installing;
      if (!worker) return resolve();
      worker.addEventListener('statechange', resolve, { once: true });
    });
  });

async function withVersion(making, use) {
  const version = await making;
  try {
    await use(version.folder);
  } finally {
    await version.dispose();
  }
}

test('the desk is its newest version beside a tablet with the worker of the release before', async ({
  server,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  await withVersion(nextVersion(), async (folder) => {
    server.app = folder;
    await server.restart();
    const desk = await tablet.context.newPage();
    await desk.goto(`${tablet.network.origin}/desk/orders`);
    expect(await versionOf(desk)).toBe('next');
    await signIn(desk, { ...server.signIn('Finance'), origin: tablet.network.origin });
    await tablet.page.reload();
    await expect(tablet.page.getByTestId('new-order')).toBeVisible();
    expect(await versionOf(tablet.page)).toBe('built');
    // The worker keeps the tablet's files only. The desk comes over the network and is not kept.
    expect((await kept(desk)).filter((path) => path.startsWith('/desk'))).toEqual([]);
    tablet.network.cut();
    await expect(desk.goto(`${tablet.network.origin}/desk/orders`)).rejects.toThrow();
    await tablet.page.reload();
    await expect(tablet.page.getByTestId('new-order')).toBeVisible();
  });
});

test('a new version of the desk gives a tablet nothing to fetch', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const before = await kept(tablet.page);
  await withVersion(nextDesk(), async (folder) => {
    server.app = folder;
    await server.restart();
    await lookForUpdate(tablet.page);
    expect(await hasWaitingWorker(tablet.page)).toBe(false);
    expect(await kept(tablet.page)).toEqual(before);
  });
  const files = Object.keys(filesOf(await readFile(join(DIST, 'sw.js'), 'utf8')));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((path) => path.startsWith('/desk'))).toEqual([]);
  // Apart from the icons, the desk's page names only the desk's own files.
  const desk = await readFile(join(DIST, 'desk/index.html'), 'utf8');
  const names = desk.matchAll(/(?:href|src|data-js|data-wasm)="([^"]+)"/g);
  const named = [...names].map(([, path]) => path);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !/^\/(desk|icons)\//.test(path))).toEqual([]);
});

test('a browser with the worker of the time before the two apps reaches the desk', async ({
  server,
  newDesk,
}) => {
  await withVersion(beforeTwoApps(), async (folder) => {
    server.app = folder;
    await server.restart();
    const first = await newDesk();
    await first.goto('/desk/sign-in');
    await first.evaluate(async () => {
      await navigator.serviceWorker.register('/sw.js');
      const { active } = await navigator.serviceWorker.ready;
      if (active.state === 'activated') return;
      await new Promise((resolve) => {
        active.addEventListener('statechange', () => active.state === 'activated' && resolve());
      });
    });

    server.app = DIST;
    await server.restart();
    // The worker answers with the page that it kept. That is the desk of the old version, which
    // still works.
    await first.goto('/desk/orders');
    expect(await versionOf(first)).toBe('before');
    await signIn(first, server.signIn('Finance'));
    await lookForUpdate(first);
    await expect.poll(() => hasWaitingWorker(first)).toBe(true);

    // The update takes over when the last page is closed. Then the bookmark opens the desk's own
    // app.
    const context = first.context();
    await first.close();
    const second = await context.newPage();
    await expect(async () => {
      // A page that the old worker answers keeps it. So each try begins without a page.
      await second.goto('about:blank');
      await second.waitForTimeout(500);
      await second.goto('/desk/orders');
      expect(await versionOf(second)).toBe('built');
    }).toPass({ timeout: 30_000 });
    await expect(second.getByTestId('orders-table')).toBeVisible();
  });
});

test('each app leads to the other, and a supplier\'s link leads to neither', async ({
  server,
  newDesk,
  newTablet,
}) => {
  const desk = await newDesk();
  await desk.goto('/');
  await desk.getByTestId('choose-desk').click();
  await expect(desk.getByTestId('sign-in-name')).toBeVisible();
  await desk.getByText('Calloff', { exact: true }).click();
  await expect(desk.getByTestId('choose-tablet')).toBeVisible();

  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const answer = await tablet.page.goto(`${tablet.network.origin}/s/7f3c`);
  expect(answer.fromServiceWorker()).toBe(false);
  expect(answer.status()).toBe(404);
});
