// Drafts: who owns a draft, which draft an item goes to, and how a draft is discarded.

import { expectAccessible } from '../support/accessibility.mjs';
import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, test } from '../support/test.mjs';

/**
 * The tablets of the kitchen and of the store room of one site. At each of them a person has signed
 * in.
 */
async function twoTablets(server, newTablet) {
  const links = server.enrolmentLinks();
  const [kitchen, store] = [await newTablet(), await newTablet()];
  const ana = await ordering.enrol(kitchen, links[0], { name: 'Kitchen', person: 0 });
  const ben = await ordering.enrol(store, links[1], { name: 'Store room', person: 1 });
  return { kitchen, store, ana, ben };
}

const rowOf = (page, document) => page.locator(`[data-testid="order-card"][data-order="${document}"]`);

/** Opens the guide and makes its line number `at` short, also if some of the item is on order. */
async function makeShort(page, at) {
  await page.locator('nav a[href="/guide"]').click();
  const line = page.getByTestId('guide-line').nth(at);
  const item = await line.getAttribute('data-item');
  await page.getByTestId('edit-guide').click();
  await page.locator(`[data-testid="editor-line"][data-item="${item}"]`).getByTestId('edit-par').click();
  await page.getByTestId('par-1').fill('5000');
  await page.getByTestId('par-every-day').click();
  await page.getByTestId('par-save').click();
  // The par is far above the earlier ones, so the app asks whether it is right.
  await expect(page.getByTestId('par-far')).toContainText('5,000');
  await page.getByTestId('par-save').click();
  await expect(page.getByTestId('par-sheet')).toBeHidden();
  await page.locator('nav a[href="/guide"]').click();
  await line.getByTestId('count').click();
  await page.getByTestId('quantity').fill('4900');
  const done = page.getByTestId('count-done');
  await ((await done.count()) ? done : page.getByTestId('count-save')).click();
  await expect(page.getByTestId('order-missing')).toBeVisible();
}

test('lines of the guide never go to another person’s draft, and to one’s own only if it is chosen or was chosen before', async ({
  server,
  newTablet,
}) => {
  const { kitchen, store, ben } = await twoTablets(server, newTablet);
  const foreign = await ordering.beginOrder(kitchen.page, [[MILK, 5]]);
  await ordering.expectAllSent(kitchen.page);
  await expect(rowOf(store.page, foreign)).toBeVisible();

  const { page } = store;
  await test.step('somebody else has a draft: a new one begins', async () => {
    await makeShort(page, 0);
    await page.getByTestId('order-missing').click();
    await expect(page.getByTestId('basket-line')).toHaveCount(1);
    expect(ordering.documentOf(page)).not.toBe(foreign);
  });
  const first = ordering.documentOf(page);

  await test.step('it is the one for the guide from then on', async () => {
    await makeShort(page, 1);
    await page.getByTestId('order-missing').click();
    await expect(page.getByTestId('basket-line')).toHaveCount(2);
    expect(ordering.documentOf(page)).toBe(first);
    await page.getByTestId('discard').click();
    await expect(page.getByTestId('new-order')).toBeVisible();
  });

  await test.step('one’s own draft of something else is asked about', async () => {
    const own = await ordering.beginOrder(page, [[COFFEE, 2]]);
    await makeShort(page, 2);
    await page.getByTestId('order-missing').click();
    await expect(page.getByTestId('choose-order')).toHaveCount(1);
    await expectAccessible(page, 'the question to which order');
    await page.locator(`[data-testid="choose-order"][data-order="${own}"]`).click();
    // The items of the discarded draft are short again.
    await expect(page.getByTestId('basket-line')).toHaveCount(4);
    expect(ordering.documentOf(page)).toBe(own);
  });

  await ordering.expectAllSent(page);
  await kitchen.open(`/orders/${foreign}`);
  await expect(kitchen.page.getByTestId('basket-line')).toHaveCount(1);
  expect(ben).toBeTruthy();
});

test('Find continues with the open order; Back closes what is over the page and keeps the search', async ({ server, newTablet }) => {
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, server.enrolmentLinks()[0], { name: 'Kitchen' });
  await page.getByTestId('new-order').click();
  await ordering.addItem(page, MILK, 5);
  await test.step('what was typed for the first item is typed over', async () => {
    await expect(page.getByTestId('search-box')).toHaveValue(MILK.typed);
    await expect(page.getByTestId('search-box')).toBeFocused();
    const selected = (field) => [field.selectionStart, field.selectionEnd];
    await expect.poll(() => page.getByTestId('search-box').evaluate(selected)).toEqual([0, MILK.typed.length]);
  });
  await page.getByTestId('view-order').click();
  const document = ordering.documentOf(page);
  const find = page.locator('nav').getByRole('link', { name: 'Find' });

  await test.step('from the order, and from home after it', async () => {
    await find.click();
    expect(ordering.documentOf(page)).toBe(document);
    await page.locator('nav a[href="/"]').click();
    await find.click();
    expect(ordering.documentOf(page)).toBe(document);
    await ordering.addItem(page, BREAD, 12);
    await page.getByTestId('view-order').click();
    await expect(page.getByTestId('basket-line')).toHaveCount(2);
    await page.locator('nav a[href="/"]').click();
    await expect(page.getByTestId('order-card').and(page.locator('[data-state="draft"]'))).toHaveCount(1);
  });

  await test.step('Back closes the sheet, and then leaves the page', async () => {
    await find.click();
    await (await ordering.search(page, MILK.typed, MILK.item)).click();
    await expect(page.getByTestId('item-sheet')).toBeVisible();
    await page.goBack();
    await expect(page.getByTestId('item-sheet')).toBeHidden();
    await expect(page.getByTestId('search-box')).toHaveValue(MILK.typed);
    await expect(ordering.resultOf(page, MILK.item)).toBeVisible();
    // When Escape closes the sheet, the history keeps no entry for it either.
    await ordering.resultOf(page, MILK.item).click();
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('item-sheet')).toBeHidden();
    await page.waitForTimeout(200);
    await page.goBack();
    await expect(page.getByTestId('new-order')).toBeVisible();
  });

  await test.step('what is there already is changed, and what was typed is typed over', async () => {
    await find.click();
    await (await ordering.search(page, MILK.typed, MILK.item)).click();
    await expect(page.getByTestId('quantity')).toHaveValue('5');
    await page.getByTestId('quantity').fill('8');
    await page.getByTestId('add').click();
    await expect(page.getByTestId('item-sheet')).toBeHidden();
    await expect(page.getByTestId('search-box')).toBeFocused();
    await page.keyboard.type('coffee');
    await expect(page.getByTestId('search-box')).toHaveValue('coffee');
    await page.getByTestId('view-order').click();
    await ordering.expectQuantity(page, MILK.item, 8);
    await expect(page.getByTestId('basket-line')).toHaveCount(2);
  });

  await test.step('Back closes the last look before sending', async () => {
    await page.getByTestId('send').click();
    await expect(page.getByTestId('send-dialog')).toBeVisible();
    await page.goBack();
    await expect(page.getByTestId('send-dialog')).toBeHidden();
    await expect(page.getByTestId('send')).toBeVisible();
  });
});

test('a draft is discarded on every tablet, comes back with Undo, and is kept where somebody changed it meanwhile', async ({
  server,
  newTablet,
}) => {
  const { kitchen, store, ana } = await twoTablets(server, newTablet);
  const document = await ordering.beginOrder(kitchen.page, [[MILK, 5]]);
  await ordering.expectAllSent(kitchen.page);
  await expect(rowOf(store.page, document)).toBeVisible();

  await test.step('discarded, undone, discarded', async () => {
    const { page } = kitchen;
    await page.getByTestId('discard').click();
    await expect(page.getByTestId('new-order')).toBeVisible();
    await expect(rowOf(page, document)).toHaveCount(0);
    await expect(rowOf(store.page, document)).toHaveCount(0);
    await page.getByTestId('notice-action').click();
    await expect(rowOf(page, document)).toBeVisible();
    await expect(rowOf(store.page, document)).toBeVisible();
  });

  await test.step('brought back after the message with Undo is gone', async () => {
    const { page } = kitchen;
    await ordering.openOrder(page, document);
    await page.getByTestId('discard').click();
    await expect(page.getByTestId('new-order')).toBeVisible();
    await page.reload();
    await expect(page.getByTestId('discarded-orders')).toContainText(ana);
    await expectAccessible(page, 'discarded orders');
    await page.getByTestId('discarded-orders').getByTestId('bring-back').click();
    await expect(page.getByTestId('discarded-orders')).toHaveCount(0);
    await expect(rowOf(page, document)).toBeVisible();
    await expect(rowOf(store.page, document)).toBeVisible();
  });

  await test.step('one discards while the other, without a network, adds to it', async () => {
    await store.leaveNetwork();
    await ordering.openOrder(kitchen.page, document);
    await kitchen.page.getByTestId('discard').click();
    await ordering.expectAllSent(kitchen.page);
    await ordering.openOrder(store.page, document);
    await store.page.getByTestId('add-items').click();
    await ordering.addItem(store.page, BREAD, 12);
    await store.page.getByTestId('view-order').click();
    await store.joinNetwork();
    await expect(store.page.getByTestId('discard-overtaken')).toContainText(ana);
    await expect(store.page.getByTestId('basket-line')).toHaveCount(2);
    await expect(rowOf(kitchen.page, document)).toBeVisible();
    await store.page.getByTestId('keep-order').click();
    await expect(store.page.getByTestId('discard-overtaken')).toHaveCount(0);
  });

  await test.step('an emptied draft goes away on both', async () => {
    const { page } = store;
    for (const left of [1, 0]) {
      await page.getByTestId('basket-line').first().getByTestId('line-remove').click();
      await expect(page.getByTestId('basket-line')).toHaveCount(left);
      await ordering.readFirst(page);
    }
    await page.locator('nav a[href="/"]').click();
    await expect(page.getByTestId('new-order')).toBeVisible();
    await expect(rowOf(page, document)).toHaveCount(0);
    await expect(rowOf(kitchen.page, document)).toHaveCount(0);
  });
});

test('a draft is named and handed over, and is then the other person’s', async ({ server, newTablet }) => {
  const { kitchen, store, ben } = await twoTablets(server, newTablet);
  const { page } = kitchen;
  const document = await ordering.beginOrder(page, [[MILK, 5]]);
  await page.getByTestId('name-order').click();
  await page.getByTestId('order-name').fill('Wedding on Saturday');
  await page.getByTestId('save-name').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Wedding on Saturday');
  await page.getByTestId('hand-over').click();
  await expectAccessible(page, 'handing over');
  await page.getByTestId('hand-over-to').filter({ hasText: ben }).click();
  await expect(page.getByTestId('hand-over-dialog')).toBeHidden();
  // The message about the hand-over must not cover the foot of the page.
  const [foot, notice] = await Promise.all([
    page.locator('.send-bar').boundingBox(),
    page.getByTestId('notices').getByRole('listitem').first().boundingBox(),
  ]);
  expect(notice.y + notice.height <= foot.y || notice.y >= foot.y + foot.height).toBe(true);

  await ordering.expectAllSent(page);
  const row = rowOf(store.page, document);
  await expect(row).toContainText('Wedding on Saturday');
  await expect(row).toContainText(ben);
  await expect(store.page.locator('section', { hasText: 'Your drafts' }).locator(`[data-order="${document}"]`)).toBeVisible();
  await page.locator('nav a[href="/"]').click();
  await expect(page.locator('section', { hasText: 'Drafts of others' }).locator(`[data-order="${document}"]`)).toBeVisible();
});

test('two taps remove one line, which keeps its place; two clicks at once count as one', async ({ server, newTablet }) => {
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, server.enrolmentLinks()[0], { name: 'Kitchen' });
  const twice = (locator) => locator.evaluate((button) => { button.click(); button.click(); });

  await test.step('the first Add, twice', async () => {
    await page.getByTestId('new-order').click();
    await (await ordering.search(page, MILK.typed, MILK.item)).click();
    await page.getByTestId('quantity').fill('5');
    await twice(page.getByTestId('add'));
    await page.getByTestId('view-order').click();
    await ordering.expectQuantity(page, MILK.item, 5);
    await page.locator('nav a[href="/"]').click();
    await expect(page.getByTestId('order-card').and(page.locator('[data-state="draft"]'))).toHaveCount(1);
    await page.getByTestId('order-card').and(page.locator('[data-state="draft"]')).click();
  });

  await test.step('Remove, twice at one place', async () => {
    await page.getByTestId('add-items').click();
    for (const article of [BREAD, COFFEE]) await ordering.addItem(page, article, 2);
    await page.getByTestId('view-order').click();
    await expect(page.getByTestId('basket-line')).toHaveCount(3);
    const remove = await page.getByTestId('line-remove').first().boundingBox();
    const [x, y] = [remove.x + remove.width / 2, remove.y + remove.height / 2];
    await page.mouse.click(x, y);
    await expect(page.getByTestId('basket-line')).toHaveCount(2);
    await page.mouse.click(x, y);
    await ordering.readFirst(page);
    await expect(page.getByTestId('basket-line'), 'Undo appeared under the finger').toHaveCount(2);
    await page.getByTestId('undo-removal').click();
    await expect(page.getByTestId('basket-line')).toHaveCount(3);
  });

  await test.step('Send, twice at one place', async () => {
    const [send, confirm] = [page.getByTestId('send'), page.getByTestId('confirm-send')];
    const from = await send.boundingBox();
    await send.click();
    const over = await confirm.boundingBox();
    await page.keyboard.press('Escape');
    await expect(confirm).toBeHidden();
    await ordering.readFirst(page);
    // A place of both buttons, if there is one.
    const middle = (start, length, other, most) =>
      (Math.max(start, other) + Math.min(start + length, other + most)) / 2;
    const [x, y] = [
      middle(from.x, from.width, over.x, over.width),
      middle(from.y, from.height, over.y, over.height),
    ];
    const isBoth = x < over.x + over.width && y < over.y + over.height && x > from.x && y > from.y;
    const place = isBoth ? [x, y] : [from.x + from.width / 2, from.y + from.height / 2];
    await page.mouse.click(...place);
    await expect(confirm).toBeVisible();
    await page.mouse.click(...place);
    await ordering.readFirst(page);
    await expect(confirm, 'nobody has read the question yet').toBeVisible();
    await ordering.expectState(page, 'draft');
    await page.keyboard.press('Escape');
  });

  await test.step('what the guide lacks, twice', async () => {
    await page.getByTestId('discard').click();
    await makeShort(page, 0);
    await twice(page.getByTestId('order-missing'));
    await expect(page.getByTestId('basket-line')).toHaveCount(1);
    await page.locator('nav a[href="/"]').click();
    await expect(page.getByTestId('order-card').and(page.locator('[data-state="draft"]'))).toHaveCount(1);
  });
});

test('two taps order an earlier order once more', async ({ server, newTablet }) => {
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, server.enrolmentLinks()[0], { name: 'Kitchen' });
  const document = await ordering.beginOrder(page, [[MILK, 5], [BREAD, 12]]);
  await ordering.send(page);
  await ordering.expectState(page, 'accepted', { timeout: 60_000 });
  await page.locator('nav a[href="/"]').click();
  const row = page.locator('.order-row', { has: rowOf(page, document) });
  await expect(page.getByTestId('sent-orders')).toContainText(/Today|Tomorrow|Later/);

  await row.getByTestId('reorder').click();
  await expectAccessible(page, 'an order once more');
  await page.getByTestId('confirm-reorder').click();

  await ordering.expectState(page, 'draft');
  expect(ordering.documentOf(page)).not.toBe(document);
  await ordering.expectQuantity(page, MILK.item, 5);
  await ordering.expectQuantity(page, BREAD.item, 12);
});
