// Every screen at the three sizes (screenshots/) and in both colour schemes, checked with axe-core.

import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import { expectAccessible } from '../support/accessibility.mjs';
import { expectFits } from '../support/fits.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, photograph, test } from '../support/test.mjs';

/**
 * Takes a screenshot. Expects that neither the page nor a table scrolls sideways, and that the page
 * is accessible, in the light and in the dark scheme.
 */
async function look(page, name) {
  await photograph(page, name);
  await expectFits(page, name);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectAccessible(page, `${name}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

test('the screens of the tablet', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  const { page } = tablet;
  await tablet.open('/');
  await expect(page.getByTestId('choose-tablet')).toBeVisible();
  await look(page, 'welcome');
  await page.goto(tablet.network.via(link.url));
  await expect(page.getByTestId('enrol-form')).toBeVisible();
  await look(page, 'tablet-enrol');
  await page.getByTestId('enrol-name').fill('Kitchen');
  await page.getByTestId('enrol-submit').click();
  await expect(page.getByTestId('person-option').first()).toBeVisible({ timeout: 60_000 });
  await look(page, 'tablet-people');
  await page.getByTestId('person-option').first().click();
  await expect(page.getByTestId('new-order')).toBeVisible();
  await look(page, 'tablet-home');

  await page.getByTestId('new-order').click();
  await expect(page.getByTestId('search-box')).toBeVisible();
  await look(page, 'tablet-find-empty');
  await page.getByTestId('search-box').fill('zzqx');
  await expect(page.getByTestId('result')).toHaveCount(0);
  await look(page, 'tablet-find-nothing');
  await ordering.search(page, 'milk');
  await look(page, 'tablet-find');
  await (await ordering.search(page, MILK.typed, MILK.item)).click();
  await expect(page.getByTestId('item-sheet')).toBeVisible();
  await look(page, 'tablet-item');
  await page.getByTestId('why').click();
  await expect(page.getByTestId('explanation')).toBeVisible();
  await look(page, 'tablet-why');
  await page.getByTestId('quantity').fill('5');
  await page.getByTestId('add').click();
  await expect(page.getByTestId('view-order')).toBeVisible();
  await ordering.addItem(page, COFFEE, 2);
  await (await ordering.search(page, BREAD.typed, BREAD.item)).click();
  await page.getByTestId('quantity').fill('1.5');
  await expect(page.getByTestId('adjustment')).toBeVisible();
  await look(page, 'tablet-item-adjusted');
  await page.getByTestId('quantity').fill('3x12');
  await look(page, 'tablet-item-unreadable');
  await page.getByTestId('quantity').fill('2');
  await page.getByTestId('add').click();
  await look(page, 'tablet-find-ordered');
  await page.getByTestId('view-order').click();
  await expect(page.getByTestId('basket-line')).toHaveCount(3);
  await look(page, 'tablet-basket');
  await page.getByTestId('send').click();
  await expect(page.getByTestId('send-dialog')).toBeVisible();
  await look(page, 'tablet-send');
  await tablet.leaveNetwork();
  await page.getByTestId('confirm-send').click();
  await ordering.expectState(page, 'saved');
  await expect(page.getByTestId('sync-chip')).toHaveAttribute('data-state', 'offline');
  await look(page, 'tablet-sent-offline');
  await tablet.joinNetwork();
  await ordering.expectState(page, 'accepted');
  await look(page, 'tablet-sent');
  await tablet.open('/settings');
  await expect(page.getByTestId('release')).toBeVisible();
  await look(page, 'tablet-settings');
  await tablet.open('/no/such/page');
  await expect(page.locator('h1')).toBeVisible();
  await look(page, 'not-found');
});

test('the screens of the desk', async ({ server, newDesk }) => {
  const { name, password } = server.signIn('Finance');
  const desk = await newDesk();
  await desk.goto('/desk/orders');
  await expect(desk.getByTestId('sign-in-submit')).toBeVisible();
  await look(desk, 'desk-sign-in');
  await desk.getByTestId('sign-in-name').fill(name);
  await desk.getByTestId('sign-in-password').fill('wrong');
  await desk.getByTestId('sign-in-submit').click();
  await expect(desk.getByTestId('sign-in-error')).toBeVisible();
  await look(desk, 'desk-sign-in-wrong');
  await desk.getByTestId('sign-in-password').fill(password);
  await desk.getByTestId('sign-in-submit').click();
  await expect(desk.getByTestId('orders-table')).toBeVisible();
  await expect(desk.getByTestId('order-link').first()).toBeVisible();
  await look(desk, 'desk-orders');
  await desk.getByTestId('filter-site').click();
  await expect(desk.getByRole('option').first()).toBeVisible();
  await look(desk, 'desk-filter');
  await desk.keyboard.press('Escape');
  await desk.getByTestId('filter-from').fill('2001-01-01');
  await desk.getByTestId('filter-to').fill('2001-01-02');
  await expect(desk.getByTestId('orders-table')).toBeHidden();
  await look(desk, 'desk-orders-none');
  await desk.getByTestId('filter-clear').click();
  await desk.getByTestId('order-link').first().click();
  await expect(desk.getByTestId('order-lines')).toBeVisible();
  await look(desk, 'desk-order');
});

test('the screens of people, places and tablets at the desk', async ({ server, newDesk }) => {
  const { name, password } = server.signIn('Admin');
  const desk = await newDesk();
  await desk.goto('/desk/tablets');
  await desk.getByTestId('sign-in-name').fill(name);
  await desk.getByTestId('sign-in-password').fill(password);
  await desk.getByTestId('sign-in-submit').click();
  await desk.getByTestId('code-site').click();
  await desk.getByRole('option').nth(1).click();
  await desk.getByTestId('code-issue').click();
  await expect(desk.getByTestId('code-text')).toBeVisible();
  await look(desk, 'desk-tablets');
  await desk.getByTestId('rename').first().click();
  await expect(desk.getByTestId('rename-name')).toBeVisible();
  await look(desk, 'desk-rename');
  for (const [page, ready] of [
    ['people', 'person-link'],
    ['new-person', 'person-save'],
    [`people/${encodeURIComponent(name)}`, 'person-removal'],
    ['places', 'places-table'],
    ['audit', 'audit-table'],
    ['jobs', 'jobs'],
  ]) {
    await desk.goto(`/desk/${page}`);
    await expect(desk.getByTestId(ready).first()).toBeVisible();
    await look(desk, `desk-${page.includes('/') ? 'person' : page}`);
  }
  await desk.goto(`/desk/people/${encodeURIComponent(name)}`);
  await desk.getByTestId('person-invite').click();
  const link = await desk.getByTestId('invitation-link').innerText();
  await desk.goto(link);
  await expect(desk.getByTestId('welcome-set')).toBeVisible();
  await look(desk, 'desk-welcome');
});
