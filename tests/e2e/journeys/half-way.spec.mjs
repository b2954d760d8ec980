// Connections that break in the middle of a transfer.

import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, test } from '../support/test.mjs';

const LINES = [[MILK, 3], [BREAD, 12], [COFFEE, 2]];

/** Waits until `network` has broken one more connection of the tablet. */
async function breakOnce(tablet, bytes, of) {
  const { network } = tablet;
  const before = network.brokenOff;
  network.resetAfter(bytes, of);
  await tablet.tryNetwork();
  await expect.poll(() => network.brokenOff).toBeGreaterThan(before);
}

test('case 02: a send that fails half-way leaves the order on the tablet and exactly one copy at head office', async ({
  server,
  headOffice,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  await tablet.leaveNetwork();
  const document = await ordering.beginOrder(tablet.page, LINES);
  await ordering.send(tablet.page);
  await ordering.expectState(tablet.page, 'saved');

  await test.step('the request breaks off: head office has nothing, the tablet has it all, also after a restart', async () => {
    for (const bytes of [200, 500, 800]) {
      await breakOnce(tablet, bytes, 'requests');
      expect(await headOffice.ordersSince(before)).toEqual([]);
    }
    await ordering.expectState(tablet.page, 'saved');
    await tablet.switchOff();
    await tablet.switchOn(`/orders/${document}`);
    await ordering.expectState(tablet.page, 'saved');
    for (const [{ item }] of LINES) await expect(ordering.lineOf(tablet.page, item)).toBeVisible();
  });

  await test.step('the answer breaks off: head office has it, the tablet cannot know', async () => {
    await breakOnce(tablet, 300, 'answers');
    await expect.poll(async () => (await headOffice.ordersSince(before)).length).toBe(1);
    await breakOnce(tablet, 300, 'answers');
    await ordering.expectState(tablet.page, 'saved');
  });

  await test.step('the network works again', async () => {
    await tablet.joinNetwork();
    await ordering.expectState(tablet.page, 'accepted', { timeout: 60_000 });
    await ordering.expectAllSent(tablet.page);
    const arrived = await headOffice.ordersSince(before);
    expect(arrived.map((row) => [row.document, row.lines])).toEqual([[document, LINES.length]]);
  });
});

test('case 03: the head or the lines alone never become an order, on the way up and on the way down', async ({
  server,
  headOffice,
  newTablet,
}) => {
  const links = server.enrolmentLinks();
  const before = await headOffice.orders();
  const [kitchen, store] = [await newTablet(), await newTablet()];
  await ordering.enrol(kitchen, links[0], { name: 'Kitchen' });
  await ordering.enrol(store, links[1], { name: 'Store room' });
  await ordering.expectAllSent(store.page);
  await store.leaveNetwork();
  await kitchen.leaveNetwork();
  const document = await ordering.beginOrder(kitchen.page, LINES);
  await ordering.send(kitchen.page);

  await test.step('head office has all of it or nothing, wherever the upload breaks', async () => {
    for (let bytes = 600; bytes <= 1_400; bytes += 200) {
      await breakOnce(kitchen, bytes, 'requests');
      for (const row of await headOffice.ordersSince(before)) expect(row.lines).toBe(LINES.length);
    }
    await kitchen.joinNetwork();
    await ordering.expectState(kitchen.page, 'accepted', { timeout: 60_000 });
  });

  await test.step('the other tablet shows all of it or nothing, wherever the download breaks', async () => {
    await watchCard(store.page, document);
    for (const bytes of [100, 400, 800, 1_200]) await breakOnce(store, bytes, 'answers');
    expect(await shownTitles(store.page)).toEqual([]);
    store.network.limit(4_000);
    await store.joinNetwork();
    await expect(store.page.locator(`[data-testid="order-card"][data-order="${document}"]`)).toBeVisible({ timeout: 60_000 });
    store.network.limit(Infinity);
    expect(await shownTitles(store.page)).toEqual(['Cuppaleaf Beverages, Ovenlea Bread Co. +1']);
  });
  expect((await headOffice.ordersSince(before)).map((row) => row.document)).toEqual([document]);
});

/**
 * Records every title that the order's card shows on the home page. The title names the suppliers
 * of all lines.
 */
async function watchCard(page, document) {
  await page.evaluate((order) => {
    const shown = (window.shownTitles = new Set());
    const note = () => {
      const card = document.querySelector(`[data-testid="order-card"][data-order="${order}"] strong`);
      if (card) shown.add(card.textContent);
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
    note();
  }, document);
}

const shownTitles = (page) => page.evaluate(() => [...window.shownTitles]);
