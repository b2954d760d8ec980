// Several tabs of one tablet: one tab leads, the others work through it, and a person may close any
// of them.

import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { watchErrors } from '../support/tablet.mjs';
import { expect, test } from '../support/test.mjs';

/** Opens another tab of the same browser at a path of the app. */
async function openTab(tablet, path) {
  const page = await tablet.context.newPage();
  watchErrors(page, tablet.pageErrors);
  await page.goto(new URL(path, tablet.network.origin).href);
  return page;
}

const chip = (page) => page.getByTestId('sync-chip');

test('two tabs work on one order, whichever leads, and the order goes out once', async ({ server, headOffice, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  const first = tablet.page;
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const document = await ordering.beginOrder(first, [[MILK, 5]]);
  await ordering.expectAllSent(first);
  const second = await openTab(tablet, `/orders/${document}`);
  await ordering.expectQuantity(second, MILK.item, 5);
  await ordering.expectAllSent(second);

  await test.step('what is done in the one that follows is in both, and counted in both', async () => {
    await tablet.leaveNetwork();
    await ordering.setQuantity(second, MILK.item, 7);
    await ordering.expectQuantity(first, MILK.item, 7);
    for (const page of [first, second]) {
      await expect(chip(page)).toHaveAttribute('data-unsent', '1');
      await expect(chip(page)).toHaveAttribute('data-state', 'offline');
    }
    await ordering.setQuantity(first, MILK.item, 8);
    await ordering.expectQuantity(second, MILK.item, 8);
  });

  await test.step('the one that leads is closed while the other hands something over', async () => {
    await second.getByTestId('add-items').click();
    await (await ordering.search(second, BREAD.typed, BREAD.item)).click();
    await second.getByTestId('quantity').fill('12');
    await Promise.all([second.getByTestId('add').click(), first.close()]);
    await expect(second.getByTestId('item-sheet')).toBeHidden();
    await ordering.addItem(second, COFFEE, 2);
    await second.getByTestId('view-order').click();
    await expect(second.getByTestId('basket-line')).toHaveCount(3);
  });

  await test.step('the one that is left talks to the server', async () => {
    await tablet.joinNetwork();
    await ordering.expectAllSent(second, { timeout: 60_000 });
    const third = await openTab(tablet, `/orders/${document}`);
    await ordering.send(third);
    await ordering.expectState(third, 'accepted', { timeout: 60_000 });
    await ordering.expectState(second, 'accepted');
    const arrived = await headOffice.ordersSince(before);
    expect(arrived.map((row) => [row.document, row.lines])).toEqual([[document, 3]]);
    const { order } = await headOffice.order(document);
    const quantities = Object.values(order.lines).map(({ item, quantity }) => [item, quantity.value]);
    expect(quantities.sort()).toEqual([[BREAD.item, '12'], [COFFEE.item, '2'], [MILK.item, '8']]);
  });
});

test('work that a tab hands to a sleeping tab is done once, by the next tab that leads', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  const first = tablet.page;
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const document = await ordering.beginOrder(first, [[MILK, 5]]);
  await ordering.expectAllSent(first);
  const second = await openTab(tablet, `/orders/${document}`);
  const third = await openTab(tablet, `/orders/${document}`);
  await ordering.expectQuantity(third, MILK.item, 5);

  const devtools = await tablet.context.newCDPSession(first);
  await devtools.send('Debugger.enable');
  await devtools.send('Debugger.pause');
  const asleep = first.evaluate(() => 0).catch(() => {});
  await ordering.lineOf(third, MILK.item).getByTestId('line-quantity').click();
  await third.getByTestId('quantity').fill('9');
  await third.getByTestId('add').click();
  await expect(third.getByTestId('notices')).toContainText('Another tab');
  await devtools.send('Page.enable').catch(() => {});
  await first.close();
  await asleep;
  // The second tab leads now. The third tab sends its work through it.
  await ordering.expectQuantity(third, MILK.item, 9);
  await ordering.expectQuantity(second, MILK.item, 9);
  await expect(third.getByTestId('notices')).not.toContainText('Another tab');
  await ordering.expectAllSent(third, { timeout: 60_000 });
});
