// A tablet whose clock ran ahead uses an announced release too early. The tablet goes back to the
// release in force, at the latest when head office withdraws the announced one, and says so.

import { shiftClock } from '../support/clocks.mjs';
import * as ordering from '../support/ordering.mjs';
import { contract, enrol, line, organisation, publish, today } from '../support/organisation.mjs';
import { Proxy } from '../support/proxy.mjs';
import { keptReleases } from '../support/storage.mjs';
import { Tablet } from '../support/tablet.mjs';
import { expect, test } from '../support/test.mjs';

const DAY = 24 * 60 * 60 * 1000;
const CREAM = { typed: 'cream', item: 'cream' };
const dairy = (amount, more = {}) => contract('D1', 'dairy', [line('1', 'cream', amount)], more);

async function announced(playwright) {
  const server = await organisation({
    items: { cream: 'Cream, double' }, suppliers: { dairy: 'Aldermoor Dairy' }, contracts: [dairy('10.00')],
  });
  const network = await Proxy.open(server.port);
  const tablet = await Tablet.create({ browserType: playwright.chromium, network });
  await enrol(server, tablet, { name: 'Kitchen' });
  const tomorrow = new Date(Date.parse(today()) + DAY).toISOString().slice(0, 10);
  const amendment = { effective_from: tomorrow, reason_code: 'price', rationale: 'New price' };
  await publish(server, { contracts: [dairy('12.50', { version: 2, amendment })] }, { effective: tomorrow });
  await tablet.leaveNetwork();
  await tablet.joinNetwork();
  await expect.poll(() => keptReleases(tablet.page), { timeout: 60_000 }).toBe(2);
  const end = async () => {
    expect(tablet.pageErrors).toEqual([]);
    await tablet.dispose();
    await network.close();
    await server.dispose();
  };
  return { server, tablet, end };
}

/**
 * Starts the tablet without a network and with a clock that is two days ahead. Expects the
 * announced price.
 */
async function startAhead(tablet) {
  await tablet.switchOff();
  tablet.network.cut();
  await tablet.switchOn('/', { runFirst: [shiftClock, 2 * DAY] });
  await tablet.page.getByTestId('new-order').click();
  await expect(await ordering.search(tablet.page, CREAM.typed, CREAM.item)).toContainText('12.50');
}

test('a withdrawn release gives way to the one in force, and the tablet says so', async ({ playwright }) => {
  const { server, tablet, end } = await announced(playwright);
  await startAhead(tablet);
  const { code, stderr } = await server.run('withdraw', 'release', '2', '--reason', 'not agreed after all');
  expect(code, stderr).toBe(0);
  const { page } = tablet;
  await tablet.joinNetwork();
  await expect(page.getByTestId('notices')).toContainText('took back the prices', { timeout: 60_000 });
  await expect(await ordering.search(page, CREAM.typed, CREAM.item)).toContainText('10.00');
  await ordering.addItem(page, CREAM, 2);
  await page.getByTestId('view-order').click();
  await ordering.send(page);
  await ordering.expectState(page, 'accepted', { timeout: 60_000 });
  await end();
});

test('a release that has not begun gives way as soon as head office says what time it is', async ({ playwright }) => {
  const { tablet, end } = await announced(playwright);
  await startAhead(tablet);
  const { page } = tablet;
  await tablet.joinNetwork();
  await expect(page.getByTestId('sync-chip')).toContainText('ahead', { timeout: 60_000 });
  await expect(page.getByTestId('result').first()).toContainText('10.00', { timeout: 60_000 });
  await ordering.addItem(page, CREAM, 2);
  await page.getByTestId('view-order').click();
  await ordering.send(page);
  await ordering.expectState(page, 'accepted', { timeout: 60_000 });
  await end();
});
