import { defineConfig } from '@playwright/test';
import { launchOptions } from './support/chromium.mjs';
import { SIZES } from './support/tablet.mjs';

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.mjs',
  outputDir: 'test-results',
  // Each journey runs a server, and a browser for each tablet. Two at a time take three quarters of
  // the time, but on two busy cores some of them then wait too long.
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
    // A trace of every journey makes all of them slower, so only who asks gets one.
    trace: process.env.CALLOFF_TRACE ? 'retain-on-failure' : 'off',
  },
});
