// Procurement reads its contracts: which end soon, what a line costs and cost before, and what
// differs between two versions.

import { expectAccessible } from '../support/accessibility.mjs';
import { expectFits } from '../support/fits.mjs';
import { contract, deskUser, line, organisation, publish, today } from '../support/organisation.mjs';
import { signIn } from '../support/sign-in.mjs';
import { expect, photograph, test } from '../support/test.mjs';

const ITEMS = 230;

/** A day, some days from today, as `YYYY-MM-DD`. */
function later(days) {
  const day = new Date(`${today()}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/** A person at a desk of this server. Uncaught errors of the page fail the journey. */
async function newDesk(browser, server, options) {
  const context = await browser.newContext({ baseURL: server.origin, ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => expect.soft(error, 'an uncaught error').toBeUndefined());
  return page;
}

const name = (number) => (number === ITEMS ? 'Soap, liquid, lavender, 5 l' : `Cleaning thing number ${number}`);
const soap = String(ITEMS);

/**
 * A contract of 230 lines that ends in 20 days. It has an amendment for the next week: soap costs 5
 * % more, one line is gone, one is new, and orders are from 80.00 EUR on.
 */
async function withAmendment() {
  const numbers = Array.from({ length: ITEMS }, (_, at) => at + 1);
  const items = Object.fromEntries(numbers.map((number) => [`I${number}`, name(number)]));
  const lines = numbers.map((number) =>
    line(String(number), `I${number}`, number === ITEMS ? '20.00' : '3.00', { supplier_item_number: `S-${number}` }),
  );
  const validity = { start: '2015-01-01', end: later(20) };
  const terms = {
    delivery_schedule: { weekdays: [2, 5], cut_off: '14:00:00' },
    payment: { net_days: 30 },
    maximum_commitment: { measure: { value: '100000' }, strength: 'soft' },
  };
  const first = contract('FA-1', 'clean', lines, { title: 'Cleaning for all sites', validity, terms });
  const server = await organisation({
    items: { ...items, T1: 'Towel' },
    suppliers: { clean: 'Clean & Bright', towels: 'Towels Ltd' },
    contracts: [first, contract('FA-2', 'towels', [line('1', 'T1', '4.50')], { title: 'Towels' })],
  });
  const changed = lines
    .filter(({ id }) => id !== '7')
    .map((known) => (known.id === soap ? line(soap, `I${ITEMS}`, '21.00', { supplier_item_number: `S-${ITEMS}` }) : known));
  const amended = {
    ...first,
    version: 2,
    terms: { ...terms, minimum_order_value: '80' },
    amendment: { effective_from: later(7), reason_code: 'price', rationale: 'Lavender is dearer' },
    lines: [...changed, line('new', 'T1', '4.00')],
  };
  await publish(server, { contracts: [amended] });
  const person = await deskUser(server, 'paula', 'procurement@org');
  return { server, person: { ...person, shows: 'empty' } };
}

test('procurement finds a contract that ends soon, a line on it, and what will change', async ({ browser }) => {
  const { server, person } = await withAmendment();
  try {
    const desk = await newDesk(browser, server, { locale: 'en-GB' });
    await signIn(desk, person);
    const rows = desk.getByTestId('contracts-table').locator('tbody tr.table-row');

    await test.step('the list is filtered by its address', async () => {
      await desk.getByRole('link', { name: 'Contracts' }).click();
      await expect(rows).toHaveCount(2);
      await desk.getByTestId('filter-within').click();
      await desk.getByRole('option', { name: '30 days' }).click();
      await expect(rows).toHaveCount(1);
      await expect(desk).toHaveURL(/within=30/);
      await expect(rows.first()).toContainText('20 days left');
      await expect(rows.first()).toContainText('of max.');
    });

    await test.step('the contract says what was agreed', async () => {
      await desk.getByTestId('contract-link').click();
      await expect(desk.getByRole('heading', { level: 1 })).toHaveText('Cleaning for all sites');
      await expect(desk.getByTestId('contract-terms')).toContainText('Tuesday, Friday; order by 14:00');
      await expect(desk.getByTestId('contract-scope')).toContainText('Org');
      await expect(desk.getByTestId('contract-version-row')).toHaveCount(2);
      await expect(desk.getByTestId('contract-versions')).toContainText('Lavender is dearer');
    });

    const lines = desk.getByTestId('contract-line');
    await test.step('long lists are read page by page, and searched at the server', async () => {
      await expect(lines).toHaveCount(100);
      await desk.getByTestId('lines-pager').getByTestId('page-next').click();
      await expect(desk.getByTestId('page-range')).toHaveText('101–200 of 230');
      await desk.getByTestId('lines-pager').getByTestId('page-next').click();
      await expect(lines).toHaveCount(30);
      await desk.getByTestId('lines-pager').getByTestId('page-previous').click();
      await expect(desk.getByTestId('page-range')).toHaveText('101–200 of 230');
      await desk.getByTestId('lines-search').fill('lavender s-230');
      await expect(lines).toHaveCount(1);
      await expect(lines).toContainText('20.00');
      await expect(desk).toHaveURL(/find=lavender/);
    });

    await test.step('the announced version says what soap cost before', async () => {
      await desk.locator('[data-version="2"]').getByTestId('version-lines').click();
      await expect(lines.getByTestId('price-before')).toContainText('20.00');
      await expect(lines).toContainText('21.00');
    });

    await test.step('two versions are compared', async () => {
      await desk.getByTestId('compare').click();
      const difference = desk.getByTestId('difference');
      await expect(difference).toContainText('From version 1 to version 2');
      await expect(difference.getByTestId('term-change')).toContainText('80.00');
      await expect(difference.getByTestId('line-change')).toHaveCount(3);
      await difference.locator('[data-fate="repriced"]').first().click();
      await expect(difference.getByTestId('line-change')).toHaveCount(1);
      await expect(difference.getByTestId('price-change')).toContainText('+5');
      await desk.reload();
      await expect(difference.getByTestId('price-change')).toContainText('+5');
    });

    await test.step('the way back keeps the filter', async () => {
      await desk.getByTestId('back').click();
      await expect(desk).toHaveURL(/within=30/);
      await expect(rows).toHaveCount(1);
    });
  } finally {
    await server.dispose();
  }
});

test('contracts fit, in both schemes and languages', async ({ browser }) => {
  const { server, person } = await withAmendment();
  try {
    for (const [locale, colorScheme] of [['en-GB', 'light'], ['de-DE', 'dark']]) {
      const desk = await newDesk(browser, server, { locale, colorScheme });
      await signIn(desk, person);
      const pages = [
        ['contracts', '/desk/contracts', 'contracts-table'],
        ['contract', '/desk/contracts/FA-1', 'contract-lines'],
        ['contract-lines', '/desk/contracts/FA-1?version=2&find=lavender', 'contract-lines'],
        ['contract-difference', '/desk/contracts/FA-1?from=1&to=2', 'line-changes'],
      ];
      for (const [name, path, shown] of pages) {
        await desk.goto(path);
        await expect(desk.getByTestId(shown)).toBeVisible();
        await expectAccessible(desk, `${name} (${locale})`);
        await photograph(desk, `${name}-${locale}`);
        await expectFits(desk, name);
      }
    }
  } finally {
    await server.dispose();
  }
});
