// The proxy is what journeys about a lost network stand on, so it is proved by itself: a real HTTP server behind it.

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

  /** A server that notes what it was sent and sends it back. */
  async function listen(port) {
    const echo = createServer(async (req, res) => {
      const chunks = await req.toArray();
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
