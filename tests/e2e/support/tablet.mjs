// A tablet: its own browser with its own profile on disk. So switching it off and on is like real
// life: the process ends, and only stored data comes back.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchOptions } from './chromium.mjs';

/** The sizes at which every screen must work (CSS pixels): a tablet upright and lying, a desk. */
export const SIZES = [
  { width: 768, height: 1024 },
  { width: 1024, height: 768 },
  { width: 1440, height: 900 },
];

const SCREENSHOTS = join(import.meta.dirname, '../screenshots');

export class Tablet {
  #browserType;
  #profile;
  #options;
  #context;

  /** The proxy between this tablet and the server: its Wi-Fi. */
  network;
  /** The page on the screen. It is another page after each `switchOn`. */
  page;
  /** Errors that no code of the page caught, as text. A journey expects none at its end. */
  pageErrors = [];

  /**
   * A new tablet, switched on and empty. `options` go to Playwright's context (locale, time zone,
   * …).
   */
  static async create({ browserType, network, options = {} }) {
    const tablet = new Tablet();
    tablet.#browserType = browserType;
    tablet.network = network;
    tablet.#options = { viewport: SIZES[0], hasTouch: true, ...options };
    tablet.#profile = await mkdtemp(join(tmpdir(), 'calloff-tablet-'));
    await tablet.#launch();
    return tablet;
  }

  get context() {
    return this.#context;
  }

  /** Goes to a path of the app, or to a whole address. */
  async open(path = '/') {
    await this.page.goto(new URL(path, this.network.origin).href);
  }

  /** Leaves the Wi-Fi: every connection breaks, and the system tells the browser. */
  async leaveNetwork() {
    this.network.cut();
    await this.#context.setOffline(true);
  }

  /** Joins the Wi-Fi again. The system tells the browser. */
  async joinNetwork() {
    this.network.restore();
    await this.tryNetwork();
  }

  /**
   * The system says that the network came back, whether it works or not. The app tries it at once.
   */
  async tryNetwork() {
    await this.#context.setOffline(true);
    await this.#context.setOffline(false);
  }

  /** Resolves when the app is stored for starts without a network. */
  async canStartOffline() {
    await this.page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      if (active.state === 'activated') return;
      await new Promise((resolve) => {
        active.addEventListener('statechange', () => active.state === 'activated' && resolve());
      });
    });
  }

  /** Ends the browser. Everything that the app did not store is lost. */
  async switchOff() {
    await this.#context?.close();
    this.#context = undefined;
    this.page = undefined;
  }

  /**
   * Starts the browser again with the same storage and opens the app: a cold start. `runFirst` is
   * `[function, argument]`, which each page runs before its own code.
   */
  async switchOn(path = '/', { runFirst } = {}) {
    await this.#launch();
    if (runFirst) await this.page.addInitScript(...runFirst);
    await this.open(path);
  }

  async dispose() {
    await this.switchOff();
    await rm(this.#profile, { recursive: true, force: true });
  }

  async #launch() {
    this.#context = await this.#browserType.launchPersistentContext(this.#profile, {
      ...launchOptions(),
      ...this.#options,
    });
    this.page = this.#context.pages()[0] ?? (await this.#context.newPage());
    watchErrors(this.page, this.pageErrors);
  }
}

/** The app ignores the second tap of a double tap where something else has appeared. */
const SECOND_TAP = { ms: 1_000, px: 24 };

let clicksLikeAPerson = false;

/**
 * Makes `locator.click()` on all pages wait as a person does: who presses two different things at
 * one place first sees that the second one is there. `locator.dblclick()` does not wait.
 */
function clickLikeAPerson(page) {
  if (clicksLikeAPerson) return;
  clicksLikeAPerson = true;
  const locators = Object.getPrototypeOf(page.locator('body'));
  const clickAtOnce = locators.click;
  locators.click = async function (options) {
    const owner = this.page();
    // An element that does not come is a failure of the click itself.
    await this.scrollIntoViewIfNeeded({ timeout: options?.timeout }).catch(() => {});
    const box = await this.boundingBox({ timeout: 1_000 }).catch(() => null);
    const at = box && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const last = owner.calloffLastClick;
    if (last && at && Math.hypot(at.x - last.x, at.y - last.y) < 2 * SECOND_TAP.px) {
      await owner.waitForTimeout(Math.max(0, last.time + SECOND_TAP.ms - Date.now()));
    }
    await clickAtOnce.call(this, options);
    if (at) owner.calloffLastClick = { ...at, time: Date.now() };
  };
}

/** Adds the uncaught errors of `page` to `errors`. */
export function watchErrors(page, errors) {
  clickLikeAPerson(page);
  page.on('pageerror', (error) => errors.push(error.stack ?? String(error)));
}

/**
 * Saves what `page` shows at each of `SIZES` as `screenshots/NAME-WIDTHxHEIGHT.png`, and restores
 * its size.
 */
export async function photograph(page, name) {
  const before = page.viewportSize();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await page.screenshot({
      path: join(SCREENSHOTS, `${name}-${size.width}x${size.height}.png`),
      animations: 'disabled',
    });
  }
  if (before) await page.setViewportSize(before);
}
