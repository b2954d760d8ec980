// The app reports data that was damaged in its storage or on the way, and repairs it.

import { BREAD, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { alterAnswer, alterPush } from '../support/packed.mjs';
import { breakDisk, damageDocument } from '../support/storage.mjs';
import { expect, test } from '../support/test.mjs';

test('case 05: an order that was damaged on the disk raises an alert and comes back with what was not sent', async ({
  server,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const document = await ordering.beginOrder(tablet.page, [[MILK, 5]]);
  await ordering.expectAllSent(tablet.page);
  await tablet.leaveNetwork();
  await tablet.page.getByTestId('add-items').click();
  await ordering.addItem(tablet.page, BREAD, 12);
  await expect(tablet.page.getByTestId('sync-chip')).not.toHaveAttribute('data-unsent', '0');

  await damageDocument(tablet.page, document);
  await tablet.switchOff();
  tablet.network.cut();
  await tablet.switchOn();
  await expect(tablet.page.getByTestId('notices')).toContainText('cannot be read');
  await tablet.joinNetwork();
  await ordering.openOrder(tablet.page, document, { timeout: 60_000 });
  await ordering.expectQuantity(tablet.page, MILK.item, 5);
  await ordering.expectQuantity(tablet.page, BREAD.item, 12);
  await ordering.expectAllSent(tablet.page);
});

test('a change that the disk did not store is reported as not saved, and is neither shown nor sent afterwards', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const document = await ordering.beginOrder(page, [[MILK, 5]]);
  await ordering.expectAllSent(page);

  const mendDisk = await breakDisk(page);
  await ordering.lineOf(page, MILK.item).getByTestId('line-quantity').click();
  await page.getByTestId('quantity').fill('8');
  await page.getByTestId('add').click();
  await expect(page.getByTestId('notices')).toContainText('Not saved');
  await tablet.tryNetwork();
  await mendDisk();
  await tablet.tryNetwork();
  await ordering.expectAllSent(page);
  // At its start the tablet fetches head office's copy of the order.
  await tablet.switchOff();
  await tablet.switchOn(`/orders/${document}`);
  await ordering.expectAllSent(tablet.page);
  await ordering.expectQuantity(tablet.page, MILK.item, 5);
});

/** Overwrites the second half of the bytes of one pulled order. */
const damageOrder = (document) => (bytes) =>
  alterAnswer(bytes, ({ documents }, rows) => {
    const place = documents.findIndex(({ id }) => id === document);
    if (place >= 0) rows[place].fill(0, rows[place].length >> 1);
  });

test('case 05: an order that cannot be merged raises an alert, and the other orders arrive', async ({
  server,
  tampering,
  newTablet,
}) => {
  const links = server.enrolmentLinks();
  const [kitchen, store] = [await newTablet(), await newTablet()];
  await ordering.enrol(kitchen, links[0], { name: 'Kitchen' });
  await ordering.enrol(store, links[1], { name: 'Store room' });
  await store.leaveNetwork();
  const damaged = await ordering.beginOrder(kitchen.page, [[MILK, 5]]);
  await kitchen.open('/');
  const whole = await ordering.beginOrder(kitchen.page, [[BREAD, 12]]);
  await ordering.expectAllSent(kitchen.page);

  tampering.alter(/^\/api\/sync\/pull/, damageOrder(damaged));
  store.network.retarget(tampering.port);
  await store.joinNetwork();
  await expect(store.page.locator(`[data-testid="order-card"][data-order="${whole}"]`)).toBeVisible({ timeout: 60_000 });
  await expect(store.page.getByTestId('notices')).toContainText('cannot be read');
  await expect(store.page.locator(`[data-testid="order-card"][data-order="${damaged}"]`)).toHaveCount(0);

  await test.step('it is fetched again, and merged once it can be', async () => {
    tampering.alter(undefined);
    await store.switchOff();
    await store.switchOn();
    await ordering.openOrder(store.page, damaged, { timeout: 60_000 });
    await ordering.expectQuantity(store.page, MILK.item, 5);
  });
});

test('an order whose changes head office refused says so, also after a restart, and a person can send it again', async ({
  server,
  headOffice,
  tampering,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  await ordering.expectAllSent(tablet.page);
  await tablet.leaveNetwork();
  const document = await ordering.beginOrder(tablet.page, [[MILK, 5]]);
  await ordering.send(tablet.page);
  await ordering.expectState(tablet.page, 'saved');

  // The proxy overwrites the second half of the changes to this order. So head office refuses them
  // each time. It passes a request on when its `way` is free.
  let way = Promise.resolve();
  const damage = async (body) => {
    await way;
    return alterPush(body, (id, rows) => id === document && rows.fill(0, rows.length >> 1));
  };
  tampering.alterRequest(/^\/api\/sync\/push/, damage);
  tablet.network.retarget(tampering.port);
  await tablet.joinNetwork();
  const notice = () => tablet.page.getByTestId('held-back');
  await expect(notice()).toBeVisible({ timeout: 60_000 });
  expect(await headOffice.ordersSince(before)).toEqual([]);

  await test.step('other orders go out meanwhile', async () => {
    await tablet.open('/');
    await ordering.beginOrder(tablet.page, [[BREAD, 12]]);
    await ordering.send(tablet.page);
    await ordering.expectState(tablet.page, 'accepted', { timeout: 60_000 });
  });

  await test.step('trying again while nothing has changed says the same again', async () => {
    await tablet.switchOff();
    await tablet.switchOn(`/orders/${document}`);
    await expect(notice()).toBeVisible();
    // The refusal may otherwise come before the browser is asked whether the notice is hidden.
    let free;
    way = new Promise((resolve) => (free = resolve));
    await tablet.page.getByTestId('try-again').click();
    await expect(notice()).toBeHidden();
    free();
    await expect(notice()).toBeVisible({ timeout: 60_000 });
  });

  await test.step('once the way is free it goes out, whole and once', async () => {
    tampering.alterRequest(undefined);
    await tablet.page.getByTestId('try-again').click();
    await expect(notice()).toBeHidden();
    await ordering.expectState(tablet.page, 'accepted', { timeout: 60_000 });
    expect((await headOffice.ordersSince(before)).length).toBe(2);
    const { order } = await headOffice.order(document);
    expect(Object.values(order.lines).map(({ item }) => item)).toEqual([MILK.item]);
  });
});
