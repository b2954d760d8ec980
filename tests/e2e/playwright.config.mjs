import { defineConfig } from '@playwright/test';
import { launchOptions } from './support/chromium.mjs';
import { SIZES } from './support/tablet.mjs';

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.mjs',
  outputDir: 'test-results',
  // Each journey runs a server, and a browser for each tablet, and waits most of the time. On two
  // cores, two at a time take three quarters of the time of one after the other.
  workers: 2,
  // A journey that passes only at the second try counts as failed.
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/results.json' }]],
  use: {
    launchOptions: launchOptions(),
    viewport: SIZES.at(-1),
    locale: 'en-GB',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
