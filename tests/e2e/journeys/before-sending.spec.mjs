// What a person sees before an order is sent: minimum orders, charges, cut-off times, and prices
// that changed since the person began.

import { expectAccessible } from '../support/accessibility.mjs';
import * as ordering from '../support/ordering.mjs';
import { contract, enrol, line, organisation, publish, today } from '../support/organisation.mjs';
import { Proxy } from '../support/proxy.mjs';
import { Tablet } from '../support/tablet.mjs';
import { expect, test } from '../support/test.mjs';

const CREAM = { typed: 'cream', item: 'cream' };
const FLOUR = { typed: 'flour', item: 'flour' };
const items = {
  cream: 'Cream, double',
  flour: 'Flour, wheat',
  cord: 'Donaudampfschifffahrtsgesellschaftskapitänsmützenkordelhalterung',
};

/**
 * A dairy with a minimum order value of 200, and a mill that charges 7.50 for each order and has its
 * cut-off at a quarter to midnight.
 */
const dairy = (amount, more = {}) =>
  contract('D1', 'dairy', [line('1', 'cream', amount)], { terms: { minimum_order_value: '200' }, ...more });
const mill = contract('M1', 'mill', [line('1', 'flour', '3.00'), line('2', 'cord', '1.00')], {
  terms: {
    delivery_schedule: { weekdays: [1, 2, 3, 4, 5, 6, 7], cut_off: '23:45:00' },
    lead_time_days: 1,
    allowance_charges: [{ kind: 'charge', reason: 'Freight', value: { amount: '7.50' }, per: 'order' }],
  },
});

async function site(playwright, options) {
  const suppliers = { dairy: 'Aldermoor Dairy', mill: 'Brook Mill' };
  const server = await organisation({ items, suppliers, contracts: [dairy('10.00'), mill] });
  const tablet = await Tablet.create({ browserType: playwright.chromium, network: await Proxy.open(server.port), options });
  await enrol(server, tablet, { name: 'Kitchen' });
  return { server, tablet, page: tablet.page, end: () => end(server, tablet) };
}

async function end(server, tablet) {
  expect(tablet.pageErrors).toEqual([]);
  await tablet.dispose();
  await tablet.network.close();
  await server.dispose();
}

test('before sending, a person sees unreached minimum orders, charges, and the last moment to order for the delivery day', async ({ playwright }) => {
  const { page, end } = await site(playwright);
  await ordering.beginOrder(page, [[CREAM, 8], [FLOUR, 10]]);
  await page.getByTestId('send').click();
  const group = (name) => page.getByTestId('send-group').filter({ hasText: name });
  await expect(group('Aldermoor Dairy').getByTestId('below-minimum')).toContainText('120.00');
  await expect(group('Brook Mill').getByTestId('charge')).toContainText(/Freight.*7\.50/);
  await expect(group('Brook Mill').getByTestId('order-by')).toContainText('23:45');
  await expect(page.getByTestId('send-total')).toContainText(/with charges.*117\.50/);
  await expectAccessible(page, 'before sending');
  await end();
});

test('a draft names each line whose price changed, until a person has seen it', async ({ playwright }) => {
  const { server, tablet, page, end } = await site(playwright);
  await ordering.beginOrder(page, [[CREAM, 8], [FLOUR, 10]]);
  await ordering.expectAllSent(page);
  await expect(page.getByTestId('prices-changed')).toHaveCount(0);
  const amendment = { effective_from: today(), reason_code: 'price', rationale: 'New price' };
  await publish(server, { contracts: [dairy('12.50', { version: 2, amendment })] });
  await tablet.leaveNetwork();
  await tablet.joinNetwork();

  const change = page.getByTestId('prices-changed').getByTestId('price-change');
  await expect(change).toHaveCount(1, { timeout: 30_000 });
  await expect(change).toContainText(/Cream.*10\.00.*12\.50.*100\.00/s);
  await page.reload();
  await expect(change).toHaveCount(1);
  await page.getByTestId('send').click();
  await expect(page.getByTestId('send-prices-changed').getByTestId('price-change')).toHaveCount(1);
  await page.goBack();
  await page.getByTestId('prices-understood').click();
  await expect(change).toHaveCount(0);
  await page.reload();
  await expect(page.getByTestId('send')).toBeEnabled();
  await expect(change).toHaveCount(0);
  await end();
});

test('a long word of an item’s name breaks instead of running under its price on a phone', async ({ playwright }) => {
  const { page, end } = await site(playwright, { viewport: { width: 390, height: 844 } });
  await page.getByTestId('new-order').click();
  const isTooWide = () => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  await ordering.search(page, 'donaudampf', 'cord');
  expect(await isTooWide()).toBe(false);
  await ordering.addItem(page, { typed: 'donaudampf', item: 'cord' }, 2);
  await page.getByTestId('view-order').click();
  await expect(page.getByTestId('basket-line')).toHaveCount(1);
  expect(await isTooWide()).toBe(false);
  const [name, quantity] = await Promise.all([
    page.locator('.line-name').first().boundingBox(),
    page.getByTestId('line-quantity').boundingBox(),
  ]);
  expect(name.x + name.width).toBeLessThanOrEqual(quantity.x);
  // The foot is one row.
  const foot = await page.locator('.send-bar').boundingBox();
  expect(foot.height).toBeLessThan(90);
  await end();
});
