// Finance sees orders as the server merges them, filters them, and opens one.

import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { signIn } from '../support/sign-in.mjs';
import { expect, test } from '../support/test.mjs';

const { amounts } = ordering;

async function filterBy(desk, testId, name) {
  await desk.getByTestId(testId).click();
  await desk.getByTestId(testId).fill(name);
  await desk.getByRole('option', { name, exact: true }).click();
}

const countShown = async (desk) => Number(await desk.getByTestId('orders-count').getAttribute('data-count'));

test('finance sees an order as soon as it arrives, and the totals are right to the cent', async ({
  server,
  headOffice,
  newTablet,
  newDesk,
}) => {
  const [link] = server.enrolmentLinks();
  const desk = await newDesk();
  await signIn(desk, server.signIn('Finance'));
  await expect(desk.getByTestId('line')).toContainText('Live');
  const all = await headOffice.orders();
  await expect(desk.getByTestId('orders-count')).toHaveAttribute('data-count', String(all.length));

  const tablet = await newTablet();
  const person = await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const document = await ordering.beginOrder(tablet.page, [[MILK, 7], [BREAD, 12], [COFFEE, 3]]);
  // The desk's totals leave out charges, so they are those of the lines.
  const total = (await tablet.page.locator('.line-amount').allInnerTexts()).join(' ');
  await ordering.send(tablet.page);
  await ordering.expectState(tablet.page, 'accepted');

  const row = desk.locator(`[data-document="${document}"]`);
  await test.step('it appears live', async () => {
    await expect(row).toBeVisible();
    await expect(row).toContainText(link.site);
    await expect(row).toContainText(person);
    await expect(row).toContainText('Kitchen');
    expect(amounts(await row.getByTestId('row-total').innerText())).toEqual(amounts(total));
    await expect(desk.getByTestId('orders-count')).toHaveAttribute('data-count', String(all.length + 1));
  });

  const { order, row: head } = await headOffice.order(document);
  const today = new Date(head.received_at).toLocaleDateString('sv-SE', { timeZone: 'Europe/London' });
  await test.step('site, supplier and period narrow it, and the total follows', async () => {
    await filterBy(desk, 'filter-site', link.site);
    await expect.poll(() => countShown(desk)).toBe((await headOffice.orders({ site: head.site })).length);
    await desk.getByTestId('filter-from').fill(today);
    const here = await headOffice.orders({ site: head.site, from: today });
    await expect.poll(() => countShown(desk)).toBe(here.length);
    await expect(row).toBeVisible();
    expect(amounts(...(await desk.getByTestId('row-total').allInnerTexts()))).toEqual(
      amounts(await desk.getByTestId('orders-total').innerText()),
    );

    const [cut] = order.server.purchase_orders;
    const { amount, currency } = cut.total;
    await filterBy(desk, 'filter-supplier', cut.supplier_name);
    await expect
      .poll(async () => amounts(await row.getByTestId('row-total').innerText()))
      .toEqual(amounts(`${amount} ${currency}`));
    expect(amounts(...(await desk.getByTestId('row-total').allInnerTexts()))).toEqual(
      amounts(await desk.getByTestId('orders-total').innerText()),
    );
    await desk.reload();
    await expect(row).toBeVisible();
    await desk.getByTestId('filter-clear').click();
    await expect(desk.getByTestId('orders-count')).toHaveAttribute('data-count', String(all.length + 1));
  });

  await test.step('the order says who, which tablet, release and contract', async () => {
    await row.getByTestId('order-link').click();
    await expect(desk.getByTestId('order-by')).toHaveText(person);
    await expect(desk.getByTestId('order-tablet')).toHaveText('Kitchen');
    await expect(desk.getByTestId('order-release')).toHaveText('1');
    const lines = desk.getByTestId('order-line');
    await expect(lines).toHaveCount(3);
    for (const { item, pin } of Object.values(order.lines)) {
      const line = desk.locator(`[data-testid="order-line"][data-item="${item}"]`);
      await expect(line.getByTestId('line-contract')).toContainText(pin.contract);
    }
    const shown = amounts(await desk.getByTestId('order-total').innerText());
    expect(amounts(...(await desk.getByTestId('line-amount').allInnerTexts()))).toEqual(shown);
    expect(shown).toEqual(amounts(total));
    await expect(desk.getByTestId('purchase-order')).toHaveCount(order.server.purchase_orders.length);
  });

  await test.step('a server that is away is said, and the list stays', async () => {
    await desk.getByTestId('back').click();
    await expect(row).toBeVisible();
    await server.stop();
    await expect(desk.getByTestId('stale')).toBeVisible();
    await expect(row).toBeVisible();
    await server.start();
    await expect(desk.getByTestId('stale')).toBeHidden({ timeout: 60_000 });
  });
});

test('a person who is signed in at head office is not asked at the front door what this browser is for', async ({ server, newDesk }) => {
  const desk = await newDesk();
  await desk.goto('/');
  await expect(desk.getByTestId('choose-desk')).toBeVisible();
  await signIn(desk, server.signIn('Finance'));
  await desk.goto('/');
  await expect(desk.getByTestId('orders-table')).toBeVisible();
  await expect(desk).toHaveURL(/\/desk\/orders/);
});
