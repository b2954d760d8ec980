// The server's view of its orders. It is asked without any proxy or browser, to check that an order
// exists exactly once.

export class HeadOffice {
  #server;
  #cookie;

  constructor(server) {
    this.#server = server;
  }

  /** The order with this document id, as finance reads it (`OrderDetail` of the wire format). */
  async order(document) {
    return this.#get(`/api/orders/${document}`);
  }

  /**
   * The rows of the orders that match `filter` (`site`, `supplier`, `from`, `to`), the latest
   * received first.
   */
  async orders(filter = {}) {
    const { orders } = await this.#get(`/api/orders?${new URLSearchParams({ ...filter, limit: 1000 })}`);
    return orders;
  }

  /** The rows that were not in `before`, an earlier answer of `orders`. */
  async ordersSince(before) {
    const known = new Set(before.map(({ document }) => document));
    return (await this.orders()).filter(({ document }) => !known.has(document));
  }

  async #get(path) {
    this.#cookie ??= await this.#signIn();
    const answer = await fetch(this.#server.origin + path, { headers: { cookie: this.#cookie } });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async #signIn() {
    const { name, password } = this.#server.signIn('Finance');
    const answer = await fetch(`${this.#server.origin}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.#server.origin },
      body: JSON.stringify({ name, password }),
    });
    if (!answer.ok) throw new Error(`sign-in of ${name}: ${answer.status} ${await answer.text()}`);
    return answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
  }
}
