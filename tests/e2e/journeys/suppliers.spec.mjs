// Purchase orders reach suppliers: by mail without anybody's help, or by a person who says how.

import { readFile } from 'node:fs/promises';
import { expectAccessible } from '../support/accessibility.mjs';
import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import { expectFits } from '../support/fits.mjs';
import * as ordering from '../support/ordering.mjs';
import { signIn } from '../support/sign-in.mjs';
import { expect, photograph, test } from '../support/test.mjs';

/** Opens the page of a supplier at the desk. */
async function openSupplier(desk, name) {
  await desk.getByRole('link', { name: 'Suppliers' }).click();
  await desk.getByTestId('suppliers-table').getByRole('link', { name, exact: true }).click();
  await expect(desk.getByRole('heading', { level: 1 })).toContainText(name);
}

/** Waits until the page shows a state. A job looks every two seconds. */
async function expectState(desk, words) {
  await expect(desk.getByTestId('purchase-order-state')).toContainText(words, { timeout: 30_000 });
}

test('an order that was made offline is mailed to its suppliers, and a person sends the rest', async ({
  server,
  headOffice,
  newTablet,
  newDesk,
}) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const document = await ordering.beginOrder(tablet.page, [[MILK, 7], [BREAD, 12], [COFFEE, 3]]);
  await ordering.send(tablet.page);
  await ordering.expectState(tablet.page, 'accepted');
  const { order } = await headOffice.order(document);
  const cut = order.server.purchase_orders;

  const desk = await newDesk();
  await signIn(desk, server.signIn('Procurement'));
  const [first] = cut;

  await test.step('the supplier gets an address, and the change can be taken back', async () => {
    await openSupplier(desk, first.supplier_name);
    const channels = desk.getByTestId('channel-row');
    const before = await channels.count();
    await desk.getByTestId('channel-add-email').click();
    const added = channels.last().getByTestId('channel-destination');
    await added.fill('no address');
    await desk.getByTestId('supplier-save').click();
    await expect(channels.last()).toContainText('@');
    await added.fill('second@supplier.example');
    await desk.getByTestId('supplier-save').click();
    await expect(desk.getByTestId('supplier-save')).toBeDisabled();
    await desk.getByRole('button', { name: 'Undo' }).click();
    await expect(channels).toHaveCount(before);
    await desk.reload();
    await expect(channels).toHaveCount(before);
  });

  await test.step('each purchase order is on its way or waits for a person', async () => {
    await desk.goto(`/desk/orders/${document}`);
    for (const { number, total } of cut) {
      await desk.goto(`/desk/purchase-orders/${number}`);
      await expect(desk.getByTestId('purchase-order-total')).toContainText(
        Number(total.amount).toFixed(2),
      );
      await expect
        .poll(() => desk.getByTestId('purchase-order-state').innerText(), { timeout: 30_000 })
        .toMatch(/^(Sent|To send by hand)$/m);
    }
  });

  await test.step('the tablet shows the same, also without a network', async () => {
    const { page } = tablet;
    const states = () =>
      page.getByTestId('on-its-way').evaluateAll((shown) => shown.map((one) => one.dataset.state));
    await expect.poll(states, { timeout: 60_000 }).toHaveLength(cut.length);
    const { order: now } = await headOffice.order(document);
    const known = cut.map(({ number }) => now.server.progress[number].state);
    expect((await states()).toSorted()).toEqual(known.toSorted());
    expect(known).toContain('sent');
    await tablet.leaveNetwork();
    await page.reload();
    await expect.poll(states).toHaveLength(cut.length);
    await tablet.joinNetwork();
    await photograph(page, 'tablet-sent-to-suppliers');
  });

  await test.step('what was mailed names the order, and can be read at the desk', async () => {
    const mails = await server.mails();
    const mailed = cut.filter(({ number }) => mails.some((mail) => mail.includes(`<${number}-1.1.`)));
    expect(mailed.length).toBeGreaterThan(0);
    const [{ number }] = mailed;
    await desk.goto(`/desk/purchase-orders/${number}`);
    await expectState(desk, 'Sent');
    const [download] = await Promise.all([
      desk.waitForEvent('download'),
      desk.getByTestId('dispatch-download').click(),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    expect(mails).toContain(text);
  });

  await test.step('a sending by hand is said, and can be taken back', async () => {
    await desk.goto('/desk/purchase-orders?state=needs_person');
    await desk.getByTestId('purchase-order-link').first().click();
    await expectState(desk, 'To send by hand');
    await desk.getByTestId('by-hand').click();
    await desk.getByTestId('by-hand-confirm').click();
    await expect(desk.getByTestId('by-hand-dialog')).toContainText('how');
    await desk.getByTestId('by-hand-note').fill('by phone, Ms Weber');
    await desk.getByTestId('by-hand-confirm').click();
    await expectState(desk, 'Sent');
    await expect(desk.getByTestId('dispatches')).toContainText('by phone, Ms Weber');
    await desk.getByTestId('not-sent').click();
    await desk.getByTestId('not-sent-confirm').click();
    await expectState(desk, 'To send by hand');
  });
});

test('suppliers and purchase orders fit, in both schemes and languages', async ({ server, newDesk }) => {
  for (const [locale, colorScheme] of [['en-GB', 'light'], ['de-DE', 'dark']]) {
    const desk = await newDesk({ locale, colorScheme });
    await signIn(desk, server.signIn('Procurement'));
    await desk.goto('/desk/suppliers');
    await expect(desk.getByTestId('suppliers-table')).toBeVisible();
    const supplier = await desk.getByTestId('supplier-link').first().getAttribute('href');
    await desk.goto('/desk/purchase-orders');
    const order = await desk.getByTestId('purchase-order-link').first().getAttribute('href');
    const pages = [
      ['suppliers', '/desk/suppliers', 'suppliers-table'],
      ['supplier', supplier, 'supplier-form'],
      ['purchase-orders', '/desk/purchase-orders', 'purchase-orders-table'],
      ['purchase-order', order, 'purchase-order-lines'],
    ];
    for (const [name, path, shown] of pages) {
      await desk.goto(path);
      await expect(desk.getByTestId(shown)).toBeVisible();
      await expectAccessible(desk, `${name} (${locale})`);
      await photograph(desk, `${name}-${locale}`);
      await expectFits(desk, name);
    }
  }
});
