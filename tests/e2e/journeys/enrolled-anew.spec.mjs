// Head office revoked a tablet, by mistake or because it was missing. The tablet comes back with
// unsent work.

import { expectAccessible } from '../support/accessibility.mjs';
import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { watchErrors } from '../support/tablet.mjs';
import { expect, photograph, test } from '../support/test.mjs';

/** Runs a command at head office's command line and resolves to its output. */
async function prompt(server, ...args) {
  const { code, stdout, stderr } = await server.run(...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

test('a tablet that was revoked keeps its work, and sends it once it is enrolled again', async ({ server, headOffice, newTablet }) => {
  const [link, ...others] = server.enrolmentLinks();
  const elsewhere = others.find(({ site }) => site !== link.site);
  const before = await headOffice.orders();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Loading dock' });
  const { page } = tablet;
  const draft = await ordering.beginOrder(page, [[MILK, 5]]);
  await ordering.expectAllSent(page);

  const row = (await prompt(server, 'device', 'list')).split('\n').find((row) => row.includes('Loading dock'));
  const [device, site] = row.split('\t');
  await tablet.leaveNetwork();
  await prompt(server, 'device', 'revoke', device);
  await ordering.setQuantity(page, MILK.item, 8);
  await page.getByTestId('add-items').click();
  await ordering.addItem(page, COFFEE, 2);
  await page.getByRole('link', { name: 'Home' }).click();
  const never = await ordering.beginOrder(page, [[BREAD, 12]]);
  const second = await tablet.context.newPage();
  watchErrors(second, tablet.pageErrors);
  await second.goto(new URL(`/orders/${draft}`, tablet.network.origin).href).catch(() => {});

  await test.step('it says that it needs help, and what waits on it', async () => {
    await tablet.joinNetwork();
    await expect(page.getByTestId('sync-chip')).toHaveAttribute('data-state', 'attention');
    await page.getByTestId('sync-chip').click();
    await page.getByTestId('enrol-again').click();
    await expect(page.getByTestId('enrol-unsent')).toContainText(link.site);
    await expect(page.getByTestId('enrol-name')).toHaveValue('Loading dock');
    await photograph(page, 'tablet-enrol-again');
    await expectAccessible(page, 'enrol again');
  });

  await test.step('a code for another site is refused, and stays good', async () => {
    await page.goto(tablet.network.via(elsewhere.url));
    await page.getByTestId('enrol-submit').click();
    await expect(page.getByTestId('enrol-error')).toContainText(link.site);
    const other = await newTablet();
    await ordering.enrol(other, elsewhere, { name: 'Elsewhere' });
  });

  await test.step('with a code for its site everything goes out, once', async () => {
    const url = (await prompt(server, 'device', 'enrol', '--site', site, '--url', server.origin)).trim();
    await page.goto(tablet.network.via(url));
    await page.getByTestId('enrol-submit').click();
    await expect(page.getByTestId('new-order')).toBeVisible({ timeout: 60_000 });
    await ordering.expectAllSent(page, { timeout: 60_000 });
    for (const document of [draft, never]) {
      await tablet.open(`/orders/${document}`);
      await ordering.send(page);
      await ordering.expectState(page, 'accepted', { timeout: 60_000 });
    }
    const arrived = (await headOffice.ordersSince(before)).map((row) => [row.document, row.lines]);
    expect(arrived.sort()).toEqual([[draft, 2], [never, 1]].sort());
    await expect(second.getByTestId('sync-chip')).toHaveAttribute('data-state', 'synced');
  });
});
