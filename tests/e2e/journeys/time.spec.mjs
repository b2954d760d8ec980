// A tablet whose clock is wrong says so and orders by the right time. The rules in the catalogue
// give the time of a site in a time zone that the browser does not know.

import { MILK } from '../support/articles.mjs';
import { shiftClock } from '../support/clocks.mjs';
import * as ordering from '../support/ordering.mjs';
import { expect, test } from '../support/test.mjs';

const DAY = 24 * 60 * 60 * 1000;

/**
 * Makes a browser forget all time zones except its own and UTC, as if the browser were older than
 * those zones.
 */
function forgetZones(own) {
  const Known = Intl.DateTimeFormat;
  function DateTimeFormat(locale, options) {
    const zone = options?.timeZone;
    if (zone && zone !== own && zone !== 'UTC') throw new RangeError(`Invalid time zone specified: ${zone}`);
    return new Known(locale, options);
  }
  DateTimeFormat.prototype = Known.prototype;
  DateTimeFormat.supportedLocalesOf = Known.supportedLocalesOf;
  Intl.DateTimeFormat = DateTimeFormat;
}

test('a tablet whose clock is three days behind says so, and what it orders is accepted', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const tablet = await newTablet();
  await tablet.page.addInitScript(shiftClock, -3 * DAY);
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const { page } = tablet;
  const notice = page.getByTestId('clock-notice');
  await expect(notice).toContainText("This tablet's clock is 3 days behind");
  await expect(page.getByTestId('sync-chip')).toContainText('Clock 3 days behind');

  await ordering.beginOrder(page, [[MILK, 5]]);
  await ordering.send(page);
  await ordering.expectState(page, 'accepted', { timeout: 60_000 });

  await test.step('without a network it says how old its knowledge is, and still has its catalogue', async () => {
    await tablet.switchOff();
    tablet.network.cut();
    await tablet.switchOn('/', { runFirst: [shiftClock, -3 * DAY] });
    await expect(tablet.page.getByTestId('clock-notice')).toContainText('As of the last contact');
    await tablet.page.getByTestId('new-order').click();
    await ordering.search(tablet.page, MILK.typed, MILK.item);
  });
});

test('days are right in a browser that does not know the zone of the site', async ({ server, newTablet }) => {
  const [link] = server.enrolmentLinks();
  const dayIn = (zone) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date());
  // In the time zone of the device it is another day than in Europe. So a tablet that used the
  // device's zone would fail the test.
  const own = ['Pacific/Kiritimati', 'Pacific/Pago_Pago'].find((zone) => dayIn(zone) !== dayIn('Europe/London'));
  const tablet = await newTablet({ timezoneId: own });
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const offered = async () => {
    await tablet.page.getByTestId('new-order').click();
    return (await ordering.search(tablet.page, MILK.typed, MILK.item)).innerText();
  };
  const known = await offered();
  await tablet.switchOff();
  await tablet.switchOn('/', { runFirst: [forgetZones, own] });
  expect(await offered()).toBe(known);
  await expect(tablet.page.getByTestId('zone-notice')).toBeHidden();
});
