// The app shows a refusal where people see it, and work goes on.

import { BREAD, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { publishCandles } from '../support/publishing.mjs';
import { expect, test } from '../support/test.mjs';

const flipOneBit = (bytes) => {
  const changed = Buffer.from(bytes);
  changed[changed.length >> 1] ^= 1;
  return changed;
};

/** The answer with one bit of the manifest flipped. The signature is unchanged. */
const changeManifest = (bytes) => {
  const release = JSON.parse(bytes);
  const manifest = Buffer.from(release.current.manifest, 'base64');
  release.current.manifest = flipOneBit(manifest).toString('base64');
  return Buffer.from(JSON.stringify(release));
};

for (const [what, path, change] of [
  ['manifest', /^\/api\/release$/, changeManifest],
  // This also alters the difference from the release before. A tablet that cannot use the
  // difference asks for whole chunks.
  ['chunk', /^\/api\/(chunks|release\/\d+\/from\/)/, flipOneBit],
]) {
  test(`a tampered ${what} is refused visibly, and ordering goes on with the last good release`, async ({
    server,
    headOffice,
    tampering,
    newTablet,
  }) => {
    const [link] = server.enrolmentLinks();
    const tablet = await newTablet();
    tablet.network.retarget(tampering.port);
    await ordering.enrol(tablet, link, { name: 'Kitchen' });
    await ordering.expectAllSent(tablet.page);

    tampering.alter(path, change);
    await publishCandles(server);
    await tablet.switchOff();
    await tablet.switchOn();
    const { page } = tablet;
    await expect(page.getByTestId('notices')).toContainText('A catalogue was refused', { timeout: 40_000 });
    expect(tampering.altered.length).toBeGreaterThan(0);

    const document = await ordering.beginOrder(page, [[MILK, 5]]);
    await ordering.send(page);
    await ordering.expectState(page, 'accepted');
    const { order } = await headOffice.order(document);
    expect(Object.values(order.lines).map(({ pin }) => pin.release)).toEqual([1]);

    tampering.alter(undefined);
    await page.goto(tablet.network.via('/settings'));
    await expect(page.getByTestId('release')).toContainText('2', { timeout: 40_000 });
  });
}

test('a used enrolment code is refused with the reason, and a wrong one too', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  await ordering.enrol(await newTablet(), link, { name: 'Kitchen' });
  const { page, network } = await newTablet();
  await page.goto(network.via(link.url));
  await page.getByTestId('enrol-name').fill('Thief');
  await page.getByTestId('enrol-submit').click();
  await expect(page.getByTestId('enrol-error')).toContainText('was used');
  await page.getByTestId('enrol-code').fill('AAAA-BBBB-CCCC-DDDD');
  await page.getByTestId('enrol-submit').click();
  await expect(page.getByTestId('enrol-error')).toContainText('unknown');
  await expect(page.getByTestId('enrol-submit')).toBeEnabled();
});

test('a code stays valid when the network fails during the enrolment', async ({ server, newTablet }) => {
  const [, link] = server.enrolmentLinks();
  const tablet = await newTablet();
  const { page, network } = tablet;
  await tablet.open('/enrol');
  await page.getByTestId('enrol-name').fill('Kitchen');
  // The form is open already. The link changes only the fragment of the page's address.
  await page.goto(network.via(link.url));
  network.cut();
  await page.getByTestId('enrol-submit').click();
  await expect(page.getByTestId('enrol-error')).toContainText('cannot be reached');
  network.restore();
  await page.getByTestId('enrol-submit').click();
  await expect(page.getByTestId('person-option').first()).toBeVisible({ timeout: 60_000 });
});

test('case 10: a quantity that is no whole number of packs is offered rounded, and the button says so', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  await page.getByTestId('new-order').click();
  await (await ordering.search(page, BREAD.typed, BREAD.item)).click();
  await page.getByTestId('quantity').fill('1.5');
  await expect(page.getByTestId('adjustment')).toBeVisible();
  await expect(page.getByTestId('add')).toHaveText(/^Add 2\s/);
  await page.getByTestId('add').click();
  await page.getByTestId('view-order').click();
  await ordering.expectQuantity(page, BREAD.item, 2);
  await expect(page.getByTestId('send')).toBeEnabled();
});
