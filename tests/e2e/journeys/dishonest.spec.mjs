// A tablet that sends false claims to the server.

import { MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { publishBlocked, publishCandles } from '../support/publishing.mjs';
import { CalloffServer } from '../support/server.mjs';
import { expect, test } from '../support/test.mjs';

/** From now on, sends the tablet's connections to another server, also those that are open. */
function connectTo(tablet, server) {
  tablet.network.cut();
  tablet.network.retarget(server.port);
  tablet.network.restore();
}

test('case 14: the server does not believe a tablet that claims that a blocked item is not blocked', async ({
  server,
  headOffice,
  newTablet,
}) => {
  const [link] = server.enrolmentLinks();
  const before = await headOffice.orders();
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, link, { name: 'Kitchen' });
  const supplier = await supplierOf(tablet, headOffice, MILK);

  // A server with the organisation's data folder has its signing key. So the tablet accepts what
  // that server publishes.
  await server.stop();
  const impostor = await CalloffServer.create({ command: 'serve', like: server });
  try {
    await server.start();
    await impostor.start();
    await publishBlocked(server, { item: MILK.item, supplier });
    await publishCandles(impostor);
    connectTo(tablet, impostor);
    await tablet.open('/settings');
    await expect(page.getByTestId('release')).toContainText('Release 2', { timeout: 60_000 });
    await tablet.leaveNetwork();
    await tablet.open('/');
    const document = await ordering.beginOrder(page, [[MILK, 5]]);
    await ordering.send(page);
    await ordering.expectState(page, 'saved');

    connectTo(tablet, server);
    await tablet.joinNetwork();
    await ordering.expectState(page, 'refused', { timeout: 60_000 });
    const { order } = await headOffice.order(document);
    const [{ pin }] = Object.values(order.lines);
    expect([pin.release, pin.supplier]).toEqual([2, supplier]);
    expect(order.server.purchase_orders).toEqual([]);
    expect((await headOffice.ordersSince(before)).find((row) => row.document === document).stage).toBe('refused');
  } finally {
    await impostor.dispose();
  }
});

/**
 * The supplier from which the tablet would buy an item, read from an order that head office
 * accepted.
 */
async function supplierOf(tablet, headOffice, article) {
  const document = await ordering.beginOrder(tablet.page, [[article, 5]]);
  await ordering.send(tablet.page);
  await ordering.expectState(tablet.page, 'accepted');
  const { order } = await headOffice.order(document);
  const [{ pin }] = Object.values(order.lines);
  return pin.supplier;
}
