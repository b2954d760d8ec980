// A TCP proxy between browser and server: the network of a journey, with an address that outlives
// the server.
//
// The browser only ever knows the proxy's origin, so service worker, IndexedDB and cookies stay the
// same site's while the server is stopped, killed or moved to another port. `setOffline` of a
// browser cuts no sockets; this does.

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
  /** One line for all connections: how fast it is, and when each direction has carried what it was given. */
  #bytesPerSecond = Infinity;
  #freeAt = { requests: 0, answers: 0 };
  /** In `resetAfter`: of what, and after how much of it on each connection. */
  #breaking;

  /** Bytes that the server has sent so far, headers included. */
  bytesFromServer = 0;
  /** Connections that `resetAfter` has broken off so far. */
  brokenOff = 0;

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

  /**
   * Passes on `bytes` more bytes `of` 'answers' (or 'requests') on each connection, then resets it: an answer that breaks
   * off in the middle, a send that fails half-way. Ends with `restore`.
   */
  resetAfter(bytes, of = 'answers') {
    this.#state = OPEN;
    this.#breaking = { bytes, of };
    for (const link of this.#links) {
      link.breakOffAfter(this.#breaking);
      link.resume();
    }
  }

  /** Everything on its way takes `ms` milliseconds longer, in each direction; 0 ends it. */
  delay(ms) {
    this.#delayMs = ms;
  }

  /** All connections together carry so many bytes a second in each direction; `Infinity` ends it. */
  limit(bytesPerSecond) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** The network as it should be. What was stalled flows on; `delay` and `limit` stay as set. */
  restore() {
    this.#state = OPEN;
    this.#breaking = undefined;
    for (const link of this.#links) {
      link.breakOffAfter(undefined);
      link.resume();
    }
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
      arrivesAfter: (bytes, of) => this.#arrivesAfter(bytes, of),
      losesReplies: () => this.#state === REPLIES_LOST,
      brokeOff: () => {
        this.brokenOff += 1;
      },
      received: (bytes) => {
        this.bytesFromServer += bytes;
      },
      closed: () => this.#links.delete(link),
    });
    this.#links.add(link);
    link.breakOffAfter(this.#breaking);
    if (this.#state === STALLED) link.pause();
  }

  /** Milliseconds until `bytes` that come in now are out at the other end. */
  #arrivesAfter(bytes, of) {
    const now = performance.now();
    this.#freeAt[of] = Math.max(now, this.#freeAt[of]) + (bytes / this.#bytesPerSecond) * 1000;
    return this.#freeAt[of] - now + this.#delayMs;
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
  /** Of what so many bytes more may pass; nothing while the connection is not to break off. */
  #breaking;

  constructor(browser, server, network) {
    this.#browser = browser;
    this.#server = server;
    this.#network = network;
    this.#pass(browser, server, 'requests');
    this.#pass(server, browser, 'answers');
    server.on('data', (bytes) => network.received(bytes.length));
    for (const socket of [browser, server]) {
      // A server that is down, or a browser that left, is an ordinary event: the other side sees a
      // reset.
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

  /** See `Proxy.resetAfter`; `undefined` ends it. */
  breakOffAfter(breaking) {
    this.#breaking = breaking && { ...breaking };
  }

  /** Forwards bytes and the end, each when the network has carried it. */
  #pass(from, to, of) {
    // Timers of different lengths may fire a millisecond out of turn, so each takes whatever is
    // next, not its own.
    const waiting = [];
    const next = () => waiting.shift()();
    const later = (bytes, action) => {
      const ms = this.#network.arrivesAfter(bytes, of);
      if (ms === 0 && waiting.length === 0) return action();
      waiting.push(() => to.destroyed || action());
      setTimeout(next, ms);
    };
    from.on('data', (bytes) => {
      if (of === 'answers' && this.#network.losesReplies()) return this.reset();
      const breaking = this.#breaking?.of === of ? this.#breaking : undefined;
      if (!breaking || bytes.length < breaking.bytes) {
        if (breaking) breaking.bytes -= bytes.length;
        return later(bytes.length, () => to.write(bytes));
      }
      from.pause();
      this.#network.brokeOff();
      // The reset follows once the system has taken the bytes: they are read before it is noticed.
      later(breaking.bytes, () => to.write(bytes.subarray(0, breaking.bytes), () => this.reset()));
    });
    from.on('end', () => later(0, () => to.end()));
  }
}
