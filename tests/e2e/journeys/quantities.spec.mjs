// Quantities that people type, paste and tap. The app orders, counts and keeps as par exactly what
// the person meant, or nothing.

import { BREAD, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { SIZES } from '../support/tablet.mjs';
import { expect, test } from '../support/test.mjs';

/** Starts with a tablet that was just enrolled. */
async function begin(server, newTablet, options) {
  const tablet = await newTablet(options);
  await ordering.enrol(tablet, server.enrolmentLinks()[0], { name: 'Kitchen' });
  return tablet.page;
}

async function openSheet(page, article) {
  await (await ordering.search(page, article.typed, article.item)).click();
  await expect(page.getByTestId('item-sheet')).toBeVisible();
}

async function openGuide(page) {
  await page.locator('nav a[href="/guide"]').click();
  await expect(page.getByTestId('guide-line').first()).toBeVisible();
}

const guideLine = (page, item) => page.locator(`[data-testid="guide-line"][data-item="${item}"]`);

/**
 * Counts zero for one line after the other until one is short. Resolves to the item of that line.
 */
async function countFirstShort(page) {
  const items = await page.getByTestId('guide-line').evaluateAll((lines) => lines.map((line) => line.dataset.item));
  for (const item of items) {
    await guideLine(page, item).getByTestId('count').click();
    await page.getByTestId('quantity').fill('0');
    const done = page.getByTestId('count-done');
    await ((await done.count()) ? done : page.getByTestId('count-save')).click();
    await expect(page.getByTestId('count-sheet')).toBeHidden();
    if (await guideLine(page, item).getByTestId('suggestion').count()) return item;
  }
  throw new Error('no line of the guide has a par and a source');
}

for (const { locale, thousand, meant } of [
  { locale: 'en-US', thousand: '2,000', meant: ['2.000', '1.250,5', '2,5'] },
  { locale: 'de-DE', thousand: '2.000', meant: ['2,000', '1,250.5', '2.5'] },
]) {
  test(`a quantity is read by the rules of ${locale}; a text that cannot be read stays, is named, and is not ordered`, async ({ server, newTablet }) => {
    const page = await begin(server, newTablet, { locale });
    await page.getByTestId('new-order').click();
    await openSheet(page, MILK);
    const [quantity, add, problem] = ['quantity', 'add', 'quantity-problem'].map((id) => page.getByTestId(id));
    await expect(page.getByTestId('quantity-unit')).not.toBeEmpty();
    for (const typed of ['3x12', '12 boxes', 'a dozen', '-5', '1_000', '2e3', '10-12', '99999999999999']) {
      await quantity.fill(typed);
      await expect(problem, typed).not.toBeEmpty();
      await expect(add, typed).toBeDisabled();
      await quantity.press('Enter');
      await expect(quantity, typed).toHaveValue(typed);
      await expect(page.getByTestId('item-sheet'), typed).toBeVisible();
    }
    for (const typed of meant) {
      await quantity.fill(typed);
      await expect(add, typed).toBeDisabled();
      await expect(page.getByTestId('quantity-meant').first(), typed).toBeVisible();
    }
    await page.getByTestId('quantity-meant').first().click();
    await expect(problem).toBeEmpty();

    // The field accepts pasted digits of another script.
    await quantity.fill('\uff11\uff12');
    await expect(problem).toBeEmpty();
    await expect(add).toBeEnabled();

    await quantity.fill(thousand);
    await expect(problem).toBeEmpty();
    await add.dblclick();
    await expect(page.getByTestId('far-beyond'), 'a double tap has not read it').toBeVisible();
    await expect(page.getByTestId('item-sheet')).toBeVisible();
    await ordering.readFirst(page);
    await add.click();
    await expect(page.getByTestId('item-sheet')).toBeHidden();
    await page.getByTestId('view-order').click();
    await ordering.expectQuantity(page, MILK.item, 2000);
  });
}

test('the button says what it does, and a quantity that cannot be ordered is offered as one that can', async ({ server, newTablet }) => {
  const page = await begin(server, newTablet);
  await page.getByTestId('new-order').click();
  await openSheet(page, BREAD);
  await page.getByTestId('quantity').fill('1.5');
  await expect(page.getByTestId('adjustment')).toBeVisible();
  await expect(page.getByTestId('add')).toHaveText(/^Add 2\s/);
  // The app shows the number that will be ordered before it adds it.
  await page.getByTestId('quantity').press('Enter');
  await expect(page.getByTestId('quantity')).toHaveValue('2');
  await expect(page.getByTestId('adjustment')).toHaveCount(0);
  const amount = await page.getByTestId('sheet-amount').innerText();
  await expect(page.getByTestId('add')).toContainText(amount);
  await page.getByTestId('quantity').press('Enter');
  await expect(page.getByTestId('item-sheet')).toBeHidden();

  await openSheet(page, BREAD);
  await expect(page.getByTestId('on-order')).toBeVisible();
  await expect(page.getByTestId('quantity')).toHaveValue('2');
  await page.getByTestId('quantity').fill('3');
  await expect(page.getByTestId('add')).toHaveText(/^Change to 3\s/);
  await page.getByTestId('add').click();
  await expect(page.getByTestId('item-sheet')).toBeHidden();
  await page.getByTestId('view-order').click();
  await expect(page.getByTestId('basket-line')).toHaveCount(1);
  await ordering.expectQuantity(page, BREAD.item, 3);
});

test('the sheet has the name of its item, begins in the quantity, and shows its button on a phone', async ({ server, newTablet }) => {
  const page = await begin(server, newTablet);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByTestId('new-order').click();
  await openSheet(page, MILK);
  await expect(page.getByTestId('quantity')).toBeFocused();
  await page.getByTestId('quantity').fill('1,000,000');
  const hidden = await page.getByTestId('quantity').evaluate((field) => field.scrollWidth - field.clientWidth);
  expect(hidden, 'the largest number is shown as a whole').toBeLessThanOrEqual(0);
  await page.getByTestId('quantity').fill('5');
  const name = await page.getByTestId('item-sheet').locator('h2').innerText();
  await expect(page.getByRole('dialog', { name })).toBeVisible();
  await page.getByTestId('item-sheet').locator('h2').evaluate((title) => (title.textContent = 'A name that takes many words. '.repeat(12)));
  await expect(page.getByTestId('add')).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('ArrowUp');
  const stepped = await page.getByTestId('quantity').inputValue();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('item-sheet')).toBeHidden();
  await page.getByTestId('view-order').click();
  await ordering.expectQuantity(page, MILK.item, stepped);
});

test('the number keys stay in their place while a person types', async ({ server, newTablet }) => {
  const page = await begin(server, newTablet);
  await page.getByTestId('new-order').click();
  const digit = (number) => page.getByTestId(`pad-${number}`);
  for (const size of [...SIZES, { width: 390, height: 844 }]) {
    await page.setViewportSize(size);
    for (const article of [MILK, BREAD]) {
      await openSheet(page, article);
      const before = await digit(5).boundingBox();
      const keep = async (what) => expect(await digit(5).boundingBox(), what).toEqual(before);
      await page.getByTestId('quantity').fill('');
      await keep('without a number');
      for (const number of [1, 9, 9, 9]) {
        await digit(number).click();
        await keep(`after ${number}`);
      }
      if (article === MILK) {
        await page.getByTestId('add').click();
        await expect(page.getByTestId('far-beyond')).toBeVisible();
        await keep('with a question');
      }
      await page.getByTestId('quantity').fill('half a box');
      await expect(page.getByTestId('quantity-problem')).not.toBeEmpty();
      await keep('with a text that is no number');
      await page.keyboard.press('Escape');
      await expect(page.getByTestId('item-sheet')).toBeHidden();
      await ordering.readFirst(page);
    }
  }
});

test('a line of the guide is edited in the unit that it shows', async ({ server, newTablet }) => {
  const page = await begin(server, newTablet);
  await openGuide(page);
  const item = await countFirstShort(page);
  await page.getByTestId('order-missing').click();
  const shown = ordering.lineOf(page, item).getByTestId('line-quantity');
  const quantity = Number(await shown.getAttribute('data-quantity'));
  const words = (await shown.innerText()).replace(/\s+/g, ' ');
  await shown.click();
  await expect(page.getByTestId('quantity')).toHaveValue(String(quantity));
  expect(words).toContain(await page.getByTestId('quantity-unit').innerText());
  await page.getByTestId('quantity').fill(String(quantity * 2));
  await page.getByTestId('add').click();
  await ordering.expectQuantity(page, item, quantity * 2);
});

test('nothing is written for a line that nobody counted', async ({ server, newTablet }) => {
  const page = await begin(server, newTablet);
  await openGuide(page);
  const items = await page.getByTestId('guide-line').evaluateAll((lines) => lines.map((line) => line.dataset.item));
  const uncounted = await guideLine(page, items[1]).getByTestId('count').innerText();
  await guideLine(page, items[0]).getByTestId('count').click();
  await expect(page.getByTestId('quantity')).toHaveValue('');
  await expect(page.getByTestId('count-save')).toBeDisabled();
  await page.getByTestId('quantity').fill('7');
  // The second tap arrives at the next line, which has nothing to save yet.
  await page.getByTestId('count-save').dblclick();
  await expect(page.getByTestId('quantity')).toHaveValue('');
  await page.getByTestId('count-skip').click();
  await expect(page.getByTestId('quantity')).toBeFocused();
  await page.getByTestId('quantity').fill('abc');
  await expect(page.getByTestId('count-save')).toBeDisabled();
  await page.getByTestId('quantity').press('Enter');
  await page.getByTestId('quantity').fill('0');
  await page.getByTestId('count-done').click();
  await expect(page.getByTestId('count-sheet')).toBeHidden();
  await expect(guideLine(page, items[0]).getByTestId('count')).toContainText('7');
  await expect(guideLine(page, items[1]).getByTestId('count')).toHaveText(uncounted, { useInnerText: true });
  await expect(guideLine(page, items[2]).getByTestId('count')).toContainText('0');
  await expect(page.getByTestId('count-progress')).toHaveText(/^2 of \d+ counted$/);

  // A person can take a count back.
  await guideLine(page, items[0]).getByTestId('count').click();
  await page.getByTestId('quantity').fill('');
  await page.getByTestId('count-done').click();
  await expect(guideLine(page, items[0]).getByTestId('count')).not.toContainText('7');
  await expect(page.getByTestId('count-progress')).toHaveText(/^1 of \d+ counted$/);
});

test('the guide knows what is on order, and keeps the count', async ({ server, newTablet }) => {
  const page = await begin(server, newTablet);
  await openGuide(page);
  const item = await countFirstShort(page);
  await page.getByTestId('order-missing').click();
  await expect(ordering.lineOf(page, item)).toBeVisible();
  await openGuide(page);
  const line = guideLine(page, item);
  await expect(line.getByTestId('on-order').last()).toContainText('draft');
  await expect(line.getByTestId('suggestion')).toHaveCount(0);
  await expect(line.getByTestId('count')).toContainText('0');
  await page.goBack();
  await ordering.send(page);
  await ordering.expectState(page, 'accepted');
  await openGuide(page);
  await expect(line.getByTestId('on-order').last()).toContainText('On order');
  await expect(line.getByTestId('suggestion')).toHaveCount(0);
});

test('a par that cannot be read changes nothing; an item that was removed from the guide comes back', async ({ server, newTablet }) => {
  const page = await begin(server, newTablet);
  await openGuide(page);
  const item = await page.getByTestId('guide-line').first().getAttribute('data-item');
  await page.getByTestId('edit-guide').click();
  const line = page.locator(`[data-testid="editor-line"][data-item="${item}"]`);
  const par = line.getByTestId('edit-par');
  const undo = page.getByRole('button', { name: 'Undo' }).last();

  const before = await par.innerText();
  await par.click();
  await expect(page.getByTestId('par-1')).toBeFocused();
  for (const typed of ['half a box', '-5', '3x4', '1.250,5', '10-12']) {
    await page.getByTestId('par-3').fill(typed);
    await page.getByTestId('par-save').click();
    await expect(page.getByTestId('par-refused'), typed).toBeVisible();
    await expect(page.getByTestId('par-3'), typed).toHaveValue(typed);
  }
  await page.keyboard.press('Escape');
  await expect(par).toHaveText(before, { useInnerText: true });

  await par.click();
  await page.getByTestId('par-1').fill('1,200');
  await page.getByTestId('par-every-day').click();
  await page.getByTestId('par-4').fill('1,500');
  await page.getByTestId('par-save').click();
  await expect(par).toHaveText(/1,200\s.*· Thu 1,500$/s);
  await undo.click();
  await expect(par).toHaveText(before, { useInnerText: true });

  // Two taps remove one line, although the next one moves up to the same place.
  const lines = page.getByTestId('editor-line');
  const count = await lines.count();
  const remove = await line.getByTestId('remove-line').boundingBox();
  const place = [remove.x + remove.width / 2, remove.y + remove.height / 2];
  await page.mouse.click(...place);
  await expect(line).toHaveCount(0);
  await page.mouse.click(...place);
  await ordering.readFirst(page);
  await expect(lines).toHaveCount(count - 1);
  await undo.click();
  await expect(par).toHaveText(before, { useInnerText: true });

  const area = page.getByTestId('area').filter({ has: line });
  const name = await area.getAttribute('data-name');
  const there = page.locator(`[data-testid="area"][data-name="${name}"]`);
  await area.getByTestId('remove-area').click();
  await expect(there).toHaveCount(0);
  await undo.click();
  await expect(there.locator(`[data-item="${item}"]`)).toHaveCount(1);
});
