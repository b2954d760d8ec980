// What axe-core finds on a screen. It checks about half of WCAG 2.2 AA. Keyboard journeys check
// more.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from '@playwright/test';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const REFUSED = ['serious', 'critical'];

/**
 * Expects no serious and no critical violation on `page`. Each violation is named with its
 * elements.
 */
export async function expectAccessible(page, screen) {
  await page.evaluate(AXE);
  // Half-way from one colour scheme to the other, colours have no contrast.
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
  const violations = await page.evaluate(
    async (values) => (await window.axe.run(document, { runOnly: { type: 'tag', values } })).violations,
    RULES,
  );
  const found = violations
    .filter(({ impact }) => REFUSED.includes(impact))
    .map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(' | ')}`);
  expect(found, `accessibility of ${screen}`).toEqual([]);
}
