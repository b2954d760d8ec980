// Tablet and desk in German: no screen shows an English sentence or an identifier. And a page that
// the browser translates shows the present quantities.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BREAD, COFFEE, MILK } from '../support/articles.mjs';
import * as ordering from '../support/ordering.mjs';
import { publishCandles } from '../support/publishing.mjs';
import { expect, test } from '../support/test.mjs';

const TABLE = join(resolve(import.meta.dirname, '../../..'), 'app/src/i18n/texts.rs');

/**
 * Words of English sentences. They are in no German sentence and in no name of an item, a person or
 * a place of the demo.
 */
const ENGLISH = /\b(the|is|are|has|have|been|cannot|could|this|these|those|which|your|you|must|than|nothing|already|there|does|not|its)\b/i;
const IDENTIFIER = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}\b/i;

/**
 * The English texts of the table that differ from the German ones, each as a pattern of a whole
 * line.
 */
async function englishTexts() {
  const table = await readFile(TABLE, 'utf8');
  const pairs = [...table.matchAll(/^ {4}\w+: "((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)";$/gm)].map(([, english, german]) => [english, german]);
  expect(pairs.length, 'the table is read').toBeGreaterThan(300);
  const germans = new Set(pairs.map(([, german]) => german));
  const differing = pairs.filter(([english, german]) => english !== german && !germans.has(english)).map(([english]) => english);
  const literal = (text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+');
  // Placeholders with only a small word between them would match names of items, such as "Juice,
  // tomato, from concentrate".
  const isTelling = (text) => (text.includes('{') ? /[a-z]{5}/i : /[a-z]{4}/i).test(text.replace(/\{\w+\}/g, ''));
  return differing.filter(isTelling).map((text) => new RegExp(`^${literal(text)}$`));
}

/**
 * The words on the screen that are English or an identifier. Texts that people or head office wrote
 * stay in their language.
 */
async function wrongWords(page, texts) {
  const lines = await page.evaluate(() => {
    const theirs = '[data-testid="order-note"], [data-testid="decision"], [data-testid="instructions-given"], [lang="en"]';
    const hidden = [...document.querySelectorAll(theirs)].filter((element) => !element.closest('[hidden]'));
    const before = hidden.map((element) => element.hidden);
    hidden.forEach((element) => (element.hidden = true));
    const labels = [...document.querySelectorAll('[aria-label], [placeholder], [title], [alt]')].flatMap((element) =>
      ['aria-label', 'placeholder', 'title', 'alt'].map((name) => element.getAttribute(name)),
    );
    const words = [document.title, document.body.innerText, ...labels].filter(Boolean).join('\n');
    hidden.forEach((element, at) => (element.hidden = before[at]));
    return [...new Set(words.split('\n').map((line) => line.trim()).filter(Boolean))];
  });
  return lines.filter((line) => ENGLISH.test(line) || IDENTIFIER.test(line) || texts.some((text) => text.test(line)));
}

/** More days than contracts honour a superseded price. */
const TOO_LATE_DAYS = 10;

/**
 * A tablet that sends two orders too late. Its catalogue was replaced ten days ago, and it did not
 * know. Both orders wait for procurement. Resolves to `{ tablet, waiting, other }`; the last two
 * are the ids of the orders.
 */
async function sendTooLate(server, newTablet) {
  const tablet = await newTablet({ locale: 'de-DE' });
  const { page } = tablet;
  await ordering.enrol(tablet, server.enrolmentLinks()[0], { name: 'Küche' });
  await ordering.expectAllSent(page);
  await tablet.leaveNetwork();
  const sent = [];
  for (const article of [MILK, COFFEE]) {
    await tablet.open('/');
    sent.push(await ordering.beginOrder(page, [[article, 5]]));
    await ordering.send(page);
    await ordering.expectState(page, 'saved');
  }
  const effective = new Date(Date.now() - TOO_LATE_DAYS * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  await publishCandles(server, { effective });
  await tablet.joinNetwork();
  await ordering.expectState(page, 'waiting', { timeout: 60_000 });
  const [waiting, other] = sent;
  return { tablet, waiting, other };
}

/** Signs in at the desk and opens an order there. */
async function openAtDesk(desk, { name, password }, document) {
  await desk.goto(`/desk/orders/${document}`);
  await desk.getByTestId('sign-in-name').fill(name);
  await desk.getByTestId('sign-in-password').fill(password);
  await desk.getByTestId('sign-in-submit').click();
  await expect(desk.getByTestId('order-lines')).toBeVisible();
}

test('the detector finds English sentences, English labels and identifiers', async ({ newDesk }) => {
  const page = await newDesk();
  await page.setContent(`
    <p>Its contract is suspended.</p><p>Add to order</p><p>Zeile 01a2082d-b05a-7000-8000-000000000001</p>
    <input placeholder="Search the catalogue"><p>Milch, 3 Kisten</p><code lang="en">this is for support</code>`);
  expect((await wrongWords(page, await englishTexts())).length).toBe(4);
});

test('the tablet speaks German on every screen', async ({ server, newTablet }) => {
  const texts = await englishTexts();
  const tablet = await newTablet({ locale: 'de-DE' });
  const { page } = tablet;
  const wrong = {};
  const look = async (name) => {
    const found = await wrongWords(page, texts);
    if (found.length > 0) wrong[name] = found;
  };
  await tablet.open('/');
  await expect(page.getByTestId('choose-tablet')).toBeVisible();
  await look('welcome');
  await ordering.enrol(tablet, server.enrolmentLinks()[0], { name: 'Küche' });
  await ordering.expectAllSent(page);
  await look('home');
  await page.getByTestId('new-order').click();
  await expect(page.getByTestId('search-box')).toBeVisible();
  await look('find');
  await page.getByTestId('search-box').fill('potato');
  await expect(page.getByTestId('result').first()).toBeVisible();
  await look('found');
  await page.getByTestId('result').last().click();
  await page.getByTestId('why').click();
  await expect(page.getByTestId('explanation')).toBeVisible();
  await look('why nothing supplies it here');
  await page.keyboard.press('Escape');
  for (const article of [MILK, COFFEE]) {
    await (await ordering.search(page, article.typed, article.item)).click();
    await page.getByTestId('why').click();
    await expect(page.getByTestId('explanation')).toBeVisible();
    await look(`why ${article.item}`);
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('item-sheet')).toBeHidden();
  }
  await ordering.addItem(page, MILK, 5);
  await ordering.addItem(page, COFFEE, 2);
  await page.getByTestId('view-order').click();
  await expect(page.getByTestId('send')).toBeVisible();
  await look('basket');
  await page.getByTestId('send').click();
  await expect(page.getByTestId('send-dialog')).toBeVisible();
  await look('send');
  await tablet.leaveNetwork();
  await page.getByTestId('confirm-send').click();
  await ordering.expectState(page, 'saved');
  await look('saved');
  await tablet.joinNetwork();
  await ordering.expectState(page, 'accepted', { timeout: 60_000 });
  await look('accepted');
  for (const [name, selector] of [['guide', 'guide-line'], ['site', 'editor-line'], ['settings', 'release']]) {
    await tablet.open(`/${name}`);
    await expect(page.getByTestId(selector).first()).toBeVisible();
    await look(name);
  }
  await tablet.open('/no/such/page');
  await expect(page.locator('h1')).toBeVisible();
  await look('not found');
  expect(wrong).toEqual({});
});

test('the desk speaks German on every screen, also where a person has no access', async ({ server, newTablet, newDesk }) => {
  const texts = await englishTexts();
  const wrong = {};
  const { tablet, waiting, other } = await sendTooLate(server, newTablet);
  const lookAtTablet = async (what, document) => {
    await tablet.open(`/orders/${document}`);
    await ordering.expectState(tablet.page, what, { timeout: 60_000 });
    const found = await wrongWords(tablet.page, texts);
    if (found.length > 0) wrong[`tablet: an order that is ${what}`] = found;
  };
  await lookAtTablet('waiting', waiting);

  await test.step('procurement declines one of the two orders that wait, and hears in German why another decision is not taken', async () => {
    const procurement = server.signIn('Procurement');
    const [desk, stale] = [await newDesk({ locale: 'de-DE' }), await newDesk({ locale: 'de-DE' })];
    await openAtDesk(stale, procurement, other);
    await openAtDesk(desk, procurement, other);
    // This desk does not learn what the other desk decides.
    await stale.route(/\/api\/(events|orders\/[^/]+)$/, (route) => route.abort());
    await desk.getByTestId('decline').click();
    await expect(desk.locator('#decision-why-error')).toHaveText('Erst begründen.');
    await desk.getByTestId('decision-why').fill('Bitte zu heutigen Preisen bestellen.');
    await desk.getByTestId('decline').click();
    await expect(desk.getByTestId('refusal')).toBeVisible();
    await stale.getByTestId('decision-why').fill('Nein.');
    await stale.getByTestId('decline').click();
    await expect(stale.getByTestId('decision-failure')).toContainText('Sie wartet nicht mehr');
    await expect(stale.getByTestId('decision-why'), 'what was written stays').toHaveValue('Nein.');
    const found = await wrongWords(stale, texts);
    if (found.length > 0) wrong['a decision that is not taken'] = found;
    for (const page of [desk, stale]) await page.context().close();
  });
  await lookAtTablet('refused', other);

  for (const role of ['Finance', 'Procurement', 'Admin']) {
    const { name, password } = server.signIn(role);
    const desk = await newDesk({ locale: 'de-DE' });
    const look = async (what) => {
      const found = await wrongWords(desk, texts);
      if (found.length > 0) wrong[`${role}: ${what}`] = found;
    };
    await desk.goto('/desk/orders');
    // Upper and lower case make no difference.
    await desk.getByTestId('sign-in-name').fill(name.toUpperCase());
    await desk.getByTestId('sign-in-password').fill('wrong');
    await desk.getByTestId('sign-in-submit').click();
    await expect(desk.getByTestId('sign-in-error')).toBeVisible();
    await look('wrong password');
    await desk.getByTestId('sign-in-password').fill(password);
    await desk.getByTestId('sign-in-submit').click();
    await expect(desk.getByTestId('order-link').first()).toBeVisible();
    await look('orders');
    for (const stage of ['waiting', 'refused', 'accepted']) {
      await desk.goto(`/desk/orders?stage=${stage}`);
      await expect(desk.getByTestId('order-link').first()).toBeVisible();
      await look(`${stage} orders`);
      await desk.getByTestId('order-link').first().click();
      await expect(desk.getByTestId('order-lines')).toBeVisible();
      await look(`an order that is ${stage}`);
    }
    for (const page of ['tablets', 'people', 'new-person', 'places', 'quarantine', 'audit', 'jobs']) {
      await desk.goto(`/desk/${page}`);
      await expect(desk.locator('h1')).toBeVisible();
      await expect(desk.getByTestId('loading')).toHaveCount(0);
      await look(page);
      await expect(desk.getByTestId('retry'), 'another attempt gives nobody a role').toHaveCount(0);
    }
    if (role === 'Admin') {
      await desk.goto('/desk/tablets');
      await desk.getByTestId('code-site').fill(server.enrolmentLinks()[0].site.slice(0, 5));
      await desk.getByRole('option').first().click();
      await desk.getByTestId('code-issue').click();
      await expect(desk.getByTestId('code-text')).toBeVisible();
      await look('a code');
      await desk.goto(`/desk/people/${encodeURIComponent(name)}`);
      await expect(desk.getByTestId('person-removal')).toBeVisible();
      await desk.getByTestId('person-invite').click();
      await expect(desk.getByTestId('invitation-link')).toBeVisible();
      await desk.getByTestId('pin-digits').fill('1111');
      await desk.getByTestId('pin-save').click();
      await look('a person');
      await desk.goto(await desk.getByTestId('invitation-link').innerText());
      await expect(desk.getByTestId('welcome-password')).toBeVisible();
      await desk.getByTestId('welcome-set').click();
      await look('an invitation');
    }
    await desk.context().close();
  }
  expect(wrong).toEqual({});
});

/**
 * Does what translators do: replaces each text by `<font><font>…`, also texts that come later,
 * except where the page forbids it.
 */
function translate() {
  document.documentElement.removeAttribute('translate');
  const one = (node) => {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent || parent.closest('font, script, style, [translate="no"], .notranslate')) return;
    const outer = document.createElement('font');
    outer.append(document.createElement('font'));
    outer.firstChild.textContent = `¡${node.data}!`;
    node.replaceWith(outer);
  };
  const all = (root) => {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walk.nextNode()) nodes.push(walk.currentNode);
    nodes.forEach(one);
  };
  all(document.body);
  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) node.nodeType === Node.TEXT_NODE ? one(node) : node.nodeType === Node.ELEMENT_NODE && all(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
}

test('a page that something translates shows what is ordered now', async ({ server, newTablet }) => {
  const tablet = await newTablet();
  const { page } = tablet;
  await ordering.enrol(tablet, server.enrolmentLinks()[0], { name: 'Kitchen' });
  await ordering.beginOrder(page, [[MILK, 5], [BREAD, 12]]);
  expect(await page.evaluate(() => document.documentElement.translate), 'browsers are not to offer it').toBe(false);
  await page.evaluate(translate);
  const shown = async () => ({
    total: await page.getByTestId('order-total').innerText(),
    line: await ordering.lineOf(page, MILK.item).innerText(),
  });
  const before = await shown();
  await ordering.setQuantity(page, MILK.item, 8);
  await expect.poll(async () => (await shown()).total).not.toBe(before.total);
  const after = await shown();
  await page.reload();
  await expect(page.getByTestId('order-total')).toBeVisible();
  await expect.poll(shown).toEqual(after);
  await page.evaluate(translate);
  await ordering.send(page);
  await ordering.expectState(page, 'accepted', { timeout: 60_000 });
  await expect(page.getByTestId('order-state')).toHaveText('Accepted');
});
