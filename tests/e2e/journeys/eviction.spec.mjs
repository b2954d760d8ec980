// The browser deletes what the tablet has stored.

import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { evict, evictWhileClosed } from '../support/storage.mjs';
import { expect, photograph, test } from '../support/test.mjs';

test('case 20: a running tablet stores everything again after the browser deleted its storage, and nothing is lost', async ({
  server,
  headOffice,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const sent = await ordering.beginOrder(tablet.page, [[MILK, 5]]);
  await ordering.expectAllSent(tablet.page);
  await tablet.leaveNetwork();
  await tablet.page.getByRole('link', { name: 'Home' }).click();
  const unsent = await ordering.beginOrder(tablet.page, [[BREAD, 12]]);

  await evict(tablet.page);
  await tablet.page.getByTestId('add-items').click();
  await ordering.addItem(tablet.page, COFFEE, 2);
  await expect(tablet.page.getByTestId('notices')).toContainText('Orders and settings were stored again');
  await tablet.switchOff();
  tablet.network.cut();
  await tablet.switchOn();
  const card = (document) => tablet.page.locator(`[data-testid="order-card"][data-order="${document}"]`);
  await expect(card(unsent)).toContainText('2 items');
  await expect(card(sent)).toContainText('1 item');

  await tablet.joinNetwork();
  await card(unsent).click();
  // The tablet also downloads the catalogue again.
  await expect(tablet.page.getByTestId('send')).toBeEnabled({ timeout: 60_000 });
  await ordering.expectQuantity(tablet.page, BREAD.item, 12);
  await ordering.expectQuantity(tablet.page, COFFEE.item, 2);
  await ordering.send(tablet.page);
  await ordering.expectState(tablet.page, 'accepted', { timeout: 60_000 });
  expect((await headOffice.ordersSince(before)).map((row) => [row.document, row.lines])).toEqual([[unsent, 2]]);
});

test('case 20: an idle tablet notices by itself that its storage is gone, and stores everything again', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  await tablet.leaveNetwork();
  const unsent = await ordering.beginOrder(tablet.page, [[MILK, 5]]);
  await evict(tablet.page);
  await tablet.tryNetwork();
  await expect(tablet.page.getByTestId('notices')).toContainText('Orders and settings were stored again');
  await tablet.switchOff();
  await tablet.switchOn();
  await expect(tablet.page.locator(`[data-testid="order-card"][data-order="${unsent}"]`)).toContainText('1 item');
});

test('case 20: after an eviction the tablet says what is lost, which is nothing that was acknowledged, and heals', async ({
  server,
  headOffice,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const document = await ordering.beginOrder(tablet.page, [[MILK, 5]]);
  await ordering.expectAllSent(tablet.page);
  await tablet.leaveNetwork();
  await tablet.page.getByTestId('add-items').click();
  await ordering.addItem(tablet.page, COFFEE, 2);

  await evictWhileClosed(tablet);
  tablet.network.cut();
  await tablet.switchOn();
  await expect(tablet.page.getByTestId('notices')).toContainText(/not sent are lost: 1, the first of \d/);
  await photograph(tablet.page, 'tablet-evicted');
  await tablet.joinNetwork();
  await ordering.openOrder(tablet.page, document, { timeout: 60_000 });
  await ordering.expectQuantity(tablet.page, MILK.item, 5);
  await expect(tablet.page.getByTestId('basket-line')).toHaveCount(1);

  await test.step('it is not locked out: it writes on the order that it began before', async () => {
    await tablet.page.getByTestId('add-items').click();
    await ordering.addItem(tablet.page, BREAD, 12);
    await tablet.page.getByTestId('view-order').click();
    await ordering.send(tablet.page);
    await ordering.expectState(tablet.page, 'accepted', { timeout: 60_000 });
    expect((await headOffice.ordersSince(before)).map((row) => [row.document, row.lines])).toEqual([[document, 2]]);
  });

  await test.step('a second eviction, with everything sent, loses nothing', async () => {
    await ordering.expectAllSent(tablet.page);
    await evictWhileClosed(tablet);
    await tablet.switchOn();
    await expect(tablet.page.getByTestId('notices')).toContainText('Nothing is lost');
    await expect(tablet.page.locator(`[data-testid="order-card"][data-order="${document}"]`)).toBeVisible({ timeout: 60_000 });
  });
});
