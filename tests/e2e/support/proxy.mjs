// A TCP proxy between browser and server: the network of a journey, with an address that outlives the server.
//
// The browser only ever knows the proxy's origin, so service worker, IndexedDB and cookies stay the same site's while
// the server is stopped, killed or moved to another port. `setOffline` of a browser cuts no sockets; this does.

import { createConnection, createServer } from 'node:net';

const HOST = '127.0.0.1';

/** How the network behaves, for connections that are open and for those to come. */
const OPEN = 'open';
const CUT = 'cut';
const STALLED = 'stalled';
const REPLIES_LOST = 'replies lost';

export class Proxy {
  #listener;
  #links = new Set();
  #targetPort;
  #state = OPEN;
  #delayMs = 0;

  /** Bytes that the server has sent so far, headers included. */
  bytesFromServer = 0;

  /** Listens on a free port of 127.0.0.1 and passes everything on to `targetPort` there. */
  static async open(targetPort) {
    const proxy = new Proxy();
    proxy.#targetPort = targetPort;
    proxy.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => proxy.#accept(socket));
    await new Promise((resolve, reject) => {
      proxy.#listener.once('error', reject).listen(0, HOST, resolve);
    });
    return proxy;
  }

  /** What the browser calls the server, e.g. `http://127.0.0.1:41234`. */
  get origin() {
    return `http://${HOST}:${this.#listener.address().port}`;
  }

  /** The same page through the proxy: `url` as the server printed it, or a path. */
  via(url) {
    const { pathname, search, hash } = new URL(url, this.origin);
    return this.origin + pathname + search + hash;
  }

  /** How many connections of the browser are open. */
  get connections() {
    return this.#links.size;
  }

  /** Sends new connections to another port: where a server that restarted listens. */
  retarget(port) {
    this.#targetPort = port;
  }

  /** Resets every open connection, and every new one as soon as it comes, until `restore`. */
  cut() {
    this.#state = CUT;
    this.#resetAll();
  }

  /** Connections stay open and nothing moves: a Wi-Fi that is joined and dead. Ends with `restore`. */
  stall() {
    this.#state = STALLED;
    for (const link of this.#links) link.pause();
  }

  /** Requests reach the server, and the connection is reset at the first byte of an answer: the lost reply. */
  loseReplies() {
    this.#state = REPLIES_LOST;
  }

  /** Everything on its way takes `ms` milliseconds longer, in each direction; 0 ends it. */
  delay(ms) {
    this.#delayMs = ms;
  }

  /** The network as it should be. What was stalled flows on; `delay` stays as set. */
  restore() {
    this.#state = OPEN;
    for (const link of this.#links) link.resume();
  }

  async close() {
    this.#resetAll();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #accept(browser) {
    if (this.#state === CUT) {
      browser.on('error', () => {}).resetAndDestroy();
      return;
    }
    const server = createConnection({ host: HOST, port: this.#targetPort, allowHalfOpen: true, noDelay: true });
    const link = new Link(browser, server, {
      delayMs: () => this.#delayMs,
      losesReplies: () => this.#state === REPLIES_LOST,
      received: (bytes) => {
        this.bytesFromServer += bytes;
      },
      closed: () => this.#links.delete(link),
    });
    this.#links.add(link);
    if (this.#state === STALLED) link.pause();
  }

  #resetAll() {
    for (const link of this.#links) link.reset();
  }
}

/** One connection of the browser and its twin to the server. They live and die together. */
class Link {
  #browser;
  #server;
  #network;

  constructor(browser, server, network) {
    this.#browser = browser;
    this.#server = server;
    this.#network = network;
    this.#pass(browser, server);
    this.#pass(server, browser, () => network.losesReplies());
    server.on('data', (bytes) => network.received(bytes.length));
    for (const socket of [browser, server]) {
      // A server that is down, or a browser that left, is an ordinary event: the other side sees a reset.
      socket.on('error', () => {}).on('close', (hadError) => hadError && this.reset());
    }
    browser.on('close', () => network.closed());
  }

  pause() {
    this.#browser.pause();
    this.#server.pause();
  }

  resume() {
    this.#browser.resume();
    this.#server.resume();
  }

  reset() {
    for (const socket of [this.#browser, this.#server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  /** Forwards bytes and the end, each after the delay that is in force when it comes in. */
  #pass(from, to, isLost = () => false) {
    // Timers of different lengths may fire a millisecond out of turn, so each takes whatever is next, not its own.
    const waiting = [];
    const next = () => waiting.shift()();
    const later = (action) => {
      const delayMs = this.#network.delayMs();
      if (delayMs === 0 && waiting.length === 0) return action();
      waiting.push(() => to.destroyed || action());
      setTimeout(next, delayMs);
    };
    from.on('data', (bytes) => {
      if (isLost()) return this.reset();
      later(() => to.write(bytes));
    });
    from.on('end', () => later(() => to.end()));
  }
}
