// Whether a page fits its window.

import { expect } from '@playwright/test';

import { SIZES } from './tablet.mjs';

/** Expects that neither the page nor a table scrolls sideways at any of the three sizes. */
export async function expectFits(page, name) {
  const before = page.viewportSize();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    // The browser may apply the rules for the new size a moment later. So this asks again.
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(overflow, `${name} is too wide at ${size.width} px`).toBe(0);
    const wide = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('.table-scroll, .data-table')]
          .filter((table) => table.scrollWidth > table.clientWidth)
          .map((table) => `${table.scrollWidth} px in ${table.clientWidth} px`),
      );
    await expect.poll(wide, `tables of ${name} that are too wide at ${size.width} px`).toEqual([]);
  }
  await page.setViewportSize(before);
}
