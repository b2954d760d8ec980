// The person at a shared tablet: names and PINs, checked without a network.

import { expectAccessible } from '../support/accessibility.mjs';
import { BREAD, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, photograph, test } from '../support/test.mjs';

const PIN = '2580';

/**
 * A tablet that knows that its first person has a PIN, and asks for it.
 * Resolves to `{ tablet, name }`.
 */
async function tabletWithPin({ server, newTablet }) {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  const name = await ordering.enrol(tablet, link, { name: 'Kitchen' });
  await tablet.page.getByTestId('current-person').click();
  const person = await tablet.page.getByTestId('person-option').first().getAttribute('data-person');
  await tablet.page.getByTestId('person-option').first().click();
  const { code, stderr } = await server.runWith(`${PIN}\n`, 'user', 'pin', person);
  expect(code, stderr).toBe(0);
  await tablet.switchOff();
  await tablet.switchOn();
  // Until now the tablet knew of no PIN for this person; the server says that there is one.
  await expect(tablet.page.getByTestId('pin-entry')).toHaveAttribute('data-person', person, { timeout: 60_000 });
  return { tablet, name };
}

test('a PIN is asked for and checked without a network, wrong ones cost time, and the order names who typed it', async ({
  server,
  headOffice,
  newTablet,
}) => {
  const before = await headOffice.orders();
  const { tablet, name } = await tabletWithPin({ server, newTablet });
  await photograph(tablet.page, 'tablet-pin');
  await expectAccessible(tablet.page, 'the PIN pad');
  await tablet.leaveNetwork();
  await tablet.switchOff();
  tablet.network.cut();
  await tablet.switchOn();
  const said = () => tablet.page.getByTestId('pin-said');

  await test.step('three are free, the next ones wait, also after a restart', async () => {
    for (const wrong of ['1111', '2222']) {
      await ordering.enterPin(tablet.page, wrong);
      await expect(said()).toContainText('Wrong PIN');
    }
    await ordering.enterPin(tablet.page, '3333');
    await expect(said()).toContainText(/Try again in [1-5] s/);
    await expect(tablet.page.getByTestId('pin-2')).toBeDisabled();
    await photograph(tablet.page, 'tablet-pin-wait');
    await expect(said()).toHaveText('');
    await ordering.enterPin(tablet.page, '4444');
    await expect(said()).toContainText(/Try again in \d+ s/);
    await tablet.switchOff();
    await tablet.switchOn();
    await expect(said()).toContainText(/Try again in \d+ s/);
    await expect(said()).toHaveText('');
  });

  await test.step('the right one, by keyboard', async () => {
    await tablet.page.getByTestId('pin').fill(PIN);
    await tablet.page.keyboard.press('Enter');
    await expect(tablet.page.getByTestId('current-person')).toContainText(name);
  });

  const document = await ordering.beginOrder(tablet.page, [[MILK, 5]]);
  await ordering.send(tablet.page);
  await tablet.joinNetwork();
  await ordering.expectState(tablet.page, 'accepted', { timeout: 60_000 });
  const arrived = await headOffice.ordersSince(before);
  expect(arrived.map((row) => [row.document, row.submitted_by])).toEqual([[document, name]]);
});

test('a tablet that nobody touches for five minutes asks for the PIN again, and goes on where it was', async ({
  server,
  newTablet,
}) => {
  const { tablet } = await tabletWithPin({ server, newTablet });
  const { page } = tablet;
  await page.clock.install();
  await page.reload();
  await ordering.enterPin(page, PIN);
  const document = await ordering.beginOrder(page, [[MILK, 5], [BREAD, 12]]);
  await page.clock.fastForward('04:00');
  await page.getByTestId('order-total').click();
  await page.clock.fastForward('04:00');
  await expect(page.getByTestId('basket-line')).toHaveCount(2);
  // Head office says what time it is, eight minutes earlier. The time without a touch does not
  // become shorter by that.
  const heard = page.waitForResponse((response) => response.url().includes('/api/sync/'));
  await tablet.tryNetwork();
  await heard;
  await page.clock.fastForward('01:30');
  await expect(page.getByTestId('pin-entry')).toBeVisible();
  await expect(page.getByTestId('basket-line')).toHaveCount(0);
  await page.getByTestId('pin-other').click();
  await page.getByTestId('person-option').nth(1).click();
  await expect(page.getByTestId('basket-line')).toHaveCount(2);
  expect(ordering.documentOf(page)).toBe(document);
});
