// The order guide of a site: two tablets edit it without a network, a person settles what both
// changed, and one tablet orders from it.

import { expectAccessible } from '../support/accessibility.mjs';
import { expectFits } from '../support/fits.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, photograph, test } from '../support/test.mjs';

/** Takes a screenshot. Expects that the page fits its window and that it is accessible. */
async function look(page, name) {
  await photograph(page, name);
  await expectFits(page, name);
  await expectAccessible(page, name);
}

/** Opens a page of the tablet through its navigation, as people do. */
async function openGuide(page) {
  await page.locator('nav a[href="/guide"]').click();
  await expect(page.getByTestId('guide-line').first()).toBeVisible();
}

async function setPar(page, item, par) {
  await page.locator(`[data-testid="editor-line"][data-item="${item}"]`).getByTestId('edit-par').click();
  await page.getByTestId('par-1').fill(String(par));
  await page.getByTestId('par-every-day').click();
  await page.getByTestId('par-save').click();
  // The par is far above the earlier ones, so the app asks whether it is right.
  await expect(page.getByTestId('par-far')).toBeVisible();
  await page.getByTestId('par-save').click();
  await expect(page.getByTestId('par-sheet')).toBeHidden();
}

/** Enters the count of an item's line. */
async function count(page, item, onHand) {
  await page.locator(`[data-testid="guide-line"][data-item="${item}"]`).getByTestId('count').click();
  await page.getByTestId('quantity').fill(String(onHand));
  const done = page.getByTestId('count-done');
  await ((await done.count()) ? done : page.getByTestId('count-save')).click();
  await expect(page.getByTestId('count-sheet')).toBeHidden();
}

test('two tablets edit the order guide offline, settle the par that both changed, and order from it without a network', async ({
  server,
  headOffice,
  newTablet,
}) => {
  const links = server.enrolmentLinks();
  const before = await headOffice.orders();
  const [kitchen, store] = [await newTablet(), await newTablet()];
  await ordering.enrol(kitchen, links[0], { name: 'Kitchen', person: 0 });
  await ordering.enrol(store, links[1], { name: 'Store room', person: 1 });
  for (const { page } of [kitchen, store]) await openGuide(page);
  const items = await kitchen.page
    .getByTestId('guide-line')
    .evaluateAll((lines) => lines.slice(0, 2).map((line) => line.dataset.item));
  await look(kitchen.page, 'tablet-guide');

  await test.step('both lose the network; each changes the same par, one adds an area', async () => {
    for (const [tablet, par] of [[kitchen, 4_000], [store, 5_000]]) {
      await tablet.leaveNetwork();
      await tablet.page.getByTestId('edit-guide').click();
      await expect(tablet.page.getByTestId('guide-editor')).toBeVisible();
      await setPar(tablet.page, items[0], par);
    }
    await store.page.getByTestId('area-name').fill('Attic');
    await store.page.getByTestId('area-add').click();
    await expect(store.page.locator('[data-testid="area"][data-name="Attic"]')).toBeVisible();
  });

  await test.step('they meet: both parts are there, the par asks, and a tap settles it', async () => {
    await kitchen.joinNetwork();
    await ordering.expectAllSent(kitchen.page);
    await store.joinNetwork();
    const choice = store.page.locator('[data-testid="conflict-choice"][data-value="5000"]').first();
    await expect(choice).toBeVisible();
    await expect(kitchen.page.locator('[data-testid="area"][data-name="Attic"]')).toBeVisible();
    await expect(kitchen.page.getByTestId('conflict').first()).toBeVisible();
    await look(store.page, 'tablet-site-conflict');
    await choice.click();
    await expect(store.page.getByTestId('conflict')).toHaveCount(0);
    await expect(kitchen.page.getByTestId('conflict')).toHaveCount(0);
    await look(store.page, 'tablet-site');
  });

  const document = await test.step('without a network one counts, and orders what is missing', async () => {
    await kitchen.leaveNetwork();
    const { page } = kitchen;
    await openGuide(page);
    await count(page, items[0], 4_990);
    const line = page.locator(`[data-testid="guide-line"][data-item="${items[0]}"]`);
    await expect(line.getByTestId('suggestion')).toBeVisible();
    await page.reload();
    await expect(line.getByTestId('suggestion')).toBeVisible();
    await look(page, 'tablet-guide-counted');
    await page.getByTestId('order-missing').click();
    await expect(page.getByTestId('basket-line')).toHaveCount(1);
    await ordering.send(page);
    await ordering.expectState(page, 'saved');
    return ordering.documentOf(page);
  });

  await kitchen.joinNetwork();
  await ordering.expectState(kitchen.page, 'accepted');
  const arrived = await headOffice.ordersSince(before);
  expect(arrived.map((row) => row.document)).toEqual([document]);
  const { order } = await headOffice.order(document);
  expect(Object.values(order.lines).map(({ item }) => item)).toEqual([items[0]]);
});
