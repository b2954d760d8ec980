// An attacker in the middle: an HTTP proxy that passes everything on, and changes chosen requests
// and answers.

import { once } from 'node:events';
import { createServer, request } from 'node:http';

const HOST = '127.0.0.1';

export class TamperingProxy {
  #listener;
  #targetPort;
  #alter;
  #alterRequest;
  #refuse;
  /** The paths whose answers were changed, in order. */
  altered = [];

  /**
   * Listens on a free port of 127.0.0.1, in front of the server at `targetPort`. At first it
   * changes nothing.
   */
  static async open(targetPort) {
    const proxy = new TamperingProxy();
    proxy.#targetPort = targetPort;
    proxy.#listener = createServer((from, to) => proxy.#pass(from, to)).listen(0, HOST);
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  get port() {
    return this.#listener.address().port;
  }

  /**
   * From now on, replaces the body of each answer by `change(bytes)` if its path matches the RegExp
   * `path`. Without arguments, it stops.
   */
  alter(path, change) {
    this.#alter = path && { path, change };
  }

  /**
   * From now on, replaces the body of each request by `change(bytes)`, or what it promises, if its
   * path matches the RegExp `path`. Without arguments, it stops.
   */
  alterRequest(path, change) {
    this.#alterRequest = path && { path, change };
  }

  /**
   * From now on, answers each request with this problem document if its path matches the RegExp
   * `path`. Without arguments, it stops.
   */
  refuse(path, problem) {
    this.#refuse = path && { path, problem };
  }

  async close() {
    this.#listener.closeAllConnections();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  async #pass(from, to) {
    if (this.#refuse?.path.test(from.url)) {
      const { problem } = this.#refuse;
      from.resume();
      to.writeHead(problem.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
      return;
    }
    // Ask for an answer without compression, so that `change` gets its plain text.
    const headers = { ...from.headers, 'accept-encoding': 'identity' };
    const { path: altered, change: alter } = this.#alterRequest ?? {};
    const changed = altered?.test(from.url) && (await alter(Buffer.concat(await from.toArray())));
    if (changed) headers['content-length'] = changed.length;
    const onward = request({ host: HOST, port: this.#targetPort, method: from.method, path: from.url, headers });
    onward.on('error', () => to.destroy());
    onward.on('response', async (answer) => {
      const { path, change } = this.#alter ?? {};
      if (!path?.test(from.url)) {
        to.writeHead(answer.statusCode, answer.headers);
        answer.on('error', () => to.destroy()).pipe(to);
        return;
      }
      const body = change(Buffer.concat(await answer.toArray()));
      this.altered.push(from.url);
      to.writeHead(answer.statusCode, { ...answer.headers, 'content-length': body.length }).end(body);
    });
    if (changed) onward.end(changed);
    else from.pipe(onward);
  }
}
