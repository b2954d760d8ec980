// What people do on a tablet, as steps of a journey. Each step ends when the screen shows that it
// is done.

import { expect } from '@playwright/test';

/**
 * The app ignores a tap at the place of the last one for 900 ms, if something else has appeared
 * there. A person who reads what appeared takes longer.
 */
export const readFirst = (page) => page.waitForTimeout(1_000);

/**
 * Opens the enrolment link on the tablet, names the tablet, waits for the catalogue, and chooses
 * who orders: the person with index `person` in the list. Resolves to the name of that person.
 */
export async function enrol(tablet, { url }, { name, person = 0 }) {
  const { page } = tablet;
  await page.goto(tablet.network.via(url));
  await page.getByTestId('enrol-name').fill(name);
  await page.getByTestId('enrol-submit').click();
  const option = page.getByTestId('person-option').nth(person);
  // A debug build verifies and indexes the catalogue some ten times slower than a release build.
  await expect(option).toBeVisible({ timeout: 60_000 });
  // The first line is the initial in its circle.
  const [, personName] = (await option.innerText()).split('\n');
  await option.click();
  await expect(page.getByTestId('new-order')).toBeVisible();
  await tablet.canStartOffline();
  return personName;
}

/** Types the PIN that the tablet asks for on the number pad. */
export async function enterPin(page, pin) {
  await readFirst(page);
  for (const digit of pin) await page.getByTestId(`pin-${digit}`).click();
  await page.getByTestId('pin-enter').click();
}

/** Types into the search of the open page, and waits until `item` is among the results. */
export async function search(page, typed, item) {
  await page.getByTestId('search-box').fill(typed);
  const result = item ? resultOf(page, item) : page.getByTestId('result').first();
  await expect(result).toBeVisible();
  return result;
}

export function resultOf(page, item) {
  return page.locator(`[data-testid="result"][data-item="${item}"]`);
}

/**
 * On the search page: finds an item and adds a quantity of it to the order. Begins an order if
 * there is none.
 */
export async function addItem(page, { typed, item }, quantity) {
  await (await search(page, typed, item)).click();
  await page.getByTestId('quantity').fill(String(quantity));
  await page.getByTestId('add').click();
  await expect(page.getByTestId('item-sheet')).toBeHidden();
  await expect(page.getByTestId('view-order')).toBeVisible();
}

/**
 * On the home page: begins an order with these `[article, quantity]` and opens it. Resolves to its
 * document id.
 */
export async function beginOrder(page, lines) {
  await page.getByTestId('new-order').click();
  for (const [article, quantity] of lines) await addItem(page, article, quantity);
  await page.getByTestId('view-order').click();
  await expect(page.getByTestId('basket-line')).toHaveCount(lines.length);
  return documentOf(page);
}

/** The document id of the open order. */
export function documentOf(page) {
  return new URL(page.url()).pathname.match(/^\/(?:desk\/)?orders\/([^/]+)/)[1];
}

/** The line of an item on the open order. */
export function lineOf(page, item) {
  return page.locator(`[data-testid="basket-line"][data-item="${item}"]`);
}

/** On the open order: sets the quantity of an item. */
export async function setQuantity(page, item, quantity) {
  await lineOf(page, item).getByTestId('line-quantity').click();
  await page.getByTestId('quantity').fill(String(quantity));
  await page.getByTestId('add').click();
  // The tablet asks about a quantity that is unusual at this site. The same button says yes.
  const sheet = page.getByTestId('item-sheet');
  const question = sheet.getByTestId('far-beyond');
  await expect.poll(async () => (await question.isVisible()) || (await sheet.isHidden())).toBe(true);
  if (await question.isVisible()) {
    await readFirst(page);
    await page.getByTestId('add').click();
  }
  await expectQuantity(page, item, quantity);
}

export async function expectQuantity(page, item, quantity) {
  await expect(lineOf(page, item).getByTestId('line-quantity')).toHaveAttribute('data-quantity', String(quantity));
}

/** On the open order: sends it. */
export async function send(page) {
  await page.getByTestId('send').click();
  await page.getByTestId('confirm-send').click();
}

/**
 * Waits until the open order has the state `state`: draft, saved, at-head-office, accepted,
 * refused.
 */
export async function expectState(page, state, options) {
  await expect(page.getByTestId('order-state')).toHaveAttribute('data-state', state, options);
}

/** Waits until everything that was done here is sent, and the server answers. */
export async function expectAllSent(page, options) {
  await expect(page.getByTestId('sync-chip')).toHaveAttribute('data-state', 'synced', options);
}

/** On the home page: opens an order as soon as it is in the list. */
export async function openOrder(page, document, options) {
  const card = page.locator(`[data-testid="order-card"][data-order="${document}"]`);
  await expect(card).toBeVisible(options);
  await card.click();
  await expect(page.getByTestId('order-state')).toBeVisible();
}

/**
 * The amounts in a text as it is shown, or the sum of the amounts in several texts, in minor units
 * by currency: "1,450.17 EUR 524.44 GBP" is `{ EUR: 145017n, GBP: 52444n }`.
 */
export function amounts(...texts) {
  const found = texts.flatMap((text) => [...text.matchAll(/([\d,]+)\.(\d{2})\s([A-Z]{3})\b/g)]);
  if (found.length === 0) throw new Error(`no amount in ${JSON.stringify(texts)}`);
  const sums = {};
  for (const [, whole, minor, currency] of found) {
    sums[currency] = (sums[currency] ?? 0n) + BigInt(whole.replaceAll(',', '') + minor);
  }
  return sums;
}
