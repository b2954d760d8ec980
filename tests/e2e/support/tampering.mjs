// Somebody in the middle: an HTTP proxy that passes everything on and changes the requests and
// answers it is told to.

import { once } from 'node:events';
import { createServer, request } from 'node:http';

const HOST = '127.0.0.1';

export class TamperingProxy {
  #listener;
  #targetPort;
  #alter;
  #alterRequest;
  #refuse;
  /** Paths whose answers were changed, in order. */
  altered = [];

  /** Listens on a free port of 127.0.0.1 before the server at `targetPort`; changes nothing until told to. */
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

  /** From now on answers whose path `path` (a RegExp) finds have the body `change(bytes)`; `undefined` ends it. */
  alter(path, change) {
    this.#alter = path && { path, change };
  }

  /** From now on requests whose path `path` (a RegExp) finds have the body `change(bytes)`; `undefined` ends it. */
  alterRequest(path, change) {
    this.#alterRequest = path && { path, change };
  }

  /** From now on requests whose path `path` (a RegExp) finds are answered with this problem document; `undefined` ends it. */
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
    // Without compression, so that a change of the body is a change of what it says.
    const headers = { ...from.headers, 'accept-encoding': 'identity' };
    const changed = this.#alterRequest?.path.test(from.url) && this.#alterRequest.change(Buffer.concat(await from.toArray()));
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
