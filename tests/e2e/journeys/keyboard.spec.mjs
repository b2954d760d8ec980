// A person enrols a tablet, orders and sends with a keyboard alone.

import { BREAD, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, test } from '../support/test.mjs';

/**
 * Presses Tab until the focus is on `target`, as a person without a mouse does. Fails after `most`
 * presses.
 */
async function tabTo(page, target, most = 60) {
  for (let pressed = 0; pressed < most; pressed++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${target} was not reached with ${most} presses of Tab`);
}

async function press(page, target, key = 'Enter') {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

test('enrol, order and send by keyboard alone', async ({ server, headOffice, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  const { page } = tablet;
  await page.goto(tablet.network.via(link.url));
  await tabTo(page, page.getByTestId('enrol-name'));
  await page.keyboard.type('Kitchen');
  await page.keyboard.press('Enter');

  const person = page.getByTestId('person-option').first();
  await expect(person).toBeVisible({ timeout: 60_000 });
  await press(page, person);
  await press(page, page.getByTestId('new-order'));

  for (const [{ typed, item }, quantity] of [[MILK, 3], [BREAD, 12]]) {
    const box = page.getByTestId('search-box');
    await tabTo(page, box);
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(typed);
    const result = ordering.resultOf(page, item);
    await expect(result).toBeVisible();
    await press(page, result);
    await expect(page.getByTestId('item-sheet')).toBeVisible();
    // The focus begins in the quantity field, with the number selected. The button is two presses
    // of Tab away.
    await expect(page.getByTestId('quantity')).toBeFocused();
    await tabTo(page, page.getByTestId('add'), 3);
    await press(page, page.getByTestId('why'));
    await expect(page.getByTestId('explanation')).toBeVisible();
    await tabTo(page, page.getByTestId('quantity'));
    await page.keyboard.type(String(quantity));
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('item-sheet')).toBeHidden();
    await expect(page.getByTestId('view-order')).toBeVisible();
  }

  await press(page, page.getByTestId('view-order'));
  await press(page, page.getByTestId('send'));
  await press(page, page.getByTestId('confirm-send'));
  await ordering.expectState(page, 'accepted');
  expect(await headOffice.ordersSince(before)).toHaveLength(1);
});
