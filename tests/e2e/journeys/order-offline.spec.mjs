// One order, made without a server and a network. The tablet keeps it when the page is reloaded and
// when the tablet starts again.

import { BREAD, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, test } from '../support/test.mjs';

/**
 * After several failed attempts a tablet waits longer before the next one; see the app's back-off.
 */
const BY_ITSELF = { timeout: 60_000 };

// `make test` runs this journey on PostgreSQL, too.
test('order offline across a restart of the server and a reload of the page', { tag: '@core' }, async ({ server, headOffice, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  const person = await ordering.enrol(tablet, link, { name: 'Kitchen' });

  await test.step('the server stops and the network is cut', async () => {
    await server.stop();
    tablet.network.cut();
  });

  const document = await test.step('search, see why, and order without either', async () => {
    const { page } = tablet;
    await page.getByTestId('new-order').click();
    const result = await ordering.search(page, MILK.typed, MILK.item);
    await expect(result.getByTestId('result-price')).toContainText('GBP');
    await result.click();
    await page.getByTestId('why').click();
    await expect(page.locator('[data-testid="explanation-row"][data-rank="1"]')).toHaveCount(1);
    await page.getByTestId('quantity').fill('5');
    await page.getByTestId('add').click();
    await expect(page.getByTestId('view-order')).toBeVisible();
    await ordering.addItem(page, BREAD, 12);
    await page.getByTestId('view-order').click();
    await expect(page.getByTestId('basket-line')).toHaveCount(2);
    return ordering.documentOf(page);
  });
  const total = await tablet.page.getByTestId('order-total').innerText();

  const expectDraft = async () => {
    await ordering.expectQuantity(tablet.page, MILK.item, 5);
    await ordering.expectQuantity(tablet.page, BREAD.item, 12);
    await expect(tablet.page.getByTestId('order-total')).toHaveText(total);
    await expect(tablet.page.getByTestId('sync-chip')).not.toHaveAttribute('data-unsent', '0');
  };
  await test.step('the page is reloaded', async () => {
    await tablet.page.reload();
    await expectDraft();
  });
  await test.step('the tablet is switched off and on', async () => {
    await tablet.switchOff();
    await tablet.switchOn();
    await ordering.openOrder(tablet.page, document);
    await expectDraft();
  });

  await test.step('the order is sent, and waits on the tablet over another start', async () => {
    await ordering.send(tablet.page);
    await ordering.expectState(tablet.page, 'saved');
    await tablet.switchOff();
    await tablet.switchOn(`/orders/${document}`);
    await ordering.expectState(tablet.page, 'saved');
  });

  await test.step('the server starts again, and the order arrives by itself', async () => {
    await server.start();
    expect(await headOffice.ordersSince(before)).toEqual([]);
    tablet.network.restore();
    await ordering.expectState(tablet.page, 'accepted', BY_ITSELF);
    await ordering.expectAllSent(tablet.page);
    await expect(tablet.page.getByTestId('purchase-order-number').first()).toBeVisible();
  });

  await test.step('head office has it once, as it was ordered', async () => {
    const arrived = await headOffice.ordersSince(before);
    expect(arrived.map((row) => row.document)).toEqual([document]);
    expect(arrived[0]).toMatchObject({ submitted_by: person, device_name: 'Kitchen', stage: 'accepted', lines: 2 });
    const { order } = await headOffice.order(document);
    const quantities = Object.values(order.lines).map(({ item, quantity }) => [item, quantity.value]);
    expect(quantities.sort()).toEqual([[BREAD.item, '12'], [MILK.item, '5']]);
    const numbers = await tablet.page.getByTestId('purchase-order-number').allInnerTexts();
    expect(numbers.sort()).toEqual(order.server.purchase_orders.map(({ number }) => number).sort());
  });
});

test('case 04: a reply that is lost duplicates neither the order nor its lines', async ({ server, headOffice, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const document = await ordering.beginOrder(page, [[MILK, 3], [BREAD, 6]]);
  await ordering.expectAllSent(page);

  tablet.network.loseReplies();
  await ordering.send(page);
  // The server has the order and has answered, but the answer did not reach the tablet.
  await expect.poll(async () => (await headOffice.ordersSince(before)).length).toBe(1);
  await ordering.expectState(page, 'saved');
  await tablet.switchOff();
  await tablet.switchOn(`/orders/${document}`);
  await ordering.expectState(tablet.page, 'saved');

  tablet.network.restore();
  await ordering.expectState(tablet.page, 'accepted', BY_ITSELF);
  const arrived = await headOffice.ordersSince(before);
  expect(arrived.map((row) => [row.document, row.lines])).toEqual([[document, 2]]);
  const { order } = await headOffice.order(document);
  const quantities = Object.values(order.lines).map(({ item, quantity }) => [item, quantity.value]);
  expect(quantities.sort()).toEqual([[BREAD.item, '6'], [MILK.item, '3']]);
});
