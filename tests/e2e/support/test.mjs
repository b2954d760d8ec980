// What a journey is given: `import { expect, test } from '../support/test.mjs'`.
//
//   server       a CalloffServer that runs the demo organisation
//   proxy        the network before it; the only address that browsers know
//   newTablet    (options?) => Tablet, as many as the journey needs
//   newDesk      (options?) => Page, a person at a desk: an isolated context, signed in nowhere
//
// Everything is taken down after the journey, and one whose pages threw uncaught errors fails.

import { expect, test as base } from '@playwright/test';
import { Proxy } from './proxy.mjs';
import { CalloffServer } from './server.mjs';
import { Tablet, watchErrors } from './tablet.mjs';

export { photograph } from './tablet.mjs';
export { expect };

export const test = base.extend({
  server: async ({}, use, testInfo) => {
    const server = await CalloffServer.create();
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

  proxy: async ({ server }, use) => {
    const proxy = await Proxy.open(server.port);
    await use(proxy);
    await proxy.close();
  },

  newTablet: async ({ playwright, proxy }, use) => {
    const tablets = [];
    await use(async (options) => {
      const tablet = await Tablet.create({ browserType: playwright.chromium, origin: proxy.origin, options });
      tablets.push(tablet);
      return tablet;
    });
    for (const tablet of tablets) await tablet.dispose();
    expect(tablets.flatMap((tablet) => tablet.pageErrors), 'uncaught errors on tablets').toEqual([]);
  },

  newDesk: async ({ browser, proxy }, use) => {
    const errors = [];
    const contexts = [];
    await use(async (options = {}) => {
      const context = await browser.newContext({ baseURL: proxy.origin, ...options });
      contexts.push(context);
      const page = await context.newPage();
      watchErrors(page, errors);
      return page;
    });
    for (const context of contexts) await context.close();
    expect(errors, 'uncaught errors at desks').toEqual([]);
  },
});
