// Two tablets of one site work on the same draft (case 01).

import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, photograph, test } from '../support/test.mjs';
import { expectAccessible } from '../support/accessibility.mjs';

/** An idle tablet asks for news every 20 seconds, and at once when its network comes back. */
async function askForNews(tablet) {
  await tablet.leaveNetwork();
  await tablet.joinNetwork();
}

/**
 * The tablets of the kitchen and of the store room of one site. At each of them a person has signed
 * in.
 */
async function twoTablets(server, newTablet) {
  const links = server.enrolmentLinks();
  const [kitchen, store] = [await newTablet(), await newTablet()];
  await ordering.enrol(kitchen, links[0], { name: 'Kitchen', person: 0 });
  await ordering.enrol(store, links[1], { name: 'Store room', person: 1 });
  return [kitchen, store];
}

test('case 01: two tablets edit one draft offline, both sets of lines survive, and a quantity both set is settled by a tap', async ({
  server,
  headOffice,
  newTablet,
}) => {
  const links = server.enrolmentLinks();
  expect(links[0].site).toBe(links[1].site);
  const before = await headOffice.orders();
  const [kitchen, store] = [await newTablet(), await newTablet()];
  const ana = await ordering.enrol(kitchen, links[0], { name: 'Kitchen', person: 0 });

  const [document, ben] = await test.step('a draft that both know', async () => {
    const document = await ordering.beginOrder(kitchen.page, [[MILK, 5]]);
    await ordering.expectAllSent(kitchen.page);
    const ben = await ordering.enrol(store, links[1], { name: 'Store room', person: 1 });
    await ordering.openOrder(store.page, document);
    await ordering.expectQuantity(store.page, MILK.item, 5);
    return [document, ben];
  });

  await test.step('both lose the network and edit', async () => {
    await kitchen.leaveNetwork();
    await store.leaveNetwork();
    for (const [{ page }, article, count, milk] of [[kitchen, BREAD, 12, 12], [store, COFFEE, 2, 8]]) {
      await ordering.setQuantity(page, MILK.item, milk);
      await page.getByTestId('add-items').click();
      await ordering.addItem(page, article, count);
      await page.getByTestId('view-order').click();
      await expect(page.getByTestId('basket-line')).toHaveCount(2);
    }
  });

  await test.step('one after the other comes back: all lines are there, and the quantity asks', async () => {
    await kitchen.joinNetwork();
    await ordering.expectAllSent(kitchen.page);
    await store.joinNetwork();
    await expect(store.page.getByTestId('basket-line')).toHaveCount(3);
    await ordering.expectAllSent(store.page);
    await askForNews(kitchen);
    for (const { page } of [store, kitchen]) {
      const conflict = ordering.lineOf(page, MILK.item).getByTestId('conflict');
      await expect(conflict).toBeVisible();
      await expect(page.getByTestId('basket-line')).toHaveCount(3);
      for (const [person, quantity] of [[ana, 12], [ben, 8]]) {
        const choice = conflict.locator(`[data-testid="conflict-choice"][data-value="${quantity}"]`);
        await expect(choice).toContainText(person);
        await expect(choice).toContainText(/\d{1,2}:\d{2}/);
      }
      await expect(page.getByTestId('send')).toBeDisabled();
    }
    await expectAccessible(store.page, 'a conflict');
    await photograph(store.page, 'tablet-conflict');
    expect(ana).not.toBe(ben);
  });

  await test.step('a tap settles it, and the order goes out once', async () => {
    await store.page.locator('[data-testid="conflict-choice"][data-value="12"]').click();
    await expect(store.page.getByTestId('conflict')).toHaveCount(0);
    await ordering.expectQuantity(store.page, MILK.item, 12);
    await ordering.send(store.page);
    await ordering.expectState(store.page, 'accepted');
    await askForNews(kitchen);
    await ordering.expectState(kitchen.page, 'accepted');
  });

  const arrived = await headOffice.ordersSince(before);
  expect(arrived.map((row) => [row.document, row.submitted_by])).toEqual([[document, ben]]);
  const { order } = await headOffice.order(document);
  const quantities = Object.values(order.lines).map(({ item, quantity }) => [item, quantity.value]);
  expect(quantities.sort()).toEqual([[BREAD.item, '12'], [COFFEE.item, '2'], [MILK.item, '12']]);
});

test('a change on one tablet is on the other within seconds, and a tablet that waits for an answer says connecting', async ({
  server,
  newTablet,
}) => {
  const [kitchen, store] = await twoTablets(server, newTablet);
  await ordering.expectAllSent(store.page);
  // This is far less than the 20 seconds after which an idle tablet asks for news.
  const told = { timeout: 10_000 };
  for (const count of [1, 2]) {
    await kitchen.open('/');
    const document = await ordering.beginOrder(kitchen.page, [[MILK, count]]);
    const card = store.page.locator(`[data-testid="order-card"][data-order="${document}"]`);
    await ordering.expectAllSent(kitchen.page);
    await expect(card).toBeVisible(told);
  }

  await store.switchOff();
  store.network.stall();
  await store.switchOn();
  await expect(store.page.getByTestId('sync-chip')).toHaveAttribute('data-state', 'connecting');
  store.network.restore();
  await ordering.expectAllSent(store.page);
});

test('case 05: a change that was not applied as it was made is named, and is shown again until somebody closes it', async ({
  server,
  newTablet,
}) => {
  const [kitchen, store] = await twoTablets(server, newTablet);
  const document = await ordering.beginOrder(kitchen.page, [[MILK, 5]]);
  await ordering.expectAllSent(kitchen.page);
  await store.open(`/orders/${document}`);
  await ordering.expectQuantity(store.page, MILK.item, 5);
  await store.leaveNetwork();
  await ordering.setQuantity(store.page, MILK.item, 8);
  await store.page.getByTestId('add-items').click();
  await ordering.addItem(store.page, COFFEE, 2);
  await ordering.send(kitchen.page);
  await ordering.expectState(kitchen.page, 'accepted', { timeout: 60_000 });

  await store.joinNetwork();
  // `store.page` is another page after each start.
  const notices = () => store.page.getByTestId('notices').getByRole('listitem');
  const expectTold = async () => {
    await expect(notices()).toHaveCount(2, { timeout: 60_000 });
    await expect(notices().filter({ hasText: 'in a new draft' })).toHaveCount(1);
    const quantity = notices().filter({ hasText: 'the quantity 8 was not taken. The order had been sent already' });
    await expect(quantity).toContainText(/milk/i);
  };
  await expectTold();
  await photograph(store.page, 'tablet-told');
  await store.switchOff();
  await store.switchOn();
  await expectTold();
  for (const left of [1, 0]) {
    await notices().first().getByRole('button', { name: 'Dismiss' }).click();
    await expect(notices()).toHaveCount(left);
  }
  await store.switchOff();
  await store.switchOn();
  await ordering.expectAllSent(store.page);
  await expect(notices()).toHaveCount(0);
});
