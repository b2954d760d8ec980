import { defineConfig } from '@playwright/test';
import { launchOptions } from './support/chromium.mjs';
import { SIZES } from './support/tablet.mjs';

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.mjs',
  outputDir: 'test-results',
  // Each journey runs a debug server, and a browser for each tablet. On two cores, several journeys
  // at the same time would only slow each other down.
  workers: 1,
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
