// A TCP proxy between browser and server. It is the network of a journey, and its address stays
// when the server restarts.
//
// The browser knows only the origin of the proxy. So service worker, IndexedDB and cookies belong
// to the same site while the server is stopped, killed or moved to another port. A browser's
// `setOffline` does not break sockets; this proxy does.

import { createConnection, createServer } from 'node:net';

const HOST = '127.0.0.1';

/** How the network behaves, for present and future connections. */
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
  /**
   * One line for all connections: its speed, and the time at which each direction will have sent
   * everything.
   */
  #bytesPerSecond = Infinity;
  #freeAt = { requests: 0, answers: 0 };
  /** For `resetAfter`: which direction, and after how many bytes on each connection. */
  #breaking;

  /** The number of bytes that the server has sent so far, including headers. */
  bytesFromServer = 0;
  /** The number of connections that `resetAfter` has broken so far. */
  brokenOff = 0;

  /** Listens on a free port of 127.0.0.1, and forwards everything to `targetPort` there. */
  static async open(targetPort) {
    const proxy = new Proxy();
    proxy.#targetPort = targetPort;
    proxy.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => proxy.#accept(socket));
    await new Promise((resolve, reject) => {
      proxy.#listener.once('error', reject).listen(0, HOST, resolve);
    });
    return proxy;
  }

  /** The address of the server for the browser, e.g. `http://127.0.0.1:41234`. */
  get origin() {
    return `http://${HOST}:${this.#listener.address().port}`;
  }

  /** The same page through the proxy. `url` is the address that the server printed, or a path. */
  via(url) {
    const { pathname, search, hash } = new URL(url, this.origin);
    return this.origin + pathname + search + hash;
  }

  /** The number of open connections of the browser. */
  get connections() {
    return this.#links.size;
  }

  /** Sends new connections to another port, on which a restarted server listens. */
  retarget(port) {
    this.#targetPort = port;
  }

  /** Resets every open connection, and every new one at once, until `restore`. */
  cut() {
    this.#state = CUT;
    this.#resetAll();
  }

  /**
   * Connections stay open and nothing moves, like a Wi-Fi without a network behind it. Ends with
   * `restore`.
   */
  stall() {
    this.#state = STALLED;
    for (const link of this.#links) link.pause();
  }

  /**
   * Requests reach the server, and the first byte of an answer resets the connection: the lost
   * reply.
   */
  loseReplies() {
    this.#state = REPLIES_LOST;
  }

  /**
   * Forwards `bytes` more bytes of 'answers' (or 'requests') on each connection, then resets it: an
   * answer that breaks off in the middle, or a request that fails half-way. Ends with `restore`.
   */
  resetAfter(bytes, of = 'answers') {
    this.#state = OPEN;
    this.#breaking = { bytes, of };
    for (const link of this.#links) {
      link.breakOffAfter(this.#breaking);
      link.resume();
    }
  }

  /** Everything takes `ms` milliseconds longer in each direction; 0 ends this. */
  delay(ms) {
    this.#delayMs = ms;
  }

  /**
   * All connections together carry this number of bytes a second in each direction; `Infinity` ends
   * this.
   */
  limit(bytesPerSecond) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** The network works again. Stalled bytes continue; `delay` and `limit` stay as they are. */
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

  /** The milliseconds until `bytes` that come in now have left at the other end. */
  #arrivesAfter(bytes, of) {
    const now = performance.now();
    this.#freeAt[of] = Math.max(now, this.#freeAt[of]) + (bytes / this.#bytesPerSecond) * 1000;
    return this.#freeAt[of] - now + this.#delayMs;
  }

  #resetAll() {
    for (const link of this.#links) link.reset();
  }
}

/** One connection of the browser, with its connection to the server. Both end together. */
class Link {
  #browser;
  #server;
  #network;
  /**
   * Which direction, and how many more bytes may pass. Undefined when the connection must not
   * break.
   */
  #breaking;

  constructor(browser, server, network) {
    this.#browser = browser;
    this.#server = server;
    this.#network = network;
    this.#pass(browser, server, 'requests');
    this.#pass(server, browser, 'answers');
    server.on('data', (bytes) => network.received(bytes.length));
    for (const socket of [browser, server]) {
      // A stopped server or a closed browser is an ordinary event: the other side sees a reset.
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
    // Timers of different lengths may fire a millisecond out of order, so each takes the next
    // bytes, not its own.
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
      // The reset follows after the system took the bytes, so that they are read before the reset
      // is noticed.
      later(breaking.bytes, () => to.write(bytes.subarray(0, breaking.bytes), () => this.reset()));
    });
    from.on('end', () => later(0, () => to.end()));
  }
}
