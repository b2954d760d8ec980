// A site leaves the location tree. Its tablet says what happened, people can still read its work,
// and the desk still finds its orders.

import { expectAccessible } from '../support/accessibility.mjs';
import * as ordering from '../support/ordering.mjs';
import { contract, deskUser, enrol, leaveOnly, line, organisation } from '../support/organisation.mjs';
import { Proxy } from '../support/proxy.mjs';
import { Tablet } from '../support/tablet.mjs';
import { expect, test } from '../support/test.mjs';

const CREAM = { typed: 'cream', item: 'cream' };

test('a site leaves the tree: its tablet says so, people can read its work, and the desk finds its orders', async ({ playwright, browser }) => {
  const server = await organisation({
    items: { cream: 'Cream, double' },
    suppliers: { dairy: 'Aldermoor Dairy' },
    contracts: [contract('D1', 'dairy', [line('1', 'cream', '10.00')])],
  });
  const finance = await deskUser(server, 'fin', 'finance@org');
  const network = await Proxy.open(server.port);
  const tablet = await Tablet.create({ browserType: playwright.chromium, network });
  await enrol(server, tablet, { name: 'Kitchen' });
  const { page } = tablet;
  const sent = await ordering.beginOrder(page, [[CREAM, 3]]);
  await ordering.send(page);
  await ordering.expectState(page, 'accepted', { timeout: 60_000 });
  await tablet.open('/');
  const draft = await ordering.beginOrder(page, [[CREAM, 4]]);
  await ordering.expectAllSent(page);

  await leaveOnly(server, { s2: 'Site Two' });
  await tablet.leaveNetwork();
  await tablet.joinNetwork();

  await test.step('the tablet says what happened, by name, on every page', async () => {
    const notice = page.getByTestId('site-has-left');
    await expect(notice).toContainText('Site One is no longer a site of Org', { timeout: 60_000 });
    await expectAccessible(page, 'a site that left');
    await tablet.switchOff();
    await tablet.switchOn('/');
    await expect(tablet.page.getByTestId('site-has-left')).toBeVisible();
  });

  await test.step('what was sent and what was drafted can be read, by its names', async () => {
    await ordering.openOrder(tablet.page, sent);
    await ordering.expectState(tablet.page, 'accepted');
    await expect(tablet.page.getByTestId('purchase-order')).toContainText('Cream, double');
    await expect(tablet.page.getByTestId('purchase-order')).toContainText('30.00');
    await tablet.open('/');
    await ordering.openOrder(tablet.page, draft);
    await expect(tablet.page.getByText('Cream, double')).toBeVisible();
    await expect(tablet.page.getByTestId('send')).toBeDisabled();
    await expect(tablet.page.getByTestId('site-has-left')).toBeVisible();
  });

  await test.step('at the desk its orders are listed, found by the site, and opened', async () => {
    const context = await browser.newContext({ baseURL: network.origin, locale: 'en-GB' });
    const desk = await context.newPage();
    await desk.goto('/desk/orders');
    await desk.getByTestId('sign-in-name').fill(finance.name);
    await desk.getByTestId('sign-in-password').fill(finance.password);
    await desk.getByTestId('sign-in-submit').click();
    await desk.getByTestId('filter-site').click();
    await desk.getByTestId('filter-site').fill('Site One');
    await desk.getByRole('option', { name: 'Site One', exact: true }).click();
    await expect(desk.getByTestId('orders-count')).toHaveAttribute('data-count', '1');
    await desk.locator(`[data-document="${sent}"]`).getByTestId('order-link').click();
    await expect(desk.getByTestId('order-site')).toHaveText('Site One');
    await expect(desk.getByTestId('order-lines')).toContainText('Cream, double');
    await context.close();
  });

  expect(tablet.pageErrors).toEqual([]);
  await tablet.dispose();
  await network.close();
  await server.dispose();
});
