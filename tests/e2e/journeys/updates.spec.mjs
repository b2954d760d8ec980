// The app is updated while some work is unsent.

import { BREAD, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, photograph, test as base } from '../support/test.mjs';
import { nextVersion } from '../support/versions.mjs';

const test = base.extend({
  next: async ({}, use) => {
    const next = await nextVersion();
    await use(next);
    await next.dispose();
  },
});

const versionOf = (page) => page.evaluate(() => document.documentElement.dataset.version ?? 'first');

test('case 21: an update waits until somebody asks for it, and the unsent orders are sent after it', async ({
  server,
  headOffice,
  tampering,
  next,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  await tablet.leaveNetwork();
  const document = await ordering.beginOrder(page, [[MILK, 5], [BREAD, 12]]);
  await ordering.send(page);
  await ordering.expectState(page, 'saved');

  await test.step('the next version comes, and waits while the order cannot be sent', async () => {
    server.app = next.folder;
    await server.restart();
    const problem = { title: 'Not available', status: 503, code: 'unavailable', request_id: 'test' };
    tampering.refuse(/^\/api\//, problem);
    tablet.network.retarget(tampering.port);
    await tablet.joinNetwork();
    await page.reload();
    await expect(page.getByTestId('notice-action')).toHaveText('Update now', { timeout: 60_000 });
    expect(await versionOf(page)).toBe('first');
    await ordering.expectState(page, 'saved');
  });

  await test.step('it takes over when somebody says so, and the order is still there', async () => {
    await page.getByTestId('notice-action').click();
    await expect.poll(() => versionOf(page).catch(() => 'loading'), { timeout: 60_000 }).toBe('next');
    await ordering.expectState(page, 'saved');
    await expect(page.getByTestId('sync-chip')).not.toHaveAttribute('data-unsent', '0');
  });

  await test.step('the new version sends it', async () => {
    tampering.refuse(undefined);
    await tablet.tryNetwork();
    await ordering.expectState(page, 'accepted', { timeout: 60_000 });
    expect((await headOffice.ordersSince(before)).map((row) => row.document)).toEqual([document]);
  });
});

test('a tablet that is too old to send keeps its orders, says that it needs an update, and finds it', async ({
  server,
  headOffice,
  tampering,
  next,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const problem = { title: 'Update this app', status: 426, code: 'client_too_old', request_id: 'test' };
  tampering.refuse(/^\/api\/sync\/push/, problem);
  await tablet.leaveNetwork();
  tablet.network.retarget(tampering.port);
  await tablet.joinNetwork();
  const document = await ordering.beginOrder(page, [[MILK, 5]]);
  await ordering.send(page);
  await expect(page.getByTestId('sync-chip')).toHaveAttribute('data-state', 'outdated', { timeout: 60_000 });
  await ordering.expectState(page, 'saved');

  server.app = next.folder;
  await server.restart();
  await page.getByTestId('sync-chip').click();
  await expect(page.getByText('This app is too old to send')).toBeVisible();
  await page.getByTestId('update').click();
  await expect(page.getByTestId('update')).toHaveText('Update now', { timeout: 60_000 });
  await photograph(page, 'tablet-outdated');
  tampering.refuse(undefined);
  await page.getByTestId('update').click();
  await expect.poll(() => versionOf(page).catch(() => 'loading'), { timeout: 60_000 }).toBe('next');
  await tablet.open(`/orders/${document}`);
  await ordering.expectState(page, 'accepted', { timeout: 60_000 });
  expect((await headOffice.ordersSince(before)).map((row) => row.document)).toEqual([document]);
});
