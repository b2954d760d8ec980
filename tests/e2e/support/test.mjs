// The fixtures of a journey: `import { expect, test } from '../support/test.mjs'`.
//
//   server       a CalloffServer that runs the demo organisation
//   network      the network between desks and the server
//   tampering    an attacker between that server and a browser (`retarget(tampering.port)`)
//   headOffice   the server's own view of its orders, read with an API session of finance
//   newTablet    (options?) => Tablet, as many as the journey needs, each with its own network
//   newDesk      (options?) => Page, a person at a desk: an isolated context without a sign-in
//
// Everything is closed after the journey. A journey whose pages threw uncaught errors fails.

import { expect, test as base } from '@playwright/test';
import { HeadOffice } from './head-office.mjs';
import { Proxy } from './proxy.mjs';
import { CalloffServer } from './server.mjs';
import { Tablet, watchErrors } from './tablet.mjs';
import { TamperingProxy } from './tampering.mjs';

export { photograph } from './tablet.mjs';
export { expect };

export const test = base.extend({
  // Invented once for each worker. Each journey gets its own copy. The purchase orders are sent
  // before that, so that not every copy is busy with them.
  demo: [
    async ({}, use) => {
      const demo = await CalloffServer.create();
      try {
        await demo.start();
        await demo.sendAll();
        await demo.stop();
        await use(demo);
      } finally {
        await demo.dispose();
      }
    },
    { scope: 'worker', timeout: 300_000 },
  ],

  server: async ({ demo }, use, testInfo) => {
    const server = await CalloffServer.create({ like: demo });
    try {
      await server.start();
      await use(server);
    } finally {
      await server.dispose();
      if (testInfo.status !== testInfo.expectedStatus) {
        await testInfo.attach('server.log', { body: server.output.join('\n'), contentType: 'text/plain' });
      }
    }
  },

  network: async ({ server }, use) => {
    const proxy = await Proxy.open(server.port);
    await use(proxy);
    await proxy.close();
  },

  tampering: async ({ server }, use) => {
    const proxy = await TamperingProxy.open(server.port);
    await use(proxy);
    await proxy.close();
  },

  headOffice: async ({ server }, use) => {
    await use(new HeadOffice(server));
  },

  newTablet: async ({ playwright, server }, use) => {
    const tablets = [];
    await use(async (options) => {
      const network = await Proxy.open(server.port);
      const tablet = await Tablet.create({ browserType: playwright.chromium, network, options });
      tablets.push(tablet);
      return tablet;
    });
    for (const tablet of tablets) {
      await tablet.dispose();
      await tablet.network.close();
    }
    expect(tablets.flatMap((tablet) => tablet.pageErrors), 'uncaught errors on tablets').toEqual([]);
  },

  newDesk: async ({ browser, network }, use) => {
    const errors = [];
    const contexts = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: network.origin, ...options });
      contexts.push(context);
      const page = await context.newPage();
      watchErrors(page, errors);
      return page;
    });
    for (const context of contexts) await context.close();
    expect(errors, 'uncaught errors at desks').toEqual([]);
  },
});
