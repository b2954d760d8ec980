// Journeys about a lost network depend on the proxy, so it has tests of its own, with a real HTTP
// server behind it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Proxy } from './proxy.mjs';

const HOST = '127.0.0.1';

describe('proxy', () => {
  let server;
  let proxy;
  let received;
  let agent;

  beforeEach(async () => {
    received = [];
    server = await listen(0);
    proxy = await Proxy.open(server.address().port);
    agent = new Agent({ keepAlive: true });
  });

  afterEach(async () => {
    agent.destroy();
    await proxy.close();
    await close(server);
  });

  /** A server that records what it gets and sends it back. */
  async function listen(port) {
    const echo = createServer(async (req, res) => {
      const chunks = await req.toArray().catch(() => undefined);
      // A request that broke off in the middle does not count.
      if (!chunks) return;
      received.push(req.url);
      res.end(Buffer.concat([Buffer.from(`${req.url} `), ...chunks]));
    });
    echo.listen(port, HOST);
    await once(echo, 'listening');
    return echo;
  }

  async function post(path, body = '') {
    const sent = request(proxy.origin + path, { method: 'POST', agent });
    sent.end(body);
    const [answer] = await once(sent, 'response');
    return Buffer.concat(await answer.toArray()).toString();
  }

  it('passes a request and its answer through unchanged', async () => {
    const megabyte = 'x'.repeat(1 << 20);
    assert.ok((await post('/order', megabyte)) === `/order ${megabyte}`);
    const beyond = proxy.bytesFromServer - megabyte.length;
    assert.ok(beyond > 0 && beyond < 1_000, `${beyond} bytes of headers`);
  });

  it('resets connections that are open and refuses new ones while cut', async () => {
    await post('/before');
    assert.equal(proxy.connections, 1, 'the kept-alive connection is still open');
    const idle = Object.values(agent.freeSockets).flat()[0];
    const dropped = new Promise((resolve) => idle.once('close', resolve));
    proxy.cut();
    await dropped;
    await assert.rejects(post('/during'), { code: 'ECONNRESET' });
    assert.equal(proxy.connections, 0);
    assert.deepEqual(received, ['/before']);
  });

  it('works again at the same origin once restored', async () => {
    const { origin } = proxy;
    proxy.cut();
    await assert.rejects(post('/during'));
    proxy.restore();
    assert.equal(await post('/after'), '/after ');
    assert.equal(proxy.origin, origin);
  });

  it('keeps its origin while the server is gone and comes back on another port', async () => {
    await post('/before');
    await close(server);
    await assert.rejects(post('/down'), { code: 'ECONNRESET' });
    server = await listen(0);
    proxy.retarget(server.address().port);
    assert.equal(await post('/after'), '/after ');
  });

  it('loses the reply of a request that the server has carried out', async () => {
    proxy.loseReplies();
    await assert.rejects(post('/submit'), { code: 'ECONNRESET' });
    assert.deepEqual(received, ['/submit']);
    proxy.restore();
    assert.equal(await post('/submit'), '/submit ');
    assert.deepEqual(received, ['/submit', '/submit']);
  });

  it('holds everything while stalled and lets it flow on afterwards', async () => {
    proxy.stall();
    let answered = false;
    const answer = post('/held').then((text) => {
      answered = true;
      return text;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(answered, false);
    assert.deepEqual(received, []);
    proxy.restore();
    assert.equal(await answer, '/held ');
  });

  it('delays each direction and keeps the order of what it carries', async () => {
    await post('/warm');
    proxy.delay(80);
    const body = Array.from({ length: 50_000 }, (_, i) => i).join();
    const started = performance.now();
    const answer = await post('/slow', body);
    const took = performance.now() - started;
    assert.ok(answer === `/slow ${body}`, 'the body came back in another order');
    // 2 × 80 ms, less the millisecond that a timer may fire early in each direction.
    assert.ok(took >= 158, `took ${took} ms`);
  });

  it('carries no more bytes a second than it is told, all connections together', async () => {
    const kilobytes = (count) => 'x'.repeat(count * 1024);
    await post('/warm');
    proxy.limit(400 * 1024);
    const started = performance.now();
    await Promise.all([post('/one', kilobytes(40)), post('/two', kilobytes(40))]);
    const took = performance.now() - started;
    // 80 KiB up and, while they still come in, down again: at least 200 ms. Without an overlap it
    // would be 400 ms.
    assert.ok(took >= 199 && took < 2_000, `took ${took} ms`);
    proxy.limit(Infinity);
    const fast = performance.now();
    await post('/three', kilobytes(40));
    assert.ok(performance.now() - fast < 190, 'the limit ends');
  });

  it('resets a connection in the middle of an answer, after the bytes that it was told to pass on', async () => {
    await post('/before');
    proxy.resetAfter(4_000);
    const body = 'x'.repeat(10_000);
    const sent = request(proxy.origin + '/half', { method: 'POST', agent });
    sent.end(body);
    const [answer] = await once(sent, 'response');
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    const [error] = await once(answer, 'error');
    assert.equal(error.code, 'ECONNRESET');
    const arrived = Buffer.concat(chunks).length;
    assert.ok(arrived > 3_000 && arrived < 4_000, `${arrived} bytes of the body, the rest are headers`);
    assert.deepEqual(received, ['/before', '/half'], 'the server carried it out');
    assert.equal(proxy.brokenOff, 1);
    proxy.restore();
    assert.ok((await post('/half', body)) === `/half ${body}`);
  });

  it('resets a connection in the middle of a request, which the server then never has whole', async () => {
    proxy.resetAfter(4_000, 'requests');
    await assert.rejects(post('/half', 'x'.repeat(10_000)), { code: 'ECONNRESET' });
    await assert.rejects(post('/again', 'x'.repeat(10_000)), { code: 'ECONNRESET' });
    assert.equal(await post('/small'), '/small ');
    assert.deepEqual(received, ['/small']);
    assert.equal(proxy.brokenOff, 2);
    proxy.restore();
    await post('/whole', 'x'.repeat(10_000));
    assert.deepEqual(received, ['/small', '/whole']);
  });

  it('names a printed address through itself', () => {
    assert.equal(proxy.via('http://127.0.0.1:9/enrol?code=A#x'), `${proxy.origin}/enrol?code=A#x`);
    assert.equal(proxy.via('/orders'), `${proxy.origin}/orders`);
  });
});

async function close(server) {
  if (!server.listening) return;
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
